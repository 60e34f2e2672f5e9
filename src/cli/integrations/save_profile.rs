//! An authorization profile as flags. A secret is named by the variable that holds it, and stands in no command line.
//! Saving it is left to the step.

use std::path::PathBuf;

use clap::Args;
use turnwise_connectors::auth::{Authorizer, Mechanism, Place, Profile};

use super::away;
use crate::cli::Refused;
use crate::cli::settings::{Settings, given, is_loopback};
use crate::store::grants::Grants;

/// A profile as flags.
#[derive(Debug, Args)]
pub(super) struct SaveProfile {
    pub(super) id: String,
    /// authorization_code, client_credentials, jwt_bearer, refresh_token, api_key or basic.
    #[arg(long)]
    mechanism: Option<String>,
    /// For people.
    #[arg(long)]
    title: Option<String>,
    /// salesforce, or other for any OAuth 2.0 server.
    #[arg(long)]
    provider: Option<String>,
    /// https://login.salesforce.com, https://test.salesforce.com, or a My Domain.
    #[arg(long)]
    login_host: Option<url::Url>,
    /// The consumer key.
    #[arg(long)]
    client_id: Option<String>,
    /// The user that JWT bearer and basic act as.
    #[arg(long)]
    username: Option<String>,
    /// Scopes, separated by spaces.
    #[arg(long)]
    scopes: Option<String>,
    /// The header that an API key goes into.
    #[arg(long)]
    header: Option<String>,
    /// An address by which the profile is tried.
    #[arg(long)]
    check_url: Option<String>,
    /// A secret and the variable that holds it: client_secret=SF_SECRET.
    #[arg(long, value_name = "NAME=VARIABLE")]
    secret: Vec<String>,
    #[arg(long)]
    pub(super) bot: Option<PathBuf>,
}

impl SaveProfile {
    /// The profile as it is to be saved: the one that there is, with what the flags say.
    pub(super) async fn profile(
        &self,
        auth: &Authorizer<Grants>,
        settings: &Settings,
    ) -> Result<Profile, Refused> {
        let known = auth.profile(&self.id).await.map_err(away)?;
        let mut profile =
            known.unwrap_or_else(|| Profile::of_vendor(&self.id, settings.login_host.clone()));
        if let Some(word) = &self.mechanism {
            profile.mechanism = Mechanism::of(word)
                .ok_or_else(|| Refused::new(format!("there is no mechanism `{word}`")))?;
        }
        let texts = [
            (&self.title, &mut profile.title),
            (&self.provider, &mut profile.provider),
            (&self.client_id, &mut profile.client_id),
            (&self.username, &mut profile.username),
            (&self.check_url, &mut profile.check_url),
        ];
        for (given, kept) in texts {
            if let Some(given) = given {
                kept.clone_from(given);
            }
        }
        if let Some(host) = &self.login_host {
            if host.scheme() != "https" && !is_loopback(host) {
                return Err(Refused::new(format!(
                    "--login-host `{host}` must be https, or http on loopback"
                )));
            }
            profile.login_host = host.clone();
        }
        if let Some(scopes) = &self.scopes {
            profile.scopes = scopes.split_whitespace().map(str::to_owned).collect();
        }
        if let Some(header) = &self.header {
            profile.place = Place::Header(header.clone());
        }
        for pair in &self.secret {
            let (name, variable) = pair.split_once('=').unwrap_or((pair, ""));
            if !profile.mechanism.secrets().contains(&name) {
                return Err(Refused::new(format!(
                    "{} has no secret `{name}`; it has {}",
                    profile.mechanism.word(),
                    profile.mechanism.secrets().join(", ")
                )));
            }
            let secret = given(variable).ok_or_else(|| {
                Refused::new(format!(
                    "the variable `{variable}` is not set; write --secret {name}=VARIABLE"
                ))
            })?;
            profile = profile.with_secret(name, secret);
        }
        Ok(profile)
    }
}
