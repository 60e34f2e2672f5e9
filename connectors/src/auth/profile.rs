//! How an integration signs in: host, client, redirect address, scopes, and which orgs may be used.
//! Reading it from bot.yaml and the environment is the binary's.

use secrecy::SecretString;
use url::Url;

/// An authorization profile.
#[derive(Debug, Clone)]
pub struct Profile {
    /// The integration it is for.
    pub integration: String,
    /// `https://login.salesforce.com`, a My Domain, or a sandbox on loopback.
    pub login_host: Url,
    /// The consumer key.
    pub client_id: String,
    /// The consumer secret, if the app has one.
    pub client_secret: Option<SecretString>,
    /// The one callback address, sent as it stands.
    pub redirect_uri: String,
    /// Usually `api`, `refresh_token`.
    pub scopes: Vec<String>,
    /// `login`, `consent`, `select_account`, if the sign-in page shall always be seen.
    pub prompt: Option<String>,
    /// Org ids, 18 long, that may be used; empty: any.
    pub orgs: Vec<String>,
}

impl Profile {
    /// The host that a link leads to, `login.salesforce.com`.
    pub fn host(&self) -> String {
        self.login_host.host_str().unwrap_or("").to_owned()
    }

    pub(super) fn endpoint(&self, name: &str) -> String {
        let base = self.login_host.as_str().trim_end_matches('/');
        format!("{base}/services/oauth2/{name}")
    }

    /// The authorize address of an attempt.
    pub(super) fn authorize(&self, state: &str, verifier: &str) -> Option<Url> {
        let mut url = Url::parse(&self.endpoint("authorize")).ok()?;
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.client_id)
            .append_pair("redirect_uri", &self.redirect_uri)
            .append_pair("scope", &self.scopes.join(" "))
            .append_pair("state", state)
            .append_pair("code_challenge", &super::pkce::challenge(verifier))
            .append_pair("code_challenge_method", "S256");
        if let Some(prompt) = &self.prompt {
            url.query_pairs_mut().append_pair("prompt", prompt);
        }
        Some(url)
    }

    /// Whether a token may be sent there: the vendor's hosts over https, and loopback where the login host is on it.
    pub(super) fn trusts(&self, url: &Url) -> bool {
        if loopback(url) {
            return loopback(&self.login_host);
        }
        let host = url.host_str().unwrap_or("");
        let own = url.host_str() == self.login_host.host_str();
        let vendor = [".salesforce.com", ".force.com"];
        url.scheme() == "https" && (own || vendor.iter().any(|suffix| host.ends_with(suffix)))
    }
}

fn loopback(url: &Url) -> bool {
    matches!(url.host_str(), Some("127.0.0.1" | "localhost" | "[::1]"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    #[test]
    fn trusts_only_the_vendors_hosts_with_a_token() {
        let profile = Profile {
            integration: "crm".into(),
            login_host: "https://login.salesforce.com".parse().unwrap(),
            client_id: "key".into(),
            client_secret: None,
            redirect_uri: "https://bot.example/auth/callback".into(),
            scopes: vec!["api".into()],
            prompt: None,
            orgs: Vec::new(),
        };
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
