//! The form of a profile: what it shows, what a page that was sent says, and what of it can't be.

use minijinja::value::Serde;
use minijinja::{Value, context};
use turnwise_connectors::auth::{
    Addresses, ClientAuth, Field, Mechanism, Place, Profile, is_loopback, is_private_key,
    is_safe_address,
};
use url::Url;

use crate::server::Served;
use crate::server::console::session::Posted;

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

/// The form of a profile; `wrong` names fields and what is wrong with them.
pub(super) fn form(
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

/// A profile from its form, and the fields that are wrong with what to do. Secrets left empty stay as they are.
pub(super) fn read(
    served: &Served,
    posted: &Posted,
    known: Option<&Profile>,
) -> (Profile, Vec<(&'static str, &'static str)>) {
    let mut wrong = Vec::new();
    let text = |name: &str| posted.text(name).to_owned();
    let mechanism = Mechanism::of(posted.text("mechanism")).unwrap_or_default();
    let host = match posted.text("login_host") {
        "" => posted.text("known_host"),
        typed => typed,
    };
    let login_host = match Url::parse(host) {
        Ok(url) if fine(served, &url) => url,
        parsed => {
            if mechanism != Mechanism::ApiKey && mechanism != Mechanism::Basic {
                wrong.push((
                    "login_host",
                    "An address that begins with https://, or http on loopback while this server is there, too.",
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
        let plain = Url::parse(&address.replace(['{', '}'], ""));
        let safe = is_safe_address(address) && plain.is_ok_and(|url| fine(served, &url));
        if !address.is_empty() && !safe {
            wrong.push((
                "addresses",
                "Each address begins with https://, or with http on loopback while this server is there, too. A {field} stands behind the host or before a domain, as in https://{field}.example.com.",
            ));
            break;
        }
    }
    // Who may change where a secret goes does not get to read it that way.
    let moved = known.is_some_and(|known| leads(known) != leads(&profile));
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
            if moved {
                wrong.push((
                    "secrets",
                    "An address is another one now. Type the secret again, so that it goes nowhere unseen.",
                ));
                break;
            }
            profile = profile.with_secret(name, secret.clone());
        }
    }
    (profile, wrong)
}

/// What listens on the server's own machine is reached only while the server is tried out there.
fn fine(served: &Served, url: &Url) -> bool {
    let here = Url::parse(&served.runtime.public_url);
    if !url.username().is_empty() || url.password().is_some() {
        // A password in an address is shown wherever the address is.
        false
    } else if is_loopback(url) {
        here.is_ok_and(|here| is_loopback(&here))
    } else {
        url.scheme() == "https"
    }
}

/// Everywhere that a profile's secrets go to.
fn leads(profile: &Profile) -> [&str; 4] {
    if matches!(profile.mechanism, Mechanism::ApiKey | Mechanism::Basic) {
        return [&profile.check_url, "", "", ""];
    }
    [
        profile.login_host.as_str(),
        &profile.addresses.token,
        &profile.addresses.refresh,
        &profile.addresses.revoke,
    ]
}

pub(super) fn is_id(text: &str) -> bool {
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

pub(super) fn about(mechanism: Mechanism) -> &'static str {
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
