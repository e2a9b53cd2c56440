//! `protium bundle package`: the same bytes for the same content, and what to do with them.

use super::Desk;
use protium_bundle::archive;
use snapbox::str;
use std::fs;

#[test]
fn a_package_comes_with_the_next_steps() {
    let desk = Desk::new();
    desk.environment("my-env")
        .service("web/v2")
        .write("web/v2/.template-registration.yaml", "compatible_environments: ['my-env:1']\n");
    desk.protium(["bundle", "package", "my-env"]).assert().code(0).stderr_eq("").stdout_eq(str![[r#"
packed: my-env.tar.gz
  files   3
  size    [..] bytes
  sha256  [..]

Next, with the bucket of bundles in BUNDLE_BUCKET and `aws proton` reaching Protium:

  aws s3 cp my-env.tar.gz "s3://$BUNDLE_BUCKET/bundles/my-env.tar.gz"
  aws proton create-environment-template --name my-env    # once
  aws proton create-environment-template-version --template-name my-env --major-version 1 \
    --source "s3={bucket=$BUNDLE_BUCKET,key=bundles/my-env.tar.gz}"
  aws proton update-environment-template-version --template-name my-env --major-version 1 \
    --minor-version 0 --status PUBLISHED    # the minor version that the answer named

"#]]);
    desk.protium(["bundle", "package", "web/v2"]).assert().code(0).stderr_eq("").stdout_eq(str![[r#"
packed: web-v2.tar.gz
  files   4
  size    [..] bytes
  sha256  [..]

Next, with the bucket of bundles in BUNDLE_BUCKET and `aws proton` reaching Protium:

  aws s3 cp web-v2.tar.gz "s3://$BUNDLE_BUCKET/bundles/web-v2.tar.gz"
  aws proton create-service-template --name web --pipeline-provisioning CUSTOMER_MANAGED    # once
  aws proton create-service-template-version --template-name web --major-version 2 \
    --source "s3={bucket=$BUNDLE_BUCKET,key=bundles/web-v2.tar.gz}" \
    --compatible-environment-templates templateName=my-env,majorVersion=1
  aws proton update-service-template-version --template-name web --major-version 2 \
    --minor-version 0 --status PUBLISHED    # the minor version that the answer named

"#]]);
    assert!(archive::read(&fs::read(desk.path("web-v2.tar.gz")).unwrap()).is_ok());
}

#[test]
fn the_same_content_gives_the_same_bytes() {
    let desk = Desk::new();
    desk.environment("one").environment("two");
    // Beside a bundle, and in it, lies what doesn't belong to it.
    desk.write("two/README.md", "x").write("two/tests/a/spec.yaml", "x").write("two/schema/.DS_Store", "x");
    let old = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000);
    fs::File::open(desk.path("two/schema/schema.yaml")).unwrap().set_modified(old).unwrap();
    desk.protium(["bundle", "package", "one", "--out", "a.tar.gz"]).assert().code(0);
    desk.protium(["bundle", "package", "two", "--out", "b.tar.gz"]).assert().code(0);
    assert_eq!(fs::read(desk.path("a.tar.gz")).unwrap(), fs::read(desk.path("b.tar.gz")).unwrap());
    desk.protium(["bundle", "validate", "a.tar.gz"]).assert().code(0);
}

#[cfg(unix)]
#[test]
fn scripts_stay_executable() {
    use std::os::unix::fs::PermissionsExt;
    let desk = Desk::new();
    desk.environment("env").write("env/infrastructure/deploy.sh", "#!/bin/sh\n");
    let script = desk.path("env/infrastructure/deploy.sh");
    fs::set_permissions(script, fs::Permissions::from_mode(0o700)).unwrap();
    desk.protium(["bundle", "package", "env"]).assert().code(0);
    let bytes = fs::read(desk.path("env.tar.gz")).unwrap();
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(bytes.as_slice()));
    let modes: Vec<_> = archive
        .entries()
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| {
            let header = entry.header();
            (
                entry.path().unwrap().display().to_string(),
                header.mode().unwrap(),
                header.mtime().unwrap(),
                header.uid().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        modes,
        [
            ("infrastructure/cloudformation.yaml".to_owned(), 0o644, 0, 0),
            ("infrastructure/deploy.sh".to_owned(), 0o755, 0, 0),
            ("infrastructure/manifest.yaml".to_owned(), 0o644, 0, 0),
            ("schema/schema.yaml".to_owned(), 0o644, 0, 0),
        ]
    );
}

#[test]
fn programs_get_path_size_and_digest() {
    let desk = Desk::new();
    desk.environment("env");
    let output = desk.protium(["bundle", "package", "env", "--output", "json"]).assert().code(0);
    let shape: serde_json::Value = serde_json::from_slice(&output.get_output().stdout).unwrap();
    let bytes = fs::read(desk.path("env.tar.gz")).unwrap();
    assert_eq!(shape["path"], "env.tar.gz");
    assert_eq!(shape["size"], bytes.len());
    assert_eq!(shape["sha256"], protium_bundle::digest(&bytes));
    assert_eq!(shape["kind"], "environment");
    assert_eq!(shape["ok"], true);
}

#[test]
fn a_bad_bundle_is_not_packed() {
    let desk = Desk::new();
    desk.environment("env").edit("env/schema/schema.yaml", "default: 30", "default: 0");
    desk.protium(["bundle", "package", "env"]).assert().code(1).stdout_eq("").stderr_eq(str![[r#"
error: the default must be 1 or more
  --> env/schema/schema.yaml:12:20
   |
10 |           type: integer
11 |           minimum: 1
12 |           default: 0
   |                    ^
  help: Change the default or the constraint.

bad: env: 1 error

"#]]);
    assert!(!desk.path("env.tar.gz").exists());
    desk.protium(["bundle", "package", "nowhere"]).assert().code(2).stdout_eq("");
}

#[test]
fn a_package_is_not_packed_again_and_no_place_is_told() {
    let desk = Desk::new();
    desk.environment("env");
    desk.protium(["bundle", "package", "env"]).assert().code(0);
    desk.protium(["bundle", "package", "env.tar.gz"]).assert().code(2).stderr_eq(str![[r#"
error: env.tar.gz is packed already
  help: Name the bundle's directory.

"#]]);
    desk.protium(["bundle", "package", "env", "--out", "no/such/folder/x.tar.gz"])
        .assert()
        .code(1)
        .stderr_eq(str![[r#"
error: can't write no/such/folder/x.tar.gz: No such file or directory (os error 2)

"#]]);
}

#[cfg(unix)]
#[test]
fn only_files_are_replaced() {
    let desk = Desk::new();
    desk.environment("env").write("old.tar.gz", "old").write("outside", "x");
    desk.protium(["bundle", "package", "env", "--out", "old.tar.gz"]).assert().code(0);
    assert!(archive::read(&fs::read(desk.path("old.tar.gz")).unwrap()).is_ok());

    std::os::unix::fs::symlink("outside", desk.path("link.tar.gz")).unwrap();
    std::os::unix::fs::symlink("outside", desk.path("env.tar.gz.partial")).unwrap();
    desk.protium(["bundle", "package", "env"]).assert().code(0);
    fs::create_dir(desk.path("folder.tar.gz")).unwrap();
    let made = std::process::Command::new("mkfifo").arg(desk.path("pipe.tar.gz")).status();
    assert!(made.unwrap().success());
    for name in ["link.tar.gz", "folder.tar.gz", "pipe.tar.gz"] {
        desk.protium(["bundle", "package", "env", "--out", name]).assert().code(1);
        assert!(!fs::symlink_metadata(desk.path(name)).unwrap().is_file(), "{name}");
        assert!(!desk.path(&format!("{name}.partial")).exists());
    }
    assert_eq!(desk.read("outside"), "x");
}
