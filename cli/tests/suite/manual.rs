//! `protium man`, `protium completions`, and help.

use crate::bundle::{Desk, listing};
use rstest::rstest;

fn text(desk: &Desk, arguments: &[&str]) -> String {
    let output = desk.protium([]).args(arguments).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{arguments:?}");
    assert!(output.stderr.is_empty());
    String::from_utf8(output.stdout).unwrap()
}

#[rstest]
#[case::bash("bash", "complete -F _protium")]
#[case::zsh("zsh", "#compdef protium")]
#[case::fish("fish", "complete -c protium")]
#[case::powershell("powershell", "Register-ArgumentCompleter")]
#[case::elvish("elvish", "edit:completion")]
fn completions_know_all_commands(#[case] shell: &str, #[case] mark: &str) {
    let script = text(&Desk::new(), &["completions", shell]);
    assert!(script.contains(mark), "{script}");
    for word in ["validate", "package", "environment-outputs", "customer-managed"] {
        assert!(script.contains(word), "{shell} lacks {word}");
    }
}

#[test]
fn every_command_has_a_page() {
    let desk = Desk::new();
    text(&desk, &["man", "--out", "pages"]);
    let pages = listing(&desk.path("pages"));
    for command in [
        "",
        "-bundle",
        "-bundle-validate",
        "-bundle-test",
        "-fleet",
        "-fleet-start",
        "-proxy",
        "-model",
        "-man",
    ] {
        assert!(pages.contains(&format!("protium{command}.1")), "{pages:?}");
    }
    let page = desk.read("pages/protium-bundle-render.1");
    assert!(page.contains(".SH EXAMPLES\n.nf\n") && page.contains("\n.fi\n"), "{page}");
    assert!(text(&desk, &["man"]).contains(".TH protium 1"));
}

/// Every command teaches by example, in lines that fit a terminal, and examples name options that exist.
#[rstest]
fn help_teaches(#[values("init", "validate", "render", "test", "diff", "package")] command: &str) {
    let desk = Desk::new();
    let help = text(&desk, &["bundle", command, "--help"]);
    let (options, examples) = help.split_once("Examples:").unwrap();
    assert!(examples.contains(&format!("protium bundle {command} ")), "{help}");
    assert!(examples.lines().all(|line| line.chars().count() <= 92), "{examples}");
    for word in examples.split_whitespace().filter(|word| word.starts_with("--")) {
        let option: String = word.chars().take_while(|c| c.is_ascii_lowercase() || *c == '-').collect();
        assert!(options.contains(&option), "{option} isn't an option of {command}");
    }
    assert!(text(&desk, &["bundle", command, "-h"]).lines().count() < help.lines().count());
}

/// As [`help_teaches`].
#[rstest]
fn help_of_fleets_teaches(#[values("plan", "start", "status", "targets")] command: &str) {
    let desk = Desk::new();
    let help = text(&desk, &["fleet", command, "--help"]);
    let (options, examples) = help.split_once("Examples:").unwrap();
    assert!(examples.contains(&format!("protium fleet {command} ")), "{help}");
    assert!(examples.lines().all(|line| line.chars().count() <= 92), "{examples}");
    for word in examples.split_whitespace().filter(|word| word.starts_with("--")) {
        let option: String = word.chars().take_while(|c| c.is_ascii_lowercase() || *c == '-').collect();
        assert!(options.contains(&option), "{option} isn't an option of {command}");
    }
}

#[test]
fn the_version_is_told() {
    assert!(text(&Desk::new(), &["--version"]).starts_with("protium "));
}

/// Scripts call it for many files. The bound is far above what it takes (some 5 ms), and far below what is noticed.
#[test]
fn it_starts_at_once() {
    let desk = Desk::new();
    let quickest = (0..10).map(|_| {
        let start = std::time::Instant::now();
        text(&desk, &["--version"]);
        start.elapsed()
    });
    assert!(quickest.min().unwrap() < std::time::Duration::from_millis(50));
}
