//! What one picture of the canvas is made of.

use super::camera::Camera;
use super::geometry::Point;
use super::hit::Hit;
use super::layout::Layout;
use super::theme::Theme;
use scenario::Schema;
use session::{Document, Frame};

/// Everything the painter looks at. Borrowed, so that a picture costs no copies.
#[derive(Clone, Copy, Debug)]
pub struct Scene<'a> {
    /// The design.
    pub document: &'a Document,
    /// What can be placed and set.
    pub schema: &'a Schema,
    /// The moment.
    pub frame: &'a Frame,
    /// Where everything is, made for these.
    pub layout: &'a Layout,
    /// What is selected.
    pub selected: &'a [Hit],
    /// What the pointer is over.
    pub hover: Option<Hit>,
    /// Boxes that a lesson points at, by place.
    pub pointed: &'a [usize],
    /// How it is looked at.
    pub camera: Camera,
    /// Size of the view in CSS pixels.
    pub size: (f64, f64),
    /// Device pixels for each CSS pixel.
    pub dpr: f64,
    /// The colours.
    pub theme: &'a Theme,
    /// True when the reader wants no motion beyond what carries meaning.
    pub reduced_motion: bool,
    /// The page's clock in milliseconds; moves the dashes of flow.
    pub clock: f64,
    /// The wire that is being drawn.
    pub pending: Option<Pending>,
}

/// A wire on its way from a box to the pointer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pending {
    /// The caller, by place.
    pub from: usize,
    /// Where the pointer is on the canvas.
    pub to: Point,
    /// The box under the pointer and whether it may be wired.
    pub over: Option<(usize, bool)>,
}
