//! How tests of bundles are told.

use super::{
    cases::ERROR_FILE,
    comparison::{Change, Difference},
    rendering::draw,
    report::{self, human, json},
    test::{Tested, Tried, Verdict},
};
use crate::{
    args::bundle::{OutputForm, TestArgs},
    output::{self, BAD, FAINT, GOOD, HINT, counted, quoted, visible, visible_line},
};
use anstyle::{AnsiColor, Style};
use protium_bundle::Problem;
use serde::Serialize;
use std::{fmt::Write, io, path::Path};

const REMOVED: Style = AnsiColor::Red.on_default();
const ADDED: Style = AnsiColor::Green.on_default();
/// Lines of one file's difference that are shown to people.
const LINE_LIMIT: usize = 200;

pub(super) fn print(tested: &[Tested], args: &TestArgs) -> io::Result<()> {
    match args.output.output {
        OutputForm::Human => output::print(&people(tested)),
        OutputForm::Json => report::json(&Document::new(tested)),
        OutputForm::Github => {
            let workspace = args.output.github_workspace.as_deref();
            output::print(&tested.iter().map(|one| annotations(one, workspace)).collect::<String>())?;
            output::print(&tested.iter().map(standing).collect::<String>())
        }
    }
}

fn people(tested: &[Tested]) -> String {
    let mut text = String::new();
    for one in tested {
        if one.checked.bundle.is_none() {
            text.push_str(&human::bundle(&one.checked));
            continue;
        }
        one.cases.iter().for_each(|case| text.push_str(&told(one, case)));
        text.push_str(&standing(one));
    }
    text
}

fn told(tested: &Tested, case: &Tried) -> String {
    let name = visible_line(&case.name);
    match &case.verdict {
        Verdict::Passed => format!("{GOOD}ok{GOOD:#}      {name}\n"),
        Verdict::Updated => format!("{HINT}updated{HINT:#} {name}\n"),
        verdict => format!("{BAD}FAILED{BAD:#}  {name}\n{}", why(tested, verdict)),
    }
}

fn why(tested: &Tested, verdict: &Verdict) -> String {
    match verdict {
        Verdict::Passed | Verdict::Updated => String::new(),
        Verdict::Differs(differences) => differences.iter().map(difference).collect(),
        Verdict::Unrecorded => {
            format!("  nothing is expected yet; look at what is rendered and record it: {}\n", update(tested))
        }
        Verdict::Unusable(why) => format!("  {}\n", visible(why)),
        Verdict::Failed { faults, case } => {
            let Some(source) = &tested.checked.source else { return String::new() };
            let spec = case.spec_path.to_string_lossy();
            let text = draw(faults, source, Some((&*spec, &case.spec)));
            format!(
                "{text}  If it has to fail, create {} empty and run: {}\n",
                visible_line(&case.folder.join("expected/error.txt").to_string_lossy()),
                update(tested)
            )
        }
    }
}

fn update(tested: &Tested) -> String {
    visible_line(&format!("protium bundle test {} --update", quoted(&tested.checked.path.to_string_lossy())))
        .into_owned()
}

fn difference(difference: &Difference) -> String {
    let file = visible_line(&difference.file);
    match &difference.change {
        Change::Missing if file == ERROR_FILE => {
            "  expected to fail as error.txt says, but it is rendered\n".to_owned()
        }
        Change::Missing => format!("  {file}: expected, but not rendered\n"),
        Change::Unexpected => format!("  {file}: rendered, but not expected\n"),
        Change::Bytes => format!("  {file}: differs\n"),
        Change::Content(diff) => {
            format!("  {file}: {REMOVED}- expected{REMOVED:#} {ADDED}+ rendered{ADDED:#}\n{}", coloured(diff))
        }
    }
}

fn coloured(diff: &str) -> String {
    let mut text = String::new();
    for line in diff.lines().take(LINE_LIMIT) {
        let style = match line.as_bytes().first() {
            Some(b'-') => REMOVED,
            Some(b'+') => ADDED,
            Some(b'@') => FAINT,
            _ => Style::new(),
        };
        // Writing to a string can't fail.
        let _ = writeln!(text, "  {style}{}{style:#}", visible(line));
    }
    let more = diff.lines().count().saturating_sub(LINE_LIMIT);
    if more > 0 {
        let _ = writeln!(text, "  {FAINT}… and {}{FAINT:#}", counted(more, "more line"));
    }
    text
}

fn standing(tested: &Tested) -> String {
    if tested.checked.bundle.is_none() {
        return String::new();
    }
    let path = tested.checked.path.to_string_lossy();
    let path = visible_line(&path);
    let failed = tested.cases.iter().filter(|case| !case.ok()).count();
    let passed = tested.cases.len() - failed;
    if failed == 0 {
        return format!("{GOOD}ok:{GOOD:#} {path}: {}\n", counted(passed, "case"));
    }
    let differs = tested.cases.iter().any(|case| matches!(case.verdict, Verdict::Differs(_)));
    let hint = if differs {
        format!("  {HINT}help:{HINT:#} if what is rendered is right: {}\n", update(tested))
    } else {
        String::new()
    };
    format!("{BAD}bad:{BAD:#} {path}: {} of {} failed\n{hint}", failed, counted(tested.cases.len(), "case"))
}

/// One annotation per failed case and file.
fn annotations(tested: &Tested, workspace: Option<&Path>) -> String {
    let Some(source) = tested.checked.source.as_ref().filter(|_| tested.checked.bundle.is_some()) else {
        return report::annotations(&tested.checked, workspace);
    };
    let mut text = String::new();
    for case in &tested.cases {
        let folder = source.place(Some(&format!("tests/{}", case.name)));
        let mut annotate =
            |problem: &Problem, place: &str| text.push_str(&report::annotation(problem, place, workspace));
        match &case.verdict {
            Verdict::Passed | Verdict::Updated => {}
            Verdict::Differs(differences) => {
                for it in differences {
                    let problem =
                        Problem::error(format!("case {}: {} is not as expected", case.name, it.file));
                    annotate(&problem, &format!("{folder}/expected/{}", it.file));
                }
            }
            Verdict::Unrecorded => {
                annotate(&Problem::error("nothing is expected yet"), &format!("{folder}/spec.yaml"))
            }
            Verdict::Unusable(why) => annotate(&Problem::error(why.clone()), &format!("{folder}/spec.yaml")),
            Verdict::Failed { faults, case } => {
                for fault in faults {
                    let place = if fault.in_spec {
                        case.spec_path.to_string_lossy().into_owned()
                    } else {
                        source.place(fault.problem.file.as_deref())
                    };
                    annotate(&fault.problem, &place);
                }
            }
        }
    }
    text
}

/// What `test --output json` prints.
#[derive(Debug, Serialize)]
struct Document<'a> {
    bundles: Vec<BundleShape<'a>>,
}

#[derive(Debug, Serialize)]
struct BundleShape<'a> {
    path: String,
    problems: Vec<json::ProblemShape<'a>>,
    cases: Vec<CaseShape<'a>>,
    ok: bool,
}

#[derive(Debug, Serialize)]
struct CaseShape<'a> {
    name: &'a str,
    updated: bool,
    differences: Vec<DifferenceShape<'a>>,
    problems: Vec<json::ProblemShape<'a>>,
    message: Option<&'a str>,
    ok: bool,
}

#[derive(Debug, Serialize)]
struct DifferenceShape<'a> {
    file: &'a str,
    change: &'static str,
    diff: Option<&'a str>,
}

impl<'a> Document<'a> {
    fn new(tested: &'a [Tested]) -> Self {
        let shape = |one: &'a Tested| BundleShape {
            path: one.checked.path.to_string_lossy().into_owned(),
            problems: json::problems(&one.checked.problems),
            cases: one.cases.iter().map(CaseShape::new).collect(),
            ok: one.ending() == crate::Ending::Good,
        };
        Self { bundles: tested.iter().map(shape).collect() }
    }
}

impl<'a> CaseShape<'a> {
    fn new(case: &'a Tried) -> Self {
        let mut shape = Self {
            name: &case.name,
            updated: matches!(case.verdict, Verdict::Updated),
            differences: Vec::new(),
            problems: Vec::new(),
            message: None,
            ok: case.ok(),
        };
        match &case.verdict {
            Verdict::Passed | Verdict::Updated => {}
            Verdict::Differs(differences) => {
                shape.differences = differences.iter().map(DifferenceShape::new).collect()
            }
            Verdict::Unrecorded => shape.message = Some("nothing is expected yet"),
            Verdict::Unusable(why) => shape.message = Some(why),
            Verdict::Failed { faults, .. } => {
                let problem = |fault: &'a super::rendering::Fault| {
                    let shape = json::ProblemShape::new(&fault.problem);
                    if fault.in_spec { shape.in_file("spec.yaml") } else { shape }
                };
                shape.problems = faults.iter().map(problem).collect();
            }
        }
        shape
    }
}

impl<'a> DifferenceShape<'a> {
    fn new(difference: &'a Difference) -> Self {
        let (change, diff) = match &difference.change {
            Change::Content(diff) => ("content", Some(diff.as_str())),
            Change::Bytes => ("content", None),
            Change::Missing => ("missing", None),
            Change::Unexpected => ("unexpected", None),
        };
        Self { file: &difference.file, change, diff }
    }
}
