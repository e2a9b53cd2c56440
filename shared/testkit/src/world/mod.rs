//! A world in which deployments run: what `statemachines/*.asl.json`, the stream, EventBridge and the schedule do on AWS,
//! done here in one thread, so that every run is the same.

mod bundles;
mod fleet;
mod invariants;

pub use fleet::FleetScript;

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use protium_app::ports::{ExecutionState, Executions, Key, ProvisionedResource};
use protium_app::provision::{self, RecordInput, StepError, StepOutcome};
use protium_app::publish::bundle_validate;
use protium_app::service_settle::settle;
use protium_app::template_version::VersionId;
use protium_app::workflow::PublishInput;
use protium_app::{App, Error, reconcile, relay, stack_event};
use protium_domain::account::AccountSettings;
use protium_domain::deployment::Deployment;
use protium_domain::document::Document;
use protium_domain::fleet::FleetUpdate;
use protium_domain::identifier::Identifier;
use protium_domain::intent::{Intent, Workflow, WorkflowStart};
use protium_domain::name::ResourceName;
use protium_domain::preview::Preview;
use protium_domain::revision::Revision;
use protium_domain::service::Service;
use protium_domain::template::{Template, TemplateKind};
use protium_domain::template_version::{BundlePart, PartSummary, ProvisioningEngine, TemplateVersion};
use protium_domain::version::{VersionNumber, version_part};
use serde_json::{Value, json};

use crate::{Faults, TestApp, records};
use bundles::{PIPED_SCHEMA, PIPELINE, pack, part, template};

/// The kind of templates that environments are made from.
pub const ENVIRONMENT: TemplateKind = TemplateKind::Environment;
/// The kind of templates that services are made from.
pub const SERVICE: TemplateKind = TemplateKind::Service;

/// How the stacks' operations end, in order; with nothing left, well. What is said of `shop` is said of its instance
/// `one` alone, whichever of its instances comes first.
#[derive(Default)]
pub struct Script {
    /// Of creations.
    pub creations: VecDeque<&'static str>,
    /// Of updates.
    pub updates: VecDeque<&'static str>,
    /// Of updates that were cancelled, or whose rollback is continued.
    pub rollbacks: VecDeque<&'static str>,
    /// Of deletions.
    pub deletions: VecDeque<&'static str>,
    /// What is said is said of the stacks of all instances, in the order of their names.
    pub is_for_all: bool,
}

/// Everything around the use cases, played by one thread, step by step.
pub struct World {
    /// The app and its fakes.
    pub test: TestApp,
    /// What the workflows work with: the app, behind faults if there are any.
    app: App,
    /// How stacks' operations end.
    pub script: Script,
    /// Runs every step twice, as a retry after a lost answer does.
    pub twice: bool,
    /// Loses all news of stacks, so that only looking helps.
    pub deaf: bool,
    /// Lets no stack come to an end.
    pub frozen: bool,
    /// After so many steps the execution at work dies, once.
    pub dies_after: Option<usize>,
    /// This step breaks for good.
    pub broken: Option<Step>,
    /// What happens to fleet updates from outside.
    pub fleet: FleetScript,
    played: BTreeSet<String>,
    tokens: usize,
}

/// The steps of the `provision` machine that may break.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// `Render`.
    Render,
    /// `Start`.
    Start,
    /// `Observe`.
    Observe,
}

impl Default for World {
    fn default() -> Self {
        Self::new()
    }
}

impl World {
    /// With the published templates `net` (environments) and `web` (services in them), each in version 1.0.
    pub fn new() -> Self {
        let world = Self::empty();
        world.publish(ENVIRONMENT, "net", "1.0", &template(ENVIRONMENT));
        world.publish(SERVICE, "web", "1.0", &template(SERVICE));
        world
    }

    /// With nothing in it.
    pub fn empty() -> Self {
        let test = TestApp::new();
        let app = test.app.clone();
        Self {
            test,
            app,
            script: Script::default(),
            twice: false,
            deaf: false,
            frozen: false,
            dies_after: None,
            broken: None,
            fleet: FleetScript::default(),
            played: BTreeSet::new(),
            tokens: 0,
        }
    }

    /// The app that requests go to; never faulty.
    pub fn api(&self) -> &App {
        &self.test.app
    }

    /// Lets the workflows work behind faults.
    pub fn arm(&mut self, faults: &Arc<Faults>) {
        self.app = faults.wrap(&self.test.app);
    }

    /// Publishes the next version of a template, which must have this number.
    pub fn publish(&self, kind: TemplateKind, name: &str, number: &str, text: &str) {
        let number: VersionNumber = number.parse().expect("a version");
        self.register(kind, name, number, text);
        let key = Key::Template(kind, records::name(name));
        let mut template: Template = self.test.store.peek(&key).expect("was registered");
        template.version_published(number);
        self.test.seed(template);
    }

    /// Registers the next version of a template as a draft, which isn't recommended.
    pub fn register(
        &self,
        kind: TemplateKind,
        name: &str,
        number: VersionNumber,
        text: &str,
    ) -> TemplateVersion {
        let now = self.test.now();
        let key = Key::Template(kind, records::name(name));
        let found: Option<Template> = self.test.store.peek(&key);
        let mut template = found.unwrap_or_else(|| records::template(kind, name, now));
        let major = Some(number.major).filter(|_| number.minor > 0);
        assert_eq!(template.version_allocate(major), Ok(number), "the next version");
        self.test.seed(template);
        let mut version = records::version_draft(kind, name, number, now);
        version.supports_components = kind == SERVICE;
        let bundle = version.bundle.as_mut().expect("it is registered");
        bundle.digest = format!("{name}-{number}");
        let Document::Inline(schema) = &bundle.schema else { panic!("a short schema") };
        let archive = pack(schema, &[(part(kind), text)]);
        self.test.artifacts.seed(protium_app::artifact::bundle_key(&bundle.digest), archive);
        self.test.seed(version)
    }

    /// Publishes the next version of the service template `piped`, which has a pipeline, and lets the account have a role
    /// for it.
    pub fn publish_piped(&self, number: &str) {
        let kind = SERVICE;
        self.publish(kind, "piped", number, &template(kind));
        let number: VersionNumber = number.parse().expect("a version");
        let key = Key::TemplateVersion(kind, records::name("piped"), number);
        let mut version: TemplateVersion = self.test.store.peek(&key).expect("was published");
        let bundle = version.bundle.as_mut().expect("it is registered");
        let engine = ProvisioningEngine::Cloudformation { file: "pipeline.yaml".to_owned() };
        bundle.parts.push(PartSummary { part: BundlePart::PipelineInfrastructure, engine });
        bundle.schema = Document::Inline(PIPED_SCHEMA.to_owned());
        let pipeline = format!("{PIPELINE}Description: of {number}\n");
        let parts = [(part(kind), template(kind)), ("pipeline_infrastructure", pipeline)];
        let parts: Vec<_> = parts.iter().map(|(part, text)| (*part, text.as_str())).collect();
        let archive = pack(PIPED_SCHEMA, &parts);
        self.test.artifacts.seed(protium_app::artifact::bundle_key(&bundle.digest), archive);
        self.test.seed(version);
        self.test.seed(AccountSettings {
            pipeline_service_role_arn: Some(records::ROLE_ARN.to_owned()),
            revision: Some(Revision::first(self.test.now())),
            ..AccountSettings::default()
        });
    }

    /// Goes on until all work has ended, with the schedule's help where executions died.
    pub async fn run(&mut self) {
        for _ in 0..12 {
            Box::pin(self.run_until_quiet()).await;
            if !self.is_at_work() {
                return;
            }
            self.sweep_later().await;
        }
        panic!("the work never ends");
    }

    /// Goes on until nothing moves by itself.
    pub async fn run_until_quiet(&mut self) {
        loop {
            self.relay().await;
            let started = self.test.executions.started();
            let Some(next) = started.into_iter().find(|start| !self.played.contains(&start.name)) else {
                return;
            };
            match next.workflow {
                Workflow::Provision => Box::pin(self.play_provision(&next)).await,
                Workflow::Service => Box::pin(self.play_service(&next)).await,
                Workflow::Publish => self.play_publish(&next).await,
                Workflow::Fleet => Box::pin(self.play_fleet(&next)).await,
            }
        }
    }

    /// The schedule, when everything in progress is due.
    pub async fn sweep_later(&mut self) {
        self.test.advance(Duration::from_secs(20 * 60));
        // A sweep that fails is repeated by the next one.
        let report = self.again(async |app: &App| reconcile::sweep(app).await).await;
        if report.failures > 0 {
            reconcile::sweep(&self.app).await.expect("a fault happens once");
        }
    }

    /// Whether anything is in progress.
    pub fn is_at_work(&self) -> bool {
        self.test.store.all::<Deployment>().iter().any(Deployment::is_open)
            || self.test.store.all::<Service>().iter().any(|service| service.operation.is_some())
            || self.test.store.all::<Preview>().iter().any(Preview::is_open)
            || self.test.store.all::<FleetUpdate>().iter().any(|update| update.watch.is_some())
            || !self.test.store.all::<Intent>().is_empty()
    }

    /// The stream.
    async fn relay(&mut self) {
        loop {
            let intents = self.test.store.all::<Intent>();
            let Some(intent) =
                intents.into_iter().min_by_key(|intent| (intent.created_at, intent.id.clone()))
            else {
                return;
            };
            self.again(async |app: &App| relay::carry_out(app, &intent).await).await;
        }
    }

    /// Calls a function as often as the state machine would; what it answered last.
    async fn again<T>(&self, call: impl AsyncFn(&App) -> Result<T, Error>) -> T {
        let mut failures = Vec::new();
        while failures.len() < 3 {
            // On the heap: a test's thread has a small stack, and unoptimised futures are large.
            match Box::pin(call(&self.app)).await {
                Ok(_) if self.twice => {
                    return Box::pin(call(&self.app)).await.expect("nothing fails here");
                }
                Ok(answer) => return answer,
                Err(error) => failures.push(format!("{error:?}")),
            }
        }
        panic!("it fails again and again: {failures:?}")
    }

    /// Whether the execution at work lives to make another step.
    fn lives(&mut self) -> bool {
        match self.dies_after {
            Some(0) => {
                self.dies_after = None;
                false
            }
            Some(left) => {
                self.dies_after = Some(left - 1);
                true
            }
            None => true,
        }
    }

    async fn play_provision(&mut self, start: &WorkflowStart) {
        self.played.insert(start.name.clone());
        let id = start.input["deploymentId"].as_str().expect("a deployment");
        let outside = self.enter(start);
        self.provision(&Identifier::new(id).expect("an id")).await;
        self.app = outside;
        self.test.executions.set(Workflow::Provision, &start.name, ExecutionState::Ended);
    }

    /// The `provision` machine.
    async fn provision(&mut self, id: &Identifier) {
        let Some(mut outcome) = self.render(id).await else { return };
        let mut is_new = true;
        for _ in 0..50 {
            match outcome {
                StepOutcome::Wait | StepOutcome::Later { .. } => {}
                StepOutcome::Restart | StepOutcome::RestartLater { .. } => is_new = true,
                StepOutcome::Succeeded | StepOutcome::Failed => {
                    self.record(id, RecordInput { outcome: Some(outcome), error: None }).await;
                    return;
                }
            }
            match self.wait(id, is_new).await {
                Some(next) => outcome = next,
                None => return,
            }
            is_new = false;
        }
        panic!("the stack of {id} never rests");
    }

    async fn render(&mut self, id: &Identifier) -> Option<StepOutcome> {
        if !self.lives() || self.breaks(Step::Render, id).await {
            return None;
        }
        Some(self.again(async |app: &App| provision::render(app, id).await).await)
    }

    /// `Start` or `Observe`: its token's answer; WAIT when it times out.
    async fn wait(&mut self, id: &Identifier, is_new: bool) -> Option<StepOutcome> {
        let step = if is_new { Step::Start } else { Step::Observe };
        if !self.lives() || self.breaks(step, id).await {
            return None;
        }
        self.tokens += 1;
        let token = format!("token-{}", self.tokens);
        if is_new {
            self.again(async |app: &App| provision::start(app, id, token.as_str()).await).await;
        } else {
            self.again(async |app: &App| provision::observe(app, id, token.as_str()).await).await;
        }
        // The stream is at work all the time.
        self.relay().await;
        if self.answer(&token).is_none() && !self.frozen {
            self.clouds_move().await;
        }
        Some(self.answer(&token).unwrap_or(StepOutcome::Wait))
    }

    async fn record(&mut self, id: &Identifier, input: RecordInput) {
        if self.lives() {
            self.again(async |app: &App| provision::record(app, id, input.clone()).await).await;
        }
    }

    /// A step that broke for good goes straight to the record.
    async fn breaks(&mut self, step: Step, id: &Identifier) -> bool {
        let breaks = self.broken == Some(step);
        if breaks {
            self.broken = None;
            let error = StepError { error: Some("Lambda.Unknown".to_owned()), cause: None };
            self.record(id, RecordInput { outcome: None, error: Some(error) }).await;
        }
        breaks
    }

    /// What a token was resumed with, the first time.
    fn answer(&self, token: &str) -> Option<StepOutcome> {
        let resumed = self.test.task_tokens.resumed();
        let (_, output) = resumed.into_iter().find(|(resumed, _)| resumed == token)?;
        Some(serde_json::from_value(output).expect("the outcome of a step"))
    }

    /// CloudFormation ends what it is at, and says so.
    async fn clouds_move(&mut self) {
        let stacks = self.test.cloudformation.stacks();
        for stack in stacks.iter().filter(|stack| stack.status.is_in_progress()) {
            let (queue, well) = match stack.status.0.as_str() {
                "CREATE_IN_PROGRESS" => (&mut self.script.creations, "CREATE_COMPLETE"),
                "DELETE_IN_PROGRESS" => (&mut self.script.deletions, "DELETE_COMPLETE"),
                "UPDATE_ROLLBACK_IN_PROGRESS" => (&mut self.script.rollbacks, "UPDATE_ROLLBACK_COMPLETE"),
                _ => (&mut self.script.updates, "UPDATE_COMPLETE"),
            };
            let is_meant = !stack.name.contains("shop-two") || self.script.is_for_all;
            let ending = if is_meant { queue.pop_front() } else { None };
            let status = ending.unwrap_or(well);
            if status == well {
                self.test.cloudformation.finish(
                    &stack.arn,
                    status,
                    &[("Endpoint", "https://x"), ("Empty", "")],
                );
                let topic =
                    ProvisionedResource { name: "Topic".to_owned(), identifier: "topic-1".to_owned() };
                self.test.cloudformation.change(&stack.arn, |stack| stack.resources = vec![topic]);
            } else {
                self.test.cloudformation.finish_badly(&stack.arn, status, "Topic: the name is taken");
            }
            if !self.deaf {
                self.again(async |app: &App| stack_event::heard(app, &stack.arn).await).await;
            }
        }
    }

    /// The `publish` machine.
    async fn play_publish(&mut self, start: &WorkflowStart) {
        self.played.insert(start.name.clone());
        if self.lives() {
            let input: PublishInput = serde_json::from_value(start.input.clone()).expect("its input");
            let part = |text: &str| version_part(text).expect("a number");
            let version = VersionNumber::new(part(&input.major_version), part(&input.minor_version));
            let id = VersionId { kind: input.kind, template: input.template_name, version };
            self.again(async |app: &App| bundle_validate(app, &id).await).await;
        }
        self.test.executions.set(Workflow::Publish, &start.name, ExecutionState::Ended);
    }

    /// The `service` machine.
    async fn play_service(&mut self, start: &WorkflowStart) {
        self.played.insert(start.name.clone());
        let text = |name: &str| start.input[name].as_str().expect("a text").to_owned();
        let service = ResourceName::new(text("serviceName")).expect("a name");
        let operation = Identifier::new(text("operationId")).expect("an id");
        let mut runs = start.input["deployments"].clone();
        let mut waited = false;
        let outside = self.enter(start);
        for _ in 0..20 {
            self.play_runs(&runs, &start.input["trace"]).await;
            if !self.lives() {
                break;
            }
            let settlement = self.again(async |app: &App| settle(app, &service, &operation).await).await;
            if settlement.done {
                break;
            }
            runs = json!(settlement.deployments);
            // After a first wait the executions are started again; only then the schedule helps.
            let waits_on = settlement.wait && std::mem::replace(&mut waited, settlement.wait);
            if waits_on {
                self.sweep_later().await;
                self.relay().await;
                self.play_started_provisions().await;
            }
        }
        self.app = outside;
        self.test.executions.set(Workflow::Service, &start.name, ExecutionState::Ended);
    }

    /// Lets steps be part of the trace in an execution's input; what they were part of before.
    fn enter(&mut self, start: &WorkflowStart) -> App {
        let trace = start.input["trace"].as_str().and_then(|trace| trace.parse().ok());
        let inside = self.app.part_of(trace);
        std::mem::replace(&mut self.app, inside)
    }

    /// Child executions; one that is there already, or that dies, is left to the settle step.
    async fn play_runs(&mut self, runs: &Value, trace: &Value) {
        for run in runs.as_array().expect("deployments") {
            let start = WorkflowStart {
                workflow: Workflow::Provision,
                name: run["executionName"].as_str().expect("a name").to_owned(),
                input: json!({"deploymentId": run["deploymentId"], "trace": trace}),
            };
            self.test.executions.start(&start, None).await.expect("nothing fails here");
            if !self.played.contains(&start.name) {
                self.play_provision(&start).await;
            }
        }
    }

    async fn play_started_provisions(&mut self) {
        for start in self.test.executions.started() {
            if start.workflow == Workflow::Provision && !self.played.contains(&start.name) {
                self.play_provision(&start).await;
            }
        }
    }
}
