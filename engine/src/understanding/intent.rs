//! stub
use std::sync::Arc;
use indexmap::IndexMap;
use crate::template::{Template, UnderstandingSettings};
/// stub
#[derive(Debug)]
pub struct Intents {}
/// stub
#[allow(missing_docs)]
#[derive(Debug, Default)]
pub struct Choice { pub template: Option<String>, pub score: f32, pub others: Vec<(String, f32)>, pub exact: bool, pub tie: bool, pub why: Vec<(String, f32)> }
impl Intents {
    /// stub
    pub fn learn(_t: &IndexMap<String, Arc<Template>>, _s: &UnderstandingSettings) -> Intents { Intents {} }
    /// stub
    pub fn choose(&self, _text: &str) -> Choice { Choice::default() }
}
