//! Templates: the named lines of versions that platform engineers publish (behaviour 2.1, 2.2).
//!
//! The record of a template knows all its version numbers. So the next number, the recommended version and the guards
//! of deletion are decided from one item, by pure functions, under one conditional write.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::digest::Creation;
use crate::fleet::UpdatePolicy;
use crate::name::ResourceName;
use crate::revision::Revision;
use crate::tag::Tags;
use crate::tally::Counted;
use crate::time::Timestamp;
use crate::version::VersionNumber;

/// What a template makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum TemplateKind {
    /// Environments.
    Environment,
    /// Services: instances and, unless customer-managed, a pipeline.
    Service,
}

impl TemplateKind {
    /// The segment of ARNs: `environment-template` or `service-template`.
    #[must_use]
    pub const fn arn_segment(self) -> &'static str {
        match self {
            Self::Environment => "environment-template",
            Self::Service => "service-template",
        }
    }

    /// For messages: `environment template` or `service template`.
    #[must_use]
    pub const fn noun(self) -> &'static str {
        match self {
            Self::Environment => "environment template",
            Self::Service => "service template",
        }
    }

    /// `ENVIRONMENT` or `SERVICE`, as the wire's `TemplateType` writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Environment => "ENVIRONMENT",
            Self::Service => "SERVICE",
        }
    }
}

/// The status that template events show; it has no member on the wire (behaviour 3.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum TemplateStatus {
    /// No version was ever published.
    Draft,
    /// A version was published.
    Published,
    /// Only in events.
    Deleted,
}

impl fmt::Display for TemplateStatus {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Draft => "DRAFT",
            Self::Published => "PUBLISHED",
            Self::Deleted => "DELETED",
        })
    }
}

/// A template and the numbers of its versions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Template {
    /// What it makes.
    pub kind: TemplateKind,
    /// Its name, unique per kind.
    pub name: ResourceName,
    /// For people.
    pub display_name: Option<String>,
    /// For people.
    pub description: Option<String>,
    /// A KMS key's ARN, kept as given.
    pub encryption_key: Option<String>,
    /// `provisioning` (environment) or `pipelineProvisioning` (service) is `CUSTOMER_MANAGED`. Fixed at creation.
    pub customer_managed: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// When a request last changed it.
    pub last_modified_at: Timestamp,
    /// For name idempotency.
    pub creation: Creation,
    /// The customer's tags.
    pub tags: Tags,
    /// Counts commits.
    pub revision: Revision,
    /// What to do about newer versions of the template, where it was set by API.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub update_policy: Option<UpdatePolicy>,
    /// Where it is counted.
    #[serde(default, skip_serializing_if = "Counted::is_absent")]
    pub counted: Counted,
    /// Whether a version was ever published.
    pub status: TemplateStatus,
    majors: BTreeMap<u64, Major>,
}

/// The numbers of one major version.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Major {
    /// Numbers of deleted versions are not used again (behaviour 2.1).
    next_minor: u64,
    existing: BTreeSet<u64>,
    published: BTreeSet<u64>,
}

/// A number that a version of the template has already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the template has a version {0} already")]
pub struct NumberTaken(pub VersionNumber);

/// What a new template is made from.
#[derive(Debug, Clone)]
pub struct NewTemplate {
    /// What it makes.
    pub kind: TemplateKind,
    /// Its name.
    pub name: ResourceName,
    /// For people.
    pub display_name: Option<String>,
    /// For people.
    pub description: Option<String>,
    /// A KMS key's ARN.
    pub encryption_key: Option<String>,
    /// Whether the customer provisions.
    pub customer_managed: bool,
    /// The customer's tags.
    pub tags: Tags,
    /// The request.
    pub creation: Creation,
}

/// A major version that the template doesn't have and that isn't the next one.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the major version {major} does not exist; leave majorVersion out to begin version {next}.0")]
pub struct UnknownMajor {
    /// What was asked for.
    pub major: u64,
    /// The major that would come next.
    pub next: u64,
}

/// Why a version can't be deleted (behaviour 2.1).
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum UndeletableVersion {
    /// Rule (b).
    #[error("version {0} is the recommended minor version of major version {major}, which has other minor versions; delete those first, or publish a newer one", major = .0.major)]
    RecommendedMinor(VersionNumber),
    /// Rule (c).
    #[error(
        "version {0} is the only minor version of the recommended major version, and other versions of the template exist; delete those first, or publish a newer major version"
    )]
    RecommendedMajor(VersionNumber),
}

impl Template {
    /// A new template without versions.
    #[must_use]
    pub fn new(new: NewTemplate, now: Timestamp) -> Self {
        Self {
            kind: new.kind,
            name: new.name,
            display_name: new.display_name,
            description: new.description,
            encryption_key: new.encryption_key,
            customer_managed: new.customer_managed,
            created_at: now,
            last_modified_at: now,
            creation: new.creation,
            tags: new.tags,
            revision: Revision::first(now),
            update_policy: None,
            counted: Counted::default(),
            status: TemplateStatus::Draft,
            majors: BTreeMap::new(),
        }
    }

    /// Takes the number of a new version: without `major` the first minor of a new major, with it the next minor of
    /// that major. A `major` one above the highest begins it (behaviour 2.1, a leniency that a real tool needs).
    ///
    /// # Errors
    /// [`UnknownMajor`] for any other major.
    pub fn version_allocate(&mut self, major: Option<u64>) -> Result<VersionNumber, UnknownMajor> {
        let next = self.majors.last_key_value().map_or(1, |(highest, _)| highest + 1);
        let major = major.unwrap_or(next);
        if major != next && !self.majors.contains_key(&major) {
            return Err(UnknownMajor { major, next });
        }
        let line = self.majors.entry(major).or_default();
        let minor = line.next_minor;
        line.next_minor += 1;
        line.existing.insert(minor);
        Ok(VersionNumber::new(major, minor))
    }

    /// Takes the number `version` for a version that had it elsewhere. Numbers may be left out, and filled in later.
    ///
    /// # Errors
    /// [`NumberTaken`] when a version has it.
    pub fn version_import(&mut self, version: VersionNumber) -> Result<(), NumberTaken> {
        let line = self.majors.entry(version.major).or_default();
        if !line.existing.insert(version.minor) {
            return Err(NumberTaken(version));
        }
        line.next_minor = line.next_minor.max(version.minor.saturating_add(1));
        Ok(())
    }

    /// Notes that `version` is published, which may make it the recommended one.
    pub fn version_published(&mut self, version: VersionNumber) {
        if let Some(line) = self.majors.get_mut(&version.major)
            && line.existing.contains(&version.minor)
        {
            line.published.insert(version.minor);
            self.status = TemplateStatus::Published;
        }
    }

    /// Whether `version` may be deleted as far as the other versions are concerned.
    ///
    /// # Errors
    /// [`UndeletableVersion`] by rules (b) and (c) of behaviour 2.1.
    pub fn version_deletable(&self, version: VersionNumber) -> Result<(), UndeletableVersion> {
        let Some(line) = self.majors.get(&version.major) else { return Ok(()) };
        let siblings = line.existing.iter().filter(|minor| **minor != version.minor).count();
        if siblings > 0 && self.recommended_minor(version.major) == Some(version.minor) {
            return Err(UndeletableVersion::RecommendedMinor(version));
        }
        let others = self.versions().filter(|other| *other != version).count();
        let is_recommended_major = self.recommended().is_some_and(|best| best.major == version.major);
        if siblings == 0 && others > 0 && is_recommended_major {
            return Err(UndeletableVersion::RecommendedMajor(version));
        }
        Ok(())
    }

    /// Forgets `version`; its number stays taken.
    pub fn version_deleted(&mut self, version: VersionNumber) {
        if let Some(line) = self.majors.get_mut(&version.major) {
            line.existing.remove(&version.minor);
            line.published.remove(&version.minor);
        }
    }

    /// All versions that exist, ascending.
    pub fn versions(&self) -> impl Iterator<Item = VersionNumber> {
        self.majors
            .iter()
            .flat_map(|(major, line)| line.existing.iter().map(|minor| VersionNumber::new(*major, *minor)))
    }

    /// The lowest existing minor of each major, descending by major: the rows of a listing without `majorVersion`.
    pub fn major_heads(&self) -> impl Iterator<Item = VersionNumber> {
        self.majors
            .iter()
            .rev()
            .filter_map(|(major, line)| line.existing.first().map(|minor| VersionNumber::new(*major, *minor)))
    }

    /// Whether any version of this major exists.
    #[must_use]
    pub fn has_major(&self, major: u64) -> bool {
        self.majors.get(&major).is_some_and(|line| !line.existing.is_empty())
    }

    /// The highest published minor of `major`. Drafts are never recommended, nor what was deleted (issue #79).
    #[must_use]
    pub fn recommended_minor(&self, major: u64) -> Option<u64> {
        self.majors.get(&major)?.published.last().copied()
    }

    /// The highest published version.
    #[must_use]
    pub fn recommended(&self) -> Option<VersionNumber> {
        self.majors
            .iter()
            .rev()
            .find_map(|(major, line)| line.published.last().map(|minor| VersionNumber::new(*major, *minor)))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::digest::RequestDigest;

    fn template() -> Template {
        let new = NewTemplate {
            kind: TemplateKind::Environment,
            name: ResourceName::new("net").expect("valid"),
            display_name: None,
            description: None,
            encryption_key: None,
            customer_managed: false,
            tags: Tags::default(),
            creation: Creation::by(RequestDigest(String::new())),
        };
        Template::new(new, Timestamp::from_millis(1))
    }

    fn version(text: &str) -> VersionNumber {
        text.parse().expect("a version")
    }

    #[test]
    fn numbers_follow_the_api_reference() {
        let mut net = template();
        assert_eq!(net.version_allocate(None), Ok(version("1.0")));
        assert_eq!(net.version_allocate(Some(1)), Ok(version("1.1")));
        assert_eq!(net.version_allocate(None), Ok(version("2.0")));
        assert_eq!(net.version_allocate(Some(3)), Ok(version("3.0")));
        assert_eq!(net.version_allocate(Some(5)), Err(UnknownMajor { major: 5, next: 4 }));
        assert_eq!(net.version_allocate(Some(0)), Err(UnknownMajor { major: 0, next: 4 }));
    }

    #[test]
    fn an_empty_template_accepts_major_one() {
        assert_eq!(template().version_allocate(Some(1)), Ok(version("1.0")));
    }

    #[test]
    fn deleted_numbers_stay_taken_and_are_never_recommended() {
        let mut net = template();
        for _ in 0..3 {
            net.version_allocate(Some(1)).expect("known");
        }
        net.version_published(version("1.0"));
        net.version_published(version("1.2"));
        assert_eq!(net.recommended(), Some(version("1.2")));
        net.version_deleted(version("1.2"));
        assert_eq!(net.recommended(), Some(version("1.0")));
        assert_eq!(net.version_allocate(Some(1)), Ok(version("1.3")));
    }

    #[test]
    fn imported_numbers_are_taken_and_new_ones_follow_them() {
        let mut net = template();
        assert_eq!(net.version_import(version("2.3")), Ok(()));
        assert_eq!(net.version_import(version("2.1")), Ok(()), "a gap is filled");
        assert_eq!(net.version_import(version("2.3")), Err(NumberTaken(version("2.3"))));
        assert_eq!(net.version_allocate(Some(2)), Ok(version("2.4")));
        assert_eq!(net.version_allocate(None), Ok(version("3.0")));
        net.version_published(version("2.1"));
        assert_eq!(net.recommended(), Some(version("2.1")));
    }

    #[test]
    fn drafts_are_not_recommended() {
        let mut net = template();
        net.version_allocate(None).expect("first");
        assert_eq!(net.recommended(), None);
        assert_eq!(net.status, TemplateStatus::Draft);
        net.version_published(version("1.0"));
        assert_eq!(net.status, TemplateStatus::Published);
    }

    #[test]
    fn deletion_is_guarded_by_rules_b_and_c() {
        let mut net = template();
        net.version_allocate(None).expect("1.0");
        net.version_published(version("1.0"));
        assert_eq!(net.version_deletable(version("1.0")), Ok(()), "the only version may go");
        net.version_allocate(Some(1)).expect("1.1");
        assert_eq!(
            net.version_deletable(version("1.0")),
            Err(UndeletableVersion::RecommendedMinor(version("1.0")))
        );
        assert_eq!(net.version_deletable(version("1.1")), Ok(()));
        net.version_allocate(None).expect("2.0");
        net.version_published(version("2.0"));
        assert_eq!(
            net.version_deletable(version("2.0")),
            Err(UndeletableVersion::RecommendedMajor(version("2.0")))
        );
    }

    proptest! {
        #[test]
        fn the_recommended_version_exists_and_is_the_highest_published(steps in prop::collection::vec((0u8..3, 0u64..4, 0u64..4), 0..60)) {
            let mut net = template();
            let mut published = BTreeSet::new();
            for (step, major, minor) in steps {
                let number = VersionNumber::new(major, minor);
                match step {
                    0 => { let _ = net.version_allocate(if major == 0 { None } else { Some(major) }); }
                    1 => { net.version_published(number); if net.versions().any(|v| v == number) { published.insert(number); } }
                    _ => { net.version_deleted(number); published.remove(&number); }
                }
            }
            prop_assert_eq!(net.recommended(), published.last().copied());
        }
    }
}
