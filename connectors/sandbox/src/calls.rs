//! The log of data calls that arrived, for measuring programs (interfaces, section 6).
//! It knows what was asked and what came of it; what a call does is left to `rest`.

use std::collections::VecDeque;

use serde_json::{Map, Value, json};

/// The newest calls that are remembered.
const MOST: usize = 100_000;

/// One data call.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Call {
    pub(crate) op: &'static str,
    pub(crate) object: String,
    pub(crate) id: Option<String>,
    pub(crate) fields: Option<Map<String, Value>>,
    pub(crate) ids: Option<Vec<String>>,
    pub(crate) total: Option<u64>,
    /// 0 until it is answered.
    pub(crate) status: u16,
}

impl Call {
    pub(crate) fn new(op: &'static str, object: impl Into<String>) -> Call {
        Call {
            op,
            object: object.into(),
            ..Call::default()
        }
    }

    fn json(&self, n: u64) -> Value {
        let mut map = Map::new();
        map.insert("n".into(), json!(n));
        map.insert("op".into(), json!(self.op));
        map.insert("object".into(), json!(self.object));
        if let Some(id) = &self.id {
            map.insert("id".into(), json!(id));
        }
        if let Some(fields) = &self.fields {
            map.insert("fields".into(), json!(fields));
        }
        if let Some(ids) = &self.ids {
            map.insert("ids".into(), json!(ids));
        }
        if let Some(total) = self.total {
            map.insert("total".into(), json!(total));
        }
        map.insert("status".into(), json!(self.status));
        Value::Object(map)
    }
}

/// The calls so far, numbered from 1; numbers go on over a reset.
pub(crate) struct Calls {
    keep: bool,
    count: u64,
    newest: VecDeque<Call>,
}

impl Calls {
    /// A log that remembers nothing unless `keep`, since nobody could read it.
    pub(crate) fn new(keep: bool) -> Calls {
        Calls {
            keep,
            count: 0,
            newest: VecDeque::new(),
        }
    }

    /// Notes a call with the status it was answered with, unless its own is known already.
    pub(crate) fn note(&mut self, mut call: Call, status: u16) {
        if !self.keep {
            return;
        }
        if call.status == 0 {
            call.status = status;
        }
        self.count += 1;
        self.newest.push_back(call);
        if self.newest.len() > MOST {
            self.newest.pop_front();
        }
    }

    /// The calls with a number above `n`.
    pub(crate) fn after(&self, n: u64) -> Value {
        let first = self.count - self.newest.len() as u64 + 1;
        let calls: Vec<Value> = self
            .newest
            .iter()
            .zip(first..)
            .filter(|(_, number)| *number > n)
            .map(|(call, number)| call.json(number))
            .collect();
        json!({ "calls": calls })
    }
}
