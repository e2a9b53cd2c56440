//! `--watch`: what changes is seen, however it is saved.

use super::Desk;
use std::{
    fs,
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
    time::Duration,
};

/// A `protium` that watches, and the lines it prints.
pub(crate) struct Watching {
    child: Child,
    lines: Receiver<String>,
}

impl Watching {
    pub(crate) fn start<const N: usize>(desk: &Desk, arguments: [&str; N]) -> Self {
        let mut child = Command::new(snapbox::cmd::cargo_bin!("protium"))
            .args(arguments)
            .current_dir(desk.path("."))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let (sender, lines) = channel();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        thread::spawn(move || stdout.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
        Self { child, lines }
    }

    /// Waits for a line that begins so.
    pub(crate) fn expect(&self, begin: &str) {
        let mut seen = Vec::new();
        loop {
            match self.lines.recv_timeout(Duration::from_secs(20)) {
                Ok(line) if line.starts_with(begin) => return,
                Ok(line) => seen.push(line),
                Err(error) => panic!("no line begins {begin:?} ({error}): {seen:#?}"),
            }
        }
    }

    /// The next line, when one comes within that time.
    pub(crate) fn next(&self, patience: Duration) -> Option<String> {
        self.lines.recv_timeout(patience).ok()
    }

    /// Nothing more is printed for a while.
    pub(crate) fn expect_silence(&self) {
        let line = self.lines.recv_timeout(Duration::from_millis(500));
        assert!(line.is_err(), "{line:?}");
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn validation_follows_every_way_of_saving() {
    let desk = Desk::new();
    desk.environment("env");
    let watching = Watching::start(&desk, ["bundle", "validate", "env", "--watch"]);
    watching.expect("ok: env");
    watching.expect_silence();

    let schema = desk.path("env/schema/schema.yaml");
    let (good, bad) = (super::ENVIRONMENT_SCHEMA, super::ENVIRONMENT_SCHEMA.replace("30", "0"));
    fs::write(&schema, &bad).unwrap();
    watching.expect("bad: env");

    // Renamed over, as vim and most others do.
    desk.write("env/schema/.schema.yaml.swp", good);
    fs::rename(desk.path("env/schema/.schema.yaml.swp"), &schema).unwrap();
    watching.expect("ok: env");

    fs::remove_dir_all(desk.path("env/schema")).unwrap();
    watching.expect("bad: env");
    desk.write("env/schema/schema.yaml", good);
    watching.expect("ok: env");

    // The whole directory is replaced, as by a checkout.
    fs::rename(desk.path("env"), desk.path("old")).unwrap();
    watching.expect("error: env does not exist");
    fs::rename(desk.path("old"), desk.path("env")).unwrap();
    watching.expect("ok: env");
    fs::write(&schema, &bad).unwrap();
    watching.expect("bad: env");
}
