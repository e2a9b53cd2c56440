//! The template version that new instances of a service use (behaviour 2.4).

use protium_domain::service::Service;
use protium_domain::service_instance::ServiceInstance;
use protium_domain::service_pipeline::ServicePipeline;
use protium_domain::template::{Template, TemplateKind};
use protium_domain::template_version::TemplateVersion;
use protium_domain::version::VersionNumber;

use crate::context::App;
use crate::error::{Error, Result};
use crate::target_version::version_deployable;
use crate::template::template_get;

/// The version of the service's pipeline, or else the recommended minor of the highest major that the service uses. So a
/// service whose creation failed by its template takes the version that mends it.
///
/// # Errors
/// [`crate::Error::NotFound`] when there is none, [`crate::Error::Validation`] when the version isn't deployable.
pub(crate) async fn service_version(
    app: &App,
    service: &Service,
    instances: &[ServiceInstance],
    pipeline: Option<&ServicePipeline>,
) -> Result<TemplateVersion> {
    let template = template_get(app, TemplateKind::Service, &service.template).await?;
    let number = number(&template, service, instances, pipeline).ok_or_else(|| {
        Error::NotFound(format!("the service template '{}' has no published version", template.name))
    })?;
    version_deployable(app, TemplateKind::Service, &service.template, number).await
}

fn number(
    template: &Template,
    service: &Service,
    instances: &[ServiceInstance],
    pipeline: Option<&ServicePipeline>,
) -> Option<VersionNumber> {
    let deployed = pipeline.filter(|it| it.deployable.last_succeeded_deployment_id.is_some());
    if let Some(pipeline) = deployed {
        return Some(pipeline.version);
    }
    let used = instances.iter().map(|instance| instance.version).chain(service.version).max();
    let Some(used) = used else { return template.recommended() };
    let recommended = template.recommended_minor(used.major);
    // Only drafts of this major: whoever named one goes on with it.
    Some(recommended.map_or(used, |minor| VersionNumber::new(used.major, minor)))
}
