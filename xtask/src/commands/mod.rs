//! One module per command: its arguments, and what it says.

pub(crate) mod bench;
pub(crate) mod deploy;
pub(crate) mod down;
pub(crate) mod simulate;
pub(crate) mod test;
pub(crate) mod up;
