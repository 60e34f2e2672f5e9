//! A cancel and a request in one text: "never mind, show me Ida". What runs is cancelled, and the rest is understood as
//! if nothing had run.

use super::act::Act;
use super::command::{self, Command};
use super::first::{begins_so, first};
use super::message::{Moment, Understood, control};
use super::words::Words;

/// How many words a cancel may have before a request.
const LONGEST_CANCEL: usize = 6;

/// "Never mind, show me Ida": what runs is cancelled, and the rest is a request of its own.
pub(super) fn dropped(
    moment: &Moment<'_>,
    words: &Words,
    text: &str,
    understood: &mut Understood,
) -> Option<Vec<Act>> {
    let (command, rest) = cancelling(moment, words, text)?;
    let mut of_rest = Understood::default();
    let acts = first(moment, words, rest, &mut of_rest);
    if !matches!(acts.first(), Some(Act::Start { .. })) {
        return None;
    }
    *understood = of_rest;
    let cancels = (!moment.conversation.dialogs.is_empty()).then(|| control(command));
    Some(cancels.into_iter().chain(acts).collect())
}

/// A cancel that a text begins with, and the request behind it, which begins as requests of this bot do.
fn cancelling<'t>(moment: &Moment<'_>, words: &Words, text: &'t str) -> Option<(Command, &'t str)> {
    let starts = |rest: &str| {
        let mut all = moment.templates.current.values();
        all.any(|template| begins_so(template, rest))
    };
    let mut spaces = text
        .match_indices(' ')
        .map(|(at, _)| at)
        .take(LONGEST_CANCEL);
    spaces.find_map(|at| {
        let head = text[..at].trim_end_matches([',', '.', ';', '-', ' ']);
        let head = words.without_joint(head);
        let rest = words.without_opening(text[at..].trim_start_matches(['-', ' ']));
        let command = command::command(head, words)?;
        let cancels = matches!(command, Command::Cancel);
        // "Never mind the lead" is a cancel and nothing else.
        (cancels && rest.contains(' ') && starts(rest)).then_some((command, rest))
    })
}
