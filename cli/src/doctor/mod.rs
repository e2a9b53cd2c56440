//! `protium doctor`: examines an installation and its environment accounts, and names the fix of what is wrong.
//!
//! Each check is two functions: one asks AWS, one judges what it said, without asking anybody, and is tested by tables.
//! Checks run side by side ([`examination`]); what the caller may not read is left out and said. Nothing is changed: a fix is
//! a command for people to run.

mod accounts;
mod compute;
mod data;
mod events;
mod examination;
mod finding;
mod leftovers;
mod patient;
mod policies;
mod report;
mod roles;
mod stack;
mod trust;
mod work;

use crate::{
    Ending,
    args::{
        ConnectionArgs,
        doctor::{DoctorArgs, Form},
    },
    output::print,
};
use anyhow::Result;
use examination::Examination;
use finding::{Finding, Severity};
use patient::Patient;

pub(crate) fn run(args: &DoctorArgs) -> Result<Ending> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let (title, findings) = runtime.block_on(examine(args))?;
    let text = match args.output {
        Form::Human => report::human(&title, &findings),
        Form::Json => report::json(&title, &findings)?,
    };
    print(&text)?;
    let bad = findings.iter().any(|finding| finding.severity == Severity::Error);
    Ok(if bad { Ending::Bad } else { Ending::Good })
}

async fn examine(args: &DoctorArgs) -> Result<(String, Vec<Finding>)> {
    let patient = Patient::admit(&args.installation, &args.environment_profile).await?;
    let connection = ConnectionArgs {
        endpoint_url: args.endpoint_url.clone().unwrap_or_else(|| patient.output("ApiEndpoint").to_owned()),
        region: Some(patient.installation.location.region.clone()),
        profile: args.installation.profile.clone(),
    };
    let mut examination = Examination::default();
    let of_stack = patient.clone();
    examination.begin("stack", async move { stack::check(&of_stack) });
    examination.begin("endpoint", stack::endpoint(patient.clone(), connection));
    examination.begin("table", data::table(patient.clone()));
    examination.begin("buckets", data::bucket(patient.clone(), "UploadBucketName", true));
    examination.begin("buckets", data::bucket(patient.clone(), "ArtifactBucketName", false));
    examination.begin("events", events::rules(patient.clone()));
    examination.begin("dead letters", events::dead_letters(patient.clone()));
    examination.begin("functions", compute::functions(patient.clone()));
    examination.begin("state machines", compute::machines(patient.clone()));
    examination.begin("alarms", compute::alarms(patient.clone()));
    examination.begin("work", work::check(patient.clone()));
    examination.begin("roles", roles::check(patient.clone()));
    examination.begin("environment accounts", accounts::check(patient.clone()));
    examination.begin("policies", policies::check(patient.clone()));
    examination.begin("leftovers", leftovers::check(patient.clone()));
    Ok((patient.installation.title(), examination.findings().await))
}
