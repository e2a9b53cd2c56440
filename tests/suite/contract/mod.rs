//! What every client relies on, whatever the operation: behaviour sections 0, 13 and 14 and the shapes of the API.

mod pages;
mod protocol;
mod unimplemented;
