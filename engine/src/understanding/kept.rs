//! What was learnt, as bytes that a shell may keep between runs: numbers bit for bit, so that what is taken up again answers
//! as what was learnt did. Which bytes belong to which bot is told by a key; where they lie is the shell's.

use std::hash::{Hash, Hasher};

use sha2::{Digest as _, Sha256};

use crate::fixed::{FixedMap, FixedSet};

/// Changes with every change of the engine's sources: what was learnt by others is of no use.
const RECIPE: &str = env!("TURNWISE_RECIPE");

/// The name of what is learnt from these parts, 32 hex digits: equal where and only where they are equal and this engine was
/// built from the same sources.
pub(super) fn key<T: AsRef<[u8]>>(parts: impl IntoIterator<Item = T>) -> String {
    let mut digest = Sha256::new();
    let mut add = |part: &[u8]| {
        digest.update((part.len() as u64).to_le_bytes());
        digest.update(part);
    };
    add(RECIPE.as_bytes());
    parts.into_iter().for_each(|part| add(part.as_ref()));
    let digest = digest.finalize();
    digest[..16].iter().map(|b| format!("{b:02x}")).collect()
}

/// Something that can be kept.
pub(super) trait Keep: Sized {
    /// Writes it down.
    fn put(&self, out: &mut Vec<u8>);

    /// Reads it; `None` where the bytes are none of these, then the rest of them is of no use either.
    fn take(bytes: &mut &[u8]) -> Option<Self>;
}

fn split<'b>(bytes: &mut &'b [u8], count: usize) -> Option<&'b [u8]> {
    let (first, rest) = bytes.split_at_checked(count)?;
    *bytes = rest;
    Some(first)
}

macro_rules! numbers {
    ($($number:ty),*) => {$(
        impl Keep for $number {
            fn put(&self, out: &mut Vec<u8>) {
                out.extend(self.to_le_bytes());
            }

            fn take(bytes: &mut &[u8]) -> Option<Self> {
                let taken = split(bytes, size_of::<$number>())?;
                Some(<$number>::from_le_bytes(taken.try_into().ok()?))
            }
        }
    )*};
}

numbers!(u32, u64, f32);

impl Keep for usize {
    fn put(&self, out: &mut Vec<u8>) {
        (*self as u64).put(out);
    }

    fn take(bytes: &mut &[u8]) -> Option<Self> {
        u64::take(bytes)?.try_into().ok()
    }
}

impl Keep for bool {
    fn put(&self, out: &mut Vec<u8>) {
        out.push(u8::from(*self));
    }

    fn take(bytes: &mut &[u8]) -> Option<Self> {
        match split(bytes, 1)? {
            [0] => Some(false),
            [1] => Some(true),
            _ => None,
        }
    }
}

impl Keep for String {
    fn put(&self, out: &mut Vec<u8>) {
        self.len().put(out);
        out.extend(self.as_bytes());
    }

    fn take(bytes: &mut &[u8]) -> Option<Self> {
        let length = usize::take(bytes)?;
        Some(std::str::from_utf8(split(bytes, length)?).ok()?.to_owned())
    }
}

impl<T: Keep> Keep for Option<T> {
    fn put(&self, out: &mut Vec<u8>) {
        self.is_some().put(out);
        if let Some(it) = self {
            it.put(out);
        }
    }

    fn take(bytes: &mut &[u8]) -> Option<Self> {
        if bool::take(bytes)? {
            Some(Some(T::take(bytes)?))
        } else {
            Some(None)
        }
    }
}

impl<A: Keep, B: Keep> Keep for (A, B) {
    fn put(&self, out: &mut Vec<u8>) {
        self.0.put(out);
        self.1.put(out);
    }

    fn take(bytes: &mut &[u8]) -> Option<Self> {
        Some((A::take(bytes)?, B::take(bytes)?))
    }
}

impl<T: Keep> Keep for Vec<T> {
    fn put(&self, out: &mut Vec<u8>) {
        self.len().put(out);
        self.iter().for_each(|it| it.put(out));
    }

    fn take(bytes: &mut &[u8]) -> Option<Self> {
        let length = usize::take(bytes)?;
        // A length that can't be true must not reserve memory.
        let mut taken = Vec::with_capacity(length.min(bytes.len() / size_of::<T>().max(1)));
        for _ in 0..length {
            taken.push(T::take(bytes)?);
        }
        Some(taken)
    }
}

impl<T: Keep + Hash + Eq + Ord, H: Hasher + Default> Keep for FixedSet<T, H> {
    fn put(&self, out: &mut Vec<u8>) {
        // In order, so that equal sets are equal bytes.
        let mut all: Vec<&T> = self.iter().collect();
        all.sort_unstable();
        all.len().put(out);
        all.into_iter().for_each(|it| it.put(out));
    }

    fn take(bytes: &mut &[u8]) -> Option<Self> {
        Some(Vec::take(bytes)?.into_iter().collect())
    }
}

impl<K: Keep + Hash + Eq + Ord, V: Keep, H: Hasher + Default> Keep for FixedMap<K, V, H> {
    fn put(&self, out: &mut Vec<u8>) {
        let mut all: Vec<(&K, &V)> = self.iter().collect();
        all.sort_unstable_by(|a, b| a.0.cmp(b.0));
        all.len().put(out);
        for (key, value) in all {
            key.put(out);
            value.put(out);
        }
    }

    fn take(bytes: &mut &[u8]) -> Option<Self> {
        Some(Vec::take(bytes)?.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole<T: Keep>(mut bytes: &[u8]) -> Option<T> {
        let taken = T::take(&mut bytes)?;
        bytes.is_empty().then_some(taken)
    }

    type Sample = (Vec<(String, Option<f32>)>, FixedMap<u64, bool>);

    fn sample() -> Sample {
        let texts = vec![
            ("größer".to_owned(), Some(-0.0)),
            (String::new(), Some(f32::MIN_POSITIVE)),
            ("x".to_owned(), None),
        ];
        (texts, FixedMap::from_iter([(7, true), (3, false)]))
    }

    fn bytes() -> Vec<u8> {
        let mut out = Vec::new();
        sample().put(&mut out);
        out
    }

    #[test]
    fn what_is_taken_up_is_what_was_kept() {
        let taken: Sample = whole(&bytes()).unwrap();
        assert_eq!(taken, sample());
        assert_eq!(taken.0[0].1.unwrap().to_bits(), (-0.0_f32).to_bits());
        assert_eq!(bytes(), bytes());
    }

    #[test]
    fn bytes_that_are_cut_off_or_longer_or_absurd_are_nothing() {
        let all = bytes();
        for end in 0..all.len() {
            assert_eq!(whole::<Sample>(&all[..end]), None, "{end}");
        }
        assert_eq!(whole::<Sample>(&[all, vec![0]].concat()), None);
        assert_eq!(whole::<Vec<f32>>(&[0xff; 16]), None);
        assert_eq!(whole::<bool>(&[2]), None);
    }

    #[test]
    fn a_key_tells_where_one_part_ends() {
        assert_eq!(key(["ab", "c"]).len(), 32);
        assert_eq!(key(["ab", "c"]), key(["ab", "c"]));
        assert_ne!(key(["ab", "c"]), key(["a", "bc"]));
    }
}
