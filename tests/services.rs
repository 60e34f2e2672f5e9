//! The example bot of a shop against a shop on a loopback socket: the conversation, and what arrives at the shop. What the
//! connector does with odd answers is left to its own tests.

use std::path::Path;
use std::sync::{Arc, Mutex};

use axum::Json;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use tower::ServiceExt;
use turnwise::bot;
use turnwise::cli::serve::{Settings, served};
use turnwise::server::app;
use turnwise::store::Place;
use turnwise_connectors::auth::Vault;
use turnwise_engine::transcript;

const KEY: &str = "the key of the tests";

/// Orders, and what came for them, with the key it came with.
async fn shop() -> (String, Arc<Mutex<Vec<String>>>) {
    let arrived: Arc<Mutex<Vec<String>>> = Arc::default();
    let log = arrived.clone();
    let answer = move |request: Request| {
        let key = request.headers().get("x-api-key").cloned();
        let key = key.map_or(String::new(), |key| key.to_str().unwrap().to_owned());
        let asked = format!("{} {}", request.method(), request.uri());
        log.lock().unwrap().push(format!("{asked} by {key}"));
        async move { said(&asked) }
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let app = axum::Router::new().fallback(answer);
    tokio::spawn(async move { axum::serve(listener, app).await });
    (format!("http://{address}/api"), arrived)
}

fn said(asked: &str) -> Response {
    match asked {
        "GET /api/orders/AB-123456" => {
            let order = json!({ "state": "on its way", "eta": "2026-12-01" });
            Json(json!({ "order": order })).into_response()
        }
        "POST /api/orders/AB-123456/cancellation" => StatusCode::BAD_GATEWAY.into_response(),
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

/// The example, at this address, with a key that stands in a variable every test has.
fn order_desk(shop: &str) -> tempfile::TempDir {
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/order-status");
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("templates")).unwrap();
    for name in [
        "bot.yaml",
        "templates/order_status.yaml",
        "templates/cancel_order.yaml",
    ] {
        let text = std::fs::read_to_string(example.join(name)).unwrap();
        let text = text
            .replace("https://shop.example.com/api", shop)
            .replace("SHOP_KEY", "CARGO_PKG_NAME");
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

#[test]
fn the_example_has_nothing_to_complain_about_and_its_transcripts_play() {
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/order-status");
    let sources = bot::read(std::slice::from_ref(&example)).unwrap();
    let (templates, diagnostics) = bot::load(&sources);
    assert_eq!(diagnostics, Vec::new());
    let templates = templates.unwrap();
    for name in ["order_status", "cancel_order"] {
        let path = example.join(format!("transcripts/{name}.txt"));
        let script = std::fs::read_to_string(path).unwrap();
        let now = transcript::play(&templates, &bot::facts(&example).unwrap(), &script).unwrap();
        assert_eq!(transcript::difference(&script, &now), Vec::<String>::new());
    }
}

#[tokio::test]
async fn an_order_desk_asks_its_shop() {
    let (shop, arrived) = shop().await;
    let folder = order_desk(&shop);
    let sources = bot::read(&[folder.path().to_owned()]).unwrap();
    let settings = Settings {
        templates: bot::loaded(&sources).unwrap(),
        place: Place::Memory,
        public_url: "http://127.0.0.1:8080".into(),
        key: Some(KEY.into()),
        vault: Vault::random(),
        login_host: "https://login.salesforce.com".parse().unwrap(),
        client: (String::new(), None),
        now: None,
        open_metrics: false,
    };
    let (served, _ending) = served(settings).await.unwrap();
    let router = app(served);
    let send = async |method: &str, path: String, body: Value| {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", format!("Bearer {KEY}"))
            .body(axum::body::Body::from(body.to_string()))
            .unwrap();
        let answer = router.clone().oneshot(request).await.unwrap().into_body();
        let bytes = axum::body::to_bytes(answer, usize::MAX).await.unwrap();
        serde_json::from_slice::<Value>(&bytes).unwrap()
    };
    let opened = send("POST", "/v1/conversations".into(), json!({})).await;
    let path = format!("/v1/conversations/{}", opened["id"].as_str().unwrap());
    let state = send("GET", path.clone(), Value::Null).await;
    assert_eq!(state["signed_in"]["shop"], true);
    for (text, wanted) in [
        ("where is my order", "What is the order number?"),
        ("AB-100000", "What is the order number?"),
        (
            "AB-123456",
            "Order AB-123456 is on its way, due December 1, 2026.",
        ),
        (
            "cancel order AB-123456",
            "Why do you cancel it? (say \"skip\" to leave it out)",
        ),
        ("skip", "Cancel order AB-123456?\nOrder number: AB-123456"),
        (
            "yes",
            "The shop gave no answer, so I can't say whether AB-123456 is cancelled. Ask me for its status in a while.",
        ),
    ] {
        let answer = send("POST", format!("{path}/turns"), json!({ "text": text })).await;
        let last = answer["messages"].as_array().unwrap().last().unwrap();
        assert_eq!(last["text"], wanted, "{text}: {answer}");
    }
    assert_eq!(
        *arrived.lock().unwrap(),
        [
            "GET /api/orders/AB-100000 by turnwise",
            "GET /api/orders/AB-123456 by turnwise",
            "POST /api/orders/AB-123456/cancellation by turnwise",
        ]
    );
}
