//! What people say that no template is for, as a class of its own beside the templates. The sentences stand in a file; a
//! sentence that could be about the bot is left out.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde::Deserialize;

use super::text::{is_function_word, prepare, words};

/// The sentences, prepared, less those that share a content word with the bot's examples (prepared texts).
pub fn background<T: AsRef<str>>(examples: &[T]) -> Vec<String> {
    let taken: BTreeSet<&str> = examples
        .iter()
        .flat_map(|text| words(text.as_ref()))
        .filter(|word| is_content_word(word))
        .collect();
    SENTENCES
        .iter()
        .filter(|sentence| words(sentence).all(|word| !taken.contains(word)))
        .cloned()
        .collect()
}

/// Four letters or more, and not a word of the grammar.
fn is_content_word(word: &str) -> bool {
    word.chars().count() >= 4 && !is_function_word(word)
}

#[derive(Deserialize)]
struct File {
    texts: Vec<String>,
}

static SENTENCES: LazyLock<Vec<String>> = LazyLock::new(|| {
    let file: File = serde_json::from_str(include_str!("background.json"))
        .expect("the background file is of this shape");
    file.texts.iter().map(|text| prepare(text)).collect()
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_about_the_bots_own_matters_are_left_out() {
        let all = background::<&str>(&[]);
        let bakery = background(&["recommend a pizza", "what do you have"]);
        assert!(all.iter().any(|s| s.contains("pizza")));
        assert!(!bakery.iter().any(|s| s.contains("pizza")));
        assert!(bakery.iter().any(|s| s == "hello"));
        assert!(all.len() > 100 && bakery.len() > all.len() - 10);
    }
}
