//! A small picture of a design, for a card of the library: boxes and wires, nothing that moves.

use super::camera::Camera;
use super::geometry::Rect;
use super::layout;
use super::marks;
use super::painter::with_pen;
use super::pen::Icon;
use super::theme::{Ink, Theme};
use super::zones;
use scenario::{Scenario, Schema};
use session::{Document, Frame};
use web_sys::CanvasRenderingContext2d;

/// Space around the picture, in CSS pixels.
const MARGIN: f64 = 16.0;

/// Paints `scenario` fitted into `size` CSS pixels. The canvas is `size × dpr` device pixels large; what was on it is cleared.
pub fn preview(
    ctx: &CanvasRenderingContext2d,
    scenario: &Scenario,
    schema: &Schema,
    size: (f64, f64),
    dpr: f64,
    theme: &Theme,
) {
    let document = Document { scenario: scenario.clone(), ..Document::default() };
    let layout = layout::layout(&document, &Frame::default(), schema);
    let camera = Camera::fitted(layout.bounds, size, MARGIN);
    let scale = camera.zoom * dpr;
    let _ = ctx.set_transform(1.0, 0.0, 0.0, 1.0, 0.0, 0.0);
    ctx.clear_rect(0.0, 0.0, size.0 * dpr, size.1 * dpr);
    let _ = ctx.set_transform(scale, 0.0, 0.0, scale, -camera.x * scale, -camera.y * scale);
    with_pen(ctx, theme, camera.zoom, dpr, |pen| {
        zones::floors(pen, &layout.zones);
        pen.begin();
        layout.wires.iter().filter(|wire| wire.is_drawn()).for_each(|wire| pen.curve(&wire.curve));
        pen.stroke(Ink::Ok, 0.8, pen.px(1.8));
        pen.begin();
        for wire in layout.wires.iter().filter(|wire| wire.is_drawn()) {
            marks::add_arrow(pen, wire.track.at(1.0), wire.track.angle(1.0), pen.px(6.0));
        }
        pen.fill(Ink::Ok, 1.0);
        pen.begin();
        layout.cards().for_each(|rect| pen.round(pen.crisp(rect), pen.px(6.0)));
        pen.fill(Ink::Raised, 1.0);
        pen.stroke(Ink::Line, 1.0, pen.hair());
        for (placed, design) in layout.boxes.iter().zip(&scenario.boxes) {
            let Some(kind) = schema.kind(&design.kind).filter(|_| placed.fold.is_none()) else { continue };
            let side = pen.px(18.0).min(placed.rect.h * 0.6).min(placed.rect.w * 0.6);
            let middle = placed.rect.center();
            pen.icon(
                &Icon::new(&kind.icon),
                Rect::new(middle.x - side / 2.0, middle.y - side / 2.0, side, side),
                Ink::Muted,
            );
        }
    });
}
