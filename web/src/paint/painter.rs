//! Paints a scene: floor, wires, messages, cards, and what the reader is doing, in that order.
//!
//! Calls into the browser are batched by style and only what is seen is drawn; far away, boxes become signs. What is kept from
//! picture to picture is widths of texts, patterns of dashes, icons and the room of lists.

use super::cards;
use super::flights::Dots;
use super::geometry::{Point, Rect};
use super::groups;
use super::hit::Hit;
use super::marks;
use super::notes;
use super::pen::{Dash, Ground, Icon, Memory, Pen};
use super::route;
use super::scene::{Pending, Scene};
use super::theme::{Ink, Theme};
use super::wires::{self, Dashes, FLOW_PERIOD};
use super::zones;
use scenario::Schema;
use session::{BoxFrame, RunState, WireFrame};
use std::f64::consts::TAU;
use web_sys::CanvasRenderingContext2d;

/// Distance of the grid's dots at life size.
const GRID: f64 = 22.0;
/// How far flow moves in a second.
const FLOW_SPEED: f64 = 48.0;
const PULSE_MS: f64 = 1_600.0;
const PORT: f64 = 5.0;

/// How much is drawn of a box, by how large it is on screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// Everything.
    Full,
    /// Name, face without words, one reading.
    Middle,
    /// A sign and a name.
    Far,
    /// A block in the colour of its health.
    Specks,
}

impl Detail {
    /// Down to here words set as large as they must be still fit into their lines, which are made for life size.
    pub const FULL_FROM: f64 = 0.68;

    /// What is drawn when a canvas point is so many CSS pixels.
    #[must_use]
    pub fn at(zoom: f64) -> Detail {
        match zoom {
            z if z >= Self::FULL_FROM => Detail::Full,
            z if z >= 0.42 => Detail::Middle,
            z if z >= 0.16 => Detail::Far,
            _ => Detail::Specks,
        }
    }
}

/// A scene with what of it is seen.
#[derive(Debug)]
pub struct View<'a> {
    /// What is painted.
    pub scene: &'a Scene<'a>,
    /// How much is drawn of a box.
    pub detail: Detail,
    /// The part of the canvas that is seen.
    pub seen: Rect,
    /// The boxes in it, by place.
    pub boxes: &'a [usize],
    /// The wires in it, by place; only such as have both ends.
    pub wires: &'a [usize],
    /// What wires carry that are drawn for several, by the place of the one that is drawn, in order.
    pub bundles: &'a [(usize, WireFrame)],
    /// Icons of kinds, in the schema's order.
    pub icons: &'a [Icon],
    /// What stands for boxes and wires of which the frame says nothing.
    pub nothing: &'a Nothing,
}

/// A box and a wire of which nothing is known.
#[derive(Debug, Default)]
pub struct Nothing {
    /// The box.
    pub placed: BoxFrame,
    /// The wire.
    pub wire: WireFrame,
}

impl View<'_> {
    /// What the frame says of a box.
    #[must_use]
    pub fn shown(&self, at: usize) -> &BoxFrame {
        self.scene.frame.boxes.get(at).unwrap_or(&self.nothing.placed)
    }
}

/// Paints scenes and remembers between them what is dear to find out.
#[derive(Debug, Default)]
pub struct Painter {
    memory: Memory,
    dots: Dots,
    dashes: Dashes,
    icons: Vec<Icon>,
    boxes: Vec<usize>,
    wires: Vec<usize>,
    bundles: Vec<(usize, WireFrame)>,
    nothing: Nothing,
    clock: f64,
    phase: f64,
}

impl Painter {
    /// Paints `scene` over all of its view. The canvas is `size × dpr` device pixels large.
    pub fn draw(&mut self, ctx: &CanvasRenderingContext2d, scene: &Scene<'_>) {
        let scale = scene.camera.zoom * scene.dpr;
        let _ = ctx.set_transform(1.0, 0.0, 0.0, 1.0, 0.0, 0.0);
        ctx.set_global_alpha(1.0);
        ctx.set_fill_style_str(scene.theme.css(Ink::Bg));
        ctx.fill_rect(0.0, 0.0, (scene.size.0 * scene.dpr).ceil(), (scene.size.1 * scene.dpr).ceil());
        // A whole number of device pixels, so that at life size every line and letter stays sharp.
        let (dx, dy) = ((-scene.camera.x * scale).round(), (-scene.camera.y * scale).round());
        let _ = ctx.set_transform(scale, 0.0, 0.0, scale, dx, dy);
        self.paint(Ground::Canvas(ctx), scene);
    }

    /// Paints `scene` on a ground that is clean and stands as the camera does.
    pub fn paint(&mut self, ground: Ground<'_>, scene: &Scene<'_>) {
        self.prepare(scene);
        let Painter { memory, dots, dashes, icons, boxes, wires, bundles, nothing, .. } = self;
        let detail = Detail::at(scene.camera.zoom);
        let view = View { scene, detail, seen: scene.camera.seen(scene.size), boxes, wires, bundles, icons, nothing };
        let pen = &mut Pen::over(ground, scene.theme, memory, scene.camera.zoom, scene.dpr);
        grid(pen, &view, dashes);
        zones::draw(pen, &view, dashes);
        groups::frames(pen, &view);
        cards::floors(pen, &view, dashes);
        wires::draw(pen, &view, dashes, self.phase);
        dots.draw(pen, &view);
        if detail == Detail::Specks {
            cards::specks(pen, &view);
        } else {
            cards::bodies(pen, &view);
        }
        let pulse = if scene.reduced_motion {
            1.0
        } else {
            0.5 + 0.5 * Point::default().around(1.0, scene.clock / PULSE_MS * TAU).y
        };
        cards::frames(pen, &view, pulse);
        view.boxes.iter().for_each(|&at| cards::contents(pen, &view, at));
        groups::folded(pen, &view, pulse);
        notes::draw(pen, &view);
        wires::words(pen, &view);
        ports(pen, &view);
        if let Some(pending) = &scene.pending {
            self::pending(pen, &view, dashes, pending);
        }
    }

    /// Finds out what is seen and moves the flow on.
    fn prepare(&mut self, scene: &Scene<'_>) {
        let elapsed = (scene.clock - self.clock).clamp(0.0, 100.0);
        self.clock = scene.clock;
        if matches!(scene.frame.state, RunState::Running) && !scene.reduced_motion {
            // All patterns of flow repeat after this many of its dashes.
            self.phase = (self.phase + elapsed / 1e3 * FLOW_SPEED) % (FLOW_PERIOD * 27_720.0);
        }
        if self.icons.len() != scene.schema.kinds.len() {
            self.icons = icons(scene.schema);
        }
        let seen = scene.camera.seen(scene.size).grown(24.0);
        self.boxes.clear();
        self.boxes.extend(
            scene
                .layout
                .boxes
                .iter()
                .enumerate()
                .filter(|(_, b)| b.fold.is_none() && b.rect.overlaps(&seen))
                .map(|(at, _)| at),
        );
        self.wires.clear();
        let wires = scene.layout.wires.iter().enumerate();
        self.wires.extend(
            wires.filter(|(_, w)| w.is_drawn() && w.curve.hull().grown(24.0).overlaps(&seen)).map(|(at, _)| at),
        );
        self.bundles.clear();
        for &at in &self.wires {
            let bundle = &scene.layout.wires[at].bundle;
            if !bundle.is_empty() {
                let all = bundle.iter().filter_map(|at| scene.frame.wires.get(*at));
                self.bundles.push((at, groups::bundled(all)));
            }
        }
    }
}

fn icons(schema: &Schema) -> Vec<Icon> {
    schema.kinds.iter().map(|kind| Icon::new(&kind.icon)).collect()
}

/// Dots at even distances; wider apart when far, so that there are never many. A row of dots is one dashed line.
fn grid(pen: &mut Pen<'_>, view: &View<'_>, dashes: &Dashes) {
    let mut pitch = GRID;
    while pitch * pen.zoom() < 16.0 {
        pitch *= 2.0;
    }
    let seen = view.seen;
    let side = pen.px(if view.scene.dpr > 1.5 { 1.5 } else { 2.0 });
    let (left, top) = ((seen.x / pitch).floor() * pitch, (seen.y / pitch).floor() * pitch);
    let scale = pen.zoom() * view.scene.dpr;
    let snap = |at: f64| (at * scale).round() / scale;
    pen.begin();
    for row in 0..(seen.h / pitch).ceil() as usize + 1 {
        let y = snap(top + row as f64 * pitch) + side / 2.0;
        pen.line(Point::new(snap(left), y), Point::new(seen.right(), y));
    }
    pen.ends(false);
    pen.dash(&Dash::new(side, pitch - side), 0.0);
    pen.stroke(Ink::Grid, 1.0, side);
    pen.dash(&dashes.none, 0.0);
    pen.ends(true);
}

/// The ports of what is under the pointer or selected; while a wire is drawn, those that could take it.
fn ports(pen: &mut Pen<'_>, view: &View<'_>) {
    let scene = view.scene;
    if view.detail == Detail::Specks {
        return;
    }
    let near = |at: usize| {
        let on = |hit: &Hit| hit.box_place() == Some(at);
        scene.hover.as_ref().is_some_and(on) || scene.selected.iter().any(on)
    };
    let radius = pen.px(4.0).max(PORT);
    pen.begin();
    let mut any = false;
    for &at in view.boxes {
        let placed = &scene.layout.boxes[at];
        if placed.out_max > 0 && scene.pending.is_none() && near(at) {
            pen.circle(placed.out_port, radius);
            any = true;
        }
        if placed.accepts && scene.pending.is_some_and(|pending| pending.from != at) {
            pen.circle(placed.in_port, radius);
            any = true;
        }
    }
    if any {
        pen.fill(Ink::Panel, 1.0);
        pen.stroke(Ink::Accent, 1.0, pen.px(1.5));
    }
    if let Some(Hit::Out(at)) = scene.hover
        && let Some(placed) = scene.layout.boxes.get(at)
    {
        pen.begin();
        pen.circle(placed.out_port, radius);
        pen.fill(Ink::Accent, 1.0);
    }
}

/// The wire that is being drawn: to the pointer, or to the port of the box under it; crossed when that box may not be wired.
fn pending(pen: &mut Pen<'_>, view: &View<'_>, dashes: &Dashes, pending: &Pending) {
    let boxes = &view.scene.layout.boxes;
    let Some(from) = boxes.get(pending.from) else { return };
    let over = pending.over.and_then(|(at, may)| boxes.get(at).map(|placed| (placed, may)));
    let end = match over {
        Some((placed, true)) => placed.in_port,
        _ => pending.to,
    };
    let refused = over.is_some_and(|(_, may)| !may);
    let ink = if refused { Ink::Bad } else { Ink::Accent };
    pen.begin();
    pen.curve(&route::loose(from, end));
    pen.dash(&dashes.group, 0.0);
    pen.stroke(ink, 1.0, 2.0);
    pen.dash(&dashes.none, 0.0);
    pen.begin();
    if refused {
        marks::add_cross(pen, end, 5.0);
        pen.stroke(ink, 1.0, 2.0);
    } else {
        pen.circle(end, 4.0);
        pen.fill(ink, 1.0);
    }
    let at: Point = from.out_port;
    pen.begin();
    pen.circle(at, 4.0);
    pen.fill(Ink::Accent, 1.0);
}

/// A pen outside of any scene, for small pictures.
pub(super) fn with_pen(
    ctx: &CanvasRenderingContext2d,
    theme: &Theme,
    zoom: f64,
    dpr: f64,
    draw: impl FnOnce(&mut Pen<'_>),
) {
    let mut memory = Memory::default();
    draw(&mut Pen::new(ctx, theme, &mut memory, zoom, dpr));
}
