//! The pages of a sign-in: start with its Continue, callback, done. Which of them may go on is the connectors' word; here
//! it is shown, without scripts, codes in addresses or other people's names.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use minijinja::{Environment, context};
use turnwise_connectors::auth::{
    CallbackEnd, Note, OPERATOR, Page, Problem, Proceeded, StartPage, Trouble,
};
use turnwise_engine::event::{Account, EventKind, SignInEnd};

mod problem;

use problem::{clean, problem_page, problem_page_with, wrong_account_page};

use super::errors::{Refusal, no_such_method};
use super::limits::{Address, NOTES};
use super::{Served, pages};
use crate::runtime::TERMINAL;

/// Longest query of a callback, in bytes (C3).
const LONGEST: usize = 8 * 1024;
/// Pages of ended sign-ins that are kept, and for how long: longer than the code on them works.
const KEPT: usize = 1_000;
const SHOWN: Duration = Duration::from_secs(600);

/// `GET /auth/start/{handle}`: shows who is about to be connected with what. Opening it uses nothing up.
///
/// # Errors
/// 429, 503.
pub async fn start(
    State(served): State<Served>,
    Path(handle): Path<String>,
    Address(address): Address,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    served.limits.take("start", &address, served.limits.pages)?;
    let cookie = pages::cookie(&headers, &served.runtime.public_url);
    let opened = served
        .runtime
        .connectors
        .auth
        .open(&handle, cookie.as_deref())
        .await;
    let opened = opened.map_err(away)?;
    let problem = opened.as_ref().err().copied();
    tried(&served, &handle, problem)?;
    Ok(match opened {
        Err(problem) => problem_page(&served, problem),
        Ok(page) => start_page(&served, page, None),
    })
}

/// The start page; `lacks` is the field that was not filled as it has to be.
fn start_page(served: &Served, page: StartPage, lacks: Option<String>) -> Response {
    let title = title_of(served, &page.integration);
    let allow = format!("form-action 'self' http://{0}:* https://{0}:*", page.host);
    let operator = page.channel == OPERATOR;
    let status = if lacks.is_some() {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    rendered(
        served,
        "sign_in/start.html",
        &allow,
        status,
        &context! {
            integration => title.clone(),
            channel => channel(&page.channel),
            user_name => page.display_name,
            login_host => page.host,
            fields => minijinja::value::Serde(&page.fields),
            lacks => lacks,
            operator => operator,
            scopes_sentence => if operator {
                format!("Everybody who chats here will read and write {title} records through the account you choose.")
            } else {
                format!("The assistant will read and write {title} records for you, whenever you ask it to.")
            },
        },
    )
}

/// `POST /auth/start/{handle}`: Continue.
///
/// # Errors
/// 429, 503.
pub async fn proceed(
    State(served): State<Served>,
    Path(handle): Path<String>,
    Address(address): Address,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    served.limits.take("start", &address, served.limits.pages)?;
    let cookie = pages::cookie(&headers, &served.runtime.public_url);
    let given = url::form_urlencoded::parse(&body).into_owned().collect();
    let auth = &served.runtime.connectors.auth;
    let proceeded = auth.proceed(&handle, cookie.as_deref(), &given).await;
    let proceeded = proceeded.map_err(away)?;
    tried(&served, &handle, proceeded.as_ref().err().copied())?;
    Ok(match proceeded {
        Ok(Proceeded::To(url)) => Redirect::to(url.as_str()).into_response(),
        Ok(Proceeded::Ended(ended)) => come_to_an_end(&served, *ended),
        Ok(Proceeded::Lacks(field)) => {
            let opened = auth.open(&handle, cookie.as_deref()).await.map_err(away)?;
            match opened {
                Ok(page) => start_page(&served, page, Some(field)),
                Err(problem) => problem_page(&served, problem),
            }
        }
        Err(problem) => problem_page(&served, problem),
    })
}

/// One link is tried twenty times a minute at most. Links that nobody made leave no trace.
fn tried(served: &Served, handle: &str, problem: Option<Problem>) -> Result<(), Refusal> {
    if problem == Some(Problem::Unknown) {
        return Ok(());
    }
    served.limits.take("link", handle, served.limits.link)
}

/// `GET /auth/callback`. The browser is sent on to a clean address, so that the code leaves the address bar, however it
/// ends. Only GET: whoever looks ahead with HEAD must not use the code up.
///
/// # Errors
/// 405, 429, 503.
pub async fn callback(
    State(served): State<Served>,
    RawQuery(query): RawQuery,
    Address(address): Address,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    if method != Method::GET {
        return Err(no_such_method().await);
    }
    served
        .limits
        .take("callback", &address, served.limits.pages)?;
    let query = query.unwrap_or_default();
    if query.len() > LONGEST {
        return Ok(clean(Problem::Unknown));
    }
    let params: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes())
        .into_owned()
        .collect();
    let cookie = pages::cookie(&headers, &served.runtime.public_url);
    let ended = served
        .runtime
        .connectors
        .auth
        .callback(&params, cookie.as_deref())
        .await
        .map_err(away)?;
    Ok(come_to_an_end(&served, ended))
}

/// The chat is told, and the browser sent to a clean address.
fn come_to_an_end(served: &Served, ended: CallbackEnd) -> Response {
    let operator = ended
        .note
        .as_ref()
        .is_some_and(|note| note.channel == OPERATOR);
    let integration = ended.note.as_ref().and_then(|note| match &note.event {
        EventKind::Authorized { integration, .. }
        | EventKind::CodeAwaited { integration }
        | EventKind::SignInEnded { integration, .. }
        | EventKind::AccountDiffers { integration, .. } => Some(integration.clone()),
        _ => None,
    });
    let note_channel = ended.note.as_ref().map(|note| note.channel.clone());
    if let Some(note) = ended.note.filter(|note| worth_telling(served, note)) {
        let runtime = served.runtime.clone();
        tokio::spawn(async move { runtime.told(note).await });
    }
    let shown = match ended.page {
        Page::Connected {
            account,
            code,
            user,
        } => Shown::Connected {
            account,
            code,
            user,
            channel: note_channel,
        },
        Page::WrongAccount { account, expected } => Shown::WrongAccount {
            account,
            expected,
            trouble: ended.fault,
        },
        // What an operator has to change is nobody else's business, so it has no address of its own.
        Page::Problem(problem) if operator => Shown::Problem {
            problem,
            trouble: ended.fault,
        },
        Page::Problem(problem) => return clean(problem),
    };
    let id = served.ended.keep(Ended {
        shown,
        operator,
        integration: integration.unwrap_or_default(),
    });
    Redirect::to(&format!("/auth/done/{id}")).into_response()
}

/// Whoever keeps opening somebody else's callback must not fill that chat.
fn worth_telling(served: &Served, note: &Note) -> bool {
    let refused = matches!(
        note.event,
        EventKind::SignInEnded {
            end: SignInEnd::WrongBrowser,
            ..
        }
    );
    !refused
        || served
            .limits
            .take("other browser", &note.conversation, NOTES)
            .is_ok()
}

/// `GET /auth/done/{id}`: the clean address after a sign-in. What it shows is held here for a while, not in the address.
pub async fn done(State(served): State<Served>, Path(id): Path<String>) -> Response {
    let Some(ended) = served.ended.of(&id) else {
        return problem_page(&served, Problem::Used);
    };
    let for_operator = |trouble: Option<Trouble>| {
        let (trouble, said) = trouble.map_or_else(Default::default, |t| (t.sentence, t.said));
        let back = ended.integration.clone();
        context! { next => "", admin_details => "", trouble => trouble, said => said, back => back }
    };
    let (account, code, user, channel_id) = match ended.shown {
        Shown::Connected {
            account,
            code,
            user,
            channel,
        } => (account, code, user, channel),
        Shown::WrongAccount {
            account,
            expected,
            trouble,
        } => {
            let more = match ended.operator {
                true => for_operator(trouble),
                false => context! {},
            };
            return wrong_account_page(&served, &account, &expected, more);
        }
        Shown::Problem { problem, trouble } => {
            return problem_page_with(&served, problem, for_operator(trouble));
        }
    };
    let names = context! {
        user_name => user,
        channel => channel_id.as_deref().map(channel),
        account => account.name,
        org => account.org,
        integration => title_of(&served, &ended.integration),
        integration_id => ended.integration,
        operator => ended.operator,
        code => code.unwrap_or_default(),
        minutes => 5,
    };
    rendered(
        &served,
        "sign_in/done.html",
        "form-action 'none'",
        StatusCode::OK,
        &names,
    )
}

/// `GET /auth/ended/{how}`: the clean address after a sign-in that came to nothing.
pub async fn ended(State(served): State<Served>, Path(how): Path<String>) -> Response {
    problem_page(&served, problem::named(&how))
}

/// How a sign-in ended; the code is shown on its page only.
#[derive(Clone)]
pub struct Ended {
    shown: Shown,
    operator: bool,
    integration: String,
}

#[derive(Clone)]
enum Shown {
    Connected {
        account: Account,
        code: Option<String>,
        user: String,
        channel: Option<String>,
    },
    /// To a user with what is expected, to an operator also with what has to be changed.
    WrongAccount {
        account: Account,
        expected: Vec<String>,
        trouble: Option<Trouble>,
    },
    /// To an operator, with what has to be changed.
    Problem {
        problem: Problem,
        trouble: Option<Trouble>,
    },
}

/// Sign-ins that ended of late, by the random name of their page.
#[derive(Default)]
pub struct EndedPages(Mutex<VecDeque<(Instant, String, Ended)>>);

impl EndedPages {
    fn keep(&self, ended: Ended) -> String {
        let id = super::keys::fresh();
        let mut pages = self.pages();
        if pages.len() >= KEPT {
            pages.pop_front();
        }
        pages.push_back((Instant::now(), id.clone(), ended));
        id
    }

    fn of(&self, id: &str) -> Option<Ended> {
        let pages = self.pages();
        let found = pages.iter().find(|(_, known, _)| known == id);
        found.map(|(_, _, ended)| ended.clone())
    }

    fn pages(&self) -> MutexGuard<'_, VecDeque<(Instant, String, Ended)>> {
        let mut pages = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        while pages.front().is_some_and(|(at, _, _)| at.elapsed() > SHOWN) {
            pages.pop_front();
        }
        pages
    }
}

/// `GET /auth/not-me`.
pub async fn not_me(State(served): State<Served>) -> Response {
    let names = context! {
        title => "Nothing was connected",
        sentence => "Good that you looked. Someone else's chat asked for this link.",
        next => "Close this page. If somebody sent you the link, tell them that you did not use it.",
    };
    rendered(
        &served,
        "sign_in/problem.html",
        "form-action 'none'",
        StatusCode::OK,
        &names,
    )
}

fn rendered(
    served: &Served,
    name: &str,
    form: &str,
    status: StatusCode,
    names: &minijinja::Value,
) -> Response {
    // Pages are few and rare; a page that does not render is a defect that the tests see.
    let mut env = Environment::new();
    env.set_auto_escape_callback(|_| minijinja::AutoEscape::Html);
    let source = pages::page(name);
    let names = context! { bot => served.runtime.templates().bot.name.clone(), ..names.clone() };
    let page = env.render_str(&source, names).unwrap_or_else(|error| {
        tracing::error!(%error, name, "a page does not render");
        String::new()
    });
    let policy = format!(
        "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'; {form}"
    );
    let mut response = (
        status,
        [(header::CONTENT_TYPE, "text/html; charset=utf-8")],
        page,
    )
        .into_response();
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        response
            .headers_mut()
            .insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

fn title_of(served: &Served, integration: &str) -> String {
    let templates = served.runtime.templates();
    let known = templates.integrations.get(integration);
    known.map_or_else(
        || integration.to_owned(),
        |integration| integration.title.clone(),
    )
}

fn channel(id: &str) -> &str {
    match id {
        "web" => "this web chat",
        OPERATOR => "the console",
        TERMINAL => "this terminal",
        _ => "the app you chat in",
    }
}

fn away(error: turnwise_connectors::auth::StoreError) -> Refusal {
    crate::store::Away(error.0).into()
}
