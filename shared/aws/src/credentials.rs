//! The credentials of the function itself.

use aws_config::environment::EnvironmentVariableCredentialsProvider;
use aws_credential_types::provider::SharedCredentialsProvider;

/// On Lambda the environment has them, and looking nowhere else saves a cold start the default chain.
#[must_use]
pub fn provider(_in_environment: bool) -> SharedCredentialsProvider {
    SharedCredentialsProvider::new(EnvironmentVariableCredentialsProvider::new())
}
