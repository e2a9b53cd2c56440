//! CloudFormation templates as they come out of Jinja: each template of the table with what is said about it, and what
//! must not be said.

#![allow(clippy::expect_used)]

mod support;

use std::time::{Duration, Instant};

use protium_bundle::{BundleKind, ExamineOptions, Files, examine};
use rstest::rstest;
use support::messages;

const INPUTS: &str = "size: {type: string, enum: [small, large]}, name: {type: string}, count: {type: integer, default: 2}, \
                      public: {type: boolean, default: true}, note: {type: string}";

/// What `examine` says about an environment's template.
fn said(template: &str) -> String {
    said_with("", template)
}

fn said_with(manifest_key: &str, template: &str) -> String {
    let schema = format!(
        "schema: {{format: {{openapi: 3.0.0}}, environment_input_type: In, types: {{In: {{type: object, required: [size, name], properties: {{{INPUTS}}}}}}}}}"
    );
    let manifest = format!(
        "infrastructure:\n  templates:\n    - {{file: t.yaml, rendering_engine: jinja, template_language: cloudformation{manifest_key}}}\n"
    );
    let files = [
        ("schema/schema.yaml", schema.as_str()),
        ("infrastructure/manifest.yaml", &manifest),
        ("infrastructure/t.yaml", template),
    ];
    let files = files.map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec()));
    let files = Files::from_entries(files.to_vec()).expect("within the limits");
    let said = messages(&examine(BundleKind::Environment, files, &ExamineOptions::default()).problems);
    said.replace("infrastructure/t.yaml:", "")
}

/// A template with these lines below `Resources`, from line 2 on.
fn resources(lines: &str) -> String {
    format!("Resources:\n{lines}")
}

const TOPIC: &str = "  Topic:\n    Type: AWS::SNS::Topic\n";

#[rstest]
#[case::not_yaml("Resources:\n  Topic: {Type: AWS::SNS::Topic\nOutputs: [\n", "3:8: not valid YAML: ")]
#[case::section(
    "Resourcs:\n  Topic:\n    Type: AWS::SNS::Topic\n",
    "1:1: a template has no section `Resourcs`. Did you mean `Resources`?\n1:1: the template has no resources. CloudFormation needs at least one under `Resources`."
)]
#[case::no_mapping("just a text\n", "1:1: the template is text, not a mapping of sections")]
#[case::version(
    "AWSTemplateFormatVersion: 2010-09-90\nResources:\n  Topic: {Type: AWS::SNS::Topic}\n",
    "1:27: the only template format version is 2010-09-09."
)]
#[case::resource(
    "Resources:\n  Topic: AWS::SNS::Topic\n",
    "2:10: the resource `Topic` must be a mapping, not text"
)]
#[case::no_type("Resources:\n  Topic:\n    Properties: {}\n", "2:3: the resource `Topic` has no `Type`.")]
#[case::wrong_type(
    "Resources:\n  Topic:\n    Type: AWS::SNS\n",
    "3:11: `AWS::SNS` is not a type of resource."
)]
#[case::attribute(
    "Resources:\n  Topic:\n    Type: AWS::SNS::Topic\n    Propertys: {}\n",
    "4:5: a resource has no attribute `Propertys`. Did you mean `Properties`?"
)]
#[case::policy(
    "Resources:\n  Topic:\n    Type: AWS::SNS::Topic\n    DeletionPolicy: retain\n",
    "4:21: `retain` is not a DeletionPolicy. Did you mean `Retain`?"
)]
#[case::sam(
    "Resources:\n  F:\n    Type: AWS::Serverless::Function\n",
    "3:11: `AWS::Serverless::Function` needs the transform of AWS SAM."
)]
#[case::name(
    "Resources:\n  my-topic:\n    Type: AWS::SNS::Topic\n",
    "2:3: the name of a resource has letters and digits only, and at most 255, not `my-topic`"
)]
#[case::empty(
    "Resources:\n  Topic:\n    Type: AWS::SNS::Topic\n    Properties:\n",
    "4:5: `Properties` has no value, and CloudFormation takes no null. Remove the key, or use `!Ref AWS::NoValue`."
)]
#[case::repeated(
    "Resources:\n  Topic: {Type: AWS::SNS::Topic}\n  Topic: {Type: AWS::SQS::Queue}\n",
    "3:3: the key `Topic` stands twice; first on line 2"
)]
#[case::alias(
    "Resources:\n  A: &a {Type: AWS::SNS::Topic}\n  B: *a\n",
    "3:6: CloudFormation takes no YAML aliases"
)]
#[case::reference(
    "Resources:\n  Topic:\n    Type: AWS::SNS::Topic\n    Properties: {TopicName: !Ref Topc}\n",
    "4:29: `Ref` names `Topc`, which is neither a resource nor a parameter of the template. Did you mean `Topic`?"
)]
#[case::long_form(
    "Resources:\n  Topic:\n    Type: AWS::SNS::Topic\n    Properties: {TopicName: {Ref: X}}\n",
    "4:35: `Ref` names `X`, which is neither a resource nor a parameter of the template. The template has `Topic`."
)]
#[case::pseudo(
    "Resources:\n  Topic:\n    Type: AWS::SNS::Topic\n    Properties: {TopicName: !Ref AWS::Regin}\n",
    "4:29: `Ref` names `AWS::Regin`"
)]
#[case::attribute_of(
    "Resources:\n  Topic: {Type: AWS::SNS::Topic}\nOutputs:\n  A: {Value: !GetAtt Topik.TopicName}\n",
    "4:14: `Fn::GetAtt` names `Topik`, which is not a resource of the template. Did you mean `Topic`?"
)]
#[case::attribute_missing(
    "Resources:\n  Topic: {Type: AWS::SNS::Topic}\nOutputs:\n  A: {Value: !GetAtt Topic}\n",
    "4:14: `Fn::GetAtt` needs a resource and an attribute, not `Topic`. Write `!GetAtt Resource.Attribute`."
)]
#[case::list_form(
    "Resources:\n  Topic: {Type: AWS::SNS::Topic}\nOutputs:\n  A: {Value: !GetAtt [Topik, TopicName]}\n",
    "4:23: `Fn::GetAtt` names `Topik`"
)]
#[case::substitution(
    "Resources:\n  Topic: {Type: AWS::SNS::Topic}\nOutputs:\n  A: {Value: !Sub '${Topic}-${Tpic.Arn}-${!Any}-${AWS::Region}'}\n",
    "4:14: `${Tpic.Arn}` in `Fn::Sub` names `Tpic`, which is not a resource of the template. Did you mean `Topic`?"
)]
#[case::shell(
    "Resources:\n  Topic: {Type: AWS::SNS::Topic}\nOutputs:\n  A: {Value: !Sub '${HOME:-x}'}\n",
    "4:14: `Fn::Sub` can't fill in `${HOME:-x}`. Write `${!HOME:-x}` where the text itself is meant."
)]
#[case::variables(
    "Resources:\n  Topic: {Type: AWS::SNS::Topic}\nOutputs:\n  A: {Value: !Sub ['${a}${b}', {a: 1}]}\n",
    "4:14: `${b}` in `Fn::Sub` names `b`"
)]
#[case::depends(
    "Resources:\n  Topic:\n    Type: AWS::SNS::Topic\n    DependsOn: [Quee]\n  Queue: {Type: AWS::SQS::Queue}\n",
    "4:17: `DependsOn` names `Quee`, which is not a resource of the template. Did you mean `Queue`?"
)]
#[case::circle(
    "Resources:\n  A: {Type: AWS::SNS::Topic, DependsOn: B}\n  B: {Type: AWS::SNS::Topic, Properties: {TopicName: !GetAtt A.TopicName}}\n",
    "2:3: resources need one another in a circle: `A` needs `B` needs `A`"
)]
#[case::itself(
    "Resources:\n  A: {Type: AWS::SNS::Topic, Properties: {TopicName: !Sub '${A}'}}\n",
    "2:3: the resource `A` refers to itself"
)]
#[case::condition(
    "Conditions:\n  Big: !Equals [a, b]\nResources:\n  A: {Type: AWS::SNS::Topic, Condition: Bg}\n",
    "4:41: there is no condition `Bg`. The template has `Big`."
)]
#[case::choice(
    "Resources:\n  A:\n    Type: AWS::SNS::Topic\n    Properties: {TopicName: !If [Big, a, b]}\n",
    "4:34: there is no condition `Big`. There is nothing of the kind."
)]
#[case::choice_form(
    "Conditions: {Big: !Equals [a, b]}\nResources:\n  A:\n    Type: AWS::SNS::Topic\n    Properties: {TopicName: !If [Big, a]}\n",
    "5:29: `Fn::If` needs a condition, a value, and the value otherwise"
)]
#[case::condition_on_resource(
    "Conditions:\n  Big: !Equals [!Ref A, b]\nResources:\n  A: {Type: AWS::SNS::Topic}\n",
    "2:17: `Ref` names the resource `A`, but conditions are decided before there is any resource. Refer to a parameter."
)]
#[case::condition_in_condition(
    "Conditions:\n  Big: !Not [!Condition Small]\nResources:\n  A: {Type: AWS::SNS::Topic}\n",
    "2:14: there is no condition `Small`"
)]
#[case::mapping(
    "Mappings: {M: {a: {b: c}}}\nResources:\n  A:\n    Type: AWS::SNS::Topic\n    Properties: {TopicName: !FindInMap [N, a, b]}\n",
    "5:41: there is no mapping `N`. The template has `M`."
)]
#[case::mapping_key(
    "Mappings: {M: {a: {b: c}}}\nResources:\n  A:\n    Type: AWS::SNS::Topic\n    Properties: {TopicName: !FindInMap [M, a, x]}\n",
    "5:47: the mapping `M.a` has no key `x`"
)]
#[case::join(
    "Resources:\n  A:\n    Type: AWS::SNS::Topic\n    Properties: {TopicName: !Join ['-']}\n",
    "4:29: `Fn::Join` needs a separator and a list of values"
)]
#[case::function(
    "Resources:\n  A:\n    Type: AWS::SNS::Topic\n    Properties: {TopicName: !Subb a}\n",
    "4:29: warning: `Fn::Subb` is not a function of CloudFormation"
)]
#[case::parameter(
    "Parameters:\n  Size: {Type: String}\nResources:\n  A: {Type: AWS::SNS::Topic}\n",
    "2:3: nobody gives the parameter `Size` a value. Give it a `Default`, or write `{{ … }}`"
)]
#[case::parameter_type(
    "Parameters:\n  Size: {Default: a}\nResources:\n  A: {Type: AWS::SNS::Topic}\n",
    "2:3: the parameter `Size` has no `Type`. Write `Type: String`."
)]
#[case::output(
    "Resources:\n  A: {Type: AWS::SNS::Topic}\nOutputs:\n  B: {Description: b}\n",
    "4:3: the output `B` has no `Value`"
)]
#[case::section_form("Resources: [A]\n", "1:12: `Resources` must be a mapping, not a list")]
#[case::json(
    "{\n\t\"Resources\": {\n\t\t\"A\": {\"Type\": \"AWS::SNS::Topic\", \"DependsOn\": \"B\"}\n\t}\n}\n",
    "3:49: `DependsOn` names `B`"
)]
fn what_cloudformation_would_refuse_is_said(#[case] template: &str, #[case] expected: &str) {
    let said = said(template);
    assert!(said.starts_with(expected), "{said}");
    let problems = expected.trim_end_matches('\n').matches('\n').count();
    assert_eq!(said.matches('\n').count(), problems, "{said}");
}

/// Places are those of the template, and what a made-up value is to blame for isn't said.
#[rstest]
#[case::behind_a_block(
    "{% if environment.inputs.public %}\n{% endif %}\n  A: {Type: AWS::SNS::Topic, DependsOn: B}\n",
    "4:41: `DependsOn` names `B`"
)]
#[case::in_a_loop(
    "{%- for i in range(environment.inputs.count) %}\n  T{{ i }}:\n    Type: AWS::SNS::Topic\n    DependsOn: Q\n{%- endfor %}\n",
    "5:16: `DependsOn` names `Q`"
)]
#[case::of_an_expression(
    "  A:\n    Type: AWS::SNS::Topic\n    DependsOn: {{ environment.inputs.size }}\n",
    "4:5: `DependsOn` names `small`, which is not a resource of the template (rendered: `DependsOn: small`). The template has `A`."
)]
#[case::repeated_in_a_loop(
    "{% for i in range(2) %}\n  T:\n    Type: AWS::SNS::Topic\n{% endfor %}\n",
    "3:3: the key `T` stands twice; first on line 3"
)]
#[case::free_text("  A:\n    Type: AWS::SNS::Topic\n    DependsOn: {{ environment.inputs.name }}\n", "")]
#[case::free_choice(
    "{% if environment.inputs.name == 'a' %}\n  B: {Type: AWS::SNS::Topic}\n{% endif %}\n  A: {Type: AWS::SNS::Topic, DependsOn: B}\n",
    ""
)]
#[case::free_choice_of_nothing(
    "{% if environment.inputs.name == 'a' %}\n  C: {Type: AWS::SNS::Topic}\n{% endif %}\n  A: {Type: AWS::SNS::Topic, DependsOn: B}\n",
    "5:41: warning: `DependsOn` names `B`"
)]
#[case::absent(
    "{% if environment.inputs.note is defined %}\n  B: {Type: AWS::SNS::Topic}\n{% endif %}\n  A: {Type: AWS::SNS::Topic, DependsOn: B}\n",
    "5:41: `DependsOn` names `B`"
)]
#[case::listed_choice(
    "{% if environment.inputs.size == 'large' %}\n  B: {Type: AWS::SNS::Topic}\n{% endif %}\n  A: {Type: AWS::SNS::Topic, DependsOn: B}\n",
    "5:41: `DependsOn` names `B`"
)]
#[case::filled_elsewhere(
    "  A:\n    Type: AWS::SNS::Topic\n    Properties:\n      {{ '' }}\n",
    "4:5: warning: `Properties` has no value"
)]
#[case::another_value(
    "{% if environment.inputs.size == 'large' %}\n  B: {Type: AWS::SNS::Topic, DependsOn: C}\n{% endif %}\n  A: {Type: AWS::SNS::Topic}\n",
    "3:41: warning: `DependsOn` names `C`, which is not a resource of the template (when `size` is \"large\"). The template has `A`, `B`."
)]
#[case::another_flag(
    "{% if not environment.inputs.public %}\n  B: {Type: AWS::SNS::Topic, DependsOn: C}\n{% endif %}\n  A: {Type: AWS::SNS::Topic}\n",
    "3:41: warning: `DependsOn` names `C`, which is not a resource of the template (when `public` is false)."
)]
#[case::given(
    "{% if environment.inputs.note is defined %}\n  B: {Type: AWS::SNS::Topic, DependsOn: C}\n{% endif %}\n  A: {Type: AWS::SNS::Topic}\n",
    "3:41: warning: `DependsOn` names `C`, which is not a resource of the template (when all inputs are given)."
)]
#[case::never_renders("  A: {Type: AWS::SNS, X: {{ environment.inputs.name | int + {} }}}\n", "")]
#[case::text_is_measured(
    "{% set n %}\nab\n{% endset %}\n  A{{ n | length }}: {Type: AWS::SNS::Topic, DependsOn: B}\n",
    " warning: `DependsOn` names `B`, which is not a resource of the template (line 3 of the rendered template)."
)]
fn places_are_those_of_the_template(#[case] lines: &str, #[case] expected: &str) {
    let said = said(&resources(lines));
    assert!(said.starts_with(expected), "{said}");
    assert!(!expected.is_empty() || said.is_empty(), "{said}");
}

#[rstest]
#[case::every_function(
    "Mappings: {M: {a: {b: c}}}\nConditions:\n  Is: !And [!Equals [!Ref AWS::Region, x], !Not [!Condition Other]]\n  Other: !Or [!Equals [a, b], !Equals [c, d]]\nResources:\n  A:\n    Type: AWS::SNS::Topic\n    Condition: Is\n    Properties:\n      TopicName: !Join ['-', [!Ref AWS::StackName, !Select [0, !GetAZs ''], !FindInMap [M, a, b], !If [Is, x, !Ref AWS::NoValue]]]\n      DisplayName: !Sub ['${x}-${!y}-${B.Arn}-$z-${AWS::AccountId}', {x: !ImportValue y}]\n      Data: {'Fn::Base64': {'Fn::Sub': '#!/bin/sh'}}\n  B: {Type: 'Custom::Thing', Version: 1.0}\n  C: {Type: Org::Service::Thing::MODULE, DependsOn: [A, B]}\nOutputs:\n  O: {Value: !GetAtt B.Out.Deep, Export: {Name: !Sub '${AWS::StackName}-o'}, Condition: Other}\n"
)]
#[case::sam(
    "Transform: AWS::Serverless-2016-10-31\nGlobals: {Function: {Runtime: x}}\nResources:\n  F: {Type: AWS::Serverless::Function}\nOutputs:\n  A: {Value: !GetAtt FRole.Arn}\n  B: {Value: !Sub '${ServerlessRestApi}'}\n"
)]
#[case::macros(
    "Transform: [My::Macro]\nResources:\n  F: {Type: AWS::SNS::Topic, Properties: {X: !Ref Anything}, Strange: a}\n"
)]
#[case::loops_of_cloudformation(
    "Transform: AWS::LanguageExtensions\nResources:\n  Fn::ForEach::Topics:\n    - N\n    - [a, b]\n    - T${N}: {Type: AWS::SNS::Topic, Properties: {TopicName: !Ref N}}\n"
)]
#[case::policies(
    "Resources:\n  A:\n    Type: AWS::IAM::Policy\n    Properties:\n      PolicyDocument:\n        Statement: [{Effect: Allow, Condition: {StringEquals: {a: b}}}]\n"
)]
#[case::parameters(
    "Parameters:\n  A: {Type: 'AWS::SSM::Parameter::Value<String>', Default: /a}\nResources:\n  B: {Type: AWS::SNS::Topic, Properties: {TopicName: !Ref A}}\n"
)]
#[case::circles_that_a_condition_breaks(
    "Conditions: {C: !Equals [a, b]}\nResources:\n  A: {Type: AWS::SNS::Topic, Properties: {X: !If [C, !Ref B, x]}}\n  B: {Type: AWS::SNS::Topic, Properties: {X: !If [C, x, !Ref A]}}\n"
)]
#[case::comments("# {{ environment.inputs.size }}\nResources: # x\n\n  A: {Type: AWS::SNS::Topic}\n\n# end")]
fn good_templates_are_left_alone(#[case] template: &str) {
    assert_eq!(said(template), "");
}

#[test]
fn inputs_are_passed_as_parameters_where_the_manifest_says_so() {
    let template = |name: &str| format!("Parameters:\n  {name}: {{Type: String}}\nResources:\n{TOPIC}");
    assert_eq!(said_with(", native_parameters: true", &template("size")), "");
    let said = said_with(", native_parameters: true", &template("other"));
    assert!(said.contains("describe an input of the same name"), "{said}");
}

/// Large templates cost time in proportion.
#[test]
fn large_and_hostile_templates_are_answered_in_time() {
    let many = |line: &str, times: usize| resources(&format!("{TOPIC}{}", line.repeat(times)));
    let references: String =
        (0..2_000).map(|n| format!("  R{n}: {{Type: AWS::SNS::Topic, DependsOn: X{n}}}\n")).collect();
    let chain: String =
        (0..3_000).map(|n| format!("  R{n}: {{Type: AWS::SNS::Topic, DependsOn: R{}}}\n", n + 1)).collect();
    let dense: String = (0..150)
        .map(|n| {
            let all: Vec<_> = (0..150).filter(|m| *m != n).map(|m| format!("R{m}")).collect();
            format!("  R{n}: {{Type: AWS::SNS::Topic, DependsOn: [{}]}}\n", all.join(","))
        })
        .collect();
    for template in [
        many("  Topic: {}\n", 10_000),
        many("# {{ environment.inputs.size }}\n", 5_000),
        many("{{ 'a' }}", 20_000),
        many("{% set a = 1 %}", 10_000),
        many("{", 150_000),
        many("    - - - - - - - - - -\n", 5_000),
        many("${${${", 30_000),
        many("{'}[outputs.", 15_000),
        many("  A: [", 20_000),
        resources(&references),
        resources(&chain),
        resources(&dense),
        format!("Resources: &a\n  A: [{}]\n", "*a,".repeat(40_000)),
        format!("{{% for i in range(5000) %}}{}{{% endfor %}}", "- x\n".repeat(40)),
    ] {
        let started = Instant::now();
        let _ = said(&template);
        assert!(started.elapsed() < Duration::from_secs(10), "{:?}: {}", started.elapsed(), &template[..80]);
    }
}
