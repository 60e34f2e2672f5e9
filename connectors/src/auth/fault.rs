//! What a provider's refusal means for whoever set the profile up: what is wrong, and what to change and where.
//! What it means for a grant is told by [`Refused`]; the chat's own words are the engine's.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::profile::{Mechanism, Profile, SYSTEM};

/// Most that is kept of a provider's own words, in characters.
const SAID: usize = 160;
/// How far two clocks may be apart before a signed statement is refused for it, in seconds.
const APART: i64 = 120;

/// What came of a refusal for the tokens that are there.
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
    /// The client or the request is refused: an operator has to look at the profile.
    Setup,
}

/// What is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum What {
    /// Nobody answers at the host.
    NoAnswer,
    /// Somebody answers, and is no OAuth 2.0 server.
    NoProvider,
    /// The server has an outage, or too much to do.
    Outage,
    /// The client id is not known there.
    ClientUnknown,
    /// The client's secret is not taken.
    WrongSecret,
    /// The callback address is not registered with the app.
    Callback,
    /// The app lacks a scope that the profile asks for.
    Scope,
    /// The tokens came without the scope `api`.
    NoApi,
    /// The app does not allow this mechanism.
    Flow,
    /// The clocks are so many minutes apart; positive where ours is ahead.
    Clock(i64),
    /// The signed statement of JWT bearer is refused.
    Assertion,
    /// The private key can't sign.
    Key,
    /// The app is blocked in the org.
    AppBlocked,
    /// The app is for admin-approved users, and this one is not.
    NotApproved,
    /// The code or the refresh token is not taken.
    Ended,
    /// The user or the org is not active.
    Inactive,
    /// The answer is signed with another secret.
    Signature,
    /// The tokens are for a host that is none of the provider's.
    Elsewhere,
    /// The account is of an org that is not on the list.
    Org,
    /// Anything else.
    Other,
}

/// A refusal, with the provider's own words where there are any.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// What is wrong.
    pub what: What,
    /// What the provider says, cut and without any secret of ours; for operators only.
    #[serde(default)]
    pub said: String,
}

impl From<What> for Fault {
    fn from(what: What) -> Fault {
        let said = String::new();
        Fault { what, said }
    }
}

impl Fault {
    /// What an `error` of the authorize or the token address means (RFC 6749, 4.1.2.1 and 5.2, with the errors of Salesforce beside them).
    pub(super) fn of(error: &str, description: &str) -> Fault {
        let what = match error {
            "invalid_client_id" => What::ClientUnknown,
            "invalid_client" => What::WrongSecret,
            "redirect_uri_mismatch" | "invalid_redirect_uri" => What::Callback,
            "invalid_scope" => What::Scope,
            "unsupported_grant_type" | "unauthorized_client" | "unsupported_response_type" => {
                What::Flow
            }
            "OAUTH_APP_BLOCKED" => What::AppBlocked,
            "invalid_app_access" => What::NotApproved,
            "invalid_grant" => What::Ended,
            "inactive_user" | "inactive_org" => What::Inactive,
            "rate_limit_exceeded" | "server_error" | "temporarily_unavailable" => What::Outage,
            _ => What::Other,
        };
        let said = if description.is_empty() {
            known(error)
        } else {
            description
        };
        let plain = said.chars().map(|c| if c.is_control() { ' ' } else { c });
        Fault {
            what,
            said: plain.take(SAID).collect(),
        }
    }

    /// Of an answer's body.
    pub(super) fn of_body(body: &Value) -> Fault {
        let text = |name: &str| body[name].as_str().unwrap_or("");
        Fault::of(text("error"), text("error_description"))
    }

    /// The same where a signed statement was refused at `now`, by a server whose clock says `theirs`.
    pub(super) fn of_assertion(self, now: i64, theirs: Option<i64>) -> Fault {
        let ahead = theirs.map_or(0, |theirs| now - theirs);
        let what = match self.what {
            What::Ended if ahead.abs() >= APART => What::Clock((ahead + ahead.signum() * 30) / 60),
            What::Ended => What::Assertion,
            other => other,
        };
        Fault { what, ..self }
    }

    /// The same without the provider's words, where they repeat one of these secrets.
    pub(super) fn without(mut self, secrets: &[&str]) -> Fault {
        let mut secrets = secrets.iter().filter(|secret| secret.len() >= 4);
        if secrets.any(|secret| self.said.contains(*secret)) {
            self.said.clear();
        }
        self
    }

    /// What becomes of the tokens that are there. Only an answer that says so ends a grant (D6).
    pub(super) fn refused(&self) -> Refused {
        match self.what {
            What::Ended | What::Inactive | What::Assertion | What::Clock(_) => Refused::Invalid,
            What::AppBlocked | What::NotApproved => Refused::Blocked,
            What::NoAnswer | What::NoProvider | What::Outage | What::Other => Refused::Unavailable,
            What::NoApi | What::Signature | What::Elsewhere | What::Org => Refused::Unfit,
            What::ClientUnknown
            | What::WrongSecret
            | What::Callback
            | What::Scope
            | What::Flow
            | What::Key => Refused::Setup,
        }
    }

    /// Whether it is about one account only, and not about how the integration is set up.
    pub(super) fn of_one_account(&self) -> bool {
        matches!(
            self.what,
            What::Ended | What::Inactive | What::NotApproved | What::Org | What::Other
        )
    }

    /// Its word in the log.
    pub fn word(&self) -> &'static str {
        match self.what {
            What::NoAnswer => "no_answer",
            What::NoProvider => "no_provider",
            What::Outage => "outage",
            What::ClientUnknown => "client_unknown",
            What::WrongSecret => "wrong_secret",
            What::Callback => "callback_not_registered",
            What::Scope => "scope_not_allowed",
            What::NoApi => "no_api_scope",
            What::Flow => "flow_not_enabled",
            What::Clock(_) => "clock",
            What::Assertion => "assertion",
            What::Key => "private_key",
            What::AppBlocked => "app_blocked",
            What::NotApproved => "not_approved",
            What::Ended => "ended",
            What::Inactive => "inactive",
            What::Signature => "signature",
            What::Elsewhere => "elsewhere",
            What::Org => "org_not_listed",
            What::Other => "other",
        }
    }

    /// What is wrong, what to change, and where, in a sentence or two for an operator.
    pub fn sentence(&self, profile: &Profile, redirect_uri: &str) -> String {
        let host = named(profile);
        let at = |key: &str| place(profile, key);
        let (host_at, id_at) = (at("login_host"), at("client_id"));
        match self.what {
            What::NoAnswer => format!(
                "Nobody answers at {host}. Check {host_at}, and that this server can reach it."
            ),
            What::NoProvider => format!(
                "What answers at {host} is no OAuth 2.0 server. Check {host_at}{}.",
                if profile.addresses.token.is_empty() { "" } else { " and the profile's addresses" }
            ),
            What::Outage => format!("{host} can't answer right now. Nothing has to be changed; try again in some minutes."),
            What::ClientUnknown => format!(
                "{host} does not know this client id. Copy the app's consumer key into {id_at} again, and check that {host_at} is where the app was made. A new app works everywhere after about ten minutes: then only wait."
            ),
            What::WrongSecret => format!(
                "{host} does not take the client's secret. Copy the app's consumer secret into {} again.",
                at("client_secret")
            ),
            What::Callback => format!(
                "The callback address is not registered with the app. Add {redirect_uri} to the app's callback URLs, exactly so; a change works after about ten minutes."
            ),
            What::Scope => format!(
                "The app lacks one of {}. Add “{}” to the app's OAuth scopes, or take out what it lacks.",
                at("scopes"),
                profile.scopes.join(" ")
            ),
            What::NoApi => format!(
                "The sign-in worked, but without the scope api. Add “Manage user data via APIs (api)” to the app's OAuth scopes, and api to {}.",
                at("scopes")
            ),
            What::Flow => format!(
                "The app does not allow this mechanism ({}). Enable its flow in the app's OAuth settings, or choose another mechanism.",
                profile.mechanism.title()
            ),
            What::Clock(minutes) => format!(
                "This server's clock is {} minutes {} {host}'s, so the signed statement counts as out of date. Set the clock of this server right, then authorize again.",
                minutes.abs(),
                if minutes > 0 { "ahead of" } else { "behind" }
            ),
            What::Assertion => format!(
                "{host} does not take the signed statement. Check that {} belongs to the certificate in the app, that {} is a user of that org whom the app's policies approve, and that {host_at} is the org's own.",
                at("private_key"),
                at("username")
            ),
            What::Key => format!("{} can't sign. Paste an RSA key in PEM, whole, with its first and last line.", capital(&at("private_key"))),
            What::AppBlocked => "The app is blocked in the org. Unblock it in Setup, under Connected Apps OAuth Usage.".to_owned(),
            What::NotApproved => "This user may not use the app. Let all users authorize themselves in the app's policies, or add the user's profile or permission set there.".to_owned(),
            What::Ended => match profile.mechanism {
                Mechanism::RefreshToken => format!(
                    "The refresh token has ended, or is another app's. Put a new one into {}.",
                    at("refresh_token")
                ),
                Mechanism::ClientCredentials => format!(
                    "The app may not sign in as itself here. Give it a Run As user in its policies, and check that {host_at} is a My Domain."
                ),
                _ => format!("{host} did not take the code of this sign-in. Authorize once more; nothing has to be changed."),
            },
            What::Inactive => "The user or the org is not active. Activate it in Setup, or sign in as another account.".to_owned(),
            What::Signature => format!(
                "The answer is not signed with the client's secret that stands here. Copy the app's consumer secret into {} again.",
                at("client_secret")
            ),
            What::Elsewhere => format!("The tokens are for a host that is none of {host}'s, so they were given back. Check {host_at}."),
            What::Org => "The account is of an org that is not on the list. Sign in to one of the orgs of `orgs:` in bot.yaml, or add this one there.".to_owned(),
            What::Other => format!("{host} refused, and does not say what has to be changed. Check {id_at}, {} and {host_at}.", at("client_secret")),
        }
    }
}

/// Where a value of a profile is set, in the words of its form or of the environment.
fn place(profile: &Profile, key: &str) -> String {
    if profile.id == SYSTEM {
        let variable = match key {
            "login_host" => "TURNWISE_SALESFORCE_URL",
            "client_id" => "TURNWISE_SALESFORCE_CLIENT_ID",
            "client_secret" => "TURNWISE_SALESFORCE_CLIENT_SECRET",
            _ => return "the scopes of the System app (api refresh_token)".to_owned(),
        };
        return format!("{variable} in this server's environment");
    }
    let field = match key {
        "login_host" => "the login host",
        "client_id" => "the client id",
        "client_secret" => "the client secret",
        "scopes" => "the scopes",
        "private_key" => "the private key",
        "username" => "the user name",
        _ => "the refresh token",
    };
    let title = if profile.title.is_empty() {
        &profile.id
    } else {
        &profile.title
    };
    format!("{field} of the profile “{title}”")
}

/// The login host with its port, as somebody typed it.
fn named(profile: &Profile) -> String {
    let host = profile.host();
    match profile.login_host.port() {
        Some(port) if profile.login_host.host_str() == Some(&host) => format!("{host}:{port}"),
        _ => host,
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

/// An error's name; what is no known name could be anything.
pub(super) fn known(error: &str) -> &str {
    let name = error.len() <= 40 && error.bytes().all(|b| b.is_ascii_alphabetic() || b == b'_');
    if name { error } else { "unknown" }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    const CALLBACK: &str = "https://bot.example.com/auth/callback";

    fn profile(id: &str) -> Profile {
        let host = "https://login.salesforce.com".parse().unwrap();
        Profile {
            title: "Our app".into(),
            ..Profile::of_vendor(id, host)
        }
    }

    #[test]
    fn each_mistake_of_an_operator_is_told_with_what_to_change_and_where() {
        let own = profile("our_app");
        for (error, parts) in [
            (
                "invalid_client",
                [
                    "consumer secret",
                    "the client secret of the profile “Our app”",
                ],
            ),
            (
                "invalid_client_id",
                [
                    "about ten minutes",
                    "the client id of the profile “Our app”",
                ],
            ),
            ("redirect_uri_mismatch", ["callback URLs", CALLBACK]),
            ("invalid_scope", ["OAuth scopes", "“api refresh_token”"]),
            (
                "unsupported_grant_type",
                ["OAuth settings", "OAuth 2.0 authorization code"],
            ),
            (
                "OAUTH_APP_BLOCKED",
                ["Unblock", "Connected Apps OAuth Usage"],
            ),
            ("invalid_app_access", ["policies", "permission set"]),
        ] {
            let told = Fault::of(error, "").sentence(&own, CALLBACK);
            for part in parts {
                assert!(told.contains(part), "{error}: {part}: {told}");
            }
        }
        let system = Fault::of("invalid_client", "").sentence(&profile("system"), CALLBACK);
        assert!(
            system.contains("TURNWISE_SALESFORCE_CLIENT_SECRET"),
            "{system}"
        );
        for what in [What::NoAnswer, What::NoProvider] {
            let told = Fault::from(what).sentence(&own, CALLBACK);
            assert!(
                told.contains("login.salesforce.com") && told.contains("the login host of"),
                "{told}"
            );
        }
    }

    #[test]
    fn a_statement_that_is_refused_while_the_clocks_differ_is_told_as_that() {
        for (now, theirs, what) in [
            (3_600, Some(0), What::Clock(60)),
            (0, Some(3_610), What::Clock(-60)),
            (60, Some(0), What::Assertion),
            (3_600, None, What::Assertion),
        ] {
            let fault = Fault::of("invalid_grant", "invalid assertion").of_assertion(now, theirs);
            assert_eq!(fault.what, what);
        }
        let other = Fault::of("invalid_client_id", "").of_assertion(3_600, Some(0));
        assert_eq!(other.what, What::ClientUnknown);
        let told = Fault::from(What::Clock(-60)).sentence(&profile("robot"), CALLBACK);
        assert!(
            told.contains("60 minutes behind login.salesforce.com's"),
            "{told}"
        );
    }

    #[test]
    fn a_providers_words_are_cut_and_never_repeat_a_secret() {
        let long = "x".repeat(1_000);
        assert_eq!(Fault::of("invalid_client", &long).said.len(), SAID);
        let echo = Fault::of("invalid_client", "bad secret hunter22\n").without(&["hunter22"]);
        assert_eq!(echo.said, "");
        assert_eq!(Fault::of("made up <b>", "").said, "unknown");
    }
}
