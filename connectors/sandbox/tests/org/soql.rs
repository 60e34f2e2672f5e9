//! Queries: what each statement finds, in which order, page by page, and what is refused.

use serde_json::{Value, json};

use crate::support::Sandbox;

fn seed() -> Value {
    json!({
        "records": [
            {"type": "Account", "Id": "001000000000001", "Name": "Kente", "Industry": "Apparel"},
            {"type": "Opportunity", "Name": "Looms", "StageName": "Prospecting", "CloseDate": "2026-11-24", "Amount": 500, "Account": {"Name": "Kente"}},
            {"type": "Opportunity", "Name": "Dyes", "StageName": "Closed Lost", "CloseDate": "2026-10-01", "Amount": 20.5},
            {"type": "Opportunity", "Name": "Yarn", "StageName": "Closed Won", "CloseDate": "2027-01-15"},
        ],
        "leads": [
            {"id": "00Q000000000001", "first_name": "Ama", "last_name": "Osei", "company": "Kente", "email": "ama@kente.example", "rating": "Hot", "annual_revenue": 10, "description": "long"},
            {"first_name": "Kofi", "last_name": "O'Mara", "company": "50% off_now", "rating": "Cold", "created_date": "2026-11-20T08:00:00Z"},
            {"last_name": "Åström", "company": "Norr\\Sund", "email": "astrom@norr.example", "annual_revenue": 2000},
        ],
    })
}

#[tokio::test]
async fn finds_what_the_statement_says() {
    let org = Sandbox::with(seed()).await;
    for (soql, names) in [
        ("SELECT Name FROM Lead", "Ama Osei|Kofi O'Mara|Åström"),
        ("select name from lead where company = 'KENTE'", "Ama Osei"),
        (
            "SELECT Name FROM Lead WHERE Company != 'kente'",
            "Kofi O'Mara|Åström",
        ),
        (
            r"SELECT Name FROM Lead WHERE LastName = 'O\'Mara'",
            "Kofi O'Mara",
        ),
        (
            r"SELECT Name FROM Lead WHERE Company = 'Norr\\Sund'",
            "Åström",
        ),
        (
            r"SELECT Name FROM Lead WHERE Company LIKE '50\%%'",
            "Kofi O'Mara",
        ),
        (
            r"SELECT Name FROM Lead WHERE Company LIKE '%off\_now'",
            "Kofi O'Mara",
        ),
        (
            "SELECT Name FROM Lead WHERE Name LIKE '%o%'",
            "Ama Osei|Kofi O'Mara",
        ),
        (
            r"SELECT Name FROM Lead WHERE LastName LIKE '\u00e5str_m'",
            "Åström",
        ),
        ("SELECT Name FROM Lead WHERE Email = null", "Kofi O'Mara"),
        ("SELECT Name FROM Lead WHERE Email = ''", "Kofi O'Mara"),
        (
            "SELECT Name FROM Lead WHERE Rating != 'Hot'",
            "Kofi O'Mara|Åström",
        ),
        (
            "SELECT Name FROM Lead WHERE Rating IN ('hot', 'cold')",
            "Ama Osei|Kofi O'Mara",
        ),
        (
            "SELECT Name FROM Lead WHERE Rating NOT IN ('Hot')",
            "Kofi O'Mara|Åström",
        ),
        (
            "SELECT Name FROM Lead WHERE NOT Rating = 'Hot' AND AnnualRevenue > 5",
            "Åström",
        ),
        (
            "SELECT Name FROM Lead WHERE (Rating = 'Hot' OR AnnualRevenue >= 2000) AND IsConverted = false",
            "Ama Osei|Åström",
        ),
        (
            "SELECT Name FROM Lead WHERE Id = '00Q000000000001'",
            "Ama Osei",
        ),
        (
            "SELECT Name FROM Lead WHERE Id IN ('00Q000000000001EAA')",
            "Ama Osei",
        ),
        (
            "SELECT Name FROM Lead WHERE CreatedDate = LAST_N_DAYS:2",
            "Ama Osei|Åström",
        ),
        (
            "SELECT Name FROM Lead WHERE CreatedDate < 2026-11-21T00:00:00Z",
            "Kofi O'Mara",
        ),
        (
            "SELECT Name FROM Lead WHERE CreatedDate > 2026-11-23T23:00:00+01:00",
            "Åström",
        ),
        (
            "SELECT l.Name FROM Lead l WHERE Lead.Rating = 'Hot'",
            "Ama Osei",
        ),
        (
            "SELECT Name FROM Lead WHERE Owner.Name = 'Robin Reyes' LIMIT 1",
            "Ama Osei",
        ),
        (
            "SELECT Name FROM Lead ORDER BY LastName DESC",
            "Åström|Ama Osei|Kofi O'Mara",
        ),
        (
            "SELECT Name FROM Lead ORDER BY AnnualRevenue",
            "Kofi O'Mara|Ama Osei|Åström",
        ),
        (
            "SELECT Name FROM Lead ORDER BY AnnualRevenue DESC",
            "Åström|Ama Osei|Kofi O'Mara",
        ),
        (
            "SELECT Name FROM Lead ORDER BY AnnualRevenue ASC NULLS LAST, Name",
            "Ama Osei|Åström|Kofi O'Mara",
        ),
        (
            "SELECT Name FROM Lead ORDER BY IsDeleted DESC",
            "Åström|Kofi O'Mara|Ama Osei",
        ),
        ("SELECT Name FROM Lead LIMIT 1 OFFSET 1", "Kofi O'Mara"),
        ("SELECT Name FROM Lead LIMIT 0", ""),
        (
            "SELECT Name FROM Opportunity WHERE CloseDate = TODAY",
            "Looms",
        ),
        (
            "SELECT Name FROM Opportunity WHERE CloseDate > TODAY",
            "Yarn",
        ),
        (
            "SELECT Name FROM Opportunity WHERE CloseDate <= 2026-11-24 AND Amount = 20.50",
            "Dyes",
        ),
        (
            "SELECT Name FROM Opportunity WHERE Account.Name LIKE 'ken%'",
            "Looms",
        ),
        (
            "SELECT Name FROM Opportunity WHERE Account.Industry = null",
            "Dyes|Yarn",
        ),
        (
            "SELECT Name FROM Opportunity WHERE IsClosed = TRUE ORDER BY Account.Name, Name DESC",
            "Yarn|Dyes",
        ),
        (
            "SELECT Name FROM User WHERE Username = 'rep@example.com'",
            "Robin Reyes",
        ),
        ("SELECT Name FROM Organization", "Example Org"),
    ] {
        let found = org.query(soql).await;
        assert_eq!(found.status, 200, "{soql}: {}", found.text);
        let records = found.json()["records"].as_array().unwrap().clone();
        let found: Vec<&str> = records
            .iter()
            .map(|r| r["Name"].as_str().unwrap())
            .collect();
        assert_eq!(found.join("|"), names, "{soql}");
    }
}

#[tokio::test]
async fn shows_parents_nested_and_fields_in_the_order_asked() {
    let org = Sandbox::with(seed()).await;
    let found = org
        .query("SELECT closedate, Account.name, Id, Owner.Name, Account.Industry FROM Opportunity WHERE Amount != null ORDER BY Name DESC")
        .await;
    insta::assert_snapshot!(format!("{:#}", found.json()));
}

#[tokio::test]
async fn counts_in_total_size() {
    let org = Sandbox::with(seed()).await;
    assert_eq!(
        org.query("SELECT COUNT() FROM Lead WHERE Rating != null")
            .await
            .json(),
        json!({"totalSize": 2, "done": true, "records": []})
    );
}

#[tokio::test]
async fn refuses_whatever_else_is_said() {
    let org = Sandbox::with(seed()).await;
    let mut told = String::new();
    for soql in [
        "",
        "SELECT Id FORM Lead",
        "SELECT FROM Lead",
        "SELECT Id FROM Lead invalid WHERE",
        "SELECT Id FROM Foo",
        "SELECT Id, Foo FROM Lead",
        "SELECT Id, Id FROM Lead",
        "SELECT Id, Account.Name FROM Lead",
        "SELECT Account.Owner.Name FROM Opportunity",
        "SELECT Id FROM Lead WHERE Name = Osei",
        "SELECT Id FROM Lead WHERE Name = 5",
        "SELECT Id FROM Lead WHERE Name = 'Osei",
        r"SELECT Id FROM Lead WHERE Name = 'O\x'",
        r"SELECT Id FROM Lead WHERE Name = '50\%'",
        "SELECT Id FROM Lead WHERE AnnualRevenue LIKE 'x'",
        "SELECT Id FROM Lead WHERE AnnualRevenue = '5'",
        "SELECT Id FROM Lead WHERE IsConverted > false",
        "SELECT Id FROM Lead WHERE Description = 'long'",
        "SELECT Id FROM Lead WHERE Id = 'x'",
        "SELECT Id FROM Lead WHERE CreatedDate > 2026-01-01",
        "SELECT Id FROM Lead WHERE CreatedDate > '2026-01-01T00:00:00Z'",
        "SELECT Id FROM Lead WHERE Name = 'a' AND Name = 'b' OR Name = 'c'",
        "SELECT Id FROM Lead WHERE Name IN ()",
        "SELECT Id FROM Lead WHERE Id IN (SELECT Id FROM Lead)",
        "SELECT Id FROM Lead ORDER BY Description",
        "SELECT Id FROM Lead LIMIT -1",
        "SELECT Id FROM Lead OFFSET 2001",
        "SELECT Status, COUNT(Id) FROM Lead GROUP BY Status",
        "SELECT Id FROM Lead FOR UPDATE",
        "SELECT FIELDS(ALL) FROM Lead LIMIT 200",
        "SELECT Id FROM Lead; DELETE FROM Lead",
    ] {
        let answer = org.query(soql).await;
        let refusal = &answer.json()[0];
        let message = refusal["message"].as_str().unwrap();
        let last = message.lines().last().unwrap();
        told.push_str(&format!(
            "{soql}\n  {} {}: {last}\n",
            answer.status,
            refusal["errorCode"].as_str().unwrap()
        ));
    }
    insta::assert_snapshot!(told);
    let whole = org.query("SELECT Id,\n  Foo FROM Lead").await.json();
    assert!(
        whole[0]["message"]
            .as_str()
            .unwrap()
            .starts_with("\n  Foo FROM Lead\n  ^\nERROR at Row:2:Column:3\nNo such column 'Foo'")
    );
}

#[tokio::test]
async fn pages_hold_every_row_once() {
    let leads: Vec<Value> = (0..450)
        .map(|n| json!({"last_name": format!("Lead {n}"), "company": "Kente"}))
        .collect();
    let org = Sandbox::with(json!({ "leads": leads })).await;
    let size = [("sforce-query-options", "batchSize=1")];
    let mut page = org
        .data_with("GET", "query/?q=SELECT+Id+FROM+Lead", &size, Value::Null)
        .await
        .json();
    let mut ids = Vec::new();
    let mut sizes = Vec::new();
    loop {
        assert_eq!(page["totalSize"], 450);
        let rows = page["records"].as_array().unwrap();
        sizes.push(rows.len());
        ids.extend(rows.iter().map(|r| r["Id"].as_str().unwrap().to_owned()));
        let Some(next) = page["nextRecordsUrl"].as_str() else {
            break;
        };
        page = org
            .get(next.strip_prefix("/services/data/v62.0/").unwrap())
            .await
            .json();
    }
    assert_eq!((sizes, &page["done"]), (vec![200, 200, 50], &json!(true)));
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 450);
    let lost = org.get("query/01g000000000001AAA-200").await;
    assert_eq!(lost.refusal(), (400, "INVALID_QUERY_LOCATOR".into()));
}

#[tokio::test]
async fn query_all_looks_into_the_bin() {
    let org = Sandbox::with(seed()).await;
    org.data("DELETE", "sobjects/Lead/00Q000000000001", Value::Null)
        .await;
    assert_eq!(
        org.query("SELECT Id FROM Lead").await.json()["totalSize"],
        2
    );
    let all = org
        .get("queryAll?q=SELECT+Id+FROM+Lead+WHERE+IsDeleted+=+true")
        .await
        .json();
    assert_eq!(all["records"][0]["Id"], "00Q000000000001EAA");
}
