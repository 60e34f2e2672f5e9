//! Examples that say what another template means: without it among its own, such an example would be understood as the
//! other. Found by words alone, in bounded time, for the check of a bot.

use std::collections::BTreeMap;
use std::sync::Arc;

use indexmap::IndexMap;

use crate::template::Template;

use super::classifier::Classifier;
use super::filling;
use super::gram::{Grams, Vector};
use super::text::{Forms, key, with_kinds};

/// An example that strays.
#[derive(Debug, Clone, PartialEq)]
pub struct Stray {
    /// Its template.
    pub template: String,
    /// Which of the template's examples, from 0.
    pub example: usize,
    /// The template that it is understood as.
    pub other: String,
    /// The example there that is most like it, from 0.
    pub like: usize,
    /// How likely the other is, of the two.
    pub score: f32,
}

/// Others that a template needs for one to be left out.
const OTHERS: usize = 3;
/// Examples that are tried without themselves, at most: those that are most like another template's.
const TRIED: usize = 60;
/// What stands in more texts than this tells none from another.
const COMMON: usize = 400;
/// Probability of the other template from which it is told.
const SURE: f32 = 0.7;

/// One way of writing an example.
struct Row {
    template: usize,
    example: usize,
    key: String,
    vector: Vector,
}

/// The examples that would be understood as another template, in the order of the templates.
pub fn strays(templates: &IndexMap<String, Arc<Template>>) -> Vec<Stray> {
    let (rows, features) = rows(templates);
    let mut suspects = suspects(&rows, features, templates.len());
    suspects.sort_by(|a, b| b.lead.total_cmp(&a.lead));
    suspects.truncate(TRIED);
    let id = |n: usize| templates.get_index(n).map(|(id, _)| id.clone());
    // Surest first: what is like an example that strays itself is only drawn along by it.
    let mut found: Vec<(usize, Stray)> = Vec::new();
    for suspect in &suspects {
        let (row, like) = (&rows[suspect.row], &rows[suspect.like]);
        let drawn = found.iter().any(|(_, stray)| {
            Some(&stray.template) == id(like.template).as_ref() && stray.example == like.example
        });
        let score = without_itself(&rows, suspect, features);
        if let (false, true, Some(template), Some(other)) =
            (drawn, score >= SURE, id(row.template), id(like.template))
        {
            let stray = Stray {
                template,
                example: row.example,
                other,
                like: like.example,
                score,
            };
            found.push((suspect.row, stray));
        }
    }
    found.sort_by_key(|(row, _)| *row);
    found.into_iter().map(|(_, stray)| stray).collect()
}

/// Every example as it is learnt from, the ways of writing one side by side.
fn rows(templates: &IndexMap<String, Arc<Template>>) -> (Vec<Row>, usize) {
    let mut texts = Vec::new();
    let mut of = Vec::new();
    for (template, (_, of_template)) in templates.iter().enumerate() {
        let mut uses = BTreeMap::new();
        for (example, written) in of_template.examples.iter().enumerate() {
            let fill = &filling::for_choosing;
            for written in filling::write_out(written, of_template, fill, &mut uses) {
                texts.push(with_kinds(&written.text, &Forms));
                of.push((template, example));
            }
        }
    }
    let grams = Grams::learn(&texts, super::intent::said(templates, &[]));
    let rows = texts.iter().zip(of).map(|(text, (template, example))| Row {
        template,
        example,
        key: key(text),
        vector: grams.vector(text),
    });
    (rows.collect(), grams.count())
}

/// An example that is more like one of another template than like any other of its own.
struct Suspect {
    /// The first way of writing it.
    row: usize,
    /// The row of another template that is most like it.
    like: usize,
    /// How much more.
    lead: f32,
}

fn suspects(rows: &[Row], features: usize, templates: usize) -> Vec<Suspect> {
    let mut holders: Vec<Vec<(u32, f32)>> = vec![Vec::new(); features];
    let mut examples = vec![0_usize; templates];
    for (n, row) in rows.iter().enumerate() {
        examples[row.template] = examples[row.template].max(row.example + 1);
        for (feature, x) in &row.vector {
            holders[*feature as usize].push((n as u32, *x));
        }
    }
    let mut likeness = vec![0.0_f32; rows.len()];
    let mut suspects = Vec::new();
    for (n, row) in rows.iter().enumerate() {
        let first =
            n == 0 || (rows[n - 1].template, rows[n - 1].example) != (row.template, row.example);
        if !first || examples[row.template] <= OTHERS {
            continue;
        }
        likeness.fill(0.0);
        for (feature, x) in &row.vector {
            let held = &holders[*feature as usize];
            if held.len() <= COMMON {
                for (m, y) in held {
                    likeness[*m as usize] += x * y;
                }
            }
        }
        let (mut own, mut like, mut most) = (0.0_f32, None, 0.0_f32);
        for (m, (other, likeness)) in rows.iter().zip(&likeness).enumerate() {
            if other.template != row.template {
                if *likeness > most {
                    (like, most) = (Some(m), *likeness);
                }
            } else if other.example != row.example && other.key != row.key {
                own = own.max(*likeness);
            }
        }
        // The same words are told by the rule for these.
        if let Some(like) = like.filter(|like| most > own && rows[*like].key != row.key) {
            let lead = most - own;
            suspects.push(Suspect { row: n, like, lead });
        }
    }
    suspects
}

/// How likely the other template is for a suspect that is no example, of the two.
fn without_itself(rows: &[Row], suspect: &Suspect, features: usize) -> f32 {
    let own = &rows[suspect.row];
    let other = rows[suspect.like].template;
    let of_two = rows.iter().filter(|row| {
        row.template == other || (row.template == own.template && row.example != own.example)
    });
    // Only features of the two templates' rows, numbered anew: learning takes as long as there are features.
    let mut numbers: Vec<u32> = vec![u32::MAX; features];
    let mut count = 0;
    let mut vectors: Vec<Vector> = Vec::new();
    let mut class = Vec::new();
    for row in of_two {
        class.push(usize::from(row.template == other));
        let vector = row.vector.iter().map(|(feature, x)| {
            let number = &mut numbers[*feature as usize];
            if *number == u32::MAX {
                *number = count;
                count += 1;
            }
            (*number, *x)
        });
        vectors.push(vector.collect());
    }
    let known = own.vector.iter().filter_map(|(feature, x)| {
        let number = numbers[*feature as usize];
        (number != u32::MAX).then_some((number, *x))
    });
    let known: Vector = known.collect();
    let classifier = Classifier::learn(&vectors, &class, 2, count as usize);
    classifier.probabilities(&known)[1]
}

#[cfg(test)]
mod tests {
    use super::super::invented::template;
    use super::*;
    use crate::effect::Does;

    const LENDING: [&str; 4] = [
        "lend me a good book",
        "may i take this book home",
        "i want to borrow a novel",
        "can i have that novel for a week",
    ];
    const HOURS: [&str; 4] = [
        "when does the reading room open",
        "when does the library close today",
        "is the reading room open on sunday",
        "until when is the library open",
    ];

    fn told(lending: &[&str], hours: &[&str]) -> Vec<Stray> {
        let of = |id: &str, examples| {
            let template = template(id, Does::Read, &[], examples);
            (id.to_owned(), Arc::new(template))
        };
        strays(&[of("lend", lending), of("hours", hours)].into())
    }

    #[test]
    fn an_example_that_another_template_outdoes_is_found_and_its_like_is_named() {
        let lending = [&LENDING[..], &["when does the reading room open today"]].concat();
        let found = told(&lending, &HOURS);
        let [stray] = found.as_slice() else {
            panic!("one, of {found:?}");
        };
        let places = (stray.template.as_str(), stray.example);
        assert_eq!(places, ("lend", 4));
        assert_eq!((stray.other.as_str(), stray.like), ("hours", 0));
        assert!(stray.score > 0.7, "{stray:?}");
    }

    #[test]
    fn examples_that_keep_to_their_own_are_not_told_nor_one_of_few() {
        assert_eq!(told(&LENDING, &HOURS), []);
        assert_eq!(told(&["when do you have time"], &HOURS), []);
        assert_eq!(strays(&IndexMap::new()), []);
    }
}
