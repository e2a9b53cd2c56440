//! Exit codes and texts of the command line.

use crate::capture::protium;
use rstest::rstest;

fn run(arguments: &[&str]) -> (Option<i32>, String) {
    let output = protium().args(arguments).output().unwrap();
    (output.status.code(), String::from_utf8([output.stdout, output.stderr].concat()).unwrap())
}

#[rstest]
#[case::help(&["--help"], 0, "protium proxy")]
#[case::help_of_proxy(&["proxy", "--help"], 0, "AWS_ENDPOINT_URL_PROTON=http://127.0.0.1:8088")]
#[case::help_of_model(&["model", "--help"], 0, "aws configure add-model")]
#[case::nothing(&[], 2, "Usage: protium")]
#[case::no_endpoint(&["proxy"], 2, "--endpoint-url")]
#[case::unknown(&["deploy"], 2, "unrecognized subcommand")]
#[case::no_url(&["proxy", "--endpoint-url", "example.com"], 2, "it looks like https://")]
#[case::everybody(
    &["proxy", "--endpoint-url", "https://example.com", "--listen", "0.0.0.0:0"], 2, "--allow-remote"
)]
#[case::no_region(&["proxy", "--endpoint-url", "https://example.com"], 1, "use --region")]
fn exit_codes_tell_misuse_from_failure(#[case] arguments: &[&str], #[case] code: i32, #[case] text: &str) {
    let (found, output) = run(arguments);
    assert_eq!(found, Some(code), "{output}");
    assert!(output.contains(text), "{output}");
    assert!(!output.contains('\u{1b}'), "no colours beside a terminal: {output}");
}

#[test]
fn without_credentials_it_says_where_they_come_from() {
    let output = protium()
        .env_remove("AWS_ACCESS_KEY_ID")
        .args([
            "proxy",
            "--endpoint-url",
            "https://a1.execute-api.eu-west-1.amazonaws.com",
            "--listen",
            "127.0.0.1:0",
        ])
        .output()
        .unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("No usable AWS credentials") && text.contains("--profile"), "{text}");
}

#[test]
fn a_port_in_use_is_told() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let endpoint = "https://a1.execute-api.eu-west-1.amazonaws.com";
    let (code, output) = run(&["proxy", "--endpoint-url", endpoint, "--listen", &address]);
    assert_eq!(code, Some(1));
    assert!(output.contains("can't listen on") && output.contains("--listen 127.0.0.1:PORT"), "{output}");
}

#[test]
fn the_endpoint_may_come_from_the_environment() {
    let output = protium().env("PROTIUM_ENDPOINT", "nonsense").arg("proxy").output().unwrap();
    assert!(String::from_utf8(output.stderr).unwrap().contains("'nonsense'"));
}

#[test]
fn the_model_is_written_and_installed() {
    let home = tempfile::tempdir().unwrap();
    let out = home.path().join("my models");
    let output = protium().args(["model", "--signing-name", "proton", "--out"]).arg(&out).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.contains("aws configure add-model --service-name proton --service-model 'file:///"),
        "{text}"
    );
    let model = std::fs::read_to_string(out.join("service-2.json")).unwrap();
    assert!(model.contains("\"signingName\": \"proton\""));

    let output = protium().env("HOME", home.path()).args(["model", "--install"]).output().unwrap();
    assert!(output.status.success());
    let installed = home.path().join(".aws/models/proton/2020-07-20");
    for name in ["service-2.json", "paginators-1.json", "waiters-2.json"] {
        assert!(installed.join(name).is_file(), "{name}");
    }
    let model = std::fs::read_to_string(installed.join("service-2.json")).unwrap();
    assert!(model.contains("\"signingName\": \"execute-api\""));
}
