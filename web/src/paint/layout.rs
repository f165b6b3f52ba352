//! Where everything is on the canvas: boxes, the cards or pips of their members, ports and wires.
//!
//! The rule: a size depends on the kind of box, the shape of its face and the number of its members, never on a number that
//! changes while a run goes on, so that nothing jumps. A box whose members have faces is a dashed group with a card for each
//! member; every other box is one card. Cost: O(boxes + wires × boxes near them), once per [`key`], not once per frame.

use super::geometry::{Curve, Point, Rect};
use super::groups::{self, GroupLayout};
use super::notes::{self, NoteLayout};
use super::route::{self, WirePath};
use catalog::Face;
use scenario::{KindSpec, Placed, Schema, Zone};
use session::{BoxFrame, Document, Frame};

/// Width of a card.
pub const CARD_WIDTH: f64 = 172.0;
/// Space between the edge of a card and what is in it.
pub const PAD: f64 = 12.0;
/// The same in the card of a member.
pub const MEMBER_PAD: f64 = 11.0;
/// Most gauges shown on a card; the inspector shows the rest.
pub const GAUGES_MAX: usize = 3;
/// Height of one gauge's line.
pub const GAUGE_LINE: f64 = 17.0;

const RING_WIDTH: f64 = 208.0;
const TITLE: f64 = 20.0;
const SUMMARY: f64 = 16.0;
/// Height of the head of a card: its name and its summary, with the room above.
pub(super) const HEAD_HEIGHT: f64 = PAD - 2.0 + TITLE + SUMMARY;
const PIP: f64 = 10.0;
const PIP_GAP: f64 = 4.0;
const PIP_ROWS_MAX: usize = 2;
const MEMBER_WIDTH: f64 = 156.0;
const MEMBER_HEAD: f64 = 34.0;
const MEMBER_GAP: f64 = 14.0;
const ROW_GAP: f64 = 52.0;
const ROW_MAX: usize = 3;
const BARS_MAX: usize = 5;
const LANES_MAX: usize = 5;
const STATES_IN_ROW: usize = 4;

/// Where one box is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BoxLayout {
    /// All of it.
    pub rect: Rect,
    /// True when it is a group with a card for each member.
    pub grouped: bool,
    /// Its members: cards in a group, pips in a card; empty when it is a single member.
    pub members: Vec<Rect>,
    /// Where its face goes; no height when it has none.
    pub face: Rect,
    /// Where its gauges go; no height when it has none.
    pub gauges: Rect,
    /// Where wires end that call it.
    pub in_port: Point,
    /// Where wires begin that leave it.
    pub out_port: Point,
    /// True when other boxes may call it.
    pub accepts: bool,
    /// How many wires may leave it.
    pub out_max: u8,
    /// The group that is folded over it, by place: then it is not seen, and its place is where it will be.
    pub fold: Option<usize>,
}

/// Where everything is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Layout {
    /// One for each box, in the scenario's order.
    pub boxes: Vec<BoxLayout>,
    /// One for each wire, in the scenario's order.
    pub wires: Vec<WirePath>,
    /// One for each zone, in the scenario's order.
    pub zones: Vec<Rect>,
    /// One for each note, in the scenario's order.
    pub notes: Vec<NoteLayout>,
    /// One for each group, in the scenario's order.
    pub groups: Vec<GroupLayout>,
    /// The smallest rectangle around all of it; nothing when there is nothing.
    pub bounds: Rect,
    /// What it was made for, see [`key`].
    pub key: u64,
}

/// Places everything.
#[must_use]
pub fn layout(document: &Document, frame: &Frame, schema: &Schema) -> Layout {
    let nothing = BoxFrame::default();
    let mut boxes: Vec<BoxLayout> = document
        .scenario
        .boxes
        .iter()
        .enumerate()
        .map(|(at, placed)| place(placed, frame.boxes.get(at).unwrap_or(&nothing), schema))
        .collect();
    let groups = groups::place(&document.scenario, &mut boxes);
    let wires = route::routes(&document.scenario, &boxes, &groups);
    let zones: Vec<Rect> = document.scenario.zones.iter().map(zone).collect();
    let notes: Vec<NoteLayout> = document.scenario.notes.iter().map(notes::place).collect();
    let cards = groups.iter().filter(|group| !group.boxes.is_empty()).map(|group| group.card.rect);
    let seen = boxes.iter().filter(|placed| placed.fold.is_none()).map(|placed| placed.rect).chain(cards);
    let all = seen.chain(zones.iter().copied()).chain(notes.iter().map(|note| note.rect));
    let bounds = all.reduce(|all, rect| all.union(&rect)).unwrap_or_default();
    Layout { boxes, wires, zones, notes, groups, bounds, key: key(document, frame) }
}

impl Layout {
    /// The boxes and folded groups that are seen.
    pub fn cards(&self) -> impl Iterator<Item = Rect> {
        let boxes = self.boxes.iter().filter(|placed| placed.fold.is_none()).map(|placed| placed.rect);
        boxes.chain(self.groups.iter().filter(|group| group.folded).map(|group| group.card.rect))
    }
}

/// Where a zone is drawn.
fn zone(zone: &Zone) -> Rect {
    let [x, y, w, h] = [zone.x, zone.y, zone.width, zone.height].map(f64::from);
    Rect::new(x, y, w, h)
}

/// A number that changes whenever [`layout`] would give something else; cheap enough to ask on every frame.
#[must_use]
pub fn key(document: &Document, frame: &Frame) -> u64 {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325 ^ u64::from(document.revision);
    let mut mix = |word: u64| hash = (hash ^ word).wrapping_mul(0x0000_0100_0000_01b3).rotate_left(23);
    for (at, placed) in document.scenario.boxes.iter().enumerate() {
        mix((placed.x as u64) << 32 ^ u64::from(placed.y as u32));
        if let Some(shown) = frame.boxes.get(at) {
            mix(shape(&shown.face) ^ (shown.members.len() as u64) << 8);
            shown.members.iter().for_each(|member| mix(shape(&member.face)));
        }
    }
    mix(document.scenario.wires.len() as u64);
    for zone in &document.scenario.zones {
        mix((zone.x as u64) << 32 ^ u64::from(zone.y as u32));
        mix((zone.width as u64) << 32 ^ u64::from(zone.height as u32));
    }
    for note in &document.scenario.notes {
        mix((note.x as u64) << 32 ^ u64::from(note.y as u32));
    }
    for group in &document.scenario.groups {
        mix((group.boxes.len() as u64) << 1 | u64::from(group.folded));
    }
    hash
}

/// What of a face decides about sizes.
fn shape(face: &Face) -> u64 {
    match face {
        Face::Nothing => 0,
        Face::Line { .. } => 1,
        Face::Bucket { .. } => 2,
        Face::Window { .. } => 3,
        Face::Cells { .. } => 4,
        Face::Queue { .. } => 5,
        Face::Log { .. } => 6,
        Face::Ring { .. } => 7,
        Face::Table { .. } => 8,
        Face::Tree { .. } => 9,
        Face::Map { .. } => 10,
        Face::Timeline { .. } => 11,
        Face::States { states, .. } => 12 + u64::from(states.len() > STATES_IN_ROW),
        Face::Bars { bars, .. } => 16 + bars.len().min(BARS_MAX) as u64,
        Face::Lanes { lanes, .. } => 32 + lanes.len().min(LANES_MAX) as u64,
    }
}

/// How high a face is; `small` in the card of a member.
pub(super) fn face_height(face: &Face, small: bool) -> f64 {
    match face {
        Face::Nothing => 0.0,
        Face::Line { .. } => 30.0,
        Face::Bucket { .. } | Face::Window { .. } => 32.0,
        Face::Cells { .. } if small => 32.0,
        Face::Cells { .. } => 48.0,
        Face::Queue { .. } => 34.0,
        Face::Log { .. } => 22.0,
        Face::Ring { .. } => 92.0,
        Face::Bars { bars, .. } => 15.0 * bars.len().clamp(1, BARS_MAX) as f64,
        Face::Table { .. } => 75.0,
        // Beside many states there is no room for the name of the one that holds now: it stands below.
        Face::States { states, .. } => 32.0 + if states.len() > STATES_IN_ROW { 14.0 } else { 0.0 },
        Face::Tree { .. } => 80.0,
        Face::Map { .. } if small => 80.0,
        Face::Map { .. } => 92.0,
        Face::Lanes { lanes, .. } => 17.0 * lanes.len().clamp(1, LANES_MAX) as f64,
        Face::Timeline { .. } if small => 63.0,
        Face::Timeline { .. } => 79.0,
    }
}

fn place(placed: &Placed, shown: &BoxFrame, schema: &Schema) -> BoxLayout {
    let kind = schema.kind(&placed.kind);
    let at = Point::new(f64::from(placed.x), f64::from(placed.y));
    let grouped = shown.members.len() > 1 && shown.members.iter().any(|member| member.face != Face::Nothing);
    let mut made = if grouped { group(at, shown, kind) } else { card(at, shown, kind) };
    if let Some(kind) = kind {
        made.accepts = kind.ports.accepts;
        made.out_max = kind.ports.out_max;
    }
    made
}

/// How many gauge lines a kind has.
fn gauge_lines(kind: Option<&KindSpec>) -> usize {
    kind.map_or(0, |kind| kind.gauges.len().min(GAUGES_MAX))
}

fn card(at: Point, shown: &BoxFrame, kind: Option<&KindSpec>) -> BoxLayout {
    let face =
        if shown.face == Face::Nothing { shown.members.first().map_or(&shown.face, |m| &m.face) } else { &shown.face };
    let w = if matches!(face, Face::Ring { .. } | Face::Map { .. }) { RING_WIDTH } else { CARD_WIDTH };
    let inner = w - 2.0 * PAD;
    let mut y = at.y + HEAD_HEIGHT;
    let members = if shown.members.len() > 1 {
        pips(Point::new(at.x + PAD, y + 5.0), inner, shown.members.len())
    } else {
        Vec::new()
    };
    if let Some(last) = members.last() {
        y = last.bottom();
    }
    let mut block = |height: f64| {
        let gap = if height > 0.0 { 8.0 } else { 0.0 };
        let rect = Rect::new(at.x + PAD, y + gap, inner, height);
        y = rect.bottom();
        rect
    };
    let face = block(face_height(face, false));
    let gauges = block(GAUGE_LINE * gauge_lines(kind) as f64);
    let rect = Rect::new(at.x, at.y, w, y + PAD - 2.0 - at.y);
    let middle = rect.center().y;
    BoxLayout {
        rect,
        members,
        face,
        gauges,
        in_port: Point::new(rect.x, middle),
        out_port: Point::new(rect.right(), middle),
        ..BoxLayout::default()
    }
}

/// Small squares in rows, smaller when they are many.
pub(super) fn pips(at: Point, width: f64, count: usize) -> Vec<Rect> {
    let pitch = (width / count.div_ceil(PIP_ROWS_MAX).max(1) as f64).min(PIP + PIP_GAP);
    let per_row = ((width + PIP_GAP) / pitch + 1e-9).floor().max(1.0) as usize;
    let side = (pitch - if pitch < 8.0 { 1.0 } else { PIP_GAP }).max(1.0);
    (0..count)
        .map(|i| {
            Rect::new(at.x + (i % per_row) as f64 * pitch, at.y + (i / per_row) as f64 * (side + PIP_GAP), side, side)
        })
        .collect()
}

/// How many cards are in each row: the first alone, so that a leader stands above its followers.
fn rows(count: usize) -> Vec<usize> {
    let mut rows = vec![1];
    let mut left = count.saturating_sub(1);
    let per_row = match left {
        4 => 2,
        9.. => (left as f64).sqrt().ceil() as usize,
        _ => ROW_MAX,
    };
    while left > 0 {
        rows.push(left.min(per_row));
        left -= left.min(per_row);
    }
    rows
}

fn group(at: Point, shown: &BoxFrame, kind: Option<&KindSpec>) -> BoxLayout {
    let faces = shown.members.iter().map(|member| face_height(&member.face, true)).fold(0.0, f64::max);
    let card_height = MEMBER_HEAD + faces + 18.0 + 7.0;
    let rows = rows(shown.members.len());
    let widest = rows.iter().copied().max().unwrap_or(1).max(2) as f64;
    let w = widest * MEMBER_WIDTH + (widest - 1.0) * MEMBER_GAP + 2.0 * PAD;
    let mut y = at.y + 8.0 + TITLE + SUMMARY;
    let own = face_height(&shown.face, false);
    let face = Rect::new(at.x + PAD, y + 6.0, if own > 0.0 { w - 2.0 * PAD } else { 0.0 }, own);
    y = if own > 0.0 { face.bottom() } else { y } + 10.0;
    let mut members = Vec::with_capacity(shown.members.len());
    for (row, &count) in rows.iter().enumerate() {
        if row > 0 {
            y += ROW_GAP;
        }
        let row_width = count as f64 * MEMBER_WIDTH + (count - 1) as f64 * MEMBER_GAP;
        let left = at.x + (w - row_width) / 2.0;
        members.extend(
            (0..count).map(|i| Rect::new(left + i as f64 * (MEMBER_WIDTH + MEMBER_GAP), y, MEMBER_WIDTH, card_height)),
        );
        y += card_height;
    }
    // Room below the last row for what its cards say to each other.
    y += 26.0;
    let gauges = Rect::new(at.x + PAD, y, w - 2.0 * PAD, if gauge_lines(kind) > 0 { GAUGE_LINE } else { 0.0 });
    let rect = Rect::new(at.x, at.y, w, gauges.bottom() + 9.0 - at.y);
    let middle = members.first().map_or(rect.center(), Rect::center).y;
    BoxLayout {
        rect,
        grouped: true,
        members,
        face,
        gauges,
        in_port: Point::new(rect.x, middle),
        out_port: Point::new(rect.right(), middle),
        ..BoxLayout::default()
    }
}

/// Where the face of a member goes in its card.
#[must_use]
pub fn member_face(card: Rect, face: &Face) -> Rect {
    Rect::new(card.x + MEMBER_PAD, card.y + MEMBER_HEAD, card.w - 2.0 * MEMBER_PAD, face_height(face, true))
}

impl BoxLayout {
    /// The way between two members of a group: from the upper card's bottom to the lower card's top, or in a bow below a row.
    #[must_use]
    pub fn inside(&self, from: usize, to: usize) -> Curve {
        let (Some(a), Some(b)) = (self.members.get(from), self.members.get(to)) else { return Curve::default() };
        let (from, to) = (a.center(), b.center());
        if (a.y - b.y).abs() < 1.0 {
            let (from, to) = (Point::new(from.x, a.bottom()), Point::new(to.x, b.bottom()));
            return Curve(from, from.moved(0.0, 26.0), to.moved(0.0, 26.0), to);
        }
        let down = if a.y < b.y { 1.0 } else { -1.0 };
        let edge = |rect: &Rect, out: f64| Point::new(rect.center().x, if out > 0.0 { rect.bottom() } else { rect.y });
        // Starts lean towards where they go, so that several ways from one card fan out instead of lying on each other.
        let lean = |of: &Rect, towards: Point| ((towards.x - of.center().x) * 0.22).clamp(-of.w * 0.3, of.w * 0.3);
        let start = edge(a, down).moved(lean(a, to), 0.0);
        let end = edge(b, -down).moved(lean(b, from), 0.0);
        let bend = (end.y - start.y) * 0.5;
        Curve(start, start.moved(0.0, bend), end.moved(0.0, -bend), end)
    }
}
