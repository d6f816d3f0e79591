//! Sealing: replaces secrets in stored texts by their names, and puts them back.
//!
//! A sealed text has the name of a secret between two marks. With the same secrets, which were
//! never stored, the text can be restored.

use std::borrow::Cow;

use serde_json::Value;

use super::{KnownSecrets, MASK, SecretText};

/// Mark around the name. Written JSON does not contain it otherwise.
const MARK: char = '\u{1}';

/// A secret of a sealed text is missing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("missing secret: {name} (secrets are not stored, set it again)")]
#[non_exhaustive]
pub struct SecretMissing {
    /// The configuration value that is or holds the secret.
    pub name: String,
}

impl KnownSecrets {
    /// Replaces every secret in JSON.
    pub fn seal_json<'t>(&self, json: &'t str) -> Cow<'t, str> {
        let known = self.known();
        replace(json, &needles(&known.texts))
    }

    /// Replaces every secret in any other text.
    pub fn seal_text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let known = self.known();
        let texts = known.texts.iter();
        let needles: Vec<_> = texts
            .map(|secret| (&*secret.id, Cow::Borrowed(&*secret.text)))
            .collect();
        replace(text, &needles)
    }

    /// Restores JSON from [`seal_json`](Self::seal_json).
    ///
    /// # Errors
    /// Fails if a secret is missing.
    pub fn unseal_json<'t>(&self, sealed: &'t str) -> Result<Cow<'t, str>, SecretMissing> {
        if !sealed.contains(MARK) {
            return Ok(Cow::Borrowed(sealed));
        }
        let known = self.known();
        let mut json = String::with_capacity(sealed.len());
        // Text and names of secrets alternate.
        for (position, piece) in sealed.split(MARK).enumerate() {
            if position % 2 == 0 {
                json.push_str(piece);
                continue;
            }
            let secret = known.texts.iter().find(|secret| secret.id == piece);
            let secret = secret.ok_or_else(|| SecretMissing {
                name: config_name(piece).to_owned(),
            })?;
            json.push_str(&escaped(&secret.text));
        }
        Ok(Cow::Owned(json))
    }

    /// Number of secret texts. It grows with new ones.
    pub fn count(&self) -> usize {
        self.known().texts.len()
    }
}

/// Masks the secrets of a sealed text, for display.
pub fn mask_sealed(sealed: &str) -> Cow<'_, str> {
    if !sealed.contains(MARK) {
        return Cow::Borrowed(sealed);
    }
    let pieces = sealed.split(MARK).enumerate();
    let pieces = pieces.map(|(position, piece)| if position % 2 == 0 { piece } else { MASK });
    Cow::Owned(pieces.collect())
}

/// Masks the secrets of sealed JSON, which stays JSON: a secret number becomes text, a part of a
/// number a zero.
pub fn mask_sealed_json(sealed: &str) -> Cow<'_, str> {
    if !sealed.contains(MARK) {
        return Cow::Borrowed(sealed);
    }
    let (mut masked, mut is_in_text) = (String::with_capacity(sealed.len()), false);
    let mut pieces = sealed.split(MARK);
    while let Some(piece) = pieces.next() {
        masked.push_str(piece);
        is_in_text ^= ends_in_text(piece);
        if pieces.next().is_none() {
            break;
        }
        let next = pieces.clone().next().unwrap_or_default();
        let is_digit = |character: char| character.is_ascii_digit() || "-+.eE".contains(character);
        let is_in_number = piece.ends_with(is_digit) || next.starts_with(is_digit);
        match (is_in_text, is_in_number) {
            (true, _) => masked.push_str(MASK),
            (false, true) => masked.push('0'),
            (false, false) => masked.push_str(&format!("\"{MASK}\"")),
        }
    }
    Cow::Owned(masked)
}

/// Whether a piece of JSON opens a string without closing it, or closes one. Escapes are complete
/// in it.
fn ends_in_text(piece: &str) -> bool {
    let (mut ends_in_text, mut is_escaped) = (false, false);
    for byte in piece.bytes() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'"' => ends_in_text ^= true,
            _ => {}
        }
    }
    ends_in_text
}

/// Returns the texts to replace in JSON.
fn needles(texts: &[SecretText]) -> Vec<(&str, Cow<'_, str>)> {
    let texts = texts.iter();
    texts
        .map(|secret| (&*secret.id, escaped(&secret.text)))
        .collect()
}

/// Escapes a text as in JSON.
fn escaped(text: &str) -> Cow<'_, str> {
    let quoted = Value::from(text).to_string();
    let inner = &quoted[1..quoted.len() - 1];
    if inner == text {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(inner.to_owned())
    }
}

/// Replaces texts by names from left to right, without searching the names. At the same place the
/// first of the list wins, which is the longest.
fn replace<'t>(text: &'t str, needles: &[(&str, Cow<'_, str>)]) -> Cow<'t, str> {
    let mut found: Vec<(usize, usize)> = needles
        .iter()
        .enumerate()
        .filter_map(|(number, (_, needle))| Some((text.find(&**needle)?, number)))
        .collect();
    if found.is_empty() {
        return Cow::Borrowed(text);
    }
    let (mut replaced, mut from) = (String::with_capacity(text.len()), 0);
    while let Some(&(at, number)) = found.iter().min() {
        let (id, needle) = &needles[number];
        if at >= from {
            replaced.push_str(&text[from..at]);
            replaced.push(MARK);
            replaced.push_str(id);
            replaced.push(MARK);
            from = at + needle.len();
        }
        found.retain_mut(|(place, number)| {
            if *place >= from {
                return true;
            }
            match text[from..].find(&*needles[*number].1) {
                Some(next) => {
                    *place = from + next;
                    true
                }
                None => false,
            }
        });
    }
    replaced.push_str(&text[from..]);
    Cow::Owned(replaced)
}

/// Returns the name of the configuration value that is or holds a secret.
fn config_name(id: &str) -> &str {
    let way = id.rsplit_once('#').map_or(id, |(way, _)| way);
    way.split_once('/').map_or(way, |(name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn secrets(config: Value) -> KnownSecrets {
        let known = KnownSecrets::new();
        known.learn(config.as_object().unwrap());
        known
    }

    #[test]
    fn a_sealed_text_has_no_secret_and_can_be_restored() {
        let known = secrets(json!({
            "api_key": "sk-abc",
            "other_key": "sk-abcdef",
            "servers": [{"token": "a\"b\nc"}],
            "pin_secret": 12345678,
        }));
        let inner = json!({"token": "a\"b\nc"}).to_string();
        let value = json!({
            "sk-abc": ["sk-abcsk-abcdef", 12345678, inner, format!("{:?}", "a\"b\nc")],
            "plain": "\u{1}api_key#0\u{1}",
        });
        let json = value.to_string();
        let sealed = known.seal_json(&json);
        for secret in ["sk-abc", "12345678", "a\\\"b"] {
            assert!(!sealed.contains(secret), "{sealed}");
        }
        assert_eq!(known.unseal_json(&sealed).unwrap(), json);
        let masked: Value = serde_json::from_str(&mask_sealed_json(&sealed)).unwrap();
        assert_eq!(
            masked.to_string(),
            r#"{"***":["******","***","{\"token\":\"***\"}","\"***\""],"plain":"\u0001api_key#0\u0001"}"#
        );
    }

    #[test]
    fn a_restored_secret_may_have_another_value() {
        let sealed = secrets(json!({"api_key": "sk-old"}))
            .seal_json("[\"sk-old\"]")
            .into_owned();
        let renewed = secrets(json!({"api_key": "sk-\"new"}));
        assert_eq!(renewed.unseal_json(&sealed).unwrap(), "[\"sk-\\\"new\"]");
    }

    #[test]
    fn a_missing_secret_is_reported_by_name() {
        let known = secrets(json!({"servers": [{"token": "tok-1234"}]}));
        let sealed = known.seal_json("\"tok-1234\"").into_owned();
        let missing = KnownSecrets::new().unseal_json(&sealed).unwrap_err();
        assert_eq!(missing.name, "servers");
    }

    #[test]
    fn two_values_of_a_name_are_both_sealed() {
        let known = secrets(json!({"api_key": "sk-one"}));
        known.learn(json!({"api_key": "sk-two"}).as_object().unwrap());
        let json = "[\"sk-one\",\"sk-two\"]";
        let sealed = known.seal_json(json);
        assert!(!sealed.contains("sk-"), "{sealed}");
        assert_eq!(known.unseal_json(&sealed).unwrap(), json);
    }

    proptest! {
        #[test]
        fn any_sealed_text_can_be_restored(
            secrets_ in prop::collection::vec("[ab\"\\\\\n]{4,6}", 0..4),
            texts in prop::collection::vec("[ab\"\\\\\n\u{1}]{0,20}", 0..4),
        ) {
            let known = KnownSecrets::new();
            for (index, secret) in secrets_.iter().enumerate() {
                let name = format!("key{index}");
                known.learn(json!({name: secret}).as_object().unwrap());
            }
            let json = json!({"texts": texts, "inner": json!(secrets_).to_string()}).to_string();
            let sealed = known.seal_json(&json);
            for secret in &secrets_ {
                prop_assert!(!sealed.contains(&*escaped(secret)));
            }
            prop_assert_eq!(known.unseal_json(&sealed).unwrap(), json.as_str());
        }
    }
}
