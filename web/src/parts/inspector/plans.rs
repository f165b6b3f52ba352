//! What a box does for each operation, step by step: as it follows from the wiring, or as somebody writes it here.

use crate::browser::page;
use crate::page::{Desk, use_desk};
use crate::parts::icon::{self, icon};
use crate::state::{entry, plan};
use scenario::{Plan, PlanStep};
use session::{Edit, OpPlan};
use std::cell::RefCell;
use std::rc::Rc;
use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

/// Its properties.
#[derive(PartialEq, Properties)]
pub struct PlansProps {
    /// The box, by id.
    pub id: String,
}

/// A box that a step can name.
#[derive(Clone)]
struct Callee {
    id: String,
    name: String,
    is_cache: bool,
    /// The operations its wire carries; all when there are none.
    ops: Vec<String>,
}

/// What every row of a plan knows.
struct Editor<'a> {
    desk: &'a Desk,
    id: &'a str,
    op: &'a str,
    steps: &'a [PlanStep],
    callees: &'a [Callee],
    /// The row that gets the focus back when the page shows the plan anew.
    focus: Rc<RefCell<Option<String>>>,
}

/// The plans of a box; nothing for one that carries out none.
#[component]
pub fn Plans(props: &PlansProps) -> Html {
    let desk = use_desk();
    let focus = use_mut_ref(|| None::<String>);
    use_effect_with(desk.document.revision, {
        let focus = focus.clone();
        move |_| {
            if let Some(id) = focus.borrow_mut().take() {
                page::focus(&format!("#{id}"));
            }
        }
    });
    let Some((at, _)) = desk.placed(&props.id) else { return Html::default() };
    let plans = desk.document.plans.get(at).map_or(&[][..], Vec::as_slice);
    let callees = callees(&desk, &props.id);
    if plans.is_empty() || (callees.is_empty() && plans.iter().all(|plan| !plan.is_written)) {
        return Html::default();
    }
    let one = |known: &OpPlan| {
        let editor = Editor {
            desk: &desk,
            id: &props.id,
            op: &known.op,
            steps: &known.steps,
            callees: &callees,
            focus: focus.clone(),
        };
        of_operation(&editor, known)
    };
    html! { <><h2>{ "Plan" }</h2><div class="plans">{ for plans.iter().map(one) }</div></> }
}

fn callees(desk: &Desk, id: &str) -> Vec<Callee> {
    let leaves = desk.document.scenario.wires.iter().filter(|wire| wire.ends.from == id);
    let callee = |wire: &scenario::Wire| {
        let kind = desk.placed(&wire.ends.to).map(|(_, placed)| placed.kind.clone()).unwrap_or_default();
        Callee {
            id: wire.ends.to.clone(),
            name: desk.name_of(&wire.ends.to).to_string(),
            is_cache: desk.schema.caches.iter().any(|cache| *cache == kind),
            ops: wire.ops.clone(),
        }
    };
    leaves.map(callee).collect()
}

fn of_operation(editor: &Editor<'_>, known: &OpPlan) -> Html {
    let key = format!("{}/{}", editor.id, known.op);
    let (wish, id, op, steps) =
        (editor.desk.wish.clone(), editor.id.to_string(), known.op.clone(), known.steps.clone());
    let is_written = known.is_written;
    let turn = move |_| {
        let steps = (!is_written).then(|| steps.clone());
        wish.emit(crate::page::Wish::Do(session::Command::Edit(Edit::Plan { id: id.clone(), op: op.clone(), steps })));
    };
    html! {
        <details class="plan" {key} open={is_written}>
            <summary><span>{ known.op.clone() }</span><span class="chip">{ if is_written { "written" } else { "from the wiring" } }</span></summary>
            if is_written {
                { list(editor, editor.steps, &[], &mut 0) }
                <button type="button" class="text-button" onclick={turn}>{ icon(icon::UNDO) }{ "Follow the wiring again" }</button>
            } else {
                { told(editor, editor.steps, &mut 0) }
                <button type="button" class="text-button" onclick={turn}>{ icon(icon::KNOBS) }{ "Write it myself" }</button>
            }
        </details>
    }
}

impl Editor<'_> {
    fn name(&self, id: &str) -> String {
        self.desk.name_of(id).to_string()
    }

    /// Asks for the plan as `change` makes it of what was entered; for none, nothing is asked.
    fn asks<E: 'static>(&self, change: impl Fn(&[PlanStep], E) -> Option<Vec<PlanStep>> + 'static) -> Callback<E> {
        let (wish, id, op, steps) =
            (self.desk.wish.clone(), self.id.to_string(), self.op.to_string(), self.steps.to_vec());
        Callback::from(move |event| {
            if let Some(next) = change(&steps, event) {
                let edit = Edit::Plan { id: id.clone(), op: op.clone(), steps: Some(next) };
                wish.emit(crate::page::Wish::Do(session::Command::Edit(edit)));
            }
        })
    }

    /// The id of a button of the row at `way`.
    fn button(&self, way: &[usize], what: &str) -> String {
        let op = self.desk.document.scenario.place(self.id).unwrap_or_default();
        let plan = self.desk.document.plans.get(op).and_then(|plans| plans.iter().position(|plan| plan.op == self.op));
        let way: Vec<String> = way.iter().map(ToString::to_string).collect();
        format!("step-{}-{}-{what}", plan.unwrap_or_default(), way.join("-"))
    }
}

/// What a step is, in a word or two.
fn word(step: &PlanStep) -> &'static str {
    match step {
        PlanStep::Call(_) => "Call",
        PlanStep::Lookup(_) => "Look up in",
        PlanStep::Fill(_) => "Fill",
        PlanStep::Forget(_) => "Forget in",
        PlanStep::Send(_) => "Send to",
        PlanStep::Parallel(_) => "At once",
        PlanStep::Work(_) => "Work",
        PlanStep::Reply(true) => "Answer: ok",
        PlanStep::Reply(false) => "Answer: failed",
        PlanStep::OnMiss(_) => "On a miss",
        PlanStep::OnError(_) => "If it fails",
        PlanStep::Repeat(..) => "Repeat",
    }
}

/// A plan to be read.
fn told(editor: &Editor<'_>, steps: &[PlanStep], count: &mut u32) -> Html {
    if steps.is_empty() {
        return html! { <p class="quiet">{ "It answers at once and calls nobody." }</p> };
    }
    let row = |step: &PlanStep| {
        let names: Vec<String> = step.targets().iter().map(|to| editor.name(to)).collect();
        let number = numbered(step, count);
        html! {
            <li>
                <span class="step-number">{ number }</span>
                <span>{ format!("{} {}", word(step), names.join(", ")) }</span>
                if !step.inside().is_empty() { { told(editor, step.inside(), count) } }
            </li>
        }
    };
    html! { <ol class="steps">{ for steps.iter().map(row) }</ol> }
}

/// The number of a step that does something, as its wire shows it.
fn numbered(step: &PlanStep, count: &mut u32) -> String {
    if matches!(step, PlanStep::OnMiss(_) | PlanStep::OnError(_) | PlanStep::Repeat(..)) {
        return String::new();
    }
    *count += 1;
    count.to_string()
}

/// A plan, or the steps inside the one at `way`, to be changed.
fn list(editor: &Editor<'_>, steps: &[PlanStep], way: &[usize], count: &mut u32) -> Html {
    let row = |(at, step): (usize, &PlanStep)| row(editor, steps, step, &[way, &[at]].concat(), count);
    let rows: Vec<Html> = steps.iter().enumerate().map(row).collect();
    html! {
        <>
            if rows.is_empty() { <p class="quiet">{ "It answers at once and calls nobody." }</p> }
            <ol class="steps">{ for rows }</ol>
            { adder(editor, way) }
        </>
    }
}

fn row(editor: &Editor<'_>, list_of: &[PlanStep], step: &PlanStep, way: &[usize], count: &mut u32) -> Html {
    let number = numbered(step, count);
    let label = format!("{} {number}", word(step)).trim_end().to_string();
    let at = way.last().copied().unwrap_or_default();
    let is_handler = matches!(step, PlanStep::OnError(_));
    let is_handled = matches!(list_of.get(at + 1), Some(PlanStep::OnError(_)));
    let can_be_handled = step.can_fail() && !is_handled && plan::has_depth(&way[1..]) && !editor.callees.is_empty();
    let handler = {
        let first = editor.callees.first().map(|callee| callee.id.clone()).unwrap_or_default();
        let way = way.to_vec();
        editor.asks(move |steps, _: MouseEvent| {
            plan::followed(steps, &way, PlanStep::OnError(vec![PlanStep::Call(first.clone())]))
        })
    };
    let remove = {
        let way = way.to_vec();
        editor.asks(move |steps, _: MouseEvent| plan::removed(steps, &way))
    };
    let trouble = trouble(editor, step);
    html! {
        <li key={at}>
            <span class="step-number">{ number }</span>
            <span class="step-body">
                <span>{ word(step) }</span>
                { entries(editor, step, way) }
            </span>
            <span class="step-acts">
                if !is_handler { { mover(editor, way, true, &label) }{ mover(editor, way, false, &label) } }
                <button type="button" class="bare" aria-label={format!("Remove {label}")} title="Remove" onclick={remove}>{ icon(icon::CLOSE) }</button>
            </span>
            if let Some(trouble) = trouble { <small class="trouble">{ trouble }</small> }
            if !step.inside().is_empty() { <div class="step-inside">{ list(editor, step.inside(), way, count) }</div> }
            if can_be_handled {
                <button type="button" class="text-button step-more" onclick={handler}>{ icon(icon::PLUS) }{ "If it fails" }</button>
            }
        </li>
    }
}

/// Why a step is not taken.
fn trouble(editor: &Editor<'_>, step: &PlanStep) -> Option<String> {
    let left_out = |to: &&String| {
        let callee = editor.callees.iter().find(|callee| callee.id == **to);
        callee.is_none_or(|callee| !callee.ops.is_empty() && !callee.ops.iter().any(|op| op == editor.op))
    };
    let to = step.targets().iter().find(left_out)?;
    Some(format!("The wire to {} does not carry {}: left out", editor.name(to), editor.op))
}

fn mover(editor: &Editor<'_>, way: &[usize], is_up: bool, label: &str) -> Html {
    let (what, drawing) = if is_up { ("up", icon::UP) } else { ("down", icon::DOWN) };
    let goes = plan::moved(editor.steps, way, is_up);
    let is_end = goes.is_none();
    let to_come = goes.map(|(_, to)| editor.button(&to, what));
    let asks = {
        let way = way.to_vec();
        editor.asks(move |steps, ()| plan::moved(steps, &way, is_up).map(|(steps, _)| steps))
    };
    let focus = editor.focus.clone();
    let onclick = move |_: MouseEvent| {
        focus.borrow_mut().clone_from(&to_come);
        asks.emit(());
    };
    html! {
        <button type="button" class="bare" id={editor.button(way, what)} disabled={is_end} title={if is_up { "Earlier" } else { "Later" }}
            aria-label={format!("{label} {}", if is_up { "earlier" } else { "later" })} {onclick}>{ icon(drawing) }</button>
    }
}

/// What can be set on a step.
fn entries(editor: &Editor<'_>, step: &PlanStep, way: &[usize]) -> Html {
    match step {
        PlanStep::Call(to) => target(editor, way, to, false, PlanStep::Call),
        PlanStep::Send(to) => target(editor, way, to, false, PlanStep::Send),
        PlanStep::Lookup(to) => target(editor, way, to, true, PlanStep::Lookup),
        PlanStep::Fill(to) => target(editor, way, to, true, PlanStep::Fill),
        PlanStep::Forget(to) => target(editor, way, to, true, PlanStep::Forget),
        PlanStep::Parallel(all) => several(editor, way, all),
        PlanStep::Work(ms) => {
            let way = way.to_vec();
            let asks = editor.asks(move |steps, event: Event| {
                let ms = entry::number(&event.target_unchecked_into::<HtmlInputElement>().value(), "ms").ok()?;
                plan::replaced(steps, &way, PlanStep::Work(ms))
            });
            html! { <><input type="text" inputmode="decimal" class="step-figure" aria-label="Mean time of the work, in ms" value={ms.to_string()} onchange={asks} /><span class="unit">{ "ms" }</span></> }
        }
        PlanStep::Repeat(times, inside) => {
            let (way, inside) = (way.to_vec(), inside.clone());
            let asks = editor.asks(move |steps, event: Event| {
                let times = entry::number(&event.target_unchecked_into::<HtmlInputElement>().value(), "").ok()?;
                plan::replaced(steps, &way, PlanStep::Repeat(times as u32, inside.clone()))
            });
            html! { <><input type="text" inputmode="numeric" class="step-figure" aria-label="How many times" value={times.to_string()} onchange={asks} /><span class="unit">{ "times" }</span></> }
        }
        PlanStep::Reply(_) | PlanStep::OnMiss(_) | PlanStep::OnError(_) => Html::default(),
    }
}

/// Which box a step names.
fn target(editor: &Editor<'_>, way: &[usize], to: &str, caches: bool, step: fn(String) -> PlanStep) -> Html {
    let choices: Vec<Callee> =
        editor.callees.iter().filter(|callee| !caches || callee.is_cache || callee.id == to).cloned().collect();
    let ids: Vec<String> = choices.iter().map(|callee| callee.id.clone()).collect();
    let way = way.to_vec();
    let asks = editor.asks(move |steps, event: Event| {
        let at = event.target_unchecked_into::<HtmlSelectElement>().selected_index();
        let id = ids.get(usize::try_from(at).ok()?)?;
        plan::replaced(steps, &way, step(id.clone()))
    });
    html! {
        <select aria-label="Which box" onchange={asks}>
            { for choices.iter().map(|callee| html! { <option key={callee.id.clone()} selected={callee.id == to}>{ callee.name.clone() }</option> }) }
        </select>
    }
}

/// The boxes that are called at once.
fn several(editor: &Editor<'_>, way: &[usize], all: &[String]) -> Html {
    let one = |callee: &Callee| {
        let (id, way, all) = (callee.id.clone(), way.to_vec(), all.to_vec());
        let times = all.iter().filter(|to| **to == id).count();
        let asks = editor.asks(move |steps, event: Event| {
            let is_on = event.target_unchecked_into::<HtmlInputElement>().checked();
            let mut next: Vec<String> = all.iter().filter(|to| **to != id).cloned().collect();
            if is_on {
                next.push(id.clone());
            }
            // A step that calls nobody is none.
            if next.is_empty() {
                plan::removed(steps, &way)
            } else {
                plan::replaced(steps, &way, PlanStep::Parallel(next))
            }
        });
        let many = if times > 1 { format!("{} × {times}", callee.name) } else { callee.name.clone() };
        html! { <label class="check" key={callee.id.clone()}><input type="checkbox" checked={times > 0} onchange={asks} /><span>{ many }</span></label> }
    };
    html! { <span class="step-several">{ for editor.callees.iter().map(one) }</span> }
}

/// What can be added at the end of a list, each with the step that is then there.
fn offers(editor: &Editor<'_>, way: &[usize]) -> Vec<(&'static str, PlanStep)> {
    let first = editor.callees.first().map(|callee| callee.id.clone());
    let cache = editor.callees.iter().find(|callee| callee.is_cache).map(|callee| callee.id.clone());
    let mut all = Vec::new();
    if let Some(first) = first {
        all.push(("Call", PlanStep::Call(first.clone())));
        all.push((
            "Several at once",
            PlanStep::Parallel(editor.callees.iter().map(|callee| callee.id.clone()).collect()),
        ));
        all.push(("Send without waiting", PlanStep::Send(first.clone())));
        if plan::has_depth(way) && plan::has_looked_up(editor.steps, way) {
            all.push(("On a miss", PlanStep::OnMiss(vec![PlanStep::Call(first.clone())])));
        }
        if plan::has_depth(way) && !plan::is_repeated(editor.steps, way) {
            all.push(("Repeat", PlanStep::Repeat(2, vec![PlanStep::Call(first)])));
        }
    }
    if let Some(cache) = cache {
        all.push(("Look up in a cache", PlanStep::Lookup(cache.clone())));
        all.push(("Fill a cache", PlanStep::Fill(cache.clone())));
        all.push(("Forget in a cache", PlanStep::Forget(cache)));
    }
    all.push(("Work", PlanStep::Work(5.0)));
    all.push(("Answer: ok", PlanStep::Reply(true)));
    all.push(("Answer: failed", PlanStep::Reply(false)));
    all
}

fn adder(editor: &Editor<'_>, way: &[usize]) -> Html {
    if Plan::size(editor.steps) >= Plan::STEPS_MAX {
        return Html::default();
    }
    let offers = offers(editor, way);
    let steps: Vec<PlanStep> = offers.iter().map(|(_, step)| step.clone()).collect();
    let way = way.to_vec();
    let asks = editor.asks(move |known, event: Event| {
        let select = event.target_unchecked_into::<HtmlSelectElement>();
        let at = usize::try_from(select.selected_index()).ok()?.checked_sub(1)?;
        select.set_selected_index(0);
        plan::appended(known, &way, steps.get(at)?.clone())
    });
    html! {
        <select class="adder" aria-label="Add a step" onchange={asks}>
            <option selected={true}>{ "Add a step…" }</option>
            { for offers.iter().map(|(name, _)| html! { <option key={*name}>{ *name }</option> }) }
        </select>
    }
}
