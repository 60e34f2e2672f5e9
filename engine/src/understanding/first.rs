//! A first turn, or anything said while nothing of a dialog is asked: commands, rows of the list shown, templates, and texts
//! that go on with what was before.

use std::cmp::Ordering;

use crate::template::{ExamplePart, SlotKind, Template, Verb};

use super::about_last::about_last;
use super::act::Act;
use super::aim::Aim;
use super::command::{self, Command};
use super::given::given_with;
use super::going_on::{goes_on, row};
use super::learned::Chosen;
use super::meant::{aimed, emptied, is_about_records, is_whole, says_noun, started, unmeant};
use super::message::{Moment, Understood, control};
use super::omitted::omitting;
use super::several::several;
use super::words::{Words, normal};

/// Score from which a part of a text is a request of its own.
const SURE: f32 = 0.6;
/// And where its verb says the same.
const SAID: f32 = 0.4;
/// Score below which the wording of an example may say that another template is meant, what that one needs, and how many
/// words of the example there have to be more than.
const UNSURE: f32 = 0.9;
const CLEAR: f32 = 0.03;
const FEW: usize = 2;
/// A text of more bytes than this is one request, however it is put.
const LONGEST: usize = 300;

/// A first turn, or anything said while nothing of the dialog is asked.
pub(super) fn first(
    moment: &Moment<'_>,
    words: &Words,
    text: &str,
    understood: &mut Understood,
) -> Vec<Act> {
    let learned = &moment.templates.learned;
    let choice = chosen(moment, text);
    understood.score = choice.score;
    understood.others.clone_from(&choice.others);
    understood.trace.extend(choice.why.iter().cloned());
    if !choice.exact {
        // Where an example of the likeliest template is such a command itself, the designer means it.
        // "Delete it" is a request where there is something to delete, whatever it is where a yes is asked for.
        let points = moment.conversation.record.is_some()
            && Aim::of(text, words).is_some_and(|aim| aim.does.writes() && aim.names_one(words));
        if let Some(command) = command::command(text, words).filter(|_| !points)
            && !choice
                .template
                .as_ref()
                .is_some_and(|id| learned.owns(id, command))
        {
            return vec![control(command)];
        }
        if choice.template.is_none() && words.asks_for_help(text) {
            return vec![Act::Help];
        }
        if let Some(n) = row(moment, text, words) {
            return vec![Act::Choose { option: n }];
        }
    }
    if !choice.exact
        && let Some(acts) = about_last(moment, words, moment.conversation.record.as_ref(), text)
    {
        understood.template = acts.first().and_then(started);
        return acts;
    }
    if !choice.exact
        && let Some(acts) = goes_on(moment, words, text)
    {
        return acts;
    }
    if !choice.exact
        && let Some(acts) = omitting(moment, words, text, understood)
    {
        return acts;
    }
    if !choice.exact
        && let Some(acts) = several(moment, words, text, understood)
    {
        return acts;
    }
    if let Some((one, other)) = two(moment, words, text) {
        let mut acts = first(moment, words, one, understood);
        let score = understood.score;
        let template = understood.template.clone();
        let more = first(moment, words, other, understood);
        (understood.score, understood.template) = (score, template);
        acts.extend(more);
        return acts;
    }
    // "Don't delete Jane" asks for nothing, least of all for what it names.
    if !choice.exact && (words.refuses(text) || words.forbids(text)) {
        return vec![Act::Deny];
    }
    let aim = if choice.exact {
        None
    } else {
        Aim::of(text, words).or_else(|| Aim::of(&learned.mended(text), words))
    };
    // A bare number, or words that no example has, start nothing; a verb of the language says enough.
    let rejects = moment.templates.bot.understanding.reject.is_some();
    if !choice.exact && aim.is_none() && rejects && !learned.knows(text) {
        return Vec::new();
    }
    if !choice.exact
        && rejects
        && let Some(verb) = words.other_verb(text)
        // "Send me the leads" says more than "send".
        && words
            .verb(&words.without_politeness(&normal(text)))
            .is_none_or(|(_, end, _)| end <= verb.len())
        && moment
            .templates
            .current
            .values()
            .all(|template| is_about_records(template))
        && !moment
            .templates
            .current
            .values()
            .any(|template| begins_so(template, verb))
    {
        understood
            .trace
            .push(format!("no template begins with “{verb}”"));
        return Vec::new();
    }
    let id = aimed(moment, &choice, aim.as_ref(), text);
    if let Some(likeliest) = choice
        .template
        .as_ref()
        .filter(|_| id.is_some() && id != choice.template)
    {
        understood
            .others
            .insert(0, (likeliest.clone(), choice.score));
    }
    if choice.tie
        && id == choice.template
        && let (Some(best), Some((next, _))) = (&choice.template, choice.others.first())
    {
        let between = [best, next].into_iter().filter_map(|id| {
            let template = moment.templates.current.get(id)?;
            Some((
                id.clone(),
                given_with(moment, template, text, true, choice.score),
            ))
        });
        understood.others.insert(0, (best.clone(), choice.score));
        return vec![Act::Ambiguous {
            between: between.collect(),
        }];
    }
    let Some(template) = id.and_then(|id| moment.templates.current.get(&id)) else {
        // "No, keep him": a no, whatever else.
        return match command::leading(text, words) {
            Some((Command::Deny, _)) => vec![Act::Deny],
            _ => Vec::new(),
        };
    };
    if let Some(acts) = aim
        .as_ref()
        .and_then(|aim| emptied(moment, aim, template, text))
    {
        understood.template = acts.first().and_then(started);
        return acts;
    }
    // A text that is an example has no values but those whose form says so: "find a lead" finds nobody named "a lead".
    let given = given_with(moment, template, text, !choice.exact, choice.score);
    if !choice.exact
        && let Some(why) = unmeant(moment, template, aim.as_ref(), text, &given, choice.score)
    {
        understood.trace.push(format!("not {}: {why}", template.id));
        return Vec::new();
    }
    if !choice.exact && template.does().writes() && aim.is_none() && words.asks_for_any(text) {
        understood.trace.push(format!(
            "not {}: it asks for something to read",
            template.id
        ));
        return Vec::new();
    }
    understood.template = Some(template.id.clone());
    let start = Act::Start {
        template: template.id.clone(),
    };
    std::iter::once(start)
        .chain(given.into_iter().map(Act::Inform))
        .collect()
}

/// The template that a text means. Of two that are nearly as likely, words of an example around a value decide, then that
/// a question reads rather than writes, then what the template still lacks.
pub(super) fn chosen(moment: &Moment<'_>, text: &str) -> Chosen {
    let learned = &moment.templates.learned;
    let mut choice = learned.choose(moment, text);
    // Worded like an example of one that is not the likeliest: the words tell more than their likeness.
    if choice.template.is_some() && !choice.exact && choice.score < UNSURE {
        let worded = |id: &str| learned.worded(id, text);
        let best = choice.template.as_deref().map_or(0, worded);
        let better = choice
            .others
            .iter()
            .position(|(id, score)| *score >= CLEAR && worded(id) > best.max(FEW));
        if let (Some(n), Some(template)) = (better, &mut choice.template) {
            let (id, score) = choice.others[n].clone();
            choice.others[n] = (std::mem::replace(template, id), choice.score);
            choice.score = score;
            choice.tie = false;
            return choice;
        }
    }
    let (Some(best), Some((next, _)), true) = (
        choice.template.clone(),
        choice.others.first().cloned(),
        choice.tie,
    ) else {
        return choice;
    };
    let worded = |id: &str| learned.worded(id, text);
    let writes = |id: &str| {
        let template = moment.templates.current.get(id);
        template.is_some_and(|template| template.does().writes())
    };
    let words = Words::of(moment.locale);
    let asks = words.asks(text);
    let aim = Aim::of(text, words);
    let says = |id: &str| {
        let template = moment.templates.current.get(id);
        template.is_some_and(|template| aim.as_ref().is_some_and(|aim| aim.does == template.does()))
    };
    // Who tells something wants it kept.
    let tells = aim.is_none() && !words.asks(text);
    let given = |id: &str| {
        let template = moment.templates.current.get(id)?;
        let given = given_with(moment, template, text, true, choice.score);
        Some((is_whole(template, &given), given.is_empty()))
    };
    let whole = |id: &str| given(id).is_some_and(|(whole, _)| whole);
    let missing = |id: &str, score: f32| {
        let template = moment.templates.current.get(id)?;
        let given = given_with(moment, template, text, true, score);
        Some(
            required(template)
                .filter(|id| !given.iter().any(|g| g.slot == **id))
                .count(),
        )
    };
    let collects = |id: &str| {
        let template = moment.templates.current.get(id);
        template.is_some_and(|template| {
            let mut steps = template.steps.iter();
            steps.any(|step| matches!(step.verb, Verb::Collect(_)))
        })
    };
    // "I'd like an opportunity for …": what only one of them is about.
    let about = |id: &str| {
        let template = moment.templates.current.get(id);
        template.is_some_and(|template| says_noun(template, text))
    };
    // The signs in their order; the first one that speaks decides.
    let order = worded(&next)
        .cmp(&worded(&best))
        .reverse()
        .then_with(|| (asks && writes(&next)).cmp(&(asks && writes(&best))))
        .then_with(|| says(&best).cmp(&says(&next)))
        .then_with(|| about(&best).cmp(&about(&next)))
        .then_with(|| {
            let of_next = missing(&next, choice.others[0].1);
            of_next.cmp(&missing(&best, choice.score))
        })
        .then_with(|| whole(&best).cmp(&whole(&next)))
        .then_with(|| (tells && writes(&best)).cmp(&(tells && writes(&next))));
    match order {
        // Reading the wrong thing costs nothing: where there is a value to read by, the likelier is read.
        Ordering::Equal if !writes(&best) && !writes(&next) => {
            choice.tie = given(&best).is_none_or(|(_, empty)| empty);
            // "Show leads": what asks for nothing shows them.
            if choice.tie && collects(&best) != collects(&next) {
                choice.tie = false;
                if collects(&best) {
                    let likelihood = std::mem::replace(&mut choice.score, choice.others[0].1);
                    choice.others[0] = (best, likelihood);
                    choice.template = Some(next);
                }
            }
        }
        Ordering::Equal => {}
        Ordering::Greater => choice.tie = false,
        Ordering::Less => {
            let likelihood = std::mem::replace(&mut choice.score, choice.others[0].1);
            choice.others[0] = (best, likelihood);
            choice.template = Some(next);
            choice.tie = false;
        }
    }
    choice
}

/// The slots that a template asks for and that can't be left out.
fn required(template: &Template) -> impl Iterator<Item = &String> {
    let collected = template.steps.iter().filter_map(|step| match &step.verb {
        Verb::Collect(slots) => Some(slots),
        _ => None,
    });
    collected.flatten().filter(|id| {
        let slot = template.slots.get(*id);
        slot.is_some_and(|slot| !slot.optional && !matches!(slot.kind, SlotKind::Field { .. }))
    })
}

/// Two requests in one text, each of which is clear by itself: "show me Ida and then list all leads".
fn two<'t>(moment: &Moment<'_>, words: &Words, text: &'t str) -> Option<(&'t str, &'t str)> {
    let clear = |text: &str| is_clear(moment, words, text);
    let joints = (0..text.len()).filter(|at| text.is_char_boundary(*at));
    let starts = |text: &str| starts_one(moment, text);
    if text.len() > LONGEST || !starts(text) {
        return None;
    }
    joints
        .filter_map(|at| {
            let joint = words.joint(&text[at..]);
            (joint > 0).then(|| (&text[..at], words.without_opening(&text[at + joint..])))
        })
        .filter(|(_, other)| starts(other))
        .find(|(one, other)| clear(one) && clear(other))
}

/// A request of its own behind an answer ("ida@fern.com. how many leads do I have, btw?"): the answer, and the request.
pub(super) fn also_asked<'t>(
    moment: &Moment<'_>,
    words: &Words,
    running: &Template,
    text: &'t str,
) -> Option<(&'t str, &'t str)> {
    if text.len() > LONGEST {
        return None;
    }
    let joints = (0..text.len()).filter(|at| text.is_char_boundary(*at));
    joints
        .filter_map(|at| {
            let joint = words.joint(&text[at..]);
            (joint > 0 && at > 0).then(|| (&text[..at], words.without_opening(&text[at + joint..])))
        })
        .filter(|(answer, request)| {
            let says =
                |word: &str| !words.is_function_word(word) && !words.not_names.contains(word);
            let said = normal(answer);
            !words.is_polite(&said)
                && said.split(' ').any(says)
                && request.contains(' ')
                && starts_one(moment, request)
        })
        .find(|(_, request)| {
            // What changes the same kind of thing may set right what was said.
            // Unless it is to come after it.
            let begin = request.as_ptr() as usize - text.as_ptr() as usize;
            let after = words.comes_after(
                text[..begin]
                    .rsplit([',', ';', '.'])
                    .next()
                    .unwrap_or_default()
                    .trim_start(),
            );
            clear_request(moment, words, request).is_some_and(|other| {
                let apart = !other.does().writes() || other.object != running.object;
                other.id != running.id && (apart || after)
            })
        })
}

/// Whether a text begins like an example of some template.
fn starts_one(moment: &Moment<'_>, text: &str) -> bool {
    let mut all = moment.templates.current.values();
    all.any(|template| begins_so(template, text))
}

/// Whether a text is a clear request by itself.
fn is_clear(moment: &Moment<'_>, words: &Words, text: &str) -> bool {
    clear_request(moment, words, text).is_some()
}

/// The template that a text surely means by itself: it begins so, and has the record it is about.
pub(super) fn clear_request<'a>(
    moment: &Moment<'a>,
    words: &Words,
    text: &str,
) -> Option<&'a Template> {
    let choice = moment.templates.learned.choose(moment, text);
    let template = choice.template.filter(|_| !choice.tie)?;
    let template = moment.templates.current.get(&template)?;
    let says = Aim::of(text, words).is_some_and(|aim| aim.does == template.does());
    let sure = choice.exact || choice.score >= SURE || (says && choice.score >= SAID);
    // What is missing its record goes on with the first request rather than being one of its own.
    let given = given_with(moment, template, text, !choice.exact, choice.score);
    let record = template
        .slots
        .values()
        .find(|slot| matches!(slot.kind, SlotKind::Record { .. }) && slot.field.is_none());
    let whole = choice.exact || record.is_none_or(|slot| given.iter().any(|g| g.slot == slot.id));
    (sure && whole && begins_so(template, text)).then_some(template.as_ref())
}

/// Whether a text begins with a word with which an example of the template begins, and which says something.
pub(super) fn begins_so(template: &Template, text: &str) -> bool {
    let head = |text: &str| text.split_whitespace().next().map(str::to_lowercase);
    let heads = || {
        let examples = template.examples.iter();
        let heads = examples.filter_map(|example| match example.parts.first() {
            Some(ExamplePart::Text(begin)) => head(begin),
            _ => None,
        });
        heads.collect()
    };
    head(text).is_some_and(|word| template.heads.get(heads).contains(&word))
}
