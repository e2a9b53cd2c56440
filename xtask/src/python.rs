//! The virtual environments below `target/venv`: made once, kept while their pinned requirements stay the same.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::command::{command, run};
use crate::progress::Stage;
use crate::workspace::{Workspace, digest, environment};

/// The version that the emulator was tested on comes first; newer ones follow.
const CANDIDATES: [&str; 5] = ["python3.11", "python3", "python3.12", "python3.13", "python3.14"];
/// Exits with 0 where a virtual environment with pip can be made.
const SUITABLE: &str = "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))";
const PYTHON_MISSING: &str = "No Python with venv was found, at least 3.11. Install one (Debian, Ubuntu: \
    `apt install python3 python3-venv`; macOS: `brew install python@3.11`), or name one in PROTIUM_PYTHON.";
const PIP_FAILED: &str = "The pinned Python packages can't be installed. Is the network there (PyPI, or the index \
    that pip is configured for)? What is installed stays, so the command can just be repeated.";

/// Which packages are needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// The emulator, cfn-lint, the AWS clients, pytest.
    Local,
    /// The cross compiler for AWS.
    Deploy,
}

impl Purpose {
    fn directory(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Deploy => "deploy",
        }
    }

    fn requirements(self, workspace: &Workspace) -> PathBuf {
        workspace.emulator().join(match self {
            Self::Local => "requirements.txt",
            Self::Deploy => "requirements-deploy.txt",
        })
    }
}

/// A virtual environment with the packages of its purpose.
#[derive(Debug, Clone)]
pub struct Python {
    directory: PathBuf,
}

impl Python {
    /// The environment for a purpose; made, or made again, when its requirements changed since.
    ///
    /// Processes that want the same environment at the same time wait for one another.
    ///
    /// # Errors
    /// No suitable Python; pip fails (no network); the disk.
    pub async fn ensure(workspace: &Workspace, purpose: Purpose, stage: &Stage) -> Result<Self> {
        let directory = workspace.target.join("venv").join(purpose.directory());
        let requirements = purpose.requirements(workspace);
        let wanted = digest(&[&fs::read(&requirements)?]);
        let python = Self { directory };
        if python.digest_installed().as_deref() == Some(&wanted) {
            return Ok(python);
        }
        let _lock = lock(&python.directory.with_extension("lock"))?;
        if python.digest_installed().as_deref() == Some(&wanted) {
            return Ok(python);
        }
        python.install(&requirements, stage).await?;
        fs::write(python.digest_file(), wanted)?;
        Ok(python)
    }

    /// The interpreter.
    #[must_use]
    pub fn interpreter(&self) -> PathBuf {
        self.tool("python")
    }

    /// A program that a package of the environment brings.
    #[must_use]
    pub fn tool(&self, name: &str) -> PathBuf {
        self.directory.join("bin").join(name)
    }

    /// The directory of all its programs, to put on a PATH.
    #[must_use]
    pub fn tools(&self) -> PathBuf {
        self.directory.join("bin")
    }

    async fn install(&self, requirements: &Path, stage: &Stage) -> Result<()> {
        stage.advance("looking for Python");
        let base = interpreter_find().await?;
        if self.directory.exists() {
            fs::remove_dir_all(&self.directory)?;
        }
        stage.advance("making the virtual environment");
        let venv =
            command(&base, ["-m", "venv"].map(Path::new).into_iter().chain([self.directory.as_path()]));
        run(venv, |_| {}).await.context(PYTHON_MISSING)?;
        let mut pip = command(
            self.interpreter(),
            ["-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--requirement"],
        );
        pip.arg(requirements);
        run(pip, |line| {
            if let Some(package) = line.strip_prefix("Collecting ") {
                stage.advance(package.split([' ', '=']).next().unwrap_or(package));
            } else if line.starts_with("Installing") {
                stage.advance("installing");
            }
        })
        .await
        .context(PIP_FAILED)?;
        Ok(())
    }

    /// The digest of the requirements that were last installed completely.
    fn digest_installed(&self) -> Option<String> {
        // A virtual environment names its interpreter: when that was uninstalled, it is worth nothing.
        self.interpreter().exists().then(|| fs::read_to_string(self.digest_file()).ok()).flatten()
    }

    fn digest_file(&self) -> PathBuf {
        self.directory.join("requirements.sha256")
    }
}

/// An interpreter that can make virtual environments.
async fn interpreter_find() -> Result<PathBuf> {
    if let Some(named) = environment("PROTIUM_PYTHON") {
        return Ok(named.into());
    }
    for candidate in CANDIDATES {
        if run(command(candidate, ["-c", SUITABLE]), |_| {}).await.is_ok() {
            return Ok(candidate.into());
        }
    }
    bail!(PYTHON_MISSING)
}

/// Waits for a lock on a file, which is held until the result is dropped.
///
/// # Errors
/// When the file can't be made.
pub fn lock(path: &Path) -> Result<File> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    let file = File::options().create(true).append(true).open(path)?;
    file.lock().with_context(|| format!("{} can't be locked", path.display()))?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_environment_counts_only_when_it_was_finished_and_its_interpreter_is_there() {
        let directory = tempfile::tempdir().unwrap();
        let python = Python { directory: directory.path().join("venv") };
        assert_eq!(python.digest_installed(), None, "nothing was made");
        fs::create_dir_all(python.tools()).unwrap();
        fs::write(python.digest_file(), "abc").unwrap();
        assert_eq!(python.digest_installed(), None, "the interpreter is missing");
        fs::write(python.interpreter(), "").unwrap();
        assert_eq!(python.digest_installed().as_deref(), Some("abc"));
    }

    #[test]
    fn every_requirement_is_pinned_exactly() {
        let workspace = Workspace::find().unwrap();
        for purpose in [Purpose::Local, Purpose::Deploy] {
            let text = fs::read_to_string(purpose.requirements(&workspace)).unwrap();
            for line in text.lines().filter(|line| !line.starts_with('#')) {
                assert!(line.contains("=="), "{line} isn't pinned");
            }
        }
    }

    #[test]
    fn the_launcher_refuses_other_versions_than_those_installed() {
        let workspace = Workspace::find().unwrap();
        let launcher = fs::read_to_string(workspace.emulator().join("launcher.py")).unwrap();
        let requirements = fs::read_to_string(Purpose::Local.requirements(&workspace)).unwrap();
        for package in ["ministack", "aws-sam-translator", "cfn-lint"] {
            let version =
                requirements.lines().find_map(|line| line.strip_prefix(&format!("{package}=="))).unwrap();
            assert!(launcher.contains(&format!("\"{package}\": \"{version}\"")), "{package} {version}");
        }
    }
}
