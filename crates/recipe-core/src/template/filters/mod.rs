//! The filters of templates, with the meaning they have in python-liquid, which real recipes are written for.
//!
//! A filter is a function and a line in a table that says what arguments it takes.

mod dates;
mod encoding;
mod lists;
mod numbers;
mod searching;
mod text;
mod values;

use std::fmt;

use liquid_core::error::{Error, Result};
use liquid_core::model::{Value, ValueCow, ValueView};
use liquid_core::parser::{FilterArguments, ParameterReflection};
use liquid_core::{Expression, Filter, FilterReflection, Language, ParseFilter, Runtime};

use super::cost::spend_bytes;
use super::model::Kind;
use super::printing;

pub(super) use numbers::integer;

/// One filter.
struct Declaration {
    name: &'static str,
    /// How many arguments it needs, and how many it takes, without those that have a name.
    arguments: (usize, usize),
    /// The names of its arguments that have one.
    keywords: &'static [&'static str],
    apply: fn(&dyn ValueView, &Arguments<'_>) -> Result<Value>,
}

impl Declaration {
    const fn new(
        name: &'static str,
        arguments: (usize, usize),
        apply: fn(&dyn ValueView, &Arguments<'_>) -> Result<Value>,
    ) -> Self {
        Self {
            name,
            arguments,
            keywords: &[],
            apply,
        }
    }

    const fn keywords(mut self, keywords: &'static [&'static str]) -> Self {
        self.keywords = keywords;
        self
    }
}

fn declarations() -> impl Iterator<Item = &'static Declaration> {
    [
        dates::FILTERS,
        encoding::FILTERS,
        lists::FILTERS,
        numbers::FILTERS,
        searching::FILTERS,
        text::FILTERS,
        values::FILTERS,
    ]
    .into_iter()
    .flatten()
}

/// The filters of the Liquid library that are right as they are.
fn library_filters() -> [(&'static str, Box<dyn ParseFilter>); 2] {
    [
        ("strip_html", Box::new(liquid_lib::stdlib::StripHtml)),
        ("url_decode", Box::new(liquid_lib::stdlib::UrlDecode)),
    ]
}

/// The filters a template can use.
pub fn filter_names() -> impl Iterator<Item = &'static str> {
    let ours = declarations().map(|declaration| declaration.name);
    ours.chain(library_filters().into_iter().map(|(name, _)| name))
}

pub(super) fn register(language: &mut Language) {
    for declaration in declarations() {
        let filter = Box::new(Declared(declaration));
        language.filters.register(declaration.name.into(), filter);
    }
    for (name, filter) in library_filters() {
        language.filters.register(name.into(), filter);
    }
}

/// What a filter is called with, behind its input.
struct Arguments<'r> {
    positional: Vec<ValueCow<'r>>,
    keyword: Vec<(&'r str, ValueCow<'r>)>,
}

impl Arguments<'_> {
    /// An argument that was given; nothing counts as given.
    fn get(&self, index: usize) -> Option<&dyn ValueView> {
        self.positional.get(index).map(ValueCow::as_view)
    }

    /// An argument that was given and is not nothing.
    fn some(&self, index: usize) -> Option<&dyn ValueView> {
        self.get(index).filter(|value| !value.is_nil())
    }

    /// The text of an argument; none for nothing.
    fn text(&self, index: usize) -> String {
        self.get(index)
            .map(|value| printing::text(value).into_owned())
            .unwrap_or_default()
    }

    fn keyword(&self, name: &str) -> Option<&dyn ValueView> {
        let (_, value) = self.keyword.iter().find(|(given, _)| *given == name)?;
        Some(value.as_view())
    }
}

/// A [`Declaration`] as the Liquid library wants it.
#[derive(Clone)]
struct Declared(&'static Declaration);

impl ParseFilter for Declared {
    fn parse(&self, arguments: FilterArguments<'_>) -> Result<Box<dyn Filter>> {
        let name = self.0.name;
        let positional: Vec<Expression> = arguments.positional.collect();
        let keyword: Vec<(String, Expression)> = arguments
            .keyword
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
        let unknown = keyword
            .iter()
            .find(|(given, _)| !self.0.keywords.contains(&given.as_str()));
        if let Some((given, _)) = unknown {
            return Err(Error::with_msg(format!(
                "filter {name} has no argument called {given}"
            )));
        }
        let (least, most) = self.0.arguments;
        if !(least..=most).contains(&positional.len()) {
            let takes = match (least, most) {
                (_, 0) => "no arguments".to_owned(),
                (1, 1) => "1 argument".to_owned(),
                (least, most) if least == most => format!("{least} arguments"),
                (least, most) => format!("{least} to {most} arguments"),
            };
            let given = positional.len();
            return Err(Error::with_msg(format!(
                "filter {name} takes {takes}, not {given}"
            )));
        }
        Ok(Box::new(Applied {
            declaration: self.0,
            positional,
            keyword,
        }))
    }

    fn reflection(&self) -> &dyn FilterReflection {
        self
    }
}

impl FilterReflection for Declared {
    fn name(&self) -> &str {
        self.0.name
    }

    fn description(&self) -> &str {
        ""
    }

    fn positional_parameters(&self) -> &'static [ParameterReflection] {
        &[]
    }

    fn keyword_parameters(&self) -> &'static [ParameterReflection] {
        &[]
    }
}

/// A filter in a template, with its arguments.
struct Applied {
    declaration: &'static Declaration,
    positional: Vec<Expression>,
    keyword: Vec<(String, Expression)>,
}

impl fmt::Debug for Applied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.declaration.name)
    }
}

impl fmt::Display for Applied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.declaration.name)
    }
}

impl Filter for Applied {
    fn evaluate(&self, input: &dyn ValueView, runtime: &dyn Runtime) -> Result<Value> {
        let arguments = Arguments {
            positional: self
                .positional
                .iter()
                .map(|argument| argument.evaluate(runtime))
                .collect::<Result<_>>()?,
            keyword: self
                .keyword
                .iter()
                .map(|(name, argument)| Ok((name.as_str(), argument.evaluate(runtime)?)))
                .collect::<Result<_>>()?,
        };
        let value = (self.declaration.apply)(input, &arguments)?;
        spend_bytes(runtime, shallow_size(&value))?;
        Ok(value)
    }
}

/// About how many bytes a value takes, what is inside its items left out.
fn shallow_size(value: &Value) -> usize {
    match value {
        Value::Scalar(scalar) => match Kind::of(scalar) {
            Kind::Text(text) => text.len(),
            _ => 0,
        },
        Value::Array(list) => list.len() * size_of::<Value>(),
        _ => 0,
    }
}

/// The largest text that one filter may make, in bytes.
const LARGEST: usize = 1 << 27;

/// Refuses to make a text that would be too large.
fn check_size(name: &str, bytes: Option<usize>) -> Result<()> {
    match bytes {
        Some(bytes) if bytes <= LARGEST => Ok(()),
        _ => Err(refused(name, "the result would be too large")),
    }
}

/// A filter cannot work with what it was given.
fn refused(name: &str, why: impl fmt::Display) -> Error {
    Error::with_msg(format!("filter {name}: {why}"))
}
