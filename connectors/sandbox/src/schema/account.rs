//! Account: the company that contacts and opportunities belong to.
//! Only the fields that people use from a chat are here.

use super::Object;
use super::field::*;
use super::lead::{INDUSTRIES, RATINGS, SOURCES};

const TYPES: &[&str] = &[
    "Prospect",
    "Customer - Direct",
    "Customer - Channel",
    "Channel Partner / Reseller",
    "Installation Partner",
    "Technology Partner",
    "Other",
];
const OWNERSHIPS: &[&str] = &["Public", "Private", "Subsidiary", "Other"];

pub(super) fn object() -> Object {
    let mut fields = vec![
        record_id("Account ID"),
        text("Name", "Account Name", 255)
            .required()
            .name_of_record(),
        picklist("Type", "Account Type", TYPES),
        reference("ParentId", "Parent Account ID", &["Account"]).related("Parent", "ChildAccounts"),
        text_area("BillingStreet", "Billing Street", 255),
        text("BillingCity", "Billing City", 40),
        text("BillingState", "Billing State/Province", 80),
        text("BillingPostalCode", "Billing Zip/Postal Code", 20),
        text("BillingCountry", "Billing Country", 80),
        address("BillingAddress", "Billing Address"),
        text_area("ShippingStreet", "Shipping Street", 255),
        text("ShippingCity", "Shipping City", 40),
        text("ShippingState", "Shipping State/Province", 80),
        text("ShippingPostalCode", "Shipping Zip/Postal Code", 20),
        text("ShippingCountry", "Shipping Country", 80),
        address("ShippingAddress", "Shipping Address"),
        phone("Phone", "Account Phone"),
        phone("Fax", "Account Fax"),
        text("AccountNumber", "Account Number", 40),
        url("Website", "Website"),
        text("Sic", "SIC Code", 20),
        picklist("Industry", "Industry", INDUSTRIES),
        currency("AnnualRevenue", "Annual Revenue", 18, 0),
        int("NumberOfEmployees", "Employees", 8),
        picklist("Ownership", "Ownership", OWNERSHIPS),
        text_area("Description", "Account Description", 32_000),
        picklist("Rating", "Account Rating", RATINGS),
        text("Site", "Account Site", 80),
        picklist("AccountSource", "Account Source", SOURCES),
        owner(&["User"]),
    ];
    fields.extend(audit());
    fields.extend(activity());
    Object {
        name: "Account",
        label: "Account",
        plural: "Accounts",
        prefix: "001",
        writable: true,
        fields,
    }
}
