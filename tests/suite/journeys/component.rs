//! The life of a component, beside the instance that it is attached to: behaviour 2.7.

use aws_sdk_proton::types::{ComponentDeploymentUpdateType, DeploymentStatus, DeploymentUpdateType};

use crate::support::bundle::{Bundle, service_spec};
use crate::support::protium::{Protium, with_protium};
use crate::support::refusal::refused;
use crate::support::unique;

/// An instance that tells what it sees of its component.
const LOOKING: &str = "Resources:
  Parameter:
    Type: AWS::SSM::Parameter
    Properties:
      Name: '/{{ service.name }}/{{ service_instance.name }}'
      Type: String
      Value: '{{ service_instance.components.default.name | default(\"none\") }} {{ service_instance.components.default.outputs.Queue | default(\"none\") }}'
Outputs:
  Text: {Value: !GetAtt Parameter.Value}
";
/// A queue that tells what it sees of its instance.
const QUEUE: &str = "Resources:
  Parameter:
    Type: AWS::SSM::Parameter
    Properties:
      Name: '/component/{{ component.name }}'
      Type: String
      Value: '{% if service_instance is defined %}{{ service.name }} {{ service_instance.inputs.label }}{% else %}alone{% endif %} in {{ environment.outputs.Label }}'
Outputs:
  Queue: {Value: !GetAtt Parameter.Value}
";

impl Protium {
    async fn component_output(&self, name: &str) -> Option<String> {
        let list = self.proton.list_component_outputs().component_name(name).send().await;
        list.expect("outputs listed").outputs.into_iter().next().and_then(|output| output.value_string)
    }

    async fn instance_redeploy(&self, service: &str, name: &str) {
        let update = self.proton.update_service_instance().service_name(service).name(name);
        update.deployment_type(DeploymentUpdateType::CurrentVersion).send().await.expect("update accepted");
        let instance = self.instance_settled(service, name).await;
        let message = instance.deployment_status_message();
        assert_eq!(instance.deployment_status, DeploymentStatus::Succeeded, "{message:?}");
    }
}

#[test]
fn a_component_is_attached_seen_by_its_instance_detached_and_deleted() {
    with_protium(async |protium| {
        let env_template = protium.environment_template(&Bundle::environment()).await;
        let environment = protium.environment(&env_template, "label: beta").await;
        let bundle = Bundle::service().template(LOOKING);
        let template = protium.service_template(&env_template, &bundle).await;
        let service = protium.service(&template, &[("only", &environment, "")]).await;
        let text = async || protium.instance_output(&service, "only", "Text").await.unwrap_or_default();
        assert_eq!(text().await, "none none");

        let name = unique("queue");
        let spec = service_spec(&[("only", &environment, "label: deep")]);
        let create = protium.component_create(&name, QUEUE).service_name(&service);
        let create = create.service_instance_name("only").service_spec(&spec);
        let created = create.send().await.expect("accepted").component.expect("the answer holds it");
        assert_eq!(
            (created.environment_name(), created.service_spec()),
            (environment.as_str(), Some(&*spec))
        );
        protium.component_deployed(&name).await;
        let expected = format!("{service} deep in beta");
        assert_eq!(protium.component_output(&name).await, Some(expected.clone()));
        assert_eq!(text().await, "none none", "until its next update");
        protium.instance_redeploy(&service, "only").await;
        assert_eq!(text().await, format!("{name} {expected}"));

        let delete = || protium.proton.delete_component().name(&name).send();
        refused(delete().await).is("ConflictException", &["detach"]);
        refused(protium.proton.delete_service().name(&service).send().await)
            .is("ConflictException", &[&name]);
        let other = protium.component_create(&unique("other"), QUEUE).service_name(&service);
        let other = other.service_instance_name("only").send().await;
        refused(other).is("ConflictException", &[&name]);

        let update = protium.proton.update_component().name(&name).service_name("").service_instance_name("");
        let update = update.deployment_type(ComponentDeploymentUpdateType::CurrentVersion);
        update.send().await.expect("update accepted");
        let detached = protium.component_deployed(&name).await;
        assert_eq!((detached.service_name(), detached.service_spec()), (None, None));
        assert_eq!(protium.component_output(&name).await.as_deref(), Some("alone in beta"));
        protium.instance_redeploy(&service, "only").await;
        assert_eq!(text().await, "none none");

        let gone = protium.proton.delete_environment().name(&environment).send().await;
        refused(gone).is("ConflictException", &[]);
        delete().await.expect("detached");
        protium.component_gone(&name).await;
        assert!(protium.stacks_of(created.arn()).await.is_empty());
        assert!(delete().await.expect("idempotent").component.is_none());
        protium.proton.delete_service().name(&service).send().await.expect("nothing is attached");
        protium.service_gone(&service).await;
    });
}
