//! Stories at random: where they begin, and what may happen in them.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::{
    Account, Act, Attach, COMPONENTS, ENVIRONMENT_TEMPLATES, ENVIRONMENTS, INSTANCES, Kind, Name, Number,
    Place, REPOSITORIES, SERVICE_TEMPLATES, SERVICES, Setting, Size, Subject, Target, Thing, Type, Weather,
};

/// One of two names; mostly the first, so that stories meet.
fn one_of(names: &'static [Name; 2]) -> impl Strategy<Value = Name> {
    prop_oneof![3 => Just(names[0]), 2 => Just(names[1])]
}

/// As [`one_of`], but the second one only now and then.
fn mostly(names: &'static [Name; 2]) -> impl Strategy<Value = Name> {
    prop_oneof![4 => Just(names[0]), 1 => Just(names[1])]
}

/// The last one is in no service from the beginning.
fn service_template() -> impl Strategy<Value = Name> {
    let [job, app, cron] = SERVICE_TEMPLATES;
    prop_oneof![3 => Just(job), 3 => Just(app), 2 => Just(cron)]
}

fn kinds() -> impl Strategy<Value = (Kind, Name)> {
    prop_oneof![
        2 => mostly(&ENVIRONMENT_TEMPLATES).prop_map(|name| (Kind::Environment, name)),
        2 => service_template().prop_map(|name| (Kind::Service, name)),
    ]
}

fn number() -> impl Strategy<Value = Number> {
    prop_oneof![2 => (Just(1), 0..2_u64), 1 => (Just(2), 0..2_u64)]
}

fn minors() -> impl Strategy<Value = Option<u64>> {
    option::weighted(0.15, 0..2_u64)
}

fn sizes() -> impl Strategy<Value = Size> {
    prop_oneof![4 => Just(Size::Small), 4 => Just(Size::Large), 1 => Just(Size::Wrong)]
}

fn types() -> impl Strategy<Value = Type> {
    prop_oneof![1 => Just(Type::None), 6 => Just(Type::Current), 3 => Just(Type::Minor), 2 => Just(Type::Major)]
}

fn instance() -> impl Strategy<Value = (Name, Name)> {
    let names = prop_oneof![3 => Just("one"), 2 => Just("two"), 1 => Just("three")];
    (one_of(&SERVICES), names)
}

fn templates() -> BoxedStrategy<Act> {
    let words = || select(vec!["a", "b"]);
    prop_oneof![
        2 => (kinds(), words()).prop_map(|((kind, name), word)| Act::TemplateCreate(kind, name, word)),
        2 => (kinds(), words()).prop_map(|((kind, name), word)| Act::TemplateUpdate(kind, name, word)),
        2 => kinds().prop_map(|(kind, name)| Act::TemplateDelete(kind, name)),
        4 => (kinds(), option::of(1..4_u64)).prop_map(|((kind, name), major)| Act::VersionCreate(kind, name, major)),
        4 => (kinds(), number()).prop_map(|((kind, name), number)| Act::VersionPublish(kind, name, number)),
        3 => (kinds(), number()).prop_map(|((kind, name), number)| Act::VersionDelete(kind, name, number)),
    ]
    .boxed()
}

fn environments() -> BoxedStrategy<Act> {
    let name = || mostly(&ENVIRONMENTS);
    let by = |name: Name| {
        if name == "gamma" { option::weighted(0.8, 0..3_usize) } else { option::weighted(0.05, 0..3_usize) }
    };
    let place = || name().prop_flat_map(move |name| (Just(name), by(name)));
    let create = (place(), mostly(&ENVIRONMENT_TEMPLATES), 1..3_u64, minors(), sizes());
    let update = (place(), types(), option::weighted(0.1, 1..3_u64), minors(), option::of(sizes()));
    prop_oneof![
        4 => create.prop_map(|((name, connection), template, major, minor, size)| {
            Act::EnvironmentCreate { name, template, major, minor, size, connection }
        }),
        5 => update.prop_map(|((name, connection), by, major, minor, size)| {
            Act::EnvironmentUpdate { name, by, major, minor, size, connection }
        }),
        4 => name().prop_map(Act::EnvironmentCancel),
        1 => name().prop_map(Act::EnvironmentDelete),
    ]
    .boxed()
}

fn services() -> BoxedStrategy<Act> {
    let name = || one_of(&SERVICES);
    let environment = || mostly(&ENVIRONMENTS);
    let instances = || subsequence(&INSTANCES[..], 0..=3);
    // What is mostly made with a pipeline.
    let pipeline =
        |name: Name| option::weighted(if name == "app" || name == "mail" { 0.9 } else { 0.1 }, sizes());
    let template = service_template().prop_flat_map(move |name| (Just(name), pipeline(name)));
    let create = (name(), template, 1..3_u64, instances(), environment());
    let update = name().prop_flat_map(move |name| (Just(name), pipeline(name)));
    prop_oneof![
        4 => create.prop_map(|(name, (template, pipeline), major, instances, environment)| {
            Act::ServiceCreate { name, template, major, instances, environment, pipeline }
        }),
        5 => (update, instances(), environment()).prop_map(|((name, pipeline), instances, environment)| {
            Act::ServiceUpdate { name, instances, environment, pipeline }
        }),
        1 => name().prop_map(Act::ServiceDelete),
    ]
    .boxed()
}

fn parts_of_services() -> BoxedStrategy<Act> {
    let service = || prop_oneof![1 => Just("shop"), 4 => Just("mail")];
    let added = prop_oneof![1 => Just("one"), 2 => Just("two"), 4 => Just("three")];
    prop_oneof![
        4 => (one_of(&SERVICES), added, mostly(&ENVIRONMENTS), minors()).prop_map(|(service, name, environment, minor)| {
            Act::InstanceCreate { service, name, environment, minor }
        }),
        6 => (instance(), types(), minors()).prop_map(|((service, name), by, minor)| {
            Act::InstanceUpdate { service, name, by, minor }
        }),
        4 => instance().prop_map(|(service, name)| Act::InstanceCancel(service, name)),
        6 => (service(), types(), minors(), sizes()).prop_map(|(service, by, minor, size)| {
            Act::PipelineUpdate { service, by, minor, size }
        }),
        3 => service().prop_map(Act::PipelineCancel),
    ]
    .boxed()
}

fn components() -> BoxedStrategy<Act> {
    let name = || mostly(&COMPONENTS);
    let place = prop_oneof![
        mostly(&ENVIRONMENTS).prop_map(Place::Environment),
        instance().prop_map(|(service, name)| Place::Instance(service, name)),
    ];
    let attach = prop_oneof![
        Just(Attach::Keep),
        Just(Attach::Detach),
        instance().prop_map(|(service, name)| Attach::To(service, name)),
    ];
    let codes = || select(vec![Size::Small, Size::Large]);
    prop_oneof![
        3 => (name(), place, codes()).prop_map(|(name, place, code)| Act::ComponentCreate(name, place, code)),
        6 => (name(), attach, option::of(codes())).prop_map(|(name, attach, code)| Act::ComponentUpdate(name, attach, code)),
        4 => name().prop_map(Act::ComponentCancel),
        1 => name().prop_map(Act::ComponentDelete),
    ]
    .boxed()
}

fn connections() -> BoxedStrategy<Act> {
    let any = || select(vec![Account::Own, Account::Lender, Account::Other]);
    let one = |most: Account| {
        (prop_oneof![6 => Just(most), 1 => any()], prop_oneof![3 => Just(0), 1 => 0..3_usize])
    };
    let environment = prop_oneof![4 => Just("gamma"), 1 => Just("beta")];
    prop_oneof![
        4 => (any(), environment).prop_map(|(by, environment)| Act::ConnectionCreate(by, environment)),
        1 => one(Account::Lender).prop_map(|(by, number)| Act::ConnectionUpdate(by, number)),
        4 => one(Account::Own).prop_map(|(by, number)| Act::ConnectionAccept(by, number)),
        1 => one(Account::Own).prop_map(|(by, number)| Act::ConnectionReject(by, number)),
        3 => one(Account::Lender).prop_map(|(by, number)| Act::ConnectionDelete(by, number)),
    ]
    .boxed()
}

fn repositories() -> BoxedStrategy<Act> {
    let name = || mostly(&REPOSITORIES);
    let subject = || {
        prop_oneof![
            mostly(&ENVIRONMENT_TEMPLATES).prop_map(Subject::Template),
            mostly(&SERVICES).prop_map(Subject::Service),
        ]
    };
    let setting =
        prop_oneof![Just(Setting::Keep), Just(Setting::Clear), one_of(&REPOSITORIES).prop_map(Setting::To)];
    let role = prop_oneof![2 => Just(Setting::Keep), 1 => Just(Setting::Clear), 3 => Just(Setting::To(()))];
    let place = (one_of(&SERVICES), option::of(select(&INSTANCES[..])));
    prop_oneof![
        3 => (one_of(&REPOSITORIES), 0..2_u8).prop_map(|(name, number)| Act::RepositoryCreate(name, number)),
        2 => one_of(&REPOSITORIES).prop_map(Act::RepositoryDelete),
        2 => (subject(), name()).prop_map(|(subject, name)| Act::SyncCreate(subject, name)),
        2 => (subject(), name()).prop_map(|(subject, name)| Act::SyncUpdate(subject, name)),
        2 => subject().prop_map(Act::SyncDelete),
        2 => place.prop_map(|(service, instance)| Act::Block(service, instance)),
        2 => (0..3_usize).prop_map(Act::BlockerResolve),
        3 => (role, setting).prop_map(|(role, repository)| Act::SettingsUpdate { role, repository }),
    ]
    .boxed()
}

fn things() -> impl Strategy<Value = Thing> {
    prop_oneof![
        kinds().prop_map(|(kind, name)| Thing::Template(kind, name)),
        (kinds(), number()).prop_map(|((kind, name), number)| Thing::Version(kind, name, number)),
        mostly(&ENVIRONMENTS).prop_map(Thing::Environment),
        one_of(&SERVICES).prop_map(Thing::Service),
        instance().prop_map(|(service, name)| Thing::Instance(service, name)),
        mostly(&COMPONENTS).prop_map(Thing::Component),
        mostly(&REPOSITORIES).prop_map(Thing::Repository),
        (0..2_usize).prop_map(Thing::Connection),
    ]
}

fn targets() -> impl Strategy<Value = Target> {
    prop_oneof![
        mostly(&ENVIRONMENTS).prop_map(Target::Environment),
        instance().prop_map(|(service, name)| Target::Instance(service, name)),
        one_of(&SERVICES).prop_map(Target::Pipeline),
        mostly(&COMPONENTS).prop_map(Target::Component),
    ]
}

fn notes() -> BoxedStrategy<Act> {
    let (keys, values) = (|| select(vec!["team", "cost"]), select(vec!["red", "blue"]));
    let status = option::of(select(vec!["IN_PROGRESS", "SUCCEEDED", "FAILED"]));
    prop_oneof![
        (things(), keys(), values).prop_map(|(thing, key, value)| Act::Tag(thing, key, value)),
        (things(), keys()).prop_map(|(thing, key)| Act::Untag(thing, key)),
        (targets(), 0..3_usize).prop_map(|(target, number)| Act::DeploymentDelete(target, number)),
        (targets(), status).prop_map(|(target, status)| Act::Notify(target, status)),
    ]
    .boxed()
}

/// What every story begins with: published templates, an environment, a service in it without a pipeline, and one with.
pub(crate) fn beginning() -> Vec<Act> {
    let (role, repository) = (Setting::To(()), Setting::Keep);
    let mut acts = vec![Act::SettingsUpdate { role, repository }];
    for (kind, name) in [(Kind::Environment, "grid"), (Kind::Service, "job"), (Kind::Service, "app")] {
        acts.push(Act::TemplateCreate(kind, name, "a"));
        acts.push(Act::VersionCreate(kind, name, None));
        acts.push(Act::Run(Weather::Fine));
        acts.push(Act::VersionPublish(kind, name, (1, 0)));
    }
    let (template, major, minor, size, connection) = ("grid", 1, None, Size::Small, None);
    acts.push(Act::EnvironmentCreate { name: "beta", template, major, minor, size, connection });
    acts.push(Act::Run(Weather::Fine));
    for (name, template, instances, pipeline) in
        [("shop", "job", vec!["one", "two"], None), ("mail", "app", vec!["one"], Some(Size::Small))]
    {
        let environment = "beta";
        acts.push(Act::ServiceCreate { name, template, major, instances, environment, pipeline });
    }
    acts.push(Act::Run(Weather::Fine));
    acts.push(Act::ComponentCreate("queue", Place::Environment("beta"), Size::Small));
    acts.push(Act::RepositoryCreate("acme/one", 0));
    acts.push(Act::SyncCreate(Subject::Template("grid"), "acme/one"));
    acts.push(Act::SyncCreate(Subject::Service("shop"), "acme/one"));
    acts.push(Act::ConnectionCreate(Account::Lender, "gamma"));
    acts.push(Act::Block("shop", None));
    acts.push(Act::Run(Weather::Fine));
    acts
}

/// Stories; most of what they begin may go well, for else nothing is ever there.
pub(crate) fn stories() -> impl Strategy<Value = Vec<Act>> {
    let weather = prop_oneof![
        6 => Just(Weather::Fine),
        1 => Just(Weather::CreationsFail),
        1 => Just(Weather::UpdatesFail),
        1 => Just(Weather::DeletionsFail),
    ];
    let act = prop_oneof![
        5 => templates(),
        4 => environments(),
        4 => services(),
        6 => parts_of_services(),
        5 => components(),
        4 => connections(),
        4 => repositories(),
        4 => notes(),
        6 => weather.prop_map(Act::Run),
    ];
    let acts = prop_oneof![20 => act.prop_map(|act| vec![act]), 1 => cancelled(), 1 => made_again()];
    vec(acts, 1..60).prop_map(|acts| acts.concat())
}

/// A service that goes, and another one of its name: nothing of the first one is the second one's.
fn made_again() -> BoxedStrategy<Vec<Act>> {
    let made = one_of(&SERVICES).prop_map(|name| {
        let (template, pipeline) = if name == "mail" { ("app", Some(Size::Large)) } else { ("job", None) };
        let (major, instances, environment) = (1, vec!["one"], "beta");
        vec![
            Act::ServiceDelete(name),
            Act::Run(Weather::Fine),
            Act::ServiceCreate { name, template, major, instances, environment, pipeline },
        ]
    });
    made.boxed()
}

/// What is begun and cancelled at once; by chance alone that is rare.
fn cancelled() -> BoxedStrategy<Vec<Act>> {
    let (by, size, minor) = (Type::Current, Size::Large, None);
    prop_oneof![
        mostly(&ENVIRONMENTS).prop_map(move |name| {
            let (major, connection, size) = (None, None, Some(size));
            vec![
                Act::EnvironmentUpdate { name, by, major, minor, size, connection },
                Act::EnvironmentCancel(name),
            ]
        }),
        instance().prop_map(move |(service, name)| {
            vec![Act::InstanceUpdate { service, name, by, minor }, Act::InstanceCancel(service, name)]
        }),
        one_of(&SERVICES).prop_map(move |service| {
            vec![Act::PipelineUpdate { service, by, minor, size }, Act::PipelineCancel(service)]
        }),
        mostly(&COMPONENTS).prop_map(move |name| {
            vec![Act::ComponentUpdate(name, Attach::Keep, Some(size)), Act::ComponentCancel(name)]
        }),
    ]
    .boxed()
}
