//! Formats and compares figures.

use super::measure::Cost;

pub(super) fn milliseconds(cost: Cost) -> String {
    let milliseconds = cost.time.as_secs_f64() * 1e3;
    match milliseconds < 100.0 {
        true => format!("{milliseconds:.2}"),
        false => grouped(milliseconds.round() as u64),
    }
}

pub(super) fn megabytes(cost: Cost) -> String {
    format!("{:.1}", cost.memory as f64 / 1e6)
}

/// Formats time and memory; a dash if not measured.
pub(super) fn time_and_memory(cost: Option<Cost>) -> String {
    match cost {
        Some(cost) => format!("{} ms, {} MB", milliseconds(cost), megabytes(cost)),
        None => "–".to_owned(),
    }
}

/// Formats a number with thousands separators.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Microseconds per item, from two runs whose number of items differs by `difference`.
pub(super) fn each(many: Cost, few: Cost, difference: usize) -> f64 {
    (many.time.as_secs_f64() - few.time.as_secs_f64()) * 1e6 / difference as f64
}

/// Ratio of times.
pub(super) fn times(one: Cost, other: Cost) -> f64 {
    one.time.as_secs_f64() / other.time.as_secs_f64()
}

/// Ratio of memory.
pub(super) fn times_memory(one: Cost, other: Cost) -> f64 {
    one.memory as f64 / other.memory as f64
}

/// Slope between two points on logarithmic axes: 1 is proportional, 2 is quadratic.
pub(super) fn slope(from: (f64, f64), to: (f64, f64)) -> f64 {
    (to.1 / from.1).ln() / (to.0 / from.0).ln()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn cost(microseconds: u64) -> Cost {
        Cost {
            time: Duration::from_micros(microseconds),
            memory: 1_500_000,
        }
    }

    #[test]
    fn figures_are_shown_with_what_can_be_told_of_them() {
        assert_eq!(milliseconds(cost(1_234)), "1.23");
        assert_eq!(milliseconds(cost(1_234_567)), "1,235");
        assert_eq!(time_and_memory(Some(cost(500))), "0.50 ms, 1.5 MB");
        assert_eq!(time_and_memory(None), "–");
        assert_eq!(
            [7, 999, 1_000, 1_234_567].map(grouped),
            ["7", "999", "1,000", "1,234,567"]
        );
    }

    #[test]
    fn differences_are_told_for_each() {
        assert!((each(cost(15_000), cost(5_000), 1_000) - 10.0).abs() < 1e-9);
        assert!((each(cost(5_000), cost(15_000), 1_000) + 10.0).abs() < 1e-9);
    }

    #[test]
    fn a_slope_tells_proportional_from_quadratic() {
        assert!((slope((10.0, 3.0), (100.0, 30.0)) - 1.0).abs() < 1e-9);
        assert!((slope((10.0, 3.0), (100.0, 300.0)) - 2.0).abs() < 1e-9);
    }
}
