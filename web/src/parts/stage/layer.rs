//! The layer over the picture: a real, transparent button for each box, member, port and wire, where the picture has it.

use crate::browser::page;
use crate::page::{Desk, Moment, Tool, Wish};
use crate::paint::{BoxLayout, GroupLayout, Hit, Layout, Point, Rect, WirePath, together, zone_head};
use crate::parts::in_place::InPlace;
use crate::parts::inspector::count;
use crate::parts::writing::Writing;
use crate::state::{Same, Selection};
use scenario::{Group, Note, Placed, Scenario, Wire, Zone};
use session::{Command, Edit, Health};
use web_sys::HtmlElement;
use yew::prelude::*;

/// Side of the button of a wire and of a port, in points.
const HANDLE: f64 = 28.0;
/// Height of the head of a group, which is its button; its members have buttons of their own.
const GROUP_HEAD: f64 = 40.0;

/// Its properties.
#[derive(PartialEq, Properties)]
pub struct LayerProps {
    /// The design and the selection.
    pub desk: Desk,
    /// The moment, for saying how everybody is.
    pub moment: Moment,
    /// Where everything is.
    pub layout: Same<Layout>,
    /// Something got the focus.
    pub focused: Callback<Hit>,
    /// Something was pressed by key.
    pub pressed: Callback<Hit>,
}

/// How a hit is written on its element.
pub fn hit_name(hit: Hit) -> String {
    match hit {
        Hit::Box(at) | Hit::In(at) => format!("box:{at}"),
        Hit::Member(at, member) => format!("member:{at}:{member}"),
        Hit::Wire(at) => format!("wire:{at}"),
        Hit::Out(at) => format!("out:{at}"),
        Hit::Zone(at) | Hit::Corner(at, _) => format!("zone:{at}"),
        Hit::Note(at) => format!("note:{at}"),
        Hit::Group(at) => format!("group:{at}"),
    }
}

/// The hit that is written on an element.
pub fn named_hit(name: &str) -> Option<Hit> {
    let mut parts = name.split(':');
    let kind = parts.next()?;
    let at = parts.next()?.parse().ok()?;
    match kind {
        "box" => Some(Hit::Box(at)),
        "member" => Some(Hit::Member(at, parts.next()?.parse().ok()?)),
        "wire" => Some(Hit::Wire(at)),
        "out" => Some(Hit::Out(at)),
        "zone" => Some(Hit::Zone(at)),
        "note" => Some(Hit::Note(at)),
        "group" => Some(Hit::Group(at)),
        _ => None,
    }
}

/// The layer.
#[component]
pub fn Layer(props: &LayerProps) -> Html {
    let scenario = &props.desk.document.scenario;
    let boxes = scenario.boxes.iter().zip(&props.layout.boxes).enumerate().filter(|(_, (_, laid))| laid.fold.is_none());
    let wires = scenario.wires.iter().zip(&props.layout.wires).enumerate().filter(|(_, (_, path))| path.is_drawn());
    let groups =
        scenario.groups.iter().zip(&props.layout.groups).enumerate().filter(|(_, (_, laid))| !laid.boxes.is_empty());
    html! {
        <>
            <>{ for scenario.zones.iter().zip(&props.layout.zones).enumerate().map(|(at, (zone, rect))| zoned(props, at, zone, *rect)) }</>
            { for wires.map(|(at, (wire, path))| html! {
                <Thing key={format!("wire {}", wire.ends)} hit={Hit::Wire(at)} rect={around(path.label)} class="spot-wire"
                    label={wire_label(props, at, wire, path)}
                    is_selected={*props.desk.selection == Selection::Wire(wire.ends.clone())}
                    focused={props.focused.clone()} pressed={props.pressed.clone()} />
            }) }
            <>{ for groups.map(|(at, (group, laid))| grouped(props, at, group, laid)) }</>
            <>{ for boxes.map(|(at, (placed, laid))| boxed(props, at, placed, laid)) }</>
            <>{ for scenario.notes.iter().zip(&props.layout.notes).enumerate().map(|(at, (note, laid))| noted(props, at, note, laid.rect)) }</>
        </>
    }
}

fn zoned(props: &LayerProps, at: usize, zone: &Zone, rect: Rect) -> Html {
    let desk = &props.desk;
    let seen = props.moment.frame.zones.get(at);
    let state = seen.map(|seen| spoken(seen.health, &seen.troubles)).unwrap_or_default();
    html! {
        <div class="spot-group" key={format!("zone {}", zone.id)}>
            <Thing hit={Hit::Zone(at)} rect={zone_head(&rect)} class="spot-zone" label={format!("Zone {}{state}", zone.name)}
                is_selected={*desk.selection == Selection::Zone(zone.id.clone())} focused={props.focused.clone()} pressed={props.pressed.clone()} />
            if desk.tool == Tool::RenameZone(zone.id.clone()) {
                { rename(desk, Hit::Zone(at), &zone.name, Rect { w: rect.w.min(220.0), ..rect }, {
                    let id = zone.id.clone();
                    move |name| Edit::RenameZone { id: id.clone(), name }
                }) }
            }
        </div>
    }
}

fn noted(props: &LayerProps, at: usize, note: &Note, rect: Rect) -> Html {
    let desk = &props.desk;
    let (wish, before) = (desk.wish.clone(), note.text.clone());
    let written = move |text: Option<String>| {
        if let (Some(text), Ok(at)) = (text.filter(|text| *text != before), u16::try_from(at)) {
            wish.emit(Wish::Do(Command::Edit(Edit::WriteNote { at, text })));
        }
        wish.emit(Wish::Use(Tool::Rest));
        page::focus(&format!("[data-hit=\"{}\"]", hit_name(Hit::Note(at))));
    };
    html! {
        <div class="spot-group" key={format!("note {at}")}>
            <Thing hit={Hit::Note(at)} {rect} class="spot-note" label={format!("Note: {}", note.text)}
                is_selected={*desk.selection == Selection::Note(at)} focused={props.focused.clone()} pressed={props.pressed.clone()} />
            if desk.tool == Tool::Write(at) {
                <At rect={Rect { w: rect.w.max(230.0), h: rect.h.max(84.0), ..rect }} class="spot-rename">
                    <Writing text={note.text.clone()} {written} />
                </At>
            }
        </div>
    }
}

fn around(p: Point) -> Rect {
    Rect::new(p.x - HANDLE / 2.0, p.y - HANDLE / 2.0, HANDLE, HANDLE)
}

fn boxed(props: &LayerProps, at: usize, placed: &Placed, laid: &BoxLayout) -> Html {
    let desk = &props.desk;
    let title = desk.kind(placed).map_or("", |kind| &kind.title);
    let seen = props.moment.frame.boxes.get(at);
    let health = seen.map(|seen| seen.health).unwrap_or_default();
    let face = if laid.grouped { Rect { h: GROUP_HEAD, ..laid.rect } } else { laid.rect };
    let members = laid.members.iter().enumerate().map(|(number, rect)| {
        let member = seen.and_then(|seen| seen.members.get(number));
        let name = member.map_or_else(|| format!("{}.{number}", placed.id), |member| member.name.clone());
        let role = member.map(|member| member.role.to_string()).filter(|role| !role.is_empty()).map(|role| format!(", {role}"));
        let state = member.map(|member| spoken(member.health, &member.troubles)).unwrap_or_default();
        let selected = Selection::Member(placed.id.clone(), u8::try_from(number).unwrap_or(u8::MAX));
        html! {
            <Thing key={name.clone()} hit={Hit::Member(at, number)} rect={*rect} class="spot-member" label={format!("{name}{}{state}", role.unwrap_or_default())}
                is_selected={*desk.selection == selected} focused={props.focused.clone()} pressed={props.pressed.clone()} />
        }
    });
    let is_selected = desk.selection.has_box(&placed.id);
    html! {
        <div class={classes!("spot-group", is_selected.then_some("is-selected"))} key={placed.id.clone()} role="group" aria-label={placed.name.clone()}>
            <Thing hit={Hit::Box(at)} rect={face} class="spot-box" label={format!("{}, {title}{}", placed.name, spoken(health, &[]))} {is_selected}
                focused={props.focused.clone()} pressed={props.pressed.clone()} />
            // A list of its own, so that a member more or less changes no other button.
            <>{ for members }</>
            if laid.out_max > 0 {
                <Thing hit={Hit::Out(at)} rect={around(laid.out_port)} class="spot-port" label={format!("Wire from {}", placed.name)} is_selected=false
                    focused={props.focused.clone()} pressed={props.pressed.clone()} />
            }
            if desk.tool == Tool::Rename(placed.id.clone()) {
                { rename(desk, Hit::Box(at), &placed.name, laid.rect, {
                    let id = placed.id.clone();
                    move |name| Edit::Rename { id: id.clone(), name }
                }) }
            }
        </div>
    }
}

fn rename(desk: &Desk, hit: Hit, name: &str, rect: Rect, edit: impl Fn(String) -> Edit + 'static) -> Html {
    let wish = desk.wish.clone();
    let changed = move |name| wish.emit(Wish::Do(Command::Edit(edit(name))));
    let wish = desk.wish.clone();
    let closed = move |()| {
        wish.emit(Wish::Use(Tool::Rest));
        page::focus(&format!("[data-hit=\"{}\"]", hit_name(hit)));
    };
    html! {
        <At rect={Rect { h: 30.0, ..rect }} class="spot-rename">
            <InPlace label="Name" value={name.to_string()} length_max={Scenario::NAME_MAX} is_open=true {changed} {closed} />
        </At>
    }
}

/// How somebody is, as it is read out after the name.
fn spoken(health: Health, troubles: &[String]) -> String {
    let word = match health {
        Health::Idle => "",
        Health::Healthy => ", healthy",
        Health::Slow => ", slow",
        Health::Failing => ", failing",
        Health::Cut => ", unreachable",
    };
    // The length of a trouble changes all the time; its first words do not.
    let troubles: Vec<String> = troubles
        .iter()
        .map(|trouble| trouble.trim_end_matches(|c: char| !c.is_ascii_alphabetic() || c == 's').trim().to_string())
        .collect();
    let troubles: String = troubles.iter().map(|trouble| format!(", {trouble}")).collect();
    format!("{word}{troubles}")
}

/// Where a wire goes, or all those that it is drawn for, and how it is.
fn wire_label(props: &LayerProps, at: usize, wire: &Wire, path: &WirePath) -> String {
    let desk = &props.desk;
    let end = |id: &String, place: usize| {
        let group = props.layout.boxes.get(place).and_then(|laid| laid.fold);
        let group = group.and_then(|at| desk.document.scenario.groups.get(at)).filter(|_| !path.bundle.is_empty());
        group.map_or_else(|| desk.name_of(id).to_string(), |group| group.name.clone())
    };
    let (from, to) = path.ends.unwrap_or_default();
    let (from, to) = (end(&wire.ends.from, from), end(&wire.ends.to, to));
    match path.bundle.len() {
        0 => format!("Wire from {from} to {to}{}", wire_state(props, at)),
        count => {
            let wires = path.bundle.iter().filter_map(|at| props.moment.frame.wires.get(*at));
            format!("{count} wires from {from} to {to}{}", spoken(together(wires.map(|wire| wire.health)), &[]))
        }
    }
}

fn grouped(props: &LayerProps, at: usize, group: &Group, laid: &GroupLayout) -> Html {
    let desk = &props.desk;
    let healths = laid.boxes.iter().filter_map(|at| props.moment.frame.boxes.get(*at)).map(|seen| seen.health);
    let (state, boxes) = (spoken(together(healths), &[]), count(laid.boxes.len()));
    let is_selected = *desk.selection == Selection::Group(group.id.clone());
    let label = format!("Group {}, {boxes}, {}{state}", group.name, if laid.folded { "folded" } else { "unfolded" });
    let rect = laid.card.rect;
    html! {
        <div class="spot-group" key={format!("group {}", group.id)}>
            <Thing hit={Hit::Group(at)} rect={laid.head()} class="spot-box" {label} {is_selected}
                focused={props.focused.clone()} pressed={props.pressed.clone()} />
            if desk.tool == Tool::RenameGroup(group.id.clone()) {
                { rename(desk, Hit::Group(at), &group.name, Rect { w: rect.w.min(220.0), ..rect }, {
                    let id = group.id.clone();
                    move |name| Edit::RenameGroup { id: id.clone(), name }
                }) }
            }
        </div>
    }
}

fn wire_state(props: &LayerProps, at: usize) -> String {
    props.moment.frame.wires.get(at).map(|wire| spoken(wire.health, &wire.troubles)).unwrap_or_default()
}

#[derive(PartialEq, Properties)]
struct ThingProps {
    hit: Hit,
    rect: Rect,
    class: &'static str,
    label: String,
    is_selected: bool,
    focused: Callback<Hit>,
    pressed: Callback<Hit>,
}

/// One button of the layer.
#[component]
fn Thing(props: &ThingProps) -> Html {
    let hit = props.hit;
    let onfocus = props.focused.reform(move |_: FocusEvent| hit);
    let onclick = {
        let pressed = props.pressed.clone();
        // Presses of a pointer are gestures and come to the canvas; what is left are keys and voices.
        move |event: MouseEvent| {
            if event.detail() == 0 {
                pressed.emit(hit);
            }
        }
    };
    let tabindex = if matches!(hit, Hit::Out(_)) { "-1" } else { "0" };
    let node = use_node_ref();
    use_place(&node, props.rect);
    html! {
        <button ref={node} type="button" class={classes!("spot", props.class)} data-hit={hit_name(hit)} aria-label={props.label.clone()}
            aria-pressed={props.is_selected.to_string()} {tabindex} {onfocus} {onclick} />
    }
}

#[derive(PartialEq, Properties)]
struct AtProps {
    rect: Rect,
    class: &'static str,
    children: Html,
}

/// A place on the canvas for other elements.
#[component]
fn At(props: &AtProps) -> Html {
    let node = use_node_ref();
    use_place(&node, props.rect);
    html! { <div ref={node} class={classes!("spot", props.class)} data-overlay="rename">{ props.children.clone() }</div> }
}

/// Puts an element at a place of the design.
#[hook]
fn use_place(node: &NodeRef, rect: Rect) {
    let node = node.clone();
    use_effect_with(rect, move |rect| {
        let Some(element) = node.cast::<HtmlElement>() else { return };
        let style = element.style();
        let _ = style.set_property("transform", &format!("translate({}px, {}px)", rect.x, rect.y));
        let _ = style.set_property("width", &format!("{}px", rect.w));
        let _ = style.set_property("height", &format!("{}px", rect.h));
    });
}
