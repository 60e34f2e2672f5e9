//! A profile as its form was sent: what was typed, and what of it can't be. What the form shows is `form`'s; keeping the
//! profile is left to the pages.

use axum::http::HeaderName;
use turnwise_connectors::auth::{
    Addresses, ClientAuth, Field, Mechanism, Place, Profile, is_private_from, is_private_key,
    is_safe_address,
};
use url::Url;

use super::form::FIELDS;
use crate::server::Served;
use crate::server::console::session::Posted;

/// A part of the form that can't be as it is.
pub(super) struct Wrong {
    /// The part, by its name in the page.
    pub(super) field: &'static str,
    /// What to change, a sentence for the operator.
    pub(super) text: &'static str,
}

/// A profile from its form, and what is wrong with it. Secrets left empty stay as they are in `known`.
pub(super) fn read(
    served: &Served,
    posted: &Posted,
    known: Option<&Profile>,
) -> (Profile, Vec<Wrong>) {
    let mechanism = Mechanism::of(posted.text("mechanism")).unwrap_or_default();
    let mut wrong = Vec::new();
    let login_host = login_host(served, posted, mechanism, &mut wrong);
    let mut profile = Profile::of_vendor(posted.text("id"), login_host);
    profile.mechanism = mechanism;
    write_texts(posted, &mut profile);
    profile.place = place(posted, &mut wrong);
    profile.fields = fields(posted, &mut wrong);
    if !addresses_are_safe(served, &profile) {
        wrong.push(Wrong {
            field: "addresses",
            text: "Each address begins with https://, or with http on loopback while this server is there, too. A {field} stands behind the host or before a domain, as in https://{field}.example.com.",
        });
    }
    let profile = with_secrets(posted, known, profile, &mut wrong);
    (profile, wrong)
}

/// The login host that was typed, else the one that was picked. A profile that has no use for one gets the vendor's.
fn login_host(
    served: &Served,
    posted: &Posted,
    mechanism: Mechanism,
    wrong: &mut Vec<Wrong>,
) -> Url {
    let host = match posted.text("login_host") {
        "" => posted.text("known_host"),
        typed => typed,
    };
    let parsed = Url::parse(host);
    let is_fine = parsed.as_ref().is_ok_and(|url| may_be_told(served, url));
    if !is_fine && !matches!(mechanism, Mechanism::ApiKey | Mechanism::Basic) {
        wrong.push(Wrong {
            field: "login_host",
            text: "An address that begins with https://, or http on loopback while this server is there, too.",
        });
    }
    parsed.unwrap_or_else(|_| Profile::default_host())
}

/// What is taken as it was typed.
fn write_texts(posted: &Posted, profile: &mut Profile) {
    let text = |name: &str| posted.text(name).to_owned();
    profile.title = text("title");
    profile.description = text("description");
    profile.provider = match posted.text("provider") {
        "other" => "other".into(),
        _ => "salesforce".into(),
    };
    profile.client_id = text("client_id");
    profile.client_auth = ClientAuth::of(posted.text("client_auth")).unwrap_or_default();
    profile.username = text("username");
    let scopes = posted.text("scopes").split_whitespace();
    profile.scopes = scopes.map(str::to_owned).collect();
    profile.prompt = Some(text("prompt")).filter(|prompt| !prompt.is_empty());
    profile.check_url = text("check_url");
    profile.addresses = Addresses {
        authorize: text("authorize"),
        token: text("token"),
        refresh: text("refresh"),
        revoke: text("revoke"),
    };
}

/// Where a key goes with each call.
fn place(posted: &Posted, wrong: &mut Vec<Wrong>) -> Place {
    let name = posted.text("place_name");
    match posted.text("place") {
        "header" if !name.is_empty() => {
            if HeaderName::from_bytes(name.as_bytes()).is_err() {
                wrong.push(Wrong {
                    field: "place_name",
                    text: "A header's name has letters, digits and hyphens only.",
                });
            }
            Place::Header(name.to_owned())
        }
        "query" if !name.is_empty() => Place::Query(name.to_owned()),
        "body" if !name.is_empty() => Place::Body(name.to_owned()),
        _ => Place::Authorization,
    }
}

/// What the end user is asked before the sign-in; rows left empty are none.
fn fields(posted: &Posted, wrong: &mut Vec<Wrong>) -> Vec<Field> {
    let mut fields = Vec::new();
    for n in 0..FIELDS {
        let at = |part: &str| posted.text(&format!("field{n}_{part}")).to_owned();
        let (title, key) = (at("title"), at("key"));
        if title.is_empty() && key.is_empty() {
            continue;
        }
        if title.is_empty() || !Profile::is_name(&key) {
            wrong.push(Wrong {
                field: "fields",
                text: "Each field needs a title, and a key of small letters.",
            });
        }
        fields.push(Field {
            title,
            key,
            hint: at("hint"),
            secret: at("secret") == "yes",
            optional: at("optional") == "yes",
        });
    }
    fields
}

fn addresses_are_safe(served: &Served, profile: &Profile) -> bool {
    let addresses = &profile.addresses;
    let all = [
        &addresses.authorize,
        &addresses.token,
        &addresses.refresh,
        &addresses.revoke,
        &profile.check_url,
    ];
    all.into_iter()
        .filter(|address| !address.is_empty())
        .all(|address| {
            let plain = Url::parse(&address.replace(['{', '}'], ""));
            is_safe_address(address) && plain.is_ok_and(|url| may_be_told(served, &url))
        })
}

/// Whether a profile may send its secrets there. A password in an address would be shown wherever the address is.
fn may_be_told(served: &Served, url: &Url) -> bool {
    let here = Url::parse(&served.runtime.public_url);
    url.username().is_empty()
        && url.password().is_none()
        && here.is_ok_and(|here| is_private_from(&here, url))
}

/// The profile with the secrets that were typed, and those it has. Who may change where a secret goes does not get to read
/// it that way: with another address each has to be typed again.
fn with_secrets(
    posted: &Posted,
    known: Option<&Profile>,
    mut profile: Profile,
    wrong: &mut Vec<Wrong>,
) -> Profile {
    let moved = known.is_some_and(|known| known.leads() != profile.leads());
    for name in profile.mechanism.secrets() {
        let typed = posted.text(&format!("secret_{name}"));
        if !typed.is_empty() {
            if *name == "private_key" && !is_private_key(typed) {
                wrong.push(Wrong {
                    field: "secrets",
                    text: "The private key is no RSA key in PEM (PKCS#8 or PKCS#1).",
                });
                continue;
            }
            profile = profile.with_secret(name, typed);
        } else if let Some(secret) = known.and_then(|known| known.secret(name)) {
            if moved {
                wrong.push(Wrong {
                    field: "secrets",
                    text: "An address is another one now. Type the secret again, so that it goes nowhere unseen.",
                });
                break;
            }
            profile = profile.with_secret(name, secret.clone());
        }
    }
    profile
}
