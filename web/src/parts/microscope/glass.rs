//! The picture under the microscope: painted from the latest frame on the animation frame, and only when there is a newer one.

use crate::browser::observe::Size;
use crate::browser::page;
use crate::page::Live;
use crate::paint::{Inside, Lens, Theme};
use crate::state::Same;
use gloo_render::{AnimationFrame, request_animation_frame};
use session::Frame;
use std::rc::Rc;
use wasm_bindgen::JsCast;
use web_sys::{CanvasRenderingContext2d, Element, HtmlCanvasElement};
use yew::prelude::*;

/// Height of a line that says how the picture is to be read, in CSS pixels.
const HOW: f64 = 28.0;

/// Room for a scrollbar, in CSS pixels, whether there is one or not.
const SCROLLBAR: f64 = 12.0;

/// Its properties.
#[derive(PartialEq, Properties)]
pub struct GlassProps {
    /// The latest frame.
    pub live: Same<Live>,
    /// The colours.
    pub theme: Same<Option<Theme>>,
    /// The box, by place.
    pub place: usize,
    /// One of its members, when that is meant.
    pub member: Option<usize>,
    /// What it is, for those who do not see it.
    pub label: String,
    /// How it is to be read; empty when that needs no words.
    pub how: &'static str,
}

/// What it is told.
pub enum Msg {
    /// It is time for a picture.
    Tick,
    /// What of it can be seen is now so large.
    Sized((f64, f64)),
}

/// The picture.
pub struct Glass {
    ruler: NodeRef,
    canvas: NodeRef,
    lens: Lens,
    room: (f64, f64),
    /// The picture that is there.
    last: Option<(Rc<Frame>, f64)>,
    tick: Option<AnimationFrame>,
    size: Option<Size>,
}

impl Component for Glass {
    type Message = Msg;
    type Properties = GlassProps;

    fn create(_ctx: &Context<Glass>) -> Glass {
        Glass {
            ruler: NodeRef::default(),
            canvas: NodeRef::default(),
            lens: Lens::default(),
            room: (0.0, 0.0),
            last: None,
            tick: None,
            size: None,
        }
    }

    fn changed(&mut self, _ctx: &Context<Glass>, _old: &GlassProps) -> bool {
        self.last = None;
        true
    }

    fn update(&mut self, ctx: &Context<Glass>, msg: Msg) -> bool {
        match msg {
            Msg::Tick => {
                self.next(ctx);
                self.draw(ctx.props());
            }
            Msg::Sized(room) => {
                self.room = room;
                self.last = None;
            }
        }
        false
    }

    fn rendered(&mut self, ctx: &Context<Glass>, is_first: bool) {
        if is_first {
            self.size = self.ruler.cast::<Element>().map(|element| Size::of(&element, ctx.link().callback(Msg::Sized)));
            self.next(ctx);
        }
    }

    fn view(&self, ctx: &Context<Glass>) -> Html {
        html! {
            <div class="glass-room">
                // As large as the picture may become without being scrolled; it does not change with the picture.
                <i ref={self.ruler.clone()} class="ruler" aria-hidden="true" />
                <div class="glass" tabindex="0" role="group" aria-label="Picture">
                <canvas ref={self.canvas.clone()} role="img" aria-label={ctx.props().label.clone()} />
                if !ctx.props().how.is_empty() { <p class="quiet how">{ ctx.props().how }</p> }
                </div>
            </div>
        }
    }
}

impl Glass {
    fn next(&mut self, ctx: &Context<Glass>) {
        let link = ctx.link().clone();
        self.tick = Some(request_animation_frame(move |_| link.send_message(Msg::Tick)));
    }

    fn draw(&mut self, props: &GlassProps) {
        let (frame, dpr) = (props.live.frame(), page::dpr());
        let is_same = self.last.as_ref().is_some_and(|(last, at)| Rc::ptr_eq(last, &frame) && *at == dpr);
        if is_same || self.room.0 < 40.0 {
            return;
        }
        let (Some(canvas), Some(theme)) = (self.canvas.cast::<HtmlCanvasElement>(), &*props.theme) else { return };
        let Some(shown) = frame.boxes.get(props.place) else { return };
        let inside = Inside::of(shown, props.member);
        // The words below the picture are to be seen as well.
        let words = if props.how.is_empty() { 0.0 } else { HOW };
        let room = (self.room.0 - SCROLLBAR, self.room.1 - words);
        let height = inside.height(room);
        let (w, h) = ((room.0 * dpr).round() as u32, (height * dpr).round() as u32);
        if (canvas.width(), canvas.height()) != (w, h) {
            canvas.set_width(w);
            canvas.set_height(h);
            let style = canvas.style();
            let _ = style.set_property("width", &format!("{}px", room.0));
            let _ = style.set_property("height", &format!("{height}px"));
        }
        let context = canvas.get_context("2d").ok().flatten();
        if let Some(context) = context.and_then(|context| context.dyn_into::<CanvasRenderingContext2d>().ok()) {
            self.lens.draw(&context, &inside, room, dpr, theme);
            self.last = Some((frame, dpr));
        }
    }
}
