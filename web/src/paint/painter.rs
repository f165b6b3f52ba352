//! Paints a scene.

use super::scene::Scene;
use super::theme::{Ink, Theme};
use scenario::{Scenario, Schema};
use web_sys::CanvasRenderingContext2d;

/// Paints scenes and remembers the widths of texts between them.
#[derive(Debug, Default)]
pub struct Painter {}

impl Painter {
    /// Paints `scene` over all of its view. The canvas is `size × dpr` device pixels large.
    pub fn draw(&mut self, ctx: &CanvasRenderingContext2d, scene: &Scene<'_>) {
        let scale = scene.camera.zoom * scene.dpr;
        let _ = ctx.set_transform(1.0, 0.0, 0.0, 1.0, 0.0, 0.0);
        ctx.set_fill_style_str(scene.theme.css(Ink::Bg));
        ctx.fill_rect(0.0, 0.0, scene.size.0 * scene.dpr, scene.size.1 * scene.dpr);
        let _ = ctx.set_transform(scale, 0.0, 0.0, scale, -scene.camera.x * scale, -scene.camera.y * scale);
        ctx.set_stroke_style_str(scene.theme.css(Ink::Line));
        ctx.set_fill_style_str(scene.theme.css(Ink::Panel));
        for placed in &scene.layout.boxes {
            let rect = placed.rect;
            ctx.fill_rect(rect.x, rect.y, rect.w, rect.h);
            ctx.stroke_rect(rect.x, rect.y, rect.w, rect.h);
        }
    }
}

/// Paints a small picture of a scenario, for a card of the library: boxes and wires, fitted into `size` CSS pixels.
pub fn preview(
    _ctx: &CanvasRenderingContext2d,
    _scenario: &Scenario,
    _schema: &Schema,
    _size: (f64, f64),
    _dpr: f64,
    _theme: &Theme,
) {
}
