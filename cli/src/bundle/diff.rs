//! `protium bundle diff`: whether a bundle can follow another as a minor version, and what it means for specs.
//!
//! The old bundle needn't be good by today's rules, it is in use; when it isn't, its schema is compared alone. The new one
//! will be registered, so it has to be.

use super::{
    check::{Checked, check},
    report::{self, json},
};
use crate::{
    Ending, Usage,
    args::bundle::{DiffArgs, OutputForm},
    output::{self, BAD, DOUBTFUL, FAINT, GOOD, HINT, counted, visible_line},
};
use anyhow::Result;
use protium_bundle::{
    CompatibilityPolicy, Problem, SCHEMA_FILE, Schema,
    compatibility::{Change, Verdict, compare, compare_bundles},
};
use serde::Serialize;
use std::path::Path;

pub(crate) fn run(args: &DiffArgs) -> Result<Ending> {
    let (old, new) = (check(&args.old, &args.kind, &[]), check(&args.new, &args.kind, &[]));
    let Some(bundle) = &new.bundle else { return failed(&new, args) };
    let Some(schema) = schema(&old) else { return failed(&old, args) };
    if schema.kind() != bundle.kind() {
        let kind = |schema: &Schema| json::kind(schema.kind());
        let (old, new) = (kind(&schema), kind(bundle.schema()));
        return Err(Usage(format!("OLD is for a template of the kind {old}, NEW of the kind {new}")).into());
    }
    let changes = match &old.bundle {
        Some(old) => compare_bundles(old, bundle),
        None => compare(&schema, bundle.schema()),
    };
    let difference = Difference::new(changes, bundle.registration().compatibility);
    difference.print(&old, &new, args)?;
    Ok(if difference.ok { Ending::Good } else { Ending::Bad })
}

fn failed(checked: &Checked, args: &DiffArgs) -> Result<Ending> {
    report::failed(checked, &args.output)?;
    Ok(checked.ending().max(Ending::Bad))
}

fn schema(old: &Checked) -> Option<Schema> {
    if let Some(bundle) = &old.bundle {
        return Some(bundle.schema().clone());
    }
    let text = std::str::from_utf8(old.source.as_ref()?.file(SCHEMA_FILE)?).ok()?;
    Schema::parse(text, old.kind?).ok()
}

struct Difference {
    changes: Vec<Change>,
    policy: CompatibilityPolicy,
    /// The changes that registration would mention.
    problems: Vec<Problem>,
    ok: bool,
}

impl Difference {
    fn new(mut changes: Vec<Change>, policy: CompatibilityPolicy) -> Self {
        changes.sort_by_key(|change| std::cmp::Reverse(change.verdict));
        let problems: Vec<_> = changes.iter().filter_map(|change| change.problem(policy)).collect();
        let ok = !problems.iter().any(Problem::is_error);
        Self { changes, policy, problems, ok }
    }

    fn count(&self, verdict: Verdict) -> usize {
        self.changes.iter().filter(|change| change.verdict == verdict).count()
    }

    fn print(&self, old: &Checked, new: &Checked, args: &DiffArgs) -> Result<()> {
        match args.output.output {
            OutputForm::Human => output::print(&self.told(&old.path, &new.path))?,
            OutputForm::Json => report::json(&Shape::new(self, old, new))?,
            OutputForm::Github => {
                let workspace = args.output.github_workspace.as_deref();
                let place = |problem: &Problem| {
                    let file = problem.file.as_deref();
                    new.source.as_ref().map(|source| source.place(file)).unwrap_or_default()
                };
                let annotations =
                    self.problems.iter().map(|it| report::annotation(it, &place(it), workspace));
                output::print(&annotations.collect::<String>())?;
                output::print(&self.standing(&new.path))?;
            }
        }
        Ok(())
    }

    fn told(&self, old: &Path, new: &Path) -> String {
        let (old, shown) = (old.to_string_lossy(), new.to_string_lossy());
        let mut text = format!("{FAINT}{} → {}{FAINT:#}\n", visible_line(&old), visible_line(&shown));
        for change in &self.changes {
            let (style, word) = match change.verdict {
                Verdict::Fails => (BAD, "breaking"),
                Verdict::Warns => (DOUBTFUL, "doubtful"),
                Verdict::Fine => (GOOD, "fine    "),
            };
            text.push_str(&format!("  {style}{word}{style:#}  {}\n", visible_line(&change.to_string())));
            if change.verdict != Verdict::Fine {
                text.push_str(&format!("            {FAINT}{}{FAINT:#}\n", visible_line(&change.why)));
            }
        }
        text + &self.standing(new)
    }

    fn standing(&self, new: &Path) -> String {
        let new = new.to_string_lossy();
        let new = visible_line(&new);
        let counts = [(Verdict::Fails, "breaking"), (Verdict::Warns, "doubtful"), (Verdict::Fine, "fine")];
        let counts: Vec<_> = counts
            .into_iter()
            .map(|(verdict, word)| (self.count(verdict), word))
            .filter(|(count, _)| *count > 0)
            .map(|(count, word)| format!("{count} {word}"))
            .collect();
        let counts = match counts.as_slice() {
            [] => "nothing that others rely on has changed".to_owned(),
            _ => format!("{} ({})", counted(self.changes.len(), "change"), counts.join(", ")),
        };
        if self.ok {
            return format!(
                "{GOOD}ok:{GOOD:#} {new} can follow as a minor version: {counts}{}\n",
                self.remark()
            );
        }
        format!(
            "{BAD}bad:{BAD:#} {new} can't follow as a minor version: {counts}{}\n  {HINT}help:{HINT:#} register it as \
             a new major version, or keep to what specs rely on\n",
            self.remark()
        )
    }

    fn remark(&self) -> &'static str {
        match self.policy {
            CompatibilityPolicy::Default => "",
            CompatibilityPolicy::Strict => "; compatibility: strict",
            CompatibilityPolicy::Off => "; compatibility: off",
        }
    }
}

/// What `diff --output json` prints.
#[derive(Debug, Serialize)]
struct Shape<'a> {
    old: String,
    new: String,
    compatibility: CompatibilityPolicy,
    changes: &'a [Change],
    problems: Vec<json::ProblemShape<'a>>,
    ok: bool,
}

impl<'a> Shape<'a> {
    fn new(difference: &'a Difference, old: &Checked, new: &Checked) -> Self {
        Self {
            old: old.path.to_string_lossy().into_owned(),
            new: new.path.to_string_lossy().into_owned(),
            compatibility: difference.policy,
            changes: &difference.changes,
            problems: json::problems(&difference.problems),
            ok: difference.ok,
        }
    }
}
