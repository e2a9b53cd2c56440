//! CreateComponent.

use protium_bundle::Manifest;
use protium_domain::component::{Attachment, Component, ComponentState, NewComponent};
use protium_domain::deployment::{Deployment, DeploymentKind, NewDeployment};
use protium_domain::environment::Environment;
use protium_domain::event::StatusEvent;
use protium_domain::intent::Partition;
use protium_domain::name::ResourceName;
use protium_domain::reference::{Reference, Referent, Referrer};
use protium_domain::service_instance::ServiceInstance;
use protium_domain::tag::{InvalidTag, Tags};
use serde::{Deserialize, Serialize};

use super::place::{environment_for_component, instance_idle, require_attachable, service_spec_check};
use super::{ComponentView, described};
use crate::artifact::document_store;
use crate::client_token::TokenUse;
use crate::commit::Commit;
use crate::context::App;
use crate::error::{Error, Result};
use crate::ports::{Key, StoreExt, Write};
use crate::race::Races;
use crate::workflow;

/// A request to create a component.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ComponentCreate {
    /// Its name.
    pub name: ResourceName,
    /// For people.
    pub description: Option<String>,
    /// The environment to live in; may be left out when there is an instance, whose environment it is.
    pub environment: Option<ResourceName>,
    /// The service of the instance to attach it to.
    pub service: Option<ResourceName>,
    /// The instance to attach it to.
    pub service_instance: Option<ResourceName>,
    /// The infrastructure code.
    pub template_file: String,
    /// How it is provisioned.
    pub manifest: String,
    /// A service spec whose section of the instance becomes the component's inputs.
    pub service_spec: Option<String>,
    /// The customer's tags.
    pub tags: Tags,
    /// Makes the request repeatable for eight hours. Not part of its fingerprint.
    #[serde(skip)]
    pub client_token: Option<String>,
}

/// Creates a component and begins its first deployment.
///
/// # Errors
/// [`Error::NotFound`] for an unknown environment or instance; [`Error::Validation`] for a manifest or service spec that
/// does not fit, an environment or a template that takes no components, members that contradict each other, or a token
/// that was used for another request; [`Error::Conflict`] for a name that is taken, an instance that has a component
/// already, and while the instance is in progress.
pub async fn component_create(app: &App, input: ComponentCreate) -> Result<ComponentView> {
    let attachment = attachment(&input)?;
    let file = file_of(&input.manifest)?;
    let mut races = Races::few();
    loop {
        let token = TokenUse::find(app, "CreateComponent", input.client_token.as_ref(), &input).await?;
        let existing: Option<Component> = app.store.find(Key::Component(input.name.clone())).await?;
        match existing {
            Some(original) if token.is_known(original.created_at) => {
                return ComponentView::load(app, original).await;
            }
            Some(_) => {
                let what = described(&input.name);
                return Err(Error::Conflict(format!("{what} exists already; choose another name")));
            }
            None => {}
        }
        let place = Place::find(app, &input, attachment.as_ref()).await?;
        let (commit, component) = place.component(app, &input, &file, attachment.clone(), &token).await?;
        match commit.submit(app).await {
            Ok(()) => return ComponentView::load(app, component).await,
            Err(error) => races.lost(error, &described(&input.name))?,
        }
    }
}

/// What [`component_create`] would commit for a name that is free.
pub(crate) async fn component_create_plan(app: &App, input: &ComponentCreate) -> Result<Commit> {
    let attachment = attachment(input)?;
    let file = file_of(&input.manifest)?;
    let existing: Option<Component> = app.store.find(Key::Component(input.name.clone())).await?;
    if existing.is_some() {
        return Err(Error::Conflict(format!("{} exists already", described(&input.name))));
    }
    let token = TokenUse::find(app, "CreateComponent", input.client_token.as_ref(), input).await?;
    let place = Place::find(app, input, attachment.as_ref()).await?;
    Ok(place.component(app, input, &file, attachment, &token).await?.0)
}

/// The attachment that the request asks for, if its members go together.
fn attachment(input: &ComponentCreate) -> Result<Option<Attachment>> {
    let attachment = match (input.service.clone(), input.service_instance.clone()) {
        (Some(service), Some(instance)) => Some(Attachment { service, instance }),
        (None, None) => None,
        (Some(_), None) | (None, Some(_)) => {
            return Err(Error::Validation(
                "serviceName, serviceInstanceName: an instance is named by both; give both, or neither"
                    .to_owned(),
            ));
        }
    };
    if attachment.is_none() && input.environment.is_none() {
        return Err(Error::Validation(
            "environmentName: give the environment to deploy the component into, or the service instance to attach it to \
             by serviceName and serviceInstanceName"
                .to_owned(),
        ));
    }
    if attachment.is_none() && input.service_spec.is_some() {
        return Err(Error::Validation(
            "serviceSpec: it gives a component the inputs of a service instance, so attach the component to one by \
             serviceName and serviceInstanceName, or leave it out"
                .to_owned(),
        ));
    }
    Ok(attachment)
}

/// The template file that a component's manifest names (behaviour 2.7: the grammar of bundles, without CodeBuild).
fn file_of(manifest: &str) -> Result<String> {
    let problems = |problems: Vec<protium_bundle::Problem>| {
        let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
        Error::Validation(lines.join("; "))
    };
    match Manifest::parse(manifest, "manifest").map_err(problems)? {
        Manifest::CloudFormation { native_parameters: true, .. } => Err(Error::Validation(
            "manifest: components have no inputs of their own to pass as parameters; remove 'native_parameters' and \
             write '{{ … }}' in the template"
                .to_owned(),
        )),
        Manifest::CloudFormation { file, native_parameters: false } => Ok(file),
        Manifest::Terraform { .. } => Err(Error::Validation(
            "manifest: Terraform goes to environments with a provisioningRepository; the environments of this \
             installation provision by CloudFormation, so write 'rendering_engine: jinja' and 'template_language: \
             cloudformation'"
                .to_owned(),
        )),
        Manifest::CodeBuild(_) => Err(Error::Validation(
            "manifest: components can't be provisioned by CodeBuild; write 'rendering_engine: jinja' and \
             'template_language: cloudformation'"
                .to_owned(),
        )),
    }
}

/// What was read and checked before the component is made.
struct Place {
    environment: Environment,
    instance: Option<ServiceInstance>,
}

impl Place {
    async fn find(app: &App, input: &ComponentCreate, attachment: Option<&Attachment>) -> Result<Self> {
        let instance = match attachment {
            Some(attachment) => Some(instance_idle(app, attachment).await?),
            None => None,
        };
        let named = input.environment.as_ref();
        if let (Some(instance), Some(named)) = (&instance, named)
            && instance.environment != *named
        {
            return Err(Error::Validation(format!(
                "environmentName: the service instance lives in '{}', not in '{named}'; leave environmentName out",
                instance.environment
            )));
        }
        let name = instance.as_ref().map(|instance| &instance.environment).or(named);
        let name = name.ok_or_else(|| Error::internal("a component without a place was let through"))?;
        let environment = environment_for_component(app, name).await?;
        if let Some(instance) = &instance {
            require_attachable(app, instance, &input.name).await?;
        }
        Ok(Self { environment, instance })
    }

    /// Everything that makes the component.
    async fn component(
        self,
        app: &App,
        input: &ComponentCreate,
        file: &str,
        attachment: Option<Attachment>,
        token: &TokenUse,
    ) -> Result<(Commit, Component)> {
        let state = self.state(app, input, attachment).await?;
        let new = NewComponent {
            name: input.name.clone(),
            description: input.description.clone(),
            environment: self.environment.name.clone(),
            manifest: document_store(&*app.artifacts, input.manifest.clone()).await?,
            file: file.to_owned(),
            state: state.clone(),
            client_token: input.client_token.clone(),
            tags: self.tags(input)?,
        };
        let (now, id, location) = (app.now(), app.ids.identifier(), app.location());
        let (component, change) = Component::new(new, id.clone(), now);
        let new = NewDeployment {
            id,
            target: component.target(),
            kind: DeploymentKind::Deploy,
            target_created_at: now,
            initial_state: None,
            target_state: state.into(),
            service_operation_id: None,
        };
        let (deployment, began) = Deployment::new(new, now);
        let mut commit = Commit::new(Partition::Component(component.name.clone()));
        commit.create(&component);
        commit.create(&deployment);
        commit.write(Write::RequireInhabitable(component.environment.clone(), now));
        let reference = Reference {
            referent: Referent::Environment { name: component.environment.clone() },
            referrer: Referrer::Component { name: component.name.clone() },
        };
        commit.write(Write::Put(reference.into()));
        if let Some(mut instance) = self.instance {
            instance.component = Some(component.name.clone());
            commit.replace(instance);
        }
        token.claim(app, &mut commit, component.target().resource());
        commit.announce(StatusEvent::component(location, &component, change));
        commit.announce(StatusEvent::deployment(location, &deployment, began));
        commit.start(workflow::provision_start(&deployment));
        Ok((commit, component))
    }

    /// What the parents have is copied when the component is made, not later; its own tags win (behaviour 11).
    fn tags(&self, input: &ComponentCreate) -> Result<Tags> {
        let refused = |error: InvalidTag| Error::Validation(error.to_string());
        let mut tags = self.environment.tags.clone();
        if let Some(instance) = &self.instance {
            tags = tags.with(&instance.tags).map_err(refused)?;
        }
        tags.with(&input.tags).map_err(refused)
    }

    async fn state(
        &self,
        app: &App,
        input: &ComponentCreate,
        attachment: Option<Attachment>,
    ) -> Result<ComponentState> {
        let service_spec = match (&self.instance, &input.service_spec) {
            (Some(instance), Some(text)) => {
                let text = service_spec_check(app, instance, text, None).await?;
                Some(document_store(&*app.artifacts, text).await?)
            }
            _ => None,
        };
        Ok(ComponentState {
            template_file: document_store(&*app.artifacts, input.template_file.clone()).await?,
            attachment,
            service_spec,
            environment_deployment_id: self.environment.deployable.last_succeeded_deployment_id.clone(),
        })
    }
}
