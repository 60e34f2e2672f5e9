//! What a turn leaves behind in the store: the state, both sides' messages, what is asked of the world, and the versions of
//! templates that the open dialogs go on with. How it is kept is the store's.

use jiff::Timestamp;
use turnwise_engine::Turn;
use turnwise_engine::effect::Effect;
use turnwise_engine::template::Templates;

use super::life::TOKEN_LIFE;
use super::shown;
use crate::store::conversations::Left;
use crate::store::versions::Version;

/// What this turn leaves; `heard` is what the user said in it, as it is shown, `kept` the versions of templates that are
/// kept already, since the conversation needed them before.
pub(super) fn by(
    templates: &Templates,
    turn: &Turn,
    at: Timestamp,
    heard: Option<&String>,
    kept: &[String],
) -> Left {
    let conversation = &turn.conversation;
    let heard = heard.map(|text| shown::of_user(text, at));
    let said = turn.replies.iter().map(|reply| shown::of_bot(reply, at));
    let asked = turn.effects.iter().enumerate().map(|(n, effect)| {
        let saved = serde_json::to_string(&in_doubt(effect)).expect("effects are plain data");
        (format!("{}:{}", conversation.turn, n + 1), saved)
    });
    let new = conversation
        .needs()
        .filter(|(_, digest)| !kept.iter().any(|kept| kept == digest));
    let versions = new.filter_map(|(id, digest)| {
        let template = templates.version(id, digest)?;
        Some(Version {
            digest: digest.to_owned(),
            template: id.to_owned(),
            source: template.resolved.clone(),
        })
    });
    Left {
        conversation: conversation.id.clone(),
        state: serde_json::to_string(conversation).expect("a conversation saves as JSON"),
        token_ends: Timestamp::now().as_second() + TOKEN_LIFE,
        messages: heard.into_iter().chain(said).collect(),
        asked: asked.collect(),
        versions: versions.collect(),
        ..Left::default()
    }
}

/// As it stands in the journal: whoever finds it there after a restart doesn't know whether it was done, since now.
fn in_doubt(effect: &Effect) -> Effect {
    let mut effect = effect.clone();
    if let Effect::Call(call) = &mut effect {
        call.doubt.get_or_insert_with(Timestamp::now);
    }
    effect
}
