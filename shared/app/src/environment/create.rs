//! CreateEnvironment.

use protium_domain::account_connection::AccountConnection;
use protium_domain::deployment::{Deployment, DeploymentKind, DeploymentState, NewDeployment};
use protium_domain::digest::{Creation, Repetition};
use protium_domain::document::Document;
use protium_domain::environment::{Environment, EnvironmentRoles, NewEnvironment};
use protium_domain::event::StatusEvent;
use protium_domain::intent::Partition;
use protium_domain::name::ResourceName;
use protium_domain::reference::{Reference, Referent, Referrer};
use protium_domain::tag::Tags;
use protium_domain::template::TemplateKind;
use protium_domain::template_version::BundlePart;
use protium_domain::transition::IllegalTransition;
use serde::{Deserialize, Serialize};

use super::customer_managed::{outputs_store, settle};
use super::{EnvironmentView, described, require_allowed, require_one_way};
use crate::account_connection::{connection_for, connection_take, lent_roles};
use crate::artifact::document_store;
use crate::commit::Commit;
use crate::context::App;
use crate::error::{Error, Result};
use crate::fingerprint::fingerprint;
use crate::ports::{Key, StoreExt, Write};
use crate::race::Races;
use crate::target_version::{require_cloudformation, version_resolve};
use crate::{spec, workflow};

/// A request to create an environment.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct EnvironmentCreate {
    /// Its name.
    pub name: ResourceName,
    /// For people.
    pub description: Option<String>,
    /// The environment template.
    pub template: ResourceName,
    /// Its major version.
    pub major: u64,
    /// Its minor version; absent means the recommended one.
    pub minor: Option<u64>,
    /// The spec's text.
    pub spec: String,
    /// What provisions it.
    pub roles: EnvironmentRoles,
    /// `environmentAccountConnectionId`.
    pub connection_id: Option<String>,
    /// Whether a `provisioningRepository` was given.
    pub has_repository: bool,
    /// The customer's tags.
    pub tags: Tags,
}

/// Creates an environment and begins its first deployment. A customer-managed one deploys nothing and succeeds at once.
/// A repeat with the same input answers with the original while nobody has updated it (behaviour 2.0 rule 2).
///
/// # Errors
/// [`Error::NotFound`] for an unknown template or version; [`Error::Validation`] for a spec that does not fit, a role
/// that is missing or not allowed, or a name that another request took; [`Error::Conflict`] when the original was
/// updated since.
pub async fn environment_create(app: &App, input: EnvironmentCreate) -> Result<EnvironmentView> {
    let creation = Creation::by(fingerprint(&input)?);
    let mut races = Races::few();
    loop {
        let existing: Option<Environment> = app.store.find(Key::Environment(input.name.clone())).await?;
        if let Some(existing) = existing {
            return repeated(app, existing, &creation).await;
        }
        // On the heap: it holds several records, and would make every future around it large.
        let draft = Box::pin(Draft::new(app, &input, creation.clone())).await?;
        let environment = draft.environment.clone();
        match draft.commit(app).submit(app).await {
            Ok(()) => return Ok(EnvironmentView { environment, spec: input.spec.clone() }),
            Err(error) => races.lost(error, &described(&input.name))?,
        }
    }
}

/// What [`environment_create`] would commit for a name that is free.
pub(crate) async fn environment_create_plan(app: &App, input: &EnvironmentCreate) -> Result<Commit> {
    let existing: Option<Environment> = app.store.find(Key::Environment(input.name.clone())).await?;
    if existing.is_some() {
        return Err(Error::Conflict(format!("{} exists already", described(&input.name))));
    }
    Ok(Draft::new(app, input, Creation::by(fingerprint(input)?)).await?.commit(app))
}

async fn repeated(app: &App, existing: Environment, creation: &Creation) -> Result<EnvironmentView> {
    let what = described(&existing.name);
    match existing.creation.repetition(&creation.digest) {
        Repetition::Original => EnvironmentView::load(app, existing).await,
        Repetition::Modified => {
            Err(Error::Conflict(format!("{what} exists already and was changed since it was created")))
        }
        Repetition::Mismatch => Err(Error::idempotent_parameter_mismatch(&what)),
    }
}

/// A new environment with its first deployment, ready to be committed.
struct Draft {
    environment: Environment,
    deployment: Deployment,
    events: Vec<StatusEvent>,
    connection: Option<AccountConnection>,
}

impl Draft {
    async fn new(app: &App, input: &EnvironmentCreate, creation: Creation) -> Result<Self> {
        require_one_way(input.connection_id.as_ref(), &input.roles, input.has_repository)?;
        let connection = match &input.connection_id {
            Some(id) => Some(connection_for(app, &input.name, id).await?),
            None => None,
        };
        let lent = connection.as_ref().map(|connection| lent_roles(&connection.roles));
        let roles = lent.unwrap_or_else(|| input.roles.clone());
        require_allowed(app, &roles)?;
        let kind = TemplateKind::Environment;
        let (template, version) =
            version_resolve(app, kind, &input.template, input.major, input.minor).await?;
        let schema = spec::schema(app, &version).await?;
        let text = spec::environment_check(&input.spec, None, &schema)?;
        let outputs = if template.customer_managed {
            require_any_role(&roles)?;
            Some(outputs_store(app, &text, &schema).await?)
        } else {
            require_cloudformation(&version, BundlePart::Infrastructure)?;
            require_service_role(&roles)?;
            None
        };
        let document = document_store(&*app.artifacts, text).await?;
        let state = DeploymentState::new(input.template.clone(), version.version, document);
        let new = NewEnvironment {
            name: input.name.clone(),
            description: input.description.clone(),
            account: connection
                .as_ref()
                .map_or(&app.location().account, |it| &it.environment_account)
                .clone(),
            customer_managed: template.customer_managed,
            roles,
            connection_id: connection.as_ref().map(|connection| connection.id.clone()),
            state,
            tags: input.tags.clone(),
            creation,
        };
        let draft = Self::begin(app, new, outputs)?;
        Ok(Self { connection, ..draft })
    }

    /// Of a customer-managed environment there are outputs already.
    fn begin(
        app: &App,
        new: NewEnvironment,
        outputs: Option<Document>,
    ) -> std::result::Result<Self, IllegalTransition> {
        let (now, id) = (app.now(), app.ids.identifier());
        let target_state = new.state.clone();
        let (mut environment, change) = Environment::new(new, id.clone(), now);
        let (mut deployment, began) = Deployment::new(
            NewDeployment {
                id,
                target: environment.target(),
                kind: DeploymentKind::Deploy,
                target_created_at: now,
                initial_state: None,
                target_state: target_state.clone().into(),
                service_operation_id: None,
            },
            now,
        );
        let location = app.location();
        let mut events = vec![
            StatusEvent::environment(location, &environment, change),
            StatusEvent::deployment(location, &deployment, began),
        ];
        if let Some(outputs) = outputs {
            events.extend(settle(app, &mut environment, &mut deployment, &target_state, outputs)?);
        }
        Ok(Self { environment, deployment, events, connection: None })
    }

    fn commit(self, app: &App) -> Commit {
        let Self { environment, deployment, events, .. } = &self;
        let mut commit = Commit::new(Partition::Environment(environment.name.clone()));
        commit.create(environment);
        if let Some(connection) = self.connection.clone() {
            connection_take(&mut commit, connection);
        }
        commit.create(deployment);
        let (kind, template, version) =
            (TemplateKind::Environment, &environment.template, environment.version);
        commit.write(Write::RequireDeployable(kind, template.clone(), version, app.now()));
        let reference = Reference {
            referent: Referent::TemplateVersion { kind, name: template.clone(), version },
            referrer: Referrer::Environment { name: environment.name.clone() },
        };
        commit.write(Write::Put(reference.into()));
        for event in events {
            commit.announce(event.clone());
        }
        if !environment.customer_managed {
            commit.start(workflow::provision_start(deployment));
        }
        commit
    }
}

/// A customer-managed environment needs no role for itself, but for what is deployed into it.
fn require_any_role(roles: &EnvironmentRoles) -> Result<()> {
    if roles.proton_service_role_arn.is_some() || roles.codebuild_role_arn.is_some() {
        return Ok(());
    }
    Err(Error::Validation(
        "protonServiceRoleArn: services are deployed into a customer-managed environment with its role; give the ARN of a \
         role that trusts Protium"
            .to_owned(),
    ))
}

fn require_service_role(roles: &EnvironmentRoles) -> Result<()> {
    if roles.proton_service_role_arn.is_some() {
        return Ok(());
    }
    Err(Error::Validation(
        "protonServiceRoleArn: the template is provisioned by CloudFormation, which needs a role; give the ARN of a role \
         that trusts Protium"
            .to_owned(),
    ))
}
