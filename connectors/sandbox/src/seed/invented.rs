//! The records that the org starts with when none are given; people and companies are invented.
//! Loading them is left to `seed`.

use jiff::ToSpan as _;
use jiff::civil::Date;
use serde_json::{Value, json};

/// A body of `/sandbox/reset`; close dates lie around `today`.
pub(crate) fn invented(today: Date) -> Value {
    let accounts = rows(ACCOUNTS).map(|[name, industry, city, country, phone]| {
        json!({
            "type": "Account", "Name": name, "Industry": industry, "Type": "Customer - Direct",
            "BillingCity": city, "BillingCountry": country, "Phone": phone,
        })
    });
    let contacts = rows(CONTACTS).map(|[first, last, title, email, account]| {
        json!({
            "type": "Contact", "FirstName": first, "LastName": last, "Title": title, "Email": email,
            "Account": {"Name": account},
        })
    });
    let opportunities = rows(OPPORTUNITIES).map(|[name, account, stage, amount, days]| {
        let days: i64 = days.parse().expect("the table has whole days");
        json!({
            "type": "Opportunity", "Name": name, "Account": {"Name": account}, "StageName": stage,
            "Amount": amount, "CloseDate": today.saturating_add(days.days()).to_string(), "LeadSource": "Web",
        })
    });
    let leads = rows(LEADS).map(
        |[first, last, company, title, email, phone, status, source, rating, city, country]| {
            json!({
                "FirstName": first, "LastName": last, "Company": company, "Title": title, "Email": email,
                "Phone": phone, "Status": status, "LeadSource": source, "Rating": rating,
                "City": city, "Country": country,
            })
        },
    );
    let records: Vec<Value> = accounts.chain(contacts).chain(opportunities).collect();
    json!({"records": records, "leads": leads.collect::<Vec<_>>()})
}

/// The cells of a table, line by line.
fn rows<const N: usize>(table: &'static str) -> impl Iterator<Item = [&'static str; N]> {
    table.lines().map(|line| {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        cells
            .try_into()
            .expect("every line of the table has all its cells")
    })
}

/// Name, industry, city, country, phone.
const ACCOUNTS: &str = "\
Larkspur Analytics | Technology | Denver | United States | +1 303 555 0110
Bramble & Finch | Retail | Portland | United States | +1 503 555 0111
Halden Shipping | Shipping | Bergen | Norway | +47 55 55 01 12
Cobalt Foods | Food & Beverage | Chicago | United States | +1 312 555 0113
Tessera Bank | Banking | Milan | Italy | +39 02 5550 114
Quillfeather Press | Media | Edinburgh | United Kingdom | +44 131 496 0115
Sunward Energy | Energy | Austin | United States | +1 512 555 0116
Maple Street Clinics | Healthcare | Toronto | Canada | +1 416 555 0117";

/// First name, last name, title, e-mail, account.
const CONTACTS: &str = "\
Mina | Okafor | Head of Data | mina.okafor@larkspur.example | Larkspur Analytics
Theo | Lindgren | Buyer | theo@bramblefinch.example | Bramble & Finch
Sigrid | Aasen | Fleet Director | sigrid.aasen@halden.example | Halden Shipping
Carl | Mendes | Operations Lead | carl.mendes@cobaltfoods.example | Cobalt Foods
Giulia | Ferrante | Procurement | g.ferrante@tessera.example | Tessera Bank
Fergus | Doyle | Publisher | fergus@quillfeather.example | Quillfeather Press
Amara | Bell | Chief Engineer | amara.bell@sunward.example | Sunward Energy
Noah | Whitaker | IT Manager | noah.whitaker@maplestreet.example | Maple Street Clinics
Helen | Osei | CFO | helen.osei@cobaltfoods.example | Cobalt Foods
Ravi | Menon | Analyst | ravi.menon@larkspur.example | Larkspur Analytics";

/// Name, account, stage, amount, days from today to the close date.
const OPPORTUNITIES: &str = "\
Larkspur - Pilot | Larkspur Analytics | Prospecting | 12000 | 45
Larkspur - Renewal | Larkspur Analytics | Negotiation/Review | 48000 | 12
Bramble & Finch - Stores | Bramble & Finch | Qualification | 22500 | 60
Halden - Fleet tracking | Halden Shipping | Proposal/Price Quote | 180000 | 30
Cobalt - Cold chain | Cobalt Foods | Needs Analysis | 64000 | 75
Cobalt - Warehouse | Cobalt Foods | Closed Won | 91000 | -20
Tessera - Branch rollout | Tessera Bank | Value Proposition | 250000 | 90
Quillfeather - Archive | Quillfeather Press | Closed Lost | 15000 | -40
Sunward - Monitoring | Sunward Energy | Id. Decision Makers | 133000 | 50
Maple Street - Scheduling | Maple Street Clinics | Perception Analysis | 39900 | 21";

/// First name, last name, company, title, e-mail, phone, status, source, rating, city, country.
const LEADS: &str = "\
Ines | Carvalho | Atlas Tiles | Owner | ines@atlastiles.example | +351 21 555 0130 | Open - Not Contacted | Web | Warm | Lisbon | Portugal
Desmond | Achebe | Pinegrove Hotels | General Manager | d.achebe@pinegrove.example | +1 404 555 0131 | Working - Contacted | Phone Inquiry | Hot | Atlanta | United States
Yuki | Tanabe | Tanabe Optics | Engineer | yuki.tanabe@tanabeoptics.example | +81 3 5555 0132 | Open - Not Contacted | Partner Referral | Cold | Tokyo | Japan
Camille | Roussel | Roussel Vignobles | Export Manager | camille@roussel-vin.example | +33 5 55 50 01 33 | Open - Not Contacted | Web | Warm | Bordeaux | France
Grant | Holloway | Holloway Roofing | Owner | grant@hollowayroofing.example | +1 614 555 0134 | Working - Contacted | Purchased List | Cold | Columbus | United States
Priya | Raghavan | Monsoon Textiles | Buyer | priya.raghavan@monsoon.example | +91 22 5550 0135 | Open - Not Contacted | Other | Hot | Mumbai | India
Lars | Eklund | Eklund Timber | Sales Director | lars.eklund@eklundtimber.example | +46 8 555 01 36 | Closed - Not Converted | Web | Cold | Stockholm | Sweden
Bianca | Moretti | Studio Moretti | Architect | bianca@studiomoretti.example | +39 06 5550 137 | Open - Not Contacted | Web | Warm | Rome | Italy
Oscar | Villanueva | Baja Solar | CEO | oscar@bajasolar.example | +52 664 555 0138 | Working - Contacted | Partner Referral | Hot | Tijuana | Mexico
Hannah | Brandt | Brandt Logistik | Disponentin | h.brandt@brandt-logistik.example | +49 40 555 0139 | Open - Not Contacted | Phone Inquiry | Warm | Hamburg | Germany
Samuel | Oyelaran | Harbor Freight Kings | Dispatcher | samuel@hfkings.example | +1 757 555 0140 | Open - Not Contacted | Web | Cold | Norfolk | United States
Freya | Thorne | Thorne Botanicals | Founder | freya@thornebotanicals.example | +44 117 496 0141 | Working - Contacted | Web | Hot | Bristol | United Kingdom
Mateo | Quintero | Andes Coffee Roasters | Buyer | mateo.quintero@andescoffee.example | +57 601 555 0142 | Open - Not Contacted | Partner Referral | Warm | Bogota | Colombia
Anneke | de Wit | Polder Pumps | Procurement | anneke@polderpumps.example | +31 20 555 0143 | Open - Not Contacted | Web | Cold | Amsterdam | Netherlands
Curtis | Beaumont | Beaumont Motors | Fleet Sales | curtis@beaumontmotors.example | +1 504 555 0144 | Closed - Not Converted | Purchased List | Cold | New Orleans | United States
Leila | Haddad | Cedar Medical Supply | Director | leila.haddad@cedarmed.example | +961 1 555 0145 | Working - Contacted | Phone Inquiry | Hot | Beirut | Lebanon
Tomasz | Zielinski | Zielinski Glass | Plant Manager | t.zielinski@zglass.example | +48 22 555 01 46 | Open - Not Contacted | Web | Warm | Warsaw | Poland
Ruby | Castellanos | Copper Kettle Diners | Owner | ruby@copperkettle.example | +1 505 555 0147 | Open - Not Contacted | Other | Warm | Albuquerque | United States
Kwame | Asante | Gold Coast Cocoa | Export Lead | kwame@goldcoastcocoa.example | +233 30 555 0148 | Open - Not Contacted | Partner Referral | Hot | Accra | Ghana
Elena | Popescu | Carpathia Tours | Manager | elena@carpathiatours.example | +40 21 555 0149 | Working - Contacted | Web | Cold | Bucharest | Romania
Vincent | Larkin | Larkin & Sons Plumbing | Partner | vincent@larkinplumbing.example | +1 216 555 0150 | Open - Not Contacted | Phone Inquiry | Warm | Cleveland | United States
Noor | Al-Hashimi | Gulf Data Centers | CTO | noor@gulfdc.example | +971 4 555 0151 | Open - Not Contacted | Web | Hot | Dubai | United Arab Emirates
Greta | Sorensen | Nordlys Lighting | Designer | greta@nordlys.example | +45 33 55 01 52 | Open - Not Contacted | Web | Warm | Copenhagen | Denmark
Malcolm | Reid | Reid Distillers | Head of Sales | malcolm.reid@reiddistillers.example | +44 1463 496 0153 | Working - Contacted | Partner Referral | Hot | Inverness | United Kingdom
Clara | Beckett | Riverbend Schools | Principal | clara.beckett@riverbend.example | +1 608 555 0154 | Open - Not Contacted | Web | Warm | Madison | United States";

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
