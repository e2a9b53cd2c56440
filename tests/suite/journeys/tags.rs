//! Tags: behaviour 11.

use std::collections::BTreeMap;

use aws_sdk_proton::types::Tag;

use crate::support::bundle::{Bundle, environment_spec};
use crate::support::protium::{Protium, with_protium};
use crate::support::refusal::refused;
use crate::support::unique;

fn tag(key: &str, value: &str) -> Tag {
    Tag::builder().key(key).value(value).build().expect("key and value are set")
}

impl Protium {
    async fn tags(&self, arn: &str) -> BTreeMap<String, String> {
        let listed =
            self.proton.list_tags_for_resource().resource_arn(arn).send().await.expect("tags listed");
        listed.tags.into_iter().map(|tag| (tag.key, tag.value)).collect()
    }
}

#[test]
fn tags_are_put_replaced_and_taken_off() {
    with_protium(async |protium| {
        let name = unique("tagged");
        let create = protium.proton.create_environment_template().name(&name).tags(tag("team", "red"));
        let arn = create.send().await.expect("created").environment_template.unwrap().arn;
        let put = protium.proton.tag_resource().resource_arn(&arn);
        put.tags(tag("team", "blue")).tags(tag("cost", "42")).send().await.expect("tagged");
        let tags = protium.tags(&arn).await;
        assert_eq!((tags["team"].as_str(), tags["cost"].as_str()), ("blue", "42"));
        let take =
            protium.proton.untag_resource().resource_arn(&arn).tag_keys("team").tag_keys("never-there");
        take.send().await.expect("untagged");
        assert!(!protium.tags(&arn).await.contains_key("team"));

        let reserved =
            protium.proton.tag_resource().resource_arn(&arn).tags(tag("aws:mine", "x")).send().await;
        refused(reserved).is("ValidationException", &["aws:"]);
        let nothing = protium.arn(&format!("environment/{}", unique("nothing")));
        refused(protium.proton.list_tags_for_resource().resource_arn(nothing).send().await)
            .is("ResourceNotFoundException", &[]);
    });
}

#[test]
fn children_begin_with_the_tags_of_their_parents_and_the_systems_own() {
    with_protium(async |protium| {
        let template = unique("parent");
        let create = protium.proton.create_environment_template().name(&template).tags(tag("team", "red"));
        create.send().await.expect("created");
        let version = protium.environment_version(&template, None, &Bundle::environment()).await;
        assert_eq!(protium.tags(&version.arn).await.get("team").map(String::as_str), Some("red"));
        protium.environment_version_publish(&template, "1", "0").await;

        let name = unique("child");
        let create = protium.proton.create_environment().name(&name).template_name(&template);
        let create = create.template_major_version("1").spec(environment_spec("")).tags(tag("own", "yes"));
        let create = create.proton_service_role_arn(&protium.outputs.provisioning_role_arn);
        let arn = create.send().await.expect("created").environment.unwrap().arn;
        protium.environment_deployed(&name).await;
        let tags = protium.tags(&arn).await;
        assert_eq!(tags.get("own").map(String::as_str), Some("yes"));
        assert_eq!(tags.get("aws:proton:account"), Some(&protium.outputs.account_id));
        let template_arn = protium.arn(&format!("environment-template/{template}"));
        assert_eq!(tags.get("aws:proton:template"), Some(&template_arn));
        let stack = protium.stack_of(&arn).await;
        assert!(
            stack.tags().iter().all(|tag| tag.key() != Some("own")),
            "customers' tags stay on Proton's side"
        );

        let svc_template = protium.service_template(&template, &Bundle::service()).await;
        let service = unique("svc");
        let spec = crate::support::bundle::service_spec(&[("only", &name, "")]);
        let create = protium.proton.create_service().name(&service).template_name(&svc_template);
        let create = create.template_major_version("1").spec(spec).tags(tag("owner", "shop"));
        create.send().await.expect("created");
        protium.service_settled(&service).await;
        let instance = protium.instance(&service, "only").await;
        let tags = protium.tags(&instance.arn).await;
        assert_eq!(tags.get("owner").map(String::as_str), Some("shop"), "{tags:?}");
        assert_eq!(tags.get("aws:proton:environment"), Some(&arn));
    });
}
