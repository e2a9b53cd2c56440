//! Template bundles and specs: everything about them that is a pure function.
//!
//! A platform engineer packs a bundle ([`archive`]); registration judges it ([`examine`]) and keeps its schema
//! ([`Schema`]); a developer's spec ([`spec`]) is checked against that schema and gives the inputs of a namespace
//! ([`render::namespace`]); the template is rendered with it ([`render::render_cloudformation`]) and the text is deployed
//! byte for byte. What differs between two minor versions is listed by [`compatibility::compare_bundles`]: each
//! [`compatibility::Change`] is fine, warned of or failing, and says why.
//!
//! Everything here reads text and bytes that come from outside. So nothing panics, everything is bounded, and every
//! refusal says where and what to do. There is no I/O, no clock and no AWS in this crate.

pub mod archive;
mod bundle;
pub mod compatibility;
mod digest;
mod examine;
mod jinja;
pub mod manifest;
pub mod problem;
pub mod registration;
pub mod render;
pub mod schema;
pub mod spec;
mod validate;
mod yaml;

pub use archive::Files;
pub use bundle::{Bundle, BundleKind, Engine, OpenOptions, Part, SCHEMA_FILE};
pub use digest::digest;
pub use examine::{EnvironmentOutputs, Examination, ExamineOptions, examine};
pub use manifest::Manifest;
pub use problem::{Problem, Severity};
pub use registration::{CompatibilityPolicy, CompatibleEnvironment, Registration};
pub use render::{
    RenderContext, RenderError, RenderedPart, StackParameter, render_cloudformation, render_part,
};
pub use schema::Schema;
pub use spec::{EnvironmentSpec, InstanceSection, ServiceSpec, SpecProblem};
