//! Deployments reported from outside (behaviour 2.8).

use crate::{
    common::Output,
    macros::{enums, lists, structures},
    values::{Arn, DeploymentId, NotifyResourceDeploymentStatusChangeInputStatusMessageString},
};

structures! {
    /// Request of [`NotifyResourceDeploymentStatusChange`](crate::Operation::NotifyResourceDeploymentStatusChange).
    NotifyResourceDeploymentStatusChangeInput {
        deployment_id: DeploymentId,
        outputs: NotifyResourceDeploymentStatusChangeInputOutputsList,
        resource_arn: Arn (required),
        status: ResourceDeploymentStatus,
        status_message: NotifyResourceDeploymentStatusChangeInputStatusMessageString,
    }

    /// Answer of [`NotifyResourceDeploymentStatusChange`](crate::Operation::NotifyResourceDeploymentStatusChange).
    NotifyResourceDeploymentStatusChangeOutput {}
}

lists! {
    /// Outputs of a reported deployment.
    NotifyResourceDeploymentStatusChangeInputOutputsList of Output (0, 50);
}

enums! {
    /// How a reported deployment goes.
    ResourceDeploymentStatus {
        InProgress = "IN_PROGRESS",
        Failed = "FAILED",
        Succeeded = "SUCCEEDED",
    }
}
