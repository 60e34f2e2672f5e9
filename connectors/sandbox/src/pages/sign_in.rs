//! The pages of a sign-in: log-in form, Allow and Deny, and what can go wrong before anyone may be sent back.
//! Who may decide what is left to `oauth/authorize.rs`.

use axum::response::Response;

use super::{escape, page};

/// The log-in form; `hidden` goes with it.
pub(crate) fn log_in(action: &str, hidden: (&str, &str), username: &str) -> Response {
    log_in_saying("", action, hidden, username)
}

/// The log-in form once more, after a try that failed.
pub(crate) fn log_in_again(action: &str, hidden: (&str, &str), username: &str) -> Response {
    let complaint = "<p class=\"bad\" role=\"alert\">That username and password don't belong together. Please check them.</p>\n";
    log_in_saying(complaint, action, hidden, username)
}

fn log_in_saying(complaint: &str, action: &str, hidden: (&str, &str), username: &str) -> Response {
    let body = format!(
        "{complaint}<form method=\"post\" action=\"{}\">\n\
         <input type=\"hidden\" name=\"{}\" value=\"{}\">\n\
         <label for=\"username\">Username</label>\n\
         <input type=\"text\" id=\"username\" name=\"username\" value=\"{}\" autocomplete=\"username\" autofocus>\n\
         <label for=\"password\">Password</label>\n\
         <input type=\"password\" id=\"password\" name=\"password\" autocomplete=\"current-password\">\n\
         <button type=\"submit\">Log in</button>\n</form>\n{LOGINS}",
        escape(action),
        escape(hidden.0),
        escape(hidden.1),
        escape(username),
    );
    page(200, "Log in", &body)
}

/// The log-ins that every org starts with.
pub(super) const LOGINS: &str = "<h2>Who can log in</h2>\n\
    <p class=\"soft\">rep@example.com / demo<br>assistant@example.com / demo (may not delete)</p>";

/// Who grants what to which client; `other` leads to logging in as somebody else.
pub(crate) fn consent(
    request: &str,
    user: &str,
    client: &str,
    redirect_uri: &str,
    scope: &[String],
    other: &str,
) -> Response {
    let scopes: String = scope
        .iter()
        .map(|scope| format!("<li>{}</li>\n", escape(&meaning(scope))))
        .collect();
    let body = format!(
        "<p>Logged in as <strong>{}</strong>.</p>\n\
         <p>The app <strong>{}</strong> asks to:</p>\n<ul>\n{scopes}</ul>\n\
         <p class=\"soft\">You will return to {}.</p>\n\
         <form method=\"post\" action=\"/services/oauth2/approve\">\n\
         <input type=\"hidden\" name=\"request\" value=\"{}\">\n\
         <button type=\"submit\" name=\"decision\" value=\"allow\">Allow</button>\n\
         <button type=\"submit\" name=\"decision\" value=\"deny\" class=\"plain\">Deny</button>\n</form>\n\
         <p class=\"soft\"><a href=\"{}\">Log in as somebody else</a></p>",
        escape(user),
        escape(client),
        escape(redirect_uri),
        escape(request),
        escape(other),
    );
    page(200, "Allow access?", &body)
}

/// A sign-in that must not go back to whoever asked, since the client or its address is not known.
pub(crate) fn oauth_error(error: &str, description: &str) -> Response {
    let body = format!(
        "<p>This sign-in can't go on, and nobody was sent anywhere.</p>\n\
         <p><code>error={}&amp;error_description={}</code></p>\n\
         <p class=\"soft\">Check the client id and the callback address of the app that sent you here.</p>",
        escape(error),
        escape(description),
    );
    page(400, "This app isn't known here", &body)
}

/// The sign-in is over, was never there, or belongs to another browser.
pub(crate) fn sign_in_over() -> Response {
    page(
        400,
        "This sign-in is over",
        "<p>It was finished already, took too long, or was begun in another browser. Go back to the app and start again.</p>",
    )
}

fn meaning(scope: &str) -> String {
    let words = match scope {
        "api" => "work with your records",
        "refresh_token" => "do so at any time",
        "openid" | "id" | "profile" | "email" | "address" | "phone" => "know who you are",
        "full" => "do all that you may do",
        "web" => "open pages as you",
        other => other,
    };
    format!("{words} ({scope})")
}
