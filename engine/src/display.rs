//! stub
use crate::{Value, locale::Locale, template::SlotKind};
/// stub
pub fn show(_kind: &SlotKind, value: &Value, _locale: &Locale) -> String { value.as_str().unwrap_or_default().to_owned() }
