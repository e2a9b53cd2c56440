//! Lanes at work: how the concurrency of a fleet update is shared out, so that a slow account slows only itself.
//!
//! Each lane gets its part of the concurrency by its number of targets. A lane with much concurrency is cut into several
//! tracks, because a Map run takes one chunk and ends with its last target: within a track the chunks follow one another,
//! and tracks don't wait for each other. Where there are more lanes than concurrency, lanes share a track. The chunks of a
//! lane are cut for its tracks when the plan is made ([`chunk_sizes`]), so that each has equally much to do.
//!
//! Shares are whole numbers and stay what they are for a round: of 20 deployments three accounts get 7, 7 and 6, and the last
//! one is done later than it might be. Moving a deployment over would take more chunks, each of which ends with a wait for its
//! last target, and would make a lane depend on how far the others are. docs/fleet-updates.md has the figures.

use std::cmp::Reverse;

use serde::{Deserialize, Serialize};

use super::plan::Lane;

/// One chunk of the wave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ChunkId {
    /// The number of the lane in the wave.
    pub lane: u32,
    /// The number of the chunk in the lane.
    pub chunk: u32,
}

/// Chunks that are worked on one after the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Track {
    /// The account of its first lane, for people.
    pub account: String,
    /// The region of its first lane, for people.
    pub region: String,
    /// How many targets are deployed at once.
    pub concurrency: u32,
    /// The chunks, in order.
    pub chunks: Vec<ChunkId>,
}

/// How many tracks run at once: an inline Map runs no more.
pub const MOST_TRACKS: usize = 40;
/// How many chunks are handed out at once: what one execution can tell in its history.
pub const MOST_CHUNKS: u32 = 1000;
/// Lets quotients of small numbers differ.
const PRECISION: u64 = 1 << 20;
/// Above it a track is cut, so that its chunks are at least forty times as long as it is wide.
const WIDEST_TRACK: u32 = 25;

/// How many chunks of each lane are handed out in one round.
#[must_use]
pub(super) fn chunks_per_round(lanes: usize) -> u32 {
    (MOST_CHUNKS / u32::try_from(lanes.max(1)).unwrap_or(u32::MAX)).max(1)
}

/// How many rounds a wave has.
#[must_use]
pub(super) fn rounds(lanes: &[Lane]) -> u32 {
    let longest = lanes.iter().map(|lane| lane.chunks).max().unwrap_or(0);
    longest.div_ceil(chunks_per_round(lanes.len()))
}

/// The tracks of one round over those lanes of a wave that `is_open`.
#[must_use]
pub(super) fn tracks(
    lanes: &[Lane],
    is_open: impl Fn(&Lane) -> bool,
    round: u32,
    concurrency: u32,
    lane_concurrency: Option<u32>,
) -> Vec<Track> {
    let per_round = chunks_per_round(lanes.len());
    let mut work: Vec<Work<'_>> = (0..)
        .zip(lanes)
        .filter(|(_, lane)| is_open(lane))
        .filter_map(|(number, lane)| Work::of(number, lane, round, per_round))
        .collect();
    let most = most_at_once(concurrency);
    if work.len() > most {
        return shared_tracks(work, most, concurrency, lane_concurrency);
    }
    let limits: Vec<u64> = work.iter().map(|work| lane_limit(work.targets, lane_concurrency)).collect();
    let shares = split(u64::from(concurrency), &limits, &work.iter().map(|w| w.targets).collect::<Vec<_>>());
    work.iter_mut().zip(&shares).for_each(|(work, share)| work.concurrency = *share);
    let spare = MOST_TRACKS - work.len();
    own_tracks(&work, spare)
}

struct Work<'a> {
    lane: &'a Lane,
    chunks: Vec<ChunkId>,
    targets: u64,
    concurrency: u64,
}

impl<'a> Work<'a> {
    fn of(number: u32, lane: &'a Lane, round: u32, per_round: u32) -> Option<Self> {
        let first = round.saturating_mul(per_round);
        let last = first.saturating_add(per_round).min(lane.chunks);
        if first >= last {
            return None;
        }
        let chunks = (first..last).map(|chunk| ChunkId { lane: number, chunk }).collect();
        let targets = lane.targets.saturating_mul(u64::from(last - first)).div_ceil(u64::from(lane.chunks));
        Some(Self { lane, chunks, targets, concurrency: 1 })
    }
}

/// How many targets go in the chunks of each lane of a wave that has so many targets: its first chunks in turn, and over
/// again. Each is at most [`Lane::CHUNK`].
#[must_use]
pub fn chunk_sizes(targets: &[u64], concurrency: u32, lane_concurrency: Option<u32>) -> Vec<Vec<usize>> {
    if targets.len() > most_at_once(concurrency) {
        return vec![vec![Lane::CHUNK]; targets.len()];
    }
    let limits: Vec<u64> = targets.iter().map(|targets| lane_limit(*targets, lane_concurrency)).collect();
    let shares = split(u64::from(concurrency), &limits, targets);
    let mut spare = MOST_TRACKS - targets.len();
    targets.iter().zip(shares).map(|(targets, share)| sizes(*targets, share, &mut spare)).collect()
}

/// One size per track: what it has of the concurrency, it has of the targets.
fn sizes(targets: u64, concurrency: u64, spare: &mut usize) -> Vec<usize> {
    let parts = parts(concurrency, pieces(concurrency, usize::MAX, spare));
    let widest = parts.iter().max().copied().unwrap_or(1);
    let chunks = (targets * widest).div_ceil(concurrency * Lane::CHUNK as u64).max(1);
    let size = |part: u64| (targets * part).div_ceil(concurrency * chunks).clamp(1, Lane::CHUNK as u64);
    parts.into_iter().map(|part| usize::try_from(size(part)).unwrap_or(Lane::CHUNK)).collect()
}

/// The concurrency of a lane, cut into so many parts.
fn parts(concurrency: u64, pieces: usize) -> Vec<u64> {
    let count = pieces.max(1) as u64;
    (0..count).map(|piece| (concurrency / count + u64::from(piece < concurrency % count)).max(1)).collect()
}

/// Into how many tracks a lane of this concurrency is cut; so many less are left to spare.
fn pieces(concurrency: u64, chunks: usize, spare: &mut usize) -> usize {
    let wide = usize::try_from(concurrency.div_ceil(u64::from(WIDEST_TRACK))).unwrap_or(usize::MAX);
    let pieces = wide.min(chunks).min(*spare + 1).max(1);
    *spare -= pieces - 1;
    pieces
}

/// How many lanes may run at once.
fn most_at_once(concurrency: u32) -> usize {
    usize::try_from(concurrency).unwrap_or(MOST_TRACKS).clamp(1, MOST_TRACKS)
}

/// More than its targets, or than a lane may have, helps nobody.
fn lane_limit(targets: u64, lane_concurrency: Option<u32>) -> u64 {
    targets.min(lane_concurrency.map_or(u64::MAX, u64::from)).max(1)
}

/// Tracks of one lane each.
fn own_tracks(work: &[Work<'_>], mut spare: usize) -> Vec<Track> {
    let mut tracks = Vec::new();
    for work in work {
        let pieces = pieces(work.concurrency, work.chunks.len(), &mut spare);
        for (piece, share) in parts(work.concurrency, pieces).into_iter().enumerate() {
            tracks.push(Track {
                account: work.lane.key.account.clone(),
                region: work.lane.key.region.clone(),
                concurrency: u32::try_from(share).unwrap_or(u32::MAX),
                chunks: work.chunks.iter().copied().skip(piece).step_by(pieces).collect(),
            });
        }
    }
    tracks
}

/// More lanes than may run at once: the longest first, each to the track that has the least to do.
fn shared_tracks(
    mut work: Vec<Work<'_>>,
    most: usize,
    concurrency: u32,
    lane_concurrency: Option<u32>,
) -> Vec<Track> {
    work.sort_by_key(|work| Reverse(work.targets));
    let share = concurrency / u32::try_from(most).unwrap_or(1);
    let share = share.min(lane_concurrency.unwrap_or(u32::MAX)).max(1);
    let mut tracks: Vec<(u64, Track)> = Vec::with_capacity(most);
    for work in work {
        let key = &work.lane.key;
        if tracks.len() < most {
            let (account, region) = (key.account.clone(), key.region.clone());
            tracks.push((work.targets, Track { account, region, concurrency: share, chunks: work.chunks }));
        } else if let Some((targets, track)) = tracks.iter_mut().min_by_key(|(targets, _)| *targets) {
            *targets += work.targets;
            track.chunks.extend(work.chunks);
        }
    }
    tracks.into_iter().map(|(_, track)| track).collect()
}

/// Shares `total` out by weight: everybody gets at least one and at most their limit.
fn split(total: u64, limits: &[u64], weights: &[u64]) -> Vec<u64> {
    let mut shares = vec![1; limits.len()];
    // One at a time to whoever has the least for their weight: at most a thousand, among forty.
    for _ in (shares.len() as u64)..total {
        let next = (0..shares.len()).filter(|index| shares[*index] < limits[*index]).max_by_key(|index| {
            (weights[*index].saturating_mul(PRECISION) / (2 * shares[*index] + 1), Reverse(*index))
        });
        match next {
            Some(index) => shares[index] += 1,
            None => break,
        }
    }
    shares
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::fleet::plan::LaneKey;

    fn lane(account: usize, targets: u64) -> Lane {
        let key = LaneKey {
            account: format!("{account:012}"),
            region: "eu-west-1".to_owned(),
            windows: Vec::new(),
        };
        let chunks = targets.div_ceil(Lane::CHUNK as u64);
        Lane { key, targets, chunks: u32::try_from(chunks).expect("few") }
    }

    fn lanes(targets: &[u64]) -> Vec<Lane> {
        targets.iter().enumerate().map(|(account, targets)| lane(account, *targets)).collect()
    }

    fn concurrency(tracks: &[Track]) -> Vec<u32> {
        tracks.iter().map(|track| track.concurrency).collect()
    }

    #[test]
    fn the_concurrency_is_shared_by_targets() {
        let even = tracks(&lanes(&[40, 40, 40]), |_| true, 0, 20, None);
        assert_eq!(concurrency(&even), [7, 7, 6]);
        let uneven = tracks(&lanes(&[900, 90, 10]), |_| true, 0, 20, None);
        assert_eq!(concurrency(&uneven), [17, 2, 1]);
        let limited = tracks(&lanes(&[900, 90, 10]), |_| true, 0, 20, Some(5));
        assert_eq!(concurrency(&limited), [5, 5, 5]);
        let few = tracks(&lanes(&[2, 3]), |_| true, 0, 20, None);
        assert_eq!(concurrency(&few), [2, 3], "never more than there are targets");
    }

    #[test]
    fn a_wide_lane_is_cut_into_tracks() {
        let wide = tracks(&lanes(&[100_000]), |_| true, 0, 500, None);
        assert_eq!(concurrency(&wide), [25; 20]);
        assert!(wide.iter().all(|track| track.chunks.len() == 5));
    }

    #[test]
    fn the_chunks_of_a_lane_are_cut_for_its_tracks() {
        let of = |targets: &[u64], concurrency| chunk_sizes(targets, concurrency, None);
        assert_eq!(of(&[100_000], 500), [vec![1000; 20]], "20 tracks of 5 chunks");
        assert_eq!(of(&[3_000], 40), [[750, 750]], "2 tracks of 2 chunks");
        assert_eq!(of(&[3_000], 47), [[766, 735]], "24 at once and 23 at once");
        assert_eq!(of(&[1_001], 20), [[501]], "1 track of 2 chunks");
        assert_eq!(of(&[30], 30), [[15, 15]], "2 tracks");
        assert_eq!(of(&[5, 0], 20), [[5], [1]]);
        assert_eq!(of(&[10; 7], 3), vec![vec![1000]; 7], "lanes that share tracks");
    }

    #[test]
    fn more_lanes_than_concurrency_share_tracks() {
        let shared = tracks(&lanes(&[10; 7]), |_| true, 0, 3, None);
        assert_eq!(concurrency(&shared), [1, 1, 1]);
        assert_eq!(shared.iter().map(|track| track.chunks.len()).sum::<usize>(), 7);
    }

    proptest! {
        #[test]
        fn rounds_hand_out_every_chunk_once(
            targets in prop::collection::vec(1..40_000_u64, 1..60),
            total in 1..=1000_u32,
            limit in prop::option::of(1..=1000_u32),
        ) {
            let lanes = lanes(&targets);
            let mut seen = std::collections::BTreeSet::new();
            for round in 0..rounds(&lanes) {
                let tracks = tracks(&lanes, |_| true, round, total, limit);
                prop_assert!(!tracks.is_empty() && tracks.len() <= MOST_TRACKS);
                prop_assert!(tracks.iter().map(|track| track.concurrency).sum::<u32>() <= total);
                prop_assert!(tracks.iter().all(|track| track.concurrency > 0 && !track.chunks.is_empty()));
                prop_assert!(tracks.iter().map(|track| track.chunks.len()).sum::<usize>() <= 1000);
                for chunk in tracks.into_iter().flat_map(|track| track.chunks) {
                    prop_assert!(seen.insert(chunk), "{chunk:?} twice");
                }
            }
            let all: u32 = lanes.iter().map(|lane| lane.chunks).sum();
            prop_assert_eq!(seen.len(), all as usize);
        }
    }
}
