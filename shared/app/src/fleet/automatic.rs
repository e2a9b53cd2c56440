//! What publishing a version sets off: those behind are told of, and those that opted in follow.
//!
//! Whoever publishes does so in one commit, which also makes the automatic fleet updates: planning finds out who has opted
//! in. One for which nobody has is removed again, and nobody hears of it. Publishing alone changes nobody else.

use protium_domain::event::StatusEvent;
use protium_domain::fleet::{FleetKind, FleetTemplate, NewFleetUpdate, OnFailure, Selection, Strategy};
use protium_domain::tally::{Countable, Counter, Tally};
use protium_domain::template::{Template, TemplateKind};
use protium_domain::template_version::TemplateVersion;
use protium_domain::version::VersionNumber;

use super::request::part_of;
use crate::commit::Commit;
use crate::context::App;
use crate::error::Result;
use crate::paging::PageRequest;
use crate::ports::{ListQuery, StoreExt};
use crate::target_version::require_cloudformation;
use crate::workflow;

/// Adds what follows from the publication of `version` to the `commit` that publishes it. `template` knows of it already.
///
/// # Errors
/// The failures of the store.
pub(crate) async fn follow_publication(
    app: &App,
    commit: &mut Commit,
    template: &Template,
    version: &TemplateVersion,
) -> Result<()> {
    let number = version.version;
    if template.recommended_minor(number.major) != Some(number.minor) {
        return Ok(());
    }
    let kinds: &[FleetKind] = match template.kind {
        TemplateKind::Environment => &[FleetKind::Environment],
        TemplateKind::Service => &[FleetKind::ServiceInstance, FleetKind::ServicePipeline],
    };
    for kind in kinds {
        let behind = behind(app, *kind, template, number).await?;
        if behind == 0 {
            continue;
        }
        let about = FleetTemplate { kind: *kind, name: template.name.clone(), to: number };
        commit.announce(StatusEvent::update_recommended(app.location(), &about, behind));
        let is_deployed = !template.customer_managed || *kind == FleetKind::ServiceInstance;
        if is_deployed && require_cloudformation(version, part_of(*kind)).is_ok() {
            begin(app, commit, about);
        }
    }
    Ok(())
}

/// Makes the fleet update, without a word: nobody may have opted in.
fn begin(app: &App, commit: &mut Commit, template: FleetTemplate) {
    let lowest = VersionNumber::new(template.to.major, 0);
    let new = NewFleetUpdate {
        id: app.ids.identifier(),
        name: None,
        template,
        // Minor versions only: another major is a decision of its own.
        selection: Selection { from_version: Some(lowest), ..Selection::default() },
        strategy: strategy(),
        automatic: true,
        requested_by: None,
        starts_when_planned: true,
        retention: app.installation.fleet_retention,
    };
    let (update, _) = protium_domain::fleet::FleetUpdate::new(new, app.now());
    commit.create(&update);
    commit.start(workflow::fleet_start(&update));
}

/// Nobody looks on, so one goes first, and what fails goes back.
fn strategy() -> Strategy {
    let canary = "1".parse().ok().map(protium_domain::fleet::Canary::Share);
    Strategy { canary, on_failure: OnFailure::RollBack, ..Strategy::default() }
}

/// How many resources have a lower minor version of the same major.
async fn behind(app: &App, kind: FleetKind, template: &Template, number: VersionNumber) -> Result<u64> {
    let counted = match kind {
        FleetKind::Environment => Countable::Environment,
        FleetKind::ServiceInstance => Countable::ServiceInstance,
        FleetKind::ServicePipeline => Countable::ServicePipeline,
    };
    let (mut behind, mut after) = (0, None);
    loop {
        let page = app.store.page::<Tally>(&ListQuery::Tallies, &PageRequest { limit: 100, after }).await?;
        for Tally { counter, count } in page.items {
            let Counter::Slot(slot, _) = counter else { continue };
            let is_behind = slot.kind == counted
                && slot.version.is_some_and(|(name, version)| {
                    name == template.name && version.major == number.major && version < number
                });
            behind += if is_behind { count } else { 0 };
        }
        after = page.next;
        if after.is_none() {
            return Ok(u64::try_from(behind).unwrap_or(0));
        }
    }
}
