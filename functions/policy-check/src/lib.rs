//! A policy file was changed or deleted: all of them are checked, and come into force together or not at all.
//!
//! The event only says that there is something to look at. The set in force is one object, which is replaced under the
//! condition that it is the one which was there before the files were listed: so of checks that run at the same moment
//! none can put older files over newer ones, however late it writes. Each writes another object, even for the same files.

use aws_lambda_events::eventbridge::EventBridgeEvent;
use protium_app::policies::policies_refused;
use protium_app::ports::{AcceptedPolicies, Policies, PolicyObject};
use protium_app::{App, Error, Result};
use protium_authorization::check::{MOST_BYTES, MOST_FILES};
use protium_authorization::{Accepted, PolicyFile, PolicySet, Problem, check};
use protium_domain::arn::Location;
use protium_runtime::About;
use serde::{Deserialize, Serialize};
use tracing::{info, warn};

/// How often a check begins again because another one was quicker; then the event is delivered again.
const ATTEMPTS: usize = 5;

/// `Object Created` and `Object Deleted` of EventBridge, as far as they are of use.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ObjectChanged {
    /// The object.
    pub object: Object,
}

/// The object.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Object {
    /// Its key.
    pub key: String,
}

/// Whose work it is: nobody's request, and it is about no resource of Proton's.
#[must_use]
pub fn about(_: &EventBridgeEvent<ObjectChanged>, _: &Location) -> About {
    About::default()
}

/// Checks the policies.
///
/// # Errors
/// [`Error`] when a service below fails, or others were quicker several times; Lambda delivers the event again.
pub async fn handle(
    app: &App,
    policies: &dyn Policies,
    event: EventBridgeEvent<ObjectChanged>,
) -> Result<()> {
    info!(key = event.detail.object.key, "a policy file was changed");
    for _ in 0..ATTEMPTS {
        let (tag, before) = accepted(policies).await?;
        match examined(policies.files(MOST_FILES + 1, MOST_BYTES).await?) {
            Ok((files, set)) => {
                let accepted = Accepted::after(before.as_ref(), files);
                let bytes = accepted.write().map_err(|error| Error::internal(error.to_string()))?;
                if policies.accept(bytes, tag.as_deref()).await? {
                    let names: Vec<_> = accepted.files.iter().map(|file| &file.name).collect();
                    info!(
                        generation = accepted.generation,
                        policies = set.count(),
                        ?names,
                        "the policies are in force"
                    );
                    return Ok(());
                }
            }
            Err(problems) => {
                for problem in &problems {
                    warn!(%problem, "the policies are refused; those before stay in force");
                }
                return policies_refused(app, &problems).await;
            }
        }
    }
    Err(Error::Conflict("the policies are being changed faster than they are checked".to_owned()))
}

/// What is in force, and how to tell it from what others put there.
async fn accepted(policies: &dyn Policies) -> Result<(Option<String>, Option<Accepted>)> {
    Ok(match policies.accepted(None).await? {
        // What can't be read, such as a set of another version of Protium, is replaced.
        AcceptedPolicies::Found { tag, bytes } => (Some(tag), Accepted::read(&bytes).ok()),
        AcceptedPolicies::Absent | AcceptedPolicies::Unchanged => (None, None),
    })
}

fn examined(objects: Vec<PolicyObject>) -> std::result::Result<(Vec<PolicyFile>, PolicySet), Vec<Problem>> {
    let mut files = Vec::new();
    let mut problems = Vec::new();
    for PolicyObject { name, bytes } in objects {
        let text = bytes.ok_or("it is too large: have at most 262144 bytes in all");
        let text = text.and_then(|bytes| String::from_utf8(bytes).map_err(|_| "it is no text in UTF-8"));
        match text {
            Ok(text) => files.push(PolicyFile { name, text }),
            Err(message) => problems.push(Problem {
                file: name,
                line: None,
                message: message.to_owned(),
                remedy: "put a policy file there, or delete it".to_owned(),
            }),
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    check(&files).map(|set| (files, set))
}

#[cfg(test)]
mod tests {
    use protium_app::ports::PortError;
    use protium_testkit::{MemoryPolicies, TestApp};

    use super::*;

    const CREATED: &str = include_str!("../../../events-samples/policy-check/object-created.json");
    const DELETED: &str = include_str!("../../../events-samples/policy-check/object-deleted.json");
    const GOOD: &str = "permit (principal, action, resource);";

    fn event(sample: &str) -> EventBridgeEvent<ObjectChanged> {
        serde_json::from_str(sample).expect("the sample is such an event")
    }

    fn in_force(policies: &MemoryPolicies) -> Option<(u64, Vec<String>)> {
        let accepted = Accepted::read(&policies.bytes()?).expect("a set");
        Some((accepted.generation, accepted.files.into_iter().map(|file| file.name).collect()))
    }

    #[tokio::test]
    async fn good_files_come_into_force_and_go_out_of_it() {
        let (test, policies) = (TestApp::new(), MemoryPolicies::default());
        policies.file("a.cedar", GOOD);
        policies.file("teams/b.cedar", "forbid (principal, action, resource);");
        handle(&test.app, &policies, event(CREATED)).await.expect("checked");
        assert_eq!(in_force(&policies), Some((1, vec!["a.cedar".to_owned(), "teams/b.cedar".to_owned()])));
        policies.lose("teams/b.cedar");
        handle(&test.app, &policies, event(DELETED)).await.expect("checked");
        assert_eq!(in_force(&policies), Some((2, vec!["a.cedar".to_owned()])));
        assert!(test.drain_effects().0.is_empty());
    }

    #[tokio::test]
    async fn one_broken_file_leaves_everything_as_it_was_and_is_told_of() {
        let (test, policies) = (TestApp::new(), MemoryPolicies::default());
        policies.file("a.cedar", GOOD);
        handle(&test.app, &policies, event(CREATED)).await.expect("checked");
        policies.file("a.cedar", "forbid (principal, action, resource);");
        policies.file(
            "b.cedar",
            "// two lines\npermit (principal, action == Action::\"proton:CreateEnviroment\", resource);",
        );
        handle(&test.app, &policies, event(CREATED)).await.expect("told");
        assert_eq!(in_force(&policies).map(|(generation, _)| generation), Some(1));
        let (events, _) = test.drain_effects();
        assert_eq!(events[0].detail_type, "Protium Policy Refused");
        let problem = &events[0].detail["problems"][0];
        assert_eq!((&problem["file"], &problem["line"]), (&"b.cedar".into(), &2.into()));
        assert!(
            problem["remedy"].as_str().is_some_and(|text| text.contains("proton:CreateEnvironment")),
            "{problem}"
        );
    }

    #[tokio::test]
    async fn what_is_no_text_is_refused() {
        let (test, policies) = (TestApp::new(), MemoryPolicies::default());
        policies.file("a.cedar", vec![0xff]);
        policies.file("b.cedar", " ".repeat(MOST_BYTES + 1));
        handle(&test.app, &policies, event(CREATED)).await.expect("told");
        let (events, _) = test.drain_effects();
        assert_eq!(events[0].detail["problems"].as_array().map(Vec::len), Some(2));
        assert_eq!(in_force(&policies), None);
    }

    #[tokio::test]
    async fn what_was_put_there_meanwhile_is_not_overwritten() {
        let (test, policies) = (TestApp::new(), MemoryPolicies::default());
        policies.seed("of another version of Protium");
        policies.file("a.cedar", GOOD);
        handle(&test.app, &policies, event(CREATED)).await.expect("checked");
        assert_eq!(in_force(&policies).map(|(generation, _)| generation), Some(1), "replaced");
        // Another check writes between reading and writing.
        policies.accept_meanwhile(Accepted::after(None, Vec::new()).write().expect("JSON"));
        handle(&test.app, &policies, event(CREATED)).await.expect("checked again");
        assert_eq!(in_force(&policies), Some((2, vec!["a.cedar".to_owned()])), "after the other one's");
    }

    #[tokio::test]
    async fn where_s3_fails_the_event_comes_again() {
        let (test, policies) = (TestApp::new(), MemoryPolicies::default());
        policies.fail_next(PortError::Failed { operation: "s3:GetObject", message: "no".to_owned() });
        assert!(handle(&test.app, &policies, event(CREATED)).await.is_err());
    }
}
