//! One box or member at full size: its face as large as it may be, or all of its members one below the other, so that what they
//! hold can be compared. The same painter as on the canvas; what is drawn is data only.

use super::faces::{self, LogGrid};
use super::geometry::{Point, Rect};
use super::layout::face_height;
use super::marks;
use super::number;
use super::pen::{Align, Memory, Pen};
use super::text::Type;
use super::theme::{Ink, Theme};
use catalog::Face;
use session::{BoxFrame, Health, MemberFrame};
use web_sys::CanvasRenderingContext2d;

/// Space around all of it, in CSS pixels.
const MARGIN: f64 = 4.0;
/// How many times as large as on the canvas members are drawn side by side.
const ROWS_ZOOM: f64 = 1.15;
/// Below this width, in CSS pixels, a member's name stands above its face and not beside it.
const BESIDE_FROM: f64 = 520.0;
const NAME_WIDTH: f64 = 112.0;
const GAP: f64 = 14.0;
/// Height of the line below a face.
const NOTE: f64 = 15.0;
/// Words are not larger than this, in CSS pixels, however large what they stand in is.
const TEXT_MAX: f64 = 13.5;
const ROW_PAD: f64 = 9.0;
const HEAD: f64 = 34.0;
/// Most members drawn; a table has all of them.
const MEMBERS_MAX: usize = 64;

/// What is looked at.
#[derive(Clone, Copy, Debug)]
pub struct Inside<'a> {
    /// One face at full size.
    pub face: Option<&'a Face>,
    /// Members one below the other.
    pub members: &'a [MemberFrame],
}

impl Inside<'_> {
    /// What there is to see of a box, or of one of its members.
    #[must_use]
    pub fn of(shown: &BoxFrame, member: Option<usize>) -> Inside<'_> {
        let only = if shown.members.len() == 1 && shown.face == Face::Nothing { Some(0) } else { None };
        if let Some(number) = member.or(only) {
            return Inside { face: shown.members.get(number).map(|member| &member.face), members: &[] };
        }
        let has_faces = shown.members.len() > 1 && shown.members.iter().any(|member| member.face != Face::Nothing);
        let face = Some(&shown.face).filter(|face| **face != Face::Nothing);
        Inside { face, members: if has_faces { &shown.members[..shown.members.len().min(MEMBERS_MAX)] } else { &[] } }
    }

    /// True when there is nothing to see.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.members.is_empty() && self.face.is_none_or(|face| *face == Face::Nothing)
    }

    /// How high it becomes in a room of so many CSS pixels, which it may exceed downwards.
    #[must_use]
    pub fn height(&self, room: (f64, f64)) -> f64 {
        let inner = (room.0 - 2.0 * MARGIN, room.1 - 2.0 * MARGIN);
        let own = self.face.map_or(0.0, |face| {
            let (zoom, height) = faces::full_size(face, inner);
            zoom * height
        });
        let rows: f64 = self.members.iter().map(|member| Row::of(member, inner.0).height * Row::zoom(inner.0)).sum();
        (own + if own > 0.0 && rows > 0.0 { GAP } else { 0.0 } + rows + 2.0 * MARGIN).ceil()
    }
}

/// How one member's row is divided.
#[derive(Clone, Copy, Debug)]
struct Row {
    is_beside: bool,
    face: f64,
    height: f64,
}

impl Row {
    fn zoom(width: f64) -> f64 {
        if width < BESIDE_FROM { 1.0 } else { ROWS_ZOOM }
    }

    fn of(member: &MemberFrame, width: f64) -> Row {
        let is_beside = width >= BESIDE_FROM;
        let face = if matches!(member.face, Face::Log { .. }) { 28.0 } else { face_height(&member.face, true) };
        let height = if is_beside { (face + NOTE).max(HEAD) } else { face + HEAD } + 2.0 * ROW_PAD;
        Row { is_beside, face, height }
    }
}

/// Paints insides and remembers between them how wide texts are.
#[derive(Debug, Default)]
pub struct Lens {
    memory: Memory,
}

impl Lens {
    /// Paints `inside` on a canvas of `size` CSS pixels, which is `size × dpr` device pixels large. `room` is what of it can be seen.
    pub fn draw(
        &mut self,
        ctx: &CanvasRenderingContext2d,
        inside: &Inside<'_>,
        room: (f64, f64),
        dpr: f64,
        theme: &Theme,
    ) {
        let _ = ctx.set_transform(1.0, 0.0, 0.0, 1.0, 0.0, 0.0);
        ctx.clear_rect(0.0, 0.0, room.0 * dpr, inside.height(room).max(room.1) * dpr);
        let inner = (room.0 - 2.0 * MARGIN, room.1 - 2.0 * MARGIN);
        let mut top = MARGIN;
        if let Some(face) = inside.face.filter(|face| **face != Face::Nothing) {
            let (zoom, height) = faces::full_size(face, inner);
            let scale = zoom * dpr;
            let _ = ctx.set_transform(scale, 0.0, 0.0, scale, MARGIN * dpr, top * dpr);
            let mut pen = Pen::new(ctx, theme, &mut self.memory, zoom, dpr).with_text_max(TEXT_MAX);
            faces::draw_full(&mut pen, face, Rect::new(0.0, 0.0, inner.0 / zoom, height));
            top += zoom * height + GAP;
        }
        if !inside.members.is_empty() {
            let zoom = Row::zoom(inner.0);
            let scale = zoom * dpr;
            let _ = ctx.set_transform(scale, 0.0, 0.0, scale, MARGIN * dpr, top * dpr);
            let mut pen = Pen::new(ctx, theme, &mut self.memory, zoom, dpr);
            rows(&mut pen, inside.members, inner.0);
        }
    }
}

/// All members, one below the other; logs with the same index at the same place.
fn rows(pen: &mut Pen<'_>, members: &[MemberFrame], width: f64) {
    let w = width / pen.zoom();
    let faces_at = |row: &Row, top: f64| {
        if row.is_beside {
            let room = w - NAME_WIDTH - GAP;
            Rect::new(NAME_WIDTH + GAP, top + (row.height - row.face - NOTE) / 2.0, room, row.face)
        } else {
            Rect::new(0.0, top + ROW_PAD + HEAD, w, row.face)
        }
    };
    let entries: Vec<_> = members.iter().filter_map(entries_of).flatten().copied().collect();
    let first = members.first().map(|member| faces_at(&Row::of(member, width), 0.0)).unwrap_or_default();
    let grid = LogGrid::large(&entries, first);
    let mut top = 0.0;
    for member in members {
        let row = Row::of(member, width);
        let area = Rect::new(0.0, top, w, row.height);
        if member.role == "leader" {
            pen.begin();
            pen.round(area.grown(-1.0), 7.0);
            pen.fill(Ink::Accent, 0.09);
        }
        words(pen, member, &row, area);
        let face = faces_at(&row, top);
        match &member.face {
            Face::Log { entries, acknowledged, marks, last } => {
                let grid = grid.moved(face);
                if entries.is_empty() || grid.shows(*last) {
                    faces::draw_log(pen, entries, *acknowledged, marks, grid);
                } else {
                    left_behind(pen, *last, face);
                }
            }
            other => faces::draw(pen, other, face),
        }
        if member.health == Health::Cut && face.h > 0.0 {
            pen.block(face.grown(1.0), Ink::Panel, 0.4);
        }
        top += row.height;
        pen.begin();
        pen.line(Point::new(0.0, top), Point::new(w, top));
        pen.stroke(Ink::Line, 1.0, pen.hair());
    }
}

fn entries_of(member: &MemberFrame) -> Option<&Vec<catalog::LogCell>> {
    match &member.face {
        Face::Log { entries, .. } => Some(entries),
        _ => None,
    }
}

/// A log that ends before all that is shown of the others: where it ends.
fn left_behind(pen: &mut Pen<'_>, last: u64, rect: Rect) {
    let tip = Point::new(rect.x, rect.y + rect.h / 2.0);
    pen.begin();
    pen.outline(&[tip, tip.moved(7.0, -4.5), tip.moved(7.0, 4.5)]);
    pen.fill(Ink::Muted, 1.0);
    let mut text = pen.scratch();
    text.push_str("ends further back, at ");
    number::push(&mut text, last as f64);
    pen.text(&text, tip.moved(13.0, 4.0), rect.w - 13.0, Type::LABEL, Ink::Muted, Align::Left);
    pen.give_back(text);
}

/// Name, role or trouble, and note of a member.
fn words(pen: &mut Pen<'_>, member: &MemberFrame, row: &Row, area: Rect) {
    let left = 6.0;
    let (middle, room) = if row.is_beside {
        (area.center().y, NAME_WIDTH - left - 14.0)
    } else {
        (area.y + ROW_PAD + HEAD / 2.0 - 3.0, area.w * 0.5 - left - 14.0)
    };
    marks::health(pen, member.health, Point::new(left + 4.0, middle - 7.5), 4.0);
    let x = left + 14.0;
    pen.text(&member.name, Point::new(x, middle - 3.0), room, Type::MEMBER, Ink::Text, Align::Left);
    let (said, ink) = match member.troubles.first() {
        Some(trouble) => (trouble.as_str(), if member.health == Health::Slow { Ink::Slow } else { Ink::Bad }),
        None if member.role == "leader" => (&*member.role, Ink::Accent),
        None => (&*member.role, Ink::Muted),
    };
    pen.text(said, Point::new(x, middle + 12.0), room, Type::SMALL, ink, Align::Left);
    let (at, align, room) = if row.is_beside {
        let left = NAME_WIDTH + GAP;
        (Point::new(left, area.bottom() - ROW_PAD - 1.0), Align::Left, area.w - left)
    } else {
        (Point::new(area.w, middle + 4.0), Align::Right, area.w * 0.5)
    };
    pen.text(&member.note, at, room, Type::SMALL, Ink::Muted, align);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(face: Face) -> MemberFrame {
        MemberFrame { face, ..MemberFrame::default() }
    }

    #[test]
    fn a_box_shows_its_members_and_a_member_only_itself() {
        let bucket = Face::Bucket { level: 1.0, capacity: 2.0, unit: String::new() };
        let group = BoxFrame { members: vec![member(bucket.clone()), member(Face::Nothing)], ..BoxFrame::default() };
        assert_eq!(Inside::of(&group, None).members.len(), 2);
        assert_eq!(Inside::of(&group, Some(0)).face, Some(&bucket));
        assert!(Inside::of(&group, Some(1)).is_empty() && Inside::of(&group, Some(7)).is_empty());
        let single = BoxFrame { members: vec![member(bucket.clone())], ..BoxFrame::default() };
        assert_eq!(Inside::of(&single, None).face, Some(&bucket), "a single member is its box");
        let own = BoxFrame { face: bucket.clone(), members: vec![member(Face::Nothing); 3], ..BoxFrame::default() };
        assert_eq!(Inside::of(&own, None).face, Some(&bucket));
        assert!(Inside::of(&BoxFrame::default(), None).is_empty());
    }

    #[test]
    fn every_height_is_one_that_a_canvas_can_have() {
        let faces = super::super::tests::faces(70);
        for (face, room) in
            faces.iter().flat_map(|face| [(0.0, 0.0), (340.0, 200.0), (900.0, 500.0)].map(|r| (face, r)))
        {
            let crowd = BoxFrame { members: vec![member(face.clone()); 255], ..BoxFrame::default() };
            for inside in [Inside::of(&crowd, Some(3)), Inside::of(&crowd, None)] {
                let height = inside.height(room);
                assert!(height.is_finite() && (0.0..10_000.0).contains(&height), "{height} for {face:?}");
            }
        }
    }
}
