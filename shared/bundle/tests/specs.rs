//! What developers write into specs, and what becomes of it.

#![allow(clippy::expect_used, clippy::panic)]

mod support;

use proptest::prelude::*;
use protium_bundle::spec::message;
use protium_bundle::{BundleKind, EnvironmentSpec, Schema, ServiceSpec};
use serde_json::{Value, json};
use support::open_fixture;

fn service_schema() -> Schema {
    open_fixture("service").schema().clone()
}

fn environment_schema() -> Schema {
    open_fixture("environment").schema().clone()
}

fn service(text: &str) -> ServiceSpec {
    ServiceSpec::parse(text).unwrap_or_else(|problems| panic!("{text}\n{}", message(&problems)))
}

#[test]
fn the_grammar_is_enforced() {
    for (text, expected) in [
        ("", "spec: must be a mapping that begins with `proton: ServiceSpec`, not nothing"),
        ("proton: EnvironmentSpec\n", "spec.proton: must be ServiceSpec"),
        ("instances: []\n", "spec.proton: is missing; write `proton: ServiceSpec`"),
        ("proton: ServiceSpec\nspec: {}\n", "spec.spec: is not a key of a ServiceSpec"),
        ("proton: ServiceSpec\npipeline: [a]\n", "spec.pipeline: must be a mapping of inputs, not a list"),
        ("proton: ServiceSpec\ninstances: {}\n", "spec.instances: must be a list, not a mapping"),
        ("proton: ServiceSpec\ninstances: [x]\n", "spec.instances[0]: must be a mapping, not text"),
        ("proton: ServiceSpec\ninstances: [{name: a}]\n", "spec.instances[0].environment: is missing"),
        (
            "proton: ServiceSpec\ninstances: [{name: -a, environment: e}]\n",
            "spec.instances[0].name: must be a name of",
        ),
        (
            "proton: ServiceSpec\ninstances: [{name: a, environment: e}, {name: a, environment: f}]\n",
            "spec.instances[1].name: `a` is the name of spec.instances[0] already",
        ),
        (
            "proton: ServiceSpec\ninstances: [{name: a, environment: e, inputs: {}}]\n",
            "spec.instances[0].inputs: is not a key",
        ),
        ("proton: [\n", "spec: is not valid YAML"),
        (
            "proton: ServiceSpec\nproton: ServiceSpec\n",
            "spec: is not valid YAML: the key `proton` stands twice",
        ),
    ] {
        let problems = ServiceSpec::parse(text).expect_err(text);
        assert!(message(&problems).contains(expected), "{text}\n{}", message(&problems));
    }
    let many = ServiceSpec::parse("proton: x\nfoo: 1\ninstances: []\n").expect_err("refused");
    assert_eq!(many.len(), 2, "all problems at once");
}

#[test]
fn values_are_checked_against_the_schema() {
    let schema = service_schema();
    for (section, expected) in [
        ("{}", "spec.instances[0].spec.size: is required and has no default"),
        ("{size: huge}", "spec.instances[0].spec.size: must be one of small, medium, large"),
        ("{size: small, port: 0}", "spec.instances[0].spec.port: must be 1 or more"),
        (
            "{size: small, port: '80'}",
            "spec.instances[0].spec.port: must be a whole number, not the text \"80\"",
        ),
        ("{size: small, port: 80.5}", "spec.instances[0].spec.port: must be a whole number, not 80.5"),
        ("{size: small, port: }", "spec.instances[0].spec.port: must be a whole number, not empty"),
        ("{size: small, share: 0}", "spec.instances[0].spec.share: must be more than 0"),
        ("{size: small, share: .inf}", "spec.instances[0].spec.share: must be a number, not .inf"),
        ("{size: [small]}", "spec.instances[0].spec.size: must be text, not a list"),
        (
            "{sice: small}",
            "spec.instances[0].spec.sice: is not an input of this template; did you mean `size`?",
        ),
        (
            "{size: small, colour: red}",
            "spec.instances[0].spec.colour: is not an input of this template; its inputs are size, port",
        ),
    ] {
        let spec = service(&format!(
            "proton: ServiceSpec\ninstances: [{{name: a, environment: e, spec: {section}}}]\n"
        ));
        let problems = spec.validate(&schema).expect_err(section);
        assert!(message(&problems).contains(expected), "{section}\n{}", message(&problems));
    }
    let environment =
        EnvironmentSpec::parse("proton: EnvironmentSpec\nspec:\n  vpc_cidr: 10.0.0.0\n  zones: [a, '', 1]\n");
    let problems = environment.expect("grammar").validate(&environment_schema()).expect_err("refused");
    assert_eq!(
        message(&problems),
        "spec.spec.vpc_cidr: must match the pattern ^([0-9]{1,3}\\.){3}[0-9]{1,3}/(16|20)$; \
         spec.spec.zones[1]: must have at least 1 characters"
    );
    assert_eq!((problems[1].line, problems[1].column), (Some(4), Some(14)));
}

#[test]
fn numbers_and_booleans_become_text_by_their_spelling() {
    let schema = service_schema();
    for (given, expected) in [
        ("1.10", json!("1.10")),
        ("012345678901", json!("012345678901")),
        ("yes", json!("yes")),
        ("0x1F", json!("0x1F")),
        ("2020-01-01", json!("2020-01-01")),
        ("1e3", json!("1e3")),
        ("\"quoted\"", json!("quoted")),
    ] {
        let text = format!(
            "proton: ServiceSpec\ninstances: [{{name: a, environment: e, spec: {{size: small, version: {given}}}}}]\n"
        );
        let inputs = service(&text).instance_inputs(&schema, "a").expect("valid");
        assert_eq!(inputs["version"], expected);
    }
}

#[test]
fn inputs_have_defaults_and_native_types() {
    let spec = service(
        "proton: ServiceSpec\ninstances:\n- name: a\n  environment: e\n  spec: {size: small, port: 0x50}\n",
    );
    let schema = service_schema();
    assert_eq!(
        Value::Object(spec.instance_inputs(&schema, "a").expect("valid")),
        json!({"size": "small", "port": 80, "version": "1.10", "share": 0.5})
    );
    assert_eq!(Value::Object(spec.pipeline_inputs(&schema).expect("valid")), json!({"service_dir": "app"}));
    let environment = EnvironmentSpec::parse("proton: EnvironmentSpec\n").expect("no inputs needed");
    let inputs = environment.inputs(&environment_schema()).expect("defaults");
    // `note` is optional and has no default: absent.
    assert_eq!(
        Value::Object(inputs),
        json!({"vpc_cidr": "10.1.0.0/16", "zones": ["a", "b"], "flow_logs": false})
    );
}

#[test]
fn an_object_without_properties_takes_any_members() {
    let text = "schema: {format: {openapi: 3.0.0}, environment_input_type: A, types: {A: {type: object, properties: {tags: {type: object}}}}}";
    let schema = Schema::parse(text, BundleKind::Environment).expect("schema");
    let spec = "proton: EnvironmentSpec\nspec: {tags: {team: a, cost: {centre: 12}}}\n";
    let inputs = EnvironmentSpec::parse(spec).expect("spec").inputs(&schema).expect("valid");
    assert_eq!(Value::Object(inputs), json!({"tags": {"team": "a", "cost": {"centre": 12}}}));
    let unknown = EnvironmentSpec::parse("proton: EnvironmentSpec\nspec: {Tags: {}}\n").expect("spec");
    let problems = unknown.validate(&schema).expect_err("refused");
    assert!(message(&problems).contains("did you mean `tags`?"), "{}", message(&problems));
}

#[test]
fn a_pipeline_section_needs_a_pipeline() {
    let text = "schema: {format: {openapi: 3.0.0}, service_input_type: A, types: {A: {type: object}}}";
    let schema = Schema::parse(text, BundleKind::Service).expect("schema");
    assert!(
        service("proton: ServiceSpec\npipeline: {}\n").validate(&schema).is_ok(),
        "an empty one is tolerated"
    );
    let problems = service("proton: ServiceSpec\npipeline: {a: 1}\n").validate(&schema).expect_err("refused");
    assert!(message(&problems).contains("spec.pipeline: this service template has no pipeline"));
}

#[test]
fn current_values_replace_their_scalars_and_nothing_else() {
    let stored = service(
        "proton: ServiceSpec\npipeline: {service_dir: \"my app\"}\ninstances:\n  - name: dev\n    environment: e\n    spec: {size: small, version: 1.10}\n  - {name: prod, environment: e, spec: {size: \"large\", version: 'a, b'}}\n",
    );
    let text = "proton: ServiceSpec   # keep\npipeline:\n  service_dir: ${Proton::CURRENT_VAL}\ninstances:\n- name: prod\n  environment: e\n  spec: {size: \"${Proton::CURRENT_VAL}\", version: '${Proton::CURRENT_VAL}'}\n\n- name: dev\n  environment: e\n  spec:\n    size: ${Proton::CURRENT_VAL} # same\n    version: ${Proton::CURRENT_VAL}\n";
    let replaced = service(text).with_current_values(Some(&stored)).expect("all there");
    assert_eq!(
        replaced.text(),
        "proton: ServiceSpec   # keep\npipeline:\n  service_dir: \"my app\"\ninstances:\n- name: prod\n  environment: e\n  spec: {size: \"large\", version: 'a, b'}\n\n- name: dev\n  environment: e\n  spec:\n    size: small # same\n    version: 1.10\n"
    );
    let plain = service("proton: ServiceSpec\n# nothing to replace\ninstances: []\n");
    assert_eq!(plain.with_current_values(None).expect("unchanged").text(), plain.text());
}

#[test]
fn current_values_that_do_not_exist_are_refused() {
    let text = "proton: ServiceSpec\ninstances:\n- name: new\n  environment: e\n  spec: {size: \"${Proton::CURRENT_VAL}\"}\n";
    let stored =
        service("proton: ServiceSpec\ninstances: [{name: old, environment: e, spec: {size: small}}]\n");
    for stored in [None, Some(&stored)] {
        let problems = service(text).with_current_values(stored).expect_err("refused");
        let expected =
            "spec.instances[0].spec.size: asks for the current value, but the stored spec has none";
        assert_eq!(message(&problems), expected);
    }
    let environment =
        EnvironmentSpec::parse("proton: EnvironmentSpec\nspec: {a: \"${Proton::CURRENT_VAL}\", b: [1]}\n")
            .expect("spec");
    let before =
        EnvironmentSpec::parse("proton: EnvironmentSpec\nspec:\n  a:\n    - x y\n    - 007\n").expect("spec");
    let text = environment.with_current_values(Some(&before)).expect("a list").text().to_owned();
    assert_eq!(text, "proton: EnvironmentSpec\nspec: {a: [x y, 007], b: [1]}\n");
}

#[test]
fn current_values_can_be_asked_for_one_section_only() {
    let text = "proton: ServiceSpec\npipeline: {service_dir: \"${Proton::CURRENT_VAL}\"}\ninstances:\n- {name: a, environment: e, spec: {size: \"${Proton::CURRENT_VAL}\"}}\n- {name: b, environment: e, spec: {size: \"${Proton::CURRENT_VAL}\"}}\n";
    let stored = service(
        "proton: ServiceSpec\npipeline: {service_dir: app}\ninstances: [{name: a, environment: e, spec: {size: small}}]\n",
    );
    let asking = service(text);
    assert!(asking.with_current_values(Some(&stored)).is_err(), "there is no `b` yet");
    let of_instance = asking.with_current_values_of_instance("a", Some(&stored)).expect("`a` has one");
    assert_eq!(of_instance.text(), text.replacen("{size: \"${Proton::CURRENT_VAL}\"}", "{size: small}", 1));
    let of_pipeline = asking.with_current_values_of_pipeline(Some(&stored)).expect("the pipeline has one");
    assert_eq!(of_pipeline.text(), text.replacen("\"${Proton::CURRENT_VAL}\"", "app", 1));
    assert!(asking.with_current_values_of_instance("b", Some(&stored)).is_err());
}

#[test]
fn a_block_scalar_at_the_end_of_an_entry_is_replaced_in_place() {
    let entry = |size: &str, version: &str| {
        format!("- name: a\n  environment: e\n  spec:\n    size: {size}\n    version: {version}\n")
    };
    let rest = "\n# next\n- {name: b, environment: e}\n";
    let text = |size: &str, version: &str| {
        format!("proton: ServiceSpec # top\ninstances:\n{}{rest}", entry(size, version))
    };
    for (old, new) in
        [("|\n      x\n      y", "1"), ("1", "|\n      x\n      y"), ("|-\n      x", ">\n      z")]
    {
        let merged = service(&text("small", old))
            .with_instance_from(&service(&text("large", new)), "a")
            .expect("merged");
        assert_eq!(merged.text(), text("large", new));
    }
}

#[test]
fn the_pipeline_is_merged_and_the_rest_stays_as_written() {
    let stored = service(STORED);
    let from = |pipeline: &str| service(&format!("proton: ServiceSpec\n{pipeline}instances: []\n"));
    for section in ["pipeline: {service_dir: web}\n", "pipeline:\n    service_dir: 007 # new\n"] {
        let merged = stored.with_pipeline_from(&from(section)).expect("merged");
        assert_eq!(merged.text(), STORED.replace("pipeline:\n  service_dir: app # here\n", section));
    }
    let without = stored.with_pipeline_from(&from("")).expect("merged");
    assert!(!without.has_pipeline());
    assert!(without.instances().iter().zip(stored.instances()).all(|(new, old)| new.means_the_same(old)));
    let again = without.with_pipeline_from(&stored).expect("merged");
    assert!(again.has_same_pipeline(&stored), "{}", again.text());
}

#[test]
fn instances_take_the_order_of_another_spec() {
    let stored = service(STORED);
    let names = |spec: &ServiceSpec| spec.instances().iter().map(|i| i.name().to_owned()).collect::<Vec<_>>();
    let order = |names: &[&str]| {
        let lines = names.iter().map(|name| format!("  - {{name: {name}, environment: e}}\n"));
        service(&format!("proton: ServiceSpec\ninstances:\n{}", lines.collect::<String>()))
    };
    let turned = stored.in_order_of(&order(&["new", "prod", "dev"])).expect("ordered");
    assert_eq!(names(&turned), ["prod", "dev"]);
    assert!(turned.text().contains("# the shop") && turned.text().contains("# here"), "{}", turned.text());
    for section in stored.instances() {
        assert!(turned.instance(section.name()).expect("kept").means_the_same(section));
    }
    assert_eq!(turned.in_order_of(&stored).expect("ordered").text(), STORED, "and back again");
    assert_eq!(names(&stored.in_order_of(&order(&["prod"])).expect("ordered")), ["prod", "dev"]);
    assert_eq!(stored.in_order_of(&order(&[])).expect("ordered").text(), STORED);
    // What can't be edited by lines is written anew.
    let flow = service(
        "proton: ServiceSpec\ninstances: [{name: a, environment: e}, {name: b, environment: e, spec: {x: 007}}]",
    );
    let turned = flow.in_order_of(&order(&["b", "a"])).expect("ordered");
    assert_eq!(names(&turned), ["b", "a"]);
    assert!(turned.instances()[0].means_the_same(&flow.instances()[1]), "{}", turned.text());
}

#[test]
fn sections_are_compared_by_meaning() {
    let spec = |section: &str| {
        service(&format!("proton: ServiceSpec\ninstances: [{{name: a, environment: e{section}}}]\n"))
    };
    let same = |one: &str, other: &str| spec(one).instances()[0].means_the_same(&spec(other).instances()[0]);
    assert!(same(", spec: {x: 1, y: 'b'}", ", spec: {y: b, x: 1}"));
    assert!(same("", ", spec: {}"));
    assert!(!same(", spec: {x: 1.10}", ", spec: {x: 1.1}"), "text inputs tell them apart");
    assert!(!same(", spec: {x: 1}", ", spec: {x: '1'}"));
    assert!(!same("", ", spec: {x: 1}"));
}

const STORED: &str = "# the shop\nproton: ServiceSpec\n\npipeline:\n  service_dir: app # here\n\ninstances:\n  # first\n  - name: dev\n    environment: beta\n    spec:\n      size: small\n\n  # second\n  - name: prod\n    environment: live\n    spec:\n      size: 'large'\n# end\n";

#[test]
fn one_instance_is_merged_and_the_rest_stays_as_written() {
    let from = service(
        "proton: ServiceSpec\npipeline: {service_dir: other}\ninstances:\n- name: prod\n  environment: live\n  spec:\n    size: medium # for now\n    version: 1.10\n- name: dev\n  environment: beta\n  spec: {size: large}\n- name: new\n  environment: beta\n  spec:\n    version: |\n      two\n        lines\n    size: small\n",
    );
    let stored = service(STORED);
    assert_eq!(
        stored.with_instance_from(&from, "dev").expect("merged").text(),
        STORED.replace("    spec:\n      size: small\n", "    spec: {size: large}\n")
    );
    assert_eq!(
        stored.with_instance_from(&from, "prod").expect("merged").text(),
        STORED.replace("      size: 'large'\n", "      size: medium # for now\n      version: 1.10\n")
    );
    assert_eq!(
        stored.with_instance_from(&from, "new").expect("merged").text(),
        STORED.replace(
            "      size: 'large'\n",
            "      size: 'large'\n  - name: new\n    environment: beta\n    spec:\n      version: |\n        two\n          lines\n      size: small\n"
        )
    );
    let problems = stored.with_instance_from(&from, "nobody").expect_err("refused");
    assert_eq!(message(&problems), "spec.instances: has no instance named `nobody`");
}

#[test]
fn a_merge_that_lines_do_not_allow_rewrites_the_document_with_all_values() {
    let schema = service_schema();
    let flow = "proton: ServiceSpec\npipeline: {service_dir: 'a: b'}\ninstances: [{name: dev, environment: beta, spec: {size: small, version: 1.10}}]\n";
    let anchored = "proton: ServiceSpec\ninstances:\n- name: dev\n  environment: beta\n  spec: &s\n    size: small\n    version: 007\n- name: prod\n  environment: beta\n  spec: *s\n";
    let empty = "proton: ServiceSpec\n";
    let from = service(
        "proton: ServiceSpec\ninstances:\n- name: extra\n  environment: beta\n  spec:\n    size: medium\n    version: >\n      folded\n      text\n- name: dev\n  environment: beta\n  spec: {size: large}\n",
    );
    for text in [flow, anchored, empty] {
        let stored = service(text);
        for name in ["extra", "dev"] {
            let merged = stored.with_instance_from(&from, name).expect("merged");
            assert_eq!(
                merged.instance_inputs(&schema, name).expect("valid"),
                from.instance_inputs(&schema, name).expect("valid"),
                "{text}\n{}",
                merged.text()
            );
            for other in stored.instances().iter().filter(|other| other.name() != name) {
                assert_eq!(
                    merged.instance_inputs(&schema, other.name()).expect("valid"),
                    stored.instance_inputs(&schema, other.name()).expect("valid"),
                    "{}",
                    merged.text()
                );
            }
            assert_eq!(merged.pipeline_inputs(&schema), stored.pipeline_inputs(&schema));
        }
    }
}

/// A value as a developer may write it, in one of several styles, fit for any string input.
fn scalar() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z][a-z0-9./-]{0,8}",
        "[0-9]{1,6}(\\.[0-9]{1,3})?",
        "'[a-z,:# {}é]{0,8}'",
        "\"[a-z,:# {}é]{0,8}\"",
        Just("yes".to_owned()),
        Just("!!str 12".to_owned()),
        Just("a b # c".to_owned()),
    ]
}

/// A service spec with the given instances, in block or flow style, at some indentation.
fn written(sections: &[(String, String)], block: bool, indent: usize) -> String {
    let mut text = "proton: ServiceSpec # shop\ninstances:\n".to_owned();
    let pad = " ".repeat(indent);
    for (name, version) in sections {
        if block {
            text.push_str(&format!(
                "{pad}# about {name}\n{pad}-   name: {name}\n{pad}    environment: e\n{pad}    spec:\n{pad}      size: small\n{pad}      version: {version}\n\n"
            ));
        } else {
            let version = version.strip_suffix(" # c").unwrap_or(version);
            text.push_str(&format!(
                "{pad}- {{name: {name}, environment: e, spec: {{size: large, version: {version}}}}}\n"
            ));
        }
    }
    text
}

fn sections() -> impl Strategy<Value = Vec<(String, String)>> {
    prop::collection::btree_map("[a-d]", scalar(), 1..4).prop_map(|map| map.into_iter().collect())
}

proptest! {
    #![proptest_config(support::properties(256))]

    /// After a merge, the instance has the inputs of the new spec and every other one those of the stored spec.
    #[test]
    fn a_merge_changes_one_instance_and_no_other(
        stored in sections(), new in sections(),
        (stored_block, new_block) in any::<(bool, bool)>(), (stored_indent, new_indent) in (0_usize..4, 0_usize..4),
    ) {
        let schema = service_schema();
        let stored = service(&written(&stored, stored_block, stored_indent));
        let from = service(&written(&new, new_block, new_indent));
        let name = from.instances()[0].name().to_owned();
        let merged = stored.with_instance_from(&from, &name).expect("merged");
        prop_assert_eq!(merged.instance_inputs(&schema, &name), from.instance_inputs(&schema, &name), "{}", merged.text());
        let mut expected: Vec<_> = stored.instances().iter().map(|i| i.name().to_owned()).collect();
        if !expected.contains(&name) {
            expected.push(name.clone());
        }
        let names: Vec<_> = merged.instances().iter().map(|i| i.name().to_owned()).collect();
        prop_assert_eq!(names, expected);
        for other in stored.instances().iter().filter(|other| other.name() != name) {
            prop_assert_eq!(
                merged.instance_inputs(&schema, other.name()),
                stored.instance_inputs(&schema, other.name()),
                "{}", merged.text()
            );
            let comment = format!("# about {}", other.name());
            prop_assert!(!stored_block || merged.text().contains(&comment), "lost: {}", comment);
        }
    }

    /// Current values mean what they meant in the stored spec, wherever and however they are written.
    #[test]
    fn current_values_keep_their_meaning(stored in sections(), (stored_block, new_block) in any::<(bool, bool)>()) {
        let schema = service_schema();
        let ask: Vec<_> = stored.iter().map(|(name, _)| (name.clone(), "\"${Proton::CURRENT_VAL}\"".to_owned())).collect();
        let stored = service(&written(&stored, stored_block, 2));
        let asking = service(&written(&ask, new_block, 0));
        let replaced = asking.with_current_values(Some(&stored)).expect("all there");
        for instance in stored.instances() {
            let version = |spec: &ServiceSpec| spec.instance_inputs(&schema, instance.name()).expect("valid")["version"].clone();
            prop_assert_eq!(version(&replaced), version(&stored), "{}", replaced.text());
        }
    }
}
