//! The `fleet` machine: what `statemachines/fleet.asl.json` does on AWS, in one thread.

use std::collections::BTreeMap;
use std::time::Duration;

use protium_app::App;
use protium_app::fleet::{
    FleetAdvance, FleetChunk, FleetLane, FleetStep, FleetTargetDeploy, fleet_advance, fleet_chunk_admit,
    fleet_fan_out, fleet_target_deploy,
};
use protium_app::ports::{Artifacts, ExecutionState};
use protium_domain::fleet::{ChunkItem, TaskToken};
use protium_domain::intent::{Workflow, WorkflowStart};
use serde_json::{Value, json};

use super::World;

/// What a test does in the middle of an execution.
type Interruption = Box<dyn FnOnce(&World) -> std::pin::Pin<Box<dyn std::future::Future<Output = ()> + '_>>>;

/// What happens to fleet updates from outside, by the number of the step before which it does.
#[derive(Default)]
pub struct FleetScript {
    /// Steps that were made.
    pub steps: usize,
    interruptions: BTreeMap<usize, Interruption>,
    /// How many deployments were under way at once, at most.
    pub most_at_once: usize,
}

impl FleetScript {
    /// Does something right before the step of this number, counted from 0.
    pub fn before_step(
        &mut self,
        step: usize,
        interruption: impl for<'a> FnOnce(
            &'a World,
        )
            -> std::pin::Pin<Box<dyn std::future::Future<Output = ()> + 'a>>
        + 'static,
    ) {
        self.interruptions.insert(step, Box::new(interruption));
    }

    /// Whether everything that was to happen has happened.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.interruptions.is_empty()
    }
}

impl World {
    /// One execution.
    pub(super) async fn play_fleet(&mut self, start: &WorkflowStart) {
        self.played.insert(start.name.clone());
        let mut next: FleetAdvance = serde_json::from_value(start.input.clone()).expect("its input");
        let outside = self.enter(start);
        for _ in 0..500 {
            if !self.fleet_step().await {
                break;
            }
            let answer = self.again(async |app: &App| fleet_advance(app, next.clone()).await).await;
            // What the machine hands over goes through JSON.
            next = serde_json::from_value(json!(answer.next)).expect("it is its input");
            match answer.step {
                FleetStep::Plan => {
                    let id = next.fleet_update_id.clone();
                    self.again(async |app: &App| fleet_fan_out(app, &id).await).await;
                }
                FleetStep::Run => {
                    if !self.play_lanes(&answer.lanes).await {
                        break;
                    }
                }
                FleetStep::Wait => {
                    // Deployments that nobody waits for go on meanwhile.
                    self.relay().await;
                    self.play_started_provisions().await;
                    self.test.advance(Duration::from_secs(answer.seconds));
                }
                FleetStep::End => break,
            }
        }
        self.app = outside;
        self.test.executions.set(Workflow::Fleet, &start.name, ExecutionState::Ended);
    }

    /// Whether the execution lives to make another step.
    async fn fleet_step(&mut self) -> bool {
        let step = self.fleet.steps;
        self.fleet.steps += 1;
        if let Some(interruption) = self.fleet.interruptions.remove(&step) {
            interruption(self).await;
        }
        self.lives()
    }

    /// The lanes, one chunk of each in turn.
    async fn play_lanes(&mut self, lanes: &[FleetLane]) -> bool {
        let longest = lanes.iter().map(|lane| lane.chunks.len()).max().unwrap_or(0);
        for number in 0..longest {
            let mut at_once = Vec::new();
            for lane in lanes {
                let Some(chunk) = lane.chunks.get(number) else { continue };
                if !self.fleet_step().await {
                    return false;
                }
                if self.again(async |app: &App| fleet_chunk_admit(app, chunk).await).await {
                    at_once.push((chunk, lane.concurrency as usize, self.items(chunk).await));
                }
            }
            if !self.play_chunks(at_once).await {
                return false;
            }
        }
        true
    }

    async fn items(&self, chunk: &FleetChunk) -> Vec<ChunkItem> {
        let json = self.test.artifacts.get(&chunk.key).await.expect("readable").expect("the chunk is there");
        serde_json::from_slice(&json).expect("a list of targets")
    }

    /// As many targets of each lane as may go at once, then the next ones.
    async fn play_chunks(&mut self, mut chunks: Vec<(&FleetChunk, usize, Vec<ChunkItem>)>) -> bool {
        while chunks.iter().any(|(_, _, items)| !items.is_empty()) {
            let mut waiting = Vec::new();
            for (chunk, concurrency, items) in &mut chunks {
                for item in items.drain(..items.len().min(*concurrency)) {
                    match self.begin_target(chunk, item).await {
                        Some(token) => waiting.extend(token),
                        None => return false,
                    }
                }
            }
            self.fleet.most_at_once = self.fleet.most_at_once.max(waiting.len());
            self.end_deployments(&waiting).await;
        }
        true
    }

    /// Until all tasks were told that it is over; where an execution died, with the schedule's help.
    async fn end_deployments(&mut self, waiting: &[String]) {
        for _ in 0..3 {
            self.relay().await;
            self.play_started_provisions().await;
            self.relay().await;
            if waiting.iter().all(|token| self.fleet_answer(token).is_some()) {
                return;
            }
            self.sweep_later().await;
        }
        panic!("nobody tells the tasks that it is over");
    }

    /// One child: the token that it waits with, if it does. Nothing when the execution dies.
    async fn begin_target(&mut self, chunk: &FleetChunk, item: ChunkItem) -> Option<Option<String>> {
        for attempt in 0..10 {
            if !self.fleet_step().await {
                return None;
            }
            self.tokens += 1;
            let token = format!("token-{}", self.tokens);
            let input = FleetTargetDeploy {
                fleet_update_id: chunk.fleet_update_id.clone(),
                item: item.clone(),
                roll_back: chunk.roll_back,
                attempt,
                task_token: TaskToken(token.clone()),
                trace: chunk.trace,
            };
            self.again(async |app: &App| fleet_target_deploy(app, &input).await).await;
            match self.fleet_answer(&token) {
                None => return Some(Some(token)),
                Some(answer) if answer["again"] == true => {
                    self.test.advance(Duration::from_secs(30));
                }
                Some(_) => return Some(None),
            }
        }
        panic!("a target is busy for ever");
    }

    fn fleet_answer(&self, token: &str) -> Option<Value> {
        let resumed = self.test.task_tokens.resumed();
        resumed.into_iter().find(|(resumed, _)| resumed == token).map(|(_, output)| output)
    }
}
