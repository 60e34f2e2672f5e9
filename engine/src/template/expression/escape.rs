//! What a value brings stays data: no formatting in a text, no way out of an address or a path.
//! Which of them a value stands in is the phrase's to know.

/// A value as a part of a path that it can't leave (RFC 3986, section 2.3).
pub(super) fn encoded(text: &str, out: &mut String) {
    for byte in text.bytes() {
        match byte {
            b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
            byte if byte.is_ascii_alphanumeric() => out.push(char::from(byte)),
            byte => out.push_str(&format!("%{byte:02X}")),
        }
    }
}

/// A value as it was typed: signs that would mean something to Markdown are escaped. An underline within a word means
/// nothing there.
pub(super) fn data(text: &str, out: &mut String) {
    let mut before: Option<char> = None;
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        let word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        let mark = match letter {
            '[' | ']' | '*' | '`' | '~' => true,
            '_' => !(word(before) && word(letters.peek().copied())),
            '\\' => letters.peek().is_some_and(char::is_ascii_punctuation),
            _ => false,
        };
        if mark {
            out.push('\\');
        }
        out.push(letter);
        before = Some(letter);
    }
}

/// A value as the address of a link, which it can't leave.
pub(super) fn address(text: &str, out: &mut String) {
    for letter in text.chars() {
        match letter {
            ' ' => out.push_str("%20"),
            '(' => out.push_str("%28"),
            ')' => out.push_str("%29"),
            '<' => out.push_str("%3C"),
            '>' => out.push_str("%3E"),
            '\\' => out.push_str("%5C"),
            letter if letter.is_control() => {}
            letter => out.push(letter),
        }
    }
}
