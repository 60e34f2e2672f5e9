//! The services that a bot names. How they are called is the connectors', what opens them stands in their profiles.

use std::collections::BTreeMap;

use turnwise_connectors::http::{Service, Services};
use turnwise_engine::template::{Integration, Templates};

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
            let service = service(integration, url)?;
            all.insert(integration.id.clone(), service);
        }
    }
    Services::new(all, &internal).map_err(|unfit| Refused::new(unfit.to_string()))
}

fn service(integration: &Integration, url: &str) -> Result<Service, Refused> {
    let id = &integration.id;
    let base = url::Url::parse(url);
    let base = base.map_err(|error| {
        Refused::new(format!(
            "the `url` of `{id}`, `{url}`, is no address: {error}"
        ))
    })?;
    Ok(Service { base })
}
