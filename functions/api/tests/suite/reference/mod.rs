//! Whatever is called in whatever order, the API answers as Proton's rules say: random stories of calls, with work that
//! goes on between them, are told to the handlers over fakes and to a reference model of a few hundred lines, and every
//! answer is compared: its class, and after each piece of work everything that can be read.

mod acts;
mod deployable;
mod domain;

use std::cell::RefCell;
use std::collections::BTreeMap;

use proptest::test_runner::{Config, FileFailurePersistence, RngSeed, TestRunner};
use protium_domain::template::TemplateKind;
use protium_testkit::World;
use serde_json::{Value, json};

use super::{Answer, call};
use acts::{
    Act, COMPONENTS, ENVIRONMENT_TEMPLATES, ENVIRONMENTS, INSTANCES, Kind, REPOSITORIES, SERVICE_TEMPLATES,
    SERVICES, Weather, beginning, stories,
};
use domain::{Class, Domain, VersionStatus};

/// What can be read, by what it is read of.
type Seen = BTreeMap<String, String>;

struct Story {
    world: World,
    domain: Domain,
    told: Vec<String>,
    tally: Tally,
}

impl Story {
    fn new() -> Self {
        let world = World::new();
        world.bundle_upload(TemplateKind::Environment, "Environment");
        world.bundle_upload(TemplateKind::Service, "Service");
        Self { world, domain: Domain::default(), told: Vec::new(), tally: Tally::new() }
    }

    async fn tell(&mut self, act: &Act) {
        if self.domain.is_beyond(act) {
            return;
        }
        self.told.push(format!("{act:?}"));
        match act.call() {
            Some((operation, input)) => self.compare(act, &operation, input).await,
            None => {
                let Act::Run(weather) = act else { panic!("only work is no call") };
                self.run(*weather).await;
            }
        }
        self.world.test.advance(std::time::Duration::from_secs(1));
    }

    async fn compare(&mut self, act: &Act, operation: &str, input: Value) {
        let answer = call(&self.world.test, operation, input).await;
        let broken = self.domain.act(act);
        let told =
            || format!("{:#?}\nanswered {} {}\nexpected {broken:?}", self.told, answer.kind, answer.body);
        match class(&answer) {
            None => assert!(broken.is_empty(), "{}", told()),
            Some(class) => assert!(broken.contains(&class), "{}", told()),
        }
        let of_it = self.tally.entry(operation.to_owned()).or_default();
        *if broken.is_empty() { &mut of_it.0 } else { &mut of_it.1 } += 1;
    }

    async fn run(&mut self, weather: Weather) {
        self.world.script = weather.script();
        Box::pin(self.world.run()).await;
        self.world.check();
        self.domain.run(weather);
        let (seen, expected) = (self.seen().await, self.domain.seen());
        let differing: Vec<_> =
            expected.iter().filter(|(name, line)| seen.get(*name) != Some(line)).collect();
        let more: Vec<_> = seen.iter().filter(|(name, _)| !expected.contains_key(*name)).collect();
        let told = || format!("{:#?}\nexpected {differing:#?}\nin {seen:#?}\nbeyond {more:#?}", self.told);
        assert!(differing.is_empty() && more.is_empty(), "{}", told());
    }

    async fn read(&self, operation: &str, input: Value) -> Option<Value> {
        let answer = call(&self.world.test, operation, input).await;
        match class(&answer) {
            None => Some(answer.body),
            Some(Class::NotFound) => None,
            Some(_) => panic!("{operation}: {}", answer.body),
        }
    }

    /// All that the API shows.
    async fn seen(&self) -> Seen {
        let mut seen = Seen::new();
        for (kind, names) in [("Environment", ENVIRONMENT_TEMPLATES), ("Service", SERVICE_TEMPLATES)] {
            for name in names {
                self.see_template(kind, name, &mut seen).await;
            }
        }
        for name in ENVIRONMENTS {
            if let Some(body) = self.read("GetEnvironment", json!({"name": name})).await {
                let it = &body["environment"];
                let line = format!("{} {}", text(it, "deploymentStatus"), version(it));
                seen.insert(format!("environment {name}"), line);
            }
        }
        for name in SERVICES {
            if let Some(body) = self.read("GetService", json!({"name": name})).await {
                seen.insert(format!("service {name}"), text(&body["service"], "status").to_owned());
            }
            for instance in INSTANCES {
                let input = json!({"serviceName": name, "name": instance});
                if let Some(body) = self.read("GetServiceInstance", input).await {
                    let it = &body["serviceInstance"];
                    let line = format!(
                        "{} {} in {}",
                        text(it, "deploymentStatus"),
                        version(it),
                        text(it, "environmentName")
                    );
                    seen.insert(format!("instance {name}/{instance}"), line);
                }
            }
        }
        for name in COMPONENTS {
            if let Some(body) = self.read("GetComponent", json!({"name": name})).await {
                let it = &body["component"];
                let attached = format!("{}/{}", text(it, "serviceName"), text(it, "serviceInstanceName"));
                seen.insert(
                    format!("component {name}"),
                    format!("{} {attached}", text(it, "deploymentStatus")),
                );
            }
        }
        for name in REPOSITORIES {
            if let Some(body) = self.read("GetRepository", json!({"provider": "GITHUB", "name": name})).await
            {
                let connection = text(&body["repository"], "connectionArn");
                let number = connection.rsplit('/').next().unwrap_or_default();
                seen.insert(format!("repository {name}"), number.to_owned());
            }
        }
        for template in ENVIRONMENT_TEMPLATES {
            let input = json!({"templateName": template, "templateType": "ENVIRONMENT"});
            if let Some(body) = self.read("GetTemplateSyncConfig", input).await {
                let repository = text(&body["templateSyncConfig"], "repositoryName");
                seen.insert(format!("sync {template}"), repository.to_owned());
            }
        }
        seen
    }

    async fn see_template(&self, kind: &str, name: &str, seen: &mut Seen) {
        let (get, list) = (format!("Get{kind}Template"), format!("List{kind}TemplateVersions"));
        let Some(body) = self.read(&get, json!({"name": name})).await else { return };
        let member = format!("{}Template", kind.to_lowercase());
        let recommended = text(&body[member], "recommendedVersion").to_owned();
        seen.insert(format!("{kind} template {name}"), recommended);
        for major in 1..9 {
            let input = json!({"templateName": name, "majorVersion": major.to_string()});
            let listed = self.read(&list, input).await.unwrap_or_default();
            for it in listed["templateVersions"].as_array().into_iter().flatten() {
                let number = format!("{}.{}", text(it, "majorVersion"), text(it, "minorVersion"));
                seen.insert(format!("{kind} template {name} {number}"), text(it, "status").to_owned());
            }
        }
    }
}

impl Domain {
    /// All that the API must show.
    fn seen(&self) -> Seen {
        let mut seen = Seen::new();
        let number = |(major, minor): (u64, u64)| format!("{major}.{minor}");
        for ((kind, name), template) in &self.templates {
            let kind = if *kind == Kind::Environment { "Environment" } else { "Service" };
            let recommended = template.recommended().map(number).unwrap_or_default();
            seen.insert(format!("{kind} template {name}"), recommended);
            for (version, status) in &template.versions {
                let status = match status {
                    VersionStatus::Registering => "REGISTRATION_IN_PROGRESS",
                    VersionStatus::Failed => "REGISTRATION_FAILED",
                    VersionStatus::Draft => "DRAFT",
                    VersionStatus::Published => "PUBLISHED",
                };
                seen.insert(format!("{kind} template {name} {}", number(*version)), status.to_owned());
            }
        }
        for (name, it) in &self.environments {
            let line = format!("{} {}", it.deployed.status.text(), number(it.deployed.state.version));
            seen.insert(format!("environment {name}"), line);
        }
        for (name, it) in &self.services {
            seen.insert(format!("service {name}"), it.status.to_owned());
        }
        for ((service, name), it) in &self.instances {
            let line =
                format!("{} {} in {}", it.deployed.status.text(), number(it.deployed.state), it.environment);
            seen.insert(format!("instance {service}/{name}"), line);
        }
        for (name, it) in &self.components {
            let (service, instance) = it.deployed.state.attached.unwrap_or_default();
            let line = format!("{} {service}/{instance}", it.deployed.status.text());
            seen.insert(format!("component {name}"), line);
        }
        seen.extend(
            self.repositories.iter().map(|(name, number)| (format!("repository {name}"), number.to_string())),
        );
        seen.extend(self.syncs.iter().map(|(name, from)| (format!("sync {name}"), (*from).to_owned())));
        seen
    }
}

fn text<'a>(value: &'a Value, member: &str) -> &'a str {
    value[member].as_str().unwrap_or_default()
}

fn version(value: &Value) -> String {
    format!("{}.{}", text(value, "templateMajorVersion"), text(value, "templateMinorVersion"))
}

fn class(answer: &Answer) -> Option<Class> {
    match (answer.status, answer.kind.as_str()) {
        (200, _) => None,
        (400, "ValidationException") => Some(Class::Validation),
        (400, "ResourceNotFoundException") => Some(Class::NotFound),
        (400, "ConflictException") => Some(Class::Conflict),
        _ => panic!("{} {}", answer.kind, answer.body),
    }
}

/// The same stories in every run; a story that failed once is told first from then on.
fn config() -> Config {
    Config {
        cases: 100,
        failure_persistence: Some(Box::new(FileFailurePersistence::WithSource("regressions"))),
        rng_seed: RngSeed::Fixed(0x7072_6f74_6f6e),
        max_shrink_iters: 2_000,
        ..Config::default()
    }
}

/// How often each operation was carried out, and how often it was refused.
type Tally = BTreeMap<String, (usize, usize)>;

#[test]
fn every_answer_is_as_protons_rules_say() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let tally = RefCell::new(Tally::new());
    let told = TestRunner::new(config()).run(&stories(), |acts| {
        runtime.block_on(async {
            let mut story = Story::new();
            for act in beginning().iter().chain(&acts) {
                story.tell(act).await;
            }
            story.tell(&Act::Run(Weather::Fine)).await;
            for (operation, (done, refused)) in story.tally {
                let mut tally = tally.borrow_mut();
                let of_all = tally.entry(operation).or_default();
                (of_all.0, of_all.1) = (of_all.0 + done, of_all.1 + refused);
            }
        });
        Ok(())
    });
    if let Err(failure) = told {
        panic!("{failure}");
    }
    let tally = tally.into_inner();
    println!("{tally:#?}");
    let few: Vec<_> = tally.iter().filter(|(_, (done, refused))| *done == 0 || *refused == 0).collect();
    assert!(few.is_empty() && tally.len() == 30, "these stories never tell of {few:?}, or of others");
}
