//! `protium bundle init`: a new bundle that works, to be changed into one's own.
//!
//! What its tests expect isn't kept beside the templates but rendered as it is written; so the two never part. What was
//! made is judged and tested before the command says it's done.

use super::{
    cases::{self, Case},
    check::{Checked, check},
    locate, report, starter,
    test::{self, Verdict},
    writing,
};
use crate::{
    Ending, Usage,
    args::bundle::{InitArgs, KindArgs, KindName, OutputForm},
    output::{self, FAINT, GOOD, visible_line},
};
use anyhow::{Result, bail};
use serde::Serialize;
use std::{fs, path::Path};

pub(crate) fn run(args: &InitArgs) -> Result<Ending> {
    if args.kind == KindName::Environment && args.pipeline.is_some() {
        return Err(Usage("environments have no pipeline; --pipeline goes with --kind service".into()).into());
    }
    let files = starter::files(args.kind, args.engine, args.pipeline, &name(&args.bundle));
    refuse_overwriting(&args.bundle, &files)?;
    for (name, content) in &files {
        writing::file(&args.bundle, name, content.as_bytes())?;
    }
    let (checked, recorded) = record(&args.bundle)?;
    let mut names: Vec<_> = files.into_iter().map(|(name, _)| name).chain(recorded).collect();
    names.sort();
    match args.output.output {
        OutputForm::Json => {
            report::json(&Shape { path: args.bundle.to_string_lossy(), files: &names, ok: true })?
        }
        _ => output::print(&told(args, &checked, &names))?,
    }
    Ok(Ending::Good)
}

/// The directory's own name, for the README.
fn name(bundle: &Path) -> String {
    let path = std::path::absolute(bundle).unwrap_or_else(|_| bundle.to_owned());
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
    visible_line(&name.unwrap_or_else(|| "my-template".to_owned())).into_owned()
}

/// Nothing is written when there is a bundle already, or one of the files.
fn refuse_overwriting(bundle: &Path, files: &[starter::File]) -> Result<()> {
    if fs::symlink_metadata(bundle).is_ok_and(|it| !it.is_dir() && !bundle.is_dir()) {
        return Err(Usage(format!("{} is in the way", bundle.display())).into());
    }
    let present: Vec<_> = files
        .iter()
        .map(|(name, _)| name.as_str())
        .filter(|name| fs::symlink_metadata(bundle.join(name)).is_ok())
        .collect();
    if present.is_empty() {
        return Ok(());
    }
    Err(Usage(format!(
        "{} has {} already; name another directory, or remove what is there",
        bundle.display(),
        present.join(", ")
    ))
    .into())
}

/// Records what the tests expect; the names of the files that were written for that come along.
fn record(path: &Path) -> Result<(Checked, Vec<String>)> {
    let checked = check(path, &KindArgs { kind: None, customer_managed: None }, &[]);
    let Some(bundle) = checked.bundle.as_ref().filter(|_| checked.problems.is_empty()) else {
        let problems: Vec<_> = checked.problems.iter().map(ToString::to_string).collect();
        bail!("what was made isn't good, please report this: {}", problems.join("; "));
    };
    let mut recorded = Vec::new();
    for name in cases::names(path)? {
        if !matches!(test::case(path, bundle, &name, true), Verdict::Updated) {
            bail!("case {name} of what was made can't be rendered, please report this");
        }
        let expected = Case::read(path, &name)?.expected.unwrap_or_default();
        recorded.extend(expected.into_keys().map(|file| format!("{}/{name}/expected/{file}", cases::FOLDER)));
    }
    Ok((checked, recorded))
}

fn told(args: &InitArgs, checked: &Checked, names: &[String]) -> String {
    let shown = locate::shown(&args.bundle);
    let made = checked.bundle.as_ref().map(report::human::description).unwrap_or_default();
    let path = args.bundle.to_string_lossy();
    let mut text = format!("{GOOD}created:{GOOD:#} {} {FAINT}({made}){FAINT:#}\n", visible_line(&path));
    for name in names {
        text.push_str(&format!("  {FAINT}{name}{FAINT:#}\n"));
    }
    let outputs = match args.kind {
        KindName::Environment => String::new(),
        KindName::Service => format!(" \\\n    --environment-outputs {shown}/spec/environment-outputs.yaml"),
    };
    text + &format!(
        "\nIt works as it is; change it into your own:\n\n  \
           protium bundle validate {shown}\n  \
           protium bundle render {shown} --spec {shown}/spec/spec.yaml{outputs} --out rendered\n  \
           protium bundle test {shown}\n  \
           protium bundle package {shown}\n"
    )
}

/// What `init --output json` prints.
#[derive(Debug, Serialize)]
struct Shape<'a> {
    path: std::borrow::Cow<'a, str>,
    files: &'a [String],
    ok: bool,
}
