//! Hashes that identify recipes, steps and values.

use std::fmt;
use std::io;

use serde::Serialize;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

/// SHA-256 hash. For a recipe file, the one that `sha256sum` prints.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// Hashes a text or bytes.
    pub fn from_text(text: impl AsRef<[u8]>) -> Self {
        Self(Sha256::digest(text.as_ref()).into())
    }

    /// Hashes a value as JSON, with keys in order.
    pub(crate) fn from_value(value: &impl Serialize) -> Self {
        let mut hasher = Hasher::default();
        hasher.value(value);
        hasher.hash()
    }

    /// Combines fingerprints, in order.
    pub(crate) fn from_parts(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut hasher = Sha256::new();
        for part in parts {
            hasher.update(part.0);
        }
        Self(hasher.finalize().into())
    }

    /// Hashes a step as written, without its name and number of retries.
    pub(crate) fn from_step(
        step_type: &str,
        config: &Map<String, Value>,
        on_error: Option<Self>,
    ) -> Self {
        let mut hasher = Hasher::default();
        hasher.value(&(step_type, config));
        let own = hasher.hash();
        match on_error {
            Some(on_error) => Self::from_parts([own, on_error]),
            None => own,
        }
    }

    /// Wraps the bytes of a hash.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Parses 64 hexadecimal digits. `None` for anything else.
    pub fn parse(hex: &str) -> Option<Self> {
        let mut bytes = [0; 32];
        for (index, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(hex.get(2 * index..2 * index + 2)?, 16).ok()?;
        }
        (hex.len() == 64).then_some(Self(bytes))
    }

    /// Bytes of the hash.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// Prints lower-case hexadecimal digits.
impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({self})")
    }
}

/// Hashes JSON while it is serialized.
#[derive(Default)]
struct Hasher(Sha256);

impl Hasher {
    fn value(&mut self, value: &impl Serialize) {
        serde_json::to_writer(self, value)
            .expect("values serialize as JSON, and hashing does not fail");
    }

    fn hash(self) -> Fingerprint {
        Fingerprint(self.0.finalize().into())
    }
}

impl io::Write for &mut Hasher {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_has_its_sha256_hash() {
        assert_eq!(
            Fingerprint::from_text("abc").to_string(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }

    #[test]
    fn a_hash_parses_back_to_itself() {
        let hash = Fingerprint::from_text("abc");
        assert_eq!(Fingerprint::parse(&hash.to_string()), Some(hash));
        for other in [
            "",
            "ba78",
            &"g".repeat(64),
            &"0".repeat(66),
            &"é".repeat(32),
        ] {
            assert_eq!(Fingerprint::parse(other), None, "{other}");
        }
    }

    #[test]
    fn a_step_is_hashed_by_type_configuration_and_on_error() {
        let config = |text| serde_json::from_str::<Map<String, Value>>(text).unwrap();
        let one = Fingerprint::from_step("t", &config(r#"{"a": 1}"#), None);
        assert_eq!(
            one,
            Fingerprint::from_step("t", &config("{\"a\":\n1}"), None)
        );
        for other in [
            Fingerprint::from_step("u", &config(r#"{"a": 1}"#), None),
            Fingerprint::from_step("t", &config(r#"{"a": 2}"#), None),
            Fingerprint::from_step(
                "t",
                &config(r#"{"a": 1}"#),
                Some(Fingerprint::from_text("x")),
            ),
        ] {
            assert_ne!(one, other);
        }
    }
}
