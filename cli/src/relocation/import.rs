//! `protium import`.

use super::{
    AT_ONCE,
    archive::{self, End, Head, Member, sha256},
    counts, spinner,
};
use crate::{
    ambient::{SystemClock, date},
    args::relocation::ImportArgs,
    installation::Installation,
    output::{GOOD, HINT, note, print, quoted},
};
use anyhow::{Context, Result, anyhow, bail};
use indicatif::ProgressBar;
use protium_app::ports::{Artifacts, Entity, ObjectInventory, PortError};
use protium_app::relocation::{
    Begun, Census, ImportError, Importer, Lot, Route,
    belonging::{self, Belonging},
    roles,
};
use protium_aws::s3::ArtifactBucket;
use protium_store::{DynamoStore, portable};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    sync::Arc,
    time::Duration,
};
use tokio::{runtime::Runtime, task::JoinSet};

/// How many of many things are named.
const EXAMPLES: usize = 10;
/// How many bytes of objects are held at once, beside the last.
const MOST_HELD: usize = 64 << 20;
/// How often, and after what pause, a lot is written again that a table with too much to do refused.
const BUSY_ATTEMPTS: u32 = 8;
const BUSY_PAUSE: Duration = Duration::from_millis(500);

/// What a first reading found.
#[derive(Default)]
struct Examined {
    end: End,
    census: Census,
    obstacles: Vec<String>,
    roles: BTreeSet<String>,
}

/// One import, with all that it works on.
struct Job {
    runtime: Runtime,
    importer: Importer,
    store: DynamoStore,
    artifacts: Arc<ArtifactBucket>,
    progress: ProgressBar,
}

pub(crate) fn import(args: &ImportArgs) -> Result<()> {
    let head = archive::head(&args.from)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let installation = runtime.block_on(Installation::find(&args.installation))?;
    installation.require_at_rest()?;
    let store = installation.store()?;
    let importer = Importer {
        store: Arc::new(store.clone()),
        route: Route { from: head.from.clone(), to: installation.location.clone() },
        id: head.id.clone(),
        clock: Arc::new(SystemClock),
    };
    let artifacts = Arc::new(installation.artifacts()?);
    let job = Job { runtime, importer, store, artifacts, progress: spinner() };
    job.run(args, &head, &installation)
}

impl Job {
    fn run(&self, args: &ImportArgs, head: &Head, installation: &Installation) -> Result<()> {
        let begun = self.runtime.block_on(self.importer.standing())?;
        if let Begun::Completed(at) = begun {
            print(&format!(
                "{GOOD}nothing to do:{GOOD:#} {} has had this export since {}\n",
                installation.title(),
                date(at)
            ))?;
            return Ok(());
        }
        let examined = self.examine(&args.from)?;
        refuse_obstacles(&examined.obstacles, head, installation)?;
        if begun == Begun::Fresh {
            self.require_room(args)?;
        }
        if args.check {
            return told_checked(args, head, installation, &examined);
        }
        if begun == Begun::Fresh {
            self.runtime.block_on(self.importer.begin())?;
        } else {
            note("going on where an earlier run of this import ended\n");
        }
        self.objects(&args.from, installation)?;
        self.records(&args.from)?;
        self.verify(args, &examined)?;
        self.runtime.block_on(self.importer.complete())?;
        self.progress.finish_and_clear();
        told_done(head, installation, &examined)
    }

    /// Reads the whole file once: whether it is whole and can be read, and what of it can't come here.
    fn examine(&self, path: &Path) -> Result<Examined> {
        let mut examined = Examined::default();
        let mut found: BTreeMap<String, u64> = BTreeMap::new();
        self.begin_stage("checking");
        let end = archive::walk(path, |member| {
            match member {
                Member::Object(key, bytes) => {
                    if belonging::of_object(&key) != Some(Belonging::Moves) {
                        bail!(
                            "{}: it holds the object {key}, which this release doesn't know",
                            path.display()
                        );
                    }
                    if belonging::digest_of_key(&key).is_some_and(|digest| digest != sha256(&bytes)) {
                        bail!(
                            "{}: the object {key} is broken: it doesn't have the digest in its name",
                            path.display()
                        );
                    }
                    self.progress.inc(1);
                }
                Member::Records(lines) => {
                    for entity in entities(&lines) {
                        let entity = entity.with_context(|| format!("{} can't be read", path.display()))?;
                        *found.entry(belonging::kind(&entity).to_owned()).or_default() += 1;
                        examined.census.add(&entity);
                        examined.roles.extend(roles(&entity).map(str::to_owned));
                        examined.obstacles.extend(self.importer.route.obstacle(&entity));
                        self.progress.inc(1);
                    }
                }
            }
            Ok(())
        })?;
        if end.records != found {
            bail!("{}: it says that it holds {:?}, and holds {found:?}", path.display(), end.records);
        }
        examined.end = end;
        Ok(examined)
    }

    /// Refuses an installation that has something, or with `--add` something of the same name.
    fn require_room(&self, args: &ImportArgs) -> Result<()> {
        if !args.add {
            return self.runtime.block_on(self.importer.require_empty(&self.store)).map_err(|error| match error {
                ImportError::Used(_) => anyhow!(
                    "{error}; import into a new one (`cargo xtask deploy --stack-name …`), or add to this one with --add"
                ),
                other => other.into(),
            });
        }
        let mut there: Vec<String> = Vec::new();
        self.each_lot(&args.from, "looking for the same names", |lot| {
            // Settings are no one's by name: those of this installation stay.
            let named: Vec<Entity> =
                lot.into_iter().filter(|entity| !matches!(entity, Entity::AccountSettings(_))).collect();
            there.extend(self.runtime.block_on(self.importer.present(&named))?);
            Ok(())
        })?;
        if there.is_empty() {
            return Ok(());
        }
        bail!("this installation has these names already, and nothing is written over:\n{}", listed(&there))
    }

    /// Stores the objects that aren't there yet.
    fn objects(&self, path: &Path, installation: &Installation) -> Result<()> {
        self.begin_stage("objects");
        let mut batch: Vec<(String, Vec<u8>)> = Vec::new();
        let mut held = 0;
        archive::walk(path, |member| {
            let Member::Object(key, bytes) = member else { return Ok(()) };
            held += bytes.len();
            batch.push((key, bytes));
            if batch.len() == AT_ONCE || held > MOST_HELD {
                held = 0;
                self.runtime.block_on(self.store_objects(std::mem::take(&mut batch), installation))?;
            }
            Ok(())
        })?;
        self.runtime.block_on(self.store_objects(batch, installation))
    }

    async fn store_objects(&self, batch: Vec<(String, Vec<u8>)>, installation: &Installation) -> Result<()> {
        let mut under_way = JoinSet::new();
        for (key, bytes) in batch {
            let artifacts = self.artifacts.clone();
            under_way.spawn(async move {
                if artifacts.size(&key).await? != Some(bytes.len() as u64) {
                    artifacts.put(&key, bytes).await?;
                }
                Ok::<_, PortError>(())
            });
        }
        while let Some(one) = under_way.join_next().await {
            one.context("the task that stores an object died")?
                .map_err(|error| may_not_write(error, installation))?;
            self.progress.inc(1);
        }
        Ok(())
    }

    /// Writes the records that aren't there yet.
    fn records(&self, path: &Path) -> Result<()> {
        self.each_lot(path, "records", |lot| {
            self.progress.inc(lot.len() as u64);
            self.runtime.block_on(self.write(lot))
        })
    }

    /// Writes a lot, and waits while the table has too much to do: a new one gets used to its load within minutes.
    async fn write(&self, lot: Vec<Entity>) -> Result<()> {
        let mut pause = BUSY_PAUSE;
        for _ in 0..BUSY_ATTEMPTS {
            match self.importer.write(lot.clone()).await {
                Err(ImportError::Port(PortError::Throttled(_))) => {
                    tokio::time::sleep(pause).await;
                    pause *= 2;
                }
                other => return other.map(|_| ()).context("run the import again: it goes on where it ended"),
            }
        }
        self.importer.write(lot).await.map(|_| ()).context("run the import again: it goes on where it ended")
    }

    /// Reads everything again and compares.
    fn verify(&self, args: &ImportArgs, examined: &Examined) -> Result<()> {
        let mut differences: Vec<String> = Vec::new();
        self.each_lot(&args.from, "verifying", |mut lot| {
            if args.add {
                lot.retain(|entity| !matches!(entity, Entity::AccountSettings(_)));
            }
            self.progress.inc(lot.len() as u64);
            differences.extend(self.runtime.block_on(self.importer.differences(lot))?);
            Ok(())
        })?;
        if !args.add {
            differences.extend(self.runtime.block_on(examined.census.differences(&self.store))?);
        }
        if differences.is_empty() {
            return Ok(());
        }
        self.progress.finish_and_clear();
        bail!(
            "not everything arrived as it was; does somebody use the installation already?\n{}",
            listed(&differences)
        )
    }

    fn each_lot(
        &self,
        path: &Path,
        stage: &'static str,
        mut take: impl FnMut(Vec<Entity>) -> Result<()>,
    ) -> Result<()> {
        self.begin_stage(stage);
        let mut lot = Lot::default();
        archive::walk(path, |member| {
            let Member::Records(lines) = member else { return Ok(()) };
            for (entity, line) in entities(&lines).zip(lines.lines()) {
                if let Some(full) = lot.push(entity?, line.len()) {
                    take(full)?;
                }
            }
            Ok(())
        })?;
        let rest = lot.take();
        if rest.is_empty() { Ok(()) } else { take(rest) }
    }

    fn begin_stage(&self, stage: &'static str) {
        self.progress.set_message(stage);
        self.progress.set_position(0);
    }
}

fn entities(lines: &str) -> impl Iterator<Item = Result<Entity, PortError>> {
    lines.lines().map(portable::read)
}

fn refuse_obstacles(obstacles: &[String], head: &Head, installation: &Installation) -> Result<()> {
    if obstacles.is_empty() {
        return Ok(());
    }
    bail!(
        "stacks can't leave their region, and this export's are elsewhere: import into an installation in {}, not in {}\n{}",
        head.from.region,
        installation.location.region,
        listed(obstacles)
    )
}

/// The denial of the bucket's own policy, with what takes it away.
fn may_not_write(error: PortError, installation: &Installation) -> anyhow::Error {
    if !error.to_string().contains("AccessDenied") {
        return error.into();
    }
    anyhow!(
        "{error}\nNobody but Protium may write to its artifact bucket, except who is named by the stack's parameter \
         ImporterArn. Set it to the role (or user) that you are, import, and take it away again:\n  cargo xtask deploy \
         --stack-name {} --parameter ImporterArn=<the ARN of your role>",
        quoted(&installation.stack_name)
    )
}

fn listed(things: &[String]) -> String {
    let mut text: String = things.iter().take(EXAMPLES).map(|thing| format!("  - {thing}\n")).collect();
    if things.len() > EXAMPLES {
        text.push_str(&format!("  and {} more\n", things.len() - EXAMPLES));
    }
    text.trim_end().to_owned()
}

fn told_checked(
    args: &ImportArgs,
    head: &Head,
    installation: &Installation,
    examined: &Examined,
) -> Result<()> {
    print(&format!(
        "{GOOD}good:{GOOD:#} the export of {} in {}, account {}, of {} can be imported into {}\n{}\n{HINT}next:{HINT:#}\n  \
         protium import --from {} --stack {}\n",
        head.stack,
        head.from.region,
        head.from.account,
        date(head.made_at),
        installation.title(),
        counts(&examined.end.records, examined.end.objects),
        quoted(&args.from.display().to_string()),
        quoted(&installation.stack_name),
    ))?;
    Ok(())
}

fn told_done(head: &Head, installation: &Installation, examined: &Examined) -> Result<()> {
    print(&format!(
        "{GOOD}imported{GOOD:#} the export of {} in {}, account {}, into {}; everything was read again and compared\n{}",
        head.stack,
        head.from.region,
        head.from.account,
        installation.title(),
        counts(&examined.end.records, examined.end.objects),
    ))?;
    let mut next = String::new();
    if !examined.roles.is_empty() {
        let principal = installation.outputs.get("ProvisioningPrincipalArn").map_or("", String::as_str);
        let external_id = installation.outputs.get("ExternalId").map_or("", String::as_str);
        next.push_str(&format!(
            "\n{HINT}next:{HINT:#} these roles have to trust the principal {principal}\nwith the external id {external_id}:\n"
        ));
        next.extend(examined.roles.iter().map(|role| format!("  {role}\n")));
    }
    next.push_str(&format!(
        "\n{HINT}then:{HINT:#} protium doctor --stack {} tells what is still amiss. Don't use the old installation any more; \
         deleting its stack leaves its table, its buckets and all stacks that it provisioned.\n",
        quoted(&installation.stack_name)
    ));
    print(&next)?;
    Ok(())
}
