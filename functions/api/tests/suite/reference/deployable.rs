//! What has deployments: behaviour 3.2.

use std::cell::RefCell;
use std::rc::Rc;

use super::acts::{Name, Number, Size, Weather};
use super::domain::{Broken, Class, ComponentState, EnvironmentState, PipelineState};

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

/// One deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Attempt {
    /// How it ended; nothing while it is under way.
    pub(super) ended: Option<&'static str>,
    /// Whether somebody took it out of the history.
    pub(super) forgotten: bool,
}

/// The deployments of everything that had one name, oldest first.
pub(super) type History = Rc<RefCell<Vec<Attempt>>>;

/// What a resource is made of, and what becomes of that in its stack.
pub(super) trait State: Copy {
    /// Two states of the same code make the same stack: its template, and its tags, which name an attached instance.
    fn code(self) -> Code;
}

/// What makes a difference to a stack.
pub(super) type Code = (Option<Size>, Option<(Name, Name)>);

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
    /// What it was before it began to wait for an operation of its service.
    before: Option<Status>,
    /// Whether it was ever deployed.
    pub(super) ever: bool,
    stack: Option<Stack>,
    history: History,
}

impl<S: State> Deployable<S> {
    /// Its first deployment begins.
    pub(super) fn new(state: S, history: History) -> Self {
        let (target, status) = (Some(state), Status::InProgress);
        let new = Self { state, target, status, before: None, ever: false, stack: None, history };
        new.begin();
        new
    }

    /// What it is made of, and what it is about to be.
    pub(super) fn states(&self) -> impl Iterator<Item = S> {
        [Some(self.state), self.target].into_iter().flatten()
    }

    pub(super) fn is_busy(&self) -> bool {
        matches!(self.status, Status::InProgress | Status::Cancelling | Status::DeleteInProgress)
    }

    pub(super) fn has_failed(&self) -> bool {
        matches!(self.status, Status::Failed | Status::DeleteFailed)
    }

    pub(super) fn has_stack(&self) -> bool {
        self.stack.is_some()
    }

    pub(super) fn update(&mut self, target: S) {
        (self.target, self.status) = (Some(target), Status::InProgress);
        if !self.ever {
            self.state = target;
        }
        self.begin();
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
        self.remove();
        Broken::new()
    }

    /// Its removal begins.
    pub(super) fn remove(&mut self) {
        self.status = Status::DeleteInProgress;
        self.begin();
    }

    /// It waits for an operation of its service, which will update or remove it.
    pub(super) fn hold(&mut self, status: Status) {
        self.before = Some(std::mem::replace(&mut self.status, status));
    }

    pub(super) fn is_held(&self) -> bool {
        self.before.is_some()
    }

    /// What it waited for begins.
    pub(super) fn release(&mut self, target: S) {
        match self.before.take() {
            Some(_) if self.status == Status::DeleteInProgress => self.remove(),
            Some(_) => self.update(target),
            None => {}
        }
    }

    /// What it waited for isn't to be: it is as it was, and what never was is cancelled.
    pub(super) fn restore(&mut self) {
        match self.before.take() {
            Some(before) => self.status = before,
            None => self.end(Status::Cancelled),
        }
    }

    fn begin(&self) {
        self.history.borrow_mut().push(Attempt { ended: None, forgotten: false });
    }

    fn end(&mut self, status: Status) {
        self.status = status;
        self.note(status.text());
    }

    fn note(&self, ended: &'static str) {
        self.history.borrow_mut().last_mut().expect("one has begun").ended = Some(ended);
    }

    /// Its work ends; whether it is still there.
    pub(super) fn finish(&mut self, weather: Weather) -> bool {
        match self.status {
            Status::InProgress => {
                let target = self.target.take().unwrap_or(self.state);
                if self.deploys(target, weather) {
                    (self.state, self.ever) = (target, true);
                    self.end(Status::Succeeded);
                } else {
                    self.end(Status::Failed);
                }
            }
            Status::Cancelling => {
                self.target = None;
                self.end(Status::Cancelled);
            }
            Status::DeleteInProgress => return !self.goes(weather),
            _ => {}
        }
        true
    }

    fn goes(&mut self, weather: Weather) -> bool {
        if self.stack.is_some() && matches!(weather, Weather::DeletionsFail | Weather::Forbidden) {
            if weather == Weather::DeletionsFail {
                self.stack = Some(Stack::Broken);
            }
            self.end(Status::DeleteFailed);
            return false;
        }
        self.note("DELETE_COMPLETE");
        true
    }

    fn deploys(&mut self, target: S, weather: Weather) -> bool {
        match self.stack {
            _ if weather == Weather::Forbidden => return false,
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
        (Some(self.size), None)
    }
}

impl State for PipelineState {
    fn code(self) -> Code {
        (self.size, None)
    }
}

impl State for ComponentState {
    fn code(self) -> Code {
        (Some(self.code), self.attached)
    }
}

impl State for Number {
    // All versions of a service template hold the same here.
    fn code(self) -> Code {
        (None, None)
    }
}
