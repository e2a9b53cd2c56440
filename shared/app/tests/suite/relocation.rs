//! Moving an installation: what an export takes, what an import makes of it, and that neither can be cut or repeated into
//! something else.

use std::sync::Arc;

use async_trait::async_trait;
use protium_app::Page;
use protium_app::ports::{
    Artifacts, CommitError, Entity, Inventory, Marked, ObjectInventory, PortError, Store,
};
use protium_app::relocation::{
    Begun, Census, ImportError, Importer, Lot, MOST_RECORDS, Route, SnapshotError, snapshot_take,
};
use protium_domain::account::{AccountSettings, RepositoryBranch};
use protium_domain::account_connection::ConnectionClaim;
use protium_domain::arn::Location;
use protium_domain::deployable::Stack;
use protium_domain::deployment::{DeploymentKind, DeploymentTarget};
use protium_domain::environment::Environment;
use protium_domain::intent::{Intent, Partition};
use protium_domain::tally::{Countable, Slot, Tally};
use protium_domain::template::TemplateKind;
use protium_domain::token::StackWait;
use protium_testkit::{FixedClock, MemoryArtifacts, MemoryStore, SequentialIds, TestApp, records};

fn place(region: &str, account: &str) -> Location {
    Location { partition: "aws".to_owned(), region: region.to_owned(), account: account.to_owned() }
}

fn route() -> Route {
    Route { from: place("eu-west-1", records::ACCOUNT), to: place("eu-west-1", "999988887777") }
}

/// An installation with something of everything, at rest.
fn installation(instances: usize) -> TestApp {
    let test = TestApp::new();
    test.template_published(TemplateKind::Environment, "net");
    test.template_published(TemplateKind::Service, "web");
    test.environment_succeeded("beta", "net", &[("Vpc", "vpc-1")]);
    for number in 0..instances {
        test.service_active(&format!("shop-{number}"), "prod", "beta", "web");
    }
    test.seed(records::component_succeeded("queue", "beta", None, test.id(), test.now()));
    test.seed(records::repository("github:owner/repo", test.now()));
    let connection = records::connection(test.id(), "beta", "222233334444", test.now());
    test.seed(ConnectionClaim {
        management_account: connection.management_account.clone(),
        environment_name: connection.environment_name.clone(),
        connection_id: connection.id.clone(),
    });
    test.seed(connection);
    let branch = RepositoryBranch {
        arn: format!("arn:aws:proton:eu-west-1:{}:repository/github:owner/repo", records::ACCOUNT),
        repository: records::repository("github:owner/repo", test.now()).id,
        branch: "main".to_owned(),
    };
    test.seed(AccountSettings {
        pipeline_provisioning_repository: Some(branch),
        ..AccountSettings::default()
    });
    test
}

async fn exported(store: &dyn Inventory) -> Result<Vec<Entity>, SnapshotError> {
    let mut records = Vec::new();
    let snapshot = snapshot_take(store, |entity| {
        records.push(entity.clone());
        Ok(())
    })
    .await?;
    assert_eq!(snapshot.records.values().sum::<u64>(), records.len() as u64);
    Ok(records)
}

fn importer(store: &Arc<MemoryStore>, route: Route) -> Importer {
    Importer {
        store: store.clone(),
        route,
        id: SequentialIds::nth(77),
        clock: Arc::new(FixedClock::default()),
    }
}

/// Carries an import out as a program does: it begins, or goes on where it was cut.
async fn import(importer: &Importer, store: &MemoryStore, records: &[Entity]) -> Result<usize, ImportError> {
    match importer.standing().await? {
        Begun::Completed(_) => return Ok(0),
        Begun::Resumed => {}
        Begun::Fresh => {
            importer.require_empty(store).await?;
            importer.begin().await?;
        }
    }
    let (mut lot, mut written) = (Lot::default(), 0);
    for record in records {
        if let Some(full) = lot.push(record.clone(), 1000) {
            written += importer.write(full).await?;
        }
    }
    written += importer.write(lot.take()).await?;
    assert_eq!(importer.differences(records.to_vec()).await?, Vec::<String>::new());
    importer.complete().await?;
    Ok(written)
}

async fn differences(store: &MemoryStore, records: &[Entity]) -> Vec<String> {
    let mut census = Census::default();
    records.iter().for_each(|record| census.add(record));
    census.differences(store).await.expect("the store reads")
}

#[tokio::test]
async fn everything_arrives_readdressed_and_counted() {
    let old = installation(3);
    let records = exported(old.store.as_ref()).await.expect("at rest");
    let new = Arc::new(MemoryStore::default());
    let written = import(&importer(&new, route()), &new, &records).await.expect("an empty installation");
    assert_eq!(written, records.len());
    assert_eq!(differences(&new, &records).await, Vec::<String>::new());

    let environment = new.peek::<Environment>(&protium_app::ports::Key::Environment(records::name("beta")));
    let environment = environment.expect("it arrived");
    assert_eq!(environment.account, records::ACCOUNT, "the stacks stay in their account");
    let stack = environment.deployable.stack.expect("it has one").arn.expect("it is known");
    assert!(stack.contains(records::ACCOUNT), "{stack}");
    let claims: Vec<ConnectionClaim> = new.all();
    assert_eq!(claims[0].management_account, "999988887777");
    let settings: AccountSettings = new.all().remove(0);
    let branch = settings.pipeline_provisioning_repository.expect("it is set");
    assert_eq!(branch.arn, "arn:aws:proton:eu-west-1:999988887777:repository/github:owner/repo");

    let instances: i64 = new
        .all::<Tally>()
        .iter()
        .filter(|tally| {
            matches!(
                &tally.counter,
                protium_domain::tally::Counter::Slot(Slot { kind: Countable::ServiceInstance, .. }, _)
            )
        })
        .map(|tally| tally.count)
        .sum();
    assert_eq!(instances, 3);
}

#[tokio::test]
async fn an_import_that_is_cut_anywhere_goes_on_and_counts_everything_once() {
    let old = installation(60);
    let records = exported(old.store.as_ref()).await.expect("at rest");
    let whole = Arc::new(MemoryStore::default());
    import(&importer(&whole, route()), &whole, &records).await.expect("an empty installation");
    let commits = whole.calls().commit;
    assert!(commits > 4, "it takes several transactions");
    for cut in 0..commits {
        let new = Arc::new(MemoryStore::default());
        for _ in 0..cut {
            new.before_next_commit(|_| {});
        }
        new.before_next_commit(|store| {
            store.fail_next_commit(CommitError::Port(PortError::Throttled("cut".to_owned())));
        });
        let importer = importer(&new, route());
        import(&importer, &new, &records).await.expect_err("cut");
        import(&importer, &new, &records).await.unwrap_or_else(|error| panic!("cut at {cut}: {error}"));
        assert_eq!(new.everything(), whole.everything(), "cut at {cut}");
        assert_eq!(differences(&new, &records).await, Vec::<String>::new(), "cut at {cut}");
    }
}

#[tokio::test]
async fn a_complete_import_brings_nothing_back() {
    let old = installation(1);
    let records = exported(old.store.as_ref()).await.expect("at rest");
    let new = Arc::new(MemoryStore::default());
    let importer = importer(&new, route());
    import(&importer, &new, &records).await.expect("an empty installation");
    let repository =
        protium_app::ports::Key::Repository(records::repository("github:owner/repo", old.now()).id);
    new.unseed(&repository);
    assert!(matches!(importer.standing().await.expect("read"), Begun::Completed(_)));
    assert_eq!(import(&importer, &new, &records).await.expect("nothing to do"), 0);
    assert!(new.get(&repository).await.expect("read").is_none(), "what was deleted since stays deleted");
}

#[tokio::test]
async fn what_is_in_use_is_not_written_over() {
    let old = installation(1);
    let records = exported(old.store.as_ref()).await.expect("at rest");
    let other = installation(0);
    let refused = import(&importer(&other.store, route()), &other.store, &records).await;
    assert!(matches!(refused, Err(ImportError::Used(_))), "{refused:?}");
    let there = importer(&other.store, route()).present(&records).await.expect("read");
    assert!(there.contains(&"environment/beta".to_owned()), "{there:?}");
}

#[tokio::test]
async fn nothing_in_progress_is_exported() {
    let busy: [fn(&TestApp); 4] = [
        |test| {
            let target = DeploymentTarget::Environment { name: records::name("beta") };
            let kind = DeploymentKind::Deploy;
            test.seed(records::deployment_open(test.id(), target, kind, "net", test.now()));
        },
        |test| {
            test.seed(records::environment_deploying("new", "net", test.id(), test.now()));
        },
        |test| {
            test.seed(records::service_creating("new", "web", test.id(), Vec::new(), test.now()));
        },
        |test| {
            test.seed(Intent {
                id: test.id(),
                partition: Partition::Environment(records::name("beta")),
                created_at: test.now(),
                trace: None,
                events: Vec::new(),
                workflows: Vec::new(),
                wakes: Vec::new(),
                resumes: Vec::new(),
            });
        },
    ];
    for (position, begin) in busy.into_iter().enumerate() {
        let test = installation(1);
        begin(&test);
        let refused = exported(test.store.as_ref()).await;
        assert!(matches!(refused, Err(SnapshotError::Busy { count: 1, .. })), "{position}: {refused:?}");
    }
}

#[tokio::test]
async fn what_is_of_the_moment_stays_behind() {
    let test = installation(1);
    let before = exported(test.store.as_ref()).await.expect("at rest");
    test.seed(StackWait {
        stack_name: "AWSProton-x".to_owned(),
        deployment_id: test.id(),
        task_token: "secret".to_owned(),
        expires_at: test.now(),
    });
    let after = exported(test.store.as_ref()).await.expect("at rest");
    assert_eq!(before, after);
}

/// A table that somebody writes to when it was read once.
struct Disturbed<'a>(&'a MemoryStore, std::sync::Mutex<Option<Environment>>);

#[async_trait]
impl Inventory for Disturbed<'_> {
    async fn records(&self, after: Option<&str>) -> Result<Page<Marked>, PortError> {
        let page = self.0.records(after).await?;
        if page.next.is_none()
            && let Some(changed) = self.1.lock().expect("not poisoned").take()
        {
            self.0.seed(changed);
        }
        Ok(page)
    }
}

#[tokio::test]
async fn a_table_that_is_written_to_meanwhile_gives_no_export() {
    let test = installation(1);
    test.store.limit_pages(3);
    let mut changed = test.store.all::<Environment>().remove(0);
    changed.description = Some("another".to_owned());
    let disturbed = Disturbed(&test.store, Some(changed).into());
    assert!(matches!(exported(&disturbed).await, Err(SnapshotError::Changed)));
    exported(&disturbed).await.expect("nobody writes any more");
}

#[test]
fn stacks_do_not_leave_their_region() {
    let test = installation(1);
    let mut environment = test.store.all::<Environment>().remove(0);
    let abroad = Route { to: place("us-east-1", records::ACCOUNT), ..route() };
    let entity = |environment: &Environment| Entity::from(environment.clone());
    assert_eq!(route().obstacle(&entity(&environment)), None);
    let why = abroad.obstacle(&entity(&environment)).expect("its stack is elsewhere");
    assert!(
        why.contains("environment/beta") && why.contains("eu-west-1") && why.contains("us-east-1"),
        "{why}"
    );
    environment.deployable.stack = Some(Stack::named("AWSProton-x".to_owned()));
    assert_eq!(abroad.obstacle(&entity(&environment)), None, "it was never made");
    environment.deployable.stack = None;
    assert_eq!(abroad.obstacle(&entity(&environment)), None);
}

#[test]
fn lots_fit_into_transactions() {
    let test = installation(200);
    let (mut lot, mut lots) = (Lot::default(), Vec::new());
    let everything = test.store.everything();
    for record in &everything {
        lots.extend(lot.push(record.clone(), 30_000));
    }
    lots.push(lot.take());
    assert_eq!(lots.iter().map(Vec::len).sum::<usize>(), everything.len());
    assert!(
        lots.iter()
            .all(|lot| !lot.is_empty() && lot.len() <= MOST_RECORDS && lot.len() * 30_000 <= 2_000_000)
    );
}

#[tokio::test]
async fn all_objects_are_listed() {
    let artifacts = MemoryArtifacts::default();
    for key in ["bundles/sha256/a.tar.gz", "deployments/1/report.json", "documents/sha256/b", "previews/1/x"]
    {
        artifacts.put(key, key.into()).await.expect("stored");
    }
    let (mut keys, mut after) = (Vec::new(), None);
    loop {
        let page = artifacts.objects(after.as_deref()).await.expect("listed");
        keys.extend(page.items.into_iter().map(|object| object.key));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(keys, artifacts.keys());
    assert_eq!(artifacts.size("documents/sha256/b").await.expect("read"), Some(18));
}
