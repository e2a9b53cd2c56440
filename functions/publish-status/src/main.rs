//! Stub until its handler lands.
fn main() {}
