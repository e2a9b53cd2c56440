//! The names of a template's outputs, whichever way it takes.
//!
//! One rendering has the outputs of one way through the template. Those of other ways stand in its text, so the text is
//! read, too, line by line.

use std::collections::BTreeSet;

/// The outputs of a rendering, and those that the template has besides; `None` when their names are put together.
pub(super) fn names(template: &str, mut rendered: BTreeSet<String>) -> Option<BTreeSet<String>> {
    let is_heading = |line: &&str| {
        let line = line.split('#').next().unwrap_or_default();
        line.trim_end().trim_matches(['"', '\'']) == "Outputs:"
    };
    let mut lines = template.split('\n').skip_while(|line| !is_heading(line)).skip(1);
    let is_content = |line: &&str| {
        let text = line.trim_start();
        !text.is_empty() && !["#", "{%", "{#"].iter().any(|other| text.starts_with(other))
    };
    let mut indentation = None;
    for line in lines.by_ref().filter(is_content) {
        let own = line.len() - line.trim_start().len();
        let base = *indentation.get_or_insert(own);
        if own == 0 {
            break;
        }
        let key = line.trim_start().split(':').next().unwrap_or_default().trim_end();
        if own <= base && key.contains("{{") {
            return None;
        }
        if own <= base {
            rendered.insert(key.trim_matches(['"', '\'']).to_owned());
        }
    }
    Some(rendered)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outputs_of_every_way_are_known() {
        let of = |template: &str| {
            names(template, BTreeSet::from(["Seen".to_owned()]))
                .map(|names| names.into_iter().collect::<Vec<_>>().join(" "))
        };
        let template = "Resources:\n  A: {}\nOutputs: # all\n  # first\n  Seen:\n    Value: 1\n{% if a %}\n\n  'Other': {Value: 2}\n{% endif %}\nMetadata:\n  B: 1\n";
        assert_eq!(of(template).as_deref(), Some("Other Seen"));
        assert_eq!(of("Outputs: {A: {Value: 1}}\n").as_deref(), Some("Seen"));
        assert_eq!(of("Outputs:\n  A{{ i }}:\n    Value: 1\n"), None);
        assert_eq!(of("Outputs:\n  A:\n    Value: {{ i }}\n").as_deref(), Some("A Seen"));
    }
}
