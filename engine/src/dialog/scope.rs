//! The names that texts and conditions of a dialog may use, and the standard responses said with them. What a name means
//! is the language's (docs/template-reference.md, "Names, filters, texts"); how it is compiled is the expression's.

use std::collections::BTreeMap;

use minijinja::Value as Shown;

use crate::Value;
use crate::conversation::{Dialog, SlotState};
use crate::display;
use crate::event::Account;
use crate::template::{FieldName, Phrase, Scope, Slot, SlotKind, Template, Text, expression};
use crate::turn::Play;

/// The names of a dialog, and all of a turn that they may change with.
pub(crate) struct Named {
    digest: String,
    slots: BTreeMap<String, SlotState>,
    results: BTreeMap<String, Value>,
    accounts: BTreeMap<String, Account>,
    scope: Scope,
}

impl<'a> Play<'a> {
    /// The names of the dialog on top.
    pub(crate) fn scope(&self, template: &Template) -> Scope {
        let Some(dialog) = self.conversation.dialogs.last() else {
            return self.scope_of_nothing();
        };
        let accounts = &self.conversation.accounts;
        if let Some(named) = self.named.borrow().as_ref()
            && named.digest == template.digest
            && named.slots == dialog.slots
            && named.results == dialog.results
            && named.accounts == *accounts
        {
            return named.scope.clone();
        }
        let scope = self.scope_of(template, dialog);
        self.named.replace(Some(Named {
            digest: template.digest.clone(),
            slots: dialog.slots.clone(),
            results: dialog.results.clone(),
            accounts: accounts.clone(),
            scope: scope.clone(),
        }));
        scope
    }

    fn scope_of(&self, template: &Template, dialog: &Dialog) -> Scope {
        let mut scope = self.scope_of_nothing();
        let mut filled = Vec::new();
        for (id, slot) in &template.slots {
            if let Some(SlotState::Filled { value: raw, .. }) = dialog.slots.get(id)
                && !slot.sensitive
            {
                filled.push(expression::filled(&slot.label, self.shown(slot, raw), raw));
            }
            self.put_slot(&mut scope, slot, dialog);
        }
        scope.put("filled", Shown::from(filled));
        for (name, result) in &dialog.results {
            if !template.slots.contains_key(name) {
                scope.put(name, result_shown(result));
            }
        }
        scope.put(
            "template",
            Shown::from(BTreeMap::from([
                ("id", template.id.clone()),
                ("title", template.title.clone()),
                ("purpose", template.purpose.clone()),
            ])),
        );
        scope
    }

    /// The names that there are without a dialog.
    pub(crate) fn scope_of_nothing(&self) -> Scope {
        let mut scope = Scope::default();
        let now = self.at.to_zoned_datetime(self.zone.clone());
        scope.put("today", Shown::from(now.date().to_string()));
        scope.put("now", Shown::from(now.datetime().to_string()));
        scope.put("locale", Shown::from(self.conversation.locale.clone()));
        // For the filter of money; no slot can have this name.
        scope.put("_currency", Shown::from(self.locale.currency.clone()));
        scope.put(
            "bot",
            Shown::from(BTreeMap::from([("name", self.templates.bot.name.clone())])),
        );
        let account = self
            .conversation
            .accounts
            .values()
            .next()
            .map(|a| a.name.clone())
            .unwrap_or_default();
        let user = &self.conversation.user;
        scope.put(
            "user",
            Shown::from(BTreeMap::from([
                ("id", user.id.clone()),
                ("name", user.name.clone()),
                ("account", account),
            ])),
        );
        scope
    }

    fn put_slot(&self, scope: &mut Scope, slot: &Slot, dialog: &Dialog) {
        let id = &slot.id;
        let Some(SlotState::Filled { value, .. }) = dialog.slots.get(id) else {
            scope.put(id, expression::empty());
            return;
        };
        match &slot.kind {
            SlotKind::Record { .. } => {
                let record = dialog.results.get(id).unwrap_or(value);
                scope.put(id, expression::record(record));
            }
            SlotKind::Field { names, .. } => {
                let named = names.iter().find(|name| value.as_str() == Some(&name.id));
                match named {
                    Some(name) => scope.put(id, self.field_shown(name, dialog)),
                    None => self.put_value(scope, id, slot, value),
                }
            }
            _ => self.put_value(scope, id, slot, value),
        }
    }

    /// Gives a name a value of a slot: a list as a sequence, a day as its ISO text, so that `<` holds; what people read
    /// otherwise than it compares is shown to them so.
    pub(crate) fn put_value(&self, scope: &mut Scope, name: &str, slot: &Slot, value: &Value) {
        let one = |value: &Value| expression::shown(self.shown(slot, value), value);
        match (&slot.kind, value) {
            (_, Value::Array(all)) => {
                let items = all.iter().map(one).collect();
                scope.put_shown_list(name, items, self.shown(slot, value));
            }
            (SlotKind::Date(_), _) => {
                scope.put(name, one(value));
            }
            _ => scope.put_shown(name, one(value), self.shown(slot, value)),
        }
    }

    /// A field named by the user: what it is called, and what the record of the dialog holds in it.
    fn field_shown(&self, name: &FieldName, dialog: &Dialog) -> Shown {
        let template = self.templates.version(&dialog.template, &dialog.digest);
        let value = template.and_then(|template| {
            let mut slots = template.slots.values();
            let record = slots.find(|slot| matches!(slot.kind, SlotKind::Record { .. }))?;
            let found = dialog.results.get(&record.id)?;
            Some(self.cell(template, found, &name.field))
        });
        let label = self.within(&name.label);
        Shown::from_pairs([
            ("label", Shown::from(label)),
            ("value", Shown::from(value.unwrap_or_default())),
        ])
    }

    /// A label as it stands inside a sentence of the conversation's language.
    pub(crate) fn within(&self, label: &str) -> String {
        display::within(label, &self.locale)
    }

    /// A value as people read it.
    pub(crate) fn shown(&self, slot: &Slot, value: &Value) -> String {
        display::show(&slot.kind, value, &self.locale)
    }

    /// A standard response: the template's own, else that of the conversation's locale, else the bot's.
    pub(crate) fn wording(&mut self, key: &str, names: &[(&str, Shown)]) -> String {
        let template = self
            .conversation
            .dialogs
            .last()
            .and_then(|d| self.templates.version(&d.template, &d.digest));
        let template = template.cloned();
        let own = template.as_ref().and_then(|t| t.wording.get(key));
        let text = own.or_else(|| self.standard(key));
        let Some(text) = text else {
            self.trace.push(format!("no wording {key}"));
            return String::new();
        };
        let mut scope = match &template {
            _ if text.variants.iter().all(Phrase::is_plain) => Scope::default(),
            Some(template) => self.scope(template),
            None => {
                let mut scope = self.scope_of_nothing();
                scope.put("template", expression::empty());
                scope
            }
        };
        for (name, value) in names {
            scope.put(name, value.clone());
        }
        self.phrase(text, key, &scope)
    }

    fn standard(&self, key: &str) -> Option<&'a Text> {
        let all = &self.templates.wording;
        let tags = [
            &self.conversation.locale,
            &self.locale.language,
            &self.templates.bot.locale.tag,
        ];
        tags.iter()
            .filter_map(|tag| all.get(tag.as_str()))
            .chain(all.values())
            .find_map(|words| words.get(key))
    }

    /// The name of the integration that a template is about, for people.
    pub(crate) fn integration_of(&self, template: &Template) -> String {
        let id = template.integration.as_deref().unwrap_or_default();
        self.integration_title(id)
    }

    /// The name of an integration for people.
    pub(crate) fn integration_title(&self, id: &str) -> String {
        self.templates
            .integrations
            .get(id)
            .map_or_else(|| id.to_owned(), |i| i.title.clone())
    }
}

/// A result under its `as` name: a list, a record, or the names of a `take`.
fn result_shown(result: &Value) -> Shown {
    if result.get("rows").is_some() {
        expression::list(result)
    } else if result.get("id").is_some() && result.get("object").is_some() {
        expression::record(result)
    } else {
        Shown::from(minijinja::value::Serde(result))
    }
}
