//! Signing in: the pages, codes, tokens, their ends, and what is refused where.

use serde_json::{Value, json};
use turnwise_sandbox::Options;

use crate::support::{
    CALLBACK, Sandbox, VERIFIER, authorize, but, callback, encode_form, options, usual,
};

fn value<'a>(back: &'a [(String, String)], name: &str) -> &'a str {
    back.iter().find(|(n, _)| n == name).map_or("", |(_, v)| v)
}

#[tokio::test]
async fn allow_leads_back_with_a_code_that_becomes_tokens_once() {
    let org = Sandbox::start(options());
    let back = org.walk(&usual(), "rep@example.com", "allow").await;
    assert_eq!(value(&back, "state"), "st4te");
    let code = value(&back, "code");
    assert!(code.ends_with("=="));
    let trade = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
    ];
    let granted = org.token_call(&trade).await;
    assert_eq!(granted.status, 200);
    assert_eq!(
        granted.header("content-type"),
        "application/json;charset=UTF-8"
    );
    assert_eq!(granted.header("cache-control"), "no-cache, no-store");
    let granted = granted.json();
    assert_eq!(granted["instance_url"], "http://127.0.0.1:8081");
    assert_eq!(granted["scope"], "api refresh_token");
    assert_eq!(granted["issued_at"].as_str().unwrap().len(), 13);
    assert!(granted.get("expires_in").is_none());
    let id = granted["id"].as_str().unwrap();
    let org_id = id.split('/').nth(4).unwrap();
    assert!(
        granted["access_token"]
            .as_str()
            .unwrap()
            .starts_with(&format!("{}!", &org_id[..15]))
    );

    let again = org.token_call(&trade).await;
    assert_eq!(again.status, 400);
    assert_eq!(
        again.json(),
        json!({"error": "invalid_grant", "error_description": "expired authorization code"})
    );
}

#[tokio::test]
async fn deny_leads_back_with_access_denied() {
    let org = Sandbox::start(options());
    let back = org.walk(&usual(), "rep@example.com", "deny").await;
    assert_eq!(
        (value(&back, "error"), value(&back, "state")),
        ("access_denied", "st4te")
    );
}

#[tokio::test]
async fn never_redirects_to_an_address_that_is_not_registered() {
    let org = Sandbox::start(options());
    for (name, bad, words) in [
        ("client_id", "nobody", "invalid_client_id"),
        (
            "redirect_uri",
            "https://evil.example/auth/callback",
            "redirect_uri_mismatch",
        ),
        ("redirect_uri", "", "redirect_uri_mismatch"),
    ] {
        let page = org.send("GET", &authorize(&but(name, bad)), &[], "").await;
        assert_eq!((page.status, page.header("location")), (400, ""));
        assert!(page.text.contains(words) && page.text.contains("Sandbox: not Salesforce"));
    }
}

#[tokio::test]
async fn other_errors_go_back_to_the_client() {
    let org = Sandbox::start(options());
    for (name, bad, error) in [
        ("response_type", "token", "unsupported_response_type"),
        ("scope", "api admin", "invalid_scope"),
        ("code_challenge", "", "invalid_request"),
        ("code_challenge", "short", "invalid_request"),
        ("code_challenge_method", "plain", "invalid_request"),
    ] {
        let answer = org.send("GET", &authorize(&but(name, bad)), &[], "").await;
        let back = callback(&answer);
        assert_eq!(
            (value(&back, "error"), value(&back, "state")),
            (error, "st4te"),
            "{name}={bad}"
        );
    }
    let mut immediate = usual();
    immediate.push(("immediate", "true"));
    let answer = org.send("GET", &authorize(&immediate), &[], "").await;
    assert_eq!(value(&callback(&answer), "error"), "immediate_unsuccessful");
}

#[tokio::test]
async fn a_challenge_without_a_method_is_s256() {
    let org = Sandbox::start(Options {
        auto_approve: true,
        ..options()
    });
    let answer = org
        .send(
            "GET",
            &authorize(&but("code_challenge_method", "")),
            &[],
            "",
        )
        .await;
    let back = callback(&answer);
    let granted = org
        .token_call(&[
            ("grant_type", "authorization_code"),
            ("code", value(&back, "code")),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
        ])
        .await;
    assert_eq!(granted.status, 200);
}

#[tokio::test]
async fn a_code_is_worth_nothing_without_all_that_belongs_to_it() {
    let org = Sandbox::start(Options {
        auto_approve: true,
        ..options()
    });
    for (name, bad, error) in [
        ("code", "made-up==", "invalid_grant"),
        (
            "redirect_uri",
            "http://127.0.0.1:8080/auth/callback/",
            "redirect_uri_mismatch",
        ),
        (
            "code_verifier",
            "another-verifier-another-verifier-another-ver",
            "invalid_request",
        ),
        ("code_verifier", "", "invalid_grant"),
        ("client_secret", "wrong", "invalid_client"),
        ("client_id", "nobody", "invalid_client_id"),
        ("grant_type", "password", "unsupported_grant_type"),
    ] {
        let answer = org.send("GET", &authorize(&usual()), &[], "").await;
        let back = callback(&answer);
        let form = [
            ("grant_type", "authorization_code"),
            ("code", value(&back, "code")),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
            ("client_id", "turnwise-demo"),
            ("client_secret", "turnwise-demo-secret"),
        ]
        .map(|(n, v)| if n == name { (n, bad) } else { (n, v) });
        let refused = org.form("/services/oauth2/token", &form).await;
        assert_eq!(refused.status, 400, "{name}={bad}");
        assert_eq!(refused.json()["error"], error, "{name}={bad}");
    }
}

#[tokio::test]
async fn takes_the_client_as_basic_and_long_verifiers() {
    let org = Sandbox::start(Options {
        auto_approve: true,
        ..options()
    });
    // 171 characters, as one well-known client sends, and their challenge.
    let verifier = "v".repeat(171);
    let mut query = usual();
    query.retain(|(name, _)| *name != "code_challenge");
    query.push((
        "code_challenge",
        "O_ebL4-36xUZr3uu54v_7hwACjGtLNklGwJlsIEFzo4",
    ));
    let back = callback(&org.send("GET", &authorize(&query), &[], "").await);
    let form = encode_form(&[
        ("grant_type", "authorization_code"),
        ("code", value(&back, "code")),
        ("redirect_uri", CALLBACK),
        ("code_verifier", &verifier),
    ]);
    let basic = [(
        "authorization",
        "Basic dHVybndpc2UtZGVtbzp0dXJud2lzZS1kZW1vLXNlY3JldA==",
    )];
    let granted = org
        .send("POST", "/services/oauth2/token", &basic, &form)
        .await;
    assert_eq!(granted.status, 200, "{}", granted.text);
}

#[tokio::test]
async fn a_refresh_token_shown_twice_ends_the_grant() {
    let mut org = Sandbox::start(options());
    let first = org.grant("rep@example.com").await;
    let refresh = |token: Value| {
        let token = token.as_str().unwrap().to_owned();
        let org = &org;
        async move {
            org.token_call(&[("grant_type", "refresh_token"), ("refresh_token", &token)])
                .await
        }
    };
    let second = refresh(first["refresh_token"].clone()).await.json();
    assert_ne!(second["refresh_token"], first["refresh_token"]);
    let reused = refresh(first["refresh_token"].clone()).await;
    assert_eq!(
        reused.json(),
        json!({"error": "invalid_grant", "error_description": "expired access/refresh token"})
    );
    assert_eq!(refresh(second["refresh_token"].clone()).await.status, 400);
    second["access_token"]
        .as_str()
        .unwrap()
        .clone_into(&mut org.token);
    assert_eq!(
        org.get("limits").await.refusal(),
        (401, "INVALID_SESSION_ID".into())
    );
}

#[tokio::test]
async fn without_rotation_the_refresh_token_stays() {
    let org = Sandbox::start(Options {
        rotation: false,
        ..options()
    });
    let first = org.grant("rep@example.com").await;
    let token = first["refresh_token"].as_str().unwrap();
    for _ in 0..2 {
        let again = org
            .token_call(&[("grant_type", "refresh_token"), ("refresh_token", token)])
            .await;
        assert_eq!(again.status, 200);
        assert!(again.json().get("refresh_token").is_none());
    }
}

#[tokio::test]
async fn the_sixth_sign_in_silently_ends_the_first_grant() {
    let mut org = Sandbox::start(options());
    let first = org.grant("rep@example.com").await;
    for _ in 0..5 {
        org.grant("rep@example.com").await;
    }
    let token = first["refresh_token"].as_str().unwrap();
    let refused = org
        .token_call(&[("grant_type", "refresh_token"), ("refresh_token", token)])
        .await;
    assert_eq!(refused.json()["error"], "invalid_grant");
    first["access_token"]
        .as_str()
        .unwrap()
        .clone_into(&mut org.token);
    assert_eq!(org.get("limits").await.status, 200, "its session goes on");
}

#[tokio::test]
async fn revoking_a_refresh_token_ends_what_came_from_it() {
    let mut org = Sandbox::start(options());
    let granted = org.grant("rep@example.com").await;
    granted["access_token"]
        .as_str()
        .unwrap()
        .clone_into(&mut org.token);
    let revoke = [("token", granted["refresh_token"].as_str().unwrap())];
    let revoked = org.form("/services/oauth2/revoke", &revoke).await;
    assert_eq!((revoked.status, revoked.text.as_str()), (200, ""));
    assert_eq!(org.get("limits").await.status, 401);
    let again = org.form("/services/oauth2/revoke", &revoke).await;
    assert_eq!(
        (again.status, again.text.as_str()),
        (400, "error=invalid_token&error_description=invalid+token")
    );
    let as_json = org
        .send(
            "GET",
            "/services/oauth2/revoke?token=x",
            &[("accept", "application/json")],
            "",
        )
        .await;
    assert_eq!(as_json.json()["error"], "invalid_token");
}

#[tokio::test]
async fn introspection_knows_live_tokens_only() {
    let org = Sandbox::start(options());
    let granted = org.grant("rep@example.com").await;
    let client = [
        ("client_id", "turnwise-demo"),
        ("client_secret", "turnwise-demo-secret"),
    ];
    for (token, kind) in [
        ("access_token", "access_token"),
        ("refresh_token", "refresh_token"),
    ] {
        let form = [&client[..], &[("token", granted[token].as_str().unwrap())]].concat();
        let told = org.form("/services/oauth2/introspect", &form).await.json();
        assert_eq!(
            (&told["active"], &told["token_type"], &told["username"]),
            (&json!(true), &json!(kind), &json!("rep@example.com"))
        );
    }
    let form = [&client[..], &[("token", "x")]].concat();
    assert_eq!(
        org.form("/services/oauth2/introspect", &form).await.json(),
        json!({"active": false})
    );
    let nobody = org
        .form("/services/oauth2/introspect", &[("token", "x")])
        .await;
    assert_eq!(nobody.status, 400);
}

#[tokio::test]
async fn says_who_has_signed_in() {
    let org = Sandbox::start(options());
    let granted = org.grant("assistant@example.com").await;
    let path = granted["id"]
        .as_str()
        .unwrap()
        .strip_prefix("http://127.0.0.1:8081")
        .unwrap()
        .to_owned();
    let bearer = format!("Bearer {}", granted["access_token"].as_str().unwrap());
    let told = org
        .send("GET", &path, &[("authorization", &bearer)], "")
        .await
        .json();
    assert_eq!(told["username"], "assistant@example.com");
    assert!(told["urls"]["rest"].as_str().unwrap().contains("{version}"));
    for (header, words) in [
        (None, "Missing_OAuth_Token"),
        (Some(("authorization", "Bearer x")), "Bad_OAuth_Token"),
    ] {
        let refused = org.send("GET", &path, header.as_slice(), "").await;
        assert_eq!((refused.status, refused.text.as_str()), (403, words));
    }
    // A token that may only use the API says nothing of its user.
    let userinfo = org
        .send(
            "GET",
            "/services/oauth2/userinfo",
            &[("authorization", &bearer)],
            "",
        )
        .await;
    assert_eq!(userinfo.status, 403);
}

#[tokio::test]
async fn client_credentials_act_as_the_first_user_without_refresh() {
    let org = Sandbox::start(options());
    let granted = org
        .token_call(&[("grant_type", "client_credentials")])
        .await
        .json();
    assert!(granted.get("refresh_token").is_none());
    let bearer = format!("Bearer {}", granted["access_token"].as_str().unwrap());
    let told = org
        .send(
            "GET",
            "/services/oauth2/userinfo",
            &[("authorization", &bearer)],
            "",
        )
        .await
        .json();
    assert_eq!(told["preferred_username"], "rep@example.com");
}

#[tokio::test]
async fn a_token_without_api_opens_no_records() {
    let mut org = Sandbox::start(Options {
        auto_approve: true,
        ..options()
    });
    let back = callback(
        &org.send("GET", &authorize(&but("scope", "id")), &[], "")
            .await,
    );
    let granted = org
        .token_call(&[
            ("grant_type", "authorization_code"),
            ("code", value(&back, "code")),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
        ])
        .await
        .json();
    granted["access_token"]
        .as_str()
        .unwrap()
        .clone_into(&mut org.token);
    let refused = org.get("limits").await;
    assert_eq!(refused.status, 401);
    assert!(
        refused
            .text
            .contains("This session is not valid for use with the REST API")
    );
}
