//! SVG plots: lines on two logarithmic axes. Plain text can be kept in the repository.

use std::fmt::Write as _;

/// Line of a plot.
pub(super) struct Line {
    /// Name in the legend.
    pub(super) name: String,
    /// Points: count and milliseconds.
    pub(super) points: Vec<(f64, f64)>,
}

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 420.0;
const LEFT: f64 = 80.0;
const RIGHT: f64 = 230.0;
const TOP: f64 = 40.0;
const BOTTOM: f64 = 50.0;

/// Colours for colour-blind readers (Okabe and Ito), on white and on black.
const COLOURS: [&str; 5] = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00"];

/// Axis: its decades and its position on the page.
struct Axis {
    first: i32,
    last: i32,
    from: f64,
    to: f64,
}

impl Axis {
    fn around(figures: impl Iterator<Item = f64> + Clone, from: f64, to: f64) -> Self {
        let first = figures
            .clone()
            .fold(f64::INFINITY, f64::min)
            .log10()
            .floor() as i32;
        let last = figures.fold(f64::NEG_INFINITY, f64::max).log10().ceil() as i32;
        Self {
            first,
            last: last.max(first + 1),
            from,
            to,
        }
    }

    fn place(&self, figure: f64) -> f64 {
        let part = (figure.log10() - f64::from(self.first)) / f64::from(self.last - self.first);
        self.from + part * (self.to - self.from)
    }

    fn decades(&self) -> impl Iterator<Item = f64> + use<> {
        (self.first..=self.last).map(|exponent| 10f64.powi(exponent))
    }
}

/// Returns the plot. `None` without points.
pub(super) fn svg(title: &str, across: &str, up: &str, lines: &[&Line]) -> Option<String> {
    let points = lines.iter().flat_map(|line| &line.points);
    points.clone().next()?;
    let (right, bottom) = (WIDTH - RIGHT, HEIGHT - BOTTOM);
    let x = Axis::around(points.clone().map(|point| point.0), LEFT, right);
    let y = Axis::around(points.map(|point| point.1), bottom, TOP);
    let mut svg = format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12" role="img">
<title>{title}</title>
<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>
<text x="{LEFT}" y="22" font-size="15">{title}</text>
"##,
        title = escaped(title)
    );
    for figure in x.decades() {
        let at = x.place(figure);
        let _ = writeln!(
            svg,
            r##"<path d="M{at:.1} {TOP}V{bottom}" stroke="#ddd"/><text x="{at:.1}" y="{}" text-anchor="middle">{figure}</text>"##,
            bottom + 18.0
        );
    }
    for figure in y.decades() {
        let at = y.place(figure);
        let _ = writeln!(
            svg,
            r##"<path d="M{LEFT} {at:.1}H{right}" stroke="#ddd"/><text x="{}" y="{:.1}" text-anchor="end">{figure}</text>"##,
            LEFT - 8.0,
            at + 4.0
        );
    }
    let _ = writeln!(
        svg,
        r#"<text x="{:.1}" y="{:.1}" text-anchor="middle">{}</text>
<text x="20" y="{:.1}" text-anchor="middle" transform="rotate(-90 20 {:.1})">{}</text>"#,
        f64::midpoint(LEFT, right),
        bottom + 38.0,
        escaped(across),
        f64::midpoint(TOP, bottom),
        f64::midpoint(TOP, bottom),
        escaped(up)
    );
    for (index, line) in lines.iter().enumerate() {
        let colour = COLOURS[index % COLOURS.len()];
        let places: Vec<(f64, f64)> = line
            .points
            .iter()
            .map(|&(across, up)| (x.place(across), y.place(up)))
            .collect();
        let path: Vec<String> = places
            .iter()
            .map(|(x, y)| format!("{x:.1},{y:.1}"))
            .collect();
        let _ = writeln!(
            svg,
            r#"<polyline points="{}" fill="none" stroke="{colour}" stroke-width="2"/>"#,
            path.join(" ")
        );
        for (x, y) in places {
            let _ = writeln!(
                svg,
                r#"<circle cx="{x:.1}" cy="{y:.1}" r="3" fill="{colour}"/>"#
            );
        }
        let legend = TOP + 14.0 + 20.0 * index as f64;
        let _ = writeln!(
            svg,
            r#"<path d="M{} {legend}h20" stroke="{colour}" stroke-width="2"/><text x="{}" y="{}">{}</text>"#,
            right + 15.0,
            right + 41.0,
            legend + 4.0,
            escaped(&line.name)
        );
    }
    svg.push_str("</svg>\n");
    Some(svg)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(name: &str, points: &[(f64, f64)]) -> Line {
        Line {
            name: name.to_owned(),
            points: points.to_vec(),
        }
    }

    #[test]
    fn lines_lie_between_whole_decades() {
        let lines = [&line("a < b", &[(100.0, 5.0), (1_000.0, 50.0)])];
        let plot = svg("Time", "substeps", "ms", &lines).unwrap();
        // The vertical axis goes from 1 to 100: 5 is at 0.349, 50 at 0.849.
        assert!(plot.contains(r#"points="80.0,254.7 490.0,89.7""#), "{plot}");
        assert!(plot.contains("a &lt; b"), "{plot}");
    }

    #[test]
    fn a_single_point_has_axes() {
        let plot = svg("Time", "substeps", "ms", &[&line("one", &[(10.0, 1.0)])]).unwrap();
        assert!(!plot.contains("NaN") && !plot.contains("inf"), "{plot}");
    }

    #[test]
    fn without_points_there_is_no_plot() {
        assert!(svg("Time", "substeps", "ms", &[&line("none", &[])]).is_none());
    }
}
