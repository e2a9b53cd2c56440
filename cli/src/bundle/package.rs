//! `protium bundle package`: a checked bundle as the archive that is uploaded.
//!
//! Names are sorted and times, owners and umasks stay out, so that the same content gives the same bytes everywhere and
//! the digest tells whether anything has changed. Of the permissions one is kept, as Git does: scripts stay executable
//! for CodeBuild.

use super::{
    check::{Checked, check},
    report::{self, human, json},
    source::{Source, no_bundle},
};
use crate::{
    Ending,
    args::bundle::{OutputForm, PackageArgs},
    output::{self, GOOD, quoted, visible_line},
};
use anyhow::{Context, Result, anyhow, bail};
use flate2::{Compression, GzBuilder};
use protium_bundle::{
    Bundle, BundleKind, Files,
    archive::{self, PACKED_LIMIT},
    digest,
};
use serde::Serialize;
use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
};

/// What was packed.
struct Package {
    path: PathBuf,
    bytes: Vec<u8>,
    files: usize,
}

pub(crate) fn run(args: &PackageArgs) -> Result<Ending> {
    let mut checked = check(&args.bundle, &args.kind, &[]);
    if args.bundle.is_file() && checked.source.is_some() {
        checked.source = None;
        checked.problems =
            vec![*no_bundle(&args.bundle, "is packed already", "Name the bundle's directory.")];
    }
    let ending = checked.ending();
    let (Some(source), Some(bundle), Ending::Good) = (&checked.source, &checked.bundle, ending) else {
        report::failed(&checked, &args.output)?;
        return Ok(ending);
    };
    if args.output.output != OutputForm::Json {
        output::note(&human::problems(&checked));
    }
    let title = Title::of(&args.bundle);
    let path = args.out.clone().unwrap_or_else(|| format!("{}.tar.gz", title.file).into());
    let package = Package { bytes: pack(source)?, files: source.count(), path };
    write(&package.path, &package.bytes)?;
    match args.output.output {
        OutputForm::Json => report::json(&Shape::new(&package, &checked, bundle))?,
        _ => output::print(&human_text(&package, &title, &checked, bundle))?,
    }
    Ok(Ending::Good)
}

/// The archive, checked to hold what was judged.
fn pack(source: &Source) -> Result<Vec<u8>> {
    let Ok(files) = &source.files else { bail!("the bundle can't be read") };
    let bytes = tar_gz(files, source).context("can't pack the bundle")?;
    if bytes.len() > PACKED_LIMIT {
        bail!(
            "the bundle has {} bytes packed, more than the {PACKED_LIMIT} that Proton takes; \
             leave out what can be fetched at build time",
            bytes.len()
        );
    }
    match archive::read(&bytes) {
        Ok(packed) if packed == *files => Ok(bytes),
        _ => Err(anyhow!("the archive doesn't hold what was packed; please report this")),
    }
}

fn tar_gz(files: &Files, source: &Source) -> io::Result<Vec<u8>> {
    let gzip = GzBuilder::new().mtime(0).write(Vec::new(), Compression::best());
    let mut tar = tar::Builder::new(gzip);
    for (path, content) in files.iter() {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(if source.executables.contains(path) { 0o755 } else { 0o644 });
        header.set_mtime(0);
        header.set_uid(0);
        header.set_gid(0);
        tar.append_data(&mut header, path, content)?;
    }
    tar.into_inner()?.finish()
}

/// Writes beside and renames, so that there never is half a package under the name. A rename would put a file in the place of
/// a link or a device, so only files are replaced.
fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let cant = || format!("can't write {}", path.display());
    match fs::symlink_metadata(path) {
        Ok(present) if !present.is_file() => {
            return Err(anyhow!("there is something else than a file under that name")).with_context(cant);
        }
        _ => {}
    }
    let mut partial = path.as_os_str().to_owned();
    partial.push(".partial");
    let partial = PathBuf::from(partial);
    let written = write_new(&partial, bytes).and_then(|()| fs::rename(&partial, path));
    if written.is_err() {
        // There may be none; the error that counts is the other one.
        let _ = fs::remove_file(&partial);
    }
    written.with_context(cant)
}

/// Writes a file that wasn't there; what lies under the name, perhaps a link that came with a checkout, is removed first.
fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    File::create_new(path)?.write_all(bytes)
}

/// What a bundle is called after its directory.
struct Title {
    /// Of the package, without ending.
    file: String,
    /// Of the template.
    template: String,
    major: String,
}

impl Title {
    /// In repositories of templates bundles lie in `NAME/vMAJOR` (behaviour 4.1).
    fn of(bundle: &Path) -> Self {
        let path = fs::canonicalize(bundle).unwrap_or_else(|_| bundle.to_owned());
        let mut names = path.iter().rev().map(|name| plain(&name.to_string_lossy()));
        let name = names.next().filter(|name| !name.is_empty()).unwrap_or_else(|| "bundle".to_owned());
        let major = name.strip_prefix('v').filter(|n| !n.is_empty() && n.chars().all(|c| c.is_ascii_digit()));
        match (major, names.next().filter(|parent| !parent.is_empty())) {
            (Some(major), Some(template)) => {
                Self { file: format!("{template}-{name}"), major: major.to_owned(), template }
            }
            _ => Self { file: name.clone(), template: name, major: "1".to_owned() },
        }
    }
}

/// Of a directory's name what is good in a template's name, in a key and in a shell.
fn plain(name: &str) -> String {
    let plain: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '-' }).collect();
    plain.trim_matches(['-', '_']).to_owned()
}

fn human_text(package: &Package, title: &Title, checked: &Checked, bundle: &Bundle) -> String {
    let path = package.path.to_string_lossy();
    format!(
        "{GOOD}packed:{GOOD:#} {}\n  files   {}\n  size    {} bytes\n  sha256  {}\n\n\
         Next, with the bucket of bundles in BUNDLE_BUCKET and `aws proton` reaching Protium:\n\n{}",
        visible_line(&path),
        package.files,
        package.bytes.len(),
        digest(&package.bytes),
        commands(&path, title, checked, bundle),
    )
}

/// What is to be done with the package, to be copied.
fn commands(path: &str, title: &Title, checked: &Checked, bundle: &Bundle) -> String {
    let (kind, provisioning) = match bundle.kind() {
        BundleKind::Environment => ("environment", "provisioning"),
        BundleKind::Service => ("service", "pipeline-provisioning"),
    };
    let managed =
        if checked.customer_managed { format!(" --{provisioning} CUSTOMER_MANAGED") } else { String::new() };
    let compatible = match bundle.kind() {
        BundleKind::Environment => String::new(),
        BundleKind::Service => format!(" \\\n    --compatible-environment-templates {}", compatible(bundle)),
    };
    let (path, key) = (quoted(path), format!("bundles/{}.tar.gz", title.file));
    let Title { template, major, .. } = title;
    let version = format!("--template-name {template} --major-version {major}");
    format!(
        "  aws s3 cp {path} \"s3://$BUNDLE_BUCKET/{key}\"\n  \
           aws proton create-{kind}-template --name {template}{managed}    # once\n  \
           aws proton create-{kind}-template-version {version} \\\n    \
             --source \"s3={{bucket=$BUNDLE_BUCKET,key={key}}}\"{compatible}\n  \
           aws proton update-{kind}-template-version {version} \\\n    \
             --minor-version 0 --status PUBLISHED    # the minor version that the answer named\n"
    )
}

fn compatible(bundle: &Bundle) -> String {
    let environments = &bundle.registration().compatible_environments;
    if environments.is_empty() {
        return "templateName=my-env,majorVersion=1".to_owned();
    }
    let entry = |it: &protium_bundle::CompatibleEnvironment| {
        format!("templateName={},majorVersion={}", it.template_name, it.major_version)
    };
    environments.iter().map(entry).collect::<Vec<_>>().join(" ")
}

/// What `package --output json` prints of a good bundle.
#[derive(Debug, Serialize)]
struct Shape<'a> {
    path: String,
    size: usize,
    sha256: String,
    files: usize,
    kind: &'static str,
    customer_managed: bool,
    problems: Vec<json::ProblemShape<'a>>,
    ok: bool,
}

impl<'a> Shape<'a> {
    fn new(package: &Package, checked: &'a Checked, bundle: &Bundle) -> Self {
        Self {
            path: package.path.to_string_lossy().into_owned(),
            size: package.bytes.len(),
            sha256: digest(&package.bytes),
            files: package.files,
            kind: json::kind(bundle.kind()),
            customer_managed: checked.customer_managed,
            problems: json::problems(&checked.problems),
            ok: true,
        }
    }
}
