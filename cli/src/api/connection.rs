//! From what the command line says to an endpoint and somebody who signs.

use super::{Endpoint, Signer, signer::Clock};
use crate::{Usage, args::ConnectionArgs, clock, profile::profile_use};
use anyhow::{Result, anyhow};
use aws_config::{BehaviorVersion, Region, SdkConfig};

/// An endpoint, and credentials that have been tried.
pub(crate) struct Connection {
    pub(crate) endpoint: Endpoint,
    pub(crate) signer: Signer,
}

/// Reads the endpoint and tries the credentials at once: better to hear now than at the first request that there are
/// none.
///
/// # Errors
///
/// What is wrong and what to do: the URL is none ([`Usage`]), the region is unknown, there are no credentials.
pub(crate) async fn connection_make(args: &ConnectionArgs) -> Result<Connection> {
    let endpoint: Endpoint = args.endpoint_url.parse().map_err(Usage)?;
    let config = config_load(args, &endpoint).await;
    let signer = signer_make(&config)?;
    signer.credentials().await.map_err(|error| anyhow!(error))?;
    Ok(Connection { endpoint, signer })
}

async fn config_load(args: &ConnectionArgs, endpoint: &Endpoint) -> SdkConfig {
    let region = args.region.clone().or_else(|| endpoint.region());
    let mut loader = aws_config::defaults(BehaviorVersion::latest());
    if let Some(region) = &region {
        loader = loader.region(Region::new(region.clone()));
    }
    if let Some(profile) = &args.profile {
        loader = profile_use(loader, profile, region.as_deref()).await;
    }
    loader.load().await
}

fn signer_make(config: &SdkConfig) -> Result<Signer> {
    let region = config.region().ok_or_else(|| {
        anyhow!(
            "no region: the endpoint's name doesn't tell it and your AWS configuration has none; use --region"
        )
    })?;
    let provider =
        config.credentials_provider().ok_or_else(|| anyhow!("the credential chain is switched off"))?;
    Ok(Signer::new(provider, region.to_string(), clock::now as Clock))
}
