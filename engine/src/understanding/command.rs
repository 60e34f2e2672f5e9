//! Commands, yes and no: a text that is nothing but an entry of the language's lists, politeness aside; and a yes, a no or
//! a command that a longer text begins with.

use std::collections::BTreeMap;
use std::ops::Range;

use super::words::{Words, normal};
use crate::fixed::FixedMap;

/// What a command asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "each is named after its act")]
pub enum Command {
    Cancel,
    Help,
    Why,
    Restart,
    Skip,
    SkipAll,
    DontKnow,
    GoBack,
    Repeat,
    More,
    Undo,
    SignIn,
    SignOut,
    SwitchAccount,
    WhoAmI,
    ForgetMe,
    Affirm,
    Deny,
    Change,
    Hello,
    Noted,
}

/// The lists of the data file, in the order in which they are asked.
const LISTS: [(&str, Command); 21] = [
    ("cancel", Command::Cancel),
    ("restart", Command::Restart),
    ("affirm", Command::Affirm),
    ("deny", Command::Deny),
    ("skip", Command::Skip),
    ("skip_all", Command::SkipAll),
    ("dont_know", Command::DontKnow),
    ("help", Command::Help),
    ("why", Command::Why),
    ("go_back", Command::GoBack),
    ("repeat", Command::Repeat),
    ("more", Command::More),
    ("undo", Command::Undo),
    ("sign_in", Command::SignIn),
    ("sign_out", Command::SignOut),
    ("switch_account", Command::SwitchAccount),
    ("who_am_i", Command::WhoAmI),
    ("forget_me", Command::ForgetMe),
    ("change", Command::Change),
    ("hello", Command::Hello),
    ("noted", Command::Noted),
];

/// How many words a yes or no may have before more is said.
const OPENING: usize = 5;

/// The command that a whole text is.
pub fn command(text: &str, words: &Words) -> Option<Command> {
    if text.len() > 120 {
        return None;
    }
    let whole = normal(text);
    if whole.is_empty() {
        return None;
    }
    let bare = words.without_politeness(&whole);
    let plain = normal(&without_signs(&whole));
    let forms = [words.without_politeness(&plain), plain];
    [whole, bare]
        .iter()
        .chain(forms.iter().filter(|text| !text.is_empty()))
        .find_map(|text| listed(text, words))
        .or_else(|| pieced(text, words))
}

/// "Never mind, not now": pieces that are all commands; a cancel or "that's all" is one whatever stands beside it, else the first counts.
fn pieced(text: &str, words: &Words) -> Option<Command> {
    let mut pieces = text
        .split([',', ';', '.', '!'])
        .map(normal)
        .filter(|piece| !piece.is_empty());
    let of = |piece: String| {
        listed(&words.without_politeness(&piece), words).or_else(|| listed(&piece, words))
    };
    let first = of(pieces.next()?)?;
    let rest: Vec<Command> = pieces.map(of).collect::<Option<_>>()?;
    if rest.is_empty() || rest.len() > 2 {
        return None;
    }
    // "Yes... no wait, don't": who takes a yes back has not said it.
    if first == Command::Affirm && rest.contains(&Command::Deny) {
        return Some(Command::Deny);
    }
    let ends = [Command::Cancel, Command::SkipAll];
    let ends = ends.into_iter().find(|command| rest.contains(command));
    Some(ends.unwrap_or(first))
}

/// A text without emoji and other signs; the signs alone where there is nothing else, without tone and variation marks.
fn without_signs(text: &str) -> String {
    let spoken = |c: char| c.is_alphanumeric() || c.is_whitespace() || "'-/?".contains(c);
    if text.chars().any(char::is_alphanumeric) {
        return text
            .chars()
            .map(|c| if spoken(c) { c } else { ' ' })
            .collect();
    }
    let mut signs = text
        .chars()
        .filter(|c| !matches!(c, '\u{fe0f}' | '\u{1f3fb}'..='\u{1f3ff}') && !c.is_whitespace());
    // Three thumbs say what one says.
    match signs.next() {
        Some(first) if signs.all(|c| c == first) => first.to_string(),
        _ => String::new(),
    }
}

/// A yes, a no or a cancel at the start of a longer text, and the bytes it takes.
pub fn leading(text: &str, words: &Words) -> Option<(Command, Range<usize>)> {
    let start = text.len() - text.trim_start().len();
    let first_end = text[start..]
        .find(|c: char| c.is_whitespace() || ",.;:".contains(c))
        .map_or(text.len(), |n| start + n);
    let first = normal(&text[start..first_end]);
    let found = listed(&first, words)?;
    if !matches!(found, Command::Affirm | Command::Deny | Command::Cancel)
        || first_end == text.len()
    {
        return None;
    }
    let mut end = first_end;
    // "yes please but", "no, the": the words that join are no part of what follows.
    loop {
        let rest = &text[end..];
        let skipped = rest.trim_start_matches(|c: char| c.is_whitespace() || ",.;:".contains(c));
        let joint = words.lead_joints.iter().find(|joint| {
            let head = skipped.get(..joint.len());
            head.is_some_and(|head| head.to_lowercase() == **joint)
        });
        end = text.len() - skipped.len();
        match joint {
            Some(joint) => end += joint.len(),
            None => return Some((found, start..end)),
        }
    }
}

/// A yes or no of several words at the start of a longer text, with a sign behind it or a word that sets right what was said:
/// "go ahead, delete him", "wrong one i meant Ida".
pub(super) fn opening(text: &str, words: &Words) -> Option<(Command, Range<usize>)> {
    let mut spaces = text.match_indices(' ').map(|(at, _)| at).take(OPENING);
    spaces.find_map(|at| {
        let head = &text[..at];
        let rest = text[at..].trim_start();
        let sign = head.ends_with([',', ';', '.', '!', ':']) || rest.starts_with(['-', '–']);
        let found = command(head, words)?;
        let yes_or_no = matches!(found, Command::Affirm | Command::Deny);
        let several = head.trim().contains(' ');
        (several && yes_or_no && (sign || words.retaken(rest).is_some()) && !rest.is_empty())
            .then_some((found, 0..at))
    })
}

fn listed(text: &str, words: &Words) -> Option<Command> {
    entry(text, words).or_else(|| {
        // "Yeeees", "nooo": letters drawn out.
        let (once, twice) = (undrawn(text, 1), undrawn(text, 2));
        let drawn = twice != text;
        let found = drawn.then(|| entry(&once, words).or_else(|| entry(&twice, words)));
        found.flatten()
    })
}

/// A text in which no letter stands more than so often in a row.
fn undrawn(text: &str, most: usize) -> String {
    let mut out = String::with_capacity(text.len());
    let (mut last, mut count) = ('\0', 0);
    for c in text.chars() {
        count = if c == last { count + 1 } else { 1 };
        last = c;
        if count <= most || !c.is_alphabetic() {
            out.push(c);
        }
    }
    out
}

fn entry(text: &str, words: &Words) -> Option<Command> {
    words.entries.get(text).copied()
}

/// Which command each entry of the lists is; one that stands in several is the first's.
pub(super) fn entries(lists: &BTreeMap<String, Vec<String>>) -> FixedMap<String, Command> {
    let mut entries = FixedMap::default();
    for (list, command) in LISTS {
        for entry in lists.get(list).into_iter().flatten() {
            entries.entry(entry.clone()).or_insert(command);
        }
    }
    entries
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::locale::Locale;

    #[test]
    fn a_command_is_the_whole_text_politeness_aside() {
        let words = Words::of(&Locale::of("en-US"));
        let table = [
            ("cancel", Some(Command::Cancel)),
            ("Never mind, cancel", Some(Command::Cancel)),
            ("please stop", Some(Command::Cancel)),
            ("yeeees", Some(Command::Affirm)),
            ("Nooooo!", Some(Command::Deny)),
            ("hmm no, hold off", Some(Command::Deny)),
            ("yes... no wait, don't", Some(Command::Deny)),
            ("yes, yes", Some(Command::Affirm)),
            ("they dont have one", Some(Command::Skip)),
            ("YES", Some(Command::Affirm)),
            ("yess", Some(Command::Affirm)),
            ("👍", Some(Command::Affirm)),
            ("nah", Some(Command::Deny)),
            ("skip it please", Some(Command::Skip)),
            ("I don’t know", Some(Command::DontKnow)),
            ("what can you do?", Some(Command::Help)),
            ("cancel the order of Ms Lake", None),
            ("yes but warm", None),
            ("👍🏽👍🏽", Some(Command::Affirm)),
            ("yep 😀", Some(Command::Affirm)),
            ("oh, forget it", Some(Command::Cancel)),
            ("just skip", Some(Command::Skip)),
            ("log me out please", Some(Command::SignOut)),
            ("Stopford Tiles", None),
            ("No Name Foods", None),
            ("", None),
        ];
        for (text, expected) in table {
            assert_eq!(command(text, words), expected, "{text}");
        }
    }

    #[test]
    fn a_yes_or_no_may_lead_a_longer_text() {
        let words = Words::of(&Locale::of("en-US"));
        let text = "yes but the company is Blue Fern";
        let (found, span) = leading(text, words).unwrap();
        assert_eq!(
            (found, &text[span.end..]),
            (Command::Affirm, "the company is Blue Fern")
        );
        assert_eq!(
            leading("no, hot", words).map(|(c, s)| (c, s.end)),
            Some((Command::Deny, 4))
        );
        assert_eq!(leading("Nora Field", words), None);
    }
}
