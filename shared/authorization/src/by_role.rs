//! Policies by the roles that they are for, so that a call is judged by those alone that may be about its caller.
//!
//! Most policies let in whoever has a role: `when { principal.role == "developers" && … }`. Nobody else satisfies such a
//! policy, so for others it isn't looked at: what a decision costs grows with the policies of a role, not with the roles.
//! Policies that forbid are looked at for everybody, since one that can't be evaluated forbids, too; of those that permit,
//! one that can't be evaluated permits nothing.

use std::collections::{BTreeSet, HashMap};

use cedar_policy::{Effect, Policy, PolicySet as CedarSet};
use serde_json::Value;

/// Policies, each under the roles that it is for, or under none.
#[derive(Default)]
pub(crate) struct ByRole {
    /// For whom they are they tell only when they are evaluated.
    for_all: CedarSet,
    of_role: HashMap<String, CedarSet>,
}

impl ByRole {
    pub(crate) fn new<'a>(policies: impl Iterator<Item = &'a Policy>) -> Self {
        let mut sorted = Self::default();
        for policy in policies {
            match roles(policy) {
                None => put(&mut sorted.for_all, policy),
                Some(roles) => {
                    for role in roles {
                        put(sorted.of_role.entry(role).or_default(), policy);
                    }
                }
            }
        }
        sorted
    }

    /// What may be about a caller with this role. All that forbids is in the first set.
    pub(crate) fn about(&self, role: &str) -> impl Iterator<Item = &CedarSet> {
        std::iter::once(&self.for_all).chain(self.of_role.get(role))
    }

    /// As if no policy told for whom it is.
    #[cfg(test)]
    pub(crate) fn unsorted(policies: &CedarSet) -> Self {
        Self { for_all: policies.clone(), of_role: HashMap::new() }
    }
}

/// Ids are of one set, in which no two are the same.
fn put(set: &mut CedarSet, policy: &Policy) {
    let added = set.add(policy.clone());
    debug_assert!(added.is_ok(), "{} is there twice", policy.id());
}

/// The roles without which a policy permits nothing; nothing for one that forbids, or that isn't bound to roles.
fn roles(policy: &Policy) -> Option<BTreeSet<String>> {
    if policy.effect() == Effect::Forbid {
        return None;
    }
    let json = policy.to_json().ok()?;
    let conditions = json["conditions"].as_array()?.iter();
    conditions.filter(|condition| condition["kind"] == "when").find_map(|when| required(&when["body"]))
}

/// The roles of which a caller must have one for an expression to be true.
fn required(expression: &Value) -> Option<BTreeSet<String>> {
    let (operator, operands) = expression.as_object()?.iter().next()?;
    let (left, right) = (&operands["left"], &operands["right"]);
    match operator.as_str() {
        "&&" => required(left).or_else(|| required(right)),
        "==" if is_role(left) => Some(BTreeSet::from([text(right)?])),
        "==" if is_role(right) => Some(BTreeSet::from([text(left)?])),
        "contains" if is_role(right) => left["Set"].as_array()?.iter().map(text).collect(),
        _ => None,
    }
}

/// Whether an expression is `principal.role`.
fn is_role(expression: &Value) -> bool {
    let access = &expression["."];
    access["left"]["Var"] == "principal" && access["attr"] == "role"
}

fn text(expression: &Value) -> Option<String> {
    expression["Value"].as_str().map(ToOwned::to_owned)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::is("permit (principal, action, resource) when { principal.role == \"a\" };", Some("a"))]
    #[case::turned("permit (principal, action, resource) when { \"a\" == principal.role };", Some("a"))]
    #[case::one_of(
        "permit (principal, action, resource) when { [\"a\", \"b\"].contains(principal.role) };",
        Some("a b")
    )]
    #[case::and(
        "permit (principal, action, resource) when { resource is Service && context has x && principal.role == \"a\" };",
        Some("a")
    )]
    #[case::second(
        "permit (principal, action, resource) when { resource is Service } when { principal.role == \"a\" };",
        Some("a")
    )]
    #[case::nobody("permit (principal, action, resource) when { [].contains(principal.role) };", Some(""))]
    #[case::or(
        "permit (principal, action, resource) when { principal.role == \"a\" || resource is Service };",
        None
    )]
    #[case::not("permit (principal, action, resource) when { !(principal.role == \"a\") };", None)]
    #[case::unless("permit (principal, action, resource) unless { principal.role == \"a\" };", None)]
    #[case::like("permit (principal, action, resource) when { principal.role like \"a*\" };", None)]
    #[case::other("permit (principal, action, resource) when { principal.user == \"a\" };", None)]
    #[case::of_resource("permit (principal, action, resource) when { resource.role == \"a\" };", None)]
    #[case::computed(
        "permit (principal, action, resource) when { [principal.user, \"a\"].contains(principal.role) };",
        None
    )]
    #[case::branch(
        "permit (principal, action, resource) when { if principal.role == \"a\" then true else true };",
        None
    )]
    #[case::everybody("permit (principal, action, resource);", None)]
    #[case::forbids("forbid (principal, action, resource) when { principal.role == \"a\" };", None)]
    fn a_policy_is_for_the_roles_that_it_needs(#[case] policy: &str, #[case] expected: Option<&str>) {
        let policy: Policy = policy.parse().expect("a policy");
        let expected = expected.map(|roles| roles.split_whitespace().map(ToOwned::to_owned).collect());
        assert_eq!(roles(&policy), expected);
    }
}
