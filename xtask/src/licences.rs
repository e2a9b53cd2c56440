//! Licences and sources of everything that is linked, from Cargo's own metadata.
//!
//! cargo-deny checks the same and the advisory database too (`deny.toml`); this check needs nothing but cargo, so it
//! runs for everybody.

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, Metadata, PackageId};

/// Licences under which we may pass binaries on without more than naming them. The same list stands in `deny.toml`.
pub const ALLOWED: [&str; 12] = [
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BlueOak-1.0.0",
    "CC0-1.0",
    "ISC",
    "MIT",
    "MIT-0",
    "Unicode-3.0",
    "Zlib",
];

/// Packages that are linked under another licence or from elsewhere than a registry, one line each.
#[must_use]
pub fn violations(metadata: &Metadata) -> Vec<String> {
    let linked = linked(metadata);
    let mut found = Vec::new();
    for package in metadata.packages.iter().filter(|package| linked.contains(&package.id)) {
        let Some(source) = &package.source else { continue };
        let name = format!("{} {}", package.name, package.version);
        if !source.repr.starts_with("registry+") && !source.repr.starts_with("sparse+") {
            found.push(format!("{name} comes from {source}: only registries keep what was published"));
        }
        match &package.license {
            Some(licence) if is_allowed(licence) => {}
            Some(licence) => found.push(format!("{name} is under {licence}, which isn't on the list")),
            None => found.push(format!("{name} names no licence")),
        }
    }
    found
}

/// Whether a licence expression can be met with allowed licences.
#[must_use]
pub fn is_allowed(expression: &str) -> bool {
    // Old packages write "MIT/Apache-2.0" for "or".
    spdx::Expression::parse_mode(expression, spdx::ParseMode::LAX).is_ok_and(|parsed| {
        parsed.evaluate(|requirement| ALLOWED.contains(&requirement.to_string().as_str()))
    })
}

/// What gets into our binaries: all that is reached from the workspace without passing through tests.
fn linked(metadata: &Metadata) -> BTreeSet<PackageId> {
    let nodes = metadata.resolve.iter().flat_map(|resolve| &resolve.nodes);
    let next: BTreeMap<_, Vec<_>> = nodes
        .map(|node| {
            let built = node.deps.iter().filter(|dependency| {
                dependency.dep_kinds.iter().any(|kind| kind.kind != DependencyKind::Development)
            });
            (node.id.clone(), built.map(|dependency| dependency.pkg.clone()).collect())
        })
        .collect();
    let mut reached: BTreeSet<PackageId> = BTreeSet::new();
    let mut open: Vec<_> = metadata.workspace_members.clone();
    while let Some(id) = open.pop() {
        if reached.insert(id.clone()) {
            open.extend(next.get(&id).into_iter().flatten().cloned());
        }
    }
    reached
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::workspace::Workspace;

    #[rstest]
    #[case("MIT", true)]
    #[case("MIT/Apache-2.0", true)]
    #[case("GPL-3.0-only OR MIT", true)]
    #[case("MIT AND GPL-3.0-only", false)]
    #[case("Apache-2.0 WITH LLVM-exception", true)]
    #[case("SSPL-1.0", false)]
    #[case("no such licence", false)]
    fn an_expression_is_met_by_allowed_licences_or_refused(#[case] expression: &str, #[case] expected: bool) {
        assert_eq!(is_allowed(expression), expected);
    }

    #[test]
    fn cargo_deny_knows_the_same_list() {
        let deny = std::fs::read_to_string(Workspace::find().unwrap().root.join("deny.toml")).unwrap();
        let listed = deny.split("allow = [").nth(1).unwrap().split(']').next().unwrap();
        let listed: Vec<_> = listed.split('"').skip(1).step_by(2).collect();
        assert_eq!(listed, ALLOWED);
    }
}
