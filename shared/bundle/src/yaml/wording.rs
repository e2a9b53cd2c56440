//! The parser's messages in an author's words.

/// What the parser says of mistakes that authors make, and what we say. The parser's words stay where it is not
/// among them.
const WORDS: [(&str, &str); 17] = [
    ("did not find expected node content", "a value is missing, or a bracket or quote isn't closed"),
    ("did not find expected next token", "a value is missing, or a bracket or quote isn't closed"),
    ("unexpected eof", "the text ends within a bracket or a quote"),
    ("found unexpected end of stream", "a quote isn't closed"),
    ("did not find expected ',' or '}'", "a `,` or the closing `}` is missing"),
    ("expected ',' or ']'", "a `,` or the closing `]` is missing"),
    (
        "did not find expected key",
        "a key is expected here: the line is indented wrongly, or the one before isn't finished",
    ),
    (
        "did not find expected '-' indicator",
        "a `-` is expected here: the line is indented wrongly, or the one before isn't finished",
    ),
    ("simple key expect", "a key without `:`, or a text that needs quotes"),
    (
        "mapping values are not allowed",
        "a `:` can't stand here: text that has it needs quotes, or the line is indented wrongly",
    ),
    ("block sequence entries are not allowed", "a list can't begin here: it belongs on a line of its own"),
    ("misplaced bracket", "a bracket is closed that isn't open"),
    ("unexpected character", "text that begins with such a character needs quotes"),
    ("cannot be used as indentation", "a tab can't indent; use spaces"),
    ("tabs disallowed", "a tab can't stand here; use spaces"),
    (
        "found unknown anchor",
        "an alias (`*`) of what has no anchor (`&`); text that begins with `*` needs quotes",
    ),
    ("recursion limit", "nested too deeply"),
];

pub(super) fn worded(message: &str) -> String {
    let found = WORDS.iter().find(|(theirs, _)| message.contains(theirs));
    found.map_or(message, |(_, ours)| ours).to_owned()
}
