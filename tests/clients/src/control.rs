//! What a test tells the world, beside the API.

use protium_domain::template::TemplateKind;
use serde::Deserialize;

/// A request to `POST /world`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Control {
    /// Begins anew: with the published templates `net`, `web` and `piped`, and nothing else.
    New,
    /// How the next operations on stacks end, in order, such as `ROLLBACK_COMPLETE`; with nothing left, well.
    Script(Endings),
    /// Puts the bundle of a template under a key into the bucket `uploads`.
    Bundle {
        /// What kind of template it is of.
        kind: TemplateKind,
        /// Its key.
        key: String,
    },
    /// Blocks the synchronisation of a service; nothing here synchronises, and so would.
    Blocker {
        /// Its name.
        service: String,
    },
    /// Goes on until nothing moves by itself.
    Run,
}

/// Statuses that operations on stacks end in.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Endings {
    pub(crate) creations: Vec<String>,
    pub(crate) updates: Vec<String>,
    pub(crate) deletions: Vec<String>,
}
