//! What an opening text says shall stay empty: "new lead Ida Blum, Fernhill, no phone". Such slots are not asked for; at an
//! open question the same words are the answer's business.

use crate::effect::Does;
use crate::template::Template;

use super::act::Act;
use super::clause::{clauses, left_out};
use super::first::first;
use super::message::{Moment, Understood};
use super::words::Words;

/// Most words that say that a slot stays empty, at the end of a clause.
const LONGEST: usize = 6;

/// The acts of a text that makes something and leaves out some of it; `None` where it leaves out nothing.
pub(super) fn omitting(
    moment: &Moment<'_>,
    words: &Words,
    text: &str,
    understood: &mut Understood,
) -> Option<Vec<Act>> {
    let (kept, omitted) = apart(moment, words, text)?;
    let mut of_kept = Understood::default();
    let mut acts = first(moment, words, &kept, &mut of_kept);
    let Some(Act::Start { template }) = acts.first() else {
        return None;
    };
    let template = moment.templates.current.get(template)?;
    if template.does() != Does::Create {
        return None;
    }
    let slots: Vec<String> = omitted
        .iter()
        .filter_map(|clause| left_out(template, clause, words))
        .filter(|id| template.slots.get(id).is_some_and(|slot| slot.optional))
        .collect();
    if slots.is_empty() {
        return None;
    }
    let told = |id: &String| {
        acts.iter()
            .any(|act| matches!(act, Act::Inform(given) if given.slot == *id))
    };
    let skips: Vec<Act> = slots
        .into_iter()
        .filter(|id| !told(id))
        .map(|id| Act::Skip {
            slot: Some(id),
            all: false,
        })
        .collect();
    acts.extend(skips);
    *understood = of_kept;
    Some(acts)
}

/// A text without the pieces that say that a slot of something to be made stays empty, and those pieces.
fn apart<'t>(moment: &Moment<'_>, words: &Words, text: &'t str) -> Option<(String, Vec<&'t str>)> {
    let makes: Vec<&Template> = moment
        .templates
        .current
        .values()
        .map(std::convert::AsRef::as_ref)
        .filter(|template| template.does() == Does::Create)
        .collect();
    let leaves_out = |piece: &str| {
        makes
            .iter()
            .any(|template| left_out(template, piece, words).is_some())
    };
    let mut kept = String::new();
    let mut omitted = Vec::new();
    let mut end = 0;
    for span in clauses(text, words) {
        let clause = &text[span.clone()];
        let opened = words.without_opening(clause);
        if leaves_out(opened) {
            omitted.push(opened);
            end = span.end;
            continue;
        }
        // "… from Fernhill without a phone".
        let mut spaces: Vec<usize> = clause.match_indices(' ').map(|(at, _)| at).collect();
        spaces.reverse();
        let tail = spaces
            .iter()
            .take(LONGEST)
            .rev()
            .find(|at| leaves_out(clause[**at..].trim()));
        let stop = tail.map_or(span.end, |at| span.start + at);
        let from = if kept.is_empty() { span.start } else { end };
        kept.push_str(&text[from..stop]);
        if let Some(at) = tail {
            omitted.push(clause[*at..].trim());
        }
        end = span.end;
    }
    (!omitted.is_empty() && kept.contains(' ')).then_some((kept, omitted))
}
