//! A world in which deployments run: what `statemachines/*.asl.json`, the stream, EventBridge and the schedule do on AWS,
//! done here in one thread, so that every run is the same.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use protium_app::ports::{ExecutionState, Executions, Key, ProvisionedResource};
use protium_app::provision::{self, RecordInput, StepError, StepOutcome};
use protium_app::service_settle::settle;
use protium_app::{App, Error, reconcile, relay, stack_event};
use protium_domain::account::AccountSettings;
use protium_domain::deployment::Deployment;
use protium_domain::document::Document;
use protium_domain::identifier::Identifier;
use protium_domain::intent::{Intent, Workflow, WorkflowStart};
use protium_domain::name::ResourceName;
use protium_domain::preview::Preview;
use protium_domain::revision::Revision;
use protium_domain::service::Service;
use protium_domain::template::{Template, TemplateKind};
use protium_domain::template_version::{BundlePart, PartSummary, ProvisioningEngine, TemplateVersion};
use protium_domain::version::VersionNumber;
use protium_testkit::{Faults, TestApp, records};
use serde_json::{Value, json};

pub(crate) const ENVIRONMENT: TemplateKind = TemplateKind::Environment;
pub(crate) const SERVICE: TemplateKind = TemplateKind::Service;

/// The template of both kinds, apart from the namespace of its inputs.
fn template(kind: TemplateKind) -> String {
    let (inputs, rest) = match kind {
        ENVIRONMENT => ("environment.inputs", ""),
        SERVICE => ("service_instance.inputs", "      TopicName: '{{ environment.outputs.Endpoint }}'\n"),
    };
    format!(
        "Resources:\n  Topic:\n    Type: AWS::SNS::Topic\n    Properties:\n      DisplayName: '{{{{ {inputs}.size }}}}'\n{rest}"
    )
}

/// How the stacks' operations end, in order; with nothing left, well. What is said of `shop` is said of its instance
/// `one` alone, whichever of its instances comes first.
#[derive(Default)]
pub(crate) struct Script {
    pub(crate) creations: VecDeque<&'static str>,
    pub(crate) updates: VecDeque<&'static str>,
    /// Of updates that were cancelled, or whose rollback is continued.
    pub(crate) rollbacks: VecDeque<&'static str>,
    pub(crate) deletions: VecDeque<&'static str>,
    /// What is said is said of the stacks of all instances, in the order of their names.
    pub(crate) is_for_all: bool,
}

pub(crate) struct World {
    pub(crate) test: TestApp,
    /// What the workflows work with: the app, behind faults if there are any.
    app: App,
    pub(crate) script: Script,
    /// Runs every step twice, as a retry after a lost answer does.
    pub(crate) twice: bool,
    /// Loses all news of stacks, so that only looking helps.
    pub(crate) deaf: bool,
    /// Lets no stack come to an end.
    pub(crate) frozen: bool,
    /// After so many steps the execution at work dies, once.
    pub(crate) dies_after: Option<usize>,
    /// This step breaks for good.
    pub(crate) broken: Option<Step>,
    played: BTreeSet<String>,
    tokens: usize,
}

/// The steps of the `provision` machine that may break.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    Render,
    Start,
    Observe,
}

impl World {
    /// With the published templates `net` (environments) and `web` (services in them), each in version 1.0.
    pub(crate) fn new() -> Self {
        let test = TestApp::new();
        let app = test.app.clone();
        let world = Self {
            test,
            app,
            script: Script::default(),
            twice: false,
            deaf: false,
            frozen: false,
            dies_after: None,
            broken: None,
            played: BTreeSet::new(),
            tokens: 0,
        };
        world.publish(ENVIRONMENT, "net", "1.0", &template(ENVIRONMENT));
        world.publish(SERVICE, "web", "1.0", &template(SERVICE));
        world
    }

    /// The app that requests go to; never faulty.
    pub(crate) fn api(&self) -> &App {
        &self.test.app
    }

    /// Lets the workflows work behind faults.
    pub(crate) fn arm(&mut self, faults: &Arc<Faults>) {
        self.app = faults.wrap(&self.test.app);
    }

    /// Publishes the next version of a template, which must have this number.
    pub(crate) fn publish(&self, kind: TemplateKind, name: &str, number: &str, text: &str) {
        let number: VersionNumber = number.parse().expect("a version");
        self.register(kind, name, number, text);
        let key = Key::Template(kind, records::name(name));
        let mut template: Template = self.test.store.peek(&key).expect("was registered");
        template.version_published(number);
        self.test.seed(template);
    }

    /// Registers the next version of a template as a draft, which isn't recommended.
    pub(crate) fn register(
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
    pub(crate) fn publish_piped(&self, number: &str) {
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
    pub(crate) async fn run(&mut self) {
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
    pub(crate) async fn run_until_quiet(&mut self) {
        loop {
            self.relay().await;
            let started = self.test.executions.started();
            let Some(next) = started.into_iter().find(|start| !self.played.contains(&start.name)) else {
                return;
            };
            match next.workflow {
                Workflow::Provision => Box::pin(self.play_provision(&next)).await,
                Workflow::Service => Box::pin(self.play_service(&next)).await,
                Workflow::Publish => panic!("nothing is registered here"),
            }
        }
    }

    /// The schedule, when everything in progress is due.
    pub(crate) async fn sweep_later(&mut self) {
        self.test.advance(Duration::from_secs(20 * 60));
        // A sweep that fails is repeated by the next one.
        let report = self.again(async |app: &App| reconcile::sweep(app).await).await;
        if report.failures > 0 {
            reconcile::sweep(&self.app).await.expect("a fault happens once");
        }
    }

    /// Whether anything is in progress.
    pub(crate) fn is_at_work(&self) -> bool {
        self.test.store.all::<Deployment>().iter().any(Deployment::is_open)
            || self.test.store.all::<Service>().iter().any(|service| service.operation.is_some())
            || self.test.store.all::<Preview>().iter().any(Preview::is_open)
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
        self.provision(&Identifier::new(id).expect("an id")).await;
        self.test.executions.set(Workflow::Provision, &start.name, ExecutionState::Ended);
    }

    /// The `provision` machine.
    async fn provision(&mut self, id: &Identifier) {
        let Some(mut outcome) = self.render(id).await else { return };
        let mut is_new = true;
        for _ in 0..50 {
            match outcome {
                StepOutcome::Wait | StepOutcome::Later => {}
                StepOutcome::Restart => is_new = true,
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
            self.again(async |app: &App| provision::start(app, id, &token).await).await;
        } else {
            self.again(async |app: &App| provision::observe(app, id, &token).await).await;
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

    /// The `service` machine.
    async fn play_service(&mut self, start: &WorkflowStart) {
        self.played.insert(start.name.clone());
        let text = |name: &str| start.input[name].as_str().expect("a text").to_owned();
        let service = ResourceName::new(text("serviceName")).expect("a name");
        let operation = Identifier::new(text("operationId")).expect("an id");
        let mut runs = start.input["deployments"].clone();
        let mut waited = false;
        for _ in 0..20 {
            self.play_runs(&runs).await;
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
        self.test.executions.set(Workflow::Service, &start.name, ExecutionState::Ended);
    }

    /// Child executions; one that is there already, or that dies, is left to the settle step.
    async fn play_runs(&mut self, runs: &Value) {
        for run in runs.as_array().expect("deployments") {
            let start = WorkflowStart {
                workflow: Workflow::Provision,
                name: run["executionName"].as_str().expect("a name").to_owned(),
                input: json!({"deploymentId": run["deploymentId"]}),
            };
            self.test.executions.start(&start).await.expect("nothing fails here");
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

const fn part(kind: TemplateKind) -> &'static str {
    match kind {
        ENVIRONMENT => "infrastructure",
        SERVICE => "instance_infrastructure",
    }
}

const PIPED_SCHEMA: &str = "schema:\n  format:\n    openapi: \"3.0.0\"\n  service_input_type: Input\n  \
                            pipeline_input_type: Pipe\n  types:\n    Input:\n      type: object\n      properties:\n        \
                            size:\n          type: string\n          default: small\n    Pipe:\n      type: object\n      \
                            properties:\n        dir:\n          type: string\n          default: app\n";

const PIPELINE: &str = "Resources:\n  Topic:\n    Type: AWS::SNS::Topic\n    Properties:\n      DisplayName: '{{ \
                        pipeline.inputs.dir }} of {{ service.repository_id }} on {{ service.branch_name }}'\n      \
                        TopicName: '{% for it in service_instances %}{{ it.name }}({{ it.inputs.size }}, {{ \
                        it.outputs.Endpoint }}, {{ it.environment.name }}) {% endfor %}'\n";

/// Packs a bundle with one CloudFormation template in each part. One that begins with its `Parameters` takes the inputs as
/// such.
fn pack(schema: &str, parts: &[(&str, &str)]) -> Vec<u8> {
    let manifest = "infrastructure:\n  templates:\n    - file: cloudformation.yaml\n      rendering_engine: jinja\n      \
                    template_language: cloudformation\n";
    let mut files = vec![("schema/schema.yaml".to_owned(), schema)];
    let native = format!("{manifest}      native_parameters: true\n");
    for (part, template) in parts {
        let manifest = if template.starts_with("Parameters:") { native.as_str() } else { manifest };
        files.push((format!("{part}/manifest.yaml"), manifest));
        files.push((format!("{part}/cloudformation.yaml"), template));
    }
    let mut archive = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for (path, text) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        archive.append_data(&mut header, path, text.as_bytes()).expect("packs in memory");
    }
    archive.into_inner().and_then(GzEncoder::finish).expect("packs in memory")
}
