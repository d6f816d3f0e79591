//! What a run is called: `20261124-225014-k3f9`.

use std::fmt;
use std::time::SystemTime;

use serde::{Serialize, Serializer};

/// The id of a run: the second in which it began, UTC, and four letters for the microsecond. In their order as texts,
/// ids are in the order of time.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RunId(String);

impl RunId {
    /// An id for a run that begins at `time`. Those of different microseconds are different.
    pub(crate) fn new(time: SystemTime) -> Self {
        /// Letters and digits that look like no others, in their order as texts.
        const LETTERS: &[u8; 32] = b"23456789abcdefghijkmnpqrstuvwxyz";
        // A clock that is off by thousands of years shows as the beginning of time.
        let time = jiff::Timestamp::try_from(time).unwrap_or_default();
        let microsecond = time.subsec_microsecond().unsigned_abs() as usize;
        let letters = [15, 10, 5, 0].map(|place| char::from(LETTERS[microsecond >> place & 31]));
        let letters: String = letters.into_iter().collect();
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

    /// The second in which the run began, if there is such a time.
    pub fn began(&self) -> Option<SystemTime> {
        let time = jiff::civil::DateTime::strptime("%Y%m%d-%H%M%S", &self.0[..15]).ok()?;
        let time = jiff::tz::TimeZone::UTC.to_timestamp(time).ok()?;
        time.try_into().ok()
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
        assert_eq!(id.began(), Some(time));
        for meant in [id.as_str(), "2023", &id.as_str()[16..]] {
            assert!(id.is_meant_by(meant), "{id} {meant}");
        }
        for other in ["", "2024", &id.as_str()[17..]] {
            assert!(!id.is_meant_by(other), "{id} {other}");
        }
    }

    #[test]
    fn ids_are_in_the_order_of_time() {
        let times = [0, 1, 31, 32, 33_000, 999_999, 1_000_000];
        let ids =
            times.map(|time| RunId::new(SystemTime::UNIX_EPOCH + Duration::from_micros(time)));
        assert!(ids.is_sorted_by(|one, other| one < other), "{ids:?}");
    }

    #[test]
    fn an_id_that_tells_no_time_has_none() {
        let id = RunId::of_folder("99999999-999999-abcd").unwrap();
        assert_eq!(id.began(), None);
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
