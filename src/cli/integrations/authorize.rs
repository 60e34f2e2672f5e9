//! `turnwise integrations authorize`: an operator signs in once for everybody, on the provider's page or with what the
//! profile holds. What becomes of the grant is the connectors'.

use std::io::Write;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::watch;
use turnwise_connectors::auth::{
    Authorizer, Begun, Binding, By, Ended, Mechanism, OPERATOR, Profile, SHARED, State, Trouble,
    Use,
};
use url::Url;

use super::{Integrations, away, beside, operator, told, used};
use crate::cli::settings::{Settings, served};
use crate::cli::{Answer, Refused};
use crate::runtime::Runtime;
use crate::server::app;
use crate::store::grants::Grants;

/// How often it is looked whether the sign-in has ended.
const LOOK: Duration = Duration::from_millis(300);

impl Integrations {
    pub(super) async fn authorize(&self, id: &str, settings: Settings) -> Result<Answer, Refused> {
        let public_url = settings.public_url.clone();
        let place = Signing::at(settings).await?;
        let auth = place.auth();
        let used = used(auth, id).await?;
        let profile = ready(id, &used)?;
        if profile.mechanism == Mechanism::AuthorizationCode {
            self.by_page(auth, id, &public_url).await
        } else {
            self.by_itself(auth, id).await
        }
    }

    async fn by_itself(&self, auth: &Authorizer<Grants>, id: &str) -> Result<Answer, Refused> {
        match auth.authorize_by_itself(id).await.map_err(away)? {
            Ok(account) => Ok(self.connected(id, &account.name)),
            Err(trouble) => {
                let state = auth.state(id).await.map_err(away)?;
                Ok(self.not_authorized(id, state, trouble.as_ref()))
            }
        }
    }

    /// Shows the link, and waits until the sign-in has ended.
    async fn by_page(
        &self,
        auth: &Authorizer<Grants>,
        id: &str,
        public_url: &str,
    ) -> Result<Answer, Refused> {
        auth.look_at(id).await.map_err(away)?;
        if let Some(trouble) = auth.trouble(id).await.map_err(away)? {
            let _ = writeln!(std::io::stderr(), "{}\n", told(&trouble));
        }
        let who = operator();
        let begun = auth.begin(&who, id, Binding::Vouched).await;
        let Begun::Link { attempt, .. } = begun.map_err(away)? else {
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
                    return Ok(self.connected(id, &name.unwrap_or_default()));
                }
                Some(Ended::Not) => {
                    let trouble = auth.trouble(id).await.map_err(away)?;
                    let state = State::NeedsAuthorization;
                    return Ok(self.not_authorized(id, state, trouble.as_ref()));
                }
            }
        }
    }

    fn connected(&self, id: &str, account: &str) -> Answer {
        let text = if account.is_empty() {
            format!("{id} is authorized.")
        } else {
            format!("{id} is connected as {account}.")
        };
        self.print(
            &json!({ "id": id, "account": account, "state": "enabled" }),
            &text,
        );
        Answer::Fine
    }

    fn not_authorized(&self, id: &str, state: State, trouble: Option<&Trouble>) -> Answer {
        let why = trouble.map_or_else(|| "the page said why.".to_owned(), told);
        self.print(
            &json!({ "id": id, "state": state.word(), "trouble": trouble.map(|trouble| trouble.word) }),
            &format!("{id} was not authorized: {why}"),
        );
        Answer::Wrong
    }
}

/// Where the callback arrives.
enum Signing {
    /// At a server that runs already.
    Beside(Box<Authorizer<Grants>>),
    /// Here: nobody listened at the public address, so the pages are served until this ends.
    Here(
        Arc<Runtime>,
        #[allow(dead_code, reason = "the pages end with it")] watch::Sender<bool>,
    ),
}

impl Signing {
    async fn at(settings: Settings) -> Result<Signing, Refused> {
        let Some(listener) = listener(&settings.public_url).await else {
            return Ok(Signing::Beside(Box::new(beside(&settings)?)));
        };
        let (served, ending) = served(settings).await?;
        let runtime = served.runtime.clone();
        let router = app(served).into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(Signing::Here(runtime, ending))
    }

    fn auth(&self) -> &Authorizer<Grants> {
        match self {
            Signing::Beside(auth) => auth,
            Signing::Here(runtime, _) => &runtime.connectors.auth,
        }
    }
}

/// A listener at the public address, where that is this machine's own and nobody listens there.
async fn listener(public_url: &str) -> Option<TcpListener> {
    let url = Url::parse(public_url).ok();
    let url = url.filter(|url| url.scheme() == "http")?;
    let port = url.port_or_known_default()?;
    TcpListener::bind(("127.0.0.1", port)).await.ok()
}

/// The profile, once an operator can authorize with it.
fn ready<'a>(id: &str, used: &'a Use) -> Result<&'a Profile, Refused> {
    let profile = used.profile.as_ref().ok_or_else(|| {
        Refused::new(format!(
            "{id} has no profile yet; `turnwise integrations set {id}` chooses one"
        ))
    })?;
    let lacks = profile.lacks(By::Operator);
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
    Ok(profile)
}
