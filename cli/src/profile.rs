//! A profile that somebody named on the command line.
//!
//! The SDK asks the environment for keys before it looks at a profile, even at one that was named. People mean the profile
//! that they name, as with the AWS CLI: `protium doctor --environment-profile` would else look at the account that the
//! environment's keys are for, and at no other.

use aws_config::{
    ConfigLoader, Region, default_provider::region::DefaultRegionChain,
    profile::ProfileFileCredentialsProvider, provider_config::ProviderConfig,
};

/// Has a loader take the profile, and nothing else, for credentials; and for the region, unless one is given.
pub(crate) async fn profile_use(loader: ConfigLoader, profile: &str, region: Option<&str>) -> ConfigLoader {
    let region = match region {
        Some(region) => Some(Region::new(region.to_owned())),
        None => DefaultRegionChain::builder().profile_name(profile).build().region().await,
    };
    // Profiles that assume roles ask STS of this region.
    let surroundings = ProviderConfig::default().with_region(region);
    let credentials =
        ProfileFileCredentialsProvider::builder().configure(&surroundings).profile_name(profile);
    loader.profile_name(profile).credentials_provider(credentials.build())
}
