//! Files that are made to cost: each is refused, or read, within a moment and without an overflow of the stack.

use std::time::{Duration, Instant};

use proptest::prelude::*;
use protium_authorization::check;
use rstest::rstest;
use serde_json::json;

use super::{ask, file};

fn when(condition: &str) -> String {
    format!("permit (principal, action, resource) when {{ {condition} }};\n")
}

#[rstest]
#[case::brackets(when(&format!("{}true{}", "(".repeat(3_000), ")".repeat(3_000))))]
#[case::sets(when(&format!("{}1{} == [1]", "[".repeat(3_000), "]".repeat(3_000))))]
#[case::records(when(&format!("{}1{} == 1", "{\"a\":".repeat(3_000), "}".repeat(3_000))))]
#[case::negations(when(&format!("{}true", "!".repeat(7_000))))]
#[case::ors(when(&vec!["true"; 1_000].join(" || ")))]
#[case::ands(when(&vec!["principal.role == \"x\""; 300].join(" && ")))]
#[case::sums(when(&format!("{} == 1", vec!["1"; 3_000].join("+"))))]
#[case::branches(when(&format!("{} true", "if 1 == 1 then true else ".repeat(250))))]
#[case::members(when(&format!("principal{}", ".arn".repeat(1_500))))]
#[case::one_large(when(&format!("principal.role == \"{}\"", "x".repeat(300_000))))]
#[case::many(when("true").repeat(4_000))]
#[case::conditions(format!("permit (principal, action, resource) {};", "when {true} ".repeat(600)))]
#[case::annotations(format!("{}permit (principal, action, resource);", (0..400).map(|n| format!("@a{n}(\"\")")).collect::<String>()))]
#[case::as_many_ors_as_may_be(when(&vec!["true"; 99].join(" || ")))]
#[case::as_many_ands_as_may_be(when(&vec!["principal.role == \"x\""; 50].join(" && ")))]
#[case::as_many_sums_as_may_be(when(&format!("{} == 1", vec!["1"; 99].join("+"))))]
#[case::as_many_branches_as_may_be(when(&format!("{} true", "if 1 == 1 then true else ".repeat(99))))]
#[case::as_many_brackets_as_may_be(when(&format!("{}true{}", "(".repeat(30), ")".repeat(30))))]
#[case::as_many_sets_as_may_be(when(&format!("{}1{} == [1]", "[".repeat(30), "]".repeat(30))))]
#[case::branches_in_brackets(when(&format!("{}true{}", "(if true then true else ".repeat(30), ")".repeat(30))))]
#[case::no_text("\0\u{1}\u{feff}".into())]
fn a_hostile_file_costs_a_moment(#[case] text: String) {
    // Tests run unoptimised on stacks a quarter of the size of a function's.
    let since = Instant::now();
    let _ = check(&[file("hostile.cedar", &text)]);
    assert!(since.elapsed() < Duration::from_secs(20), "{:?}", since.elapsed());
}

#[test]
fn many_files_are_refused_as_such() {
    let files: Vec<_> = (0..101).map(|n| file(&format!("{n}.cedar"), "")).collect();
    assert!(check(&files).expect_err("too many")[0].message.contains("101 files"));
}

#[test]
fn a_large_set_is_checked_and_asked() {
    let text: String = (0..100)
        .map(|n| when(&format!("principal.role == \"role-{n}\" && resource.name like \"dev-{n}-*\"")))
        .collect();
    let set = check(&[file("large.cedar", &text)]).expect("good");
    let asked = ask(&set, "role-99", "GetEnvironment", &json!({"name": "dev-99-x"}));
    assert_eq!(asked.expect("allowed"), ["large.cedar#100"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_text_makes_a_panic(text in "[ -~\n]{0,200}") {
        let _ = check(&[file("any.cedar", &text)]);
    }

    #[test]
    fn no_condition_makes_a_panic(text in "(principal|context|resource|\\.|role|\\[|\\]|\"|in|is|has|like|==|!|&&|\\|\\|| |1|-|\\(|\\)|if|then|else){0,30}") {
        let _ = check(&[file("any.cedar", &when(&text))]);
    }
}
