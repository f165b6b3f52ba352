//! A button with a menu below it.

use crate::browser::within::within;
use crate::parts::icon::{self, icon};
use wasm_bindgen::JsCast;
use web_sys::{Element, FocusEvent, HtmlElement, Node};
use yew::prelude::*;

/// One line of a menu.
#[derive(Clone, PartialEq)]
pub struct Item {
    /// What it says.
    pub title: AttrValue,
    /// Its key, when it has one.
    pub key: AttrValue,
    /// Whether it is the one chosen; `None` when nothing is chosen by it.
    pub is_on: Option<bool>,
    /// True when it stands only on a narrow page, whose header has no room for it.
    pub is_narrow: bool,
    /// What it does.
    pub chosen: Callback<()>,
}

/// Its properties.
#[derive(PartialEq, Properties)]
pub struct MenuProps {
    /// What it is called.
    pub label: AttrValue,
    /// Its lines, in groups.
    pub groups: Vec<Vec<Item>>,
}

/// A button with a menu below it; arrows move in it, Escape and leaving close it.
#[component]
pub fn Menu(props: &MenuProps) -> Html {
    let is_open = use_state(|| false);
    let list = use_node_ref();
    use_effect_with(*is_open, {
        let list = list.clone();
        move |is_open| {
            if *is_open {
                focus_item(&list, 0, 0);
            }
        }
    });
    let onkeydown = {
        let (is_open, list) = (is_open.clone(), list.clone());
        move |event: KeyboardEvent| {
            let step = match event.key().as_str() {
                "ArrowDown" => 1,
                "ArrowUp" => -1,
                "Escape" => {
                    is_open.set(false);
                    event.stop_propagation();
                    crate::browser::page::focus(".menu > button");
                    return;
                }
                _ => return,
            };
            event.prevent_default();
            event.stop_propagation();
            focus_item(&list, focused_item(&list), step);
        }
    };
    let onfocusout = {
        let is_open = is_open.clone();
        move |event: FocusEvent| {
            let inside = within(&event, ".menu").is_some_and(|menu| {
                menu.contains(event.related_target().and_then(|target| target.dyn_into::<Node>().ok()).as_ref())
            });
            if !inside {
                is_open.set(false);
            }
        }
    };
    let toggle = {
        let is_open = is_open.clone();
        move |_| is_open.set(!*is_open)
    };
    let line = |item: &Item| {
        let (is_open, chosen) = (is_open.clone(), item.chosen.clone());
        let onclick = move |_| {
            is_open.set(false);
            chosen.emit(());
        };
        let role = if item.is_on.is_some() { "menuitemradio" } else { "menuitem" };
        html! {
            <button type="button" {role} tabindex="-1" aria-checked={item.is_on.map(|on| on.to_string())}
                class={item.is_narrow.then_some("is-narrow-only")} {onclick}>
                <span class="tick">{ if item.is_on == Some(true) { icon(icon::TICK) } else { Html::default() } }</span>
                <span>{ item.title.clone() }</span>
                if !item.key.is_empty() { <kbd>{ item.key.clone() }</kbd> }
            </button>
        }
    };
    let group = |items: &Vec<Item>| html! { <div role="group">{ for items.iter().map(line) }</div> };
    html! {
        <div class="menu" {onkeydown} {onfocusout}>
            <button type="button" class="icon-button" aria-haspopup="menu" aria-expanded={is_open.to_string()} aria-label={props.label.clone()}
                title={props.label.clone()} onclick={toggle}>{ icon(icon::MORE) }</button>
            if *is_open {
                <div ref={list} class="menu-list" role="menu" aria-label={props.label.clone()}>{ for props.groups.iter().map(group) }</div>
            }
        </div>
    }
}

fn items(list: &NodeRef) -> Vec<HtmlElement> {
    let Some(nodes) = list.cast::<Element>().and_then(|list| list.query_selector_all("button").ok()) else {
        return Vec::new();
    };
    let elements = (0..nodes.length()).filter_map(|at| nodes.get(at)?.dyn_into::<HtmlElement>().ok());
    elements.filter(|element| element.offset_height() > 0).collect()
}

fn focused_item(list: &NodeRef) -> usize {
    let focused = crate::browser::page::focused();
    items(list).iter().position(|item| focused.as_ref() == Some(item.as_ref())).unwrap_or(0)
}

fn focus_item(list: &NodeRef, at: usize, step: i32) {
    let items = items(list);
    if items.is_empty() {
        return;
    }
    let next = (at as i32 + step).rem_euclid(items.len() as i32) as usize;
    let _ = items[next].focus();
}
