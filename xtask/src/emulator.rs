//! The emulator process: started on loopback with a clean environment, found again, stopped with its children.
//!
//! The process holds a kernel lock on `emulator.lock` as long as it lives ([`Home::pid`]); beside it lies
//! `emulator.json` with what it was started with. Together they answer the three questions of every `up`: is one
//! running, is it healthy, is it the one that we would start now.

use std::fs::{self, File, TryLockError};
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process, kill_process_group, test_kill_process_group};
use serde::{Deserialize, Serialize};
use tokio::process::{Child, Command};
use tokio::time::sleep;

use crate::cloud::{Cloud, LOCAL_ACCOUNT, LOCAL_KEY, LOCAL_REGION};
use crate::python::Python;
use crate::workspace::{Workspace, digest, environment, files_below};

/// How long a start may take; loading a large state takes seconds.
const START_LIMIT: Duration = Duration::from_secs(90);
/// How long a stop in good order may take before the process is killed.
const STOP_LIMIT: Duration = Duration::from_secs(20);
/// Exit codes of the launcher (see `emulator/launcher.py`).
const WRONG_VERSION: i32 = 78;
const ALREADY_RUNNING: i32 = 69;
const PAUSE: Duration = Duration::from_millis(100);

/// What the emulator is started with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// The port on loopback.
    pub port: u16,
    /// Whether the policies of roles are enforced.
    pub enforce_iam: bool,
    /// Digest of the launcher and its requirements: another one means that a running emulator is outdated.
    pub launcher: String,
}

impl Settings {
    /// The endpoint of all services.
    #[must_use]
    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

/// The directory that one emulator lives in: its state, lock and log.
#[derive(Debug, Clone)]
pub struct Home {
    directory: PathBuf,
}

impl Home {
    /// The home in a directory, which needn't exist yet.
    #[must_use]
    pub fn new(directory: &Path) -> Self {
        Self { directory: directory.to_owned() }
    }

    /// What the emulator writes while it runs.
    #[must_use]
    pub fn log(&self) -> PathBuf {
        self.directory.join("emulator.log")
    }

    fn lock(&self) -> PathBuf {
        self.directory.join("emulator.lock")
    }

    fn record(&self) -> PathBuf {
        self.directory.join("emulator.json")
    }

    /// The settings that the emulator of this home was last started with.
    #[must_use]
    pub fn settings(&self) -> Option<Settings> {
        serde_json::from_slice(&fs::read(self.record()).ok()?).ok()
    }

    /// The process that serves this home now, if any.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        let file = File::open(self.lock()).ok()?;
        match file.try_lock_shared() {
            Err(TryLockError::WouldBlock) => fs::read_to_string(self.lock()).ok()?.trim().parse().ok(),
            _ => None,
        }
    }

    /// Asks the emulator to save its state now, so that what was just deployed survives a crash.
    pub fn save(&self) {
        if let Some(process) = self.process() {
            // An error says that it ended meanwhile.
            let _ = kill_process(process, Signal::USR1);
        }
    }

    fn process(&self) -> Option<Pid> {
        Pid::from_raw(i32::try_from(self.pid()?).ok()?)
    }

    /// Stops the emulator and the processes of its functions. State is saved. Nothing happens when none runs.
    ///
    /// # Errors
    /// When it can't be stopped, which takes another user's process.
    pub async fn stop(&self) -> Result<bool> {
        let Some(pid) = self.pid() else { return Ok(false) };
        let process =
            i32::try_from(pid).ok().and_then(Pid::from_raw).context("the emulator's pid is no pid")?;
        kill_process(process, Signal::TERM).with_context(|| {
            format!("the emulator (process {pid}) can't be stopped: is it another user's?")
        })?;
        let since = Instant::now();
        while self.pid().is_some() && since.elapsed() < STOP_LIMIT {
            sleep(PAUSE).await;
        }
        // The emulator leads its process group: functions that outlived it, or a hanging emulator, go with the group.
        // An error says that nobody is left.
        let _ = kill_process_group(process, Signal::KILL);
        while self.pid().is_some() {
            if since.elapsed() > STOP_LIMIT * 2 {
                bail!("the emulator (process {pid}) doesn't end: kill it and run the command again");
            }
            sleep(PAUSE).await;
        }
        // Until the last of the group is gone, it may still write into the state.
        while test_kill_process_group(process).is_ok() && since.elapsed() < STOP_LIMIT {
            sleep(PAUSE).await;
        }
        Ok(true)
    }
}

/// Digest of everything that makes an emulator what it is.
///
/// # Errors
/// When the launcher's files can't be read.
pub fn launcher_digest(workspace: &Workspace) -> Result<String> {
    let mut text = fs::read(workspace.emulator().join("requirements.txt"))?;
    for file in files_below(&workspace.emulator(), "py")? {
        text.extend(fs::read(file)?);
    }
    Ok(digest(&[&text]))
}

/// A port of loopback: the wanted one, else the remembered one if it is free, else any free one.
///
/// # Errors
/// When the wanted port is taken.
pub fn port_choose(wanted: Option<u16>, remembered: Option<u16>) -> Result<u16> {
    let free = |port| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).and_then(|socket| socket.local_addr());
    if let Some(port) = wanted {
        return free(port).map(|address| address.port()).with_context(|| {
            format!("port {port} of 127.0.0.1 is in use: stop what listens there, or give another --port (or none)")
        });
    }
    let address = remembered.and_then(|port| free(port).ok()).map_or_else(|| free(0), Ok);
    Ok(address.context("127.0.0.1 has no free port")?.port())
}

/// How the emulator is bound to the process that starts it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lifetime {
    /// It goes on when we end.
    Detached,
    /// It ends when we end, however we end.
    WithParent,
}

/// Starts an emulator in a home and waits until it answers.
///
/// # Errors
/// It ends at once (another version installed, another emulator in the same home) or doesn't get ready; the message
/// ends in the last lines of its log.
pub async fn start(
    workspace: &Workspace,
    python: &Python,
    home: &Home,
    settings: &Settings,
    lifetime: Lifetime,
) -> Result<Cloud> {
    fs::create_dir_all(home.directory.join("tmp"))?;
    fs::write(home.record(), serde_json::to_vec_pretty(settings)?)?;
    let mut child = launch(workspace, python, home, settings, lifetime)?;
    let cloud = Cloud::local(&settings.endpoint()).await;
    let since = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            bail!("{}", early_end(status.code(), home));
        }
        if answers(settings.port).await && cloud.account().await.is_ok() {
            return Ok(cloud);
        }
        if since.elapsed() > START_LIMIT {
            home.stop().await?;
            bail!("the emulator didn't get ready in {} s{}", START_LIMIT.as_secs(), log_quoted(home));
        }
        sleep(PAUSE).await;
    }
}

/// Whether somebody listens on a port of loopback.
pub async fn answers(port: u16) -> bool {
    tokio::net::TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.is_ok()
}

fn launch(
    workspace: &Workspace,
    python: &Python,
    home: &Home,
    settings: &Settings,
    lifetime: Lifetime,
) -> Result<Child> {
    let log = File::create(home.log())?;
    let mut launcher = Command::new(python.interpreter());
    launcher.arg(workspace.emulator().join("launcher.py")).arg("--lock-file").arg(home.lock());
    if lifetime == Lifetime::WithParent {
        launcher.arg("--with-parent");
    }
    launcher
        .current_dir(&home.directory)
        // Functions inherit the emulator's environment: nothing of the user's gets in, above all no credentials.
        .env_clear()
        .envs(variables(home, settings))
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        // A group of its own: Ctrl-C doesn't reach it, and its functions can be stopped with it.
        .process_group(0);
    launcher.spawn().context("the emulator can't be started: remove target/venv and run the command again")
}

/// The whole environment of the emulator and of every function.
fn variables(home: &Home, settings: &Settings) -> Vec<(&'static str, String)> {
    let below = |name: &str| home.directory.join(name).display().to_string();
    let switch = |on: bool| if on { "true" } else { "false" }.to_owned();
    vec![
        ("PATH", environment("PATH").unwrap_or_else(|| "/usr/bin:/bin".into())),
        ("HOME", below("tmp")),
        ("TMPDIR", below("tmp")),
        ("PYTHONDONTWRITEBYTECODE", "1".into()),
        ("PYTHONUNBUFFERED", "1".into()),
        ("BIND_HOST", "127.0.0.1".into()),
        ("GATEWAY_PORT", settings.port.to_string()),
        ("AWS_ENDPOINT_URL", settings.endpoint()),
        ("MINISTACK_REGION", LOCAL_REGION.into()),
        ("MINISTACK_ACCOUNT_ID", LOCAL_ACCOUNT.into()),
        ("AWS_ACCESS_KEY_ID", LOCAL_KEY.into()),
        ("AWS_SECRET_ACCESS_KEY", LOCAL_KEY.into()),
        ("AUTH", switch(settings.enforce_iam)),
        ("LAMBDA_EXECUTOR", "local".into()),
        ("PERSIST_STATE", "1".into()),
        ("S3_PERSIST", "1".into()),
        ("STATE_DIR", below("state")),
        ("S3_DATA_DIR", below("s3")),
    ]
}

fn early_end(code: Option<i32>, home: &Home) -> String {
    let advice = match code {
        Some(WRONG_VERSION) => {
            "remove target/venv and run the command again, which installs the pinned versions"
        }
        Some(ALREADY_RUNNING) => "another emulator has this state: `cargo xtask down` stops it",
        _ => "`cargo xtask down` and another `up` begin with an empty state",
    };
    format!("the emulator ended at once; {advice}{}", log_quoted(home))
}

/// The last lines of the log, to stand behind a message.
fn log_quoted(home: &Home) -> String {
    let log = fs::read_to_string(home.log()).unwrap_or_default();
    let lines: Vec<_> = log.lines().collect();
    let last = lines[lines.len().saturating_sub(12)..].join("\n  ");
    format!("\n{} ends in:\n  {last}", home.log().display())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_is_refused_by_name_and_a_remembered_one_replaced() {
        let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = taken.local_addr().unwrap().port();
        let error = port_choose(Some(port), None).unwrap_err();
        assert!(format!("{error:#}").contains(&format!("port {port} of 127.0.0.1 is in use")), "{error:#}");
        assert_ne!(port_choose(None, Some(port)).unwrap(), port);
        drop(taken);
        assert_eq!(port_choose(None, Some(port)).unwrap(), port);
    }

    #[test]
    fn a_home_without_a_lock_has_no_process() {
        let directory = tempfile::tempdir().unwrap();
        let home = Home::new(directory.path());
        assert_eq!(home.pid(), None);
        fs::write(home.lock(), "1").unwrap();
        assert_eq!(home.pid(), None, "the lock isn't held: whoever wrote it is gone");
    }

    #[test]
    fn a_held_lock_names_the_process() {
        let directory = tempfile::tempdir().unwrap();
        let home = Home::new(directory.path());
        fs::write(home.lock(), "4711").unwrap();
        let holder = File::open(home.lock()).unwrap();
        holder.lock().unwrap();
        assert_eq!(home.pid(), Some(4711));
    }

    #[test]
    fn functions_see_no_variable_of_the_user_but_the_path() {
        let home = Home::new(Path::new("home"));
        let settings = Settings { port: 1, enforce_iam: true, launcher: String::new() };
        let variables = variables(&home, &settings);
        let user = std::env::vars().filter(|(name, _)| name.starts_with("CARGO"));
        for (name, _) in user {
            assert!(variables.iter().all(|(known, _)| *known != name), "{name}");
        }
        assert!(variables.contains(&("BIND_HOST", "127.0.0.1".into())));
    }
}
