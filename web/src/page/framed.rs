//! The page as a figure in somebody else's post: how it begins, what it may do, what it tells.

use super::{App, Desk, Msg, Wish};
use crate::browser::{address, media, page};
use crate::embed::Figure;
use crate::embed::post::{Order, Post};
use crate::state::Same;
use crate::talk::{Ask, Source, Unreadable};
use check::{Finding, Verdict};
use session::{Command, Edit, RunState};
use std::rc::Rc;
use wasm_bindgen::JsValue;
use yew::prelude::*;

/// What a figure keeps in mind.
pub(super) struct Framed {
    pub figure: Rc<Figure>,
    /// Letters, when the page around said who it is.
    post: Option<Post>,
    /// What cannot be opened; it is told in the figure, never in a dialog.
    pub trouble: Option<Same<Unreadable>>,
    /// The findings that were told last.
    told: Vec<(String, String, Finding)>,
    /// The moment at which it is to stand still, until it has.
    until: Option<base::Time>,
    /// A design was opened and has not been seen yet.
    pub is_opening: bool,
}

impl Framed {
    /// A figure, if the address asks for one.
    pub fn asked_for(ctx: &Context<App>) -> Option<Framed> {
        let figure = Rc::new(Figure::of(&address::query())?);
        let link = ctx.link().clone();
        let post = figure
            .parent
            .as_deref()
            .and_then(|parent| Post::with(parent, move |order| link.send_message(Msg::Order(order))));
        Some(Framed { figure, post, trouble: None, told: Vec::new(), until: None, is_opening: false })
    }

    fn tell(&self, kind: &str, entries: &[(&str, JsValue)]) {
        if let Some(post) = &self.post {
            post.tell(kind, entries);
        }
    }
}

impl App {
    /// The document has come; if it was just opened in a figure, it begins as its address says.
    pub(super) fn begin_figure(&mut self) {
        let title = self.desk.document.scenario.title.clone();
        let Some(framed) = self.framed.as_mut().filter(|framed| framed.is_opening) else { return };
        framed.is_opening = false;
        let figure = Rc::clone(&framed.figure);
        framed.trouble = None;
        framed.told.clear();
        framed.until = figure.until;
        framed.tell("opened", &[("title", title.into())]);
        let mut commands: Vec<Command> = figure.speed.map(Command::Speed).into_iter().collect();
        if figure.from > base::Time::ZERO {
            commands.push(Command::Seek(figure.from));
        }
        if figure.plays && !self.desk.settings.is_still {
            commands.push(Command::Play);
        }
        self.ask(&Ask::All(commands));
        if let Some(id) = &figure.focus {
            self.select(crate::state::Selection::Boxes(vec![id.clone()]));
        }
    }

    /// What the page around asks for is done; what the figure must not do is left.
    pub(super) fn order(&mut self, ctx: &Context<App>, order: Order) -> bool {
        let is_read_only = self.framed.as_ref().is_none_or(|framed| framed.figure.is_read_only);
        match order {
            Order::Play => self.ask(&Ask::Command(Command::Play)),
            Order::Pause => self.ask(&Ask::Command(Command::Pause)),
            Order::Seek(to) => self.ask(&Ask::Command(Command::Seek(to))),
            Order::Speed(speed) => self.ask(&Ask::Command(Command::Speed(speed))),
            Order::Load(fragment) => {
                self.open_fragment(ctx, &fragment);
                true
            }
            Order::Set(..) | Order::Inject(..) if is_read_only => false,
            Order::Inject(verb, on, amount, lasts) => self.ask(&Ask::Command(Command::Act { verb, on, amount, lasts })),
            Order::Set(on, field, raw) => {
                if let Some(value) = field_of(&self.desk, &on, &field).and_then(|field| raw.of(field)) {
                    self.ask(&Ask::Command(Command::Edit(Edit::Set { on, field, value })));
                }
                false
            }
        }
    }

    /// What a figure does not grant: it shows a design, and changes none by itself.
    pub(super) fn is_refused(&self, wish: &Wish) -> bool {
        // A reader may fold and unfold: it changes nothing but what is seen.
        let edits = |command: &Command| match command {
            Command::Edit(edit) => !matches!(edit, Edit::Fold { .. }),
            command => matches!(command, Command::Undo | Command::Redo),
        };
        self.framed.is_some()
            && match wish {
                Wish::Do(command) => edits(command),
                Wish::DoAll(commands) => commands.iter().any(edits),
                Wish::Add(..)
                | Wish::DrawZone
                | Wish::AddZone(_)
                | Wish::AddNote(_)
                | Wish::Group
                | Wish::Ungroup
                | Wish::Duplicate
                | Wish::Remove
                | Wish::Use(_)
                | Wish::SelectSoon(_)
                | Wish::Inside(_)
                | Wish::Show(_)
                | Wish::Open(_)
                | Wish::OpenText(..)
                | Wish::Rescue(_) => true,
                _ => false,
            }
    }

    /// A glance at the moment: whether the figure is to stand still now, and what the page around is told.
    pub(super) fn tell_figure(&mut self) {
        let frame = &self.moment.frame;
        let is_running = frame.state == RunState::Running;
        let is_time = is_running
            && self.framed.as_ref().is_some_and(|framed| framed.until.is_some_and(|until| frame.now >= until));
        if is_time {
            self.ask(&Ask::Command(Command::Pause));
        }
        if is_running && self.framed.is_some() {
            // Out of sight no picture is drawn, so none is asked for; the page around wants to know all the same.
            self.live.want_frame();
        }
        let verdicts = Same::clone(&self.moment.report);
        let (now, length, state) = (frame.now, frame.length, frame.state.clone());
        let Some(framed) = &mut self.framed else { return };
        if is_time {
            framed.until = None;
        }
        let seconds = |nanos: u64| JsValue::from(nanos as f64 / 1e9);
        let state = match state {
            RunState::Running | RunState::Seeking { .. } => "running",
            RunState::Finished => "finished",
            RunState::Paused | RunState::Stopped { .. } => "paused",
        };
        framed.tell("time", &[("now", seconds(now.0)), ("length", seconds(length.0)), ("state", state.into())]);
        for verdict in &verdicts.verdicts {
            let found = (verdict.check.clone(), verdict.on.clone(), verdict.finding);
            if !framed.told.contains(&found) {
                framed.told.retain(|(check, on, _)| (check, on) != (&found.0, &found.1));
                framed.told.push(found);
                framed.tell("verdict", &letter(verdict));
            }
        }
    }

    /// The engine is there: the page around may begin to write.
    pub(super) fn greet(&self) {
        if let Some(framed) = &self.framed {
            framed.tell("ready", &[]);
        }
    }

    /// What the engine refused to do, the page around is told: it may have asked for it.
    pub(super) fn tell_refusal(&self, why: &str) {
        if let Some(framed) = &self.framed {
            framed.tell("refused", &[("why", why.into())]);
        }
    }

    /// What cannot be opened is told in the figure. True when this is one.
    pub(super) fn trouble_in_figure(&mut self, unreadable: &Unreadable) -> bool {
        let Some(framed) = &mut self.framed else { return false };
        framed
            .tell("error", &[("heading", unreadable.heading.clone().into()), ("why", unreadable.why.join(" ").into())]);
        framed.trouble = Some(Same::new(unreadable.clone()));
        self.source.get_or_insert(Source::New);
        page::flag("ready", "true");
        true
    }

    /// The colours that a figure's address asks for.
    pub(super) fn shade_of_figure(&self) -> Option<media::Shade> {
        self.framed.as_ref().and_then(|framed| framed.figure.shade)
    }
}

fn letter(verdict: &Verdict) -> [(&'static str, JsValue); 4] {
    let finding = match verdict.finding {
        Finding::Holds => "holds",
        Finding::Broken => "broken",
        Finding::Untold => "untold",
    };
    [
        ("check", verdict.check.clone().into()),
        ("on", verdict.on.clone().into()),
        ("finding", finding.into()),
        ("headline", verdict.headline.clone().into()),
    ]
}

fn field_of<'a>(desk: &'a Desk, on: &scenario::Target, field: &str) -> Option<&'a scenario::Field> {
    use scenario::Target::{Between, Box, Member, Sides, Wire, Zone};
    match on {
        Box(id) | Member(id, _) => {
            let kind = desk.kind(desk.placed(id)?.1)?;
            kind.fields.get(kind.field(field)?)
        }
        Wire(_) => desk.schema.wire.iter().find(|known| known.name == field),
        Zone(_) | Between(..) | Sides(_) => None,
    }
}
