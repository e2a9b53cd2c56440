//! Borrowing customers' roles (behaviour 7.1a, design 2.9).
//!
//! The function's role becomes the provisioning principal, the one ARN that customers' trust policies name, and the
//! principal assumes the customer's role with the installation's ExternalId. The second hop is a call of its own
//! instead of one more provider in a chain, because its refusal is an answer for people: it ends the deployment with
//! the trust statement to paste.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use aws_config::SdkConfig;
use aws_config::sts::AssumeRoleProvider;
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_cloudformation::Client as CloudFormationClient;
use aws_sdk_sts::Client as StsClient;
use protium_app::ports::{Clock, CloudFormationError, RoleAccess};
use protium_domain::time::Timestamp;
use tokio::sync::{Mutex, OnceCell};

use crate::connection::Connection;
use crate::failure::Failure;

/// The longest session that a chain of roles may have. CloudFormation goes on with it after our call is over.
const SESSION: Duration = Duration::from_secs(60 * 60);
/// How long a session is used for new calls. A stack that is created late in it still has most of an hour.
const FRESH: Duration = Duration::from_secs(15 * 60);

/// Who assumes customers' roles.
#[derive(Clone, PartialEq, Eq)]
pub struct Principal {
    /// The role to become first; nothing when the process runs as the principal already.
    pub role_arn: Option<String>,
    /// The ExternalId that customers' roles ask for.
    pub external_id: String,
}

/// The ExternalId is no secret, but it has no business in a log either.
impl fmt::Debug for Principal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Principal({:?})", self.role_arn)
    }
}

struct Session {
    client: CloudFormationClient,
    began_at: Timestamp,
}

/// Clients by role, each with the role's credentials.
pub(super) struct Roles {
    sdk: SdkConfig,
    principal: Principal,
    clock: Arc<dyn Clock>,
    sts: OnceCell<StsClient>,
    sessions: Mutex<HashMap<RoleAccess, Session>>,
}

impl fmt::Debug for Roles {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Roles").field("principal", &self.principal).finish_non_exhaustive()
    }
}

impl Roles {
    pub(super) fn new(connection: &Connection, principal: Principal, clock: Arc<dyn Clock>) -> Self {
        let sdk = connection.sdk().clone();
        Self { sdk, principal, clock, sts: OnceCell::new(), sessions: Mutex::default() }
    }

    /// CloudFormation as `access`. One caller at a time assumes a role: a Lambda has one caller anyway.
    pub(super) async fn client(
        &self,
        access: &RoleAccess,
    ) -> Result<CloudFormationClient, CloudFormationError> {
        let mut sessions = self.sessions.lock().await;
        let now = self.clock.now();
        sessions.retain(|_, session| now.since(session.began_at) < FRESH);
        if let Some(session) = sessions.get(access) {
            return Ok(session.client.clone());
        }
        let credentials = self.assume(access).await?;
        let client = self.client_with(credentials);
        sessions.insert(access.clone(), Session { client: client.clone(), began_at: now });
        Ok(client)
    }

    fn client_with(&self, credentials: Credentials) -> CloudFormationClient {
        let provider = SharedCredentialsProvider::new(credentials);
        let config = aws_sdk_cloudformation::config::Builder::from(&self.sdk).credentials_provider(provider);
        CloudFormationClient::from_conf(config.build())
    }

    async fn assume(&self, access: &RoleAccess) -> Result<Credentials, CloudFormationError> {
        let sts = self.sts.get_or_init(|| self.sts()).await;
        let call = sts
            .assume_role()
            .role_arn(&access.role_arn)
            .role_session_name(&access.session_name)
            .external_id(&self.principal.external_id)
            .duration_seconds(i32::try_from(SESSION.as_secs()).unwrap_or(i32::MAX));
        let answer = call.send().await.map_err(|error| not_assumed(access, &Failure::read(&error)))?;
        let Some(credentials) = answer.credentials else {
            return Err(CloudFormationError::Unavailable("STS answered without credentials".to_owned()));
        };
        Ok(Credentials::new(
            credentials.access_key_id,
            credentials.secret_access_key,
            Some(credentials.session_token),
            None,
            "ProvisioningRole",
        ))
    }

    /// STS as the principal.
    async fn sts(&self) -> StsClient {
        let mut config = aws_sdk_sts::config::Builder::from(&self.sdk);
        if let Some(role) = &self.principal.role_arn {
            let provider = AssumeRoleProvider::builder(role).session_name("protium").configure(&self.sdk);
            config.set_credentials_provider(Some(SharedCredentialsProvider::new(provider.build().await)));
        }
        StsClient::from_conf(config.build())
    }
}

/// STS says AccessDenied for a role that does not exist, for one that does not trust the caller, and for a wrong
/// ExternalId alike: on purpose, so that nobody can probe for roles. Without an answer, or with the credentials of the
/// first hop missing, nothing is known about the role.
fn not_assumed(access: &RoleAccess, failure: &Failure) -> CloudFormationError {
    if failure.is_transient() {
        return CloudFormationError::Unavailable(format!("sts:AssumeRole: {}", failure.text()));
    }
    CloudFormationError::RoleNotAssumable {
        role_arn: access.role_arn.clone(),
        message: failure.message.clone(),
    }
}
