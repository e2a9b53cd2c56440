//! What goes wrong inside: events that come twice, late or never, steps that are repeated, processes that die.

mod fleet;
mod processes;
mod stack_events;
mod steps;
mod stream;
