//! Chunks: the targets of each lane, cut into what one Map run takes.

use std::collections::BTreeMap;

use protium_domain::fleet::{
    Assignment, ChunkId, ChunkItem, Concurrency, Lane, LaneKey, PlanRow, Strategy, chunk_sizes,
};
use protium_domain::identifier::Identifier;

use super::objects::chunk_save;
use crate::context::App;
use crate::error::{Error, Result};

/// The lane of every target, while waves are dealt: two numbers of each.
#[derive(Default)]
pub(super) struct Census {
    lanes: BTreeMap<LaneKey, usize>,
    targets: Vec<(u32, usize)>,
}

impl Census {
    pub(super) fn see(&mut self, row: &PlanRow) {
        if row.skip.is_none() {
            let next = self.lanes.len();
            let lane = *self.lanes.entry(row.lane()).or_insert(next);
            self.targets.push((row.ordinal, lane));
        }
    }

    /// How many targets go in the chunks of each lane, by wave.
    pub(super) fn chunk_sizes(
        &self,
        assignment: &Assignment,
        strategy: &Strategy,
    ) -> Vec<BTreeMap<LaneKey, Vec<usize>>> {
        let mut counts = vec![vec![0_u64; self.lanes.len()]; assignment.waves.len()];
        for (ordinal, lane) in &self.targets {
            let wave = assignment.wave_of(*ordinal).and_then(|wave| counts.get_mut(wave as usize));
            if let Some(count) = wave.and_then(|wave| wave.get_mut(*lane)) {
                *count += 1;
            }
        }
        let sizes_of_wave = |counts: Vec<u64>| {
            let lanes = || self.lanes.iter().filter_map(|(key, lane)| Some((key, *counts.get(*lane)?)));
            let present: Vec<(&LaneKey, u64)> = lanes().filter(|(_, targets)| *targets > 0).collect();
            let targets: Vec<u64> = present.iter().map(|(_, targets)| *targets).collect();
            let lane_concurrency = strategy.lane_concurrency.map(Concurrency::get);
            let sizes = chunk_sizes(&targets, strategy.concurrency.get(), lane_concurrency);
            present.into_iter().map(|(key, _)| key.clone()).zip(sizes).collect()
        };
        counts.into_iter().map(sizes_of_wave).collect()
    }
}

/// Targets on their way into the chunks of their lanes.
pub(super) struct Chunks<'a> {
    id: &'a Identifier,
    waves: Vec<Vec<OpenLane>>,
    numbers: Vec<BTreeMap<LaneKey, usize>>,
    sizes: Vec<BTreeMap<LaneKey, Vec<usize>>>,
}

struct OpenLane {
    lane: Lane,
    open: Vec<ChunkItem>,
    /// How many targets go in its chunks, in turn.
    sizes: Vec<usize>,
}

impl<'a> Chunks<'a> {
    pub(super) fn new(id: &'a Identifier, sizes: Vec<BTreeMap<LaneKey, Vec<usize>>>) -> Self {
        let waves = std::iter::repeat_with(Vec::new).take(sizes.len()).collect();
        Self { id, waves, numbers: vec![BTreeMap::new(); sizes.len()], sizes }
    }

    pub(super) async fn push(&mut self, app: &App, wave: u32, row: &PlanRow) -> Result<()> {
        let at = wave as usize;
        let (Some(lanes), Some(numbers)) = (self.waves.get_mut(at), self.numbers.get_mut(at)) else {
            return Err(Error::internal("a target goes in a wave that the plan doesn't have"));
        };
        let sizes = self.sizes.get(at);
        let number = *numbers.entry(row.lane()).or_insert_with_key(|key| {
            let lane = Lane { key: key.clone(), targets: 0, chunks: 0 };
            let sizes = sizes.and_then(|sizes| sizes.get(key)).cloned().unwrap_or_default();
            lanes.push(OpenLane { lane, open: Vec::new(), sizes });
            lanes.len() - 1
        });
        let Some(lane) = lanes.get_mut(number) else {
            return Err(Error::internal("a lane of the plan is missing"));
        };
        lane.lane.targets += 1;
        lane.open.push(ChunkItem::of(row, wave));
        if lane.open.len() >= lane.chunk_size() {
            lane.close_chunk(app, self.id, wave, number).await?;
        }
        Ok(())
    }

    /// The lanes of every wave, once their last chunks are written.
    pub(super) async fn finish(self, app: &App) -> Result<Vec<Vec<Lane>>> {
        let mut all = Vec::with_capacity(self.waves.len());
        for (wave, lanes) in (0..).zip(self.waves) {
            let mut finished = Vec::with_capacity(lanes.len());
            for (number, mut lane) in lanes.into_iter().enumerate() {
                lane.close_chunk(app, self.id, wave, number).await?;
                finished.push(lane.lane);
            }
            all.push(finished);
        }
        Ok(all)
    }
}

impl OpenLane {
    /// How many targets its open chunk takes.
    fn chunk_size(&self) -> usize {
        let mut sizes = self.sizes.iter().cycle().skip(self.lane.chunks as usize % self.sizes.len().max(1));
        sizes.next().copied().unwrap_or(Lane::CHUNK)
    }

    async fn close_chunk(&mut self, app: &App, id: &Identifier, wave: u32, number: usize) -> Result<()> {
        if self.open.is_empty() {
            return Ok(());
        }
        let lane = u32::try_from(number).unwrap_or(u32::MAX);
        chunk_save(app, id, wave, ChunkId { lane, chunk: self.lane.chunks }, &self.open).await?;
        self.lane.chunks += 1;
        self.open.clear();
        Ok(())
    }
}
