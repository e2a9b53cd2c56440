//! For people: each problem with its source line, then how things stand.

use super::Snippet;
use crate::{
    bundle::check::Checked,
    output::{BAD, DOUBTFUL, FAINT, GOOD, HINT, counted, visible_line},
};
use protium_bundle::{BundleKind, Engine, Severity};

/// All problems of a bundle, and a line on how it stands.
pub(crate) fn bundle(checked: &Checked) -> String {
    let problems = problems(checked);
    match checked.source {
        Some(_) => problems + &standing(checked),
        None => problems.trim_end().to_owned() + "\n",
    }
}

/// All problems of a bundle, in order, a blank line after each.
pub(crate) fn problems(checked: &Checked) -> String {
    let mut text = String::new();
    for problem in &checked.problems {
        let file = problem.file.as_deref();
        let place = checked.source.as_ref().map(|source| source.place(file));
        let content = checked.source.as_ref().zip(file).and_then(|(source, file)| source.file(file));
        text.push_str(&Snippet { problem, place, content }.draw());
        text.push('\n');
    }
    text
}

fn standing(checked: &Checked) -> String {
    let path = checked.path.to_string_lossy();
    let path = visible_line(&path);
    let tally = tally(checked);
    if !checked.ok() {
        return format!("{BAD}bad:{BAD:#} {path}: {tally}\n");
    }
    let made = checked.bundle.as_ref().map(description).unwrap_or_default();
    let tally = if tally.is_empty() { tally } else { format!(", {tally}") };
    let note = if checked.customer_managed { customer_managed(checked.kind) } else { String::new() };
    format!("{GOOD}ok:{GOOD:#} {path} {FAINT}({made}){FAINT:#}{tally}\n{note}")
}

/// `2 errors, 1 warning`; nothing when there are none.
fn tally(checked: &Checked) -> String {
    let count = |severity, noun| Some(checked.count(severity)).filter(|n| *n > 0).map(|n| counted(n, noun));
    let counts = [count(Severity::Error, "error"), count(Severity::Warning, "warning")];
    counts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// `service: instances by Terraform, pipeline by CodeBuild`.
pub(crate) fn description(bundle: &protium_bundle::Bundle) -> String {
    let kind = bundle.kind().title().to_lowercase();
    let made: Vec<_> = bundle.parts().iter().map(|(part, engine)| made(*part, engine)).collect();
    if made.is_empty() { kind } else { format!("{kind}: {}", made.join(", ")) }
}

fn made(part: protium_bundle::Part, engine: &Engine) -> String {
    let engine = match engine {
        Engine::CloudFormation { .. } => "CloudFormation",
        Engine::Terraform { .. } => "Terraform",
        Engine::CodeBuild => "CodeBuild",
    };
    match part {
        protium_bundle::Part::Infrastructure => engine.to_owned(),
        protium_bundle::Part::InstanceInfrastructure => format!("instances by {engine}"),
        protium_bundle::Part::PipelineInfrastructure => format!("pipeline by {engine}"),
    }
}

/// What a customer-managed template has to be created with; the bundle can't say it itself.
fn customer_managed(kind: Option<BundleKind>) -> String {
    let (what, option) = match kind {
        Some(BundleKind::Service) => {
            ("no pipeline_infrastructure: users bring their own pipelines", "--pipeline-provisioning")
        }
        _ => ("no infrastructure: users bring their own environments", "--provisioning"),
    };
    format!("  {HINT}note:{HINT:#} {what}; create the template with `{option} CUSTOMER_MANAGED`\n")
}

/// One line on all bundles; nothing when there is only one.
pub(crate) fn summary(checked: &[Checked]) -> String {
    if checked.len() < 2 {
        return String::new();
    }
    let bad = checked.iter().filter(|one| !one.ok()).count();
    let warned = checked.iter().filter(|one| one.ok() && one.count(Severity::Warning) > 0).count();
    let mut text = format!("\n{}: ", counted(checked.len(), "bundle"));
    match bad {
        0 => text.push_str(&format!("{GOOD}all good{GOOD:#}")),
        bad => text.push_str(&format!("{BAD}{bad} bad{BAD:#}, {} good", checked.len() - bad)),
    }
    if warned > 0 {
        text.push_str(&format!(", {DOUBTFUL}{warned} with warnings{DOUBTFUL:#}"));
    }
    text + "\n"
}
