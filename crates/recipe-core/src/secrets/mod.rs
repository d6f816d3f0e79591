//! Secret configuration values, and masking them in text (docs/design.md §9).

mod masked_value;
mod sealing;

use std::borrow::Cow;
use std::cmp::Reverse;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use serde_json::{Map, Value};

pub use masked_value::{MaskedObject, MaskedValue};
pub use sealing::{SecretMissing, mask_sealed, mask_sealed_json};

/// Replacement for a secret.
pub const MASK: &str = "***";

/// Minimum length of a secret that is masked in text: a secret `1` or `on` would mask everything.
const MIN_MASKED: usize = 4;

/// Minimum length of a masked line in a secret of several lines.
const MIN_MASKED_LINE: usize = 12;

/// Whether a configuration value of this name is a secret: its name contains `key`, `token`,
/// `secret` or `password`, in any case.
pub fn is_secret_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["key", "token", "secret", "password"]
        .iter()
        .any(|word| name.contains(word))
}

/// Whether a configuration value is a secret or holds one, by names.
pub(crate) fn holds_secret(name: &str, value: &Value) -> bool {
    is_secret_name(name)
        || match value {
            Value::Array(list) => list.iter().any(|value| holds_secret("", value)),
            Value::Object(map) => map.iter().any(|(name, value)| holds_secret(name, value)),
            _ => false,
        }
}

/// Masks the values of a configuration that are secrets by their names.
pub(crate) fn mask_named(config: &Map<String, Value>) -> Map<String, Value> {
    fn masked(value: &Value, secret: bool) -> Value {
        match value {
            Value::Array(list) => list.iter().map(|value| masked(value, secret)).collect(),
            Value::Object(map) => {
                let members = map.iter();
                let members = members.map(|(name, value)| {
                    let secret = secret || is_secret_name(name);
                    (name.clone(), masked(value, secret))
                });
                Value::Object(members.collect())
            }
            _ if secret => MASK.into(),
            other => other.clone(),
        }
    }
    let config = config.iter();
    let config = config.map(|(name, value)| (name.clone(), masked(value, is_secret_name(name))));
    config.collect()
}

/// Secrets of one configuration, to be masked wherever text leaves the program.
#[derive(Clone, Default)]
pub struct Secrets {
    texts: Vec<SecretText>,
}

/// A secret, or a form in which it may appear in text.
#[derive(Clone)]
struct SecretText {
    /// Name of the configuration value, path of the secret inside it, and number of the form.
    id: String,
    text: String,
}

impl Secrets {
    /// Collects the secrets of a configuration, at any depth.
    pub fn from_config(config: &Map<String, Value>) -> Self {
        let mut secrets = Vec::new();
        for (name, value) in config {
            collect(value, name, is_secret_name(name), &mut secrets);
        }
        let mut texts = Vec::new();
        for (id, text) in secrets {
            for (number, text) in forms(text).into_iter().enumerate() {
                let id = format!("{id}#{number}");
                texts.push(SecretText { id, text });
            }
        }
        let mut secrets = Self { texts };
        secrets.longest_first();
        secrets
    }

    /// Masks every secret in a text.
    pub fn mask<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut masked = Cow::Borrowed(text);
        for secret in &self.texts {
            if masked.contains(&secret.text) {
                masked = Cow::Owned(masked.replace(&secret.text, MASK));
            }
        }
        masked
    }

    /// Sorts by length, so that a secret which contains another is masked whole.
    fn longest_first(&mut self) {
        let length = |secret: &SecretText| secret.text.len();
        self.texts.sort_by_key(|secret| Reverse(length(secret)));
    }
}

/// Returns the forms in which a secret may appear, itself first; none if it is too short.
fn forms(secret: String) -> Vec<String> {
    if secret.len() < MIN_MASKED {
        return Vec::new();
    }
    // Messages quote some values as JSON does, and some, such as keys in paths, as Rust does.
    let quoted = [
        Value::from(secret.as_str()).to_string(),
        format!("{secret:?}"),
    ];
    let escaped = quoted.map(|quoted| quoted[1..quoted.len() - 1].to_owned());
    let mut forms = vec![secret];
    for text in escaped {
        if !forms.contains(&text) {
            forms.push(text);
        }
    }
    // Output of programs is shown line by line.
    if forms[0].contains('\n') {
        let lines = forms[0].lines().map(str::trim);
        let lines = lines.filter(|line| line.len() >= MIN_MASKED_LINE);
        let lines: Vec<String> = lines.map(str::to_owned).collect();
        forms.extend(lines);
    }
    forms
}

/// Secrets known to runs. Clones share them: the executor adds secrets, and anything that shows
/// text masks them. A run learns secrets from the configuration it is given and from the
/// environment variables that its recipes name.
#[derive(Clone, Default)]
pub struct KnownSecrets(Arc<RwLock<Secrets>>);

impl KnownSecrets {
    /// Creates an empty set.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the secrets of a configuration.
    pub fn learn(&self, config: &Map<String, Value>) {
        let new = Secrets::from_config(config).texts;
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        for mut secret in new {
            if known.texts.iter().any(|known| known.text == secret.text) {
                continue;
            }
            // Another value of the same name.
            while known.texts.iter().any(|known| known.id == secret.id) {
                secret.id.push('+');
            }
            known.texts.push(secret);
        }
        known.longest_first();
    }

    /// Masks every secret in a text.
    pub fn mask<'t>(&self, text: &'t str) -> Cow<'t, str> {
        self.known().mask(text)
    }

    fn known(&self) -> RwLockReadGuard<'_, Secrets> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }
}

fn collect(value: &Value, id: &str, secret: bool, texts: &mut Vec<(String, String)>) {
    match value {
        Value::String(text) if secret => texts.push((id.to_owned(), text.clone())),
        Value::Number(number) if secret => texts.push((id.to_owned(), number.to_string())),
        Value::Array(list) => {
            for (index, value) in list.iter().enumerate() {
                collect(value, &format!("{id}/{index}"), secret, texts);
            }
        }
        Value::Object(map) => {
            for (name, value) in map {
                let secret = secret || is_secret_name(name);
                collect(value, &format!("{id}/{name}"), secret, texts);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn secrets_are_masked_everywhere() {
        let Value::Object(config) = json!({
            "OPENAI_API_KEY": "sk-abc",
            "endpoint": "https://x.example",
            "servers": [{"headers": {"auth_token": "tok-1"}}],
            "password": "sk-abcdef",
        }) else {
            unreachable!()
        };
        let secrets = Secrets::from_config(&config);
        assert_eq!(
            secrets.mask("sk-abc sk-abcdef tok-1 https://x.example"),
            "*** *** *** https://x.example"
        );
    }

    #[test]
    fn a_secret_is_masked_in_json_too() {
        let secrets = Secrets::from_config(json!({"password": "a\"b\nc"}).as_object().unwrap());
        assert_eq!(
            secrets.mask("a\"b\nc, {\"x\": \"a\\\"b\\nc\"}"),
            "***, {\"x\": \"***\"}"
        );
    }

    #[test]
    fn a_secret_of_several_lines_is_masked_line_by_line() {
        let key = "-----BEGIN KEY-----\r\nMIIEvQIBADANBg\n}\n";
        let secrets = Secrets::from_config(json!({"private_key": key}).as_object().unwrap());
        assert_eq!(secrets.mask("0: MIIEvQIBADANBg }"), "0: *** }");
        assert_eq!(secrets.mask(key), "***");
    }

    #[test]
    fn a_secret_is_masked_in_rust_quotes_too() {
        let secrets = Secrets::from_config(json!({"password": "ab\u{1b}cd"}).as_object().unwrap());
        assert_eq!(secrets.mask(&format!("{:?}", "ab\u{1b}cd")), "\"***\"");
    }

    #[test]
    fn learned_secrets_are_masked_by_all_clones() {
        let known = KnownSecrets::new();
        let shared = known.clone();
        for config in [
            json!({"api_key": "sk-abc"}),
            json!({"token": "sk-abcdef", "region": "west"}),
        ] {
            known.learn(config.as_object().unwrap());
        }
        assert_eq!(shared.mask("sk-abc sk-abcdef west"), "*** *** west");
    }
}
