//! Plots as SVG, drawn by hand: three lines and two axes are less than a library that draws them would be.

use std::fmt::Write as _;

/// A line of a plot.
#[derive(Debug, Clone)]
pub struct Line {
    /// What it is.
    pub name: String,
    /// Its points.
    pub points: Vec<(f64, f64)>,
}

/// A plot with linear axes that begin at 0.
#[derive(Debug, Clone)]
pub struct Chart {
    /// Its title.
    pub title: String,
    /// What the horizontal axis counts.
    pub across: String,
    /// What the vertical axis counts.
    pub up: String,
    /// Its lines, of which the first is drawn first.
    pub lines: Vec<Line>,
}

const WIDTH: f64 = 760.0;
const HEIGHT: f64 = 400.0;
const LEFT: f64 = 70.0;
const RIGHT: f64 = 20.0;
const TOP: f64 = 70.0;
const BOTTOM: f64 = 60.0;
/// Told apart in print and by people who don't see all colours.
const STYLES: [(&str, &str); 4] =
    [("#0072b2", ""), ("#d55e00", "8 3"), ("#009e73", "2 3"), ("#555555", "12 3 2 3")];

impl Chart {
    /// The plot. The same lines give the same bytes.
    #[must_use]
    pub fn svg(&self) -> String {
        let points = || self.lines.iter().flat_map(|line| &line.points);
        let across = Axis::of(points().map(|point| point.0));
        let up = Axis::of(points().map(|point| point.1));
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-family=\"sans-serif\" \
             font-size=\"13\">\n<rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"#ffffff\"/>\n"
        );
        text(&mut svg, (WIDTH / 2.0, 22.0), "middle", &self.title);
        text(&mut svg, (WIDTH / 2.0, HEIGHT - 14.0), "middle", &self.across);
        text(&mut svg, (LEFT, TOP - 10.0), "end", &self.up);
        for (value, label) in across.marks() {
            let x = across.place(value, LEFT, WIDTH - RIGHT);
            rule(&mut svg, (x, TOP), (x, HEIGHT - BOTTOM));
            text(&mut svg, (x, HEIGHT - BOTTOM + 18.0), "middle", &label);
        }
        for (value, label) in up.marks() {
            let y = up.place(value, HEIGHT - BOTTOM, TOP);
            rule(&mut svg, (LEFT, y), (WIDTH - RIGHT, y));
            text(&mut svg, (LEFT - 8.0, y + 4.0), "end", &label);
        }
        for (number, line) in self.lines.iter().enumerate() {
            self.draw(&mut svg, number, line, &across, &up);
        }
        svg.push_str("</svg>\n");
        svg
    }

    fn draw(&self, svg: &mut String, number: usize, line: &Line, across: &Axis, up: &Axis) {
        let (colour, dashes) = STYLES.get(number % STYLES.len()).copied().unwrap_or_default();
        let style =
            format!("fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\" stroke-dasharray=\"{dashes}\"");
        let mut path = String::new();
        for (x, y) in &line.points {
            let (x, y) = (across.place(*x, LEFT, WIDTH - RIGHT), up.place(*y, HEIGHT - BOTTOM, TOP));
            // Writing to a String can't fail.
            let _ = write!(path, "{x:.1},{y:.1} ");
        }
        let _ = writeln!(svg, "<polyline points=\"{}\" {style}/>", path.trim_end());
        #[expect(clippy::cast_precision_loss, reason = "a handful of lines")]
        let from = LEFT + number as f64 * (WIDTH - LEFT - RIGHT) / self.lines.len() as f64;
        let _ =
            writeln!(svg, "<line x1=\"{from:.1}\" y1=\"40\" x2=\"{:.1}\" y2=\"40\" {style}/>", from + 28.0);
        text(svg, (from + 34.0, 44.0), "start", &line.name);
    }
}

fn text(svg: &mut String, (x, y): (f64, f64), anchor: &str, words: &str) {
    let words = words.replace('&', "&amp;").replace('<', "&lt;");
    let _ = writeln!(svg, "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{words}</text>");
}

fn rule(svg: &mut String, (x1, y1): (f64, f64), (x2, y2): (f64, f64)) {
    let _ = writeln!(
        svg,
        "<line x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\" stroke=\"#dddddd\"/>"
    );
}

/// An axis from 0 to a little above the largest value.
struct Axis {
    step: f64,
    steps: u32,
}

impl Axis {
    fn of(values: impl Iterator<Item = f64>) -> Self {
        let most = values.fold(f64::EPSILON, f64::max);
        let power = 10.0_f64.powf((most / 5.0).log10().floor());
        let steps = [1.0, 2.0, 5.0, 10.0].map(|factor| factor * power);
        let step = steps.into_iter().find(|step| most / step <= 8.0).unwrap_or(most);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "6 at most")]
        let steps = (most / step).ceil().max(1.0) as u32;
        Self { step, steps }
    }

    fn marks(&self) -> impl Iterator<Item = (f64, String)> {
        (0..=self.steps).map(|mark| f64::from(mark) * self.step).map(|value| (value, label(value)))
    }

    fn place(&self, value: f64, from: f64, to: f64) -> f64 {
        from + (to - from) * value / (self.step * f64::from(self.steps))
    }
}

fn label(value: f64) -> String {
    if value.fract().abs() < 1e-9 { format!("{value:.0}") } else { format!("{value:.1}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plot_shows_every_line_and_escapes_names() {
        let line = |name: &str| Line { name: name.to_owned(), points: vec![(0.0, 0.0), (3.0, 100.0)] };
        let chart = Chart {
            title: "a < b".to_owned(),
            across: "hours".to_owned(),
            up: "%".to_owned(),
            lines: vec![line("one & only"), line("two")],
        };
        let svg = chart.svg();
        assert_eq!(svg.matches("<polyline").count(), 2);
        assert!(svg.contains("a &lt; b") && svg.contains("one &amp; only"), "{svg}");
        assert!(!svg.contains("NaN") && !svg.contains("inf"));
    }

    #[test]
    fn axes_end_above_the_largest_value() {
        for (most, last) in [(100.0, "100"), (7.3, "8"), (0.9, "1"), (1234.0, "1400")] {
            let axis = Axis::of([0.0, most].into_iter());
            assert_eq!(axis.marks().last().map(|mark| mark.1).as_deref(), Some(last));
        }
    }
}
