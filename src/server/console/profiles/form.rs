//! The form of a profile: what it shows of one, and what it says of a way to sign in. What was typed into it is `posted`'s.

use minijinja::value::Serde;
use minijinja::{Value, context};
use turnwise_connectors::auth::{Addresses, Mechanism, Place, Profile};

use super::posted::Wrong;
use crate::server::Served;

/// Login hosts that are offered by name.
const HOSTS: [(&str, &str); 2] = [
    (
        "https://login.salesforce.com",
        "Production and Developer Edition",
    ),
    ("https://test.salesforce.com", "Sandboxes and scratch orgs"),
];
/// Fields of the end user that a form has room for.
pub(super) const FIELDS: usize = 3;

/// The form of a profile; `wrong` names fields and what is wrong with them.
pub(super) fn form(
    served: &Served,
    profile: &Profile,
    is_new: bool,
    integration: &str,
    wrong: &[Wrong],
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
        wrong => wrong.iter().map(|wrong| told(wrong, profile)).collect::<Vec<Value>>(),
    }
}

/// What is wrong with a part, by its title, and where in the page it stands.
fn told(wrong: &Wrong, profile: &Profile) -> Value {
    let oauth = !matches!(profile.mechanism, Mechanism::ApiKey | Mechanism::Basic);
    let secret = profile.mechanism.secrets().first().copied();
    let secret = format!("secret_{}", secret.unwrap_or_default());
    let (title, at) = match wrong.field {
        "id" => ("Short name", "id"),
        "login_host" => ("Login host", "login_host"),
        "place_name" => ("Its name", "place_name"),
        "fields" => ("Fields of the end user", "field0_title"),
        "addresses" if oauth => ("Addresses", "authorize"),
        "addresses" => ("Check address", "check_url"),
        _ => ("Secrets", secret.as_str()),
    };
    context! { field => wrong.field, text => wrong.text, title => title, at => at }
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
