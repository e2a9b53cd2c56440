//! What authors are told of mistakes.

use protium_authorization::schema::schema;
use protium_authorization::{Accepted, PolicyFile, check};
use protium_wire::Operation;
use rstest::rstest;

use super::file;

#[rstest]
#[case::syntax(
    "permit (principal, action, resource)\nwhen { principal.role = \"x\" };",
    2,
    "not a valid operator"
)]
#[case::no_end("permit (principal, action, resource)", 1, "unexpected end")]
#[case::action(
    "// two\npermit (principal, action == Action::\"proton:CreateEnviroment\", resource);",
    2,
    "CreateEnviroment"
)]
#[case::kind("permit (principal, action, resource)\nwhen { resource is Enviroment };", 2, "Enviroment")]
#[case::attribute("\npermit (principal, action, resource)\nwhen { principal.rol == \"x\" };", 3, "rol")]
#[case::unguarded_tag(
    "permit (principal, action, resource)\nwhen { resource.getTag(\"team\") == \"x\" };",
    2,
    "team"
)]
#[case::type_of("permit (principal, action, resource)\nwhen { principal.role == 5 };", 2, "type")]
fn a_mistake_is_named_with_its_line(#[case] text: &str, #[case] line: usize, #[case] said: &str) {
    let problems =
        check(&[file("good.cedar", "permit (principal, action, resource);"), file("bad.cedar", text)])
            .expect_err("a mistake");
    let problem = &problems[0];
    assert_eq!((problem.file.as_str(), problem.line), ("bad.cedar", Some(line)), "{problem}");
    assert!(problem.message.contains(said) && !problem.remedy.is_empty(), "{problem}");
}

#[test]
fn the_remedy_of_a_misspelt_name_is_the_right_one() {
    let text = "permit (principal, action == Action::\"proton:CreateEnviroment\", resource);";
    let problems = check(&[file("bad.cedar", text)]).expect_err("a mistake");
    assert_eq!(
        problems[0].to_string(),
        "bad.cedar:1: unrecognized action `Action::\"proton:CreateEnviroment\"`: did you mean \
         `Action::\"proton:CreateEnvironment\"`?"
    );
}

#[test]
fn templates_and_equal_ids_are_refused() {
    let template = file("a.cedar", "permit (principal == ?principal, action, resource);");
    assert!(check(&[template]).expect_err("a template")[0].message.contains("is a template"));
    let same = "@id(\"x\") permit (principal, action, resource);";
    let twice = file("a.cedar", &same.repeat(2));
    assert!(check(&[twice]).expect_err("ids")[0].message.contains("a.cedar#x"));
}

#[test]
fn the_schema_has_each_operation_in_two_groups() {
    let schema = schema();
    for operation in Operation::ALL {
        let action = format!("action \"proton:{operation}\" in [\"");
        assert_eq!(schema.matches(&action).count(), 1, "{operation}");
        let grouped = check(&[file(
            "a.cedar",
            &format!(
                "permit (principal, action == Action::\"proton:{operation}\", resource) when {{ action in Action::\"read\" || \
             action in Action::\"write\" }};"
            ),
        )]);
        assert!(grouped.is_ok(), "{operation}: {grouped:?}");
    }
}

#[test]
fn an_accepted_set_comes_back_as_it_was() {
    let files = vec![file("b.cedar", "2"), file("a.cedar", "1")];
    let first = Accepted::after(None, files.clone());
    let second = Accepted::after(Some(&first), files);
    assert_eq!((first.generation, second.generation), (1, 2));
    assert_eq!(Accepted::read(&second.write().expect("written")).expect("read"), second);
    let names: Vec<_> = second.files.iter().map(|PolicyFile { name, .. }| name.as_str()).collect();
    assert_eq!(names, ["a.cedar", "b.cedar"]);
    assert!(Accepted::read(b"{}").is_err());
    assert!(Accepted::read(br#"{"version": 2, "generation": 1, "files": []}"#).is_err());
}
