//! Serves the API over fakes until its standard input ends; says where in its first line.

#![expect(clippy::print_stdout, reason = "it tells those who started it where it listens")]

use std::io::Read;

use protium_clients::Server;

fn main() {
    let server = Server::start();
    println!("{}", server.endpoint());
    // Whoever started it holds the other end: nothing is left behind, however they end.
    let _ = std::io::stdin().read_to_end(&mut Vec::new());
}
