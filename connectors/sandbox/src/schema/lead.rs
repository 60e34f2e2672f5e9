//! Lead, with the classic picklists.
//! Rules that span fields are left to `record`.

use super::Object;
use super::field::*;

/// Set by conversion only.
pub(crate) const CONVERTED_STATUS: &str = "Closed - Converted";

pub(super) const SALUTATIONS: &[&str] = &["Mr.", "Ms.", "Mrs.", "Dr.", "Prof."];
pub(super) const SOURCES: &[&str] = &[
    "Web",
    "Phone Inquiry",
    "Partner Referral",
    "Purchased List",
    "Other",
];
pub(super) const RATINGS: &[&str] = &["Hot", "Warm", "Cold"];
pub(super) const CLEAN: &[&str] = &[
    "Matched",
    "Different",
    "Acknowledged",
    "NotFound",
    "Inactive",
    "Pending",
    "SelectMatch",
    "Skipped",
];
pub(super) const INDUSTRIES: &[&str] = &[
    "Agriculture",
    "Apparel",
    "Banking",
    "Biotechnology",
    "Chemicals",
    "Communications",
    "Construction",
    "Consulting",
    "Education",
    "Electronics",
    "Energy",
    "Engineering",
    "Entertainment",
    "Environmental",
    "Finance",
    "Food & Beverage",
    "Government",
    "Healthcare",
    "Hospitality",
    "Insurance",
    "Machinery",
    "Manufacturing",
    "Media",
    "Not For Profit",
    "Other",
    "Recreation",
    "Retail",
    "Shipping",
    "Technology",
    "Telecommunications",
    "Transportation",
    "Utilities",
];
const STATUSES: &[&str] = &[
    "Open - Not Contacted",
    "Working - Contacted",
    CONVERTED_STATUS,
    "Closed - Not Converted",
];

pub(super) fn object() -> Object {
    let mut fields = vec![
        record_id("Lead ID"),
        reference("MasterRecordId", "Master Record ID", &["Lead"])
            .read_only()
            .related("MasterRecord", ""),
        text("LastName", "Last Name", 80).required(),
        text("FirstName", "First Name", 40),
        picklist("Salutation", "Salutation", SALUTATIONS).at_most(40),
        text("Name", "Full Name", 121)
            .required()
            .name_of_record()
            .read_only(),
        text("Title", "Title", 128),
        text("Company", "Company", 255).required(),
        text_area("Street", "Street", 255),
        text("City", "City", 40),
        text("State", "State/Province", 80),
        text("PostalCode", "Zip/Postal Code", 20),
        text("Country", "Country", 80),
        address("Address", "Address"),
        phone("Phone", "Phone"),
        phone("MobilePhone", "Mobile Phone"),
        phone("Fax", "Fax"),
        email("Email", "Email").looked_up(),
        url("Website", "Website"),
        url("PhotoUrl", "Photo URL").read_only(),
        text_area("Description", "Description", 32_000),
        picklist("LeadSource", "Lead Source", SOURCES),
        picklist("Status", "Status", STATUSES).default_value("Open - Not Contacted"),
        picklist("Industry", "Industry", INDUSTRIES),
        picklist("Rating", "Rating", RATINGS),
        currency("AnnualRevenue", "Annual Revenue", 18, 0),
        int("NumberOfEmployees", "Employees", 8),
        owner(&["Group", "User"]),
        boolean("HasOptedOutOfEmail", "Email Opt Out"),
        boolean("HasOptedOutOfFax", "Fax Opt Out"),
        boolean("DoNotCall", "Do Not Call"),
        boolean("IsConverted", "Converted").read_only(),
        date("ConvertedDate", "Converted Date").read_only(),
        reference("ConvertedAccountId", "Converted Account ID", &["Account"])
            .read_only()
            .related("ConvertedAccount", ""),
        reference("ConvertedContactId", "Converted Contact ID", &["Contact"])
            .read_only()
            .related("ConvertedContact", ""),
        reference(
            "ConvertedOpportunityId",
            "Converted Opportunity ID",
            &["Opportunity"],
        )
        .read_only()
        .related("ConvertedOpportunity", ""),
        boolean("IsUnreadByOwner", "Unread By Owner"),
        text("EmailBouncedReason", "Email Bounced Reason", 255).read_only(),
        datetime("EmailBouncedDate", "Email Bounced Date").read_only(),
        text("Jigsaw", "Data.com Key", 20),
        text("JigsawContactId", "Jigsaw Contact ID", 20).read_only(),
        picklist("CleanStatus", "Clean Status", CLEAN).restricted(),
    ];
    fields.extend(audit());
    fields.extend(activity());
    Object {
        name: "Lead",
        label: "Lead",
        plural: "Leads",
        prefix: "00Q",
        writable: true,
        fields,
    }
}
