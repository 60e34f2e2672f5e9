//! Maps and sets that hash alike in every process: the only hash tables of the engine. The shell's own are none of its matter.
//!
//! Why not the standard ones: their seed is random, so what a loop over one meets first would differ from run to run.
//! Why not `BTreeMap`: these hold what was learnt (a hundred thousand features, each looked up in every turn), and a hash finds
//! a word with one comparison where a tree of that size makes seventeen.
//! Why a seed that everyone can read is safe here: **only templates fill these maps**, when they are loaded; a text that a user
//! sends is looked up in them and never put into them, so no sender can make a bucket long. What has keys from outside
//! (slots, values, parsed JSON) is a `BTreeMap` or an `IndexMap`.

use std::hash::{BuildHasherDefault, DefaultHasher};

/// A map with a hash that never changes while a build runs. `H` is SipHash unless the keys are hashes themselves.
#[expect(
    clippy::disallowed_types,
    reason = "the one place that gives it a fixed hasher"
)]
pub type FixedMap<K, V, H = DefaultHasher> = std::collections::HashMap<K, V, BuildHasherDefault<H>>;

/// A set with a hash that never changes while a build runs.
#[expect(
    clippy::disallowed_types,
    reason = "the one place that gives it a fixed hasher"
)]
pub type FixedSet<T, H = DefaultHasher> = std::collections::HashSet<T, BuildHasherDefault<H>>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_maps_of_the_same_keys_are_walked_in_the_same_order() {
        let words = || (0..1000).map(|n| format!("word {n}"));
        let one: FixedSet<String> = words().collect();
        let other: FixedSet<String> = words().collect();
        assert!(one.iter().eq(other.iter()));
        let map = || words().map(|word| (word, ())).collect::<FixedMap<_, _>>();
        assert!(map().keys().eq(map().keys()));
    }
}
