//! What is known of an org: its objects, their fields, lengths and picklists, as its describe tells. The shell keeps it
//! per org and passes it with each event; the engine only reads it.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// Per integration, the org of this user as far as it is known.
pub type Facts = BTreeMap<String, Arc<OrgFacts>>;

/// One org's objects, by name in lower case.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct OrgFacts {
    /// The objects.
    pub objects: BTreeMap<String, ObjectFacts>,
}

/// One object.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ObjectFacts {
    /// Canonical name.
    pub name: String,
    /// Label for people, `Lead`.
    pub label: String,
    /// Plural label, `Leads`.
    pub plural: String,
    /// Fields by name in lower case.
    pub fields: BTreeMap<String, FieldFacts>,
}

/// One field.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct FieldFacts {
    /// Canonical name.
    pub name: String,
    /// Label for people.
    pub label: String,
    /// The CRM's type: `string picklist email phone currency date …`.
    pub kind: String,
    /// Longest text, in characters; 0: no limit known.
    pub length: usize,
    /// Must be given at a create.
    pub required: bool,
    /// May be set at a create.
    pub createable: bool,
    /// May be changed.
    pub updateable: bool,
    /// The active values of a picklist, with their labels, in order.
    pub picklist: Vec<(String, String)>,
}

impl OrgFacts {
    /// An object by its name in any case.
    pub fn object(&self, name: &str) -> Option<&ObjectFacts> {
        self.objects.get(&name.to_lowercase())
    }

    /// A field by object and name in any case.
    pub fn field(&self, object: &str, field: &str) -> Option<&FieldFacts> {
        self.object(object)?.fields.get(&field.to_lowercase())
    }
}
