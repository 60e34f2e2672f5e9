//! Record ids: 15 and 18 characters long, their check characters, and making new ones.
//! Which record an id belongs to is left to the tables.

/// Digits of base 62 in ASCII order, so that ids sort in the order in which they were made.
const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const CHECKS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";

/// Reads an id of 15 or 18 characters and gives its 18-character form; `None` when it cannot be one.
///
/// The check characters say which letters are capitals, so an 18-character id is read whatever its case.
pub(crate) fn read(text: &str) -> Option<String> {
    if !text.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return None;
    }
    match text.len() {
        15 => Some(lengthen(text)),
        18 => recase(text),
        _ => None,
    }
}

/// The 18-character form of a 15-character id.
pub(crate) fn lengthen(short: &str) -> String {
    let mut id = short.to_owned();
    for group in short.as_bytes().chunks(5) {
        let bits = group
            .iter()
            .enumerate()
            .filter(|(_, b)| b.is_ascii_uppercase())
            .fold(0, |bits, (i, _)| bits | 1 << i);
        id.push(char::from(CHECKS[bits]));
    }
    id
}

fn recase(text: &str) -> Option<String> {
    let (short, checks) = text.as_bytes().split_at(15);
    let mut id = String::with_capacity(18);
    for (group, check) in short.chunks(5).zip(checks) {
        let check = check.to_ascii_uppercase();
        let bits = CHECKS.iter().position(|c| *c == check)?;
        for (i, byte) in group.iter().enumerate() {
            let capital = bits >> i & 1 == 1;
            if capital && !byte.is_ascii_alphabetic() {
                return None;
            }
            let byte = if capital {
                byte.to_ascii_uppercase()
            } else {
                byte.to_ascii_lowercase()
            };
            id.push(char::from(byte));
        }
    }
    Some(lengthen(&id))
}

/// Makes ids: rising, never the same twice, and the same ones at each run when a seed is given.
pub(crate) struct Ids {
    last: u64,
}

impl Ids {
    pub(crate) fn new(seed: Option<u64>) -> Ids {
        let seed =
            seed.unwrap_or_else(|| getrandom::u64().expect("the system has a random generator"));
        // Room for 62^5 steps below and for as many ids above within the nine digits of an id.
        Ids {
            last: mix(seed) % 62u64.pow(7),
        }
    }

    /// The next id of an object, by its key prefix such as `00Q`.
    pub(crate) fn next(&mut self, prefix: &str) -> String {
        self.last += 1 + mix(self.last) % 61;
        let mut digits = [b'0'; 9];
        let mut rest = self.last;
        for digit in digits.iter_mut().rev() {
            *digit = DIGITS[(rest % 62) as usize];
            rest /= 62;
        }
        let digits = std::str::from_utf8(&digits).expect("the digits are ASCII");
        lengthen(&format!("{prefix}Sb0{digits}"))
    }
}

/// SplitMix64, to spread a counter; nothing secret is made with it.
fn mix(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengthens_ids_as_printed_in_the_vendors_documentation() {
        for (short, long) in [
            ("001D000000IqhSL", "001D000000IqhSLIAZ"),
            ("001D000000Iomaz", "001D000000IomazIAB"),
            ("003RO0000035WQg", "003RO0000035WQgYAM"),
            ("01gRO0000016PIA", "01gRO0000016PIAYA2"),
            ("00Q000000000001", "00Q000000000001EAA"),
            ("006000000000001", "006000000000001AAA"),
        ] {
            assert_eq!(lengthen(short), long);
            assert_eq!(read(short).as_deref(), Some(long));
            assert_eq!(read(long).as_deref(), Some(long));
        }
    }

    #[test]
    fn reads_a_long_id_whose_case_was_lost() {
        assert_eq!(
            read("001d000000iqhsliaz").as_deref(),
            Some("001D000000IqhSLIAZ")
        );
    }

    #[test]
    fn refuses_what_cannot_be_an_id() {
        for text in [
            "",
            "23foo",
            "00Q00000000000",
            "00Q000000000001EA",
            "00Q000000000001EAB",
            "00Q-00000000001",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn makes_the_same_rising_ids_from_the_same_seed() {
        let (mut a, mut b) = (Ids::new(Some(7)), Ids::new(Some(7)));
        let made: Vec<_> = (0..50).map(|_| a.next("00Q")).collect();
        assert!(made.iter().all(|id| *id == b.next("00Q")));
        assert!(made.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(made.iter().all(|id| read(id).as_deref() == Some(id)));
    }
}
