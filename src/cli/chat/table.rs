//! Columns: cells padded, wrapped or cut by the room they take on a screen, where some letters take two places and some
//! none. What stands in the cells is the caller's.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// What stands between two columns.
const GAP: usize = 2;
/// A column is not made narrower than this.
const NARROWEST: usize = 4;

/// A table, its head first, each row with its number in front: people say "2".
pub(super) fn drawn(
    columns: &[String],
    rows: &[Vec<String>],
    first: u64,
    width: usize,
) -> Vec<String> {
    let last = (first + rows.len() as u64).saturating_sub(1);
    let numbers = last.to_string().width();
    let mut widths: Vec<usize> = (0..columns.len())
        .map(|n| {
            let cells = rows
                .iter()
                .filter_map(|row| row.get(n))
                .map(|cell| one_line(cell).width());
            cells.chain([columns[n].width()]).max().unwrap_or(0)
        })
        .collect();
    // The widest column gives way first.
    while numbers + widths.iter().map(|w| w + GAP).sum::<usize>() > width {
        match widths.iter_mut().max() {
            Some(widest) if *widest > NARROWEST => *widest -= 1,
            _ => break,
        }
    }
    let line = |number: &str, cells: &[String]| {
        let mut line = format!("{number:>numbers$}");
        for (n, width) in widths.iter().enumerate() {
            let cell = cells.get(n).map(|cell| one_line(cell)).unwrap_or_default();
            line.push_str(&" ".repeat(GAP));
            line.push_str(&padded(&cut(&cell, *width), *width));
        }
        line.trim_end().to_owned()
    };
    let head = line("", columns);
    let rows = rows
        .iter()
        .zip(first..)
        .map(|(row, number)| line(&number.to_string(), row));
    std::iter::once(head).chain(rows).collect()
}

/// A text with spaces behind it.
pub(super) fn padded(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(text.width())))
}

/// A text in lines of this width, broken between words where there are any.
pub(super) fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for paragraph in text.lines() {
        let mut line = String::new();
        for word in paragraph.split(' ') {
            let gap = usize::from(!line.is_empty());
            if gap == 1 && line.width() + gap + word.width() > width {
                lines.push(std::mem::take(&mut line));
            } else if gap == 1 {
                line.push(' ');
            }
            for letter in word.chars() {
                if line.width() + letter.width().unwrap_or(0) > width {
                    lines.push(std::mem::take(&mut line));
                }
                line.push(letter);
            }
        }
        lines.push(line);
    }
    lines
}

fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut room = width.saturating_sub(1);
    for letter in text.chars() {
        let takes = letter.width().unwrap_or(0);
        if takes > room {
            break;
        }
        room -= takes;
        out.push(letter);
    }
    format!("{}…", out.trim_end())
}

fn one_line(text: &str) -> String {
    text.replace('\n', " ")
}
