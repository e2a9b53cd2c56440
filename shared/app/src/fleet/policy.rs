//! PutUpdatePolicy, GetUpdatePolicy, DeleteUpdatePolicy: what owners, and authors of templates, say about newer versions.

use protium_domain::arn::Resource;
use protium_domain::environment::Environment;
use protium_domain::fleet::{EffectivePolicy, PolicyLayer, PolicyOrigin, UpdatePolicy, effective_policy};
use protium_domain::intent::Partition;
use protium_domain::name::ResourceName;
use protium_domain::service::Service;
use protium_domain::service_instance::ServiceInstance;
use protium_domain::service_pipeline::ServicePipeline;
use protium_domain::tag::Tags;
use protium_domain::template::{Template, TemplateKind};

use crate::commit::Commit;
use crate::context::App;
use crate::error::{Error, Result};
use crate::ports::{Entity, Key};
use crate::race::Races;

/// The policy that holds for a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpdatePolicyView {
    /// The resource.
    pub resource: Resource,
    /// What holds for it.
    pub policy: EffectivePolicy,
}

/// Sets the policy of a template, an environment, a service, an instance or a pipeline.
///
/// # Errors
/// [`Error::Validation`] for an ARN that names something else; [`Error::NotFound`] for an unknown resource.
pub async fn update_policy_put(app: &App, arn: &str, policy: &UpdatePolicy) -> Result<UpdatePolicyView> {
    change(app, arn, Some(policy)).await
}

/// Takes back what was set by [`update_policy_put`]; what tags and templates say holds then. Nothing happens when nothing
/// was set.
///
/// # Errors
/// As [`update_policy_put`].
pub async fn update_policy_delete(app: &App, arn: &str) -> Result<UpdatePolicyView> {
    change(app, arn, None).await
}

/// The policy that holds for a resource, whoever set it.
///
/// # Errors
/// As [`update_policy_put`].
pub async fn update_policy_get(app: &App, arn: &str) -> Result<UpdatePolicyView> {
    let (resource, key) = key(app, arn)?;
    view(app, resource, find(app, arn, &key).await?).await
}

async fn change(app: &App, arn: &str, policy: Option<&UpdatePolicy>) -> Result<UpdatePolicyView> {
    let (resource, key) = key(app, arn)?;
    let mut races = Races::few();
    loop {
        let mut entity = find(app, arn, &key).await?;
        let Some(own) = own_policy(&mut entity) else {
            return Err(Error::internal("a resource with a policy has no place for it"));
        };
        if own.as_ref() == policy {
            return view(app, resource, entity).await;
        }
        *own = policy.cloned();
        let commit = replacing(entity.clone())?;
        match commit.submit(app).await {
            Ok(()) => return view(app, resource, entity).await,
            Err(error) => races.lost(error, arn)?,
        }
    }
}

fn key(app: &App, arn: &str) -> Result<(Resource, Key)> {
    let resource = app.location().resource(arn).map_err(|error| Error::Validation(error.to_string()))?;
    let key = match resource.clone() {
        Resource::Template { kind, name } => Key::Template(kind, name),
        Resource::Environment { name } => Key::Environment(name),
        Resource::Service { name } => Key::Service(name),
        Resource::ServiceInstance { service, name } => Key::ServiceInstance(service, name),
        Resource::ServicePipeline { service } => Key::ServicePipeline(service),
        _ => {
            return Err(Error::Validation(format!(
                "resourceArn: '{arn}' names nothing that follows a template; give a template, an environment, a service, \
                 an instance or a pipeline"
            )));
        }
    };
    Ok((resource, key))
}

async fn find(app: &App, arn: &str, key: &Key) -> Result<Entity> {
    let found = app.store.get(key).await?;
    found.ok_or_else(|| Error::NotFound(format!("The requested resource does not exist: {arn}")))
}

fn own_policy(entity: &mut Entity) -> Option<&mut Option<UpdatePolicy>> {
    match entity {
        Entity::Template(it) => Some(&mut it.update_policy),
        Entity::Environment(it) => Some(&mut it.update_policy),
        Entity::Service(it) => Some(&mut it.update_policy),
        Entity::ServiceInstance(it) => Some(&mut it.update_policy),
        Entity::ServicePipeline(it) => Some(&mut it.update_policy),
        _ => None,
    }
}

fn replacing(entity: Entity) -> Result<Commit> {
    Ok(match entity {
        Entity::Template(it) => {
            let mut commit = Commit::new(Partition::Template(it.kind, it.name.clone()));
            commit.replace(it);
            commit
        }
        Entity::Environment(it) => {
            let mut commit = Commit::new(Partition::Environment(it.name.clone()));
            commit.replace(*it);
            commit
        }
        Entity::Service(it) => {
            let mut commit = Commit::new(Partition::Service(it.name.clone()));
            commit.replace(*it);
            commit
        }
        Entity::ServiceInstance(it) => {
            let mut commit = Commit::new(Partition::Service(it.service.clone()));
            commit.replace(*it);
            commit
        }
        Entity::ServicePipeline(it) => {
            let mut commit = Commit::new(Partition::Service(it.service.clone()));
            commit.replace(*it);
            commit
        }
        _ => return Err(Error::internal("only what follows a template has a policy")),
    })
}

async fn view(app: &App, resource: Resource, entity: Entity) -> Result<UpdatePolicyView> {
    let policy = match entity {
        Entity::Template(template) => effective_policy(&[of_template(&template)]),
        Entity::Environment(it) => {
            let template = template(app, TemplateKind::Environment, &it.template).await?;
            with_template(&[of_environment(&it)], template.as_ref())
        }
        Entity::Service(it) => {
            let template = template(app, TemplateKind::Service, &it.template).await?;
            with_template(&[of_service(&it)], template.as_ref())
        }
        Entity::ServiceInstance(it) => {
            let of = service_and_template(app, &it.service).await?;
            of_part(of_instance(&it), &of)
        }
        Entity::ServicePipeline(it) => {
            let of = service_and_template(app, &it.service).await?;
            of_part(of_pipeline(&it, &Tags::default()), &of)
        }
        _ => return Err(Error::internal("only what follows a template has a policy")),
    };
    Ok(UpdatePolicyView { resource, policy })
}

type Owners = (Option<Service>, Option<Template>);

async fn service_and_template(app: &App, name: &ResourceName) -> Result<Owners> {
    use crate::ports::StoreExt;
    let service: Option<Service> = app.store.find(Key::Service(name.clone())).await?;
    let template = match &service {
        Some(service) => template(app, TemplateKind::Service, &service.template).await?,
        None => None,
    };
    Ok((service, template))
}

async fn template(app: &App, kind: TemplateKind, name: &ResourceName) -> Result<Option<Template>> {
    use crate::ports::StoreExt;
    Ok(app.store.find(Key::Template(kind, name.clone())).await?)
}

fn of_part(own: PolicyLayer<'_>, (service, template): &Owners) -> EffectivePolicy {
    let layers: Vec<PolicyLayer<'_>> =
        [Some(own), service.as_ref().map(of_service)].into_iter().flatten().collect();
    with_template(&layers, template.as_ref())
}

fn with_template(layers: &[PolicyLayer<'_>], template: Option<&Template>) -> EffectivePolicy {
    let layers: Vec<PolicyLayer<'_>> = layers.iter().copied().chain(template.map(of_template)).collect();
    effective_policy(&layers)
}

/// What a template says.
pub(super) const fn of_template(template: &Template) -> PolicyLayer<'_> {
    let policy = template.update_policy.as_ref();
    PolicyLayer { origin: PolicyOrigin::Template, policy, tags: &template.tags }
}

/// What a service says.
pub(super) const fn of_service(service: &Service) -> PolicyLayer<'_> {
    let policy = service.update_policy.as_ref();
    PolicyLayer { origin: PolicyOrigin::Service, policy, tags: &service.tags }
}

/// What an environment says of itself.
pub(super) const fn of_environment(environment: &Environment) -> PolicyLayer<'_> {
    let policy = environment.update_policy.as_ref();
    PolicyLayer { origin: PolicyOrigin::Resource, policy, tags: &environment.tags }
}

/// What an instance says of itself.
pub(super) const fn of_instance(instance: &ServiceInstance) -> PolicyLayer<'_> {
    let policy = instance.update_policy.as_ref();
    PolicyLayer { origin: PolicyOrigin::Resource, policy, tags: &instance.tags }
}

/// What a pipeline says of itself: it has no tags.
pub(super) const fn of_pipeline<'a>(pipeline: &'a ServicePipeline, none: &'a Tags) -> PolicyLayer<'a> {
    PolicyLayer { origin: PolicyOrigin::Resource, policy: pipeline.update_policy.as_ref(), tags: none }
}
