//! Drawing wires: from a port to wherever the pointer is, by hand or by choosing the other end.

use super::{Stage, StageProps};
use crate::page::{Tool, Wish};
use crate::paint::{Hit, Pending, Point};
use scenario::WireEnds;
use session::Edit;
use yew::prelude::*;

impl Stage {
    /// The other end was chosen, or something else was.
    pub(super) fn finish_wire(&mut self, ctx: &Context<Stage>, from: Option<usize>, on: Option<Hit>) {
        self.pending = None;
        self.wish(ctx, Wish::Use(Tool::Rest));
        if let Some(Hit::Group(at)) = on {
            self.refuse_wire(ctx, at);
        }
        if let (Some(from), Some(to)) = (from, on.and_then(Hit::box_place))
            && from != to
        {
            self.connect(ctx, from, to);
        }
    }

    /// Asks for a wire between two boxes, and to have it selected.
    pub(super) fn connect(&self, ctx: &Context<Stage>, from: usize, to: usize) {
        let boxes = &ctx.props().desk.document.scenario.boxes;
        if let (Some(from), Some(to)) = (boxes.get(from), boxes.get(to)) {
            let ends = WireEnds { from: from.id.clone(), to: to.id.clone() };
            self.edit(ctx, Edit::Connect { ends: ends.clone() });
            self.wish(ctx, Wish::SelectSoon(ends));
        }
    }

    /// The wire from a box to a point, and whether it may end there.
    pub(super) fn pending_to(&self, ctx: &Context<Stage>, from: &str, to: Point) -> Option<Pending> {
        let StageProps { desk, live, .. } = ctx.props();
        let scenario = &desk.document.scenario;
        let from = scenario.place(from)?;
        let layout = live.layout();
        let over = layout.box_at(to).filter(|over| *over != from).map(|over| {
            let is_there = scenario
                .wires
                .iter()
                .any(|wire| wire.ends.from == scenario.boxes[from].id && wire.ends.to == scenario.boxes[over].id);
            let leaving = scenario.wires.iter().filter(|wire| wire.ends.from == scenario.boxes[from].id).count();
            let has_room = leaving < usize::from(layout.boxes[from].out_max);
            (over, layout.boxes[over].accepts && has_room && !is_there)
        });
        Some(Pending { from, to, over })
    }
}
