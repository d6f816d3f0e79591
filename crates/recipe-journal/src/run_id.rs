//! What a run is called: `20261124-225014-k3f9`.

use std::fmt;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::SystemTime;

use serde::{Serialize, Serializer};

/// The id of a run: the second in which it began, UTC, and four letters that tell it from others of that second. In
/// their order as texts, ids are in the order of time.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RunId(String);

impl RunId {
    /// An id for a run that begins at `time`.
    pub(crate) fn new(time: SystemTime) -> Self {
        /// Letters and digits that look like no others.
        const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
        // A clock that is off by thousands of years shows as the beginning of time.
        let time = jiff::Timestamp::try_from(time).unwrap_or_default();
        // Each of these states has keys of its own.
        let mut random = RandomState::new().build_hasher().finish();
        let mut letters = String::new();
        for _ in 0..4 {
            letters.push(char::from(LETTERS[(random % 32) as usize]));
            random /= 32;
        }
        Self(format!("{}-{letters}", time.strftime("%Y%m%d-%H%M%S")))
    }

    /// The id that the name of a folder in the store is, if it is one.
    pub(crate) fn of_folder(name: &str) -> Option<Self> {
        let is_id = name.len() == 20
            && name.char_indices().all(|(place, character)| match place {
                8 | 15 => character == '-',
                ..15 => character.is_ascii_digit(),
                _ => character.is_ascii_lowercase() || character.is_ascii_digit(),
            });
        is_id.then(|| Self(name.to_owned()))
    }

    /// Whether this is the run that a person means: its whole id, its beginning, or its last letters.
    pub(crate) fn is_meant_by(&self, text: &str) -> bool {
        !text.is_empty() && (self.0.starts_with(text) || self.0[16..] == *text)
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl Serialize for RunId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn an_id_tells_when_the_run_began_and_is_known_by_its_beginning_or_its_letters() {
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        let id = RunId::new(time);
        assert!(id.as_str().starts_with("20231114-221320-"), "{id}");
        assert_eq!(RunId::of_folder(id.as_str()), Some(id.clone()));
        for meant in [id.as_str(), "2023", &id.as_str()[16..]] {
            assert!(id.is_meant_by(meant), "{id} {meant}");
        }
        for other in ["", "2024", &id.as_str()[17..]] {
            assert!(!id.is_meant_by(other), "{id} {other}");
        }
    }

    #[test]
    fn what_is_no_id_is_none() {
        for name in [
            "",
            "lost+found",
            "20231114-221320-ABCD",
            "20231114_221320-abcd",
            "20231114-221320-abcdé",
        ] {
            assert_eq!(RunId::of_folder(name), None, "{name}");
        }
    }
}
