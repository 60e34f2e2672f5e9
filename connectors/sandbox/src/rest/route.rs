//! Which resource a path names, and the methods it takes.
//! What happens there is left to the other files of `rest`.

use crate::fault::Does;
use crate::soql::Rows;

/// A resource, with the parts of the path that vary.
#[derive(Debug, PartialEq)]
pub(crate) enum Route {
    Resources,
    Limits,
    Recent,
    Objects,
    Object(String),
    Describe(String),
    Row(String, String),
    /// Object, external-id field, value.
    Key(String, String, String),
    Query(Rows),
    More(String),
    Search,
    ParameterizedSearch,
    Collection,
    CollectionOf(String),
    CollectionKey(String, String),
    Composite,
}

/// The resource of a path behind the version; `None` when there is none.
pub(crate) fn find(path: &[String]) -> Option<(Route, &'static [&'static str])> {
    let parts: Vec<&str> = path.iter().map(String::as_str).collect();
    let own = |text: &&str| (*text).to_owned();
    Some(match parts.as_slice() {
        [] => (Route::Resources, &["GET"]),
        ["limits"] => (Route::Limits, &["GET"]),
        ["recent"] => (Route::Recent, &["GET"]),
        ["sobjects"] => (Route::Objects, &["GET"]),
        ["sobjects", object] => (Route::Object(own(object)), &["GET", "POST"]),
        ["sobjects", object, "describe"] => (Route::Describe(own(object)), &["GET"]),
        ["sobjects", object, id] => (
            Route::Row(own(object), own(id)),
            &["GET", "PATCH", "DELETE"],
        ),
        ["sobjects", object, field, value] => (
            Route::Key(own(object), own(field), own(value)),
            &["GET", "PATCH", "DELETE"],
        ),
        ["query"] => (Route::Query(Rows::Live), &["GET"]),
        ["queryAll"] => (Route::Query(Rows::Deleted), &["GET"]),
        ["query" | "queryAll", locator] => (Route::More(own(locator)), &["GET"]),
        ["search"] => (Route::Search, &["GET"]),
        ["parameterizedSearch"] => (Route::ParameterizedSearch, &["GET", "POST"]),
        ["composite"] => (Route::Composite, &["POST"]),
        ["composite", "sobjects"] => (Route::Collection, &["POST", "PATCH", "DELETE"]),
        ["composite", "sobjects", object] => (Route::CollectionOf(own(object)), &["GET", "POST"]),
        ["composite", "sobjects", object, field] => {
            (Route::CollectionKey(own(object), own(field)), &["PATCH"])
        }
        _ => return None,
    })
}

impl Route {
    /// Whether a call of this method changes records.
    pub(crate) fn does(&self, method: &str) -> Does {
        let touches = matches!(
            self,
            Route::Object(_)
                | Route::Row(..)
                | Route::Key(..)
                | Route::Collection
                | Route::CollectionKey(..)
                | Route::Composite
        );
        if touches && matches!(method, "POST" | "PATCH" | "DELETE") {
            Does::Write
        } else {
            Does::Read
        }
    }
}
