//! Who may do what: every call of the API is put to Cedar policies before it is dispatched.
//!
//! One route serves all operations, so IAM can only let a caller in or not. What they may do then is decided here, by
//! policies in the words of the Service Authorization Reference (behaviour 11): action `proton:CreateEnvironment`,
//! resource by ARN and tags, the condition keys `aws:RequestTag`, `aws:TagKeys`, `aws:ResourceTag`,
//! `proton:EnvironmentTemplate` and `proton:ServiceTemplate`, and `iam:PassRole` for the roles that a request names.
//!
//! ```text
//! request ── Call::of ──> Call ── + Facts, when policies ask for them ──> PolicySet::authorize ──> Ok | Denial
//! files ── check ──> problems with file, line and remedy, or a PolicySet ── Accepted ──> what the API reads
//! ```
//!
//! The crate is pure: it reads nothing, so the API, the function that checks changed files, and the command line judge
//! by the same functions. Actions, and which kinds of resource each of them is about, come from the one list of
//! operations ([`protium_wire::Operation`]): a new operation has its action and is in its groups by being listed.

pub mod accepted;
pub mod check;
pub mod denial;
pub mod policies;
pub mod principal;
pub mod ready;
pub mod request;
pub mod resource;
pub mod schema;

mod by_role;
mod entities;

pub use accepted::{Accepted, PolicyFile};
pub use check::{Problem, check};
pub use denial::Denial;
pub use policies::PolicySet;
pub use principal::{Administrators, Principal};
pub use request::{Call, Facts};
