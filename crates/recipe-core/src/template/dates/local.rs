//! Local time zone and its two names in a year.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ZonedDateTime};

use super::{Zone, civil_seconds};

/// Name of a zone and its offset in seconds east of Greenwich.
#[derive(PartialEq)]
struct Name {
    name: String,
    offset: i64,
}

/// Local time zone with its names in standard and summer time.
pub(super) struct LocalZone {
    zone: TimeZone,
    standard: Name,
    summer: Name,
}

impl LocalZone {
    /// Determines the names of the zone of `now` in that year.
    pub(super) fn new(now: &ZonedDateTime) -> Self {
        const YEAR: i64 = (365 * 24 + 6) * 60 * 60;
        let zone = now.time_zone();
        let new_year = now.timestamp().as_second().div_euclid(YEAR) * YEAR;
        let winter = Name::at(zone, new_year);
        let summer = Name::at(zone, new_year + YEAR / 2);
        // South of the equator, summer is in January.
        let (standard, summer) = if winter.offset > summer.offset {
            (summer, winter)
        } else {
            (winter, summer)
        };
        Self {
            zone: zone.clone(),
            standard,
            summer,
        }
    }

    /// Returns the zone of a local time if `name` is one of the names.
    pub(super) fn named(&self, name: &str, civil: DateTime) -> Option<Zone> {
        if name != self.standard.name && name != self.summer.name {
            return None;
        }
        let is_summer = self.is_summer(civil, 0);
        // When clocks are set back, an hour repeats; the name distinguishes them.
        let is_repeated =
            !is_summer && self.is_summer(civil, self.summer.offset - self.standard.offset);
        let found = match (is_summer, is_repeated) {
            (_, true) if name == self.standard.name => &self.standard,
            (false, false) => &self.standard,
            _ => &self.summer,
        };
        Some(Zone::Offset {
            seconds: found.offset,
            name: Some(found.name.clone()),
        })
    }

    /// Whether summer time holds at a local time less some seconds, counted in standard time.
    fn is_summer(&self, civil: DateTime, less: i64) -> bool {
        if self.summer.offset == self.standard.offset {
            return false;
        }
        let seconds = civil_seconds(civil) - less - self.standard.offset;
        self.zone.to_offset_info(instant(seconds)).dst().is_dst()
    }
}

impl Name {
    fn at(zone: &TimeZone, seconds: i64) -> Self {
        let info = zone.to_offset_info(instant(seconds));
        Self {
            name: info.abbreviation().to_owned(),
            offset: info.offset().seconds().into(),
        }
    }
}

fn instant(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX)
}
