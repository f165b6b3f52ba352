//! What everything is drawn with, onto one of two grounds: the browser's canvas, or a text of SVG ([`Sheet`]).
//!
//! The canvas is spoken to as little as possible: it is told about a colour, a width or a font only when that changes.
//! One pen lives for one picture. Texts are measured through it, cut to their room and never drawn smaller than can be read: from
//! farther away they are set larger, see [`Pen::legible`].

use super::geometry::{Curve, Point, Rect};
use super::svg::Sheet;
use super::text::{ELLIPSIS, Ruler, Type, Weight, Widths};
use super::theme::{Ink, Theme};
use js_sys::Array;
use std::cell::OnceCell;
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

/// A dash and a gap, by turns; a line without gaps when both are nothing. The canvas wants a list of its own kind, made once.
#[derive(Clone, Debug, Default)]
pub struct Dash {
    lengths: [f64; 2],
    list: OnceCell<Array>,
}

impl Dash {
    /// A dash and a gap, in canvas points.
    #[must_use]
    pub fn new(dash: f64, gap: f64) -> Dash {
        Dash { lengths: [dash, gap], list: OnceCell::new() }
    }

    fn list(&self) -> &Array {
        self.list.get_or_init(|| match self.lengths {
            [0.0, 0.0] => Array::new(),
            [dash, gap] => Array::of2(&dash.into(), &gap.into()),
        })
    }
}

/// An icon, in a box of 18 × 18. The canvas wants a path of its own kind, made once.
#[derive(Clone, Debug)]
pub struct Icon {
    path: String,
    made: OnceCell<Option<Path2d>>,
}

impl Icon {
    /// An icon from SVG path data.
    #[must_use]
    pub fn new(path: &str) -> Icon {
        Icon { path: path.to_string(), made: OnceCell::new() }
    }

    /// None for data that the browser cannot read.
    fn made(&self) -> Option<&Path2d> {
        self.made.get_or_init(|| Path2d::new_with_path_string(&self.path).ok()).as_ref()
    }
}

/// What is drawn on.
#[derive(Clone, Copy, Debug)]
pub enum Ground<'a> {
    /// The browser's canvas.
    Canvas(&'a CanvasRenderingContext2d),
    /// A text of SVG.
    Sheet(&'a Sheet),
}

/// A ground and what it was last told.
#[derive(Debug)]
pub struct Pen<'a> {
    ground: Ground<'a>,
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
    ctx: Option<&'a CanvasRenderingContext2d>,
    theme: &'a Theme,
    font: &'a mut String,
    set: &'a mut Option<Type>,
}

/// Texts are measured at this size, which evens out the rounding of small sizes.
const MEASURED_AT: f64 = 64.0;
/// About how wide a character is, of a size of one, where nobody can measure.
const CHARACTER: f64 = 0.58;

fn write_font(font: &mut String, weight: Weight, size: f64, theme: &Theme) {
    font.clear();
    // Writing to a String cannot fail.
    let _ = write!(font, "{} {size}px {}", weight.number(), theme.font());
}

impl Ruler for Browser<'_> {
    fn measure(&mut self, text: &str, weight: Weight) -> f64 {
        let Some(ctx) = self.ctx else { return text.chars().count() as f64 * CHARACTER };
        write_font(self.font, weight, MEASURED_AT, self.theme);
        ctx.set_font(self.font);
        *self.set = None;
        ctx.measure_text(text).map_or(0.0, |metrics| metrics.width()) / MEASURED_AT
    }
}

impl<'a> Pen<'a> {
    /// A pen for one picture on a canvas, which must already have its transformation: `zoom` CSS pixels for each canvas point,
    /// `dpr` device pixels for each CSS pixel.
    pub fn new(
        ctx: &'a CanvasRenderingContext2d,
        theme: &'a Theme,
        memory: &'a mut Memory,
        zoom: f64,
        dpr: f64,
    ) -> Pen<'a> {
        Pen::over(Ground::Canvas(ctx), theme, memory, zoom, dpr)
    }

    /// The same over any ground.
    pub fn over(ground: Ground<'a>, theme: &'a Theme, memory: &'a mut Memory, zoom: f64, dpr: f64) -> Pen<'a> {
        if let Ground::Canvas(ctx) = ground {
            ctx.set_global_alpha(1.0);
            ctx.set_line_width(1.0);
            ctx.set_line_cap("round");
            ctx.set_line_join("round");
            ctx.set_text_baseline("alphabetic");
            ctx.set_text_align("left");
        }
        let text_max = f64::INFINITY;
        Pen { ground, theme, memory, zoom, dpr, text_max, fill: None, stroke: None, alpha: 1.0, width: 1.0, set: None }
    }

    /// The same pen, which sets no text larger than so many CSS pixels: what is drawn large needs no large words.
    pub fn with_text_max(self, pixels: f64) -> Pen<'a> {
        Pen { text_max: pixels, ..self }
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

    fn set_alpha(&mut self, ctx: &CanvasRenderingContext2d, alpha: f64) {
        if alpha != self.alpha {
            ctx.set_global_alpha(alpha);
            self.alpha = alpha;
        }
    }

    fn set_fill(&mut self, ctx: &CanvasRenderingContext2d, ink: Ink, alpha: f64) {
        self.set_alpha(ctx, alpha);
        if self.fill != Some(ink) {
            ctx.set_fill_style_str(self.theme.css(ink));
            self.fill = Some(ink);
        }
    }

    fn set_stroke(&mut self, ctx: &CanvasRenderingContext2d, ink: Ink, alpha: f64, width: f64) {
        self.set_alpha(ctx, alpha);
        if self.stroke != Some(ink) {
            ctx.set_stroke_style_str(self.theme.css(ink));
            self.stroke = Some(ink);
        }
        if self.width != width {
            ctx.set_line_width(width);
            self.width = width;
        }
    }

    /// Begins a path.
    pub fn begin(&self) {
        match self.ground {
            Ground::Canvas(ctx) => ctx.begin_path(),
            Ground::Sheet(sheet) => sheet.begin(),
        }
    }

    /// Fills the path.
    pub fn fill(&mut self, ink: Ink, alpha: f64) {
        match self.ground {
            Ground::Canvas(ctx) => {
                self.set_fill(ctx, ink, alpha);
                ctx.fill();
            }
            Ground::Sheet(sheet) => sheet.fill(self.theme.css(ink), alpha),
        }
    }

    /// Strokes the path; `width` in canvas points.
    pub fn stroke(&mut self, ink: Ink, alpha: f64, width: f64) {
        match self.ground {
            Ground::Canvas(ctx) => {
                self.set_stroke(ctx, ink, alpha, width);
                ctx.stroke();
            }
            Ground::Sheet(sheet) => sheet.stroke(self.theme.css(ink), alpha, width),
        }
    }

    /// Sets or ends dashes.
    pub fn dash(&self, dash: &Dash, offset: f64) {
        match self.ground {
            Ground::Canvas(ctx) => {
                // Fails only for what is no list of numbers.
                let _ = ctx.set_line_dash(dash.list());
                ctx.set_line_dash_offset(offset);
            }
            Ground::Sheet(sheet) => sheet.dash(dash.lengths, offset),
        }
    }

    /// Whether lines and dashes end round, as they do unless told otherwise, or where they end.
    pub fn ends(&self, is_round: bool) {
        match self.ground {
            Ground::Canvas(ctx) => ctx.set_line_cap(if is_round { "round" } else { "butt" }),
            Ground::Sheet(sheet) => sheet.ends(is_round),
        }
    }

    /// Goes to a place; the path goes on from there.
    pub fn go(&self, to: Point) {
        match self.ground {
            Ground::Canvas(ctx) => ctx.move_to(to.x, to.y),
            Ground::Sheet(sheet) => sheet.draw('M', &[to.x, to.y]),
        }
    }

    /// Adds a straight line from where the path is.
    pub fn on(&self, to: Point) {
        match self.ground {
            Ground::Canvas(ctx) => ctx.line_to(to.x, to.y),
            Ground::Sheet(sheet) => sheet.draw('L', &[to.x, to.y]),
        }
    }

    /// Adds a rectangle to the path.
    pub fn rect(&self, rect: Rect) {
        match self.ground {
            Ground::Canvas(ctx) => ctx.rect(rect.x, rect.y, rect.w, rect.h),
            Ground::Sheet(sheet) => sheet.round(rect, 0.0),
        }
    }

    /// Adds a rectangle with round corners to the path.
    pub fn round(&self, rect: Rect, radius: f64) {
        let radius = radius.min(rect.w / 2.0).min(rect.h / 2.0).max(0.0);
        match self.ground {
            Ground::Canvas(ctx) => {
                // Fails only for a negative radius.
                let _ = ctx.round_rect_with_f64(rect.x, rect.y, rect.w, rect.h, radius);
            }
            Ground::Sheet(sheet) => sheet.round(rect, radius),
        }
    }

    /// Adds a circle to the path.
    pub fn circle(&self, at: Point, radius: f64) {
        self.arc(at, radius, 0.0, TAU);
    }

    /// Adds a part of a circle to the path, from one angle to another, both in radians.
    pub fn arc(&self, at: Point, radius: f64, from: f64, to: f64) {
        self.go(at.around(radius, from));
        match self.ground {
            Ground::Canvas(ctx) => {
                // Fails only for a negative radius.
                let _ = ctx.arc(at.x, at.y, radius, from, to);
            }
            Ground::Sheet(sheet) => sheet.arc(at, radius, from, to),
        }
    }

    /// Adds a curve to the path.
    pub fn curve(&self, curve: &Curve) {
        let Curve(a, b, c, d) = *curve;
        self.go(a);
        match self.ground {
            Ground::Canvas(ctx) => ctx.bezier_curve_to(b.x, b.y, c.x, c.y, d.x, d.y),
            Ground::Sheet(sheet) => sheet.draw('C', &[b.x, b.y, c.x, c.y, d.x, d.y]),
        }
    }

    /// Adds a straight line to the path.
    pub fn line(&self, a: Point, b: Point) {
        self.go(a);
        self.on(b);
    }

    /// Adds a closed outline to the path.
    pub fn outline(&self, points: &[Point]) {
        for (at, point) in points.iter().enumerate() {
            if at == 0 { self.go(*point) } else { self.on(*point) }
        }
        match self.ground {
            Ground::Canvas(ctx) => ctx.close_path(),
            Ground::Sheet(sheet) => sheet.draw('Z', &[]),
        }
    }

    /// Strokes an icon into `rect`.
    pub fn icon(&mut self, icon: &Icon, rect: Rect, ink: Ink) {
        let scale = rect.w / 18.0;
        let ctx = match self.ground {
            Ground::Canvas(ctx) => ctx,
            Ground::Sheet(sheet) => return sheet.icon(&icon.path, (rect.x, rect.y), scale, self.theme.css(ink)),
        };
        let Some(path) = icon.made() else { return };
        self.set_stroke(ctx, ink, 1.0, 1.5);
        let _ = ctx.translate(rect.x, rect.y);
        let _ = ctx.scale(scale, scale);
        ctx.stroke_with_path(path);
        let _ = ctx.scale(1.0 / scale, 1.0 / scale);
        let _ = ctx.translate(-rect.x, -rect.y);
    }

    /// Fills one rectangle, without a path.
    pub fn block(&mut self, rect: Rect, ink: Ink, alpha: f64) {
        match self.ground {
            Ground::Canvas(ctx) => {
                self.set_fill(ctx, ink, alpha);
                ctx.fill_rect(rect.x, rect.y, rect.w, rect.h);
            }
            Ground::Sheet(sheet) => sheet.block(rect, self.theme.css(ink), alpha),
        }
    }

    /// Who measures texts, if there is anybody.
    fn measuring(&self) -> Option<&'a CanvasRenderingContext2d> {
        match self.ground {
            Ground::Canvas(ctx) => Some(ctx),
            Ground::Sheet(sheet) => sheet.measuring(),
        }
    }

    /// How wide `text` is in `set`.
    pub fn width(&mut self, text: &str, set: Type) -> f64 {
        let (set, ctx) = (self.legible(set), self.measuring());
        let Memory { widths, font, .. } = &mut *self.memory;
        widths.width(text, set, &mut Browser { ctx, theme: self.theme, font, set: &mut self.set })
    }

    /// Draws `text` with its point at `at` on the line it stands on, cut to `room`. Answers how wide it became.
    pub fn text(&mut self, text: &str, at: Point, room: f64, set: Type, ink: Ink, align: Align) -> f64 {
        let (set, ctx) = (self.legible(set), self.measuring());
        let Memory { widths, font, .. } = &mut *self.memory;
        let mut browser = Browser { ctx, theme: self.theme, font, set: &mut self.set };
        let (kept, width) = widths.fit(text, set, room, &mut browser);
        if kept == 0 {
            return 0.0;
        }
        let x = match align {
            Align::Left => at.x,
            Align::Center => at.x - width / 2.0,
            Align::Right => at.x - width,
        };
        let mut cut = std::mem::take(&mut self.memory.cut);
        let shown = if kept == text.len() {
            text
        } else {
            cut.clear();
            cut.push_str(&text[..kept]);
            cut.push_str(ELLIPSIS);
            &cut
        };
        self.say(shown, Point::new(x, at.y), width, set, ink);
        self.memory.cut = cut;
        width
    }

    /// Puts a text where it has been found to fit.
    fn say(&mut self, text: &str, at: Point, width: f64, set: Type, ink: Ink) {
        let ctx = match self.ground {
            Ground::Canvas(ctx) => ctx,
            Ground::Sheet(sheet) => return sheet.text(text, at, width, set, self.theme.css(ink)),
        };
        if self.set != Some(set) {
            write_font(&mut self.memory.font, set.weight, set.size, self.theme);
            ctx.set_font(&self.memory.font);
            self.set = Some(set);
        }
        self.set_fill(ctx, ink, 1.0);
        let _ = ctx.fill_text(text, at.x, at.y);
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
