//! What hands and keys do on the canvas, turned into wishes.

use super::{Stage, StageProps};
use crate::browser::files;
use crate::page::{Tool, Wish};
use crate::paint::{BoxLayout, Hit, Point, Rect};
use crate::state::gesture::{Deed, Spot};
use crate::state::keys::Stroke;
use crate::state::{Selection, folding};
use crate::talk::Source;
use scenario::{Scenario, Zone};
use wasm_bindgen::JsCast;
use web_sys::{DragEvent, Element, HtmlElement, PointerEvent, WheelEvent};
use yew::prelude::*;

/// How much nearer one press of a key or turn of a wheel brings.
const NEARER: f64 = 1.2;
/// Pixels in one line of a wheel that counts in lines.
const LINE: f64 = 16.0;

impl Stage {
    pub(super) fn on_down(&mut self, ctx: &Context<Stage>, event: &PointerEvent) -> bool {
        if event.button() > 1 || is_overlay(event) {
            return false;
        }
        self.locate(ctx);
        let at = self.spot(ctx, event);
        let hit = self.hit(ctx, event);
        if let Some(root) = self.root.cast::<HtmlElement>() {
            // Without capture a drag merely ends at the canvas's edge.
            let _ = root.set_pointer_capture(event.pointer_id());
        }
        // The middle button pans wherever it goes down, and in a figure nothing can be moved but the view.
        let pans = event.button() == 1 || ctx.props().desk.settings.is_figure;
        // A zone is drawn over whatever is there.
        let draws = ctx.props().desk.tool == Tool::Zone && !pans;
        let gathers = ctx.props().desk.tool == Tool::Gather && !pans;
        let hit = hit.filter(|_| !pans && !draws);
        let deed = self.gesture.press(event.pointer_id(), at, hit, draws || gathers || is_adding(event));
        self.perform(ctx, deed)
    }

    pub(super) fn on_move(&mut self, ctx: &Context<Stage>, event: &PointerEvent) -> bool {
        let at = self.spot(ctx, event);
        if self.gesture.is_on() {
            let deed = self.gesture.moved(event.pointer_id(), at);
            return self.perform(ctx, deed);
        }
        self.hover = if is_overlay(event) { None } else { self.hit(ctx, event) };
        if let Tool::Wire(from) = &ctx.props().desk.tool {
            self.pending = self.pending_to(ctx, from, self.on_canvas(ctx, at));
        }
        self.point_cursor();
        false
    }

    pub(super) fn on_up(&mut self, ctx: &Context<Stage>, event: &PointerEvent) -> bool {
        let at = self.spot(ctx, event);
        let deed = self.gesture.release(event.pointer_id(), at);
        if let (Tool::Zone, Some(Deed::Tap { .. })) = (&ctx.props().desk.tool, &deed) {
            let (p, (width, height)) = (self.on_canvas(ctx, at), Zone::SIZE);
            self.wish(ctx, Wish::AddZone([p.x as i32 - width / 2, p.y as i32 - height / 2, width, height]));
            return true;
        }
        self.perform(ctx, deed)
    }

    pub(super) fn on_twice(&mut self, ctx: &Context<Stage>, event: &MouseEvent) -> bool {
        let StageProps { live, desk, .. } = ctx.props();
        let p = live.under((f64::from(event.client_x()), f64::from(event.client_y())));
        let on = live.layout().hit(p, live.camera.get().zoom, false).filter(|_| !is_overlay(event));
        if let Some(Hit::Box(_) | Hit::Member(..)) = on
            && let Some(target) = on.and_then(|hit| hit.target(&desk.document.scenario))
        {
            self.wish(ctx, Wish::Select(Selection::of(&target)));
            self.wish(ctx, Wish::Inside(true));
        }
        if let Some(Hit::Zone(at)) = on
            && let Some(zone) = desk.document.scenario.zones.get(at).filter(|_| !desk.settings.is_figure)
        {
            self.wish(ctx, Wish::Use(Tool::RenameZone(zone.id.clone())));
        }
        if let Some(Hit::Note(at)) = on.filter(|_| !desk.settings.is_figure) {
            self.wish(ctx, Wish::Use(Tool::Write(at)));
        }
        if let Some(Hit::Group(at)) = on.filter(|_| desk.tool == Tool::Rest) {
            self.turn(ctx, at);
        }
        false
    }

    pub(super) fn on_wheel(&mut self, ctx: &Context<Stage>, event: &WheelEvent) -> bool {
        if is_overlay(event) {
            return false;
        }
        let unit = if event.delta_mode() == WheelEvent::DOM_DELTA_LINE { LINE } else { 1.0 };
        let (dx, dy) = (event.delta_x() * unit, event.delta_y() * unit);
        if event.ctrl_key() || event.meta_key() {
            let at = self.spot(ctx, event);
            return self.zoom(ctx, (-dy * 0.01).clamp(-0.5, 0.5).exp(), at);
        }
        let (dx, dy) = if event.shift_key() && dx == 0.0 { (dy, 0.0) } else { (dx, dy) };
        self.pan(ctx, -dx, -dy)
    }

    /// Does what a gesture asks for; true when the virtual DOM is to follow.
    pub(super) fn perform(&mut self, ctx: &Context<Stage>, deed: Option<Deed>) -> bool {
        match deed {
            None => false,
            Some(Deed::Pan(dx, dy)) => self.pan(ctx, dx, dy),
            Some(Deed::Pinch { factor, at, by }) => {
                self.pan(ctx, by.0, by.1);
                self.zoom(ctx, factor, at)
            }
            Some(Deed::Tap { on, adding }) => self.on_tap(ctx, on, adding),
            Some(Deed::Drag { at, by }) => self.drag(ctx, at, by),
            Some(Deed::Carry { on, by }) => match on {
                Hit::Zone(at) => self.carry(ctx, at, None, by),
                Hit::Corner(at, corner) => self.carry(ctx, at, Some(corner), by),
                Hit::Note(at) => self.carry_note(ctx, at, by),
                Hit::Group(at) => self.carry_group(ctx, at, by),
                _ => false,
            },
            Some(Deed::Drop) => self.on_settle(ctx),
            Some(Deed::Draw { from, to }) => {
                let id = ctx.props().desk.document.scenario.boxes.get(from).map(|placed| placed.id.clone());
                self.pending = id.and_then(|id| self.pending_to(ctx, &id, self.on_canvas(ctx, to)));
                false
            }
            Some(Deed::Let { from, to }) => {
                self.pending = None;
                let to = self.on_canvas(ctx, to);
                let layout = ctx.props().live.layout();
                if let Some(group) = layout.folded_at(to) {
                    self.refuse_wire(ctx, group);
                    return false;
                }
                let over = layout.box_at(to);
                if let Some(over) = over.filter(|over| *over != from) {
                    self.connect(ctx, from, over);
                }
                false
            }
            Some(Deed::Frame(from, to)) => {
                self.framing = Some((from, to));
                true
            }
            Some(Deed::Framed(from, to)) => self.on_framed(ctx, from, to),
            Some(Deed::GiveUp) => {
                self.draft = None;
                self.pending = None;
                self.framing = None;
                true
            }
        }
    }

    fn on_tap(&mut self, ctx: &Context<Stage>, on: Option<Hit>, adding: bool) -> bool {
        let StageProps { desk, .. } = ctx.props();
        self.focus(on);
        let on = on.map(|hit| self.meant(ctx, hit));
        if desk.tool == Tool::Gather {
            self.gather(ctx, on);
            return false;
        }
        if let Tool::Wire(from) = &desk.tool {
            let from = desk.document.scenario.place(from);
            self.finish_wire(ctx, from, on);
            return false;
        }
        let scenario = &desk.document.scenario;
        match on {
            Some(Hit::Out(at)) => {
                if let Some(placed) = scenario.boxes.get(at) {
                    self.wish(ctx, Wish::Use(Tool::Wire(placed.id.clone())));
                }
            }
            Some(Hit::Box(at) | Hit::In(at)) if adding => {
                if let Some(placed) = scenario.boxes.get(at) {
                    self.wish(ctx, Wish::Select(folding::toggled_box(scenario, &desk.selection, &placed.id)));
                }
            }
            Some(Hit::Note(at)) => self.wish(ctx, Wish::Select(Selection::Note(at))),
            Some(Hit::Group(at)) => self.on_group(ctx, at, adding),
            Some(hit) => {
                if let Some(target) = hit.target(scenario) {
                    self.wish(ctx, Wish::Select(Selection::of(&target)));
                }
            }
            None if adding => {}
            None => self.wish(ctx, Wish::Select(Selection::Nothing)),
        }
        false
    }

    /// The element that got the focus is what the keys are about.
    pub(super) fn on_focus(&mut self, ctx: &Context<Stage>, hit: Hit) -> bool {
        let desk = &ctx.props().desk;
        if self.gesture.is_on() || desk.tool == Tool::Gather {
            return false;
        }
        let hit = self.meant(ctx, hit);
        if let (Hit::Group(at), false) = (hit, matches!(desk.tool, Tool::Wire(_))) {
            // Boxes that are selected with others stay so, and a group is selected with them.
            let held = folding::boxes(&desk.document.scenario, &desk.selection);
            let group = desk.document.scenario.groups.get(at);
            if group.is_some_and(|group| !group.boxes.iter().all(|id| held.contains(id))) {
                self.on_group(ctx, at, false);
            }
        }
        if let Hit::Note(at) = hit {
            self.wish(ctx, Wish::Select(Selection::Note(at)));
        }
        if let Tool::Wire(from) = &desk.tool {
            let to = hit
                .box_place()
                .and_then(|at| ctx.props().live.layout().boxes.get(at).map(|placed| placed.rect.center()));
            self.pending = to.and_then(|to| self.pending_to(ctx, from, to));
        } else if let (Some(target), false) = (hit.target(&desk.document.scenario), matches!(hit, Hit::Out(_))) {
            // A box in a selection of many stays in it.
            let is_in = hit.box_place().is_some_and(|at| desk.selection.has_box(&desk.document.scenario.boxes[at].id));
            if !(is_in && matches!(hit, Hit::Box(_))) {
                self.wish(ctx, Wish::Select(Selection::of(&target)));
            }
        }
        false
    }

    /// A key on what is selected already, as it is as soon as it has the focus, looks into it.
    pub(super) fn on_press(&mut self, ctx: &Context<Stage>, hit: Hit) -> bool {
        let desk = &ctx.props().desk;
        if let (Hit::Group(at), Tool::Rest) = (hit, &desk.tool)
            && let Selection::Group(id) = &*desk.selection
            && desk.document.scenario.group(id) == Some(at)
        {
            self.turn(ctx, at);
            return false;
        }
        let target = hit.target(&desk.document.scenario);
        let is_selected = target.is_some() && target == desk.selection.target();
        if is_selected && desk.tool == Tool::Rest && matches!(hit, Hit::Box(_) | Hit::Member(..)) {
            self.wish(ctx, Wish::Inside(true));
            return false;
        }
        if let Hit::Note(at) = hit
            && *desk.selection == Selection::Note(at)
            && !desk.settings.is_figure
        {
            self.wish(ctx, Wish::Use(Tool::Write(at)));
            return false;
        }
        self.on_tap(ctx, Some(hit), false)
    }

    pub(super) fn on_key(&mut self, ctx: &Context<Stage>, stroke: Stroke) -> bool {
        let (width, height) = ctx.props().live.size.get();
        let middle = (width / 2.0, height / 2.0);
        match stroke {
            Stroke::ZoomIn => self.zoom(ctx, NEARER, middle),
            Stroke::ZoomOut => self.zoom(ctx, 1.0 / NEARER, middle),
            Stroke::Nudge(dx, dy) => self.nudge(ctx, dx, dy),
            _ => false,
        }
    }

    pub(super) fn pan(&mut self, ctx: &Context<Stage>, dx: f64, dy: f64) -> bool {
        let live = &ctx.props().live;
        live.camera.set(live.camera.get().dragged(dx, dy));
        self.follows = false;
        false
    }

    fn on_framed(&mut self, ctx: &Context<Stage>, from: Spot, to: Spot) -> bool {
        self.framing = None;
        let (a, b) = (self.on_canvas(ctx, from), self.on_canvas(ctx, to));
        let frame = Rect::new(a.x.min(b.x), a.y.min(b.y), (a.x - b.x).abs(), (a.y - b.y).abs());
        let StageProps { desk, live, .. } = ctx.props();
        if desk.tool == Tool::Zone {
            let least = f64::from(Scenario::ZONE_SIZE_MIN);
            let snapped = |n: f64| (n / 10.0).round() as i32 * 10;
            let sides = [frame.x, frame.y, frame.w.max(least), frame.h.max(least)].map(snapped);
            self.wish(ctx, Wish::AddZone(sides));
            return true;
        }
        let layout = live.layout();
        let scenario = &desk.document.scenario;
        // A folded group stands for its boxes.
        let card = |placed: &BoxLayout| placed.fold.map_or(placed.rect, |group| layout.groups[group].card.rect);
        let inside = scenario.boxes.iter().zip(&layout.boxes).filter(|(_, placed)| card(placed).overlaps(&frame));
        let mut ids: Vec<String> = inside.map(|(placed, _)| placed.id.clone()).collect();
        if desk.tool == Tool::Gather {
            let before = folding::boxes(scenario, &desk.selection).iter().filter(|id| !ids.contains(id));
            ids = before.cloned().collect::<Vec<_>>().into_iter().chain(ids.iter().cloned()).collect();
        }
        self.wish(ctx, Wish::Select(folding::of_boxes(scenario, ids)));
        true
    }

    /// A place on the canvas's element, from its corner.
    fn spot(&self, ctx: &Context<Stage>, event: &MouseEvent) -> Spot {
        let (left, top) = ctx.props().live.corner.get();
        (f64::from(event.client_x()) - left, f64::from(event.client_y()) - top)
    }

    pub(super) fn on_canvas(&self, ctx: &Context<Stage>, at: Spot) -> Point {
        ctx.props().live.camera.get().to_canvas(Point::new(at.0, at.1))
    }

    /// What lies under the pointer: what its element says, or what is drawn there.
    fn hit(&self, ctx: &Context<Stage>, event: &PointerEvent) -> Option<Hit> {
        let live = &ctx.props().live;
        let p = self.on_canvas(ctx, self.spot(ctx, event));
        let drawn = live.layout().hit(p, live.camera.get().zoom, event.pointer_type() == "touch");
        match drawn {
            Some(Hit::Out(_) | Hit::In(_) | Hit::Corner(..)) => drawn,
            _ => element_hit(event).or(drawn),
        }
    }

    fn point_cursor(&self) {
        if let Some(root) = self.root.cast::<Element>() {
            let over = match self.hover {
                Some(Hit::Out(_)) => "port",
                Some(Hit::Box(_) | Hit::Member(..) | Hit::In(_)) => "box",
                Some(Hit::Wire(_)) => "wire",
                Some(Hit::Zone(_) | Hit::Note(_) | Hit::Group(_)) => "zone",
                Some(Hit::Corner(_, 0 | 2)) => "corner-down",
                Some(Hit::Corner(..)) => "corner-up",
                None => "canvas",
            };
            let _ = root.set_attribute("data-over", over);
        }
    }

    /// Gives the focus to the element of what was tapped, so that keys go on from there.
    fn focus(&self, on: Option<Hit>) {
        let Some(root) = self.root.cast::<Element>() else { return };
        let name = on.map(super::layer::hit_name).unwrap_or_default();
        let found = root.query_selector(&format!("[data-hit=\"{name}\"]")).ok().flatten();
        match found.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
            Some(element) => {
                let options = web_sys::FocusOptions::new();
                options.set_prevent_scroll(true);
                let _ = element.focus_with_options(&options);
            }
            None => crate::browser::page::unfocus(),
        }
    }
}

fn is_adding(event: &MouseEvent) -> bool {
    event.shift_key() || event.ctrl_key() || event.meta_key()
}

fn target_element(event: &web_sys::Event) -> Option<Element> {
    event.target().and_then(|target| target.dyn_into::<Element>().ok())
}

/// True for what happens on something that lies over the canvas.
fn is_overlay(event: &web_sys::Event) -> bool {
    target_element(event).and_then(|element| element.closest("[data-overlay]").ok().flatten()).is_some()
}

fn element_hit(event: &web_sys::Event) -> Option<Hit> {
    let element = target_element(event)?.closest("[data-hit]").ok().flatten()?;
    super::layer::named_hit(&element.get_attribute("data-hit")?)
}

/// Files may be dropped here.
pub fn allow_files(event: DragEvent) {
    event.prevent_default();
}

/// Opens a file that is dropped.
pub fn take_files(wish: &Callback<Wish>) -> Callback<DragEvent> {
    let wish = wish.clone();
    Callback::from(move |event: DragEvent| {
        event.prevent_default();
        let file = event.data_transfer().and_then(|data| data.files()).and_then(|files| files.get(0));
        let Some(file) = file else { return };
        let (wish, name) = (wish.clone(), file.name());
        files::read(
            file,
            Callback::from(move |text: Result<String, String>| match text {
                Ok(text) => wish.emit(Wish::OpenText(text, Source::File(name.clone()))),
                Err(why) => wish.emit(Wish::Say(why)),
            }),
        );
    })
}
