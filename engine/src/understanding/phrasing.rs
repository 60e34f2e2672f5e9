//! How the sentences of a language are put together, as far as an answer needs it: where clauses join, what opens them, what
//! a correction begins with, which sentences are commands. The words stand in the language's file.

use serde::Deserialize;

use crate::effect::Does;

use super::command::Command;
use super::words::{Words, normal};

mod hurried;
mod trimmed;

/// The parts of a language's file that are about sentences.
#[derive(Debug, Deserialize)]
pub struct Phrasing {
    joints: Vec<String>,
    openings: Vec<String>,
    verbs: Vec<String>,
    /// What says of a field that its value is wrong.
    wrongs: Vec<String>,
    changings: Vec<String>,
    corrections: Vec<String>,
    retakes: Vec<String>,
    /// What takes back what stands before it, and what does where a comma or figures bear it out.
    amends: Vec<String>,
    amends_maybe: Vec<String>,
    /// What says that something was written wrong, and what leads to how it is right.
    mistakes: Vec<String>,
    insteads: Vec<String>,
    /// What stands before an address that names its owner, and behind one that is new.
    by_address: Vec<String>,
    new_address: Vec<String>,
    /// What people say behind an answer that they are not sure of.
    hedges: Vec<String>,
    /// What leads to a value that is not meant: " not ".
    rejects: Vec<String>,
    /// What may stand between that and what is meant.
    behind_amends: Vec<String>,
    sentences: Sentences,
    /// What stands before any of a kind and begins no name: "any", "my".
    #[serde(default)]
    of_any: Vec<String>,
    /// What puts a request after what is said before it: "then ".
    #[serde(default)]
    sequences: Vec<String>,
    /// What asks for the same attempt once more: "try again".
    #[serde(default)]
    tries: Vec<String>,
    /// What asks for one more of what was just made: "another one".
    #[serde(default)]
    once_more: Vec<String>,
    cancel_ends: Vec<String>,
    refusals: Vec<String>,
    /// How a question ends that asks whether a value must be given.
    needed: Vec<String>,
    /// What is said of a field that shall stay empty.
    unneeded: Vec<String>,
    quantities: Vec<String>,
    /// What stands before a company: "from ", "works at ".
    company_clauses: Vec<String>,
    /// What leads to a value at the end of an answer: "for 30k", "by Friday".
    leads_to_value: Vec<String>,
    /// How questions begin that no write can answer.
    asking: Vec<String>,
    /// How questions and requests for something to read begin.
    questions: Vec<String>,
    /// What stands between a field and whose it is.
    owning: Vec<String>,
    /// And where a field is taken away from somebody.
    taking: Vec<String>,
    /// Words that no name of an owner goes beyond.
    owner_ends: Vec<String>,
    articles: Vec<String>,
    /// "He's", before what he is.
    subjects: Vec<String>,
    /// "Here", "yesterday", behind what they go with.
    trailing: Vec<String>,
    /// Sounds of who thinks: "um".
    fillers: Vec<String>,
    /// Sounds of thinking that are nothing else.
    hesitations: Vec<String>,
    /// What may stand before a sentence that is worded like an example.
    pub(super) pattern_heads: Vec<String>,
    /// And behind it.
    pub(super) pattern_tails: Vec<String>,
    does: Doings,
}

#[derive(Debug, Deserialize)]
struct Sentences {
    help: Vec<String>,
    dont_know: Vec<String>,
    skip: Vec<String>,
    why: Vec<String>,
    cancel: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Doings {
    create: Vec<String>,
    update: Vec<String>,
    delete: Vec<String>,
}

/// A sentence of more words than this tells something rather than asking for it.
const LONGEST: usize = 9;

impl Words {
    /// How many bytes join two clauses at the start of this text; 0 where none do.
    pub(super) fn joint(&self, text: &str) -> usize {
        let fits = |joint: &&String| {
            text.len() >= joint.len()
                && text.as_bytes()[..joint.len()].eq_ignore_ascii_case(joint.as_bytes())
        };
        self.phrasing
            .joints
            .iter()
            .filter(fits)
            .map(String::len)
            .max()
            .unwrap_or(0)
    }

    /// A text without the word that joins it to what follows: "cancel that" of "cancel that and".
    pub(super) fn without_joint<'t>(&self, text: &'t str) -> &'t str {
        let joints = self.phrasing.joints.iter().map(|joint| joint.trim());
        let mut cut = joints.filter_map(|joint| {
            let cut = text.strip_suffix(joint)?;
            cut.ends_with(' ').then(|| cut.trim_end())
        });
        cut.next().unwrap_or(text)
    }

    /// A clause without the small words that open it: "and the", "his".
    pub(super) fn without_opening<'t>(&self, clause: &'t str) -> &'t str {
        strip(clause, &self.phrasing.openings)
    }

    /// A clause without what announces a change: "make it", "change the".
    pub(super) fn without_change<'t>(&self, clause: &'t str) -> &'t str {
        let clause = strip(clause, &self.phrasing.openings);
        strip(
            strip(clause, &self.phrasing.changings),
            &self.phrasing.openings,
        )
    }

    /// What stands behind "is", "to", "=" or a colon.
    pub(super) fn after_verb<'t>(&self, text: &'t str) -> &'t str {
        strip(text, &self.phrasing.verbs).trim_end_matches(['.', ',', ';', ' '])
    }

    /// Whether what is said of a field is only that it is wrong: "is off".
    pub(super) fn is_wrong(&self, text: &str) -> bool {
        let said = normal(self.after_verb(text));
        self.phrasing.wrongs.contains(&said)
    }

    /// The field that a clause says is wrong: "company" of "wrong company".
    pub(super) fn behind_wrong<'t>(&self, clause: &'t str) -> Option<&'t str> {
        let clause = clause.trim();
        let mut heads = self
            .phrasing
            .wrongs
            .iter()
            .filter(|head| starts(clause, head));
        let head = heads.find(|head| clause[head.len()..].starts_with(' '))?;
        Some(clause[head.len()..].trim())
    }

    /// What a correction corrects: the text behind "no,", "wait,", "actually".
    pub(super) fn correction<'t>(&self, text: &'t str) -> Option<&'t str> {
        let text = text.trim();
        let head = self
            .phrasing
            .corrections
            .iter()
            .filter(|head| starts(text, head))
            .max_by_key(|head| head.len())?;
        Some(text[head.len()..].trim_start_matches([' ', ',']))
    }

    /// "No, I meant Tom Reed": what is meant instead of what was given last.
    pub(super) fn retaken<'t>(&self, text: &'t str) -> Option<&'t str> {
        let mut rest = text.trim();
        while let Some(head) = self
            .phrasing
            .retakes
            .iter()
            .filter(|head| starts(rest, head))
            .max_by_key(|head| head.len())
        {
            rest = rest[head.len()..].trim_start_matches([' ', ',']);
        }
        (rest.len() < text.trim().len() && !rest.is_empty()).then_some(rest)
    }

    /// How many of these words, in normal form, take back what was said before them, and whether nothing else can be meant.
    pub(super) fn amends(&self, words: &mut dyn Iterator<Item = &str>) -> Option<(usize, bool)> {
        let text: Vec<&str> = words.take(LONGEST).collect();
        let longest = |phrases: &[String]| phrases.iter().filter_map(|p| leads(&text, p)).max();
        let strong = longest(&self.phrasing.amends).map(|count| (count, true));
        strong.or_else(|| longest(&self.phrasing.amends_maybe).map(|count| (count, false)))
    }

    /// Whether what stands before an address, in lower case, says that it names somebody: "the lead with e-mail …".
    pub(super) fn names_by_address(&self, before: &str) -> bool {
        let mut all = self.phrasing.by_address.iter();
        all.any(|words| before.ends_with(words.as_str()))
    }

    /// Whether what stands behind an address, in lower case, says that it is new: "… is the new address of Ida".
    pub(super) fn is_new_address(&self, behind: &str) -> bool {
        let mut all = self.phrasing.new_address.iter();
        all.any(|words| behind.contains(words.as_str()))
    }

    /// Whether a text in lower case says that something was written wrong.
    pub(super) fn tells_mistake(&self, lower: &str) -> bool {
        let mut all = self.phrasing.mistakes.iter();
        all.any(|mistake| lower.contains(mistake.as_str()))
    }

    /// Where in a text in lower case it is said how something is right, and how long that is: ", it's ", " should be ". The
    /// last one counts.
    pub(super) fn instead(&self, lower: &str) -> Option<(usize, usize)> {
        let found = self
            .phrasing
            .insteads
            .iter()
            .filter_map(|cue| Some((lower.rfind(cue.as_str())?, cue.len())));
        found.max_by_key(|(at, length)| (at + length, *length))
    }

    /// How many of these words only lead to what is meant instead.
    pub(super) fn behind_amends(&self, words: &mut dyn Iterator<Item = &str>) -> usize {
        let text: Vec<&str> = words.take(LONGEST).collect();
        let mut count = 0;
        while let Some(more) = self
            .phrasing
            .behind_amends
            .iter()
            .filter_map(|phrase| leads(&text[count..], phrase))
            .max()
        {
            count += more;
        }
        count
    }

    /// Whether a verb of a kind of writing stands anywhere in a text.
    pub(super) fn says_verb(&self, text: &str, does: &str) -> bool {
        let text = format!(" {} ", normal(text));
        let verbs = self.verbs_of.get(does);
        verbs.is_some_and(|verbs| verbs.iter().any(|verb| text.contains(&format!(" {verb} "))))
    }

    /// The command that a short sentence is, by how it begins or ends.
    pub(super) fn sentence(&self, text: &str) -> Option<Command> {
        let text = normal(text);
        // "Skip & Sons" is called so.
        if text.split(' ').count() > LONGEST || text.contains(" & ") {
            return None;
        }
        // "Nah, leave it blank".
        let polite = self.without_politeness(&text);
        let bare = ["no ", "nah ", "nope "]
            .iter()
            .find_map(|no| polite.strip_prefix(no));
        if let Some(command) = bare.and_then(|bare| self.sentence(bare)) {
            return Some(command);
        }
        let sentences = &self.phrasing.sentences;
        let begins = |heads: &[String]| {
            heads
                .iter()
                .any(|head| text.starts_with(head.as_str()) || text == head.trim())
        };
        if begins(&sentences.cancel) || self.phrasing.cancel_ends.iter().any(|end| ends(&text, end))
        {
            Some(Command::Cancel)
        } else if begins(&sentences.dont_know)
            || sentences
                .dont_know
                .iter()
                .any(|head| polite.starts_with(head.as_str()))
        {
            Some(Command::DontKnow)
        } else if begins(&sentences.skip) {
            Some(Command::Skip)
        } else if begins(&sentences.why)
            || text.starts_with("is ") && self.phrasing.needed.iter().any(|end| ends(&text, end))
        {
            Some(Command::Why)
        } else {
            None
        }
    }

    /// Whether a short sentence asks for help, by how it begins.
    pub(super) fn asks_for_help(&self, text: &str) -> bool {
        let text = self.without_politeness(&normal(text));
        let heads = &self.phrasing.sentences.help;
        text.split(' ').count() <= LONGEST && heads.iter().any(|head| starts(&text, head.trim()))
    }

    /// How many bytes lead from a field to whose it is, at the start of a text in lower case: " of ", " for ".
    pub(super) fn owning(&self, text: &str, takes: bool) -> Option<usize> {
        let rest = text.strip_prefix(' ')?;
        let taking = self.phrasing.taking.iter().filter(|_| takes);
        let mut all = self.phrasing.owning.iter().chain(taking);
        let lead = all.find(|lead| starts(rest, lead))?;
        Some(1 + lead.len())
    }

    /// Whether a word ends the name of an owner: "is", "to".
    pub(super) fn ends_owner(&self, word: &str) -> bool {
        self.phrasing.owner_ends.iter().any(|end| end == word)
    }

    /// A text in lower case without the article that it begins with.
    pub(super) fn without_article<'t>(&self, text: &'t str) -> &'t str {
        let article = self
            .phrasing
            .articles
            .iter()
            .find(|head| starts(text, head));
        article.map_or(text, |head| &text[head.len()..])
    }

    /// "All", "some", "every": how many, not which.
    pub(super) fn is_quantity(&self, word: &str) -> bool {
        self.phrasing
            .quantities
            .iter()
            .any(|quantity| quantity == word)
    }

    /// What stands behind "from", "works at" and their like, where a clause begins so.
    pub(super) fn behind_company_cue<'t>(&self, clause: &'t str) -> Option<&'t str> {
        let clause = self.without_opening(clause);
        let heads = &self.phrasing.company_clauses;
        let head = heads
            .iter()
            .filter(|head| starts(clause, head))
            .max_by_key(|head| head.len())?;
        Some(clause[head.len()..].trim())
    }

    /// Whether a word leads to a value: "for", "by".
    pub(super) fn leads_to_value(&self, word: &str) -> bool {
        let word = word.to_lowercase();
        self.phrasing.leads_to_value.contains(&word)
    }

    /// Whether a text asks for knowledge: no request to write something begins so.
    pub(super) fn wants_to_know(&self, text: &str) -> bool {
        let text = self.without_politeness(&normal(text));
        self.phrasing.asking.iter().any(|head| starts(&text, head))
    }

    /// Whether a text asks something.
    pub(super) fn asks(&self, text: &str) -> bool {
        let text = text.trim();
        let bare = self.without_politeness(&normal(text));
        text.ends_with('?')
            || self
                .phrasing
                .questions
                .iter()
                .any(|head| starts(text, head) || starts(&bare, head))
    }

    /// "Don't delete …": a request not to do something.
    pub(super) fn refuses(&self, text: &str) -> bool {
        let text = self.without_politeness(&normal(text));
        self.phrasing
            .refusals
            .iter()
            .any(|head| text.starts_with(head.as_str()))
    }

    /// What stands behind the refusal that a text in normal form begins with: "delete Ida" of "don't delete Ida".
    pub(super) fn behind_refusal<'t>(&self, text: &'t str) -> Option<&'t str> {
        let heads = self.phrasing.refusals.iter();
        heads
            .filter_map(|head| text.strip_prefix(head.as_str()))
            .min_by_key(|rest| rest.len())
    }

    /// "Whatever you do, don't delete Ida": a text that forbids a deletion, wherever it does.
    pub(super) fn forbids(&self, text: &str) -> bool {
        let text = normal(text);
        let said: Vec<&str> = text.split(' ').collect();
        let verbs = self.verbs_of.get("delete");
        let deletes = |word: &str| verbs.is_some_and(|verbs| verbs.iter().any(|verb| verb == word));
        self.phrasing.refusals.iter().any(|head| {
            let head: Vec<&str> = head.trim().split(' ').collect();
            said.windows(head.len() + 1)
                .any(|words| words.starts_with(&head) && deletes(words[head.len()]))
        })
    }

    /// The write that a text names and nothing else: "delete it".
    pub(super) fn does(&self, text: &str) -> Option<Does> {
        let text = self.without_politeness(&normal(text));
        let doings = &self.phrasing.does;
        let all = [
            (&doings.delete, Does::Delete),
            (&doings.create, Does::Create),
            (&doings.update, Does::Update),
        ];
        all.into_iter()
            .find(|(words, _)| words.contains(&text))
            .map(|(_, does)| does)
    }
}

/// How many words a phrase has with which these words begin.
fn leads(words: &[&str], phrase: &str) -> Option<usize> {
    let count = phrase.split(' ').count();
    let mut pairs = phrase.split(' ').zip(words);
    (count <= words.len() && pairs.all(|(a, b)| a == *b)).then_some(count)
}

fn starts(text: &str, head: &str) -> bool {
    text.len() >= head.len() && text.as_bytes()[..head.len()].eq_ignore_ascii_case(head.as_bytes())
}

/// Ends with these words, punctuation between them aside, and has something before them.
fn ends(text: &str, end: &str) -> bool {
    let end = normal(end);
    text.strip_suffix(end.as_str())
        .is_some_and(|before| before.ends_with(' '))
}

/// Takes whole words off the front as long as they are among these.
fn strip<'t>(text: &'t str, words: &[String]) -> &'t str {
    let mut text = text.trim();
    loop {
        let fits = |word: &&String| {
            let sign = word.chars().all(|c| !c.is_alphanumeric());
            starts(text, word) && (sign || text[word.len()..].starts_with([' ', ',', ':']))
        };
        match words.iter().filter(fits).map(String::len).max() {
            Some(length) => text = text[length..].trim_start_matches([' ', ',']),
            None => return text,
        }
    }
}
