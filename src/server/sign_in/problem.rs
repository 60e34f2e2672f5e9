//! The pages that say why a sign-in came to nothing, and the words that their addresses have. Which of them it is, is the
//! connectors' word.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use minijinja::{Value, context};
use turnwise_connectors::auth::Problem;
use turnwise_engine::event::Account;

use super::rendered;
use crate::server::Served;

/// The words that addresses have for how a sign-in ended.
const ENDS: [(Problem, &str); 9] = [
    (Problem::Unknown, "unknown"),
    (Problem::Expired, "expired"),
    (Problem::Used, "used"),
    (Problem::Newer, "newer"),
    (Problem::WrongBrowser, "other-browser"),
    (Problem::Denied, "declined"),
    (Problem::Blocked, "blocked"),
    (Problem::Unavailable, "unavailable"),
    (Problem::NoPermission, "no-permission"),
];

/// The problem of a word; what is none is an unknown link.
pub(super) fn named(word: &str) -> Problem {
    let known = ENDS.iter().find(|(_, known)| *known == word);
    known.map_or(Problem::Unknown, |(problem, _)| *problem)
}

/// The clean address that says how it ended.
pub(super) fn clean(problem: Problem) -> Response {
    let known = ENDS.iter().find(|(known, _)| *known == problem);
    let word = known.map_or("unknown", |(_, word)| word);
    Redirect::to(&format!("/auth/ended/{word}")).into_response()
}

pub(super) fn problem_page(served: &Served, problem: Problem) -> Response {
    problem_page_with(served, problem, context! {})
}

pub(super) fn problem_page_with(served: &Served, problem: Problem, more: Value) -> Response {
    let (status, title, sentence, next) = match problem {
        Problem::Unknown => (
            404,
            "This link is not known",
            "It may have been copied incompletely.",
            "Ask in the chat for a new one.",
        ),
        Problem::Expired => (
            410,
            "This link has expired",
            "It worked for ten minutes.",
            "Ask in the chat for a new one.",
        ),
        Problem::Used => (
            410,
            "This link has already been used",
            "It works once.",
            "Go back to the chat.",
        ),
        Problem::Newer => (
            410,
            "A newer link was sent",
            "This one does not work any more.",
            "Use the newest link in the chat.",
        ),
        Problem::WrongBrowser => (
            403,
            "Open this link in the browser where you are chatting",
            "It works only there.",
            "If someone sent it to you, close this page.",
        ),
        Problem::Denied => (
            200,
            "Nothing was connected",
            "You declined.",
            "Go back to the chat to try again or to cancel.",
        ),
        Problem::Blocked => (
            403,
            "Your administrator has to allow this app",
            "Nothing was connected.",
            "Go back to the chat, it has a text to forward.",
        ),
        Problem::Unavailable => (
            502,
            "The sign-in could not be finished",
            "It didn't answer as it should. Nothing was connected.",
            "Go back to the chat to try again.",
        ),
        Problem::NoPermission => (
            403,
            "The sign-in gave too few permissions",
            "Nothing was connected.",
            "Go back to the chat. Your administrator can allow what is missing.",
        ),
    };
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    let names = context! {
        title => title,
        sentence => sentence,
        next => next,
        admin_details => for_administrators(problem),
    };
    let names = context! { ..more, ..names };
    rendered(
        served,
        "sign_in/problem.html",
        "form-action 'none'",
        status,
        &names,
    )
}

/// The page of an account that may not be used here, with what is expected in its place; `more` is an operator's.
pub(super) fn wrong_account_page(
    served: &Served,
    account: &Account,
    expected: &[String],
    more: Value,
) -> Response {
    let names = context! {
        title => format!("{account} can't be used here"),
        sentence => format!("Nothing was connected. What is needed is an account of {}.", expected.join(" or ")),
        next => "Go back to the chat, there you can switch to another account.",
        admin_details => "The account is of an org that is not on the list of those that may be used here (orgs in bot.yaml).",
    };
    let names = context! { ..more, ..names };
    rendered(
        served,
        "sign_in/problem.html",
        "form-action 'none'",
        StatusCode::FORBIDDEN,
        &names,
    )
}

/// What a page keeps folded: the names of the errors that lead here, and where more is told.
fn for_administrators(problem: Problem) -> &'static str {
    match problem {
        Problem::Blocked => {
            "OAUTH_APP_BLOCKED or invalid_app_access. In Setup, unblock the app under Connected Apps OAuth Usage, or admit this user in the app's policies."
        }
        Problem::NoPermission => {
            "The tokens came without the scope api, or could not be trusted. The operator's pages of this server say which, under Integrations."
        }
        Problem::Unavailable => {
            "What the login host answered stands in the operator's pages of this server, under Integrations, and in its log."
        }
        Problem::Unknown
        | Problem::Expired
        | Problem::Used
        | Problem::Newer
        | Problem::WrongBrowser
        | Problem::Denied => "",
    }
}
