//! Integrations and authorization profiles as bot.yaml and the environment give them, in the words of the connectors.
//! What operators switched since stands in the store.

use jiff::SignedDuration;
use secrecy::SecretString;
use turnwise_connectors::auth::{Bounds, By, Config, Mechanism, Place, Profile, SYSTEM, Setup};
use turnwise_connectors::salesforce::to_18;
use turnwise_engine::template::{Authorize, Integration, Templates};
use url::Url;

use super::Refused;
use super::settings::given;
use crate::server::limits::Limits;

/// All integrations and profiles of a bot. Secrets of its profiles come from the environment.
pub fn config(
    templates: &Templates,
    public_url: &str,
    login_host: &Url,
    client: &(String, Option<SecretString>),
) -> Config {
    let setups = templates.integrations.values().map(|integration| Setup {
        integration: integration.id.clone(),
        title: integration.title.clone(),
        by: match integration.authorize {
            // A service's key stands in its profile, so no user is asked for one.
            Authorize::Users if holds_its_key(templates, integration) => By::Operator,
            Authorize::Users => By::Users,
            Authorize::Operator => By::Operator,
        },
        profile: integration.profile.clone(),
        enabled: integration.enabled,
        declared: integration.declared,
        orgs: integration
            .orgs
            .iter()
            .map(|(id, name)| (to_18(id).unwrap_or_else(|| id.clone()), name.clone()))
            .collect(),
        shared_writes: integration.shared_writes,
    });
    let mut system = Profile::of_vendor(SYSTEM, login_host.clone());
    system.title = "System app".into();
    system.description = "The operator's app, from the server's configuration.".into();
    system.client_id = client.0.clone();
    if let Some(secret) = &client.1 {
        system = system.with_secret("client_secret", secret.clone());
    }
    let own = templates
        .bot
        .profiles
        .iter()
        .map(|(id, written)| profile(id, written, login_host));
    Config {
        redirect_uri: format!("{public_url}/auth/callback"),
        setups: setups.collect(),
        profiles: std::iter::once(system).chain(own).collect(),
    }
}

fn holds_its_key(templates: &Templates, integration: &Integration) -> bool {
    let profile = templates.bot.profiles.get(&integration.profile);
    let mechanism = profile.and_then(|profile| Mechanism::of(&profile.mechanism));
    integration.url.is_some() && mechanism.is_some_and(|mechanism| !mechanism.by_page())
}

/// A profile of bot.yaml.
fn profile(id: &str, written: &turnwise_engine::template::Profile, login_host: &Url) -> Profile {
    let plain = |key: &str| written.plain.get(key).cloned().unwrap_or_default();
    let value = |key: &str| {
        let named = written.secrets.get(key).and_then(|name| given(name));
        named.unwrap_or_else(|| plain(key))
    };
    let host = match value("login_host").as_str() {
        "" => login_host.clone(),
        // A secret never goes to another host than the one that was meant: where that is none, it goes nowhere.
        text => Url::parse(text).unwrap_or_else(|error| {
            tracing::error!(profile = id, %error, "the login host of this profile is no address");
            Url::parse("https://login-host.invalid").expect("a constant address parses")
        }),
    };
    let mut profile = Profile::of_vendor(id, host);
    profile.title = id.to_owned();
    profile.mechanism = Mechanism::of(&written.mechanism).unwrap_or_default();
    profile.client_id = value("client_id");
    profile.username = value("username");
    if let Some(scopes) = written.plain.get("scopes") {
        profile.scopes = scopes.split(' ').map(str::to_owned).collect();
    }
    profile.prompt = written.plain.get("prompt").cloned();
    profile.place = match (written.plain.get("header"), written.plain.get("query")) {
        (Some(header), _) => Place::Header(header.clone()),
        (_, Some(query)) => Place::Query(query.clone()),
        _ => Place::Authorization,
    };
    if matches!(profile.mechanism, Mechanism::ApiKey | Mechanism::Basic) {
        profile.provider = "other".into();
    }
    for (key, name) in &written.secrets {
        if profile.mechanism.secrets().contains(&key.as_str()) {
            match given(name) {
                Some(secret) => profile = profile.with_secret(key, secret),
                None => tracing::warn!(profile = id, variable = name, "this variable is not set"),
            }
        }
    }
    profile
}

/// How often somebody may ask: `TURNWISE_PAGES_PER_MINUTE` (600) for an address, `TURNWISE_LINK_PER_MINUTE` (20) for a link;
/// `TURNWISE_TRUSTED_PROXY` names the proxies whose `X-Forwarded-For` counts, with commas between.
///
/// # Errors
/// A sentence for the operator.
pub fn limits() -> Result<Limits, Refused> {
    let usual = Limits::default();
    let proxies = given("TURNWISE_TRUSTED_PROXY").unwrap_or_default();
    let proxies = proxies.split(',').map(str::trim);
    let proxies = proxies.filter(|text| !text.is_empty()).map(|text| {
        let wrong = |_| Refused::new(format!("TURNWISE_TRUSTED_PROXY: `{text}` is no IP address"));
        text.parse().map_err(wrong)
    });
    Ok(Limits::new(
        number("TURNWISE_PAGES_PER_MINUTE", usual.pages)?,
        number("TURNWISE_LINK_PER_MINUTE", usual.link)?,
        proxies.collect::<Result<_, Refused>>()?,
    ))
}

/// A number above 0 of the environment.
fn number(name: &str, otherwise: u32) -> Result<u32, Refused> {
    match given(name).map(|text| (text.parse(), text)) {
        None => Ok(otherwise),
        Some((Ok(number), _)) if number > 0 => Ok(number),
        Some((_, text)) => Err(Refused::new(format!(
            "{name} `{text}` is no number above 0"
        ))),
    }
}

/// The bounds of sign-ins: `TURNWISE_LINK_MINUTES` (10, at most 15) and `TURNWISE_GRANT_IDLE_DAYS` (30).
///
/// # Errors
/// A sentence for the operator.
pub fn bounds() -> Result<Bounds, Refused> {
    let minutes = number("TURNWISE_LINK_MINUTES", 10)?;
    if minutes > 15 {
        return Err(Refused::new(
            "TURNWISE_LINK_MINUTES is at most 15: a link that lives longer is easier to misuse",
        ));
    }
    let days = number("TURNWISE_GRANT_IDLE_DAYS", 30)?;
    Ok(Bounds {
        link_life: SignedDuration::from_mins(minutes.into()),
        idle: SignedDuration::from_hours(24 * i64::from(days.min(3_650))),
        ..Bounds::default()
    })
}
