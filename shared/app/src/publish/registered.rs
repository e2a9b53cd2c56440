//! Bundles that are registered already, looked at again: what a new one is compared with.

use protium_bundle::{Bundle, ExamineOptions, archive};
use protium_domain::name::ResourceName;
use protium_domain::template::TemplateKind;
use protium_domain::template_version::{BundlePart, TemplateVersion, TemplateVersionStatus};

use super::examine::bundle_kind;
use crate::artifact::bundle_key;
use crate::context::App;
use crate::error::Result;
use crate::paging::PageRequest;
use crate::ports::{ListQuery, StoreExt};

/// The registered minors of a major, in their order.
pub(super) async fn minors(
    app: &App,
    kind: TemplateKind,
    template: &ResourceName,
    major: u64,
) -> Result<Vec<TemplateVersion>> {
    let query = ListQuery::TemplateVersions(kind, template.clone(), major);
    let mut minors = Vec::new();
    let mut after = None;
    loop {
        let page = app.store.page::<TemplateVersion>(&query, &PageRequest { limit: 100, after }).await?;
        minors.extend(page.items.into_iter().filter(|version| version.bundle.is_some()));
        if page.next.is_none() {
            minors.sort_by_key(|version| version.version);
            return Ok(minors);
        }
        after = page.next;
    }
}

/// The minor that new environments get, as far as it is known: the newest published one, else the newest.
pub(super) fn leading(minors: &[TemplateVersion]) -> Option<&TemplateVersion> {
    let published = |version: &&TemplateVersion| version.status() == TemplateVersionStatus::Published;
    minors.iter().rev().find(published).or(minors.last())
}

/// The bundle of a registered version with what [`Bundle::outputs`] gives. `None` when it can't be had any more:
/// it only serves warnings.
pub(super) async fn bundle(app: &App, version: &TemplateVersion) -> Result<Option<Bundle>> {
    let Some(registered) = &version.bundle else { return Ok(None) };
    let Some(bytes) = app.artifacts.get(&bundle_key(&registered.digest)).await? else { return Ok(None) };
    let own = match version.kind {
        TemplateKind::Environment => BundlePart::Infrastructure,
        TemplateKind::Service => BundlePart::PipelineInfrastructure,
    };
    let options =
        ExamineOptions { customer_managed: version.part(own).is_none(), ..ExamineOptions::default() };
    let examined = archive::read(&bytes)
        .map(|files| protium_bundle::examine(bundle_kind(version.kind), files, &options));
    Ok(examined.ok().and_then(|examination| examination.bundle))
}
