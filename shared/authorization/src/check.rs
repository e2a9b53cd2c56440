//! What may be wrong with policies, found before they are in force: by authors on their machines, and by the function
//! that hears of changed files.

use std::sync::OnceLock;

use cedar_policy::{Schema, ValidationMode, Validator};
use miette::Diagnostic;
pub use protium_domain::policy::PolicyProblem as Problem;

use crate::accepted::PolicyFile;
use crate::policies::PolicySet;
use crate::schema::schema;

/// Most files of a set.
pub const MOST_FILES: usize = 100;
/// Most bytes of all files together.
pub const MOST_BYTES: usize = 256 * 1024;
/// Most policies of a set: a call may have to look at each.
pub const MOST_POLICIES: usize = 500;
/// Most bytes of one policy.
const MOST_BYTES_OF_POLICY: usize = 8 * 1024;
/// Most brackets within each other, since Cedar reads them by recursion.
const MOST_BRACKETS: usize = 32;
/// Most operators of one policy: those in a row stand within each other, too.
const MOST_OPERATORS: usize = 100;

/// Checks a whole set: size, syntax, and by strict validation every type, attribute and action that policies name.
///
/// # Errors
/// Everything that is wrong, by file and line.
pub fn check(files: &[PolicyFile]) -> Result<PolicySet, Vec<Problem>> {
    let set = PolicySet::parse(files)?;
    let Some(validator) = validator() else {
        return Err(vec![of_set(
            "the schema can't be read".to_owned(),
            "report this: it is a defect of Protium",
        )]);
    };
    let result = validator.validate(&set.cedar, ValidationMode::Strict);
    let mut problems: Vec<_> = result
        .validation_errors()
        .map(|error| {
            let id = error.policy_id().to_string();
            let name = id.split_once('#').map_or(id.as_str(), |(file, _)| file);
            let file = files.iter().find(|file| file.name == name);
            file.map_or_else(|| of_set(error.to_string(), REMEDY), |file| problem_of(file, error))
        })
        .collect();
    problems.sort();
    problems.dedup();
    if problems.is_empty() { Ok(set) } else { Err(problems) }
}

/// Made once. Its text has nothing of the files in it, and tests read it, so there always is one.
fn validator() -> Option<&'static Validator> {
    static VALIDATOR: OnceLock<Option<Validator>> = OnceLock::new();
    let made = || Schema::from_cedarschema_str(&schema()).ok().map(|(known, _)| Validator::new(known));
    VALIDATOR.get_or_init(made).as_ref()
}

const REMEDY: &str = "see `protium policy schema` for what policies can speak of";

fn of_set(message: String, remedy: &str) -> Problem {
    Problem { file: "(all files)".to_owned(), line: None, message, remedy: remedy.to_owned() }
}

/// What Cedar says of a file.
pub(crate) fn problem_of(file: &PolicyFile, error: &(impl Diagnostic + ?Sized)) -> Problem {
    let offset = error.labels().and_then(|mut labels| labels.next()).map(|label| label.offset());
    let before = offset.and_then(|offset| file.text.as_bytes().get(..offset));
    let message = error.to_string();
    Problem {
        file: file.name.clone(),
        line: before.map(|before| before.iter().filter(|byte| **byte == b'\n').count() + 1),
        message: shortened(message.strip_prefix(&policy_prefix(&message)).unwrap_or(&message)),
        remedy: error.help().map_or_else(|| REMEDY.to_owned(), |help| shortened(&help.to_string())),
    }
}

/// Cedar begins some messages with the policy's id, which file and line tell better.
fn policy_prefix(message: &str) -> String {
    let id = message.strip_prefix("for policy `").and_then(|rest| rest.split_once("`, "));
    id.map_or_else(String::new, |(id, _)| format!("for policy `{id}`, "))
}

/// Messages quote what authors wrote, which may be long.
fn shortened(text: &str) -> String {
    const MOST: usize = 300;
    match text.char_indices().nth(MOST) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

/// What is too large to be read, so that no file costs more than a moment.
pub(crate) fn bounds(files: &[PolicyFile]) -> Vec<Problem> {
    let bytes: usize = files.iter().map(|file| file.text.len()).sum();
    let mut problems = Vec::new();
    if files.len() > MOST_FILES {
        problems.push(of_set(format!("there are {} files", files.len()), "have at most 100"));
    }
    if bytes > MOST_BYTES {
        problems.push(of_set(format!("the files have {bytes} bytes"), "have at most 262144 bytes in all"));
    }
    if !problems.is_empty() {
        return problems;
    }
    let mut policies = 0;
    for file in files {
        let measured = measure(&file.text);
        policies += measured.policies;
        problems.extend(measured.too_much.map(|(line, message, remedy)| Problem {
            file: file.name.clone(),
            line: Some(line),
            message: message.to_owned(),
            remedy: remedy.to_owned(),
        }));
    }
    if policies > MOST_POLICIES {
        problems.push(of_set(
            format!("there are {policies} policies"),
            "have at most 500: join those that are alike",
        ));
    }
    problems
}

struct Measured {
    policies: usize,
    too_much: Option<(usize, &'static str, &'static str)>,
}

/// What has been seen of one policy.
#[derive(Default)]
struct Extent {
    bytes: usize,
    brackets: usize,
    operators: usize,
}

impl Extent {
    fn too_much(&self) -> Option<(&'static str, &'static str)> {
        if self.brackets > MOST_BRACKETS {
            Some(("more than 32 brackets stand within each other", "write several policies"))
        } else if self.operators > MOST_OPERATORS {
            let remedy = "write several policies, or a set: [\"a\", \"b\"].contains(principal.role)";
            Some(("a policy has more than 100 operators", remedy))
        } else if self.bytes > MOST_BYTES_OF_POLICY {
            Some(("a policy has more than 8192 bytes", "write several policies"))
        } else {
            None
        }
    }
}

/// Looks over a text for its size and depth alone, knowing no more of the syntax than comments and texts in quotes.
fn measure(text: &str) -> Measured {
    let (mut policies, mut line, mut extent) = (0, 1, Extent::default());
    let mut rest = text.as_bytes();
    while let [byte, after @ ..] = rest {
        let length = match byte {
            b'"' => quoted(after) + 1,
            b'/' if after.starts_with(b"/") => {
                rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len())
            }
            byte if byte.is_ascii_alphabetic() => {
                rest.iter().position(|byte| !byte.is_ascii_alphanumeric()).unwrap_or(rest.len())
            }
            _ => 1,
        };
        let token = &rest[..length];
        match token {
            b"(" | b"[" | b"{" => extent.brackets += 1,
            b")" | b"]" | b"}" => extent.brackets = extent.brackets.saturating_sub(1),
            b"!" | b"+" | b"-" | b"*" | b"." | b"|" | b"&" | b"if" | b"when" | b"unless" => {
                // Both are written twice.
                extent.operators +=
                    if matches!(byte, b'|' | b'&') && !after.starts_with(&[*byte]) { 0 } else { 1 };
            }
            b";" => (policies, extent) = (policies + 1, Extent::default()),
            _ => {}
        }
        extent.bytes += length;
        if let Some((message, remedy)) = extent.too_much() {
            return Measured { policies, too_much: Some((line, message, remedy)) };
        }
        line += token.iter().filter(|byte| **byte == b'\n').count();
        rest = &rest[length..];
    }
    Measured { policies, too_much: None }
}

/// How many bytes there are to the end of a text in quotes, with the quote there.
fn quoted(text: &[u8]) -> usize {
    let mut escaped = false;
    let end = text.iter().position(|byte| {
        let ends = *byte == b'"' && !escaped;
        escaped = *byte == b'\\' && !escaped;
        ends
    });
    end.map_or(text.len(), |end| end + 1)
}
