//! The tokens of a model, found by their letters. A table of ids by hash over the text as it stands in the file, so that
//! 25,000 tokens take a tenth of a megabyte.

/// Tokens and their ids.
#[derive(Debug)]
pub(crate) struct Vocabulary<'a> {
    text: &'a str,
    /// Where each token begins; one more than tokens.
    starts: Vec<u32>,
    /// Open addressing: id + 1, or 0 where nothing stands.
    slots: Vec<u32>,
}

/// What stands before a token that goes on a word.
const GOES_ON: &[u8] = b"##";

impl<'a> Vocabulary<'a> {
    pub(crate) fn of(text: &'a str) -> Vocabulary<'a> {
        let mut starts = vec![0];
        starts.extend(text.match_indices('\n').map(|(at, _)| at as u32 + 1));
        starts.push(text.len() as u32 + 1);
        let count = starts.len() - 1;
        let mut vocabulary = Vocabulary {
            text,
            starts,
            slots: vec![0; (count * 2).next_power_of_two()],
        };
        for id in 0..count as u32 {
            let token = vocabulary.token(id);
            let mut slot = vocabulary.slot(token.iter());
            while vocabulary.slots[slot] != 0 {
                slot = (slot + 1) % vocabulary.slots.len();
            }
            vocabulary.slots[slot] = id + 1;
        }
        vocabulary
    }

    /// The id of a token; `goes_on` for one inside a word.
    pub(crate) fn id(&self, token: &[u8], goes_on: bool) -> Option<u32> {
        let head = if goes_on { GOES_ON } else { b"" };
        let mut slot = self.slot(head.iter().chain(token));
        loop {
            let id = self.slots[slot].checked_sub(1)?;
            if self.token(id).strip_prefix(head) == Some(token) {
                return Some(id);
            }
            slot = (slot + 1) % self.slots.len();
        }
    }

    fn token(&self, id: u32) -> &'a [u8] {
        let start = self.starts[id as usize] as usize;
        let end = self.starts[id as usize + 1] as usize - 1;
        &self.text.as_bytes()[start..end]
    }

    /// FNV-1a, folded into the table.
    fn slot<'b>(&self, bytes: impl Iterator<Item = &'b u8>) -> usize {
        let hash = bytes.fold(0x811c_9dc5_u32, |hash, byte| {
            (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193)
        });
        (hash ^ (hash >> 15)) as usize % self.slots.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_found_by_their_letters_at_the_start_of_a_word_and_inside() {
        let vocabulary = Vocabulary::of("[PAD]\n[UNK]\nlead\n##er\ner");
        assert_eq!(vocabulary.id(b"lead", false), Some(2));
        assert_eq!(vocabulary.id(b"er", true), Some(3));
        assert_eq!(vocabulary.id(b"er", false), Some(4));
        assert_eq!(vocabulary.id(b"lead", true), None);
        assert_eq!(vocabulary.id(b"leads", false), None);
    }
}
