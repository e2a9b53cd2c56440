//! Reading how far a fleet update is.

use protium_domain::fleet::{FleetCounts, FleetUpdate, Progress, TargetStatus, WaveCounts};
use protium_domain::identifier::Identifier;
use protium_domain::tally::{Counter, FleetSlot, SHARDS, Tally};

use crate::context::App;
use crate::error::Result;
use crate::paging::PageRequest;
use crate::ports::{Entity, Key, ListQuery, PortError, StoreExt};

/// The counts of all waves.
pub(super) async fn counts_load(app: &App, id: &Identifier) -> Result<Progress> {
    let (mut progress, mut after) = (Progress::default(), None);
    loop {
        let request = PageRequest { limit: 100, after };
        let page = app.store.page::<Tally>(&ListQuery::FleetTallies(id.clone()), &request).await?;
        for Tally { counter, count } in page.items {
            if let Counter::Fleet(slot, _) = counter {
                progress.waves.entry(slot.wave).or_default().add(slot.status, count);
            }
        }
        after = page.next;
        if after.is_none() {
            return Ok(progress);
        }
    }
}

/// What of a wave decides whether a claim may go on: how many of it failed.
pub(super) async fn failures_load(
    app: &App,
    id: &Identifier,
    wave: u32,
) -> std::result::Result<WaveCounts, PortError> {
    let slot = FleetSlot { fleet_update_id: id.clone(), wave, status: TargetStatus::Failed };
    let keys: Vec<Key> = (0..SHARDS).map(|shard| Key::Tally(Counter::Fleet(slot.clone(), shard))).collect();
    let mut counts = WaveCounts::default();
    for entity in app.store.get_many(&keys).await?.into_iter().flatten() {
        if let Entity::Tally(tally) = entity {
            counts.add(TargetStatus::Failed, tally.count);
        }
    }
    Ok(counts)
}

/// The counts as people see them.
pub(super) fn counts_of(update: &FleetUpdate, progress: &Progress) -> FleetCounts {
    let (targets, skips) = update.plan().map_or((0, 0), |plan| (plan.targets(), plan.skips()));
    FleetCounts::of(targets, skips, progress)
}
