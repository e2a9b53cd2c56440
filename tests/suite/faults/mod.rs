//! What goes wrong inside: events that come twice, late or never, steps that are repeated, processes that die.

mod processes;
mod stack_events;
mod steps;
mod stream;
