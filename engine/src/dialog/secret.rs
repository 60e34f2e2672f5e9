//! What was said for a slot that is sensitive is neither traced nor kept among what was said.

use super::hear::is_control;
use crate::conversation::Awaiting;
use crate::display::MASK;
use crate::event::Message;
use crate::turn::Play;
use crate::understanding::act::Act;

impl Play<'_> {
    /// Acts as they may be seen, and the message where it may not be seen as it is: what was said for a slot that is
    /// sensitive is neither traced nor kept among what was said.
    pub(crate) fn masked(&self, message: &Message, acts: &[Act]) -> (Vec<Act>, Option<String>) {
        let top = self.conversation.dialogs.last();
        let top = top.and_then(|d| self.templates.version(&d.template, &d.digest));
        let mut template = top;
        let mut shown = acts.to_vec();
        let mut surfaces = Vec::new();
        for act in &mut shown {
            match act {
                Act::Start { template: id } | Act::Digress { template: id } => {
                    template = self.templates.current.get(id.as_str());
                }
                Act::Inform(given) | Act::Correct(given) => {
                    // Where the template is lost nobody can tell what was sensitive.
                    let slot = template.and_then(|template| template.slots.get(&given.slot));
                    let slot = slot.or_else(|| self.slot_below(&given.slot));
                    if slot.is_none_or(|slot| slot.sensitive) {
                        given.value = given.value.take().map(|_| MASK.into());
                        surfaces.push(std::mem::replace(&mut given.text, MASK.to_owned()));
                    }
                }
                _ => {}
            }
        }
        let awaited = match &self.conversation.awaiting {
            Awaiting::Slot { slot } => top.and_then(|template| template.slots.get(slot)),
            _ => None,
        };
        // An answer that was not taken may be the secret all the same, with a slip in it.
        let is_answer = awaited.is_some_and(|slot| slot.sensitive)
            && (message.value.is_some() || !acts.iter().all(is_command));
        if !is_answer && surfaces.is_empty() {
            return (shown, None);
        }
        let apart = |surface: &String| !surface.is_empty() && message.text.contains(surface);
        let heard = if is_answer || !surfaces.iter().all(apart) {
            MASK.to_owned()
        } else {
            let all = surfaces.iter();
            all.fold(message.text.clone(), |text, surface| {
                text.replace(surface, MASK)
            })
        };
        (shown, Some(heard))
    }
}

/// Acts that hold nothing of what was typed.
fn is_command(act: &Act) -> bool {
    is_control(act) || matches!(act, Act::Skip { .. } | Act::DontKnow | Act::Change)
}
