//! Who has signed in: userinfo and the identity URL (contract 1.7).
//! The user's record is the source of all it says.

use axum::response::Response;
use serde_json::{Map, Value, json};

use crate::answer;
use crate::org::{Org, State};
use crate::record::{Record, text};
use crate::request::{Request, find};

/// Plain text with 403: no JSON, and not 401.
const BAD: &str = "Bad_OAuth_Token";

/// `GET userinfo`, for tokens with a scope that speaks of identity.
pub(super) fn userinfo(org: &Org, request: &Request) -> Response {
    let mut state = org.state();
    let wanted = ["openid", "id", "profile", "full"];
    let user = match caller(&mut state, request) {
        Ok((user, scope)) if scope.iter().any(|s| wanted.contains(&s.as_str())) => user,
        Ok(_) => return answer::text(403, BAD),
        Err(words) => return answer::text(403, words),
    };
    let row = record(&state, &user);
    let get = |field: &str| text(&row, field);
    let base = &request.base;
    answer::json(
        200,
        &json!({
            "sub": format!("{base}/id/{}/{user}", state.org_id),
            "user_id": user,
            "organization_id": state.org_id,
            "preferred_username": get("Username"),
            "nickname": get("Alias"),
            "name": get("Name"),
            "email": get("Email"),
            "email_verified": true,
            "given_name": get("FirstName"),
            "family_name": get("LastName"),
            "zoneinfo": get("TimeZoneSidKey"),
            "photos": photos(base),
            "profile": format!("{base}/{user}"),
            "picture": format!("{base}/profilephoto/005/F"),
            "urls": urls(base, &state.org_id, &user),
            "active": true,
            "user_type": "STANDARD",
            "language": get("LanguageLocaleKey"),
            "locale": get("LocaleSidKey"),
            "utcOffset": 0,
            "updated_at": get("LastModifiedDate"),
        }),
    )
}

/// `GET /id/<org>/<user>`.
pub(crate) fn identity(org: &Org, request: &Request, org_id: &str, user: &str) -> Response {
    let mut state = org.state();
    if let Err(words) = caller(&mut state, request) {
        return answer::text(403, words);
    }
    let known = crate::id::read(org_id).as_deref() == Some(&state.org_id);
    let user = crate::id::read(user).filter(|user| known && state.table("User").contains_key(user));
    let Some(user) = user else {
        return answer::text(403, "Bad_Id");
    };
    let row = record(&state, &user);
    let get = |field: &str| text(&row, field);
    let base = &request.base;
    let url = format!("{base}/id/{}/{user}", state.org_id);
    answer::json(
        200,
        &json!({
            "id": url,
            "asserted_user": true,
            "user_id": user,
            "organization_id": state.org_id,
            "username": get("Username"),
            "nick_name": get("Alias"),
            "display_name": get("Name"),
            "email": get("Email"),
            "email_verified": true,
            "first_name": get("FirstName"),
            "last_name": get("LastName"),
            "timezone": get("TimeZoneSidKey"),
            "photos": photos(base),
            "addr_street": null,
            "addr_city": null,
            "addr_state": null,
            "addr_country": null,
            "addr_zip": null,
            "mobile_phone": get("MobilePhone"),
            "mobile_phone_verified": false,
            "is_lightning_login_user": false,
            "status": {"created_date": null, "body": null},
            "urls": urls(base, &state.org_id, &user),
            "active": true,
            "user_type": "STANDARD",
            "language": get("LanguageLocaleKey"),
            "locale": get("LocaleSidKey"),
            "utcOffset": 0,
            "last_modified_date": get("LastModifiedDate"),
            "is_app_installed": true,
        }),
    )
}

/// The user and scope of a token in the header, a form or, as some clients send it, the query.
fn caller(state: &mut State, request: &Request) -> Result<(String, Vec<String>), &'static str> {
    let form = request.form();
    let header = request
        .header("authorization")
        .and_then(|header| header.split_once(' '));
    let token = header
        .map(|(_, token)| token.trim())
        .or(find(&form, "access_token"))
        .or(request.query("oauth_token"))
        .or(request.query("access_token"))
        .filter(|token| !token.is_empty())
        .ok_or("Missing_OAuth_Token")?;
    let access = state.grants.live_access(token).ok_or(BAD)?;
    Ok((access.user.clone(), access.scope.clone()))
}

fn record(state: &State, user: &str) -> Record {
    state.table("User").get(user).cloned().unwrap_or_default()
}

fn photos(base: &str) -> Value {
    json!({
        "picture": format!("{base}/profilephoto/005/F"),
        "thumbnail": format!("{base}/profilephoto/005/T"),
    })
}

/// Addresses with a literal `{version}` in them.
fn urls(base: &str, org_id: &str, user: &str) -> Value {
    let short = &org_id[..15];
    let rest = format!("{base}/services/data/v{{version}}/");
    let soap = |kind: &str| format!("{base}/services/Soap/{kind}/{{version}}/{short}");
    let mut map = Map::from_iter([
        ("enterprise".to_owned(), json!(soap("c"))),
        ("metadata".to_owned(), json!(soap("m"))),
        ("partner".to_owned(), json!(soap("u"))),
        ("rest".to_owned(), json!(rest)),
    ]);
    for (name, path) in [
        ("sobjects", "sobjects/"),
        ("search", "search/"),
        ("query", "query/"),
        ("recent", "recent/"),
        ("feeds", "chatter/feeds"),
        ("groups", "chatter/groups"),
        ("users", "chatter/users"),
        ("feed_items", "chatter/feed-items"),
    ] {
        map.insert(name.into(), json!(format!("{rest}{path}")));
    }
    map.insert("profile".into(), json!(format!("{base}/{user}")));
    map.insert("custom_domain".into(), json!(base));
    Value::Object(map)
}
