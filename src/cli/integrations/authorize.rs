//! `turnwise integrations authorize`: an operator signs in once for everybody, on the provider's page or with what the profile
//! holds. What an authorization is, is the connectors'.

use std::io::Write;
use std::net::SocketAddr;
use std::time::Duration;

use serde_json::json;
use turnwise_connectors::auth::{
    Begun, Binding, By, Ended, Mechanism, OPERATOR, SHARED, State, Trouble,
};

use super::{Integrations, away, beside, operator, told, used};
use crate::cli::settings::{Settings, served};
use crate::cli::{Answer, Refused};
use crate::server::app;

/// How often it is looked whether the sign-in has ended.
const LOOK: Duration = Duration::from_millis(300);

impl Integrations {
    /// Where nobody listens at the public address yet, the pages are served from here until the callback came.
    pub(super) async fn authorize(&self, id: &str, settings: Settings) -> Result<Answer, Refused> {
        let url = url::Url::parse(&settings.public_url).ok();
        let loopback = url.filter(|url| url.scheme() == "http");
        let port = loopback.and_then(|url| url.port_or_known_default());
        let listener = match port {
            Some(port) => tokio::net::TcpListener::bind(("127.0.0.1", port))
                .await
                .ok(),
            None => None,
        };
        let public_url = settings.public_url.clone();
        let mut keeps = None;
        let alone;
        let auth = match listener {
            Some(listener) => {
                let (served, ending) = served(settings).await.map_err(|refused| {
                    Refused::new(format!(
                        "nobody listens at {public_url}, and its pages can't be served from here: {}; a server that runs is named with --public-url",
                        refused.message
                    ))
                })?;
                let runtime = served.runtime.clone();
                let router = app(served).into_make_service_with_connect_info::<SocketAddr>();
                tokio::spawn(async move { axum::serve(listener, router).await });
                let (runtime, _) = keeps.insert((runtime, ending));
                &runtime.connectors.auth
            }
            None => {
                alone = beside(&settings)?;
                &alone
            }
        };
        let used = used(auth, id).await?;
        let profile = used.profile.as_ref().ok_or_else(|| {
            Refused::new(format!(
                "{id} has no profile yet; `turnwise integrations set {id}` chooses one"
            ))
        })?;
        let lacks = profile.lacks(false);
        if !lacks.is_empty() {
            return Err(Refused::new(format!(
                "the profile {} lacks {}",
                profile.id,
                lacks.join(", ")
            )));
        }
        if used.setup.by == By::Users {
            return Err(Refused::new(format!(
                "the users of {id} authorize themselves; `turnwise integrations set {id} --by operator` changes that"
            )));
        }
        if profile.mechanism != Mechanism::AuthorizationCode {
            let made = auth.authorize_by_itself(id).await.map_err(away)?;
            return match made {
                Ok(account) => {
                    self.connected(id, &account.name);
                    Ok(Answer::Fine)
                }
                Err(trouble) => {
                    let state = auth.state(id).await.map_err(away)?;
                    self.not_authorized(id, state, trouble.as_ref());
                    Ok(Answer::Wrong)
                }
            };
        }
        auth.look_at(id).await.map_err(away)?;
        if let Some(trouble) = auth.trouble(id).await.map_err(away)? {
            let _ = writeln!(std::io::stderr(), "{}\n", told(&trouble));
        }
        let who = operator();
        let begun = auth
            .begin(&who, id, Binding::Vouched, false)
            .await
            .map_err(away)?;
        let Begun::Link { attempt, .. } = begun else {
            return Err(Refused::new(
                "too many links of late; try again in some minutes",
            ));
        };
        let handle = auth.link(&who, &attempt).await.map_err(away)?;
        let handle = handle.ok_or_else(|| Refused::new("the link has ended already"))?;
        let _ = writeln!(
            std::io::stderr(),
            "Open this page and sign in as the account that everybody shall act through:\n\n  {public_url}/auth/start/{handle}\n"
        );
        loop {
            tokio::time::sleep(LOOK).await;
            match auth.how_it_ended(&who, &attempt).await.map_err(away)? {
                None => {}
                Some(Ended::Connected) => {
                    let account = auth.account(OPERATOR, SHARED, id).await.map_err(away)?;
                    let name = account.map(|(account, _)| account.name);
                    self.connected(id, &name.unwrap_or_default());
                    return Ok(Answer::Fine);
                }
                Some(Ended::Not) => {
                    let trouble = auth.trouble(id).await.map_err(away)?;
                    self.not_authorized(id, State::NeedsAuthorization, trouble.as_ref());
                    return Ok(Answer::Wrong);
                }
            }
        }
    }

    fn not_authorized(&self, id: &str, state: State, trouble: Option<&Trouble>) {
        let why = trouble.map_or_else(|| "the page said why.".to_owned(), told);
        self.print(
            &json!({ "id": id, "state": state.word(), "trouble": trouble.map(|trouble| trouble.word) }),
            &format!("{id} was not authorized: {why}"),
        );
    }

    fn connected(&self, id: &str, account: &str) {
        let text = if account.is_empty() {
            format!("{id} is authorized.")
        } else {
            format!("{id} is connected as {account}.")
        };
        self.print(
            &json!({ "id": id, "account": account, "state": "enabled" }),
            &text,
        );
    }
}
