//! What each key does, in one table that the help shows as well.

/// What a key asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stroke {
    /// Run or stand still.
    PlayOrPause,
    /// One event.
    Step,
    /// To the start.
    Rewind,
    /// Into the search of the palette.
    Find,
    /// Begin a wire at the selected box.
    Wire,
    /// Draw a zone.
    Zone,
    /// Write a note.
    Note,
    /// Rename the selected box.
    Rename,
    /// Remove what is selected.
    Remove,
    /// Fold the selected boxes into one, or choose them.
    Group,
    /// Let the boxes of the selected group go.
    Ungroup,
    /// Copy the selected boxes.
    Duplicate,
    /// Select all boxes.
    SelectAll,
    /// Let go, close, give up.
    Escape,
    /// Take the last change back.
    Undo,
    /// Do it again.
    Redo,
    /// Show the whole design.
    Fit,
    /// Nearer.
    ZoomIn,
    /// Farther.
    ZoomOut,
    /// Move the selected boxes by this many points.
    Nudge(i32, i32),
    /// Save as a file.
    Save,
    /// Open a file.
    OpenFile,
    /// The list of keys.
    Help,
}

/// A key with what was held down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pressed<'a> {
    /// The key's value, as browsers name it.
    pub key: &'a str,
    /// Control, or Command on a Mac.
    pub ctrl: bool,
    /// Shift.
    pub shift: bool,
    /// Alt or Option.
    pub alt: bool,
}

/// One line of the table: how it is written, what it says, and a key that means it.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// The keys, as they are printed.
    pub keys: &'static [&'static str],
    /// What they do.
    pub does: &'static str,
    /// Heading under which the row stands.
    pub group: &'static str,
}

/// Every row of the help.
pub const ROWS: &[Row] = &[
    Row { group: "Run", keys: &["Space"], does: "Play or pause" },
    Row { group: "Run", keys: &["."], does: "One event" },
    Row { group: "Run", keys: &["Home"], does: "Back to the start" },
    Row { group: "Run", keys: &["←", "→"], does: "On the scrubber: a moment back or forth" },
    Row { group: "Build", keys: &["/"], does: "Find a box to add" },
    Row { group: "Build", keys: &["W"], does: "Wire from the selected box; then choose the other end" },
    Row { group: "Build", keys: &["Z"], does: "A zone: around the selected boxes, or drawn" },
    Row { group: "Build", keys: &["N"], does: "A note" },
    Row { group: "Build", keys: &["G"], does: "A group: of the selected boxes, or of those chosen next" },
    Row { group: "Build", keys: &["Ctrl", "Shift", "G"], does: "Ungroup" },
    Row { group: "Build", keys: &["F2"], does: "Rename, or write a note" },
    Row { group: "Build", keys: &["←", "→", "↑", "↓"], does: "Move what is selected; with Shift, farther" },
    Row { group: "Build", keys: &["Ctrl", "D"], does: "Duplicate" },
    Row { group: "Build", keys: &["Delete"], does: "Remove" },
    Row { group: "Build", keys: &["Ctrl", "Z"], does: "Undo" },
    Row { group: "Build", keys: &["Ctrl", "Shift", "Z"], does: "Redo" },
    Row { group: "Look", keys: &["Tab"], does: "From box to box, member to member, wire to wire" },
    Row { group: "Look", keys: &["Enter"], does: "Look inside the selected box or member; fold or unfold a group" },
    Row { group: "Look", keys: &["←", "→"], does: "Inside: from member to member" },
    Row { group: "Look", keys: &["Ctrl", "A"], does: "Select all boxes" },
    Row { group: "Look", keys: &["Esc"], does: "Let go, close, give up" },
    Row { group: "Look", keys: &["F"], does: "Show the whole design" },
    Row { group: "Look", keys: &["+", "−"], does: "Nearer, farther" },
    Row { group: "Files", keys: &["Ctrl", "S"], does: "Save as a file" },
    Row { group: "Files", keys: &["Ctrl", "O"], does: "Open a file" },
    Row { group: "Files", keys: &["?"], does: "This list" },
];

/// Points by which an arrow key moves.
const NUDGE: i32 = 10;
/// Times as far with Shift.
const FAR: i32 = 5;

/// What a key asks for, when it asks for anything.
#[must_use]
pub fn stroke(pressed: Pressed) -> Option<Stroke> {
    let Pressed { key, ctrl, shift, alt } = pressed;
    if alt {
        return None;
    }
    if ctrl {
        return match key.to_ascii_lowercase().as_str() {
            "z" if shift => Some(Stroke::Redo),
            "z" => Some(Stroke::Undo),
            "y" => Some(Stroke::Redo),
            "d" => Some(Stroke::Duplicate),
            "g" if shift => Some(Stroke::Ungroup),
            "g" => Some(Stroke::Group),
            "a" => Some(Stroke::SelectAll),
            "s" => Some(Stroke::Save),
            "o" => Some(Stroke::OpenFile),
            _ => None,
        };
    }
    let far = if shift { FAR } else { 1 };
    match key {
        " " => Some(Stroke::PlayOrPause),
        "." => Some(Stroke::Step),
        "Home" => Some(Stroke::Rewind),
        "/" => Some(Stroke::Find),
        "w" | "W" => Some(Stroke::Wire),
        "z" | "Z" => Some(Stroke::Zone),
        "n" | "N" => Some(Stroke::Note),
        "g" | "G" => Some(Stroke::Group),
        "F2" => Some(Stroke::Rename),
        "Delete" | "Backspace" => Some(Stroke::Remove),
        "Escape" => Some(Stroke::Escape),
        "f" | "F" => Some(Stroke::Fit),
        "+" | "=" => Some(Stroke::ZoomIn),
        "-" | "_" => Some(Stroke::ZoomOut),
        "?" => Some(Stroke::Help),
        "ArrowLeft" => Some(Stroke::Nudge(-NUDGE * far, 0)),
        "ArrowRight" => Some(Stroke::Nudge(NUDGE * far, 0)),
        "ArrowUp" => Some(Stroke::Nudge(0, -NUDGE * far)),
        "ArrowDown" => Some(Stroke::Nudge(0, NUDGE * far)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn press(key: &str) -> Pressed<'_> {
        Pressed { key, ctrl: false, shift: false, alt: false }
    }

    #[test]
    fn keys_mean_what_the_help_says() {
        assert_eq!(stroke(press(" ")), Some(Stroke::PlayOrPause));
        assert_eq!(stroke(press("w")), Some(Stroke::Wire));
        assert_eq!(stroke(press("g")), Some(Stroke::Group));
        assert_eq!(stroke(Pressed { ctrl: true, ..press("g") }), Some(Stroke::Group));
        assert_eq!(stroke(Pressed { ctrl: true, shift: true, ..press("G") }), Some(Stroke::Ungroup));
        assert_eq!(stroke(Pressed { ctrl: true, ..press("z") }), Some(Stroke::Undo));
        assert_eq!(stroke(Pressed { ctrl: true, shift: true, ..press("Z") }), Some(Stroke::Redo));
        assert_eq!(stroke(Pressed { shift: true, ..press("ArrowUp") }), Some(Stroke::Nudge(0, -50)));
    }

    #[test]
    fn the_browsers_own_keys_are_left_alone() {
        for key in ["l", "t", "w", "r", "f", "p"] {
            assert_eq!(stroke(Pressed { ctrl: true, ..press(key) }), None, "ctrl+{key}");
        }
        assert_eq!(stroke(Pressed { alt: true, ..press("ArrowLeft") }), None);
    }
}
