//! Model names: `provider/name`, and for Azure `provider/name/deployment`.

use std::fmt;
use std::str::FromStr;

/// A model name with its provider.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ModelName {
    provider: String,
    name: String,
}

/// A string that is not a model name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("invalid model name: {0:?}, expected provider/name, such as openai/gpt-4o")]
#[non_exhaustive]
pub struct InvalidModelName(pub String);

impl ModelName {
    /// The provider, in lower case.
    pub fn provider(&self) -> &str {
        &self.provider
    }

    /// The part after the provider. It may contain slashes.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The name without the deployment after its first slash, and the deployment.
    pub fn name_and_deployment(&self) -> (&str, Option<&str>) {
        match self.name.split_once('/') {
            Some((name, deployment)) => (name, Some(deployment)),
            None => (&self.name, None),
        }
    }
}

impl FromStr for ModelName {
    type Err = InvalidModelName;

    fn from_str(text: &str) -> Result<Self, InvalidModelName> {
        match text.trim().split_once('/') {
            Some((provider, name))
                if !provider.is_empty() && !name.trim_matches('/').is_empty() =>
            {
                Ok(Self {
                    provider: provider.to_lowercase(),
                    name: name.to_owned(),
                })
            }
            _ => Err(InvalidModelName(text.to_owned())),
        }
    }
}

impl fmt::Display for ModelName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.provider, self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_a_provider() {
        let name: ModelName = "Azure/gpt-4o/my-deployment".parse().unwrap();
        assert_eq!(name.provider(), "azure");
        assert_eq!(
            name.name_and_deployment(),
            ("gpt-4o", Some("my-deployment"))
        );
        assert_eq!(name.to_string(), "azure/gpt-4o/my-deployment");
        for text in ["", "gpt-4o", "/gpt-4o", "openai/", "openai//"] {
            assert!(text.parse::<ModelName>().is_err(), "{text}");
        }
    }
}
