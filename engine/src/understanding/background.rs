//! What people say that no template is for, as a class of its own beside the templates. The sentences stand in a file; a
//! sentence that could be about the bot, by the words that it shares with the examples, is left out.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde::Deserialize;

use super::meaning::rank;
use super::text::{is_function_word, prepare, words};

/// Share of a sentence's content that an example may have too, words weighed by how rare they are.
const SHARED: f32 = 0.4;
/// Place in the vocabulary, by frequency, from which a word says what a sentence is about.
const RARE: u16 = 3000;
/// What a more common word counts.
const COMMON: f32 = 0.3;

/// The sentences, prepared, less those whose content stands in the bot's examples (prepared texts): "order a pizza" for a bot
/// that knows pizzas.
pub fn background<T: AsRef<str>>(examples: &[T]) -> Vec<String> {
    let taken: BTreeSet<&str> = examples
        .iter()
        .flat_map(|text| words(text.as_ref()))
        .filter(|word| is_content_word(word))
        .collect();
    let is_shared = |sentence: &str| {
        let content = || words(sentence).filter(|word| is_content_word(word));
        let all: f32 = content().map(weight).sum();
        let shared: f32 = content()
            .filter(|word| taken.contains(word))
            .map(weight)
            .sum();
        shared > 0.0 && shared >= SHARED * all
    };
    SENTENCES
        .iter()
        .filter(|sentence| !is_shared(sentence))
        .cloned()
        .collect()
}

/// Four letters or more, and not a word of the grammar.
fn is_content_word(word: &str) -> bool {
    word.chars().count() >= 4 && !is_function_word(word)
}

fn weight(word: &str) -> f32 {
    match rank(word) {
        Some(rank) if rank < RARE => COMMON,
        _ => 1.0,
    }
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
