//! Authorization profiles: make one, change it, try it, give it another secret, delete it. Those of bot.yaml and of the
//! server's configuration are shown, not edited. A secret is never shown again; a field left empty keeps it.

use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use minijinja::value::Serde;
use minijinja::{Value, context};
use turnwise_connectors::auth::{By, Checked, Mechanism, Profile, ProfileError};

use super::integrations::told;
use super::session::{Operator, Posted};
use super::users::field;
use super::{away, framed, nothing_there, page, says, then};
use crate::server::Served;
use crate::server::errors::Refusal;

mod form;
mod posted;

use form::{about, form};
use posted::{Wrong, is_id, read};

/// `GET /console/profiles`.
///
/// # Errors
/// 503.
pub async fn list(State(served): State<Served>, operator: Operator) -> Result<Response, Refusal> {
    let all = served
        .runtime
        .connectors
        .auth
        .profiles()
        .await
        .map_err(away)?;
    let rows = all.iter().map(|(profile, of_bot)| {
        context! {
            id => profile.id.clone(),
            title => if profile.title.is_empty() { profile.id.clone() } else { profile.title.clone() },
            description => profile.description.clone(),
            mechanism => profile.mechanism.title(),
            host => profile.host(),
            of_bot => *of_bot,
            lacks => profile.lacks(By::Users).join(", "),
        }
    });
    let names = context! {
        title => "Authorization profiles",
        sentence => "How an integration signs in: with which app, where, and what is kept of it.",
        rows => rows.collect::<Vec<Value>>(),
    };
    Ok(page(&served, &operator, "profiles", "profiles.html", names))
}

/// `GET /console/profiles/new`: first the mechanism, then its form.
///
/// # Errors
/// 503.
pub async fn new(
    State(served): State<Served>,
    operator: Operator,
    RawQuery(query): RawQuery,
) -> Result<Response, Refusal> {
    let query = query.unwrap_or_default();
    let integration = field(&query, "for");
    let Some(mechanism) = Mechanism::of(&field(&query, "mechanism")) else {
        let offered = Mechanism::ALL.map(|mechanism| {
            context! { word => mechanism.word(), title => mechanism.title(), about => about(mechanism) }
        });
        let names = context! {
            title => "New profile",
            sentence => "Choose how it comes to a credential.",
            mechanisms => offered.to_vec(),
            integration => integration,
        };
        return Ok(page(
            &served,
            &operator,
            "profiles",
            "mechanisms.html",
            names,
        ));
    };
    let mut profile = Profile::of_vendor("", Profile::default_host());
    profile.mechanism = mechanism;
    if matches!(mechanism, Mechanism::ApiKey | Mechanism::Basic) {
        profile.provider = "other".into();
        profile.scopes.clear();
    }
    let form = form(&served, &profile, true, &integration, &[]);
    Ok(page(&served, &operator, "profiles", "profile.html", form))
}

/// `GET /console/profiles/{id}`.
///
/// # Errors
/// 503.
pub async fn edit(
    State(served): State<Served>,
    operator: Operator,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    let auth = &served.runtime.connectors.auth;
    let all = auth.profiles().await.map_err(away)?;
    let Some((profile, of_bot)) = all.into_iter().find(|(profile, _)| profile.id == id) else {
        return Ok(nothing_there(&served, &operator));
    };
    let form = form(&served, &profile, false, "", &[]);
    let names = context! { of_bot => of_bot, ..form };
    Ok(page(&served, &operator, "profiles", "profile.html", names))
}

/// `POST /console/profiles/save`.
///
/// # Errors
/// 403, 503.
pub async fn save(State(served): State<Served>, posted: Posted) -> Result<Response, Refusal> {
    let auth = &served.runtime.connectors.auth;
    let id = posted.text("id").to_owned();
    let is_new = posted.text("new") == "yes";
    let known = auth.profile(&id).await.map_err(away)?;
    let (mut profile, mut wrong) = read(&served, &posted, known.as_ref().filter(|_| !is_new));
    profile.id.clone_from(&id);
    if !is_id(&id) {
        wrong.push(Wrong {
            field: "id",
            text: "A short name of small letters, digits and _, beginning with a letter.",
        });
    } else if is_new && known.is_some() {
        wrong.push(Wrong {
            field: "id",
            text: "There is a profile of this name already.",
        });
    }
    let integration = posted.text("for").to_owned();
    if !wrong.is_empty() {
        let form = form(&served, &profile, is_new, &integration, &wrong);
        let (operator, status) = (&posted.operator, StatusCode::UNPROCESSABLE_ENTITY);
        return Ok(framed(
            &served,
            Some(operator),
            "profiles",
            "profile.html",
            form,
            status,
        ));
    }
    if let Err(error) = auth.save_profile(&profile, &posted.operator.name).await {
        return refused(
            &served,
            &posted.operator,
            &error,
            &format!("/console/profiles/{id}"),
        );
    }
    let setups = auth.setups();
    if setups.iter().any(|setup| setup.integration == integration) {
        let mut switched = auth.switched(&integration).await.map_err(away)?;
        switched.profile = Some(id);
        let chosen = auth.switch(&integration, &switched, &posted.operator.name, "profile");
        chosen.await.map_err(away)?;
        return Ok(then(&format!("/console/integrations/{integration}")));
    }
    Ok(then(&format!("/console/profiles/{id}")))
}

/// `GET /console/profiles/{id}/delete`: names what would go.
///
/// # Errors
/// 503.
pub async fn ask_to_delete(
    State(served): State<Served>,
    operator: Operator,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    let auth = &served.runtime.connectors.auth;
    let Some(profile) = auth.profile(&id).await.map_err(away)? else {
        return Ok(nothing_there(&served, &operator));
    };
    let name = if profile.title.is_empty() {
        id.clone()
    } else {
        profile.title
    };
    let names = context! {
        title => format!("Delete {name}?"),
        sentence => "Its client id and its secrets are forgotten. Nothing is changed at the provider.",
        id => id,
        name => name,
    };
    Ok(page(
        &served,
        &operator,
        "profiles",
        "delete_profile.html",
        names,
    ))
}

/// `POST /console/profiles/{id}/delete`.
///
/// # Errors
/// 403, 503.
pub async fn delete(
    State(served): State<Served>,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, Refusal> {
    let auth = &served.runtime.connectors.auth;
    match auth.delete_profile(&id, &posted.operator.name).await {
        Ok(()) => Ok(then("/console/profiles")),
        Err(error) => refused(&served, &posted.operator, &error, "/console/profiles"),
    }
}

/// `POST /console/profiles/{id}/test`: what the check address answers, secrets masked.
///
/// # Errors
/// 403, 503.
pub async fn test(
    State(served): State<Served>,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, Refusal> {
    let auth = &served.runtime.connectors.auth;
    let Some(profile) = auth.profile(&id).await.map_err(away)? else {
        return Ok(nothing_there(&served, &posted.operator));
    };
    let answer = match auth.check(&profile).await.map_err(away)? {
        Checked::NotTried(why) => context! { why => why },
        Checked::Wrong(trouble) => context! { trouble => told(&trouble) },
        Checked::Taken(name) if name.is_empty() => context! {
            taken => "The provider knows the client, its secret, the callback address and the scopes. What is left shows when somebody signs in.",
        },
        Checked::Taken(name) => context! { taken => format!("Signed in as {name}.") },
        Checked::Answer {
            status,
            headers,
            body,
        } => context! { status => status, headers => Serde(headers), answer => body },
    };
    let names = context! {
        title => "Test",
        sentence => match profile.check_url.as_str() {
            "" => "Whether the provider takes this profile.".to_owned(),
            url => format!("What {url} answers with this profile's credential."),
        },
        id => id,
        ..answer
    };
    Ok(page(
        &served,
        &posted.operator,
        "profiles",
        "test.html",
        names,
    ))
}

fn refused(
    served: &Served,
    operator: &Operator,
    error: &ProfileError,
    back: &str,
) -> Result<Response, Refusal> {
    if let ProfileError::Store(cause) = error {
        return Err(crate::store::Away(cause.clone()).into());
    }
    let (status, title) = (StatusCode::CONFLICT, "That can't be done");
    let sentence = format!("{error}.");
    Ok(says(
        served, operator, "profiles", status, title, &sentence, back,
    ))
}
