//! The one place that knows MiniJinja: texts and conditions compiled at load, rendered against a scope of names. Which
//! names there are and what they may be used for is the check's business.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, LazyLock};

use minijinja::value::Object;
use minijinja::{Environment, Expression, UndefinedBehavior};

use crate::Value;

mod escape;
mod value;

use escape::{address, data, encoded};
use value::plain;
pub use value::{empty, filled, list, record, sequence, shown};

pub(super) type Shown = minijinja::Value;

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
    /// With the name where it is nothing but one.
    Expression(Expression<'static, 'static>, Option<String>),
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
    names: Arc<Names>,
    /// How people read a value that is another text in expressions: a phone number, the label of a choice.
    read: BTreeMap<String, String>,
}

/// Names as expressions look them up, one by one.
#[derive(Debug, Clone, Default)]
struct Names(BTreeMap<String, Shown>);

impl Object for Names {
    fn get_value(self: &Arc<Self>, name: &Shown) -> Option<Shown> {
        self.0.get(name.as_str()?).cloned()
    }
}

/// A text or condition that does not parse.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxError {
    /// What is wrong, in a few words.
    pub message: String,
}

/// Work that one rendering may do.
const FUEL: u64 = 50_000;

static LANGUAGE: LazyLock<Environment<'static>> = LazyLock::new(environment);

/// MiniJinja's own filters, tests and functions that texts may use.
const OWN: [(&str, &str); 3] = [
    (
        "filter",
        "safe escape e lower upper title capitalize replace length count dictsort items reverse trim join split lines \
         default d round abs int float attr first last min max sort list string bool batch slice sum indent select \
         reject selectattr rejectattr map groupby unique chain zip format date listed plus of mask money phone",
    ),
    (
        "test",
        "undefined defined none boolean odd even divisibleby number integer int float string sequence iterable \
         mapping startingwith endingwith lower upper sameas eq equalto ne lt lessthan le gt greaterthan ge in true \
         false filter test",
    ),
    ("function", "range dict namespace"),
];

/// The names of all filters, tests or functions (`what`) that texts may use.
pub fn known(what: &str) -> Vec<String> {
    let row = OWN.iter().find(|(kind, _)| *kind == what);
    row.map(|(_, names)| names.split_whitespace().map(str::to_owned).collect())
        .unwrap_or_default()
}

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

    /// Whether it reads no names.
    pub(crate) fn is_plain(&self) -> bool {
        matches!(self.form, Form::Plain)
    }

    /// Rendered for people, as chat Markdown. Total: what fails at run time renders as nothing. What a value brings is
    /// shown as it was typed: it makes no link and nothing bold.
    pub fn render(&self, scope: &Scope) -> String {
        match &self.form {
            Form::Plain => self.source.clone(),
            Form::Pieces(pieces) => {
                let mut out = String::with_capacity(self.source.len());
                for piece in pieces.iter() {
                    match piece {
                        Piece::Literal(text) => out.push_str(text),
                        Piece::Expression(expression, name) => {
                            let read = name.as_ref().and_then(|name| scope.read.get(name));
                            let text = read.cloned().unwrap_or_else(|| printed(expression, scope));
                            if out.ends_with("](") {
                                address(&text, &mut out);
                            } else {
                                data(&text, &mut out);
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

    /// The path of an address, its values percent-encoded. `None` for a text with `{% … %}`, whose values can't be told from
    /// what was written.
    pub fn path(&self, scope: &Scope) -> Option<String> {
        match &self.form {
            Form::Plain => Some(self.source.clone()),
            Form::Pieces(pieces) => {
                let mut out = String::new();
                for piece in pieces.iter() {
                    match piece {
                        Piece::Literal(text) => out.push_str(text),
                        Piece::Expression(expression, _) => {
                            encoded(&printed(expression, scope), &mut out);
                        }
                    }
                }
                Some(out)
            }
            Form::Whole(_) => None,
        }
    }

    /// Whether it holds `{% … %}`.
    pub fn has_blocks(&self) -> bool {
        matches!(self.form, Form::Whole(_))
    }

    /// A text that is nothing but one `{{ … }}` keeps its type; any other is its rendered text.
    pub fn value(&self, scope: &Scope) -> Value {
        if let Form::Pieces(pieces) = &self.form
            && let [Piece::Expression(expression, _)] = pieces.as_slice()
        {
            return expression
                .eval(scope.shown())
                .map(|value| plain(&value))
                .unwrap_or_default();
        }
        match &self.form {
            Form::Pieces(pieces) => {
                let all = pieces.iter().map(|piece| match piece {
                    Piece::Literal(text) => text.clone(),
                    Piece::Expression(expression, _) => printed(expression, scope),
                });
                Value::String(all.collect())
            }
            Form::Plain | Form::Whole(_) => Value::String(self.render(scope)),
        }
    }
}

/// What an expression prints; nothing where it fails.
fn printed(expression: &Expression<'static, 'static>, scope: &Scope) -> String {
    match expression.eval(scope.shown()) {
        Ok(value) if !value.is_none() && !value.is_undefined() => value.to_string(),
        _ => String::new(),
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

    /// Why it can't be worked out with these values, where it can't.
    pub(super) fn failure(&self, scope: &Scope) -> Option<String> {
        self.expression.eval(scope.shown()).err().and_then(why)
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
    /// Why a text with `{% … %}` can't be worked out with these values, where it can't.
    pub(super) fn failure(&self, scope: &Scope) -> Option<String> {
        let Form::Whole(env) = &self.form else {
            return None;
        };
        let text = env.get_template("text").ok()?;
        text.render(scope.shown()).err().and_then(why)
    }

    /// The names it reads.
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = match &self.form {
            Form::Plain => Vec::new(),
            Form::Pieces(pieces) => pieces
                .iter()
                .flat_map(|piece| match piece {
                    Piece::Literal(_) => Default::default(),
                    Piece::Expression(expression, _) => expression.undeclared_variables(false),
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
        self.read.remove(name);
        self.name(name, value);
    }

    /// Gives a name a value that people read as another text where it stands alone in `{{ … }}`.
    pub fn put_shown(&mut self, name: &str, value: Shown, text: String) {
        if value.as_str().is_some_and(|raw| raw != text) {
            self.name(name, value);
            self.read.insert(name.to_owned(), text);
        } else {
            self.put(name, value);
        }
    }

    /// Gives a name the values of a list, which people read as `text` where it stands alone.
    pub fn put_shown_list(&mut self, name: &str, items: Vec<Shown>, text: String) {
        self.name(name, sequence(items));
        self.read.insert(name.to_owned(), text);
    }

    fn name(&mut self, name: &str, value: Shown) {
        let names = Arc::make_mut(&mut self.names);
        names.0.insert(name.to_owned(), value);
    }

    fn shown(&self) -> Shown {
        Shown::from_dyn_object(self.names.clone())
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
        let written = after[..end].trim();
        let expression = LANGUAGE.compile_expression_owned(written.to_owned());
        let is_name = written.chars().all(|c| c.is_alphanumeric() || c == '_');
        pieces.push(Piece::Expression(
            expression.map_err(|error| syntax(&error))?,
            is_name.then(|| written.to_owned()),
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

/// What is wrong with an operation, in a few words; nothing for what other checks tell.
fn why(error: minijinja::Error) -> Option<String> {
    use minijinja::ErrorKind;
    let text = error
        .detail()
        .map_or_else(|| error.kind().to_string(), str::to_owned);
    match error.kind() {
        ErrorKind::UndefinedError
        | ErrorKind::SyntaxError
        | ErrorKind::UnknownFilter
        | ErrorKind::UnknownTest
        | ErrorKind::UnknownFunction => None,
        ErrorKind::OutOfFuel => Some(format!("it takes more than {FUEL} steps")),
        _ => Some(text.trim_end_matches('.').to_owned()),
    }
}

fn syntax(error: &minijinja::Error) -> SyntaxError {
    SyntaxError {
        message: error
            .detail()
            .unwrap_or("it is not an expression")
            .to_owned(),
    }
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

#[cfg(test)]
mod tests;
