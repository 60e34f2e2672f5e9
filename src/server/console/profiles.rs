//! Authorization profiles: make one, change it, try it, give it another secret, delete it. Those of bot.yaml and of the
//! server's configuration are shown, not edited. A secret is never shown again; a field left empty keeps it.

use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use minijinja::value::Serde;
use minijinja::{Value, context};
use turnwise_connectors::auth::{
    Addresses, Checked, ClientAuth, Field, Mechanism, Place, Profile, ProfileError, is_private_key,
};
use url::Url;

use super::session::{Operator, Posted};
use super::users::field;
use super::{away, framed, nothing_there, page, says, then};
use crate::server::Served;
use crate::server::errors::Refusal;

/// Login hosts that are offered by name.
const HOSTS: [(&str, &str); 2] = [
    (
        "https://login.salesforce.com",
        "Production and Developer Edition",
    ),
    ("https://test.salesforce.com", "Sandboxes and scratch orgs"),
];
/// Fields of the end user that a form has room for.
const FIELDS: usize = 3;

/// `GET /console/profiles`.
///
/// # Errors
/// 503.
pub async fn list(State(served): State<Served>, operator: Operator) -> Result<Response, Refusal> {
    let all = served
        .runtime
        .connectors
        .auth
        .profiles()
        .await
        .map_err(away)?;
    let rows = all.iter().map(|(profile, of_bot)| {
        context! {
            id => profile.id.clone(),
            title => if profile.title.is_empty() { profile.id.clone() } else { profile.title.clone() },
            description => profile.description.clone(),
            mechanism => profile.mechanism.title(),
            host => profile.host(),
            of_bot => *of_bot,
            lacks => profile.lacks(true).join(", "),
        }
    });
    let names = context! {
        title => "Authorization profiles",
        sentence => "How an integration signs in: with which app, where, and what is kept of it.",
        rows => rows.collect::<Vec<Value>>(),
    };
    Ok(page(&served, &operator, "profiles", "profiles.html", names))
}

/// `GET /console/profiles/new`: first the mechanism, then its form.
///
/// # Errors
/// 503.
pub async fn new(
    State(served): State<Served>,
    operator: Operator,
    RawQuery(query): RawQuery,
) -> Result<Response, Refusal> {
    let query = query.unwrap_or_default();
    let integration = field(&query, "for");
    let Some(mechanism) = Mechanism::of(&field(&query, "mechanism")) else {
        let offered = Mechanism::ALL.map(|mechanism| {
            context! { word => mechanism.word(), title => mechanism.title(), about => about(mechanism) }
        });
        let names = context! {
            title => "New profile",
            sentence => "Choose how it comes to a credential.",
            mechanisms => offered.to_vec(),
            integration => integration,
        };
        return Ok(page(
            &served,
            &operator,
            "profiles",
            "mechanisms.html",
            names,
        ));
    };
    let mut profile = Profile::of_vendor("", Profile::default_host());
    profile.mechanism = mechanism;
    if matches!(mechanism, Mechanism::ApiKey | Mechanism::Basic) {
        profile.provider = "other".into();
        profile.scopes.clear();
    }
    let form = form(&served, &profile, true, &integration, &[]);
    Ok(page(&served, &operator, "profiles", "profile.html", form))
}

/// `GET /console/profiles/{id}`.
///
/// # Errors
/// 503.
pub async fn edit(
    State(served): State<Served>,
    operator: Operator,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    let auth = &served.runtime.connectors.auth;
    let all = auth.profiles().await.map_err(away)?;
    let Some((profile, of_bot)) = all.into_iter().find(|(profile, _)| profile.id == id) else {
        return Ok(nothing_there(&served, &operator));
    };
    let form = form(&served, &profile, false, "", &[]);
    let names = context! { of_bot => of_bot, ..form };
    Ok(page(&served, &operator, "profiles", "profile.html", names))
}

/// `POST /console/profiles/save`.
///
/// # Errors
/// 403, 503.
pub async fn save(State(served): State<Served>, posted: Posted) -> Result<Response, Refusal> {
    let auth = &served.runtime.connectors.auth;
    let id = posted.text("id").to_owned();
    let is_new = posted.text("new") == "yes";
    let known = auth.profile(&id).await.map_err(away)?;
    let (mut profile, mut wrong) = read(&posted, known.as_ref().filter(|_| !is_new));
    profile.id.clone_from(&id);
    if !is_id(&id) {
        wrong.push((
            "id",
            "A short name of small letters, digits and _, beginning with a letter.",
        ));
    } else if is_new && known.is_some() {
        wrong.push(("id", "There is a profile of this name already."));
    }
    let integration = posted.text("for").to_owned();
    if !wrong.is_empty() {
        let form = form(&served, &profile, is_new, &integration, &wrong);
        let (operator, status) = (&posted.operator, StatusCode::UNPROCESSABLE_ENTITY);
        return Ok(framed(
            &served,
            Some(operator),
            "profiles",
            "profile.html",
            form,
            status,
        ));
    }
    if let Err(error) = auth.save_profile(&profile, &posted.operator.name).await {
        return refused(
            &served,
            &posted.operator,
            &error,
            &format!("/console/profiles/{id}"),
        );
    }
    let setups = auth.setups();
    if setups.iter().any(|setup| setup.integration == integration) {
        let mut switched = auth.switched(&integration).await.map_err(away)?;
        switched.profile = Some(id);
        let chosen = auth.switch(&integration, &switched, &posted.operator.name, "profile");
        chosen.await.map_err(away)?;
        return Ok(then(&format!("/console/integrations/{integration}")));
    }
    Ok(then(&format!("/console/profiles/{id}")))
}

/// `GET /console/profiles/{id}/delete`: names what would go.
///
/// # Errors
/// 503.
pub async fn ask_to_delete(
    State(served): State<Served>,
    operator: Operator,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    let auth = &served.runtime.connectors.auth;
    let Some(profile) = auth.profile(&id).await.map_err(away)? else {
        return Ok(nothing_there(&served, &operator));
    };
    let name = if profile.title.is_empty() {
        id.clone()
    } else {
        profile.title
    };
    let names = context! {
        title => format!("Delete {name}?"),
        sentence => "Its client id and its secrets are forgotten. Nothing is changed at the provider.",
        id => id,
        name => name,
    };
    Ok(page(
        &served,
        &operator,
        "profiles",
        "delete_profile.html",
        names,
    ))
}

/// `POST /console/profiles/{id}/delete`.
///
/// # Errors
/// 403, 503.
pub async fn delete(
    State(served): State<Served>,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, Refusal> {
    let auth = &served.runtime.connectors.auth;
    match auth.delete_profile(&id, &posted.operator.name).await {
        Ok(()) => Ok(then("/console/profiles")),
        Err(error) => refused(&served, &posted.operator, &error, "/console/profiles"),
    }
}

/// `POST /console/profiles/{id}/test`: what the check address answers, secrets masked.
///
/// # Errors
/// 403, 503.
pub async fn test(
    State(served): State<Served>,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, Refusal> {
    let auth = &served.runtime.connectors.auth;
    let Some(profile) = auth.profile(&id).await.map_err(away)? else {
        return Ok(nothing_there(&served, &posted.operator));
    };
    let answer = match auth.check(&profile).await.map_err(away)? {
        Checked::NotTried(why) => context! { why => why },
        Checked::Answer {
            status,
            headers,
            body,
        } => context! { status => status, headers => Serde(headers), answer => body },
    };
    let names = context! {
        title => "Test",
        sentence => format!("What {} answers with this profile's credential.", profile.check_url),
        id => id,
        ..answer
    };
    Ok(page(
        &served,
        &posted.operator,
        "profiles",
        "test.html",
        names,
    ))
}

fn refused(
    served: &Served,
    operator: &Operator,
    error: &ProfileError,
    back: &str,
) -> Result<Response, Refusal> {
    if let ProfileError::Store(cause) = error {
        return Err(crate::store::Away(cause.clone()).into());
    }
    let (status, title) = (StatusCode::CONFLICT, "That can't be done");
    let sentence = format!("{error}.");
    Ok(says(
        served, operator, "profiles", status, title, &sentence, back,
    ))
}

/// The form of a profile; `wrong` names fields and what is wrong with them.
fn form(
    served: &Served,
    profile: &Profile,
    is_new: bool,
    integration: &str,
    wrong: &[(&str, &str)],
) -> Value {
    let mechanism = profile.mechanism;
    let oauth = !matches!(mechanism, Mechanism::ApiKey | Mechanism::Basic);
    let secrets = mechanism.secrets().iter().map(|name| {
        context! {
            name => *name,
            title => title_of(name),
            there => profile.secret(name).is_some(),
            long => *name == "private_key",
        }
    });
    let fields = (0..FIELDS).map(|n| match profile.fields.get(n) {
        Some(field) => Value::from(Serde(field)),
        None => context! { title => "", key => "", hint => "", secret => false, optional => false },
    });
    let (place, place_name) = match &profile.place {
        Place::Authorization => ("authorization", ""),
        Place::Header(name) => ("header", name.as_str()),
        Place::Query(name) => ("query", name.as_str()),
        Place::Body(name) => ("body", name.as_str()),
    };
    let host = profile.login_host.as_str().trim_end_matches('/');
    let heading = if is_new {
        format!("New profile: {}", mechanism.title())
    } else if profile.title.is_empty() {
        profile.id.clone()
    } else {
        profile.title.clone()
    };
    context! {
        title => heading,
        sentence => about(mechanism),
        p => Serde(&Shown::of(profile)),
        host => host,
        hosts => HOSTS.map(|(host, about)| context! { host => host, about => about }).to_vec(),
        mechanism => mechanism.word(),
        oauth => oauth,
        by_page => mechanism.by_page(),
        acts_as => matches!(mechanism, Mechanism::JwtBearer | Mechanism::Basic),
        scopes => profile.scopes.join(" "),
        secrets => secrets.collect::<Vec<Value>>(),
        fields => fields.collect::<Vec<Value>>(),
        place => place,
        place_name => place_name,
        callback => served.runtime.connectors.auth.redirect_uri(),
        is_new => is_new,
        integration => integration,
        wrong => wrong.iter().map(|(field, text)| context! { field => *field, text => *text }).collect::<Vec<Value>>(),
    }
}

/// What a form shows of a profile: no secret.
#[derive(serde::Serialize)]
struct Shown<'a> {
    id: &'a str,
    title: &'a str,
    description: &'a str,
    provider: &'a str,
    client_id: &'a str,
    client_auth: &'static str,
    username: &'a str,
    prompt: &'a str,
    check_url: &'a str,
    addresses: &'a Addresses,
}

impl Shown<'_> {
    fn of(profile: &Profile) -> Shown<'_> {
        Shown {
            id: &profile.id,
            title: &profile.title,
            description: &profile.description,
            provider: &profile.provider,
            client_id: &profile.client_id,
            client_auth: profile.client_auth.word(),
            username: &profile.username,
            prompt: profile.prompt.as_deref().unwrap_or_default(),
            check_url: &profile.check_url,
            addresses: &profile.addresses,
        }
    }
}

/// A profile from its form, and the fields that are wrong with what to do. Secrets left empty stay as they are.
fn read(posted: &Posted, known: Option<&Profile>) -> (Profile, Vec<(&'static str, &'static str)>) {
    let mut wrong = Vec::new();
    let text = |name: &str| posted.text(name).to_owned();
    let mechanism = Mechanism::of(posted.text("mechanism")).unwrap_or_default();
    let host = match posted.text("login_host") {
        "" => posted.text("known_host"),
        typed => typed,
    };
    let login_host = match Url::parse(host) {
        Ok(url) if fine(&url) => url,
        parsed => {
            if mechanism != Mechanism::ApiKey && mechanism != Mechanism::Basic {
                wrong.push((
                    "login_host",
                    "An address that begins with https://, or http on loopback.",
                ));
            }
            match parsed {
                Ok(url) => url,
                Err(_) => Profile::default_host(),
            }
        }
    };
    let mut profile = Profile::of_vendor(posted.text("id"), login_host);
    profile.mechanism = mechanism;
    profile.title = text("title");
    profile.description = text("description");
    profile.provider = match posted.text("provider") {
        "other" => "other".into(),
        _ => "salesforce".into(),
    };
    profile.client_id = text("client_id");
    profile.client_auth = ClientAuth::of(posted.text("client_auth")).unwrap_or_default();
    profile.username = text("username");
    profile.scopes = posted
        .text("scopes")
        .split_whitespace()
        .map(str::to_owned)
        .collect();
    profile.prompt = Some(text("prompt")).filter(|prompt| !prompt.is_empty());
    profile.check_url = text("check_url");
    profile.addresses = Addresses {
        authorize: text("authorize"),
        token: text("token"),
        refresh: text("refresh"),
        revoke: text("revoke"),
    };
    let name = text("place_name");
    profile.place = match posted.text("place") {
        "header" if !name.is_empty() => Place::Header(name),
        "query" if !name.is_empty() => Place::Query(name),
        "body" if !name.is_empty() => Place::Body(name),
        _ => Place::Authorization,
    };
    if let Place::Header(name) = &profile.place
        && axum::http::HeaderName::from_bytes(name.as_bytes()).is_err()
    {
        wrong.push((
            "place_name",
            "A header's name has letters, digits and hyphens only.",
        ));
    }
    for n in 0..FIELDS {
        let at = |part: &str| posted.text(&format!("field{n}_{part}")).to_owned();
        let (title, key) = (at("title"), at("key"));
        if title.is_empty() && key.is_empty() {
            continue;
        }
        if title.is_empty() || !is_id(&key) {
            wrong.push((
                "fields",
                "Each field needs a title, and a key of small letters.",
            ));
        }
        profile.fields.push(Field {
            title,
            key,
            hint: at("hint"),
            secret: at("secret") == "yes",
            optional: at("optional") == "yes",
        });
    }
    for address in [
        &profile.addresses.authorize,
        &profile.addresses.token,
        &profile.addresses.refresh,
        &profile.addresses.revoke,
        &profile.check_url,
    ] {
        // A placeholder stands for a part of the host's name.
        let tried = address.replace(['{', '}'], "");
        if !address.is_empty() && !Url::parse(&tried).is_ok_and(|url| fine(&url)) {
            wrong.push((
                "addresses",
                "Each address begins with https://, or with http on loopback.",
            ));
            break;
        }
    }
    for name in mechanism.secrets() {
        let typed = posted.text(&format!("secret_{name}"));
        if !typed.is_empty() {
            if *name == "private_key" && !is_private_key(typed) {
                wrong.push((
                    "secrets",
                    "The private key is no RSA key in PEM (PKCS#8 or PKCS#1).",
                ));
                continue;
            }
            profile = profile.with_secret(name, typed);
        } else if let Some(secret) = known.and_then(|known| known.secret(name)) {
            profile = profile.with_secret(name, secret.clone());
        }
    }
    (profile, wrong)
}

fn fine(url: &Url) -> bool {
    url.scheme() == "https" || crate::cli::settings::is_loopback(url)
}

fn is_id(text: &str) -> bool {
    text.len() <= 40
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

fn title_of(secret: &str) -> &'static str {
    match secret {
        "client_secret" => "Client secret",
        "private_key" => "Private key (PEM)",
        "refresh_token" => "Refresh token",
        "key" => "Key",
        _ => "Password",
    }
}

fn about(mechanism: Mechanism) -> &'static str {
    match mechanism {
        Mechanism::AuthorizationCode => {
            "Somebody signs in on the provider's own page, with PKCE. The one for users; an operator can do it once for everybody."
        }
        Mechanism::ClientCredentials => {
            "The app signs in as itself. For Salesforce: on a My Domain only, as the user that the app runs as."
        }
        Mechanism::JwtBearer => {
            "A signed statement in place of a password; the app holds the certificate, this server the key."
        }
        Mechanism::RefreshToken => "A refresh token that you bring along from elsewhere.",
        Mechanism::ApiKey => "A key that goes with each call.",
        Mechanism::Basic => "A user name and a password that go with each call.",
    }
}
