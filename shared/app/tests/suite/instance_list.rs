//! Filters and orders of ListServiceInstances.

use std::time::Duration;

use protium_app::PageRequest;
use protium_app::service_instance::{
    InstanceFilter, InstanceOrder, InstanceSort, TimeRange, service_instance_list,
};
use protium_app::summary::Staleness;
use protium_domain::deployable::{DeploymentOutcome, DeploymentStatus};
use protium_domain::service_instance::ServiceInstance;
use protium_domain::template::TemplateKind;
use protium_domain::version::VersionNumber;
use protium_testkit::{TestApp, records};
use rstest::rstest;

use crate::refusal;

/// Service, name, environment, template, version, whether it failed.
type Made = (&'static str, &'static str, &'static str, &'static str, (u64, u64), bool);

/// Made a second apart, in this order.
const INSTANCES: [Made; 6] = [
    ("shop", "two", "beta", "web", (1, 1), false),
    ("shop", "one", "gamma", "web", (1, 0), true),
    ("blog", "one", "beta", "api", (1, 0), false),
    ("news", "six", "alpha", "web", (2, 0), false),
    ("news", "ten", "gamma", "api", (1, 0), true),
    ("blog", "two", "gamma", "web", (1, 1), false),
];

/// Of `web`, 1.0, 1.1 and 2.0 are published; of `api`, 1.0.
fn inhabited() -> TestApp {
    let test = TestApp::new();
    for environment in ["alpha", "beta", "gamma"] {
        test.environment_succeeded(environment, "net", &[]);
    }
    test.template_published(TemplateKind::Service, "api");
    let (mut web, _) = test.template_published(TemplateKind::Service, "web");
    for major in [Some(1), None] {
        let number = web.version_allocate(major).expect("the next one");
        web.version_published(number);
    }
    test.seed(web);
    for (service, name, environment, template, (major, minor), failed) in INSTANCES {
        test.advance(Duration::from_secs(1));
        if !test.store.all().iter().any(|it: &protium_domain::service::Service| it.name.as_str() == service) {
            test.seed(records::service_active(service, template, test.id(), test.now()));
        }
        let mut instance =
            records::instance_succeeded(service, name, environment, template, test.id(), test.now());
        instance.version = VersionNumber::new(major, minor);
        if failed {
            instance.deployable.update(test.id(), test.now()).expect("settled");
            let state = instance.state();
            instance.finish(DeploymentOutcome::Failed, None, &state).expect("in progress");
        }
        test.seed(instance);
    }
    test
}

async fn pages(test: &TestApp, filter: &InstanceFilter, order: InstanceOrder, limit: usize) -> Vec<String> {
    let (mut found, mut after): (Vec<ServiceInstance>, _) = (Vec::new(), None);
    loop {
        let request = PageRequest { limit, after };
        let page = service_instance_list(&test.app, filter, order, &request).await.expect("a page");
        assert!(page.items.len() <= limit);
        found.extend(page.items);
        after = page.next;
        if after.is_none() {
            return found.iter().map(|it| format!("{}/{}", it.service, it.name)).collect();
        }
    }
}

#[rstest]
#[case(InstanceSort::Service, ["blog/one", "blog/two", "news/six", "news/ten", "shop/one", "shop/two"])]
#[case(InstanceSort::Environment, ["news/six", "blog/one", "shop/two", "blog/two", "news/ten", "shop/one"])]
#[case(InstanceSort::Template, ["blog/one", "news/ten", "blog/two", "news/six", "shop/one", "shop/two"])]
#[case(InstanceSort::DeploymentStatus, ["news/ten", "shop/one", "blog/one", "blog/two", "news/six", "shop/two"])]
#[case(InstanceSort::Name, ["blog/one", "shop/one", "news/six", "news/ten", "blog/two", "shop/two"])]
#[case(InstanceSort::CreatedAt, ["shop/two", "shop/one", "blog/one", "news/six", "news/ten", "blog/two"])]
#[case(InstanceSort::LastDeploymentAttemptedAt, ["shop/two", "shop/one", "blog/one", "news/six", "news/ten", "blog/two"])]
#[tokio::test]
async fn instances_come_in_every_order_forwards_and_backwards_in_pages_of_any_size(
    #[case] by: InstanceSort,
    #[case] expected: [&str; 6],
) {
    let test = inhabited();
    for limit in [1, 2, 4, 100] {
        for descending in [false, true] {
            let found =
                pages(&test, &InstanceFilter::default(), InstanceOrder { by, descending }, limit).await;
            let mut expected = expected.map(str::to_owned).to_vec();
            if descending {
                expected.reverse();
            }
            assert_eq!(found, expected, "{by:?} {descending} {limit}");
        }
    }
}

fn named(service: &str) -> protium_domain::name::ResourceName {
    records::name(service)
}

fn filters() -> Vec<(InstanceFilter, Vec<&'static str>)> {
    let all = InstanceFilter::default;
    let at = |seconds: u64| Some(protium_testkit::FixedClock::START.plus(Duration::from_secs(seconds)));
    vec![
        (InstanceFilter { services: vec![named("shop")], ..all() }, vec!["shop/one", "shop/two"]),
        (
            InstanceFilter { services: vec![named("shop"), named("news")], ..all() },
            vec!["news/six", "news/ten", "shop/one", "shop/two"],
        ),
        (InstanceFilter { names: vec![named("one")], ..all() }, vec!["blog/one", "shop/one"]),
        (
            InstanceFilter { environments: vec![named("gamma")], ..all() },
            vec!["blog/two", "news/ten", "shop/one"],
        ),
        (InstanceFilter { templates: vec![named("api")], ..all() }, vec!["blog/one", "news/ten"]),
        (InstanceFilter { statuses: vec![DeploymentStatus::Failed], ..all() }, vec!["news/ten", "shop/one"]),
        (
            InstanceFilter {
                statuses: vec![DeploymentStatus::Failed],
                templates: vec![named("api")],
                ..all()
            },
            vec!["news/ten"],
        ),
        (
            InstanceFilter { staleness: vec![Staleness::BehindMajor], ..all() },
            vec!["blog/two", "shop/one", "shop/two"],
        ),
        (
            InstanceFilter {
                staleness: vec![Staleness::UpToDate],
                environments: vec![named("gamma")],
                ..all()
            },
            vec!["news/ten"],
        ),
        (
            InstanceFilter { created: TimeRange { after: at(2), before: at(5) }, ..all() },
            vec!["blog/one", "news/six"],
        ),
        (InstanceFilter { attempted: TimeRange { after: at(5), before: None }, ..all() }, vec!["blog/two"]),
        (InstanceFilter { environments: vec![named("nowhere")], ..all() }, vec![]),
    ]
}

#[tokio::test]
async fn filters_go_together_in_every_order() {
    let test = inhabited();
    let orders = [
        InstanceSort::Service,
        InstanceSort::Environment,
        InstanceSort::Template,
        InstanceSort::DeploymentStatus,
        InstanceSort::Name,
        InstanceSort::CreatedAt,
    ];
    for (filter, expected) in filters() {
        for limit in [1, 3, 100] {
            let found = pages(&test, &filter, InstanceOrder::default(), limit).await;
            assert_eq!(found, expected, "{filter:?} {limit}");
            for by in orders {
                let mut found = pages(&test, &filter, InstanceOrder { by, descending: true }, limit).await;
                found.sort();
                assert_eq!(found, expected, "{filter:?} {by:?} {limit}");
            }
        }
    }
}

#[tokio::test]
async fn staleness_is_that_of_the_moment() {
    let test = inhabited();
    let behind = InstanceFilter { staleness: vec![Staleness::BehindMinor], ..InstanceFilter::default() };
    assert!(pages(&test, &behind, InstanceOrder::default(), 100).await.is_empty());
    let key = protium_app::ports::Key::Template(TemplateKind::Service, named("api"));
    let mut api: protium_domain::template::Template = test.store.peek(&key).expect("there");
    let number = api.version_allocate(Some(1)).expect("the next one");
    api.version_published(number);
    test.seed(api);
    assert_eq!(pages(&test, &behind, InstanceOrder::default(), 100).await, ["blog/one", "news/ten"]);
}

#[tokio::test]
async fn tokens_survive_what_comes_and_goes_between_two_pages() {
    for by in [InstanceSort::Environment, InstanceSort::CreatedAt, InstanceSort::Service] {
        let test = inhabited();
        let order = InstanceOrder { by, descending: false };
        let all = pages(&test, &InstanceFilter::default(), order, 100).await;
        let request = PageRequest { limit: 3, after: None };
        let first = service_instance_list(&test.app, &InstanceFilter::default(), order, &request)
            .await
            .expect("a page");
        for gone in &first.items {
            test.store
                .unseed(&protium_app::ports::Key::ServiceInstance(gone.service.clone(), gone.name.clone()));
        }
        let request = PageRequest { limit: 100, after: first.next };
        let rest = service_instance_list(&test.app, &InstanceFilter::default(), order, &request)
            .await
            .expect("a page");
        let rest: Vec<String> = rest.items.iter().map(|it| format!("{}/{}", it.service, it.name)).collect();
        assert_eq!(rest, all[3..], "{by:?}");
    }
}

#[tokio::test]
async fn a_page_costs_the_same_among_many_as_among_few() {
    let calls = async |test: &TestApp, filter: &InstanceFilter| {
        let before = test.store.calls().list;
        let request = PageRequest { limit: 2, after: None };
        service_instance_list(&test.app, filter, InstanceOrder::default(), &request).await.expect("a page");
        test.store.calls().list - before
    };
    let all = InstanceFilter::default;
    let cases = [
        all(),
        InstanceFilter { services: vec![named("shop")], ..all() },
        InstanceFilter { environments: vec![named("beta")], ..all() },
        InstanceFilter { templates: vec![named("web")], ..all() },
        InstanceFilter { statuses: vec![DeploymentStatus::Succeeded], ..all() },
    ];
    let test = inhabited();
    for number in 0..1_200 {
        let (service, id) = (format!("many-{number}"), test.id());
        test.seed(records::instance_succeeded(&service, "one", "beta", "web", id, test.now()));
    }
    for filter in cases {
        assert_eq!(calls(&test, &filter).await, 1, "{filter:?}");
    }
    let by_time = InstanceOrder { by: InstanceSort::CreatedAt, descending: false };
    let request = PageRequest { limit: 2, after: None };
    let message = refusal!(service_instance_list(&test.app, &all(), by_time, &request).await, Validation);
    assert!(message.contains("createdAt") && message.contains("narrow"), "{message}");
}

#[tokio::test]
async fn a_service_must_exist_and_positions_be_ours() {
    let test = inhabited();
    let nobody = InstanceFilter { services: vec![named("nobody")], ..InstanceFilter::default() };
    let request = PageRequest { limit: 2, after: None };
    refusal!(service_instance_list(&test.app, &nobody, InstanceOrder::default(), &request).await, NotFound);
    for by in [InstanceSort::Service, InstanceSort::Environment, InstanceSort::Name] {
        let made_up = PageRequest { limit: 2, after: Some("nonsense".to_owned()) };
        let order = InstanceOrder { by, descending: false };
        refusal!(
            service_instance_list(&test.app, &InstanceFilter::default(), order, &made_up).await,
            Validation
        );
    }
}
