//! Searches for words: SOSL and the parameterized form.

use serde_json::{Value, json};

use crate::support::{Sandbox, encode};

async fn org() -> Sandbox {
    Sandbox::with(json!({
        "records": [{"type": "Contact", "LastName": "Osei", "Email": "osei@adinkra.example"}],
        "leads": [
            {"first_name": "Ama", "last_name": "Osei", "company": "Kente Weavers", "email": "ama@kente.example", "phone": "+1 (415) 555-0142"},
            {"first_name": "Kofi", "last_name": "O'Mara", "company": "R&D (Accra)"},
        ],
    }))
    .await
}

#[tokio::test]
async fn finds_records_by_their_words() {
    let org = org().await;
    for (sosl, count) in [
        ("FIND {Osei} RETURNING Lead(Id, Name)", 1),
        (
            "FIND {Osei} IN ALL FIELDS RETURNING Lead(Id), Contact(Id)",
            2,
        ),
        ("FIND {Osei}", 2),
        ("FIND {Ose*} RETURNING Lead", 1),
        ("FIND {Ose} RETURNING Lead", 0),
        (
            "FIND {ama@kente.example} IN EMAIL FIELDS RETURNING Lead(Id)",
            1,
        ),
        ("FIND {Kente} IN EMAIL FIELDS RETURNING Lead(Id)", 1),
        ("FIND {Weavers} IN EMAIL FIELDS RETURNING Lead(Id)", 0),
        ("FIND {4155550142} IN PHONE FIELDS RETURNING Lead(Id)", 1),
        (r"FIND {O\'Mara} RETURNING Lead(Id)", 1),
        (r"FIND {R\&D} RETURNING Lead(Id)", 1),
        (
            "FIND {\"kente weavers\"} IN NAME FIELDS RETURNING Lead(Id WHERE FirstName = 'Ama' ORDER BY Name LIMIT 5)",
            1,
        ),
        ("FIND {Osei OR Mara} RETURNING Lead(Id) LIMIT 1", 1),
    ] {
        let found = org.get(&format!("search/?q={}", encode(sosl))).await;
        assert_eq!(found.status, 200, "{sosl}: {}", found.text);
        assert_eq!(
            found.json()["searchRecords"].as_array().unwrap().len(),
            count,
            "{sosl}"
        );
    }
}

#[tokio::test]
async fn refuses_what_is_no_search() {
    let org = org().await;
    for (sosl, code) in [
        ("Osei", "MALFORMED_SEARCH"),
        ("FIND Osei", "MALFORMED_SEARCH"),
        ("FIND {}", "MALFORMED_SEARCH"),
        ("FIND {O}", "MALFORMED_SEARCH"),
        ("FIND {*sei}", "MALFORMED_SEARCH"),
        ("FIND {Osei} RETURNING Foo", "INVALID_TYPE"),
        ("FIND {Osei} RETURNING Lead(Foo)", "INVALID_FIELD"),
        ("FIND {Osei} WITH SNIPPET", "MALFORMED_SEARCH"),
    ] {
        let refused = org.get(&format!("search?q={}", encode(sosl))).await;
        assert_eq!(refused.refusal(), (400, code.into()), "{sosl}");
    }
}

#[tokio::test]
async fn takes_the_same_as_parameters_and_as_a_body() {
    let org = org().await;
    let by_get = org
        .get("parameterizedSearch/?q=Osei&sobject=Lead&sobject=Contact&Lead.fields=id,name&Lead.limit=10")
        .await
        .json();
    let body = json!({"q": "Osei", "fields": ["id"], "sobjects": [{"name": "Lead", "fields": ["id", "name"], "limit": 10}, {"name": "Contact"}], "in": "ALL", "overallLimit": 100});
    let by_post = org.data("POST", "parameterizedSearch", body).await.json();
    assert_eq!(by_get, by_post);
    assert_eq!(by_get["searchRecords"][0]["Name"], "Ama Osei");
    assert_eq!(by_get["searchRecords"][1]["attributes"]["type"], "Contact");
    let short = org
        .data("GET", "parameterizedSearch?q=O", Value::Null)
        .await;
    assert_eq!(short.refusal(), (400, "MALFORMED_SEARCH".into()));
}
