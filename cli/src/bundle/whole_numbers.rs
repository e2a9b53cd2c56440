//! Whole numbers of a JSON file that are too large to be kept.
//!
//! `serde_json` reads a whole number beyond 64 bits as a float without a word, and what Jinja prints of it would then
//! differ from what Python prints. Specs and schemas refuse such numbers; so must the contexts of machines.

use std::iter::Peekable;
use std::str::CharIndices;

/// The first whole number beyond 64 bits in valid JSON, as it is written there.
pub(crate) fn first_too_large(json: &str) -> Option<&str> {
    let mut characters = json.char_indices().peekable();
    while let Some((start, character)) = characters.next() {
        match character {
            '"' => text_skip(&mut characters),
            '-' | '0'..='9' => {
                let number = &json[start..number_end(&mut characters, json.len())];
                let whole = !number.contains(['.', 'e', 'E']);
                if whole && number.parse::<i64>().is_err() && number.parse::<u64>().is_err() {
                    return Some(number);
                }
            }
            _ => {}
        }
    }
    None
}

/// Goes behind the closing quote of a text whose opening quote was read.
fn text_skip(characters: &mut Peekable<CharIndices<'_>>) {
    while let Some((_, character)) = characters.next() {
        match character {
            '"' => return,
            '\\' => drop(characters.next()),
            _ => {}
        }
    }
}

fn number_end(characters: &mut Peekable<CharIndices<'_>>, length: usize) -> usize {
    let part =
        |character: char| character.is_ascii_digit() || matches!(character, '.' | 'e' | 'E' | '+' | '-');
    while characters.next_if(|(_, character)| part(*character)).is_some() {}
    characters.peek().map_or(length, |(end, _)| *end)
}

#[cfg(test)]
mod tests {
    use super::first_too_large;

    #[test]
    fn whole_numbers_beyond_64_bits_are_found_and_nothing_else() {
        for kept in
            ["18446744073709551615", "-9223372036854775808", "1e400", "12345678901234567890123.5", "[]"]
        {
            assert_eq!(first_too_large(kept), None, "{kept}");
        }
        assert_eq!(first_too_large(r#"{"a": "99999999999999999999\"", "b": [1, 2]}"#), None);
        assert_eq!(first_too_large(r#"{"é": [1, -99999999999999999999, 2]}"#), Some("-99999999999999999999"));
        assert_eq!(first_too_large("18446744073709551616"), Some("18446744073709551616"));
    }
}
