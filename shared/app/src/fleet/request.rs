//! PlanFleetUpdate and StartFleetUpdate.

use protium_domain::arn::Resource;
use protium_domain::event::StatusEvent;
use protium_domain::fleet::{
    Canary, FleetCounts, FleetKind, FleetTemplate, FleetUpdate, FleetUpdateStatus, NewFleetUpdate, Selection,
    Strategy,
};
use protium_domain::identifier::Identifier;
use protium_domain::name::ResourceName;
use protium_domain::template::{Template, TemplateKind};
use protium_domain::template_version::BundlePart;
use protium_domain::version::VersionNumber;
use serde::Serialize;

use super::progress::{counts_load, counts_of};
use super::read::FleetUpdateView;
use super::{commit_change, commit_of, described, fleet_update_find};
use crate::client_token::TokenUse;
use crate::commit::Commit;
use crate::context::App;
use crate::error::{Error, Result};
use crate::ports::{Key, StoreExt};
use crate::race::Races;
use crate::target_version::{require_cloudformation, version_deployable, version_for_creation};
use crate::workflow;

/// What shall be brought to whom, and how.
#[derive(Debug, Clone, Serialize)]
pub struct FleetUpdateRequest {
    /// For people.
    pub name: Option<String>,
    /// What of the template is updated; absent for the environments of an environment template, and the instances of a
    /// service template.
    pub kind: Option<FleetKind>,
    /// The template.
    pub template: ResourceName,
    /// The major version to go to; absent for the recommended one.
    pub to_major: Option<u64>,
    /// The minor version to go to; absent for the recommended one of the major version.
    pub to_minor: Option<u64>,
    /// Who is meant.
    pub selection: Selection,
    /// How to go about it.
    pub strategy: Strategy,
}

/// A request to plan a fleet update.
#[derive(Debug, Clone, Serialize)]
pub struct FleetUpdatePlan {
    /// What is asked for.
    pub request: FleetUpdateRequest,
    /// ARN of who asks.
    #[serde(skip)]
    pub requested_by: String,
    /// Makes the request repeatable for eight hours. Not part of its fingerprint.
    #[serde(skip)]
    pub client_token: Option<String>,
}

/// A request to carry out a fleet update.
#[derive(Debug, Clone)]
#[expect(clippy::large_enum_variant, reason = "one per request, taken apart at once")]
pub enum FleetUpdateStart {
    /// The one that was planned under this id.
    Planned(Identifier),
    /// A new one, planned and carried out.
    New(FleetUpdatePlan),
}

/// Plans a fleet update: finds out who would go, and in which wave. Nothing is deployed before it is started.
///
/// # Errors
/// [`Error::NotFound`] for an unknown template or version; [`Error::Validation`] for a name that both kinds of templates
/// have, for a version that can't be deployed, for customer-managed templates, which Protium doesn't deploy, and for a token
/// that was used for another request; [`Error::NotImplemented`] for what isn't provisioned by CloudFormation.
pub async fn fleet_update_plan(app: &App, input: FleetUpdatePlan) -> Result<FleetUpdateView> {
    make(app, "PlanFleetUpdate", &input, false).await
}

/// Carries out a fleet update: a planned one, or a new one as soon as it is planned. Starting one again that was started
/// does nothing.
///
/// # Errors
/// As [`fleet_update_plan`]; [`Error::NotFound`] for an unknown id; [`Error::Conflict`] for one that could not be planned or
/// was cancelled.
pub async fn fleet_update_start(app: &App, input: FleetUpdateStart) -> Result<FleetUpdateView> {
    match input {
        FleetUpdateStart::New(input) => make(app, "StartFleetUpdate", &input, true).await,
        FleetUpdateStart::Planned(id) => start(app, &id).await,
    }
}

async fn start(app: &App, id: &Identifier) -> Result<FleetUpdateView> {
    let mut races = Races::few();
    loop {
        let mut update = fleet_update_find(app, id).await?;
        let was_asked = update.status() == FleetUpdateStatus::Planning && update.starts_when_planned();
        if update.started_at.is_some() || was_asked {
            return FleetUpdateView::load(app, update).await;
        }
        let counts = counts_of(&update, &counts_load(app, id).await?);
        let change = update.start(app.now())?;
        if change.is_some() {
            update.begin_run(app.now());
        }
        let mut commit = commit_of(&update);
        let update = commit_change(app, &mut commit, update, change, counts, change.is_some());
        match commit.submit(app).await {
            Ok(()) => return FleetUpdateView::load(app, update).await,
            Err(error) => races.lost(error, &described(id))?,
        }
    }
}

async fn make(
    app: &App,
    operation: &'static str,
    input: &FleetUpdatePlan,
    starts: bool,
) -> Result<FleetUpdateView> {
    let mut races = Races::few();
    loop {
        let token = TokenUse::find(app, operation, input.client_token.as_ref(), input).await?;
        if let Some(Resource::FleetUpdate { id }) = token.known() {
            return FleetUpdateView::load(app, fleet_update_find(app, id).await?).await;
        }
        let new = new(app, input, starts).await?;
        let id = new.id.clone();
        let (commit, update) = draft(app, new, Some((&token, Resource::FleetUpdate { id })));
        match commit.submit(app).await {
            Ok(()) => return FleetUpdateView::load(app, update).await,
            Err(error) => races.lost(error, "the client token")?,
        }
    }
}

/// The commit that makes a fleet update and starts its first run.
pub(super) fn draft(
    app: &App,
    new: NewFleetUpdate,
    token: Option<(&TokenUse, Resource)>,
) -> (Commit, FleetUpdate) {
    let (update, change) = FleetUpdate::new(new, app.now());
    let mut commit = commit_of(&update);
    commit.create(&update);
    if let Some((token, resource)) = token {
        token.claim(app, &mut commit, resource);
    }
    commit.announce(StatusEvent::fleet_update(app.location(), &update, change, FleetCounts::default()));
    commit.start(workflow::fleet_start(&update));
    (commit, update)
}

async fn new(app: &App, input: &FleetUpdatePlan, starts: bool) -> Result<NewFleetUpdate> {
    let request = &input.request;
    if matches!(&request.strategy.canary, Some(Canary::Tags(tags)) if tags.0.is_empty()) {
        return Err(Error::Validation("strategy.canary.tags: name at least one tag".to_owned()));
    }
    let (kind, template) = template_of(app, request).await?;
    if template.customer_managed && kind != FleetKind::ServiceInstance {
        return Err(Error::Validation(format!(
            "templateName: '{}' is customer-managed: Protium deploys nothing of it, so there is nothing to bring to anybody",
            template.name
        )));
    }
    let to = version_to(app, kind, &template, request).await?;
    Ok(NewFleetUpdate {
        id: app.ids.identifier(),
        name: request.name.clone(),
        template: FleetTemplate { kind, name: template.name, to },
        selection: request.selection.clone(),
        strategy: request.strategy.clone(),
        automatic: false,
        requested_by: Some(input.requested_by.clone()),
        starts_when_planned: starts,
        retention: app.installation.fleet_retention,
    })
}

/// The template that is meant, and what of it.
async fn template_of(app: &App, request: &FleetUpdateRequest) -> Result<(FleetKind, Template)> {
    let find = async |kind: TemplateKind| -> Result<Option<Template>> {
        Ok(app.store.find(Key::Template(kind, request.template.clone())).await?)
    };
    if let Some(kind) = request.kind {
        let found = find(kind.template_kind()).await?;
        return Ok((kind, found.ok_or_else(|| unknown(&request.template))?));
    }
    match (find(TemplateKind::Service).await?, find(TemplateKind::Environment).await?) {
        (Some(_), Some(_)) => Err(Error::Validation(format!(
            "kind: there are a service template and an environment template '{}'; say which is meant by ENVIRONMENT, \
             SERVICE_INSTANCE or SERVICE_PIPELINE",
            request.template
        ))),
        (Some(template), None) => Ok((FleetKind::ServiceInstance, template)),
        (None, Some(template)) => Ok((FleetKind::Environment, template)),
        (None, None) => Err(unknown(&request.template)),
    }
}

fn unknown(name: &ResourceName) -> Error {
    Error::NotFound(format!("The requested template does not exist: {name}"))
}

/// The version to go to, which Protium can deploy.
async fn version_to(
    app: &App,
    kind: FleetKind,
    template: &Template,
    request: &FleetUpdateRequest,
) -> Result<VersionNumber> {
    let major = request.to_major.or_else(|| template.recommended().map(|version| version.major));
    let major = major.ok_or_else(|| {
        Error::NotFound(format!("the template '{}' has no published version; publish one", template.name))
    })?;
    let to = version_for_creation(template, major, request.to_minor)?;
    let version = version_deployable(app, kind.template_kind(), &template.name, to).await?;
    let part = part_of(kind);
    if version.part(part).is_none() {
        return Err(Error::Validation(format!("kind: version {to} of '{}' has no pipeline", template.name)));
    }
    require_cloudformation(&version, part)?;
    Ok(to)
}

/// The part of a bundle that is deployed.
pub(super) const fn part_of(kind: FleetKind) -> BundlePart {
    match kind {
        FleetKind::Environment => BundlePart::Infrastructure,
        FleetKind::ServiceInstance => BundlePart::InstanceInfrastructure,
        FleetKind::ServicePipeline => BundlePart::PipelineInfrastructure,
    }
}
