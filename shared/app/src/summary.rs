//! GetResourcesSummary (behaviour 2.8): how many resources there are, and how many are behind their templates.
//!
//! The counters are read, never the resources: one list of what is counted, and the templates that occur in it, whose
//! recommended versions tell what is behind. So the cost grows with the template versions in use only.

use std::collections::{BTreeMap, BTreeSet};

use protium_domain::name::ResourceName;
use protium_domain::tally::{Countable, Counter, Slot, Tally};
use protium_domain::template::{Template, TemplateKind};
use protium_domain::version::VersionNumber;

use crate::context::App;
use crate::error::Result;
use crate::paging::PageRequest;
use crate::ports::{Key, ListQuery, Record, StoreExt};

/// How far a resource is from the version that is recommended now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Staleness {
    /// It has the recommended minor of the recommended major, or something newer.
    UpToDate,
    /// Its major is the recommended one, but a higher minor is recommended.
    BehindMinor,
    /// A higher major is recommended.
    BehindMajor,
}

impl Staleness {
    /// That of a resource with this version. What has no recommended version any more is behind nothing.
    #[must_use]
    pub fn of(version: VersionNumber, template: Option<&Template>) -> Self {
        match template.and_then(Template::recommended) {
            Some(best) if best.major > version.major => Self::BehindMajor,
            Some(best) if best.major == version.major && best.minor > version.minor => Self::BehindMinor,
            _ => Self::UpToDate,
        }
    }
}

/// The counts of one kind of resource.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// All of them.
    pub total: i64,
    /// Those whose last deployment or operation failed.
    pub failed: i64,
    /// Those with the recommended version.
    pub up_to_date: i64,
    /// Those for which a higher minor is recommended.
    pub behind_minor: i64,
    /// Those for which a higher major is recommended.
    pub behind_major: i64,
}

/// The counts of all kinds; a kind of which there is nothing may be absent.
pub type Summary = BTreeMap<Countable, Counts>;

/// Counts.
///
/// # Errors
/// The store's failures only.
pub async fn resources_summary(app: &App) -> Result<Summary> {
    let counts = slots(app).await?;
    let templates = templates(app, counts.keys()).await?;
    let mut summary = Summary::new();
    for (slot, count) in counts {
        let counts = summary.entry(slot.kind).or_default();
        counts.total += count;
        if slot.failed {
            counts.failed += count;
        }
        let Some((name, version)) = slot.version else { continue };
        match Staleness::of(version, templates.get(&(template_kind(slot.kind), name))) {
            Staleness::UpToDate => counts.up_to_date += count,
            Staleness::BehindMinor => counts.behind_minor += count,
            Staleness::BehindMajor => counts.behind_major += count,
        }
    }
    Ok(summary)
}

/// The slots that anything is in, with the sums of their shards.
async fn slots(app: &App) -> Result<BTreeMap<Slot, i64>> {
    let (mut sums, mut after) = (BTreeMap::new(), None);
    loop {
        let page =
            app.store.page::<Tally>(&ListQuery::Tallies, &PageRequest { limit: 10_000, after }).await?;
        for tally in page.items {
            if let Counter::Slot(slot, _) = tally.counter {
                *sums.entry(slot).or_default() += tally.count;
            }
        }
        after = page.next;
        if after.is_none() {
            sums.retain(|_, sum| *sum > 0);
            return Ok(sums);
        }
    }
}

async fn templates(
    app: &App,
    slots: impl Iterator<Item = &Slot>,
) -> Result<BTreeMap<(TemplateKind, ResourceName), Template>> {
    let named: BTreeSet<(TemplateKind, ResourceName)> = slots
        .filter_map(|slot| slot.version.as_ref().map(|(name, _)| (template_kind(slot.kind), name.clone())))
        .collect();
    let keys: Vec<Key> = named.into_iter().map(|(kind, name)| Key::Template(kind, name)).collect();
    let found = app.store.get_many(&keys).await?.into_iter().flatten().filter_map(Template::from_entity);
    Ok(found.map(|template| ((template.kind, template.name.clone()), template)).collect())
}

/// The kind of template that resources of a kind are made of.
const fn template_kind(kind: Countable) -> TemplateKind {
    match kind {
        Countable::EnvironmentTemplate | Countable::Environment => TemplateKind::Environment,
        _ => TemplateKind::Service,
    }
}

#[cfg(test)]
mod tests {
    use protium_domain::digest::{Creation, RequestDigest};
    use protium_domain::tag::Tags;
    use protium_domain::template::NewTemplate;
    use protium_domain::time::Timestamp;
    use rstest::rstest;

    use super::*;

    /// 1.0, 1.1 and 2.0 published, 2.1 a draft.
    fn template() -> Template {
        let new = NewTemplate {
            kind: TemplateKind::Service,
            name: ResourceName::new("web").expect("valid"),
            display_name: None,
            description: None,
            encryption_key: None,
            customer_managed: false,
            tags: Tags::default(),
            creation: Creation::by(RequestDigest(String::new())),
        };
        let mut template = Template::new(new, Timestamp::from_millis(1));
        for major in [None, Some(1), None, Some(2)] {
            let number = template.version_allocate(major).expect("the next one");
            if number != VersionNumber::new(2, 1) {
                template.version_published(number);
            }
        }
        template
    }

    #[rstest]
    #[case(1, 0, Staleness::BehindMajor)]
    #[case(1, 1, Staleness::BehindMajor)]
    #[case(2, 0, Staleness::UpToDate)]
    #[case(2, 1, Staleness::UpToDate)]
    fn drafts_put_nobody_behind(#[case] major: u64, #[case] minor: u64, #[case] expected: Staleness) {
        assert_eq!(Staleness::of(VersionNumber::new(major, minor), Some(&template())), expected);
    }

    #[test]
    fn a_higher_minor_of_the_recommended_major_does() {
        let mut template = template();
        template.version_published(VersionNumber::new(2, 1));
        assert_eq!(Staleness::of(VersionNumber::new(2, 0), Some(&template)), Staleness::BehindMinor);
        assert_eq!(Staleness::of(VersionNumber::new(2, 0), None), Staleness::UpToDate);
    }
}
