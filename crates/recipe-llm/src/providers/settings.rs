//! Configuration values of providers. An empty value counts as missing.

use reqwest::Url;
use serde_json::{Map, Value};

use crate::model::ModelError;

/// Configuration values.
#[derive(Clone, Copy)]
pub(super) struct Settings<'a>(&'a Map<String, Value>);

impl<'a> Settings<'a> {
    pub(super) fn new(config: &'a Map<String, Value>) -> Self {
        Self(config)
    }

    pub(super) fn text(self, name: &'static str) -> Result<Option<&'a str>, ModelError> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.trim()).filter(|text| !text.is_empty())),
            Some(_) => Err(ModelError::misconfigured(name, "not a string")),
        }
    }

    pub(super) fn required_text(self, name: &'static str) -> Result<&'a str, ModelError> {
        self.text(name)?.ok_or_else(|| not_configured(name))
    }

    /// The first of these values that is set, with its name.
    pub(super) fn first_text(
        self,
        names: &[&'static str],
    ) -> Result<Option<(&'static str, &'a str)>, ModelError> {
        for name in names {
            if let Some(text) = self.text(name)? {
                return Ok(Some((name, text)));
            }
        }
        Ok(None)
    }

    /// A boolean; false by default. Environment variables are strings.
    pub(super) fn flag(self, name: &'static str) -> Result<bool, ModelError> {
        if let Some(Value::Bool(flag)) = self.0.get(name) {
            return Ok(*flag);
        }
        match self.text(name)?.map(str::to_lowercase).as_deref() {
            None | Some("false" | "0" | "no") => Ok(false),
            Some("true" | "1" | "yes") => Ok(true),
            Some(_) => Err(ModelError::misconfigured(name, "neither true nor false")),
        }
    }

    /// A string, number or boolean. Environment variables are strings.
    pub(super) fn plain(self, name: &'static str) -> Result<Option<String>, ModelError> {
        match self.0.get(name) {
            Some(value @ (Value::Bool(_) | Value::Number(_))) => Ok(Some(value.to_string())),
            _ => Ok(self.text(name)?.map(str::to_owned)),
        }
    }

    /// A number from 1.
    pub(super) fn positive(self, name: &'static str) -> Result<Option<u32>, ModelError> {
        let Some(text) = self.plain(name)? else {
            return Ok(None);
        };
        let number = text.parse().ok().filter(|number| *number > 0);
        number
            .map(Some)
            .ok_or_else(|| ModelError::misconfigured(name, "not a number from 1"))
    }

    pub(super) fn url(self, name: &'static str) -> Result<Option<Url>, ModelError> {
        self.text(name)?
            .map(|text| parse_url(name, text))
            .transpose()
    }

    pub(super) fn required_url(self, name: &'static str) -> Result<Url, ModelError> {
        self.url(name)?.ok_or_else(|| not_configured(name))
    }
}

/// Parses an HTTP URL. Errors do not quote it, since it may contain a password.
pub(super) fn parse_url(name: &'static str, text: &str) -> Result<Url, ModelError> {
    let url = Url::parse(text)
        .map_err(|error| ModelError::misconfigured(name, format!("not a URL: {error}")))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(ModelError::misconfigured(
            name,
            "expected a URL that starts with http:// or https://",
        ));
    }
    Ok(url)
}

pub(super) fn not_configured(name: &str) -> ModelError {
    ModelError::NotConfigured {
        name: name.to_owned(),
        variable: name.to_uppercase(),
    }
}
