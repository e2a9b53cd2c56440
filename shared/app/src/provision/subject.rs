//! The resource that a deployment works on, whichever kind it is.

use protium_domain::account::AccountSettings;
use protium_domain::component::{Attachment, Component};
use protium_domain::deployable::{Deployable, DeploymentOutcome, DeploymentStatus, Stack};
use protium_domain::deployment::{Deployment, DeploymentState, DeploymentTarget, TargetState};
use protium_domain::environment::Environment;
use protium_domain::event::StatusEvent;
use protium_domain::intent::Partition;
use protium_domain::provisioning::session_name;
use protium_domain::reference::{Reference, Referent, Referrer};
use protium_domain::service_instance::ServiceInstance;
use protium_domain::service_pipeline::ServicePipeline;
use protium_domain::template::TemplateKind;
use protium_domain::template_version::BundlePart;

use crate::account::settings_get;
use crate::commit::Commit;
use crate::context::App;
use crate::error::{Error, Result};
use crate::ports::{CommitError, Key, RoleAccess, StoreExt, Write};

/// How often a record that others change too is read again before a step gives up and is repeated as a whole.
const RACES: usize = 8;

/// A deployment's target with what is needed to provision it.
#[derive(Debug, Clone)]
pub(super) enum Subject {
    /// An environment.
    Environment(Box<Environment>),
    /// A service instance and the environment that it lives in.
    ServiceInstance(Box<ServiceInstance>, Box<Environment>),
    /// A pipeline and the account's settings, which name the role for pipelines.
    ServicePipeline(Box<ServicePipeline>, Box<AccountSettings>),
    /// A component, the environment that it lives in, and the instance that it is attached to, or that its deployment
    /// attaches it to.
    Component(Box<Component>, Box<Environment>, Option<Box<ServiceInstance>>),
}

impl Subject {
    /// Reads the target of `deployment`.
    pub(super) async fn load(app: &App, deployment: &Deployment) -> Result<Self> {
        let gone = || Error::internal(format!("the target of deployment {} does not exist", deployment.id));
        match &deployment.target {
            DeploymentTarget::Environment { name } => {
                let environment = app.store.find(Key::Environment(name.clone())).await?;
                Ok(Self::Environment(Box::new(environment.ok_or_else(gone)?)))
            }
            DeploymentTarget::ServiceInstance { service, name, environment } => {
                let instance = app.store.find(Key::ServiceInstance(service.clone(), name.clone())).await?;
                let environment = app.store.find(Key::Environment(environment.clone())).await?;
                Ok(Self::ServiceInstance(
                    Box::new(instance.ok_or_else(gone)?),
                    Box::new(environment.ok_or_else(gone)?),
                ))
            }
            DeploymentTarget::ServicePipeline { service } => {
                let pipeline = app.store.find(Key::ServicePipeline(service.clone())).await?;
                let settings = settings_get(app).await?;
                Ok(Self::ServicePipeline(Box::new(pipeline.ok_or_else(gone)?), Box::new(settings)))
            }
            DeploymentTarget::Component { name, environment } => {
                let component: Option<Component> = app.store.find(Key::Component(name.clone())).await?;
                let component = component.ok_or_else(gone)?;
                let environment = app.store.find(Key::Environment(environment.clone())).await?;
                let wanted = deployment.target_state.component().and_then(|state| state.attachment.as_ref());
                let instance = match component.state.attachment.as_ref().or(wanted) {
                    Some(Attachment { service, instance }) => {
                        app.store.find(Key::ServiceInstance(service.clone(), instance.clone())).await?
                    }
                    None => None,
                };
                Ok(Self::Component(
                    Box::new(component),
                    Box::new(environment.ok_or_else(gone)?),
                    instance.map(Box::new),
                ))
            }
        }
    }

    /// Reads the target and changes its stack until no other writer comes between; false when `change` finds that
    /// nothing is to be changed any more.
    pub(super) async fn change_stack(
        app: &App,
        deployment: &Deployment,
        change: impl Fn(&mut Deployable) -> bool,
    ) -> Result<bool> {
        for _ in 0..RACES {
            let mut subject = Self::load(app, deployment).await?;
            if !change(subject.deployable_mut()) {
                return Ok(false);
            }
            let mut commit = Commit::new(subject.partition());
            subject.replace(&mut commit);
            match commit.submit(app).await {
                Ok(()) => return Ok(true),
                Err(CommitError::Condition(_)) => {}
                Err(CommitError::Port(error)) => return Err(error.into()),
            }
        }
        Err(Error::Throttling(format!(
            "the target of deployment {} is changed by others all the time",
            deployment.id
        )))
    }

    /// Its deployment attributes.
    pub(super) fn deployable(&self) -> &Deployable {
        match self {
            Self::Environment(environment) => &environment.deployable,
            Self::ServiceInstance(instance, _) => &instance.deployable,
            Self::ServicePipeline(pipeline, _) => &pipeline.deployable,
            Self::Component(component, ..) => &component.deployable,
        }
    }

    fn deployable_mut(&mut self) -> &mut Deployable {
        match self {
            Self::Environment(environment) => &mut environment.deployable,
            Self::ServiceInstance(instance, _) => &mut instance.deployable,
            Self::ServicePipeline(pipeline, _) => &mut pipeline.deployable,
            Self::Component(component, ..) => &mut component.deployable,
        }
    }

    /// Whether somebody cancelled the deployment at work.
    pub(super) fn is_cancelling(&self) -> bool {
        self.deployable().status() == DeploymentStatus::Cancelling
    }

    /// Its stack.
    pub(super) fn stack(&self) -> Option<&Stack> {
        self.deployable().stack.as_ref()
    }

    /// The kind of its template and the part of the bundle that provisions it; nothing for a component, which has code
    /// of its own.
    pub(super) const fn part(&self) -> Option<(TemplateKind, BundlePart)> {
        match self {
            Self::Environment(_) => Some((TemplateKind::Environment, BundlePart::Infrastructure)),
            Self::ServiceInstance(..) => Some((TemplateKind::Service, BundlePart::InstanceInfrastructure)),
            Self::ServicePipeline(..) => Some((TemplateKind::Service, BundlePart::PipelineInfrastructure)),
            Self::Component(..) => None,
        }
    }

    /// The role that provisions it (behaviour 7.1); nothing when the environment, or for a pipeline the account's
    /// settings, have none.
    pub(super) fn access(&self, deployment: &Deployment) -> Option<RoleAccess> {
        let role_arn = match self {
            Self::Component(_, environment, _) => environment.roles.component_role_arn.clone()?,
            Self::Environment(environment) | Self::ServiceInstance(_, environment) => {
                environment.roles.proton_service_role_arn.clone()?
            }
            Self::ServicePipeline(_, settings) => settings.pipeline_service_role_arn.clone()?,
        };
        Some(RoleAccess { role_arn, session_name: session_name(deployment.id.as_str()) })
    }

    /// Where its events belong.
    pub(super) fn partition(&self) -> Partition {
        match self {
            Self::Environment(environment) => Partition::Environment(environment.name.clone()),
            Self::ServiceInstance(instance, _) => Partition::Service(instance.service.clone()),
            Self::ServicePipeline(pipeline, _) => Partition::Service(pipeline.service.clone()),
            Self::Component(component, ..) => Partition::Component(component.name.clone()),
        }
    }

    fn replace(&mut self, commit: &mut Commit) {
        match self {
            Self::Environment(environment) => **environment = commit.replace((**environment).clone()),
            Self::ServiceInstance(instance, _) => **instance = commit.replace((**instance).clone()),
            Self::ServicePipeline(pipeline, _) => **pipeline = commit.replace((**pipeline).clone()),
            Self::Component(component, ..) => **component = commit.replace((**component).clone()),
        }
    }

    /// Ends its deployment, keeps its references true, and announces it.
    pub(super) fn finish(
        self,
        app: &App,
        commit: &mut Commit,
        outcome: DeploymentOutcome,
        message: Option<String>,
        target: &TargetState,
    ) -> Result<()> {
        if let Some(left) = self.reference_left(outcome, target) {
            commit.write(Write::Remove(Key::Reference(left)));
        }
        if let Some(kept) = self.reference_kept(outcome, target) {
            commit.write(Write::Put(kept.into()));
        }
        match self {
            Self::Environment(mut environment) => {
                let target = target.template().ok_or_else(mismatch)?;
                let change = environment.finish(outcome, message, target)?;
                let environment = commit.replace(*environment);
                commit.announce(StatusEvent::environment(app.location(), &environment, change));
            }
            Self::ServiceInstance(mut instance, _) => {
                let target = target.template().ok_or_else(mismatch)?;
                let change = instance.finish(outcome, message, target)?;
                let instance = commit.replace(*instance);
                commit.announce(StatusEvent::service_instance(app.location(), &instance, change));
            }
            Self::ServicePipeline(mut pipeline, _) => {
                let target = target.template().ok_or_else(mismatch)?;
                let change = pipeline.finish(outcome, message, target)?;
                let pipeline = commit.replace(*pipeline);
                commit.announce(StatusEvent::service_pipeline(app.location(), &pipeline, change));
            }
            Self::Component(mut component, _, instance) => {
                let target = target.component().ok_or_else(mismatch)?;
                let change = component.finish(outcome, message, target)?;
                if let Some(instance) = instance {
                    release(commit, &component, *instance);
                }
                let component = commit.replace(*component);
                commit.announce(StatusEvent::component(app.location(), &component, change));
            }
        }
        Ok(())
    }

    /// The reference to a template version that an ending deployment leaves behind: to the version that it went away
    /// from, or to the one that it didn't reach.
    fn reference_left(&self, outcome: DeploymentOutcome, target: &TargetState) -> Option<Reference> {
        let (before, target) = (self.state()?, target.template()?);
        if before.version == target.version && before.template == target.template {
            return None;
        }
        match outcome {
            DeploymentOutcome::Succeeded => self.template_reference(&before),
            DeploymentOutcome::Failed | DeploymentOutcome::Cancelled => self.template_reference(target),
        }
    }

    /// The reference of an instance to the version that it is made of from now on. Until its first deployment ends, its
    /// service refers to the version for it.
    fn reference_kept(&self, outcome: DeploymentOutcome, target: &TargetState) -> Option<Reference> {
        let Self::ServiceInstance(..) = self else { return None };
        match outcome {
            DeploymentOutcome::Succeeded => self.template_reference(target.template()?),
            DeploymentOutcome::Failed | DeploymentOutcome::Cancelled => {
                self.template_reference(&self.state()?)
            }
        }
    }

    /// Removes it after its deletion, with all its references, and announces it.
    pub(super) fn remove(self, app: &App, commit: &mut Commit, target: &TargetState) -> Result<()> {
        let states = self.state().into_iter().chain(target.template().cloned());
        let mut references: Vec<Reference> =
            states.filter_map(|state| self.template_reference(&state)).collect();
        references.dedup();
        match self {
            Self::Environment(mut environment) => {
                let change = environment.deployable.finish(DeploymentOutcome::Succeeded, None)?;
                let environment = commit.delete(*environment);
                commit.announce(StatusEvent::environment(app.location(), &environment, change));
            }
            Self::ServiceInstance(mut instance, _) => {
                references.push(Reference {
                    referent: Referent::Environment { name: instance.environment.clone() },
                    referrer: instance_referrer(&instance),
                });
                let change = instance.deployable.finish(DeploymentOutcome::Succeeded, None)?;
                let instance = commit.delete(*instance);
                commit.announce(StatusEvent::service_instance(app.location(), &instance, change));
            }
            Self::ServicePipeline(mut pipeline, _) => {
                let change = pipeline.deployable.finish(DeploymentOutcome::Succeeded, None)?;
                let pipeline = commit.delete(*pipeline);
                commit.announce(StatusEvent::service_pipeline(app.location(), &pipeline, change));
            }
            Self::Component(mut component, _, instance) => {
                if let Some(mut instance) =
                    instance.filter(|it| it.component.as_ref() == Some(&component.name))
                {
                    // Only a forced deletion takes a component that is attached.
                    instance.component = None;
                    commit.replace(*instance);
                }
                references.push(Reference {
                    referent: Referent::Environment { name: component.environment.clone() },
                    referrer: Referrer::Component { name: component.name.clone() },
                });
                let change = component.deployable.finish(DeploymentOutcome::Succeeded, None)?;
                let component = commit.delete(*component);
                commit.announce(StatusEvent::component(app.location(), &component, change));
            }
        }
        for reference in references {
            commit.write(Write::Remove(Key::Reference(reference)));
        }
        Ok(())
    }

    fn state(&self) -> Option<DeploymentState> {
        match self {
            Self::Environment(environment) => Some(environment.state()),
            Self::ServiceInstance(instance, _) => Some(instance.state()),
            Self::ServicePipeline(pipeline, _) => Some(pipeline.state()),
            Self::Component(..) => None,
        }
    }

    fn template_reference(&self, state: &DeploymentState) -> Option<Reference> {
        let (kind, _) = self.part()?;
        let referent =
            Referent::TemplateVersion { kind, name: state.template.clone(), version: state.version };
        let referrer = match self {
            Self::Environment(environment) => Referrer::Environment { name: environment.name.clone() },
            Self::ServiceInstance(instance, _) => instance_referrer(instance),
            Self::ServicePipeline(pipeline, _) => {
                Referrer::ServicePipeline { service: pipeline.service.clone() }
            }
            Self::Component(..) => return None,
        };
        Some(Reference { referent, referrer })
    }
}

fn mismatch() -> Error {
    Error::internal("the deployment's state is one of another kind of resource")
}

/// Keeps the mark on `instance` true: it names the component that is attached to it.
fn release(commit: &mut Commit, component: &Component, mut instance: ServiceInstance) {
    let is_attached = component.state.attachment.as_ref().is_some_and(|attachment| {
        attachment.service == instance.service && attachment.instance == instance.name
    });
    if !is_attached && instance.component.as_ref() == Some(&component.name) {
        instance.component = None;
        commit.replace(instance);
    }
}

fn instance_referrer(instance: &ServiceInstance) -> Referrer {
    Referrer::ServiceInstance { service: instance.service.clone(), name: instance.name.clone() }
}
