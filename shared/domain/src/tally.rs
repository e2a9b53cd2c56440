//! Tallies: how many resources there are, counted as they come, change and go.
//!
//! Counting on demand would read every record, so records are counted where they are written: each remembers the slot that
//! it is counted in, and whoever writes it moves the count along in the same transaction. Slots tell template versions
//! apart, so that what is behind the recommended version is known without looking at any resource; so their number grows
//! with the versions in use, never with the resources. A slot is spread over [`SHARDS`] counters, because many deployments
//! of one template version may end at once, while a quota has one counter, so that it is kept exactly.

use serde::{Deserialize, Serialize};

use crate::fleet::TargetStatus;
use crate::identifier::Identifier;
use crate::name::ResourceName;
use crate::version::VersionNumber;

/// Over how many counters a slot is spread.
pub const SHARDS: u8 = 16;

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "each variant is the kind of resource of its name")]
pub enum Countable {
    EnvironmentTemplate,
    ServiceTemplate,
    Environment,
    Service,
    ServiceInstance,
    ServicePipeline,
    Component,
}

impl Countable {
    /// As keys write it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::EnvironmentTemplate => "ENVIRONMENT_TEMPLATE",
            Self::ServiceTemplate => "SERVICE_TEMPLATE",
            Self::Environment => "ENVIRONMENT",
            Self::Service => "SERVICE",
            Self::ServiceInstance => "SERVICE_INSTANCE",
            Self::ServicePipeline => "SERVICE_PIPELINE",
            Self::Component => "COMPONENT",
        }
    }
}

/// Resources that are the same for a summary.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Slot {
    /// What they are.
    pub kind: Countable,
    /// The template version that they are made of, where they are of one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<(ResourceName, VersionNumber)>,
    /// Whether their last deployment or operation failed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub failed: bool,
}

impl Slot {
    /// Resources of a kind that have no template version, and fail in no way that counts.
    #[must_use]
    pub const fn of(kind: Countable) -> Self {
        Self { kind, version: None, failed: false }
    }
}

/// Targets of one wave of a fleet update that are equally far.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FleetSlot {
    /// The fleet update.
    pub fleet_update_id: Identifier,
    /// The number of the wave.
    pub wave: u32,
    /// How far they are.
    pub status: TargetStatus,
}

/// The slot that a record is counted in. It says nothing about the record itself: two records that are otherwise the same
/// are equal, wherever they are counted.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Counted(pub Option<Slot>);

impl Counted {
    /// Whether it isn't counted: it was made before records were, or isn't stored yet.
    #[must_use]
    pub const fn is_absent(&self) -> bool {
        self.0.is_none()
    }
}

impl PartialEq for Counted {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Counted {}

/// What a quota of the account limits (behaviour 10).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum QuotaKind {
    /// Templates of both kinds.
    Templates,
    /// Environments.
    Environments,
    /// Services.
    Services,
    /// Components.
    Components,
    /// Connections of one environment account.
    Connections(String),
}

/// One counter.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Counter {
    /// Of what a quota limits.
    Quota(QuotaKind),
    /// Of a slot: one of its [`SHARDS`].
    Slot(Slot, u8),
    /// Of the targets of a fleet update that are equally far: one of [`SHARDS`].
    Fleet(FleetSlot, u8),
}

/// A counter and where it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Tally {
    /// Which counter.
    pub counter: Counter,
    /// Where it stands. The shards of a slot count for themselves, so one may be negative and only their sum means something.
    #[serde(skip)]
    pub count: i64,
}

/// The shard of a resource: the same for all that one name, such as a service's, holds together, so that a commit about
/// them counts once.
#[must_use]
pub fn shard(name: &ResourceName) -> u8 {
    // FNV-1a: steady over releases, which the standard library's hashers aren't.
    let hash = name
        .as_str()
        .bytes()
        .fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    (hash % u32::from(SHARDS)) as u8
}
