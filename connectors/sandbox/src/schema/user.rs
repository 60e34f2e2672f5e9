//! User: who signs in and owns records; only read through the API.
//! Passwords and rights are left to `oauth`.

use super::Object;
use super::field::*;

const TYPES: &[&str] = &[
    "Standard",
    "PowerPartner",
    "CspLitePortal",
    "CustomerSuccess",
    "Guest",
];

pub(super) fn object() -> Object {
    let mut fields = vec![
        record_id("User ID"),
        text("Username", "Username", 80).required().looked_up(),
        text("LastName", "Last Name", 80).required(),
        text("FirstName", "First Name", 40),
        text("Name", "Full Name", 121).required().name_of_record(),
        text("CompanyName", "Company Name", 80),
        text("Title", "Title", 80),
        email("Email", "Email").required(),
        phone("Phone", "Phone"),
        phone("MobilePhone", "Mobile"),
        text("Alias", "Alias", 8).required(),
        boolean("IsActive", "Active"),
        picklist("UserType", "User Type", TYPES).restricted(),
        text("TimeZoneSidKey", "Time Zone", 40),
        text("LocaleSidKey", "Locale", 40),
        text("LanguageLocaleKey", "Language", 40),
    ];
    fields.extend(audit());
    let fields = fields.into_iter().map(Field::read_only).collect();
    Object {
        name: "User",
        label: "User",
        plural: "Users",
        prefix: "005",
        writable: false,
        fields,
    }
}
