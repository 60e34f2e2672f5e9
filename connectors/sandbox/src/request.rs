//! A request as the org reads it: its path in pieces, its query, headers and whole body.
//! What is answered is left to the parts of the org.

use std::net::IpAddr;

use axum::body::Bytes;
use axum::extract::ConnectInfo;
use http::{HeaderMap, Method};
use percent_encoding::percent_decode_str;

/// Bodies above this are refused with 413.
const MOST_BYTES: usize = 6 * 1024 * 1024;
/// Addresses above this are refused with 414.
const MOST_ADDRESS: usize = 16 * 1024;

/// One request, read to its end, whether it came with a length or in chunks.
pub(crate) struct Request {
    pub(crate) method: Method,
    /// The path as sent, without its query.
    pub(crate) path: String,
    /// The parts of the path, each decoded; empty ones, as after a trailing slash, are left out.
    pub(crate) segments: Vec<String>,
    pub(crate) query: Vec<(String, String)>,
    /// The query as sent.
    pub(crate) raw_query: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// `http://host:port` as the client wrote it: the org's own address for this client.
    pub(crate) base: String,
    /// Where the client is; unknown in tests without a socket.
    pub(crate) peer: Option<IpAddr>,
}

impl Request {
    /// Reads a request to its end; the error is the status of what is too long.
    pub(crate) async fn read(request: axum::extract::Request) -> Result<Request, u16> {
        let peer = request
            .extensions()
            .get::<ConnectInfo<std::net::SocketAddr>>()
            .map(|info| info.0.ip());
        let (head, body) = request.into_parts();
        let raw_query = head.uri.query().unwrap_or_default().to_owned();
        if head.uri.path().len() + raw_query.len() > MOST_ADDRESS {
            return Err(414);
        }
        let body = axum::body::to_bytes(body, MOST_BYTES)
            .await
            .map_err(|_| 413u16)?;
        let path = head.uri.path().to_owned();
        let query = form(raw_query.as_bytes());
        let method = override_of(&head.method, &query);
        Ok(Request {
            method,
            segments: segments(&path),
            path,
            query,
            raw_query,
            base: base(&head.headers, head.uri.authority().map(|a| a.as_str())),
            headers: head.headers,
            body,
            peer,
        })
    }

    /// A request that stands within this one: its own method, address and body, the rest as it is here.
    pub(crate) fn within(&self, method: Method, url: &str, body: String) -> Request {
        let (path, raw_query) = url.split_once('?').unwrap_or((url, ""));
        let mut headers = self.headers.clone();
        headers.insert(
            http::header::CONTENT_TYPE,
            http::HeaderValue::from_static("application/json"),
        );
        Request {
            method,
            path: path.to_owned(),
            segments: segments(path),
            query: form(raw_query.as_bytes()),
            raw_query: raw_query.to_owned(),
            headers,
            body: body.into(),
            base: self.base.clone(),
            peer: self.peer,
        }
    }

    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        find(&self.query, name)
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The fields of a form body.
    pub(crate) fn form(&self) -> Vec<(String, String)> {
        form(&self.body)
    }

    pub(crate) fn cookie(&self, name: &str) -> Option<&str> {
        self.headers
            .get_all(http::header::COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .find(|(key, _)| *key == name)
            .map(|(_, value)| value)
    }
}

/// The first value of a name in a query or form.
pub(crate) fn find<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    pairs
        .iter()
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.as_str())
}

fn segments(path: &str) -> Vec<String> {
    path.split('/')
        .filter(|part| !part.is_empty())
        .map(|part| percent_decode_str(part).decode_utf8_lossy().into_owned())
        .collect()
}

fn form(bytes: &[u8]) -> Vec<(String, String)> {
    url::form_urlencoded::parse(bytes).into_owned().collect()
}

/// Clients without PATCH send POST with `?_HttpMethod=PATCH`.
fn override_of(method: &Method, query: &[(String, String)]) -> Method {
    find(query, "_HttpMethod")
        .filter(|_| *method == Method::POST)
        .and_then(|name| Method::from_bytes(name.to_ascii_uppercase().as_bytes()).ok())
        .unwrap_or_else(|| method.clone())
}

/// A host is only repeated to the client when it looks like one.
fn base(headers: &HeaderMap, authority: Option<&str>) -> String {
    let host = headers
        .get(http::header::HOST)
        .and_then(|value| value.to_str().ok())
        .or(authority)
        .filter(|host| {
            host.bytes()
                .all(|b| b.is_ascii_alphanumeric() || b".:-[]_".contains(&b))
        })
        .unwrap_or("localhost");
    format!("http://{host}")
}
