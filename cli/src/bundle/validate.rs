//! `protium bundle validate`: everything that registration would say, before anything is uploaded.

use super::{
    check::{Checked, check},
    outputs, progress, report,
    watch::{self, Targets},
};
use crate::{
    Ending,
    args::bundle::{KindArgs, KindName, OutputForm, ValidateArgs},
    output::{self, HINT},
};
use anyhow::Result;
use protium_bundle::{EnvironmentOutputs, Part, render::namespace::Outputs};
use std::path::Path;

pub(crate) fn run(args: &ValidateArgs) -> Result<Ending> {
    if args.watch { watch::forever(|| targets(args), || validate(args)) } else { validate(args) }
}

fn targets(args: &ValidateArgs) -> Targets {
    let mut targets = Targets::default();
    args.bundles.iter().for_each(|path| targets.bundle(path));
    args.environment.iter().for_each(|path| targets.bundle(path));
    args.environment_outputs.iter().for_each(|path| targets.file(path));
    targets
}

fn validate(args: &ValidateArgs) -> Result<Ending> {
    let environments = environments(args)?;
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

/// The outputs that references are compared with.
fn environments(args: &ValidateArgs) -> Result<Vec<EnvironmentOutputs>> {
    let mut found = args.environment_outputs.as_deref().map(given).transpose()?.unwrap_or_default();
    for path in &args.environment {
        let Some(environment) = declared(path)? else {
            output::note(&format!(
                "{HINT}note:{HINT:#} the outputs of {} are known only when it is deployed; give them with \
                 --environment-outputs\n",
                output::visible_line(&path.to_string_lossy())
            ));
            continue;
        };
        found.push(environment);
    }
    Ok(found)
}

/// The outputs that an environment bundle declares.
fn declared(path: &Path) -> Result<Option<EnvironmentOutputs>> {
    let judge = |customer_managed| {
        check(
            path,
            &KindArgs { kind: Some(KindName::Environment), customer_managed: Some(customer_managed) },
            &[],
        )
    };
    let checked = [judge(false), judge(true)].into_iter().find_map(|checked| checked.bundle);
    let Some(bundle) = checked else {
        return Err(outputs::wrong(
            path,
            "is no good environment bundle; `protium bundle validate` tells why",
        ));
    };
    let environment = path.to_string_lossy().into_owned();
    let outputs = bundle.outputs().get(&Part::Infrastructure);
    Ok(outputs.map(|names| EnvironmentOutputs { environment, outputs: names.iter().cloned().collect() }))
}

/// The outputs of a file, under its name or those of the environments in it.
fn given(path: &Path) -> Result<Vec<EnvironmentOutputs>> {
    let values = outputs::environments(path)?;
    let entry = |environment: &str, outputs: &Outputs| EnvironmentOutputs {
        environment: environment.to_owned(),
        outputs: outputs.keys().cloned().collect(),
    };
    let mut found: Vec<_> = values.by_name.iter().map(|(name, outputs)| entry(name, outputs)).collect();
    if !values.all.is_empty() {
        found.push(entry(&path.to_string_lossy(), &values.all));
    }
    Ok(found)
}
