//! Organization: the org itself, one record, only read through the API.
//! Its name is what "Connected as … (Example Org)" shows.

use super::Object;
use super::field::*;

pub(super) fn object() -> Object {
    let mut fields = vec![
        record_id("Organization ID"),
        text("Name", "Name", 80).required().name_of_record(),
        text("Street", "Street", 255),
        text("City", "City", 40),
        text("State", "State/Province", 80),
        text("PostalCode", "Zip/Postal Code", 20),
        text("Country", "Country", 80),
        phone("Phone", "Phone"),
        text("PrimaryContact", "Primary Contact", 80),
        text("DefaultLocaleSidKey", "Locale", 40),
        text("TimeZoneSidKey", "Time Zone", 40),
        text("LanguageLocaleKey", "Language", 40),
        text("OrganizationType", "Edition", 40),
        text("NamespacePrefix", "Namespace Prefix", 15),
        text("InstanceName", "Instance Name", 5),
        boolean("IsSandbox", "Is Sandbox"),
        datetime("TrialExpirationDate", "Trial Expiration Date"),
    ];
    fields.extend(audit().into_iter().filter(|f| f.name != "IsDeleted"));
    let fields = fields.into_iter().map(Field::read_only).collect();
    Object {
        name: "Organization",
        label: "Organization",
        plural: "Organizations",
        prefix: "00D",
        writable: false,
        fields,
    }
}
