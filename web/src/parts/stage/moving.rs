//! Moving boxes, groups, zones and notes: by dragging them or by arrow keys. They are shown where they go, and asked to stay there when they rest.

use super::{Msg, Stage, StageProps};
use crate::page::Wish;
use crate::state::gesture::Spot;
use crate::state::{Selection, folding};
use gloo_timers::callback::Timeout;
use scenario::{Scenario, Zone};
use session::Edit;
use std::rc::Rc;
use yew::prelude::*;

/// Distance of the places on which boxes come to rest, in points.
const SNAP: f64 = 10.0;
/// How long after the last arrow key the boxes have come to rest, in milliseconds.
const SETTLE_MS: u32 = 350;

/// How far to go from `from` so that one comes to rest on a place, for a hand that went `by`.
pub(super) fn snapped(from: i32, by: f64) -> i32 {
    (((f64::from(from) + by) / SNAP).round() * SNAP - f64::from(from)) as i32
}

impl Stage {
    /// Shows a box, and those selected with it, so many pixels from where they were.
    pub(super) fn drag(&mut self, ctx: &Context<Stage>, at: usize, by: Spot) -> bool {
        let StageProps { desk, live, .. } = ctx.props();
        let Some(placed) = desk.document.scenario.boxes.get(at) else { return false };
        let zoom = live.camera.get().zoom;
        let (dx, dy) = (snapped(placed.x, by.0 / zoom), snapped(placed.y, by.1 / zoom));
        let id = placed.id.clone();
        if !desk.selection.has_box(&id) {
            self.wish(ctx, Wish::Select(Selection::Boxes(vec![id.clone()])));
            self.shift(ctx, &[id], dx, dy);
        } else {
            self.shift(ctx, desk.selection.boxes(), dx, dy);
        }
        false
    }

    /// Shows boxes so far from where they are.
    pub(super) fn shift(&mut self, ctx: &Context<Stage>, ids: &[String], dx: i32, dy: i32) {
        self.sketch(ctx, |scenario| {
            for placed in scenario.boxes.iter_mut().filter(|placed| ids.contains(&placed.id)) {
                placed.x = placed.x.saturating_add(dx);
                placed.y = placed.y.saturating_add(dy);
            }
        });
    }

    /// Shows a zone, with the boxes that lie in it, or one of its corners so many pixels from where it was.
    pub(super) fn carry(&mut self, ctx: &Context<Stage>, at: usize, corner: Option<u8>, by: Spot) -> bool {
        let StageProps { desk, live, .. } = ctx.props();
        let Some(zone) = desk.document.scenario.zones.get(at) else { return false };
        let zoom = live.camera.get().zoom;
        // A corner comes to rest where the edges do that it moves.
        let (right, bottom) = (zone.x.saturating_add(zone.width), zone.y.saturating_add(zone.height));
        let x = if matches!(corner, Some(1 | 2)) { right } else { zone.x };
        let y = if matches!(corner, Some(2 | 3)) { bottom } else { zone.y };
        let (dx, dy) = (snapped(x, by.0 / zoom), snapped(y, by.1 / zoom));
        if *desk.selection != Selection::Zone(zone.id.clone()) {
            self.wish(ctx, Wish::Select(Selection::Zone(zone.id.clone())));
        }
        match corner {
            Some(corner) => self.sketch(ctx, |scenario| stretch(&mut scenario.zones[at], corner, dx, dy)),
            None => self.carry_all(ctx, at, dx, dy),
        }
        false
    }

    /// Shows a zone, with the boxes that lie in it, so far from where it is.
    fn carry_all(&mut self, ctx: &Context<Stage>, at: usize, dx: i32, dy: i32) {
        self.sketch(ctx, |scenario| {
            let zone = &mut scenario.zones[at];
            (zone.x, zone.y) = (zone.x.saturating_add(dx), zone.y.saturating_add(dy));
            for placed in scenario.boxes.iter_mut().filter(|placed| placed.zone.as_ref() == Some(&zone.id)) {
                (placed.x, placed.y) = (placed.x.saturating_add(dx), placed.y.saturating_add(dy));
            }
        });
    }

    /// Shows a note so many pixels from where it was.
    pub(super) fn carry_note(&mut self, ctx: &Context<Stage>, at: usize, by: Spot) -> bool {
        let StageProps { desk, live, .. } = ctx.props();
        let Some(note) = desk.document.scenario.notes.get(at) else { return false };
        let zoom = live.camera.get().zoom;
        let (dx, dy) = (snapped(note.x, by.0 / zoom), snapped(note.y, by.1 / zoom));
        if *desk.selection != Selection::Note(at) {
            self.wish(ctx, Wish::Select(Selection::Note(at)));
        }
        self.shift_note(ctx, at, dx, dy);
        false
    }

    /// Shows a note so far from where it is.
    fn shift_note(&mut self, ctx: &Context<Stage>, at: usize, dx: i32, dy: i32) {
        self.sketch(ctx, |scenario| {
            if let Some(note) = scenario.notes.get_mut(at) {
                (note.x, note.y) = (note.x.saturating_add(dx), note.y.saturating_add(dy));
            }
        });
    }

    /// Shows the design changed.
    fn sketch(&mut self, ctx: &Context<Stage>, change: impl FnOnce(&mut Scenario)) {
        let mut document = (*ctx.props().desk.document).clone();
        change(&mut document.scenario);
        self.draft = Some(Rc::new(document));
    }

    /// What was moved stays where it is now, and boxes that left a zone or came into one lie there.
    pub(super) fn on_settle(&mut self, ctx: &Context<Stage>) -> bool {
        self.settle = None;
        let Some(draft) = &self.draft else { return false };
        let (before, after) = (&ctx.props().desk.document.scenario, &draft.scenario);
        let moved = after.boxes.iter().filter_map(|placed| {
            let was = &before.boxes[before.place(&placed.id)?];
            ((was.x, was.y) != (placed.x, placed.y)).then(|| (placed.id.clone(), placed.x, placed.y))
        });
        let to: Vec<_> = moved.collect();
        let shaped =
            after.zones.iter().filter(|zone| before.zone(&zone.id).is_some_and(|at| before.zones[at] != **zone));
        let zones: Vec<_> = shaped.map(|zone| (zone.id.clone(), [zone.x, zone.y, zone.width, zone.height])).collect();
        let homes = self.homes(ctx, before, after);
        let is_note_moved = |at: &usize| before.notes.get(*at).is_some_and(|was| *was != after.notes[*at]);
        let note = (0..after.notes.len()).find(is_note_moved);
        if let Some((at, number)) = note.and_then(|at| Some((at, u16::try_from(at).ok()?))) {
            let (x, y) = (after.notes[at].x, after.notes[at].y);
            self.edit(ctx, Edit::MoveNote { at: number, x, y });
        } else if to.is_empty() && zones.is_empty() {
            self.draft = None;
        } else if zones.is_empty() && homes.is_empty() {
            self.edit(ctx, Edit::Move { to });
        } else {
            self.edit(ctx, Edit::Arrange { boxes: to, zones, homes });
        }
        true
    }

    /// The boxes whose middle has come into another zone or out of one. Who lies in a zone that is not drawn around it stays there
    /// until it crosses an edge.
    fn homes(&self, ctx: &Context<Stage>, before: &Scenario, after: &Scenario) -> Vec<(String, Option<String>)> {
        let layout = ctx.props().live.layout();
        let around = |scenario: &Scenario, at: usize| {
            let (placed, laid) = (&scenario.boxes[at], layout.boxes.get(at)?);
            let (x, y) = ((laid.rect.w / 2.0) as i32, (laid.rect.h / 2.0) as i32);
            scenario.zone_around(placed.x.saturating_add(x), placed.y.saturating_add(y)).map(|zone| zone.id.clone())
        };
        let changed = |at: usize| {
            let (was, is) = (around(before, at), around(after, at));
            (was != is && before.boxes[at].zone != is).then(|| (before.boxes[at].id.clone(), is))
        };
        (0..before.boxes.len().min(after.boxes.len())).filter_map(changed).collect()
    }

    /// Moves the selected boxes or zone, or the view when there are none.
    pub(super) fn nudge(&mut self, ctx: &Context<Stage>, dx: i32, dy: i32) -> bool {
        let desk = &ctx.props().desk;
        let scenario = &desk.document.scenario;
        let ids = folding::boxes(scenario, &desk.selection).to_vec();
        let zone = if let Selection::Zone(id) = &*desk.selection { scenario.zone(id) } else { None };
        let note = if let Selection::Note(at) = &*desk.selection { Some(*at) } else { None };
        if (ids.is_empty() && zone.is_none() && note.is_none()) || desk.settings.is_figure {
            return self.pan(ctx, f64::from(-dx) * 4.0, f64::from(-dy) * 4.0);
        }
        let draft = self.draft.as_ref().map(|draft| &draft.scenario);
        let gone = draft.and_then(|draft| match zone {
            None if note.is_some() => {
                let (was, is) = (scenario.notes.get(note?)?, draft.notes.get(note?)?);
                Some((is.x - was.x, is.y - was.y))
            }
            Some(at) => {
                Some((draft.zones.get(at)?.x - scenario.zones[at].x, draft.zones.get(at)?.y - scenario.zones[at].y))
            }
            None => {
                let place = scenario.place(&ids[0])?;
                let (was, is) = (&scenario.boxes[place], draft.boxes.get(place)?);
                Some((is.x - was.x, is.y - was.y))
            }
        });
        let (x, y) = gone.unwrap_or_default();
        match (zone, note) {
            (Some(at), _) => self.carry_all(ctx, at, x + dx, y + dy),
            (None, Some(at)) => self.shift_note(ctx, at, x + dx, y + dy),
            (None, None) => self.shift(ctx, &ids, x + dx, y + dy),
        }
        let link = ctx.link().clone();
        self.settle = Some(Timeout::new(SETTLE_MS, move || link.send_message(Msg::Settle)));
        false
    }
}

/// Moves one corner of a zone, clockwise from the upper left; the opposite one stays where it is.
fn stretch(zone: &mut Zone, corner: u8, dx: i32, dy: i32) {
    let least = Scenario::ZONE_SIZE_MIN;
    let side = |from: &mut i32, length: &mut i32, by: i32, is_first: bool| {
        let by = if is_first { by.min(*length - least) } else { by.max(least - *length) };
        if is_first {
            *from = from.saturating_add(by);
            *length = length.saturating_sub(by);
        } else {
            *length = length.saturating_add(by);
        }
    };
    side(&mut zone.x, &mut zone.width, dx, matches!(corner, 0 | 3));
    side(&mut zone.y, &mut zone.height, dy, matches!(corner, 0 | 1));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_corner_moves_two_edges_and_stops_before_they_meet() {
        let zone = Zone { x: 100, y: 100, width: 200, height: 160, ..Zone::default() };
        let stretched = |corner, dx, dy| {
            let mut zone = zone.clone();
            stretch(&mut zone, corner, dx, dy);
            [zone.x, zone.y, zone.width, zone.height]
        };
        assert_eq!(stretched(2, 30, 20), [100, 100, 230, 180]);
        assert_eq!(stretched(0, 30, 20), [130, 120, 170, 140]);
        assert_eq!(stretched(1, 30, 20), [100, 120, 230, 140]);
        assert_eq!(stretched(3, 30, 20), [130, 100, 170, 180]);
        assert_eq!(stretched(0, 900, 900), [240, 200, 60, 60]);
        assert_eq!(stretched(2, -900, -900), [100, 100, 60, 60]);
    }
}
