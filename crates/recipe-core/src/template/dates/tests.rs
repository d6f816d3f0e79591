//! Tests against the results of python-liquid recorded in `tests/conformance/dates.json`.

use std::path::Path;

use jiff::ZonedDateTime;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use proptest::prelude::*;
use serde::Deserialize;

use super::{Moment, ReadError, write, write_pattern};

#[derive(Deserialize)]
struct Table {
    probe: String,
    readings: Vec<Readings>,
    formats: Vec<Formats>,
    patterns: Vec<Formats>,
    pattern_texts: Readings,
}

/// An input and its result, `None` if it is an error.
type Case = (String, Option<String>);

#[derive(Deserialize)]
struct Readings {
    now: String,
    zone: String,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Formats {
    moment: String,
    cases: Vec<Case>,
}

/// Recorded inputs with a different result here; an empty one is an error.
const DIFFERENCES: [(&str, &str); 4] = [
    // The reference takes a superscript for a digit and then fails; here the input is returned.
    ("²", "²"),
    ("5²", "5²"),
    // Babel prints the word None for an unknown letter.
    ("O", ""),
    ("SHORT", ""),
];

fn table() -> Table {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/conformance/dates.json");
    serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap()
}

fn now(now: &str, zone: &str) -> ZonedDateTime {
    let zone = TimeZone::posix(zone).unwrap();
    now.parse::<DateTime>()
        .unwrap()
        .to_zoned_datetime(zone)
        .unwrap()
}

/// Applies the filter `date`; `None` is an error.
fn date(text: &str, format: &str, now: &ZonedDateTime) -> Option<String> {
    match Moment::read(text, now) {
        Ok(moment) => write(&moment, format).ok(),
        Err(ReadError::NotADate) => Some(text.to_owned()),
        Err(ReadError::OutOfRange) => None,
    }
}

fn datetime(text: &str, pattern: &str, now: &ZonedDateTime) -> Option<String> {
    write_pattern(&Moment::read_in_utc(text, now).ok()?, pattern).ok()
}

/// Compares all cases and reports all that differ.
fn compare(what: &str, cases: &[Case], result: impl Fn(&str) -> Option<String>) {
    let differing: Vec<String> = cases
        .iter()
        .filter_map(|(text, expected)| {
            let got = result(text);
            let listed = DIFFERENCES.iter().find(|(listed, _)| listed == text);
            let expected = match listed {
                Some((_, ours)) => Some(ours)
                    .filter(|ours| !ours.is_empty())
                    .map(ToString::to_string),
                None => expected.clone(),
            };
            (got != expected).then(|| format!("{text:?}: {got:?}, not {expected:?}"))
        })
        .collect();
    assert!(
        differing.is_empty(),
        "{what}: {} of {} differ\n{}",
        differing.len(),
        cases.len(),
        differing.join("\n")
    );
}

#[test]
fn dates_are_parsed_as_recorded() {
    let table = table();
    for Readings {
        now: at,
        zone,
        cases,
    } in &table.readings
    {
        let now = now(at, zone);
        compare(zone, cases, |text| date(text, &table.probe, &now));
    }
}

#[test]
fn dates_are_formatted_as_recorded() {
    let now = now("2026-11-28T05:23:40", "UTC0");
    for Formats { moment, cases } in &table().formats {
        compare(moment, cases, |format| date(moment, format, &now));
    }
}

#[test]
fn patterns_are_formatted_as_recorded() {
    let table = table();
    let now = now(&table.pattern_texts.now, &table.pattern_texts.zone);
    for Formats { moment, cases } in &table.patterns {
        compare(moment, cases, |pattern| datetime(moment, pattern, &now));
    }
    let pattern = "yyyy-MM-dd HH:mm:ss.SSSSSS Z";
    compare(pattern, &table.pattern_texts.cases, |text| {
        datetime(text, pattern, &now)
    });
}

proptest! {
    #[test]
    fn no_text_and_no_format_panics(text in any_text(), format in any_format()) {
        let now = now("2024-02-29T23:59:59", "EST5EDT,M3.2.0,M11.1.0");
        if let Ok(moment) = Moment::read(&text, &now) {
            let _ = write(&moment, &format);
            let _ = write_pattern(&moment, &format);
        }
        if let Ok(moment) = Moment::read_in_utc(&text, &now) {
            let _ = write_pattern(&moment, &format);
        }
    }

    #[test]
    fn no_number_panics(seconds in any::<i64>(), float in any::<f64>(), format in any_format()) {
        let now = now("9999-12-30T01:00:00", "AEST-10AEDT,M10.1.0,M4.1.0/3");
        if let Ok(moment) = Moment::from_seconds(seconds, &now) {
            let _ = write(&moment, &format);
        }
        if let Ok(moment) = Moment::from_seconds_in_utc(float) {
            let _ = write_pattern(&moment, &format);
        }
    }

    #[test]
    fn a_date_formatted_in_full_parses_to_the_same_moment(seconds in -2_000_000_000_i64..250_000_000_000, format in full_format()) {
        let now = now("2024-02-29T23:59:59", "UTC0");
        let moment = Moment::from_seconds(seconds, &now).unwrap();
        let written = write(&moment, format).unwrap();
        let again = Moment::read(&written, &now).unwrap();
        prop_assert_eq!(write(&again, format).unwrap(), written);
        prop_assert_eq!(again.unix_seconds(), seconds);
    }
}

fn full_format() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "%Y-%m-%d %H:%M:%S",
        "%Y-%m-%dT%H:%M:%SZ",
        "%Y-%m-%dT%H:%M:%S.%f",
        "%c",
        "%A, %B %-d, %Y %I:%M:%S %p",
        "%d %b %Y %H:%M:%S +0000",
        "%m/%d/%Y %r",
        "%Y%m%dT%H%M%S",
    ])
}

fn any_text() -> impl Strategy<Value = String> {
    let parts = "1 05 31 2024 240305 99999999999999999999 10.5 . , : - / + ( ) Jan of Fri am h m s T Z UTC EST \
                 é \u{661} now nan 1e999";
    let parts = prop::sample::select(parts.split(' ').chain([" "]).collect::<Vec<_>>());
    let words = prop::collection::vec(parts, 0..12).prop_map(|parts| parts.concat());
    prop_oneof![words, any::<String>()]
}

fn any_format() -> impl Strategy<Value = String> {
    let parts = "% - _ 0 ^ # E O 5 99999999999999999999 Y s z Z c f U G é ' yyyy MMM S A g";
    let parts = prop::sample::select(parts.split(' ').chain([" "]).collect::<Vec<_>>());
    let words = prop::collection::vec(parts, 0..12).prop_map(|parts| parts.concat());
    prop_oneof![words, any::<String>()]
}

#[test]
fn a_string_longer_than_any_date_is_not_parsed() {
    let now = now("2024-02-29T23:59:59", "UTC0");
    let padded = |blanks: usize| format!("2024-03-05{}", " ".repeat(blanks));
    assert!(Moment::read(&padded(900), &now).is_ok());
    assert_eq!(
        Moment::read(&padded(2000), &now).unwrap_err(),
        ReadError::NotADate
    );
}

#[test]
fn a_number_is_only_returned_if_its_year_exceeds_32_bits() {
    let now = now("2024-02-29T23:59:59", "UTC0");
    let read = |seconds| Moment::from_seconds(seconds, &now).map(|moment| moment.civil.year());
    // python-liquid 2.3.6 on Linux
    assert_eq!(read(253_402_300_799), Ok(9999));
    assert_eq!(read(253_402_300_800), Err(ReadError::OutOfRange));
    assert_eq!(read(-62_135_596_800), Ok(1));
    assert_eq!(read(-62_135_596_801), Err(ReadError::OutOfRange));
    assert_eq!(read(67_768_036_191_676_799), Err(ReadError::OutOfRange));
    assert_eq!(read(67_768_036_191_676_800), Err(ReadError::NotADate));
    assert_eq!(read(-67_768_040_609_740_800), Err(ReadError::OutOfRange));
    assert_eq!(read(-67_768_040_609_740_801), Err(ReadError::NotADate));
    assert_eq!(date("67768036191676800", "%Y", &now), None);
}

#[test]
fn a_large_width_is_an_error() {
    let now = now("2024-02-29T23:59:59", "UTC0");
    assert_eq!(
        date("now", "%1000Y", &now).map(|text| text.len()),
        Some(1000)
    );
    assert_eq!(date("now", "%9999999Y", &now), None);
}

#[test]
fn unix_seconds_respect_the_offset_of_the_date() {
    // Python treats any time as local, which is wrong. These are the results of liquidjs 10.30.1.
    let new_york = now("2024-02-29T12:00:00", "EST5EDT,M3.2.0,M11.1.0");
    let seconds = |text: &str| date(text, "%s", &new_york).unwrap();
    assert_eq!(seconds("2024-07-01T00:30:00Z"), "1719793800");
    assert_eq!(seconds("2024-07-01T00:30:00+02:00"), "1719786600");
    assert_eq!(seconds("2024-07-01T00:30:00"), "1719808200");
    assert_eq!(seconds("1719793800"), "1719793800");
    assert_eq!(seconds("9999-12-31T23:00:00"), "253402315200");
}
