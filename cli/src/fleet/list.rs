//! `protium fleet list` and `targets`.

use super::{Session, json, refused, show, show::Table, watch::targets as targets_read};
use crate::{
    Ending,
    args::fleet::{ListArgs, TargetsArgs},
    output::visible_line,
};
use anyhow::Result;
use protium_wire::fleet::{FleetTarget, FleetUpdateSummary, ListFleetUpdatesInput};

/// Fleet updates on a page.
const PAGE: usize = 100;

pub(super) async fn updates(session: &Session, args: &ListArgs) -> Result<Ending> {
    let mut input = ListFleetUpdatesInput {
        max_results: Some(i32::try_from(args.limit.clamp(1, PAGE)).unwrap_or(1)),
        next_token: None,
        status: args.status,
        template_name: args.template.clone(),
    };
    let mut found = Vec::new();
    loop {
        let page = session.client.call(&input).await.map_err(refused)?;
        found.extend(page.fleet_updates);
        input.next_token = page.next_token;
        if input.next_token.is_none() || found.len() >= args.limit {
            break;
        }
    }
    found.truncate(args.limit);
    session.print(|| updates_table(&found), || json::updates(&found))?;
    Ok(Ending::Good)
}

fn updates_table(updates: &[FleetUpdateSummary]) -> String {
    if updates.is_empty() {
        return "There is no fleet update.\n".to_owned();
    }
    let mut table = Table::headed(&["ID", "TEMPLATE", "TO", "STATUS", "CREATED", "NAME"]);
    for update in updates {
        table.row([
            update.id.clone(),
            visible_line(&update.template_name).into_owned(),
            format!("{}.{}", update.to_major_version, update.to_minor_version),
            show::status(update.status),
            show::instant(update.created_at),
            update.name.as_deref().map(|name| visible_line(name).into_owned()).unwrap_or_default(),
        ]);
    }
    table.lines(0, &[])
}

pub(super) async fn targets(session: &Session, args: &TargetsArgs) -> Result<Ending> {
    let most = args.limit.unwrap_or(usize::MAX);
    let found = targets_read(session, &args.id, args.status, args.wave, most).await.map_err(refused)?;
    session.print(|| targets_table(&found), || json::targets(&found))?;
    Ok(Ending::Good)
}

fn targets_table(targets: &[FleetTarget]) -> String {
    if targets.is_empty() {
        return "There is no such target.\n".to_owned();
    }
    let mut table = Table::headed(&["RESOURCE", "WAVE", "FROM", "STATUS", "WHY"]);
    for target in targets {
        let from = target.from_major_version.as_ref().zip(target.from_minor_version.as_ref());
        table.row([
            show::resource(&target.resource_arn),
            target.wave.map(|wave| wave.to_string()).unwrap_or_default(),
            from.map(|(major, minor)| format!("{major}.{minor}")).unwrap_or_default(),
            show::target_status(target.status),
            why(target),
        ]);
    }
    table.lines(0, &[1])
}

/// Why a target is where it is: what was said of it, else the reason in words.
fn why(target: &FleetTarget) -> String {
    let reason = target.skip_reason.map(|reason| show::reason(reason).to_owned());
    let message = target.status_message.as_deref().map(|message| visible_line(message).into_owned());
    message.or(reason).unwrap_or_default()
}
