//! Yew, with function components that share one compiled component: the page depends on this crate under the name `yew`.
//!
//! Yew compiles its machinery (scopes, creation, update, mounting; about 4 KB of WebAssembly) once for every component type. A page of
//! sixty function components downloads it sixty times, and nothing in it differs but the function that is called in the end. Here it is
//! compiled once: [`Shared`](shared::Shared) is a component whose properties say which function it shows and with what.
//!
//! ```text
//!   html! { <Row at=1 /> }   expands to   ::yew::virtual_dom::VChild::<Row>::new(RowProps { at: 1 }, key)
//!                                                            │
//!   Yew's VChild        →  a component of type Row           │   this crate's VChild  →  a component of type Shared,
//!                          (machinery for Row)               │                           which holds Row's function and properties
//! ```
//!
//! Pages are written as any Yew page is, and behave as such: a component keeps its hooks' state as long as the same component stands in
//! its place, is made anew with new elements when another takes it, and renders again only when its properties differ. Components that
//! are structs, and Yew's own such as `ContextProvider`, stay as they are. With `yew` itself in place of this crate the page is the
//! same, but larger to download.
//!
//! Not supported, because the page has none: tags whose name is computed (`<@{name}>`), and children that are asked for their properties
//! (`ChildrenWithProps`).
//!
//! Cost: a render has one more call through a table and a list of one around what it shows.

pub use original::*;

mod child;
pub mod shared;
mod tag;

/// Yew's nodes, with what `html!` makes from `<Name …/>` and `<name …>`.
pub mod virtual_dom {
    pub use crate::child::VChild;
    pub use crate::tag::VTag;
    pub use original::virtual_dom::*;
}

/// What a module with components imports.
pub mod prelude {
    pub use crate::child::StructChild;
    pub use original::prelude::*;
}
