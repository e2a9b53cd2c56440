//! Files written into a folder that somebody named, and nowhere else.
//!
//! Names come from bundles and links may lie in the folder, so each step of a path is looked at: nothing is written
//! through a link below the folder. Files of the same name are replaced, others left alone; what is the same already isn't
//! touched, so that nobody who watches is woken for nothing.

use anyhow::{Context, Result, bail};
use std::{
    fs, io,
    path::{Component, Path, PathBuf},
};

/// Writes a file below `root` and returns its path.
///
/// # Errors
/// A name that leads out of the folder; a link, or a folder where a file has to be; what the system refuses.
pub(crate) fn file(root: &Path, name: &str, content: &[u8]) -> Result<PathBuf> {
    let relative = Path::new(name);
    if name.is_empty() || !relative.components().all(|part| matches!(part, Component::Normal(_))) {
        bail!("{name:?} leads out of {}", root.display());
    }
    let parent = relative.parent().unwrap_or(Path::new(""));
    folder(root, parent)?;
    let path = root.join(relative);
    match fs::symlink_metadata(&path) {
        Ok(metadata) if metadata.is_symlink() => bail!("{} is a link; remove it", path.display()),
        Ok(metadata) if !metadata.is_file() => bail!("{} is in the way; remove it", path.display()),
        Ok(metadata) if holds(&path, &metadata, content) => return Ok(path),
        _ => {}
    }
    fs::write(&path, content).with_context(|| format!("can't write {}", path.display()))?;
    Ok(path)
}

/// Whether the file holds that already; one of another size isn't read.
fn holds(path: &Path, metadata: &fs::Metadata, content: &[u8]) -> bool {
    metadata.len() == content.len() as u64 && fs::read(path).is_ok_and(|present| present == content)
}

/// Where a path that needn't exist yet leads in the end, links followed.
pub(crate) fn resolved(path: &Path) -> PathBuf {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut real = PathBuf::new();
    for part in absolute.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                real.pop();
            }
            part => real.push(part),
        }
        // What doesn't exist will be made as it is named.
        real = fs::canonicalize(&real).unwrap_or(real);
    }
    real
}

/// Makes the folders below `root`, which itself may be a link: it is what was named.
fn folder(root: &Path, relative: &Path) -> Result<()> {
    fs::create_dir_all(root).with_context(|| format!("can't make the folder {}", root.display()))?;
    let mut path = root.to_owned();
    for part in relative.components() {
        path.push(part);
        match fs::symlink_metadata(&path) {
            Ok(metadata) if metadata.is_dir() => {}
            Ok(_) => bail!("{} is no folder; remove it", path.display()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                fs::create_dir(&path).with_context(|| format!("can't make the folder {}", path.display()))?;
            }
            Err(error) => return Err(error).with_context(|| format!("can't look at {}", path.display())),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("../x")]
    #[case("/etc/x")]
    #[case("a/../../x")]
    #[case("")]
    fn no_name_leads_out_of_the_folder(#[case] name: &str) {
        let root = tempfile::tempdir().unwrap();
        assert!(file(&root.path().join("out"), name, b"x").is_err());
        assert!(!root.path().join("x").exists());
    }

    #[cfg(unix)]
    #[test]
    fn nothing_is_written_through_links_below_the_folder() {
        let root = tempfile::tempdir().unwrap();
        let (outside, out) = (root.path().join("outside"), root.path().join("out"));
        fs::create_dir_all(&outside).unwrap();
        fs::create_dir_all(&out).unwrap();
        std::os::unix::fs::symlink(&outside, out.join("infrastructure")).unwrap();
        std::os::unix::fs::symlink(outside.join("x"), out.join("y")).unwrap();
        assert!(file(&out, "infrastructure/x", b"x").is_err());
        assert!(file(&out, "y", b"x").is_err());
        assert!(!outside.join("x").exists());
        assert!(file(&out, "z/x", b"x").is_ok());
    }
}
