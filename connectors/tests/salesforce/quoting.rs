//! Whatever a user types, a statement keeps its form: each literal is read back as what was meant, by a reader of the
//! vendor's grammar that was written apart from the writer (contract 2.5, 2.8).

use proptest::prelude::*;
use turnwise_connectors::salesforce::{is_id, like, literal, to_18};

/// Reads one quoted literal at the start of a text: what it says, and what follows it. `None` where the grammar does not
/// allow it. In a pattern `\%` and `\_` stand for the signs themselves; here they keep their backslash.
fn read(text: &str, pattern: bool) -> Option<(String, &str)> {
    let mut said = String::new();
    let mut letters = text.strip_prefix('\'')?.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '\'' => return Some((said, &text[at + 2..])),
            '\n' | '\r' => return None,
            '\\' => match letters.next()?.1 {
                'n' => said.push('\n'),
                'r' => said.push('\r'),
                't' => said.push('\t'),
                quoted @ ('\\' | '\'') if pattern && quoted == '\\' => said.push_str("\\\\"),
                quoted @ ('\\' | '\'' | '"') => said.push(quoted),
                sign @ ('%' | '_') if pattern => {
                    said.push('\\');
                    said.push(sign);
                }
                _ => return None,
            },
            other => said.push(other),
        }
    }
    None
}

/// Whether a pattern as it was read fits a text: `%` any run, `_` one letter, a backslash before what is meant as such.
fn fits(pattern: &[char], text: &[char]) -> bool {
    match pattern {
        [] => text.is_empty(),
        ['%', rest @ ..] => (0..=text.len()).any(|skip| fits(rest, &text[skip..])),
        ['_', rest @ ..] => !text.is_empty() && fits(rest, &text[1..]),
        ['\\', sign, rest @ ..] => text.first() == Some(sign) && fits(rest, &text[1..]),
        [letter, rest @ ..] => text.first() == Some(letter) && fits(rest, &text[1..]),
    }
}

/// What a literal keeps of a text: control characters that have no escape are left out.
fn kept(text: &str) -> String {
    let escaped = |c: char| matches!(c, '\n' | '\r' | '\t');
    text.chars()
        .filter(|c| escaped(*c) || !c.is_control())
        .collect()
}

/// Text as people and attackers type it, rich in what means something to the grammar.
fn typed() -> impl Strategy<Value = String> {
    let signs = prop::sample::select(vec![
        "'",
        "\\",
        "\\'",
        "''",
        "%",
        "_",
        "\n",
        "\r",
        "\t",
        "\0",
        "\"",
        ")",
        " OR ",
        "--",
        "Id != null",
        "\\u0027",
        "%27",
        "’",
        "é",
        "李",
        "\u{202e}",
        "+",
        "&",
        "#",
    ]);
    prop::collection::vec(
        prop_oneof![3 => signs.prop_map(str::to_owned), 2 => ".{0,6}"],
        0..12,
    )
    .prop_map(|parts| parts.concat())
}

proptest! {
    #[test]
    fn a_literal_is_read_back_as_what_was_typed(text in typed()) {
        let statement = format!("{} AND Rating = 'Hot'", literal(&text));
        let (said, rest) = read(&statement, false).expect("a literal");
        prop_assert_eq!(said, kept(&text));
        prop_assert_eq!(rest, " AND Rating = 'Hot'");
    }

    #[test]
    fn a_pattern_finds_the_text_anywhere_and_has_no_wildcards_of_the_users(text in typed(), other in "[a-z%_]{0,8}") {
        let statement = format!("{} OR Id = null", like(&text));
        let (pattern, rest) = read(&statement, true).expect("a literal");
        prop_assert_eq!(rest, " OR Id = null");
        let pattern: Vec<char> = pattern.chars().collect();
        let chars = |text: &str| text.chars().collect::<Vec<char>>();
        let kept = kept(&text);
        let around = format!("before {kept} after");
        prop_assert!(fits(&pattern, &chars(&around)));
        prop_assert_eq!(fits(&pattern, &chars(&other)), other.contains(&kept));
    }

    #[test]
    fn an_id_is_one_of_two_spellings_and_nothing_else(text in "\\PC{0,24}") {
        match to_18(&text) {
            Some(full) => {
                prop_assert!(matches!(text.len(), 15 | 18));
                prop_assert!(full.bytes().all(|b| b.is_ascii_alphanumeric()));
                prop_assert_eq!(to_18(&full), Some(full.clone()));
            }
            None => prop_assert!(!is_id(&text)),
        }
    }

    #[test]
    fn both_spellings_of_an_id_are_the_same_and_a_wrong_check_is_none(
        id in "[0-9a-zA-Z]{3}[0-9][0-9a-zA-Z]{11}",
        at in 15_usize..18,
        wrong in "[A-Z0-5]",
    ) {
        let full = to_18(&id).expect("an id");
        prop_assert_eq!(&full[..15], id.as_str());
        prop_assert_eq!(to_18(&full), Some(full.clone()));
        let mut spoilt = full.clone();
        spoilt.replace_range(at..=at, &wrong);
        prop_assert_eq!(is_id(&spoilt), spoilt == full);
        // Only the case of letters is told by the check characters, so it heals what a mail program spoilt.
        prop_assert!(full[15..].bytes().all(|b| b.is_ascii_uppercase() || (b'0'..=b'5').contains(&b)));
    }
}
