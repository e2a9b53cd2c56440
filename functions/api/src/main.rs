//! The Lambda behind the HTTP API.
fn main() {}
