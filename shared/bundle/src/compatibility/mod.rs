//! Whether a minor version may follow another (behaviour 4.8).
//!
//! Proton never published its rules; these are Protium's, as data: a list of [`Change`]s, each fine, warned of or
//! failing, and why. Inputs are what counts; of the rest only what others rely on is compared: outputs that services and
//! pipelines read, the pipeline, and the provisioning method. Never the infrastructure code. Types are matched by
//! their role, so a renamed type is no change.

mod inputs;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::bundle::{Bundle, Part, manifest_path};
use crate::problem::Problem;
use crate::registration::CompatibilityPolicy;
use crate::schema::{InputType, Schema};

/// How a change is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Every spec that was valid stays valid and means the same.
    Fine,
    /// A spec that was valid may become invalid, or may mean something else.
    Warns,
    /// Specs that were valid become invalid.
    Fails,
}

impl Verdict {
    /// What it becomes under a registration file's `compatibility`: `strict` makes warnings failures, `off` makes
    /// failures warnings.
    #[must_use]
    pub const fn under(self, policy: CompatibilityPolicy) -> Self {
        match (self, policy) {
            (Self::Warns, CompatibilityPolicy::Strict) => Self::Fails,
            (Self::Fails, CompatibilityPolicy::Off) => Self::Warns,
            (verdict, _) => verdict,
        }
    }
}

/// What kind of difference it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// There is a new input.
    InputAdded,
    /// An input is gone, or has another name.
    InputRemoved,
    /// Specs have to give the input now.
    InputRequired,
    /// Specs needn't give the input any more.
    InputOptional,
    /// The type, of the input or of its items.
    Type,
    /// The default came, went or changed.
    Default,
    /// Values of an `enum`.
    Values,
    /// A limit of length, size or number.
    Limit,
    /// `pattern`, `format`, `multipleOf` or `uniqueItems`.
    Constraint,
    /// Title or description.
    Wording,
    /// The pipeline type came or went.
    Pipeline,
    /// A part is provisioned by other means.
    Method,
    /// There is a new output.
    OutputAdded,
    /// An output is gone, or has another name.
    OutputRemoved,
    /// A file of infrastructure code. Never a question of compatibility: [`compare_part`] alone tells it.
    Code,
}

/// One difference between two versions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Where: an input (`size`, `pipeline.dockerfile`, `tags[]`), an output (`outputs.VpcId`), a part's directory, or
    /// `pipeline` for the pipeline type itself.
    pub path: String,
    /// What kind of difference.
    pub kind: ChangeKind,
    /// How it is taken by default.
    pub verdict: Verdict,
    /// What changed, in words, without final stop.
    pub message: String,
    /// Why it is taken so, in words, without final stop.
    pub why: String,
    /// File of the new bundle in which it shows.
    pub file: String,
    /// Line of the input there, from 1; nothing for what is gone.
    pub line: Option<usize>,
}

impl Change {
    /// As a problem of the registration under a policy. `None` for what is fine.
    pub fn problem(&self, policy: CompatibilityPolicy) -> Option<Problem> {
        let problem = match self.verdict.under(policy) {
            Verdict::Fine => return None,
            Verdict::Warns => Problem::warning(format!("a change for existing specs: {self}")),
            Verdict::Fails => {
                Problem::error(format!("not compatible with the earlier minor versions: {self}"))
                    .remedy("Register the bundle as a new major version, or keep to what specs rely on.")
            }
        };
        let column = self.line.map(|_| 1);
        Some(Problem { line: self.line, column, ..problem.in_file(&self.file) })
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.message)
    }
}

/// All differences between two bundles that others may rely on: inputs, provisioning methods, outputs.
pub fn compare_bundles(old: &Bundle, new: &Bundle) -> Vec<Change> {
    let methods = old.parts().iter().map(|(part, engine)| (*part, engine.method())).collect();
    let mut changes = compare(old.schema(), new.schema());
    changes.extend(compare_methods(&methods, new));
    changes.extend(compare_outputs(old, new));
    changes
}

/// What changes for whatever is made of one part, when it goes from `old` to `new`: its inputs, how it is provisioned, its
/// outputs, and which files of its code. Bundles needn't be of one major version.
pub fn compare_part(old: &Bundle, new: &Bundle, part: Part) -> Vec<Change> {
    let mut changes = match (inputs_of(old, part), inputs_of(new, part)) {
        (Some(old), Some(new)) => compare_inputs(old, new),
        _ => Vec::new(),
    };
    let method = old.parts().get(&part).map(|engine| (part, engine.method()));
    changes.extend(compare_methods(&method.into_iter().collect(), new));
    changes.extend(outputs(old, new, part));
    changes.extend(compare_code(old, new, part));
    changes
}

fn inputs_of(bundle: &Bundle, part: Part) -> Option<&InputType> {
    match part {
        Part::PipelineInfrastructure => bundle.schema().pipeline(),
        Part::Infrastructure | Part::InstanceInfrastructure => Some(bundle.schema().inputs()),
    }
}

/// The files of a part that differ, by name.
fn compare_code(old: &Bundle, new: &Bundle, part: Part) -> Vec<Change> {
    let files = |bundle: &Bundle| -> BTreeSet<String> {
        bundle
            .files()
            .below(part.directory())
            .map(|(name, _)| format!("{}/{name}", part.directory()))
            .collect()
    };
    let change = |path: &String| {
        let what = match (old.files().get(path), new.files().get(path)) {
            (Some(before), Some(after)) if before == after => return None,
            (Some(_), Some(_)) => "changes",
            (None, _) => "is new",
            (_, None) => "is removed or renamed",
        };
        Some(Change {
            path: path.clone(),
            kind: ChangeKind::Code,
            verdict: Verdict::Fine,
            message: format!("the file {what}"),
            why: "infrastructure code is what a new version is for".to_owned(),
            file: path.clone(),
            line: None,
        })
    };
    files(old).union(&files(new)).filter_map(change).collect()
}

/// The differences between outputs, where they are known of both bundles ([`Bundle::outputs`]).
pub fn compare_outputs(old: &Bundle, new: &Bundle) -> Vec<Change> {
    old.outputs().keys().flat_map(|part| outputs(old, new, *part)).collect()
}

fn outputs(old: &Bundle, new: &Bundle, part: Part) -> Vec<Change> {
    let (Some(before), Some(after)) = (old.outputs().get(&part), new.outputs().get(&part)) else {
        return Vec::new();
    };
    let (verdict, why) = removal(part);
    let change = |name: &String, kind, verdict, why| output(new, part, name, kind, verdict, why);
    let removed = before.difference(after);
    let removed = removed.map(|name| change(name, ChangeKind::OutputRemoved, verdict, why));
    let added = after.difference(before);
    let why = "nobody reads it yet";
    let added = added.map(|name| change(name, ChangeKind::OutputAdded, Verdict::Fine, why));
    removed.chain(added).collect()
}

/// How it is taken when an output of the part goes, and why: who reads it.
const fn removal(part: Part) -> (Verdict, &'static str) {
    match part {
        Part::Infrastructure => {
            (Verdict::Warns, "templates of services that read it can't be rendered any more")
        }
        Part::InstanceInfrastructure => (Verdict::Warns, "pipelines that read it can't be rendered any more"),
        Part::PipelineInfrastructure => (Verdict::Fine, "no template reads outputs of pipelines"),
    }
}

fn output(new: &Bundle, part: Part, name: &str, kind: ChangeKind, verdict: Verdict, why: &str) -> Change {
    let what = if kind == ChangeKind::OutputAdded { "is new" } else { "is removed or renamed" };
    let message = format!("the output of {part} {what}");
    let file =
        new.cloudformation_template(part).map_or_else(|| part.directory().to_owned(), |(path, _)| path);
    Change { path: format!("outputs.{name}"), kind, verdict, message, why: why.to_owned(), file, line: None }
}

/// All differences between two schemas, in their order.
pub fn compare(old: &Schema, new: &Schema) -> Vec<Change> {
    let mut changes = inputs::Changes::default();
    changes.properties("", old.inputs().properties(), new.inputs().properties());
    match (old.pipeline(), new.pipeline()) {
        (Some(old), Some(new)) => changes.properties("pipeline", old.properties(), new.properties()),
        (Some(_), None) => {
            changes.pipeline("the pipeline type is removed", "services of the version have pipelines")
        }
        (None, Some(_)) => {
            changes.pipeline("a pipeline type is added", "services of the version have no pipeline")
        }
        (None, None) => {}
    }
    changes.list
}

/// The differences between the inputs of two types by themselves.
pub fn compare_inputs(old: &InputType, new: &InputType) -> Vec<Change> {
    let mut changes = inputs::Changes::default();
    changes.properties("", old.properties(), new.properties());
    changes.list
}

/// Parts that both versions have and that are provisioned by other means now. `old` has the method of each part, by the
/// names that [`Engine::method`](crate::Engine::method) gives.
pub fn compare_methods(old: &BTreeMap<Part, &str>, new: &Bundle) -> Vec<Change> {
    let both =
        old.iter().filter_map(|(part, before)| Some((*part, *before, new.parts().get(part)?.method())));
    let change = |(part, before, after): (Part, &str, &str)| Change {
        path: part.directory().to_owned(),
        kind: ChangeKind::Method,
        verdict: Verdict::Warns,
        message: format!("the provisioning method changes from {before} to {after}"),
        why: "what is deployed was made by other means, and the new ones don't know of it".to_owned(),
        file: manifest_path(part),
        line: None,
    };
    both.filter(|(_, before, after)| before != after).map(change).collect()
}
