//! The small Markdown in which a bot speaks, on a terminal: bold and emphasis as styles, a link as its title and address.
//! What is not listed here stays as it was written.

/// One line; without `colour` its marks are taken off.
pub(super) fn shown(line: &str, colour: bool) -> String {
    let mut out = String::new();
    let mut rest = line;
    while let Some(here) = rest.chars().next() {
        let (text, used) = match here {
            '\\' => escaped(rest),
            '[' => link(rest, colour),
            '*' | '_' | '~' | '`' => marked(rest, out.chars().last(), colour),
            _ => None,
        }
        .unwrap_or_else(|| (here.to_string(), here.len_utf8()));
        out.push_str(&text);
        rest = &rest[used..];
    }
    out
}

/// A text in a style, by its number.
pub(super) fn styled(style: &str, text: &str, colour: bool) -> String {
    if colour && !text.is_empty() {
        format!("\x1b[{style}m{text}\x1b[0m")
    } else {
        text.to_owned()
    }
}

/// What is shown, and the bytes it took.
type Found = Option<(String, usize)>;

fn escaped(rest: &str) -> Found {
    let next = rest.chars().nth(1).filter(char::is_ascii_punctuation)?;
    Some((next.to_string(), 2))
}

/// `[title](address)` as `title <address>`.
fn link(rest: &str, colour: bool) -> Found {
    let (title, after) = rest[1..].split_once("](")?;
    let (address, _) = after.split_once(')')?;
    let web = address.starts_with("https://") || address.starts_with("http://");
    if !web || title.is_empty() || title.contains('[') || address.contains(char::is_whitespace) {
        return None;
    }
    let used = 1 + title.len() + 2 + address.len() + 1;
    Some((format!("{} <{address}>", shown(title, colour)), used))
}

fn marked(rest: &str, before: Option<char>, colour: bool) -> Found {
    let marks = [
        ("**", "1"),
        ("__", "1"),
        ("~~", "9"),
        ("*", "3"),
        ("_", "3"),
        ("`", "0"),
    ];
    let (mark, style) = marks.into_iter().find(|(mark, _)| rest.starts_with(mark))?;
    let wordy = mark.starts_with('_');
    // `snake_case` is no emphasis, and neither is `2 * 3 * 4`.
    if wordy && before.is_some_and(char::is_alphanumeric) {
        return None;
    }
    let (inner, after) = rest[mark.len()..].split_once(mark)?;
    let tight = !inner.is_empty()
        && !inner.starts_with(char::is_whitespace)
        && !inner.ends_with(char::is_whitespace);
    let split_word = wordy && after.starts_with(char::is_alphanumeric);
    let half_of_two = mark.len() == 1 && mark != "`" && after.starts_with(mark);
    if !tight || split_word || half_of_two {
        return None;
    }
    let used = inner.len() + 2 * mark.len();
    let inner = match mark {
        "`" => inner.to_owned(),
        _ => shown(inner, colour),
    };
    Some((styled(style, &inner, colour && style != "0"), used))
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn marks_become_styles_or_are_taken_off() {
        let table = [
            ("**Done:** Ida", "\x1b[1mDone:\x1b[0m Ida", "Done: Ida"),
            ("say *cancel*.", "say \x1b[3mcancel\x1b[0m.", "say cancel."),
            (
                "[Open](https://a.example/x)",
                "Open <https://a.example/x>",
                "Open <https://a.example/x>",
            ),
            (
                "[Open](javascript:x)",
                "[Open](javascript:x)",
                "[Open](javascript:x)",
            ),
            (
                "a snake_case_name",
                "a snake_case_name",
                "a snake_case_name",
            ),
            ("2 * 3 * 4", "2 * 3 * 4", "2 * 3 * 4"),
            ("\\*as it is\\*", "*as it is*", "*as it is*"),
            ("`a*b*`", "a*b*", "a*b*"),
            ("**half", "**half", "**half"),
        ];
        for (written, coloured, plain) in table {
            assert_eq!(shown(written, true), coloured, "{written}");
            assert_eq!(shown(written, false), plain, "{written}");
        }
    }
}
