//! Groups under the hand: choosing the boxes of one, folding, moving.

use super::{Stage, StageProps};
use crate::page::{Tool, Wish, use_desk};
use crate::paint::Hit;
use crate::state::gesture::Spot;
use crate::state::{Selection, folding};
use session::{Command, Edit};
use yew::prelude::*;

impl Stage {
    /// What pressing means: the wire that is drawn for several between a box and a folded group stands for the group.
    pub(super) fn meant(&self, ctx: &Context<Stage>, hit: Hit) -> Hit {
        let layout = ctx.props().live.layout();
        let Hit::Wire(at) = hit else { return hit };
        let Some(path) = layout.wires.get(at).filter(|path| !path.bundle.is_empty()) else { return hit };
        let fold = |place: usize| layout.boxes.get(place).and_then(|placed| placed.fold);
        path.ends.and_then(|(from, to)| fold(from).or(fold(to))).map_or(hit, Hit::Group)
    }

    /// Adds what is pressed to the boxes of a group to come, or takes it out.
    pub(super) fn gather(&mut self, ctx: &Context<Stage>, on: Option<Hit>) {
        let desk = &ctx.props().desk;
        let placed = on.and_then(Hit::box_place).and_then(|at| desk.document.scenario.boxes.get(at));
        match (on, placed) {
            (Some(Hit::Group(at)), _) => self.on_group(ctx, at, true),
            (_, Some(placed)) => {
                let scenario = &desk.document.scenario;
                self.wish(ctx, Wish::Select(folding::toggled_box(scenario, &desk.selection, &placed.id)));
            }
            _ => {}
        }
    }

    /// Selects a group, or adds its boxes to what is selected.
    pub(super) fn on_group(&mut self, ctx: &Context<Stage>, at: usize, adding: bool) {
        let desk = &ctx.props().desk;
        let scenario = &desk.document.scenario;
        let Some(group) = scenario.groups.get(at) else { return };
        let selection = if adding {
            folding::toggled(scenario, &desk.selection, &group.id)
        } else {
            Selection::Group(group.id.clone())
        };
        self.wish(ctx, Wish::Select(selection));
    }

    /// Folds a group, or unfolds it.
    pub(super) fn turn(&mut self, ctx: &Context<Stage>, at: usize) {
        if let Some(group) = ctx.props().desk.document.scenario.groups.get(at) {
            self.wish(ctx, Wish::Do(Command::Edit(Edit::Fold { id: group.id.clone(), folded: !group.folded })));
        }
    }

    /// Shows all boxes of a group so many pixels from where they were.
    pub(super) fn carry_group(&mut self, ctx: &Context<Stage>, at: usize, by: Spot) -> bool {
        let StageProps { desk, live, .. } = ctx.props();
        let scenario = &desk.document.scenario;
        let Some(group) = scenario.groups.get(at) else { return false };
        let Some(first) = group.boxes.first().and_then(|id| scenario.place(id)) else { return false };
        let (zoom, first) = (live.camera.get().zoom, &scenario.boxes[first]);
        let (dx, dy) = (super::moving::snapped(first.x, by.0 / zoom), super::moving::snapped(first.y, by.1 / zoom));
        let held = folding::boxes(scenario, &desk.selection);
        if group.boxes.iter().all(|id| held.contains(id)) {
            self.shift(ctx, held, dx, dy);
        } else {
            self.wish(ctx, Wish::Select(Selection::Group(group.id.clone())));
            self.shift(ctx, &group.boxes, dx, dy);
        }
        false
    }

    /// Says why a wire cannot end at a folded group.
    pub(super) fn refuse_wire(&self, ctx: &Context<Stage>, at: usize) {
        if let Some(group) = ctx.props().desk.document.scenario.groups.get(at) {
            self.wish(ctx, Wish::Say(format!("Unfold {} first: a wire goes to a box in it", group.name)));
        }
    }
}

/// That the boxes of a group are being chosen.
#[component]
pub fn GroupNote() -> Html {
    let desk = use_desk();
    if desk.tool != Tool::Gather {
        return Html::default();
    }
    let cancel = desk.wish.reform(|_: MouseEvent| Wish::Use(Tool::Rest));
    let group = desk.wish.reform(|_: MouseEvent| Wish::Group);
    let count = folding::boxes(&desk.document.scenario, &desk.selection).len();
    let says = if count < 2 { "Group".to_string() } else { format!("Group {count} boxes") };
    html! {
        <div class="wiring" data-overlay="wiring" role="status">
            <span>{ "Choose boxes, or draw around them" }</span>
            <button type="button" class="text-button" disabled={count < 2} onclick={group}>{ says }</button>
            <button type="button" class="text-button" onclick={cancel}>{ "Cancel" }<kbd>{ "Esc" }</kbd></button>
        </div>
    }
}
