//! Words inside a text that point at a row of the list last shown: "update the first one: phone ...". Which record that is,
//! is found out when it is looked up.

use crate::template::Template;

use super::about::is_noun;
use super::words::{Words, normal};

/// "Number 2", "the first one", "the last lead": what of a text points at a row.
pub(super) fn row_named(text: &str, template: &Template, words: &Words) -> Option<String> {
    let lower = normal(text);
    let said: Vec<&str> = lower
        .split(' ')
        .map(|word| word.trim_end_matches("'s").trim_matches([',', ':']))
        .collect();
    let noun = |word: &str| is_noun(word, template);
    (0..said.len())
        .flat_map(|at| [(at, 3), (at, 2)])
        .find_map(|(at, count)| {
            let gram = said.get(at..at + count)?;
            let joined = gram.join(" ");
            if !words.points_at_row(gram) {
                return None;
            }
            // "The first name", "the last call" are no rows.
            let whole = words.stands_for_one(gram.last()?) || gram.last()?.parse::<usize>().is_ok();
            let next = said.get(at + count);
            (whole || next.is_none_or(|next| noun(next))).then_some(joined)
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::locale::Locale;
    use crate::understanding::invented::library;

    #[test]
    fn a_row_is_pointed_at_by_two_words_or_more() {
        let words = Words::of(&Locale::of("en-US"));
        let library = library();
        let template = library.values().next().unwrap();
        for (text, row) in [
            (
                "update the first one: phone 212 555 0144",
                Some("the first one"),
            ),
            ("what is the phone of number 2", Some("number 2")),
            ("show row 3's e-mail", Some("row 3")),
            ("open the last one", Some("the last one")),
            ("delete the second", Some("the second")),
            ("change the first name to Ida", None),
            ("change the last name", None),
            ("there is no 5 here", None),
            ("this is the one", None),
        ] {
            assert_eq!(row_named(text, template, words).as_deref(), row, "{text}");
        }
    }
}
