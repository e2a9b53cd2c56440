//! The session in the README, run as it stands there: what a reader types, and what is answered. (The `sed` of other
//! systems takes other options.)

#![cfg(target_os = "linux")]

use crate::bundle::Desk;
use snapbox::{Assert, cmd::cargo_bin};
use std::{env, path::Path, process::Command};

/// A command and the answer that the README shows, `...` for lines that it leaves out.
struct Step {
    command: String,
    answer: String,
}

fn session(readme: &str) -> Vec<Step> {
    let section = readme.split("\n## For template authors\n").nth(1).unwrap().split("\n## ").next().unwrap();
    let blocks = section.split("```console\n").skip(1).map(|block| block.split("```").next().unwrap());
    let mut steps: Vec<Step> = Vec::new();
    for line in blocks.flat_map(str::lines) {
        match line.strip_prefix("$ ") {
            Some(command) => steps.push(Step { command: command.to_owned(), answer: String::new() }),
            None => steps.last_mut().unwrap().answer.push_str(&format!("{line}\n")),
        }
    }
    steps
}

#[test]
fn the_session_of_template_authors_is_true() {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("../README.md");
    let steps = session(&std::fs::read_to_string(readme).unwrap());
    assert!(steps.len() > 8);

    let desk = Desk::new();
    let directory = Path::new(cargo_bin!("protium")).parent().unwrap();
    let inherited = env::var_os("PATH").unwrap();
    let directories = std::iter::once(directory.to_owned()).chain(env::split_paths(&inherited));
    let path = env::join_paths(directories).unwrap();
    for step in steps {
        let mut shell = Command::new("sh");
        let output =
            shell.args(["-c", &step.command]).current_dir(desk.path(".")).env("PATH", &path).output();
        let output = output.unwrap();
        let answer = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        Assert::new().normalize_paths(false).eq(answer, step.answer);
    }
}
