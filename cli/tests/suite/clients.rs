//! The AWS CLI and boto3 with our model, and unmodified through the proxy.
//!
//! Needs a Python that has `awscli` and `boto3`: `PROTIUM_PYTHON` names it (`cargo xtask test` sets it); without, the
//! tests say so and pass.

use crate::capture::{Proxy, Received, credentials, next, protium, server};
use std::{path::Path, process::Command};

const ANSWER: &str = "HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.0\r\nContent-Length: 19\r\n\r\n\
                      {\"environments\":[]}";

/// Uses what only the paginator and waiter files can give, beside the operation itself.
const BOTO3: &str = "
import boto3, sys
proton = boto3.client('proton', region_name='eu-west-1', endpoint_url=sys.argv[1])
pages = list(proton.get_paginator('list_environments').paginate())
assert pages[0]['environments'] == [], pages
assert 'environment_deployed' in proton.waiter_names, proton.waiter_names
";

/// The Python with AWS's clients, its home a folder of its own and its credentials made up.
fn python(home: &Path) -> Option<Command> {
    let Some(python) = std::env::var_os("PROTIUM_PYTHON").filter(|python| !python.is_empty()) else {
        println!("skipped: PROTIUM_PYTHON names no Python with awscli and boto3");
        return None;
    };
    let mut command = Command::new(python);
    let path = std::env::var_os("PATH").unwrap_or_default();
    command.env_clear().env("PATH", path).env("HOME", home).envs(credentials());
    command.env("AWS_CONFIG_FILE", home.join("config")).env("AWS_DEFAULT_REGION", "eu-west-1");
    Some(command)
}

fn succeed(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

fn assert_scope(received: &Received, service: &str) {
    assert_eq!(received.credential()[2..], ["eu-west-1", service, "aws4_request"]);
    assert_eq!(received.header("x-amz-target"), Some("AwsProton20200720.ListEnvironments"));
}

#[test]
fn with_the_added_model_the_cli_signs_for_execute_api() {
    let home = tempfile::tempdir().unwrap();
    let Some(mut add) = python(home.path()) else { return };
    succeed(protium().args(["model", "--out"]).arg(home.path()));
    let file = format!("file://{}", home.path().join("service-2.json").display());
    succeed(add.args([
        "-m",
        "awscli",
        "configure",
        "add-model",
        "--service-name",
        "proton",
        "--service-model",
        &file,
    ]));

    let (endpoint, received) = server(ANSWER);
    let mut list = python(home.path()).unwrap();
    succeed(
        list.args(["-m", "awscli", "proton", "list-environments", "--endpoint-url"])
            .arg(format!("http://{endpoint}")),
    );
    assert_scope(&next(&received), "execute-api");
}

#[test]
fn with_the_installed_model_boto3_signs_for_execute_api_and_has_waiters() {
    let home = tempfile::tempdir().unwrap();
    let Some(mut list) = python(home.path()) else { return };
    succeed(protium().env("HOME", home.path()).args(["model", "--install"]));
    let (endpoint, received) = server(ANSWER);
    succeed(list.args(["-c", BOTO3]).arg(format!("http://{endpoint}")));
    assert_scope(&next(&received), "execute-api");
}

#[test]
fn unmodified_clients_reach_the_api_through_the_proxy() {
    let home = tempfile::tempdir().unwrap();
    let Some(mut list) = python(home.path()) else { return };
    let (endpoint, received) = server(ANSWER);
    let proxy = Proxy::start(&format!("http://{endpoint}"), &[]);
    succeed(list.args(["-c", BOTO3]).arg(format!("http://{}", proxy.address)));
    assert_scope(&next(&received), "execute-api");
}
