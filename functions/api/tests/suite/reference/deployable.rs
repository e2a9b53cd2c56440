//! What has deployments: behaviour 3.2.

use super::acts::{Name, Number, Size, Weather};
use super::domain::{Broken, Class, ComponentState, EnvironmentState};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    InProgress,
    Succeeded,
    Failed,
    Cancelling,
    Cancelled,
    DeleteInProgress,
    DeleteFailed,
}

impl Status {
    pub(super) fn text(self) -> &'static str {
        match self {
            Self::InProgress => "IN_PROGRESS",
            Self::Succeeded => "SUCCEEDED",
            Self::Failed => "FAILED",
            Self::Cancelling => "CANCELLING",
            Self::Cancelled => "CANCELLED",
            Self::DeleteInProgress => "DELETE_IN_PROGRESS",
            Self::DeleteFailed => "DELETE_FAILED",
        }
    }
}

/// What a resource is made of, and what becomes of that in its stack.
pub(super) trait State: Copy {
    /// Two states of the same code make the same stack: its template, and its tags, which name an attached instance.
    fn code(self) -> Code;
}

/// What makes a difference to a stack.
pub(super) type Code = (Size, Option<(Name, Name)>);

/// A stack, as far as it matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stack {
    /// It holds this.
    Well(Code),
    /// It has to go before anything can be deployed.
    Broken,
}

#[derive(Debug, Clone)]
pub(super) struct Deployable<S> {
    /// What it is made of: after a success that; before the first one, what was tried.
    pub(super) state: S,
    target: Option<S>,
    pub(super) status: Status,
    /// What it was before it was marked to be removed.
    before: Option<Status>,
    /// Whether it was ever deployed.
    pub(super) ever: bool,
    stack: Option<Stack>,
}

impl<S: State> Deployable<S> {
    /// Its first deployment begins.
    pub(super) fn new(state: S) -> Self {
        Self {
            state,
            target: Some(state),
            status: Status::InProgress,
            before: None,
            ever: false,
            stack: None,
        }
    }

    /// What it is made of, and what it is about to be.
    pub(super) fn states(&self) -> impl Iterator<Item = S> {
        [Some(self.state), self.target].into_iter().flatten()
    }

    pub(super) fn is_busy(&self) -> bool {
        matches!(self.status, Status::InProgress | Status::Cancelling | Status::DeleteInProgress)
    }

    pub(super) fn update(&mut self, target: S) {
        (self.target, self.status) = (Some(target), Status::InProgress);
        if !self.ever {
            self.state = target;
        }
    }

    /// Only updates of what was deployed before are cancelled: there is nothing else to go back to.
    pub(super) fn cancel(&mut self) -> Broken {
        if self.status != Status::InProgress || !self.ever {
            return Broken::from([Class::Conflict]);
        }
        self.status = Status::Cancelling;
        Broken::new()
    }

    pub(super) fn delete(&mut self, is_used: bool) -> Broken {
        if self.status == Status::DeleteInProgress {
            return Broken::new();
        }
        if is_used || self.is_busy() {
            return Broken::from([Class::Conflict]);
        }
        self.status = Status::DeleteInProgress;
        Broken::new()
    }

    /// It is to be removed.
    pub(super) fn mark(&mut self) {
        self.before = Some(self.status);
        self.status = Status::DeleteInProgress;
    }

    /// It isn't to be removed after all.
    pub(super) fn restore(&mut self) {
        self.status = self.before.take().unwrap_or(self.status);
    }

    /// Its work ends; whether it is still there.
    pub(super) fn finish(&mut self, weather: Weather) -> bool {
        match self.status {
            Status::InProgress => {
                let target = self.target.take().unwrap_or(self.state);
                if self.deploys(target, weather) {
                    (self.state, self.ever, self.status) = (target, true, Status::Succeeded);
                } else {
                    self.status = Status::Failed;
                }
            }
            Status::Cancelling => {
                (self.target, self.status) = (None, Status::Cancelled);
            }
            Status::DeleteInProgress if self.stack.is_some() && weather == Weather::DeletionsFail => {
                (self.stack, self.status) = (Some(Stack::Broken), Status::DeleteFailed);
            }
            Status::DeleteInProgress => return false,
            _ => {}
        }
        true
    }

    fn deploys(&mut self, target: S, weather: Weather) -> bool {
        match self.stack {
            Some(Stack::Well(code)) if code == target.code() => return true,
            Some(Stack::Well(_)) if weather == Weather::UpdatesFail => return false,
            Some(Stack::Well(_)) => {}
            Some(Stack::Broken) if weather == Weather::DeletionsFail => return false,
            Some(Stack::Broken) | None if weather == Weather::CreationsFail => {
                self.stack = Some(Stack::Broken);
                return false;
            }
            Some(Stack::Broken) | None => {}
        }
        self.stack = Some(Stack::Well(target.code()));
        true
    }
}

impl State for EnvironmentState {
    fn code(self) -> Code {
        (self.size(), None)
    }
}

impl State for ComponentState {
    fn code(self) -> Code {
        self.code()
    }
}

impl State for Number {
    // All versions of a service template hold the same here.
    fn code(self) -> Code {
        (Size::Small, None)
    }
}
