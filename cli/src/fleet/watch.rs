//! Looks at a fleet update until it is over.
//!
//! The fleet update needs nobody who watches: a connection that is lost, an API that throttles, and Ctrl-C end nothing
//! but the looking. What is transient is waited out for a quarter of an hour, which outlasts a deployment of Protium
//! itself.

use super::{
    Session,
    lines::Lines,
    live::Live,
    pace::Pace,
    show::{Frame, failure},
};
use crate::{api::CallError, clock};
use anyhow::Result;
use protium_wire::fleet::{
    FleetTarget, FleetTargetStatus, FleetUpdate, FleetUpdateStatus, GetFleetUpdateInput,
    ListFleetUpdateTargetsInput,
};
use std::{
    collections::{HashMap, HashSet},
    io::IsTerminal,
    time::{Duration, Instant},
};

/// How long nothing but trouble is borne.
const PATIENCE: Duration = Duration::from_secs(15 * 60);
/// The longest pause between two looks while there is trouble.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// Targets on a page.
const PAGE: i32 = 100;
/// Failures that are fetched; who wants all of thousands lists them.
const FAILURES_MOST: usize = 500;

/// How looking ended.
pub(super) struct Watched {
    /// As it was when last looked at.
    pub(super) update: FleetUpdate,
    /// Who failed.
    pub(super) failures: Vec<FleetTarget>,
    /// Whether somebody pressed Ctrl-C.
    pub(super) left: bool,
}

/// Where progress is shown.
enum Display {
    Live(Live),
    Lines(Lines),
}

impl Display {
    /// What lives, on a terminal; else lines.
    fn open() -> Self {
        if std::io::stderr().is_terminal() { Self::Live(Live::open()) } else { Self::Lines(Lines::default()) }
    }

    fn show(&mut self, frame: &Frame<'_>) {
        match self {
            Self::Live(live) => live.show(frame),
            Self::Lines(lines) => lines.show(frame, Instant::now()),
        }
    }

    fn failed(&mut self, target: &FleetTarget) {
        match self {
            Self::Live(live) => live.failed(&failure(target)),
            Self::Lines(lines) => lines.failed(&failure(target)),
        }
    }

    fn close(self) {
        if let Self::Live(live) = self {
            live.close();
        }
    }
}

/// Shows how `update` goes until its status is one that is `over`, or somebody presses Ctrl-C.
///
/// # Errors
///
/// What the API refuses for good, and trouble that outlasts [`PATIENCE`].
pub(super) async fn watch(
    session: &Session,
    update: FleetUpdate,
    over: fn(FleetUpdateStatus) -> bool,
) -> Result<Watched> {
    let mut display = Display::open();
    let mut interrupt = std::pin::pin!(tokio::signal::ctrl_c());
    let watching = look_on(session, update.clone(), over, &mut display);
    let mut last = update;
    let outcome = {
        let mut watching = std::pin::pin!(watching);
        tokio::select! {
            outcome = &mut watching => Some(outcome),
            _ = &mut interrupt => None,
        }
    };
    display.close();
    match outcome {
        Some(outcome) => outcome,
        None => {
            // The last word of the API, if it has one at once; else what it said when this began.
            if let Ok(update) = look(session, &last.id).await {
                last = update;
            }
            Ok(Watched { update: last, failures: Vec::new(), left: true })
        }
    }
}

async fn look_on(
    session: &Session,
    mut update: FleetUpdate,
    over: fn(FleetUpdateStatus) -> bool,
    display: &mut Display,
) -> Result<Watched> {
    let (mut pace, mut failures) = (Pace::default(), Failures::default());
    loop {
        pace.observe(&update, Instant::now());
        failures.gather(session, &update, display).await;
        let frame = Frame { update: &update, speed: pace.speed(&update), now: clock::now(), trouble: None };
        display.show(&frame);
        if over(update.status) {
            let failures = failures.ended(session, &update).await;
            return Ok(Watched { update, failures, left: false });
        }
        tokio::time::sleep(session.poll).await;
        update = look_patiently(session, update, display).await?;
    }
}

async fn look(session: &Session, id: &str) -> Result<FleetUpdate, CallError> {
    let input = GetFleetUpdateInput { fleet_update_id: id.to_owned() };
    session.client.call_once(&input).await.map(|answer| answer.fleet_update)
}

/// Looks, and waits out what is transient.
async fn look_patiently(session: &Session, known: FleetUpdate, display: &mut Display) -> Result<FleetUpdate> {
    let (since, mut pause) = (Instant::now(), session.poll);
    loop {
        match look(session, &known.id).await {
            Ok(update) => return Ok(update),
            Err(error) if error.is_transient() && since.elapsed() < PATIENCE => {
                let trouble = format!("{error} Trying again; the fleet update goes on.");
                let frame = Frame { update: &known, speed: None, now: clock::now(), trouble: Some(&trouble) };
                display.show(&frame);
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
            Err(error) => return Err(error.into()),
        }
    }
}

/// Who failed, as far as it has been told.
#[derive(Default)]
struct Failures {
    found: Vec<FleetTarget>,
    told: HashSet<String>,
    /// Status and failures when they were gathered last: a list of a large fleet takes many requests.
    gathered: Option<(FleetUpdateStatus, i32)>,
}

impl Failures {
    /// Tells new ones, once there must be some. What goes wrong here is no reason to stop looking: the next look makes
    /// another attempt.
    async fn gather(&mut self, session: &Session, update: &FleetUpdate, display: &mut Display) {
        let known = (update.status, update.counts.failed);
        let is_news = match self.gathered {
            // On the way back failures become fewer, and were told before.
            Some((status, failed)) => known.1 > failed || (known.0 != status && is_rolling_back(known.0)),
            None => known.1 > 0 || is_rolling_back(known.0),
        };
        if !is_news {
            return;
        }
        let Ok(found) = failures(session, update).await else { return };
        self.gathered = Some(known);
        for target in found {
            if self.told.insert(target.resource_arn.clone()) {
                display.failed(&target);
                self.found.push(target);
            }
        }
    }

    /// Who failed, each as it ended: some were on their way, or not yet on their way back, when they were told. Where the
    /// API doesn't say, as they were.
    async fn ended(self, session: &Session, update: &FleetUpdate) -> Vec<FleetTarget> {
        if self.found.is_empty() {
            return self.found;
        }
        let now = failures(session, update).await.unwrap_or_default();
        let now: HashMap<_, _> =
            now.into_iter().map(|target| (target.resource_arn.clone(), target)).collect();
        let ended = |told: FleetTarget| now.get(&told.resource_arn).cloned().unwrap_or(told);
        self.found.into_iter().map(ended).collect()
    }
}

const fn is_rolling_back(status: FleetUpdateStatus) -> bool {
    matches!(status, FleetUpdateStatus::RollingBack | FleetUpdateStatus::RolledBack)
}

/// Who failed. In a roll back those are on their way back; what they failed of stays with them as their message.
pub(super) async fn failures(session: &Session, update: &FleetUpdate) -> Result<Vec<FleetTarget>, CallError> {
    use FleetTargetStatus as S;
    let statuses: &[S] = if is_rolling_back(update.status) || update.counts.rolled_back > 0 {
        &[S::RollBackFailed, S::Failed, S::RollingBack, S::RolledBack]
    } else {
        &[S::RollBackFailed, S::Failed]
    };
    let mut found = Vec::new();
    for status in statuses {
        let targets = targets(session, &update.id, Some(*status), None, FAILURES_MOST).await?;
        let is_known = |target: &FleetTarget| target.status_message.is_some();
        let all = matches!(status, S::Failed | S::RollBackFailed);
        found.extend(targets.into_iter().filter(|target| all || is_known(target)));
    }
    Ok(found)
}

/// The targets of a fleet update, page by page, at most so many.
pub(super) async fn targets(
    session: &Session,
    id: &str,
    status: Option<FleetTargetStatus>,
    wave: Option<i32>,
    most: usize,
) -> Result<Vec<FleetTarget>, CallError> {
    let mut input = ListFleetUpdateTargetsInput {
        fleet_update_id: id.to_owned(),
        max_results: Some(i32::try_from(most).unwrap_or(PAGE).clamp(1, PAGE)),
        next_token: None,
        status,
        wave,
    };
    let mut found = Vec::new();
    loop {
        let page = session.client.call(&input).await?;
        found.extend(page.targets);
        input.next_token = page.next_token;
        if input.next_token.is_none() || found.len() >= most {
            found.truncate(most);
            return Ok(found);
        }
    }
}
