//! How long decisions take: `cargo run --release -p protium-authorization --example decisions`.

#![expect(clippy::print_stderr, reason = "it tells what it measured")]

use std::time::Instant;

use protium_authorization::ready::Audience;
use protium_authorization::{Call, Facts, PolicyFile, PolicySet, Principal, check};
use protium_domain::arn::Location;
use protium_wire::Operation;
use serde_json::json;

fn main() -> Result<(), String> {
    let location =
        Location { partition: "aws".into(), region: "eu-west-1".into(), account: "111122223333".into() };
    let ready: Vec<_> = Audience::ALL.into_iter().map(Audience::ready).collect();
    let many = |whom: &str| {
        let texts = (0..500).map(|n| {
            format!(
                "permit (principal, action in Action::\"write\", resource) when {{ principal.{whom} == \"role-{n}\" && \
                 resource.name like \"dev-{n}-*\" }};\n"
            )
        });
        vec![PolicyFile { name: "many.cedar".into(), text: texts.collect() }]
    };
    let (of_roles, of_sessions) = (many("role"), many("session"));
    for (name, files) in
        [("ready sets", ready), ("500 policies of 500 roles", of_roles), ("500 of sessions", of_sessions)]
    {
        let since = Instant::now();
        let set = PolicySet::parse(&files).map_err(|problems| format!("{problems:?}"))?;
        let parsed = since.elapsed();
        let since = Instant::now();
        check(&files).map_err(|problems| format!("{problems:?}"))?;
        let checked = since.elapsed();
        let input =
            json!({"name": "shop", "templateName": "web", "tags": [{"key": "team", "value": "shop"}]});
        let arn = "arn:aws:sts::111122223333:assumed-role/protium-developers/alice";
        let principal = Principal { arn, account: "111122223333", is_environment_account: false };
        let decide = |operation| {
            let call = Call::of(operation, &input, &location);
            set.authorize(&principal, &call, &Facts::default(), &location).is_ok()
        };
        for operation in [Operation::GetService, Operation::CreateService] {
            let since = Instant::now();
            let first = decide(operation);
            let cold = since.elapsed();
            let since = Instant::now();
            for _ in 0..1_000 {
                std::hint::black_box(decide(operation));
            }
            let warm = since.elapsed() / 1_000;
            eprintln!(
                "{name}: read in {parsed:?}, checked in {checked:?}; {operation} {first}: first {cold:?}, then {warm:?}"
            );
        }
    }
    Ok(())
}
