//! Fleet updates of environments and of pipelines.

use crate::support::bundle::{Bundle, piped_spec};
use crate::support::fleet::counts;
use crate::support::protium::{Protium, with_protium};
use crate::support::unique;

const BETTER: &str = "  Better: {Value: 'yes'}\n";

impl Protium {
    /// The minor versions of environments, settled.
    async fn minors_deployed(&self, environments: &[String]) -> Vec<String> {
        let mut minors = Vec::new();
        for name in environments {
            minors.push(self.environment_deployed(name).await.template_minor_version);
        }
        minors
    }
}

#[test]
fn environments_are_updated_as_a_fleet_and_brought_back() {
    with_protium(async |protium| {
        let template = protium.environment_template(&Bundle::environment()).await;
        let names: Vec<String> = (0..3).map(|_| unique("env")).collect();
        for name in &names {
            protium.environment_begin(name, &template, &format!("label: {name}")).await;
        }
        assert_eq!(protium.minors_deployed(&names).await, ["0", "0", "0"]);
        for (bundle, code, status, minor) in [
            (Bundle::environment().template_extended(BETTER), 0, "SUCCEEDED", "1"),
            (Bundle::environment().failing(), 1, "ROLLED_BACK", "1"),
        ] {
            let version = protium.environment_version(&template, Some("1"), &bundle).await.minor_version;
            protium.environment_version_publish(&template, "1", &version).await;
            let start = format!("fleet start --template {template} --to 1.{version} --canary 1");
            let run = protium.run(&format!("{start} --on-failure rollback --wait --output json")).await;
            let ended = run.json();
            assert_eq!((run.code, &ended["status"]), (Some(code), &status.into()), "{run:?}");
            assert_eq!(ended["kind"], "ENVIRONMENT");
            assert_eq!(protium.minors_deployed(&names).await, [minor; 3]);
        }
        let label = protium.environment_output(&names[0], "Label").await;
        assert_eq!(label.as_deref(), Some(names[0].as_str()), "the spec that it had is the spec that it has");
    });
}

#[test]
fn pipelines_are_updated_as_a_fleet_and_their_instances_are_not() {
    with_protium(async |protium| {
        let environment_template = protium.environment_template(&Bundle::environment()).await;
        let environment = protium.environment(&environment_template, "label: home").await;
        let template = protium.piped_template(&environment_template, &Bundle::piped_service()).await;
        let services = [unique("piped"), unique("piped")];
        for service in &services {
            protium.piped_begin(service, &template, &piped_spec("", &[("one", &environment, "")])).await;
        }
        for service in &services {
            protium.service_settled(service).await;
        }
        let bundle = Bundle::piped_service().pipeline_extended(BETTER);
        let version = protium.service_version(&template, Some("1"), &environment_template, &bundle).await;
        let minor = version.minor_version;
        protium.service_version_publish(&template, "1", &minor).await;

        let start = format!("fleet start --template {template} --to 1.{minor} --kind pipelines");
        let ended = protium.answered(&format!("{start} --wait")).await;
        assert_eq!((&ended["status"], &ended["kind"]), (&"SUCCEEDED".into(), &"SERVICE_PIPELINE".into()));
        assert_eq!(counts(&ended, &["selected", "succeeded"]), [2, 2]);
        for service in &services {
            let got = protium.service_settled(service).await;
            let pipeline = got.pipeline.expect("a pipeline");
            assert_eq!(pipeline.template_minor_version, minor);
            assert_eq!(protium.pipeline_output(service, "Better").await.as_deref(), Some("yes"));
            let list = protium.proton.list_service_instances().service_name(service).send().await;
            let instances = list.expect("listed").service_instances;
            assert!(instances.iter().all(|instance| instance.template_minor_version == "0"), "{instances:?}");
        }
    });
}
