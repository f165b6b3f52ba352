//! What the canvas promises: sizes that do not jump, wires that run well, and a pointer that finds what it is over.

use super::{Hit, Layout, Point, Rect, Theme, drawing, key, layout};
use catalog::{Arc, Bar, Cell, Face, Lane, LogCell, LogMark, Mood, Phase, Square, TreeNode};
use scenario::{GaugeSpec, KindSpec, Placed, Ports, Scenario, Schema, Target, Wire, WireEnds};
use session::{BoxFrame, Document, Frame, Health, MemberFrame, WireFrame};

fn kind(slug: &'static str) -> KindSpec {
    let gauge = |title: &'static str| GaugeSpec { name: title.into(), title: title.into(), unit: "ms".into() };
    KindSpec {
        slug: slug.into(),
        title: slug.into(),
        group: "Data".into(),
        purpose: String::new().into(),
        icon: "M0 0h1".into(),
        fields: Vec::new(),
        ports: Ports { accepts: slug != "clients", out_max: if slug == "sink" { 0 } else { 8 }, refusal: "no".into() },
        verbs: Vec::new(),
        gauges: vec![gauge("one"), gauge("two")],
        members: None,
        modelled: Vec::new(),
        left_out: Vec::new(),
    }
}

pub(super) fn schema() -> Schema {
    Schema { kinds: ["clients", "box", "sink"].map(kind).to_vec(), ..Schema::default() }
}

/// Boxes of kind `box` at these places, and wires between them by place.
pub(super) fn design(places: &[(i32, i32)], wires: &[(usize, usize)]) -> Document {
    let placed = |(at, &(x, y)): (usize, &(i32, i32))| Placed {
        id: format!("b{at}"),
        kind: "box".into(),
        name: format!("Box {at}"),
        x,
        y,
        ..Placed::default()
    };
    let wire = |&(from, to): &(usize, usize)| Wire {
        ends: WireEnds { from: format!("b{from}"), to: format!("b{to}") },
        ..Wire::default()
    };
    let boxes = places.iter().enumerate().map(placed).collect();
    let scenario = Scenario { boxes, wires: wires.iter().map(wire).collect(), ..Scenario::default() };
    Document { revision: 1, scenario, ..Document::default() }
}

fn members(count: usize, face: &Face) -> BoxFrame {
    let member = |at: usize| MemberFrame { name: format!("b.{at}"), face: face.clone(), ..MemberFrame::default() };
    BoxFrame { members: (0..count).map(member).collect(), ..BoxFrame::default() }
}

fn log(length: u64) -> Face {
    let cell = |index| LogCell { index, term: 1, key: index, acknowledged: index < 3 };
    Face::Log { entries: (0..length).map(cell).collect(), last: length, acknowledged: 2, marks: Vec::new() }
}

fn laid(document: &Document, boxes: Vec<BoxFrame>) -> Layout {
    layout(document, &Frame { boxes, ..Frame::default() }, &schema())
}

fn lanes(count: usize, to: u64) -> Face {
    let lane =
        Lane { label: "a".into(), from: 0, to, marks: vec![LogMark { label: "b".into(), index: 1 }; to as usize] };
    Face::Lanes { lanes: vec![lane; count], unit: String::new() }
}

fn phase(n: u64) -> Phase {
    Phase { lane: n.to_string(), label: String::new(), began: n as f64, ended: 0.0, mood: Mood::Open }
}

/// Every shape of face, small or large as `n` has it.
pub(super) fn faces(n: u64) -> Vec<Face> {
    let cells = (0..n).map(|key| Cell { key, heat: 0.5 }).collect();
    let arcs = (0..n).map(|at| Arc { start: at as f64 / n as f64, length: 1.0 / n as f64, owner: 0 }).collect();
    vec![
        Face::Nothing,
        Face::Line { values: vec![n as f64; n as usize], unit: "/s".into() },
        Face::Bucket { level: n as f64, capacity: 9.0, unit: "tokens".into() },
        Face::Window { count: n as f64, limit: 3.0, elapsed: 0.1 },
        Face::Cells { cells, used: n, capacity: n },
        Face::Queue { waiting: n * n * n, room: Some(n), busy: n, workers: n },
        log(n),
        Face::Ring { arcs, owners: vec!["a".into(); n as usize], probe: None },
        Face::Bars { bars: vec![Bar { label: "a".into(), value: n as f64, full: 9.0 }; 3], unit: String::new() },
        Face::Table { head: vec!["a".into(), "b".into()], rows: vec![vec!["1".into(), "2".into()]; n as usize] },
        Face::States { states: vec!["off".into(), "on".into()], arrows: vec![(0, 1)], current: n as u16 },
        Face::Tree { nodes: vec![TreeNode { parent: None, label: "a".into(), lit: n > 1 }; n as usize] },
        Face::Map {
            squares: vec![Square { x: 0.0, y: 0.5, side: 0.5, count: n as u32 }; n as usize],
            points: vec![(0.1, 0.9); n as usize],
            probe: (n > 1).then_some((0.5, 0.5)),
        },
        lanes(3, n),
        Face::Timeline { phases: vec![phase(n); n as usize], span: n as f64 },
    ]
}

#[test]
fn nothing_jumps_when_numbers_change() {
    let document = design(&[(0, 0), (400, 0), (800, 0)], &[(0, 1), (1, 2)]);
    for (few, many) in faces(1).into_iter().zip(faces(70)) {
        let shown = |face: &Face, busy: bool| {
            let mut boxes =
                vec![members(1, face), members(3, face), BoxFrame { face: face.clone(), ..members(4, &Face::Nothing) }];
            for shown in &mut boxes {
                shown.health = if busy { Health::Failing } else { Health::Healthy };
                shown.summary = "x".repeat(if busy { 200 } else { 1 });
                shown.gauges = vec![Some(if busy { 1e12 } else { 0.0 }); 2];
                for member in &mut shown.members {
                    member.note = shown.summary.clone();
                    member.troubles = vec!["cut off".into(); usize::from(busy) * 5];
                }
            }
            boxes
        };
        assert_eq!(laid(&document, shown(&few, false)), laid(&document, shown(&many, true)), "{few:?}");
    }
}

#[test]
fn what_changes_the_layout_changes_its_key() {
    let document = design(&[(0, 0), (400, 0)], &[(0, 1)]);
    let frame = |boxes: Vec<BoxFrame>| Frame { boxes, ..Frame::default() };
    let first = key(&document, &frame(vec![members(3, &log(4)), members(1, &Face::Nothing)]));
    assert_eq!(
        first,
        key(&document, &frame(vec![members(3, &log(9)), members(1, &Face::Nothing)])),
        "a longer log changes no size"
    );
    let others = [
        (design(&[(0, 0), (400, 1)], &[(0, 1)]), vec![members(3, &log(4)), members(1, &Face::Nothing)]),
        (design(&[(0, 0), (400, 0)], &[]), vec![members(3, &log(4)), members(1, &Face::Nothing)]),
        (document.clone(), vec![members(4, &log(4)), members(1, &Face::Nothing)]),
        (document.clone(), vec![members(3, &Face::Nothing), members(1, &Face::Nothing)]),
        (document.clone(), vec![members(3, &log(4)), members(1, &faces(3)[8])]),
        (document.clone(), vec![members(3, &log(4)), members(1, &lanes(2, 9))]),
        (Document { revision: 2, ..document.clone() }, vec![members(3, &log(4)), members(1, &Face::Nothing)]),
    ];
    for (document, boxes) in others {
        assert_ne!(first, key(&document, &frame(boxes)));
    }
}

#[test]
fn members_lie_in_their_box_and_apart_from_each_other() {
    let document = design(&[(-50, 70)], &[]);
    for (count, face) in (2..=12).chain([40, 100, 255]).flat_map(|count| [(count, log(3)), (count, Face::Nothing)]) {
        let laid = laid(&document, vec![members(count, &face)]);
        let placed = &laid.boxes[0];
        assert_eq!((placed.grouped, placed.members.len()), (face != Face::Nothing, count));
        for (at, rect) in placed.members.iter().enumerate() {
            let inside = placed.rect.grown(0.01);
            assert!(
                inside.contains(Point::new(rect.x, rect.y)) && inside.contains(Point::new(rect.right(), rect.bottom())),
                "{count}: {rect:?}"
            );
            assert!(rect.w > 0.5 && placed.members[..at].iter().all(|other| !other.overlaps(rect)), "{count}: {at}");
        }
    }
    assert!(laid(&document, vec![members(1, &log(3))]).boxes[0].members.is_empty(), "a single member is its box");
}

#[test]
fn wires_leave_on_the_right_and_arrive_on_the_left_in_order() {
    let document = design(&[(0, 0), (400, -300), (400, 0), (400, 300)], &[(0, 3), (0, 1), (0, 2)]);
    let laid = laid(&document, Vec::new());
    let starts: Vec<Point> = laid.wires.iter().map(|wire| wire.curve.0).collect();
    assert!(starts.iter().all(|start| start.x == laid.boxes[0].rect.right()));
    assert!(starts[1].y < starts[2].y && starts[2].y < starts[0].y, "{starts:?}");
    for wire in &laid.wires {
        let to = &laid.boxes[wire.ends.map_or(0, |ends| ends.1)].rect;
        assert!(wire.curve.3.x == to.x && wire.curve.3.y > to.y && wire.curve.3.y < to.bottom());
    }
}

#[test]
fn a_wire_goes_around_what_stands_in_its_way() {
    let document = design(&[(0, 0), (330, 0), (660, 0)], &[(0, 2)]);
    let laid = laid(&document, Vec::new());
    let middle = &laid.boxes[1].rect;
    assert!(laid.wires[0].track.points().iter().all(|point| !middle.contains(*point)));
}

#[test]
fn a_wire_without_ends_is_neither_drawn_nor_hit() {
    let mut document = design(&[(0, 0)], &[(0, 7)]);
    document.scenario.wires.push(Wire::default());
    let laid = laid(&document, Vec::new());
    assert!(
        laid.wires.len() == 2 && laid.wires.iter().all(|wire| wire.ends.is_none() && !wire.hit(Point::default(), 50.0))
    );
}

#[test]
fn a_message_to_a_member_goes_through_the_edge_of_its_group() {
    let document = design(&[(0, 0), (500, 0)], &[(0, 1)]);
    let laid = laid(&document, vec![members(1, &Face::Nothing), members(3, &log(3))]);
    let wire = &laid.wires[0];
    assert_eq!(wire.branches.len(), 3);
    for (member, card) in laid.boxes[1].members.iter().enumerate() {
        assert!(wire.at(member, 0.0).distance(wire.curve.0) < 1e-6);
        assert!(card.grown(0.5).contains(wire.at(member, 1.0)), "member {member}");
        let steps: Vec<Point> = (0..=40).map(|i| wire.at(member, f64::from(i) / 40.0)).collect();
        let longest = steps.windows(2).map(|pair| pair[0].distance(pair[1])).fold(0.0, f64::max);
        let shortest = steps.windows(2).map(|pair| pair[0].distance(pair[1])).fold(f64::INFINITY, f64::min);
        assert!(longest < shortest * 1.3, "member {member}: {shortest} to {longest}");
    }
    assert!(wire.at(200, 1.0).distance(wire.curve.3) < 1e-6, "an unknown member is the box itself");
}

#[test]
fn the_pointer_finds_ports_members_boxes_and_wires_in_this_order() {
    let document = design(&[(0, 0), (500, 0)], &[(0, 1)]);
    let laid = laid(&document, vec![members(4, &Face::Nothing), members(3, &log(3))]);
    let hit = |p: Point| laid.hit(p, 1.0, false);
    let (first, second) = (&laid.boxes[0], &laid.boxes[1]);
    assert_eq!(hit(first.out_port), Some(Hit::Out(0)));
    assert_eq!(hit(second.in_port), Some(Hit::In(1)));
    assert_eq!(hit(first.members[2].center()), Some(Hit::Member(0, 2)));
    assert_eq!(hit(second.members[1].center()), Some(Hit::Member(1, 1)));
    assert_eq!(hit(Point::new(first.rect.x + 30.0, first.rect.y + 15.0)), Some(Hit::Box(0)));
    assert_eq!(hit(laid.wires[0].track.at(0.5)), Some(Hit::Wire(0)));
    let off = laid.wires[0].track.at(0.5).moved(0.0, 11.0);
    assert_eq!((hit(off), laid.hit(off, 1.0, true)), (None, Some(Hit::Wire(0))), "a finger reaches farther");
    assert_eq!(hit(Point::new(-500.0, 0.0)), None);
}

#[test]
fn a_hit_and_its_target_name_the_same() {
    let document = design(&[(0, 0), (500, 0)], &[(0, 1)]);
    let scenario = &document.scenario;
    for hit in [Hit::Box(1), Hit::Member(1, 2), Hit::Wire(0)] {
        let target = hit.target(scenario);
        assert_eq!(target.as_ref().and_then(|target| Hit::of(target, scenario)), Some(hit));
    }
    assert_eq!(Hit::Out(0).target(scenario), Some(Target::Box("b0".into())));
    assert_eq!(Hit::Box(9).target(scenario), None);
    assert_eq!(Hit::of(&Target::Box("gone".into()), scenario), None);
}

#[test]
fn a_design_at_the_ends_of_the_canvas_is_laid_out_all_the_same() {
    let ends = [(i32::MIN, i32::MIN), (i32::MAX, i32::MAX), (0, 0)];
    let document = design(&ends, &[(0, 1), (1, 0), (1, 2), (2, 2)]);
    let laid = laid(&document, vec![members(3, &log(3)); 3]);
    let finite = |rect: &Rect| [rect.x, rect.y, rect.w, rect.h].iter().all(|value| value.is_finite());
    assert!(
        finite(&laid.bounds)
            && laid.wires.iter().all(|wire| finite(&wire.curve.hull()) && wire.track.length().is_finite())
    );
}

#[test]
fn a_frame_that_says_less_than_the_design_is_no_trouble() {
    let document = design(&[(0, 0), (300, 0)], &[(0, 1)]);
    let frame = Frame { boxes: vec![BoxFrame::default(); 9], wires: vec![WireFrame::default(); 9], ..Frame::default() };
    assert_eq!(layout(&document, &frame, &schema()).boxes.len(), 2);
    assert_eq!(layout(&document, &Frame::default(), &Schema::default()).boxes.len(), 2);
}

/// Two boxes that call three, of which the last two also call each other and one that is alone; those two are a group.
fn grouped(folded: bool) -> Document {
    let places = [(0, 0), (0, 300), (400, 0), (400, 300), (800, 0)];
    let mut document = design(&places, &[(0, 2), (0, 3), (1, 3), (2, 3), (3, 4), (2, 4), (0, 1)]);
    let boxes = vec!["b2".to_string(), "b3".to_string()];
    document.scenario.groups = vec![scenario::Group { id: "g".into(), name: "Back end".into(), boxes, folded }];
    document
}

#[test]
fn a_folded_group_is_one_card_with_a_port_for_each_way_across_its_border() {
    let laid = laid(&grouped(true), Vec::new());
    let group = &laid.groups[0];
    let card = group.card.rect;
    assert_eq!((group.folded, &group.boxes[..], group.card.members.len()), (true, &[2, 3][..], 2));
    assert_eq!((&group.entering[..], &group.leaving[..]), (&[0, 1, 2][..], &[4, 5][..]));
    let folds: Vec<_> = laid.boxes.iter().map(|placed| placed.fold).collect();
    assert_eq!(folds, [None, None, Some(0), Some(0), None]);
    // Two wires of one caller are one, as are two to one called; the wire within is not there at all.
    let drawn: Vec<_> = laid.wires.iter().map(|path| (path.is_drawn(), path.bundle.clone(), path.drawn_as)).collect();
    let (alone, both_in, both_out) = (Vec::new(), vec![0, 1], vec![4, 5]);
    assert_eq!(
        drawn,
        [
            (true, both_in, None),
            (false, alone.clone(), Some(0)),
            (true, alone.clone(), None),
            (false, alone.clone(), None),
            (true, both_out, None),
            (false, alone.clone(), Some(4)),
            (true, alone, None),
        ]
    );
    for (wire, enters) in [(0, true), (1, true), (2, true), (4, false), (5, false)] {
        let curve = &laid.wires[wire].curve;
        let (port, edge) = if enters { (curve.3, card.x) } else { (curve.0, card.right()) };
        assert!(port.x == edge && port.y > card.y && port.y < card.bottom(), "wire {wire}: {port:?} at {card:?}");
    }
    assert_eq!(laid.wires[1].at(0, 0.5), laid.wires[0].at(0, 0.5), "messages go the way that is drawn");
}

#[test]
fn an_unfolded_group_is_a_frame_and_changes_nothing_in_it() {
    let (with, mut plain) = (grouped(false), grouped(false));
    plain.scenario.groups.clear();
    let (with, plain) = (laid(&with, Vec::new()), laid(&plain, Vec::new()));
    assert_eq!((with.boxes, with.wires), (plain.boxes.clone(), plain.wires));
    let frame = with.groups[0].card.rect;
    for held in &with.groups[0].boxes {
        assert_eq!(frame.union(&plain.boxes[*held].rect), frame, "it goes around all of its boxes");
    }
}

#[test]
fn a_card_of_a_group_moves_as_its_boxes_do_and_is_found_by_the_pointer() {
    let mut document = grouped(true);
    let before = laid(&document, Vec::new());
    for at in [2, 3] {
        (document.scenario.boxes[at].x, document.scenario.boxes[at].y) =
            (document.scenario.boxes[at].x + 130, document.scenario.boxes[at].y - 70);
    }
    let after = laid(&document, Vec::new());
    let (was, is) = (before.groups[0].card.rect, after.groups[0].card.rect);
    assert_eq!((is.x - was.x, is.y - was.y, is.w, is.h), (130.0, -70.0, was.w, was.h));
    assert_ne!(before.key, after.key);
    let hit = |laid: &Layout, p: Point| laid.hit(p, 1.0, false);
    assert_eq!(hit(&before, was.center()), Some(Hit::Group(0)));
    assert_eq!(hit(&before, Point::new(410.0, 10.0)), None, "the box that is folded away is not there");
    assert_eq!((before.box_at(Point::new(410.0, 10.0)), before.folded_at(was.center())), (None, Some(0)));
    let open = laid(&grouped(false), Vec::new());
    let frame = open.groups[0].card.rect;
    assert_eq!(hit(&open, Point::new(frame.x + 40.0, frame.y + 10.0)), Some(Hit::Group(0)), "its head");
    assert_eq!(hit(&open, open.boxes[2].rect.center()), Some(Hit::Box(2)), "inside, its boxes");
    assert_ne!(open.key, before.key);
}

#[test]
fn a_picture_of_a_folded_group_says_its_name_its_boxes_and_its_flow_and_nothing_of_what_it_hides() {
    let mut document = grouped(true);
    document.steps = vec!["1".to_string(); document.scenario.wires.len()];
    let health = |at| if at == 3 { Health::Cut } else { Health::Healthy };
    let boxes = (0..5).map(|at| BoxFrame { health: health(at), ..members(1, &Face::Nothing) }).collect();
    let wire = WireFrame { health: Health::Healthy, rate: 100.0, ..WireFrame::default() };
    let frame = Frame { boxes, wires: vec![wire; document.scenario.wires.len()], ..Frame::default() };
    let laid = layout(&document, &frame, &schema());
    let picture = drawing((&document, &frame, &laid), &schema(), &Theme::made_up(false), None);
    let read = roxmltree::Document::parse(&picture).expect("the picture is well formed");
    let texts: Vec<&str> =
        read.descendants().filter(|node| node.has_tag_name("text")).filter_map(|node| node.text()).collect();
    for said in ["Back end", "2 boxes · 1 in trouble", "In", "300", "Out", "200", "2 wires", "Box 0", "Box 4"] {
        assert!(texts.contains(&said), "{said} is not among {texts:?}");
    }
    assert!(!texts.contains(&"Box 2") && !texts.contains(&"Box 3"), "{texts:?}");
    document.scenario.groups[0].folded = false;
    let laid = layout(&document, &frame, &schema());
    let picture = drawing((&document, &frame, &laid), &schema(), &Theme::made_up(false), None);
    assert!(picture.contains("Back end") && picture.contains("Box 2"), "a frame with its name, and the boxes");
}
