//! People's names: found by capitals and what stands around them, read from an answer, and divided into first and last name.
//! Titles are taken off; spelling is kept as typed.

use std::ops::Range;

use super::answer::{bare, cased, is_heaped};
use super::names::Names;
use super::run::Run;
use super::{Reading, Refusal, organization};
use crate::Value;
use crate::understanding::words::{Words, normal};

/// Which part of a name a slot holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    First,
    Last,
    Full,
}

/// A person found in a text, in pieces.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Person {
    pub(super) first: Option<Range<usize>>,
    pub(super) last: Option<Range<usize>>,
    pub(super) certainty: f32,
}

/// The parts of people's names in a text.
pub(super) fn find(part: Part, names: &Names<'_>) -> Vec<Reading> {
    let (text, words) = (names.text, names.words);
    names
        .people()
        .iter()
        .filter_map(|person| {
            let span = match part {
                Part::First => person.first.clone()?,
                Part::Last => person.last.clone()?,
                Part::Full => match (person.first.clone(), person.last.clone()) {
                    (Some(a), Some(b)) if a.end <= b.start => a.start..b.end,
                    (Some(a), Some(b)) => {
                        let value = format!("{} {}", &text[a.clone()], &text[b.clone()]);
                        return Some(Reading {
                            value: Value::String(value),
                            span: b.start..a.end,
                            certainty: person.certainty,
                        });
                    }
                    (a, b) => a.or(b)?,
                },
            };
            Some(Reading {
                value: Value::String(cased(&text[span.clone()], words)),
                span,
                certainty: person.certainty,
            })
        })
        .collect()
}

/// The people of a text; the first that is surely one comes first.
pub(super) fn people(names: &Names<'_>) -> Vec<Person> {
    let (text, words, all) = (names.text, names.words, names.runs());
    let mut found: Vec<Person> = Vec::new();
    let mut n = 0;
    while n < all.len() {
        // "Blum, Ida": the family name first.
        if let Some(person) = turned(text, all, n, words) {
            found.push(person);
            n += 2;
            continue;
        }
        if let Some(mut person) = person(&all[n], words, found.is_empty()) {
            // "lead Blum, Fern Foods": one word behind a cue and before a longer piece is a last name.
            let next = all.get(n + 1).filter(|next| {
                text[all[n].span.end..next.span.start].trim() == "," && next.words.len() > 1
            });
            let cue = all[n]
                .before
                .first()
                .is_some_and(|w| words.person_cues.contains(w));
            if person.first.is_none() && cue && next.is_some() {
                person.certainty = person.certainty.max(0.9);
            }
            // In a list behind a person another one is rarely meant.
            let whole = |p: &Person| p.first.is_some() && p.last.is_some() || p.certainty >= 0.9;
            if all[n].alone && found.iter().any(whole) && person.certainty < 0.9 {
                person.certainty *= 0.6;
            }
            found.push(person);
        }
        n += 1;
    }
    if names.hide_people() {
        found = without_capitals(text, words);
        if let Some(person) = &names.by_place().person {
            found.retain(|other| !overlap(other, person) || other.certainty > person.certainty);
            if found.iter().all(|other| !overlap(other, person)) {
                found.insert(0, person.clone());
            }
        }
    }
    // Whom an e-mail address bears out is the person; the others are less likely then.
    if let Some(person) = &names.borne_out().person {
        let person = &to_the_end(person, text, all, words);
        found.retain(|other| !overlap(other, person));
        for other in &mut found {
            other.certainty *= 0.5;
        }
        found.insert(0, person.clone());
    }
    found
}

/// A family name that begins with a small word goes on to the end of its run: "mac Fern Hill", of which the address has "mac Fern".
fn to_the_end(person: &Person, text: &str, all: &[Run<'_>], words: &Words) -> Person {
    let mut person = person.clone();
    if let Some(last) = &mut person.last
        && let Some(run) = all
            .iter()
            .find(|run| run.span.start <= last.start && last.end < run.span.end)
        && text[last.clone()]
            .split(' ')
            .next()
            .is_some_and(|word| words.particles.contains(&word.to_lowercase()))
    {
        last.end = run.span.end;
    }
    person
}

fn overlap(a: &Person, b: &Person) -> bool {
    let spans = |p: &Person| [p.first.clone(), p.last.clone()];
    spans(a).into_iter().flatten().any(|x| {
        spans(b)
            .into_iter()
            .flatten()
            .any(|y| x.start < y.end && y.start < x.end)
    })
}

/// In a text without capitals, or of nothing else, a first name that is well known and the word behind it.
fn without_capitals(text: &str, words: &Words) -> Vec<Person> {
    let mut out = Vec::new();
    let mut pieces = text
        .split_inclusive(char::is_whitespace)
        .scan(0, |at, piece| {
            let start = *at;
            *at += piece.len();
            let word = piece.trim_end();
            let bare = word.trim_end_matches([',', '.', ';', '!', '?', ':']);
            Some((
                start..start + bare.len(),
                bare.to_lowercase(),
                bare.len() < word.len(),
            ))
        })
        .peekable();
    while let Some((span, lower, ends)) = pieces.next() {
        if !words.first_names.contains(&lower) {
            continue;
        }
        let plain = |word: &str| {
            !words.is_function_word(word)
                && !words.not_names.contains(word)
                && !words.company_words.contains(word)
                && !words.title_words.contains(word)
                && word.chars().count() > 1
                && word.chars().all(|c| c.is_alphabetic() || "'-".contains(c))
        };
        let mut last: Option<Range<usize>> = None;
        let mut count = 0;
        let mut ended = ends;
        while !ended
            && count < 3
            && let Some((span, _, ends)) = pieces.next_if(|(_, word, _)| plain(word))
        {
            last = Some(last.map_or(span.start, |last: Range<usize>| last.start)..span.end);
            count += 1;
            ended = ends;
        }
        // Many words side by side are more than a name: only the next one is sure to be of it.
        if count > 2
            && let Some(span) = &mut last
        {
            span.end = span.start + text[span.clone()].find(' ').unwrap_or(span.len());
        }
        out.push(Person {
            certainty: if last.is_some() { 0.75 } else { 0.5 },
            first: Some(span),
            last,
        });
    }
    out
}

/// A whole answer as a name; which part of one the slot holds is for whoever fills it.
pub(super) fn read(answer: &str, words: &Words) -> Result<(Value, String), Refusal> {
    let text = without_title(bare(answer, words), words);
    // Only the first sentence and the first piece are the name: "Reed. yes really."
    let mut end = text.len();
    for (at, _) in text.match_indices([',', ';', '(', '\n', ':']) {
        end = end.min(at);
    }
    if let Some(at) = text.find(". ")
        && text[..at].chars().count() > 2
        && !text[..at].ends_with(|c: char| c.is_uppercase())
    {
        end = end.min(at);
    }
    for clause in &words.around.person_ends {
        let and = *clause == words.writing.and;
        if let Some(at) = text[..end].to_lowercase().find(clause.as_str())
            && text.is_char_boundary(at)
            && (!and || text[at + clause.len()..].starts_with(|c: char| c.is_lowercase()))
        {
            end = end.min(at);
        }
    }
    let text = text[..end].trim().trim_end_matches(['.', '!', '?']);
    let fine = |c: char| c.is_alphabetic() || is_mark(c) || " '’-.·`´\u{a0}".contains(c);
    let pieces = text.split_whitespace().count();
    if !text.chars().any(char::is_alphabetic)
        || !text.chars().all(fine)
        || pieces > 6
        || is_heaped(text)
    {
        return Err(Refusal {
            reason: "not_a_name",
        });
    }
    if text.chars().count() > 120 {
        return Err(Refusal { reason: "too_long" });
    }
    Ok((Value::String(cased(text, words)), text.to_owned()))
}

/// First and last name of a full one: "Jan", "van den Berg".
pub(super) fn divide(words_of: &[&str], words: &Words) -> usize {
    let count = words_of.len();
    let lower: Vec<String> = words_of
        .iter()
        .map(|w| w.to_lowercase().trim_end_matches('.').to_owned())
        .collect();
    if let Some(at) = (1..count).find(|n| words.particles.contains(&lower[*n]) && *n + 1 < count) {
        return at;
    }
    let mut last = count.saturating_sub(1);
    while last > 1 && words.suffixes.contains(&lower[last]) {
        last -= 1;
    }
    last
}

fn turned(text: &str, all: &[Run<'_>], n: usize, words: &Words) -> Option<Person> {
    let (last, first) = (all.get(n)?, all.get(n + 1)?);
    let joint = text.get(last.span.end..first.span.start)?;
    let known = |run: &Run<'_>| {
        words.first_names.contains(
            &run.words
                .first()
                .copied()
                .unwrap_or_default()
                .to_lowercase(),
        )
    };
    (joint == ", "
        && last.words.len() == 1
        && first.words.len() == 1
        && known(first)
        && !known(last)
        && last.opens
        && first.after.is_empty())
    .then(|| Person {
        first: Some(first.span.clone()),
        last: Some(last.span.clone()),
        certainty: 0.9,
    })
}

/// The person that a run of words names; `None` where it names something else.
fn person(run: &Run<'_>, words: &Words, is_first: bool) -> Option<Person> {
    let near = run.before.first().map(String::as_str).unwrap_or_default();
    let (start, parts) = behind_titles(run, words);
    let titled = start > run.span.start || words.honorifics.contains(near.trim_end_matches('.'));
    let lower: Vec<String> = parts.iter().map(|w| w.to_lowercase()).collect();
    if is_another_thing(&parts, &lower, words) {
        return None;
    }
    let whole = start..run.span.end;
    if let Some(part) = labelled(run, words).filter(|_| parts.len() <= 3) {
        let (first, last) = match part {
            Part::First => (Some(whole), None),
            _ => (None, Some(whole)),
        };
        return Some(Person {
            first,
            last,
            certainty: 0.97,
        });
    }
    let around = &words.around;
    let known = words.first_names.contains(&lower[0])
        || lower[0].split('-').all(|w| words.first_names.contains(w));
    let is_cue = |w: &String| words.company_cues.contains(w) || words.place_cues.contains(w);
    let cue = words.person_cues.contains(near)
        && !names_a_thing(run, words)
        && !(near == "is" && run.before.iter().any(is_cue));
    let for_company =
        !titled && (words.company_cues.contains(near) || words.place_cues.contains(near));
    let followed = around.behind_person.contains(&run.after) || run.after.contains('@');
    if parts.len() == 1 {
        let certainty = match (titled, cue, followed, known) {
            _ if for_company => return None,
            (true, ..) => 0.92,
            (_, true, true, _) => 0.9,
            (_, _, true, true) => 0.9,
            (_, _, _, true) => 0.7,
            _ => 0.4,
        };
        return Some(Person {
            first: None,
            last: Some(whole),
            certainty,
        });
    }
    let certainty = if for_company && !known {
        return None;
    } else if for_company {
        0.6
    } else if titled || known || (cue && is_first) || (followed && is_first) {
        0.93
    } else if is_first && run.alone {
        0.9
    } else {
        0.6
    };
    let at = divide(&parts, words);
    let split: usize = parts[..at].iter().map(|w| w.len()).sum::<usize>() + at;
    let head = run.text[start - run.span.start..].get(..split);
    // The blanks between the words are single in nearly all texts; where they are not, the whole is the last name.
    let (first, last) = if at > 0 && head.is_some_and(|head| head.ends_with(' ')) {
        (Some(start..start + split - 1), start + split..whole.end)
    } else {
        (None, whole)
    };
    Some(Person {
        first,
        last: Some(last),
        certainty,
    })
}

/// Where a name begins behind "Mr", "Dr.", and its words.
fn behind_titles<'r>(run: &Run<'r>, words: &Words) -> (usize, Vec<&'r str>) {
    let mut start = run.span.start;
    let mut parts: Vec<&str> = run.words.clone();
    while parts.len() > 1
        && words
            .honorifics
            .contains(parts[0].to_lowercase().trim_end_matches('.'))
    {
        let rest = &run.text[start - run.span.start + parts[0].len()..];
        start += parts[0].len() + (rest.len() - rest.trim_start().len());
        parts.remove(0);
    }
    (start, parts)
}

/// Whether words are a company, a country, a job or a day rather than a person.
fn is_another_thing(parts: &[&str], lower: &[String], words: &Words) -> bool {
    let is_title = |w: &String| words.title_words.contains(w) && parts.len() < 4;
    let is_day = |w: &String| words.day_names.contains(w) && !words.around.named_months.contains(w);
    parts.len() > 5
        || parts
            .iter()
            .any(|w| w.chars().any(|c| c.is_ascii_digit()) || *w == "&")
        || organization::is_company(lower, words)
        || words.countries.contains_key(&lower.join(" "))
        || lower.iter().any(is_title)
        || lower.iter().all(is_day)
}

/// The part of a name that the words before it say it is. "The last name of Ida Blum" is not hers as said here.
fn labelled(run: &Run<'_>, words: &Words) -> Option<Part> {
    let around = &words.around;
    let near = run.before.first().map(String::as_str).unwrap_or_default();
    if around.of_another.contains(near) {
        return None;
    }
    let mut before = run.before.iter().take(3);
    before.find_map(|w| match w.trim_end_matches([':', '.']) {
        w if around.first_labels.contains(w) => Some(Part::First),
        w if around.last_labels.contains(w) => Some(Part::Last),
        _ => None,
    })
}

/// "A place called Fern Corner", "the file named Ida": the noun says that it is nobody.
fn names_a_thing(run: &Run<'_>, words: &Words) -> bool {
    let [near, noun, article] = run.before.as_slice() else {
        return false;
    };
    let of_people = |word: &str| words.anybody.contains(word) || words.person_cues.contains(word);
    words
        .around
        .called
        .iter()
        .any(|called| called.trim() == near)
        && words.determines(article)
        && !of_people(noun)
}

/// A name without "Mr", "Dr.", "Prof. Dr." before it.
fn without_title<'t>(text: &'t str, words: &Words) -> &'t str {
    let mut text = text;
    while let Some((first, rest)) = text.split_once(char::is_whitespace) {
        if !words.honorifics.contains(&normal(first)) || rest.trim().is_empty() {
            break;
        }
        text = rest.trim();
    }
    text
}

fn is_mark(c: char) -> bool {
    unicode_normalization::char::is_combining_mark(c)
}

#[cfg(test)]
mod tests;
