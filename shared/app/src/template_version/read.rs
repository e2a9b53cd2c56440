//! Reading one version, listing many.

use protium_domain::name::ResourceName;
use protium_domain::template::{Template, TemplateKind};
use protium_domain::template_version::TemplateVersion;
use protium_domain::version::VersionNumber;

use super::{VersionId, VersionView, pair_get};
use crate::artifact::document_load;
use crate::context::App;
use crate::error::{Error, Result};
use crate::paging::{Page, PageRequest};
use crate::ports::{Key, ListQuery, Record, StoreExt};
use crate::template::template_get;

/// Reads a version with its schema.
///
/// # Errors
/// [`Error::NotFound`] when there is no such version.
pub async fn version_get(app: &App, id: &VersionId) -> Result<VersionView> {
    let (template, version) = pair_get(app, id).await?;
    let schema = match &version.bundle {
        Some(bundle) => Some(document_load(app.artifacts.as_ref(), &bundle.schema).await?),
        None => None,
    };
    Ok(VersionView { schema, ..VersionView::new(version, &template) })
}

/// Lists versions, numerically descending: with `major` its minors, without it the lowest minor of each major
/// (behaviour 2.1). A major that doesn't exist has no minors.
///
/// # Errors
/// [`Error::NotFound`] when there is no such template.
pub async fn version_list(
    app: &App,
    kind: TemplateKind,
    name: &ResourceName,
    major: Option<u64>,
    page: &PageRequest,
) -> Result<Page<VersionView>> {
    let template = template_get(app, kind, name).await?;
    let versions = match major {
        Some(major) => {
            let query = ListQuery::TemplateVersions(kind, name.clone(), major);
            app.store.page(&query, page).await?
        }
        None => heads(app, &template, page).await?,
    };
    Ok(versions.map(|version| VersionView::new(version, &template)))
}

/// One page of the lowest minors of the majors. They are known to the template; its record is the index.
async fn heads(app: &App, template: &Template, page: &PageRequest) -> Result<Page<TemplateVersion>> {
    let below = match &page.after {
        Some(after) => Some(after.parse::<u64>().map_err(|_| bad_position())?),
        None => None,
    };
    let mut numbers: Vec<VersionNumber> = template
        .major_heads()
        .filter(|head| below.is_none_or(|below| head.major < below))
        .take(page.limit.saturating_add(1))
        .collect();
    let more = numbers.len() > page.limit;
    numbers.truncate(page.limit);
    let next = numbers.last().filter(|_| more).map(|last| last.major.to_string());
    let key = |version: &VersionNumber| Key::TemplateVersion(template.kind, template.name.clone(), *version);
    let keys: Vec<Key> = numbers.iter().map(key).collect();
    // One that was deleted since the template was read is left out.
    let found = app.store.get_many(&keys).await?;
    let items = found.into_iter().flatten().filter_map(TemplateVersion::from_entity).collect();
    Ok(Page { items, next })
}

fn bad_position() -> Error {
    Error::Validation("the nextToken does not belong to this list; start again without it".to_owned())
}
