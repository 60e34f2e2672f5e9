//! Companies' names: found by their legal form, by "from", "at", "works for" before them, or as the piece of a list behind a
//! person; read from an answer with its lead-in taken off.

use super::answer::{bare, cased, is_heaped};
use super::names::Names;
use super::run::Run;
use super::{Reading, Refusal};
use crate::Value;
use crate::understanding::words::{Words, normal};

/// Companies in a text, in order.
pub(super) fn find(names: &Names<'_>) -> Vec<Reading> {
    let (text, words, all, people) = (names.text, names.words, names.runs(), names.people());
    let is_person = |run: &Run<'_>| {
        people.iter().any(|p| {
            p.certainty >= 0.9
                && [&p.first, &p.last]
                    .into_iter()
                    .flatten()
                    .any(|s| s.start < run.span.end && run.span.start < s.end)
        })
    };
    let around = &words.around;
    let mut out: Vec<Reading> = Vec::new();
    for (n, run) in all.iter().enumerate() {
        let lower: Vec<String> = run.words.iter().map(|w| w.to_lowercase()).collect();
        let own = is_company(&lower, words) && !words.title_words.contains(&lower[0]);
        let whole = lower.join(" ");
        let near = run.before.first().map(String::as_str).unwrap_or_default();
        let place = words.countries.contains_key(&whole) || words.cities.contains(&whole);
        let day = lower.iter().all(|w| words.day_names.contains(w));
        if day || (is_person(run) && !own) {
            continue;
        }
        let head = text[..run.span.start].trim_end().to_lowercase();
        let mut before = run.before.iter().take(3);
        let labelled = before.any(|w| around.company_labels.contains(w))
            || around
                .company_signs
                .iter()
                .any(|sign| head.ends_with(sign.as_str()));
        let mut before = run.before.iter().skip(1).take(2);
        let works = around.works_before.contains(near) && before.any(|w| around.works.contains(w));
        // "She moved to Fern": said of a person, it is where she works now; of a town, where she lives.
        let joined = !place && words.joining.iter().any(|cue| head.ends_with(cue.as_str()));
        let after_person = all[..n].iter().any(&is_person);
        let after_likely = people
            .first()
            .filter(|p| p.first.is_some() || p.certainty >= 0.85)
            .and_then(|p| p.last.as_ref())
            .is_some_and(|last| last.end <= run.span.start);
        let next_to_person = n > 0 && is_person(&all[n - 1]);
        let certainty = if labelled || joined {
            0.97
        } else if works && !place {
            0.95
        } else if own {
            0.93
        } else if place {
            0.3
        } else if near == "of" && run.before.get(1).is_some_and(|w| around.ranks.contains(w)) {
            // "Head of Tea" is a job.
            0.2
        } else if around.works_before.contains(near)
            && run
                .before
                .get(1)
                .is_some_and(|w| words.title_words.contains(w) && !around.doubtful_jobs.contains(w))
        {
            // "Buyer for Fern".
            0.92
        } else if near == "for"
            && lower.len() == 1
            && run
                .before
                .get(1)
                .is_some_and(|w| words.person_cues.contains(w))
            && !words.first_names.contains(&lower[0])
        {
            // "A lead for Fern": a name alone that is no first name is rather a company's.
            0.85
        } else if words.company_cues.contains(near) && (after_person || n > 0 || near != "of") {
            0.92
        } else if run.alone
            && after_person
            && !is_title(&lower, words)
            && (next_to_person || (lower.len() > 1 && out.iter().all(|r| r.certainty < 0.9)))
        {
            0.9
        } else if run.alone
            && after_likely
            && lower.len() > 1
            && !is_title(&lower, words)
            && out.iter().all(|r| r.certainty < 0.85)
        {
            0.85
        } else {
            0.4
        };
        // "Fern, Moss & Co.": partners' names are parted by commas.
        if lower.iter().any(|w| w == "&")
            && let Some(before) = out
                .last_mut()
                .filter(|r| r.certainty >= 0.9 && text[r.span.end..run.span.start].trim() == ",")
        {
            before.span.end = run.span.end;
            before.value = Value::String(cased(&text[before.span.clone()], words));
            continue;
        }
        // "Fern, Inc.": the legal form behind the comma belongs to the name.
        if let Some(before) = out
            .last_mut()
            .filter(|r| text[r.span.end..run.span.start].trim() == "," && lower.len() == 1 && own)
        {
            before.span.end = run.span.end;
            before.certainty = before.certainty.max(0.93);
            before.value = Value::String(text[before.span.clone()].to_owned());
            continue;
        }
        out.push(Reading {
            value: Value::String(cased(run.text, words)),
            span: run.span.clone(),
            certainty,
        });
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
