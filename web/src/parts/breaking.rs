//! Break it: what can be done to what is selected, how much, for how long, and what ends it.

use crate::page::{Desk, Wish, use_desk, use_moment};
use crate::paint::number;
use crate::parts::parting::Parting;
use crate::state::reading::{self, Ongoing};
use crate::state::{Selection, entry};
use base::Span;
use scenario::{AmountSpec, Subject, Target, Verb, VerbSpec};
use session::Command;
use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

/// For how long a fault may be asked to last, in seconds.
pub const LASTS_S: [u64; 6] = [1, 2, 5, 10, 30, 60];

/// Break it.
#[component]
pub fn Breaking() -> Html {
    let desk = use_desk();
    let moment = use_moment();
    let lasts = use_state(|| None::<u64>);
    let Some(on) = desk.selection.target() else {
        return html! { <div class="breaking"><h2>{ "Break it" }</h2>{ choose(&desk) }<Parting /></div> };
    };
    let on_whom = on.clone();
    let verbs = possible(&desk, &on);
    let going = reading::ongoing(&desk.document.scenario, &on, moment.now());
    let starts: Vec<Verb> = verbs.iter().copied().filter(|verb| !is_ending(*verb)).collect();
    let has_lasting = starts.iter().any(|verb| verb.spec().ended_by.is_some());
    let row = |verb: Verb| {
        let how_long = (*lasts).filter(|_| verb.spec().ended_by.is_some()).map(Span::from_secs);
        let (wish, on) = (desk.wish.clone(), on_whom.clone());
        let done = Callback::from(move |amount| {
            wish.emit(Wish::Do(Command::Act { verb, on: on.clone(), amount, lasts: how_long }));
        });
        let fault = going.iter().find(|fault| fault.verb == verb).copied();
        let (wish, on) = (desk.wish.clone(), on_whom.clone());
        let ended = Callback::from(move |verb| {
            wish.emit(Wish::Do(Command::Act { verb, on: on.clone(), amount: None, lasts: None }));
        });
        let (title, help) = words(verb, &on_whom);
        html! { <Deed key={verb.spec().slug} {verb} {title} {help} {fault} {done} {ended} /> }
    };
    let chosen = {
        let lasts = lasts.clone();
        move |event: Event| {
            let at = event.target_unchecked_into::<HtmlSelectElement>().selected_index();
            lasts.set(usize::try_from(at - 1).ok().and_then(|at| LASTS_S.get(at).copied()));
        }
    };
    html! {
        <div class="breaking">
            <div class="section-head">
                <h2>{ "Break it" }</h2>
                <span class="quiet target">{ desk.name(&on, &moment.frame) }</span>
                <span class="grow" />
                if has_lasting {
                    <label class="lasts">
                        <span>{ "for" }</span>
                        <select aria-label="How long a fault lasts" onchange={chosen}>
                            <option selected={lasts.is_none()}>{ "until healed" }</option>
                            { for LASTS_S.iter().map(|s| html! { <option selected={*lasts == Some(*s)}>{ format!("{s} s") }</option> }) }
                        </select>
                    </label>
                }
            </div>
            if verbs.is_empty() {
                <p class="quiet">{ "Nothing can be done to it" }</p>
            }
            <div class="deeds">{ for starts.into_iter().map(row) }</div>
            { borders(&desk, &on) }
            <Parting />
        </div>
    }
}

/// True for a verb that only ends others; it is shown while there is something to end.
fn is_ending(verb: Verb) -> bool {
    verb == Verb::Heal || Verb::ALL.iter().any(|other| other.spec().ended_by == Some(verb))
}

/// The verbs that make sense on `on`.
fn possible(desk: &Desk, on: &Target) -> Vec<Verb> {
    let of_kind =
        |id: &str| desk.placed(id).and_then(|(_, placed)| desk.kind(placed)).map_or(&[][..], |kind| &kind.verbs[..]);
    match on {
        Target::Box(id) => of_kind(id).to_vec(),
        Target::Member(id, _) => {
            let is_for_one = |verb: &Verb| matches!(verb.spec().subject, Subject::Member | Subject::Any);
            of_kind(id).iter().copied().filter(is_for_one).collect()
        }
        Target::Wire(_) => Verb::ALL.into_iter().filter(|verb| verb.spec().subject == Subject::Wire).collect(),
        Target::Zone(_) => Verb::ALL.into_iter().filter(|verb| verb.on_zone().is_some()).collect(),
        Target::Between(..) => Verb::ALL.into_iter().filter(|verb| verb.between_zones().is_some()).collect(),
        Target::Sides(_) => Verb::ALL.into_iter().filter(|verb| verb.between_sides().is_some()).collect(),
    }
}

/// What a verb's button says, and what it does, to whom it is done.
fn words(verb: Verb, on: &Target) -> (&'static str, &'static str) {
    let of_zone = match on {
        Target::Zone(_) => verb.on_zone(),
        Target::Between(..) => verb.between_zones(),
        Target::Sides(_) => verb.between_sides(),
        _ => None,
    };
    of_zone.unwrap_or((verb.spec().title, verb.spec().help))
}

/// A zone is selected: what passes between it and each other.
fn borders(desk: &Desk, on: &Target) -> Html {
    let Target::Zone(id) = on else { return Html::default() };
    let row = |other: &scenario::Zone| {
        let (wish, target) = (desk.wish.clone(), Selection::Between(id.clone(), other.id.clone()));
        html! { <button type="button" class="chip" onclick={move |_| wish.emit(Wish::Select(target.clone()))}>{ format!("↔ {}", other.name) }</button> }
    };
    let others: Vec<Html> = desk.document.scenario.zones.iter().filter(|zone| zone.id != *id).map(row).collect();
    if others.is_empty() {
        return Html::default();
    }
    html! { <><p class="quiet">{ "Or what passes between it and" }</p><div class="chips">{ for others }</div></> }
}

/// Nothing is selected: the boxes there are.
fn choose(desk: &Desk) -> Html {
    let scenario = &desk.document.scenario;
    if scenario.boxes.is_empty() {
        return html! { <p class="quiet">{ "There is nothing to break yet" }</p> };
    }
    let row = |placed: &scenario::Placed| {
        let (wish, target) = (desk.wish.clone(), Selection::Boxes(vec![placed.id.clone()]));
        html! { <button type="button" class="chip" onclick={move |_| wish.emit(Wish::Select(target.clone()))}>{ placed.name.clone() }</button> }
    };
    let zone = |zone: &scenario::Zone| {
        let (wish, target) = (desk.wish.clone(), Selection::Zone(zone.id.clone()));
        html! { <button type="button" class="chip" onclick={move |_| wish.emit(Wish::Select(target.clone()))}>{ format!("Zone {}", zone.name) }</button> }
    };
    html! {
        <>
            <p class="quiet">{ "Choose what to break: a box, one of its members, a wire, or a zone" }</p>
            <div class="chips">{ for scenario.zones.iter().map(zone) }{ for scenario.boxes.iter().map(row) }</div>
        </>
    }
}

#[derive(PartialEq, Properties)]
struct DeedProps {
    verb: Verb,
    /// What its button says.
    title: &'static str,
    /// What it does.
    help: &'static str,
    /// The same, while it goes on.
    fault: Option<Ongoing>,
    done: Callback<Option<f64>>,
    ended: Callback<Verb>,
}

/// From this many letters a verb gets a row of its own.
const LONG: usize = 16;

/// One verb: a button and, where it has one, its amount. While it goes on, what ends it stands in the same place.
#[component]
fn Deed(props: &DeedProps) -> Html {
    let spec = VerbSpec { title: props.title, help: props.help, ..props.verb.spec() };
    let typed = use_state(|| spec.amount.map(|amount| amount.default.to_string()).unwrap_or_default());
    let amount = spec.amount.map(|spec| bounded(&typed, &spec));
    let trouble = amount.as_ref().and_then(|amount| amount.as_ref().err().cloned());
    let onclick = {
        let (done, amount) = (props.done.clone(), amount.clone());
        move |_| match &amount {
            None => done.emit(None),
            Some(Ok(n)) => done.emit(Some(*n)),
            Some(Err(_)) => {}
        }
    };
    let oninput = {
        let typed = typed.clone();
        move |event: InputEvent| typed.set(event.target_unchecked_into::<HtmlInputElement>().value())
    };
    let class = classes!(
        "deed",
        (spec.amount.is_some() || spec.title.len() >= LONG).then_some("is-long"),
        props.fault.is_some().then_some("is-going"),
        trouble.is_some().then_some("is-wrong")
    );
    let ending = props.fault.map(|fault| {
        let (ended, verb) = (props.ended.clone(), fault.ended_by);
        let of = fault.amount.zip(spec.amount).map_or_else(String::new, |(n, spec)| format!(" {}", number::with_unit(n, spec.unit)));
        let what = spec.amount.is_none().then(|| html! { <span class="quiet">{ spec.title.to_ascii_lowercase() }</span> });
        let title = format!("{}: {}{of}", verb.spec().help, spec.title.to_ascii_lowercase());
        html! { <button type="button" class="ending" {title} onclick={move |_| ended.emit(verb)}>{ verb.spec().title }{ what.unwrap_or_default() }</button> }
    });
    let is_toggled = ending.is_some() && spec.amount.is_none();
    html! {
        <div {class}>
            if !is_toggled {
                <button type="button" title={spec.help} disabled={trouble.is_some()} {onclick}>{ spec.title }</button>
            }
            if let Some(amount) = spec.amount {
                <span class="entry">
                    <input type="text" inputmode="decimal" aria-label={format!("{}: how much", spec.title)} value={(*typed).clone()}
                        aria-invalid={trouble.is_some().to_string()} {oninput} />
                    <span class="unit">{ amount.unit }</span>
                </span>
            }
            { ending.unwrap_or_default() }
            if let Some(trouble) = trouble { <small class="help" role="alert">{ trouble }</small> }
        </div>
    }
}

fn bounded(text: &str, spec: &AmountSpec) -> Result<f64, String> {
    let n = entry::number(text, spec.unit)?;
    let is_inside = n >= spec.min && n <= spec.max;
    if is_inside { Ok(n) } else { Err(format!("It must be between {} and {} {}", spec.min, spec.max, spec.unit)) }
}
