//! What people do with Protium, from the first bundle to the last deletion.

mod access;
mod account;
mod cancel;
mod component;
mod customer_managed;
mod doctor;
mod environment;
mod events;
mod failures;
mod fleet;
mod guards;
mod idempotency;
mod installations;
mod moving;
mod observability;
mod own;
mod parameters;
mod pipeline;
mod sample_service;
mod samples;
mod service;
mod tags;
mod templates;
mod upgrade;
mod upload;
