//! The course of what is selected over the whole run so far, as charts or as tables.

use crate::browser::observe::Size;
use crate::browser::page;
use crate::charts::{self, Look, Subject};
use crate::page::{use_desk, use_moment};
use crate::paint::{Theme, number};
use crate::parts::icon::{self, icon};
use crate::state::{Same, clock};
use base::Time;
use scenario::Target;
use session::Series;
use web_sys::{Element, HtmlCanvasElement, HtmlSelectElement};
use yew::prelude::*;

/// Charts side by side; style sheets hide the last ones where there is no room.
const CHARTS: usize = 4;

/// Its properties.
#[derive(PartialEq, Properties)]
pub struct ChartsProps {
    /// The course, and whose it is.
    pub course: Option<(Option<Target>, Same<Series>)>,
}

/// The charts.
#[component]
pub fn Charts(props: &ChartsProps) -> Html {
    let desk = use_desk();
    let moment = use_moment();
    let chosen = use_state(|| [None::<String>, None, None, None]);
    let (of, series) = props.course.clone().unwrap_or_default();
    let kind = match &of {
        Some(Target::Box(id) | Target::Member(id, _)) => desk.placed(id).and_then(|(_, placed)| desk.kind(placed)),
        _ => None,
    };
    let all = charts::subjects(kind);
    let whose = of.as_ref().map_or("the whole design".to_string(), |of| desk.name(of, &moment.frame));
    let theme = use_memo(desk.settings.is_dark, |_| web_sys::window().and_then(|window| Theme::read(&window).ok()));
    let slot = |at: usize| {
        let subject = chosen[at].as_ref().and_then(|title| all.iter().find(|subject| subject.title() == *title));
        let subject = subject.or_else(|| preferred(&all, at));
        let pick = {
            let chosen = chosen.clone();
            Callback::from(move |title: String| {
                let mut next = (*chosen).clone();
                next[at] = Some(title);
                chosen.set(next);
            })
        };
        subject.map_or_else(Html::default, |subject| {
            html! { <Chart key={at} subject={subject.clone()} all={all.clone()} series={series.clone()} theme={Same::from(&theme)} {pick} whose={whose.clone()} is_first={at == 0} /> }
        })
    };
    html! { <div class="charts">{ for (0..CHARTS).map(slot) }</div> }
}

/// What a slot shows until something else is chosen: throughput, latency, what is most telling of the kind beside these, errors.
fn preferred(all: &[Subject], at: usize) -> Option<&Subject> {
    let find = |is: fn(&Subject) -> bool| all.iter().find(|subject| is(subject));
    let telling =
        |subject: &Subject| matches!(subject, Subject::Gauge { unit, .. } if unit != "ms" && !unit.starts_with("/s"));
    match at {
        0 => find(|subject| *subject == Subject::Throughput),
        1 => find(|subject| *subject == Subject::Latency),
        2 => find(telling).or_else(|| find(|subject| *subject == Subject::Errors)),
        _ if find(telling).is_some() => find(|subject| *subject == Subject::Errors),
        _ => find(|subject| *subject == Subject::Load),
    }
}

/// Its properties.
#[derive(PartialEq, Properties)]
pub struct ChartProps {
    /// What it shows.
    pub subject: Subject,
    /// What else it could show; nothing when there is no choice.
    #[prop_or_default]
    pub all: Vec<Subject>,
    /// The course.
    pub series: Same<Series>,
    /// The colours.
    pub theme: Same<Option<Theme>>,
    /// Something else is chosen.
    #[prop_or_default]
    pub pick: Callback<String>,
    /// Whose course it is.
    pub whose: String,
    /// True when it says whose.
    #[prop_or_default]
    pub is_first: bool,
}

/// One chart.
#[component]
pub fn Chart(props: &ChartProps) -> Html {
    let moment = use_moment();
    let canvas = use_node_ref();
    let plot = use_node_ref();
    let size = use_state(|| (0.0, 0.0));
    let hover = use_state(|| None::<f64>);
    let is_table = use_state(|| false);
    use_effect_with(*is_table, {
        let (plot, size) = (plot.clone(), size.clone());
        move |_| {
            let watch =
                plot.cast::<Element>().map(|element| Size::of(&element, Callback::from(move |now| size.set(now))));
            move || drop(watch)
        }
    });
    let ChartProps { subject, series, theme, .. } = props;
    let look = (**theme).as_ref().map(|theme| Look {
        now: moment.frame.now,
        length: moment.frame.length,
        marks: &moment.report.marks,
        hover: None,
        theme,
        size: *size,
        dpr: page::dpr(),
    });
    let hovered = look.as_ref().zip(*hover).and_then(|(look, x)| charts::moment_at(x, look));
    let look = look.map(|look| Look { hover: hovered, ..look });
    draw_after_render(&canvas, props, look.as_ref(), *is_table);
    let values = charts::reading(series, subject, hovered.unwrap_or_else(|| latest(series, moment.frame.now)));
    let toggle = {
        let is_table = is_table.clone();
        move |_| is_table.set(!*is_table)
    };
    let onpointermove = {
        let hover = hover.clone();
        move |event: PointerEvent| hover.set(Some(f64::from(event.offset_x())))
    };
    let onpointerleave = move |_: PointerEvent| hover.set(None);
    html! {
        <figure class="chart">
            <figcaption>
                if props.is_first { <span class="whose">{ props.whose.clone() }</span> }
                if props.all.is_empty() { <span class="picked">{ subject.title() }</span> } else { { picker(props) } }
                <span class="grow" />
                if let Some(at) = hovered { <time>{ clock::moment(at, false) }</time> }
                { readings(&values) }
                <button type="button" class="bare" aria-pressed={is_table.to_string()} aria-label={format!("{} as a table", subject.title())}
                    title={if *is_table { "As a chart" } else { "As a table" }} onclick={toggle}>{ icon(if *is_table { icon::CURVE } else { icon::TABLE }) }</button>
            </figcaption>
            if *is_table {
                <div class="plot is-table" tabindex="0">{ table(series, subject) }</div>
            } else {
                <div ref={plot} class="plot">
                    <canvas ref={canvas} role="img" aria-label={format!("{} of {}", subject.title(), props.whose)} {onpointermove} {onpointerleave} />
                </div>
            }
        </figure>
    }
}

fn draw_after_render(canvas: &NodeRef, props: &ChartProps, look: Option<&Look<'_>>, is_table: bool) {
    let (Some(look), Some(canvas), false) = (look, canvas.cast::<HtmlCanvasElement>(), is_table) else { return };
    if look.size.0 >= 1.0 && look.size.1 >= 1.0 {
        charts::draw(&canvas, &props.series, &props.subject, look);
    }
}

/// The moment whose window is complete last.
fn latest(series: &Series, now: Time) -> Time {
    let whole = series.window.0.saturating_mul(series.samples.len() as u64);
    Time(now.0.min(whole).saturating_sub(1))
}

/// The values side by side, in the order of the chart's own legend, with the unit once where it is the same for all.
fn readings(values: &[charts::Value]) -> Html {
    if values.iter().all(|value| value.reading.value == "–") {
        return html! { <span class="values">{ "–" }</span> };
    }
    let names: Vec<String> = values.iter().map(|value| format!("{} {}", value.label, value.reading.joined())).collect();
    let unit = values.last().map(|value| value.reading.unit.clone()).unwrap_or_default();
    let is_shared = values.iter().all(|value| value.reading.unit == unit || value.reading.unit.is_empty());
    let shown: Vec<String> = match is_shared {
        true => values.iter().map(|value| value.reading.value.clone()).collect(),
        false => values.iter().map(|value| value.reading.joined()).collect(),
    };
    let unit = is_shared.then(
        || html! { <span class="unit">{ if number::touches(&unit) { unit } else { format!(" {unit}") } }</span> },
    );
    html! { <span class="values" title={names.join(", ")}><b>{ shown.join(" · ") }</b>{ unit.unwrap_or_default() }</span> }
}

fn picker(props: &ChartProps) -> Html {
    let (pick, titles) = (props.pick.clone(), props.all.iter().map(Subject::title).collect::<Vec<_>>());
    let options: Vec<Html> = titles
        .iter()
        .map(|title| html! { <option selected={*title == props.subject.title()}>{ title.clone() }</option> })
        .collect();
    let onchange = move |event: Event| {
        let at = event.target_unchecked_into::<HtmlSelectElement>().selected_index();
        if let Some(title) = usize::try_from(at).ok().and_then(|at| titles.get(at)) {
            pick.emit(title.clone());
        }
    };
    html! { <select class="picker" aria-label="What this chart shows" {onchange}>{ for options }</select> }
}

fn table(series: &Series, subject: &Subject) -> Html {
    let table = charts::table(series, subject);
    let row =
        |cells: &Vec<String>| html! { <tr>{ for cells.iter().map(|cell| html! { <td>{ cell.clone() }</td> }) }</tr> };
    html! {
        <table>
            <thead><tr>{ for table.head.iter().map(|name| html! { <th scope="col">{ name.clone() }</th> }) }</tr></thead>
            <tbody>{ for table.rows.iter().rev().map(row) }</tbody>
        </table>
    }
}
