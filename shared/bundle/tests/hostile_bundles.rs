//! Bundles made to hurt: each is refused with the right words, within 2 seconds and 64 MB.
//!
//! Memory is that of a whole process, so every bundle is judged in a process of its own: this program once more, which
//! takes the archive from its input.

#![allow(clippy::expect_used, clippy::print_stdout)]

mod support;

use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::GzEncoder;
use protium_bundle::{BundleKind, ExamineOptions, archive, examine};
use support::messages;
use tar::{Builder, EntryType, Header};

/// Tests are compiled without optimisation, and other tests run beside them.
const TIME: Duration = Duration::from_secs(if cfg!(debug_assertions) { 20 } else { 2 });
const MEMORY_KILOBYTES: u64 = 64 * 1024;
const CASE: &str = "PROTIUM_HOSTILE_CASE";

const MANIFEST: &str = "infrastructure:\n  templates:\n    - {file: t.yaml, rendering_engine: jinja, template_language: cloudformation}\n";
const HCL_MANIFEST: &str =
    "infrastructure:\n  templates:\n    - {file: '*', rendering_engine: hcl, template_language: terraform}\n";
const TEMPLATE: &str = "Resources:\n  T:\n    Type: AWS::SNS::Topic\n";

fn schema(properties: &str) -> String {
    format!(
        "schema:\n  format: {{openapi: 3.0.0}}\n  environment_input_type: In\n  types:\n    In:\n      type: object\n      properties:\n{properties}"
    )
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).expect("in memory");
    encoder.finish().expect("in memory")
}

struct Tar(Builder<Vec<u8>>);

impl Tar {
    fn new() -> Self {
        Self(Builder::new(Vec::new()))
    }

    fn with(mut self, name: &str, text: impl AsRef<[u8]>) -> Self {
        self.entry(name, EntryType::Regular, text.as_ref().len() as u64, text.as_ref());
        self
    }

    /// An entry that says it has `size` bytes.
    fn entry(&mut self, name: &str, kind: EntryType, size: u64, content: &[u8]) {
        let mut header = Header::new_gnu();
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_entry_type(kind);
        header.set_size(size);
        header.set_mode(0o644);
        header.set_cksum();
        self.0.append(&header, content).expect("in memory");
    }

    fn raw(self) -> Vec<u8> {
        self.0.into_inner().expect("in memory")
    }

    fn packed(self) -> Vec<u8> {
        gzip(&self.raw())
    }
}

/// A good bundle but for this file.
fn with(name: &str, text: &str) -> Vec<u8> {
    let files = [
        ("schema/schema.yaml", schema("        a: {type: string}\n")),
        ("infrastructure/manifest.yaml", MANIFEST.to_owned()),
        ("infrastructure/t.yaml", TEMPLATE.to_owned()),
    ];
    let others = files.into_iter().filter(|(path, _)| *path != name);
    others.fold(Tar::new().with(name, text), |tar, (path, text)| tar.with(path, text)).packed()
}

fn with_schema(properties: &str) -> Vec<u8> {
    with("schema/schema.yaml", &schema(properties))
}

fn with_template(text: &str) -> Vec<u8> {
    with("infrastructure/t.yaml", &format!("{TEMPLATE}{text}\n"))
}

fn with_terraform(text: &str) -> Vec<u8> {
    let mut tar = Tar::new().with("schema/schema.yaml", schema("        a: {type: string}\n"));
    tar = tar.with("infrastructure/manifest.yaml", HCL_MANIFEST);
    (0..10).fold(tar, |tar, n| tar.with(&format!("infrastructure/{n}.tf"), text)).packed()
}

/// Aliases of aliases: a few lines that mean a thousand million values.
fn alias_bomb() -> String {
    let mut text = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n".to_owned();
    for n in 1..10 {
        let prior = vec![format!("*a{}", n - 1); 10].join(",");
        let _ = writeln!(text, "a{n}: &a{n} [{prior}]");
    }
    text
}

/// Bytes without any order.
fn junk(count: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    };
    (0..count / 8).flat_map(|_| next()).collect()
}

fn pax(size: usize) -> Vec<u8> {
    let mut tar = Tar::new();
    let mut content = format!("{} path=", size + 20).into_bytes();
    content.resize(size - 1, b'a');
    content.push(b'\n');
    tar.entry("pax", EntryType::XHeader, content.len() as u64, &content);
    tar.with("schema/schema.yaml", "x").packed()
}

fn long_name(kind: EntryType) -> Vec<u8> {
    let name = vec![b'a'; 49 * 1024 * 1024];
    let mut tar = Tar::new();
    tar.entry("././@LongLink", kind, name.len() as u64, &name);
    tar.with("schema/schema.yaml", "x").packed()
}

fn claims(size: u64) -> Vec<u8> {
    let mut tar = Tar::new();
    tar.entry("schema/schema.yaml", EntryType::Regular, size, b"x");
    tar.packed()
}

fn sparse() -> Vec<u8> {
    let mut tar = Tar::new();
    let mut header = Header::new_gnu();
    header.set_path("schema/schema.yaml").expect("short");
    header.set_entry_type(EntryType::GNUSparse);
    header.set_size(0);
    let gnu = header.as_gnu_mut().expect("gnu");
    gnu.realsize = *b"\x80\0\0\0\x40\0\0\0\0\0\0\0";
    header.set_cksum();
    tar.0.append(&header, &b""[..]).expect("in memory");
    tar.packed()
}

type Make = dyn Fn() -> Vec<u8>;

/// Archives, and how what is said about each begins. Nothing: it isn't refused, it only must not hurt.
#[rustfmt::skip]
fn cases() -> Vec<(&'static str, Box<Make>, &'static str)> {
    vec![
        ("zeros", Box::new(|| Tar::new().with("README.md", vec![0; 60 << 20]).packed()), "the bundle unpacks to more than the 52428800 bytes allowed"),
        ("zeros kept", Box::new(|| Tar::new().with("schema/schema.yaml", vec![0; 49 << 20]).packed()), "schema/schema.yaml: the file has 51380224 bytes, more than the 5242880 allowed"),
        ("many kept", Box::new(|| (0..10).fold(Tar::new(), |tar, n| tar.with(&format!("infrastructure/{n}"), vec![0; 5 << 20])).packed()), "the files of the bundle have more than the 20971520 bytes allowed together"),
        ("gzip in gzip", Box::new(|| gzip(&gzip(&vec![0; 100 << 20]))), "the bundle is not a readable tar archive"),
        ("empty members", Box::new(|| gzip(b"").repeat(100_000)), ""),
        ("junk", Box::new(|| junk(5 << 20)), "the bundle is not gzip-compressed"),
        ("junk packed", Box::new(|| [&[0x1f, 0x8b, 8, 0][..], &junk((5 << 20) - 8)[..]].concat()), "the bundle is not a readable tar archive"),
        ("junk in gzip", Box::new(|| gzip(&junk(4 << 20))), "the bundle is not a readable tar archive"),
        ("junk beside", Box::new(|| Tar::new().with("README.md", junk(4 << 20)).packed()), "infrastructure: the directory is missing"),
        ("junk as schema", Box::new(|| Tar::new().with("schema/schema.yaml", junk(4 << 20)).packed()), "infrastructure: the directory is missing"),
        ("links", Box::new(|| { let mut tar = Tar::new(); for n in 0..5_000 { tar.entry(&format!("schema/{n}"), EntryType::Symlink, 0, b""); } tar.packed() }), "schema/0: a link is not allowed in a bundle"),
        ("entries", Box::new(|| { let mut tar = Tar::new(); for n in 0..60_000 { tar.entry(&format!("f{n}"), EntryType::Regular, 0, b""); } tar.packed() }), "the bundle has more than the 5000 entries allowed"),
        ("upwards", Box::new(|| Tar::new().with("schema/../../../etc/passwd", "x").packed()), "the path \"schema/../../../etc/passwd\" is not allowed in a bundle"),
        ("a header of extensions", Box::new(|| pax(40 << 20)), "the bundle holds a header of 41943040 bytes, more than the 65536 allowed"),
        ("a long name", Box::new(|| long_name(EntryType::GNULongName)), "the bundle holds a header of 51380224 bytes, more than the 65536 allowed"),
        ("a long link", Box::new(|| long_name(EntryType::GNULongLink)), "the bundle holds a header of 51380224 bytes, more than the 65536 allowed"),
        ("a size that lies", Box::new(|| claims(1 << 62)), "schema/schema.yaml: the file has 4611686018427387904 bytes"),
        ("a size that lies a little", Box::new(|| claims(4 << 20)), "the bundle is not a readable tar archive"),
        ("sparse", Box::new(sparse), "schema/schema.yaml: a sparse file is not allowed in a bundle"),
        ("aliases in the schema", Box::new(|| with("schema/schema.yaml", &alias_bomb())), "schema/schema.yaml:5:"),
        ("aliases in the manifest", Box::new(|| with("infrastructure/manifest.yaml", &alias_bomb())), "infrastructure/manifest.yaml:5:"),
        ("aliases in the registration file", Box::new(|| with(".template-registration.yaml", &alias_bomb())), ".template-registration.yaml:5:"),
        ("aliases in the template", Box::new(|| with_template(&alias_bomb())), "infrastructure/t.yaml:5:10: CloudFormation takes no YAML aliases"),
        ("a long registration file", Box::new(|| with(".template-registration.yaml", &"- x\n".repeat(1_000_000))), ".template-registration.yaml: the file has 4000000 bytes, more than the 51200 allowed"),
        ("a long list of environments", Box::new(|| with(".compatible-envs", &"a\n".repeat(2_000_000))), ".compatible-envs: the file has 4000000 bytes, more than the 51200 allowed"),
        ("a deep schema", Box::new(|| with("schema/schema.yaml", &"[".repeat(50_000))), "schema/schema.yaml:1:256: not valid YAML: nested too deeply"),
        ("a deep schema of mappings", Box::new(|| with("schema/schema.yaml", &"{a: ".repeat(12_000))), "schema/schema.yaml:1:"),
        ("dashes", Box::new(|| with("schema/schema.yaml", &"- ".repeat(25_000))), "schema/schema.yaml:1:101: not valid YAML: nested too deeply"),
        ("questions", Box::new(|| with("schema/schema.yaml", &"? ".repeat(25_000))), "schema/schema.yaml:1:"),
        ("a deep template", Box::new(|| with_template(&"[".repeat(190_000))), ""),
        ("an indented template", Box::new(|| with_template(&(0..500).map(|n| format!("{}a:\n", " ".repeat(n))).collect::<String>())), ""),
        ("an exploding pattern", Box::new(|| with_schema(&format!("        a: {{type: string, pattern: '^(a+)+$', default: '{}!'}}\n", "a".repeat(40_000)))), "schema/schema.yaml:8:"),
        ("a large pattern", Box::new(|| with_schema("        a: {type: string, pattern: '((a{100}){100}){100}'}\n")), "schema/schema.yaml:8:36: `pattern` is not a usable regular expression"),
        ("large patterns", Box::new(|| with_schema(&(0..90).map(|n| format!("        a{n}: {{type: string, pattern: '^\\pL{{1,250}}$'}}\n")).collect::<String>())), "schema/schema.yaml:6:7: the type `In` has more or larger patterns than can be checked"),
        ("patterns of nothing", Box::new(|| with_schema("        a: {type: string, pattern: '((((((|a)*)*)*)*)*)*', minLength: 400}\n")), ""),
        ("many inputs", Box::new(|| with_schema(&(0..1_800).map(|n| format!("        a{n}: {{type: x}}\n")).collect::<String>())), "schema/schema.yaml:8:20: `x` is not a type of input"),
        ("deep inputs", Box::new(|| with_schema(&format!("        a: {}\n", "{type: array, items: ".repeat(40)))), "schema/schema.yaml:9:1: not valid YAML"),
        ("loops", Box::new(|| with_template("{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}")), ""),
        ("output", Box::new(|| with_template(&format!("{{% for a in range(100000) %}}{}{{% endfor %}}", "x".repeat(1_000)))), ""),
        ("a long text", Box::new(|| with_template("{{ 'a' * 1000000000 }}{{ 'a'.rjust(1000000000) }}{{ range(1000000000) | list }}")), ""),
        ("text that doubles", Box::new(|| with_template("{% set ns = namespace(t='a') %}{% for a in range(1000) %}{% set ns.t = ns.t ~ ns.t %}{% endfor %}{{ ns.t }}")), ""),
        ("numbers that grow", Box::new(|| with_template("{% set ns = namespace(t=9) %}{% for a in range(1000) %}{% set ns.t = ns.t ** ns.t %}{% endfor %}")), ""),
        ("tags", Box::new(|| with_template(&"{{ a }}".repeat(28_000))), "infrastructure/t.yaml:4:4: `a` doesn't exist in infrastructure"),
        ("a deep expression", Box::new(|| with_template(&format!("{{{{ {} }}}}", "(".repeat(190_000)))), "infrastructure/t.yaml:4:"),
        ("open tags", Box::new(|| with_template(&"{".repeat(190_000))), "infrastructure/t.yaml:4:"),
        ("blocks", Box::new(|| with_template(&"{% if a %}".repeat(19_000))), "infrastructure/t.yaml:4:"),
        ("many names", Box::new(|| with_template(&(0..12_000).map(|n| format!("  R{n}: !Ref R{n}x\n")).collect::<String>())), ""),
        ("many names looked for", Box::new(|| with("infrastructure/t.yaml", &format!("Resources:\n{}", (0..3_500).map(|n| format!("  R{n}: {{Type: 'AWS::SNS::Topic', DependsOn: Z{n}}}\n")).collect::<String>()))), "infrastructure/t.yaml:2:44: `DependsOn` names `Z0`"),
        ("brackets in Terraform", Box::new(|| with_terraform(&format!("a = {}", "[".repeat(190_000)))), "infrastructure/0.tf:1:1: nested deeper than 40 levels"),
        ("sums in Terraform", Box::new(|| with_terraform(&format!("a = 1{}\n", "+1".repeat(95_000)))), ""),
        ("templates in Terraform", Box::new(|| with_terraform(&format!("a = {}", "\"${".repeat(60_000)))), "infrastructure/0.tf:1:1: nested deeper than 40 levels"),
    ]
}

#[test]
fn hostile_bundles_are_refused_in_time_and_within_memory() {
    let program = std::env::current_exe().expect("runs");
    let mut faults = String::new();
    for (name, make, expected) in cases() {
        let mut command = Command::new(&program);
        command.args(["--exact", "one_case", "--ignored", "--nocapture"]).env(CASE, "1");
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("runs once more");
        child.stdin.take().expect("piped").write_all(&make()).expect("is read");
        let output = child.wait_with_output().expect("ends");
        let said = String::from_utf8_lossy(&output.stdout);
        let field = |label: &str| {
            said.lines().find_map(|line| line.strip_prefix(label)).unwrap_or_default().to_owned()
        };
        let milliseconds: u64 = field("milliseconds: ").parse().unwrap_or(u64::MAX);
        let kilobytes: u64 = field("kilobytes: ").parse().unwrap_or(0);
        let first = field("said: ");
        let is_good = output.status.success()
            && first.starts_with(expected)
            && Duration::from_millis(milliseconds) < TIME
            && kilobytes < MEMORY_KILOBYTES;
        if !is_good || std::env::var_os("PROTIUM_HOSTILE_SHOW").is_some() {
            let _ = writeln!(
                faults,
                "{}{name}: {milliseconds} ms, {kilobytes} KB, {}: {first}",
                if is_good { "" } else { "BAD " },
                output.status
            );
        }
    }
    assert!(faults.is_empty(), "{faults}");
}

#[test]
#[ignore = "one case of the test above, in a process of its own"]
fn one_case() {
    if std::env::var_os(CASE).is_none() {
        return;
    }
    let mut bytes = Vec::new();
    std::io::stdin().read_to_end(&mut bytes).expect("given");
    let started = Instant::now();
    let problems = match archive::read(&bytes) {
        Ok(files) => examine(BundleKind::Environment, files, &ExamineOptions::default()).problems,
        Err(problems) => problems,
    };
    println!("\nmilliseconds: {}", started.elapsed().as_millis());
    println!("kilobytes: {}", memory());
    println!("said: {}", messages(&problems).lines().next().unwrap_or_default());
}

/// The most memory that this process had until now, in kilobytes; 0 where there is no way to know.
fn memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    line.trim().trim_end_matches(" kB").parse().unwrap_or(0)
}
