//! The credentials of the function itself.

use aws_config::environment::EnvironmentVariableCredentialsProvider;
use aws_credential_types::provider::SharedCredentialsProvider;

/// Credentials from the environment, where Lambda puts them, and from nowhere else: the SDK's default chain makes each
/// function a megabyte larger and finds nothing that Lambda hadn't put there.
#[must_use]
pub fn from_environment() -> SharedCredentialsProvider {
    SharedCredentialsProvider::new(EnvironmentVariableCredentialsProvider::new())
}
