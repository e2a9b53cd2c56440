//! The access patterns as Querys: see the table in [`crate::keys`].

use protium_app::ports::ListQuery;
use protium_domain::template_version::CompatibleEnvironmentTemplate;
use protium_domain::time::Timestamp;

use crate::items::{Index, attribute};
use crate::keys;

/// Which sort keys belong to a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Range {
    /// All of the partition.
    All,
    /// Those that begin so.
    BeginsWith(String),
    /// Those that sort before this.
    Before(String),
}

impl Range {
    /// Whether `sort_key` belongs to the list.
    pub(super) fn contains(&self, sort_key: &str) -> bool {
        match self {
            Self::All => true,
            Self::BeginsWith(beginning) => sort_key.starts_with(beginning.as_str()),
            Self::Before(bound) => sort_key < bound.as_str(),
        }
    }
}

/// One Query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pattern {
    /// The index; nothing for the table itself.
    pub(super) index: Option<Index>,
    /// The partition.
    pub(super) partition: String,
    /// The sort keys.
    pub(super) range: Range,
    /// Whether it is read backwards.
    pub(super) newest_first: bool,
    /// Environments only: what [`attribute::TEMPLATE_MAJOR`] may be. Empty: anything.
    pub(super) filter: Vec<String>,
}

impl Pattern {
    fn of_table((partition, beginning): (String, String)) -> Self {
        Self { index: None, range: Range::BeginsWith(beginning), ..Self::of_index(Index::Gsi1, partition) }
    }

    const fn of_index(index: Index, partition: String) -> Self {
        Self { index: Some(index), partition, range: Range::All, newest_first: false, filter: Vec::new() }
    }

    fn newest_first(self) -> Self {
        Self { newest_first: true, ..self }
    }

    /// The attribute of the partition key.
    pub(super) fn partition_attribute(&self) -> &'static str {
        self.index.map_or(attribute::PK, Index::partition_attribute)
    }

    /// The attribute of the sort key.
    pub(super) fn sort_attribute(&self) -> &'static str {
        self.index.map_or(attribute::SK, Index::sort_attribute)
    }

    /// Key condition, attribute names and values, those of the filter included.
    #[expect(clippy::type_complexity, reason = "the three parts of one expression, taken apart at once")]
    pub(super) fn key_condition(
        &self,
    ) -> (&'static str, Vec<(&'static str, &'static str)>, Vec<(String, String)>) {
        let mut names = vec![("#pk", self.partition_attribute())];
        let mut values = vec![(":pk".to_owned(), self.partition.clone())];
        let condition = match &self.range {
            Range::All => "#pk = :pk",
            Range::BeginsWith(beginning) => {
                names.push(("#sk", self.sort_attribute()));
                values.push((":sk".to_owned(), beginning.clone()));
                "#pk = :pk AND begins_with(#sk, :sk)"
            }
            Range::Before(bound) => {
                names.push(("#sk", self.sort_attribute()));
                values.push((":sk".to_owned(), bound.clone()));
                "#pk = :pk AND #sk < :sk"
            }
        };
        if !self.filter.is_empty() {
            names.push(("#template", attribute::TEMPLATE_MAJOR));
        }
        values.extend(self.filter.iter().enumerate().map(|(n, value)| (format!(":t{n}"), value.clone())));
        (condition, names, values)
    }

    /// The filter's expression, if there is one.
    pub(super) fn filter_expression(&self) -> Option<String> {
        if self.filter.is_empty() {
            return None;
        }
        let operands: Vec<String> = (0..self.filter.len()).map(|n| format!(":t{n}")).collect();
        Some(format!("#template IN ({})", operands.join(", ")))
    }
}

/// The Query that answers a list.
pub(super) fn of(query: &ListQuery) -> Pattern {
    use Index::{Gsi1, Gsi2, Gsi3, Gsi4};
    let index = Pattern::of_index;
    match query {
        ListQuery::Templates(kind) => index(Gsi1, keys::all_templates(*kind)),
        ListQuery::TemplateVersions(kind, name, major) => {
            Pattern::of_table(keys::versions_of_major(*kind, name, *major)).newest_first()
        }
        ListQuery::Environments(filter) => {
            Pattern { filter: template_majors(filter), ..index(Gsi1, keys::all_environments()) }
        }
        ListQuery::Services => index(Gsi1, keys::all_services()),
        ListQuery::ServiceInstances => index(Gsi1, keys::all_instances()),
        ListQuery::ServiceInstancesOfService(name) => Pattern::of_table(keys::instances_of_service(name)),
        ListQuery::ServiceInstancesOfEnvironment(name) => index(Gsi2, keys::instances_of_environment(name)),
        ListQuery::ServiceInstancesOfTemplate(name) => index(Gsi3, keys::instances_of_template(name)),
        ListQuery::ServiceInstancesOfStatus(status) => index(Gsi4, keys::instances_of_status(*status)),
        ListQuery::Reversed(list) => {
            let pattern = of(list);
            Pattern { newest_first: !pattern.newest_first, ..pattern }
        }
        ListQuery::Components => index(Gsi1, keys::all_components()),
        ListQuery::ComponentsOfEnvironment(name) => index(Gsi2, keys::components_of_environment(name)),
        ListQuery::ComponentsOfService(name) => index(Gsi3, keys::components_of_service(name)),
        ListQuery::ComponentsOfServiceInstance(service, name) => {
            index(Gsi4, keys::components_of_instance(service, name))
        }
        ListQuery::Deployments => index(Gsi1, keys::all_deployments()).newest_first(),
        ListQuery::DeploymentsOfEnvironment(name) => {
            index(Gsi2, keys::deployments_of_environment(name)).newest_first()
        }
        ListQuery::DeploymentsOfService(name) => {
            index(Gsi3, keys::deployments_of_service(name)).newest_first()
        }
        ListQuery::DeploymentsOfServiceInstance(service, name) => {
            index(Gsi4, keys::deployments_of_instance(service, name)).newest_first()
        }
        ListQuery::DeploymentsOfComponent(name) => {
            index(Gsi3, keys::deployments_of_component(name)).newest_first()
        }
        ListQuery::Tallies => Pattern { index: None, ..index(Gsi1, keys::tallies()) },
        ListQuery::FleetUpdates => index(Gsi1, keys::all_fleet_updates()).newest_first(),
        ListQuery::FleetUpdatesOfTemplate(name) => {
            index(Gsi3, keys::fleet_updates_of_template(name)).newest_first()
        }
        ListQuery::FleetTargets(id) => Pattern::of_table(keys::fleet_targets(id)),
        ListQuery::FleetTargetsOfStatus(id, status) => {
            index(Gsi4, keys::fleet_targets_of_status(id, *status))
        }
        ListQuery::FleetTallies(id) => Pattern::of_table(keys::fleet_counts(id)),
        ListQuery::Repositories => index(Gsi1, keys::all_repositories()),
        ListQuery::SyncBlockers(service, instance) => {
            let by = if instance.is_some() { Gsi4 } else { Gsi3 };
            index(by, keys::sync_blockers(service, instance.as_ref())).newest_first()
        }
        ListQuery::ConnectionsFrom(account) => {
            index(Gsi1, keys::connections_of_account(account)).newest_first()
        }
        ListQuery::ConnectionsTo(account) => {
            index(Gsi2, keys::connections_of_account(account)).newest_first()
        }
        ListQuery::References(referent) => Pattern { index: None, ..index(Gsi1, keys::references(referent)) },
        ListQuery::IntentsBefore(time) => before(keys::due_intents(), *time),
        ListQuery::WatchesDue(now) => {
            before(keys::due_watches(), Timestamp::from_millis(now.as_millis().saturating_add(1)))
        }
    }
}

fn before(partition: String, time: Timestamp) -> Pattern {
    Pattern { range: Range::Before(keys::time_bound(time)), ..Pattern::of_index(Index::Due, partition) }
}

fn template_majors(filter: &[CompatibleEnvironmentTemplate]) -> Vec<String> {
    filter.iter().map(|wanted| keys::template_major(&wanted.template_name, wanted.major_version)).collect()
}
