//! The README's commands, conversation and examples are run as they stand there.

use std::collections::BTreeSet;

use turnwise::bot;

use crate::docs::{page, root, same, set, ticked};

#[test]
fn the_readme_lists_the_commands_that_there_are() {
    use clap::CommandFactory;
    let written = page("README.md")
        .lines()
        .filter_map(|line| {
            line.strip_prefix("| `turnwise ")?
                .split(['`', ' '])
                .next()
                .map(str::to_owned)
        })
        .collect::<BTreeSet<String>>();
    let cli = turnwise::cli::Cli::command();
    let there = set(cli.get_subcommands().map(|command| command.get_name()));
    same("README.md", written, there);
}

#[test]
fn every_command_has_help_with_an_example() {
    use clap::CommandFactory;
    let cli = turnwise::cli::Cli::command();
    for command in cli.get_subcommands() {
        let help = command
            .get_after_help()
            .map(ToString::to_string)
            .unwrap_or_default();
        assert!(
            help.starts_with("Example: "),
            "{}: {help}",
            command.get_name()
        );
    }
}

#[test]
fn the_commands_of_the_readme_that_end_do_what_it_says() {
    let folder = tempfile::tempdir().unwrap();
    let bot = folder.path().join("my-bot");
    std::fs::create_dir(&bot).unwrap();
    let run = |line: &str| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_turnwise"));
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("TURNWISE_")) {
            command.env_remove(name);
        }
        let output = command
            .args(line.split_whitespace().skip(1))
            .current_dir(&bot)
            .stdin(std::process::Stdio::null())
            .output()
            .unwrap();
        assert!(output.status.success(), "{line}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let readme = page("README.md");
    let commands = ticked(&readme)
        .into_iter()
        .filter(|word| word.starts_with("turnwise "));
    // Those that go on, and those that need a store.
    let endless = ["demo", "serve", "chat", "sandbox", "integrations", "keys"];
    let mut ran = 0;
    run("turnwise new .");
    for command in commands {
        let line = command
            .replace("new my-bot", "new another")
            .replace("new DIR", "new third")
            .replace("[BOT]", ".")
            .replace("graph ID", "graph book_room")
            .replace("SHELL", "bash");
        let name = line.split_whitespace().nth(1).unwrap();
        let line = if endless.contains(&name) {
            format!("turnwise {name} --help")
        } else {
            line
        };
        run(&line);
        ran += 1;
    }
    assert!(ran >= 12, "only {ran} commands were found");
}

#[test]
fn the_conversation_of_the_readme_is_the_transcript_it_names() {
    let readme = page("README.md");
    let (_, shown) = readme.split_once("```\nuser  ").unwrap();
    let (shown, _) = shown.split_once("```").unwrap();
    let transcript = page("examples/sales-assistant/transcripts/create_lead_happy.txt");
    let mut lines = transcript.lines();
    for line in format!("user  {shown}").lines() {
        let Some((who, said)) = line.split_once("  ").filter(|(who, _)| !who.is_empty()) else {
            continue;
        };
        // What stands after a gap is the card and the buttons.
        let said = said.trim_start().split("  ").next().unwrap_or_default();
        let said = format!("{}: {}", who.trim(), said.replace('*', "").trim());
        let found = lines.any(|line| line.replace('*', "").starts_with(&said));
        assert!(found, "`{said}` does not stand there in this order");
    }
}

#[test]
fn every_example_bot_passes_check_and_test() {
    let mut bots = 0;
    for entry in std::fs::read_dir(root().join("examples")).unwrap() {
        let folder = entry.unwrap().path();
        if !folder.join("bot.yaml").is_file() {
            continue;
        }
        bots += 1;
        let sources = bot::read(std::slice::from_ref(&folder)).unwrap();
        let (templates, diagnostics) = bot::load(&sources);
        assert_eq!(diagnostics, Vec::new(), "{}", folder.display());
        let templates = templates.unwrap();
        let facts = bot::facts(&folder).unwrap();
        for transcript in std::fs::read_dir(folder.join("transcripts")).unwrap() {
            let path = transcript.unwrap().path();
            if path.extension().is_none_or(|end| end != "txt") {
                continue;
            }
            let script = std::fs::read_to_string(&path).unwrap();
            let now = turnwise_engine::transcript::play(&templates, &facts, &script).unwrap();
            let difference = turnwise_engine::transcript::difference(&script, &now);
            assert!(
                difference.is_empty(),
                "{}:\n{}",
                path.display(),
                difference.join("\n")
            );
        }
    }
    assert!(bots >= 2, "only {bots} bots were found");
}

/// The words of a command as a shell reads them: quotes hold together, `$(…)` too, comments end the line.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quote, mut depth) = (Vec::new(), String::new(), None, 0);
    for c in line.chars() {
        match c {
            '\'' | '"' if quote == Some(c) => quote = None,
            '\'' | '"' if quote.is_none() => quote = Some(c),
            '#' if quote.is_none() && word.is_empty() => break,
            '(' if quote.is_none() => depth += 1,
            ')' if quote.is_none() => depth -= 1,
            c if c.is_whitespace() && quote.is_none() && depth == 0 => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
            }
            c => word.push(c),
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

#[test]
fn every_command_of_a_page_is_one_that_there_is() {
    use clap::Parser as _;
    use clap::error::ErrorKind::{
        DisplayHelp, DisplayHelpOnMissingArgumentOrSubcommand, DisplayVersion, InvalidValue,
        MissingRequiredArgument, MissingSubcommand,
    };
    let mut wrong = Vec::new();
    let mut tried = 0;
    for path in crate::docs::pages() {
        let text = std::fs::read_to_string(&path).unwrap();
        let whole = text.replace("\\\n", " ");
        let ticked = ticked(&whole);
        let blocks = whole.split("```sh\n").skip(1);
        let in_blocks = blocks.filter_map(|block| block.split("```").next());
        let lines = in_blocks.flat_map(str::lines).map(str::to_owned);
        for line in lines.chain(ticked) {
            let words = words(&line);
            let given = |word: &&String| {
                let name = word.split('=').next().unwrap_or_default();
                word.contains('=') && !name.is_empty() && !name.contains(char::is_lowercase)
            };
            let set = words.iter().take_while(given).count();
            let command: Vec<&String> = words[set..]
                .iter()
                .take_while(|word| !matches!(word.as_str(), "&&" | "|" | ">" | "<" | "&"))
                .collect();
            // Where a line says what there is to choose from, it is no command yet.
            if command.len() < 2
                || command[0] != "turnwise"
                || line.contains(['…', '/', '[']) && !line.contains("://")
            {
                continue;
            }
            tried += 1;
            if let Err(error) = turnwise::cli::Cli::try_parse_from(&command) {
                let unfinished = [
                    DisplayHelp,
                    DisplayVersion,
                    InvalidValue,
                    DisplayHelpOnMissingArgumentOrSubcommand,
                    MissingRequiredArgument,
                    MissingSubcommand,
                ];
                if !unfinished.contains(&error.kind()) {
                    wrong.push(format!("{}: {line}: {error}", path.display()));
                }
            }
        }
    }
    assert!(tried > 20, "{tried}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
