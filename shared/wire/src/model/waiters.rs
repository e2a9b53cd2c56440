//! What clients can wait for.

use crate::{error::ErrorCode, operations::Operation};
use serde_json::{Value, json};

/// A wait: an operation repeated until its answer says that something is done, or can't be any more.
#[derive(Debug)]
pub struct Waiter {
    /// Its name, e.g. `EnvironmentDeployed`.
    pub name: &'static str,
    /// The operation that is repeated.
    pub operation: Operation,
    /// Seconds between two requests.
    pub delay: u32,
    /// Requests after which clients give up.
    pub attempts: u32,
    /// What ends the wait, in order.
    pub acceptors: &'static [Acceptor],
}

/// What ends a wait.
#[derive(Debug)]
pub enum Acceptor {
    /// An error of this class: what is waited for is gone, as it should be.
    Error(ErrorCode),
    /// A member of the answer has this value.
    Value {
        /// How the wait ends.
        outcome: Outcome,
        /// Where the member is, as a JMESPath.
        path: &'static str,
        /// The value.
        value: &'static str,
    },
}

/// How a wait ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// What was waited for is there.
    Success,
    /// It will never be there.
    Failure,
}

impl Waiter {
    /// Its entry in `waiters-2.json`.
    pub(super) fn model(&self) -> Value {
        let acceptors: Vec<_> = self.acceptors.iter().map(Acceptor::model).collect();
        json!({
            "delay": self.delay,
            "maxAttempts": self.attempts,
            "operation": self.operation.name(),
            "acceptors": acceptors,
        })
    }
}

impl Acceptor {
    fn model(&self) -> Value {
        match self {
            Self::Error(code) => json!({"matcher": "error", "state": "success", "expected": code.name()}),
            Self::Value { outcome, path, value } => {
                let state = if *outcome == Outcome::Success { "success" } else { "failure" };
                json!({"matcher": "path", "argument": path, "state": state, "expected": value})
            }
        }
    }
}

const fn done(path: &'static str, value: &'static str) -> Acceptor {
    Acceptor::Value { outcome: Outcome::Success, path, value }
}

const fn failed(path: &'static str, value: &'static str) -> Acceptor {
    Acceptor::Value { outcome: Outcome::Failure, path, value }
}

const GONE: Acceptor = Acceptor::Error(ErrorCode::ResourceNotFound);

/// Every waiter.
pub const WAITERS: &[Waiter] = &[
    Waiter {
        name: "FleetUpdatePlanned",
        operation: Operation::GetFleetUpdate,
        delay: 2,
        attempts: 900,
        // What was started at once never rests as PLANNED.
        acceptors: &[
            done("fleetUpdate.status", "PLANNED"),
            done("fleetUpdate.status", "RUNNING"),
            done("fleetUpdate.status", "BAKING"),
            done("fleetUpdate.status", "AWAITING_APPROVAL"),
            done("fleetUpdate.status", "PAUSED"),
            done("fleetUpdate.status", "SUCCEEDED"),
            failed("fleetUpdate.status", "FAILED"),
            failed("fleetUpdate.status", "CANCELLING"),
            failed("fleetUpdate.status", "CANCELLED"),
            failed("fleetUpdate.status", "ROLLING_BACK"),
            failed("fleetUpdate.status", "ROLLED_BACK"),
        ],
    },
    Waiter {
        name: "FleetUpdateSucceeded",
        operation: Operation::GetFleetUpdate,
        delay: 10,
        attempts: 8640,
        acceptors: &[
            done("fleetUpdate.status", "SUCCEEDED"),
            failed("fleetUpdate.status", "FAILED"),
            failed("fleetUpdate.status", "ROLLED_BACK"),
            failed("fleetUpdate.status", "CANCELLED"),
        ],
    },
    Waiter {
        name: "FleetUpdateFinished",
        operation: Operation::GetFleetUpdate,
        delay: 10,
        attempts: 8640,
        acceptors: &[
            done("fleetUpdate.status", "SUCCEEDED"),
            done("fleetUpdate.status", "FAILED"),
            done("fleetUpdate.status", "ROLLED_BACK"),
            done("fleetUpdate.status", "CANCELLED"),
        ],
    },
    Waiter {
        name: "PreviewCompleted",
        operation: Operation::GetPreview,
        delay: 2,
        attempts: 900,
        acceptors: &[done("preview.status", "SUCCEEDED"), failed("preview.status", "FAILED")],
    },
    Waiter {
        name: "ComponentDeleted",
        operation: Operation::GetComponent,
        delay: 5,
        attempts: 999,
        acceptors: &[GONE, failed("component.deploymentStatus", "DELETE_FAILED")],
    },
    Waiter {
        name: "ComponentDeployed",
        operation: Operation::GetComponent,
        delay: 5,
        attempts: 999,
        acceptors: &[
            done("component.deploymentStatus", "SUCCEEDED"),
            failed("component.deploymentStatus", "FAILED"),
        ],
    },
    Waiter {
        name: "EnvironmentDeployed",
        operation: Operation::GetEnvironment,
        delay: 5,
        attempts: 999,
        acceptors: &[
            done("environment.deploymentStatus", "SUCCEEDED"),
            failed("environment.deploymentStatus", "FAILED"),
        ],
    },
    Waiter {
        name: "EnvironmentTemplateVersionRegistered",
        operation: Operation::GetEnvironmentTemplateVersion,
        delay: 2,
        attempts: 150,
        acceptors: &[
            done("environmentTemplateVersion.status", "DRAFT"),
            done("environmentTemplateVersion.status", "PUBLISHED"),
            failed("environmentTemplateVersion.status", "REGISTRATION_FAILED"),
        ],
    },
    Waiter {
        name: "ServiceCreated",
        operation: Operation::GetService,
        delay: 5,
        attempts: 999,
        acceptors: &[
            done("service.status", "ACTIVE"),
            failed("service.status", "CREATE_FAILED_CLEANUP_COMPLETE"),
            failed("service.status", "CREATE_FAILED_CLEANUP_FAILED"),
            failed("service.status", "CREATE_FAILED"),
        ],
    },
    Waiter {
        name: "ServiceDeleted",
        operation: Operation::GetService,
        delay: 5,
        attempts: 999,
        acceptors: &[GONE, failed("service.status", "DELETE_FAILED")],
    },
    Waiter {
        name: "ServiceInstanceDeployed",
        operation: Operation::GetServiceInstance,
        delay: 5,
        attempts: 999,
        acceptors: &[
            done("serviceInstance.deploymentStatus", "SUCCEEDED"),
            failed("serviceInstance.deploymentStatus", "FAILED"),
        ],
    },
    Waiter {
        name: "ServicePipelineDeployed",
        operation: Operation::GetService,
        delay: 10,
        attempts: 360,
        acceptors: &[
            done("service.pipeline.deploymentStatus", "SUCCEEDED"),
            failed("service.pipeline.deploymentStatus", "FAILED"),
        ],
    },
    Waiter {
        name: "ServiceTemplateVersionRegistered",
        operation: Operation::GetServiceTemplateVersion,
        delay: 2,
        attempts: 150,
        acceptors: &[
            done("serviceTemplateVersion.status", "DRAFT"),
            done("serviceTemplateVersion.status", "PUBLISHED"),
            failed("serviceTemplateVersion.status", "REGISTRATION_FAILED"),
        ],
    },
    Waiter {
        name: "ServiceUpdated",
        operation: Operation::GetService,
        delay: 5,
        attempts: 999,
        acceptors: &[
            done("service.status", "ACTIVE"),
            failed("service.status", "UPDATE_FAILED_CLEANUP_COMPLETE"),
            failed("service.status", "UPDATE_FAILED_CLEANUP_FAILED"),
            failed("service.status", "UPDATE_FAILED"),
            failed("service.status", "UPDATE_COMPLETE_CLEANUP_FAILED"),
        ],
    },
];
