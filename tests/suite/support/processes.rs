//! The processes of a local AWS: the emulator and the functions that it runs.

use std::collections::BTreeMap;
use std::process::Command;

use rustix::process::{Pid, Signal, kill_process};

/// A process as `ps` tells of it.
struct Process {
    parent: u32,
    command: String,
}

/// The processes that run functions of the emulator with this pid: those below it that execute a `bootstrap`.
pub(crate) fn functions_of(emulator: u32) -> Vec<u32> {
    let listed = Command::new("ps").args(["-A", "-o", "pid=,ppid=,args="]).output().expect("ps runs");
    let text = String::from_utf8_lossy(&listed.stdout);
    let processes: BTreeMap<u32, Process> = text.lines().filter_map(parse).collect();
    let below = |mut pid: u32| {
        while let Some(process) = processes.get(&pid) {
            if process.parent == emulator {
                return true;
            }
            pid = process.parent;
        }
        false
    };
    let functions = processes.iter().filter(|(_, process)| process.command.contains("bootstrap"));
    functions.map(|(pid, _)| *pid).filter(|pid| below(*pid)).collect()
}

/// Kills a process at once, as a crash would. One that has ended meanwhile is none to kill.
pub(crate) fn kill(pid: u32) {
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw).expect("a pid");
    let _ = kill_process(pid, Signal::KILL);
}

fn parse(line: &str) -> Option<(u32, Process)> {
    let mut words = line.split_whitespace();
    let pid = words.next()?.parse().ok()?;
    let parent = words.next()?.parse().ok()?;
    Some((pid, Process { parent, command: words.collect::<Vec<_>>().join(" ") }))
}
