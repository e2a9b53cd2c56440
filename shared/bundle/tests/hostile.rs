//! What must never hurt: archives, templates, schemas and specs made to do harm, or simply mutilated.

#![allow(clippy::expect_used, clippy::panic)]

mod support;

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;
use protium_bundle::render::cloudformation::check_syntax;
use protium_bundle::{
    Bundle, BundleKind, ExamineOptions, Files, OpenOptions, Schema, ServiceSpec, archive, examine,
    render_cloudformation,
};
use serde_json::json;
use support::{fixture, messages, read_directory};
use tar::{Builder, EntryType, Header};

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).expect("in memory");
    encoder.finish().expect("in memory")
}

/// A tar with names as they are given; the builder would tidy them.
fn packed(entries: &[(&str, EntryType, &[u8])]) -> Vec<u8> {
    let mut builder = Builder::new(Vec::new());
    for (name, kind, content) in entries {
        let mut header = Header::new_gnu();
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_entry_type(*kind);
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        builder.append(&header, *content).expect("in memory");
    }
    gzip(&builder.into_inner().expect("in memory"))
}

fn fixture_archive(prefix: &str) -> Vec<u8> {
    let entries = read_directory(&fixture("service"));
    let named: Vec<_> = entries.iter().map(|(name, bytes)| (format!("{prefix}{name}"), bytes)).collect();
    let entries: Vec<_> =
        named.iter().map(|(name, bytes)| (name.as_str(), EntryType::Regular, bytes.as_slice())).collect();
    packed(&entries)
}

fn refusal(bytes: &[u8]) -> String {
    messages(&archive::read(bytes).expect_err("refused"))
}

#[test]
fn archives_open_however_their_names_begin() {
    let plain = archive::read(&fixture_archive("")).expect("good");
    assert!(plain.contains("schema/schema.yaml"));
    for prefix in ["./", "/", "//", "././"] {
        assert_eq!(archive::read(&fixture_archive(prefix)).expect("good"), plain, "{prefix}");
    }
    assert!(Bundle::open(BundleKind::Service, plain, OpenOptions::default()).is_ok());
}

#[test]
fn unrelated_files_are_ignored() {
    let archive = packed(&[
        ("README.md", EntryType::Regular, b"hello"),
        ("spec/spec.yaml", EntryType::Regular, b"x"),
        ("schema/._schema.yaml", EntryType::Regular, b"x"),
        ("schema/", EntryType::Directory, b""),
        ("schema/schema.yaml", EntryType::Regular, b"x"),
    ]);
    let files = archive::read(&archive).expect("good");
    assert_eq!(files.iter().map(|(path, _)| path).collect::<Vec<_>>(), ["schema/schema.yaml"]);
}

#[test]
fn a_bundle_packed_with_its_directory_is_told_how_to_pack() {
    let files = archive::read(&fixture_archive("v1/")).expect("readable");
    let problems = Bundle::open(BundleKind::Service, files, OpenOptions::default()).expect_err("refused");
    assert!(messages(&problems).contains("lie below `v1/`"), "{}", messages(&problems));
}

#[test]
fn harmful_archives_are_refused() {
    let large = vec![b'x'; 5 * 1024 * 1024 + 1];
    for (entries, expected) in [
        (vec![("schema/../../etc", EntryType::Regular, &b"x"[..])], "is not allowed in a bundle"),
        (vec![("schema/link", EntryType::Symlink, b"")], "a link is not allowed"),
        (vec![("schema/link", EntryType::Link, b"")], "a link is not allowed"),
        (vec![("schema/null", EntryType::Char, b"")], "a device file is not allowed"),
        (vec![("schema/pipe", EntryType::Fifo, b"")], "a pipe is not allowed"),
        (
            vec![("schema/a", EntryType::Regular, b"1"), ("./schema/a", EntryType::Regular, b"2")],
            "schema/a: the file is in the bundle twice",
        ),
        (
            vec![("schema/large", EntryType::Regular, &large)],
            "schema/large: the file has 5242881 bytes, more than the 5242880 allowed",
        ),
    ] {
        let refusal = refusal(&packed(&entries));
        assert!(refusal.contains(expected), "{expected}\n{refusal}");
    }
    assert!(refusal(b"not gzip").contains("not gzip-compressed"));
    assert!(refusal(&vec![0; archive::PACKED_LIMIT + 1]).contains("bytes packed"));
    assert!(refusal(&gzip(&vec![b'j'; 100_000])).contains("not a readable tar archive"));
    let good = fixture_archive("");
    assert!(refusal(&good[..good.len() / 2]).contains("not a readable tar archive"));
    assert!(
        refusal(&good[..good.len() - 4]).contains("not a readable tar archive"),
        "even without the checksum only"
    );
}

#[test]
fn bombs_are_refused_before_they_unfold() {
    let zeros = vec![0; 60 * 1024 * 1024];
    let bomb = packed(&[("README.md", EntryType::Regular, &zeros)]);
    assert!(bomb.len() < 1024 * 1024);
    assert!(refusal(&bomb).contains("unpacks to more than"));
    let kept: Vec<_> = (0..110).map(|n| format!("schema/{n}")).collect();
    let block = vec![0; 200 * 1024];
    let kept: Vec<_> =
        kept.iter().map(|name| (name.as_str(), EntryType::Regular, block.as_slice())).collect();
    assert!(refusal(&packed(&kept)).contains("allowed together"));
    let names: Vec<_> = (0..5_001).map(|n| format!("f{n}")).collect();
    let many: Vec<_> = names.iter().map(|name| (name.as_str(), EntryType::Regular, &b""[..])).collect();
    assert!(refusal(&packed(&many)).contains("more than the 5000 entries"));
}

#[test]
fn endless_and_enormous_templates_are_refused() {
    let long = format!("{{% for a in range(10000) %}}{}{{% endfor %}}", "x".repeat(200));
    let nested_list =
        "{% set ns = namespace(s=[1]) %}{% for i in range(20000) %}{% set ns.s = [ns.s] %}{% endfor %}";
    for (template, expected) in [
        ("{% for a in range(10000) %}{% for b in range(10000) %}{% endfor %}{% endfor %}", "steps"),
        ("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "recursion"),
        (long.as_str(), "bytes that CloudFormation takes"),
        (&format!("{nested_list}{{{{ ns.s }}}}"), "nested more than 100 deep"),
        (&format!("{nested_list}{{{{ ns.s | tojson }}}}"), "nested more than 100 deep"),
        ("{{ 'a' * 10000000000 }}", "makes values of more than 24 MB"),
        ("{{ '%99999d' | format(1) }}", "a width of more than 9999"),
        ("{{ '%*d' | format(99999, 1) }}", "a width of more than 9999"),
        ("{{ '{:99999}'.format(1) }}", "a width of more than 9999"),
        ("{{ '{:{}}'.format(1, 99999) }}", "a width of more than 9999"),
        ("{{ 'a\nb' | indent(99999) }}", "a width of more than 9999"),
        ("{{ 'a\nb' | indent(width=99999) }}", "a width of more than 9999"),
        ("{{ [1] | tojson(indent=99999) }}", "a width of more than 9999"),
        ("a\u{fdd0}b", "not characters"),
    ] {
        let error = render_cloudformation("t.yaml", template, &json!({})).expect_err(template).to_string();
        assert!(error.contains(expected), "{template}\n{error}");
    }
}

/// The engine compiles expressions recursively: what would exhaust the stack is refused, on small stacks too.
#[test]
fn expressions_too_deep_to_compile_are_refused() {
    for (open, close, count) in [
        ("(", ")", 5_000),
        ("[", "]", 5_000),
        ("not ", "", 30_000),
        ("-", "", 50_000),
        ("1 + ", "1", 30_000),
        ("2 ** ", "1", 30_000),
        ("a ~ ", "a", 30_000),
        ("1 if a else ", "1", 10_000),
    ] {
        let template = format!("{{{{ {}1{} }}}}", open.repeat(count), close.repeat(count));
        let error = check_syntax("t.yaml", &template).expect_err(open);
        assert_eq!((error.line, error.column.is_some()), (Some(1), true), "{error}");
    }
    for step in [".b", "|upper", "[0]", "()"] {
        assert!(check_syntax("t.yaml", &format!("{{{{ a{} }}}}", step.repeat(30_000))).is_err());
        assert!(check_syntax("t.yaml", &format!("{{{{ a{} }}}}", step.repeat(300))).is_ok(), "{step}");
    }
    let elif = |count: usize| format!("{{% if a %}}{}{{% endif %}}", "{% elif a %}".repeat(count));
    assert!(check_syntax("t.yaml", &elif(15_000)).is_err());
    assert!(check_syntax("t.yaml", &elif(100)).is_ok());
    assert!(check_syntax("t.yaml", &"{% if a %}".repeat(5_000)).is_err());
}

#[test]
fn widths_in_reason_are_no_harm() {
    for (template, expected) in [
        ("{{ '%5d|%-3s|%.2f' | format(7, 'a', 1.5) }}", "    7|a  |1.50"),
        ("{{ 'id-1234567 %s' | format('x') }}", "id-1234567 x"),
        ("{{ '{:>4} {{x}}'.format(123456) }}", "123456 {x}"),
        ("{{ 'a\nb' | indent(2) }}", "a\n  b"),
    ] {
        assert_eq!(
            render_cloudformation("t.yaml", template, &json!({})).as_deref(),
            Ok(expected),
            "{template}"
        );
    }
}

#[test]
fn patterns_that_explode_elsewhere_are_matched_in_linear_time() {
    let text = "schema: {format: {openapi: 3.0.0}, service_input_type: A, types: {A: {type: object, properties: {a: {type: string, pattern: '^(a+)+$'}}}}}";
    let schema = Schema::parse(text, BundleKind::Service).expect("good");
    let spec = format!(
        "proton: ServiceSpec\ninstances: [{{name: a, environment: e, spec: {{a: {}!}}}}]\n",
        "a".repeat(40_000)
    );
    assert!(ServiceSpec::parse(&spec).expect("grammar").validate(&schema).is_err());
    let many = (0..2_000).map(|n| format!("p{n}: x")).collect::<Vec<_>>().join(", ");
    let spec = ServiceSpec::parse(&format!(
        "proton: ServiceSpec\ninstances: [{{name: a, environment: e, spec: {{{many}}}}}]\n"
    ));
    let problems = spec.expect("grammar").validate(&schema).expect_err("refused");
    assert!(problems.len() <= 100, "nobody reads {} problems", problems.len());
    let counted = text.replace("^(a+)+$", "^.{1,2048}$");
    assert!(Schema::parse(&counted, BundleKind::Service).is_ok(), "counts in reason are no harm");
    let huge = text.replace("^(a+)+$", "((a{100}){100}){100}");
    assert!(messages(&Schema::parse(&huge, BundleKind::Service).expect_err("refused")).contains("`pattern`"));
}

proptest! {
    #![proptest_config(support::properties(300))]

    /// Whatever happens to the bytes of an archive, it opens or is refused.
    #[test]
    fn a_mutilated_archive_never_panics(edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20)) {
        let mut bytes = fixture_archive("");
        for (at, byte) in edits {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        check(&bytes);
    }

    /// The same for the tar inside, where the gzip checksum can't catch it.
    #[test]
    fn a_mutilated_tar_never_panics(
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..40),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut tar = Vec::new();
        std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(&fixture_archive("")[..]), &mut tar).expect("good");
        for (at, byte) in edits {
            let at = at.index(tar.len());
            tar[at] = byte;
        }
        check(&gzip(&tar));
        tar.truncate(cut.index(tar.len()));
        check(&gzip(&tar));
    }

    #[test]
    fn mutilated_texts_never_panic(
        which in 0_usize..4,
        edits in prop::collection::vec((any::<prop::sample::Index>(), "[-a:{}%\\[\\],&*!|>'\"#~? \n\t0-9]{0,3}"), 1..8),
    ) {
        let names = ["schema/schema.yaml", "instance_infrastructure/manifest.yaml", "instance_infrastructure/web.yaml", ".template-registration.yaml"];
        let mut entries = read_directory(&fixture("service"));
        let entry = entries.iter_mut().find(|(name, _)| name == names[which]).expect("in the fixture");
        let mut text: Vec<char> = String::from_utf8_lossy(&entry.1).chars().collect();
        for (at, insertion) in edits {
            let at = at.index(text.len());
            text.splice(at..(at + 1).min(text.len()), insertion.chars());
        }
        entry.1 = text.into_iter().collect::<String>().into_bytes();
        if let Ok(files) = Files::from_entries(entries) {
            let _ = examine(BundleKind::Service, files, &ExamineOptions::default());
        }
    }

    #[test]
    fn no_template_panics(template in "([a-z ]|\\{\\{|\\}\\}|\\{%|%\\}|\\||'|\\(|\\)|for|in|if|end|set|[0-9.~*+/-]){0,40}") {
        let _ = render_cloudformation("t.yaml", &template, &json!({"a": 1}));
    }
}

fn check(bytes: &[u8]) {
    if let Ok(files) = archive::read(bytes) {
        let _ = examine(BundleKind::Service, files, &ExamineOptions::default());
    }
}
