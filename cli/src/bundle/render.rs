//! `protium bundle render`: what a deployment would hand to CloudFormation, Terraform or CodeBuild.
//!
//! People give a spec, and see every instance and the pipeline; what only a deployment knows stands there as an example.
//! Machines give the whole namespace, and get the files of one part.

use super::{
    check::{Checked, check},
    directory, locate, outputs,
    rendering::{Fault, Rendering, draw, tally, with_spec},
    report::{self, json},
    watch::{self, Targets},
    whole_numbers, writing,
};
use crate::{
    Ending, Usage,
    args::bundle::{OutputForm, RenderArgs},
    output::{self, BAD, FAINT, GOOD, HINT, counted, visible, visible_line},
};
use anyhow::Result;
use protium_bundle::{
    Bundle, EnvironmentOutputs, ExamineOptions, Part, Problem, examine,
    render::{Preview, PreviewOptions, preview_context, render_part},
};
use serde::Serialize;
use std::{
    cell::Cell,
    collections::BTreeSet,
    path::{Path, PathBuf},
};

pub(crate) fn run(args: &RenderArgs) -> Result<Ending> {
    if args.watch { watch::forever(|| targets(args), || render(args)) } else { render(args) }
}

fn targets(args: &RenderArgs) -> Targets {
    let mut targets = Targets::default();
    targets.bundle(&args.bundle);
    let files = [&args.spec, &args.environment_outputs, &args.instance_outputs, &args.context];
    files.into_iter().flatten().for_each(|path| targets.file(path));
    targets
}

fn render(args: &RenderArgs) -> Result<Ending> {
    let checked = check(&args.bundle, &args.kind, &[]);
    let Some(bundle) = &checked.bundle else {
        report::failed(&checked, &args.output)?;
        return Ok(checked.ending());
    };
    let spec = args.spec.as_deref().map(outputs::text).transpose()?;
    let rendered = match &spec {
        Some(spec) => by_spec(bundle, spec, args)?,
        None => by_context(bundle, args)?,
    };
    match rendered {
        Ok(renderings) => {
            hand_over(&renderings, args)?;
            mention_warnings(&checked, args);
            Ok(Ending::Good)
        }
        Err(faults) => {
            fail(&faults, &checked, spec.as_deref(), args)?;
            Ok(Ending::Bad)
        }
    }
}

/// Rendering shows what is wrong; what is doubtful, too, is for `validate` to show.
fn mention_warnings(checked: &Checked, args: &RenderArgs) {
    let count = checked.problems.len();
    if count > 0 && args.output.output == OutputForm::Human {
        let (warnings, bundle) = (counted(count, "warning"), locate::shown(&checked.path));
        output::note(&format!("{HINT}note:{HINT:#} {warnings}; see protium bundle validate {bundle}\n"));
    }
}

type Rendered = Result<Vec<Rendering>, Vec<Fault>>;

fn by_spec(bundle: &Bundle, spec: &str, args: &RenderArgs) -> Result<Rendered> {
    let environment_outputs = args.environment_outputs.as_deref().map(outputs::environments).transpose()?;
    let instance_outputs = args.instance_outputs.as_deref().map(outputs::instances).transpose()?;
    let options = PreviewOptions {
        name: args.name.clone(),
        environment_outputs: environment_outputs.unwrap_or_default(),
        instance_outputs: instance_outputs.unwrap_or_default(),
        ..PreviewOptions::default()
    };
    let part = args.part.map(Part::from);
    let is_known = Cell::new(0);
    let wanted = |preview: &Preview| {
        let named = args.instance.contains(&preview.name) && preview.part == Part::InstanceInfrastructure;
        is_known.set(is_known.get() + usize::from(named));
        (args.instance.is_empty() || named) && part.is_none_or(|part| part == preview.part)
    };
    let mut rendered = with_spec(bundle, spec, &options, wanted);
    if rendered.is_ok() && is_known.get() < args.instance.len() {
        return Err(unknown_instance(spec, args));
    }
    if let Err(faults) = &mut rendered {
        advise(faults, bundle, &options);
    }
    if rendered.as_ref().is_ok_and(Vec::is_empty) {
        return Err(nothing(bundle, part));
    }
    Ok(rendered)
}

fn unknown_instance(spec: &str, args: &RenderArgs) -> anyhow::Error {
    let spec = protium_bundle::ServiceSpec::parse(spec);
    let names: Vec<_> =
        spec.iter().flat_map(|spec| spec.instances()).map(|it| it.name().to_owned()).collect();
    let unknown = args.instance.iter().find(|name| !names.contains(name)).map_or("", String::as_str);
    let known = if names.is_empty() { "no instances".to_owned() } else { names.join(", ") };
    Usage(format!("the spec has no instance `{unknown}`; it has {known}")).into()
}

fn nothing(bundle: &Bundle, part: Option<Part>) -> anyhow::Error {
    let has: Vec<_> = bundle.parts().keys().map(|part| part.directory()).collect();
    let what = match part {
        Some(part) if !bundle.parts().contains_key(&part) => format!("the bundle has no {part}"),
        _ => "the spec asks for nothing of the bundle".to_owned(),
    };
    let has =
        if has.is_empty() { "no infrastructure: users bring their own".to_owned() } else { has.join(", ") };
    Usage(format!("there is nothing to render: {what}; it has {has}")).into()
}

/// What templates miss of others can be given here, too.
fn advise(faults: &mut [Fault], bundle: &Bundle, options: &PreviewOptions) {
    for problem in faults.iter_mut().filter(|fault| !fault.in_spec).map(|fault| &mut fault.problem) {
        let advice = if problem.message.contains("environment.outputs.") {
            let names = missing_outputs(bundle, options).into_iter().collect::<Vec<_>>();
            let missing =
                if names.is_empty() { String::new() } else { format!("; missing are: {}", names.join(", ")) };
            format!("To try the template, give outputs with --environment-outputs FILE{missing}")
        } else if problem.message.contains("service_instances") && options.instance_outputs.is_empty() {
            "To try the template, give outputs of the instances with --instance-outputs FILE.".to_owned()
        } else {
            continue;
        };
        problem.remedy = Some(match problem.remedy.take() {
            Some(remedy) => format!("{remedy}\n{advice}"),
            None => advice,
        });
    }
}

/// Rendering ends at the first output that is missing. People want to give all of them at once.
fn missing_outputs(bundle: &Bundle, options: &PreviewOptions) -> BTreeSet<String> {
    let given = &options.environment_outputs;
    let outputs = given.by_name.values().chain([&given.all]).flat_map(|outputs| outputs.keys().cloned());
    let environment = EnvironmentOutputs { environment: String::new(), outputs: outputs.collect() };
    let judged = ExamineOptions { environments: vec![environment], ..ExamineOptions::default() };
    let problems = examine(bundle.kind(), bundle.files().clone(), &judged).problems;
    let name = |problem: Problem| {
        let path = problem.message.split('`').nth(1)?;
        Some(path.split_once("environment.outputs.")?.1.to_owned())
    };
    problems.into_iter().filter_map(name).collect()
}

fn by_context(bundle: &Bundle, args: &RenderArgs) -> Result<Rendered> {
    // clap has seen to both.
    let (Some(path), Some(part)) = (&args.context, args.part.map(Part::from)) else {
        return Err(Usage("--context goes with --part and --out".into()).into());
    };
    let text = outputs::text(path)?;
    let tree = serde_json::from_str(&text)
        .map_err(|error| outputs::wrong(path, &format!("is not JSON: {error}")))?;
    if let Some(number) = whole_numbers::first_too_large(&text) {
        let wrong = format!(
            "has the whole number {number}, which is beyond 64 bits: quote it, or write it as a float"
        );
        return Err(outputs::wrong(path, &wrong));
    }
    let context = preview_context(bundle, part, tree);
    Ok(match render_part(bundle, part, &context) {
        Ok(done) => Ok(vec![Rendering { part, name: String::new(), files: done.files }]),
        Err(error) => Err(vec![Fault::bundle(error)]),
    })
}

/// A rendered file, and where it goes.
struct Target<'a> {
    rendering: &'a Rendering,
    /// Path below the folder for output.
    name: String,
    content: &'a [u8],
}

/// Machines get one part and want its files by their own names; people may get many.
fn files<'a>(renderings: &'a [Rendering], args: &RenderArgs) -> Vec<Target<'a>> {
    let target = |rendering: &'a Rendering, (file, content): (&String, &'a Vec<u8>)| Target {
        rendering,
        name: if args.context.is_some() { file.clone() } else { format!("{}/{file}", rendering.folder()) },
        content,
    };
    renderings.iter().flat_map(|one| one.files.iter().map(move |file| target(one, file))).collect()
}

fn hand_over(renderings: &[Rendering], args: &RenderArgs) -> Result<()> {
    let files = files(renderings, args);
    let mut paths = Vec::new();
    if let Some(out) = &args.out {
        refuse_own_files(&args.bundle, out, &files)?;
        for file in &files {
            paths.push(writing::file(out, &file.name, file.content)?);
        }
    }
    match (args.output.output, &args.out, files.as_slice()) {
        (OutputForm::Json, ..) => Ok(report::json(&Shape::new(&files, &paths))?),
        (_, Some(out), _) => Ok(output::print(&told(out, &paths))?),
        (_, None, [file]) => print(file),
        (_, None, _) => Err(too_many(&files)),
    }
}

/// A rendered template has the name of the one it is made of; in its place it would be the last one.
fn refuse_own_files(bundle: &Path, out: &Path, files: &[Target<'_>]) -> Result<()> {
    let root = writing::resolved(bundle);
    for file in files {
        let path = writing::resolved(&out.join(&file.name));
        let own = directory::directories().find(|own| path.starts_with(root.join(own)));
        if let Some(own) = own.filter(|_| root.is_dir()) {
            return Err(Usage(format!(
                "--out {} would write into the bundle's own directory {own}; name another folder, e.g. --out rendered",
                out.display()
            ))
            .into());
        }
    }
    Ok(())
}

fn told(out: &Path, paths: &[PathBuf]) -> String {
    let count = counted(paths.len(), "file");
    let mut text = format!("{GOOD}rendered:{GOOD:#} {count} in {}\n", visible_line(&out.to_string_lossy()));
    for path in paths {
        text.push_str(&format!("  {FAINT}{}{FAINT:#}\n", visible_line(&path.to_string_lossy())));
    }
    text
}

/// To a pipe byte by byte; to a terminal so that it does the terminal no harm.
fn print(file: &Target<'_>) -> Result<()> {
    if output::is_terminal() {
        Ok(output::print(&visible(&String::from_utf8_lossy(file.content)))?)
    } else {
        Ok(output::print_bytes(file.content)?)
    }
}

fn too_many(files: &[Target<'_>]) -> anyhow::Error {
    let shown: Vec<_> = files.iter().take(8).map(|file| format!("  {}", file.name)).collect();
    let more = if files.len() > 8 { format!("\n  … and {} more", files.len() - 8) } else { String::new() };
    Usage(format!(
        "{} files are rendered; write them to a folder with --out DIR, or choose with --instance or --part:\n{}{more}",
        files.len(),
        shown.join("\n"),
    ))
    .into()
}

fn fail(faults: &[Fault], checked: &Checked, spec: Option<&str>, args: &RenderArgs) -> Result<()> {
    let Some(source) = &checked.source else { return Ok(()) };
    let path = args.spec.as_deref().map(Path::to_string_lossy).unwrap_or_default();
    match args.output.output {
        OutputForm::Human => {
            let bundle = checked.path.to_string_lossy();
            let text = draw(faults, source, spec.map(|text| (&*path, text)));
            output::note(&format!(
                "{text}{BAD}not rendered:{BAD:#} {}: {}\n",
                visible_line(&bundle),
                tally(faults)
            ));
            Ok(())
        }
        OutputForm::Json => Ok(report::json(&FailureShape::new(faults, &path))?),
        OutputForm::Github => {
            let place = |fault: &Fault| match fault.in_spec {
                true => path.to_string(),
                false => source.place(fault.problem.file.as_deref()),
            };
            let workspace = args.output.github_workspace.as_deref();
            let annotations = faults.iter().map(|it| report::annotation(&it.problem, &place(it), workspace));
            Ok(output::print(&annotations.collect::<String>())?)
        }
    }
}

/// What `render --output json` prints when all went well.
#[derive(Debug, Serialize)]
struct Shape<'a> {
    files: Vec<FileShape<'a>>,
    problems: [(); 0],
    ok: bool,
}

#[derive(Debug, Serialize)]
struct FileShape<'a> {
    part: Part,
    name: &'a str,
    file: &'a str,
    path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<&'a str>,
}

impl<'a> Shape<'a> {
    fn new(files: &'a [Target<'_>], paths: &[PathBuf]) -> Self {
        let shape = |(index, file): (usize, &'a Target<'_>)| FileShape {
            part: file.rendering.part,
            name: &file.rendering.name,
            file: &file.name,
            path: paths.get(index).map(|path| path.to_string_lossy().into_owned()),
            content: std::str::from_utf8(file.content).ok().filter(|_| paths.is_empty()),
        };
        Self { files: files.iter().enumerate().map(shape).collect(), problems: [], ok: true }
    }
}

/// What it prints when the spec is wrong, or something couldn't be rendered.
#[derive(Debug, Serialize)]
struct FailureShape<'a> {
    files: [(); 0],
    problems: Vec<json::ProblemShape<'a>>,
    ok: bool,
}

impl<'a> FailureShape<'a> {
    fn new(faults: &'a [Fault], spec: &'a str) -> Self {
        let shape = |fault: &'a Fault| {
            let shape = json::ProblemShape::new(&fault.problem);
            if fault.in_spec { shape.in_file(spec) } else { shape }
        };
        Self { files: [], problems: faults.iter().map(shape).collect(), ok: false }
    }
}
