//! Where the canvas is looked at from. A point of the design is at `(point + (x, y)) × zoom` on screen.

/// The view of the canvas.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Camera {
    /// Added to the left of everything, in points of the design.
    pub x: f64,
    /// Added to the top of everything, in points of the design.
    pub y: f64,
    /// Pixels on screen for each point of the design.
    pub zoom: f64,
}

impl Default for Camera {
    fn default() -> Camera {
        Camera { x: 0.0, y: 0.0, zoom: 1.0 }
    }
}

impl Camera {
    /// Farthest away.
    pub const ZOOM_MIN: f64 = 0.15;
    /// Nearest.
    pub const ZOOM_MAX: f64 = 3.0;

    /// The point of the design under a place on screen.
    #[must_use]
    pub fn to_design(self, (sx, sy): (f64, f64)) -> (f64, f64) {
        (sx / self.zoom - self.x, sy / self.zoom - self.y)
    }

    /// The place on screen of a point of the design.
    #[must_use]
    pub fn to_screen(self, (x, y): (f64, f64)) -> (f64, f64) {
        ((x + self.x) * self.zoom, (y + self.y) * self.zoom)
    }

    /// Moved by pixels on screen.
    #[must_use]
    pub fn panned(self, dx: f64, dy: f64) -> Camera {
        Camera { x: self.x + dx / self.zoom, y: self.y + dy / self.zoom, ..self }
    }

    /// Nearer by `factor`, with what is under `at` on screen staying there.
    #[must_use]
    pub fn zoomed(self, factor: f64, at: (f64, f64)) -> Camera {
        let (x, y) = self.to_design(at);
        let zoom = (self.zoom * factor).clamp(Camera::ZOOM_MIN, Camera::ZOOM_MAX);
        Camera { x: at.0 / zoom - x, y: at.1 / zoom - y, zoom }
    }

    /// The view that shows `bounds` (left, top, right, bottom) whole, in the middle of the part of the screen that `insets`
    /// (left, top, right, bottom) leave free; never nearer than life size.
    #[must_use]
    pub fn fitting(bounds: (f64, f64, f64, f64), size: (f64, f64), insets: (f64, f64, f64, f64)) -> Camera {
        let (left, top, right, bottom) = bounds;
        let free = ((size.0 - insets.0 - insets.2).max(40.0), (size.1 - insets.1 - insets.3).max(40.0));
        let (width, height) = ((right - left).max(1.0), (bottom - top).max(1.0));
        let zoom = (free.0 / width).min(free.1 / height).clamp(Camera::ZOOM_MIN, 1.0);
        let middle = (insets.0 + free.0 / 2.0, insets.1 + free.1 / 2.0);
        Camera { x: middle.0 / zoom - (left + right) / 2.0, y: middle.1 / zoom - (top + bottom) / 2.0, zoom }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(a: (f64, f64), b: (f64, f64)) -> bool {
        (a.0 - b.0).abs() < 1e-9 && (a.1 - b.1).abs() < 1e-9
    }

    #[test]
    fn what_is_under_the_pointer_stays_there_while_zooming() {
        let camera = Camera { x: 12.0, y: -40.0, zoom: 0.7 };
        let at = (300.0, 200.0);
        for factor in [0.01, 0.5, 1.3, 100.0] {
            assert!(near(camera.zoomed(factor, at).to_design(at), camera.to_design(at)), "{factor}");
        }
    }

    #[test]
    fn a_fitted_design_lies_within_the_insets() {
        let insets = (10.0, 60.0, 20.0, 30.0);
        let camera = Camera::fitting((-100.0, 50.0, 2_000.0, 900.0), (800.0, 600.0), insets);
        let (left, top) = camera.to_screen((-100.0, 50.0));
        let (right, bottom) = camera.to_screen((2_000.0, 900.0));
        assert!(left >= 10.0 - 1e-9 && top >= 60.0 - 1e-9 && right <= 780.0 + 1e-9 && bottom <= 570.0 + 1e-9);
    }

    #[test]
    fn a_small_design_is_not_blown_up() {
        assert_eq!(Camera::fitting((0.0, 0.0, 10.0, 10.0), (800.0, 600.0), (0.0, 0.0, 0.0, 0.0)).zoom, 1.0);
    }
}
