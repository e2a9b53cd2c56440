//! `protium bundle validate`: everything that registration would say, before anything is uploaded.

use super::{
    check::{Checked, check},
    outputs, progress, report,
    watch::{self, Targets},
};
use crate::{
    Ending,
    args::bundle::{OutputForm, ValidateArgs},
    output,
};
use anyhow::Result;
use protium_bundle::EnvironmentOutputs;
use std::{collections::BTreeSet, path::Path};

pub(crate) fn run(args: &ValidateArgs) -> Result<Ending> {
    if args.watch { watch::forever(|| targets(args), || validate(args)) } else { validate(args) }
}

fn targets(args: &ValidateArgs) -> Targets {
    let mut targets = Targets::default();
    args.bundles.iter().for_each(|path| targets.bundle(path));
    args.environment_outputs.iter().for_each(|path| targets.file(path));
    targets
}

fn validate(args: &ValidateArgs) -> Result<Ending> {
    let environments = args.environment_outputs.as_deref().map(environments).transpose()?.unwrap_or_default();
    let shown = args.output.output == OutputForm::Human;
    let bar = progress::bar(args.bundles.len(), shown);
    let mut checked = Vec::new();
    for path in &args.bundles {
        bar.set_message(output::visible_line(&path.to_string_lossy()).into_owned());
        checked.push(one(path, args, &environments));
        bar.inc(1);
    }
    bar.finish_and_clear();
    report::bundles(&checked, &args.output)?;
    Ok(checked.iter().map(Checked::ending).max().unwrap_or(Ending::Good))
}

fn one(path: &Path, args: &ValidateArgs, environments: &[EnvironmentOutputs]) -> Checked {
    let mut checked = check(path, &args.kind, environments);
    if args.strict {
        checked.harden();
    }
    checked
}

/// The outputs that references are compared with, under the name of the file that they come from.
fn environments(path: &Path) -> Result<Vec<EnvironmentOutputs>> {
    let values = outputs::environments(path)?;
    let entry = |environment: &str, outputs: &mut dyn Iterator<Item = &String>| EnvironmentOutputs {
        environment: environment.to_owned(),
        outputs: outputs.cloned().collect::<BTreeSet<_>>().into_iter().collect(),
    };
    let mut found: Vec<_> =
        values.by_name.iter().map(|(name, outputs)| entry(name, &mut outputs.keys())).collect();
    if !values.all.is_empty() {
        found.push(entry(&path.to_string_lossy(), &mut values.all.keys()));
    }
    Ok(found)
}
