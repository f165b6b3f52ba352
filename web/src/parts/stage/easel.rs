//! The painting of the canvas: when there is something new to see, and from where.

use crate::browser::page;
use crate::page::{Desk, Live};
use crate::paint::{Camera, Hit, Layout, Painter, Pending, Point, Rect, Scene, Theme};
use crate::state::Selection;
use session::{Document, Frame, RunState};
use std::rc::Rc;
use wasm_bindgen::JsCast;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, window};
use yew::NodeRef;

/// Space around a design that is shown whole, in CSS pixels.
const MARGIN: f64 = 28.0;
/// Space between the lesson and the boxes.
const GAP: f64 = 14.0;
/// Room left below it for the legend.
const BOTTOM: f64 = 22.0;

/// What is shown.
pub struct Shown<'a> {
    /// The design, with boxes that are on their way.
    pub document: &'a Document,
    /// What is selected, and the schema.
    pub desk: &'a Desk,
    /// How it is looked at.
    pub live: &'a Live,
    /// The moment.
    pub frame: &'a Rc<Frame>,
    /// What the pointer is over.
    pub hover: Option<Hit>,
    /// The wire that is being drawn.
    pub pending: Option<Pending>,
    /// The boxes that the lesson points at, by id.
    pub pointed: &'a [String],
}

/// The painter with its tools.
#[derive(Default)]
pub struct Easel {
    painter: Painter,
    context: Option<CanvasRenderingContext2d>,
    theme: Option<(bool, Theme)>,
    /// The picture that hangs there.
    last: Option<(Rc<Frame>, (f64, f64), f64)>,
    is_stirred: bool,
}

impl Easel {
    /// Something is different: the next tick paints.
    pub fn stir(&mut self) {
        self.is_stirred = true;
    }

    /// Paints, if there is anything new; true when it did.
    pub fn draw(&mut self, canvas: &NodeRef, shown: &Shown, clock: f64) -> bool {
        let (size, dpr) = (shown.live.size.get(), page::dpr());
        let Some(canvas) = canvas.cast::<HtmlCanvasElement>().filter(|_| size.0 >= 1.0 && size.1 >= 1.0) else {
            return false;
        };
        let is_same = self
            .last
            .as_ref()
            .is_some_and(|(frame, was, at)| Rc::ptr_eq(frame, shown.frame) && *was == size && *at == dpr);
        let is_moving =
            !shown.desk.settings.is_still && (!shown.pointed.is_empty() || shown.frame.state == RunState::Running);
        if is_same && !self.is_stirred && !is_moving {
            return false;
        }
        self.prepare(&canvas, shown.desk.settings.is_dark, size, dpr);
        let (Some(context), Some((_, theme))) = (&self.context, &self.theme) else { return false };
        let selected = selected(shown);
        let pointed: Vec<usize> = shown.pointed.iter().filter_map(|id| shown.document.scenario.place(id)).collect();
        let scene = Scene {
            document: shown.document,
            schema: &shown.desk.schema,
            frame: shown.frame,
            layout: &shown.live.layout(),
            selected: &selected,
            hover: shown.hover,
            pointed: &pointed,
            camera: shown.live.camera.get(),
            size,
            dpr,
            theme,
            reduced_motion: shown.desk.settings.is_still,
            clock,
            pending: shown.pending,
        };
        self.painter.draw(context, &scene);
        self.is_stirred = false;
        self.last = Some((Rc::clone(shown.frame), size, dpr));
        true
    }

    fn prepare(&mut self, canvas: &HtmlCanvasElement, is_dark: bool, size: (f64, f64), dpr: f64) {
        let (width, height) = ((size.0 * dpr).round() as u32, (size.1 * dpr).round() as u32);
        if (canvas.width(), canvas.height()) != (width, height) {
            canvas.set_width(width);
            canvas.set_height(height);
        }
        if self.context.is_none() {
            self.context = canvas.get_context("2d").ok().flatten().and_then(|context| context.dyn_into().ok());
        }
        if self.theme.as_ref().is_none_or(|(dark, _)| *dark != is_dark) {
            self.theme = window().and_then(|window| Theme::read(&window).ok()).map(|theme| (is_dark, theme));
        }
    }
}

fn selected(shown: &Shown) -> Vec<Hit> {
    let scenario = &shown.document.scenario;
    match &*shown.desk.selection {
        Selection::Boxes(ids) => ids.iter().filter_map(|id| scenario.place(id).map(Hit::Box)).collect(),
        Selection::Note(at) => vec![Hit::Note(*at)],
        Selection::Group(id) => scenario.group(id).map(Hit::Group).into_iter().collect(),
        other => other.target().and_then(|target| Hit::of(&target, scenario)).into_iter().collect(),
    }
}

/// The view that shows all of `layout` in a canvas of `size`, as near as it may without a card that reaches to `corner` from the
/// top left hiding any box: a few ways of leaving room to the left and above are tried.
pub fn fitted(layout: &Layout, size: (f64, f64), corner: Option<(f64, f64)>) -> Camera {
    const TRIED: u32 = 8;
    let within = |left: f64, top: f64| {
        let room = ((size.0 - left).max(1.0), (size.1 - top - BOTTOM).max(1.0));
        let margin = MARGIN.min(room.0.min(room.1) / 10.0);
        Camera::fitted(layout.bounds, room, margin).dragged(left, top)
    };
    let Some((right, bottom)) = corner else { return within(0.0, 0.0) };
    let card = Rect::new(0.0, 0.0, right, bottom).grown(GAP);
    let is_clear = |camera: &Camera| {
        layout.cards().all(|rect| {
            let corner = camera.to_screen(Point::new(rect.x, rect.y));
            !Rect::new(corner.x, corner.y, rect.w * camera.zoom, rect.h * camera.zoom).overlaps(&card)
        })
    };
    let steps = |most: f64| (0..=TRIED).map(move |step| most * f64::from(step) / f64::from(TRIED));
    let tried = steps(bottom).flat_map(|top| steps(right).map(move |left| within(left, top)));
    // Of two equally near, the first, which is nearer to the middle.
    let nearest = |best: Option<Camera>, next: Camera| match best {
        Some(best) if best.zoom >= next.zoom => Some(best),
        _ => Some(next),
    };
    tried.filter(is_clear).fold(None, nearest).unwrap_or_else(|| within(0.0, bottom))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::paint::BoxLayout;

    #[test]
    fn a_lesson_hides_no_box() {
        let boxed = |x, y| BoxLayout { rect: Rect::new(x, y, 172.0, 120.0), ..BoxLayout::default() };
        let boxes = vec![boxed(0.0, 0.0), boxed(900.0, 500.0)];
        let layout = Layout { bounds: Rect::new(0.0, 0.0, 1_072.0, 620.0), boxes, ..Layout::default() };
        let camera = fitted(&layout, (900.0, 640.0), Some((430.0, 180.0)));
        for placed in &layout.boxes {
            let corner = camera.to_screen(Point::new(placed.rect.x, placed.rect.y));
            assert!(corner.x >= 430.0 || corner.y >= 180.0, "{corner:?}");
        }
    }
}
