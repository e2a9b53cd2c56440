//! Bundles that are broken, huge or malicious, as directories.

#![cfg(unix)]

use super::Desk;
use snapbox::str;
use std::{
    fs,
    time::{Duration, Instant},
};

/// Takes a fraction of a second; the rest is for machines that do much else.
const PATIENCE: Duration = Duration::from_secs(10);

#[test]
fn escape_sequences_in_a_bundle_reach_no_terminal() {
    let desk = Desk::new();
    let evil = "\u{1b}[2J\u{1b}]0;owned\u{7}\u{9b}31m\u{202e}";
    desk.environment("env")
        .edit("env/schema/schema.yaml", "default: 30", &format!("default: \"{evil}\" # {evil}"))
        .write("env/infrastructure/manifest.yaml", format!("infrastructure:\n  \"{evil}\": 1 # {evil}\n"))
        .write(&format!("env/infrastructure/{evil}.yaml"), "x");
    std::os::unix::fs::symlink("/etc/passwd", desk.path(&format!("env/schema/{evil}"))).unwrap();
    for form in ["human", "json", "github"] {
        for _ in 0..2 {
            let command = desk.protium(["--color=never", "bundle", "validate", "env", "--output", form]);
            let output = command.output().unwrap();
            assert_eq!(output.status.code(), Some(1));
            let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
            let obeyed = |c: char| (c.is_control() && c != '\n') || ('\u{202a}'..='\u{202e}').contains(&c);
            assert!(!text.chars().any(obeyed), "{text:?}");
            let _ = fs::remove_file(desk.path(&format!("env/schema/{evil}")));
        }
        std::os::unix::fs::symlink("/etc/passwd", desk.path(&format!("env/schema/{evil}"))).unwrap();
    }
}

#[test]
fn links_and_pipes_are_refused_unopened() {
    let desk = Desk::new();
    desk.environment("env");
    std::os::unix::fs::symlink("..", desk.path("env/infrastructure/loop")).unwrap();
    std::os::unix::fs::symlink("/etc/passwd", desk.path("env/infrastructure/passwd")).unwrap();
    std::os::unix::fs::symlink("nowhere", desk.path("env/schema/dangling")).unwrap();
    let made = std::process::Command::new("mkfifo").arg(desk.path("env/infrastructure/pipe")).status();
    assert!(made.unwrap().success());
    desk.protium(["bundle", "validate", "env"]).assert().code(1).stdout_eq(str![[r#"
error: a link is not allowed in a bundle
--> env/schema/dangling
  help: Put the file itself there.

error: a link is not allowed in a bundle
--> env/infrastructure/loop
  help: Put the file itself there.

error: a link is not allowed in a bundle
--> env/infrastructure/passwd
  help: Put the file itself there.

error: is no ordinary file
--> env/infrastructure/pipe
  help: A bundle holds plain files only.

bad: env: 4 errors

"#]]);
}

#[test]
fn what_is_not_text_is_told_with_its_line() {
    let desk = Desk::new();
    desk.environment("env").write("env/infrastructure/cloudformation.yaml", b"a: 1\nb: \xff\xfe\n");
    desk.protium(["bundle", "validate", "env"]).assert().code(1).stdout_eq(str![[r#"
error: the file is not UTF-8 text
 --> env/infrastructure/cloudformation.yaml:2:1
  |
1 | a: 1
2 | b: ��
  | ^

bad: env: 1 error

"#]]);
}

// Other systems refuse such names themselves.
#[cfg(target_os = "linux")]
#[test]
fn names_that_are_not_text_are_told() {
    use std::os::unix::ffi::OsStrExt;
    let desk = Desk::new();
    desk.environment("env");
    let name = std::ffi::OsStr::from_bytes(b"caf\xe9.yaml");
    fs::write(desk.path("env/infrastructure").join(name), "x").unwrap();
    desk.protium(["bundle", "validate", "env"]).assert().code(1).stdout_eq(str![[r#"
error: the name of the file is not UTF-8
--> env/infrastructure/caf�.yaml
  help: Rename it.

bad: env: 1 error

"#]]);
}

#[test]
fn ten_thousand_files_are_refused_quickly() {
    let desk = Desk::new();
    desk.environment("env");
    for number in 0..10_000 {
        desk.write(&format!("env/infrastructure/{number}.txt"), "");
    }
    let start = Instant::now();
    desk.protium(["bundle", "validate", "env"]).assert().code(1).stdout_eq(str![[r#"
error: the bundle has more than the 5000 files allowed
--> env
  help: Leave out what can be made or fetched at build time.

bad: env: 1 error

"#]]);
    assert!(start.elapsed() < PATIENCE, "{:?}", start.elapsed());
}

#[test]
fn what_lies_beside_a_bundle_costs_nothing() {
    let desk = Desk::new();
    desk.environment("env");
    std::os::unix::fs::symlink(".", desk.path("env/self")).unwrap();
    let sparse = fs::File::create(desk.path("env/disk.img")).unwrap();
    sparse.set_len(1 << 40).unwrap();
    desk.protium(["bundle", "validate", "env"]).assert().code(0);
}

#[test]
fn huge_files_are_refused_unread() {
    let desk = Desk::new();
    desk.environment("env");
    let sparse = fs::File::create(desk.path("env/infrastructure/disk.img")).unwrap();
    sparse.set_len(1 << 40).unwrap();
    let start = Instant::now();
    desk.protium(["bundle", "validate", "env"]).assert().code(1).stdout_eq(str![[r#"
error: the file has 1099511627776 bytes, more than the 5242880 allowed
--> env/infrastructure/disk.img

bad: env: 1 error

"#]]);
    assert!(start.elapsed() < PATIENCE, "{:?}", start.elapsed());
}

/// Root reads everything, so there is nothing to see for it.
#[test]
fn what_may_not_be_read_is_told() {
    use std::os::unix::fs::PermissionsExt;
    let desk = Desk::new();
    desk.environment("env");
    let forbid = |name: &str| {
        fs::set_permissions(desk.path(name), fs::Permissions::from_mode(0o0)).unwrap();
    };
    forbid("env/schema/schema.yaml");
    if fs::read(desk.path("env/schema/schema.yaml")).is_ok() {
        println!("skipped: this user may read everything");
        return;
    }
    desk.protium(["bundle", "validate", "env"]).assert().code(1).stdout_eq(str![]);
    forbid("env");
    desk.protium(["bundle", "validate", "env"]).assert().code(2);
    fs::set_permissions(desk.path("env"), fs::Permissions::from_mode(0o700)).unwrap();
}

#[test]
fn a_reader_that_goes_away_changes_nothing() {
    let desk = Desk::new();
    desk.environment("env");
    let mut child = std::process::Command::new(snapbox::cmd::cargo_bin!("protium"))
        .args(["bundle", "validate", "env"])
        .current_dir(desk.path("."))
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
}

#[cfg(target_os = "linux")]
#[test]
fn an_outcome_that_cannot_be_written_is_a_failure() {
    let desk = Desk::new();
    desk.environment("env");
    let full = fs::File::options().write(true).open("/dev/full").unwrap();
    let output = std::process::Command::new(snapbox::cmd::cargo_bin!("protium"))
        .args(["bundle", "validate", "env"])
        .current_dir(desk.path("."))
        .stdout(full)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("can't write to standard output"), "{text}");
}
