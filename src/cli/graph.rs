//! `turnwise graph ID`: a dialog as a state diagram. What its states are stands in the engine; here a template is found and
//! the diagram printed.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use turnwise_engine::diagram::Diagram;

use super::Refused;
use crate::bot;

/// A dialog as a state diagram.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: turnwise graph update_lead my-bot --format svg > update_lead.svg\n\n\
    Solid: written in the template. Dashed: what happens by default. Everywhere a user may cancel, ask, or start something else."
)]
pub struct Graph {
    /// The template's id.
    id: String,
    /// The bot's folder [default: the folder you are in].
    bot: Option<PathBuf>,
    /// How the diagram is written.
    #[arg(long, value_enum, default_value_t = Written::Mermaid)]
    format: Written,
}

/// Languages of diagrams.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Written {
    /// For Markdown pages.
    Mermaid,
    /// For Graphviz.
    Dot,
    /// A picture.
    Svg,
}

impl Graph {
    /// Prints the diagram.
    ///
    /// # Errors
    /// The bot has no such template, or has errors.
    pub fn run(&self) -> Result<(), Refused> {
        let paths: Vec<PathBuf> = self.bot.iter().cloned().collect();
        let templates = bot::loaded(&bot::read(&paths)?)?;
        let id = self.id.rsplit('/').next().unwrap_or(&self.id);
        let template = templates.current.get(id).ok_or_else(|| {
            let ids: Vec<&str> = templates.current.keys().map(String::as_str).collect();
            let has = match ids.as_slice() {
                [] => "none at all; `turnwise templates add` takes one from the library".to_owned(),
                ids => ids.join(", "),
            };
            Refused::new(format!("this bot has no template `{id}`; it has {has}"))
        })?;
        let diagram = Diagram::of(template, &templates);
        let text = match self.format {
            Written::Mermaid => diagram.mermaid(),
            Written::Dot => diagram.dot(),
            Written::Svg => diagram.svg(),
        };
        // A closed pipe is nobody reading, not an error of ours.
        let _ = std::io::stdout().write_all(text.as_bytes());
        Ok(())
    }
}
