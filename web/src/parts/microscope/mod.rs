//! The microscope: one box or member at full size over the canvas, with what was lately decided there.
//!
//! It shows what is selected, so that the inspector and the panel of faults beside it speak of the same, and follows the run and
//! the scrubber as everything else does. It takes no focus prisoner: the run can be played and broken while it is open.

mod glass;

use crate::browser::page;
use crate::charts;
use crate::page::{Desk, Live, Moment, Wish, use_desk, use_moment};
use crate::paint::{self, Inside, Theme};
use crate::parts::charts::Chart;
use crate::parts::icon::{self, icon};
use crate::parts::inspector::{health, rows, troubles};
use crate::parts::log;
use crate::state::{Same, Selection};
use glass::Glass;
use scenario::{KindSpec, Target};
use session::{BoxFrame, Health, History, MemberFrame, RunState, Series};
use yew::prelude::*;

/// Most gauges drawn.
const GAUGES_MAX: usize = 3;
/// Most members whose tables stand below each other.
const TABLES_MAX: usize = 16;

/// Its properties.
#[derive(PartialEq, Properties)]
pub struct MicroscopeProps {
    /// The latest frame, for the picture.
    pub live: Same<Live>,
    /// The course, and whose it is.
    pub course: Option<(Option<Target>, Same<Series>)>,
    /// What lately happened, and to whom.
    pub history: Option<(Target, Same<History>)>,
}

/// The microscope.
#[component]
pub fn Microscope(props: &MicroscopeProps) -> Html {
    let (desk, moment) = (use_desk(), use_moment());
    let is_table = use_state(|| false);
    let node = use_node_ref();
    use_effect_with((), {
        let node = node.clone();
        move |()| {
            if let Some(element) = node.cast::<web_sys::HtmlElement>() {
                let _ = element.focus();
            }
        }
    });
    use_effect_with(desk.selection.clone(), |_| {
        // Whoever goes from tab to tab stays on the tabs.
        let is_on_tab = page::focused().is_some_and(|element| element.matches(".members [role=tab]").unwrap_or(false));
        if is_on_tab {
            page::focus(".members [aria-selected=true]");
        }
    });
    let theme = use_memo(desk.settings.is_dark, |_| web_sys::window().and_then(|window| Theme::read(&window).ok()));
    let member = match &*desk.selection {
        Selection::Member(_, number) => Some(*number),
        _ => None,
    };
    let Some((id, (at, placed))) = desk.selection.home().and_then(|id| Some((id, desk.placed(id)?))) else {
        return Html::default();
    };
    let nothing = BoxFrame::default();
    let seen = moment.frame.boxes.get(at).unwrap_or(&nothing);
    let one = member.and_then(|number| seen.members.get(usize::from(number)));
    let name = one.map_or(&placed.name, |member| &member.name);
    let inside = Inside::of(seen, member.map(usize::from));
    let toggle = {
        let is_table = is_table.clone();
        move |_| is_table.set(!*is_table)
    };
    let close = desk.wish.reform(|_: MouseEvent| Wish::Inside(false));
    let tabs = tabs_of(id, seen);
    let onkeydown = by_arrows(&desk, &tabs);
    html! {
        <section ref={node} class="microscope" role="dialog" aria-label={format!("Inside {name}")} tabindex="-1" {onkeydown}>
            <header>
                <h1>{ name.clone() }</h1>
                { state(seen, one) }
                <span class="grow" />
                <button type="button" class="icon-button is-small" aria-pressed={is_table.to_string()} aria-label="As a table"
                    title={if *is_table { "As a picture" } else { "As a table" }} onclick={toggle}>{ icon(icon::TABLE) }</button>
                <button type="button" class="icon-button is-small" aria-label="Close the microscope" title="Close (Esc)" onclick={close}>{ icon(icon::CLOSE) }</button>
            </header>
            if seen.members.len() > 1 { { tab_list(&desk, &tabs, seen) } }
            <div class="insight">
                <div class="seen">
                    if inside.is_empty() {
                        <p class="quiet nothing">{ "It shows nothing of its inside." }</p>
                    } else if *is_table {
                        <div class="tables" tabindex="0" role="region" aria-label={format!("{name} as a table")}>{ tables(seen, &inside) }</div>
                    } else {
                        <Glass live={props.live.clone()} theme={Same::from(&theme)} place={at} member={member.map(usize::from)} label={format!("Inside of {name}")} how={legend(&inside)} />
                    }
                </div>
                { history(&desk, &moment, props.history.as_ref()) }
                { gauges(&desk, props, id, desk.kind(placed), &Same::from(&theme)) }
            </div>
        </section>
    }
}

/// How it is: role, health, troubles, note.
fn state(seen: &BoxFrame, member: Option<&MemberFrame>) -> Html {
    let one = member.or(seen.members.first().filter(|_| seen.members.len() == 1));
    let word = if member.is_some() { one.map(|member| member.health) } else { Some(seen.health) };
    let said = one.map(|member| member.note.as_str()).filter(|note| !note.is_empty()).unwrap_or(&seen.summary);
    html! {
        <>
            if let Some(role) = one.map(|member| member.role.to_string()).filter(|role| !role.is_empty()) { <span class="chip">{ role }</span> }
            { health(word.unwrap_or_default()) }
            { one.map(|member| troubles(&member.troubles)).unwrap_or_default() }
            <span class="quiet said">{ said.to_string() }</span>
        </>
    }
}

/// What can be gone to from here: the box itself, then its members.
fn tabs_of(id: &str, seen: &BoxFrame) -> Vec<Selection> {
    let members = (0..seen.members.len()).map_while(|at| u8::try_from(at).ok());
    let members = members.map(|number| Selection::Member(id.to_string(), number));
    std::iter::once(Selection::Boxes(vec![id.to_string()])).chain(members).collect()
}

/// Goes from member to member with the arrow keys.
fn by_arrows(desk: &Desk, tabs: &[Selection]) -> Callback<KeyboardEvent> {
    let (wish, tabs) = (desk.wish.clone(), tabs.to_vec());
    let now = tabs.iter().position(|tab| *tab == *desk.selection).unwrap_or(0);
    Callback::from(move |event: KeyboardEvent| {
        let step = match event.key().as_str() {
            "ArrowLeft" => tabs.len() - 1,
            "ArrowRight" => 1,
            _ => return,
        };
        if tabs.len() > 2 && !event.alt_key() && !event.ctrl_key() && !event.meta_key() {
            event.prevent_default();
            wish.emit(Wish::Select(tabs[(now + step) % tabs.len()].clone()));
        }
    })
}

fn tab_list(desk: &Desk, tabs: &[Selection], seen: &BoxFrame) -> Html {
    let tab = |(at, selection): (usize, &Selection)| {
        let is_chosen = *selection == *desk.selection;
        let (wish, chosen) = (desk.wish.clone(), selection.clone());
        let onclick = move |_| wish.emit(Wish::Select(chosen.clone()));
        let member = at.checked_sub(1).and_then(|number| seen.members.get(number));
        let text = member.map_or("All", |member| &member.name);
        let is_troubled = member.is_some_and(|member| !matches!(member.health, Health::Healthy | Health::Idle));
        html! {
            <button type="button" role="tab" aria-selected={is_chosen.to_string()} tabindex={if is_chosen { "0" } else { "-1" }} {onclick}>
                { text.to_string() }
                if let (Some(member), true) = (member, is_troubled) { { health(member.health) } }
            </button>
        }
    };
    html! { <div class="members" role="tablist" aria-label="Members">{ for tabs.iter().enumerate().map(tab) }</div> }
}

/// How the picture is to be read.
fn legend(inside: &Inside<'_>) -> &'static str {
    let face =
        inside.face.or(inside.members.iter().map(|member| &member.face).find(|face| !paint::legend(face).is_empty()));
    face.map_or("", paint::legend)
}

/// Everything that the picture shows, as tables.
fn tables(seen: &BoxFrame, inside: &Inside<'_>) -> Html {
    let mut all = paint::Table::headed(["Member", "Role", "State", "Note"]);
    if !inside.members.is_empty() {
        all.rows.extend(seen.members.iter().map(|member| {
            let state = if member.troubles.is_empty() { "in order".to_string() } else { member.troubles.join(", ") };
            vec![member.name.clone(), member.role.to_string(), state, member.note.clone()]
        }));
    }
    let of_member =
        |member: &MemberFrame| html! { <><h2>{ member.name.clone() }</h2>{ rows(&paint::describe(&member.face)) }</> };
    html! {
        <>
            { inside.face.map(|face| rows(&paint::describe(face))).unwrap_or_default() }
            if !all.rows.is_empty() { { rows(&all) } }
            { for inside.members.iter().take(TABLES_MAX).map(of_member) }
        </>
    }
}

/// The readings of the box over the run.
fn gauges(
    desk: &Desk,
    props: &MicroscopeProps,
    id: &str,
    kind: Option<&KindSpec>,
    theme: &Same<Option<Theme>>,
) -> Html {
    let Some((Some(Target::Box(of)), series)) = props.course.clone() else { return Html::default() };
    if of != id {
        return Html::default();
    }
    let is_gauge = |subject: &charts::Subject| matches!(subject, charts::Subject::Gauge { .. });
    let subjects: Vec<charts::Subject> = charts::subjects(kind).into_iter().filter(is_gauge).take(GAUGES_MAX).collect();
    let chart = |subject: charts::Subject| {
        let key = subject.title();
        html! {
            <Chart {key} {subject} series={series.clone()} theme={theme.clone()} whose={desk.name_of(id).to_string()} />
        }
    };
    html! { <div class="courses">{ for subjects.into_iter().map(chart) }</div> }
}

/// What lately happened there: what is notable, and the very last of everything else.
fn history(desk: &Desk, moment: &Moment, known: Option<&(Target, Same<History>)>) -> Html {
    let target = desk.selection.target();
    let Some((_, known)) = known.filter(|(of, _)| Some(of) == target.as_ref()) else {
        return html! { <aside class="decisions" aria-label="What it decided" /> };
    };
    // Lines that race by cannot be read, and whoever wants no motion is spared them.
    let is_racing = moment.frame.state == RunState::Running && desk.settings.is_still;
    html! {
        <aside class="decisions" aria-label="What it decided">
            <h2>{ "What happened here" }</h2>
            if known.notable.is_empty() { <p class="quiet">{ "Nothing out of the ordinary so far." }</p> }
            <ol class="lines">{ for known.notable.iter().rev().map(|line| log::row(desk, line, false)) }</ol>
            if !known.latest.is_empty() && !is_racing {
                <h2>{ "Just now" }</h2>
                <ol class="lines latest">{ for known.latest.iter().rev().map(|line| log::row(desk, line, true)) }</ol>
            }
        </aside>
    }
}
