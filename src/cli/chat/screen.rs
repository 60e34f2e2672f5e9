//! How messages look in a terminal: the bot's lines flush left, the user's after `› `, choices numbered, a card as aligned
//! pairs, a sign-in link on a line of its own. What comes from users and their org is data here: no byte of it steers the
//! terminal.

use serde_json::Value;
use turnwise_engine::conversation::Awaiting;
use unicode_width::UnicodeWidthStr;

use super::terminal::PROMPT;
use super::{marks, table};
use crate::runtime::trace::Traced;

/// Choices in a row, while they are as few and as short as buttons.
const ROW: usize = 60;

/// A screen.
pub(super) struct Screen {
    /// Columns.
    pub(super) width: usize,
    /// Whether bold and dim are shown.
    pub(super) colour: bool,
}

/// The choices of a message that are chosen by their number. A table's rows have the numbers there.
pub(super) fn numbered(message: &Value) -> Vec<(String, Value)> {
    if message["kind"] == "table" {
        return Vec::new();
    }
    let choices = message["choices"].as_array().into_iter().flatten();
    choices
        .map(|choice| (text_of(&choice["title"]), choice["value"].clone()))
        .collect()
}

impl Screen {
    /// A message of the user.
    pub(super) fn of_user(&self, text: &str) -> String {
        format!("{PROMPT}{}\n", harmless(text).replace('\n', "\n  "))
    }

    /// A message of the bot.
    pub(super) fn message(&self, message: &Value) -> String {
        let mut lines = Vec::new();
        let said = heading(message);
        if !said.is_empty() {
            let shown = said.lines().map(|line| marks::shown(line, self.colour));
            lines.extend(shown);
        }
        match message["kind"].as_str() {
            Some("card") => self.card(message, &said, &mut lines),
            Some("table") => lines.extend(self.table(message)),
            Some("sign_in") => lines.extend(
                [text_of(&message["url"])]
                    .into_iter()
                    .filter(|url| !url.is_empty()),
            ),
            _ => {}
        }
        lines.extend(self.choices(message));
        lines.push(String::new());
        lines.join("\n")
    }

    /// How a turn was thought.
    pub(super) fn trace(&self, traced: &Traced) -> String {
        let mut lines = traced.lines.clone();
        for dialog in traced.dialogs.as_array().into_iter().flatten() {
            let slots = dialog["slots"].as_object().into_iter().flatten();
            let slots: Vec<String> = slots.map(|(id, value)| format!(" {id}={value}")).collect();
            lines.push(format!(
                "dialog {}{}",
                text_of(&dialog["template"]),
                slots.concat()
            ));
        }
        lines.push(format!("awaits {}", awaited(&traced.awaiting)));
        lines
            .iter()
            .map(|line| format!("{}\n", self.dim(&format!("  · {}", harmless(line)))))
            .collect()
    }

    fn card(&self, message: &Value, said: &str, lines: &mut Vec<String>) {
        let title = text_of(&message["title"]);
        if !title.is_empty() && !said.contains(&title) {
            lines.push(self.bold(&title));
        }
        let fields: Vec<&Value> = message["fields"].as_array().into_iter().flatten().collect();
        let labels: Vec<String> = fields
            .iter()
            .map(|field| text_of(&field["label"]))
            .collect();
        let widest = labels.iter().map(|label| label.width()).max().unwrap_or(0);
        // A label that takes half the screen leaves no room for its value.
        let column = widest.min(self.width / 2);
        for (field, label) in fields.iter().zip(&labels) {
            let value = text_of(&field["value"]);
            let shown = match field["was"].as_str() {
                Some(was) => format!("{} → {}", or_dash(&harmless(was)), or_dash(&value)),
                None => value,
            };
            let room = self.width.saturating_sub(column + 4).max(10);
            let mut parts = table::wrapped(&shown, room).into_iter();
            let label = self.dim(&table::padded(label, column));
            lines.push(format!("  {label}  {}", parts.next().unwrap_or_default()));
            lines.extend(parts.map(|part| format!("{}{part}", " ".repeat(column + 4))));
        }
        let url = text_of(&message["url"]);
        if !url.is_empty() {
            lines.push(url);
        }
    }

    fn table(&self, message: &Value) -> Vec<String> {
        let first = message["first"].as_u64().unwrap_or(1);
        let texts = |row: &Value| -> Vec<String> {
            row.as_array().into_iter().flatten().map(text_of).collect()
        };
        let rows: Vec<Vec<String>> = message["rows"]
            .as_array()
            .into_iter()
            .flatten()
            .map(texts)
            .collect();
        let last = (first + rows.len() as u64).saturating_sub(1);
        let mut drawn = table::drawn(&texts(&message["columns"]), &rows, first, self.width);
        if let Some(head) = drawn.first_mut() {
            *head = self.bold(head);
        }
        if let Some(total) = message["total"].as_u64().filter(|total| *total > last) {
            drawn.push(self.dim(&format!("{last} of {total}")));
        }
        drawn
    }

    fn choices(&self, message: &Value) -> Vec<String> {
        let numbered = numbered(message);
        if numbered.is_empty() {
            let titles = message["choices"].as_array().into_iter().flatten();
            let titles: Vec<String> = titles
                .map(|choice| format!("[{}]", text_of(&choice["title"])))
                .collect();
            return Some(titles.join(" "))
                .into_iter()
                .filter(|row| !row.is_empty())
                .collect();
        }
        let each: Vec<String> = numbered
            .iter()
            .enumerate()
            .map(|(n, (title, _))| format!("{} {title}", n + 1))
            .collect();
        let row = format!("  {}", each.join("   "));
        if message["kind"] != "choices" && row.width() <= ROW.min(self.width) {
            return vec![row];
        }
        each.iter().map(|choice| format!("  {choice}")).collect()
    }

    fn bold(&self, text: &str) -> String {
        marks::styled("1", text, self.colour)
    }

    fn dim(&self, text: &str) -> String {
        marks::styled("2", text, self.colour)
    }
}

/// The text of a message without what is drawn beside it; by itself it lists fields and rows again.
fn heading(message: &Value) -> String {
    let text = text_of(&message["text"]);
    let begins = match message["kind"].as_str() {
        Some("card") => {
            let label = text_of(&message["fields"][0]["label"]);
            Some(format!("\n{label}: ")).filter(|_| !label.is_empty())
        }
        Some("table") => Some(format!("\n{}. ", message["first"].as_u64().unwrap_or(1))),
        _ => None,
    };
    // A text may begin with its first row.
    let text = format!("\n{text}");
    let end = begins.and_then(|begins| text.find(&begins));
    text[..end.unwrap_or(text.len())].trim().to_owned()
}

fn awaited(awaiting: &Awaiting) -> String {
    match awaiting {
        Awaiting::Nothing => "nothing".to_owned(),
        Awaiting::Call => "a call".to_owned(),
        Awaiting::Slot { slot } => format!("slot {slot}"),
        Awaiting::Confirm { what } => {
            let what = serde_json::to_value(what).unwrap_or_default();
            format!("a yes or no: {}", text_of(&what["what"]))
        }
        Awaiting::Choice { options, .. } => format!("one of {}", options.len()),
        Awaiting::Authorization { integration, .. } => format!("a sign-in to {integration}"),
        Awaiting::Code { integration } => format!("the code of {integration}"),
    }
}

fn text_of(value: &Value) -> String {
    harmless(value.as_str().unwrap_or_default())
}

fn or_dash(text: &str) -> &str {
    if text.is_empty() { "–" } else { text }
}

/// A text without what would steer the terminal.
fn harmless(text: &str) -> String {
    let steers = |c: char| c.is_control() && c != '\n';
    let hidden = |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.replace("\r\n", "\n")
        .replace('\t', " ")
        .chars()
        .filter(|c| !steers(*c) && !hidden(*c))
        .collect()
}

#[cfg(test)]
mod tests;
