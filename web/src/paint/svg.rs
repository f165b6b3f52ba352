//! A picture of the canvas as SVG: the painter's own strokes, written down instead of drawn.
//!
//! Every path, text and icon that the pen draws becomes one element, with its colour in it, so that the picture needs no style
//! sheet and looks alike in a browser, a word processor and a print. Texts are escaped: what a scenario says is never markup.
//! Each carries the width it was measured with, so that it keeps its room where the type face is another one. Cost: O(what is
//! drawn), about 100 bytes an element.

use super::camera::Camera;
use super::geometry::{Point, Rect};
use super::layout::Layout;
use super::painter::Painter;
use super::pen::Ground;
use super::scene::Scene;
use super::text::Type;
use super::theme::{Ink, Theme};
use scenario::Schema;
use session::{Document, Frame};
use std::cell::RefCell;
use std::f64::consts::TAU;
use web_sys::CanvasRenderingContext2d;

/// Space around the design, in points.
const MARGIN: f64 = 32.0;
/// No picture is larger than this on either side, in CSS pixels: a wider design is drawn as from farther away.
const SIDE_MAX: f64 = 8_000.0;

/// What has been written, and what the next line looks like.
#[derive(Debug, Default)]
pub struct Sheet {
    written: RefCell<Written>,
    measuring: Option<CanvasRenderingContext2d>,
}

#[derive(Debug, Default)]
struct Written {
    text: String,
    path: String,
    /// Attributes of dashes and ends; empty for a line without gaps whose ends are round.
    dash: String,
    is_blunt: bool,
}

/// The whole of `document` at the moment of `frame`, at life size, whatever part of it is on screen. `measuring` tells how wide
/// texts are; without it their widths are guessed.
#[must_use]
pub fn drawing(
    (document, frame, layout): (&Document, &Frame, &Layout),
    schema: &Schema,
    theme: &Theme,
    measuring: Option<CanvasRenderingContext2d>,
) -> String {
    let wires = layout.wires.iter().filter(|wire| wire.is_drawn()).map(|wire| wire.curve.hull());
    let seen = wires.fold(layout.bounds, |all, hull| all.union(&hull)).grown(MARGIN);
    let seen = Rect::new(seen.x.floor(), seen.y.floor(), seen.w.ceil(), seen.h.ceil());
    let zoom = (SIDE_MAX / seen.w.max(seen.h)).min(1.0);
    let scene = Scene {
        document,
        schema,
        frame,
        layout,
        selected: &[],
        hover: None,
        pointed: &[],
        camera: Camera { x: seen.x, y: seen.y, zoom },
        size: (seen.w * zoom, seen.h * zoom),
        dpr: 1.0,
        theme,
        reduced_motion: true,
        clock: 0.0,
        pending: None,
    };
    let sheet = Sheet { measuring, ..Sheet::default() };
    sheet.open(&document.scenario.title, seen, zoom, theme);
    Painter::default().paint(Ground::Sheet(&sheet), &scene);
    sheet.close()
}

impl Sheet {
    /// Who measures texts, if there is anybody.
    pub fn measuring(&self) -> Option<&CanvasRenderingContext2d> {
        self.measuring.as_ref()
    }

    fn open(&self, title: &str, seen: Rect, zoom: f64, theme: &Theme) {
        let text = &mut self.written.borrow_mut().text;
        text.push_str("<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" viewBox=\"");
        push_all(text, &[seen.x, seen.y, seen.w, seen.h]);
        text.push('"');
        number(text, "width", seen.w * zoom);
        number(text, "height", seen.h * zoom);
        word(text, "font-family", theme.font());
        text.push_str(" stroke-linejoin=\"round\" stroke-linecap=\"round\" fill=\"none\"><title>");
        push_escaped(text, title);
        text.push_str("</title>");
        text.push_str("<path d=\"");
        push_outline(text, seen, 0.0);
        text.push('"');
        word(text, "fill", theme.css(Ink::Bg));
        text.push_str("/>\n");
    }

    fn close(self) -> String {
        let mut text = self.written.into_inner().text;
        text.push_str("</svg>\n");
        text
    }

    /// Begins a path.
    pub fn begin(&self) {
        self.written.borrow_mut().path.clear();
    }

    /// Adds a command of path data with its numbers.
    pub fn draw(&self, command: char, numbers: &[f64]) {
        let path = &mut self.written.borrow_mut().path;
        path.push(command);
        push_all(path, numbers);
    }

    /// Adds a rectangle with corners of this radius to the path.
    pub fn round(&self, rect: Rect, radius: f64) {
        push_outline(&mut self.written.borrow_mut().path, rect, radius);
    }

    /// Adds a part of a circle to the path, which stands where it begins. Written in two halves: an arc that ends where it began
    /// would be none.
    pub fn arc(&self, at: Point, radius: f64, from: f64, to: f64) {
        let to = from + (to - from).clamp(0.0, TAU);
        for angle in [(from + to) / 2.0, to] {
            let end = at.around(radius, angle);
            self.draw('A', &[radius, radius, 0.0, 0.0, 1.0, end.x, end.y]);
        }
    }

    /// Sets dashes and gaps, or ends them when both are nothing.
    pub fn dash(&self, [dash, gap]: [f64; 2], offset: f64) {
        let list = &mut self.written.borrow_mut().dash;
        list.clear();
        if dash + gap > 0.0 {
            list.push_str(" stroke-dasharray=\"");
            push_all(list, &[dash, gap]);
            list.push('"');
            if offset != 0.0 {
                number(list, "stroke-dashoffset", offset);
            }
        }
    }

    /// Whether lines end round.
    pub fn ends(&self, is_round: bool) {
        self.written.borrow_mut().is_blunt = !is_round;
    }

    /// Fills the path.
    pub fn fill(&self, colour: &str, alpha: f64) {
        let Written { text, path, .. } = &mut *self.written.borrow_mut();
        element(text, path, "fill", colour, alpha);
        text.push_str("/>\n");
    }

    /// Strokes the path.
    pub fn stroke(&self, colour: &str, alpha: f64, width: f64) {
        let Written { text, path, dash, is_blunt } = &mut *self.written.borrow_mut();
        element(text, path, "stroke", colour, alpha);
        number(text, "stroke-width", width);
        text.push_str(dash);
        if *is_blunt {
            text.push_str(" stroke-linecap=\"butt\"");
        }
        text.push_str("/>\n");
    }

    /// Fills one rectangle; the path stays as it is.
    pub fn block(&self, rect: Rect, colour: &str, alpha: f64) {
        let mut path = String::new();
        push_outline(&mut path, rect, 0.0);
        let text = &mut self.written.borrow_mut().text;
        element(text, &path, "fill", colour, alpha);
        text.push_str("/>\n");
    }

    /// Strokes the path data of an icon, moved and made larger.
    pub fn icon(&self, path: &str, (x, y): (f64, f64), scale: f64, colour: &str) {
        let text = &mut self.written.borrow_mut().text;
        element(text, path, "stroke", colour, 1.0);
        number(text, "stroke-width", 1.5);
        text.push_str(" transform=\"translate(");
        push_all(text, &[x, y]);
        text.push_str(")scale(");
        push_all(text, &[scale]);
        text.push_str(")\"/>\n");
    }

    /// Writes a text with its left end at `at`.
    pub fn text(&self, said: &str, at: Point, width: f64, set: Type, colour: &str) {
        let text = &mut self.written.borrow_mut().text;
        text.push_str("<text");
        for (name, value) in [("x", at.x), ("y", at.y), ("textLength", width), ("font-size", set.size)] {
            number(text, name, value);
        }
        number(text, "font-weight", f64::from(set.weight.number()));
        word(text, "fill", colour);
        text.push('>');
        push_escaped(text, said);
        text.push_str("</text>\n");
    }
}

/// A path with its colour, still open for more attributes.
fn element(text: &mut String, path: &str, what: &str, colour: &str, alpha: f64) {
    text.push_str("<path");
    word(text, "d", path);
    word(text, what, colour);
    if alpha < 1.0 {
        text.push(' ');
        text.push_str(what);
        text.push_str("-opacity=\"");
        push_all(text, &[alpha]);
        text.push('"');
    }
}

fn word(text: &mut String, name: &str, value: &str) {
    text.push(' ');
    text.push_str(name);
    text.push_str("=\"");
    push_escaped(text, value);
    text.push('"');
}

fn number(text: &mut String, name: &str, value: f64) {
    text.push(' ');
    text.push_str(name);
    text.push_str("=\"");
    push_all(text, &[value]);
    text.push('"');
}

/// Numbers with at most two decimals, which is finer than any screen; nothing for what is none.
fn push_all(text: &mut String, numbers: &[f64]) {
    for (at, number) in numbers.iter().enumerate() {
        if at > 0 {
            text.push(' ');
        }
        let rounded = if number.is_finite() { (number * 100.0).round() / 100.0 } else { 0.0 };
        text.push_str(&rounded.to_string());
    }
}

fn push_outline(path: &mut String, rect: Rect, radius: f64) {
    let (right, bottom, r) = (rect.right(), rect.bottom(), radius);
    let corners = [
        (right - r, rect.y, right, rect.y + r),
        (right, bottom - r, right - r, bottom),
        (rect.x + r, bottom, rect.x, bottom - r),
        (rect.x, rect.y + r, rect.x + r, rect.y),
    ];
    path.push('M');
    push_all(path, &[rect.x + r, rect.y]);
    for (x, y, to_x, to_y) in corners {
        path.push('L');
        push_all(path, &[x, y]);
        if r > 0.0 {
            path.push('A');
            push_all(path, &[r, r, 0.0, 0.0, 1.0, to_x, to_y]);
        }
    }
    path.push('Z');
}

/// What may stand between tags and in attributes; characters that XML forbids become spaces.
fn push_escaped(text: &mut String, said: &str) {
    for c in said.chars() {
        match c {
            '&' => text.push_str("&amp;"),
            '<' => text.push_str("&lt;"),
            '>' => text.push_str("&gt;"),
            '"' => text.push_str("&quot;"),
            '\u{0}'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}' => text.push(' '),
            c => text.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::layout;
    use super::super::tests::{design, faces, schema};
    use super::*;
    use session::{BoxFrame, Health, MemberFrame, WireFrame};

    /// A design with a box for every shape of face, whose names are as bad as names get, written and read again.
    fn picture(names: &[&str], is_dark: bool) -> (Document, String) {
        let faces = faces(9);
        let places: Vec<(i32, i32)> = (0..faces.len() as i32).map(|at| (at % 4 * 300, at / 4 * 240)).collect();
        let wires: Vec<(usize, usize)> = (1..faces.len()).map(|to| (to - 1, to)).collect();
        let mut document = design(&places, &wires);
        for (at, placed) in document.scenario.boxes.iter_mut().enumerate() {
            placed.name = names[at % names.len()].to_string();
        }
        document.steps = vec!["1".to_string(); wires.len()];
        let member = |face: &_, at: usize| MemberFrame {
            name: format!("b.{at}"),
            face: Clone::clone(face),
            role: if at == 0 { "leader" } else { "" }.into(),
            health: if at == 1 { Health::Cut } else { Health::Healthy },
            troubles: if at == 1 { vec!["cut <off>".into()] } else { Vec::new() },
            ..MemberFrame::default()
        };
        let boxes = faces
            .iter()
            .enumerate()
            .map(|(at, face)| BoxFrame {
                members: (0..1 + at % 3).map(|n| member(face, n)).collect(),
                gauges: vec![Some(12.0), None],
                ..BoxFrame::default()
            })
            .collect();
        let wire = WireFrame { health: Health::Failing, rate: 90.0, bad: 0.2, ..WireFrame::default() };
        let frame = Frame { boxes, wires: vec![wire; wires.len()], flow: true, ..Frame::default() };
        let layout = layout::layout(&document, &frame, &schema());
        let text = drawing((&document, &frame, &layout), &schema(), &Theme::made_up(is_dark), None);
        (document, text)
    }

    /// All texts of the picture; a parser of other people's reads it.
    fn texts(picture: &str) -> Vec<String> {
        let read = roxmltree::Document::parse(picture).unwrap_or_else(|why| panic!("{why} in\n{picture}"));
        let texts = read.descendants().filter(|node| node.has_tag_name("text"));
        texts.map(|node| node.text().unwrap_or_default().to_string()).collect()
    }

    #[test]
    fn a_picture_is_well_formed_and_names_every_box_in_either_shade() {
        for is_dark in [false, true] {
            let (document, picture) = picture(&["Feed", "Posts & co", "Zwölf", "日本"], is_dark);
            let texts = texts(&picture);
            for placed in &document.scenario.boxes {
                assert!(texts.contains(&placed.name), "{:?} is not among {texts:?}", placed.name);
            }
            let ground = if is_dark { "fill=\"rgb(10,10,10)\"" } else { "fill=\"rgb(240,240,240)\"" };
            assert!(picture.contains(ground), "the ground is the shade's");
            assert!(!picture.contains("NaN") && !picture.contains("inf"), "every number is one");
        }
    }

    #[test]
    fn what_a_scenario_says_is_never_markup() {
        let names = ["<b>1</b>", "a\"/><b>", "]]>&lt;", "nul\u{0}\u{1b}\u{ffff}"];
        let (_, picture) = picture(&names, false);
        let read = roxmltree::Document::parse(&picture).expect("it is well-formed");
        let known = ["svg", "title", "path", "text"];
        for node in read.descendants().filter(roxmltree::Node::is_element) {
            assert!(known.contains(&node.tag_name().name()), "{:?} came from a name", node.tag_name());
            assert!(
                node.attributes().all(|attribute| !attribute.name().starts_with("on")),
                "a handler came from a name"
            );
        }
        assert!(texts(&picture).iter().any(|text| text == names[0]), "it is said as it is");
    }

    #[test]
    fn a_design_as_wide_as_the_canvas_makes_a_picture_of_bounded_size() {
        let far = 100_000;
        let document = design(&[(-far, -far), (far, far)], &[(0, 1)]);
        let layout = layout::layout(&document, &Frame::default(), &schema());
        let written = drawing((&document, &Frame::default(), &layout), &schema(), &Theme::made_up(true), None);
        let read = roxmltree::Document::parse(&written).expect("it is well-formed");
        let side: f64 = read.root_element().attribute("width").and_then(|w| w.parse().ok()).expect("a width");
        assert!(side <= SIDE_MAX && written.len() < 100_000, "{side} pixels, {} bytes", written.len());
    }
}
