//! Small signs: how somebody is (by shape and colour), chips, crosses, arrows.

use super::geometry::{Point, Rect};
use super::pen::{Align, Pen};
use super::text::Type;
use super::theme::Ink;
use session::Health;

/// The colour of a health. Never used without a shape or a word beside it.
#[must_use]
pub fn ink(health: Health) -> Ink {
    match health {
        Health::Idle => Ink::Faint,
        Health::Healthy => Ink::Ok,
        Health::Slow => Ink::Slow,
        Health::Failing => Ink::Bad,
        Health::Cut => Ink::Cut,
    }
}

/// Every health, worst last.
pub const HEALTHS: [Health; 5] = [Health::Idle, Health::Healthy, Health::Slow, Health::Failing, Health::Cut];

/// The sign of a health: a hollow circle, a full circle, a triangle, a diamond, a cross. `radius` is half of its height.
pub fn health(pen: &mut Pen<'_>, health: Health, at: Point, radius: f64) {
    let r = radius;
    pen.begin();
    match health {
        Health::Idle => {
            pen.circle(at, r * 0.8);
            pen.stroke(Ink::Faint, 1.0, r * 0.4);
        }
        Health::Healthy => {
            pen.circle(at, r);
            pen.fill(Ink::Ok, 1.0);
        }
        Health::Slow => {
            pen.outline(&[at.moved(0.0, -r * 1.1), at.moved(r * 1.2, r * 0.95), at.moved(-r * 1.2, r * 0.95)]);
            pen.fill(Ink::Slow, 1.0);
        }
        Health::Failing => {
            let r = r * 1.25;
            pen.outline(&[at.moved(0.0, -r), at.moved(r, 0.0), at.moved(0.0, r), at.moved(-r, 0.0)]);
            pen.fill(Ink::Bad, 1.0);
        }
        Health::Cut => {
            add_cross(pen, at, r * 0.8);
            pen.stroke(Ink::Bad, 1.0, r * 0.5);
        }
    }
}

/// Adds a diagonal cross to the path, `reach` from its middle each way.
pub fn add_cross(pen: &Pen<'_>, at: Point, reach: f64) {
    pen.line(at.moved(-reach, -reach), at.moved(reach, reach));
    pen.line(at.moved(-reach, reach), at.moved(reach, -reach));
}

/// Adds the head of an arrow to the path, its tip at `tip`, pointing along `angle`.
pub fn add_arrow(pen: &Pen<'_>, tip: Point, angle: f64, size: f64) {
    let Point { x: cos, y: sin } = Point::default().around(1.0, angle);
    let back = |along: f64, aside: f64| tip.moved(-along * cos - aside * sin, -along * sin + aside * cos);
    pen.outline(&[tip, back(size, size * 0.55), back(size, -size * 0.55)]);
}

/// A text in a rounded frame.
#[derive(Clone, Copy, Debug)]
pub struct Chip<'a> {
    /// What it says.
    pub text: &'a str,
    /// The sign before the text.
    pub sign: Option<Health>,
    /// Colour of text and frame.
    pub ink: Ink,
    /// What is behind the text.
    pub ground: Ink,
}

/// Height of a chip, and what lies between its ends and its text.
const HEIGHT: f64 = 17.0;
const ENDS: f64 = 7.0;
const SIGN: f64 = 10.0;

impl Chip<'_> {
    fn set(pen: &Pen<'_>) -> Type {
        pen.legible(Type::SMALL.sized(10.5))
    }

    /// Draws it with its middle at `at` (as `align` says) and no wider than `room`. Answers its width; 0 when there is no room.
    pub fn draw(&self, pen: &mut Pen<'_>, at: Point, room: f64, align: Align) -> f64 {
        let set = Self::set(pen);
        let scale = set.size / 10.5;
        let extra = (2.0 * ENDS + if self.sign.is_some() { SIGN } else { 0.0 }) * scale;
        let text_room = room - extra;
        let text_width = pen.width(self.text, set).min(text_room);
        if text_room < 8.0 * scale {
            return 0.0;
        }
        let (w, h) = (text_width + extra, HEIGHT * scale);
        let x = match align {
            Align::Left => at.x,
            Align::Center => at.x - w / 2.0,
            Align::Right => at.x - w,
        };
        let frame = Rect::new(x, at.y - h / 2.0, w, h);
        pen.begin();
        pen.round(frame, h / 2.0);
        pen.fill(self.ground, 1.0);
        pen.stroke(self.ink, if self.ink == Ink::Muted { 0.35 } else { 0.55 }, pen.px(1.0));
        let mut left = x + ENDS * scale;
        if let Some(sign) = self.sign {
            health(pen, sign, Point::new(left + 2.5 * scale, at.y), 3.0 * scale);
            left += SIGN * scale;
        }
        pen.text(self.text, Point::new(left, at.y + set.size * 0.35), text_width + 0.01, set, self.ink, Align::Left);
        w
    }
}
