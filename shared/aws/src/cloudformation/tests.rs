use std::sync::Arc;

use protium_app::ports::{
    ChangeSetState, CloudFormation, CloudFormationError, RoleAccess, StackChange, StackParameter,
    StackRequest, StackTemplate,
};
use protium_testkit::FixedClock;

use super::{BorrowedCloudFormation, Principal};
use crate::scripted::{Answer, Script};

macro_rules! assumed {
    ($key:literal) => {
        (
            200,
            concat!(
                "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>",
                $key,
                "</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>",
                "<Expiration>2999-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>"
            ),
        )
    };
}

macro_rules! error {
    ($status:literal, $code:literal, $message:literal) => {
        (
            $status,
            concat!(
                "<ErrorResponse><Error><Type>Sender</Type><Code>",
                $code,
                "</Code><Message>",
                $message,
                "</Message></Error><RequestId>1</RequestId></ErrorResponse>"
            ),
        )
    };
}

const PRINCIPAL: Answer = assumed!("PRINCIPAL");
const CUSTOMER: Answer = assumed!("CUSTOMER");
const DESCRIBED: Answer = (
    200,
    "<DescribeStacksResponse><DescribeStacksResult><Stacks><member><StackName>AWSProton-x</StackName>\
     <StackId>arn:aws:cloudformation:eu-west-1:1:stack/AWSProton-x/1</StackId>\
     <CreationTime>2026-01-01T00:00:00Z</CreationTime><StackStatus>CREATE_COMPLETE</StackStatus>\
     <Outputs><member><OutputKey>Url</OutputKey><OutputValue>https://x</OutputValue></member></Outputs>\
     </member></Stacks></DescribeStacksResult></DescribeStacksResponse>",
);
const ABSENT: Answer = error!(400, "ValidationError", "Stack with id AWSProton-x does not exist");

fn access() -> RoleAccess {
    RoleAccess {
        role_arn: "arn:aws:iam::111122223333:role/protium/deploy".to_owned(),
        session_name: "protium-d1".to_owned(),
    }
}

fn request() -> StackRequest {
    StackRequest {
        stack: "AWSProton-x".to_owned(),
        template: StackTemplate::Body("Resources: {}".to_owned()),
        parameters: vec![StackParameter { name: "Size".to_owned(), value: "a b".to_owned(), no_echo: true }],
        tags: vec![("proton:account".to_owned(), "111122223333".to_owned())],
        token: "d1-1".to_owned(),
    }
}

fn cloudformation(script: &Script, principal: Option<&str>) -> BorrowedCloudFormation {
    let principal =
        Principal { role_arn: principal.map(ToOwned::to_owned), external_id: "external-7".to_owned() };
    BorrowedCloudFormation::new(&script.connection(), principal, Arc::new(FixedClock::default()))
}

#[tokio::test]
async fn roles_are_chained_and_their_credentials_kept() {
    let script = Script::new([PRINCIPAL, CUSTOMER, DESCRIBED, DESCRIBED]);
    let cloudformation = cloudformation(&script, Some("arn:aws:iam::999:role/principal"));
    for _ in 0..2 {
        let stack =
            cloudformation.describe(&access(), "AWSProton-x").await.expect("an answer").expect("there");
        assert_eq!(stack.outputs, [("Url".to_owned(), "https://x".to_owned())]);
    }
    let sent = script.sent();
    assert!(sent[0].body.contains("role%2Fprincipal") && sent[0].authorization.contains("FUNCTION/"));
    assert!(sent[1].body.contains("role%2Fprotium%2Fdeploy") && sent[1].authorization.contains("PRINCIPAL/"));
    assert!(sent[1].body.contains("ExternalId=external-7") && sent[1].body.contains("protium-d1"));
    assert!(sent[2].authorization.contains("CUSTOMER/") && sent[3].authorization.contains("CUSTOMER/"));
}

#[tokio::test]
async fn a_process_that_is_the_principal_skips_the_first_hop() {
    let script = Script::new([CUSTOMER, DESCRIBED]);
    let cloudformation = cloudformation(&script, None);
    cloudformation.describe(&access(), "AWSProton-x").await.expect("an answer");
    assert!(script.sent()[0].authorization.contains("FUNCTION/"));
}

#[tokio::test]
async fn a_role_that_does_not_trust_the_principal_is_named() {
    let denied = error!(403, "AccessDenied", "not authorized to perform: sts:AssumeRole");
    let script = Script::new([PRINCIPAL, denied]);
    let cloudformation = cloudformation(&script, Some("arn:aws:iam::999:role/principal"));
    let error = cloudformation.describe(&access(), "x").await.expect_err("refused");
    assert!(matches!(&error, CloudFormationError::RoleNotAssumable { role_arn, message }
        if *role_arn == access().role_arn && message.contains("sts:AssumeRole")));
}

/// The installation's own fault says nothing about the customer's role.
#[tokio::test(start_paused = true)]
async fn a_function_that_cannot_become_the_principal_blames_no_role() {
    let denied = error!(403, "AccessDenied", "not authorized");
    let script = Script::new([denied]);
    let cloudformation = cloudformation(&script, Some("arn:aws:iam::999:role/principal"));
    let error = cloudformation.describe(&access(), "x").await.expect_err("refused");
    assert!(matches!(error, CloudFormationError::Unavailable(_)), "{error}");
}

#[tokio::test]
async fn a_stack_that_is_not_there_is_nothing() {
    let script = Script::new([CUSTOMER, ABSENT, ABSENT]);
    let cloudformation = cloudformation(&script, None);
    assert_eq!(cloudformation.describe(&access(), "x").await.expect("an answer"), None);
    cloudformation.delete(&access(), "x", &[], "t").await.expect("deleting what is gone succeeds");
}

#[tokio::test]
async fn creating_what_exists_finds_it() {
    let exists = error!(400, "AlreadyExistsException", "Stack [AWSProton-x] already exists");
    let script = Script::new([CUSTOMER, exists, DESCRIBED]);
    let arn = cloudformation(&script, None).create(&access(), &request()).await.expect("ours");
    assert_eq!(arn, "arn:aws:cloudformation:eu-west-1:1:stack/AWSProton-x/1");
    let body = &script.sent()[1].body;
    for part in [
        "CAPABILITY_NAMED_IAM",
        "CAPABILITY_AUTO_EXPAND",
        "ClientRequestToken=d1-1",
        "proton%3Aaccount",
        "Parameters.member.1.ParameterKey=Size",
        "Parameters.member.1.ParameterValue=a%20b",
    ] {
        assert!(body.contains(part), "{part} in {body}");
    }
}

#[tokio::test]
async fn updates_tell_whether_anything_began() {
    let none = error!(400, "ValidationError", "No updates are to be performed.");
    let busy =
        error!(400, "ValidationError", "Stack:arn is in UPDATE_IN_PROGRESS state and can not be updated.");
    let begun = (
        200,
        "<UpdateStackResponse><UpdateStackResult><StackId>arn</StackId></UpdateStackResult></UpdateStackResponse>",
    );
    let script = Script::new([CUSTOMER, none, begun, busy]);
    let cloudformation = cloudformation(&script, None);
    let (access, request) = (access(), request());
    assert_eq!(cloudformation.update(&access, &request).await.expect("fine"), StackChange::Unchanged);
    assert_eq!(cloudformation.update(&access, &request).await.expect("fine"), StackChange::Started);
    let error = cloudformation.update(&access, &request).await.expect_err("busy");
    assert!(script.sent()[2].body.contains("Parameters.member.1.ParameterKey=Size"));
    assert!(matches!(error, CloudFormationError::Refused(text) if text.contains("can not be updated")));
}

#[tokio::test]
async fn resources_of_all_pages_are_listed() {
    let first = (
        200,
        "<ListStackResourcesResponse><ListStackResourcesResult><StackResourceSummaries>\
        <member><LogicalResourceId>A</LogicalResourceId><PhysicalResourceId>a-1</PhysicalResourceId><ResourceType>T</ResourceType><LastUpdatedTimestamp>2026-01-01T00:00:00Z</LastUpdatedTimestamp><ResourceStatus>CREATE_COMPLETE</ResourceStatus></member>\
        <member><LogicalResourceId>Gone</LogicalResourceId><PhysicalResourceId>g</PhysicalResourceId><ResourceType>T</ResourceType><LastUpdatedTimestamp>2026-01-01T00:00:00Z</LastUpdatedTimestamp><ResourceStatus>DELETE_COMPLETE</ResourceStatus></member>\
        </StackResourceSummaries><NextToken>more</NextToken></ListStackResourcesResult></ListStackResourcesResponse>",
    );
    let last = (
        200,
        "<ListStackResourcesResponse><ListStackResourcesResult><StackResourceSummaries>\
        <member><LogicalResourceId>B</LogicalResourceId><PhysicalResourceId>b-1</PhysicalResourceId><ResourceType>T</ResourceType><LastUpdatedTimestamp>2026-01-01T00:00:00Z</LastUpdatedTimestamp><ResourceStatus>CREATE_COMPLETE</ResourceStatus></member>\
        </StackResourceSummaries></ListStackResourcesResult></ListStackResourcesResponse>",
    );
    let script = Script::new([CUSTOMER, first, last]);
    let resources = cloudformation(&script, None).resources(&access(), "x").await.expect("listed");
    let names: Vec<_> =
        resources.iter().map(|resource| (resource.name.as_str(), resource.identifier.as_str())).collect();
    assert_eq!(names, [("A", "a-1"), ("B", "b-1")]);
}

const CHANGES: Answer = (
    200,
    "<DescribeChangeSetResponse><DescribeChangeSetResult><Status>CREATE_COMPLETE</Status><Changes><member>\
     <Type>Resource</Type><ResourceChange><Action>Modify</Action><LogicalResourceId>Topic</LogicalResourceId>\
     <PhysicalResourceId>t</PhysicalResourceId><ResourceType>AWS::SNS::Topic</ResourceType>\
     <Replacement>False</Replacement><Scope><member>Tags</member></Scope><Details><member><Target>\
     <Attribute>Tags</Attribute><RequiresRecreation>Never</RequiresRecreation></Target></member></Details>\
     </ResourceChange></member></Changes><NextToken>more</NextToken></DescribeChangeSetResult>\
     </DescribeChangeSetResponse>",
);
const NO_CHANGES: Answer = (
    200,
    "<DescribeChangeSetResponse><DescribeChangeSetResult><Status>FAILED</Status><StatusReason>The submitted \
     information didn't contain changes. Submit different information to create a change set.</StatusReason>\
     </DescribeChangeSetResult></DescribeChangeSetResponse>",
);
const LAST_PAGE: Answer = (
    200,
    "<DescribeChangeSetResponse><DescribeChangeSetResult><Status>CREATE_COMPLETE</Status><Changes><member>\
     <Type>Resource</Type><ResourceChange><Action>Remove</Action><LogicalResourceId>Queue</LogicalResourceId>\
     <ResourceType>AWS::SQS::Queue</ResourceType></ResourceChange></member></Changes></DescribeChangeSetResult>\
     </DescribeChangeSetResponse>",
);
const NO_CHANGE_SET: Answer = error!(404, "ChangeSetNotFound", "ChangeSet [x] does not exist");

#[tokio::test]
async fn change_sets_are_read_to_their_last_page() {
    let script =
        Script::new([PRINCIPAL, CUSTOMER, CHANGES, LAST_PAGE, NO_CHANGES, NO_CHANGE_SET, NO_CHANGE_SET]);
    let cloudformation = cloudformation(&script, Some("arn:aws:iam::999:role/principal"));
    let found = cloudformation.change_set(&access(), "s", "c").await.expect("an answer");
    let Some(ChangeSetState::Ready(changes)) = found else { panic!("computed") };
    assert_eq!(changes.len(), 2);
    assert!(changes[0].is_of_tags_alone() && !changes[1].is_of_tags_alone());
    let empty = cloudformation.change_set(&access(), "s", "c").await.expect("an answer");
    assert_eq!(empty, Some(ChangeSetState::Ready(Vec::new())));
    assert_eq!(cloudformation.change_set(&access(), "s", "c").await.expect("an answer"), None);
    cloudformation.change_set_delete(&access(), "s", "c").await.expect("what is gone is gone");
}
