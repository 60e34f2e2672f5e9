//! What is said while a sign-in is awaited: a command, a change of what waits for it, or anything that could be said first.

use std::ops::Range;

use crate::effect::Does;
use crate::template::{SlotKind, Template};

use super::act::Act;
use super::clause::{clauses, gives, named};
use super::command::{self, Command};
use super::confirmation::{changes, other_record};
use super::first::first;
use super::message::{Moment, Understood, control, reader};
use super::words::{Words, normal};

pub(super) fn parked(
    moment: &Moment<'_>,
    words: &Words,
    text: &str,
    understood: &mut Understood,
) -> Vec<Act> {
    let waits = waiting(moment);
    if let Some(top) = waits.first()
        && command::command(text, words).is_none()
    {
        if let Some(command @ (Command::Cancel | Command::Why)) = words.sentence(text) {
            return vec![control(command)];
        }
        if words.refuses(text) {
            return vec![refusal(top, text, words)];
        }
        let acts = waits
            .iter()
            .map(|template| corrections(moment, template, words, text))
            .find(|acts| !acts.is_empty());
        if let Some(acts) = acts {
            return acts;
        }
    }
    first(moment, words, text, understood)
}

/// The templates of the open dialogs, the one on top first: all wait for the same sign-in.
fn waiting<'a>(moment: &Moment<'a>) -> Vec<&'a Template> {
    let dialogs = moment.conversation.dialogs.iter().rev();
    let templates = dialogs.filter_map(|dialog| {
        let version = moment.templates.version(&dialog.template, &dialog.digest)?;
        Some(version.as_ref())
    });
    templates.collect()
}

/// "Don't delete Ida": where that is what runs, it is stopped; of anything else it only says that nothing is to be done.
pub(super) fn refusal(template: &Template, text: &str, words: &Words) -> Act {
    match refused(text, words) {
        Some(does) if does != template.does() => Act::Noted,
        Some(_) => Act::Cancel { sure: true },
        None => Act::Deny,
    }
}

/// What a refusal is about: deleting, of "don't delete Ida".
pub(super) fn refused(text: &str, words: &Words) -> Option<Does> {
    let text = words.without_politeness(&normal(text));
    let behind = words.behind_refusal(&text)?;
    words.verb(behind).map(|(does, _, _)| does)
}

/// "Actually the company is Fernhill", "make the city Bath", "wrong company": slots of the dialog that waits are set right.
/// Where nothing announces a correction, every clause has to name its slot, or to be a value whose form says what it is.
fn corrections(moment: &Moment<'_>, template: &Template, words: &Words, text: &str) -> Vec<Act> {
    let announced = words.correction(text);
    let rest = announced.unwrap_or(text);
    let reader = reader(moment, template);
    let tells = |span: Range<usize>| {
        let clause = words.without_change(&rest[span]);
        let named = named(clause, template.slots.values(), words);
        named.is_some_and(|(_, value)| !value.is_empty())
            || gives(clause, template, None, words, &reader).is_some()
    };
    let wrong = words.behind_wrong(rest).is_some();
    if announced.is_none() && !wrong && !clauses(rest, words).into_iter().all(tells) {
        return Vec::new();
    }
    let mut acts = changes(moment, template, words, rest);
    if acts.is_empty() && announced.is_some() {
        let looked_up = template
            .slots
            .values()
            .any(|slot| matches!(slot.kind, SlotKind::Record { .. }));
        let other = words.retaken(text).filter(|_| looked_up);
        acts = other.map_or_else(Vec::new, |rest| other_record(moment, template, rest));
    }
    acts.dedup();
    acts
}
