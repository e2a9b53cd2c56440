//! A set of policies, read once, that answers whether a call is allowed.

use cedar_policy::{
    AuthorizationError, Authorizer, Decision, Effect, Policy, PolicyId, PolicySet as CedarSet,
};
use protium_domain::arn::Location;
use protium_wire::Operation;
use serde_json::Value;

use crate::accepted::PolicyFile;
use crate::by_role::ByRole;
use crate::check::{Problem, bounds, problem_of};
use crate::denial::Denial;
use crate::entities::{Case, Vocabulary, action_of};
use crate::principal::Principal;
use crate::request::{Call, Facts};
use crate::schema::{PASS_ROLE, action, groups};

/// Policies of several files. Each has the id `FILE#NAME`, by its annotation `@id("NAME")`, or `FILE#NUMBER`.
pub struct PolicySet {
    pub(crate) cedar: CedarSet,
    by_role: ByRole,
    authorizer: Authorizer,
    vocabulary: Vocabulary,
    reads_records: bool,
}

impl PolicySet {
    /// Reads files, and nothing but their syntax: what the words mean is for [`crate::check`].
    ///
    /// # Errors
    /// Everything that is wrong, by file and line.
    pub fn parse(files: &[PolicyFile]) -> Result<Self, Vec<Problem>> {
        let mut problems = bounds(files);
        if !problems.is_empty() {
            return Err(problems);
        }
        let mut cedar = CedarSet::new();
        for file in files {
            match policies(file) {
                Ok(policies) => problems.extend(policies.into_iter().filter_map(|policy| {
                    let id = policy.id().to_string();
                    let twice = cedar.add(policy).is_err();
                    twice.then(|| Problem {
                        file: file.name.clone(),
                        line: None,
                        message: format!("two policies have the id {id}"),
                        remedy: "give each of them another @id".to_owned(),
                    })
                })),
                Err(wrong) => problems.extend(wrong),
            }
        }
        let reads_records = cedar.policies().any(reads_records);
        match Vocabulary::new() {
            Some(vocabulary) if problems.is_empty() => {
                let (by_role, authorizer) = (ByRole::new(cedar.policies()), Authorizer::new());
                Ok(Self { cedar, by_role, authorizer, vocabulary, reads_records })
            }
            _ => Err(problems),
        }
    }

    /// How many policies there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.cedar.num_of_policies()
    }

    /// Whether any policy asks for tags of resources or for templates: only then [`Facts`] have to be looked up.
    #[must_use]
    pub const fn reads_records(&self) -> bool {
        self.reads_records
    }

    /// Decides about a call: its operation on its resource; `proton:TagResource` there, too, when it carries tags; and
    /// `iam:PassRole` on each role that it names (behaviour 11). The ids of the policies that allow the operation.
    ///
    /// # Errors
    /// [`Denial`] with the first of these that isn't allowed. A policy that forbids and can't be evaluated forbids.
    pub fn authorize(
        &self,
        principal: &Principal<'_>,
        call: &Call,
        facts: &Facts,
        location: &Location,
    ) -> Result<Vec<String>, Denial> {
        let (name, groups_of) = action_of(call);
        let case = self.vocabulary.call(principal, &name, &groups_of, call, facts, location);
        let allowed = self.decide(principal, case, &name, &call.arn)?;
        if !call.tags.is_empty() && call.operation != Operation::TagResource {
            let tag = Operation::TagResource;
            let case = self.vocabulary.call(principal, &action(tag), &groups(tag), call, facts, location);
            self.decide(principal, case, &action(tag), &call.arn)?;
        }
        for role in &call.roles {
            let case = self.vocabulary.pass_role(principal, role, call, facts, location);
            self.decide(principal, case, PASS_ROLE, role)?;
        }
        Ok(allowed)
    }

    fn decide(
        &self,
        principal: &Principal<'_>,
        case: Case,
        action: &str,
        resource: &str,
    ) -> Result<Vec<String>, Denial> {
        let denial = |forbidden_by| Denial {
            principal: principal.arn.to_owned(),
            action: action.to_owned(),
            resource: resource.to_owned(),
            forbidden_by,
        };
        let Some((request, entities)) = case else { return Err(denial(Vec::new())) };
        let (mut failed, mut forbidding, mut allowing) = (Vec::new(), Vec::new(), Vec::new());
        for policies in self.by_role.about(principal.role()) {
            let response = self.authorizer.is_authorized(&request, policies, &entities);
            let diagnostics = response.diagnostics();
            let errors = diagnostics.errors();
            let of = errors.map(|AuthorizationError::PolicyEvaluationError(error)| error.policy_id());
            failed.extend(of.filter(|id| self.forbids(id)).map(ToString::to_string));
            let deciding = diagnostics.reason().map(ToString::to_string);
            match response.decision() {
                Decision::Allow => allowing.extend(deciding),
                Decision::Deny => forbidding.extend(deciding),
            }
        }
        forbidding.sort();
        allowing.sort();
        failed.append(&mut forbidding);
        // Nothing allows what environment accounts do but their being listed; policies can only take from it.
        let allows = !allowing.is_empty() || principal.is_environment_account;
        if allows && failed.is_empty() { Ok(allowing) } else { Err(denial(failed)) }
    }

    fn forbids(&self, id: &PolicyId) -> bool {
        self.cedar.policy(id).is_none_or(|policy| policy.effect() == Effect::Forbid)
    }
}

impl std::fmt::Debug for PolicySet {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("PolicySet").field("count", &self.count()).finish_non_exhaustive()
    }
}

/// The policies of a file, with their ids.
fn policies(file: &PolicyFile) -> Result<Vec<Policy>, Vec<Problem>> {
    let parsed: CedarSet = match file.text.parse() {
        Ok(parsed) => parsed,
        Err(errors) => {
            let errors: &cedar_policy::ParseErrors = &errors;
            return Err(errors.iter().map(|error| problem_of(file, error)).collect());
        }
    };
    if let Some(template) = parsed.templates().next() {
        return Err(vec![Problem {
            file: file.name.clone(),
            line: None,
            message: format!("{} is a template: it has ?principal or ?resource in it", template.id()),
            remedy: "write out whom and what the policy is about".to_owned(),
        }]);
    }
    let named = parsed.policies().map(|policy| {
        let number: usize = policy.id().to_string().trim_start_matches("policy").parse().unwrap_or_default();
        let name = policy.annotation("id").map_or_else(|| (number + 1).to_string(), ToOwned::to_owned);
        policy.new_id(PolicyId::new(format!("{}#{name}", file.name)))
    });
    Ok(named.collect())
}

/// Whether a policy asks for what only the record of a resource tells. A policy that can't be looked into might.
fn reads_records(policy: &Policy) -> bool {
    policy.to_json().map_or(true, |json| asks_for_records(&json))
}

fn asks_for_records(json: &Value) -> bool {
    const KEYS: [&str; 2] = ["proton:EnvironmentTemplate", "proton:ServiceTemplate"];
    match json {
        Value::Object(members) => members.iter().any(|(name, value)| match name.as_str() {
            "hasTag" | "getTag" if !is_of_request(value) => true,
            "attr" => value.as_str().is_some_and(|attribute| KEYS.contains(&attribute)),
            _ => asks_for_records(value),
        }),
        Value::Array(items) => items.iter().any(asks_for_records),
        _ => false,
    }
}

/// Whether it is the tags of the request that are asked for.
fn is_of_request(operands: &Value) -> bool {
    operands["left"]["."]["attr"] == "aws:RequestTag" && operands["left"]["."]["left"]["Var"] == "context"
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample::select;
    use proptest::test_runner::{Config, RngSeed};
    use serde_json::json;

    use super::*;

    /// Conditions, among them such that can't be evaluated for some requests.
    fn conditions() -> impl Strategy<Value = String> {
        let one = select(vec![
            "principal.role == \"a\"",
            "\"b\" == principal.role",
            "[\"a\", \"b\"].contains(principal.role)",
            "principal.user == \"root\"",
            "principal.role like \"b*\"",
            "resource is Service",
            "context[\"aws:TagKeys\"].contains(\"team\")",
            "context[\"proton:ServiceTemplate\"] like \"*web\"",
            "true",
        ]);
        one.prop_map(ToOwned::to_owned).prop_recursive(3, 8, 2, |inner| {
            prop_oneof![
                3 => (inner.clone(), inner.clone()).prop_map(|(left, right)| format!("({left} && {right})")),
                1 => (inner.clone(), inner.clone()).prop_map(|(left, right)| format!("({left} || {right})")),
                1 => inner.prop_map(|inner| format!("!({inner})")),
            ]
        })
    }

    fn policies() -> impl Strategy<Value = String> {
        let effect = prop_oneof![5 => Just("permit"), 1 => Just("forbid")];
        let action = select(vec![
            "action",
            "action == Action::\"proton:CreateService\"",
            "action in Action::\"read\"",
            "action in [Action::\"service\", Action::\"iam:PassRole\"]",
        ]);
        let kind = prop_oneof![5 => Just("when"), 1 => Just("unless")];
        let conditions = vec((kind, conditions()), 0..3).prop_map(|conditions| {
            let texts = conditions.into_iter().map(|(kind, text)| format!(" {kind} {{ {text} }}"));
            texts.collect::<String>()
        });
        (effect, action, conditions)
            .prop_map(|(effect, action, when)| format!("{effect} (principal, {action}, resource){when};\n"))
    }

    proptest! {
        #![proptest_config(Config {
            cases: 64, rng_seed: RngSeed::Fixed(7), failure_persistence: None, ..Config::default()
        })]

        /// Whoever looks at the policies of the caller's role alone decides as one who looks at all of them.
        #[test]
        fn what_is_not_looked_at_would_decide_nothing(policies in vec(policies(), 1..12)) {
            let file = PolicyFile { name: "a.cedar".to_owned(), text: policies.concat() };
            let mut set = PolicySet::parse(&[file]).expect("they parse");
            let location = Location {
                partition: "aws".to_owned(), region: "eu-west-1".to_owned(), account: "111122223333".to_owned(),
            };
            let create = json!({"name": "shop", "templateName": "web", "tags": [{"key": "team", "value": "x"}]});
            let update = json!({"pipelineServiceRoleArn": "arn:aws:iam::111122223333:role/pipelines"});
            let calls = [
                Call::of(Operation::GetService, &json!({"name": "shop"}), &location),
                Call::of(Operation::CreateService, &create, &location),
                Call::of(Operation::UpdateAccountSettings, &update, &location),
            ];
            let by_role = answers(&set, &calls, &location);
            set.by_role = ByRole::unsorted(&set.cedar);
            prop_assert_eq!(by_role, answers(&set, &calls, &location));
        }
    }

    /// What everybody is answered who asks for these.
    fn answers(set: &PolicySet, calls: &[Call], location: &Location) -> Vec<String> {
        let mut answers = Vec::new();
        for caller in
            ["sts::assumed-role/a/x", "sts::assumed-role/b/x", "sts::assumed-role/c/x", "iam::user/root"]
        {
            let arn = format!("arn:aws:{}", caller.replace("::", "::111122223333:"));
            for is_environment_account in [false, true] {
                let principal = Principal { arn: &arn, account: "111122223333", is_environment_account };
                for call in calls {
                    let answer = set.authorize(&principal, call, &Facts::default(), location);
                    answers.push(format!("{arn} {:?}: {answer:?}", call.operation));
                }
            }
        }
        answers
    }
}
