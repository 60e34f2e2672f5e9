//! `turnwise integrations save-profile`: an authorization profile as flags, all that the console's form has. What makes a
//! profile whole is the connectors'.

use std::path::PathBuf;

use clap::Args;
use serde_json::{Value, json};
use turnwise_connectors::auth::{
    Authorizer, Checked, ClientAuth, Field, Mechanism, Place, Profile, is_private, is_private_key,
    is_safe_address,
};
use url::Url;

use super::{away, given, told};
use crate::cli::Refused;
use crate::cli::settings::Settings;
use crate::store::grants::Grants;

/// A profile as flags.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: turnwise integrations save-profile desk --provider other --login-host https://id.example.com \\\n  \
                  --authorize-url https://id.example.com/auth --token-url https://id.example.com/token \\\n  \
                  --client-id desk --secret client_secret=DESK_SECRET --scopes orders"
)]
pub(super) struct SaveProfile {
    /// The profile.
    pub(super) id: String,
    /// authorization_code, client_credentials, jwt_bearer, refresh_token, api_key or basic.
    #[arg(long)]
    mechanism: Option<String>,
    /// For people.
    #[arg(long)]
    title: Option<String>,
    /// A sentence for people.
    #[arg(long)]
    description: Option<String>,
    /// salesforce, or other for any OAuth 2.0 server.
    #[arg(long)]
    provider: Option<String>,
    /// https://login.salesforce.com, https://test.salesforce.com, a My Domain, or the issuer of another server.
    #[arg(long)]
    login_host: Option<Url>,
    /// Where the browser goes, {key} for what the user gives; empty: the vendor's.
    #[arg(long)]
    authorize_url: Option<String>,
    /// Where codes are traded.
    #[arg(long)]
    token_url: Option<String>,
    /// Where tokens are renewed; empty: where codes are traded.
    #[arg(long)]
    refresh_url: Option<String>,
    /// Where tokens are given back.
    #[arg(long)]
    revoke_url: Option<String>,
    /// The consumer key.
    #[arg(long)]
    client_id: Option<String>,
    /// How the client proves itself: body, or basic for servers that want RFC 6749's header.
    #[arg(long)]
    client_auth: Option<String>,
    /// The user that JWT bearer and basic act as.
    #[arg(long)]
    username: Option<String>,
    /// Scopes, separated by spaces.
    #[arg(long)]
    scopes: Option<String>,
    /// login, consent or select_account, so that the sign-in page is always seen.
    #[arg(long)]
    prompt: Option<String>,
    /// What the end user is asked for, as JSON: {"key": "domain", "title": "My Domain", "hint": "…", "secret": false,
    /// "optional": false}. Given once or more, it replaces all.
    #[arg(long, value_name = "JSON")]
    field: Vec<String>,
    /// The header that the credential goes into.
    #[arg(long, group = "place")]
    header: Option<String>,
    /// The query parameter that it goes into.
    #[arg(long, group = "place")]
    query: Option<String>,
    /// The field of the body that it goes into.
    #[arg(long, group = "place")]
    body: Option<String>,
    /// An address by which the profile is tried.
    #[arg(long)]
    check_url: Option<String>,
    /// A secret and the variable that holds it: client_secret=SF_SECRET.
    #[arg(long, value_name = "NAME=VARIABLE")]
    secret: Vec<String>,
    /// The bot's folder [default: the folder you are in].
    pub(super) bot: Option<PathBuf>,
}

impl SaveProfile {
    /// The profile as it is kept, with what was given in place of what was there.
    pub(super) async fn profile(
        &self,
        auth: &Authorizer<Grants>,
        settings: &Settings,
    ) -> Result<Profile, Refused> {
        if !Profile::is_name(&self.id) {
            return Err(Refused::new(format!(
                "`{}` is no name of a profile: small letters, digits and _, beginning with a letter",
                self.id
            )));
        }
        let known = auth.profile(&self.id).await.map_err(away)?;
        let vendor = || Profile::of_vendor(&self.id, settings.login_host.clone());
        let mut profile = known.clone().unwrap_or_else(vendor);
        if let Some(word) = &self.mechanism {
            profile.mechanism = Mechanism::of(word).ok_or_else(|| {
                let known = Mechanism::ALL.map(Mechanism::word).join(", ");
                Refused::new(format!("--mechanism is one of {known}, not `{word}`"))
            })?;
        }
        if let Some(word) = &self.client_auth {
            profile.client_auth = ClientAuth::of(word).ok_or_else(|| {
                Refused::new(format!("--client-auth is body or basic, not `{word}`"))
            })?;
        }
        self.write_texts(&mut profile)?;
        if let Some(host) = &self.login_host {
            if !is_private(host) || !host.username().is_empty() || host.password().is_some() {
                return Err(Refused::new(format!(
                    "--login-host `{host}` must be https, or http on loopback, without a user name"
                )));
            }
            profile.login_host = host.clone();
        }
        if let Some(scopes) = &self.scopes {
            profile.scopes = scopes.split_whitespace().map(str::to_owned).collect();
        }
        if let Some(prompt) = &self.prompt {
            profile.prompt = Some(prompt.clone()).filter(|prompt| !prompt.is_empty());
        }
        match (&self.header, &self.query, &self.body) {
            (Some(name), _, _) if http::HeaderName::from_bytes(name.as_bytes()).is_err() => {
                return Err(Refused::new(format!(
                    "--header `{name}` is no name of a header"
                )));
            }
            (Some(name), _, _) => profile.place = Place::Header(name.clone()),
            (_, Some(name), _) => profile.place = Place::Query(name.clone()),
            (_, _, Some(name)) => profile.place = Place::Body(name.clone()),
            _ => {}
        }
        if !self.field.is_empty() {
            let read = self.field.iter().map(|text| {
                serde_json::from_str::<Field>(text).map_err(|error| {
                    Refused::new(format!(
                        "--field {text} is no JSON with \"key\" and \"title\": {error}"
                    ))
                })
            });
            profile.fields = read.collect::<Result<_, Refused>>()?;
            let odd = profile.fields.iter();
            let odd = odd.clone().find(|field| !Profile::is_name(&field.key));
            if let Some(field) = odd {
                return Err(Refused::new(format!(
                    "--field: `{}` is no key: small letters, digits and _, beginning with a letter",
                    field.key
                )));
            }
        }
        let profile = self.with_secrets(profile)?;
        self.nothing_moves_unseen(profile, known.as_ref())
    }

    /// Names and addresses.
    fn write_texts(&self, profile: &mut Profile) -> Result<(), Refused> {
        let addresses = &mut profile.addresses;
        let addresses = [
            (
                "authorize-url",
                &self.authorize_url,
                &mut addresses.authorize,
            ),
            ("token-url", &self.token_url, &mut addresses.token),
            ("refresh-url", &self.refresh_url, &mut addresses.refresh),
            ("revoke-url", &self.revoke_url, &mut addresses.revoke),
            ("check-url", &self.check_url, &mut profile.check_url),
        ];
        for (flag, given, kept) in addresses {
            let Some(given) = given else { continue };
            if !given.is_empty() && !is_safe_address(given) {
                return Err(Refused::new(format!(
                    "--{flag} `{given}` must be https, or http on loopback; a {{field}} stands behind the host or before a domain, https://{{field}}.example.com"
                )));
            }
            kept.clone_from(given);
        }
        let texts = [
            (&self.title, &mut profile.title),
            (&self.description, &mut profile.description),
            (&self.provider, &mut profile.provider),
            (&self.client_id, &mut profile.client_id),
            (&self.username, &mut profile.username),
        ];
        for (given, kept) in texts {
            if let Some(given) = given {
                kept.clone_from(given);
            }
        }
        if !matches!(profile.provider.as_str(), "salesforce" | "other") {
            return Err(Refused::new(format!(
                "--provider is salesforce or other, not `{}`",
                profile.provider
            )));
        }
        Ok(())
    }

    /// The profile, unless a secret that it has would go to another address than it was given for.
    fn nothing_moves_unseen(
        &self,
        mut profile: Profile,
        known: Option<&Profile>,
    ) -> Result<Profile, Refused> {
        let of_mechanism = profile.mechanism.secrets();
        profile
            .secrets
            .retain(|name, _| of_mechanism.contains(&name.as_str()));
        if known.is_none_or(|known| known.leads() == profile.leads()) {
            return Ok(profile);
        }
        let given = |name: &str| {
            let names = self.secret.iter().map(|pair| pair.split_once('='));
            names.flatten().any(|(given, _)| given == name)
        };
        match profile.secrets.keys().find(|name| !given(name)) {
            Some(name) => Err(Refused::new(format!(
                "an address is another one now: give the secret again, --secret {name}=VARIABLE, so that it goes nowhere unseen"
            ))),
            None => Ok(profile),
        }
    }

    fn with_secrets(&self, mut profile: Profile) -> Result<Profile, Refused> {
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
            if name == "private_key" && !is_private_key(&secret) {
                return Err(Refused::new(format!(
                    "the variable `{variable}` holds no RSA key in PEM (PKCS#8 or PKCS#1)"
                )));
            }
            profile = profile.with_secret(name, secret);
        }
        Ok(profile)
    }
}

/// What came of trying a profile, for programs and for people; true where it was taken.
pub(super) async fn tried(
    auth: &Authorizer<Grants>,
    profile: &Profile,
) -> Result<(Value, String, bool), Refused> {
    let id = &profile.id;
    let taken = match auth.check(profile).await.map_err(away)? {
        Checked::Taken(name) => {
            let text = match name.as_str() {
                "" => "The provider takes this profile; what is left shows when somebody signs in."
                    .to_owned(),
                name => format!("Signed in as {name}."),
            };
            (json!({ "id": id, "account": name }), text, true)
        }
        Checked::NotTried(why) => (json!({ "id": id, "not_tried": why }), why.to_owned(), false),
        Checked::Wrong(trouble) => {
            let sentence = told(&trouble);
            let value =
                json!({ "id": id, "trouble": { "word": trouble.word, "sentence": sentence } });
            (value, sentence, false)
        }
        Checked::Answer {
            status,
            headers,
            body,
        } => {
            let mut text = format!("{} answered {status}\n", profile.check_url);
            for (name, value) in &headers {
                text.push_str(&format!("{name}: {value}\n"));
            }
            text.push_str(&format!("\n{body}"));
            let value = json!({ "id": id, "status": status, "headers": headers, "body": body });
            (
                value,
                text.trim_end().to_owned(),
                (200..300).contains(&status),
            )
        }
    };
    Ok(taken)
}
