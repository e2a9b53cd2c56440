//! ListServiceInstances: filters and sorting (behaviour 13).
//!
//! A page costs the same however many instances there are. By service and name, the default order, the table and its
//! indexes answer all, or those of one service, environment, status or template, page by page; whatever else is asked for
//! is looked at record by record, a bounded number per page, so that a page may come out short while its token leads on.
//! Environments, templates and statuses are orders of such lists, one after the other ([`walk`]). The other orders have no
//! index: they are made of all that the filter lets through, where that is little enough ([`sorted`]).

mod filter;
mod sorted;
mod walk;

pub use filter::{InstanceFilter, TimeRange};

use protium_domain::service::Service;
use protium_domain::service_instance::ServiceInstance;

use crate::context::App;
use crate::error::Result;
use crate::paging::{Page, PageRequest};
use crate::ports::{Entity, Key, ListQuery, StoreExt};

/// What instances are sorted by; among equals by service and name.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "each variant is the attribute of its name")]
pub enum InstanceSort {
    Name,
    DeploymentStatus,
    Template,
    #[default]
    Service,
    Environment,
    LastDeploymentAttemptedAt,
    CreatedAt,
}

/// In which order instances are listed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct InstanceOrder {
    /// By what.
    pub by: InstanceSort,
    /// From the last to the first.
    pub descending: bool,
}

/// Lists instances.
///
/// # Errors
/// [`crate::Error::NotFound`] for a service that does not exist; [`crate::Error::Validation`] for an order without an index
/// when the filter lets too much through.
pub async fn service_instance_list(
    app: &App,
    filter: &InstanceFilter,
    order: InstanceOrder,
    page: &PageRequest,
) -> Result<Page<ServiceInstance>> {
    if let Some(service) = filter.one_service() {
        let found: Option<Service> = app.store.find(Key::Service(service.clone())).await?;
        found.ok_or_else(|| crate::service::unknown(app, service))?;
    }
    let found = match order.by {
        InstanceSort::Service => {
            let query = directed(filter.query(), order.descending);
            app.store.page_where(&query, page, &|entity| keeps(filter, entity)).await?
        }
        // All of a service are few: no need to look through everybody else's.
        _ if filter.one_service().is_some() => sorted::page(app, filter, order, page).await?,
        InstanceSort::Environment | InstanceSort::Template | InstanceSort::DeploymentStatus => {
            walk::page(app, filter, order, page).await?
        }
        InstanceSort::Name | InstanceSort::LastDeploymentAttemptedAt | InstanceSort::CreatedAt => {
            sorted::page(app, filter, order, page).await?
        }
    };
    filter.retain_stale(app, found).await
}

fn directed(query: ListQuery, descending: bool) -> ListQuery {
    if descending { ListQuery::Reversed(Box::new(query)) } else { query }
}

fn keeps(filter: &InstanceFilter, entity: &Entity) -> bool {
    matches!(entity, Entity::ServiceInstance(instance) if filter.keeps(instance))
}
