//! An authorization profile: where to sign in, as which client, by which mechanism, and where the credential goes. Reading it
//! from bot.yaml, the environment or the console's form is the binary's.

use std::collections::BTreeMap;

use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use url::Url;

use super::address::{filled, is_loopback};
use super::setup::By;

/// The id of the profile of the operator's own app, which is one of Salesforce.
pub const SYSTEM: &str = "system";

/// How tokens or keys come about.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mechanism {
    /// OAuth 2.0 authorization code with PKCE: the one for users.
    #[default]
    AuthorizationCode,
    /// OAuth 2.0 client credentials.
    ClientCredentials,
    /// OAuth 2.0 JWT bearer (RFC 7523), signed RS256.
    JwtBearer,
    /// A refresh token that an operator brings.
    RefreshToken,
    /// A key that goes with each call.
    ApiKey,
    /// User name and password (RFC 7617).
    Basic,
}

impl Mechanism {
    /// All, in the order in which they are offered.
    pub const ALL: [Mechanism; 6] = [
        Mechanism::AuthorizationCode,
        Mechanism::ClientCredentials,
        Mechanism::JwtBearer,
        Mechanism::RefreshToken,
        Mechanism::ApiKey,
        Mechanism::Basic,
    ];

    /// Its word in bot.yaml, forms and the store.
    pub fn word(self) -> &'static str {
        match self {
            Mechanism::AuthorizationCode => "authorization_code",
            Mechanism::ClientCredentials => "client_credentials",
            Mechanism::JwtBearer => "jwt_bearer",
            Mechanism::RefreshToken => "refresh_token",
            Mechanism::ApiKey => "api_key",
            Mechanism::Basic => "basic",
        }
    }

    /// Its name for people.
    pub fn title(self) -> &'static str {
        match self {
            Mechanism::AuthorizationCode => "OAuth 2.0 authorization code",
            Mechanism::ClientCredentials => "OAuth 2.0 client credentials",
            Mechanism::JwtBearer => "OAuth 2.0 JWT bearer",
            Mechanism::RefreshToken => "OAuth 2.0 refresh token",
            Mechanism::ApiKey => "API key",
            Mechanism::Basic => "User name and password",
        }
    }

    /// The mechanism of a word.
    pub fn of(word: &str) -> Option<Mechanism> {
        Mechanism::ALL.into_iter().find(|one| one.word() == word)
    }

    /// Whether a browser goes to a sign-in page for it.
    pub fn by_page(self) -> bool {
        self == Mechanism::AuthorizationCode
    }

    /// Whether it comes to an access token by itself, with what the profile holds.
    pub fn by_itself(self) -> bool {
        matches!(
            self,
            Mechanism::ClientCredentials | Mechanism::JwtBearer | Mechanism::RefreshToken
        )
    }

    /// The secrets it may hold.
    pub fn secrets(self) -> &'static [&'static str] {
        match self {
            Mechanism::AuthorizationCode | Mechanism::ClientCredentials => &["client_secret"],
            Mechanism::JwtBearer => &["private_key"],
            Mechanism::RefreshToken => &["client_secret", "refresh_token"],
            Mechanism::ApiKey => &["key"],
            Mechanism::Basic => &["password"],
        }
    }
}

/// How a client with a secret proves itself at the token address.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientAuth {
    /// With fields of the form, as the vendor has it.
    #[default]
    Body,
    /// With `Authorization: Basic`, which every server understands (RFC 6749, 2.3.1) and some want.
    Basic,
}

impl ClientAuth {
    /// Its word in flags, forms and the store.
    pub fn word(self) -> &'static str {
        match self {
            ClientAuth::Body => "body",
            ClientAuth::Basic => "basic",
        }
    }

    /// The one of a word.
    pub fn of(word: &str) -> Option<ClientAuth> {
        let all = [ClientAuth::Body, ClientAuth::Basic];
        all.into_iter().find(|one| one.word() == word)
    }
}

/// Where the credential of a call goes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// `Authorization: Bearer …`, or `Basic …`.
    #[default]
    Authorization,
    /// A header of this name.
    Header(String),
    /// A query parameter of this name.
    Query(String),
    /// A field of the body of this name.
    Body(String),
}

/// Something that the end user is asked for on the start page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// The label above it.
    pub title: String,
    /// Its name as a placeholder, `{domain}` in an address; `username`, `password` and `key` are the credential itself.
    pub key: String,
    /// The line below it.
    #[serde(default)]
    pub hint: String,
    /// Whether it is typed unseen.
    #[serde(default)]
    pub secret: bool,
    /// Whether it may stay empty.
    #[serde(default)]
    pub optional: bool,
}

/// Addresses of an identity provider, each with `{field}` placeholders; empty: the vendor's own under the login host.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Addresses {
    /// Where the browser goes.
    #[serde(default)]
    pub authorize: String,
    /// Where codes are traded.
    #[serde(default)]
    pub token: String,
    /// Where tokens are renewed; empty: as `token`.
    #[serde(default)]
    pub refresh: String,
    /// Where tokens are given back.
    #[serde(default)]
    pub revoke: String,
}

/// An authorization profile.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Profile {
    /// Its id; `system` is the operator's app.
    pub id: String,
    /// For people.
    #[serde(default)]
    pub title: String,
    /// A sentence for people.
    #[serde(default)]
    pub description: String,
    /// The identity provider: `salesforce`, or `other` for any OAuth 2.0 server.
    #[serde(default = "vendor")]
    pub provider: String,
    /// How it comes to a credential.
    #[serde(default)]
    pub mechanism: Mechanism,
    /// `https://login.salesforce.com`, a My Domain, or a sandbox on loopback.
    pub login_host: Url,
    /// Addresses other than the vendor's.
    #[serde(default)]
    pub addresses: Addresses,
    /// The consumer key.
    #[serde(default)]
    pub client_id: String,
    /// How the client proves itself.
    #[serde(default)]
    pub client_auth: ClientAuth,
    /// The user that JWT bearer and basic act as.
    #[serde(default)]
    pub username: String,
    /// `client_secret private_key refresh_token key password`, as the mechanism needs them.
    #[serde(default, with = "sealed")]
    pub secrets: BTreeMap<String, SecretString>,
    /// Usually `api`, `refresh_token`.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// `login`, `consent`, `select_account`, if the sign-in page shall always be seen.
    #[serde(default)]
    pub prompt: Option<String>,
    /// What the end user is asked for.
    #[serde(default)]
    pub fields: Vec<Field>,
    /// Where the credential goes.
    #[serde(default)]
    pub place: Place,
    /// An address by which the credential is tried.
    #[serde(default)]
    pub check_url: String,
}

fn vendor() -> String {
    "salesforce".to_owned()
}

impl Profile {
    /// An authorization-code profile of the vendor with nothing but its login host.
    pub fn of_vendor(id: &str, login_host: Url) -> Profile {
        Profile {
            id: id.to_owned(),
            title: String::new(),
            description: String::new(),
            provider: vendor(),
            mechanism: Mechanism::AuthorizationCode,
            login_host,
            addresses: Addresses::default(),
            client_id: String::new(),
            client_auth: ClientAuth::Body,
            username: String::new(),
            secrets: BTreeMap::new(),
            scopes: vec!["api".into(), "refresh_token".into()],
            prompt: None,
            fields: Vec::new(),
            place: Place::Authorization,
            check_url: String::new(),
        }
    }

    /// The login host of production.
    pub fn default_host() -> Url {
        Url::parse("https://login.salesforce.com").expect("a constant address parses")
    }

    /// A secret by its name; an empty one counts as none.
    pub fn secret(&self, name: &str) -> Option<&SecretString> {
        let found = self.secrets.get(name);
        found.filter(|secret| !secret.expose_secret().is_empty())
    }

    /// The same with a secret.
    #[must_use]
    pub fn with_secret(mut self, name: &str, secret: impl Into<SecretString>) -> Profile {
        self.secrets.insert(name.to_owned(), secret.into());
        self
    }

    /// Whether tokens come from Salesforce, with its identity and its org.
    pub fn of_salesforce(&self) -> bool {
        self.provider == "salesforce"
    }

    /// What is missing before it can be used, by the names of its keys. What users are asked for when they authorize
    /// themselves is not missing then.
    pub fn lacks(&self, by: By) -> Vec<&'static str> {
        let mut lacks = Vec::new();
        let oauth = !matches!(self.mechanism, Mechanism::ApiKey | Mechanism::Basic);
        if oauth && self.client_id.is_empty() {
            lacks.push("client_id");
        }
        let asked = |key: &str| by == By::Users && self.fields.iter().any(|field| field.key == key);
        let needed: &[&'static str] = match self.mechanism {
            Mechanism::AuthorizationCode => &[],
            Mechanism::ClientCredentials => &["client_secret"],
            Mechanism::JwtBearer => &["private_key"],
            Mechanism::RefreshToken => &["refresh_token"],
            Mechanism::ApiKey => &["key"],
            Mechanism::Basic => &["password"],
        };
        for name in needed {
            if self.secret(name).is_none() && !asked(name) {
                lacks.push(name);
            }
        }
        let acts_as = matches!(self.mechanism, Mechanism::JwtBearer | Mechanism::Basic);
        if acts_as && self.username.is_empty() && !asked("username") {
            lacks.push("username");
        }
        lacks
    }

    /// What tells the grants and links of this provider, client and account from those of another: a code, a token and what a
    /// user typed in go to where they are from and nowhere else, whatever an operator chooses meanwhile (C4).
    pub(super) fn mark(&self) -> String {
        // A refresh token that was brought along is a grant by itself; of it, too, only what tells it from others.
        let brought: Option<String> = self.secret("refresh_token").map(|token| {
            let hash = super::pkce::hash(token.expose_secret());
            hash.iter().map(|byte| format!("{byte:02x}")).collect()
        });
        // The check address gets the token, too; for the vendor it can only be one of the vendor's own.
        let checked = Url::parse(&self.check_url).ok();
        let checked = checked.filter(|_| !self.of_salesforce());
        let checked = checked.map(|url| url.origin().ascii_serialization());
        let parts = [
            self.mechanism.word(),
            self.login_host.as_str(),
            &self.addresses.token,
            &self.client_id,
            &self.username,
            &brought.unwrap_or_default(),
            &checked.unwrap_or_default(),
        ];
        parts.join("\n")
    }

    /// The host that a link leads to, `login.salesforce.com`.
    pub fn host(&self) -> String {
        let own = Url::parse(&self.addresses.authorize).ok();
        let leads = own.as_ref().unwrap_or(&self.login_host);
        leads.host_str().unwrap_or("").to_owned()
    }

    /// The authorize address of an attempt; `anew` where the provider has to ask who signs in.
    pub(super) fn authorize(
        &self,
        redirect_uri: &str,
        state: &str,
        verifier: &str,
        given: &BTreeMap<String, String>,
        anew: bool,
    ) -> Option<Url> {
        let mut url = self.endpoint("authorize", given)?;
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.client_id)
            .append_pair("redirect_uri", redirect_uri)
            .append_pair("scope", &self.scopes.join(" "))
            .append_pair("state", state)
            .append_pair("code_challenge", &super::pkce::challenge(verifier))
            .append_pair("code_challenge_method", "S256");
        let mut prompts: Vec<&str> = self.prompt.iter().flat_map(|p| p.split(' ')).collect();
        if anew && !prompts.contains(&"login") {
            prompts.push("login");
        }
        if !prompts.is_empty() {
            let prompts = prompts.join(" ");
            url.query_pairs_mut().append_pair("prompt", &prompts);
        }
        Some(url)
    }

    /// `authorize token refresh revoke`, with what the user gave put in. Only https, or http on loopback.
    pub(super) fn endpoint(&self, name: &str, given: &BTreeMap<String, String>) -> Option<Url> {
        let own = match name {
            "authorize" => &self.addresses.authorize,
            "refresh" if !self.addresses.refresh.is_empty() => &self.addresses.refresh,
            "refresh" | "token" => &self.addresses.token,
            _ => &self.addresses.revoke,
        };
        if own.is_empty() {
            if name == "revoke" && !self.of_salesforce() {
                return None;
            }
            let name = if name == "refresh" { "token" } else { name };
            let base = self.login_host.as_str().trim_end_matches('/');
            return filled(&format!("{base}/services/oauth2/{name}"), &BTreeMap::new());
        }
        filled(own, given)
    }

    /// Whether a token may be sent there: the vendor's hosts over https, and loopback where the login host is on it.
    pub(super) fn trusts(&self, url: &Url) -> bool {
        if is_loopback(url) {
            return is_loopback(&self.login_host);
        }
        let host = url.host_str().unwrap_or("");
        let own = url.host_str() == self.login_host.host_str();
        let vendor = [".salesforce.com", ".force.com"];
        url.scheme() == "https" && (own || vendor.iter().any(|suffix| host.ends_with(suffix)))
    }
}

/// Secrets go into the sealed copy of a profile and nowhere else.
mod sealed {
    use std::collections::BTreeMap;

    use secrecy::{ExposeSecret as _, SecretString};
    use serde::{Deserialize as _, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(
        secrets: &BTreeMap<String, SecretString>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_map(
            secrets
                .iter()
                .map(|(name, secret)| (name, secret.expose_secret())),
        )
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<BTreeMap<String, SecretString>, D::Error> {
        BTreeMap::deserialize(deserializer)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    #[test]
    fn trusts_only_the_vendors_hosts_with_a_token() {
        let host = "https://login.salesforce.com".parse().unwrap();
        let profile = Profile::of_vendor("system", host);
        for (url, trusted) in [
            ("https://example.my.salesforce.com", true),
            ("http://example.my.salesforce.com", false),
            ("http://169.254.169.254", false),
            ("http://127.0.0.1:8081", false),
            ("https://salesforce.com.evil.example", false),
            ("https://evilsalesforce.com", false),
        ] {
            assert_eq!(profile.trusts(&url.parse().unwrap()), trusted, "{url}");
        }
    }
}
