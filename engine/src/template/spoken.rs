//! A bot in other languages: translations of its templates, and standard responses of `wording/<locale>.yaml`. A
//! conversation of such a locale is played with templates of its own; what is not translated is said in the bot's language.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::load::{World, text_of};
use super::reader::Problems;
use super::source::Node;
use super::{Template, Templates, Text, check, dialog, merge};
use crate::diagnostic::Severity;
use crate::locale::Locale;
use crate::understanding::learned::Learned;
use crate::understanding::meaning::Meanings;

/// The folder of a bot in which the standard responses of other languages stand.
const FOLDER: &str = "wording";

/// What the files of a bot say in other languages, by locale.
#[derive(Debug, Default)]
pub(super) struct Spoken {
    templates: BTreeMap<String, Vec<Arc<Template>>>,
    wording: BTreeMap<String, BTreeMap<String, Text>>,
}

/// The locale of a file of standard responses, by its name: `de` of `my-bot/wording/de.yaml`.
pub(super) fn locale_of(name: &str) -> Option<&str> {
    let mut parts = name.rsplit(['/', '\\']);
    let file = parts.next()?;
    let file = file
        .strip_suffix(".yaml")
        .or_else(|| file.strip_suffix(".yml"))?;
    (parts.next()? == FOLDER).then_some(file)
}

impl Spoken {
    /// Takes a file of standard responses, checked against those that there are.
    pub(super) fn words(
        &mut self,
        locale: &str,
        node: &Node,
        standard: &BTreeMap<String, Text>,
        problems: &mut Problems,
    ) {
        let all = BTreeMap::from([(String::new(), standard.clone())]);
        check::wording::check(node, &all, &[], problems);
        let words = self.wording.entry(locale.to_owned()).or_default();
        for (key, value) in node.entries() {
            if standard.contains_key(&key.text())
                && let Some(text) = text_of(value, problems)
            {
                words.insert(key.text(), text);
            }
        }
    }

    /// Takes the translation of a template, which was checked to hold texts only. It is that template for conversations of
    /// its locale, whatever the file calls it.
    pub(super) fn template(&mut self, node: &Node, world: &World<'_>, problems: &mut Problems) {
        let mut quiet = Problems {
            file: problems.file.clone(),
            sources: problems.sources.clone(),
            ..Problems::default()
        };
        let (Some(locale), Some(mut whole)) = (
            node.get("locale").map(Node::text),
            merge::whole(node, &world.shelf, &mut quiet),
        ) else {
            return;
        };
        let base = node.get("extends").map(Node::text).unwrap_or_default();
        let base = world.shelf.templates.get(&base);
        if let (Some(id), Some((key, _))) = (
            base.and_then(|base| base.get("template")),
            node.entries()
                .iter()
                .find(|(key, _)| key.text() == "template"),
        ) {
            whole.set(key.clone(), id.clone());
        }
        if let Some(template) = dialog::read(&whole, world, &mut quiet) {
            let all = self.templates.entry(locale).or_default();
            all.push(Arc::new(template));
        }
        // Texts that do not parse are this file's; all else was said of the template that it translates.
        let own = quiet.found.into_iter().filter(|found| {
            found.severity == Severity::Error
                && found.code.starts_with("TW4")
                && found.file == problems.file
        });
        problems.found.extend(own);
    }

    /// The bot for each locale, beside the bot in its own.
    pub(super) fn bots(
        self,
        bot: &Templates,
        meanings: Option<&Arc<dyn Meanings>>,
    ) -> BTreeMap<String, Arc<Templates>> {
        let tags: BTreeSet<&String> = self.templates.keys().chain(self.wording.keys()).collect();
        let all = tags.into_iter().map(|tag| {
            let mut spoken = bot.clone();
            for template in self.templates.get(tag).into_iter().flatten() {
                if spoken.current.contains_key(&template.id) {
                    spoken.current.insert(template.id.clone(), template.clone());
                }
            }
            if self.templates.contains_key(tag) {
                let settings = &bot.bot.understanding;
                let locale = Locale::of(tag);
                let learned = Learned::from(&spoken.current, settings, &locale, meanings.cloned());
                learned.close();
                spoken.learned = Arc::new(learned);
            }
            for words in spoken.wording.values_mut() {
                let own = self.wording.get(tag).into_iter().flatten();
                words.extend(own.map(|(key, text)| (key.clone(), text.clone())));
            }
            (tag.clone(), Arc::new(spoken))
        });
        all.collect()
    }
}

impl Templates {
    /// The bot as it speaks in conversations of a locale; `None` where that is its own language, or one it has no words of.
    pub(crate) fn spoken_in(&self, tag: &str) -> Option<Templates> {
        let language = Locale::of(tag).language;
        let all = &self.locales;
        let spoken = all.get(tag).or_else(|| all.get(&language)).or_else(|| {
            // A bot that has German of Austria has no better German.
            let mut near = all
                .iter()
                .filter(|(tag, _)| Locale::of(tag).language == language);
            let own = self.bot.locale.language == language;
            near.next().filter(|_| !own).map(|(_, spoken)| spoken)
        })?;
        let mut spoken = Templates::clone(spoken);
        // Dialogs may have begun with a version that was kept, or before the translation was there.
        let begun = self.current.values().map(|t| (t.digest.clone(), t.clone()));
        spoken.versions = begun.collect();
        spoken.versions.extend(self.versions.clone());
        Some(spoken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Facts;
    use crate::template::source::{Source, Sources};
    use crate::transcript;

    const NOTE: &str = "template: note_it\ntitle: Note it\nexamples: [write a note, note it]\n\
        slots: { words: { type: text, ask: What shall I note? } }\n\
        steps: [{ collect: words }, { say: 'Noted: {{ words }}' }]\n";
    const GERMAN: &str = "template: note_it_de\nextends: note_it\nlocale: de\ntitle: Notiz\n\
        examples: [mach eine Notiz, notiere etwas]\n\
        slots: { words: { ask: Was soll ich notieren? } }\n\
        adjust: { say: { say: 'Notiert: {{ words }}' } }\n";
    const WORDS: &str = "cancelled: Gut, ich lasse es.\nyes_to_what: Ja wozu?\n";

    fn bot(words: &str) -> crate::template::load::Loaded {
        let source = |name: &str, text: &str| Source {
            name: name.into(),
            text: text.into(),
        };
        let sources = Sources {
            bot: Some(source("bot.yaml", "name: Notes\ngreeting: Hello\n")),
            files: vec![
                source("templates/note_it.yaml", NOTE),
                source("templates/note_it_de.yaml", GERMAN),
                source("bot/wording/de.yaml", words),
            ],
            library: Vec::new(),
            repair: source("repair.yaml", crate::REPAIR),
        };
        Templates::load_against(&sources, &[], &Facts::new(), None)
    }

    fn said(locale: &str, texts: &[&str]) -> String {
        let templates = bot(WORDS).templates.unwrap();
        let users: Vec<String> = texts.iter().map(|text| format!("user: {text}\n")).collect();
        let script = format!("locale: {locale}\n{}", users.concat());
        transcript::play(&templates, &Arc::default(), &script).unwrap()
    }

    #[test]
    fn a_conversation_is_held_in_its_language_where_the_bot_has_it() {
        for locale in ["de", "de-AT"] {
            let talk = said(
                locale,
                &[
                    "mach eine Notiz",
                    "Milch kaufen",
                    "mach eine Notiz",
                    "cancel",
                ],
            );
            let wanted = [
                "Was soll ich notieren?",
                "Notiert: Milch kaufen",
                "Gut, ich lasse es.",
            ];
            for wanted in wanted {
                assert!(talk.contains(wanted), "{locale}: {talk}");
            }
        }
        let talk = said(
            "en-US",
            &["write a note", "buy milk", "write a note", "cancel"],
        );
        assert!(talk.contains("Noted: buy milk"), "{talk}");
        assert!(!talk.contains("Gut, ich"), "{talk}");
    }

    #[test]
    fn what_has_no_words_of_a_language_is_said_in_the_bots_own() {
        let talk = said("de", &["thanks"]);
        assert!(talk.contains("You're welcome."), "{talk}");
    }

    #[test]
    fn a_file_of_words_that_holds_no_standard_response_is_told_in_its_place() {
        let found = bot("canceled: Gut.\n").diagnostics;
        let wrong = found.iter().find(|d| d.code == "TW603").unwrap();
        assert_eq!(
            (wrong.file.as_str(), wrong.line),
            ("bot/wording/de.yaml", 1)
        );
    }

    #[test]
    fn a_dialog_goes_on_with_the_version_it_began_with() {
        let templates = bot(WORDS).templates.unwrap();
        let german = &templates.locales["de"].current["note_it"];
        let kept = templates.version("note_it", &german.digest).unwrap();
        assert_eq!(kept.title, "Notiz");
    }
}
