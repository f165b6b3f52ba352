//! The canvas of the workbench: where things are, what is under the pointer, and the painting itself.
//!
//! [`layout`] places boxes and wires, once for each change; [`Painter::draw`] paints a [`Scene`], once for each picture. The
//! painter knows the shapes of faces and no kinds of boxes, and takes every colour from the [`Theme`]. All text is drawn as text,
//! measured first and cut with an ellipsis. Cost: the arithmetic is O(what is seen), calls into the browser are batched by style.

mod camera;
mod cards;
mod describe;
mod faces;
mod flights;
mod geometry;
mod groups;
mod hit;
mod layout;
mod lens;
mod marks;
mod notes;
pub mod number;
mod painter;
mod pen;
mod preview;
mod route;
mod scene;
mod svg;
#[cfg(test)]
mod tests;
mod text;
mod theme;
mod wires;
mod zones;

pub use camera::Camera;
pub use describe::{Table, describe, legend};
pub use geometry::{Curve, Point, Rect, Track};
pub use groups::{GroupLayout, together};
pub use hit::Hit;
pub use layout::{BoxLayout, Layout, key, layout};
pub use lens::{Inside, Lens};
pub use marks::ink as health_ink;
pub use painter::Painter;
pub use preview::preview;
pub use route::{Branch, WirePath};
pub use scene::{Pending, Scene};
pub use svg::drawing;
pub use theme::{Ink, Theme};
pub use zones::{around as zone_around, head as zone_head};
