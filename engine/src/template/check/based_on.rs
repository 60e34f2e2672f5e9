//! A copy of a library template that the library has moved on from. Bringing the two together is the command line's
//! (`turnwise templates add ID --merge`).

use crate::template::reader::Problems;
use crate::template::source::{Node, Source, parse};

/// Compares `based_on: salesforce/update_lead 1.0.0 <digest>` of a bot's own file with the library.
pub(in crate::template) fn check(node: &Node, library: &[Source], problems: &mut Problems) {
    let Some(based_on) = node.get("based_on") else {
        return;
    };
    let text = based_on.text();
    let words: Vec<&str> = text.split_whitespace().collect();
    let (id, old, digest) = match words.as_slice() {
        [id, digest] => (*id, "", *digest),
        [id, version, digest] => (*id, *version, *digest),
        _ => {
            let message = "`based_on` wants a library template, its version and digest.".to_owned();
            let help = "`turnwise templates add` writes it.".to_owned();
            problems.add("TW004", based_on.at, message, help);
            return;
        }
    };
    let Some(source) = library.iter().find(|source| source.name == id) else {
        return;
    };
    let now = source.digest();
    if now == digest {
        return;
    }
    let version = parse(&source.text, 0)
        .ok()
        .and_then(|(node, _)| node.get("version").map(Node::text))
        .unwrap_or_default();
    // A version that stands still while the text changes is told apart by the digest.
    let named = |which: &str, digest: &str| match which {
        "" => digest.to_owned(),
        _ if version == old => format!("{which} ({digest})"),
        _ => which.to_owned(),
    };
    let (new, old) = (named(&version, &now), named(old, digest));
    problems.note(
        "TW106",
        based_on.at,
        format!("The library has {id} {new}; this copy is based on {old}."),
        format!("Run `turnwise templates add {id} --merge`."),
    );
}
