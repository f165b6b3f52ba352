//! What changes with every picture: the latest frame, where everything is, how it is looked at. It never enters the virtual DOM:
//! the canvas reads it on the animation frame, and events read it when they happen.

use crate::browser::bridge::Bridge;
use crate::paint::{Camera, Layout, Point, Rect};
use crate::talk::Ask;
use session::Frame;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// The shared cell.
#[derive(Default)]
pub struct Live {
    bridge: RefCell<Option<Rc<Bridge>>>,
    frame: RefCell<Rc<Frame>>,
    layout: RefCell<Rc<Layout>>,
    /// How the canvas is looked at.
    pub camera: Cell<Camera>,
    /// Its size in CSS pixels.
    pub size: Cell<(f64, f64)>,
    /// Its place in the window, left and top, in CSS pixels.
    pub corner: Cell<(f64, f64)>,
    /// True while the view follows the design, until somebody moves it.
    pub fitting: Cell<bool>,
    is_awaited: Cell<bool>,
}

impl Live {
    /// A cell with nothing in it yet.
    #[must_use]
    pub fn new() -> Rc<Live> {
        let live = Live::default();
        live.fitting.set(true);
        Rc::new(live)
    }

    /// From now on frames come from this engine; from none while there is none.
    pub fn connect(&self, bridge: Option<Rc<Bridge>>) {
        self.is_awaited.set(false);
        self.bridge.replace(bridge);
    }

    /// Asks for a newer frame unless one is on its way.
    pub fn want_frame(&self) {
        if let Some(bridge) = self.bridge.borrow().as_ref().filter(|_| !self.is_awaited.get()) {
            self.is_awaited.set(true);
            bridge.ask(&Ask::Frame);
        }
    }

    /// A frame has come.
    pub fn arrived(&self, frame: Frame) {
        self.is_awaited.set(false);
        self.frame.replace(Rc::new(frame));
    }

    /// The latest frame.
    #[must_use]
    pub fn frame(&self) -> Rc<Frame> {
        Rc::clone(&self.frame.borrow())
    }

    /// Where everything is.
    #[must_use]
    pub fn layout(&self) -> Rc<Layout> {
        Rc::clone(&self.layout.borrow())
    }

    /// Everything has been placed anew.
    pub fn place(&self, layout: Layout) {
        self.layout.replace(Rc::new(layout));
    }

    /// The point of the canvas under a place in the window.
    #[must_use]
    pub fn under(&self, client: (f64, f64)) -> Point {
        let (left, top) = self.corner.get();
        self.camera.get().to_canvas(Point::new(client.0 - left, client.1 - top))
    }

    /// True when a place in the window lies on the canvas.
    #[must_use]
    pub fn is_on_canvas(&self, client: (f64, f64)) -> bool {
        let ((left, top), (width, height)) = (self.corner.get(), self.size.get());
        Rect::new(left, top, width, height).contains(Point::new(client.0, client.1))
    }

    /// A free place for a box of about this size, as near to the middle of the view as there is one.
    #[must_use]
    pub fn free_place(&self, width: f64, height: f64) -> Point {
        let middle = self.camera.get().seen(self.size.get()).center();
        free_place(&self.layout(), middle.moved(-width / 2.0, -height / 2.0), width, height)
    }
}

/// Points between the places that are tried.
const PITCH: f64 = 40.0;
/// Rings of places that are tried around the wanted one.
const RINGS: i32 = 40;

/// The place nearest to `wanted` (ring by ring) where a box of this size touches no other.
fn free_place(layout: &Layout, wanted: Point, width: f64, height: f64) -> Point {
    let snapped = Point::new((wanted.x / 10.0).round() * 10.0, (wanted.y / 10.0).round() * 10.0);
    let is_free = |p: &Point| {
        let rect = Rect::new(p.x, p.y, width, height).grown(16.0);
        layout.boxes.iter().map(|placed| placed.rect).chain(layout.cards()).all(|card| !card.overlaps(&rect))
    };
    let ring = |n: i32| {
        let edge = move |i: i32, j: i32| i.abs().max(j.abs()) == n;
        (-n..=n).flat_map(move |j| (-n..=n).map(move |i| (i, j))).filter(move |&(i, j)| edge(i, j))
    };
    let places = (0..RINGS).flat_map(ring).map(|(i, j)| snapped.moved(f64::from(i) * PITCH, f64::from(j) * PITCH));
    places.into_iter().find(is_free).unwrap_or(snapped)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::paint::BoxLayout;

    #[test]
    fn a_new_box_touches_no_other() {
        let at = |x, y| BoxLayout { rect: Rect::new(x, y, 172.0, 120.0), ..BoxLayout::default() };
        let layout = Layout { boxes: vec![at(0.0, 0.0), at(200.0, 0.0), at(0.0, 160.0)], ..Layout::default() };
        let place = free_place(&layout, Point::new(7.0, 3.0), 172.0, 120.0);
        let rect = Rect::new(place.x, place.y, 172.0, 120.0);
        assert!(layout.boxes.iter().all(|other| !other.rect.overlaps(&rect)), "{place:?}");
        assert_eq!(free_place(&Layout::default(), Point::new(7.0, 3.0), 172.0, 120.0), Point::new(10.0, 0.0));
    }
}
