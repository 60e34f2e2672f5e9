//! Companies' names: found by their legal form, by "from", "at", "works for" before them, or as the piece of a list behind a
//! person; read from an answer with its lead-in taken off.

use super::answer::{bare, cased, is_heaped};
use super::names::Names;
use super::person::Person;
use super::run::Run;
use super::{Reading, Refusal};
use crate::Value;
use crate::understanding::words::{Words, normal};

/// Companies in a text, in order.
pub(super) fn find(names: &Names<'_>) -> Vec<Reading> {
    let (text, words) = (names.text, names.words);
    let around = Around {
        text,
        words,
        runs: names.runs(),
        people: names.people(),
    };
    let mut out: Vec<Reading> = Vec::new();
    for (n, run) in around.runs.iter().enumerate() {
        let lower: Vec<String> = run.words.iter().map(|w| w.to_lowercase()).collect();
        let own = is_company(&lower, words) && !words.title_words.contains(&lower[0]);
        let day = lower.iter().all(|w| words.day_names.contains(w));
        if day || (around.is_person(run) && !own) {
            continue;
        }
        let certainty = around
            .by_cue(run, &lower, own)
            .unwrap_or_else(|| around.by_place(n, &lower, &out));
        if !goes_on(&mut out, text, run, &lower, own, words) {
            out.push(Reading {
                value: Value::String(cased(run.text, words)),
                span: run.span.clone(),
                certainty,
            });
        }
    }
    if names.hide_people() {
        out.extend(small(text, words));
        add(&mut out, text, names.by_place().company.clone(), words);
    }
    add(&mut out, text, names.borne_out().company.clone(), words);
    // "Any ceramics leads" asks for no company of that name.
    for reading in &mut out {
        let name = words.without_any(&text[reading.span.clone()]);
        if name.len() < reading.span.len() {
            reading.span.start = reading.span.end - name.len();
            reading.value = Value::String(cased(name, words));
        }
    }
    out
}

/// What stands around the names of a text, and says how surely one of them is a company.
struct Around<'a> {
    text: &'a str,
    words: &'a Words,
    runs: &'a [Run<'a>],
    people: &'a [Person],
}

impl Around<'_> {
    fn is_person(&self, run: &Run<'_>) -> bool {
        let sure = self.people.iter().filter(|p| p.certainty >= 0.9);
        sure.flat_map(|p| [&p.first, &p.last])
            .flatten()
            .any(|s| s.start < run.span.end && run.span.start < s.end)
    }

    /// How surely a name is a company by the words before it and by its own; `None` where they say nothing.
    fn by_cue(&self, run: &Run<'_>, lower: &[String], own: bool) -> Option<f32> {
        let (words, around) = (self.words, &self.words.around);
        let near = run.before.first().map(String::as_str).unwrap_or_default();
        let second = run.before.get(1).map(String::as_str).unwrap_or_default();
        let head = self.text[..run.span.start].trim_end().to_lowercase();
        let ends = |cues: &[String]| cues.iter().any(|cue| head.ends_with(cue.as_str()));
        let whole = lower.join(" ");
        let place = words.countries.contains_key(&whole) || words.cities.contains(&whole);
        let mut before = run.before.iter().take(3);
        let labelled = before.any(|w| around.company_labels.contains(w));
        // "She moved to Fern": said of a person, it is where she works now; of a town, where she lives.
        let joined = !place && ends(&words.joining);
        if labelled || ends(&around.company_signs) || joined {
            return Some(0.97);
        }
        let leads = around.works_before.contains(near);
        let mut before = run.before.iter().skip(1).take(2);
        if leads && !place && before.any(|w| around.works.contains(w)) {
            return Some(0.95);
        }
        if own {
            return Some(0.93);
        }
        if place {
            return Some(0.3);
        }
        // "Head of Tea" is a job.
        if near == "of" && around.ranks.contains(second) {
            return Some(0.2);
        }
        // "Buyer for Fern".
        let by_job = words.title_words.contains(second) && !around.doubtful_jobs.contains(second);
        if leads && by_job {
            return Some(0.92);
        }
        // "A lead for Fern": a name alone that is no first name is rather a company's.
        let alone = lower.len() == 1 && !words.first_names.contains(&lower[0]);
        (near == "for" && alone && words.person_cues.contains(second)).then_some(0.85)
    }

    /// How surely the nth name is a company by where it stands among the others; `out` are the companies before it.
    fn by_place(&self, n: usize, lower: &[String], out: &[Reading]) -> f32 {
        let run = &self.runs[n];
        let near = run.before.first().map(String::as_str).unwrap_or_default();
        let after_person = self.runs[..n].iter().any(|run| self.is_person(run));
        let likely = self.people.first();
        let likely = likely.filter(|p| p.first.is_some() || p.certainty >= 0.85);
        let after_likely = likely
            .and_then(|p| p.last.as_ref())
            .is_some_and(|last| last.end <= run.span.start);
        let next_to_person = n > 0 && self.is_person(&self.runs[n - 1]);
        let first_of = |certainty: f32| out.iter().all(|r| r.certainty < certainty);
        let piece = run.alone && !is_title(lower, self.words);
        let several = lower.len() > 1;
        if self.words.company_cues.contains(near) && (after_person || n > 0 || near != "of") {
            0.92
        } else if piece && after_person && (next_to_person || (several && first_of(0.9))) {
            0.9
        } else if piece && after_likely && several && first_of(0.85) {
            0.85
        } else {
            0.4
        }
    }
}

/// Whether a name behind a comma belongs to the one before it, which then takes it in.
fn goes_on(
    out: &mut [Reading],
    text: &str,
    run: &Run<'_>,
    lower: &[String],
    own: bool,
    words: &Words,
) -> bool {
    let Some(before) = out
        .last_mut()
        .filter(|r| text[r.span.end..run.span.start].trim() == ",")
    else {
        return false;
    };
    // "Fern, Moss & Co.": partners' names are parted by commas.
    if before.certainty >= 0.9 && lower.iter().any(|w| w == "&") {
        before.span.end = run.span.end;
        before.value = Value::String(cased(&text[before.span.clone()], words));
        return true;
    }
    // "Fern, Inc.": the legal form behind the comma belongs to the name.
    if own && lower.len() == 1 {
        before.span.end = run.span.end;
        before.certainty = before.certainty.max(0.93);
        before.value = Value::String(text[before.span.clone()].to_owned());
        return true;
    }
    false
}

/// Takes a company in place of less certain ones that it overlaps.
fn add(
    out: &mut Vec<Reading>,
    text: &str,
    company: Option<(std::ops::Range<usize>, f32)>,
    words: &Words,
) {
    let Some((span, certainty)) = company else {
        return;
    };
    let over = |r: &Reading| r.span.start < span.end && span.start < r.span.end;
    if out.iter().any(|r| over(r) && r.certainty >= certainty) {
        return;
    }
    out.retain(|r| !over(r));
    out.push(Reading {
        value: Value::String(cased(&text[span.clone()], words)),
        span,
        certainty,
    });
}

/// A whole answer as a name of a company or another thing.
pub(super) fn read(
    answer: &str,
    words: &Words,
    longest: usize,
) -> Result<(Value, String), Refusal> {
    let text = bare(answer, words);
    let text = first_clause(text, words);
    if !text.chars().any(char::is_alphabetic)
        && text.chars().filter(char::is_ascii_digit).count() < 2
        || text.chars().all(|c| c == '0' || !c.is_alphanumeric())
        || text.contains('@')
        || is_heaped(text)
    {
        return Err(Refusal {
            reason: "not_a_name",
        });
    }
    if text.chars().count() > longest {
        return Err(Refusal { reason: "too_long" });
    }
    Ok((Value::String(cased(text, words)), text.to_owned()))
}

/// Whether words carry a legal form or another word that companies have.
pub(super) fn is_company(lower: &[String], words: &Words) -> bool {
    lower.iter().any(|w| w == "&")
        || lower.iter().enumerate().any(|(n, w)| {
            let bare = w.trim_end_matches('.').replace('.', "");
            words.company_words.contains(&bare)
                && (n > 0 || lower.len() == 1)
                && n + 2 >= lower.len()
        })
}

/// Whether words are a job rather than a name.
pub(super) fn is_title(lower: &[String], words: &Words) -> bool {
    lower.iter().any(|w| words.title_words.contains(w.as_str()))
}

/// A name before "her title is …": a comma and a small word of the language behind it begin another clause.
fn first_clause<'t>(text: &'t str, words: &Words) -> &'t str {
    let cut = text
        .match_indices([',', ';', '\n', '.'])
        .map(|(at, _)| at)
        .find(|at| {
            let rest = text[at + 1..].trim_start();
            let word: String = rest.chars().take_while(|c| c.is_alphabetic()).collect();
            rest.len() < text[at + 1..].len()
                && word.starts_with(char::is_lowercase)
                && text.chars().any(char::is_uppercase)
                && (words.is_function_word(&normal(&word))
                    || words.not_names.contains(&normal(&word)))
        });
    cut.map_or(text, |at| text[..at].trim_end())
}

/// Names in a text without capitals, behind a cue that is sure: "she works at fern hill".
fn small<'t>(text: &'t str, words: &'t Words) -> impl Iterator<Item = Reading> + 't {
    let lower = text.to_lowercase();
    let cues = words.around.company_leads.iter();
    let same = lower.len() == text.len();
    let found = cues
        .filter(|_| same)
        .find_map(|cue| lower.find(cue.as_str()).map(|at| at + cue.len()));
    found.into_iter().filter_map(move |start| {
        let rest = &text[start..];
        let mut end = 0;
        for (n, word) in rest.split_inclusive(' ').enumerate() {
            let bare = word.trim_end_matches([' ', ',', '.', ';']);
            let small = bare.to_lowercase();
            let stops = n > 3
                || words.is_function_word(&small)
                || (n > 0 && words.not_names.contains(&small));
            if stops || bare.is_empty() || bare.contains('@') {
                break;
            }
            end = end.max(
                rest.len()
                    .min(word.as_ptr() as usize - rest.as_ptr() as usize + bare.len()),
            );
            if word.trim_end().ends_with([',', '.', ';']) {
                break;
            }
        }
        (end > 0).then(|| Reading {
            value: Value::String(cased(&rest[..end], words)),
            span: start..start + end,
            certainty: 0.9,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::locale::Locale;

    #[test]
    fn companies_are_read_as_typed() {
        let words = Words::of(&Locale::of("en"));
        let table = [
            ("Blue Fern", Some("Blue Fern")),
            ("blue fern foods", Some("Blue Fern Foods")),
            ("she works at blue fern", Some("Blue Fern")),
            ("Fern, Moss & Co.", Some("Fern, Moss & Co.")),
            ("No Stop Signs", Some("No Stop Signs")),
            ("IBT", Some("IBT")),
            ("Blue Fern, her title is head of tea", Some("Blue Fern")),
            ("Blue Fern. the phone comes later", Some("Blue Fern")),
            ("from Fern Hill", Some("Fern Hill")),
            ("For Sail Ltd", Some("For Sail Ltd")),
            ("99 Ferns", Some("99 Ferns")),
            ("{{ fern }}", Some("{{ fern }}")),
            ("{% fern %}", Some("{% fern %}")),
            ("000", None),
            ("???", None),
            ("ida@fern.com", None),
        ];
        for (text, expected) in table {
            let read = read(text, words, 255).ok().map(|(value, _)| value);
            assert_eq!(read, expected.map(Value::from), "{text}");
        }
    }

    #[test]
    fn companies_are_found_by_what_stands_around_them() {
        let words = Words::of(&Locale::of("en"));
        let table = [
            ("new lead Ida Blum from Fern Hill", Some("Fern Hill")),
            ("Ida Blum, Fern Hill, ida@fern.com", Some("Fern Hill")),
            ("I met Ida Blum of Fern", Some("Fern")),
            ("she works for Fern", Some("Fern")),
            ("company is Fern", Some("Fern")),
            ("add Moss Ltd", Some("Moss Ltd")),
            ("Ida Blum at Moss, Inc.", Some("Moss, Inc.")),
            ("she works at fern hill and is hot", Some("Fern Hill")),
            (
                "Ida Blum. Company Moss, Fern & Co.",
                Some("Moss, Fern & Co."),
            ),
            ("make Ida Blum head of Tea", None),
            (
                "met Ida Blum, she is with Stop Sign Tiles",
                Some("Stop Sign Tiles"),
            ),
            ("Ida Blum, CEO", None),
            ("Ida Blum from Paris", None),
            ("remind me on Monday", None),
            ("", None),
        ];
        for (text, expected) in table {
            let found = find(&Names::of(text, words))
                .into_iter()
                .find(|r| r.certainty >= 0.9)
                .map(|r| r.value);
            assert_eq!(found, expected.map(Value::from), "{text}");
        }
    }
}
