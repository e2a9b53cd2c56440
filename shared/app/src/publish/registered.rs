//! Bundles that are registered already, looked at again: what a new one is compared with.

use protium_bundle::{Bundle, ExamineOptions, OpenOptions, archive};
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

/// The bundle of a registered version with what [`Bundle::outputs`] gives; without outputs where it isn't good by the rules
/// of today. `None` when it can't be had any more.
pub(crate) async fn bundle(app: &App, version: &TemplateVersion) -> Result<Option<Bundle>> {
    let Some(registered) = &version.bundle else { return Ok(None) };
    let Some(bytes) = app.artifacts.get(&bundle_key(&registered.digest)).await? else { return Ok(None) };
    let Ok(files) = archive::read(&bytes) else { return Ok(None) };
    let (kind, customer_managed) =
        (bundle_kind(version.kind), version.part(own_part(version.kind)).is_none());
    let options = ExamineOptions { customer_managed, ..ExamineOptions::default() };
    let examined = protium_bundle::examine(kind, files.clone(), &options).bundle;
    Ok(examined.or_else(|| Bundle::open(kind, files, OpenOptions { customer_managed }).ok()))
}

/// The part that customer-managed templates lack.
const fn own_part(kind: TemplateKind) -> BundlePart {
    match kind {
        TemplateKind::Environment => BundlePart::Infrastructure,
        TemplateKind::Service => BundlePart::PipelineInfrastructure,
    }
}
