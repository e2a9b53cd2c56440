//! `events-samples/` against what is really told and delivered.

mod emitted;
