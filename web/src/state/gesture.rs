//! What a hand does on the canvas, with mouse, pen or fingers, told from presses, moves and releases. Screen pixels throughout.
//!
//! One pointer on the background pans, on a box or a zone's head it drags, on a port it draws a wire; with Shift on the background it draws a
//! frame around boxes. A second finger turns whatever it was into a pinch. What never went farther than [`SLACK`] is a tap.

use crate::paint::Hit;

/// How far a pointer may tremble and still have tapped, in pixels.
pub const SLACK: f64 = 4.0;

/// A place on screen.
pub type Spot = (f64, f64);

/// What a gesture asks for.
#[derive(Clone, Debug, PartialEq)]
pub enum Deed {
    /// The view moves by so many pixels.
    Pan(f64, f64),
    /// The view comes nearer by a factor, around a place, and moves.
    Pinch {
        /// How much nearer.
        factor: f64,
        /// Around where.
        at: Spot,
        /// By how much it moves.
        by: Spot,
    },
    /// Something is tapped.
    Tap {
        /// What; nothing but canvas when `None`.
        on: Option<Hit>,
        /// Whether it is to be added to the selection.
        adding: bool,
    },
    /// Boxes are dragged: so many pixels from where they were.
    Drag {
        /// The box under the pointer, by place.
        at: usize,
        /// How far from the start.
        by: Spot,
    },
    /// A zone, one of its corners, a note or a group is dragged.
    Carry {
        /// What.
        on: Hit,
        /// How far from the start.
        by: Spot,
    },
    /// The drag is over.
    Drop,
    /// A wire is drawn.
    Draw {
        /// From this box, by place.
        from: usize,
        /// To here.
        to: Spot,
    },
    /// The wire is let go here.
    Let {
        /// From this box, by place.
        from: usize,
        /// Here.
        to: Spot,
    },
    /// A frame is drawn around boxes, from corner to corner.
    Frame(Spot, Spot),
    /// The frame is done.
    Framed(Spot, Spot),
    /// All of it is given up.
    GiveUp,
}

#[derive(Clone, Debug, Default, PartialEq)]
enum Course {
    #[default]
    Rest,
    /// Pressed and not yet moved.
    Pressed {
        on: Option<Hit>,
        start: Spot,
        adding: bool,
    },
    Pan {
        last: Spot,
    },
    Drag {
        at: usize,
        start: Spot,
    },
    Carry {
        on: Hit,
        start: Spot,
    },
    Draw {
        from: usize,
    },
    Frame {
        start: Spot,
    },
    Pinch,
}

/// The pointers that are down and what they are doing.
#[derive(Clone, Debug, Default)]
pub struct Gesture {
    pointers: Vec<(i32, Spot)>,
    course: Course,
}

impl Gesture {
    /// True while a pointer is down.
    #[must_use]
    pub fn is_on(&self) -> bool {
        !self.pointers.is_empty()
    }

    /// A pointer goes down.
    pub fn press(&mut self, pointer: i32, at: Spot, on: Option<Hit>, adding: bool) -> Option<Deed> {
        self.pointers.retain(|(id, _)| *id != pointer);
        self.pointers.push((pointer, at));
        if self.pointers.len() == 1 {
            self.course = Course::Pressed { on, start: at, adding };
            return None;
        }
        let begun = !matches!(self.course, Course::Pressed { .. } | Course::Pan { .. } | Course::Pinch);
        self.course = Course::Pinch;
        begun.then_some(Deed::GiveUp)
    }

    /// A pointer moves.
    pub fn moved(&mut self, pointer: i32, at: Spot) -> Option<Deed> {
        let place = self.pointers.iter().position(|(id, _)| *id == pointer)?;
        let before = self.pointers[place].1;
        self.pointers[place].1 = at;
        if let Course::Pressed { on, start, adding } = &self.course {
            if distance(*start, at) < SLACK {
                return None;
            }
            self.course = begin(*on, *start, *adding);
        }
        match &mut self.course {
            Course::Rest | Course::Pressed { .. } => None,
            Course::Pan { last } => {
                let by = minus(at, *last);
                *last = at;
                Some(Deed::Pan(by.0, by.1))
            }
            Course::Drag { at: dragged, start } => Some(Deed::Drag { at: *dragged, by: minus(at, *start) }),
            Course::Carry { on, start } => Some(Deed::Carry { on: *on, by: minus(at, *start) }),
            Course::Draw { from } => Some(Deed::Draw { from: *from, to: at }),
            Course::Frame { start } => Some(Deed::Frame(*start, at)),
            Course::Pinch => {
                let other = self.pointers.iter().find(|(id, _)| *id != pointer)?.1;
                let (was, is) = (distance(before, other).max(1.0), distance(at, other).max(1.0));
                let by = minus(middle(at, other), middle(before, other));
                Some(Deed::Pinch { factor: is / was, at: middle(at, other), by })
            }
        }
    }

    /// A pointer goes up.
    pub fn release(&mut self, pointer: i32, at: Spot) -> Option<Deed> {
        let place = self.pointers.iter().position(|(id, _)| *id == pointer)?;
        self.pointers.remove(place);
        if let Some((_, left)) = self.pointers.first() {
            self.course = Course::Pan { last: *left };
            return None;
        }
        match std::mem::take(&mut self.course) {
            Course::Pressed { on, adding, .. } => Some(Deed::Tap { on, adding }),
            Course::Drag { .. } | Course::Carry { .. } => Some(Deed::Drop),
            Course::Draw { from } => Some(Deed::Let { from, to: at }),
            Course::Frame { start } => Some(Deed::Framed(start, at)),
            Course::Rest | Course::Pan { .. } | Course::Pinch => None,
        }
    }

    /// The browser takes the pointer away, or the person gives up.
    pub fn give_up(&mut self) -> Option<Deed> {
        self.pointers.clear();
        match std::mem::take(&mut self.course) {
            Course::Rest | Course::Pressed { .. } => None,
            _ => Some(Deed::GiveUp),
        }
    }
}

/// What a press turns into once the pointer has moved.
fn begin(on: Option<Hit>, start: Spot, adding: bool) -> Course {
    match on {
        Some(Hit::Out(from)) => Course::Draw { from },
        Some(Hit::Box(at) | Hit::Member(at, _) | Hit::In(at)) => Course::Drag { at, start },
        Some(on @ (Hit::Zone(_) | Hit::Corner(..) | Hit::Note(_) | Hit::Group(_))) if !adding => {
            Course::Carry { on, start }
        }
        Some(Hit::Wire(_) | Hit::Zone(_) | Hit::Corner(..) | Hit::Note(_) | Hit::Group(_)) | None if adding => {
            Course::Frame { start }
        }
        _ => Course::Pan { last: start },
    }
}

fn minus(a: Spot, b: Spot) -> Spot {
    (a.0 - b.0, a.1 - b.1)
}

fn middle(a: Spot, b: Spot) -> Spot {
    ((a.0 + b.0) / 2.0, (a.1 + b.1) / 2.0)
}

fn distance(a: Spot, b: Spot) -> f64 {
    let (dx, dy) = minus(a, b);
    (dx * dx + dy * dy).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    const POSTS: Option<Hit> = Some(Hit::Box(3));

    #[test]
    fn a_trembling_press_is_a_tap() {
        let mut gesture = Gesture::default();
        gesture.press(1, (10.0, 10.0), POSTS, true);
        assert_eq!(gesture.moved(1, (12.0, 11.0)), None);
        assert_eq!(gesture.release(1, (12.0, 11.0)), Some(Deed::Tap { on: POSTS, adding: true }));
        assert!(!gesture.is_on());
    }

    #[test]
    fn a_drag_counts_from_where_it_was_pressed() {
        let mut gesture = Gesture::default();
        gesture.press(1, (10.0, 10.0), Some(Hit::Member(3, 2)), false);
        assert_eq!(gesture.moved(1, (30.0, 5.0)), Some(Deed::Drag { at: 3, by: (20.0, -5.0) }));
        assert_eq!(gesture.release(1, (30.0, 5.0)), Some(Deed::Drop));
    }

    #[test]
    fn a_zone_is_carried_by_its_head_and_stretched_by_a_corner_and_notes_and_groups_carried() {
        let mut gesture = Gesture::default();
        for on in [Hit::Zone(2), Hit::Corner(2, 3), Hit::Note(1), Hit::Group(0)] {
            gesture.press(1, (10.0, 10.0), Some(on), false);
            let by = (20.0, 5.0);
            assert_eq!(gesture.moved(1, (30.0, 15.0)), Some(Deed::Carry { on, by }));
            assert_eq!(gesture.release(1, (30.0, 15.0)), Some(Deed::Drop));
        }
    }

    #[test]
    fn a_wire_is_drawn_from_a_port() {
        let mut gesture = Gesture::default();
        gesture.press(1, (0.0, 0.0), Some(Hit::Out(1)), false);
        assert_eq!(gesture.moved(1, (9.0, 0.0)), Some(Deed::Draw { from: 1, to: (9.0, 0.0) }));
        assert_eq!(gesture.release(1, (50.0, 0.0)), Some(Deed::Let { from: 1, to: (50.0, 0.0) }));
    }

    #[test]
    fn a_second_finger_gives_a_drag_up_and_pinches() {
        let mut gesture = Gesture::default();
        gesture.press(1, (0.0, 0.0), POSTS, false);
        gesture.moved(1, (10.0, 0.0));
        assert_eq!(gesture.press(2, (110.0, 0.0), None, false), Some(Deed::GiveUp));
        assert_eq!(
            gesture.moved(2, (210.0, 0.0)),
            Some(Deed::Pinch { factor: 2.0, at: (110.0, 0.0), by: (50.0, 0.0) })
        );
        assert_eq!(gesture.release(2, (210.0, 0.0)), None);
        assert_eq!(gesture.moved(1, (15.0, 7.0)), Some(Deed::Pan(5.0, 7.0)), "the finger that stays pans");
    }

    #[test]
    fn shift_on_the_background_frames_and_without_it_pans() {
        let mut gesture = Gesture::default();
        gesture.press(1, (0.0, 0.0), None, true);
        assert_eq!(gesture.moved(1, (50.0, 40.0)), Some(Deed::Frame((0.0, 0.0), (50.0, 40.0))));
        assert_eq!(gesture.release(1, (50.0, 40.0)), Some(Deed::Framed((0.0, 0.0), (50.0, 40.0))));
        gesture.press(1, (0.0, 0.0), None, false);
        assert_eq!(gesture.moved(1, (50.0, 40.0)), Some(Deed::Pan(50.0, 40.0)));
    }
}
