//! The direction of dependencies, checked on what Cargo says rather than on good intentions.
//!
//! `domain <- bundle <- app <- {store, aws} <- runtime <- functions`: each layer knows those to its left. Beside the
//! line stand `wire` (the wire format: only who speaks it may know it), `testkit` (tests only) and the tools. The rules
//! are the tables below; a new crate or SDK needs a line in them, and a reason.

use anyhow::{Context, Result};
use cargo_metadata::{DependencyKind, Metadata, MetadataCommand};

use crate::workspace::Workspace;

/// What each shared crate and tool may use of ours.
const MAY_USE: [(&str, &[&str]); 14] = [
    ("domain", &[]),
    ("bundle", &["domain"]),
    ("wire", &["domain"]),
    // Its actions are the operations of the wire.
    ("authorization", &["domain", "wire"]),
    ("app", &["bundle", "domain"]),
    ("store", &["app", "bundle", "domain"]),
    ("aws", &["app", "bundle", "domain"]),
    ("runtime", &["app", "aws", "bundle", "domain", "store"]),
    ("testkit", &["app", "bundle", "domain"]),
    // Authors' commands use `bundle`; an operator's read and write an installation by the code that it runs itself.
    ("cli", &["app", "authorization", "aws", "bundle", "domain", "store", "wire"]),
    // Renders the starter bundles for cfn-lint.
    ("xtask", &["bundle", "domain"]),
    (
        "tests",
        &["app", "authorization", "aws", "bundle", "domain", "runtime", "store", "testkit", "wire", "xtask"],
    ),
    // The API over fakes, for clients that AWS generated.
    ("clients", &["api", "app", "domain", "testkit", "wire"]),
    // Every crate of `functions/`; those in `ALSO_USE` more.
    ("functions", &["app", "aws", "bundle", "domain", "runtime", "store"]),
];

/// What single functions use besides.
const ALSO_USE: [(&str, &[&str]); 2] =
    [("api", &["authorization", "wire"]), ("policy-check", &["authorization"])];

/// Which crates may use an AWS SDK; one that isn't listed is for the tools and tests alone.
const SDK_USERS: [(&str, &[&str]); 7] = [
    // The runtime makes the client, since it chooses how AWS is reached.
    ("aws-sdk-dynamodb", &["store", "runtime"]),
    ("aws-sdk-s3", &["aws"]),
    ("aws-sdk-cloudformation", &["aws"]),
    // Alarms that fleet updates watch.
    ("aws-sdk-cloudwatch", &["aws"]),
    ("aws-sdk-sfn", &["aws"]),
    ("aws-sdk-eventbridge", &["aws"]),
    ("aws-sdk-sts", &["aws"]),
];
/// Tools and tests look at the running system through any SDK. So does the command line, which finds installations and
/// examines every part of them; what it changes, it changes through `store` and `aws`.
const ANY_SDK: [&str; 4] = ["cli", "clients", "tests", "xtask"];

/// Crates without input and output, and the beginnings of the names of what would give them some.
const PURE: [&str; 4] = ["authorization", "domain", "bundle", "wire"];
const IMPURE: [&str; 6] = ["aws-", "tokio", "hyper", "reqwest", "lambda_runtime", "uuid"];

/// A crate of the workspace with what it depends on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    /// Its name, for example `protium-store`.
    pub name: String,
    /// The names of its dependencies, and whether only its tests use them.
    pub dependencies: Vec<(String, Use)>,
}

/// What a dependency is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// It is part of what is built.
    Build,
    /// Only tests use it.
    Test,
}

/// Everything that breaks a rule, one line each, with the rule.
#[must_use]
pub fn violations(packages: &[Package]) -> Vec<String> {
    packages.iter().flat_map(package_violations).collect()
}

/// The workspace's packages, dependencies and licences as Cargo resolved them.
///
/// # Errors
/// When Cargo.lock doesn't fit the manifests.
pub fn metadata(workspace: &Workspace) -> Result<Metadata> {
    MetadataCommand::new()
        .current_dir(&workspace.root)
        .other_options(vec!["--locked".to_owned()])
        .exec()
        .context(
            "cargo can't read the workspace; when Cargo.lock is out of date, `cargo check` and commit it",
        )
}

/// The crates of the workspace.
#[must_use]
pub fn packages(metadata: &Metadata) -> Vec<Package> {
    metadata
        .workspace_packages()
        .into_iter()
        .map(|package| Package {
            name: package.name.to_string(),
            dependencies: package
                .dependencies
                .iter()
                .map(|dependency| {
                    let test = dependency.kind == DependencyKind::Development;
                    (dependency.name.clone(), if test { Use::Test } else { Use::Build })
                })
                .collect(),
        })
        .collect()
}

fn package_violations(package: &Package) -> Vec<String> {
    let name = short(&package.name);
    let Some(allowed) = allowed(name) else {
        return vec![format!("{}: a new crate needs a line in xtask/src/architecture.rs", package.name)];
    };
    let mut found = Vec::new();
    for (dependency, used_for) in &package.dependencies {
        if is_ours(dependency) {
            let theirs = short(dependency);
            let for_tests = *used_for == Use::Test && theirs == "testkit";
            if theirs != name && !allowed.contains(&theirs) && !for_tests {
                found.push(format!("{} may not use {dependency}: it may use {allowed:?}", package.name));
            }
        } else if dependency.starts_with("aws-sdk-") && !sdk_allowed(name, dependency) {
            found.push(format!("{} may not use {dependency}: each SDK belongs to one crate", package.name));
        }
        let impure = IMPURE.iter().any(|prefix| dependency.starts_with(prefix));
        if impure && *used_for == Use::Build && PURE.contains(&name) {
            found.push(format!("{} is pure and may not use {dependency}", package.name));
        }
    }
    found
}

/// The name without the project's: what the tables use.
fn short(package: &str) -> &str {
    package.strip_prefix("protium-").unwrap_or(package)
}

fn is_ours(package: &str) -> bool {
    package.starts_with("protium-") || package == "xtask"
}

/// What a crate may use of ours; none for a crate that the tables don't know.
fn allowed(name: &str) -> Option<Vec<&'static str>> {
    if let Some((_, allowed)) = MAY_USE.iter().find(|(known, _)| *known == name && *known != "functions") {
        return Some(allowed.to_vec());
    }
    let root = Workspace::find().ok()?.root;
    if !root.join("functions").join(name).is_dir() {
        return None;
    }
    let (_, functions) = MAY_USE.iter().find(|(known, _)| *known == "functions")?;
    let more = ALSO_USE.iter().find(|(known, _)| *known == name).map_or(&[] as &[&str], |(_, more)| more);
    Some(functions.iter().chain(more).copied().collect())
}

fn sdk_allowed(name: &str, sdk: &str) -> bool {
    let users = SDK_USERS.iter().find(|(known, _)| *known == sdk).map_or(&[] as &[&str], |(_, users)| users);
    users.contains(&name) || ANY_SDK.contains(&name)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn package(name: &str, dependency: &str, used_for: Use) -> Package {
        Package { name: name.into(), dependencies: vec![(dependency.into(), used_for)] }
    }

    #[rstest]
    #[case::inward("protium-app", "protium-domain")]
    #[case::the_api_speaks_wire("protium-api", "protium-wire")]
    #[case::functions_are_wired_by_runtime("protium-provision-start", "protium-runtime")]
    #[case::an_sdk_in_its_crate("protium-store", "aws-sdk-dynamodb")]
    #[case::tools_look_everywhere("xtask", "aws-sdk-sqs")]
    #[case::others_are_free("protium-domain", "serde")]
    fn the_design_is_accepted(#[case] name: &str, #[case] dependency: &str) {
        assert_eq!(violations(&[package(name, dependency, Use::Build)]), Vec::<String>::new());
    }

    #[rstest]
    #[case::outward("protium-domain", "protium-app", "may not use")]
    #[case::sideways("protium-store", "protium-aws", "may not use")]
    #[case::wire_stays_outside("protium-render", "protium-wire", "may not use")]
    #[case::testkit_is_for_tests("protium-app", "protium-testkit", "may not use")]
    #[case::an_sdk_elsewhere("protium-app", "aws-sdk-s3", "belongs to one crate")]
    #[case::an_sdk_that_nobody_listed("protium-aws", "aws-sdk-ec2", "belongs to one crate")]
    #[case::a_pure_crate_with_io("protium-bundle", "tokio", "is pure")]
    #[case::a_new_crate("protium-surprise", "serde", "needs a line")]
    fn what_breaks_the_design_is_named(#[case] name: &str, #[case] dependency: &str, #[case] rule: &str) {
        let found = violations(&[package(name, dependency, Use::Build)]);
        assert!(found.len() == 1 && found[0].contains(rule) && found[0].contains(name), "{found:?}");
    }

    #[test]
    fn tests_may_use_the_testkit() {
        assert!(violations(&[package("protium-app", "protium-testkit", Use::Test)]).is_empty());
    }
}
