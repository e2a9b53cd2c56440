//! Template sync and service sync as records (behaviour 2.11, 8): configurations, blockers, and the statuses that clients
//! see before a first run. What runs over a branch comes later.

mod blocker;
mod config;
mod status;

pub use blocker::{blocker_resolve, blocker_summary};
pub(crate) use config::sync_config_forget;
pub use config::{
    SyncConfigInput, sync_config_create, sync_config_delete, sync_config_get, sync_config_update,
};
pub use status::{
    SyncDefinition, SyncType, instance_sync_require, repository_sync_require, sync_definition_list,
    template_sync_require,
};
