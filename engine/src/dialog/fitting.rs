//! What the user's org takes: the values of its picklists, the currency of its amounts. What was given before the org was
//! known is held against it before anything is sent; whether the org then takes the whole record is left to its answer.

use std::sync::Arc;

use minijinja::Value as Shown;

use super::{Done, Flow};
use crate::Value;
use crate::conversation::SlotState;
use crate::effect::Does;
use crate::facts::{FieldFacts, ObjectFacts};
use crate::template::{Slot, SlotKind, Template};
use crate::turn::Play;
use crate::understanding::entity;

/// The field that an object has in an org of several currencies.
const CURRENCY: &str = "currencyisocode";

/// Why a value is not one that the org takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Misfit {
    /// It stands in no picklist.
    Choice,
    /// Its currency is none of these.
    Currency(Vec<String>),
}

impl Play<'_> {
    /// The values a choice offers: the org's where they are known, else the template's.
    pub(crate) fn choices_of(&self, template: &Template, slot: &Slot) -> Vec<(String, String)> {
        let SlotKind::Choice(choices) = &slot.kind else {
            return Vec::new();
        };
        let field = self.field_facts(template, slot).filter(|_| choices.org);
        match field {
            Some(field) if !field.picklist.is_empty() => field.picklist.clone(),
            _ => choices.values.clone(),
        }
    }

    /// The first slot whose value the org does not take, for a call that does this. A currency narrows no search.
    pub(crate) fn first_misfit<'t>(
        &mut self,
        template: &'t Template,
        does: Does,
    ) -> Option<&'t Slot> {
        let mut slots = template.slots.values();
        slots.find(|slot| match self.misfit(template, slot) {
            Some(Misfit::Currency(_)) => does.writes(),
            Some(Misfit::Choice) => true,
            None => false,
        })
    }

    /// Why the org does not take what a slot holds. A choice that was kept in the user's words becomes the org's value here.
    pub(crate) fn misfit(&mut self, template: &Template, slot: &Slot) -> Option<Misfit> {
        let value = self.conversation.dialogs.last()?.value(&slot.id)?.clone();
        match &slot.kind {
            SlotKind::Choice(choices) if choices.org => {
                let field = self.field_facts(template, slot)?;
                let known = |text: &str| field.picklist.iter().any(|(known, _)| known == text);
                if field.picklist.is_empty() || value.as_str().is_none_or(known) {
                    return None;
                }
                let value = self.named_in_the_org(template, slot, value.as_str()?);
                match (value, self.conversation.dialogs.last_mut()) {
                    (Some(value), Some(dialog)) => {
                        let text = String::new();
                        let state = SlotState::Filled { value, text };
                        dialog.slots.insert(slot.id.clone(), state);
                        None
                    }
                    _ => Some(Misfit::Choice),
                }
            }
            SlotKind::Amount { currency, .. } => {
                let object = self.object_facts(template)?;
                slot.field.as_ref()?;
                let currencies = match object.fields.get(CURRENCY) {
                    Some(field) => {
                        let codes = field.picklist.iter().map(|(code, _)| code.clone());
                        codes.collect()
                    }
                    None => {
                        let own = currency.as_ref();
                        vec![own.unwrap_or(&self.locale.currency).clone()]
                    }
                };
                let given = value["currency"].as_str()?;
                let fits = currencies.is_empty() || currencies.iter().any(|code| code == given);
                (!fits).then_some(Misfit::Currency(currencies))
            }
            _ => None,
        }
    }

    /// Empties a slot whose value the org does not take, says why and asks for one that it takes.
    pub(crate) fn ask_for_what_fits(&mut self, template: &Arc<Template>, slot: &Slot) -> Done {
        let misfit = self.misfit(template, slot);
        let dialog = self.conversation.dialogs.last_mut();
        let state = dialog.and_then(|dialog| dialog.slots.remove(&slot.id));
        let heard = match state {
            Some(SlotState::Filled { value, .. }) => self.shown(slot, &value),
            _ => String::new(),
        };
        let text = match misfit {
            Some(Misfit::Choice) if slot.reask.is_some() => self.reask_text(template, slot, &heard),
            misfit => {
                let (key, currencies) = match misfit {
                    Some(Misfit::Currency(currencies)) => ("org.currency", currencies),
                    _ => ("org.choice", Vec::new()),
                };
                let names = [
                    ("integration", Shown::from(self.integration_of(template))),
                    ("slot", Shown::from(self.within(&slot.label))),
                    ("heard", Shown::from(heard)),
                    ("currencies", Shown::from(currencies)),
                ];
                self.wording(key, &names)
            }
        };
        self.put_question(template, slot, text);
        Done::Flow(Flow::Wait)
    }

    /// In an org of several currencies, the one of the amounts that are written.
    pub(crate) fn put_currency(&self, template: &Template, fields: &mut Value) {
        let object = self.object_facts(template);
        let Some(field) = object.and_then(|object| object.fields.get(CURRENCY)) else {
            return;
        };
        let mut slots = template.slots.values().filter(|slot| slot.field.is_some());
        let dialog = self.conversation.dialogs.last();
        let code = slots.find_map(|slot| match slot.kind {
            SlotKind::Amount { .. } => dialog?.value(&slot.id)?["currency"].as_str(),
            _ => None,
        });
        if let (Some(code), Some(fields)) = (code, fields.as_object_mut()) {
            let name = field.name.clone();
            fields.entry(name).or_insert_with(|| Value::from(code));
        }
    }

    /// The org's value that a text names, by itself or one of the template's synonyms.
    fn named_in_the_org(&self, template: &Template, slot: &Slot, text: &str) -> Option<Value> {
        let now = self.at.to_zoned_datetime(self.zone.clone());
        let org = template
            .integration
            .as_ref()
            .and_then(|id| self.facts.get(id));
        let reader = entity::Reader {
            now: &now,
            locale: &self.locale,
            org: org.map(Arc::as_ref),
            object: template.object.as_deref(),
            nouns: &template.nouns,
            slots: None,
        };
        entity::read(slot, text, &reader)
            .ok()
            .map(|reading| reading.value)
    }

    fn object_facts(&self, template: &Template) -> Option<&ObjectFacts> {
        let org = self.facts.get(template.integration.as_ref()?)?;
        org.object(template.object.as_ref()?)
    }

    fn field_facts(&self, template: &Template, slot: &Slot) -> Option<&FieldFacts> {
        let name = slot.field.as_ref()?.to_lowercase();
        self.object_facts(template)?.fields.get(&name)
    }
}
