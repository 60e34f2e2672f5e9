//! Where lines come from and messages go: a terminal with an editor for the line, or plain streams, so that pipes and tests
//! hold the same conversation. Lines are read one at a time, when they are asked for.

use std::io::{BufRead, IsTerminal, Write};
use std::sync::mpsc;

use rustyline::error::ReadlineError;
use rustyline::{DefaultEditor, ExternalPrinter};
use tokio::sync::mpsc as lines;

use crate::cli::Refused;

/// The prompt.
pub(super) const PROMPT: &str = "› ";
/// The width where nobody knows it.
const WIDTH: usize = 80;

/// A terminal, or two streams in its place.
pub(super) struct Terminal {
    /// Asks for a line; true: it is not to be remembered.
    asks: mpsc::Sender<bool>,
    lines: lines::UnboundedReceiver<Option<String>>,
    /// Prints beside a line that is being typed.
    printer: Option<Box<dyn ExternalPrinter + Send>>,
}

impl Terminal {
    /// The terminal this was started from.
    ///
    /// # Errors
    /// A sentence for whoever started it.
    pub(super) fn open() -> Result<Terminal, Refused> {
        let (asks, asked) = mpsc::channel();
        let (read, lines) = lines::unbounded_channel();
        let broken = |error: ReadlineError| Refused::new(format!("no terminal: {error}"));
        let mut printer: Option<Box<dyn ExternalPrinter + Send>> = None;
        if std::io::stdin().is_terminal() && std::io::stdout().is_terminal() {
            let mut editor = DefaultEditor::new().map_err(broken)?;
            printer = Some(Box::new(editor.create_external_printer().map_err(broken)?));
            std::thread::spawn(move || edited(editor, &asked, &read));
        } else {
            std::thread::spawn(move || plain(&asked, &read));
        }
        Ok(Terminal {
            asks,
            lines,
            printer,
        })
    }

    /// Whether a person types here.
    pub(super) fn is_terminal(&self) -> bool {
        self.printer.is_some()
    }

    /// Columns.
    pub(super) fn width(&self) -> usize {
        let known = terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
        known.filter(|_| self.is_terminal()).unwrap_or(WIDTH)
    }

    /// Whether bold and dim are shown.
    pub(super) fn colour(&self) -> bool {
        let unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        self.is_terminal() && !unwanted
    }

    /// Asks for a line. A `secret` one does not come back with the arrow keys.
    pub(super) fn ask(&self, secret: bool) {
        // A reader that has ended says so itself.
        let _ = self.asks.send(secret);
    }

    /// The line asked for; `None` where there are no more. May be given up and waited for again.
    pub(super) async fn line(&mut self) -> Option<String> {
        self.lines.recv().await.flatten()
    }

    /// Prints whole lines.
    pub(super) fn print(&mut self, text: String) {
        // Where nobody reads any more there is nobody to tell.
        match &mut self.printer {
            Some(printer) => {
                let _ = printer.print(text);
            }
            None => {
                let _ = std::io::stdout().write_all(text.as_bytes());
            }
        }
    }
}

fn edited(
    mut editor: DefaultEditor,
    asked: &mpsc::Receiver<bool>,
    read: &lines::UnboundedSender<Option<String>>,
) {
    while let Ok(secret) = asked.recv() {
        let line = editor.readline(PROMPT).ok();
        if let Some(line) = &line
            && !secret
        {
            let _ = editor.add_history_entry(line.as_str());
        }
        let ended = line.is_none();
        if read.send(line).is_err() || ended {
            return;
        }
    }
}

fn plain(asked: &mpsc::Receiver<bool>, read: &lines::UnboundedSender<Option<String>>) {
    let mut stdin = std::io::stdin().lock();
    while asked.recv().is_ok() {
        let mut bytes = Vec::new();
        // What is no UTF-8 is shown as such, not refused.
        let line = match stdin.read_until(b'\n', &mut bytes) {
            Ok(1..) => Some(String::from_utf8_lossy(&bytes).into_owned()),
            Ok(0) | Err(_) => None,
        };
        let ended = line.is_none();
        if read.send(line).is_err() || ended {
            return;
        }
    }
}
