//! The browser's canvas, spoken to as little as possible: it is told about a colour, a width or a font only when that changes.
//!
//! One pen lives for one picture. Texts are measured through it, cut to their room and never drawn smaller than can be read: from
//! farther away they are set larger, see [`Pen::legible`].

use super::geometry::{Curve, Point, Rect};
use super::text::{ELLIPSIS, Ruler, Type, Weight, Widths};
use super::theme::{Ink, Theme};
use js_sys::Array;
use std::f64::consts::TAU;
use std::fmt::Write;
use web_sys::{CanvasRenderingContext2d, Path2d};

/// No text is smaller than this on screen, in CSS pixels.
pub const TEXT_MIN: f64 = 9.0;

/// Where a text's point lies in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// It begins there.
    Left,
    /// Its middle is there.
    Center,
    /// It ends there.
    Right,
}

/// What a pen remembers between pictures.
#[derive(Debug, Default)]
pub struct Memory {
    widths: Widths,
    scratch: String,
    cut: String,
    font: String,
}

/// A canvas and what it was last told.
#[derive(Debug)]
pub struct Pen<'a> {
    ctx: &'a CanvasRenderingContext2d,
    theme: &'a Theme,
    memory: &'a mut Memory,
    zoom: f64,
    dpr: f64,
    /// No text is larger than this on screen, in CSS pixels.
    text_max: f64,
    fill: Option<Ink>,
    stroke: Option<Ink>,
    alpha: f64,
    width: f64,
    set: Option<Type>,
}

/// Measures texts; what it does to the canvas' font is told to the pen by `set`.
struct Browser<'a> {
    ctx: &'a CanvasRenderingContext2d,
    theme: &'a Theme,
    font: &'a mut String,
    set: &'a mut Option<Type>,
}

/// Texts are measured at this size, which evens out the rounding of small sizes.
const MEASURED_AT: f64 = 64.0;

fn write_font(font: &mut String, weight: Weight, size: f64, theme: &Theme) {
    font.clear();
    let weight = match weight {
        Weight::Regular => 400,
        Weight::Strong => 600,
    };
    // Writing to a String cannot fail.
    let _ = write!(font, "{weight} {size}px {}", theme.font());
}

impl Ruler for Browser<'_> {
    fn measure(&mut self, text: &str, weight: Weight) -> f64 {
        write_font(self.font, weight, MEASURED_AT, self.theme);
        self.ctx.set_font(self.font);
        *self.set = None;
        self.ctx.measure_text(text).map_or(0.0, |metrics| metrics.width()) / MEASURED_AT
    }
}

impl<'a> Pen<'a> {
    /// A pen for one picture. The canvas must already have its transformation: `zoom` CSS pixels for each canvas point, `dpr`
    /// device pixels for each CSS pixel.
    pub fn new(
        ctx: &'a CanvasRenderingContext2d,
        theme: &'a Theme,
        memory: &'a mut Memory,
        zoom: f64,
        dpr: f64,
    ) -> Pen<'a> {
        ctx.set_global_alpha(1.0);
        ctx.set_line_width(1.0);
        ctx.set_line_cap("round");
        ctx.set_line_join("round");
        ctx.set_text_baseline("alphabetic");
        ctx.set_text_align("left");
        let text_max = f64::INFINITY;
        Pen { ctx, theme, memory, zoom, dpr, text_max, fill: None, stroke: None, alpha: 1.0, width: 1.0, set: None }
    }

    /// The same pen, which sets no text larger than so many CSS pixels: what is drawn large needs no large words.
    pub fn with_text_max(self, pixels: f64) -> Pen<'a> {
        Pen { text_max: pixels, ..self }
    }

    /// The canvas itself.
    pub fn ctx(&self) -> &CanvasRenderingContext2d {
        self.ctx
    }

    /// CSS pixels for each canvas point.
    pub fn zoom(&self) -> f64 {
        self.zoom
    }

    /// So many CSS pixels in canvas points.
    pub fn px(&self, pixels: f64) -> f64 {
        pixels / self.zoom
    }

    /// The width of a line of one CSS pixel, in whole device pixels.
    pub fn hair(&self) -> f64 {
        self.dpr.round().max(1.0) / (self.zoom * self.dpr)
    }

    /// `rect` moved so little that a [`hair`](Self::hair) around it falls on whole device pixels.
    pub fn crisp(&self, rect: Rect) -> Rect {
        let scale = self.zoom * self.dpr;
        let snap = |at: f64| (at * scale).round() / scale;
        let (x, y) = (snap(rect.x), snap(rect.y));
        Rect::new(x, y, snap(rect.right()) - x, snap(rect.bottom()) - y).grown(-self.hair() / 2.0)
    }

    /// `set`, or as much larger as it must be to be read.
    pub fn legible(&self, set: Type) -> Type {
        set.sized(set.size.min(self.text_max / self.zoom).max(TEXT_MIN / self.zoom))
    }

    fn set_alpha(&mut self, alpha: f64) {
        if alpha != self.alpha {
            self.ctx.set_global_alpha(alpha);
            self.alpha = alpha;
        }
    }

    fn set_fill(&mut self, ink: Ink, alpha: f64) {
        self.set_alpha(alpha);
        if self.fill != Some(ink) {
            self.ctx.set_fill_style_str(self.theme.css(ink));
            self.fill = Some(ink);
        }
    }

    fn set_stroke(&mut self, ink: Ink, alpha: f64, width: f64) {
        self.set_alpha(alpha);
        if self.stroke != Some(ink) {
            self.ctx.set_stroke_style_str(self.theme.css(ink));
            self.stroke = Some(ink);
        }
        if self.width != width {
            self.ctx.set_line_width(width);
            self.width = width;
        }
    }

    /// Begins a path.
    pub fn begin(&self) {
        self.ctx.begin_path();
    }

    /// Fills the path.
    pub fn fill(&mut self, ink: Ink, alpha: f64) {
        self.set_fill(ink, alpha);
        self.ctx.fill();
    }

    /// Strokes the path; `width` in canvas points.
    pub fn stroke(&mut self, ink: Ink, alpha: f64, width: f64) {
        self.set_stroke(ink, alpha, width);
        self.ctx.stroke();
    }

    /// Sets or, with an empty list, ends dashes.
    pub fn dash(&self, pattern: &Array, offset: f64) {
        // Fails only for what is no list of numbers.
        let _ = self.ctx.set_line_dash(pattern);
        self.ctx.set_line_dash_offset(offset);
    }

    /// Adds a rectangle to the path.
    pub fn rect(&self, rect: Rect) {
        self.ctx.rect(rect.x, rect.y, rect.w, rect.h);
    }

    /// Adds a rectangle with round corners to the path.
    pub fn round(&self, rect: Rect, radius: f64) {
        let radius = radius.min(rect.w / 2.0).min(rect.h / 2.0).max(0.0);
        // Fails only for a negative radius.
        let _ = self.ctx.round_rect_with_f64(rect.x, rect.y, rect.w, rect.h, radius);
    }

    /// Adds a circle to the path.
    pub fn circle(&self, at: Point, radius: f64) {
        self.ctx.move_to(at.x + radius, at.y);
        let _ = self.ctx.arc(at.x, at.y, radius, 0.0, TAU);
    }

    /// Adds a curve to the path.
    pub fn curve(&self, curve: &Curve) {
        let Curve(a, b, c, d) = *curve;
        self.ctx.move_to(a.x, a.y);
        self.ctx.bezier_curve_to(b.x, b.y, c.x, c.y, d.x, d.y);
    }

    /// Adds a straight line to the path.
    pub fn line(&self, a: Point, b: Point) {
        self.ctx.move_to(a.x, a.y);
        self.ctx.line_to(b.x, b.y);
    }

    /// Adds a closed outline to the path.
    pub fn outline(&self, points: &[Point]) {
        for (at, point) in points.iter().enumerate() {
            if at == 0 { self.ctx.move_to(point.x, point.y) } else { self.ctx.line_to(point.x, point.y) }
        }
        self.ctx.close_path();
    }

    /// Strokes an icon, which is drawn in a box of 18 × 18, into `rect`.
    pub fn icon(&mut self, path: &Path2d, rect: Rect, ink: Ink) {
        let scale = rect.w / 18.0;
        self.set_stroke(ink, 1.0, 1.5);
        let _ = self.ctx.translate(rect.x, rect.y);
        let _ = self.ctx.scale(scale, scale);
        self.ctx.stroke_with_path(path);
        let _ = self.ctx.scale(1.0 / scale, 1.0 / scale);
        let _ = self.ctx.translate(-rect.x, -rect.y);
    }

    /// Fills one rectangle, without a path.
    pub fn block(&mut self, rect: Rect, ink: Ink, alpha: f64) {
        self.set_fill(ink, alpha);
        self.ctx.fill_rect(rect.x, rect.y, rect.w, rect.h);
    }

    /// How wide `text` is in `set`.
    pub fn width(&mut self, text: &str, set: Type) -> f64 {
        let set = self.legible(set);
        let Memory { widths, font, .. } = &mut *self.memory;
        widths.width(text, set, &mut Browser { ctx: self.ctx, theme: self.theme, font, set: &mut self.set })
    }

    /// Draws `text` with its point at `at` on the line it stands on, cut to `room`. Answers how wide it became.
    pub fn text(&mut self, text: &str, at: Point, room: f64, set: Type, ink: Ink, align: Align) -> f64 {
        let set = self.legible(set);
        let Memory { widths, font, .. } = &mut *self.memory;
        let mut browser = Browser { ctx: self.ctx, theme: self.theme, font, set: &mut self.set };
        let (kept, width) = widths.fit(text, set, room, &mut browser);
        if kept == 0 {
            return 0.0;
        }
        if self.set != Some(set) {
            write_font(&mut self.memory.font, set.weight, set.size, self.theme);
            self.ctx.set_font(&self.memory.font);
            self.set = Some(set);
        }
        self.set_fill(ink, 1.0);
        let x = match align {
            Align::Left => at.x,
            Align::Center => at.x - width / 2.0,
            Align::Right => at.x - width,
        };
        if kept == text.len() {
            let _ = self.ctx.fill_text(text, x, at.y);
        } else {
            self.memory.cut.clear();
            self.memory.cut.push_str(&text[..kept]);
            self.memory.cut.push_str(ELLIPSIS);
            let _ = self.ctx.fill_text(&self.memory.cut, x, at.y);
        }
        width
    }

    /// Lends an empty text to write into; give it back with [`Pen::give_back`], so that its room is used again.
    pub fn scratch(&mut self) -> String {
        let mut scratch = std::mem::take(&mut self.memory.scratch);
        scratch.clear();
        scratch
    }

    /// Takes back what [`Pen::scratch`] lent.
    pub fn give_back(&mut self, scratch: String) {
        self.memory.scratch = scratch;
    }
}
