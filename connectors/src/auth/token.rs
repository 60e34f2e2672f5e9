//! The calls to a provider's token, revocation and identity addresses, and what their answers mean.
//! When they are made, and what is kept of them, is left to the authorizer.

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

use super::profile::Profile;

const CAP: usize = 64 * 1024;

/// Tokens and their account, as they are sealed.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Grant {
    pub(super) access: String,
    pub(super) refresh: Option<String>,
    pub(super) instance_url: String,
    pub(super) org_id: String,
    pub(super) user_id: String,
    pub(super) account: Account,
}

impl Drop for Grant {
    fn drop(&mut self) {
        use zeroize::Zeroize as _;
        self.access.zeroize();
        self.refresh.zeroize();
    }
}

/// Why there are no tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refused {
    /// The provider says that the code or the refresh token is no good.
    Invalid,
    /// An administrator has to act.
    Blocked,
    /// An outage: what is stored stays.
    Unavailable,
    /// The answer can't be trusted or lacks the permission.
    Unfit,
}

pub(super) struct Provider {
    http: reqwest::Client,
}

impl Provider {
    pub(super) fn new() -> Result<Provider, reqwest::Error> {
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(Duration::from_secs(5))
            .timeout(Duration::from_secs(10))
            .build()?;
        Ok(Provider { http })
    }

    pub(super) async fn exchange(
        &self,
        profile: &Profile,
        code: &str,
        verifier: &str,
    ) -> Result<Grant, Refused> {
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", &profile.redirect_uri),
            ("code_verifier", verifier),
        ];
        let answer = self.token(profile, &form).await?;
        let scope = answer["scope"].as_str().unwrap_or("");
        let fits = scope.split(' ').any(|one| matches!(one, "api" | "full"));
        let read =
            read(profile, &answer).and_then(|grant| fits.then_some(grant).ok_or(Refused::Unfit));
        let mut grant = match read {
            Ok(grant) => grant,
            Err(refused) => {
                // Tokens that are not taken must not stay good at the provider.
                let token = answer["refresh_token"].as_str();
                if let Some(token) = token.or(answer["access_token"].as_str()) {
                    self.revoke_token(profile, token).await;
                }
                return Err(refused);
            }
        };
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
        Ok(grant)
    }

    pub(super) async fn refresh(&self, profile: &Profile, old: &Grant) -> Result<Grant, Refused> {
        let refresh = old.refresh.as_deref().ok_or(Refused::Invalid)?;
        let form = [("grant_type", "refresh_token"), ("refresh_token", refresh)];
        let answer = self.token(profile, &form).await?;
        let mut new = read(profile, &answer)?;
        if new.org_id != old.org_id || new.user_id != old.user_id {
            return Err(Refused::Unfit);
        }
        new.account = old.account.clone();
        if new.refresh.is_none() {
            new.refresh.clone_from(&old.refresh);
        }
        Ok(new)
    }

    /// Whether the provider confirmed; a token that is gone already counts as revoked.
    pub(super) async fn revoke(&self, profile: &Profile, grant: &Grant) -> bool {
        let token = grant.refresh.as_deref().unwrap_or(&grant.access);
        self.revoke_token(profile, token).await
    }

    async fn revoke_token(&self, profile: &Profile, token: &str) -> bool {
        let request = self
            .http
            .post(profile.endpoint("revoke"))
            .timeout(Duration::from_secs(3))
            .form(&[("token", token)]);
        match request.send().await {
            Ok(answer) if answer.status().is_success() => true,
            Ok(answer) if answer.status().as_u16() == 400 => {
                let body = capped(answer).await.unwrap_or_default();
                String::from_utf8_lossy(&body).contains("invalid_token")
            }
            _ => false,
        }
    }

    async fn token(&self, profile: &Profile, form: &[(&str, &str)]) -> Result<Value, Refused> {
        let mut form = form.to_vec();
        form.push(("client_id", &profile.client_id));
        if let Some(secret) = &profile.client_secret {
            form.push(("client_secret", secret.expose_secret()));
        }
        let request = self.http.post(profile.endpoint("token")).form(&form);
        let answer = request.send().await.map_err(|_| Refused::Unavailable)?;
        let status = answer.status().as_u16();
        let body = capped(answer).await.ok_or(Refused::Unavailable)?;
        let body: Value = serde_json::from_slice(&body).map_err(|_| Refused::Unavailable)?;
        match status {
            200 => Ok(body),
            400 | 401 | 403 => Err(refusal(body["error"].as_str().unwrap_or(""))),
            _ => Err(Refused::Unavailable),
        }
    }

    /// What people call the account; where it can't be read, ids have to do.
    async fn get(&self, access: &str, url: &str) -> Value {
        let request = self.http.get(url).bearer_auth(access);
        let Ok(answer) = request.header("accept", "application/json").send().await else {
            return Value::Null;
        };
        let body = capped(answer).await.unwrap_or_default();
        serde_json::from_slice(&body).unwrap_or(Value::Null)
    }
}

/// What an `error` of the token address means (salesforce-contract, 1.3).
pub(super) fn refusal(error: &str) -> Refused {
    match error {
        "invalid_grant" | "inactive_user" | "inactive_org" => Refused::Invalid,
        "invalid_app_access" | "OAUTH_APP_BLOCKED" => Refused::Blocked,
        _ => Refused::Unavailable,
    }
}

fn read(profile: &Profile, answer: &Value) -> Result<Grant, Refused> {
    let id = text(answer, "id");
    if let Some(secret) = &profile.client_secret {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes())
            .map_err(|_| Refused::Unfit)?;
        mac.update(id.as_bytes());
        mac.update(text(answer, "issued_at").as_bytes());
        let given = STANDARD
            .decode(text(answer, "signature"))
            .map_err(|_| Refused::Unfit)?;
        mac.verify_slice(&given).map_err(|_| Refused::Unfit)?;
    }
    let identity = Url::parse(&id).map_err(|_| Refused::Unfit)?;
    let instance: Url = text(answer, "instance_url")
        .parse()
        .map_err(|_| Refused::Unfit)?;
    if !profile.trusts(&identity) || !profile.trusts(&instance) {
        return Err(Refused::Unfit);
    }
    let mut ids = id.rsplit('/').map(str::to_owned);
    let access = text(answer, "access_token");
    if access.is_empty() {
        return Err(Refused::Unfit);
    }
    Ok(Grant {
        access,
        refresh: answer["refresh_token"].as_str().map(str::to_owned),
        instance_url: instance.to_string(),
        user_id: ids.next().unwrap_or_default(),
        org_id: ids.next().unwrap_or_default(),
        account: Account {
            name: String::new(),
            org: String::new(),
        },
    })
}

impl Grant {
    pub(super) fn session(&self) -> Option<crate::salesforce::Session> {
        Some(crate::salesforce::Session {
            instance_url: self.instance_url.parse().ok()?,
            access: SecretString::from(self.access.clone()),
        })
    }
}

async fn capped(mut answer: reqwest::Response) -> Option<Vec<u8>> {
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
