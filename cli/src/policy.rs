//! `protium policy`: who may do what, written, checked and put into force.
//!
//! What it says of a file is what the installation says: both ask `protium_authorization`.

use crate::{
    Ending, Usage,
    args::policy::{InitArgs, PolicyCommand, PushArgs, ShowArgs, ValidateArgs},
    installation::Installation,
    output::{self, GOOD, note, visible},
};
use anyhow::{Context, Result, bail};
use protium_app::ports::{AcceptedPolicies, Artifacts, Policies, PolicyObject};
use protium_authorization::check::{MOST_BYTES, MOST_FILES};
use protium_authorization::ready::{Audience, bound};
use protium_authorization::{Accepted, PolicyFile, PolicySet, Problem, check, schema::schema};
use std::{collections::BTreeSet, fs, path::Path, time::Duration};

/// How long pushed policies may take to come into force; they mostly do within seconds.
const PATIENCE: u32 = 60;

pub(crate) fn run(command: &PolicyCommand) -> Result<Ending> {
    match command {
        PolicyCommand::Init(args) => init(args),
        PolicyCommand::Validate(args) => validate(args),
        PolicyCommand::Schema => {
            output::print(&schema())?;
            Ok(Ending::Good)
        }
        PolicyCommand::Push(args) => runtime()?.block_on(push(args)),
        PolicyCommand::Show(args) => runtime()?.block_on(show(args)),
    }
}

fn runtime() -> Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread().enable_all().build()?)
}

fn init(args: &InitArgs) -> Result<Ending> {
    let members = [&args.platform_engineers, &args.developers, &args.readers];
    let files: Vec<_> =
        Audience::ALL.into_iter().zip(members).filter_map(|(who, them)| bound(who, them)).collect();
    if files.is_empty() {
        return Err(Usage("name somebody: --platform-engineers, --developers or --readers".to_owned()).into());
    }
    let directory = &args.directory;
    let shown = directory.display();
    fs::create_dir_all(directory).with_context(|| format!("can't make the folder {shown}"))?;
    if let Some(there) = files.iter().find(|file| directory.join(&file.name).exists()) {
        bail!(
            "{} is there already; name another folder, or remove it",
            directory.join(&there.name).display()
        );
    }
    for file in &files {
        let path = directory.join(&file.name);
        fs::write(&path, &file.text).with_context(|| format!("can't write {}", path.display()))?;
        output::print(&format!("{}\n", path.display()))?;
    }
    note(&format!("\nNext: change them as you like, then\n  protium policy push {shown} --stack <stack>\n"));
    Ok(Ending::Good)
}

fn validate(args: &ValidateArgs) -> Result<Ending> {
    let files = files_read(&args.directory)?;
    match check(&files) {
        Ok(set) => {
            output::print(&format!("{GOOD}good{GOOD:#}: {}\n", counted(&files, &set)))?;
            Ok(Ending::Good)
        }
        Err(problems) => told(&problems),
    }
}

/// Uploads what was found good together with what lies there already, and waits until it is in force.
async fn push(args: &PushArgs) -> Result<Ending> {
    let files = files_read(&args.directory)?;
    let installation = Installation::find(&args.installation).await?;
    let bucket = installation.policies()?;
    let here: BTreeSet<_> = files.iter().map(|file| file.name.clone()).collect();
    let mut together = files.clone();
    let others = there(&bucket).await?.into_iter().filter(|other| !here.contains(&other.name));
    let others: Vec<_> = others.collect();
    together.extend(others.iter().cloned());
    if let Err(problems) = check(&together) {
        return told(&problems);
    }
    let artifacts = installation.artifacts()?;
    for file in &files {
        artifacts.put(&format!("policies/{}", file.name), file.text.clone().into_bytes()).await?;
    }
    let folder = format!("s3://{}/policies/", installation.output("ArtifactBucketName")?);
    for other in &others {
        let name = output::visible_line(&other.name);
        note(&format!("{name} lies in {folder}, too, and counts; to remove it: aws s3 rm {folder}{name}\n"));
    }
    together.sort();
    let mut unread = String::new();
    for _ in 0..PATIENCE {
        // What can't be read now may be written anew in a moment: these files have just been put there.
        match in_force(&bucket).await {
            Ok(Some(accepted)) if accepted.files == together => {
                let generation = accepted.generation;
                output::print(&format!(
                    "{GOOD}in force{GOOD:#}: generation {generation}; calls follow within seconds\n"
                ))?;
                return Ok(Ending::Good);
            }
            Ok(_) => unread.clear(),
            Err(error) => unread = format!(" ({error:#})"),
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    bail!(
        "the files are in {folder}, but not in force after a minute{unread}; the log of the function {}-policy-check tells why",
        installation.stack_name
    )
}

async fn show(args: &ShowArgs) -> Result<Ending> {
    let installation = Installation::find(&args.installation).await?;
    let bucket = installation.policies()?;
    let (accepted, there) = (in_force(&bucket).await?, there(&bucket).await?);
    match &accepted {
        None => output::print(without_policies(&installation))?,
        Some(accepted) => {
            output::print(&format!("In force: generation {}\n", accepted.generation))?;
            for file in &accepted.files {
                output::print(&format!(
                    "\n// {}\n{}",
                    output::visible_line(&file.name),
                    visible(&file.text)
                ))?;
            }
        }
    }
    if accepted.is_some_and(|accepted| accepted.files == there) || there.is_empty() {
        return Ok(Ending::Good);
    }
    note("\nThe files in the bucket are others than those in force.\n");
    match check(&there) {
        Ok(_) => Ok(Ending::Bad),
        Err(problems) => told(&problems),
    }
}

/// What holds while there are no policies, as the stack's parameter says.
fn without_policies(installation: &Installation) -> &'static str {
    match installation.parameter("Authorization") {
        Some("OPEN_WITHOUT_POLICIES") => {
            "No policies are in force: everybody whom IAM lets call the endpoint may do everything.\n"
        }
        _ => "No policies are in force: administrators alone get in.\n",
    }
}

async fn in_force(bucket: &impl Policies) -> Result<Option<Accepted>> {
    Ok(match bucket.accepted(None).await? {
        AcceptedPolicies::Found { bytes, .. } => Some(Accepted::read(&bytes)?),
        AcceptedPolicies::Absent | AcceptedPolicies::Unchanged => None,
    })
}

/// The files in the bucket, by name.
async fn there(bucket: &impl Policies) -> Result<Vec<PolicyFile>> {
    let objects = bucket.files(MOST_FILES + 1, MOST_BYTES).await?;
    let text = |PolicyObject { name, bytes }: PolicyObject| PolicyFile {
        name,
        text: String::from_utf8_lossy(&bytes.unwrap_or_default()).into_owned(),
    };
    let mut files: Vec<_> = objects.into_iter().map(text).collect();
    files.sort();
    Ok(files)
}

/// The policy files of a folder and those below, by name.
fn files_read(directory: &Path) -> Result<Vec<PolicyFile>> {
    let mut files = Vec::new();
    let mut open = vec![directory.to_owned()];
    while let Some(folder) = open.pop() {
        let entries =
            fs::read_dir(&folder).with_context(|| format!("can't read the folder {}", folder.display()))?;
        for entry in entries {
            let path = entry?.path();
            if path.is_dir() && !path.is_symlink() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "cedar") {
                let text =
                    fs::read_to_string(&path).with_context(|| format!("can't read {}", path.display()))?;
                let parts = path.strip_prefix(directory).unwrap_or(&path).iter();
                let name = parts.map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/");
                files.push(PolicyFile { name, text });
            }
        }
    }
    if files.is_empty() {
        bail!(
            "there is no policy file, *.cedar, in {}: `protium policy init` writes some",
            directory.display()
        );
    }
    files.sort();
    Ok(files)
}

fn counted(files: &[PolicyFile], set: &PolicySet) -> String {
    let some =
        |count: usize, one: &str, many: &str| format!("{count} {}", if count == 1 { one } else { many });
    format!("{} in {}", some(set.count(), "policy", "policies"), some(files.len(), "file", "files"))
}

/// Says what is wrong.
fn told(problems: &[Problem]) -> Result<Ending> {
    for problem in problems {
        output::print(&format!("{}\n", visible(&problem.to_string())))?;
    }
    Ok(Ending::Bad)
}
