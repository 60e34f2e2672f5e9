//! The pages: who may decide, what they escape, and the records behind the log-in.

use serde_json::json;

use crate::support::{Sandbox, authorize, hidden, options, usual};

#[tokio::test]
async fn only_the_browser_that_logged_in_may_decide() {
    let org = Sandbox::start(options());
    let page = org.send("GET", &authorize(&usual()), &[], "").await;
    let request = hidden(&page.text);
    let request = request.as_str();
    let wrong = [
        ("request", request),
        ("username", "rep@example.com"),
        ("password", "wrong"),
    ];
    let wrong = org.form("/services/oauth2/authorize", &wrong).await;
    assert_eq!((wrong.status, wrong.header("set-cookie")), (200, ""));
    let right = [
        ("request", request),
        ("username", "rep@example.com"),
        ("password", "demo"),
    ];
    assert_eq!(
        org.form("/services/oauth2/authorize", &right).await.status,
        303
    );
    let elsewhere = org
        .form(
            "/services/oauth2/approve",
            &[("request", request), ("decision", "allow")],
        )
        .await;
    assert_eq!((elsewhere.status, elsewhere.header("location")), (400, ""));
}

#[tokio::test]
async fn pages_run_no_script_and_escape_what_they_are_given() {
    let org = Sandbox::start(options());
    let mut query = usual();
    query.push(("login_hint", "\"><script>alert(1)</script>"));
    let page = org.send("GET", &authorize(&query), &[], "").await;
    assert!(!page.text.contains("<script"));
    assert!(page.text.contains("&quot;&gt;&lt;script&gt;"));
    assert!(
        page.header("content-security-policy")
            .starts_with("default-src 'none'; style-src 'sha256-")
    );
    assert!(page.text.contains("rep@example.com / demo"));
    let style = page
        .text
        .split("<style>")
        .nth(1)
        .unwrap()
        .split("</style>")
        .next()
        .unwrap();
    insta::assert_snapshot!(org.send("GET", "/", &[], "").await.text.replace(style, "…"));
}

#[tokio::test]
async fn a_record_has_a_page_for_who_has_logged_in() {
    let org = Sandbox::with(json!({"leads": [{"id": "00Q000000000001", "last_name": "<b>Osei</b>", "company": "Kente"}]})).await;
    let path = "/lightning/r/Lead/00Q000000000001EAA/view";
    let page = org.send("GET", path, &[], "").await;
    assert!(page.text.contains("type=\"password\"") && !page.text.contains("Kente"));
    let entered = org
        .form(
            "/login",
            &[
                ("to", path),
                ("username", "rep@example.com"),
                ("password", "demo"),
            ],
        )
        .await;
    assert_eq!((entered.status, entered.header("location")), (303, path));
    let cookie = entered
        .header("set-cookie")
        .split(';')
        .next()
        .unwrap()
        .to_owned();
    let page = org.send("GET", path, &[("cookie", &cookie)], "").await;
    assert!(page.text.contains("Kente") && page.text.contains("&lt;b&gt;Osei"));
    let away = org
        .form(
            "/login",
            &[
                ("to", "//evil.example"),
                ("username", "rep@example.com"),
                ("password", "demo"),
            ],
        )
        .await;
    assert_eq!(away.header("location"), "/");
}
