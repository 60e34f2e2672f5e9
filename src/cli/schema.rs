//! `turnwise schema`: the JSON Schema of a template or of bot.yaml, for completion in editors. It is made from the lists of
//! keys that the readers go by; here it is only written down.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use turnwise_engine::template::schema;

use super::Refused;

/// JSON Schema of a template.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: turnwise schema --out template.schema.json\n\nAn editor finds it by the first line of a template:\n# yaml-language-server: $schema=../template.schema.json"
)]
pub struct Schema {
    /// The schema of bot.yaml instead.
    #[arg(long)]
    bot: bool,
    /// Where it is written [default: stdout].
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

impl Schema {
    /// Writes the schema.
    ///
    /// # Errors
    /// The file can't be written.
    pub fn run(&self) -> Result<(), Refused> {
        let text = text(self.bot);
        match &self.out {
            Some(path) => std::fs::write(path, text).map_err(|error| {
                Refused::new(format!("{} can't be written: {error}", path.display()))
            }),
            None => {
                // A closed pipe is nobody reading, not an error of ours.
                let _ = std::io::stdout().write_all(text.as_bytes());
                Ok(())
            }
        }
    }
}

/// The schema as it stands in a file: of bot.yaml, or else of a template.
pub fn text(bot: bool) -> String {
    let schema = if bot {
        schema::bot_schema()
    } else {
        schema::schema()
    };
    let mut text = serde_json::to_string_pretty(&schema).expect("a schema is plain data");
    text.push('\n');
    text
}
