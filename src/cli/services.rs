//! The services that a bot names, with what opens them from the environment. How they are called is the connectors'.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::SecretString;
use turnwise_connectors::http::{Credential, Service, Services};
use turnwise_engine::template::{Integration, Profile, Templates};

use super::Refused;

/// The services of a bot. Hosts inside the network are reached only where `TURNWISE_INTERNAL_HOSTS` names them, with commas
/// between.
///
/// # Errors
/// A sentence for the operator.
pub fn services(templates: &Templates) -> Result<Services, Refused> {
    let internal = std::env::var("TURNWISE_INTERNAL_HOSTS").unwrap_or_default();
    let internal: Vec<String> = internal
        .split(',')
        .map(|host| host.trim().to_owned())
        .filter(|host| !host.is_empty())
        .collect();
    let mut all = BTreeMap::new();
    for integration in templates.integrations.values() {
        if let Some(url) = &integration.url {
            let service = service(integration, url, templates)?;
            all.insert(integration.id.clone(), service);
        }
    }
    Services::new(all, &internal).map_err(|unfit| Refused::new(unfit.to_string()))
}

fn service(
    integration: &Integration,
    url: &str,
    templates: &Templates,
) -> Result<Service, Refused> {
    let id = &integration.id;
    let base = url::Url::parse(url).map_err(|error| {
        Refused::new(format!(
            "the `url` of `{id}`, `{url}`, is no address: {error}"
        ))
    })?;
    let credential = match templates.bot.profiles.get(&integration.profile) {
        None => Some(Credential::default()),
        Some(profile) => credential(profile),
    };
    if credential.is_none() {
        let profile = &integration.profile;
        tracing::warn!(
            integration = id,
            profile,
            "its profile holds no key, so its calls will fail"
        );
    }
    Ok(Service { base, credential })
}

/// What a profile sends with each call; `None` where a variable that it names is not set.
fn credential(profile: &Profile) -> Option<Credential> {
    let secret = |key: &str| {
        let named = profile.secrets.get(key)?;
        std::env::var(named).ok().filter(|value| !value.is_empty())
    };
    let value = |key: &str| secret(key).or_else(|| profile.plain.get(key).cloned());
    let mut credential = Credential::default();
    match profile.mechanism.as_str() {
        "api_key" => {
            let key = SecretString::from(secret("key")?);
            match (profile.plain.get("header"), profile.plain.get("query")) {
                (Some(header), _) => credential.headers.push((header.clone(), key)),
                (None, Some(query)) => credential.query.push((query.clone(), key)),
                (None, None) => return None,
            }
        }
        "basic" => {
            let pair = format!("{}:{}", value("username")?, secret("password")?);
            let value = SecretString::from(format!("Basic {}", STANDARD.encode(pair)));
            credential.headers.push(("authorization".into(), value));
        }
        _ => return None,
    }
    Some(credential)
}
