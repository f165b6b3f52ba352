//! The painting of a chart, with plotters on a canvas.
//!
//! Plotters draws lines, areas and shades and places words; where ticks are and what they say is decided here, because its own
//! mesh measures each word by a hidden element with an inline style, which costs a layout of the page and which the page's
//! content security policy forbids. Everything is in CSS pixels until the last step.

use super::scale::{Extent, Scale, time_ticks};
use super::subject::{Line, Subject};
use super::table::{Value, reading};
use super::thin;
use crate::paint::{Ink, Theme};
use base::{Span, Time};
use plotters::coord::Shift;
use plotters::prelude::{
    AreaSeries, ChartBuilder, DrawingArea, IntoDrawingArea, IntoFont, LineSeries, PathElement, Rectangle,
};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, RGBAColor, RGBColor, ShapeStyle, TextStyle};
use plotters_canvas::CanvasBackend;
use session::{Mark, Series};
use wasm_bindgen::JsCast;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement};

/// Space for words around the plot, in CSS pixels: left, right, above, below.
const LEFT: f64 = 44.0;
const RIGHT: f64 = 10.0;
const TOP: f64 = 20.0;
const BOTTOM: f64 = 18.0;
const TEXT: f64 = 10.5;

/// How a chart is looked at.
#[derive(Clone, Copy, Debug)]
pub struct Look<'a> {
    /// The moment.
    pub now: Time,
    /// When the run ends: the right edge.
    pub length: Span,
    /// Faults and actions; what lasts is shaded.
    pub marks: &'a [Mark],
    /// The moment under the pointer.
    pub hover: Option<Time>,
    /// The colours.
    pub theme: &'a Theme,
    /// Size in CSS pixels.
    pub size: (f64, f64),
    /// Device pixels for each CSS pixel.
    pub dpr: f64,
}

/// Whatever plotters reports; a chart that cannot be drawn stays empty.
type Failure = Box<dyn std::error::Error>;

impl Look<'_> {
    fn plot_width(&self) -> f64 {
        (self.size.0 - LEFT - RIGHT).max(1.0)
    }

    fn plot_height(&self) -> f64 {
        (self.size.1 - TOP - BOTTOM).max(1.0)
    }

    /// Where a moment is, in CSS pixels from the left; the edges hold what is outside.
    fn x(&self, at: Time) -> f64 {
        let share = if self.length.0 == 0 { 0.0 } else { at.0 as f64 / self.length.0 as f64 };
        LEFT + share.clamp(0.0, 1.0) * self.plot_width()
    }

    fn y(&self, share: f64) -> f64 {
        TOP + (1.0 - share) * self.plot_height()
    }
}

/// The moment at `x` CSS pixels from the left edge of a chart; `None` beside the plot.
#[must_use]
pub fn moment_at(x: f64, look: &Look<'_>) -> Option<Time> {
    let share = (x - LEFT) / look.plot_width();
    (-0.005..=1.005).contains(&share).then(|| Time((share.clamp(0.0, 1.0) * look.length.0 as f64) as u64))
}

/// Paints the chart over all of its canvas, which it makes `size × dpr` device pixels large.
pub fn draw(canvas: &HtmlCanvasElement, series: &Series, subject: &Subject, look: &Look<'_>) {
    let (w, h) = ((look.size.0 * look.dpr).round() as u32, (look.size.1 * look.dpr).round() as u32);
    // Setting the size clears the canvas even when it stays the same.
    canvas.set_width(w.max(1));
    canvas.set_height(h.max(1));
    if look.size.0 < LEFT + RIGHT + 20.0 || look.size.1 < TOP + BOTTOM + 12.0 {
        return;
    }
    let ctx = canvas.get_context("2d").ok().flatten().and_then(|ctx| ctx.dyn_into::<CanvasRenderingContext2d>().ok());
    if let (Some(backend), Some(ctx)) = (CanvasBackend::with_canvas_object(canvas.clone()), ctx) {
        if look.dpr.round() % 2.0 == 1.0 {
            // Plotters places lines between pixels; one that is an odd number of pixels wide belongs onto them.
            let _ = ctx.translate(0.5, 0.5);
        }
        // A failure means that the browser refuses to draw; an empty chart is all that can be shown then.
        let _ = Sheet { root: backend.into_drawing_area(), ctx, look }.chart(series, subject);
    }
}

/// One chart in the making.
struct Sheet<'a> {
    root: DrawingArea<CanvasBackend, Shift>,
    /// For measuring; plotters has no way to.
    ctx: CanvasRenderingContext2d,
    look: &'a Look<'a>,
}

impl Sheet<'_> {
    fn chart(&self, series: &Series, subject: &Subject) -> Result<(), Failure> {
        let lines = subject.lines();
        let windows = subject.windows(series);
        let mut extent = Extent::default();
        for line in 0..lines.len() {
            (0..windows).filter_map(|at| subject.value(series, line, at)).for_each(|value| extent.take(value));
        }
        let wanted = if self.look.plot_height() < 70.0 { 2 } else { 3 };
        let mut scale = Scale::of(extent, &subject.unit(series), wanted, *subject == Subject::Latency);
        if windows == 0 {
            // Above nought an axis without values would only pretend.
            scale.ticks.truncate(1);
        }
        self.faults()?;
        self.axes(subject, &scale)?;
        for (place, line) in lines.iter().enumerate() {
            self.line(series, subject, &scale, place, line)?;
        }
        if lines.len() > 1 {
            self.legend(&lines)?;
        }
        self.rule(self.look.x(self.look.now), Ink::Muted, 0.5)?;
        if windows == 0 {
            self.nothing()?;
        }
        match self.look.hover {
            Some(at) => self.crosshair(series, subject, &scale, at),
            None => Ok(()),
        }
    }

    /// What stands where lines will be.
    fn nothing(&self) -> Result<(), Failure> {
        const SAID: &str = "nothing measured yet";
        let (x, y) = (LEFT + self.look.plot_width() / 2.0, self.look.y(0.5));
        let half = self.width_of(SAID) / 2.0 + 8.0;
        let corners = [self.at((x - half, y - 9.0)), self.at((x + half, y + 9.0))];
        self.root.draw(&Rectangle::new(corners, self.colour(Ink::Panel, 1.0).filled()))?;
        self.text(SAID, (x, y), Ink::Muted, HPos::Center)
    }

    fn colour(&self, ink: Ink, alpha: f64) -> RGBAColor {
        let (r, g, b) = self.look.theme.rgb(ink);
        RGBColor(r, g, b).mix(alpha)
    }

    /// CSS pixels as plotters counts.
    fn at(&self, (x, y): (f64, f64)) -> (i32, i32) {
        ((x * self.look.dpr).round() as i32, (y * self.look.dpr).round() as i32)
    }

    fn stroke(&self, ink: Ink, alpha: f64, width: f64) -> ShapeStyle {
        let width = (width * self.look.dpr).round().max(1.0) as u32;
        ShapeStyle { color: self.colour(ink, alpha), filled: false, stroke_width: width }
    }

    fn text(&self, text: &str, at: (f64, f64), ink: Ink, side: HPos) -> Result<(), Failure> {
        let font = (self.look.theme.font(), TEXT * self.look.dpr).into_font();
        let colour = self.colour(ink, 1.0);
        let style = TextStyle::from(font).color(&colour).pos(Pos::new(side, VPos::Center));
        Ok(self.root.draw_text(text, &style, self.at(at))?)
    }

    /// How wide a text is, in CSS pixels.
    fn width_of(&self, text: &str) -> f64 {
        self.ctx.set_font(&format!("{TEXT}px {}", self.look.theme.font()));
        self.ctx.measure_text(text).map_or(0.0, |metrics| metrics.width())
    }

    /// A line from the top of the plot to its bottom.
    fn rule(&self, x: f64, ink: Ink, alpha: f64) -> Result<(), Failure> {
        let ends = [self.at((x, self.look.y(1.0))), self.at((x, self.look.y(0.0)))];
        Ok(self.root.draw(&PathElement::new(ends, self.stroke(ink, alpha, 1.0)))?)
    }

    /// Spans of faults as shades with a firm beginning; what happens at once as a line alone.
    fn faults(&self) -> Result<(), Failure> {
        let end = Time::ZERO + self.look.length;
        for mark in self.look.marks.iter().filter(|mark| mark.from <= end) {
            let (from, until) = (self.look.x(mark.from), self.look.x(mark.until.unwrap_or(end).min(end)));
            if until > from {
                let corners = [self.at((from, self.look.y(1.0))), self.at((until, self.look.y(0.0)))];
                self.root.draw(&Rectangle::new(corners, self.colour(Ink::Bad, 0.1).filled()))?;
            }
            self.rule(from, Ink::Bad, 0.55)?;
        }
        Ok(())
    }

    fn axes(&self, subject: &Subject, scale: &Scale) -> Result<(), Failure> {
        let (left, right) = (LEFT, LEFT + self.look.plot_width());
        for (share, label) in &scale.ticks {
            let y = self.look.y(*share);
            let strength = if *share <= 0.0 { 1.0 } else { 0.55 };
            let ends = [self.at((left, y)), self.at((right, y))];
            self.root.draw(&PathElement::new(ends, self.stroke(Ink::Line, strength, 1.0)))?;
            self.text(label, (left - 6.0, y), Ink::Muted, HPos::Right)?;
        }
        let name = if scale.is_log { "log scale".to_string() } else { subject.axis(&scale.unit) };
        self.text(&name, (4.0, 6.5), Ink::Muted, HPos::Left)?;
        let below = self.look.y(0.0) + 11.0;
        let wanted = (self.look.plot_width() / 56.0).clamp(2.0, 10.0) as usize;
        self.text("time", (left - 6.0, below), Ink::Muted, HPos::Right)?;
        for (share, label) in time_ticks(self.look.length, wanted) {
            let x = left + share * self.look.plot_width();
            let side = match share {
                s if s < 0.02 => HPos::Left,
                s if s > 0.95 => HPos::Right,
                _ => HPos::Center,
            };
            self.text(&label, (x, below), Ink::Muted, side)?;
        }
        Ok(())
    }

    fn line(
        &self,
        series: &Series,
        subject: &Subject,
        scale: &Scale,
        place: usize,
        line: &Line,
    ) -> Result<(), Failure> {
        let dpr = self.look.dpr;
        let px = |length: f64| (length * dpr).round() as i32;
        let plot = self.root.margin(px(TOP), px(BOTTOM), px(LEFT), px(RIGHT));
        let length = self.look.length.as_secs_f64().max(1e-9);
        let mut chart = ChartBuilder::on(&plot).build_cartesian_2d(0.0..length, 0.0..1.0)?;
        let within = subject.place_in_window();
        let moment = |at: usize| ((at as f64 + within) * series.window.as_secs_f64()).min(length);
        let columns = (self.look.plot_width() * dpr) as usize;
        let style =
            self.stroke(line.ink, line.alpha, if place == 0 && subject.lines().len() == 3 { 1.25 } else { 1.75 });
        let value = |at: usize| subject.value(series, place, at);
        for piece in thin::pieces(subject.windows(series), columns, value) {
            let points: Vec<(f64, f64)> = piece.iter().map(|&(at, value)| (moment(at), scale.share(value))).collect();
            if points.len() == 1 {
                let (x, y) = points[0];
                let at = (LEFT + x / length * self.look.plot_width(), self.look.y(y));
                self.dot(at, line, 1.75)?;
                continue;
            }
            let shaded = place == 0 && !scale.is_log && matches!(subject, Subject::Throughput | Subject::Gauge { .. });
            if shaded {
                let base = scale.share(0.0);
                chart.draw_series(AreaSeries::new(points.iter().copied(), base, self.colour(line.ink, 0.12)))?;
            }
            chart.draw_series(LineSeries::new(points, style))?;
        }
        Ok(())
    }

    fn dot(&self, at: (f64, f64), line: &Line, radius: f64) -> Result<(), Failure> {
        let radius = (radius * self.look.dpr).round() as i32;
        let circle =
            plotters::element::Circle::new(self.at(at), radius, self.colour(line.ink, line.alpha.max(0.6)).filled());
        Ok(self.root.draw(&circle)?)
    }

    /// The names of the lines, each after a piece of its line, right-aligned above the plot.
    fn legend(&self, lines: &[Line]) -> Result<(), Failure> {
        let mut x = LEFT + self.look.plot_width();
        for line in lines.iter().rev() {
            self.text(&line.label, (x, 6.5), Ink::Muted, HPos::Right)?;
            x -= self.width_of(&line.label) + 4.0;
            let ends = [self.at((x - 9.0, 7.0)), self.at((x, 7.0))];
            self.root.draw(&PathElement::new(ends, self.stroke(line.ink, line.alpha, 2.0)))?;
            x -= 9.0 + 10.0;
        }
        Ok(())
    }

    /// A line at the moment under the pointer, a dot on each line, and their values beside it.
    fn crosshair(&self, series: &Series, subject: &Subject, scale: &Scale, at: Time) -> Result<(), Failure> {
        let x = self.look.x(at);
        self.rule(x, Ink::Text, 0.6)?;
        let window =
            at.0.checked_div(series.window.0).and_then(|window| usize::try_from(window).ok()).unwrap_or(usize::MAX);
        let lines = subject.lines();
        for (place, line) in lines.iter().enumerate() {
            if let Some(value) = subject.value(series, place, window) {
                self.dot((x, self.look.y(scale.share(value))), line, 3.0)?;
            }
        }
        self.values(&reading(series, subject, at), &lines, x)
    }

    fn values(&self, values: &[Value], lines: &[Line], x: f64) -> Result<(), Failure> {
        const ROW: f64 = 14.0;
        let texts: Vec<String> =
            values.iter().map(|value| format!("{} {}", value.label, value.reading.joined())).collect();
        let w = texts.iter().map(|text| self.width_of(text)).fold(0.0, f64::max) + 22.0;
        let h = ROW * texts.len() as f64 + 6.0;
        let left = if x + 8.0 + w > LEFT + self.look.plot_width() { (x - 8.0 - w).max(0.0) } else { x + 8.0 };
        let top = TOP + 2.0;
        let corners = [self.at((left, top)), self.at((left + w, top + h))];
        self.root.draw(&Rectangle::new(corners, self.colour(Ink::Raised, 0.96).filled()))?;
        self.root.draw(&Rectangle::new(corners, self.stroke(Ink::Line, 1.0, 1.0)))?;
        for (at, (text, line)) in texts.iter().zip(lines).enumerate() {
            let y = top + 3.0 + ROW * (at as f64 + 0.5);
            self.dot((left + 8.0, y), line, 2.5)?;
            self.text(text, (left + 15.0, y), Ink::Text, HPos::Left)?;
        }
        Ok(())
    }
}
