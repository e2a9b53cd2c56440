//! The golden list of operations that a later release brings. It only shrinks.

use protium_wire::Operation;
use serde_json::json;

use crate::support::http::Request;
use crate::support::protium::with_protium;

const GOLDEN: &str = include_str!("unimplemented.txt");

#[test]
fn operations_of_later_releases_say_so() {
    with_protium(async |protium| {
        let mut unimplemented = Vec::new();
        for operation in Operation::ALL {
            let name = operation.to_string();
            let answer = Request::operation(&protium.outputs.proton_endpoint, &name, &json!({})).send().await;
            if answer.status == 501 {
                assert_eq!(answer.code(), "NotImplementedException", "{name}: {answer:?}");
                assert!(answer.message().contains(&name), "{answer:?}");
                unimplemented.push(name);
            } else {
                assert!(answer.status < 500, "{name}: {answer:?}");
            }
        }
        unimplemented.sort();
        let golden: Vec<&str> = GOLDEN.lines().filter(|line| !line.is_empty()).collect();
        assert_eq!(unimplemented, golden, "tests/suite/contract/unimplemented.txt is out of date");
    });
}
