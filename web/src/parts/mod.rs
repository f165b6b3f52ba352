//! The components. They render and emit wishes; they decide nothing.
//!
//! A part is an ordinary Yew function component: `#[component] fn Name(props: &NameProps) -> Html`, written `<Name …/>` where it stands.
//! It costs what its function costs and nothing beside, because the page's `yew` is the crate `veneer`, which mounts all of them as one
//! component. A part that is a struct (`impl Component`) brings 4 KB of Yew along: only what needs messages of its own, as the stage does.
//! What needs neither hooks nor to be passed over when its properties are equal is a plain `fn name(…) -> Html`, called in braces.

mod breaking;
mod charts;
mod checks;
mod claims;
mod dialogs;
mod fields;
mod figure;
mod header;
mod icon;
mod in_place;
mod inspector;
mod lesson;
mod log;
mod menu;
mod microscope;
mod notices;
mod palette;
mod parting;
mod predict;
mod readings;
mod side;
mod stage;
mod tabs;
mod timeline;
mod variants;
mod verdicts;
mod writing;

pub use dialogs::Dialogs;
pub use figure::Figure;
pub use header::Header;
pub use microscope::Microscope;
pub use notices::Notices;
pub use palette::Palette;
pub use side::Side;
pub use stage::{Stage, hit_name};
pub use tabs::Tabs;
pub use timeline::Timeline;
