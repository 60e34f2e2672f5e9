//! Opportunity and what its stages stand for.
//! Deriving probability and forecast from the stage is left to `record/derive.rs`.

use super::Object;
use super::field::*;
use super::lead::SOURCES;

/// What a stage stands for.
pub(crate) struct Stage {
    pub(crate) name: &'static str,
    pub(crate) probability: f64,
    pub(crate) forecast: &'static str,
    pub(crate) closed: bool,
    pub(crate) won: bool,
}

const fn open(name: &'static str, probability: f64) -> Stage {
    Stage {
        name,
        probability,
        forecast: "Pipeline",
        closed: false,
        won: false,
    }
}

/// The default stages, in the order of the sale.
pub(crate) const STAGES: &[Stage] = &[
    open("Prospecting", 10.0),
    open("Qualification", 10.0),
    open("Needs Analysis", 20.0),
    open("Value Proposition", 50.0),
    open("Id. Decision Makers", 60.0),
    open("Perception Analysis", 70.0),
    open("Proposal/Price Quote", 75.0),
    open("Negotiation/Review", 90.0),
    Stage {
        name: "Closed Won",
        probability: 100.0,
        forecast: "Closed",
        closed: true,
        won: true,
    },
    Stage {
        name: "Closed Lost",
        probability: 0.0,
        forecast: "Omitted",
        closed: true,
        won: false,
    },
];

const STAGE_NAMES: &[&str] = &[
    STAGES[0].name,
    STAGES[1].name,
    STAGES[2].name,
    STAGES[3].name,
    STAGES[4].name,
    STAGES[5].name,
    STAGES[6].name,
    STAGES[7].name,
    STAGES[8].name,
    STAGES[9].name,
];
const FORECASTS: &[&str] = &[
    "Omitted",
    "Pipeline",
    "Best Case",
    "Most Likely",
    "Commit",
    "Closed",
];
const TYPES: &[&str] = &[
    "Existing Customer - Upgrade",
    "Existing Customer - Replacement",
    "Existing Customer - Downgrade",
    "New Customer",
];

pub(super) fn object() -> Object {
    let mut fields = vec![
        record_id("Opportunity ID"),
        reference("AccountId", "Account ID", &["Account"]).related("Account", "Opportunities"),
        boolean("IsPrivate", "Private"),
        text("Name", "Name", 120).required().name_of_record(),
        text_area("Description", "Description", 32_000),
        picklist("StageName", "Stage", STAGE_NAMES).required(),
        currency("Amount", "Amount", 18, 2),
        percent("Probability", "Probability (%)"),
        currency("ExpectedRevenue", "Expected Amount", 18, 2).calculated(),
        double("TotalOpportunityQuantity", "Quantity", 16, 2),
        date("CloseDate", "Close Date").required(),
        picklist("Type", "Opportunity Type", TYPES),
        text("NextStep", "Next Step", 255),
        picklist("LeadSource", "Lead Source", SOURCES),
        boolean("IsClosed", "Closed").read_only(),
        boolean("IsWon", "Won").read_only(),
        picklist("ForecastCategory", "Forecast Category", FORECASTS)
            .defaulted()
            .restricted()
            .read_only(),
        picklist("ForecastCategoryName", "Forecast Category", FORECASTS),
        reference("CampaignId", "Campaign ID", &["Campaign"]),
        boolean("HasOpportunityLineItem", "Has Line Item").read_only(),
        reference("Pricebook2Id", "Price Book ID", &["Pricebook2"]),
        reference("ContactId", "Contact ID", &["Contact"]).create_only(),
        owner(&["User"]),
        text("Fiscal", "Fiscal Period", 6).read_only(),
        int("FiscalYear", "Fiscal Year", 4).read_only(),
        int("FiscalQuarter", "Fiscal Quarter", 1).read_only(),
    ];
    fields.extend(audit());
    fields.extend(activity());
    Object {
        name: "Opportunity",
        label: "Opportunity",
        plural: "Opportunities",
        prefix: "006",
        writable: true,
        fields,
    }
}
