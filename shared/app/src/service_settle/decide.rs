//! How an operation of a service goes on: a pure decision over its records (behaviour 3.3, 7.4).
//!
//! Nothing but records counts: the statuses of those parts of the service whose latest deployment is one that the current
//! phase waits for. So it doesn't matter which executions failed, ran twice or were started by the reconciler.

use protium_domain::deployable::{Deployable, DeploymentStatus, Stack};
use protium_domain::service::{Service, ServiceOperation, ServicePhase, ServiceStatus, ServiceTrigger};
use protium_domain::service_instance::ServiceInstance;
use protium_domain::service_pipeline::ServicePipeline;

/// A service that an operation is at work on, and its parts.
#[derive(Debug, Clone)]
pub(super) struct Records {
    pub(super) service: Service,
    pub(super) operation: ServiceOperation,
    pub(super) instances: Vec<ServiceInstance>,
    pub(super) pipeline: Option<ServicePipeline>,
}

/// What follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Decision {
    /// Instances of this phase are still to begin.
    Begin,
    /// A deployment of this phase still runs.
    Wait,
    /// The instances that are marked for it are removed.
    Removals,
    /// The pipeline is provisioned. The text says what could not be removed before.
    Pipeline(Option<String>),
    /// What the operation made is removed, and what it only marked is as it was.
    CleanUp(Option<String>),
    /// The operation is over.
    End(ServiceTrigger, Option<String>),
    /// The service goes, because all its parts are gone.
    Remove,
    /// The operation is over already.
    Nothing,
}

impl Records {
    /// Whether what the phase began is made, and nothing removed.
    pub(super) fn is_making(&self) -> bool {
        use ServiceStatus::{CreateInProgress, UpdateInProgress};
        self.operation.phase == ServicePhase::Instances
            && matches!(self.service.status(), CreateInProgress | UpdateInProgress)
    }

    /// Whether a failed operation is being undone.
    pub(super) fn is_cleaning_up(&self) -> bool {
        use ServiceStatus::{CreateFailedCleanupInProgress, UpdateFailedCleanupInProgress};
        matches!(self.service.status(), CreateFailedCleanupInProgress | UpdateFailedCleanupInProgress)
    }

    /// Whether the current phase waits, or waited, for the latest deployment of this part.
    pub(super) fn is_at_work(&self, part: &Deployable) -> bool {
        self.operation.deployment_ids.contains(&part.last_attempted_deployment_id)
    }

    /// What the current phase waits for: how messages name it, and where it stands. What is gone isn't among it.
    fn parts(&self) -> Vec<(String, &Deployable)> {
        let instances =
            self.instances.iter().map(|instance| (instance.target().to_string(), &instance.deployable));
        let pipeline =
            self.pipeline.iter().map(|pipeline| (pipeline.target().to_string(), &pipeline.deployable));
        instances.chain(pipeline).filter(|(_, part)| self.is_at_work(part)).collect()
    }

    /// Decides what follows.
    pub(super) fn decide(&self) -> Decision {
        if !self.operation.pending.is_empty() {
            return Decision::Begin;
        }
        let parts = self.parts();
        if parts.iter().any(|(_, part)| part.status().is_in_progress()) {
            return Decision::Wait;
        }
        let failure = failure(&parts);
        match self.service.status() {
            ServiceStatus::DeleteInProgress => match failure {
                None => Decision::Remove,
                failure => Decision::End(ServiceTrigger::DeleteFail, failure),
            },
            ServiceStatus::CreateFailedCleanupInProgress | ServiceStatus::UpdateFailedCleanupInProgress => {
                self.cleaned_up(failure)
            }
            ServiceStatus::CreateInProgress | ServiceStatus::UpdateInProgress => match self.operation.phase {
                ServicePhase::Instances => self.instances_settled(failure),
                ServicePhase::Removals => self.removals_settled(failure),
                ServicePhase::Pipeline => self.pipeline_settled(failure),
            },
            _ => Decision::Nothing,
        }
    }

    /// The reason of the failure that led to a clean-up says more than the clean-up's own, so both are kept.
    fn cleaned_up(&self, failure: Option<String>) -> Decision {
        let trigger = if failure.is_none() { ServiceTrigger::CleanedUp } else { ServiceTrigger::CleanUpFail };
        Decision::End(trigger, joined(self.service.status_message().map(str::to_owned), failure))
    }

    fn instances_settled(&self, failure: Option<String>) -> Decision {
        match joined(self.operation.failure.clone(), failure) {
            // A creation of which nothing was provisioned leaves its records to tell why.
            Some(failure) if self.is_creation() && self.has_provisioned_nothing() => {
                Decision::End(ServiceTrigger::Fail, Some(failure))
            }
            Some(failure) => Decision::CleanUp(Some(failure)),
            None if self.instances.iter().any(|instance| instance.deployable.is_held()) => Decision::Removals,
            None => self.removals_settled(None),
        }
    }

    /// An instance that could not be removed doesn't keep the pipeline from being provisioned.
    fn removals_settled(&self, failure: Option<String>) -> Decision {
        match &self.pipeline {
            Some(pipeline) if pipeline.deployable.status() == DeploymentStatus::InProgress => {
                Decision::Pipeline(failure)
            }
            _ => ended(failure),
        }
    }

    fn pipeline_settled(&self, failure: Option<String>) -> Decision {
        match failure {
            None => ended(self.operation.failure.clone()),
            failure if self.is_creation() => Decision::CleanUp(failure),
            failure => Decision::End(ServiceTrigger::Fail, joined(self.operation.failure.clone(), failure)),
        }
    }

    fn is_creation(&self) -> bool {
        self.service.status() == ServiceStatus::CreateInProgress
    }

    fn has_provisioned_nothing(&self) -> bool {
        let stacks = self.instances.iter().map(|instance| &instance.deployable.stack);
        stacks.flatten().all(Stack::was_never_asked_for)
    }

    /// The instances that the operation made: those of the phase that made them; of a creation all.
    pub(super) fn made_instances(&self) -> Vec<ServiceInstance> {
        let is_made =
            |instance: &&ServiceInstance| self.is_creation() || self.is_at_work(&instance.deployable);
        self.instances.iter().filter(is_made).cloned().collect()
    }

    /// Why the pipeline isn't provisioned; the wording that clients know (behaviour 7.4). `arn` makes ARNs of targets.
    pub(super) fn pipeline_cancellation(&self, arn: impl Fn(&ServiceInstance) -> String) -> String {
        let failed = self.instances.iter().filter(|instance| {
            self.is_at_work(&instance.deployable) && is_failed(instance.deployable.status())
        });
        let arns: Vec<String> = failed.map(arn).collect();
        format!("Service Instance(s): [{}] failed to deploy - canceling pipeline deployment", arns.join(", "))
    }
}

/// A creation or update that went through, perhaps but for removals.
fn ended(failure: Option<String>) -> Decision {
    match failure {
        None => Decision::End(ServiceTrigger::Succeed, None),
        failure => Decision::End(ServiceTrigger::RemovalFail, failure),
    }
}

const fn is_failed(status: DeploymentStatus) -> bool {
    matches!(status, DeploymentStatus::Failed | DeploymentStatus::Cancelled | DeploymentStatus::DeleteFailed)
}

fn failure(parts: &[(String, &Deployable)]) -> Option<String> {
    let failed = parts.iter().filter(|(_, part)| is_failed(part.status()));
    let lines: Vec<String> = failed
        .map(|(target, part)| {
            format!("{target}: {}", part.status_message().unwrap_or("failed without a reason"))
        })
        .collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}

fn joined(one: Option<String>, other: Option<String>) -> Option<String> {
    let texts: Vec<String> = [one, other].into_iter().flatten().collect();
    (!texts.is_empty()).then(|| texts.join("\n"))
}
