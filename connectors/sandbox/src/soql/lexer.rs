//! Cuts a statement into tokens: words, quoted text, numbers, dates, signs.
//! What they mean together is left to the parser.

use jiff::Timestamp;
use jiff::civil::Date;

use super::Malformed;
use crate::clock;

/// A token and the byte where it begins.
#[derive(Debug, Clone)]
pub(crate) struct Token {
    pub(crate) at: usize,
    pub(crate) kind: Kind,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Kind {
    /// A keyword, a name with dots, or a date literal with its number such as `LAST_N_DAYS:7`.
    Word(String),
    Text(Vec<Letter>),
    Number(f64),
    Date(Date),
    DateTime(Timestamp),
    Sign(&'static str),
    End,
}

/// A character of quoted text. `%` and `_` are wildcards of LIKE, unless they were written `\%` and `\_`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Letter {
    pub(crate) char: char,
    /// Whether it stands for itself where it would be a wildcard.
    pub(crate) escaped: bool,
}

impl Letter {
    pub(crate) fn plain(char: char) -> Letter {
        Letter {
            char,
            escaped: false,
        }
    }

    pub(crate) fn escaped(char: char) -> Letter {
        Letter {
            char,
            escaped: true,
        }
    }
}

const SIGNS: [&str; 12] = [
    "<=", ">=", "!=", "<>", "(", ")", ",", "=", "<", ">", ":", "{",
];

/// The tokens from a byte on, with an `End` behind them.
pub(crate) fn tokens(text: &str, from: usize) -> Result<Vec<Token>, Malformed> {
    let mut found = Vec::new();
    let mut at = from;
    while let Some(c) = text[at..].chars().next() {
        let rest = &text[at..];
        let length = if c.is_whitespace() {
            at += c.len_utf8();
            continue;
        } else if c.is_ascii_alphabetic() || c == '_' {
            word(rest)
        } else if c == '\'' {
            let (letters, length) = quoted(rest, at)?;
            found.push(Token {
                at,
                kind: Kind::Text(letters),
            });
            at += length;
            continue;
        } else if c.is_ascii_digit() || (matches!(c, '-' | '+' | '.') && starts_number(&rest[1..]))
        {
            let length = rest
                .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '+' | ':' | '.')))
                .unwrap_or(rest.len());
            found.push(Token {
                at,
                kind: number(&rest[..length], at)?,
            });
            at += length;
            continue;
        } else if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
            found.push(Token {
                at,
                kind: Kind::Sign(sign),
            });
            at += sign.len();
            continue;
        } else {
            return Err(unexpected(at, &c.to_string()));
        };
        found.push(Token {
            at,
            kind: Kind::Word(rest[..length].to_owned()),
        });
        at += length;
    }
    found.push(Token {
        at: text.len(),
        kind: Kind::End,
    });
    Ok(found)
}

pub(super) fn unexpected(at: usize, token: &str) -> Malformed {
    Malformed {
        at,
        message: format!("unexpected token: '{token}'"),
    }
}

fn starts_number(rest: &str) -> bool {
    rest.starts_with(|c: char| c.is_ascii_digit() || c == '.')
}

/// The length of a word; a colon belongs to it when a number follows, as in `LAST_N_DAYS:7`.
fn word(rest: &str) -> usize {
    let part = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
    let length = rest.find(|c| !part(c)).unwrap_or(rest.len());
    let Some(behind) = rest[length..].strip_prefix(':') else {
        return length;
    };
    let digits = behind
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(behind.len());
    if digits == 0 {
        length
    } else {
        length + 1 + digits
    }
}

/// The letters between quotes, and how many bytes quotes and all take.
fn quoted(rest: &str, at: usize) -> Result<(Vec<Letter>, usize), Malformed> {
    let mut letters = Vec::new();
    let mut chars = rest.char_indices().skip(1);
    while let Some((i, c)) = chars.next() {
        match c {
            '\'' => return Ok((letters, i + 1)),
            '\\' => letters.push(escaped(&mut chars).ok_or(Malformed {
                at: at + i,
                message: "Illegal escape character in string literal".into(),
            })?),
            _ => letters.push(Letter::plain(c)),
        }
    }
    Err(Malformed {
        at,
        message: "line ended before the quoted string was closed".into(),
    })
}

fn escaped(chars: &mut impl Iterator<Item = (usize, char)>) -> Option<Letter> {
    let (_, c) = chars.next()?;
    let char = match c {
        'n' | 'N' => '\n',
        'r' | 'R' => '\r',
        't' | 'T' => '\t',
        'b' | 'B' => '\u{8}',
        'f' | 'F' => '\u{c}',
        '"' | '\'' | '\\' => c,
        '%' | '_' => return Some(Letter::escaped(c)),
        'u' | 'U' => {
            let digits: String = chars.take(4).map(|(_, c)| c).collect();
            let code = u32::from_str_radix(&digits, 16)
                .ok()
                .filter(|_| digits.len() == 4)?;
            char::from_u32(code)?
        }
        _ => return None,
    };
    Some(Letter::plain(char))
}

fn number(text: &str, at: usize) -> Result<Kind, Malformed> {
    if let Some(date) = clock::read_date(text) {
        return Ok(Kind::Date(date));
    }
    // A time without a zone is refused by the real org too.
    if let Some((_, time)) = text.split_once('T')
        && (time.ends_with('Z') || time.contains(['+', '-']))
        && let Some(time) = clock::read_datetime(text)
    {
        return Ok(Kind::DateTime(time));
    }
    text.parse()
        .ok()
        .filter(|n: &f64| n.is_finite())
        .map(Kind::Number)
        .ok_or_else(|| unexpected(at, text))
}
