//! DeleteEnvironment (behaviour 2.3; the guard of design 2.5).

use protium_domain::deployable::{DeploymentOutcome, DeploymentStatus};
use protium_domain::deployment::{Deployment, DeploymentKind, NewDeployment, Retention};
use protium_domain::environment::Environment;
use protium_domain::event::StatusEvent;
use protium_domain::intent::Partition;
use protium_domain::name::ResourceName;
use protium_domain::reference::{Reference, Referent, Referrer};
use protium_domain::template::TemplateKind;

use super::{EnvironmentView, described};
use crate::account_connection::connection_release;
use crate::commit::Commit;
use crate::context::App;
use crate::error::{Error, Result};
use crate::guard::{self, MARK_LIFETIME};
use crate::ports::{CommitError, Key, StoreExt, Write};
use crate::race::Races;
use crate::workflow;

/// Begins the deletion of an environment; the environment as it is now, or nothing when it was gone already (behaviour
/// 2.0 rule 4). Of a customer-managed one only the record vanishes.
///
/// # Errors
/// [`Error::Conflict`] while an instance lives in it or a deployment is in progress.
pub async fn environment_delete(app: &App, name: &ResourceName) -> Result<Option<EnvironmentView>> {
    environment_delete_retaining(app, name, None).await
}

/// As [`environment_delete`]; `retention` says what a forced deletion lets stay.
pub(crate) async fn environment_delete_retaining(
    app: &App,
    name: &ResourceName,
    retention: Option<Retention>,
) -> Result<Option<EnvironmentView>> {
    let mut races = Races::few();
    loop {
        let found: Option<Environment> = app.store.find(Key::Environment(name.clone())).await?;
        let Some(environment) = found else { return Ok(None) };
        match attempt(app, environment, retention).await {
            Ok(view) => return Ok(Some(view)),
            Err(Failure::Commit(error)) => races.lost(error, &described(name))?,
            Err(Failure::Error(error)) => return Err(error),
        }
    }
}

enum Failure {
    Commit(CommitError),
    Error(Error),
}

impl From<CommitError> for Failure {
    fn from(error: CommitError) -> Self {
        Self::Commit(error)
    }
}

impl<E: Into<Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Error(error.into())
    }
}

async fn attempt(
    app: &App,
    environment: Environment,
    retention: Option<Retention>,
) -> std::result::Result<EnvironmentView, Failure> {
    match environment.deployable.status() {
        DeploymentStatus::DeleteInProgress => return Ok(EnvironmentView::load(app, environment).await?),
        status if status.is_in_progress() => {
            let what = described(&environment.name);
            let message = format!("{what} is {status}; wait until its deployment has ended");
            return Err(Error::Conflict(message).into());
        }
        _ => {}
    }
    let environment = mark(app, environment).await?;
    let referent = Referent::Environment { name: environment.name.clone() };
    if let Some(user) = guard::referrer_find(app, referent).await? {
        let message = format!(
            "{} can't be deleted while {} is in it; delete the service first",
            described(&environment.name),
            guard::described(&user)
        );
        unmark(app, environment).await?;
        return Err(Error::Conflict(message).into());
    }
    let environment = begin(app, environment, retention).await?;
    Ok(EnvironmentView::load(app, environment).await?)
}

/// Keeps new instances away while we look for present ones.
async fn mark(app: &App, mut environment: Environment) -> std::result::Result<Environment, CommitError> {
    environment.deleting_until = Some(app.now().plus(MARK_LIFETIME));
    change(app, environment).await
}

async fn unmark(app: &App, mut environment: Environment) -> std::result::Result<Environment, CommitError> {
    environment.deleting_until = None;
    change(app, environment).await
}

async fn change(app: &App, environment: Environment) -> std::result::Result<Environment, CommitError> {
    let mut commit = Commit::new(Partition::Environment(environment.name.clone()));
    let environment = commit.replace(environment);
    commit.submit(app).await?;
    Ok(environment)
}

async fn begin(
    app: &App,
    mut environment: Environment,
    retention: Option<Retention>,
) -> std::result::Result<Environment, Failure> {
    let (now, id, location) = (app.now(), app.ids.identifier(), app.location());
    let change = environment.deployable.delete(id.clone(), now)?;
    let new = NewDeployment {
        id,
        target: environment.target(),
        kind: DeploymentKind::Delete,
        target_created_at: environment.created_at,
        initial_state: Some(environment.state().into()),
        target_state: environment.state().into(),
        service_operation_id: None,
    };
    let (mut deployment, began) = Deployment::new(new, now);
    deployment.retention = retention;
    let read = environment.revision;
    environment.deleting_until = None;
    environment.revision = read.next();
    let mut commit = Commit::new(Partition::Environment(environment.name.clone()));
    commit.announce(StatusEvent::environment(location, &environment, change));
    commit.announce(StatusEvent::deployment(location, &deployment, began));
    if environment.customer_managed {
        // Both changes of status are stored at once, but each has a sequence of its own.
        let gone = environment.deployable.finish(DeploymentOutcome::Succeeded, None)?;
        environment.revision = environment.revision.next();
        commit.announce(StatusEvent::environment(location, &environment, gone));
        let ended = deployment.finish(DeploymentOutcome::Succeeded, None, now)?;
        deployment.revision = deployment.revision.next();
        commit.announce(StatusEvent::deployment(location, &deployment, ended));
        connection_release(app, &mut commit, &environment).await?;
        commit.delete_read(&environment, read);
        commit.write(Write::Remove(Key::Reference(template_reference(&environment))));
    } else {
        commit.start(workflow::provision_start(&deployment));
        environment = commit.replace_read(environment, read);
    }
    commit.create(&deployment);
    commit.submit(app).await?;
    Ok(environment)
}

fn template_reference(environment: &Environment) -> Reference {
    Reference {
        referent: Referent::TemplateVersion {
            kind: TemplateKind::Environment,
            name: environment.template.clone(),
            version: environment.version,
        },
        referrer: Referrer::Environment { name: environment.name.clone() },
    }
}
