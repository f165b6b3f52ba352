//! The components. They render and emit wishes; they decide nothing.

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
mod predict;
mod readings;
mod side;
mod stage;
mod tabs;
mod timeline;
mod variants;
mod verdicts;

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
