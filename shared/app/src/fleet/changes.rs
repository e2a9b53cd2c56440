//! What a fleet update would change, by the version that targets come from.
//!
//! A fleet has many targets and few versions, so bundles are compared once per version, as data
//! (`protium_bundle::compatibility`), and the plan keeps the lists in one object. What is a target's own, the inputs that
//! get another value, stands in its row.

use std::cmp::Reverse;

use protium_bundle::compatibility::{Change, compare_part};
use protium_bundle::{Bundle, Part};
use protium_domain::fleet::{FleetUpdate, VersionCount};
use protium_domain::template_version::TemplateVersion;
use protium_domain::version::VersionNumber;
use serde::{Deserialize, Serialize};

use super::objects::changes_save;
use super::request::part_of;
use crate::context::App;
use crate::error::Result;
use crate::ports::StoreExt;
use crate::publish::{self, registered_bundle};
use crate::template_version::VersionId;

/// The most changes that are told of a version.
pub(super) const MOST_CHANGES: usize = 50;
/// Messages quote defaults and allowed values, which may be long.
const MESSAGE_CHARACTERS: usize = 300;

/// What the targets get that come from one version.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct VersionChanges {
    /// The version that they come from.
    pub from: VersionNumber,
    /// How many they are.
    pub targets: u64,
    /// The changes, the most serious first. Messages quote the schemas of both versions, never a spec.
    pub changes: Vec<Change>,
    /// How many more changes there are.
    #[serde(default)]
    pub left_out: u64,
    /// Why the changes aren't known, where they aren't.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

/// Changes quote what template authors wrote.
impl std::fmt::Debug for VersionChanges {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { from, targets, changes, left_out, .. } = self;
        write!(formatter, "VersionChanges({targets} from {from}: {} changes and {left_out})", changes.len())
    }
}

/// Compares the versions that targets come from with the one that they go to, and stores what it finds. A version that is
/// gone, or can't be read any more, is told of as such.
///
/// # Errors
/// The failures of ports; the step is repeated then.
pub(super) async fn compare(app: &App, update: &FleetUpdate) -> Result<()> {
    // Most that begin by themselves find nobody who has opted in.
    if update.planning().versions.is_empty() {
        return Ok(());
    }
    let part = publish::part_of(part_of(update.template.kind));
    let new = bundle_of(app, update, update.template.to).await?;
    let mut found = Vec::new();
    for count in &update.planning().versions {
        found.push(match &new {
            Ok(new) => changes(app, update, *count, new, part).await?,
            Err(problem) => unknown(*count, problem.clone()),
        });
    }
    found.sort_by_key(|changes| (Reverse(changes.targets), changes.from));
    changes_save(app, &update.id, &found).await
}

async fn changes(
    app: &App,
    update: &FleetUpdate,
    count: VersionCount,
    new: &Bundle,
    part: Part,
) -> Result<VersionChanges> {
    Ok(match bundle_of(app, update, count.version).await? {
        Ok(old) => told(count, compare_part(&old, new, part)),
        Err(problem) => unknown(count, problem),
    })
}

fn told(count: VersionCount, mut changes: Vec<Change>) -> VersionChanges {
    changes.sort_by_key(|change| Reverse(change.verdict));
    let left_out = changes.len().saturating_sub(MOST_CHANGES) as u64;
    changes.truncate(MOST_CHANGES);
    for change in &mut changes {
        change.message = shortened(std::mem::take(&mut change.message));
    }
    VersionChanges { from: count.version, targets: count.targets, changes, left_out, problem: None }
}

fn shortened(message: String) -> String {
    match message.char_indices().nth(MESSAGE_CHARACTERS) {
        Some((end, _)) => format!("{}…", message.get(..end).unwrap_or_default()),
        None => message,
    }
}

const fn unknown(count: VersionCount, problem: String) -> VersionChanges {
    let VersionCount { version: from, targets } = count;
    VersionChanges { from, targets, changes: Vec::new(), left_out: 0, problem: Some(problem) }
}

/// The bundle of a version, or why there is none.
async fn bundle_of(
    app: &App,
    update: &FleetUpdate,
    number: VersionNumber,
) -> Result<std::result::Result<Bundle, String>> {
    let template = &update.template;
    let id =
        VersionId { kind: template.kind.template_kind(), template: template.name.clone(), version: number };
    let found: Option<TemplateVersion> = app.store.find(id.key()).await?;
    let Some(version) = found else { return Ok(Err(format!("version {number} is deleted"))) };
    let bundle = registered_bundle(app, &version).await?;
    Ok(bundle.ok_or_else(|| format!("the bundle of version {number} can't be read any more")))
}

#[cfg(test)]
mod tests {
    use protium_bundle::compatibility::{ChangeKind, Verdict};

    use super::*;

    #[test]
    fn the_most_serious_changes_are_told_and_the_others_counted() {
        let change = |number: usize, verdict| Change {
            path: format!("input{number}"),
            kind: ChangeKind::Default,
            verdict,
            message: "ä".repeat(MESSAGE_CHARACTERS + 1),
            why: String::new(),
            file: String::new(),
            line: None,
        };
        let mut changes: Vec<Change> = (0..MOST_CHANGES + 4).map(|it| change(it, Verdict::Fine)).collect();
        changes.push(change(99, Verdict::Fails));
        let told = told(VersionCount { version: VersionNumber::new(1, 0), targets: 3 }, changes);
        assert_eq!((told.changes.len(), told.left_out), (MOST_CHANGES, 5));
        assert_eq!(told.changes[0].path, "input99");
        let message = &told.changes[0].message;
        assert_eq!((message.chars().count(), message.ends_with('…')), (MESSAGE_CHARACTERS + 1, true));
    }
}
