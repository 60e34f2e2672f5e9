//! Looking at how a profile is set up before anybody is sent to a sign-in page: the authorize address is asked as a browser
//! would, the token address with a code that nobody made. Neither gives anybody anything.

use std::collections::BTreeMap;

use url::Url;

use super::Authorizer;
use super::fault::{Fault, What};
use super::pkce;
use super::profile::{Mechanism, Profile};
use super::store::{GrantStore, StoreError};
use super::token::{Provider, capped};

/// Errors that a server shows on a page of its own, since it does not trust the address that it would have to go back to.
const ON_A_PAGE: [&str; 3] = [
    "redirect_uri_mismatch",
    "invalid_redirect_uri",
    "invalid_client_id",
];

impl<S: GrantStore> Authorizer<S> {
    /// Looks at an integration's profile where somebody will sign in on a page, and notes what is wrong with it.
    ///
    /// # Errors
    /// Where the store fails or there is no such integration.
    pub async fn look_at(&self, integration: &str) -> Result<(), StoreError> {
        let used = self.used(integration).await?;
        let Some(profile) = &used.profile else {
            return Ok(());
        };
        match self.provider.look(profile, &self.redirect_uri()).await {
            Ok(true) => self.went_well(integration).await,
            Ok(false) => Ok(()),
            Err(fault) => self.went_wrong(integration, &fault).await,
        }
    }
}

impl Provider {
    /// What would go wrong with a sign-in on this profile's page, as far as it shows without one; false where there is none,
    /// or its address is not known before a user has said something.
    pub(super) async fn look(&self, profile: &Profile, redirect_uri: &str) -> Result<bool, Fault> {
        let given = BTreeMap::new();
        let of_users = [&profile.addresses.authorize, &profile.addresses.token];
        let open = of_users.iter().any(|address| address.contains('{'));
        if profile.mechanism != Mechanism::AuthorizationCode || profile.client_id.is_empty() || open
        {
            return Ok(false);
        }
        let (state, verifier) = (pkce::token(), pkce::token());
        let url = profile.authorize(redirect_uri, &state, &verifier, &given, false);
        self.look_at_page(url.ok_or(What::NoProvider)?, redirect_uri)
            .await?;
        let url = profile.endpoint("token", &given).ok_or(What::NoProvider)?;
        let (code, verifier) = (pkce::token(), verifier.as_str());
        let form = [
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("redirect_uri", redirect_uri),
            ("code_verifier", verifier),
        ];
        match self.token(profile, url, &form, None).await {
            // That code is refused by whoever takes the client.
            Ok(_) => Ok(true),
            Err(fault) if matches!(fault.what, What::Ended | What::Other) => Ok(true),
            Err(fault) => Err(fault),
        }
    }

    async fn look_at_page(&self, url: Url, redirect_uri: &str) -> Result<(), Fault> {
        let request = self.http.get(url).timeout(self.time);
        let answer = request.header("accept", "text/html").send().await;
        let answer = answer.map_err(|_| What::NoAnswer)?;
        let status = answer.status().as_u16();
        let to = answer.headers().get("location");
        if let Some(to) = to.and_then(|to| to.to_str().ok()) {
            let back = to
                .strip_prefix(redirect_uri)
                .and_then(|rest| rest.strip_prefix('?'));
            let pairs: Vec<(String, String)> = back
                .map(|query| {
                    url::form_urlencoded::parse(query.as_bytes())
                        .into_owned()
                        .collect()
                })
                .unwrap_or_default();
            let one = |name: &str| pairs.iter().find(|(known, _)| known == name);
            return match one("error") {
                Some((_, error)) => {
                    let said = one("error_description").map_or("", |(_, said)| said);
                    let fault = Fault::of(error, said);
                    // A server may want a person for what it can't decide alone.
                    if fault.what == What::Other {
                        Ok(())
                    } else {
                        Err(fault)
                    }
                }
                None => Ok(()),
            };
        }
        let body = capped(answer).await.unwrap_or_default();
        let page = String::from_utf8_lossy(&body);
        if let Some(error) = ON_A_PAGE.iter().find(|error| page.contains(**error)) {
            return Err(Fault::of(error, ""));
        }
        match status {
            404 | 405 | 410 => Err(What::NoProvider.into()),
            500.. => Err(What::Outage.into()),
            _ => Ok(()),
        }
    }

    /// What came of trying to come to tokens as a sign-in would, without keeping any; the account where there is one.
    pub(super) async fn try_to_sign_in(
        &self,
        profile: &Profile,
        redirect_uri: &str,
        now: i64,
    ) -> Result<Option<super::token::Grant>, Fault> {
        match profile.mechanism {
            Mechanism::ClientCredentials | Mechanism::JwtBearer => {
                self.mint(profile, now).await.map(Some)
            }
            Mechanism::AuthorizationCode => self.look(profile, redirect_uri).await.map(|_| None),
            // A refresh token that rotates is used up by a try.
            Mechanism::RefreshToken | Mechanism::ApiKey | Mechanism::Basic => Ok(None),
        }
    }
}
