//! UpdateEnvironment (behaviour 2.3, 2.9).

use protium_domain::account_connection::AccountConnection;
use protium_domain::deployment::{Deployment, DeploymentState, NewDeployment};
use protium_domain::document::Document;
use protium_domain::environment::{Environment, EnvironmentRoles};
use protium_domain::event::StatusEvent;
use protium_domain::identifier::Identifier;
use protium_domain::intent::Partition;
use protium_domain::name::ResourceName;
use protium_domain::reference::{Reference, Referent, Referrer};
use protium_domain::template::TemplateKind;
use protium_domain::template_version::BundlePart;
use protium_domain::version::VersionNumber;
use serde::Serialize;

use super::customer_managed::{outputs_store, settle};
use super::read::environment_find;
use super::{EnvironmentView, described, require_allowed, require_one_way};
use crate::account_connection::{connection_for, connection_release, connection_take, lent_roles};
use crate::artifact::{document_load, document_store};
use crate::commit::Commit;
use crate::context::App;
use crate::error::{Error, Result};
use crate::ports::{Key, Write};
use crate::race::Races;
use crate::target_version::{
    DeploymentType, VersionChoice, require_cloudformation, version_deployable, version_for_update,
};
use crate::template::template_get;
use crate::{spec, workflow};

/// A request to update an environment; what is absent stays.
#[derive(Debug, Clone, Serialize)]
pub struct EnvironmentUpdate {
    /// Its name.
    pub name: ResourceName,
    /// For people.
    pub description: Option<String>,
    /// What to deploy.
    pub deployment_type: DeploymentType,
    /// The version to go to.
    pub version: VersionChoice,
    /// The spec's text.
    pub spec: Option<String>,
    /// Roles to change.
    pub roles: EnvironmentRoles,
    /// `environmentAccountConnectionId`.
    pub connection_id: Option<String>,
    /// Whether a `provisioningRepository` was given.
    pub has_repository: bool,
}

/// Updates an environment: its description and roles at once, its infrastructure by a deployment unless the type is
/// NONE. Template version and spec change when the deployment succeeds (behaviour 1.3).
///
/// # Errors
/// [`Error::NotFound`] for an unknown environment or version; [`Error::Validation`] for members that the deployment type
/// refuses, a spec that does not fit or a role that is not allowed; [`Error::Conflict`] while something is in progress.
pub async fn environment_update(app: &App, input: EnvironmentUpdate) -> Result<EnvironmentView> {
    require_one_way(input.connection_id.as_ref(), &input.roles, input.has_repository)?;
    require_allowed(app, &input.roles)?;
    let mut races = Races::few();
    loop {
        // On the heap: it holds several records, and would make every future around it large.
        let (commit, environment) = Box::pin(plan(app, &input)).await?;
        match commit.submit(app).await {
            Ok(()) => return EnvironmentView::load(app, environment).await,
            Err(error) => races.lost(error, &described(&input.name))?,
        }
    }
}

/// What [`environment_update`] would commit, where it deploys something.
pub(crate) async fn environment_update_plan(app: &App, input: &EnvironmentUpdate) -> Result<Commit> {
    require_one_way(input.connection_id.as_ref(), &input.roles, input.has_repository)?;
    require_allowed(app, &input.roles)?;
    Ok(Box::pin(plan(app, input)).await?.0)
}

async fn plan(app: &App, input: &EnvironmentUpdate) -> Result<(Commit, Environment)> {
    let mut environment = environment_find(app, &input.name).await?;
    require_idle(&environment)?;
    let mut change = Commit::new(Partition::Environment(environment.name.clone()));
    if let Some(connection) = replacement(app, input, &environment).await? {
        connection_release(app, &mut change, &environment).await?;
        environment.roles = lent_roles(&connection.roles);
        environment.connection_id = Some(connection.id.clone());
        connection_take(&mut change, connection);
    }
    let (mut commit, environment) = match input.deployment_type {
        DeploymentType::None => metadata(app, input, environment).await?,
        _ => deploy(app, input, environment).await?,
    };
    commit.append(change);
    Ok((commit, environment))
}

/// The connection that shall take the place of the environment's own, if that is asked for (behaviour 2.3).
async fn replacement(
    app: &App,
    input: &EnvironmentUpdate,
    environment: &Environment,
) -> Result<Option<AccountConnection>> {
    let lives_elsewhere = environment.connection_id.is_some();
    let gives_roles = input.roles != EnvironmentRoles::default();
    if (lives_elsewhere && gives_roles) || (!lives_elsewhere && input.connection_id.is_some()) {
        return Err(Error::Validation(format!(
            "{} can't change between roles of its own and those that a connection lends; make another environment",
            described(&environment.name)
        )));
    }
    let current = environment.connection_id.as_ref().map(Identifier::as_str);
    let Some(id) = input.connection_id.as_deref().filter(|id| Some(*id) != current) else { return Ok(None) };
    let connection = connection_for(app, &environment.name, id).await?;
    if connection.environment_account != environment.account {
        return Err(Error::Validation(format!(
            "environmentAccountConnectionId: the connection is of the account {}, but {} lives in {}",
            connection.environment_account,
            described(&environment.name),
            environment.account
        )));
    }
    Ok(Some(connection))
}

fn require_idle(environment: &Environment) -> Result<()> {
    let status = environment.deployable.status();
    if status.is_in_progress() {
        return Err(Error::Conflict(format!(
            "{} is {status}; wait until its deployment has ended",
            described(&environment.name)
        )));
    }
    Ok(())
}

async fn metadata(
    app: &App,
    input: &EnvironmentUpdate,
    mut environment: Environment,
) -> Result<(Commit, Environment)> {
    if input.spec.is_some() {
        return Err(Error::Validation(
            "spec: deploymentType NONE deploys nothing and takes no spec; use CURRENT_VERSION".to_owned(),
        ));
    }
    let template = template_get(app, TemplateKind::Environment, &environment.template).await?;
    version_for_update(&template, environment.version, input.deployment_type, input.version)?;
    apply_metadata(input, &mut environment);
    let mut commit = Commit::new(Partition::Environment(environment.name.clone()));
    let environment = commit.replace(environment);
    Ok((commit, environment))
}

fn apply_metadata(input: &EnvironmentUpdate, environment: &mut Environment) {
    let roles = &mut environment.roles;
    let given = input.roles.clone();
    roles.proton_service_role_arn = given.proton_service_role_arn.or(roles.proton_service_role_arn.take());
    roles.codebuild_role_arn = given.codebuild_role_arn.or(roles.codebuild_role_arn.take());
    roles.component_role_arn = given.component_role_arn.or(roles.component_role_arn.take());
    environment.description = input.description.clone().or(environment.description.take());
    environment.creation.modified = true;
}

async fn deploy(
    app: &App,
    input: &EnvironmentUpdate,
    mut environment: Environment,
) -> Result<(Commit, Environment)> {
    let kind = TemplateKind::Environment;
    let template = template_get(app, kind, &environment.template).await?;
    let number = version_for_update(&template, environment.version, input.deployment_type, input.version)?;
    let (state, outputs) = target_state(app, input, &environment, number).await?;
    let succeeded_once = environment.deployable.last_succeeded_deployment_id.is_some();
    let initial_state = succeeded_once.then(|| environment.state().into());
    apply_metadata(input, &mut environment);

    let (now, id, location, read) = (app.now(), app.ids.identifier(), app.location(), environment.revision);
    let before = environment.state();
    let change = environment.update(id.clone(), &state, now)?;
    environment.revision = read.next();
    let (mut deployment, began) = Deployment::new(
        NewDeployment {
            id,
            target: environment.target(),
            kind: input.deployment_type.kind(),
            target_created_at: environment.created_at,
            initial_state,
            target_state: state.clone().into(),
            service_operation_id: None,
        },
        now,
    );
    let mut commit = Commit::new(Partition::Environment(environment.name.clone()));
    commit.write(Write::RequireDeployable(kind, state.template.clone(), number, now));
    commit.write(Write::Put(reference(&environment, &state).into()));
    commit.announce(StatusEvent::environment(location, &environment, change));
    commit.announce(StatusEvent::deployment(location, &deployment, began));
    if let Some(outputs) = outputs {
        for event in settle(app, &mut environment, &mut deployment, &state, outputs)? {
            commit.announce(event);
        }
    } else {
        commit.start(workflow::provision_start(&deployment));
    }
    if environment.version != before.version {
        commit.write(Write::Remove(Key::Reference(reference(&environment, &before))));
    }
    let environment = commit.replace_read(environment, read);
    commit.create(&deployment);
    Ok((commit, environment))
}

/// What the environment shall be made of; an omitted spec is the stored one, checked against the new version. Of a
/// customer-managed environment also the outputs that it has then.
async fn target_state(
    app: &App,
    input: &EnvironmentUpdate,
    environment: &Environment,
    number: VersionNumber,
) -> Result<(DeploymentState, Option<Document>)> {
    let version = version_deployable(app, TemplateKind::Environment, &environment.template, number).await?;
    if !environment.customer_managed {
        require_cloudformation(&version, BundlePart::Infrastructure)?;
    }
    let schema = spec::schema(app, &version).await?;
    let stored = document_load(&*app.artifacts, &environment.spec).await?;
    let text = input.spec.as_deref().unwrap_or(&stored);
    let text = spec::environment_check(text, Some(&stored), &schema)?;
    let outputs = match environment.customer_managed {
        true => Some(outputs_store(app, &text, &schema).await?),
        false => None,
    };
    let document = document_store(&*app.artifacts, text).await?;
    let state = DeploymentState::new(environment.template.clone(), number, document);
    Ok((state, outputs))
}

fn reference(environment: &Environment, state: &DeploymentState) -> Reference {
    Reference {
        referent: Referent::TemplateVersion {
            kind: TemplateKind::Environment,
            name: state.template.clone(),
            version: state.version,
        },
        referrer: Referrer::Environment { name: environment.name.clone() },
    }
}
