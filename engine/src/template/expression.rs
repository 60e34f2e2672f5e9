//! The one place that knows MiniJinja: texts and conditions compiled at load, rendered against a scope of names. Which
//! names there are and what they may be used for is the check's business.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, LazyLock};

use minijinja::value::{Enumerator, Object, ObjectRepr, Serde};
use minijinja::{Environment, Expression, UndefinedBehavior};

use crate::Value;

type Shown = minijinja::Value;

/// A text with its variants: the n-th time it is said takes the n-th.
#[derive(Debug, Clone)]
pub struct Text {
    /// At least one.
    pub variants: Vec<Phrase>,
}

/// One text, plain or with `{{ … }}`.
#[derive(Clone)]
pub struct Phrase {
    source: String,
    form: Form,
}

#[derive(Clone)]
enum Form {
    /// No braces: never meets MiniJinja.
    Plain,
    /// Literal pieces and expressions in turn.
    Pieces(Arc<Vec<Piece>>),
    /// A text with `{% … %}`: a template of its own.
    Whole(Arc<Environment<'static>>),
}

enum Piece {
    Literal(String),
    Expression(Expression<'static, 'static>),
}

/// An expression without braces.
#[derive(Clone)]
pub struct Condition {
    source: String,
    expression: Arc<Expression<'static, 'static>>,
}

/// The names that a text or condition may use, with their values.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    names: BTreeMap<String, Shown>,
}

/// A text or condition that does not parse.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxError {
    /// What is wrong, in a few words.
    pub message: String,
}

/// Work that one rendering may do (template-language.md, section 5).
const FUEL: u64 = 50_000;

static LANGUAGE: LazyLock<Environment<'static>> = LazyLock::new(environment);

fn environment() -> Environment<'static> {
    let mut env = Environment::new();
    env.set_undefined_behavior(UndefinedBehavior::Strict);
    env.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
    env.set_fuel(Some(FUEL));
    super::filter::add(&mut env);
    env
}

impl Text {
    /// A text of one variant.
    pub fn parse(source: &str) -> Result<Text, SyntaxError> {
        Ok(Text {
            variants: vec![Phrase::parse(source)?],
        })
    }
}

impl Phrase {
    /// Compiles a text.
    pub fn parse(source: &str) -> Result<Phrase, SyntaxError> {
        let form = if source.contains("{%") || source.contains("{#") {
            let mut env = environment();
            env.add_template_owned("text".to_owned(), source.to_owned())
                .map_err(|error| syntax(&error))?;
            Form::Whole(Arc::new(env))
        } else if source.contains("{{") {
            Form::Pieces(Arc::new(pieces(source)?))
        } else {
            Form::Plain
        };
        Ok(Phrase {
            source: source.to_owned(),
            form,
        })
    }

    /// The text as written.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Rendered for people. Total: what fails at run time renders as nothing.
    pub fn render(&self, scope: &Scope) -> String {
        match &self.form {
            Form::Plain => self.source.clone(),
            Form::Pieces(pieces) => {
                let mut out = String::with_capacity(self.source.len());
                for piece in pieces.iter() {
                    match piece {
                        Piece::Literal(text) => out.push_str(text),
                        Piece::Expression(expression) => {
                            if let Ok(value) = expression.eval(scope.shown())
                                && !value.is_none()
                                && !value.is_undefined()
                            {
                                out.push_str(&value.to_string());
                            }
                        }
                    }
                }
                out
            }
            Form::Whole(env) => {
                let text = env
                    .get_template("text")
                    .and_then(|text| text.render(scope.shown()));
                text.unwrap_or_default()
            }
        }
    }

    /// A text that is nothing but one `{{ … }}` keeps its type; any other is its rendered text.
    pub fn value(&self, scope: &Scope) -> Value {
        if let Form::Pieces(pieces) = &self.form
            && let [Piece::Expression(expression)] = pieces.as_slice()
        {
            return expression
                .eval(scope.shown())
                .map(|value| plain(&value))
                .unwrap_or_default();
        }
        Value::String(self.render(scope))
    }
}

impl Condition {
    /// Compiles an expression.
    pub fn parse(source: &str) -> Result<Condition, SyntaxError> {
        let expression = LANGUAGE
            .compile_expression_owned(source.to_owned())
            .map_err(|error| syntax(&error))?;
        Ok(Condition {
            source: source.to_owned(),
            expression: Arc::new(expression),
        })
    }

    /// The expression as written.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Whether it holds.
    pub fn holds(&self, scope: &Scope) -> bool {
        self.expression
            .eval(scope.shown())
            .is_ok_and(|value| value.is_true())
    }

    /// Its value.
    pub fn value(&self, scope: &Scope) -> Value {
        self.expression
            .eval(scope.shown())
            .map(|value| plain(&value))
            .unwrap_or_default()
    }

    /// The names it reads.
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = self
            .expression
            .undeclared_variables(false)
            .into_iter()
            .collect();
        names.sort();
        names
    }
}

impl Phrase {
    /// The names it reads.
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = match &self.form {
            Form::Plain => Vec::new(),
            Form::Pieces(pieces) => pieces
                .iter()
                .flat_map(|piece| match piece {
                    Piece::Literal(_) => Default::default(),
                    Piece::Expression(expression) => expression.undeclared_variables(false),
                })
                .collect(),
            Form::Whole(env) => env
                .get_template("text")
                .map(|text| text.undeclared_variables(false).into_iter().collect())
                .unwrap_or_default(),
        };
        names.sort();
        names.dedup();
        names
    }
}

impl Scope {
    /// Gives a name a value.
    pub fn put(&mut self, name: &str, value: Shown) {
        self.names.insert(name.to_owned(), value);
    }

    fn shown(&self) -> Shown {
        Shown::from(self.names.clone())
    }
}

fn pieces(source: &str) -> Result<Vec<Piece>, SyntaxError> {
    let mut pieces = Vec::new();
    let mut rest = source;
    while let Some(start) = rest.find("{{") {
        if start > 0 {
            pieces.push(Piece::Literal(rest[..start].to_owned()));
        }
        let after = &rest[start + 2..];
        let Some(end) = end_of(after) else {
            return Err(SyntaxError {
                message: "`{{` without its `}}`".into(),
            });
        };
        let expression = LANGUAGE.compile_expression_owned(after[..end].trim().to_owned());
        pieces.push(Piece::Expression(
            expression.map_err(|error| syntax(&error))?,
        ));
        rest = &after[end + 2..];
    }
    if !rest.is_empty() {
        pieces.push(Piece::Literal(rest.to_owned()));
    }
    Ok(pieces)
}

/// Where the `}}` of an expression stands, outside its quotes.
fn end_of(text: &str) -> Option<usize> {
    let mut quote = None;
    let mut escaped = false;
    for (at, letter) in text.char_indices() {
        match quote {
            Some(_) if escaped => escaped = false,
            Some(_) if letter == '\\' => escaped = true,
            Some(open) if letter == open => quote = None,
            Some(_) => {}
            None if letter == '\'' || letter == '"' => quote = Some(letter),
            None if text[at..].starts_with("}}") => return Some(at),
            None => {}
        }
    }
    None
}

fn syntax(error: &minijinja::Error) -> SyntaxError {
    SyntaxError {
        message: error
            .detail()
            .unwrap_or("it is not an expression")
            .to_owned(),
    }
}

/// A value as JSON: what stands behind what is shown.
fn plain(value: &Shown) -> Value {
    if let Some(row) = value.downcast_object_ref::<Row>() {
        return row.value.clone();
    }
    if let Some(typed) = value.downcast_object_ref::<Typed>() {
        return typed.value.clone();
    }
    if value.downcast_object_ref::<Empty>().is_some() {
        return Value::Null;
    }
    if let Ok(items) = value.try_iter()
        && matches!(
            value.kind(),
            minijinja::value::ValueKind::Seq | minijinja::value::ValueKind::Iterable
        )
    {
        return Value::Array(items.map(|item| plain(&item)).collect());
    }
    serde_json::to_value(value).unwrap_or_default()
}

/// An unfilled name: false, prints nothing, whatever is asked of it is empty too.
pub fn empty() -> Shown {
    Shown::from_object(Empty)
}

/// A value that prints as people read it, and is its JSON in expressions.
pub fn shown(text: String, value: &Value) -> Shown {
    match value {
        Value::Object(_) | Value::Array(_) => Shown::from_object(Typed {
            text,
            value: value.clone(),
        }),
        Value::String(raw) if *raw == text => Shown::from(text),
        Value::String(_) => Shown::from_object(Typed {
            text,
            value: value.clone(),
        }),
        other => Shown::from(Serde(other)),
    }
}

/// A record: prints its name; its fields by their CRM names, and `.label .url .found .changes`.
pub fn record(value: &Value) -> Shown {
    Shown::from_object(Row {
        value: value.clone(),
    })
}

/// A list of records: `.total`, `.shown`, and its rows.
pub fn list(value: &Value) -> Shown {
    Shown::from_object(Row {
        value: value.clone(),
    })
}

#[derive(Debug)]
struct Empty;

impl Object for Empty {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Map
    }

    fn get_value(self: &Arc<Self>, _key: &Shown) -> Option<Shown> {
        Some(empty())
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Empty
    }

    fn is_true(self: &Arc<Self>) -> bool {
        false
    }

    fn render(self: &Arc<Self>, _f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Ok(())
    }
}

#[derive(Debug)]
struct Typed {
    text: String,
    value: Value,
}

impl Object for Typed {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Map
    }

    fn get_value(self: &Arc<Self>, key: &Shown) -> Option<Shown> {
        self.value
            .get(key.as_str()?)
            .map(|value| Shown::from(Serde(value)))
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Empty
    }

    fn is_true(self: &Arc<Self>) -> bool {
        !self.text.is_empty()
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[derive(Debug)]
struct Row {
    value: Value,
}

impl Object for Row {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Map
    }

    fn get_value(self: &Arc<Self>, key: &Shown) -> Option<Shown> {
        let key = key.as_str()?;
        let value = match key {
            "label" | "Name" => &self.value["name"],
            "found" => return Some(Shown::from(self.value["found"] != Value::Bool(false))),
            "shown" => {
                return Some(Shown::from(
                    self.value["rows"].as_array().map_or(0, Vec::len),
                ));
            }
            "url" | "total" | "changes" => &self.value[key],
            "Id" => &self.value["id"],
            _ => &self.value["fields"][key],
        };
        match (key, value) {
            ("changes", Value::Array(changes)) => {
                Some(Shown::from_iter(changes.iter().map(change)))
            }
            (_, Value::Null) => Some(empty()),
            (_, value) => Some(Shown::from(Serde(value))),
        }
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        match self.value["rows"].as_array() {
            Some(rows) => Enumerator::Values(rows.iter().map(record).collect()),
            None => Enumerator::Empty,
        }
    }

    fn is_true(self: &Arc<Self>) -> bool {
        !self.value.is_null() && self.value["total"] != 0
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            self.value["name"]
                .as_str()
                .or(self.value["text"].as_str())
                .unwrap_or_default(),
        )
    }
}

/// "Phone: +1 206-555-0102 → +1 206-555-0199", with its parts.
fn change(change: &Value) -> Shown {
    let part = |name: &str| {
        change[name]
            .as_str()
            .filter(|text| !text.is_empty())
            .unwrap_or("–")
            .to_owned()
    };
    let text = format!("{}: {} → {}", part("label"), part("old"), part("new"));
    Shown::from_object(Typed {
        text,
        value: change.clone(),
    })
}

impl fmt::Debug for Phrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Phrase").field(&self.source).finish()
    }
}

impl fmt::Debug for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Condition").field(&self.source).finish()
    }
}
