//! Orders without an index: made of all that the filter lets through, which must not be too much.
//!
//! The position after a page is the place of its last instance in the order, so that it survives whatever comes and goes
//! meanwhile.

use protium_domain::service_instance::ServiceInstance;

use super::{InstanceFilter, InstanceOrder, InstanceSort, keeps};
use crate::context::App;
use crate::error::{Error, Result};
use crate::paging::{Page, PageRequest};
use crate::ports::{PortError, StoreExt};

/// How many instances are sorted at most.
const MOST_SORTED: usize = 1_000;

/// How often the store is asked for them at most.
const MOST_PAGES: usize = 10;

/// A place in the order: what is sorted by, service, name.
type Place = (String, String, String);

/// One page.
///
/// # Errors
/// [`Error::Validation`] when the filter lets too much through, or looks at too much.
pub(super) async fn page(
    app: &App,
    filter: &InstanceFilter,
    order: InstanceOrder,
    page: &PageRequest,
) -> Result<Page<ServiceInstance>> {
    let after: Option<Place> = match page.after.as_deref() {
        None => None,
        Some(text) => Some(serde_json::from_str(text).map_err(|_| PortError::ForeignPosition)?),
    };
    let mut placed: Vec<(Place, ServiceInstance)> =
        all(app, filter, order).await?.into_iter().map(|it| (place(order.by, &it), it)).collect();
    placed.sort_by(|one, other| one.0.cmp(&other.0));
    if order.descending {
        placed.reverse();
    }
    let is_to_come = |place: &Place| {
        after.as_ref().is_none_or(|after| if order.descending { place < after } else { place > after })
    };
    placed.retain(|(place, _)| is_to_come(place));
    let has_more = placed.len() > page.limit;
    placed.truncate(page.limit);
    let last = placed.last().filter(|_| has_more).map(|(place, _)| serde_json::to_string(place));
    let next = last.transpose().map_err(|error| Error::Internal(Box::new(error)))?;
    Ok(Page { items: placed.into_iter().map(|(_, instance)| instance).collect(), next })
}

async fn all(app: &App, filter: &InstanceFilter, order: InstanceOrder) -> Result<Vec<ServiceInstance>> {
    let (query, mut found, mut after) = (filter.query(), Vec::new(), None);
    for _ in 0..MOST_PAGES {
        let request = PageRequest { limit: MOST_SORTED - found.len(), after };
        let page = app.store.page_where(&query, &request, &|entity| keeps(filter, entity)).await?;
        found.extend(page.items);
        after = page.next;
        if after.is_none() {
            return Ok(found);
        }
        if found.len() == MOST_SORTED {
            break;
        }
    }
    Err(Error::Validation(format!(
        "sortBy: more than {MOST_SORTED} service instances would have to be sorted by {}; narrow them down, by serviceName \
         or the filters serviceName, environmentName, templateName or deploymentStatus, or sort by serviceName, \
         environmentName, templateName or deploymentStatus",
        match order.by {
            InstanceSort::Name => "name",
            InstanceSort::LastDeploymentAttemptedAt => "lastDeploymentAttemptedAt",
            _ => "createdAt",
        }
    )))
}

fn place(by: InstanceSort, instance: &ServiceInstance) -> Place {
    let time = |time: protium_domain::time::Timestamp| format!("{:020}", time.as_millis().max(0));
    let key = match by {
        InstanceSort::Name => instance.name.to_string(),
        InstanceSort::DeploymentStatus => instance.deployable.status().to_string(),
        InstanceSort::Template => instance.template.to_string(),
        InstanceSort::Service => String::new(),
        InstanceSort::Environment => instance.environment.to_string(),
        InstanceSort::LastDeploymentAttemptedAt => time(instance.deployable.last_attempted_at),
        InstanceSort::CreatedAt => time(instance.created_at),
    };
    (key, instance.service.to_string(), instance.name.to_string())
}
