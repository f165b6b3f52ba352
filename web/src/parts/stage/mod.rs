//! The canvas: painted from the latest frame on every animation frame, with a layer of real elements over it that are found by
//! role and name and take pointer, touch and keyboard.

mod easel;
mod folding;
mod hand;
mod layer;
mod moving;
mod overlay;
mod wiring;

use crate::browser::observe::Size;
use crate::browser::page;
use crate::page::{Desk, Live, Moment, Tool, Wish};
use crate::paint::{self, Hit, Pending, Point};
use crate::parts::lesson::Lesson;
use crate::state::Same;
use crate::state::gesture::{Gesture, Spot};
use crate::state::keys::Stroke;
use easel::Easel;
use folding::GroupNote;
use gloo_events::{EventListener, EventListenerOptions};
use gloo_render::{AnimationFrame, request_animation_frame};
use gloo_timers::callback::Timeout;
use layer::Layer;
pub use layer::hit_name;
use overlay::{Empty, Framing, Hint, Legend, Loading, WiringNote, ZoneNote, Zoom};
use session::{Document, Edit};
use std::rc::Rc;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, PointerEvent, WheelEvent};
use yew::prelude::*;

/// Its properties.
#[derive(PartialEq, Properties)]
pub struct StageProps {
    /// The design and the selection.
    pub desk: Desk,
    /// The moment, for labels.
    pub moment: Moment,
    /// The latest frame, for pictures.
    pub live: Same<Live>,
}

/// What the canvas is told.
pub enum Msg {
    /// It is time for a picture.
    Tick(f64),
    /// Its size is now this.
    Sized((f64, f64)),
    /// A pointer goes down.
    Down(PointerEvent),
    /// A pointer moves.
    Move(PointerEvent),
    /// A pointer goes up.
    Up(PointerEvent),
    /// The browser takes a pointer away.
    Lost,
    /// A pointer leaves.
    Leave,
    /// Twice on one thing.
    Twice(MouseEvent),
    /// A wheel turns.
    Wheel(WheelEvent),
    /// A key of the canvas.
    Key(Stroke),
    /// Keys have rested.
    Settle,
    /// Something got the focus.
    Focus(Hit),
    /// Something was pressed by key.
    Press(Hit),
    /// The lesson points at these boxes.
    Point(Vec<String>),
    /// The view comes nearer by a factor.
    Nearer(f64),
}

/// The canvas.
pub struct Stage {
    root: NodeRef,
    canvas: NodeRef,
    layer: NodeRef,
    easel: Easel,
    gesture: Gesture,
    /// The design with boxes on their way to somewhere else.
    draft: Option<Rc<Document>>,
    hover: Option<Hit>,
    pending: Option<Pending>,
    framing: Option<(Spot, Spot)>,
    pointed: Vec<String>,
    /// True while the whole design is kept in view when the canvas changes its size.
    follows: bool,
    settle: Option<Timeout>,
    tick: Option<AnimationFrame>,
    size: Option<Size>,
    _listeners: Vec<EventListener>,
}

impl Component for Stage {
    type Message = Msg;
    type Properties = StageProps;

    fn create(_ctx: &Context<Stage>) -> Stage {
        Stage {
            root: NodeRef::default(),
            canvas: NodeRef::default(),
            layer: NodeRef::default(),
            easel: Easel::default(),
            gesture: Gesture::default(),
            draft: None,
            hover: None,
            pending: None,
            framing: None,
            pointed: Vec::new(),
            follows: true,
            settle: None,
            tick: None,
            size: None,
            _listeners: Vec::new(),
        }
    }

    fn changed(&mut self, ctx: &Context<Stage>, old: &StageProps) -> bool {
        let new = ctx.props();
        if new.desk.document != old.desk.document && !self.gesture.is_on() {
            self.draft = None;
        }
        if new.desk.tool != old.desk.tool {
            self.pending = None;
        }
        // A sheet covers a part of the canvas, or no longer does.
        if new.desk.settings.sheet != old.desk.settings.sheet && self.follows {
            new.live.fitting.set(true);
        }
        self.easel.stir();
        true
    }

    fn update(&mut self, ctx: &Context<Stage>, msg: Msg) -> bool {
        // Whatever happens is worth a picture; ticks decide for themselves.
        if !matches!(msg, Msg::Tick(_)) {
            self.easel.stir();
        }
        match msg {
            Msg::Tick(clock) => self.on_tick(ctx, clock),
            Msg::Sized(size) => self.resize(ctx, size),
            Msg::Down(event) => self.on_down(ctx, &event),
            Msg::Move(event) => self.on_move(ctx, &event),
            Msg::Up(event) => self.on_up(ctx, &event),
            Msg::Lost => {
                let deed = self.gesture.give_up();
                self.perform(ctx, deed)
            }
            Msg::Leave => {
                self.hover = None;
                false
            }
            Msg::Twice(event) => self.on_twice(ctx, &event),
            Msg::Wheel(event) => self.on_wheel(ctx, &event),
            Msg::Key(stroke) => self.on_key(ctx, stroke),
            Msg::Settle => self.on_settle(ctx),
            Msg::Focus(hit) => self.on_focus(ctx, hit),
            Msg::Press(hit) => self.on_press(ctx, hit),
            Msg::Point(ids) => {
                self.pointed = ids;
                false
            }
            Msg::Nearer(factor) => {
                let (width, height) = ctx.props().live.size.get();
                self.zoom(ctx, factor, (width / 2.0, height / 2.0))
            }
        }
    }

    fn rendered(&mut self, ctx: &Context<Stage>, is_first: bool) {
        if is_first {
            self.begin(ctx);
        }
    }

    fn view(&self, ctx: &Context<Stage>) -> Html {
        let StageProps { desk, moment, live } = ctx.props();
        let link = ctx.link();
        let is_loading = desk.document.revision == 0 && desk.schema.kinds.is_empty();
        let is_empty = !is_loading && desk.document.scenario.boxes.is_empty();
        html! {
            <main ref={self.root.clone()} class={classes!("stage", (desk.tool != Tool::Rest).then_some("is-choosing"))} aria-label="Canvas"
                onpointerdown={link.callback(Msg::Down)} onpointermove={link.callback(Msg::Move)} onpointerup={link.callback(Msg::Up)}
                onpointercancel={link.callback(|_| Msg::Lost)} onpointerleave={link.callback(|_| Msg::Leave)}
                ondblclick={link.callback(Msg::Twice)} ondragover={hand::allow_files} ondrop={hand::take_files(&desk.wish)}>
                <canvas ref={self.canvas.clone()} class="stage-canvas" aria-hidden="true" />
                <div ref={self.layer.clone()} class="stage-layer">
                    <Layer desk={desk.clone()} moment={moment.clone()} layout={Same::from(&live.layout())}
                        focused={link.callback(Msg::Focus)} pressed={link.callback(Msg::Press)} />
                </div>
                // What comes and goes has a host that stays: a component that renders nothing has no place of its own to be found by.
                <div class="host">if let Some((from, to)) = self.framing { <Framing {from} {to} /> }</div>
                <div class="host">if is_loading { <Loading /> }</div>
                <div class="host">if is_empty { <Empty /> }</div>
                <div class="host">if !desk.settings.is_figure { <Lesson pointed={link.callback(Msg::Point)} /> }</div>
                <div class="host"><WiringNote /></div>
                <div class="host"><GroupNote /></div>
                <div class="host"><ZoneNote bounds={live.layout().bounds} /></div>
                <div class="host">if desk.settings.is_first_visit && !is_loading { <Hint /> }</div>
                <div class="host">if !is_empty { <Legend /> }</div>
                <Zoom nearer={link.callback(Msg::Nearer)} />
            </main>
        }
    }
}

impl Stage {
    fn begin(&mut self, ctx: &Context<Stage>) {
        let link = ctx.link().clone();
        if let Some(root) = self.root.cast::<Element>() {
            self.size = Some(Size::of(&root, link.callback(Msg::Sized)));
            let options = EventListenerOptions::enable_prevent_default();
            let (wheel, is_figure) = (link.clone(), ctx.props().desk.settings.is_figure);
            self._listeners.push(EventListener::new_with_options(&root, "wheel", options, move |event| {
                // Over a figure that nobody has turned to, the wheel is the page's around it.
                let is_ours = !is_figure || page::has_focus();
                if let Some(event) = event.dyn_ref::<WheelEvent>().filter(|_| is_ours) {
                    event.prevent_default();
                    wheel.send_message(Msg::Wheel(event.clone()));
                }
            }));
        }
        let keys = link.clone();
        let listener = page::on_key(move |event| {
            if let Some(stroke) = crate::page::canvas_stroke(event) {
                event.prevent_default();
                keys.send_message(Msg::Key(stroke));
            }
        });
        self._listeners.extend(listener);
        self.next(ctx);
    }

    fn next(&mut self, ctx: &Context<Stage>) {
        let link = ctx.link().clone();
        self.tick = Some(request_animation_frame(move |clock| link.send_message(Msg::Tick(clock))));
    }

    /// The design as it is shown: with boxes that are on their way.
    fn document<'a>(&'a self, ctx: &'a Context<Stage>) -> &'a Document {
        self.draft.as_deref().unwrap_or(&ctx.props().desk.document)
    }

    fn on_tick(&mut self, ctx: &Context<Stage>, clock: f64) -> bool {
        self.next(ctx);
        let StageProps { live, desk, .. } = ctx.props();
        live.want_frame();
        let frame = live.frame();
        let document = self.document(ctx);
        let is_moved = paint::key(document, &frame) != live.layout().key;
        if is_moved {
            live.place(paint::layout(document, &frame, &desk.schema));
        }
        self.fit(ctx, frame.boxes.len());
        let shown = easel::Shown {
            document: self.draft.as_deref().unwrap_or(&desk.document),
            desk,
            live,
            frame: &frame,
            hover: self.hover,
            pending: self.pending,
            pointed: &self.pointed,
        };
        let is_drawn = self.easel.draw(&self.canvas, &shown, clock);
        if is_drawn {
            self.hang(live);
        }
        is_moved
    }

    /// Puts the layer of elements where the picture is.
    fn hang(&self, live: &Live) {
        if let Some(layer) = self.layer.cast::<HtmlElement>() {
            let camera = live.camera.get();
            let (x, y) = (-camera.x * camera.zoom, -camera.y * camera.zoom);
            let _ = layer.style().set_property("transform", &format!("translate({x}px, {y}px) scale({})", camera.zoom));
        }
    }

    /// Shows the whole design when that was asked for and it is known how large everything is.
    fn fit(&mut self, ctx: &Context<Stage>, boxes_seen: usize) {
        let live = &ctx.props().live;
        let layout = live.layout();
        let is_known = !layout.boxes.is_empty() && boxes_seen == layout.boxes.len() && live.size.get().0 > 0.0;
        if live.fitting.get() && is_known {
            live.fitting.set(false);
            self.follows = true;
            let (width, height) = live.size.get();
            let free = (width, (height - self.covered()).max(height / 3.0));
            live.camera.set(easel::fitted(&layout, free, self.lesson_corner()));
            self.easel.stir();
        }
    }

    /// The right and lower edge of the lesson's card, from the canvas's corner; nothing when there is none.
    fn lesson_corner(&self) -> Option<(f64, f64)> {
        let root = self.root.cast::<Element>()?;
        let card = root.query_selector("[data-overlay=lesson]").ok()??;
        let (outer, inner) = (root.get_bounding_client_rect(), card.get_bounding_client_rect());
        Some((inner.right() - outer.left(), inner.bottom() - outer.top()))
    }

    /// How much of the canvas's lower part a sheet covers.
    fn covered(&self) -> f64 {
        let Some(root) = self.root.cast::<Element>() else { return 0.0 };
        page::top_of(".has-sheet .sheet").map_or(0.0, |top| (root.get_bounding_client_rect().bottom() - top).max(0.0))
    }

    fn resize(&mut self, ctx: &Context<Stage>, size: (f64, f64)) -> bool {
        let live = &ctx.props().live;
        live.size.set(size);
        self.locate(ctx);
        if self.follows {
            live.fitting.set(true);
        }
        false
    }

    /// Finds out where the canvas is in the window.
    fn locate(&self, ctx: &Context<Stage>) {
        if let Some(root) = self.root.cast::<Element>() {
            let rect = root.get_bounding_client_rect();
            ctx.props().live.corner.set((rect.left(), rect.top()));
        }
    }

    fn zoom(&mut self, ctx: &Context<Stage>, factor: f64, at: Spot) -> bool {
        let live = &ctx.props().live;
        live.camera.set(live.camera.get().zoomed(Point::new(at.0, at.1), factor));
        self.follows = false;
        true
    }

    fn edit(&self, ctx: &Context<Stage>, edit: Edit) {
        ctx.props().desk.edit(edit);
    }

    fn wish(&self, ctx: &Context<Stage>, wish: Wish) {
        ctx.props().desk.wish(wish);
    }
}
