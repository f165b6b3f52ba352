//! What the page knows and decides without a browser: selection, view, gestures, keys, what is kept. All of it pure.

pub mod camera;
pub mod selection;

pub use camera::Camera;
pub use selection::Selection;
