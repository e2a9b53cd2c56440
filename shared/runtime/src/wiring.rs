//! Choosing real ports.
//!
//! A function names the ports that its use case needs. That keeps the others' SDK clients out of its binary, which is
//! most of its size; using one that isn't named fails with a message. Table, clock and ids are always there.

use std::sync::Arc;

use protium_app::App;
use protium_app::ports::{Clock, Policies};
use protium_aws::cloudformation::BorrowedCloudFormation;
use protium_aws::cloudwatch::CloudWatchAlarms;
use protium_aws::eventbridge::StatusBus;
use protium_aws::s3::{ArtifactBucket, PolicyBucket, SourceBuckets};
use protium_aws::sfn::{StateMachineExecutions, StateMachines, StepTokens};
use protium_aws::{Access, Connection, credentials};
use protium_store::DynamoStore;

use crate::ambient::{RandomIds, SystemClock};
use crate::config::{Config, ConfigError};
use crate::journal::LogJournal;
use crate::unwired::Unwired;

/// An [`App`] in the making.
pub struct Wiring {
    config: Config,
    connection: Connection,
    app: App,
}

impl Wiring {
    /// Table, clock and ids, as the environment says; nothing else yet.
    ///
    /// # Errors
    /// [`ConfigError`] with the variables that are missing.
    pub fn from_env() -> Result<Self, ConfigError> {
        Ok(Self::new(Config::from_env()?))
    }

    /// Table, clock and ids, as `config` says; nothing else yet.
    #[must_use]
    pub fn new(config: Config) -> Self {
        let connection = Connection::new(Access {
            region: config.installation.location.region.clone(),
            endpoint_url: config.endpoint_url.clone(),
            credentials: credentials::from_environment(),
        });
        let (clock, ids) = (Arc::new(SystemClock), Arc::new(RandomIds));
        let client = aws_sdk_dynamodb::Client::new(connection.sdk());
        let store = DynamoStore::new(client, config.table.clone(), clock.clone(), ids.clone());
        let journal = LogJournal::new(config.stack_name.clone(), &config.function, clock.clone());
        let unwired = Arc::new(Unwired);
        let app = App {
            installation: Arc::new(config.installation.clone()),
            clock,
            ids,
            store: Arc::new(store),
            artifacts: unwired.clone(),
            sources: unwired.clone(),
            cloudformation: unwired.clone(),
            executions: unwired.clone(),
            task_tokens: unwired.clone(),
            events: unwired.clone(),
            alarms: unwired,
            journal: Arc::new(journal),
            origin: Arc::default(),
        };
        Self { config, connection, app }
    }

    /// The artifact bucket.
    #[must_use]
    pub fn artifacts(mut self) -> Self {
        let bucket = ArtifactBucket::new(&self.connection, self.config.artifact_bucket.clone());
        self.app.artifacts = Arc::new(bucket);
        self
    }

    /// The buckets that bundles come from.
    #[must_use]
    pub fn sources(mut self) -> Self {
        let installation = &self.config.installation;
        let buckets = SourceBuckets::new(
            &self.connection,
            &installation.upload_bucket,
            &installation.source_bucket_arns,
        );
        self.app.sources = Arc::new(buckets);
        self
    }

    /// CloudFormation through customers' roles.
    #[must_use]
    pub fn cloudformation(mut self) -> Self {
        let clock: Arc<dyn Clock> = self.app.clock.clone();
        let principal = self.config.principal.clone();
        self.app.cloudformation = Arc::new(BorrowedCloudFormation::new(&self.connection, principal, clock));
        self
    }

    /// Executions of the state machines.
    #[must_use]
    pub fn executions(mut self) -> Self {
        let executions = StateMachineExecutions::new(&self.connection, self.config.machines.clone());
        self.app.executions = Arc::new(executions);
        self
    }

    /// Tokens of waiting steps.
    #[must_use]
    pub fn task_tokens(mut self) -> Self {
        self.app.task_tokens = Arc::new(StepTokens::new(&self.connection));
        self
    }

    /// The bus of status events.
    #[must_use]
    pub fn events(mut self) -> Self {
        let (bus, source) = (self.config.event_bus.clone(), self.config.event_source.clone());
        self.app.events = Arc::new(StatusBus::new(&self.connection, bus, source));
        self
    }

    /// CloudWatch alarms.
    #[must_use]
    pub fn alarms(mut self) -> Self {
        let location = self.app.installation.location.clone();
        self.app.alarms = Arc::new(CloudWatchAlarms::new(&self.connection, location));
        self
    }

    /// The application.
    #[must_use]
    pub fn app(self) -> App {
        self.app
    }

    /// The policies, for the functions that check them and ask them.
    #[must_use]
    pub fn policies(&self) -> Arc<dyn Policies> {
        Arc::new(PolicyBucket::new(&self.connection, self.config.artifact_bucket.clone()))
    }

    /// The whole configuration.
    #[must_use]
    pub const fn config(&self) -> &Config {
        &self.config
    }

    /// The state machines, for functions that hear of executions.
    #[must_use]
    pub fn machines(&self) -> StateMachines {
        self.config.machines.clone()
    }
}
