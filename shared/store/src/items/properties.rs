//! Whatever a record holds, it comes back from its item as it was, by every way that items travel.

use proptest::prelude::*;
use protium_app::ports::Entity;
use protium_domain::account::AccountSettings;
use protium_domain::arn::Resource;
use protium_domain::deployable::DeploymentOutcome;
use protium_domain::deployment::{DeploymentKind, DeploymentState, DeploymentTarget};
use protium_domain::digest::RequestDigest;
use protium_domain::document::Document;
use protium_domain::event::StatusEvent;
use protium_domain::fleet::TaskToken;
use protium_domain::identifier::Identifier;
use protium_domain::intent::{Intent, Partition, Workflow, WorkflowStart};
use protium_domain::name::ResourceName;
use protium_domain::reference::{Reference, Referent, Referrer};
use protium_domain::repository::{RepositoryId, RepositoryName, RepositoryProvider};
use protium_domain::revision::Revision;
use protium_domain::template::TemplateKind;
use protium_domain::template_version::BundleSource;
use protium_domain::time::Timestamp;
use protium_domain::token::{ClientToken, StackWait};
use protium_domain::upload::Upload;
use protium_domain::version::VersionNumber;
use protium_testkit::records;
use serde_json::Value;

use super::{decode, encode, intent_from_image};

fn name() -> impl Strategy<Value = ResourceName> {
    "[A-Za-z0-9][A-Za-z0-9_-]{0,99}".prop_map(|text| ResourceName::new(text).expect("valid"))
}

fn id() -> impl Strategy<Value = Identifier> {
    "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
        .prop_map(|text| Identifier::new(text).expect("valid"))
}

fn time() -> impl Strategy<Value = Timestamp> {
    any::<i64>().prop_map(Timestamp::from_millis)
}

fn kind() -> impl Strategy<Value = TemplateKind> {
    prop_oneof![Just(TemplateKind::Environment), Just(TemplateKind::Service)]
}

fn version() -> impl Strategy<Value = VersionNumber> {
    (any::<u64>(), any::<u64>()).prop_map(|(major, minor)| VersionNumber::new(major, minor))
}

fn revision() -> impl Strategy<Value = Revision> {
    time().prop_map(Revision::first)
}

fn document() -> impl Strategy<Value = Document> {
    prop_oneof![
        any::<String>().prop_map(Document::Inline),
        ("[0-9a-f]{64}", any::<u64>()).prop_map(|(digest, bytes)| Document::Stored { digest, bytes }),
    ]
}

fn source() -> impl Strategy<Value = BundleSource> {
    (any::<String>(), any::<String>(), any::<Option<String>>())
        .prop_map(|(bucket, key, version_id)| BundleSource { bucket, key, version_id })
}

/// JSON as events and inputs have it: no fractions.
fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((any::<String>(), inner), 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn template() -> impl Strategy<Value = Entity> {
    let texts = (any::<Option<String>>(), any::<Option<String>>());
    (kind(), name(), texts, time(), revision(), prop::collection::vec(any::<bool>(), 0..6)).prop_map(
        |(kind, name, (display_name, description), now, revision, versions)| {
            let mut template = records::template(kind, name.as_str(), now);
            (template.display_name, template.description) = (display_name, description);
            template.revision = revision;
            for published in versions {
                let number = template.version_allocate(None).expect("a new major");
                if published {
                    template.version_published(number);
                } else {
                    template.version_deleted(number);
                }
            }
            template.into()
        },
    )
}

fn template_version() -> impl Strategy<Value = Entity> {
    let state = (0..4_u8, any::<String>(), any::<Option<i64>>());
    (kind(), name(), version(), source(), time(), state).prop_map(
        |(kind, name, number, source, now, (status, message, until))| {
            let make = match status {
                0 | 1 => records::version_registering,
                2 => records::version_draft,
                _ => records::version_published,
            };
            let mut version = make(kind, name.as_str(), number, now);
            if status == 1 {
                version.refuse(message, now).expect("registration is in progress");
            }
            version.source = source;
            version.deleting_until = until.map(Timestamp::from_millis);
            version.into()
        },
    )
}

fn environment() -> impl Strategy<Value = Entity> {
    (name(), name(), id(), time(), document(), any::<Option<String>>(), any::<Option<i64>>()).prop_map(
        |(name, template, id, now, spec, description, until)| {
            let mut environment =
                records::environment_succeeded(name.as_str(), template.as_str(), id.clone(), now);
            (environment.spec, environment.description) = (spec, description.clone());
            environment.deleting_until = until.map(Timestamp::from_millis);
            if let Some(reason) = description {
                environment.deployable.delete(id, now).expect("it is settled");
                environment
                    .deployable
                    .finish(DeploymentOutcome::Failed, Some(reason))
                    .expect("it is being deleted");
            }
            environment.into()
        },
    )
}

fn service() -> impl Strategy<Value = Entity> {
    (name(), name(), prop::collection::vec(id(), 1..4), time(), document(), any::<bool>()).prop_map(
        |(name, template, ids, now, spec, active)| {
            let mut service = if active {
                records::service_active(name.as_str(), template.as_str(), ids[0].clone(), now)
            } else {
                records::service_creating(name.as_str(), template.as_str(), ids[0].clone(), ids, now)
            };
            service.spec = spec;
            service.into()
        },
    )
}

fn service_instance() -> impl Strategy<Value = Entity> {
    (name(), name(), name(), id(), time(), any::<Option<String>>()).prop_map(
        |(service, name, environment, id, now, token)| {
            let (service, name, environment) = (service.as_str(), name.as_str(), environment.as_str());
            let mut instance = records::instance_deploying(service, name, environment, "web", id, now);
            instance.last_client_request_token = token;
            instance.into()
        },
    )
}

fn component() -> impl Strategy<Value = Entity> {
    (name(), name(), prop::option::of((name(), name())), id(), time(), document(), document()).prop_map(
        |(name, environment, attached, id, now, template_file, spec)| {
            let attached = attached.as_ref().map(|(service, instance)| (service.as_str(), instance.as_str()));
            let mut component =
                records::component_succeeded(name.as_str(), environment.as_str(), attached, id, now);
            component.state.template_file = template_file;
            component.state.service_spec = Some(spec);
            component.into()
        },
    )
}

fn deployment_of_component() -> impl Strategy<Value = Entity> {
    (component(), id(), time()).prop_map(|(component, id, now)| {
        let Entity::Component(component) = component else { unreachable!("it is one") };
        let target = component.target();
        let mut deployment = records::deployment_open(id, target, DeploymentKind::Deploy, "web", now);
        deployment.target_state = component.state.into();
        deployment.into()
    })
}

fn deployment() -> impl Strategy<Value = Entity> {
    let target =
        (name(), name(), name(), 0..4_u8).prop_map(|(service, name, environment, kind)| match kind {
            0 => DeploymentTarget::ServiceInstance { service, name, environment },
            1 => DeploymentTarget::Component { name, environment },
            2 => DeploymentTarget::ServicePipeline { service },
            _ => DeploymentTarget::Environment { name },
        });
    (id(), target, time(), document(), any::<Option<String>>()).prop_map(
        |(id, target, now, spec, failure)| {
            let mut deployment = records::deployment_open(id, target, DeploymentKind::Deploy, "web", now);
            deployment.target_state = DeploymentState { spec, ..records::state("web") }.into();
            if failure.is_some() {
                deployment.finish(DeploymentOutcome::Failed, failure, now).expect("it is open");
            }
            deployment.into()
        },
    )
}

fn reference() -> impl Strategy<Value = Entity> {
    (kind(), name(), version(), name(), any::<bool>()).prop_map(|(kind, name, version, other, flip)| {
        if flip {
            let referrer = Referrer::ServiceInstance { service: other.clone(), name: other };
            Reference { referent: Referent::TemplateVersion { kind, name, version }, referrer }.into()
        } else {
            let referrer = Referrer::Environment { name: other };
            Reference { referent: Referent::Environment { name }, referrer }.into()
        }
    })
}

fn small_record() -> impl Strategy<Value = Entity> {
    let token =
        ("[!-~]{1,64}", "[0-9a-f]{64}", name(), time()).prop_map(|(token, digest, name, expires_at)| {
            let (operation, digest) = ("CreateService".to_owned(), RequestDigest(digest));
            let resource = Resource::Service { name };
            ClientToken { operation, token, digest, resource, expires_at }.into()
        });
    let wait = (name(), id(), any::<String>(), time()).prop_map(|(stack, deployment_id, task_token, at)| {
        let stack_name = stack.to_string();
        StackWait { stack_name, deployment_id, task_token, expires_at: at }.into()
    });
    let upload = (source(), prop::option::of(version()))
        .prop_map(|(source, version)| Upload { source, version }.into());
    let settings = (any::<Option<String>>(), prop::option::of(revision())).prop_map(|(role, revision)| {
        AccountSettings { pipeline_service_role_arn: role, revision, ..AccountSettings::default() }.into()
    });
    prop_oneof![token, wait, upload, settings]
}

fn repository_id() -> impl Strategy<Value = RepositoryId> {
    let provider = prop::sample::select(RepositoryProvider::ALL.to_vec());
    (provider, "[A-Za-z0-9_.#-]{0,40}[a-z]/[A-Za-z0-9_.-][^\\p{C}]{0,50}").prop_map(|(provider, name)| {
        RepositoryId { provider, name: RepositoryName::new(name).expect("valid") }
    })
}

fn repository() -> impl Strategy<Value = Entity> {
    (repository_id(), any::<String>(), any::<Option<i64>>(), time()).prop_map(
        |(id, connection_arn, until, now)| {
            let mut repository = records::repository("github:a/b", now);
            (repository.id, repository.connection_arn) = (id, connection_arn);
            repository.deleting_until = until.map(Timestamp::from_millis);
            repository.into()
        },
    )
}

fn connection() -> impl Strategy<Value = Entity> {
    (id(), name(), "[0-9]{12}", time(), any::<bool>()).prop_map(|(id, environment, account, now, in_use)| {
        let mut connection = records::connection(id, environment.as_str(), &account, now);
        connection.in_use = in_use;
        connection.into()
    })
}

fn intent() -> impl Strategy<Value = Intent> {
    let partition = prop_oneof![
        (kind(), name()).prop_map(|(kind, name)| Partition::Template(kind, name)),
        name().prop_map(Partition::Environment),
        name().prop_map(Partition::Service),
        name().prop_map(Partition::Component),
        repository_id().prop_map(Partition::Repository),
        id().prop_map(Partition::AccountConnection),
        Just(Partition::AccountSettings),
        source().prop_map(Partition::Upload),
        Just(Partition::Policies),
    ];
    let event = (any::<String>(), any::<Option<String>>(), json())
        .prop_map(|(detail_type, resource, detail)| StatusEvent { detail_type, resource, detail });
    let start = (any::<String>(), json()).prop_map(|(name, input)| WorkflowStart {
        workflow: Workflow::Provision,
        name,
        input,
    });
    let events = prop::collection::vec(event, 0..3);
    let wakes = prop::collection::vec(any::<String>(), 0..2);
    let resumes = prop::collection::vec(any::<String>().prop_map(TaskToken), 0..2);
    let trace = any::<Option<(bool, u64)>>().prop_map(|trace| {
        let (sampled, parent) = trace?;
        let trace = format!(
            "Root=1-5759e988-bd862e3fe1be46a994272793;Parent={parent:016x};Sampled={}",
            u8::from(sampled)
        );
        trace.parse().ok()
    });
    (id(), partition, time(), trace, events, prop::collection::vec(start, 0..3), wakes, resumes).prop_map(
        |(id, partition, created_at, trace, events, workflows, wakes, resumes)| Intent {
            id,
            partition,
            created_at,
            trace,
            events,
            workflows,
            wakes,
            resumes,
        },
    )
}

fn entity() -> impl Strategy<Value = Entity> {
    prop_oneof![
        template(),
        template_version(),
        environment(),
        service(),
        component(),
        deployment_of_component(),
        service_instance(),
        repository(),
        connection(),
        deployment(),
        reference(),
        small_record(),
        intent().prop_map(Entity::from),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_record_comes_back_from_its_item(entity in entity(), now in time()) {
        let item = encode(&entity, "commit", now).expect("it can be written");
        prop_assert_eq!(decode(item).expect("it can be read"), entity);
    }

    /// Empty key attributes are refused by DynamoDB, and a sort key has at most 1,024 bytes.
    #[test]
    fn keys_are_such_as_dynamodb_takes(entity in entity(), now in time()) {
        let item = encode(&entity, "commit", now).expect("it can be written");
        for (name, value) in item.iter().filter(|(name, _)| name.ends_with("pk") || name.ends_with("sk")) {
            let length = value.as_s().expect("a key is a text").len();
            prop_assert!((1..=1024).contains(&length), "{} has {} bytes", name, length);
        }
    }

    #[test]
    fn an_intent_comes_back_from_the_stream(intent in intent(), now in time()) {
        let item = encode(&intent.clone().into(), "commit", now).expect("it can be written");
        let item = serde_dynamo::Item::from(item);
        let image = serde_json::to_value(&item).expect("DynamoDB's JSON");
        let image: serde_dynamo::Item = serde_json::from_value(image).expect("an event's image");
        prop_assert_eq!(intent_from_image(image).expect("an intent"), intent);
    }
}
