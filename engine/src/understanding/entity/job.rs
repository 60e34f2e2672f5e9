//! Job titles: words around a rank or a trade ("head of tea", "plant manager"). Looked for where a slot's samples are mostly
//! jobs; any other text has no form of its own.

use std::ops::Range;

use super::Reading;
use crate::Value;
use crate::template::Slot;
use crate::understanding::words::Words;

/// Whether most of a slot's samples are jobs.
pub(super) fn is_job(slot: &Slot, words: &Words) -> bool {
    let job = |sample: &&String| {
        sample
            .split_whitespace()
            .any(|word| words.title_words.contains(&word.to_lowercase()))
    };
    let language = std::ptr::from_ref(words) as usize;
    let told = slot.job.get(
        |(of, _)| *of == language,
        || {
            let jobs = slot.samples.iter().filter(job).count();
            (language, jobs * 2 > slot.samples.len())
        },
    );
    slot.samples.len() > 2 && told.1
}

/// The jobs in a text.
pub(super) fn find(text: &str, words: &Words) -> Vec<Reading> {
    let around = &words.around;
    let start = text.as_ptr() as usize;
    let all: Vec<(Range<usize>, String)> = text
        .split_whitespace()
        .map(|word| {
            let at = word.as_ptr() as usize - start;
            let bare = word.trim_matches(|c: char| !c.is_alphanumeric() && c != '&');
            let from = at + (bare.as_ptr() as usize - word.as_ptr() as usize);
            (from..from + bare.len(), bare.to_lowercase())
        })
        .filter(|(span, _)| !span.is_empty())
        .collect();
    let joined = |a: usize, b: usize| {
        let between = &text[all[a].0.end..all[b].0.start];
        // "Sr. Engineer": the full stop of a word that is cut short.
        let short = words.job_abbreviations.contains(&all[a].1) && between.trim() == ".";
        (between.trim().is_empty() || short) && !between.contains('\n')
    };
    let shouted = !text.chars().any(char::is_lowercase);
    let small = |n: usize| {
        // "Head of IT": capitals are no small word where not all are capitals.
        let initials =
            all[n].0.len() > 1 && !text[all[n].0.clone()].chars().any(char::is_lowercase);
        if initials && !shouted {
            return false;
        }
        words.is_function_word(&all[n].1)
            || words.not_names.contains(&all[n].1) && !words.title_words.contains(&all[n].1)
    };
    let mut out: Vec<Reading> = Vec::new();
    let mut at = 0;
    while at < all.len() {
        if !words.title_words.contains(&all[at].1) {
            at += 1;
            continue;
        }
        let mut first = at;
        while first > 0
            && at - first < 3
            && joined(first - 1, first)
            && !small(first - 1)
            && !all[first - 1].1.contains('@')
            && is_like(text, &all[first - 1].0, &all[first].0)
        {
            first -= 1;
        }
        let mut last = at;
        while last + 1 < all.len() && last - at < 3 && joined(last, last + 1) {
            let ranked = around.ranks_of_work.contains(&all[last].1)
                && around.rank_joints.contains(&all[last + 1].1)
                && last + 2 < all.len()
                && joined(last + 1, last + 2)
                && !small(last + 2);
            if ranked {
                last += 2;
            } else if !small(last + 1) && is_like(text, &all[last].0, &all[last + 1].0) {
                last += 1;
            } else {
                break;
            }
        }
        let span = all[first].0.start..all[last].0.end;
        let alone = {
            let head = text[..span.start].trim_end_matches(' ');
            let tail = text[span.end..].trim_start_matches([' ', '.']);
            let sign = |c: char| ",;:\n()-–—|\"".contains(c);
            (head.is_empty() || head.ends_with(sign)) && (tail.is_empty() || tail.starts_with(sign))
        };
        let of_company = all
            .get(last + 1)
            .is_some_and(|(_, word)| around.behind_job.contains(word));
        // "The Fernhill lead" is no job, "sales lead" is.
        let ranked = (first..=last).any(|n| {
            words.title_words.contains(&all[n].1) && !around.doubtful_jobs.contains(&all[n].1)
                || words.job_fields.contains(&all[n].1)
        });
        let doubtful = first == last && around.doubtful_jobs.contains(&all[at].1);
        if ranked || first == last && (alone || !doubtful) {
            out.push(Reading {
                value: Value::from(&text[span.clone()]),
                span,
                certainty: if alone {
                    0.9
                } else if of_company {
                    0.85
                } else {
                    0.7
                },
            });
        }
        at = last + 1;
    }
    out
}

/// Whether two neighbours are written alike: a capital beside a capital, small beside small; all capitals beside either.
fn is_like(text: &str, a: &Range<usize>, b: &Range<usize>) -> bool {
    let capital = |span: &Range<usize>| text[span.clone()].starts_with(char::is_uppercase);
    let heap = |span: &Range<usize>| !text[span.clone()].chars().any(char::is_lowercase);
    capital(a) == capital(b) || heap(a) || heap(b)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::locale::Locale;

    #[test]
    fn jobs_are_found_by_a_rank_or_a_trade() {
        let words = Words::of(&Locale::of("en"));
        let table: [(&str, &[&str]); 13] = [
            ("ida blum, Dir. of IT at fern", &["Dir. of IT"]),
            ("Ida Blum, Sr. Engineer, Fern", &["Sr. Engineer"]),
            ("ida blum, asst. buyer, fern", &["asst. buyer"]),
            ("Ida Blum, Dir. of Tea, Fern", &["Dir. of Tea"]),
            (
                "Ida Blum, Marketing Director, Fern",
                &["Marketing Director"],
            ),
            ("Ida Blum, GM Plants, Fern", &["GM Plants"]),
            ("ida blum, tea manager, fern", &["tea manager"]),
            ("she is head of tea at Fern", &["head of tea"]),
            ("the new CTO of Fern Foods", &["CTO"]),
            ("Ida, owner of Fern Foods", &["owner"]),
            ("VP Sales", &["VP Sales"]),
            ("a new lead from our partner", &[]),
            ("nothing of the kind", &[]),
        ];
        for (text, expected) in table {
            let found = find(text, words);
            let found: Vec<&str> = found.iter().map(|r| &text[r.span.clone()]).collect();
            assert_eq!(found, expected, "{text}");
        }
    }
}
