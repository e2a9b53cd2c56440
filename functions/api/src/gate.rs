//! The gate: every call is put to the policies in force before it is dispatched.
//!
//! The accepted set is read once and kept. After [`FRESH`] the next call asks S3 whether there is another, by a
//! conditional read that carries nothing when there is none: so a change is in force for everybody that long after it
//! was accepted. Where S3 doesn't answer, what is known counts for [`KEPT`]; then nobody gets in but administrators.
//! Those are let in before anything is read, so neither policies nor S3 lock everybody out.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use protium_app::deployment::deployment_target;
use protium_app::ports::{AcceptedPolicies, Clock, Policies, PolicyObject, PortError};
use protium_app::tag::tags_known;
use protium_app::{App, Error};
use protium_authorization::{Accepted, Administrators, Call, Denial, Facts, PolicySet, Principal};
use protium_domain::arn::Resource;
use protium_domain::time::Timestamp;
use protium_wire::error::ErrorCode;
use protium_wire::{Operation, WireError};
use serde_json::Value;
use tracing::{debug, error, info, warn};

use crate::error::{Answer, Failure};
use crate::http::Caller;

/// How long what was read isn't asked for again.
pub const FRESH: Duration = Duration::from_secs(5);
/// How long what was read counts while S3 can't be asked.
pub const KEPT: Duration = Duration::from_secs(60);

/// How an installation is configured (parameters of `infra/protium.yaml`).
#[derive(Debug, Clone, Default)]
pub struct Posture {
    /// Who may do everything, whatever the policies say.
    pub administrators: Administrators,
    /// Whether everybody may do everything for as long as there are no policies.
    pub is_open_without_policies: bool,
}

/// Lets calls in or refuses them.
pub struct Gate {
    policies: Arc<dyn Policies>,
    posture: Posture,
    clock: Arc<dyn Clock>,
    held: Mutex<Option<Held>>,
}

/// What was read last.
#[derive(Clone)]
struct Held {
    /// Nothing when there are no policies.
    set: Option<Arc<PolicySet>>,
    tag: Option<String>,
    asked_at: Timestamp,
}

impl Gate {
    /// A gate that has read nothing yet.
    #[must_use]
    pub fn new(policies: Arc<dyn Policies>, posture: Posture, clock: Arc<dyn Clock>) -> Self {
        Self { policies, posture, clock, held: Mutex::new(None) }
    }

    /// A gate that lets everybody in: for measurements and tests of what is behind it.
    #[must_use]
    pub fn open(clock: Arc<dyn Clock>) -> Self {
        let posture = Posture { is_open_without_policies: true, ..Posture::default() };
        Self::new(Arc::new(NoPolicies), posture, clock)
    }

    /// Lets a call in.
    ///
    /// # Errors
    /// `AccessDeniedException` in AWS's words (behaviour 14); which policies forbid it is in the log. An internal failure when
    /// policies or what they ask for can't be read: nobody gets in by that, and clients repeat it.
    pub(crate) async fn admit(
        &self,
        app: &App,
        caller: &Caller<'_>,
        operation: Operation,
        input: &Value,
    ) -> Answer<()> {
        let location = app.location();
        let principal = Principal {
            arn: caller.arn,
            account: caller.account,
            is_environment_account: caller.account != location.account,
        };
        if self.posture.administrators.include(&principal) {
            return Ok(());
        }
        let set = self.current().await.map_err(|error| Failure::App(error.into()))?;
        if set.is_none() && (self.posture.is_open_without_policies || principal.is_environment_account) {
            return Ok(());
        }
        let call = subject(app, Call::of(operation, input, location)).await?;
        let Some(set) = set else { return Err(refusal(&denial_without_policies(&principal, &call))) };
        let facts = facts(app, &set, &call).await?;
        let allowed = set.authorize(&principal, &call, &facts, location);
        let policies = allowed.map_err(|denial| refusal(&denial))?;
        debug!(%operation, ?policies, "allowed");
        Ok(())
    }

    /// The policies in force, at most [`FRESH`] old; nothing when there are none.
    async fn current(&self) -> Result<Option<Arc<PolicySet>>, PortError> {
        let now = self.clock.now();
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let age = held.as_ref().map(|held| age(held.asked_at, now));
        match (held, age) {
            (Some(held), Some(age)) if age < FRESH => Ok(held.set),
            (held, age) => match self.read(held.as_ref(), now).await {
                Ok(read) => {
                    let set = read.set.clone();
                    *self.held.lock().unwrap_or_else(PoisonError::into_inner) = Some(read);
                    Ok(set)
                }
                Err(error) => {
                    let kept = held.filter(|_| age.is_some_and(|age| age < KEPT));
                    let Some(kept) = kept else {
                        error!(%error, "the policies can't be read: nobody gets in but administrators");
                        return Err(error);
                    };
                    warn!(%error, "the policies can't be read: those read before count for a while");
                    Ok(kept.set)
                }
            },
        }
    }

    async fn read(&self, held: Option<&Held>, now: Timestamp) -> Result<Held, PortError> {
        let known = held.and_then(|held| held.tag.as_deref());
        Ok(match self.policies.accepted(known).await? {
            AcceptedPolicies::Unchanged => {
                let set = held.and_then(|held| held.set.clone());
                Held { set, tag: known.map(ToOwned::to_owned), asked_at: now }
            }
            AcceptedPolicies::Absent => Held { set: None, tag: None, asked_at: now },
            AcceptedPolicies::Found { tag, bytes } => {
                let (generation, set) = parsed(&bytes)?;
                info!(generation, policies = set.count(), "policies read");
                let set = Some(set).filter(|set| set.count() > 0).map(Arc::new);
                Held { set, tag: Some(tag), asked_at: now }
            }
        })
    }
}

/// An installation without policies.
struct NoPolicies;

#[async_trait]
impl Policies for NoPolicies {
    async fn accepted(&self, _: Option<&str>) -> Result<AcceptedPolicies, PortError> {
        Ok(AcceptedPolicies::Absent)
    }
    async fn accept(&self, _: Vec<u8>, _: Option<&str>) -> Result<bool, PortError> {
        Ok(false)
    }
    async fn files(&self, _: usize, _: usize) -> Result<Vec<PolicyObject>, PortError> {
        Ok(Vec::new())
    }
}

fn age(asked_at: Timestamp, now: Timestamp) -> Duration {
    // A clock that was set back makes what is known old.
    u64::try_from(now.as_millis() - asked_at.as_millis()).map_or(Duration::MAX, Duration::from_millis)
}

fn parsed(bytes: &[u8]) -> Result<(u64, PolicySet), PortError> {
    let accepted = Accepted::read(bytes).map_err(|error| PortError::Unreadable(error.to_string()))?;
    let set = PolicySet::parse(&accepted.files).map_err(|problems| {
        let problems: Vec<_> = problems.iter().map(ToString::to_string).collect();
        PortError::Unreadable(format!("the accepted set of policies: {}", problems.join("; ")))
    })?;
    Ok((accepted.generation, set))
}

/// The call about what it changes: to repeat a deployment is to deploy the same resource.
async fn subject(app: &App, call: Call) -> Result<Call, Error> {
    Ok(match (&call.operation, &call.resource) {
        (Operation::RetryDeployment, Some(Resource::Deployment { id })) => {
            match deployment_target(app, id).await? {
                Some(target) => call.about(target, app.location()),
                None => call,
            }
        }
        _ => call,
    })
}

/// What policies ask for beyond the request; nothing is read unless some policy does.
async fn facts(app: &App, set: &PolicySet, call: &Call) -> Result<Facts, Error> {
    let Some(record) = call.record().filter(|_| set.reads_records()) else { return Ok(Facts::default()) };
    let mut tags = tags_known(app, record).await?;
    let template = tags.get("aws:proton:template").cloned();
    if call.creates {
        // What is made gets the customer's tags of what it belongs to; the system's are its own.
        tags.retain(|key, _| !key.starts_with("aws:"));
    }
    Ok(Facts { tags, template })
}

fn denial_without_policies(principal: &Principal<'_>, call: &Call) -> Denial {
    Denial {
        principal: principal.arn.to_owned(),
        action: format!("proton:{}", call.operation),
        resource: call.arn.clone(),
        forbidden_by: Vec::new(),
    }
}

/// What the caller reads. Who was denied what stands in the journal; which policies forbid it, in the log alone.
fn refusal(denial: &Denial) -> Failure {
    let Denial { action, resource, forbidden_by, .. } = denial;
    if !forbidden_by.is_empty() {
        info!(action, resource, ?forbidden_by, "forbidden by policies");
    }
    Failure::Wire(WireError::new(ErrorCode::AccessDenied, denial.to_string()))
}
