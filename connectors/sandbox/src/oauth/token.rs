//! The token address: codes, refresh tokens and client credentials become access tokens (contract 1.3, 1.4, 1.8), and so do JWT assertions.
//! What tokens there are is left to `grants.rs`.

use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use serde_json::{Map, json};
use sha2::Sha256;

use super::{assertion, client, private, refused};
use crate::answer;
use crate::fault::{Does, Fault, On};
use crate::org::{Org, State};
use crate::request::{Request, find};
use crate::secret;

/// An error and its description.
type Wrong = (&'static str, &'static str);

/// What was granted: all that the answer is made from.
struct Granted {
    user: String,
    scope: Vec<String>,
    access: String,
    refresh: Option<String>,
    /// Whether the answer says when, and is signed.
    signed: bool,
}

const JWT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// `POST token`.
pub(super) async fn answer(org: &Org, request: &Request) -> Response {
    let fault = org.state().faults.take(On::Token, Does::Write);
    if let Some(fault) = fault
        && let Some(response) = fault.answer(On::Token).await
    {
        return private(response);
    }
    let form = request.form();
    let granted = match find(&form, "grant_type") {
        // An assertion says itself whose it is.
        Some(JWT) => by_assertion(org, request, &form),
        _ => client::check(org.options(), request, &form).and_then(|()| grant(org, &form)),
    };
    let response = match granted {
        Ok(granted) => success(org, request, granted),
        Err((error, description)) => refused(error, description),
    };
    if fault == Some(Fault::DropAfter) {
        return answer::dropped();
    }
    response
}

fn grant(org: &Org, form: &[(String, String)]) -> Result<Granted, Wrong> {
    let mut state = org.state();
    match find(form, "grant_type") {
        Some("authorization_code") => by_code(&mut state, form),
        Some("refresh_token") => by_refresh(&mut state, org.options().rotation, form),
        Some("client_credentials") => Ok(by_client(&mut state)),
        _ => Err(("unsupported_grant_type", "grant type not supported")),
    }
}

fn by_code(state: &mut State, form: &[(String, String)]) -> Result<Granted, Wrong> {
    let code = find(form, "code").unwrap_or_default();
    let code = state
        .grants
        .use_code(code)
        .map_err(|description| ("invalid_grant", description))?;
    if find(form, "redirect_uri") != Some(&code.redirect_uri) {
        return Err((
            "redirect_uri_mismatch",
            "redirect_uri must match configuration",
        ));
    }
    if let Some(challenge) = &code.challenge {
        let verifier = find(form, "code_verifier").filter(|verifier| !verifier.is_empty());
        let verifier = verifier.ok_or(("invalid_grant", "invalid code verifier"))?;
        if !secret::same(&secret::challenge(verifier), challenge) {
            return Err(("invalid_request", "invalid code verifier"));
        }
    }
    let (user, scope) = (code.user.clone(), code.scope.clone());
    let approval = scope
        .iter()
        .any(|s| s == "refresh_token")
        .then(|| state.grants.approve(&user, &scope));
    Ok(Granted {
        access: state.access(&user, &scope, approval),
        refresh: approval.map(|approval| state.grants.refresh(approval)),
        user,
        scope,
        signed: true,
    })
}

fn by_refresh(
    state: &mut State,
    rotation: bool,
    form: &[(String, String)],
) -> Result<Granted, Wrong> {
    let token = find(form, "refresh_token").unwrap_or_default();
    let (number, approval) = state
        .grants
        .approval_of(token)
        .ok_or(("invalid_grant", "expired access/refresh token"))?;
    let (user, scope) = (approval.user.clone(), approval.scope.clone());
    Ok(Granted {
        access: state.access(&user, &scope, Some(number)),
        refresh: rotation.then(|| state.grants.refresh(number)),
        user,
        scope,
        signed: true,
    })
}

/// Acts as the user whom the assertion names.
fn by_assertion(org: &Org, request: &Request, form: &[(String, String)]) -> Result<Granted, Wrong> {
    let options = org.options();
    // By the clock that its answers tell: whose own is off can see it.
    let now = org.state().clock.now().as_second();
    let username = assertion::subject(
        find(form, "assertion").unwrap_or_default(),
        options.jwt_certificate.as_deref(),
        &options.client_id,
        &request.base,
        now,
    )?;
    let mut state = org.state();
    let user = state.grants.user_of(&username).map(str::to_owned);
    let user = user.ok_or(("invalid_grant", "user hasn't approved this consumer"))?;
    let scope = vec!["api".to_owned(), "id".to_owned()];
    Ok(Granted {
        access: state.access(&user, &scope, None),
        refresh: None,
        user,
        scope,
        signed: false,
    })
}

/// Acts as the first user, whom the client is set up to run as.
fn by_client(state: &mut State) -> Granted {
    let user = state.grants.first_user().to_owned();
    let scope = vec!["api".to_owned(), "id".to_owned()];
    Granted {
        access: state.access(&user, &scope, None),
        refresh: None,
        user,
        scope,
        signed: true,
    }
}

impl State {
    fn access(&mut self, user: &str, scope: &[String], approval: Option<u64>) -> String {
        let org_id = self.org_id.clone();
        self.grants.access(&org_id, user, scope, approval)
    }
}

fn success(org: &Org, request: &Request, granted: Granted) -> Response {
    let identity = format!(
        "{}/id/{}/{}",
        request.base,
        org.state().org_id,
        granted.user
    );
    let issued_at = Timestamp::now().as_millisecond().to_string();
    let mut map = Map::new();
    map.insert("access_token".into(), json!(granted.access));
    if let Some(refresh) = granted.refresh {
        map.insert("refresh_token".into(), json!(refresh));
    }
    if granted.signed {
        let secret = &org.options().client_secret;
        let signature = signature(secret, &identity, &issued_at);
        map.insert("signature".into(), json!(signature));
    }
    map.insert("scope".into(), json!(granted.scope.join(" ")));
    map.insert("instance_url".into(), json!(request.base));
    map.insert("id".into(), json!(identity));
    map.insert("token_type".into(), json!("Bearer"));
    if granted.signed {
        map.insert("issued_at".into(), json!(issued_at));
    }
    private(answer::json(200, &map.into()))
}

/// HMAC-SHA256 of id and time with the client's secret, in base64.
fn signature(secret: &str, id: &str, issued_at: &str) -> String {
    let mut mac =
        Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("a key of any length will do");
    mac.update(id.as_bytes());
    mac.update(issued_at.as_bytes());
    STANDARD.encode(mac.finalize().into_bytes())
}
