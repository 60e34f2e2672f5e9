//! The records that the org starts with when none are given; people and companies are invented.
//! Loading them is left to `seed`.

use jiff::ToSpan as _;
use jiff::civil::Date;
use serde_json::{Value, json};

/// A body of `/sandbox/reset`; close dates lie around `today`.
pub(crate) fn invented(today: Date) -> Value {
    let accounts = ACCOUNTS
        .iter()
        .map(|(name, industry, city, country, phone)| {
            json!({
                "type": "Account", "Name": name, "Industry": industry, "Type": "Customer - Direct",
                "BillingCity": city, "BillingCountry": country, "Phone": phone,
            })
        });
    let contacts = CONTACTS.iter().map(|(first, last, title, email, account)| {
        json!({
            "type": "Contact", "FirstName": first, "LastName": last, "Title": title, "Email": email,
            "Account": {"Name": account},
        })
    });
    let opportunities = OPPORTUNITIES.iter().map(|(name, account, stage, amount, days)| {
        json!({
            "type": "Opportunity", "Name": name, "Account": {"Name": account}, "StageName": stage,
            "Amount": amount, "CloseDate": today.saturating_add(days.days()).to_string(), "LeadSource": "Web",
        })
    });
    let leads = LEADS.iter().map(|lead| {
        json!({
            "FirstName": lead.0, "LastName": lead.1, "Company": lead.2, "Title": lead.3, "Email": lead.4,
            "Phone": lead.5, "Status": lead.6, "LeadSource": lead.7, "Rating": lead.8, "City": lead.9, "Country": lead.10,
        })
    });
    let records: Vec<Value> = accounts.chain(contacts).chain(opportunities).collect();
    json!({"records": records, "leads": leads.collect::<Vec<_>>()})
}

/// Name, industry, city, country, phone.
type Account = (
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
);

const ACCOUNTS: [Account; 8] = [
    (
        "Larkspur Analytics",
        "Technology",
        "Denver",
        "United States",
        "+1 303 555 0110",
    ),
    (
        "Bramble & Finch",
        "Retail",
        "Portland",
        "United States",
        "+1 503 555 0111",
    ),
    (
        "Halden Shipping",
        "Shipping",
        "Bergen",
        "Norway",
        "+47 55 55 01 12",
    ),
    (
        "Cobalt Foods",
        "Food & Beverage",
        "Chicago",
        "United States",
        "+1 312 555 0113",
    ),
    (
        "Tessera Bank",
        "Banking",
        "Milan",
        "Italy",
        "+39 02 5550 114",
    ),
    (
        "Quillfeather Press",
        "Media",
        "Edinburgh",
        "United Kingdom",
        "+44 131 496 0115",
    ),
    (
        "Sunward Energy",
        "Energy",
        "Austin",
        "United States",
        "+1 512 555 0116",
    ),
    (
        "Maple Street Clinics",
        "Healthcare",
        "Toronto",
        "Canada",
        "+1 416 555 0117",
    ),
];

/// First name, last name, title, e-mail, account.
type Contact = (
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
);

const CONTACTS: [Contact; 10] = [
    (
        "Mina",
        "Okafor",
        "Head of Data",
        "mina.okafor@larkspur.example",
        "Larkspur Analytics",
    ),
    (
        "Theo",
        "Lindgren",
        "Buyer",
        "theo@bramblefinch.example",
        "Bramble & Finch",
    ),
    (
        "Sigrid",
        "Aasen",
        "Fleet Director",
        "sigrid.aasen@halden.example",
        "Halden Shipping",
    ),
    (
        "Carl",
        "Mendes",
        "Operations Lead",
        "carl.mendes@cobaltfoods.example",
        "Cobalt Foods",
    ),
    (
        "Giulia",
        "Ferrante",
        "Procurement",
        "g.ferrante@tessera.example",
        "Tessera Bank",
    ),
    (
        "Fergus",
        "Doyle",
        "Publisher",
        "fergus@quillfeather.example",
        "Quillfeather Press",
    ),
    (
        "Amara",
        "Bell",
        "Chief Engineer",
        "amara.bell@sunward.example",
        "Sunward Energy",
    ),
    (
        "Noah",
        "Whitaker",
        "IT Manager",
        "noah.whitaker@maplestreet.example",
        "Maple Street Clinics",
    ),
    (
        "Helen",
        "Osei",
        "CFO",
        "helen.osei@cobaltfoods.example",
        "Cobalt Foods",
    ),
    (
        "Ravi",
        "Menon",
        "Analyst",
        "ravi.menon@larkspur.example",
        "Larkspur Analytics",
    ),
];

/// Name, account, stage, amount, days from today to the close date.
type Opportunity = (&'static str, &'static str, &'static str, u32, i64);

const OPPORTUNITIES: [Opportunity; 10] = [
    (
        "Larkspur - Pilot",
        "Larkspur Analytics",
        "Prospecting",
        12_000,
        45,
    ),
    (
        "Larkspur - Renewal",
        "Larkspur Analytics",
        "Negotiation/Review",
        48_000,
        12,
    ),
    (
        "Bramble & Finch - Stores",
        "Bramble & Finch",
        "Qualification",
        22_500,
        60,
    ),
    (
        "Halden - Fleet tracking",
        "Halden Shipping",
        "Proposal/Price Quote",
        180_000,
        30,
    ),
    (
        "Cobalt - Cold chain",
        "Cobalt Foods",
        "Needs Analysis",
        64_000,
        75,
    ),
    (
        "Cobalt - Warehouse",
        "Cobalt Foods",
        "Closed Won",
        91_000,
        -20,
    ),
    (
        "Tessera - Branch rollout",
        "Tessera Bank",
        "Value Proposition",
        250_000,
        90,
    ),
    (
        "Quillfeather - Archive",
        "Quillfeather Press",
        "Closed Lost",
        15_000,
        -40,
    ),
    (
        "Sunward - Monitoring",
        "Sunward Energy",
        "Id. Decision Makers",
        133_000,
        50,
    ),
    (
        "Maple Street - Scheduling",
        "Maple Street Clinics",
        "Perception Analysis",
        39_900,
        21,
    ),
];

/// First name, last name, company, title, e-mail, phone, status, source, rating, city, country.
type Lead = (
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
);

const OPEN: &str = "Open - Not Contacted";
const WORKING: &str = "Working - Contacted";
const LOST: &str = "Closed - Not Converted";

const LEADS: [Lead; 25] = [
    (
        "Ines",
        "Carvalho",
        "Atlas Tiles",
        "Owner",
        "ines@atlastiles.example",
        "+351 21 555 0130",
        OPEN,
        "Web",
        "Warm",
        "Lisbon",
        "Portugal",
    ),
    (
        "Desmond",
        "Achebe",
        "Pinegrove Hotels",
        "General Manager",
        "d.achebe@pinegrove.example",
        "+1 404 555 0131",
        WORKING,
        "Phone Inquiry",
        "Hot",
        "Atlanta",
        "United States",
    ),
    (
        "Yuki",
        "Tanabe",
        "Tanabe Optics",
        "Engineer",
        "yuki.tanabe@tanabeoptics.example",
        "+81 3 5555 0132",
        OPEN,
        "Partner Referral",
        "Cold",
        "Tokyo",
        "Japan",
    ),
    (
        "Camille",
        "Roussel",
        "Roussel Vignobles",
        "Export Manager",
        "camille@roussel-vin.example",
        "+33 5 55 50 01 33",
        OPEN,
        "Web",
        "Warm",
        "Bordeaux",
        "France",
    ),
    (
        "Grant",
        "Holloway",
        "Holloway Roofing",
        "Owner",
        "grant@hollowayroofing.example",
        "+1 614 555 0134",
        WORKING,
        "Purchased List",
        "Cold",
        "Columbus",
        "United States",
    ),
    (
        "Priya",
        "Raghavan",
        "Monsoon Textiles",
        "Buyer",
        "priya.raghavan@monsoon.example",
        "+91 22 5550 0135",
        OPEN,
        "Other",
        "Hot",
        "Mumbai",
        "India",
    ),
    (
        "Lars",
        "Eklund",
        "Eklund Timber",
        "Sales Director",
        "lars.eklund@eklundtimber.example",
        "+46 8 555 01 36",
        LOST,
        "Web",
        "Cold",
        "Stockholm",
        "Sweden",
    ),
    (
        "Bianca",
        "Moretti",
        "Studio Moretti",
        "Architect",
        "bianca@studiomoretti.example",
        "+39 06 5550 137",
        OPEN,
        "Web",
        "Warm",
        "Rome",
        "Italy",
    ),
    (
        "Oscar",
        "Villanueva",
        "Baja Solar",
        "CEO",
        "oscar@bajasolar.example",
        "+52 664 555 0138",
        WORKING,
        "Partner Referral",
        "Hot",
        "Tijuana",
        "Mexico",
    ),
    (
        "Hannah",
        "Brandt",
        "Brandt Logistik",
        "Disponentin",
        "h.brandt@brandt-logistik.example",
        "+49 40 555 0139",
        OPEN,
        "Phone Inquiry",
        "Warm",
        "Hamburg",
        "Germany",
    ),
    (
        "Samuel",
        "Oyelaran",
        "Harbor Freight Kings",
        "Dispatcher",
        "samuel@hfkings.example",
        "+1 757 555 0140",
        OPEN,
        "Web",
        "Cold",
        "Norfolk",
        "United States",
    ),
    (
        "Freya",
        "Thorne",
        "Thorne Botanicals",
        "Founder",
        "freya@thornebotanicals.example",
        "+44 117 496 0141",
        WORKING,
        "Web",
        "Hot",
        "Bristol",
        "United Kingdom",
    ),
    (
        "Mateo",
        "Quintero",
        "Andes Coffee Roasters",
        "Buyer",
        "mateo.quintero@andescoffee.example",
        "+57 601 555 0142",
        OPEN,
        "Partner Referral",
        "Warm",
        "Bogota",
        "Colombia",
    ),
    (
        "Anneke",
        "de Wit",
        "Polder Pumps",
        "Procurement",
        "anneke@polderpumps.example",
        "+31 20 555 0143",
        OPEN,
        "Web",
        "Cold",
        "Amsterdam",
        "Netherlands",
    ),
    (
        "Curtis",
        "Beaumont",
        "Beaumont Motors",
        "Fleet Sales",
        "curtis@beaumontmotors.example",
        "+1 504 555 0144",
        LOST,
        "Purchased List",
        "Cold",
        "New Orleans",
        "United States",
    ),
    (
        "Leila",
        "Haddad",
        "Cedar Medical Supply",
        "Director",
        "leila.haddad@cedarmed.example",
        "+961 1 555 0145",
        WORKING,
        "Phone Inquiry",
        "Hot",
        "Beirut",
        "Lebanon",
    ),
    (
        "Tomasz",
        "Zielinski",
        "Zielinski Glass",
        "Plant Manager",
        "t.zielinski@zglass.example",
        "+48 22 555 01 46",
        OPEN,
        "Web",
        "Warm",
        "Warsaw",
        "Poland",
    ),
    (
        "Ruby",
        "Castellanos",
        "Copper Kettle Diners",
        "Owner",
        "ruby@copperkettle.example",
        "+1 505 555 0147",
        OPEN,
        "Other",
        "Warm",
        "Albuquerque",
        "United States",
    ),
    (
        "Kwame",
        "Asante",
        "Gold Coast Cocoa",
        "Export Lead",
        "kwame@goldcoastcocoa.example",
        "+233 30 555 0148",
        OPEN,
        "Partner Referral",
        "Hot",
        "Accra",
        "Ghana",
    ),
    (
        "Elena",
        "Popescu",
        "Carpathia Tours",
        "Manager",
        "elena@carpathiatours.example",
        "+40 21 555 0149",
        WORKING,
        "Web",
        "Cold",
        "Bucharest",
        "Romania",
    ),
    (
        "Vincent",
        "Larkin",
        "Larkin & Sons Plumbing",
        "Partner",
        "vincent@larkinplumbing.example",
        "+1 216 555 0150",
        OPEN,
        "Phone Inquiry",
        "Warm",
        "Cleveland",
        "United States",
    ),
    (
        "Noor",
        "Al-Hashimi",
        "Gulf Data Centers",
        "CTO",
        "noor@gulfdc.example",
        "+971 4 555 0151",
        OPEN,
        "Web",
        "Hot",
        "Dubai",
        "United Arab Emirates",
    ),
    (
        "Greta",
        "Sorensen",
        "Nordlys Lighting",
        "Designer",
        "greta@nordlys.example",
        "+45 33 55 01 52",
        OPEN,
        "Web",
        "Warm",
        "Copenhagen",
        "Denmark",
    ),
    (
        "Malcolm",
        "Reid",
        "Reid Distillers",
        "Head of Sales",
        "malcolm.reid@reiddistillers.example",
        "+44 1463 496 0153",
        WORKING,
        "Partner Referral",
        "Hot",
        "Inverness",
        "United Kingdom",
    ),
    (
        "Clara",
        "Beckett",
        "Riverbend Schools",
        "Principal",
        "clara.beckett@riverbend.example",
        "+1 608 555 0154",
        OPEN,
        "Web",
        "Warm",
        "Madison",
        "United States",
    ),
];

#[cfg(test)]
mod tests {
    use crate::{Options, Org};

    #[test]
    fn a_new_org_holds_25_leads_with_accounts_contacts_and_opportunities() {
        let org = Org::new(Options::default()).expect("the invented records are right");
        let state = org.state();
        let counts =
            ["Lead", "Account", "Contact", "Opportunity"].map(|object| state.table(object).len());
        assert_eq!(counts, [25, 8, 10, 10]);
    }
}
