//! What reaches the terminal, and how.
//!
//! Bundles come from others. Whatever of theirs is shown (file names, source lines, rendered text) passes [`visible`],
//! so that no escape sequence of theirs moves the cursor, sets a title or hides a line. Colours of our own are written
//! as sequences too; `anstream` takes them out where there is no terminal, or NO_COLOR is set.
//!
//! A reader that goes away (`protium … | head`) ends the printing, not the command: the exit code stays what it is.

use anstyle::{AnsiColor, Style};
use std::{
    borrow::Cow,
    io::{self, IsTerminal, Write},
};

pub(crate) const GOOD: Style = AnsiColor::Green.on_default().bold();
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();
pub(crate) const DOUBTFUL: Style = AnsiColor::Yellow.on_default().bold();
pub(crate) const HINT: Style = AnsiColor::Cyan.on_default().bold();
pub(crate) const FAINT: Style = Style::new().dimmed();

/// Whether to colour, whatever the streams are.
pub(crate) fn colour(choice: clap::ColorChoice) {
    let choice = match choice {
        clap::ColorChoice::Auto => anstream::ColorChoice::Auto,
        clap::ColorChoice::Always => anstream::ColorChoice::Always,
        clap::ColorChoice::Never => anstream::ColorChoice::Never,
    };
    choice.write_global();
}

/// Prints to standard output, without a line end of its own.
///
/// # Errors
/// When the output can't be written, save that nobody reads it any more.
pub(crate) fn print(text: &str) -> io::Result<()> {
    written(write_all(&mut anstream::stdout().lock(), text.as_bytes()))
}

/// Prints bytes to standard output as they are; only for what goes to a pipe or a file.
///
/// # Errors
/// As [`print()`].
pub(crate) fn print_bytes(bytes: &[u8]) -> io::Result<()> {
    written(write_all(&mut io::stdout().lock(), bytes))
}

/// Prints to standard error, without a line end of its own. There is nobody to tell when that fails.
pub(crate) fn note(text: &str) {
    let _ = write_all(&mut anstream::stderr().lock(), text.as_bytes());
}

/// Asks on standard error, and reads from standard input; nothing, or anything but yes, is no.
///
/// # Errors
/// When standard input can't be read.
pub(crate) fn is_yes(question: &str) -> io::Result<bool> {
    note(&format!("{question} [y/N] "));
    let mut answer = String::new();
    io::stdin().read_line(&mut answer)?;
    Ok(matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
}

fn write_all(stream: &mut impl Write, bytes: &[u8]) -> io::Result<()> {
    stream.write_all(bytes)?;
    stream.flush()
}

fn written(outcome: io::Result<()>) -> io::Result<()> {
    match outcome {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        Err(error) => Err(io::Error::new(error.kind(), format!("can't write to standard output: {error}"))),
        Ok(()) => Ok(()),
    }
}

/// Whether standard output is a terminal.
pub(crate) fn is_terminal() -> bool {
    io::stdout().is_terminal()
}

/// Columns to write in: those of the terminal; 120 elsewhere, whatever terminal is near.
pub(crate) fn width() -> usize {
    terminal_size::terminal_size_of(io::stdout()).map_or(120, |(width, _)| usize::from(width.0).max(40))
}

/// The text with every character shown that a terminal would obey: control characters as their pictures, the rest of
/// them, and what turns the direction of writing, as `�`. Line feeds and tabs stay. One character stays one, so that
/// columns remain true.
pub(crate) fn visible(text: &str) -> Cow<'_, str> {
    if text.chars().any(is_obeyed) {
        Cow::Owned(text.chars().map(|c| if is_obeyed(c) { picture(c) } else { c }).collect())
    } else {
        Cow::Borrowed(text)
    }
}

/// As [`visible`], on one line.
pub(crate) fn visible_line(text: &str) -> Cow<'_, str> {
    if text.contains(['\n', '\t']) {
        Cow::Owned(visible(text).chars().map(|c| if c.is_control() { ' ' } else { c }).collect())
    } else {
        visible(text)
    }
}

/// JSON text with the characters escaped that JSON leaves alone and terminals obey. They can stand in strings only.
pub(crate) fn visible_json(json: &str) -> Cow<'_, str> {
    if !json.chars().any(is_obeyed) {
        return Cow::Borrowed(json);
    }
    let escaped = |c: char| if is_obeyed(c) { format!("\\u{:04x}", u32::from(c)) } else { c.to_string() };
    Cow::Owned(json.chars().map(escaped).collect())
}

fn is_obeyed(c: char) -> bool {
    let directs = matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    directs || (c.is_control() && c != '\n' && c != '\t')
}

fn picture(c: char) -> char {
    match u32::from(c) {
        code @ 0..0x20 => char::from_u32(0x2400 + code).unwrap_or('\u{fffd}'),
        0x7f => '\u{2421}',
        _ => '\u{fffd}',
    }
}

/// `1 error`, `2 errors`.
pub(crate) fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

/// The text as a shell takes it.
pub(crate) fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "/._-:~=+@%,".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::plain("größe: 日本\n\tx", "größe: 日本\n\tx")]
    #[case::colour("\u{1b}[31mred", "␛[31mred")]
    #[case::title("\u{1b}]0;owned\u{7}", "␛]0;owned␇")]
    #[case::eight_bit("\u{9b}2J", "\u{fffd}2J")]
    #[case::carriage("safe\rgone", "safe␍gone")]
    #[case::backspace("a\u{8}b\u{7f}", "a␈b␡")]
    #[case::bidi("a\u{202e}b\u{2066}", "a\u{fffd}b\u{fffd}")]
    fn what_a_terminal_obeys_is_shown(#[case] text: &str, #[case] shown: &str) {
        assert_eq!(visible(text), shown);
        assert_eq!(visible(text).chars().count(), text.chars().count());
    }

    #[test]
    fn json_stays_the_same_value() {
        let value = serde_json::json!({"a": "x\u{9b}\u{202e}\u{7f}\n\u{1b}"});
        let text = value.to_string();
        let shown = visible_json(&text);
        assert!(!shown.chars().any(is_obeyed), "{shown}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&shown).unwrap(), value);
    }

    #[rstest]
    #[case("/home/ada/x-2.json", "/home/ada/x-2.json")]
    #[case("/home/ada lovelace/x", "'/home/ada lovelace/x'")]
    #[case("/it's", r"'/it'\''s'")]
    #[case("", "''")]
    #[case("$(rm)", "'$(rm)'")]
    fn printed_paths_survive_a_shell(#[case] text: &str, #[case] expected: &str) {
        assert_eq!(quoted(text), expected);
    }
}
