//! `protium export`.

use super::{
    AT_ONCE,
    archive::{FORMAT, Head, Writer},
    counts, spinner,
};
use crate::{
    Usage,
    ambient::{RandomIds, SystemClock},
    args::relocation::ExportArgs,
    installation::Installation,
    output::{GOOD, HINT, counted, note, print, quoted},
};
use anyhow::{Context, Result, bail};
use indicatif::ProgressBar;
use protium_app::ports::{Artifacts, Clock, Ids, ObjectInventory, ObjectSummary};
use protium_app::relocation::{
    Snapshot, SnapshotError,
    belonging::{self, Belonging},
    snapshot_take,
};
use protium_aws::s3::ArtifactBucket;
use protium_store::{DynamoStore, portable};
use std::{
    collections::BTreeMap,
    fs::File,
    io::BufWriter,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};
use tempfile::NamedTempFile;
use tokio::task::JoinSet;

/// Pause before what is in progress is looked at again.
const PAUSE: Duration = Duration::from_secs(5);
/// How often a table may change while it is read before it is said that somebody doesn't stop.
const ATTEMPTS: u32 = 4;

pub(crate) fn export(args: &ExportArgs) -> Result<()> {
    if args.to.exists() {
        return Err(Usage(format!("{} exists: name another file, or remove it", args.to.display())).into());
    }
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
        tokio::select! {
            done = run(args) => done,
            // The unfinished file goes with its owner.
            _ = tokio::signal::ctrl_c() => bail!("interrupted; nothing was written"),
        }
    })
}

async fn run(args: &ExportArgs) -> Result<()> {
    let installation = Installation::find(&args.installation).await?;
    let (store, artifacts) = (installation.store()?, Arc::new(installation.artifacts()?));
    let id = RandomIds.identifier();
    let deadline = Instant::now() + Duration::from_secs(args.wait * 60);
    let mut changes = 0;
    loop {
        let head = Head {
            format: FORMAT,
            id: id.clone(),
            made_at: SystemClock.now(),
            made_by: env!("CARGO_PKG_VERSION").to_owned(),
            from: installation.location.clone(),
            stack: installation.stack_name.clone(),
        };
        match attempt(&args.to, &head, &store, &artifacts).await {
            Ok((records, objects)) => return tell(args, &installation, &records, objects),
            Err(error) => match error.downcast::<SnapshotError>()? {
                SnapshotError::Busy { examples, .. } if Instant::now() < deadline => {
                    note(&format!("waiting for {}\n", examples.join(", ")));
                    tokio::time::sleep(PAUSE).await;
                }
                SnapshotError::Changed if changes < ATTEMPTS => changes += 1,
                other => return Err(refused(&other)),
            },
        }
    }
}

fn refused(error: &SnapshotError) -> anyhow::Error {
    let remedy = match error {
        SnapshotError::Busy { .. } => {
            "; an export is made of an installation at rest: wait, or give --wait MINUTES"
        }
        SnapshotError::Changed => {
            " again and again; stop those who change it (pipelines, people), and run the export again"
        }
        SnapshotError::Kept(_) | SnapshotError::Port(_) => "",
    };
    anyhow::anyhow!("{error}{remedy}")
}

/// Makes the file, once; it is there whole, or not at all.
async fn attempt(
    to: &Path,
    head: &Head,
    store: &DynamoStore,
    artifacts: &Arc<ArtifactBucket>,
) -> Result<(BTreeMap<String, u64>, u64)> {
    let file = temporary(to)?;
    let mut writer = Writer::begin(BufWriter::new(file), head)?;
    let progress = spinner();
    progress.set_message("records");
    let Snapshot { records } = snapshot_take(store, |entity| {
        progress.inc(1);
        writer.record(&portable::write(entity).map_err(std::io::Error::other)?)
    })
    .await?;
    let records: BTreeMap<String, u64> =
        records.into_iter().map(|(kind, count)| (kind.to_owned(), count)).collect();
    // After the records: what a record names was stored before it, and is never removed.
    let objects = objects(&mut writer, artifacts, &progress).await?;
    progress.finish_and_clear();
    let file = writer.end(records.clone())?.into_inner().map_err(|error| error.into_error())?;
    file.as_file().sync_all()?;
    file.persist_noclobber(to).with_context(|| format!("can't write {}", to.display()))?;
    Ok((records, objects))
}

/// An unnamed future of the file, beside it, readable by its owner only.
fn temporary(to: &Path) -> Result<NamedTempFile> {
    let directory = to
        .parent()
        .filter(|path| !path.as_os_str().is_empty())
        .map_or_else(|| PathBuf::from("."), Path::to_owned);
    tempfile::Builder::new()
        .prefix(".protium-export-")
        .tempfile_in(&directory)
        .with_context(|| format!("can't write to the folder {}", directory.display()))
}

async fn objects(
    writer: &mut Writer<BufWriter<NamedTempFile>>,
    artifacts: &Arc<ArtifactBucket>,
    progress: &ProgressBar,
) -> Result<u64> {
    progress.set_message("objects");
    progress.set_position(0);
    let (mut written, mut after) = (0, None);
    loop {
        let page = artifacts.objects(after.as_deref()).await?;
        let mut keys = Vec::new();
        for ObjectSummary { key, .. } in page.items {
            match belonging::of_object(&key) {
                Some(Belonging::Moves) => keys.push(key),
                Some(Belonging::Stays(_)) => {}
                None => bail!(
                    "the artifact bucket has {key}, which this release doesn't know: use the one that wrote it"
                ),
            }
        }
        for batch in keys.chunks(AT_ONCE) {
            for (key, bytes) in fetched(artifacts, batch).await? {
                writer.object(&key, &bytes)?;
                progress.inc(1);
                written += 1;
            }
        }
        after = page.next;
        if after.is_none() {
            return Ok(written);
        }
    }
}

/// Several objects at once, in their order.
async fn fetched(artifacts: &Arc<ArtifactBucket>, keys: &[String]) -> Result<Vec<(String, Vec<u8>)>> {
    let mut under_way = JoinSet::new();
    for (position, key) in keys.iter().cloned().enumerate() {
        let artifacts = artifacts.clone();
        under_way.spawn(async move {
            let bytes = artifacts.get(&key).await?;
            let bytes =
                bytes.with_context(|| format!("the object {key} went while it was read: export again"))?;
            anyhow::Ok((position, key, bytes))
        });
    }
    let mut found = Vec::with_capacity(keys.len());
    while let Some(one) = under_way.join_next().await {
        found.push(one.context("the task that reads an object died")??);
    }
    found.sort_by_key(|(position, ..)| *position);
    Ok(found.into_iter().map(|(_, key, bytes)| (key, bytes)).collect())
}

fn tell(
    args: &ExportArgs,
    installation: &Installation,
    records: &BTreeMap<String, u64>,
    objects: u64,
) -> Result<()> {
    let bytes = File::open(&args.to).and_then(|file| file.metadata()).map_or(0, |metadata| metadata.len());
    let file = quoted(&args.to.display().to_string());
    print(&format!(
        "{GOOD}exported{GOOD:#} {} to {file} ({})\n{}\n{HINT}next:{HINT:#} nobody may change the old installation any more, \
         since the new one will manage its stacks\n  protium import --from {file} --stack NAME --profile PROFILE --check\n",
        installation.title(),
        size(bytes),
        counts(records, objects),
    ))?;
    Ok(())
}

fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => counted(usize::try_from(bytes).unwrap_or(0), "byte"),
        1_000..1_000_000 => format!("{} kB", bytes / 1_000),
        _ => format!("{}.{} MB", bytes / 1_000_000, bytes / 100_000 % 10),
    }
}
