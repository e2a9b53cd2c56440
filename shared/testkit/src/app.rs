//! An [`App`] over fakes, with a handle to each.

use std::sync::Arc;
use std::time::Duration;

use protium_app::ports::{Clock, Entity, Ids};
use protium_app::{App, Installation};
use protium_domain::arn::Location;
use protium_domain::deployment::Deployment;
use protium_domain::environment::Environment;
use protium_domain::event::StatusEvent;
use protium_domain::identifier::Identifier;
use protium_domain::intent::{Intent, WorkflowStart};
use protium_domain::provisioning::RoleAllowList;
use protium_domain::quota::Quotas;
use protium_domain::reference::{Reference, Referent, Referrer};
use protium_domain::service::Service;
use protium_domain::service_instance::ServiceInstance;
use protium_domain::template::{Template, TemplateKind};
use protium_domain::template_version::TemplateVersion;
use protium_domain::time::Timestamp;
use protium_domain::version::VersionNumber;

use crate::{
    FakeCloudFormation, FixedClock, MemoryAlarms, MemoryArtifacts, MemoryEventBus, MemoryExecutions,
    MemoryJournal, MemorySources, MemoryStore, MemoryTaskTokens, SequentialIds, records,
};

/// An [`App`] over fakes. `test.app` goes to use cases; the other members are for arranging and asserting.
#[expect(missing_docs, reason = "each field is the fake of its name")]
pub struct TestApp {
    pub app: App,
    pub clock: Arc<FixedClock>,
    pub ids: Arc<SequentialIds>,
    pub store: Arc<MemoryStore>,
    pub artifacts: Arc<MemoryArtifacts>,
    pub sources: Arc<MemorySources>,
    pub cloudformation: Arc<FakeCloudFormation>,
    pub executions: Arc<MemoryExecutions>,
    pub task_tokens: Arc<MemoryTaskTokens>,
    pub events: Arc<MemoryEventBus>,
    pub journal: Arc<MemoryJournal>,
    pub alarms: Arc<MemoryAlarms>,
}

/// Makes a [`TestApp`] that isn't like the others.
pub struct TestAppBuilder {
    installation: Installation,
    now: Timestamp,
}

impl TestAppBuilder {
    /// Changes the installation.
    #[must_use]
    pub fn installation(mut self, change: impl FnOnce(&mut Installation)) -> Self {
        change(&mut self.installation);
        self
    }

    /// Sets the time at which it begins.
    #[must_use]
    pub const fn now(mut self, now: Timestamp) -> Self {
        self.now = now;
        self
    }

    /// Makes it.
    #[must_use]
    pub fn build(self) -> TestApp {
        let clock = Arc::new(FixedClock::at(self.now));
        let ids = Arc::new(SequentialIds::default());
        let store = Arc::new(MemoryStore::default());
        let artifacts = Arc::new(MemoryArtifacts::default());
        let sources = Arc::new(MemorySources::default());
        let cloudformation = Arc::new(FakeCloudFormation::default());
        let executions = Arc::new(MemoryExecutions::default());
        let task_tokens = Arc::new(MemoryTaskTokens::default());
        let events = Arc::new(MemoryEventBus::default());
        let journal = Arc::new(MemoryJournal::default());
        let alarms = Arc::new(MemoryAlarms::default());
        let app = App {
            installation: Arc::new(self.installation),
            clock: clock.clone(),
            ids: ids.clone(),
            store: store.clone(),
            artifacts: artifacts.clone(),
            sources: sources.clone(),
            cloudformation: cloudformation.clone(),
            executions: executions.clone(),
            task_tokens: task_tokens.clone(),
            events: events.clone(),
            journal: journal.clone(),
            origin: Arc::default(),
            alarms: alarms.clone(),
        };
        TestApp {
            app,
            clock,
            ids,
            store,
            artifacts,
            sources,
            cloudformation,
            executions,
            task_tokens,
            events,
            journal,
            alarms,
        }
    }
}

impl Default for TestApp {
    fn default() -> Self {
        Self::new()
    }
}

impl TestApp {
    /// An installation in `eu-west-1` of account 111122223333 that allows roles under `/protium/`, with nothing in it.
    #[must_use]
    pub fn new() -> Self {
        Self::builder().build()
    }

    /// Begins with the installation of [`TestApp::new`].
    #[must_use]
    pub fn builder() -> TestAppBuilder {
        let installation = Installation {
            location: Location {
                partition: "aws".to_owned(),
                region: "eu-west-1".to_owned(),
                account: records::ACCOUNT.to_owned(),
            },
            environment_account_role: Some("protium-environment-accounts".to_owned()),
            quotas: Quotas::default(),
            fleet_retention: protium_domain::fleet::Retention::default(),
            provisioning_roles: RoleAllowList::new(vec!["arn:aws:iam::*:role/protium/*".to_owned()]),
            provisioning_principal_arn: "arn:aws:iam::111122223333:role/protium-provisioning-principal"
                .to_owned(),
            external_id: "external-id".to_owned(),
            upload_bucket: "uploads".to_owned(),
            source_bucket_arns: vec!["arn:aws:s3:::more-bundles".to_owned()],
        };
        TestAppBuilder { installation, now: FixedClock::START }
    }

    /// Now.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Moves the clock on.
    pub fn advance(&self, duration: Duration) {
        self.clock.advance(duration);
    }

    /// A new id, as a use case would get it.
    #[must_use]
    pub fn id(&self) -> Identifier {
        self.ids.identifier()
    }

    /// Stores a record, whatever is there; hands it back.
    pub fn seed<R: Clone + Into<Entity>>(&self, record: R) -> R {
        self.store.seed(record.clone());
        record
    }

    /// Takes the intents that were committed since the last call, in the order of their making, out of the table, as
    /// the stream's consumer would.
    #[must_use]
    pub fn drain_intents(&self) -> Vec<Intent> {
        let mut intents: Vec<Intent> = self.store.all();
        intents.sort_by(|one, other| (one.created_at, &one.id).cmp(&(other.created_at, &other.id)));
        for intent in &intents {
            self.store.unseed(&Entity::from(intent.clone()).key());
        }
        intents
    }

    /// The events and the workflows of [`TestApp::drain_intents`], each in order.
    #[must_use]
    pub fn drain_effects(&self) -> (Vec<StatusEvent>, Vec<WorkflowStart>) {
        self.drain_intents().into_iter().fold(
            (Vec::new(), Vec::new()),
            |(mut events, mut workflows), intent| {
                events.extend(intent.events);
                workflows.extend(intent.workflows);
                (events, workflows)
            },
        )
    }

    /// Stores a template whose version 1.0 is published.
    ///
    /// # Panics
    /// Never: a new template takes its first version.
    pub fn template_published(&self, kind: TemplateKind, name: &str) -> (Template, TemplateVersion) {
        let mut template = records::template(kind, name, self.now());
        let number = template.version_allocate(None).expect("the first version");
        template.version_published(number);
        let version = records::version_published(kind, name, number, self.now());
        (self.seed(template), self.seed(version))
    }

    /// Stores an environment of version 1.0 of `template` whose first deployment succeeded with `outputs`, with the
    /// deployment and its reference to the template version, which isn't looked for.
    pub fn environment_succeeded(
        &self,
        name: &str,
        template: &str,
        outputs: &[(&str, &str)],
    ) -> (Environment, Deployment) {
        let id = self.id();
        let environment = records::environment_succeeded(name, template, id.clone(), self.now());
        let target = environment.target();
        let deployment = records::deployment_succeeded(id, target, template, outputs, self.now());
        self.seed(Reference {
            referent: version_1_0(TemplateKind::Environment, template),
            referrer: Referrer::Environment { name: environment.name.clone() },
        });
        (self.seed(environment), self.seed(deployment))
    }

    /// Stores an ACTIVE service of version 1.0 of `template` with one instance in `environment`, whose first
    /// deployment succeeded, with the deployment and the instance's references, which aren't looked for.
    pub fn service_active(
        &self,
        service: &str,
        instance: &str,
        environment: &str,
        template: &str,
    ) -> (Service, ServiceInstance, Deployment) {
        let id = self.id();
        let record = records::service_active(service, template, self.id(), self.now());
        let instance =
            records::instance_succeeded(service, instance, environment, template, id.clone(), self.now());
        let deployment = records::deployment_succeeded(id, instance.target(), template, &[], self.now());
        let referrer =
            Referrer::ServiceInstance { service: instance.service.clone(), name: instance.name.clone() };
        let uses = [
            version_1_0(TemplateKind::Service, template),
            Referent::Environment { name: instance.environment.clone() },
        ];
        for referent in uses {
            self.seed(Reference { referent, referrer: referrer.clone() });
        }
        (self.seed(record), self.seed(instance), self.seed(deployment))
    }
}

fn version_1_0(kind: TemplateKind, template: &str) -> Referent {
    Referent::TemplateVersion { kind, name: records::name(template), version: VersionNumber::new(1, 0) }
}

#[cfg(test)]
mod tests {
    use protium_app::Commit;
    use protium_app::ports::{CommitError, PortError, Record, StoreExt, Write};
    use protium_domain::intent::Partition;

    use super::*;

    #[tokio::test]
    async fn a_commit_lands_in_the_store_and_its_effects_can_be_drained() {
        let test = TestApp::new();
        let (template, _) = test.template_published(TemplateKind::Environment, "net");
        let mut commit = Commit::new(Partition::Template(template.kind, template.name.clone()));
        let template = commit.replace(template);
        commit.start(WorkflowStart {
            workflow: protium_domain::intent::Workflow::Publish,
            name: "n".to_owned(),
            input: serde_json::json!({}),
        });
        commit.submit(&test.app).await.expect("nobody else writes");
        assert_eq!(test.app.store.find::<Template>(template.key()).await.expect("read"), Some(template));
        let (events, workflows) = test.drain_effects();
        assert!(events.is_empty());
        assert_eq!(workflows.len(), 1);
        assert!(test.drain_intents().is_empty());
    }

    #[tokio::test]
    async fn races_and_failures_can_be_arranged() {
        let test = TestApp::new();
        let template = records::template(TemplateKind::Environment, "net", test.now());
        let theirs = template.clone();
        test.store.before_next_commit(move |store| store.seed(theirs));
        let lost = test.app.store.commit(&[Write::Create(template.clone().into())]).await;
        assert!(matches!(lost, Err(CommitError::Condition(0))), "{lost:?}");
        test.store.fail_next_commit(PortError::Throttled("busy".to_owned()).into());
        let busy = test.app.store.commit(&[Write::Put(template.into())]).await;
        assert!(matches!(busy, Err(CommitError::Port(PortError::Throttled(_)))), "{busy:?}");
        assert_eq!(test.store.calls().commit, 2);
        assert_eq!(test.store.committed().len(), 0);
    }
}
