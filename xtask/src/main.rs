//! Stub until its commands land.
fn main() {}
