//! Guards of deletion: nothing that is in use is deleted (design 2.5).
//!
//! The one who deletes marks the record, then looks for references; the one who begins to use it writes a reference
//! under the condition that there is no mark. Whichever of the two comes first, the other one sees it.

use std::time::Duration;

use protium_domain::reference::{Reference, Referent, Referrer};
use protium_domain::sync::SyncSubject;

use crate::context::App;
use crate::error::Result;
use crate::paging::PageRequest;
use crate::ports::{ListQuery, StoreExt};

/// How long a mark keeps new users away: longer than a deletion takes, and short enough to do no harm when the one
/// who set it dies.
pub(crate) const MARK_LIFETIME: Duration = Duration::from_secs(60);

/// Somebody who uses `referent`, if anybody does; read strongly consistent.
pub(crate) async fn referrer_find(app: &App, referent: Referent) -> Result<Option<Referrer>> {
    let query = ListQuery::References(referent);
    let mut after = None;
    loop {
        let page = app.store.page::<Reference>(&query, &PageRequest { limit: 1, after }).await?;
        if let Some(reference) = page.items.into_iter().next() {
            return Ok(Some(reference.referrer));
        }
        if page.next.is_none() {
            return Ok(None);
        }
        after = page.next;
    }
}

/// A user as messages name it.
pub(crate) fn described(referrer: &Referrer) -> String {
    match referrer {
        Referrer::Environment { name } => format!("the environment '{name}'"),
        Referrer::ServiceInstance { service, name } => {
            format!("the instance '{name}' of the service '{service}'")
        }
        Referrer::Service { name } => format!("the service '{name}', which is deploying with it"),
        Referrer::ServicePipeline { service } => format!("the pipeline of the service '{service}'"),
        Referrer::Component { name } => format!("the component '{name}'"),
        Referrer::Sync { subject: SyncSubject::Template(kind, name) } => {
            format!("the template sync config of the {} '{name}'", kind.noun())
        }
        Referrer::Sync { subject: SyncSubject::Service(name) } => {
            format!("the service sync config of the service '{name}'")
        }
        Referrer::AccountSettings => "the account settings, for pipelines".to_owned(),
    }
}
