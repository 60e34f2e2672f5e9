//! Colour on a terminal: only there, and not where `NO_COLOR` asks for none. Colour carries severity and differences; names
//! are bold, places dim.

use std::io::IsTerminal;

/// Whether and how texts are coloured.
#[derive(Debug, Clone, Copy)]
pub struct Paint {
    /// Whether at all.
    pub colour: bool,
}

impl Paint {
    /// For what is printed on stdout.
    pub fn stdout() -> Paint {
        Paint::on(std::io::stdout().is_terminal())
    }

    /// For what is logged on stderr.
    pub fn stderr() -> Paint {
        Paint::on(std::io::stderr().is_terminal())
    }

    fn on(terminal: bool) -> Paint {
        let unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Paint {
            colour: terminal && !unwanted,
        }
    }

    /// A name.
    pub fn bold(self, text: &str) -> String {
        self.styled("1", text)
    }

    /// A place.
    pub fn dim(self, text: &str) -> String {
        self.styled("2", text)
    }

    /// A line of a difference: gone in red, new in green, any other as it is.
    pub fn difference(self, line: &str) -> String {
        match line.chars().next() {
            Some('-') => self.styled("31", line),
            Some('+') => self.styled("32", line),
            _ => self.styled("2", line),
        }
    }

    fn styled(self, style: &str, text: &str) -> String {
        if self.colour && !text.is_empty() {
            format!("\x1b[{style}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }
}
