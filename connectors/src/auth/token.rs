//! The calls to a provider's token, revocation and identity addresses, and what their answers mean.
//! When they are made, and what is kept of them, is left to the authorizer.

use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::Sha256;
use turnwise_engine::event::Account;
use url::Url;

use super::fault::{Fault, Refused, What, known};
use super::profile::{ClientAuth, Mechanism, Profile};

const CAP: usize = 64 * 1024;
/// How long a revocation may take, since the user waits for it.
const REVOKE: Duration = Duration::from_secs(3);

/// Tokens and their account, as they are sealed.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Grant {
    pub(super) access: String,
    pub(super) refresh: Option<String>,
    pub(super) instance_url: String,
    pub(super) org_id: String,
    pub(super) user_id: String,
    pub(super) account: Account,
    /// The scopes that were granted, separated by spaces.
    #[serde(default)]
    pub(super) scopes: String,
    /// What the user gave for the placeholders of the profile's addresses.
    #[serde(default)]
    pub(super) given: BTreeMap<String, String>,
    /// The mark of the profile that they are from; empty in grants of before there were marks.
    #[serde(default)]
    pub(super) from: String,
    /// Set where the provider has ended it: there are no tokens, only whose account it was, so that another one that signs in
    /// next is asked about (B4).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) ended: bool,
    /// Until when a process has the right to refresh it, in milliseconds since 1970.
    #[serde(default)]
    pub(super) leased: i64,
}

impl Drop for Grant {
    fn drop(&mut self) {
        use zeroize::Zeroize as _;
        self.access.zeroize();
        self.refresh.zeroize();
        self.given.values_mut().for_each(|given| given.zeroize());
    }
}

pub(super) struct Provider {
    pub(super) http: reqwest::Client,
    /// How long one call may take in all.
    pub(super) time: Duration,
}

impl Provider {
    pub(super) fn new() -> Result<Provider, reqwest::Error> {
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(Duration::from_secs(5))
            .build()?;
        let time = Duration::from_secs(10);
        Ok(Provider { http, time })
    }

    pub(super) async fn exchange(
        &self,
        profile: &Profile,
        redirect_uri: &str,
        code: &str,
        verifier: &str,
        given: &BTreeMap<String, String>,
    ) -> Result<Grant, Fault> {
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", redirect_uri),
            ("code_verifier", verifier),
        ];
        let url = profile.endpoint("token", given).ok_or(What::NoProvider)?;
        let answer = self.token(profile, url, &form, None).await?;
        let mut grant = match read(profile, &answer, true) {
            Ok(grant) => grant,
            Err(refused) => {
                // Tokens that are not taken must not stay good at the provider.
                let token = answer["refresh_token"].as_str();
                if let Some(token) = token.or(answer["access_token"].as_str()) {
                    self.revoke_token(profile, token, given).await;
                }
                return Err(refused);
            }
        };
        grant.given.clone_from(given);
        self.name(profile, &mut grant, &answer).await;
        Ok(grant)
    }

    /// Tokens of a profile that needs nobody's page: client credentials, JWT bearer, a refresh token of the operator's.
    pub(super) async fn mint(&self, profile: &Profile, now: i64) -> Result<Grant, Fault> {
        let given = BTreeMap::new();
        let scope = profile.scopes.join(" ");
        let url = profile.endpoint("token", &given).ok_or(What::NoProvider)?;
        let answer = match profile.mechanism {
            Mechanism::ClientCredentials => {
                let mut form = vec![("grant_type", "client_credentials")];
                // The vendor takes the scopes from the app.
                if !profile.of_salesforce() && !scope.is_empty() {
                    form.push(("scope", &scope));
                }
                self.token(profile, url, &form, None).await?
            }
            Mechanism::JwtBearer => {
                let audience = profile.login_host.as_str().trim_end_matches('/');
                let key = profile.secret("private_key").ok_or(What::Key)?;
                let assertion = super::jwt::assertion(
                    &profile.client_id,
                    &profile.username,
                    audience,
                    key.expose_secret(),
                    now,
                );
                let assertion = assertion.ok_or(What::Key)?;
                let form = [
                    ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
                    ("assertion", &assertion),
                ];
                self.token(profile, url, &form, Some(now)).await?
            }
            Mechanism::RefreshToken => {
                let token = profile.secret("refresh_token").ok_or(What::Ended)?;
                let form = [
                    ("grant_type", "refresh_token"),
                    ("refresh_token", token.expose_secret()),
                ];
                self.token(profile, url, &form, None).await?
            }
            _ => return Err(What::Flow.into()),
        };
        let mut grant = read(profile, &answer, false)?;
        if profile.mechanism == Mechanism::RefreshToken && grant.refresh.is_none() {
            let token = profile.secret("refresh_token").ok_or(What::Ended)?;
            grant.refresh = Some(token.expose_secret().to_owned());
        }
        self.name(profile, &mut grant, &answer).await;
        Ok(grant)
    }

    /// What people call the account and its org; where it can't be read, ids have to do.
    async fn name(&self, profile: &Profile, grant: &mut Grant, answer: &Value) {
        if !profile.of_salesforce() {
            if !profile.check_url.is_empty() {
                let who = self.get(&grant.access, &profile.check_url).await;
                let names = ["preferred_username", "username", "email", "name", "sub"];
                let found = names.iter().map(|name| text(&who, name));
                grant.account.name = found
                    .into_iter()
                    .find(|n| !n.is_empty())
                    .unwrap_or_default();
                grant.user_id = text(&who, "sub");
            }
            return;
        }
        let who = self
            .get(&grant.access, answer["id"].as_str().unwrap_or(""))
            .await;
        grant.account.name = text(&who, "username");
        if grant.account.name.is_empty() {
            grant.account.name.clone_from(&grant.user_id);
        }
        let base = grant.instance_url.trim_end_matches('/');
        let query =
            format!("{base}/services/data/v62.0/query?q=SELECT%20Name%20FROM%20Organization");
        let org = self.get(&grant.access, &query).await;
        grant.account.org = text(&org["records"][0], "Name");
    }

    pub(super) async fn refresh(&self, profile: &Profile, old: &Grant) -> Result<Grant, Fault> {
        let refresh = old.refresh.as_deref().ok_or(What::Ended)?;
        let form = [("grant_type", "refresh_token"), ("refresh_token", refresh)];
        let url = profile.endpoint("refresh", &old.given);
        let answer = self
            .token(profile, url.ok_or(What::NoProvider)?, &form, None)
            .await?;
        let mut new = read(profile, &answer, false)?;
        if profile.of_salesforce() && (&new.org_id, &new.user_id) != (&old.org_id, &old.user_id) {
            return Err(What::Elsewhere.into());
        }
        new.account = old.account.clone();
        if new.scopes.is_empty() {
            new.scopes.clone_from(&old.scopes);
        }
        new.given.clone_from(&old.given);
        new.org_id.clone_from(&old.org_id);
        new.user_id.clone_from(&old.user_id);
        if new.refresh.is_none() {
            new.refresh.clone_from(&old.refresh);
        }
        Ok(new)
    }

    /// Whether the provider confirmed; a token that is gone already counts as revoked.
    pub(super) async fn revoke(&self, profile: &Profile, grant: &Grant) -> bool {
        let token = grant.refresh.as_deref().unwrap_or(&grant.access);
        if matches!(profile.mechanism, Mechanism::ApiKey | Mechanism::Basic) {
            // Nobody but the service can end a key; here it is forgotten.
            return true;
        }
        self.revoke_token(profile, token, &grant.given).await
    }

    async fn revoke_token(
        &self,
        profile: &Profile,
        token: &str,
        given: &BTreeMap<String, String>,
    ) -> bool {
        let Some(url) = profile.endpoint("revoke", given) else {
            return false;
        };
        let form = vec![("token", token)];
        let request = self.http.post(url).timeout(self.time.min(REVOKE));
        // RFC 7009 wants the client to say who it is; the vendor does without.
        let request = if profile.of_salesforce() {
            request.form(&form)
        } else {
            as_client(profile, request, form)
        };
        match request.send().await {
            Ok(answer) if answer.status().is_success() => true,
            Ok(answer) if answer.status().as_u16() == 400 => {
                let body = capped(answer).await.unwrap_or_default();
                String::from_utf8_lossy(&body).contains("invalid_token")
            }
            _ => false,
        }
    }

    /// The answer of the token address; `signed_at` is the time of a signed statement, by which our clock is told from theirs.
    pub(super) async fn token(
        &self,
        profile: &Profile,
        url: Url,
        form: &[(&'static str, &str)],
        signed_at: Option<i64>,
    ) -> Result<Value, Fault> {
        let request = self.http.post(url).timeout(self.time);
        let request = request.header("accept", "application/json");
        let request = as_client(profile, request, form.to_vec());
        let answer = request.send().await.map_err(|_| What::NoAnswer)?;
        let status = answer.status().as_u16();
        let theirs = date(&answer);
        let body = capped(answer).await.ok_or(What::NoProvider)?;
        let body: Value = match serde_json::from_slice(&body) {
            Ok(body) => body,
            Err(_) if status >= 500 => return Err(What::Outage.into()),
            Err(_) => return Err(What::NoProvider.into()),
        };
        let fault = match status {
            200 => return Ok(body),
            400 | 401 | 403 => Fault::of_body(&body),
            429 | 500.. => return Err(What::Outage.into()),
            _ => return Err(What::NoProvider.into()),
        };
        let fault = match signed_at {
            Some(now) => fault.of_assertion(now, theirs),
            None => fault,
        };
        let error = known(body["error"].as_str().unwrap_or(""));
        if fault.refused() == Refused::Setup {
            tracing::error!(
                profile = profile.id,
                error,
                "the provider refuses this client; the profile has to be looked at"
            );
        } else {
            tracing::info!(profile = profile.id, error, "the provider gives no tokens");
        }
        let own = profile
            .secrets
            .values()
            .map(|secret| secret.expose_secret());
        let sent = form
            .iter()
            .filter(|(name, _)| !matches!(*name, "grant_type" | "redirect_uri"));
        let sent = sent.map(|(_, value)| *value);
        Err(fault.without(&own.chain(sent).collect::<Vec<_>>()))
    }

    /// One GET with a credential, or one POST where it goes into the body: status, headers, body.
    pub(super) async fn try_out(
        &self,
        url: Url,
        credential: &super::access::Credential,
    ) -> Option<(u16, Vec<(String, String)>, String)> {
        let mut url = url;
        for (name, value) in &credential.query {
            url.query_pairs_mut()
                .append_pair(name, value.expose_secret());
        }
        let mut request = if credential.body.is_empty() {
            self.http.get(url)
        } else {
            let fields = credential.body.iter();
            let form = fields.map(|(name, value)| (name, value.expose_secret()));
            self.http.post(url).form(&form.collect::<Vec<_>>())
        };
        request = request.timeout(self.time);
        for (name, value) in &credential.headers {
            request = request.header(name, value.expose_secret());
        }
        let answer = request.send().await.ok()?;
        let status = answer.status().as_u16();
        let headers = answer.headers().iter().map(|(name, value)| {
            let value = value.to_str().unwrap_or("").to_owned();
            (name.to_string(), value)
        });
        let headers = headers.collect();
        let body = capped(answer).await?;
        Some((status, headers, String::from_utf8_lossy(&body).into_owned()))
    }

    /// JSON behind a token; null where there is none.
    async fn get(&self, access: &str, url: &str) -> Value {
        let request = self.http.get(url).timeout(self.time).bearer_auth(access);
        let Ok(answer) = request.header("accept", "application/json").send().await else {
            return Value::Null;
        };
        let body = capped(answer).await.unwrap_or_default();
        serde_json::from_slice(&body).unwrap_or(Value::Null)
    }
}

/// A form in the name of a profile's client.
fn as_client<'a>(
    profile: &'a Profile,
    request: reqwest::RequestBuilder,
    mut form: Vec<(&'static str, &'a str)>,
) -> reqwest::RequestBuilder {
    match (profile.client_auth, profile.secret("client_secret")) {
        (ClientAuth::Basic, Some(secret)) => {
            // Both are form-encoded before they are joined (RFC 6749, 2.3.1).
            let encoded =
                |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
            let (id, secret): (String, String) =
                (encoded(&profile.client_id), encoded(secret.expose_secret()));
            request.basic_auth(id, Some(secret)).form(&form)
        }
        (_, secret) => {
            form.push(("client_id", &profile.client_id));
            if let Some(secret) = secret {
                form.push(("client_secret", secret.expose_secret()));
            }
            request.form(&form)
        }
    }
}

/// What the clock of a server says, in seconds since 1970.
fn date(answer: &reqwest::Response) -> Option<i64> {
    let text = answer.headers().get("date")?.to_str().ok()?;
    let read = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text);
    Some(read.ok()?.as_second())
}

/// `granted`: the answer to a code, whose scope is checked.
fn read(profile: &Profile, answer: &Value, granted: bool) -> Result<Grant, Fault> {
    let access = text(answer, "access_token");
    if access.is_empty() {
        return Err(What::NoProvider.into());
    }
    let mut grant = Grant {
        access,
        refresh: answer["refresh_token"].as_str().map(str::to_owned),
        instance_url: profile.login_host.to_string(),
        user_id: String::new(),
        org_id: String::new(),
        account: Account {
            name: String::new(),
            org: String::new(),
        },
        scopes: text(answer, "scope"),
        given: BTreeMap::new(),
        from: profile.mark(),
        ended: false,
        leased: 0,
    };
    if !profile.of_salesforce() {
        return Ok(grant);
    }
    let scope = answer["scope"].as_str().unwrap_or("");
    if granted && !scope.split(' ').any(|one| matches!(one, "api" | "full")) {
        return Err(What::NoApi.into());
    }
    let id = text(answer, "id");
    let signed = profile.mechanism != Mechanism::JwtBearer;
    if let Some(secret) = profile.secret("client_secret").filter(|_| signed) {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes())
            .map_err(|_| What::Signature)?;
        mac.update(id.as_bytes());
        mac.update(text(answer, "issued_at").as_bytes());
        let given = STANDARD
            .decode(text(answer, "signature"))
            .map_err(|_| What::Signature)?;
        mac.verify_slice(&given).map_err(|_| What::Signature)?;
    }
    let identity = Url::parse(&id).map_err(|_| What::Elsewhere)?;
    let instance: Url = text(answer, "instance_url")
        .parse()
        .map_err(|_| What::Elsewhere)?;
    if !profile.trusts(&identity) || !profile.trusts(&instance) {
        return Err(What::Elsewhere.into());
    }
    let mut ids = id.rsplit('/').map(str::to_owned);
    grant.instance_url = instance.to_string();
    grant.user_id = ids.next().unwrap_or_default();
    grant.org_id = ids.next().unwrap_or_default();
    Ok(grant)
}

impl Grant {
    /// A key, or a user name with its password, from what the user gave, else from the profile.
    pub(super) fn of_key(profile: &Profile, given: &BTreeMap<String, String>) -> Grant {
        let own = |name: &str| {
            let own = profile.secret(name).map(|s| s.expose_secret().to_owned());
            given.get(name).cloned().or(own).unwrap_or_default()
        };
        let named = given.get("username").unwrap_or(&profile.username).clone();
        let access = match profile.mechanism {
            Mechanism::Basic => format!("{named}:{}", own("password")),
            _ => own("key"),
        };
        let mut rest = given.clone();
        rest.retain(|key, _| !matches!(key.as_str(), "username" | "password" | "key"));
        Grant {
            access,
            refresh: None,
            instance_url: profile.login_host.to_string(),
            org_id: String::new(),
            user_id: named.clone(),
            account: Account {
                name: named,
                org: String::new(),
            },
            scopes: String::new(),
            given: rest,
            from: profile.mark(),
            ended: false,
            leased: 0,
        }
    }

    /// Whether it is one of this profile's.
    pub(super) fn is_of(&self, profile: &Profile) -> bool {
        self.from.is_empty() || self.from == profile.mark()
    }

    pub(super) fn session(&self) -> Option<crate::salesforce::Session> {
        Some(crate::salesforce::Session {
            instance_url: self.instance_url.parse().ok()?,
            access: SecretString::from(self.access.clone()),
        })
    }
}

pub(super) async fn capped(mut answer: reqwest::Response) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    while let Some(chunk) = answer.chunk().await.ok()? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > CAP {
            return None;
        }
    }
    Some(bytes)
}

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or("").to_owned()
}
