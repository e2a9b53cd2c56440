//! What a fleet update would change: from comparison to the wire.

use protium_app::fleet::VersionChanges;
use protium_bundle::compatibility::{Change, ChangeKind, Verdict};
use protium_wire::fleet as wire;

use super::answer::{positive, small};

/// What changes for the targets that come from one version.
pub(super) fn version(changes: &VersionChanges) -> wire::FleetVersionChanges {
    wire::FleetVersionChanges {
        changes: changes.changes.iter().map(change).collect(),
        changes_left_out: positive(changes.left_out),
        from_major_version: changes.from.major.to_string(),
        from_minor_version: changes.from.minor.to_string(),
        problem: changes.problem.clone(),
        targets: small(changes.targets),
    }
}

fn change(change: &Change) -> wire::FleetChange {
    wire::FleetChange {
        kind: kind(change.kind),
        message: change.message.clone(),
        path: change.path.clone(),
        severity: match change.verdict {
            Verdict::Fine => wire::FleetChangeSeverity::Fine,
            Verdict::Warns => wire::FleetChangeSeverity::Doubtful,
            Verdict::Fails => wire::FleetChangeSeverity::Breaking,
        },
        why: change.why.clone(),
    }
}

const fn kind(kind: ChangeKind) -> wire::FleetChangeKind {
    use wire::FleetChangeKind as Told;
    match kind {
        ChangeKind::InputAdded => Told::InputAdded,
        ChangeKind::InputRemoved => Told::InputRemoved,
        ChangeKind::InputRequired => Told::InputRequired,
        ChangeKind::InputOptional => Told::InputOptional,
        ChangeKind::Type => Told::InputType,
        ChangeKind::Default => Told::InputDefault,
        ChangeKind::Values => Told::InputValues,
        ChangeKind::Limit => Told::InputLimit,
        ChangeKind::Constraint => Told::InputConstraint,
        ChangeKind::Wording => Told::Wording,
        ChangeKind::Pipeline => Told::Pipeline,
        ChangeKind::Method => Told::Method,
        ChangeKind::OutputAdded => Told::OutputAdded,
        ChangeKind::OutputRemoved => Told::OutputRemoved,
        ChangeKind::Code => Told::Code,
    }
}
