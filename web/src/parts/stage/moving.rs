//! Moving boxes: by dragging them or by arrow keys. They are shown where they go, and asked to stay there when they rest.

use super::{Msg, Stage, StageProps};
use crate::page::Wish;
use crate::state::Selection;
use crate::state::gesture::Spot;
use gloo_timers::callback::Timeout;
use session::Edit;
use std::rc::Rc;
use yew::prelude::*;

/// Distance of the places on which boxes come to rest, in points.
const SNAP: f64 = 10.0;
/// How long after the last arrow key the boxes have come to rest, in milliseconds.
const SETTLE_MS: u32 = 350;

impl Stage {
    /// Shows a box, and those selected with it, so many pixels from where they were.
    pub(super) fn drag(&mut self, ctx: &Context<Stage>, at: usize, by: Spot) -> bool {
        let StageProps { desk, live, .. } = ctx.props();
        let Some(placed) = desk.document.scenario.boxes.get(at) else { return false };
        let zoom = live.camera.get().zoom;
        let snapped = |from: i32, by: f64| ((f64::from(from) + by / zoom) / SNAP).round() * SNAP - f64::from(from);
        let (dx, dy) = (snapped(placed.x, by.0), snapped(placed.y, by.1));
        let id = placed.id.clone();
        if !desk.selection.has_box(&id) {
            self.wish(ctx, Wish::Select(Selection::Boxes(vec![id.clone()])));
            self.shift(ctx, &[id], dx as i32, dy as i32);
        } else {
            self.shift(ctx, desk.selection.boxes(), dx as i32, dy as i32);
        }
        false
    }

    /// Shows boxes so far from where they are.
    fn shift(&mut self, ctx: &Context<Stage>, ids: &[String], dx: i32, dy: i32) {
        let mut document = (*ctx.props().desk.document).clone();
        for placed in document.scenario.boxes.iter_mut().filter(|placed| ids.contains(&placed.id)) {
            placed.x = placed.x.saturating_add(dx);
            placed.y = placed.y.saturating_add(dy);
        }
        self.draft = Some(Rc::new(document));
    }

    /// The boxes that were moved stay where they are now.
    pub(super) fn on_settle(&mut self, ctx: &Context<Stage>) -> bool {
        self.settle = None;
        let Some(draft) = &self.draft else { return false };
        let before = &ctx.props().desk.document.scenario;
        let moved = draft.scenario.boxes.iter().filter_map(|placed| {
            let was = &before.boxes[before.place(&placed.id)?];
            ((was.x, was.y) != (placed.x, placed.y)).then(|| (placed.id.clone(), placed.x, placed.y))
        });
        let to: Vec<_> = moved.collect();
        if to.is_empty() {
            self.draft = None;
        } else {
            self.edit(ctx, Edit::Move { to });
        }
        true
    }

    /// Moves the selected boxes, or the view when there are none.
    pub(super) fn nudge(&mut self, ctx: &Context<Stage>, dx: i32, dy: i32) -> bool {
        let desk = &ctx.props().desk;
        let ids = desk.selection.boxes().to_vec();
        if ids.is_empty() || desk.settings.is_figure {
            return self.pan(ctx, f64::from(-dx) * 4.0, f64::from(-dy) * 4.0);
        }
        let gone = self.draft.as_ref().and_then(|draft| {
            let place = desk.document.scenario.place(&ids[0])?;
            let (was, is) = (&desk.document.scenario.boxes[place], draft.scenario.boxes.get(place)?);
            Some((is.x - was.x, is.y - was.y))
        });
        let (x, y) = gone.unwrap_or_default();
        self.shift(ctx, &ids, x + dx, y + dy);
        let link = ctx.link().clone();
        self.settle = Some(Timeout::new(SETTLE_MS, move || link.send_message(Msg::Settle)));
        false
    }
}
