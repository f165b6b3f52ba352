//! Watching the size of an element, and whether it can be seen.

use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Element, IntersectionObserver, IntersectionObserverEntry, ResizeObserver};
use yew::Callback;

/// Calls back with the element's size in CSS pixels whenever it changes, until dropped.
#[derive(Debug)]
pub struct Size {
    observer: Option<ResizeObserver>,
    _changed: Closure<dyn FnMut()>,
}

impl Size {
    /// Watches `element`.
    #[must_use]
    pub fn of(element: &Element, changed: Callback<(f64, f64)>) -> Size {
        let watched = element.clone();
        let tell = move || changed.emit((f64::from(watched.client_width()), f64::from(watched.client_height())));
        let closure = Closure::<dyn FnMut()>::new(tell);
        let observer = ResizeObserver::new(closure.as_ref().unchecked_ref()).ok();
        if let Some(observer) = &observer {
            observer.observe(element);
        }
        Size { observer, _changed: closure }
    }
}

impl Drop for Size {
    fn drop(&mut self) {
        if let Some(observer) = &self.observer {
            observer.disconnect();
        }
    }
}

/// Calls back with whether any of an element is in sight whenever that changes, until dropped.
#[derive(Debug)]
pub struct Sight {
    observer: Option<IntersectionObserver>,
    _changed: Closure<dyn FnMut(Vec<IntersectionObserverEntry>)>,
}

impl Sight {
    /// Watches `element`.
    #[must_use]
    pub fn of(element: &Element, mut changed: impl FnMut(bool) + 'static) -> Sight {
        let tell = move |entries: Vec<IntersectionObserverEntry>| {
            if let Some(last) = entries.last() {
                changed(last.is_intersecting());
            }
        };
        let closure = Closure::<dyn FnMut(Vec<IntersectionObserverEntry>)>::new(tell);
        let observer = IntersectionObserver::new(closure.as_ref().unchecked_ref()).ok();
        if let Some(observer) = &observer {
            observer.observe(element);
        }
        Sight { observer, _changed: closure }
    }
}

impl Drop for Sight {
    fn drop(&mut self) {
        if let Some(observer) = &self.observer {
            observer.disconnect();
        }
    }
}
