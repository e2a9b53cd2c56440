//! Resources that wait for one another.

use std::collections::{BTreeMap, BTreeSet};

/// A circle of resources each of which needs the next, if there is one.
pub(super) fn circle<'a>(needs: &BTreeMap<&'a str, BTreeSet<&'a str>>) -> Option<Vec<&'a str>> {
    let mut done = BTreeSet::new();
    for start in needs.keys() {
        // The way from the start, each with those it needs that are yet to be looked at.
        let mut way: Vec<(&str, Vec<&str>)> = Vec::new();
        let mut next = Some(*start);
        loop {
            if let Some(name) = next.take().filter(|name| !done.contains(name)) {
                if let Some(at) = way.iter().position(|(other, _)| *other == name) {
                    return Some(way[at..].iter().map(|(name, _)| *name).collect());
                }
                way.push((name, needs.get(name).into_iter().flatten().copied().collect()));
            }
            let Some((name, rest)) = way.last_mut() else { break };
            next = rest.pop();
            if next.is_none() {
                done.insert(*name);
                way.pop();
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn circles_are_found_and_diamonds_are_none() {
        let graph = |edges: &[(&'static str, &[&'static str])]| {
            edges
                .iter()
                .map(|(from, to)| (*from, to.iter().copied().collect()))
                .collect::<BTreeMap<_, BTreeSet<_>>>()
        };
        assert_eq!(circle(&graph(&[("a", &["b", "c"]), ("b", &["d"]), ("c", &["d"]), ("d", &[])])), None);
        assert_eq!(circle(&graph(&[("a", &["b"]), ("b", &["c"]), ("c", &["b"])])), Some(vec!["b", "c"]));
        assert_eq!(circle(&graph(&[("a", &["a"])])), Some(vec!["a"]));
    }
}
