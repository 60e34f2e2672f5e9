//! The objects of the org and their fields: what describe tells and what validation checks are both made from these.
//! Checking a value is left to `record`, the words of describe to `schema/describe.rs`.

mod account;
mod contact;
pub(crate) mod describe;
mod field;
mod lead;
mod opportunity;
mod organization;
mod user;

pub(crate) use field::{Field, Kind};
pub(crate) use opportunity::STAGES;

/// The lead status that only conversion may set.
pub(crate) use lead::CONVERTED_STATUS;

/// All objects.
pub(crate) struct Schema {
    pub(crate) objects: Vec<Object>,
}

/// One object, such as Lead.
pub(crate) struct Object {
    pub(crate) name: &'static str,
    pub(crate) label: &'static str,
    pub(crate) plural: &'static str,
    /// The first three characters of its ids.
    pub(crate) prefix: &'static str,
    /// Whether the API may create, update and delete its records at all.
    pub(crate) writable: bool,
    pub(crate) fields: Vec<Field>,
}

impl Schema {
    /// The org's objects, with or without `External_Id__c` on Lead and Opportunity.
    pub(crate) fn new(external_id: bool) -> Schema {
        let mut objects = vec![
            account::object(),
            contact::object(),
            lead::object(),
            opportunity::object(),
            organization::object(),
            user::object(),
        ];
        if external_id {
            for object in &mut objects {
                if matches!(object.name, "Lead" | "Opportunity") {
                    object.fields.push(field::external_id());
                }
            }
        }
        Schema { objects }
    }

    /// An object by its name in any case.
    pub(crate) fn object(&self, name: &str) -> Option<&Object> {
        self.objects
            .iter()
            .find(|o| o.name.eq_ignore_ascii_case(name))
    }

    /// The object an id belongs to.
    pub(crate) fn object_of(&self, id: &str) -> Option<&Object> {
        self.objects.iter().find(|o| id.starts_with(o.prefix))
    }

    /// The object that a parent relationship such as `Owner` leads to: the first of its kinds that the org has.
    pub(crate) fn parent(&self, reference: &Field) -> Option<&Object> {
        reference
            .refers_to
            .iter()
            .find_map(|name| self.object(name))
    }
}

impl Object {
    /// A field by its name in any case.
    pub(crate) fn field(&self, name: &str) -> Option<&Field> {
        self.fields
            .iter()
            .find(|f| f.name.eq_ignore_ascii_case(name))
    }

    /// The reference field behind a relationship such as `Account` or `Owner`.
    pub(crate) fn relation(&self, name: &str) -> Option<&Field> {
        self.fields
            .iter()
            .find(|f| f.relationship.is_some_and(|r| r.eq_ignore_ascii_case(name)))
    }

    /// A field that names one record from outside: an external id, or one marked for look-up.
    pub(crate) fn key(&self, name: &str) -> Option<&Field> {
        self.field(name).filter(|f| f.external_id || f.id_lookup)
    }
}
