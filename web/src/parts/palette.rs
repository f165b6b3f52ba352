//! The boxes there are: searched, pressed, or dragged onto the canvas.

use crate::browser::page;
use crate::browser::within::within;
use crate::page::{Desk, Live, Sheet, Wish, use_desk};
use crate::parts::icon::{self, icon};
use crate::state::roving::{self, Typed};
use crate::state::{Same, ordered};
use scenario::KindSpec;
use web_sys::{HtmlElement, HtmlInputElement, PointerEvent};
use yew::prelude::*;

/// How far a pointer goes before a press becomes a drag, in pixels.
const SLACK: f64 = 6.0;

/// What a zone is for.
const ZONE_PURPOSE: &str = "A region or rack around boxes: far from other zones, and lost as a whole";

/// The attribute that says which kind a button adds.
const KIND: &str = "data-kind";
/// What can be added that is no kind: name among the buttons, and title.
const ZONE: (&str, &str) = ("on-canvas-zone", "Zone");
const NOTE: (&str, &str) = ("on-canvas-note", "Note");

/// Its properties.
#[derive(PartialEq, Properties)]
pub struct PaletteProps {
    /// Where the canvas is.
    pub live: Same<Live>,
}

/// A kind on its way from the palette.
#[derive(Clone, PartialEq)]
struct Carried {
    slug: String,
    start: (f64, f64),
    at: (f64, f64),
    is_dragged: bool,
}

/// The boxes there are.
#[component]
pub fn Palette(props: &PaletteProps) -> Html {
    let desk = use_desk();
    let sought = use_state(String::new);
    let carried = use_state(|| None::<Carried>);
    let at_hand = use_state(String::new);
    let typed = use_mut_ref(Typed::default);
    let found = desk.schema.kinds.iter().filter(|kind| matches(kind, &sought));
    let found: Vec<&KindSpec> = ordered(found, |a, b| rank(&a.title, &sought).cmp(&rank(&b.title, &sought)));
    let is_zone_found =
        !desk.schema.kinds.is_empty() && has("Zone region rack Note text Group fold On the canvas", &sought);
    let first = found.first().map(|kind| kind.slug.to_string());
    let oninput = {
        let sought = sought.clone();
        move |event: InputEvent| sought.set(event.target_unchecked_into::<HtmlInputElement>().value())
    };
    let onkeydown = {
        let (sought, wish) = (sought.clone(), desk.wish.clone());
        move |event: KeyboardEvent| match (event.key().as_str(), &first) {
            ("Enter", Some(slug)) => {
                wish.emit(Wish::Add(slug.clone(), None));
                sought.set(String::new());
            }
            ("Enter", None) if is_zone_found => wish.emit(Wish::DrawZone),
            ("Escape", _) => {
                sought.set(String::new());
                event.target_unchecked_into::<HtmlInputElement>().blur().unwrap_or_default();
            }
            _ => {}
        }
    };
    let close = {
        let wish = desk.wish.clone();
        move |_| wish.emit(Wish::Sheet(None))
    };
    let mut groups: Vec<(&str, Vec<&KindSpec>)> = Vec::new();
    for kind in &found {
        match groups.iter_mut().find(|(name, _)| *name == kind.group) {
            Some((_, kinds)) => kinds.push(kind),
            None => groups.push((&kind.group, vec![kind])),
        }
    }
    let mut all: Vec<(String, String)> = groups
        .iter()
        .flat_map(|(_, kinds)| kinds)
        .map(|kind| (kind.slug.to_string(), kind.title.to_string()))
        .collect();
    if is_zone_found {
        all.extend([ZONE, NOTE].map(|(slug, title)| (slug.to_string(), title.to_string())));
    }
    // The only stop of the Tab key among them: the one last at hand, while it is there.
    let stop = all.iter().position(|(slug, _)| *slug == *at_hand).unwrap_or(0);
    let is_stop = |slug: &str| if all.get(stop).is_some_and(|(known, _)| known == slug) { "0" } else { "-1" };
    let onkeys = by_keys(all.clone(), typed);
    let onfocusin = {
        let at_hand = at_hand.clone();
        move |event: FocusEvent| {
            let slug = event.target_dyn_into::<HtmlElement>().and_then(|element| element.get_attribute(KIND));
            slug.into_iter().for_each(|slug| at_hand.set(slug));
        }
    };
    let row = |kind: &&KindSpec| row(kind, is_stop(&kind.slug), &desk, &props.live, &carried);
    html! {
        <nav class="palette sheet of-boxes" id={format!("sheet-{}", Sheet::Boxes.slug())} aria-label="Boxes to add">
            <button type="button" class="bare sheet-close" aria-label="Close the sheet" onclick={close}>{ icon(icon::CLOSE) }</button>
            <label class="find">
                <input id="find-box" type="search" placeholder="Add a box" aria-label="Find a box to add" autocomplete="off"
                    spellcheck="false" value={(*sought).clone()} {oninput} {onkeydown} />
                <kbd>{ "/" }</kbd>
            </label>
            // A list of its own: among the others, a group more or less would put the field in another place, and the focus out of it.
            <div role="toolbar" aria-label="Boxes" aria-orientation="vertical" onkeydown={onkeys} {onfocusin}>
            <>{ for groups.iter().map(|(name, kinds)| html! {
                <div class="kinds" role="group" aria-label={name.to_string()}>
                    <h2>{ name }</h2>
                    { for kinds.iter().map(row) }
                </div>
            }) }</>
            <div class="host">if is_zone_found {
                <div class="kinds" role="group" aria-label="On the canvas">
                    <h2>{ "On the canvas" }</h2>
                    <button type="button" class="kind" data-kind={ZONE.0} tabindex={is_stop(ZONE.0)} title={ZONE_PURPOSE} onclick={desk.wish.reform(|_: MouseEvent| Wish::DrawZone)}>
                        { icon(icon::ZONE) }<span>{ "Zone" }</span>
                    </button>
                    <button type="button" class="kind" data-kind={NOTE.0} tabindex={is_stop(NOTE.0)} title="A text beside boxes" onclick={desk.wish.reform(|_: MouseEvent| Wish::AddNote(None))}>
                        { icon(icon::NOTE) }<span>{ "Note" }</span>
                    </button>
                    <button type="button" class="kind" title="Fold boxes into one" onclick={desk.wish.reform(|_: MouseEvent| Wish::Group)}>
                        { icon(icon::GROUP) }<span>{ "Group" }</span>
                    </button>
                </div>
            }</div>
            </div>
            if found.is_empty() && !is_zone_found && !desk.schema.kinds.is_empty() {
                <p class="quiet">{ format!("No box is called “{}”", *sought) }</p>
            }
            if let Some(carried) = carried.as_ref().filter(|carried| carried.is_dragged) {
                <Ghost at={carried.at} title={desk.schema.kind(&carried.slug).map_or(String::new(), |kind| kind.title.to_string())} />
            }
        </nav>
    }
}

/// Leads from one to another by the keys; what a key is for otherwise stays.
fn by_keys(all: Vec<(String, String)>, typed: std::rc::Rc<std::cell::RefCell<Typed>>) -> Callback<KeyboardEvent> {
    Callback::from(move |event: KeyboardEvent| {
        if event.alt_key() || event.ctrl_key() || event.meta_key() {
            return;
        }
        let slug = event.target_dyn_into::<HtmlElement>().and_then(|element| element.get_attribute(KIND));
        let Some(at) = slug.and_then(|slug| all.iter().position(|(known, _)| *known == slug)) else { return };
        let titles: Vec<&str> = all.iter().map(|(_, title)| title.as_str()).collect();
        let to = roving::by_key(&titles, at, &event.key(), &mut typed.borrow_mut(), event.time_stamp());
        if let Some((slug, _)) = to.and_then(|to| all.get(to)) {
            event.prevent_default();
            // A letter here is no shortcut of the page.
            event.stop_propagation();
            page::focus(&format!(".palette [{KIND}=\"{slug}\"]"));
        }
    })
}

fn matches(kind: &KindSpec, sought: &str) -> bool {
    [&kind.title, &kind.slug, &kind.group, &kind.purpose].into_iter().any(|text| has(text, sought))
}

/// What is called so comes before what begins so, and that before what only speaks of it.
fn rank(title: &str, sought: &str) -> u8 {
    let (title, sought) = (title.to_ascii_lowercase(), sought.trim().to_ascii_lowercase());
    match title.strip_prefix(sought.as_str()) {
        Some("") => 0,
        Some(_) => 1,
        None if title.contains(sought.as_str()) => 2,
        None => 3,
    }
}

fn has(text: &str, sought: &str) -> bool {
    text.to_ascii_lowercase().contains(sought.trim().to_ascii_lowercase().as_str())
}

fn row(
    kind: &KindSpec,
    tabindex: &'static str,
    desk: &Desk,
    live: &Same<Live>,
    carried: &UseStateHandle<Option<Carried>>,
) -> Html {
    let slug = kind.slug.to_string();
    let down = {
        let (carried, slug) = (carried.clone(), slug.clone());
        move |event: PointerEvent| {
            if event.button() == 0 {
                let at = (f64::from(event.client_x()), f64::from(event.client_y()));
                carried.set(Some(Carried { slug: slug.clone(), start: at, at, is_dragged: false }));
            }
        }
    };
    let moved = {
        let carried = carried.clone();
        move |event: PointerEvent| {
            let Some(now) = (*carried).clone() else { return };
            let at = (f64::from(event.client_x()), f64::from(event.client_y()));
            let far = (at.0 - now.start.0).abs().max((at.1 - now.start.1).abs()) > SLACK;
            if far && !now.is_dragged {
                capture(&event);
            }
            carried.set(Some(Carried { at, is_dragged: now.is_dragged || far, ..now }));
        }
    };
    let up = {
        let (carried, wish, live) = (carried.clone(), desk.wish.clone(), live.clone());
        move |event: PointerEvent| {
            let dropped = (*carried).clone().filter(|carried| carried.is_dragged);
            carried.set(None);
            let at = (f64::from(event.client_x()), f64::from(event.client_y()));
            if let (Some(dropped), true) = (dropped, live.is_on_canvas(at)) {
                let place = live.under(at);
                wish.emit(Wish::Sheet(None));
                wish.emit(Wish::Add(dropped.slug, Some((place.x as i32 - 86, place.y as i32 - 20))));
            }
        }
    };
    let gone = {
        let carried = carried.clone();
        move |_: PointerEvent| carried.set(None)
    };
    let onclick = {
        let (wish, slug, is_narrow) = (desk.wish.clone(), slug, desk.settings.is_narrow);
        move |event: MouseEvent| {
            // What was dragged is no press; the browser sends a click after either. A key's click has no place.
            let was_dragged = live_drag(&event);
            if !was_dragged {
                wish.emit(Wish::Add(slug.clone(), None));
                if is_narrow {
                    wish.emit(Wish::Sheet(None));
                }
            }
        }
    };
    html! {
        <button type="button" class="kind" data-kind={kind.slug.to_string()} {tabindex} title={kind.purpose.to_string()} onpointerdown={down} onpointermove={moved} onpointerup={up}
            onpointercancel={gone} {onclick}>
            { icon(&kind.icon) }<span>{ kind.title.to_string() }</span>
        </button>
    }
}

fn capture(event: &PointerEvent) {
    if let Some(element) = within(event, ".kind") {
        // Without capture the drag merely ends at the palette's edge.
        let _ = element.set_pointer_capture(event.pointer_id());
    }
}

/// True for the click that ends a drag: it was let go outside of the button.
fn live_drag(event: &MouseEvent) -> bool {
    let Some(element) = within(event, ".kind") else { return false };
    let rect = element.get_bounding_client_rect();
    let (x, y) = (f64::from(event.client_x()), f64::from(event.client_y()));
    let is_by_pointer = event.detail() > 0;
    is_by_pointer && (x < rect.left() || x > rect.right() || y < rect.top() || y > rect.bottom())
}

#[derive(PartialEq, Properties)]
struct GhostProps {
    at: (f64, f64),
    title: String,
}

/// What is being dragged, under the pointer.
#[component]
fn Ghost(props: &GhostProps) -> Html {
    let node = use_node_ref();
    use_effect_with(props.at, {
        let node = node.clone();
        move |at| {
            if let Some(element) = node.cast::<HtmlElement>() {
                let _ = element
                    .style()
                    .set_property("transform", &format!("translate({}px, {}px)", at.0 + 10.0, at.1 + 10.0));
            }
        }
    });
    html! { <div ref={node} class="ghost" aria-hidden="true">{ props.title.clone() }</div> }
}
