//! Where work comes from: the trace that it is part of, and the call that asked for it.
//!
//! A function hands each invocation an [`App`](crate::App) with its origin. So no use case has to pass it on: a
//! [`Commit`](crate::Commit) writes the trace to the intent and to the records that begin with it, and the audit record of
//! the call into the same transaction; whatever tells of itself in the log tells where it came from.
//!
//! # Audit
//!
//! Who changed what is asked months later, so a line of a function's log is not enough: a function can die between the
//! commit and the line. Therefore the record of a call lies in the intent of its commit, as an event `Protium API Call`. It
//! comes and goes with the change, is relayed by the machinery that loses no event, at least once and with the request's
//! id, and a rule of the bus files it in a log group of its own with a long retention (`infra/protium.yaml`); whoever wants
//! it elsewhere adds a rule. It costs no item where there is an intent already, as nearly always, and no call anywhere.
//! A record in the table instead would need keys that spread, a list to read it by, and somebody to clean it away.
//!
//! A call that is refused, denied or fails changes nothing, and neither does one that finds everything as it wants it. Of
//! such calls the journal's line is the record, with the same members; like every request that isn't served it costs the
//! table nothing, so nobody can fill it by asking.

use protium_domain::event::StatusEvent;
use protium_domain::time::Timestamp;
use protium_domain::trace::Trace;
use serde_json::{Map, Value, json};

/// The origin of what is done in one invocation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origin {
    /// The trace; nothing where nobody began one.
    pub trace: Option<Trace>,
    /// The id of the invocation, or of the HTTP request.
    pub request_id: Option<String>,
    /// The call of the API that asked for the work; nothing for work that Protium does by itself.
    pub call: Option<Call>,
}

impl Origin {
    /// The record of a call that changed something `at` this moment; nothing for work that isn't such a call. What isn't
    /// known is left out.
    pub(crate) fn record(&self, at: Timestamp) -> Option<StatusEvent> {
        let call = self.call.as_ref().filter(|call| call.is_mutating)?;
        let members = [
            ("at", json!(at)),
            ("operation", json!(call.operation)),
            ("resource", json!(call.resource)),
            ("caller", json!(call.caller)),
            ("account", json!(call.account)),
            ("sourceIp", json!(call.source_ip)),
            ("userAgent", json!(call.user_agent)),
            ("requestId", json!(self.request_id)),
            ("trace", json!(self.trace.map(|trace| trace.id))),
            ("outcome", json!("Success")),
        ];
        let known = members.into_iter().filter(|(_, value)| !value.is_null());
        Some(StatusEvent {
            detail_type: "Protium API Call".to_owned(),
            resource: call.resource.clone(),
            detail: Value::Object(known.map(|(name, value)| (name.to_owned(), value)).collect::<Map<_, _>>()),
        })
    }
}

/// A call of the API: who asks for what. Nothing in it is sensitive; of the input it has the ARN that it names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Call {
    /// The operation; nothing where the request names none that there is.
    pub operation: Option<&'static str>,
    /// Whether the operation may change something, so that there is to be a record of the call.
    pub is_mutating: bool,
    /// The ARN of the caller; nothing for a request that nobody signed.
    pub caller: Option<String>,
    /// The account that the caller speaks for.
    pub account: Option<String>,
    /// The address that the request came from.
    pub source_ip: Option<String>,
    /// The client's name of itself, cut to a few words.
    pub user_agent: Option<String>,
    /// The ARN of the resource that it is about, where its input names one.
    pub resource: Option<String>,
}
