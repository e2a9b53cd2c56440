//! Each constraint of the model is reported in AWS's words, and all that are broken at once.

use protium_wire::{
    ErrorCode, WireError,
    component::CreateComponentInput,
    decode,
    environment::{CreateEnvironmentInput, ListEnvironmentsInput, UpdateEnvironmentInput},
    environment_template::CreateEnvironmentTemplateVersionInput,
    service_template::UpdateServiceTemplateVersionInput,
    tag::{TagResourceInput, UntagResourceInput},
};
use rstest::rstest;
use serde_json::{Value, json};

const NAME_PATTERN: &str = r"^[0-9A-Za-z]+[0-9A-Za-z_\-]*$";

fn environment(change: Value) -> Value {
    let mut input = json!({
        "name": "staging", "spec": "proton: EnvironmentSpec", "templateName": "vpc", "templateMajorVersion": "1",
    });
    for (name, value) in change.as_object().unwrap() {
        input[name] = value.clone();
    }
    input
}

#[rstest]
#[case::missing(json!({"name": null}), "Value null at 'name' failed to satisfy constraint: Member must not be null")]
#[case::too_long(
    json!({"name": "n".repeat(101)}),
    &format!("Value '{}' at 'name' failed to satisfy constraint: Member must have length less than or equal to 100",
        "n".repeat(101))
)]
#[case::pattern(
    json!({"name": "-a"}),
    &format!("Value '-a' at 'name' failed to satisfy constraint: \
        Member must satisfy regular expression pattern: {NAME_PATTERN}")
)]
#[case::pattern_wants_all_of_it(
    json!({"name": "a\nb"}),
    &format!("Value 'a\nb' at 'name' failed to satisfy constraint: \
        Member must satisfy regular expression pattern: {NAME_PATTERN}")
)]
#[case::sensitive_is_not_quoted(
    json!({"spec": ""}),
    "Value at 'spec' failed to satisfy constraint: Member must have length greater than or equal to 1"
)]
#[case::sensitive_and_missing(
    json!({"spec": null}), "Value null at 'spec' failed to satisfy constraint: Member must not be null"
)]
#[case::element_of_a_list(
    json!({"tags": [{"key": "a", "value": "b"}, {"key": "", "value": "b"}]}),
    "Value '' at 'tags.2.member.key' failed to satisfy constraint: \
        Member must have length greater than or equal to 1"
)]
#[case::missing_in_an_element(
    json!({"tags": [{"key": "a"}]}),
    "Value null at 'tags.1.member.value' failed to satisfy constraint: Member must not be null"
)]
#[case::null_element(
    json!({"tags": [null]}), "Value null at 'tags.1.member' failed to satisfy constraint: Member must not be null"
)]
#[case::nested(
    json!({"provisioningRepository": {"name": "a/b", "provider": "GITLAB", "branch": "main"}}),
    "Value 'GITLAB' at 'provisioningRepository.provider' failed to satisfy constraint: \
        Member must satisfy enum value set: [GITHUB, GITHUB_ENTERPRISE, BITBUCKET]"
)]
fn one_broken_constraint(#[case] change: Value, #[case] expected: &str) {
    let error = decode::<CreateEnvironmentInput>(&environment(change)).unwrap_err();
    assert_eq!(error.code, ErrorCode::Validation);
    assert_eq!(error.message, format!("1 validation error detected: {expected}"));
}

#[test]
fn all_broken_constraints_come_at_once() {
    let input = json!({"name": "", "templateName": "a b"});
    let message = decode::<CreateEnvironmentInput>(&input).unwrap_err().message;
    let expected = [
        "5 validation errors detected: Value '' at 'name' failed to satisfy constraint: \
            Member must have length greater than or equal to 1",
        &format!(
            "Value '' at 'name' failed to satisfy constraint: \
            Member must satisfy regular expression pattern: {NAME_PATTERN}"
        ),
        &format!(
            "Value 'a b' at 'templateName' failed to satisfy constraint: \
            Member must satisfy regular expression pattern: {NAME_PATTERN}"
        ),
        "Value null at 'spec' failed to satisfy constraint: Member must not be null",
        "Value null at 'templateMajorVersion' failed to satisfy constraint: Member must not be null",
    ];
    assert_eq!(message, expected.join("; "));
}

#[rstest]
#[case(json!(0), Some("Value '0' at 'maxResults' failed to satisfy constraint: \
    Member must have value greater than or equal to 1"))]
#[case(json!(101), Some("Value '101' at 'maxResults' failed to satisfy constraint: \
    Member must have value less than or equal to 100"))]
#[case(json!(1), None)]
#[case(json!(100.0), None)]
fn whole_numbers_have_a_range(#[case] max_results: Value, #[case] expected: Option<&str>) {
    let result = decode::<ListEnvironmentsInput>(&json!({"maxResults": max_results}));
    let message = result.err().map(|error| error.message);
    assert_eq!(message, expected.map(|text| format!("1 validation error detected: {text}")));
}

#[test]
fn lists_have_a_length() {
    let tags: Vec<_> = (0..51).map(|n| json!({"key": format!("k{n}"), "value": ""})).collect();
    let input = json!({"resourceArn": "arn:aws:proton:eu-west-1:111122223333:environment/a", "tags": tags});
    let message = decode::<TagResourceInput>(&input).unwrap_err().message;
    assert!(
        message.starts_with("1 validation error detected: Value '[Tag(key=k0, value=), Tag(key=k1"),
        "{message}"
    );
    assert!(message.ends_with(
        "at 'tags' failed to satisfy constraint: Member must have length less than or equal to 50"
    ));
}

#[test]
fn strings_in_a_list_are_told_what_all_of_them_must_satisfy() {
    let input = json!({"resourceArn": "arn:aws:proton:eu-west-1:111122223333:environment/a", "tagKeys": ["a", "", null]});
    assert_eq!(
        decode::<UntagResourceInput>(&input).unwrap_err().message,
        "1 validation error detected: Value '[a, , null]' at 'tagKeys' failed to satisfy constraint: Member must \
         satisfy constraint: [Member must have length less than or equal to 128, Member must have length greater \
         than or equal to 1, Member must not be null]"
    );
    let input = json!({"templateName": "t", "majorVersion": "1", "minorVersion": "0", "supportedComponentSources": ["X"]});
    assert_eq!(
        decode::<UpdateServiceTemplateVersionInput>(&input).unwrap_err().message,
        "1 validation error detected: Value '[X]' at 'supportedComponentSources' failed to satisfy constraint: \
         Member must satisfy constraint: [Member must satisfy enum value set: [DIRECTLY_DEFINED], Member must not be null]"
    );
}

#[rstest]
#[case(json!({}))]
#[case(json!({"s3": null}))]
#[case(json!({"git": {}}))]
fn a_union_has_exactly_one_member(#[case] source: Value) {
    let error: WireError =
        decode::<CreateEnvironmentTemplateVersionInput>(&json!({"templateName": "vpc", "source": source}))
            .unwrap_err();
    assert_eq!(error.code, ErrorCode::Validation);
    assert!(
        error.message.ends_with(
            "at 'source' failed to satisfy constraint: \
        Member must have exactly one member set: [s3]"
        ),
        "{}",
        error.message
    );
}

#[test]
fn characters_are_counted_not_bytes() {
    let description = "ü".repeat(500);
    assert!(decode::<CreateEnvironmentInput>(&environment(json!({"description": description}))).is_ok());
    let description = "ü".repeat(501);
    assert!(decode::<CreateEnvironmentInput>(&environment(json!({"description": description}))).is_err());
}

#[rstest]
#[case::number_for_string(json!({"name": 5}), "NUMBER_VALUE can not be converted to String at 'name'")]
#[case::bool_for_string(json!({"name": true}), "TRUE_VALUE can not be converted to String at 'name'")]
#[case::structure_for_string(json!({"name": {}}), "Start of structure or map found where not expected at 'name'")]
#[case::list_for_string(json!({"name": []}), "Start of list found where not expected at 'name'")]
#[case::string_for_list(json!({"tags": "a"}), "Expected list or null at 'tags'")]
#[case::string_for_structure(json!({"tags": ["a"]}), "Expected structure or null at 'tags.1.member'")]
#[case::number_for_enum(json!({"deploymentType": 1}), "NUMBER_VALUE can not be converted to String at 'deploymentType'")]
#[case::whole_body(json!([]), "Expected structure or null in the body of the request")]
fn wrong_types_come_before_broken_constraints(#[case] input: Value, #[case] expected: &str) {
    let error = if input.get("deploymentType").is_some() {
        decode::<UpdateEnvironmentInput>(&input).unwrap_err()
    } else {
        decode::<CreateEnvironmentInput>(&input).unwrap_err()
    };
    assert_eq!((error.code, error.message.as_str()), (ErrorCode::Serialization, expected));
}

#[rstest]
#[case(json!("5"), "STRING_VALUE can not be converted to Integer at 'maxResults'")]
#[case(json!(1.5), "NUMBER_VALUE can not be converted to Integer at 'maxResults'")]
#[case(json!(1e300), "NUMBER_VALUE can not be converted to Integer at 'maxResults'")]
#[case(json!(u64::MAX), "NUMBER_VALUE can not be converted to Integer at 'maxResults'")]
fn what_is_no_whole_number_is_a_wrong_type(#[case] max_results: Value, #[case] expected: &str) {
    let error = decode::<ListEnvironmentsInput>(&json!({"maxResults": max_results})).unwrap_err();
    assert_eq!((error.code, error.message.as_str()), (ErrorCode::Serialization, expected));
}

#[test]
fn nothing_sensitive_is_quoted_however_deep() {
    let input = json!({
        "name": "x y", "manifest": "secret".repeat(200), "templateFile": "", "serviceSpec": "", "description": "secret".repeat(100),
    });
    let message = decode::<CreateComponentInput>(&input).unwrap_err().message;
    assert!(message.starts_with("5 validation errors"), "{message}");
    assert!(!message.contains("secret"), "{message}");
}

#[test]
fn huge_values_and_endless_errors_make_short_messages() {
    let tags: Vec<_> = (0..20_000).map(|_| json!({"key": ""})).collect();
    let input = environment(json!({"name": "é".repeat(300_000), "tags": tags}));
    let message = decode::<CreateEnvironmentInput>(&input).unwrap_err().message;
    assert!(message.starts_with("40003 validation errors detected: "), "{}", &message[..80]);
    assert!(message.len() < 20_000, "{}", message.len());
}
