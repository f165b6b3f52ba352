//! Points, rectangles, cubic curves and the tracks that messages travel on. Canvas points throughout; plain arithmetic, no browser.
//!
//! A [`Track`] is a curve cut into pieces of equal length, so that a message moves at constant speed along it and finding its
//! place costs one interpolation instead of one polynomial.

/// A place on the canvas.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Point {
    /// To the right.
    pub x: f64,
    /// Downwards.
    pub y: f64,
}

/// A rectangle with its sides along the axes.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rect {
    /// Left edge.
    pub x: f64,
    /// Top edge.
    pub y: f64,
    /// Width.
    pub w: f64,
    /// Height.
    pub h: f64,
}

/// A cubic Bézier curve: start, two handles, end.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Curve(pub Point, pub Point, pub Point, pub Point);

/// A curve as points at equal distances along it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Track {
    points: Vec<Point>,
    length: f64,
}

impl Point {
    /// The point at (`x`, `y`).
    #[must_use]
    pub const fn new(x: f64, y: f64) -> Point {
        Point { x, y }
    }

    /// Moved by (`dx`, `dy`).
    #[must_use]
    pub const fn moved(self, dx: f64, dy: f64) -> Point {
        Point { x: self.x + dx, y: self.y + dy }
    }

    /// On the circle of this radius around it, at `angle` in radians from the x axis.
    #[must_use]
    pub fn around(self, radius: f64, angle: f64) -> Point {
        let (cos, sin) = cos_and_sin(angle);
        self.moved(radius * cos, radius * sin)
    }

    /// `t` of the way to `other`.
    #[must_use]
    pub fn towards(self, other: Point, t: f64) -> Point {
        Point { x: self.x + (other.x - self.x) * t, y: self.y + (other.y - self.y) * t }
    }

    /// How far `other` is.
    #[must_use]
    pub fn distance(self, other: Point) -> f64 {
        ((self.x - other.x).powi(2) + (self.y - other.y).powi(2)).sqrt()
    }

    fn distance_to_piece(self, a: Point, b: Point) -> f64 {
        let (dx, dy) = (b.x - a.x, b.y - a.y);
        let square = dx * dx + dy * dy;
        if square <= 0.0 {
            return self.distance(a);
        }
        let t = (((self.x - a.x) * dx + (self.y - a.y) * dy) / square).clamp(0.0, 1.0);
        self.distance(a.towards(b, t))
    }
}

// The browser has these two; the standard library's, which are right for angles of any size, are 10 KB to download.
#[cfg(target_arch = "wasm32")]
fn cos_and_sin(angle: f64) -> (f64, f64) {
    (js_sys::Math::cos(angle), js_sys::Math::sin(angle))
}

/// Tests run where there is no browser.
#[cfg(not(target_arch = "wasm32"))]
fn cos_and_sin(angle: f64) -> (f64, f64) {
    (angle.cos(), angle.sin())
}

impl Rect {
    /// The rectangle from (`x`, `y`), `w` wide and `h` high.
    #[must_use]
    pub const fn new(x: f64, y: f64, w: f64, h: f64) -> Rect {
        Rect { x, y, w, h }
    }

    /// Right edge.
    #[must_use]
    pub fn right(&self) -> f64 {
        self.x + self.w
    }

    /// Bottom edge.
    #[must_use]
    pub fn bottom(&self) -> f64 {
        self.y + self.h
    }

    /// The middle.
    #[must_use]
    pub fn center(&self) -> Point {
        Point::new(self.x + self.w / 2.0, self.y + self.h / 2.0)
    }

    /// True when `p` is in it or on its edge.
    #[must_use]
    pub fn contains(&self, p: Point) -> bool {
        p.x >= self.x && p.x <= self.right() && p.y >= self.y && p.y <= self.bottom()
    }

    /// True when the two have an area in common.
    #[must_use]
    pub fn overlaps(&self, other: &Rect) -> bool {
        self.x < other.right() && other.x < self.right() && self.y < other.bottom() && other.y < self.bottom()
    }

    /// Grown by `by` on every side; shrunk when negative, never below nothing.
    #[must_use]
    pub fn grown(&self, by: f64) -> Rect {
        Rect::new(self.x - by, self.y - by, (self.w + 2.0 * by).max(0.0), (self.h + 2.0 * by).max(0.0))
    }

    /// The smallest rectangle around both.
    #[must_use]
    pub fn union(&self, other: &Rect) -> Rect {
        let (x, y) = (self.x.min(other.x), self.y.min(other.y));
        Rect::new(x, y, self.right().max(other.right()) - x, self.bottom().max(other.bottom()) - y)
    }
}

impl Curve {
    /// The point at `t`, 0 at the start and 1 at the end.
    #[must_use]
    pub fn point_at(&self, t: f64) -> Point {
        let u = 1.0 - t;
        let (a, b, c, d) = (u * u * u, 3.0 * u * u * t, 3.0 * u * t * t, t * t * t);
        Point {
            x: a * self.0.x + b * self.1.x + c * self.2.x + d * self.3.x,
            y: a * self.0.y + b * self.1.y + c * self.2.y + d * self.3.y,
        }
    }

    /// The rectangle of its four points, which holds all of it.
    #[must_use]
    pub fn hull(&self) -> Rect {
        let xs = [self.0.x, self.1.x, self.2.x, self.3.x];
        let ys = [self.0.y, self.1.y, self.2.y, self.3.y];
        let least = |values: [f64; 4]| values.into_iter().fold(f64::INFINITY, f64::min);
        let most = |values: [f64; 4]| values.into_iter().fold(f64::NEG_INFINITY, f64::max);
        let (x, y) = (least(xs), least(ys));
        Rect::new(x, y, most(xs) - x, most(ys) - y)
    }

    /// A straight line as a curve.
    #[must_use]
    pub fn straight(from: Point, to: Point) -> Curve {
        Curve(from, from.towards(to, 1.0 / 3.0), from.towards(to, 2.0 / 3.0), to)
    }

    /// It, cut into pieces of equal length.
    #[must_use]
    pub fn track(&self) -> Track {
        Track::of(self)
    }
}

impl Track {
    /// Pieces in a track.
    const PIECES: usize = 32;
    /// Steps by which the length of a curve is found.
    const STEPS: usize = 96;

    fn of(curve: &Curve) -> Track {
        let mut along = Vec::with_capacity(Self::STEPS + 1);
        let mut length = 0.0;
        let mut last = curve.0;
        for step in 0..=Self::STEPS {
            let point = curve.point_at(step as f64 / Self::STEPS as f64);
            length += last.distance(point);
            along.push((length, point));
            last = point;
        }
        let mut points = Vec::with_capacity(Self::PIECES + 1);
        let mut next = 0;
        for piece in 0..=Self::PIECES {
            let wanted = length * piece as f64 / Self::PIECES as f64;
            while next < Self::STEPS - 1 && along[next + 1].0 < wanted {
                next += 1;
            }
            let (before, a) = along[next];
            let (after, b) = along[next + 1];
            let t = if after > before { ((wanted - before) / (after - before)).clamp(0.0, 1.0) } else { 0.0 };
            points.push(a.towards(b, t));
        }
        Track { points, length }
    }

    /// Length in canvas points.
    #[must_use]
    pub fn length(&self) -> f64 {
        self.length
    }

    /// The point `share` (0 to 1) of the way along it; the start of an empty track is the origin.
    #[must_use]
    pub fn at(&self, share: f64) -> Point {
        let pieces = self.points.len().saturating_sub(1);
        if pieces == 0 {
            return self.points.first().copied().unwrap_or_default();
        }
        let place = share.clamp(0.0, 1.0) * pieces as f64;
        let piece = (place as usize).min(pieces - 1);
        self.points[piece].towards(self.points[piece + 1], place - piece as f64)
    }

    /// The direction of travel at `share`, as an angle from the x axis.
    #[must_use]
    pub fn angle(&self, share: f64) -> f64 {
        let (a, b) = (self.at((share - 0.02).max(0.0)), self.at((share + 0.02).min(1.0)));
        (b.y - a.y).atan2(b.x - a.x)
    }

    /// How far `p` is from it.
    #[must_use]
    pub fn distance(&self, p: Point) -> f64 {
        self.points.windows(2).map(|pair| p.distance_to_piece(pair[0], pair[1])).fold(f64::INFINITY, f64::min)
    }

    /// Its points, from start to end.
    #[must_use]
    pub fn points(&self) -> &[Point] {
        &self.points
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEND: Curve =
        Curve(Point::new(0.0, 0.0), Point::new(80.0, 0.0), Point::new(20.0, 100.0), Point::new(100.0, 100.0));

    #[test]
    fn a_message_moves_at_constant_speed_along_a_bend() {
        let track = BEND.track();
        let step = track.length() / 20.0;
        for i in 0..20 {
            let (a, b) = (track.at(f64::from(i) / 20.0), track.at(f64::from(i + 1) / 20.0));
            assert!((a.distance(b) - step).abs() < step * 0.06, "piece {i}: {} instead of {step}", a.distance(b));
        }
    }

    #[test]
    fn a_track_begins_and_ends_where_its_curve_does() {
        let track = BEND.track();
        assert_eq!(track.at(0.0), BEND.0);
        assert!(track.at(1.0).distance(BEND.3) < 1e-9);
        assert!(track.at(7.0).distance(BEND.3) < 1e-9, "past the end stays at the end");
        assert_eq!(Track::default().at(0.5), Point::default());
    }

    #[test]
    fn distance_is_measured_to_the_curve_and_not_to_its_handles() {
        let track = BEND.track();
        assert!(track.distance(BEND.point_at(0.3)) < 0.5);
        assert!(track.distance(Point::new(80.0, 0.0)) > 20.0);
        assert!(Curve::straight(BEND.0, BEND.0).track().distance(Point::new(3.0, 4.0)) - 5.0 < 1e-9);
    }

    #[test]
    fn the_hull_holds_the_curve() {
        let hull = BEND.hull();
        assert!((0..=50).all(|i| hull.contains(BEND.point_at(f64::from(i) / 50.0))));
    }
}
