//! Status events, as EventBridge carries them (behaviour section 9).

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::account_connection::{AccountConnection, ConnectionStatus};
use crate::arn::{Location, Resource};
use crate::component::Component;
use crate::deployable::{DeploymentStatus, DeploymentTransition};
use crate::deployment::Deployment;
use crate::environment::Environment;
use crate::fleet::{FleetCounts, FleetTemplate, FleetTransition, FleetUpdate, PlanRow};
use crate::policy::PolicyProblem;
use crate::revision::Revision;
use crate::service::{Service, ServiceStatus};
use crate::service_instance::ServiceInstance;
use crate::service_pipeline::ServicePipeline;
use crate::template::{Template, TemplateKind, TemplateStatus};
use crate::template_version::{TemplateVersion, TemplateVersionStatus};
use crate::time::Timestamp;
use crate::transition::Transition;
use crate::upload::UploadProblem;

/// The status that events show once a resource is gone.
const DELETED: &str = "DELETED";

/// One event. It holds everything that PutEvents needs except source and bus, which the installation configures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StatusEvent {
    /// `AWS Proton X Status Change`.
    pub detail_type: String,
    /// The ARN of the resource; absent when there is none to name.
    pub resource: Option<String>,
    /// Name members, `status`, `previousStatus` and `sequence`.
    pub detail: Value,
}

impl StatusEvent {
    /// A template's change; `to` [`TemplateStatus::Deleted`] when it is gone.
    #[must_use]
    pub fn template(location: &Location, template: &Template, change: Transition<TemplateStatus>) -> Self {
        let resource = Resource::Template { kind: template.kind, name: template.name.clone() };
        let names = json!({"name": template.name});
        let (from, to) = (change.from.map(|s| s.to_string()), change.to.to_string());
        Self::new(
            location,
            type_of(template.kind, "Template"),
            &resource,
            names,
            from,
            &to,
            template.revision,
        )
    }

    /// A template version's change. A deletion has no status on the wire: [`StatusEvent::template_version_deleted`].
    #[must_use]
    pub fn template_version(
        location: &Location,
        version: &TemplateVersion,
        change: Transition<TemplateVersionStatus>,
    ) -> Self {
        let from = change.from.map(|status| status.to_string());
        Self::of_template_version(location, version, from, change.to.as_str())
    }

    /// A template version that is gone.
    #[must_use]
    pub fn template_version_deleted(location: &Location, version: &TemplateVersion) -> Self {
        Self::of_template_version(location, version, Some(version.status().to_string()), DELETED)
    }

    fn of_template_version(
        location: &Location,
        version: &TemplateVersion,
        from: Option<String>,
        to: &str,
    ) -> Self {
        let resource = Resource::TemplateVersion {
            kind: version.kind,
            name: version.template.clone(),
            version: version.version,
        };
        let names = json!({
            "name": version.template,
            "majorVersion": version.version.major.to_string(),
            "minorVersion": version.version.minor.to_string(),
        });
        Self::new(
            location,
            type_of(version.kind, "Template Version"),
            &resource,
            names,
            from,
            to,
            version.revision,
        )
    }

    /// An environment's change.
    #[must_use]
    pub fn environment(location: &Location, environment: &Environment, change: DeploymentTransition) -> Self {
        let resource = Resource::Environment { name: environment.name.clone() };
        let names = json!({"name": environment.name});
        Self::of_deployable(location, "Environment", &resource, names, change, environment.revision)
    }

    /// A service instance's change.
    #[must_use]
    pub fn service_instance(
        location: &Location,
        instance: &ServiceInstance,
        change: DeploymentTransition,
    ) -> Self {
        let resource = instance.target().resource();
        let names = json!({"name": instance.name, "serviceName": instance.service});
        Self::of_deployable(location, "Service Instance", &resource, names, change, instance.revision)
    }

    /// A pipeline's change.
    #[must_use]
    pub fn service_pipeline(
        location: &Location,
        pipeline: &ServicePipeline,
        change: DeploymentTransition,
    ) -> Self {
        let resource = pipeline.target().resource();
        let names = json!({"serviceName": pipeline.service});
        Self::of_deployable(location, "Service Pipeline", &resource, names, change, pipeline.revision)
    }

    /// A component's change.
    #[must_use]
    pub fn component(location: &Location, component: &Component, change: DeploymentTransition) -> Self {
        let resource = component.target().resource();
        let names = json!({"name": component.name});
        Self::of_deployable(location, "Component", &resource, names, change, component.revision)
    }

    /// A service's change.
    #[must_use]
    pub fn service(location: &Location, service: &Service, change: Transition<ServiceStatus>) -> Self {
        let from = change.from.map(|status| status.to_string());
        Self::of_service(location, service, from, change.to.as_str())
    }

    /// A service that is gone.
    #[must_use]
    pub fn service_deleted(location: &Location, service: &Service) -> Self {
        Self::of_service(location, service, Some(service.status().to_string()), DELETED)
    }

    fn of_service(location: &Location, service: &Service, from: Option<String>, to: &str) -> Self {
        let resource = Resource::Service { name: service.name.clone() };
        let names = json!({"name": service.name});
        Self::new(location, "Service".to_owned(), &resource, names, from, to, service.revision)
    }

    /// A connection's change.
    #[must_use]
    pub fn account_connection(
        location: &Location,
        connection: &AccountConnection,
        change: Transition<ConnectionStatus>,
    ) -> Self {
        let from = change.from.map(|status| status.to_string());
        Self::of_account_connection(location, connection, from, change.to.as_str())
    }

    /// A connection that is gone.
    #[must_use]
    pub fn account_connection_deleted(location: &Location, connection: &AccountConnection) -> Self {
        Self::of_account_connection(location, connection, Some(connection.status().to_string()), DELETED)
    }

    fn of_account_connection(
        location: &Location,
        connection: &AccountConnection,
        from: Option<String>,
        to: &str,
    ) -> Self {
        let location = Location { account: connection.environment_account.clone(), ..location.clone() };
        let kind = "Environment Account Connection".to_owned();
        let names = json!({"id": connection.id});
        Self::new(&location, kind, &connection.resource(), names, from, to, connection.revision)
    }

    /// A deployment's change.
    #[must_use]
    pub fn deployment(location: &Location, deployment: &Deployment, change: DeploymentTransition) -> Self {
        let resource = Resource::Deployment { id: deployment.id.clone() };
        let names = json!({
            "id": deployment.id,
            "targetArn": location.arn(&deployment.target.resource()),
            "targetResourceType": deployment.target.resource_type(),
        });
        let from = change.from.map(|status| status.to_string());
        let to = change.to.as_str();
        Self::new(location, "Deployment".to_owned(), &resource, names, from, to, deployment.revision)
    }

    /// A fleet update's change, with how far it was. Protium's own.
    #[must_use]
    pub fn fleet_update(
        location: &Location,
        update: &FleetUpdate,
        change: FleetTransition,
        counts: FleetCounts,
    ) -> Self {
        let resource = Resource::FleetUpdate { id: update.id.clone() };
        let names = json!({
            "id": update.id,
            "name": update.name,
            "kind": update.template.kind,
            "templateName": update.template.name,
            "toMajorVersion": update.template.to.major.to_string(),
            "toMinorVersion": update.template.to.minor.to_string(),
            "wave": update.current_wave().map(|wave| &wave.name),
            "counts": counts,
        });
        let from = change.from.map(|status| status.to_string());
        let to = change.to.as_str();
        let event = Self::new(location, String::new(), &resource, names, from, to, update.revision);
        Self { detail_type: "Protium Fleet Update Status Change".to_owned(), ..event }
    }

    /// A version is recommended now, and so many resources have a lower minor version of its major. Protium's own.
    #[must_use]
    pub fn update_recommended(location: &Location, template: &FleetTemplate, behind: u64) -> Self {
        let (kind, name, version) = (template.kind.template_kind(), template.name.clone(), template.to);
        Self {
            detail_type: "Protium Update Recommended".to_owned(),
            resource: Some(location.arn(&Resource::TemplateVersion { kind, name, version })),
            detail: json!({
                "kind": template.kind,
                "templateName": template.name,
                "majorVersion": version.major.to_string(),
                "minorVersion": version.minor.to_string(),
                "behind": behind,
            }),
        }
    }

    /// What a fleet update will do to a resource, and when at the earliest, for its owner. Protium's own.
    #[must_use]
    pub fn fleet_notice(
        location: &Location,
        update: &FleetUpdate,
        row: &PlanRow,
        wave: &str,
        not_before: Timestamp,
    ) -> Self {
        let resource = location.arn(&row.resource.resource());
        Self {
            detail_type: "Protium Fleet Update Notice".to_owned(),
            detail: json!({
                "fleetUpdateId": update.id,
                "name": update.name,
                "automatic": update.automatic,
                "resourceArn": resource,
                "templateName": update.template.name,
                "fromVersion": row.from,
                "toVersion": update.template.to,
                "wave": wave,
                "notBefore": not_before.as_millis() / 1000,
                "maintenanceWindows": row.windows,
            }),
            resource: Some(resource),
        }
    }

    /// An upload under `publish/` that could not become a template version. Protium's own: Proton had no such intake.
    #[must_use]
    pub fn upload_refused(problem: &UploadProblem) -> Self {
        Self {
            detail_type: "Protium Bundle Upload Refused".to_owned(),
            resource: None,
            detail: json!({
                "bucket": problem.source.bucket,
                "key": problem.source.key,
                "versionId": problem.source.version_id,
                "reason": problem.reason,
            }),
        }
    }

    /// Policy files that were changed, but aren't in force, because something is wrong with them. Protium's own. At most
    /// twenty problems are told: an event holds 256 KiB.
    #[must_use]
    pub fn policies_refused(problems: &[PolicyProblem]) -> Self {
        Self {
            detail_type: "Protium Policy Refused".to_owned(),
            resource: None,
            detail: json!({"problems": problems.iter().take(20).collect::<Vec<_>>()}),
        }
    }

    fn of_deployable(
        location: &Location,
        kind: &str,
        resource: &Resource,
        names: Value,
        change: DeploymentTransition,
        revision: Revision,
    ) -> Self {
        let from = change.from.map(|status| status.to_string());
        let to = if change.to == DeploymentStatus::DeleteComplete { DELETED } else { change.to.as_str() };
        Self::new(location, kind.to_owned(), resource, names, from, to, revision)
    }

    fn new(
        location: &Location,
        kind: String,
        resource: &Resource,
        names: Value,
        from: Option<String>,
        to: &str,
        revision: Revision,
    ) -> Self {
        let mut detail = match names {
            Value::Object(names) => names,
            _ => Map::new(),
        };
        detail.insert("status".to_owned(), to.into());
        if let Some(from) = from {
            detail.insert("previousStatus".to_owned(), from.into());
        }
        detail.insert("sequence".to_owned(), revision.as_u64().into());
        Self {
            detail_type: format!("AWS Proton {kind} Status Change"),
            resource: Some(location.arn(resource)),
            detail: Value::Object(detail),
        }
    }
}

fn type_of(kind: TemplateKind, noun: &str) -> String {
    match kind {
        TemplateKind::Environment => format!("Environment {noun}"),
        TemplateKind::Service => format!("Service {noun}"),
    }
}
