//! Proton's own filters (behaviour 6.3): outputs spliced into YAML.

use super::columns;
use super::failure::{Failure, Result, failure};
use super::repr::str_of;
use super::run::Engine;
use super::value::Val;
use crate::yaml::scalar;

/// The characters that are harmless in any place.
const SAFE_PATTERN: &str = "^[a-zA-Z0-9_-]*$";

/// Applies one of the four.
pub(super) fn apply(engine: &mut Engine, name: &str, value: &Val, raw: bool) -> Result<Val> {
    match name {
        "proton_cfn_sanitize" => sanitize(engine, value),
        "proton_cfn_iam_policy_arns" => iam_policy_arns(engine, value),
        "proton_cfn_ecs_task_definition_formatted_env_vars" => ecs_environment(engine, value, raw),
        _ => lambda_environment(engine, value, raw),
    }
}

/// `proton_cfn_sanitize`: the value itself, when it is harmless or an ARN.
fn sanitize(engine: &mut Engine, value: &Val) -> Result<Val> {
    let text = text(engine, value)?;
    if is_safe(&text) || is_arn(&text) {
        return Ok(Val::str(text));
    }
    Err(illegal(&text, " or be a valid ARN"))
}

/// `proton_cfn_iam_policy_arns`: a block list of the customer's own policies among the values; others are dropped.
fn iam_policy_arns(engine: &mut Engine, value: &Val) -> Result<Val> {
    let mut lines = Vec::new();
    for (_, value) in entries(engine, value)? {
        let text = text(engine, &value)?;
        if is_policy_arn(&text) {
            lines.push(format!("- {}", yaml_scalar(&text)));
        }
    }
    block(engine, &lines)
}

/// `proton_cfn_ecs_task_definition_formatted_env_vars`: `Name`/`Value` pairs as a block list.
fn ecs_environment(engine: &mut Engine, value: &Val, raw: bool) -> Result<Val> {
    let mut lines = Vec::new();
    for (name, value) in environment(engine, value, raw)? {
        lines.push(format!("- Name: {}", yaml_scalar(&name)));
        lines.push(format!("  Value: {}", yaml_scalar(&value)));
    }
    block(engine, &lines)
}

/// `proton_cfn_lambda_function_formatted_env_vars`: lines of a block mapping.
fn lambda_environment(engine: &mut Engine, value: &Val, raw: bool) -> Result<Val> {
    let lines: Vec<_> = environment(engine, value, raw)?
        .into_iter()
        .map(|(name, value)| format!("{}: {}", yaml_scalar(&name), yaml_scalar(&value)))
        .collect();
    block(engine, &lines)
}

fn block(engine: &mut Engine, lines: &[String]) -> Result<Val> {
    let block = columns::block(lines);
    engine.budget.memory(block.len())?;
    Ok(Val::str(block))
}

fn environment(engine: &mut Engine, value: &Val, raw: bool) -> Result<Vec<(String, String)>> {
    let mut variables = Vec::new();
    for (name, value) in entries(engine, value)? {
        let value = text(engine, &value)?;
        if !raw && !is_safe(&value) {
            return Err(illegal(&value, ""));
        }
        variables.push((name, value));
    }
    Ok(variables)
}

/// Names and values of a mapping, in its order. A single value or a list has no names.
fn entries(engine: &mut Engine, value: &Val) -> Result<Vec<(String, Val)>> {
    match value.defined()? {
        Val::Dict(dict) => {
            let entries = dict.borrow().entries.clone();
            entries.into_iter().map(|(key, value)| Ok((text(engine, &key)?, value))).collect()
        }
        Val::List(_) | Val::Tuple(_) | Val::Iter(_) | Val::View(..) => {
            let items = value.items(&mut engine.budget)?;
            Ok(items.into_iter().map(|item| (String::new(), item)).collect())
        }
        other => Ok(vec![(String::new(), other.clone())]),
    }
}

fn text(engine: &mut Engine, value: &Val) -> Result<String> {
    Ok(str_of(value.defined()?, &mut engine.budget)?.to_string())
}

fn illegal(value: &str, or: &str) -> Box<Failure> {
    let message =
        format!("Illegal character(s) detected in \"{value}\". Must match regex {SAFE_PATTERN}{or}");
    failure(message)
}

fn is_safe(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
}

/// `arn:partition:service:region:account:resource`, without anything that could leave a YAML scalar or a quoted string.
fn is_arn(text: &str) -> bool {
    let mut parts = text.splitn(6, ':');
    let mut word = |extra: &str, empty: bool| {
        parts.next().is_some_and(|part| {
            (empty || !part.is_empty())
                && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || extra.contains(c))
        })
    };
    let head = word("", false) && word("", false) && word(".", false) && word("", true) && word("", true);
    let tail = parts.next().is_some_and(|resource| {
        !resource.is_empty() && resource.chars().all(|c| c.is_ascii_graphic() && !"\"'`\\{}<>#".contains(c))
    });
    text.starts_with("arn:") && head && tail
}

/// `^arn:[a-zA-Z-]+:iam::\d{12}:policy/`, and nothing after it that could leave the line.
fn is_policy_arn(text: &str) -> bool {
    let mut parts = text.splitn(6, ':');
    let mut part = || parts.next().unwrap_or_default();
    part() == "arn"
        && {
            let partition = part();
            !partition.is_empty() && partition.chars().all(|c| c.is_ascii_alphabetic() || c == '-')
        }
        && part() == "iam"
        && part().is_empty()
        && {
            let account = part();
            account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit())
        }
        && part().starts_with("policy/")
}

/// The text as a YAML scalar that any reader takes for this text: plain where it can be, quoted where plain YAML would
/// change its type or its meaning.
fn yaml_scalar(text: &str) -> String {
    if text.chars().any(|c| c.is_control() || matches!(c, '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{feff}')) {
        return serde_json::Value::from(text).to_string();
    }
    let first_is_indicator = text.starts_with(|c: char| "!&*{}[],#|>@`\"'%=~".contains(c))
        || ["-", "?", ":"].iter().any(|i| text == *i || text.starts_with(&format!("{i} ")))
        || text.starts_with("---")
        || text.starts_with("...");
    let plain = !first_is_indicator
        && text.trim() == text
        && !text.contains(": ")
        && !text.contains(" #")
        && !text.ends_with(':')
        && !scalar::changes_type(text);
    if plain { text.to_owned() } else { format!("'{}'", text.replace('\'', "''")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use proptest::test_runner::RngSeed;

    #[test]
    fn arns_are_known_by_their_form() {
        for arn in ["arn:aws:s3:::bucket", "arn:aws:lambda:eu-west-1:111122223333:function:f:$LATEST"] {
            assert!(is_arn(arn), "{arn}");
        }
        for text in [
            "arn:aws:s3:::",
            "arn:aws:s3:::a b",
            "arn:aws:s3:::a\nb",
            "xarn:aws:s3:::b",
            "arn::s3:::b",
            "arn:aws:s3:::a\"b",
        ] {
            assert!(!is_arn(text), "{text}");
        }
    }

    #[test]
    fn only_policies_of_an_account_are_policies() {
        assert!(is_policy_arn("arn:aws-cn:iam::111122223333:policy/path/p"));
        for text in [
            "arn:aws:iam::aws:policy/ReadOnly",
            "arn:aws:iam::111122223333:role/r",
            "arn:aws:iam::11112222333:policy/p",
            "policy",
        ] {
            assert!(!is_policy_arn(text), "{text}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, rng_seed: RngSeed::Fixed(7), ..ProptestConfig::default() })]

        /// Whatever an output holds, YAML reads back that text.
        #[test]
        fn a_value_spliced_into_yaml_stays_what_it_is(text in "\\PC{0,30}") {
            prop_assert_eq!(read_back(&text), Some(text));
        }

        #[test]
        fn a_value_of_indicators_stays_what_it_is(text in "[-a:{}\\[\\],&*!|>'\"#%@`<~?= \n\t0-9.]{0,12}") {
            prop_assert_eq!(read_back(&text), Some(text));
        }
    }

    fn read_back(text: &str) -> Option<String> {
        let document = format!("a:\n  - Name: x\n    Value: {}\n", yaml_scalar(text));
        let root = crate::yaml::load(&document).ok()?;
        root.get("a")?.items()?.first()?.get("Value")?.string().map(str::to_owned)
    }
}
