//! How the canvas is looked at: which of its points is at the top left, and how large a point is.

use super::geometry::{Point, Rect};

/// Where the reader stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Camera {
    /// The canvas point at the left edge of the view.
    pub x: f64,
    /// The canvas point at the top edge of the view.
    pub y: f64,
    /// CSS pixels for each canvas point.
    pub zoom: f64,
}

impl Default for Camera {
    fn default() -> Camera {
        Camera { x: 0.0, y: 0.0, zoom: 1.0 }
    }
}

impl Camera {
    /// Farthest out.
    pub const ZOOM_MIN: f64 = 0.1;
    /// Farthest in.
    pub const ZOOM_MAX: f64 = 4.0;

    /// Where a canvas point is on screen, in CSS pixels from the top left of the view.
    #[must_use]
    pub fn to_screen(&self, p: Point) -> Point {
        Point::new((p.x - self.x) * self.zoom, (p.y - self.y) * self.zoom)
    }

    /// Which canvas point is at `p` on screen.
    #[must_use]
    pub fn to_canvas(&self, p: Point) -> Point {
        Point::new(p.x / self.zoom + self.x, p.y / self.zoom + self.y)
    }

    /// The part of the canvas seen in a view of `size` CSS pixels.
    #[must_use]
    pub fn seen(&self, size: (f64, f64)) -> Rect {
        Rect::new(self.x, self.y, size.0 / self.zoom, size.1 / self.zoom)
    }

    /// Zoomed by `factor` so that what is at `p` on screen stays there.
    #[must_use]
    pub fn zoomed(&self, p: Point, factor: f64) -> Camera {
        let held = self.to_canvas(p);
        let zoom = (self.zoom * factor).clamp(Self::ZOOM_MIN, Self::ZOOM_MAX);
        Camera { x: held.x - p.x / zoom, y: held.y - p.y / zoom, zoom }
    }

    /// Moved by so many CSS pixels; the picture follows the hand.
    #[must_use]
    pub fn dragged(&self, dx: f64, dy: f64) -> Camera {
        Camera { x: self.x - dx / self.zoom, y: self.y - dy / self.zoom, zoom: self.zoom }
    }

    /// All of `bounds` in the middle of a view of `size` with `margin` CSS pixels around it, no larger than life.
    #[must_use]
    pub fn fitted(bounds: Rect, size: (f64, f64), margin: f64) -> Camera {
        let room = ((size.0 - 2.0 * margin).max(1.0), (size.1 - 2.0 * margin).max(1.0));
        let zoom = (room.0 / bounds.w.max(1.0)).min(room.1 / bounds.h.max(1.0)).clamp(Self::ZOOM_MIN, 1.0);
        let middle = bounds.center();
        Camera { x: middle.x - size.0 / zoom / 2.0, y: middle.y - size.1 / zoom / 2.0, zoom }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zooming_holds_the_point_under_the_pointer() {
        let camera = Camera { x: 13.0, y: -40.0, zoom: 0.7 };
        let pointer = Point::new(310.0, 222.0);
        let before = camera.to_canvas(pointer);
        for factor in [0.5, 1.3, 100.0, 0.0001] {
            assert!(camera.zoomed(pointer, factor).to_canvas(pointer).distance(before) < 1e-9, "{factor}");
        }
    }

    #[test]
    fn what_is_fitted_is_seen() {
        for bounds in [Rect::new(-300.0, 20.0, 2_000.0, 500.0), Rect::new(0.0, 0.0, 0.0, 0.0)] {
            let camera = Camera::fitted(bounds, (800.0, 600.0), 24.0);
            let seen = camera.seen((800.0, 600.0));
            assert!(
                seen.contains(Point::new(bounds.x, bounds.y))
                    && seen.contains(Point::new(bounds.right(), bounds.bottom()))
            );
        }
    }
}
