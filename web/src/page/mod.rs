//! The page: one component at the root that holds what components know, hands their wishes to the engine, and shows what comes
//! back. It decides nothing about designs or runs; that is the session's.

mod desk;
mod framed;
mod hear;
mod live;
mod notice;
mod opening;
mod stroke;
mod wish;

pub use desk::{Desk, Dialog, Moment, Settings, Sheet, Tool, Wish, use_desk, use_moment};
pub use live::Live;
pub use notice::Notice;
pub use stroke::canvas as canvas_stroke;

use crate::browser::bridge::{Bridge, Engine};
use crate::browser::media::{self, Shade};
use crate::browser::{page, store};
use crate::parts::{Dialogs, Figure, Header, Microscope, Notices, Palette, Side, Stage, Tabs, Timeline};
use crate::state::{Same, Selection};
use crate::talk::{Ask, GoOn, Source, Told};
use gloo_events::EventListener;
use gloo_render::{AnimationFrame, request_animation_frame};
use gloo_timers::callback::Timeout;
use scenario::{Scenario, Schema, Target};
use session::{History, Series};
use std::cell::RefCell;
use std::rc::Rc;
use yew::prelude::*;

/// Least time between two readings of live numbers, in milliseconds.
const GLANCE_MS: f64 = 120.0;

/// What the root is told.
#[derive(Debug)]
pub enum Msg {
    /// By the engine.
    Told(Box<Told>),
    /// That the engine broke, and why.
    Broken(String),
    /// That a frame has come and should be read soon.
    Arrived,
    /// That it is time to read it.
    Glance,
    /// By a component.
    Wish(Wish),
    /// By a key.
    Key(crate::state::keys::Stroke),
    /// That the address asks for something else.
    Address,
    /// That the machine's wishes changed.
    Media,
    /// By the page around a figure.
    Order(crate::embed::post::Order),
    /// A library file, for opening.
    Row(String, Result<String, String>),
    /// A library file, to be drawn small.
    Preview(String, Result<String, String>),
    /// A library file, for a link's texts.
    Texts(Result<String, String>),
    /// The library's list, at a first visit.
    First(Result<String, String>),
    /// That the canvas may show by now what is to get the focus.
    Drawn,
}

/// A drawing of the library, when it is there.
pub type Preview = (String, Same<Scenario>);

/// The whole page.
pub struct App {
    desk: Desk,
    /// What can be built, as the engine says it; the desk's copy says of rates how many requests one stands for.
    schema: Schema,
    moment: Moment,
    live: Rc<Live>,
    bridge: Option<Rc<Bridge>>,
    engine: Engine,
    /// What the whole engine goes on with as soon as it is there, and what was asked meanwhile.
    going_on: Option<(Box<GoOn>, RefCell<Vec<Ask>>)>,
    dialog: Option<Dialog>,
    notices: Vec<Notice>,
    notices_shown: u32,
    course: Option<(Option<Target>, Same<Series>)>,
    /// What lately happened at what is looked into.
    history: Option<(Target, Same<History>)>,
    shared: Option<Same<crate::talk::Shared>>,
    previews: Same<Vec<Preview>>,
    /// How it is shown, when it is a figure in somebody else's post.
    framed: Option<framed::Framed>,
    /// Where the open design comes from.
    source: Option<Source>,
    /// The id under which the open design is kept, once it is somebody's work.
    kept: Option<u32>,
    /// The open design's last text that was handed over to be kept.
    work: Option<String>,
    /// The work to which a person who opened a link may go back.
    left: Option<u32>,
    /// The boxes there were before some were added, to find and select the new ones.
    before_adding: Option<Vec<String>>,
    /// What gets the focus as soon as the page shows it again.
    focus_to_come: Option<String>,
    focus_later: Option<AnimationFrame>,
    /// The wire that was asked for and will be selected when it is there.
    wire_to_come: Option<scenario::WireEnds>,
    /// How many zones there were when a new one was asked for, which is selected when it is there.
    zones_before: Option<usize>,
    /// The same for notes.
    notes_before: Option<usize>,
    /// The same for groups.
    groups_before: Option<usize>,
    glanced_ms: f64,
    glance: Option<Timeout>,
    broke_ms: Option<f64>,
    _listeners: Vec<EventListener>,
    _media: media::Watch,
}

impl Component for App {
    type Message = Msg;
    type Properties = ();

    fn create(ctx: &Context<App>) -> App {
        let shade = Shade::named(&store::setting("shade").unwrap_or_default());
        let settings = Settings {
            shade,
            has_charts: store::setting("charts").map_or(!media::is_narrow(), |charts| charts == "shown"),
            is_first_visit: store::setting("visited").is_none(),
            ..Settings::default()
        };
        let desk = Desk {
            schema: Same::default(),
            document: Same::default(),
            selection: Same::new(Selection::Nothing),
            tool: Tool::Rest,
            is_inside: false,
            settings,
            wish: ctx.link().callback(Msg::Wish),
        };
        let framed = framed::Framed::asked_for(ctx);
        let desk = Desk {
            settings: Settings {
                is_figure: framed.is_some(),
                is_first_visit: desk.settings.is_first_visit && framed.is_none(),
                ..desk.settings
            },
            ..desk
        };
        let mut app = App {
            desk,
            schema: Schema::default(),
            moment: Moment::default(),
            live: Live::new(),
            bridge: None,
            engine: Engine::default(),
            going_on: None,
            dialog: None,
            notices: Vec::new(),
            notices_shown: 0,
            course: None,
            history: None,
            shared: None,
            previews: Same::default(),
            framed,
            source: None,
            kept: None,
            work: None,
            left: None,
            before_adding: None,
            focus_to_come: None,
            focus_later: None,
            wire_to_come: None,
            zones_before: None,
            notes_before: None,
            groups_before: None,
            glanced_ms: 0.0,
            glance: None,
            broke_ms: None,
            _listeners: listeners(ctx),
            _media: media::Watch::new(ctx.link().callback(|()| Msg::Media)),
        };
        app.read_media();
        app.start(ctx);
        app
    }

    fn update(&mut self, ctx: &Context<App>, msg: Msg) -> bool {
        match msg {
            Msg::Told(told) => self.hear(ctx, *told),
            Msg::Broken(why) => self.broke(ctx, &why),
            Msg::Arrived => self.arrived(ctx),
            Msg::Glance => self.look(),
            Msg::Wish(wish) => self.grant(ctx, wish),
            Msg::Order(order) => self.order(ctx, order),
            Msg::Key(stroke) => self.press(ctx, stroke),
            Msg::Address => self.open_wanted(ctx),
            Msg::Media => self.read_media(),
            Msg::Row(slug, text) => self.open_row_text(slug, text),
            Msg::Preview(slug, Ok(text)) => self.ask(&Ask::Preview { slug, text }),
            Msg::Preview(_, Err(_)) => false,
            Msg::Texts(text) => self.ask(&Ask::Texts(text.ok())),
            Msg::First(index) => self.open_first_row(ctx, index),
            Msg::Drawn => {
                self.pass_focus(ctx);
                false
            }
        }
    }

    fn rendered(&mut self, ctx: &Context<App>, _is_first: bool) {
        self.pass_focus(ctx);
    }

    fn view(&self, _ctx: &Context<App>) -> Html {
        let settings = self.desk.settings;
        let class = classes!(
            "page",
            settings.sheet.map(|sheet| format!("has-sheet sheet-{}", sheet.slug())),
            (!settings.has_charts).then_some("is-without-charts"),
            self.desk.is_inside.then_some("is-inside")
        );
        if let Some(framed) = &self.framed {
            return html! {
                <ContextProvider<Desk> context={self.desk.clone()}>
                <ContextProvider<Moment> context={self.moment.clone()}>
                    <Figure options={framed.figure.clone()} desk={self.desk.clone()} moment={self.moment.clone()}
                        live={Same::from(&self.live)} trouble={framed.trouble.clone()} />
                </ContextProvider<Moment>>
                </ContextProvider<Desk>>
            };
        }
        html! {
            <ContextProvider<Desk> context={self.desk.clone()}>
            <ContextProvider<Moment> context={self.moment.clone()}>
                <div {class}>
                    <Header banner={self.banner()} />
                    <Palette live={Same::from(&self.live)} />
                    <Stage desk={self.desk.clone()} moment={self.moment.clone()} live={Same::from(&self.live)} />
                    // It comes and goes, and what stands beside it must not be made anew by that.
                    <div class="host">if self.desk.is_inside {
                        <Microscope live={Same::from(&self.live)} course={self.course.clone()} history={self.history.clone()} />
                    }</div>
                    <Side />
                    <Timeline course={self.course.clone()} />
                    <Tabs />
                </div>
                <Notices notices={self.notices.clone()} />
                <Dialogs dialog={self.dialog.clone()} shared={self.shared.clone()} previews={self.previews.clone()} kept={self.kept}
                    live={Same::from(&self.live)} />
            </ContextProvider<Moment>>
            </ContextProvider<Desk>>
        }
    }
}

impl App {
    /// Gives the focus to what is to have it, as soon as it has an element: what is new on the canvas gets one with the next picture.
    fn pass_focus(&mut self, ctx: &Context<App>) {
        let Some(selector) = self.focus_to_come.take() else { return };
        if page::has(&selector) {
            page::focus(&selector);
        } else if *self.desk.selection != Selection::Nothing {
            self.focus_to_come = Some(selector);
            let link = ctx.link().clone();
            self.focus_later = Some(request_animation_frame(move |_| link.send_message(Msg::Drawn)));
        }
    }

    /// Asks the engine; always false, because nothing on the page changes by asking.
    fn ask(&self, ask: &Ask) -> bool {
        match (&self.going_on, &self.bridge) {
            (Some((_, meanwhile)), _) => meanwhile.borrow_mut().push(ask.clone()),
            (None, Some(bridge)) => bridge.ask(ask),
            (None, None) => {}
        }
        false
    }

    fn read_media(&mut self) -> bool {
        let shade = self.shade_of_figure();
        let settings = &mut self.desk.settings;
        settings.shade = shade.unwrap_or(settings.shade);
        settings.is_dark = media::is_dark(settings.shade);
        settings.is_still = media::wants_stillness();
        settings.is_narrow = media::is_narrow();
        page::flag("shade", settings.shade.name());
        true
    }

    /// What is said above the canvas about where the design comes from: the work that is kept beside it.
    fn banner(&self) -> Option<u32> {
        let is_copy = matches!(self.source, Some(Source::Link));
        self.left.filter(|left| is_copy && self.kept != Some(*left))
    }
}

fn listeners(ctx: &Context<App>) -> Vec<EventListener> {
    let link = ctx.link().clone();
    let keys = page::on_key(move |event| {
        if let Some(stroke) = stroke::global(event) {
            event.prevent_default();
            link.send_message(Msg::Key(stroke));
        }
    });
    let link = ctx.link().clone();
    let presses = page::on_pointer_press(stroke::give_back);
    let address = page::on_window("hashchange", move || link.send_message(Msg::Address));
    [keys, presses, address].into_iter().flatten().collect()
}

/// Puts the page into its place in the document.
pub fn mount() {
    yew::set_custom_panic_hook(Box::new(|info| page::give_up(&info.to_string(), "")));
    match page::place() {
        Some(place) => {
            yew::Renderer::<App>::with_root(place).render();
        }
        None => page::give_up("the document has no place for it", ""),
    }
}
