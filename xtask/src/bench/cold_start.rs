//! How long a function takes from exec to its first call of the Runtime API, and what it takes of memory.

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use tokio::process::{Child, Command};

use super::Samples;
use super::runtime_api::{Invocation, RuntimeApi};

/// What Lambda and the template give a function, with made-up names; nothing is called before the first request.
const VARIABLES: [(&str, &str); 25] = [
    ("AWS_REGION", "us-east-1"),
    ("AWS_DEFAULT_REGION", "us-east-1"),
    ("AWS_ACCESS_KEY_ID", "test"),
    ("AWS_SECRET_ACCESS_KEY", "test"),
    ("AWS_LAMBDA_FUNCTION_NAME", "bench"),
    ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
    ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
    ("PROTIUM_STACK_NAME", "bench"),
    ("PROTIUM_TABLE", "bench"),
    ("PROTIUM_UPLOAD_BUCKET", "bench-uploads"),
    ("PROTIUM_ARTIFACT_BUCKET", "bench-artifacts"),
    ("PROTIUM_EVENT_BUS", "bench"),
    ("PROTIUM_EVENT_SOURCE", "protium"),
    ("PROTIUM_ACCOUNT_ID", "000000000000"),
    ("PROTIUM_PARTITION", "aws"),
    ("PROTIUM_EXTERNAL_ID", "bench"),
    ("PROTIUM_PROVISIONING_PRINCIPAL_ARN", "arn:aws:iam::000000000000:role/bench"),
    ("PROTIUM_PROVISIONING_ROLE_ARNS", "arn:aws:iam::*:role/protium/*"),
    ("PROTIUM_ENVIRONMENT_ACCOUNT_ROLE", ""),
    ("PROTIUM_ADMINISTRATOR_ARNS", "arn:aws:iam::*:role/*,arn:aws:iam::*:user/*"),
    ("PROTIUM_AUTHORIZATION", "OPEN_WITHOUT_POLICIES"),
    ("PROTIUM_QUOTAS", ""),
    ("PROTIUM_SOURCE_BUCKET_ARNS", ""),
    ("PROTIUM_FLEET_RETENTION_DAYS", "180"),
    ("PROTIUM_LOG", "error"),
];
const MACHINES: [&str; 4] = ["PUBLISH", "PROVISION", "SERVICE", "FLEET"];

/// A program to start, and how.
#[derive(Debug, Clone)]
pub struct Program<'a> {
    /// The executable.
    pub executable: &'a Path,
    /// Its arguments.
    pub arguments: Vec<&'a str>,
}

/// Starts the program so many times, one after another, after a few starts that fill the caches.
///
/// # Errors
/// It doesn't start, or doesn't call.
pub async fn measure(program: &Program<'_>, runs: usize) -> Result<Samples> {
    let mut durations = Vec::new();
    for run in 0..runs + 3 {
        let api = RuntimeApi::bind().await?;
        let since = Instant::now();
        let mut child = start(program, &api.address()?)?;
        let (at, _invocation) = first_call(&api, &mut child).await?;
        child.kill().await?;
        if run >= 3 {
            durations.push(at.saturating_duration_since(since));
        }
    }
    Ok(Samples::new(durations))
}

/// What a function took, and answered, for its first invocation.
#[derive(Debug, Clone)]
pub struct FirstInvocation {
    /// From the event to the answer.
    pub duration: Duration,
    /// Resident memory after it, in bytes; none where the system doesn't tell.
    pub resident: Option<u64>,
    /// The answer.
    pub answer: String,
}

/// Starts the program, hands it one event and looks at it afterwards.
///
/// # Errors
/// It doesn't start, or doesn't answer.
pub async fn first_invocation(program: &Program<'_>, event: &str) -> Result<FirstInvocation> {
    let api = RuntimeApi::bind().await?;
    let mut child = start(program, &api.address()?)?;
    let (_, invocation) = first_call(&api, &mut child).await?;
    let since = Instant::now();
    let answer = api.invoke(invocation, event).await?;
    let duration = since.elapsed();
    let resident = child.id().and_then(resident);
    child.kill().await?;
    Ok(FirstInvocation { duration, resident, answer })
}

/// The first call, unless the program ends before it.
async fn first_call(api: &RuntimeApi, child: &mut Child) -> Result<(Instant, Invocation)> {
    tokio::select! {
        called = api.first_call() => called,
        ended = child.wait() => bail!("it ended ({}) without calling the Runtime API", ended?),
    }
}

fn start(program: &Program<'_>, api: &str) -> Result<Child> {
    let mut command = Command::new(program.executable);
    command.args(&program.arguments).env_clear().envs(VARIABLES);
    for machine in MACHINES {
        let arn =
            format!("arn:aws:states:us-east-1:000000000000:stateMachine:bench-{}", machine.to_lowercase());
        command.env(format!("PROTIUM_{machine}_STATE_MACHINE_ARN"), arn);
    }
    command
        .env("AWS_LAMBDA_RUNTIME_API", api)
        .env("AWS_ENDPOINT_URL", format!("http://{api}"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true);
    command.spawn().with_context(|| format!("{} can't be started", program.executable.display()))
}

/// Resident memory of a process in bytes, where /proc tells.
fn resident(pid: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::Workspace;

    #[test]
    fn a_measured_function_gets_every_variable_that_the_template_sets() {
        let template = fs::read_to_string(Workspace::find().unwrap().template()).unwrap();
        let set = template.lines().filter_map(|line| line.trim().split_once(':')).map(|(name, _)| name);
        for name in set.filter(|name| name.starts_with("PROTIUM_")) {
            let machine =
                MACHINES.iter().any(|machine| name == format!("PROTIUM_{machine}_STATE_MACHINE_ARN"));
            assert!(machine || VARIABLES.iter().any(|(known, _)| *known == name), "{name}");
        }
    }
}
