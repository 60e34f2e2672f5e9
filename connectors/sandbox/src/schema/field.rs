//! One field: its type, lengths and rules, written down with a small builder.
//! Which fields an object has is left to the object's own file.

/// The types of the org's fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Id,
    Text,
    TextArea,
    Email,
    Phone,
    Url,
    Picklist,
    Boolean,
    Int,
    Double,
    Currency,
    Percent,
    Date,
    DateTime,
    Reference,
    Address,
}

impl Kind {
    /// Whether values are text that SOQL compares without case and SOSL looks into.
    pub(crate) fn is_text(self) -> bool {
        matches!(
            self,
            Kind::Text | Kind::TextArea | Kind::Email | Kind::Phone | Kind::Url | Kind::Picklist
        )
    }

    pub(crate) fn is_number(self) -> bool {
        matches!(
            self,
            Kind::Int | Kind::Double | Kind::Currency | Kind::Percent
        )
    }

    /// The name on the wire.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Kind::Id => "id",
            Kind::Text => "string",
            Kind::TextArea => "textarea",
            Kind::Email => "email",
            Kind::Phone => "phone",
            Kind::Url => "url",
            Kind::Picklist => "picklist",
            Kind::Boolean => "boolean",
            Kind::Int => "int",
            Kind::Double => "double",
            Kind::Currency => "currency",
            Kind::Percent => "percent",
            Kind::Date => "date",
            Kind::DateTime => "datetime",
            Kind::Reference => "reference",
            Kind::Address => "address",
        }
    }
}

/// One field of an object.
#[derive(Debug, Clone)]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) label: &'static str,
    pub(crate) kind: Kind,
    /// Most characters; 0 where length means nothing.
    pub(crate) length: usize,
    /// Digits in all and behind the point; 0 where the field is no number.
    pub(crate) precision: u32,
    pub(crate) scale: u32,
    pub(crate) createable: bool,
    pub(crate) updateable: bool,
    pub(crate) nillable: bool,
    pub(crate) defaulted: bool,
    /// The value of a picklist that a new record gets.
    pub(crate) default: Option<&'static str>,
    pub(crate) values: &'static [&'static str],
    pub(crate) restricted: bool,
    pub(crate) refers_to: &'static [&'static str],
    pub(crate) relationship: Option<&'static str>,
    /// The name of the list of these records at their parent, such as `Contacts`.
    pub(crate) children: Option<&'static str>,
    pub(crate) external_id: bool,
    pub(crate) id_lookup: bool,
    pub(crate) is_name: bool,
    pub(crate) calculated: bool,
}

impl Field {
    /// Must be given at creation: createable, not nillable, not defaulted.
    pub(crate) fn is_required(&self) -> bool {
        self.createable && !self.nillable && !self.defaulted
    }

    pub(crate) fn is_custom(&self) -> bool {
        self.name.ends_with("__c")
    }

    /// Whether SOQL may compare it and sort by it: not long text, not a compound.
    pub(crate) fn is_filterable(&self) -> bool {
        self.kind != Kind::Address && !(self.kind == Kind::TextArea && self.length > 255)
    }

    pub(crate) fn required(mut self) -> Field {
        self.nillable = false;
        self
    }

    pub(crate) fn defaulted(mut self) -> Field {
        self.nillable = false;
        self.defaulted = true;
        self
    }

    pub(crate) fn read_only(mut self) -> Field {
        self.createable = false;
        self.updateable = false;
        self
    }

    pub(crate) fn create_only(mut self) -> Field {
        self.updateable = false;
        self
    }

    pub(crate) fn calculated(mut self) -> Field {
        self.calculated = true;
        self.read_only()
    }

    pub(crate) fn default_value(mut self, value: &'static str) -> Field {
        self.default = Some(value);
        self.defaulted()
    }

    pub(crate) fn restricted(mut self) -> Field {
        self.restricted = true;
        self
    }

    /// Another length than others of its type have.
    pub(crate) fn at_most(mut self, length: usize) -> Field {
        self.length = length;
        self
    }

    pub(crate) fn name_of_record(mut self) -> Field {
        self.is_name = true;
        self
    }

    pub(crate) fn looked_up(mut self) -> Field {
        self.id_lookup = true;
        self
    }

    pub(crate) fn related(mut self, parent: &'static str, children: &'static str) -> Field {
        self.relationship = Some(parent);
        self.children = (!children.is_empty()).then_some(children);
        self
    }
}

fn field(kind: Kind, name: &'static str, label: &'static str) -> Field {
    Field {
        name,
        label,
        kind,
        length: 0,
        precision: 0,
        scale: 0,
        createable: true,
        updateable: true,
        nillable: true,
        defaulted: false,
        default: None,
        values: &[],
        restricted: false,
        refers_to: &[],
        relationship: None,
        children: None,
        external_id: false,
        id_lookup: false,
        is_name: false,
        calculated: false,
    }
}

pub(crate) fn text(name: &'static str, label: &'static str, length: usize) -> Field {
    Field {
        length,
        ..field(Kind::Text, name, label)
    }
}

pub(crate) fn text_area(name: &'static str, label: &'static str, length: usize) -> Field {
    Field {
        length,
        ..field(Kind::TextArea, name, label)
    }
}

pub(crate) fn email(name: &'static str, label: &'static str) -> Field {
    Field {
        length: 80,
        ..field(Kind::Email, name, label)
    }
}

pub(crate) fn phone(name: &'static str, label: &'static str) -> Field {
    Field {
        length: 40,
        ..field(Kind::Phone, name, label)
    }
}

pub(crate) fn url(name: &'static str, label: &'static str) -> Field {
    Field {
        length: 255,
        ..field(Kind::Url, name, label)
    }
}

pub(crate) fn picklist(
    name: &'static str,
    label: &'static str,
    values: &'static [&'static str],
) -> Field {
    Field {
        length: 255,
        values,
        ..field(Kind::Picklist, name, label)
    }
}

/// Booleans are never empty: a new record has `false`.
pub(crate) fn boolean(name: &'static str, label: &'static str) -> Field {
    field(Kind::Boolean, name, label).defaulted()
}

pub(crate) fn int(name: &'static str, label: &'static str, digits: u32) -> Field {
    Field {
        precision: digits,
        ..field(Kind::Int, name, label)
    }
}

pub(crate) fn double(name: &'static str, label: &'static str, precision: u32, scale: u32) -> Field {
    Field {
        precision,
        scale,
        ..field(Kind::Double, name, label)
    }
}

pub(crate) fn currency(
    name: &'static str,
    label: &'static str,
    precision: u32,
    scale: u32,
) -> Field {
    Field {
        precision,
        scale,
        ..field(Kind::Currency, name, label)
    }
}

pub(crate) fn percent(name: &'static str, label: &'static str) -> Field {
    Field {
        precision: 3,
        ..field(Kind::Percent, name, label)
    }
}

pub(crate) fn date(name: &'static str, label: &'static str) -> Field {
    field(Kind::Date, name, label)
}

pub(crate) fn datetime(name: &'static str, label: &'static str) -> Field {
    field(Kind::DateTime, name, label)
}

pub(crate) fn reference(
    name: &'static str,
    label: &'static str,
    refers_to: &'static [&'static str],
) -> Field {
    Field {
        length: 18,
        refers_to,
        ..field(Kind::Reference, name, label)
    }
}

/// A compound of `<prefix>Street`, `<prefix>City` and so on; read-only.
pub(crate) fn address(name: &'static str, label: &'static str) -> Field {
    field(Kind::Address, name, label).read_only()
}

pub(crate) fn external_id() -> Field {
    Field {
        external_id: true,
        id_lookup: true,
        ..text("External_Id__c", "External Id", 255)
    }
}

pub(crate) fn record_id(label: &'static str) -> Field {
    Field {
        length: 18,
        id_lookup: true,
        ..field(Kind::Id, "Id", label).defaulted().read_only()
    }
}

/// The owner of a record: a user or a queue, the one who saves where none is named.
pub(crate) fn owner(refers_to: &'static [&'static str]) -> Field {
    reference("OwnerId", "Owner ID", refers_to)
        .defaulted()
        .related("Owner", "")
}

/// Who made and changed a record, and when; every object has them.
pub(crate) fn audit() -> Vec<Field> {
    let user = &["User"];
    vec![
        boolean("IsDeleted", "Deleted").read_only(),
        datetime("CreatedDate", "Created Date")
            .defaulted()
            .read_only(),
        reference("CreatedById", "Created By ID", user)
            .defaulted()
            .read_only()
            .related("CreatedBy", ""),
        datetime("LastModifiedDate", "Last Modified Date")
            .defaulted()
            .read_only(),
        reference("LastModifiedById", "Last Modified By ID", user)
            .defaulted()
            .read_only()
            .related("LastModifiedBy", ""),
        datetime("SystemModstamp", "System Modstamp")
            .defaulted()
            .read_only(),
    ]
}

/// When somebody last did something with a record or looked at it; always empty here.
pub(crate) fn activity() -> Vec<Field> {
    vec![
        date("LastActivityDate", "Last Activity").read_only(),
        datetime("LastViewedDate", "Last Viewed Date").read_only(),
        datetime("LastReferencedDate", "Last Referenced Date").read_only(),
    ]
}
