//! Orders that are lists of lists: the instances of one environment, template or status after those of another.

use protium_domain::deployable::DeploymentStatus;
use protium_domain::environment::Environment;
use protium_domain::name::ResourceName;
use protium_domain::service_instance::ServiceInstance;
use protium_domain::template::{Template, TemplateKind};
use serde::{Deserialize, Serialize};

use super::{InstanceFilter, InstanceOrder, InstanceSort, directed, keeps};
use crate::context::App;
use crate::error::{Error, Result};
use crate::paging::{Page, PageRequest};
use crate::ports::{ListQuery, PortError, StoreExt};

/// How many lists one page looks into; a page that finds little comes out short.
const MOST_LISTS: usize = 25;

/// Where a page ended.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Position {
    /// Where the names begin that the page looked at last: a position in the list of environments or templates.
    batch: Option<String>,
    /// The list that the page ended in, by the name of its environment, template or status.
    list: Option<String>,
    /// Where it ended in that list; absent for its end.
    within: Option<String>,
}

/// One page.
///
/// # Errors
/// The store's, and [`Error::Validation`] for a position that isn't one of ours.
pub(super) async fn page(
    app: &App,
    filter: &InstanceFilter,
    order: InstanceOrder,
    page: &PageRequest,
) -> Result<Page<ServiceInstance>> {
    let mut position = read(page.after.as_deref())?;
    let mut found = Vec::new();
    let mut looks = 0;
    loop {
        let (names, next_batch) = names(app, filter, order, position.batch.clone()).await?;
        for name in &names {
            let Some(within) = resume(&position, name, order.descending) else { continue };
            if looks == MOST_LISTS || found.len() == page.limit {
                return end(found, Some(position));
            }
            looks += 1;
            let request = PageRequest { limit: page.limit - found.len(), after: within };
            let query = directed(query(order.by, name)?, order.descending);
            let part = app.store.page_where(&query, &request, &|entity| keeps(filter, entity)).await?;
            found.extend(part.items);
            position.list = Some(name.clone());
            position.within = part.next;
            if position.within.is_some() {
                return end(found, Some(position));
            }
        }
        match next_batch {
            None => return end(found, None),
            Some(batch) => position = Position { batch: Some(batch), ..Position::default() },
        }
    }
}

/// Where to begin in the list of this name: nothing when the page before was through with it.
#[expect(clippy::option_option, reason = "whether to look at all, and from where")]
fn resume(position: &Position, name: &str, descending: bool) -> Option<Option<String>> {
    let Some(last) = &position.list else { return Some(None) };
    if last == name {
        return position.within.clone().map(Some);
    }
    // One that came or went meanwhile doesn't matter: names tell what is behind and what is to come.
    let is_to_come = if descending { name < last.as_str() } else { name > last.as_str() };
    is_to_come.then_some(None)
}

fn end(items: Vec<ServiceInstance>, position: Option<Position>) -> Result<Page<ServiceInstance>> {
    let write = |position: &Position| serde_json::to_string(position);
    let next = position.as_ref().map(write).transpose().map_err(|error| Error::Internal(Box::new(error)))?;
    Ok(Page { items, next })
}

fn read(position: Option<&str>) -> Result<Position> {
    match position {
        None => Ok(Position::default()),
        Some(text) => serde_json::from_str(text).map_err(|_| PortError::ForeignPosition.into()),
    }
}

/// The next names to look at, in order, and where those after them begin.
async fn names(
    app: &App,
    filter: &InstanceFilter,
    order: InstanceOrder,
    after: Option<String>,
) -> Result<(Vec<String>, Option<String>)> {
    let chosen: Vec<String> = match order.by {
        InstanceSort::Environment => filter.environments.iter().map(ToString::to_string).collect(),
        InstanceSort::Template => filter.templates.iter().map(ToString::to_string).collect(),
        _ if filter.statuses.is_empty() => DeploymentStatus::ALL.iter().map(ToString::to_string).collect(),
        _ => filter.statuses.iter().map(ToString::to_string).collect(),
    };
    if !chosen.is_empty() {
        return Ok((in_order(chosen, order.descending), None));
    }
    let request = PageRequest { limit: MOST_LISTS, after };
    if order.by == InstanceSort::Environment {
        let query = directed(ListQuery::Environments(Vec::new()), order.descending);
        let page = app.store.page::<Environment>(&query, &request).await?;
        return Ok((page.items.iter().map(|environment| environment.name.to_string()).collect(), page.next));
    }
    let query = directed(ListQuery::Templates(TemplateKind::Service), order.descending);
    let page = app.store.page::<Template>(&query, &request).await?;
    Ok((page.items.iter().map(|template| template.name.to_string()).collect(), page.next))
}

fn in_order(mut names: Vec<String>, descending: bool) -> Vec<String> {
    names.sort();
    names.dedup();
    if descending {
        names.reverse();
    }
    names
}

fn query(by: InstanceSort, name: &str) -> Result<ListQuery> {
    let resource = || ResourceName::new(name).map_err(|error| Error::internal(error.to_string()));
    Ok(match by {
        InstanceSort::Environment => ListQuery::ServiceInstancesOfEnvironment(resource()?),
        InstanceSort::Template => ListQuery::ServiceInstancesOfTemplate(resource()?),
        _ => {
            let status = DeploymentStatus::ALL.into_iter().find(|status| status.as_str() == name);
            ListQuery::ServiceInstancesOfStatus(status.ok_or_else(|| Error::internal("no status"))?)
        }
    })
}
