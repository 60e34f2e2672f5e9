//! Contact: a person at an account.
//! Only the fields that people use from a chat are here.

use super::Object;
use super::field::*;
use super::lead::{SALUTATIONS, SOURCES};

pub(super) fn object() -> Object {
    let mut fields = vec![
        record_id("Contact ID"),
        reference("AccountId", "Account ID", &["Account"]).related("Account", "Contacts"),
        text("LastName", "Last Name", 80).required(),
        text("FirstName", "First Name", 40),
        picklist("Salutation", "Salutation", SALUTATIONS).at_most(40),
        text("Name", "Full Name", 121)
            .required()
            .name_of_record()
            .read_only(),
        text_area("MailingStreet", "Mailing Street", 255),
        text("MailingCity", "Mailing City", 40),
        text("MailingState", "Mailing State/Province", 80),
        text("MailingPostalCode", "Mailing Zip/Postal Code", 20),
        text("MailingCountry", "Mailing Country", 80),
        address("MailingAddress", "Mailing Address"),
        phone("Phone", "Business Phone"),
        phone("Fax", "Business Fax"),
        phone("MobilePhone", "Mobile Phone"),
        phone("HomePhone", "Home Phone"),
        reference("ReportsToId", "Reports To ID", &["Contact"]).related("ReportsTo", ""),
        email("Email", "Email").looked_up(),
        text("Title", "Title", 128),
        text("Department", "Department", 80),
        picklist("LeadSource", "Lead Source", SOURCES),
        date("Birthdate", "Birthdate"),
        text_area("Description", "Contact Description", 32_000),
        boolean("HasOptedOutOfEmail", "Email Opt Out"),
        boolean("DoNotCall", "Do Not Call"),
        owner(&["User"]),
    ];
    fields.extend(audit());
    fields.extend(activity());
    Object {
        name: "Contact",
        label: "Contact",
        plural: "Contacts",
        prefix: "003",
        writable: true,
        fields,
    }
}
