//! The release before this one, built from its own sources: what installations are upgraded from.
//!
//! That is the last release, by its tag; as long as there is none, the newest commit whose installation differs from
//! what lies in the checkout. Its sources are unpacked below the target directory, always at the same place, and only
//! files that differ are written: so Cargo sees what changed since the last time and nothing else. Its intermediate
//! results lie among the checkout's own ([`Workspace::build`]), which shares all dependencies and spares minutes; what
//! comes out of the build lies apart. Cargo tells packages of two workspaces apart by name and version only, wherever
//! they lie; so the older ones get a version that the checkout's never have.

use std::collections::BTreeSet;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::command::command;
use crate::lambdas::{self, Package};
use crate::progress::Stage;
use crate::python::lock;
use crate::workspace::{Workspace, files_below};

/// What an installation is made of. A commit that leaves all of it alone upgrades nothing.
const INSTALLED: [&str; 6] = ["functions", "shared", "statemachines", "infra", "Cargo.toml", "Cargo.lock"];
/// The tags of releases.
const RELEASES: &str = "v[0-9]*";
/// What the older packages' version ends in: build metadata, which no requirement looks at.
const MARK: &str = "+previous";

/// The release before the checkout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Previous {
    /// Its commit, in full.
    pub commit: String,
    /// Its tag, or the first line of its message: for people.
    pub title: String,
}

/// A release that was built.
#[derive(Debug, Clone)]
pub struct Built {
    /// Its own sources, with its infrastructure and its state machines.
    pub workspace: Workspace,
    /// Its functions.
    pub packages: Vec<Package>,
}

/// The release before the checkout, or why there is none: sources without history, a clone that ends at its newest
/// commit, the very first commit.
///
/// # Errors
/// Never for want of history; when git can't read the repository that it found.
pub async fn find(workspace: &Workspace) -> Result<Result<Previous, String>> {
    let git = Git { root: &workspace.root };
    if let Err(error) = git.line(&["rev-parse", "--verify", "HEAD"]).await {
        return Ok(Err(format!("the sources have no history that git can read ({error:#})")));
    }
    let Some(commit) = git.previous_commit().await? else {
        let shallow = git.line(&["rev-parse", "--is-shallow-repository"]).await? == "true";
        let why = if shallow { "it is a shallow clone: fetch with more depth" } else { "it is the first" };
        return Ok(Err(format!("no commit before this one is there; {why}")));
    };
    let tag = git.line(&["describe", "--tags", "--exact-match", "--match", RELEASES, &commit]).await;
    let title = match tag {
        Ok(tag) => tag,
        Err(_) => git.line(&["show", "--no-patch", "--format=%h %s", &commit]).await?,
    };
    Ok(Ok(Previous { commit, title }))
}

impl Previous {
    /// Unpacks and builds it. When that was done before, it is done at once.
    ///
    /// # Errors
    /// When git doesn't hand out its sources, or they don't compile any more.
    pub async fn build(&self, workspace: &Workspace, stage: &Stage) -> Result<Built> {
        let directory = workspace.target.join("previous");
        let _lock = lock(&directory.with_extension("lock"))?;
        let root = directory.join("source");
        stage.advance("unpacking its sources");
        let archive = Git { root: &workspace.root }.bytes(&["archive", "--format=tar", &self.commit]).await?;
        unpack(&archive, &root).context("its sources can't be unpacked")?;
        let workspace = Workspace { root, target: directory.join("target"), build: workspace.build.clone() };
        let packages = lambdas::build_local(&workspace, stage)
            .await
            .with_context(|| format!("the release before this one ({}) can't be built", self.title))?;
        Ok(Built { workspace, packages })
    }
}

/// The repository of the checkout.
struct Git<'a> {
    root: &'a Path,
}

impl Git<'_> {
    /// The commit of the last release before this state, else the newest commit that is installed differently.
    async fn previous_commit(&self) -> Result<Option<String>> {
        let changed = self.changes().await?;
        let before = if changed { "HEAD" } else { "HEAD^" };
        let release = ["describe", "--tags", "--abbrev=0", "--match", RELEASES, before];
        if let Ok(tag) = self.line(&release).await {
            return self.commit(&tag).await;
        }
        if changed {
            return self.commit("HEAD").await;
        }
        let mut last = vec!["log", "-1", "--format=%H", "--"];
        last.extend(INSTALLED);
        let last = self.line(&last).await?;
        self.commit(&format!("{last}^")).await
    }

    /// Whether files of the installation were changed since the last commit.
    async fn changes(&self) -> Result<bool> {
        let mut status = vec!["status", "--porcelain", "--"];
        status.extend(INSTALLED);
        Ok(!self.line(&status).await?.is_empty())
    }

    /// The commit with this name, when the clone has it.
    async fn commit(&self, name: &str) -> Result<Option<String>> {
        let name = format!("{name}^{{commit}}");
        let commit = self.line(&["rev-parse", "--verify", "--quiet", &name]).await;
        Ok(commit.ok().filter(|commit| !commit.is_empty()))
    }

    /// What git says, without the line's end.
    async fn line(&self, arguments: &[&str]) -> Result<String> {
        Ok(String::from_utf8_lossy(&self.bytes(arguments).await?).trim().to_owned())
    }

    async fn bytes(&self, arguments: &[&str]) -> Result<Vec<u8>> {
        let mut git = command("git", arguments);
        let output = git.current_dir(self.root).output().await;
        let output = output.context("git can't be started: is it installed and on the PATH?")?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            bail!("git {}: {}", arguments.first().copied().unwrap_or_default(), said.trim());
        }
        Ok(output.stdout)
    }
}

/// Makes a directory hold the files of an archive and no others. Files that are right already aren't touched: Cargo
/// builds again what was.
fn unpack(archive: &[u8], directory: &Path) -> Result<()> {
    fs::create_dir_all(directory)?;
    let mut wanted = BTreeSet::new();
    for entry in tar::Archive::new(archive).entries()? {
        let mut entry = entry?;
        if !entry.header().entry_type().is_file() {
            continue;
        }
        let path = inside(&entry.path()?)?;
        let mut content = Vec::new();
        entry.read_to_end(&mut content)?;
        if path == Path::new("Cargo.toml") {
            content = marked(&String::from_utf8(content)?)?.into();
        }
        let file = directory.join(path);
        if fs::read(&file).ok().as_ref() != Some(&content) {
            if let Some(parent) = file.parent() {
                fs::create_dir_all(parent)?;
            }
            fs::write(&file, content)?;
        }
        wanted.insert(file);
    }
    for file in files_below(directory, "")? {
        if !wanted.contains(&file) {
            fs::remove_file(file)?;
        }
    }
    Ok(())
}

/// The workspace's manifest with a version that isn't the checkout's.
fn marked(manifest: &str) -> Result<String> {
    let section = manifest.find("[workspace.package]").context("Cargo.toml has no [workspace.package]")?;
    let (before, package) = manifest.split_at(section);
    let begin = package.find("version = \"").context("Cargo.toml gives the workspace no version")?;
    let (head, version) = package.split_at(begin + "version = \"".len());
    let end = version.find('"').context("Cargo.toml doesn't end the version")?;
    let (version, rest) = version.split_at(end);
    Ok(format!("{before}{head}{version}{MARK}{rest}"))
}

/// A path of an archive, as long as it leads into the directory that it is unpacked to.
fn inside(path: &Path) -> Result<PathBuf> {
    let normal = path.components().all(|part| matches!(part, std::path::Component::Normal(_)));
    if !normal {
        bail!("{} leads out of the sources", path.display());
    }
    Ok(path.to_owned())
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::*;

    fn archive(files: &[(&str, &str)]) -> Vec<u8> {
        let mut tar = tar::Builder::new(Vec::new());
        for (path, text) in files {
            let mut header = tar::Header::new_gnu();
            header.set_size(text.len() as u64);
            tar.append_data(&mut header, path, text.as_bytes()).unwrap();
        }
        tar.into_inner().unwrap()
    }

    /// A repository in a directory of its own; the commands are run in it one after another.
    async fn repository(commands: &[&str]) -> tempfile::TempDir {
        let directory = tempfile::tempdir().unwrap();
        let script = format!(
            "set -e\nexport GIT_CONFIG_GLOBAL=/dev/null GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@example.com \
             GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@example.com\n{}",
            commands.join("\n")
        );
        let mut shell = command("sh", ["-c", &script]);
        shell.current_dir(directory.path());
        crate::command::run(shell, |_| {}).await.unwrap();
        directory
    }

    fn workspace(root: &Path) -> Workspace {
        Workspace { root: root.to_owned(), target: root.join("target"), build: root.join("target") }
    }

    const TWO: [&str; 4] = [
        "git init -q .",
        "mkdir shared; echo 1 > shared/a; git add .; git commit -qm one",
        "echo 2 > shared/a; git commit -qam two",
        "echo > README.md; git add .; git commit -qm three",
    ];

    #[rstest::rstest]
    #[case::the_commit_before_the_last_that_counts(&[], Ok("one"))]
    #[case::the_last_commit_under_changes(&["echo 3 > shared/a"], Ok("three"))]
    #[case::the_last_release(&["git tag v0.1.0 HEAD~1", "git tag other HEAD"], Ok("v0.1.0"))]
    #[case::the_release_before_that_of_this_commit(&["git tag v0.1.0 HEAD~2", "git tag v0.2.0"], Ok("v0.1.0"))]
    #[case::no_commit_before(&["git checkout -q HEAD~2"], Err("it is the first"))]
    #[case::a_shallow_clone(
        &["git clone -q --depth 1 file://$PWD clone; rm -rf .git; mv clone/.git .; git reset -q --hard"],
        Err("shallow clone")
    )]
    #[case::no_history(&["rm -rf .git"], Err("no history"))]
    #[tokio::test]
    async fn what_is_upgraded_from(#[case] then: &[&str], #[case] expected: Result<&str, &str>) {
        let directory = repository(&[&TWO, then].concat()).await;
        let found = find(&workspace(directory.path())).await.unwrap();
        match (found, expected) {
            (Ok(previous), Ok(title)) => assert!(previous.title.ends_with(title), "{previous:?}"),
            (Err(reason), Err(words)) => assert!(reason.contains(words), "{reason}"),
            (found, _) => panic!("{found:?}"),
        }
    }

    #[test]
    fn only_what_differs_is_written_and_nothing_else_stays() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path().join("source");
        let manifest = ("Cargo.toml", "[workspace.package]\nversion = \"0.1.0\"\n");
        unpack(&archive(&[manifest, ("same/a", "1"), ("changed", "1"), ("gone", "1")]), &root).unwrap();
        let past = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
        for name in ["Cargo.toml", "same/a", "changed"] {
            fs::File::options().write(true).open(root.join(name)).unwrap().set_modified(past).unwrap();
        }
        unpack(&archive(&[manifest, ("same/a", "1"), ("changed", "2")]), &root).unwrap();
        let modified = |name: &str| fs::metadata(root.join(name)).unwrap().modified().unwrap();
        assert_eq!((modified("Cargo.toml"), modified("same/a")), (past, past));
        assert_ne!(modified("changed"), past);
        assert_eq!(fs::read_to_string(root.join("changed")).unwrap(), "2");
        assert!(!root.join("gone").exists());
    }

    #[test]
    fn the_older_packages_have_a_version_of_their_own() {
        let manifest = "[workspace]\n[workspace.package]\nversion = \"0.1.0\"\n[workspace.dependencies]\nserde = \"1\"\n";
        assert_eq!(marked(manifest).unwrap(), manifest.replace("0.1.0", "0.1.0+previous"));
        assert!(marked("[package]\nversion = \"1\"").is_err());
    }

    #[rstest::rstest]
    #[case("shared/app/src/lib.rs", true)]
    #[case("../a", false)]
    #[case("/a", false)]
    fn a_path_that_leads_out_is_refused(#[case] path: &str, #[case] accepted: bool) {
        assert_eq!(inside(Path::new(path)).is_ok(), accepted);
    }
}
