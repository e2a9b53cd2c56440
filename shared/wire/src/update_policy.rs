//! Update policies: what owners and templates say about updates that come by themselves.

use crate::{
    macros::{enums, lists, strings, structures},
    values::{Arn, StatusMessage},
};

strings! {
    /// When updates may begin, in UTC: `sat 02:00/4h`, `mon,wed 22:30/90m`, `daily 01:00/2h`.
    MaintenanceWindow { length: (1, 40) }
}

structures! {
    /// Request of [`PutUpdatePolicy`](crate::Operation::PutUpdatePolicy).
    PutUpdatePolicyInput {
        maintenance_windows: MaintenanceWindowList,
        mode: UpdatePolicyMode (required),
        /// A template, an environment, a service, a service instance or a pipeline.
        resource_arn: Arn (required),
    }

    /// Answer of [`PutUpdatePolicy`](crate::Operation::PutUpdatePolicy).
    PutUpdatePolicyOutput {
        update_policy: UpdatePolicy (required),
    }

    /// Request of [`GetUpdatePolicy`](crate::Operation::GetUpdatePolicy).
    GetUpdatePolicyInput {
        resource_arn: Arn (required),
    }

    /// Answer of [`GetUpdatePolicy`](crate::Operation::GetUpdatePolicy).
    GetUpdatePolicyOutput {
        update_policy: UpdatePolicy (required),
    }

    /// Request of [`DeleteUpdatePolicy`](crate::Operation::DeleteUpdatePolicy).
    DeleteUpdatePolicyInput {
        resource_arn: Arn (required),
    }

    /// Answer of [`DeleteUpdatePolicy`](crate::Operation::DeleteUpdatePolicy).
    DeleteUpdatePolicyOutput {
        /// What holds from now on.
        update_policy: UpdatePolicy (required),
    }

    /// What holds for a resource, and who said so.
    UpdatePolicy {
        /// Without any, at all times.
        maintenance_windows: MaintenanceWindowList (required),
        mode: UpdatePolicyMode (required),
        /// What is wrong with a tag; until it is mended, the mode is `PINNED`.
        problem: StatusMessage,
        resource_arn: Arn (required),
        /// Who set the mode.
        source: UpdatePolicySource (required),
    }
}

lists! {
    /// Maintenance windows, of which one has to be open.
    MaintenanceWindowList of MaintenanceWindow (0, 10);
}

enums! {
    /// What happens when a new minor version is published.
    UpdatePolicyMode {
        Recommend = "RECOMMEND",
        AutoMinor = "AUTO_MINOR",
        Pinned = "PINNED",
    }

    /// Who set a policy, by API or by tag; the first that did holds.
    UpdatePolicySource {
        Resource = "RESOURCE",
        Service = "SERVICE",
        Template = "TEMPLATE",
        Default = "DEFAULT",
    }
}
