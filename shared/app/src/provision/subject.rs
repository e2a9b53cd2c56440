//! The resource that a deployment works on, whichever kind it is.

use protium_domain::deployable::{Deployable, DeploymentOutcome, DeploymentStatus, Stack};
use protium_domain::deployment::{Deployment, DeploymentState, DeploymentTarget};
use protium_domain::environment::Environment;
use protium_domain::event::StatusEvent;
use protium_domain::intent::Partition;
use protium_domain::provisioning::session_name;
use protium_domain::reference::{Reference, Referent, Referrer};
use protium_domain::service_instance::ServiceInstance;
use protium_domain::template::TemplateKind;
use protium_domain::template_version::BundlePart;

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
        }
    }

    fn deployable_mut(&mut self) -> &mut Deployable {
        match self {
            Self::Environment(environment) => &mut environment.deployable,
            Self::ServiceInstance(instance, _) => &mut instance.deployable,
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

    /// The environment that it is, or lives in.
    pub(super) fn environment(&self) -> &Environment {
        match self {
            Self::Environment(environment) | Self::ServiceInstance(_, environment) => environment,
        }
    }

    /// The kind of its template and the part of the bundle that provisions it.
    pub(super) const fn part(&self) -> (TemplateKind, BundlePart) {
        match self {
            Self::Environment(_) => (TemplateKind::Environment, BundlePart::Infrastructure),
            Self::ServiceInstance(..) => (TemplateKind::Service, BundlePart::InstanceInfrastructure),
        }
    }

    /// The role that provisions it (behaviour 7.1); nothing when the environment has none.
    pub(super) fn access(&self, deployment: &Deployment) -> Option<RoleAccess> {
        let role_arn = self.environment().roles.proton_service_role_arn.clone()?;
        Some(RoleAccess { role_arn, session_name: session_name(deployment.id.as_str()) })
    }

    /// Where its events belong.
    pub(super) fn partition(&self) -> Partition {
        match self {
            Self::Environment(environment) => Partition::Environment(environment.name.clone()),
            Self::ServiceInstance(instance, _) => Partition::Service(instance.service.clone()),
        }
    }

    fn replace(&mut self, commit: &mut Commit) {
        match self {
            Self::Environment(environment) => **environment = commit.replace((**environment).clone()),
            Self::ServiceInstance(instance, _) => **instance = commit.replace((**instance).clone()),
        }
    }

    /// Ends its deployment, keeps its references true, and announces it.
    pub(super) fn finish(
        self,
        app: &App,
        commit: &mut Commit,
        outcome: DeploymentOutcome,
        message: Option<String>,
        target: &DeploymentState,
    ) -> Result<()> {
        let before = self.state();
        let left = match outcome {
            DeploymentOutcome::Succeeded => &before,
            DeploymentOutcome::Failed | DeploymentOutcome::Cancelled => target,
        };
        if before.version != target.version || before.template != target.template {
            commit.write(Write::Remove(Key::Reference(self.template_reference(left))));
        }
        match self {
            Self::Environment(mut environment) => {
                let change = environment.finish(outcome, message, target)?;
                let environment = commit.replace(*environment);
                commit.announce(StatusEvent::environment(app.location(), &environment, change));
            }
            Self::ServiceInstance(mut instance, _) => {
                let change = instance.finish(outcome, message, target)?;
                let instance = commit.replace(*instance);
                commit.announce(StatusEvent::service_instance(app.location(), &instance, change));
            }
        }
        Ok(())
    }

    /// Removes it after its deletion, with all its references, and announces it.
    pub(super) fn remove(self, app: &App, commit: &mut Commit, target: &DeploymentState) -> Result<()> {
        let mut references = vec![self.template_reference(&self.state()), self.template_reference(target)];
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
        }
        for reference in references {
            commit.write(Write::Remove(Key::Reference(reference)));
        }
        Ok(())
    }

    fn state(&self) -> DeploymentState {
        match self {
            Self::Environment(environment) => environment.state(),
            Self::ServiceInstance(instance, _) => instance.state(),
        }
    }

    fn template_reference(&self, state: &DeploymentState) -> Reference {
        let (kind, _) = self.part();
        let referent =
            Referent::TemplateVersion { kind, name: state.template.clone(), version: state.version };
        let referrer = match self {
            Self::Environment(environment) => Referrer::Environment { name: environment.name.clone() },
            Self::ServiceInstance(instance, _) => instance_referrer(instance),
        };
        Reference { referent, referrer }
    }
}

fn instance_referrer(instance: &ServiceInstance) -> Referrer {
    Referrer::ServiceInstance { service: instance.service.clone(), name: instance.name.clone() }
}
