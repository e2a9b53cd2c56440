//! S3: the artifact bucket, and the buckets that bundles come from.

mod artifacts;
mod policies;
mod sources;

pub use artifacts::ArtifactBucket;
pub use policies::PolicyBucket;
pub use sources::SourceBuckets;

use aws_config::SdkConfig;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::Builder;

/// A local AWS is addressed by path: its host has no names for buckets.
fn client(sdk: &SdkConfig) -> Client {
    let path_style = sdk.endpoint_url().is_some();
    Client::from_conf(Builder::from(sdk).force_path_style(path_style).build())
}
