//! What the words of a text mean there, as vectors beside the features of their form: the encoder's fourth layer, a word's
//! part in its sentence. How much each number counts is learnt in the chain.

use std::ops::Range;
use std::sync::Arc;

use crate::derived::Latest;

use super::super::kept::Keep;
use super::super::meaning::{Meanings, WordVector};
use super::grid::LANES;

/// Vectors of words, and what all examples have in common taken off.
#[derive(Debug, Clone)]
pub(super) struct Sense {
    source: Arc<dyn Meanings>,
    mean: Vec<f32>,
    /// The text that was read last, and its words: a turn asks for the values of a text more than once.
    last: Latest<(String, Vec<WordVector>)>,
}

/// The length of a word's vector: what it counts beside some fifty features of 1.
const LENGTH: f32 = 5.0;

impl Sense {
    fn new(source: Arc<dyn Meanings>, mean: Vec<f32>) -> Sense {
        let last = Latest::default();
        Sense { source, mean, last }
    }

    /// Of these texts and their tokens: the vectors of each token, one after the other, for each text.
    pub(super) fn learn(
        source: Arc<dyn Meanings>,
        texts: &[(&str, Vec<Range<usize>>)],
    ) -> (Sense, Vec<Vec<f32>>) {
        let written: Vec<&str> = texts.iter().map(|(text, _)| *text).collect();
        let words = source.words(&written);
        let width = words.iter().flatten().next().map_or(0, |(_, v)| v.len());
        let width = width / LANES * LANES;
        let mut mean = vec![0.0_f32; width];
        let mut rows: Vec<Vec<Option<Vec<f32>>>> = Vec::with_capacity(texts.len());
        let mut count = 0_u32;
        for ((_, tokens), words) in texts.iter().zip(&words) {
            let own = of_tokens(tokens, words, width);
            for vector in own.iter().flatten() {
                mean.iter_mut().zip(vector).for_each(|(to, x)| *to += x);
                count += 1;
            }
            rows.push(own);
        }
        mean.iter_mut().for_each(|x| *x /= count.max(1) as f32);
        let sense = Sense::new(source, mean);
        let rows = rows.into_iter().map(|own| sense.scaled(own)).collect();
        (sense, rows)
    }

    /// Writes down what it needs beside the source.
    pub(super) fn put(&self, out: &mut Vec<u8>) {
        self.mean.put(out);
    }

    /// Reads it again.
    pub(super) fn take(source: Arc<dyn Meanings>, bytes: &mut &[u8]) -> Option<Sense> {
        let mean = Keep::take(bytes)?;
        Some(Sense::new(source, mean))
    }

    /// The vectors of a text's tokens, one after the other.
    pub(super) fn rows(&self, text: &str, tokens: &[Range<usize>]) -> Vec<f32> {
        let words = || self.source.words(&[text]).pop().unwrap_or_default();
        let read = self
            .last
            .get(|(last, _)| last == text, || (text.to_owned(), words()));
        self.scaled(of_tokens(tokens, &read.1, self.width()))
    }

    /// Numbers of a token's vector.
    pub(super) fn width(&self) -> usize {
        self.mean.len()
    }

    /// Less the mean, of one length; a token without a vector has zeros.
    fn scaled(&self, rows: Vec<Option<Vec<f32>>>) -> Vec<f32> {
        let mut out = Vec::with_capacity(rows.len() * self.width());
        for row in rows {
            let Some(mut row) = row else {
                out.resize(out.len() + self.width(), 0.0);
                continue;
            };
            row.iter_mut().zip(&self.mean).for_each(|(x, m)| *x -= m);
            let length = row.iter().map(|x| x * x).sum::<f32>().sqrt();
            let by = if length > 0.0 { LENGTH / length } else { 0.0 };
            out.extend(row.iter().map(|x| x * by));
        }
        out
    }
}

/// Each token's vector: the mean of those words of the encoder that share a letter with it.
fn of_tokens(tokens: &[Range<usize>], words: &[WordVector], width: usize) -> Vec<Option<Vec<f32>>> {
    let mut from = 0;
    tokens
        .iter()
        .map(|token| {
            while words.get(from).is_some_and(|(w, _)| w.end <= token.start) {
                from += 1;
            }
            let mut sum: Option<Vec<f32>> = None;
            let mut count = 0.0_f32;
            for (_, vector) in words[from..]
                .iter()
                .take_while(|(w, _)| w.start < token.end)
            {
                let vector = vector.get(..width)?;
                count += 1.0;
                match &mut sum {
                    Some(sum) => sum.iter_mut().zip(vector).for_each(|(sum, x)| *sum += x),
                    None => sum = Some(vector.to_vec()),
                }
            }
            sum.as_mut()?.iter_mut().for_each(|x| *x /= count);
            sum
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Lengths;

    impl Meanings for Lengths {
        fn vectors(&self, texts: &[&str]) -> Vec<Vec<f32>> {
            vec![vec![1.0; LANES]; texts.len()]
        }

        /// A word's vector points where its length says.
        fn words(&self, texts: &[&str]) -> Vec<Vec<WordVector>> {
            let vectors = |text: &&str| {
                let words = super::super::super::text::spans(text);
                words
                    .map(|span| {
                        let mut vector = vec![0.0; LANES];
                        vector[span.len() % LANES] = 1.0;
                        (span, vector)
                    })
                    .collect()
            };
            texts.iter().map(vectors).collect()
        }
    }

    #[test]
    fn each_token_has_a_vector_of_one_length_and_a_sign_without_a_word_has_zeros() {
        let text = "to Graz !";
        let tokens = vec![0..2, 3..7, 8..9];
        let (sense, rows) = Sense::learn(Arc::new(Lengths), &[(text, tokens.clone())]);
        assert_eq!(sense.width(), LANES);
        assert_eq!(sense.rows(text, &tokens), rows[0]);
        let lengths: Vec<f32> = rows[0]
            .chunks(LANES)
            .map(|row| row.iter().map(|x| x * x).sum::<f32>().sqrt())
            .collect();
        assert!((lengths[0] - LENGTH).abs() < 1e-4 && (lengths[1] - LENGTH).abs() < 1e-4);
        assert!(lengths[2] == 0.0);
    }
}
