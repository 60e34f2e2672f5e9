//! A choice among the options that are offered: by value, number, title, or a part that fits one only.

use crate::conversation::ChoicePurpose;
use crate::event::Message;
use crate::reply::Choice;

use super::act::Act;
use super::answer::answer;
use super::command::{self, Command};
use super::first::first;
use super::interruption::digressing;
use super::message::{Moment, Understood, control};
use super::words::Words;

/// A choice among options: by value, number, title or a part that fits one only; else as a first turn.
pub(super) fn chosen(
    moment: &Moment<'_>,
    words: &Words,
    options: &[Choice],
    purpose: &ChoicePurpose,
    message: &Message,
    understood: &mut Understood,
) -> Vec<Act> {
    if let Some(value) = &message.value
        && let Some(n) = options.iter().position(|option| option.value == *value)
    {
        return vec![Act::Choose { option: n }];
    }
    let text = message.said().into_owned();
    let written = |option: &Choice| option.value.as_str() == Some(text.trim());
    if let Some(n) = options.iter().position(written) {
        return vec![Act::Choose { option: n }];
    }
    if let Some(n) = words.ordinal(&text)
        && (1..=options.len()).contains(&n)
    {
        return vec![Act::Choose { option: n - 1 }];
    }
    // "Check again" where the one way on is called "Try again".
    let repeats = !matches!(
        purpose,
        ChoicePurpose::Record { .. } | ChoicePurpose::Value { .. } | ChoicePurpose::Template { .. }
    );
    let lower = text.trim().to_lowercase();
    let exact: Vec<usize> = matches(options, |title| title == lower);
    let spoken: Vec<&str> = lower
        .split(|c: char| !c.is_alphanumeric())
        .filter(|w| w.len() > 1 && !words.is_function_word(w))
        .collect();
    let part = matches(options, |title| {
        !spoken.is_empty() && spoken.iter().all(|word| title.contains(word))
    });
    if let [n] = exact.as_slice() {
        return vec![Act::Choose { option: *n }];
    }
    if repeats && words.tries_again(&text) {
        return vec![Act::Affirm];
    }
    if let Some(command) = command::command(&text, words) {
        return vec![control(command)];
    }
    if let [n] = part.as_slice() {
        return vec![Act::Choose { option: *n }];
    }
    match purpose {
        // What is none of the records or values on offer may name another one.
        ChoicePurpose::Record { slot, .. } | ChoicePurpose::Value { slot } => {
            return answer(moment, words, slot, message, understood);
        }
        ChoicePurpose::SignIn { .. } | ChoicePurpose::LookUp { .. } => {
            if let Some((command @ (Command::Affirm | Command::Deny), _)) =
                command::leading(&text, words)
            {
                return vec![control(command)];
            }
        }
        ChoicePurpose::Step { .. } | ChoicePurpose::Template { .. } => {}
    }
    digressing(first(moment, words, &text, understood)).collect()
}

fn matches(options: &[Choice], fits: impl Fn(&str) -> bool) -> Vec<usize> {
    options
        .iter()
        .enumerate()
        .filter(|(_, option)| fits(&option.title.to_lowercase()))
        .map(|(n, _)| n)
        .collect()
}
