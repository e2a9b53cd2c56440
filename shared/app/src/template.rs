//! Environment templates and service templates (behaviour 2.1, 2.2): one implementation over [`TemplateKind`].
//!
//! A template is one record that knows the numbers of its versions. Everything here decides from that record and
//! writes it under the condition that it is unchanged, so that of racing calls one wins and the others decide again.

use protium_domain::arn::Resource;
use protium_domain::digest::{Creation, Repetition};
use protium_domain::event::StatusEvent;
use protium_domain::intent::Partition;
use protium_domain::name::ResourceName;
use protium_domain::sync::SyncSubject;
use protium_domain::tag::Tags;
use protium_domain::template::{NewTemplate, Template, TemplateKind, TemplateStatus};
use protium_domain::transition::Transition;
use serde::Serialize;

use crate::commit::Commit;
use crate::context::App;
use crate::error::{Error, Result};
use crate::fingerprint::fingerprint;
use crate::paging::{Page, PageRequest};
use crate::ports::{Key, ListQuery, StoreExt};
use crate::race::Races;
use crate::sync::sync_config_forget;

/// A request to create a template.
#[derive(Debug, Clone, Serialize)]
pub struct TemplateCreate {
    /// What it makes.
    pub kind: TemplateKind,
    /// Its name, unique per kind.
    pub name: ResourceName,
    /// For people.
    pub display_name: Option<String>,
    /// For people.
    pub description: Option<String>,
    /// A KMS key's ARN, kept as given.
    pub encryption_key: Option<String>,
    /// `provisioning` or `pipelineProvisioning` is `CUSTOMER_MANAGED`.
    pub customer_managed: bool,
    /// The customer's tags.
    pub tags: Tags,
}

/// A request to change a template; what is absent stays.
#[derive(Debug, Clone)]
pub struct TemplateUpdate {
    /// What it makes.
    pub kind: TemplateKind,
    /// Its name.
    pub name: ResourceName,
    /// For people.
    pub display_name: Option<String>,
    /// For people.
    pub description: Option<String>,
}

/// Creates a template without versions. A repeat with the same input answers with the original while nobody has
/// updated it (behaviour 2.0 rule 2). Tags that were changed since don't count as an update: organisations tag what
/// others made, and a client that repeats its request must not fail because of it.
///
/// # Errors
/// [`Error::Conflict`] when the original was updated since, [`Error::Validation`] with `IdempotentParameterMismatch`
/// when it was made by another request.
pub async fn template_create(app: &App, input: TemplateCreate) -> Result<Template> {
    let creation = Creation::by(fingerprint(&input)?);
    let (kind, name) = (input.kind, input.name.clone());
    let new = new_template(input, creation.clone());
    let mut races = Races::few();
    loop {
        if let Some(existing) = template_find(app, kind, &name).await? {
            return repeated(existing, &creation);
        }
        let template = Template::new(new.clone(), app.now());
        let mut commit = Commit::new(Partition::Template(kind, name.clone()));
        commit.create(&template);
        let change = Transition { from: None, to: template.status };
        commit.announce(StatusEvent::template(app.location(), &template, change));
        match commit.submit(app).await {
            Ok(()) => return Ok(template),
            Err(error) => races.lost(error, &described(kind, &name))?,
        }
    }
}

/// Reads a template.
///
/// # Errors
/// [`Error::NotFound`] when there is none of that name.
pub async fn template_get(app: &App, kind: TemplateKind, name: &ResourceName) -> Result<Template> {
    template_find(app, kind, name).await?.ok_or_else(|| unknown(app, kind, name))
}

/// Lists the templates of a kind by name.
///
/// # Errors
/// The store's failures only.
pub async fn template_list(app: &App, kind: TemplateKind, page: &PageRequest) -> Result<Page<Template>> {
    Ok(app.store.page(&ListQuery::Templates(kind), page).await?)
}

/// Changes display name and description. A request that changes neither writes nothing.
///
/// # Errors
/// [`Error::NotFound`] when there is none of that name.
pub async fn template_update(app: &App, input: TemplateUpdate) -> Result<Template> {
    let mut races = Races::few();
    loop {
        let mut template = template_get(app, input.kind, &input.name).await?;
        if input.display_name.is_none() && input.description.is_none() {
            return Ok(template);
        }
        template.display_name = input.display_name.clone().or(template.display_name);
        template.description = input.description.clone().or(template.description);
        template.creation.modified = true;
        template.last_modified_at = app.now();
        let mut commit = Commit::new(Partition::Template(input.kind, input.name.clone()));
        let template = commit.replace(template);
        match commit.submit(app).await {
            Ok(()) => return Ok(template),
            Err(error) => races.lost(error, &described(input.kind, &input.name))?,
        }
    }
}

/// Deletes a template that has no versions, with its sync configuration; the template as it was, or nothing when it was gone already (behaviour 2.0
/// rule 3).
///
/// # Errors
/// [`Error::Conflict`] while any version exists.
pub async fn template_delete(app: &App, kind: TemplateKind, name: &ResourceName) -> Result<Option<Template>> {
    let mut races = Races::few();
    loop {
        let Some(template) = template_find(app, kind, name).await? else { return Ok(None) };
        require_no_versions(&template)?;
        let mut commit = Commit::new(Partition::Template(kind, name.clone()));
        let deleted = commit.delete(template.clone());
        sync_config_forget(app, &mut commit, SyncSubject::Template(kind, name.clone())).await?;
        let change = Transition { from: Some(template.status), to: TemplateStatus::Deleted };
        commit.announce(StatusEvent::template(app.location(), &deleted, change));
        match commit.submit(app).await {
            Ok(()) => return Ok(Some(template)),
            Err(error) => races.lost(error, &described(kind, name))?,
        }
    }
}

/// The template of that name, if there is one.
pub(crate) async fn template_find(
    app: &App,
    kind: TemplateKind,
    name: &ResourceName,
) -> Result<Option<Template>> {
    Ok(app.store.find(Key::Template(kind, name.clone())).await?)
}

/// A template as messages name it: `the environment template 'net'`.
pub(crate) fn described(kind: TemplateKind, name: &ResourceName) -> String {
    format!("the {} '{name}'", kind.noun())
}

/// The refusal of a name that no template has; wording of behaviour 14.
pub(crate) fn unknown(app: &App, kind: TemplateKind, name: &ResourceName) -> Error {
    let arn = app.location().arn(&Resource::Template { kind, name: name.clone() });
    Error::NotFound(format!("The requested {} does not exist: {arn}", kind.noun()))
}

fn new_template(input: TemplateCreate, creation: Creation) -> NewTemplate {
    NewTemplate {
        kind: input.kind,
        name: input.name,
        display_name: input.display_name,
        description: input.description,
        encryption_key: input.encryption_key,
        customer_managed: input.customer_managed,
        tags: input.tags,
        creation,
    }
}

fn repeated(existing: Template, creation: &Creation) -> Result<Template> {
    let what = described(existing.kind, &existing.name);
    match existing.creation.repetition(&creation.digest) {
        Repetition::Original => Ok(existing),
        Repetition::Modified => {
            Err(Error::Conflict(format!("{what} exists already and was changed since it was created")))
        }
        Repetition::Mismatch => Err(Error::idempotent_parameter_mismatch(&what)),
    }
}

fn require_no_versions(template: &Template) -> Result<()> {
    const NAMED: usize = 5;
    let count = template.versions().count();
    if count == 0 {
        return Ok(());
    }
    let named: Vec<String> = template.versions().take(NAMED).map(|version| version.to_string()).collect();
    let more = if count > NAMED { format!(" and {} more", count - NAMED) } else { String::new() };
    Err(Error::Conflict(format!(
        "{} still has versions: {}{more}; delete them first",
        described(template.kind, &template.name),
        named.join(", ")
    )))
}
