//! Record ids: their form, and the 18-character spelling in which ids are compared; and what names look like.
//! Whether a record of that id is there is left to the org.

/// Whether the text has the form of a record id: 15 or 18 characters of base 62, and the right checksum when 18.
pub fn is_id(text: &str) -> bool {
    to_18(text).is_some()
}

/// The 18-character form of an id of 15 or 18 characters; `None` for what is no id.
pub fn to_18(text: &str) -> Option<String> {
    if !matches!(text.len(), 15 | 18) || !text.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return None;
    }
    let base = &text[..15];
    let mut full = base.to_owned();
    for group in base.as_bytes().chunks(5) {
        let bits = group.iter().enumerate().fold(0_usize, |bits, (i, b)| {
            bits | (usize::from(b.is_ascii_uppercase()) << i)
        });
        full.push(char::from(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"[bits]));
    }
    let checked = text.len() == 15 || full[15..].eq_ignore_ascii_case(&text[15..]);
    // A fifteen-letter word is no id: every real one has a digit in its prefix or number.
    (checked && base.bytes().any(|b| b.is_ascii_digit())).then_some(full)
}

/// Whether an id can be one of this object's, by its first three characters; true for an object whose prefix only the org
/// knows.
pub(super) fn fits(object: &str, id: &str) -> bool {
    const PREFIXES: &[(&str, &str)] = &[
        ("Account", "001"),
        ("Contact", "003"),
        ("User", "005"),
        ("Opportunity", "006"),
        ("Lead", "00Q"),
        ("Task", "00T"),
        ("Event", "00U"),
        ("Case", "500"),
        ("Campaign", "701"),
    ];
    let known = PREFIXES.iter().find(|(name, _)| *name == object);
    known.is_none_or(|(_, prefix)| id.starts_with(prefix))
}

/// Whether a text can be the name of an object or a field: what is none never comes into a path.
pub(super) fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    #[test]
    fn gives_the_check_characters_the_vendor_prints() {
        for full in [
            "001D000000IqhSLIAZ",
            "001D000000IomazIAB",
            "003RO0000035WQgYAM",
        ] {
            assert_eq!(to_18(&full[..15]).as_deref(), Some(full));
            assert!(is_id(full));
        }
        assert!(!is_id("001D000000IqhSLIAA"));
        assert!(fits("Account", "001D000000IqhSLIAZ") && !fits("Lead", "001D000000IqhSLIAZ"));
        assert!(fits("Invoice__c", "a0x000000000001AAA"));
        assert!(!is_id("congratulations"));
    }
}
