//! What happens in a story: calls, and the work that goes on between them.

mod call;
mod stories;

pub(crate) use call::{Call, Known};
pub(crate) use stories::{beginning, stories};

use protium_testkit::world::Script;

/// Few names, so that stories meet.
pub(crate) const ENVIRONMENT_TEMPLATES: [&str; 2] = ["grid", "mesh"];
/// Services of `app` have a pipeline, the others have none.
pub(crate) const SERVICE_TEMPLATES: [&str; 3] = ["job", "app", "cron"];
pub(crate) const ENVIRONMENTS: [&str; 2] = ["beta", "gamma"];
pub(crate) const SERVICES: [&str; 2] = ["shop", "mail"];
pub(crate) const INSTANCES: [&str; 3] = ["one", "two", "three"];
pub(crate) const COMPONENTS: [&str; 2] = ["queue", "topic"];
pub(crate) const REPOSITORIES: [&str; 2] = ["acme/one", "acme/two"];

pub(crate) type Name = &'static str;
/// A version: major, minor.
pub(crate) type Number = (u64, u64);

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Environment,
    Service,
}

/// `deploymentType`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Type {
    None,
    Current,
    Minor,
    Major,
}

/// What a spec says. [`Size::Wrong`] doesn't fit the schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Size {
    Small,
    Large,
    Wrong,
}

/// Where a component is deployed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Environment(Name),
    Instance(Name, Name),
}

/// What becomes of a component's attachment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Attach {
    Keep,
    Detach,
    To(Name, Name),
}

/// What becomes of a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Setting<T> {
    Keep,
    Clear,
    To(T),
}

/// Who calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Account {
    /// The management account.
    Own,
    /// An environment account.
    Lender,
    /// An environment account, too.
    Other,
}

/// What carries tags.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Thing {
    Template(Kind, Name),
    Version(Kind, Name, Number),
    Environment(Name),
    Service(Name),
    Instance(Name, Name),
    Component(Name),
    Repository(Name),
    /// The connection that was made as the n-th one.
    Connection(usize),
}

/// What has deployments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Target {
    Environment(Name),
    Instance(Name, Name),
    Pipeline(Name),
    Component(Name),
}

/// What is synchronised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Subject {
    Template(Name),
    Service(Name),
}

/// Which operations on stacks fail while work goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Weather {
    Fine,
    CreationsFail,
    UpdatesFail,
    DeletionsFail,
    /// Nobody may touch the stacks, because there is no role to do it with. Never the whole world's.
    Forbidden,
}

#[derive(Debug, Clone)]
pub(crate) enum Act {
    TemplateCreate(Kind, Name, Name),
    TemplateUpdate(Kind, Name, Name),
    TemplateDelete(Kind, Name),
    VersionCreate(Kind, Name, Option<u64>),
    VersionPublish(Kind, Name, Number),
    VersionDelete(Kind, Name, Number),
    EnvironmentCreate {
        name: Name,
        template: Name,
        major: u64,
        minor: Option<u64>,
        size: Size,
        connection: Option<usize>,
    },
    EnvironmentUpdate {
        name: Name,
        by: Type,
        major: Option<u64>,
        minor: Option<u64>,
        size: Option<Size>,
        connection: Option<usize>,
    },
    EnvironmentCancel(Name),
    EnvironmentDelete(Name),
    ServiceCreate {
        name: Name,
        template: Name,
        major: u64,
        instances: Vec<Name>,
        environment: Name,
        /// With the repository, and this section, of a pipeline.
        pipeline: Option<Size>,
    },
    ServiceUpdate {
        name: Name,
        instances: Vec<Name>,
        environment: Name,
        pipeline: Option<Size>,
    },
    ServiceDelete(Name),
    InstanceCreate {
        service: Name,
        name: Name,
        environment: Name,
        minor: Option<u64>,
    },
    InstanceUpdate {
        service: Name,
        name: Name,
        by: Type,
        minor: Option<u64>,
    },
    InstanceCancel(Name, Name),
    PipelineUpdate {
        service: Name,
        by: Type,
        minor: Option<u64>,
        size: Size,
    },
    PipelineCancel(Name),
    ComponentCreate(Name, Place, Size),
    ComponentUpdate(Name, Attach, Option<Size>),
    ComponentCancel(Name),
    ComponentDelete(Name),
    ConnectionCreate(Account, Name),
    ConnectionUpdate(Account, usize),
    ConnectionAccept(Account, usize),
    ConnectionReject(Account, usize),
    ConnectionDelete(Account, usize),
    RepositoryCreate(Name, u8),
    RepositoryDelete(Name),
    SyncCreate(Subject, Name),
    SyncUpdate(Subject, Name),
    SyncDelete(Subject),
    /// Resolves the blocker that came as the n-th one.
    BlockerResolve(usize),
    SettingsUpdate {
        /// Whether pipelines have a role.
        role: Setting<()>,
        repository: Setting<Name>,
    },
    Tag(Thing, Name, Name),
    Untag(Thing, Name),
    /// Deletes the n-th latest deployment of a target.
    DeploymentDelete(Target, usize),
    /// Reports how the latest deployment of a target goes.
    Notify(Target, Option<Name>),
    /// Somebody changes by hand what is synchronised.
    Block(Name, Option<Name>),
    /// All work goes on to its end.
    Run(Weather),
}

impl Weather {
    /// How the stacks' operations end in it.
    pub(crate) fn script(self) -> Script {
        let many = |status: &'static str| std::iter::repeat_n(status, 50).collect();
        let mut script = Script { is_for_all: true, ..Script::default() };
        match self {
            Self::Fine | Self::Forbidden => {}
            Self::CreationsFail => script.creations = many("ROLLBACK_COMPLETE"),
            Self::UpdatesFail => script.updates = many("UPDATE_ROLLBACK_COMPLETE"),
            Self::DeletionsFail => script.deletions = many("DELETE_FAILED"),
        }
        script
    }
}
