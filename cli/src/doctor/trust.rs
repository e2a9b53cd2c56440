//! Trust policies of roles, judged without asking anybody.

use serde_json::Value;

/// How a role's trust policy stands to an installation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Trust {
    /// It trusts the principal, with the external id.
    Whole,
    /// It trusts the principal under no external id: another installation's owner could make ours use this role.
    WithoutExternalId,
    /// It trusts the principal under another external id.
    OtherExternalId,
    /// It trusts a principal that was deleted since: IAM shows its unique id.
    DeletedPrincipal,
    /// It doesn't trust the principal.
    Absent,
    /// It is no policy.
    Unreadable,
}

/// Judges a trust policy, as JSON.
pub(super) fn judge(policy: &str, principal: &str, external_id: &str) -> Trust {
    let Ok(policy) = serde_json::from_str::<Value>(policy) else { return Trust::Unreadable };
    let statements = listed(&policy["Statement"]);
    let assumes = |statement: &&Value| {
        statement["Effect"] == "Allow"
            && texts(&statement["Action"]).any(|action| matches!(action, "sts:AssumeRole" | "sts:*" | "*"))
    };
    let assuming: Vec<&Value> = statements.into_iter().filter(assumes).collect();
    let naming = |wanted: &dyn Fn(&str) -> bool| -> Vec<&&Value> {
        assuming.iter().filter(|statement| principals(statement).any(wanted)).collect()
    };
    let ours = naming(&|named| names(named, principal));
    if ours.iter().any(|statement| is_bound(statement, external_id)) {
        return Trust::Whole;
    }
    if ours.iter().any(|statement| external_ids(statement).next().is_none()) {
        return Trust::WithoutExternalId;
    }
    if !ours.is_empty() {
        return Trust::OtherExternalId;
    }
    let deleted = |named: &str| named.starts_with("AROA") || named.starts_with("AIDA");
    if naming(&deleted).is_empty() { Trust::Absent } else { Trust::DeletedPrincipal }
}

/// Whether a principal of a policy is this role, or the whole account that it is in.
fn names(named: &str, principal: &str) -> bool {
    let account = principal.split(':').nth(4).unwrap_or_default();
    named == principal
        || named == "*"
        || (!account.is_empty() && (named == account || named.ends_with(&format!(":{account}:root"))))
}

fn is_bound(statement: &Value, external_id: &str) -> bool {
    external_ids(statement).any(|known| known == external_id)
}

/// The external ids that a statement asks for.
fn external_ids(statement: &Value) -> impl Iterator<Item = &str> {
    let conditions = statement["Condition"].as_object().into_iter().flat_map(serde_json::Map::values);
    let pairs = conditions.filter_map(Value::as_object).flatten();
    pairs.filter(|(key, _)| key.eq_ignore_ascii_case("sts:ExternalId")).flat_map(|(_, value)| texts(value))
}

fn principals(statement: &Value) -> impl Iterator<Item = &str> {
    let all = statement["Principal"].as_str();
    all.into_iter().chain(texts(&statement["Principal"]["AWS"]))
}

fn listed(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(values) => values.iter().collect(),
        Value::Null => Vec::new(),
        other => vec![other],
    }
}

/// A text, or the texts of a list.
fn texts(value: &Value) -> impl Iterator<Item = &str> {
    listed(value).into_iter().filter_map(Value::as_str)
}

/// The trust policy that a role needs, in one line.
pub(super) fn needed(principal: &str, external_id: &str) -> String {
    serde_json::json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": principal},
        "Condition": {"StringEquals": {"sts:ExternalId": external_id}},
    }]})
    .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    const PRINCIPAL: &str = "arn:aws:iam::111122223333:role/protium-ProvisioningPrincipal-1";

    fn statement(principal: &str, condition: &str) -> String {
        format!(
            r#"{{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{{"AWS":{principal}}}{condition}}}"#
        )
    }

    #[rstest]
    #[case::exact(&format!("\"{PRINCIPAL}\""), r#","Condition":{"StringEquals":{"sts:ExternalId":"id"}}"#, Trust::Whole)]
    #[case::among_others(&format!("[\"x\",\"{PRINCIPAL}\"]"), r#","Condition":{"StringEquals":{"sts:externalid":["a","id"]}}"#, Trust::Whole)]
    #[case::by_account(
        r#""arn:aws:iam::111122223333:root""#,
        r#","Condition":{"StringEquals":{"sts:ExternalId":"id"}}"#,
        Trust::Whole
    )]
    #[case::no_condition(&format!("\"{PRINCIPAL}\""), "", Trust::WithoutExternalId)]
    #[case::other_condition(&format!("\"{PRINCIPAL}\""), r#","Condition":{"Bool":{"aws:SecureTransport":"true"}}"#, Trust::WithoutExternalId)]
    #[case::other_id(&format!("\"{PRINCIPAL}\""), r#","Condition":{"StringEquals":{"sts:ExternalId":"ID"}}"#, Trust::OtherExternalId)]
    #[case::deleted(
        r#""AROAEXAMPLE""#,
        r#","Condition":{"StringEquals":{"sts:ExternalId":"id"}}"#,
        Trust::DeletedPrincipal
    )]
    #[case::somebody_else(r#""arn:aws:iam::999999999999:root""#, "", Trust::Absent)]
    fn trust_is_judged(#[case] principal: &str, #[case] condition: &str, #[case] expected: Trust) {
        let one = statement(principal, condition);
        let service =
            r#"{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"Service":"x.amazonaws.com"}}"#;
        for policy in [format!(r#"{{"Statement":{one}}}"#), format!(r#"{{"Statement":[{service},{one}]}}"#)] {
            assert_eq!(judge(&policy, PRINCIPAL, "id"), expected, "{policy}");
        }
    }

    #[test]
    fn what_is_no_trust_is_none() {
        let denied = statement(&format!("\"{PRINCIPAL}\""), "").replace("Allow", "Deny");
        assert_eq!(judge(&format!(r#"{{"Statement":{denied}}}"#), PRINCIPAL, "id"), Trust::Absent);
        for text in ["{}", "[]", "null", r#"{"Statement":7}"#] {
            assert_eq!(judge(text, PRINCIPAL, "id"), Trust::Absent, "{text}");
        }
        assert_eq!(judge("{", PRINCIPAL, "id"), Trust::Unreadable);
        assert_eq!(judge(&needed(PRINCIPAL, "id"), PRINCIPAL, "id"), Trust::Whole);
    }
}
