//! Setting an integration up, in the one order: choose it, System or Custom, a profile, authorize, enable. The states and
//! what the steps do are the connectors'.

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use minijinja::{Value, context};
use turnwise_connectors::auth::{
    Begun, Binding, By, Mechanism, OPERATOR, SHARED, SYSTEM, State as Stands, Switched, Trouble,
    Use, Who, hash,
};

use super::session::{Operator, Posted};
use super::{away, nothing_there, page, says, then, when};
use crate::server::errors::Refusal;
use crate::server::{Served, pages};

/// An integration in a list.
pub struct Line {
    used: Use,
    state: Stands,
    account: String,
    trouble: Option<Trouble>,
    /// Days until the shared grant is given back unused, where that is near.
    days_left: Option<i64>,
}

impl Line {
    /// Whether nothing has to be done.
    pub fn good(&self) -> bool {
        self.state == Stands::Enabled && self.trouble.is_none() && self.days_left.is_none()
    }

    /// As pages show it.
    pub fn shown(&self) -> Value {
        let setup = &self.used.setup;
        let next = match self.state {
            Stands::NotConfigured => "Set it up",
            Stands::NeedsAuthorization => "Authorize it",
            Stands::Expired => "Authorize it again",
            Stands::Disabled => "Enable it",
            Stands::ProviderDown => "Its provider did not answer the last time",
            _ if self.trouble.is_some() => "Look at what went wrong the last time",
            _ if self.days_left.is_some() => {
                "Its shared account will be signed out, since nobody uses it"
            }
            _ => "",
        };
        context! {
            id => setup.integration.clone(),
            title => setup.title.clone(),
            state => self.state.title(),
            word => self.state.word(),
            good => self.good(),
            next => next,
            by => match setup.by { By::Users => "Each user authorizes", By::Operator => "One account for everybody" },
            profile => self.used.profile.as_ref().map_or(setup.profile.clone(), |profile| name(&profile.title, &profile.id)),
            profile_id => setup.profile.clone(),
            trouble => self.trouble.as_ref().map(told),
            days_left => self.days_left,
            // A shared grant that is left over from before is nobody's way in.
            account => match setup.by { By::Users => String::new(), By::Operator => self.account.clone() },
        }
    }
}

/// All integrations of the bot.
///
/// # Errors
/// 503.
pub async fn lines(served: &Served) -> Result<Vec<Line>, Refusal> {
    let mut lines = Vec::new();
    for setup in served.runtime.connectors.auth.setups() {
        lines.push(line(served, &setup.integration).await?);
    }
    Ok(lines)
}

async fn line(served: &Served, id: &str) -> Result<Line, Refusal> {
    let auth = &served.runtime.connectors.auth;
    let account = auth.account(OPERATOR, SHARED, id).await.map_err(away)?;
    let account = account.map(|(account, _)| match account.org.is_empty() {
        true => account.name,
        false => format!("{} ({})", account.name, account.org),
    });
    Ok(Line {
        used: auth.used(id).await.map_err(away)?,
        state: auth.state(id).await.map_err(away)?,
        account: account.unwrap_or_default(),
        trouble: auth.trouble(id).await.map_err(away)?,
        days_left: auth.shared_days_left(id).await.map_err(away)?,
    })
}

/// What an operator has to change, for a page.
pub fn told(trouble: &Trouble) -> Value {
    context! { sentence => trouble.sentence.clone(), said => trouble.said.clone(), at => when(trouble.at) }
}

/// `GET /console/integrations`.
///
/// # Errors
/// 503.
pub async fn list(State(served): State<Served>, operator: Operator) -> Result<Response, Refusal> {
    let lines = lines(&served).await?;
    let names = context! {
        title => "Integrations",
        integrations => lines.iter().map(Line::shown).collect::<Vec<Value>>(),
    };
    Ok(page(
        &served,
        &operator,
        "integrations",
        "integrations.html",
        names,
    ))
}

/// `GET /console/integrations/{id}`.
///
/// # Errors
/// 503.
pub async fn show(
    State(served): State<Served>,
    operator: Operator,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    if !known(&served, &id) {
        return Ok(nothing_there(&served, &operator));
    }
    let auth = &served.runtime.connectors.auth;
    let line = line(&served, &id).await?;
    let setup = &line.used.setup;
    let profiles = auth.profiles().await.map_err(away)?;
    let custom = profiles.iter().filter(|(profile, _)| profile.id != SYSTEM);
    let custom = custom.map(|(profile, _)| {
        context! {
            id => profile.id.clone(),
            title => name(&profile.title, &profile.id),
            mechanism => profile.mechanism.title(),
            chosen => profile.id == setup.profile,
        }
    });
    let profile = line.used.profile.as_ref();
    let by_operator = setup.by == By::Operator;
    let lacks = profile.map(|profile| profile.lacks(setup.by).join(", "));
    let lacks = lacks.unwrap_or_else(|| "a profile".to_owned());
    let misfit = !by_operator && profile.is_some_and(|profile| profile.mechanism.by_itself());
    let authorized = !by_operator || !line.account.is_empty();
    // The first step that is not done is the open one, and its button the filled one.
    let open = if !setup.declared {
        "choose"
    } else if !lacks.is_empty() || misfit {
        "profile"
    } else if !authorized || line.state == Stands::Expired {
        "authorize"
    } else if !setup.enabled {
        "enable"
    } else {
        ""
    };
    let by_page = profile.is_some_and(|profile| profile.mechanism == Mechanism::AuthorizationCode);
    let names = context! {
        title => setup.title.clone(),
        sentence => "Set it up from top to bottom; users never have to think about it.",
        line => line.shown(),
        custom => custom.collect::<Vec<Value>>(),
        is_custom => setup.profile != SYSTEM,
        declared => setup.declared,
        by_operator => by_operator,
        lacks => lacks,
        misfit => misfit,
        authorized => authorized,
        enabled => setup.enabled,
        by_page => by_page,
        open => open,
        callback => auth.redirect_uri(),
        orgs => setup
            .orgs
            .iter()
            .map(|(id, name)| context! { id => id, name => name })
            .collect::<Vec<_>>(),
        shared_writes => setup.shared_writes,
    };
    Ok(page(
        &served,
        &operator,
        "integrations",
        "integration.html",
        names,
    ))
}

/// `POST /console/integrations/{id}/{step}`.
///
/// # Errors
/// 403, 503.
pub async fn step(
    State(served): State<Served>,
    Path((id, step)): Path<(String, String)>,
    headers: HeaderMap,
    posted: Posted,
) -> Result<Response, Refusal> {
    if !known(&served, &id) {
        return Ok(nothing_there(&served, &posted.operator));
    }
    let auth = &served.runtime.connectors.auth;
    let here = format!("/console/integrations/{id}");
    let mut switched: Switched = auth.switched(&id).await.map_err(away)?;
    let why = match step.as_str() {
        "cell" => {
            switched.by = Some(match posted.text("by") {
                "operator" => By::Operator,
                _ => By::Users,
            });
            let custom = posted.text("app") == "custom";
            if !custom {
                switched.profile = Some(SYSTEM.to_owned());
            } else if switched.profile.as_deref().is_none_or(|id| id == SYSTEM) {
                // Which one is chosen in the next step.
                let all = auth.profiles().await.map_err(away)?;
                let first = all.into_iter().find(|(profile, _)| profile.id != SYSTEM);
                let Some((first, _)) = first else {
                    auth.switch(&id, &switched, &posted.operator.name, "cell")
                        .await
                        .map_err(away)?;
                    return Ok(then(&format!("/console/profiles/new?for={id}")));
                };
                switched.profile = Some(first.id);
            }
            "cell"
        }
        "profile" => {
            let chosen = posted.text("profile");
            if auth.profile(chosen).await.map_err(away)?.is_none() {
                return Ok(nothing_there(&served, &posted.operator));
            }
            switched.profile = Some(chosen.to_owned());
            "profile"
        }
        "enable" => {
            switched.enabled = Some(true);
            "enabled"
        }
        "look" => {
            auth.look_at(&id).await.map_err(away)?;
            return Ok(then(&here));
        }
        "disable" => {
            switched.enabled = Some(false);
            "disabled"
        }
        "authorize" => return authorize(&served, &id, &headers, &posted).await,
        "sign-out" => {
            let confirmed = auth.sign_out(&operator_of(&posted.operator), &id).await;
            if confirmed.map_err(away)? {
                return Ok(then(&here));
            }
            let sentence = "The grant is forgotten here, but its provider did not confirm that it ended. Revoke it there, too.";
            let title = "Signed out, not confirmed";
            let (operator, status) = (&posted.operator, StatusCode::OK);
            return Ok(says(
                &served,
                operator,
                "integrations",
                status,
                title,
                sentence,
                &here,
            ));
        }
        _ => return Ok(nothing_there(&served, &posted.operator)),
    };
    auth.switch(&id, &switched, &posted.operator.name, why)
        .await
        .map_err(away)?;
    if why == "enabled" {
        // Where users sign in themselves, this is the last step: what would go wrong for them is told now.
        auth.look_at(&id).await.map_err(away)?;
    }
    Ok(then(&here))
}

/// The operator signs in once for everybody: on the provider's page, or with what the profile holds.
async fn authorize(
    served: &Served,
    id: &str,
    headers: &HeaderMap,
    posted: &Posted,
) -> Result<Response, Refusal> {
    let operator = &posted.operator;
    let auth = &served.runtime.connectors.auth;
    let here = format!("/console/integrations/{id}");
    let refused = |title: &str, sentence: &str| {
        let status = StatusCode::CONFLICT;
        says(
            served,
            operator,
            "integrations",
            status,
            title,
            sentence,
            &here,
        )
    };
    let used = auth.used(id).await.map_err(away)?;
    let Some(profile) = &used.profile else {
        return Ok(refused(
            "There is no profile yet",
            "Choose a profile first.",
        ));
    };
    if !profile.lacks(By::Operator).is_empty() {
        let lacks = format!(
            "The profile lacks {}.",
            profile.lacks(By::Operator).join(", ")
        );
        return Ok(refused("The profile is not complete", &lacks));
    }
    if profile.mechanism != Mechanism::AuthorizationCode {
        // How it went stands on the page of the integration.
        let _ = auth.authorize_by_itself(id).await.map_err(away)?;
        return Ok(then(&here));
    }
    if posted.text("anyway").is_empty() {
        auth.look_at(id).await.map_err(away)?;
        if auth.trouble(id).await.map_err(away)?.is_some() {
            return Ok(then(&here));
        }
    }
    // The link works in this browser only, as it does for users (B1).
    let public = &served.runtime.public_url;
    let (value, fresh) = pages::cookie_or_new(headers, public);
    let who = operator_of(operator);
    let begun = auth.begin(&who, id, Binding::Browser(hash(&value))).await;
    let Begun::Link { attempt, .. } = begun.map_err(away)? else {
        return Ok(refused(
            "Too many tries of late",
            "Wait some minutes, then try again.",
        ));
    };
    let handle = auth.link(&who, &attempt).await.map_err(away)?;
    let mut response = then(&format!("/auth/start/{}", handle.unwrap_or_default()));
    if let Some(cookie) = fresh {
        let headers = response.headers_mut();
        headers.insert(axum::http::header::SET_COOKIE, cookie);
    }
    Ok(response)
}

fn operator_of(operator: &Operator) -> Who {
    Who {
        channel: OPERATOR.to_owned(),
        user: SHARED.to_owned(),
        conversation: String::new(),
        display_name: operator.name.clone(),
    }
}

fn known(served: &Served, id: &str) -> bool {
    let setups = served.runtime.connectors.auth.setups();
    setups.iter().any(|setup| setup.integration == id)
}

fn name(title: &str, id: &str) -> String {
    if title.is_empty() { id } else { title }.to_owned()
}
