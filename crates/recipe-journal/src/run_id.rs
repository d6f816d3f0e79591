//! Ids of runs: `20261124-225014-k3f9`.

use std::fmt;
use std::time::SystemTime;

use serde::{Serialize, Serializer};

/// Id of a run: its start time in UTC, to the second, and four characters for the microsecond.
/// Lexicographic order is chronological order.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RunId(String);

impl RunId {
    /// Creates the id of a run that begins at `time`. Different microseconds give different ids.
    pub(crate) fn new(time: SystemTime) -> Self {
        /// Letters and digits without look-alikes, in lexicographic order.
        const LETTERS: &[u8; 32] = b"23456789abcdefghijkmnpqrstuvwxyz";
        // A clock that is off by thousands of years counts as 1970.
        let time = jiff::Timestamp::try_from(time).unwrap_or_default();
        let microsecond = time.subsec_microsecond().unsigned_abs() as usize;
        let letters = [15, 10, 5, 0].map(|place| char::from(LETTERS[microsecond >> place & 31]));
        let letters: String = letters.into_iter().collect();
        Self(format!("{}-{letters}", time.strftime("%Y%m%d-%H%M%S")))
    }

    /// Parses the name of a run's directory. `None` if it is not an id.
    pub(crate) fn from_directory_name(name: &str) -> Option<Self> {
        let is_id = name.len() == 20
            && name.char_indices().all(|(place, character)| match place {
                8 | 15 => character == '-',
                ..15 => character.is_ascii_digit(),
                _ => character.is_ascii_lowercase() || character.is_ascii_digit(),
            });
        is_id.then(|| Self(name.to_owned()))
    }

    /// Whether a user's text selects this run: its id, a prefix of it, or its last four characters.
    pub(crate) fn matches(&self, text: &str) -> bool {
        !text.is_empty() && (self.0.starts_with(text) || self.0[16..] == *text)
    }

    /// Start time of the run, to the second; `None` if the id holds an invalid time.
    pub fn began(&self) -> Option<SystemTime> {
        let time = jiff::civil::DateTime::strptime("%Y%m%d-%H%M%S", &self.0[..15]).ok()?;
        let time = jiff::tz::TimeZone::UTC.to_timestamp(time).ok()?;
        time.try_into().ok()
    }

    /// Returns the id as a string.
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
    fn an_id_holds_the_start_time_and_matches_prefixes_and_its_last_characters() {
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        let id = RunId::new(time);
        assert!(id.as_str().starts_with("20231114-221320-"), "{id}");
        assert_eq!(RunId::from_directory_name(id.as_str()), Some(id.clone()));
        assert_eq!(id.began(), Some(time));
        for matching in [id.as_str(), "2023", &id.as_str()[16..]] {
            assert!(id.matches(matching), "{id} {matching}");
        }
        for other in ["", "2024", &id.as_str()[17..]] {
            assert!(!id.matches(other), "{id} {other}");
        }
    }

    #[test]
    fn ids_sort_by_time() {
        let times = [0, 1, 31, 32, 33_000, 999_999, 1_000_000];
        let ids =
            times.map(|time| RunId::new(SystemTime::UNIX_EPOCH + Duration::from_micros(time)));
        assert!(ids.is_sorted_by(|one, other| one < other), "{ids:?}");
    }

    #[test]
    fn an_id_with_an_invalid_time_has_no_start_time() {
        let id = RunId::from_directory_name("99999999-999999-abcd").unwrap();
        assert_eq!(id.began(), None);
    }

    #[test]
    fn invalid_ids_are_rejected() {
        for name in [
            "",
            "lost+found",
            "20231114-221320-ABCD",
            "20231114_221320-abcd",
            "20231114-221320-abcdé",
        ] {
            assert_eq!(RunId::from_directory_name(name), None, "{name}");
        }
    }
}
