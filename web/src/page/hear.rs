//! What the engine tells, and what becomes of it on the page.

use super::{App, Dialog, Msg, Tool};
use crate::browser::bridge::{Bridge, Engine};
use crate::browser::{address, files, page, store};
use crate::paint::Hit;
use crate::parts::hit_name;
use crate::state::{Same, Selection, folding};
use crate::talk::{Ask, Opened, Source, Told, Unreadable};
use session::Document;
use std::cell::RefCell;
use std::rc::Rc;
use yew::prelude::*;

/// An engine that breaks twice within this time is not started again, in milliseconds.
const BREAKS_APART_MS: f64 = 15_000.0;

impl App {
    /// Starts the engine.
    pub(super) fn start(&mut self, ctx: &Context<App>) {
        let live = Rc::clone(&self.live);
        let link = ctx.link().clone();
        let told = Callback::from(move |told: Told| {
            // A frame stays out of the virtual DOM; only the news that it came goes in.
            match told {
                Told::Frame(frame) => {
                    live.arrived(frame);
                    link.send_message(Msg::Arrived);
                }
                other => link.send_message(Msg::Told(Box::new(other))),
            }
        });
        match Bridge::start(self.engine, told, ctx.link().callback(Msg::Broken)) {
            Ok(bridge) => {
                let bridge = Rc::new(bridge);
                self.bridge = Some(Rc::clone(&bridge));
            }
            Err(why) => self.give_up(&why),
        }
    }

    /// Takes in what the engine tells; true when the page looks different now.
    pub(super) fn hear(&mut self, ctx: &Context<App>, told: Told) -> bool {
        match told {
            Told::Ready(schema) => {
                self.schema = schema;
                self.weigh();
                self.live.connect(self.bridge.clone());
                match self.going_on.take() {
                    Some((go_on, meanwhile)) => {
                        self.ask(&Ask::GoOn(go_on));
                        self.watch();
                        meanwhile.take().iter().for_each(|ask| {
                            self.ask(ask);
                        });
                    }
                    None => {
                        self.watch();
                        self.greet();
                        self.open_at_start(ctx);
                    }
                }
            }
            Told::Document(document) => self.redraw(document),
            Told::Report(report) => {
                self.moment.report = Same::new(report);
            }
            Told::Series(target, series) => self.course = Some((target, Same::new(series))),
            Told::History(target, history) => self.history = Some((target, Same::new(history))),
            Told::Said(sentences) => {
                for sentence in sentences {
                    self.say(sentence, false);
                }
            }
            Told::Refused(why) => {
                self.before_adding = None;
                self.wire_to_come = None;
                self.zones_before = None;
                self.notes_before = None;
                self.groups_before = None;
                self.tell_refusal(&why);
                self.say(why, true);
            }
            Told::Opened(opened) => self.opened(opened),
            Told::Unreadable(unreadable) => self.unreadable(ctx, unreadable),
            Told::WantsTexts(slug) => self.fetch_texts(ctx, &slug),
            Told::Shared(shared) => self.shared = Some(Same::new(shared)),
            Told::Saved(text) => self.save(&text),
            Told::Work(text) => self.keep(text),
            Told::Preview { slug, scenario } => {
                let previews = self.previews.make_mut();
                previews.retain(|(known, _)| *known != slug);
                previews.push((slug, Same::new(scenario)));
            }
            Told::Outgrown(go_on) => {
                self.engine = Engine::Whole;
                self.going_on = Some((go_on, RefCell::default()));
                self.live.connect(None);
                self.start(ctx);
            }
            Told::Trapped(why) => return self.broke(ctx, &why),
            Told::Frame(frame) => self.live.arrived(frame),
        }
        true
    }

    /// Has the schema that components read say of every rate how many requests one stands for.
    fn weigh(&mut self) {
        let weight = self.desk.document.scenario.weight;
        let mut schema = self.schema.clone();
        for gauge in schema.kinds.iter_mut().flat_map(|kind| &mut kind.gauges) {
            gauge.unit = weight.unit(&gauge.unit).into();
        }
        self.desk.schema = Same::new(schema);
    }

    fn redraw(&mut self, document: Document) {
        page::title(&format!("{} · Faultline", document.scenario.title));
        let new = self.before_adding.take().map(|before| {
            let ids = document.scenario.boxes.iter().map(|placed| &placed.id);
            ids.filter(|id| !before.contains(id)).cloned().collect::<Vec<_>>()
        });
        let wire = self.wire_to_come.take().filter(|ends| document.scenario.wire(ends).is_some());
        let zones = &document.scenario.zones;
        let zone = self.zones_before.take().filter(|before| zones.len() > *before).and_then(|_| zones.last());
        let notes = document.scenario.notes.len();
        let note = self.notes_before.take().filter(|before| notes > *before).map(|_| notes - 1);
        let groups = &document.scenario.groups;
        let group = self.groups_before.take().filter(|before| groups.len() > *before).and_then(|_| groups.last());
        if group.is_some() {
            // The boxes that had it are not seen any more.
            let hit = hit_name(Hit::Group(groups.len() - 1));
            self.focus_to_come = Some(format!("[data-hit=\"{hit}\"]"));
        }
        if let Some(at) = note {
            self.desk.tool = Tool::Write(at);
        }
        let selection = match (new, wire) {
            _ if note.is_some() => note.map_or(Selection::Nothing, Selection::Note),
            _ if zone.is_some() => zone.map_or(Selection::Nothing, |zone| Selection::Zone(zone.id.clone())),
            _ if group.is_some() => group.map_or(Selection::Nothing, |group| Selection::Group(group.id.clone())),
            (Some(ids), _) if !ids.is_empty() => folding::of_boxes(&document.scenario, ids),
            (_, Some(ends)) => Selection::Wire(ends),
            _ => self.desk.selection.within(&document.scenario),
        };
        let is_weighed = self.desk.document.scenario.weight == document.scenario.weight;
        self.desk.document = Same::new(document);
        if !is_weighed {
            self.weigh();
        }
        self.begin_figure();
        if !self.select(selection) {
            self.watch();
        }
        self.flag();
    }

    fn opened(&mut self, opened: Opened) {
        let is_first = self.source.is_none();
        self.left = store::current().filter(|_| self.framed.is_none());
        self.kept = match &opened.source {
            Source::Kept(id) => Some(*id),
            Source::Again(id) => *id,
            _ => None,
        };
        match &opened.source {
            _ if self.framed.is_some() => {}
            Source::Row(slug) => address::write(&format!("row={slug}"), !is_first),
            Source::Link => {}
            Source::New | Source::File(_) | Source::Kept(_) | Source::Again(_) => address::write("", !is_first),
        }
        if self.kept.is_some() {
            store::set_current(self.kept);
        }
        self.source = Some(opened.source);
        self.work = None;
        self.course = None;
        self.history = None;
        self.desk.is_inside = false;
        // What was said of another run is not said of this one.
        self.moment.report = Same::default();
        self.live.fitting.set(true);
        self.desk.selection = Same::new(opened.selected.map_or(Selection::Nothing, |id| Selection::Boxes(vec![id])));
        self.watch();
        if let Some(framed) = &mut self.framed {
            framed.is_opening = true;
        }
        for note in opened.notes {
            self.say(note, false);
        }
    }

    fn unreadable(&mut self, ctx: &Context<App>, unreadable: Unreadable) {
        if self.trouble_in_figure(&unreadable) {
            return;
        }
        self.dialog = Some(Dialog::Unreadable(Same::new(unreadable)));
        if self.source.is_none() {
            self.open_own(ctx);
        }
    }

    /// Keeps the open design, which somebody has changed.
    fn keep(&mut self, text: String) {
        if self.framed.is_some() {
            return;
        }
        let kept = store::keep(self.kept, page::date_ms(), &self.desk.document.scenario.title, &text);
        let was_new = self.kept.is_none();
        match kept {
            Some(id) => {
                self.kept = Some(id);
                store::set_current(kept);
                if was_new {
                    // The address named what was opened, which this no longer is.
                    address::write("", false);
                }
            }
            None if self.work.is_none() => {
                self.say("This browser keeps nothing: save a file or share a link before you leave".to_string(), true);
            }
            None => {}
        }
        self.work = Some(text);
        page::flag("kept", &self.desk.document.revision.to_string());
    }

    fn save(&mut self, text: &str) {
        let name = files::name(&self.desk.document.scenario.title);
        if files::save(&format!("{name}.json"), text, "application/json").is_err() {
            self.say("The browser did not save the file".to_string(), true);
        }
    }

    /// The engine broke: it is started again from what was kept, unless it breaks again at once.
    pub(super) fn broke(&mut self, ctx: &Context<App>, why: &str) -> bool {
        if self.bridge.take().is_none() {
            return false;
        }
        self.live.connect(None);
        self.going_on = None;
        let now = page::now_ms();
        let again = self.broke_ms.replace(now).is_some_and(|before| now - before < BREAKS_APART_MS);
        if again || self.desk.schema.kinds.is_empty() {
            self.give_up(why);
            return false;
        }
        self.say(format!("The engine stopped ({why}) and was started again from the last save"), true);
        self.start(ctx);
        true
    }

    fn give_up(&self, why: &str) {
        page::give_up(why, self.work.as_deref().unwrap_or_default());
    }

    /// What is opened when the engine is ready: what was open when it broke, or what the address asks for, or the last work.
    fn open_at_start(&mut self, ctx: &Context<App>) {
        match self.work.take() {
            Some(text) => {
                self.ask(&Ask::Open { text, source: Source::Again(self.kept) });
            }
            None => {
                self.open_wanted(ctx);
            }
        }
    }
}
