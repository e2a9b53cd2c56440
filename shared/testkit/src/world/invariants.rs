//! What holds after every story, however it went; and how its end looks, for comparing.

use std::collections::{BTreeMap, BTreeSet};

use crate::StackCallKind;
use protium_app::ports::StackTemplate;
use protium_domain::account::AccountSettings;
use protium_domain::component::{Attachment, Component};
use protium_domain::deployable::{Deployable, DeploymentStatus};
use protium_domain::deployment::{Deployment, DeploymentTarget};
use protium_domain::environment::Environment;
use protium_domain::event::StatusEvent;
use protium_domain::intent::Intent;
use protium_domain::name::ResourceName;
use protium_domain::reference::{Reference, Referent, Referrer};
use protium_domain::service::Service;
use protium_domain::service_instance::ServiceInstance;
use protium_domain::service_pipeline::ServicePipeline;
use protium_domain::sync::SyncConfig;
use protium_domain::template::TemplateKind;
use protium_domain::version::VersionNumber;

use super::{ENVIRONMENT, SERVICE, World};

impl World {
    /// Nothing is left to do; no deployment made two stacks; and whoever reads the events sees every change of status
    /// once, in order.
    pub fn check(&self) {
        assert!(!self.is_at_work());
        assert_eq!(self.test.store.all::<Intent>().len(), 0);
        for deployment in self.test.store.all::<Deployment>() {
            assert!(deployment.watch.is_none() && deployment.completed_at.is_some(), "{deployment:?}");
        }
        self.check_creations();
        self.check_references();
        self.check_attachments();
        self.check_stacks();
        self.check_events();
    }

    /// Everything is kept that somebody uses, and nothing else.
    fn check_references(&self) {
        let mut expected = Vec::new();
        for environment in self.test.store.all::<Environment>() {
            let referrer = Referrer::Environment { name: environment.name };
            let referent = version(ENVIRONMENT, environment.template, environment.version);
            expected.push(Reference { referent, referrer });
        }
        for instance in self.test.store.all::<ServiceInstance>() {
            let referrer = Referrer::ServiceInstance { service: instance.service, name: instance.name };
            let referent = version(SERVICE, instance.template, instance.version);
            expected.push(Reference { referent, referrer: referrer.clone() });
            let referent = Referent::Environment { name: instance.environment };
            expected.push(Reference { referent, referrer });
        }
        for component in self.test.store.all::<Component>() {
            let referrer = Referrer::Component { name: component.name };
            expected.push(Reference {
                referent: Referent::Environment { name: component.environment },
                referrer,
            });
        }
        for pipeline in self.test.store.all::<ServicePipeline>() {
            assert!(!pipeline.deployable.is_held(), "{pipeline:?}");
            let referrer = Referrer::ServicePipeline { service: pipeline.service };
            let referent = version(SERVICE, pipeline.template, pipeline.version);
            expected.push(Reference { referent, referrer });
        }
        for config in self.test.store.all::<SyncConfig>() {
            let referrer = Referrer::Sync { subject: config.subject };
            expected.push(Reference { referent: Referent::Repository { id: config.repository }, referrer });
        }
        for settings in self.test.store.all::<AccountSettings>() {
            let used = settings.pipeline_provisioning_repository.map(|branch| branch.repository);
            expected.extend(used.map(|id| Reference {
                referent: Referent::Repository { id },
                referrer: Referrer::AccountSettings,
            }));
        }
        let found = self.test.store.all::<Reference>();
        assert_eq!(found.len(), expected.len(), "{found:?}");
        assert!(expected.iter().all(|reference| found.contains(reference)), "{found:?}, not {expected:?}");
    }

    /// An instance names the component that is attached to it, and no other.
    fn check_attachments(&self) {
        let components = self.test.store.all::<Component>();
        for instance in self.test.store.all::<ServiceInstance>() {
            let wanted = Attachment { service: instance.service, instance: instance.name };
            let attached: Vec<_> = components
                .iter()
                .filter(|component| component.state.attachment.as_ref() == Some(&wanted))
                .collect();
            let names: Vec<_> = attached.iter().map(|component| &component.name).collect();
            assert_eq!(names, instance.component.iter().collect::<Vec<_>>(), "{wanted:?}");
        }
    }

    /// What is said to be deployed is deployed: after a success, and after a cancellation, the stack has the template of
    /// the deployment that succeeded last.
    fn check_stacks(&self) {
        for environment in self.test.store.all::<Environment>() {
            self.check_stack(&environment.target(), &environment.deployable);
        }
        for component in self.test.store.all::<Component>() {
            self.check_stack(&component.target(), &component.deployable);
        }
        for instance in self.test.store.all::<ServiceInstance>() {
            self.check_stack(&instance.target(), &instance.deployable);
        }
        for pipeline in self.test.store.all::<ServicePipeline>() {
            self.check_stack(&pipeline.target(), &pipeline.deployable);
        }
    }

    fn check_stack(&self, target: &DeploymentTarget, deployable: &Deployable) {
        if !matches!(deployable.status(), DeploymentStatus::Succeeded | DeploymentStatus::Cancelled) {
            return;
        }
        let (Some(id), Some(stack)) = (&deployable.last_succeeded_deployment_id, &deployable.stack) else {
            return;
        };
        let rendered = self.test.artifacts.text(&protium_app::artifact::rendered_key(id));
        let stack = self.test.cloudformation.stack(stack.handle()).expect("it was made");
        if let (StackTemplate::Body(body), false) = (&stack.template, stack.status.is_deleted()) {
            assert_eq!(rendered.as_ref(), Some(body), "{target} is {}", deployable.status());
        }
    }

    fn check_creations(&self) {
        let mut made: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for call in self.test.cloudformation.calls_of(StackCallKind::Create) {
            let request = call.request.expect("a creation has a request");
            made.entry(request.token).or_default().insert(request.stack);
        }
        for (token, stacks) in made {
            assert_eq!(stacks.len(), 1, "{token} made {stacks:?}");
        }
    }

    fn check_events(&self) {
        let mut last: BTreeMap<String, (u64, String)> = BTreeMap::new();
        for event in self.changes() {
            let resource = event.resource.clone().expect("every event has a resource");
            // What isn't a change of status has no place among them.
            let Some(sequence) = event.detail["sequence"].as_u64() else { continue };
            let status = event.detail["status"].as_str().expect("a status").to_owned();
            let previous = event.detail["previousStatus"].as_str().map(str::to_owned);
            let before = last.insert(resource, (sequence, status));
            if let Some((earlier, was)) = before {
                assert!(earlier < sequence, "the order of {event:?}");
                let is_made_again = was == "DELETED" && previous.is_none();
                assert!(is_made_again || previous == Some(was), "what was before {event:?}");
            } else {
                assert_eq!(previous, None, "the first event {event:?}");
            }
        }
    }

    /// Events without repetitions, which are allowed.
    pub fn distinct_events(&self) -> Vec<StatusEvent> {
        let mut distinct = Vec::new();
        for event in self.test.events.published() {
            if !distinct.contains(&event) {
                distinct.push(event);
            }
        }
        distinct
    }

    /// Those events that tell of a change of status.
    fn changes(&self) -> Vec<StatusEvent> {
        let mut events = self.distinct_events();
        events.retain(|event| event.detail_type.ends_with("Status Change"));
        events
    }

    /// The statuses that the resource whose ARN ends so went through, as its events tell.
    pub fn told(&self, arn_end: &str) -> Vec<String> {
        let events = self.changes().into_iter();
        let of_it = events.filter(|event| event.resource.as_ref().is_some_and(|arn| arn.ends_with(arn_end)));
        of_it.map(|event| event.detail["status"].as_str().expect("a status").to_owned()).collect()
    }

    /// How everything ended, without ids and random suffixes.
    pub fn ending(&self) -> Vec<String> {
        let store = &self.test.store;
        let mut lines = Vec::new();
        for environment in store.all::<Environment>() {
            let status = environment.deployable.status();
            lines.push(format!("{} {} {status}", environment.target(), environment.version));
        }
        for instance in store.all::<ServiceInstance>() {
            let status = instance.deployable.status();
            lines.push(format!("{} {} {status}", instance.target(), instance.version));
        }
        for component in store.all::<Component>() {
            let (status, attached) = (component.deployable.status(), component.state.attachment.is_some());
            lines.push(format!("{} {status} attached: {attached}", component.target()));
        }
        for pipeline in store.all::<ServicePipeline>() {
            let status = pipeline.deployable.status();
            lines.push(format!("{} {} {status}", pipeline.target(), pipeline.version));
        }
        for service in store.all::<Service>() {
            lines.push(format!("service {} {}", service.name, service.status()));
        }
        for deployment in store.all::<Deployment>() {
            let kept = (deployment.outputs.is_some(), deployment.provisioned_resources.is_some());
            lines.push(format!(
                "{:?} {} {} {kept:?}",
                deployment.kind,
                deployment.target,
                deployment.status()
            ));
        }
        for reference in store.all::<Reference>() {
            lines.push(format!("{reference:?}"));
        }
        for stack in self.test.cloudformation.stacks() {
            let name = &stack.name[..stack.name.len().saturating_sub(15)];
            lines.push(format!("{name} {}", stack.status.0));
        }
        lines.sort();
        lines
    }
}

fn version(kind: TemplateKind, name: ResourceName, version: VersionNumber) -> Referent {
    Referent::TemplateVersion { kind, name, version }
}
