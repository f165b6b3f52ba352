//! Line drawings of 18 × 18, as the schema has them for kinds.

use yew::prelude::*;

/// A drawing from its path data.
pub fn icon(path: &str) -> Html {
    html! {
        <svg class="icon" viewBox="0 0 18 18" width="18" height="18" fill="none" stroke="currentColor" stroke-width="1.5"
             stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" focusable="false">
            <path d={path.to_string()} />
        </svg>
    }
}

/// Three dots.
pub const MORE: &str = "M4 9h.01M9 9h.01M14 9h.01";
/// An arrow that turns back.
pub const UNDO: &str = "M6.5 5L3 8.5L6.5 12M3.5 8.5H11a3.5 3.5 0 0 1 0 7H8";
/// An arrow that turns on.
pub const REDO: &str = "M11.5 5L15 8.5L11.5 12M14.5 8.5H7a3.5 3.5 0 0 0 0 7H10";
/// A cross.
pub const CLOSE: &str = "M4.5 4.5l9 9M13.5 4.5l-9 9";
/// A triangle to the right.
pub const PLAY: &str = "M5.5 3.5v11l9-5.5z";
/// Two bars.
pub const PAUSE: &str = "M6 4v10M12 4v10";
/// A triangle before a bar.
pub const STEP: &str = "M5 4v10l6.5-5zM14 4v10";
/// A bar before a triangle to the left.
pub const REWIND: &str = "M13.5 4v10L6 9zM4 4v10";
/// Two sheets.
pub const COPY: &str = "M6.5 6.5h8v8h-8zM11.5 6.5v-3h-8v8h3";
/// A bin.
pub const BIN: &str = "M3.5 5h11M7 5V3.5h4V5M5 5l.7 9.5h6.6L13 5";
/// A line between two points.
pub const WIRE: &str = "M4.5 5.5a1.5 1.5 0 1 1-3 0a1.5 1.5 0 0 1 3 0zM4.5 5.5C10 5.5 8 12.5 13.5 12.5M16.5 12.5a1.5 1.5 0 1 1-3 0a1.5 1.5 0 0 1 3 0z";
/// Four corners.
pub const FIT: &str = "M3.5 7V3.5H7M11 3.5h3.5V7M14.5 11v3.5H11M7 14.5H3.5V11";
/// A glass to look through.
pub const LENS: &str = "M12 7.5a4.5 4.5 0 1 1-9 0a4.5 4.5 0 0 1 9 0zM10.8 10.8L15 15";
/// A plus.
pub const PLUS: &str = "M9 4v10M4 9h10";
/// A minus.
pub const MINUS: &str = "M4 9h10";
/// A tick.
pub const TICK: &str = "M4 9.5l3.5 3.5L14 5.5";
/// A hook below downwards.
pub const DOWN: &str = "M5 7l4 4 4-4";
/// Up.
pub const UP: &str = "M5 11l4-4 4 4";
/// A table.
pub const TABLE: &str = "M3 4.5h12v9H3zM3 8h12M8 8v5.5";
/// A curve.
pub const CURVE: &str = "M3 13.5l3.5-5 3 2.5L15 4.5";
/// A grid of boxes.
pub const BOXES: &str = "M3 3h5v5H3zM10 3h5v5h-5zM3 10h5v5H3zM10 10h5v5h-5z";
/// Knobs.
pub const KNOBS: &str =
    "M3 5.5h6M13 5.5h2M3 12.5h2M9 12.5h6M13 5.5a2 2 0 1 1-4 0a2 2 0 0 1 4 0zM9 12.5a2 2 0 1 1-4 0a2 2 0 0 1 4 0z";
/// A bolt.
pub const BOLT: &str = "M10 2.5L4.5 10H9l-1 5.5L13.5 8H9z";
/// Scales.
pub const SCALES: &str = "M9 3v12M5.5 15h7M3 5.5h12M3 5.5L1.5 10a2 2 0 0 0 3 0zM15 5.5L13.5 10a2 2 0 0 0 3 0z";
/// A fault line: two strata that have slipped.
pub const LOGO: &str = "M2 5.5h5.5l2 3.5-3 2.5 2 4M16 5.5h-4.5l-2 3 3 2.5-2 4.5";
/// A dashed frame around something.
pub const ZONE: &str = "M3 6V4.5A1.5 1.5 0 0 1 4.5 3H6M8 3h2M12 3h1.5A1.5 1.5 0 0 1 15 4.5V6M15 8v2M15 12v1.5a1.5 1.5 0 0 1-1.5 1.5H12M10 15H8M6 15H4.5A1.5 1.5 0 0 1 3 13.5V12M3 10V8M7 7h4v4H7z";
/// One square on another.
pub const GROUP: &str = "M6.5 6V4.5A1.5 1.5 0 0 1 8 3h5.5A1.5 1.5 0 0 1 15 4.5V10a1.5 1.5 0 0 1-1.5 1.5H12M4.5 6.5H10A1.5 1.5 0 0 1 11.500 8v5.5A1.5 1.5 0 0 1 10 15H4.5A1.5 1.5 0 0 1 3 13.5V8a1.5 1.5 0 0 1 1.5-1.5z";
/// A sheet with lines.
pub const NOTE: &str = "M4 3h10v8.5L11 15H4zM11 15v-3.5h3M6.5 6.5h5M6.5 9.5h3";
