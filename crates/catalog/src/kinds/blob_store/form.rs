//! What can be set on a blob store.

use crate::settings::{FieldExt, Settings, choice, gauge, law, number, whole};
use base::{Law, Rng, Span, stable_hash_u64};
use scenario::{Field, KindSpec, Ports, Verb};
use storage::chunks::Cut;
use storage::erasure::Erasure;

/// Bytes that one byte kept stands for.
pub(super) const SCALE: f64 = 16_384.0;
/// Bytes kept for a mebibyte.
const MEBIBYTE: f64 = 1_048_576.0 / SCALE;

/// What can be set.
#[derive(Clone, Copy, Debug)]
pub(super) struct Knobs {
    pub code: Erasure,
    /// Pieces on disk before a write is acknowledged.
    pub least: u16,
    pub is_apart: bool,
    pub racks: u32,
    pub cut: Cut,
    /// Keys that are there from the start, and how many in a hundred of them are the same object.
    pub objects: u64,
    pub alike: u64,
    /// Bytes kept of an object, of the part of it that a write replaces, and of what a read asks for.
    pub bytes: usize,
    pub edit: usize,
    pub range: usize,
    /// Chunks of one request that are on their way at the same time.
    pub parts: usize,
    pub patience: Span,
    pub lost_after: Span,
    pub sweep: Span,
    pub takes_disk: bool,
    disk_mb_s: f64,
    repair_mb_s: f64,
}

/// Time for so many kept bytes at so many megabytes a second.
fn time(bytes: u64, mb_s: f64) -> Span {
    Span::from_millis_f64(bytes as f64 * SCALE / (mb_s * 1_000.0))
}

impl Knobs {
    pub fn read(settings: &Settings<'_>) -> Knobs {
        let kept = |field: &str| libm::round(settings.number(field) * MEBIBYTE) as usize;
        let (data, spare) = match settings.choice("redundancy") {
            0 => (1, settings.whole("copies").clamp(1, 8) as u16 - 1),
            _ => (settings.whole("data").clamp(1, 16) as u16, settings.whole("spare").min(8) as u16),
        };
        let code = Erasure::new(data, spare).expect("at most 16 and 8 pieces");
        let bytes = kept("object_mb").max(1);
        let chunk = kept("chunk_mb").max(16) as u32;
        Knobs {
            code,
            least: (data + settings.whole("ack_spare").min(8) as u16).min(code.count()),
            is_apart: settings.choice("placement") == 0,
            racks: settings.whole("racks").max(1),
            cut: match settings.choice("cut") {
                0 => Cut::Fixed { bytes: chunk },
                _ => Cut::ByContent { least: chunk / 4, average_bits: chunk.ilog2(), most: chunk * 4 },
            },
            objects: u64::from(settings.whole("objects")),
            alike: u64::from(settings.whole("alike_percent")),
            bytes,
            edit: libm::ceil(bytes as f64 * settings.number("edit_percent") / 100.0) as usize,
            range: kept("range_mb").min(bytes),
            parts: settings.whole("parts").max(1) as usize,
            patience: settings.millis("patience_ms"),
            lost_after: settings.millis("lost_after_ms"),
            sweep: settings.millis("sweep_ms"),
            takes_disk: settings.choice("crash") == 1,
            disk_mb_s: settings.number("disk_mb_s"),
            repair_mb_s: settings.number("repair_mb_s"),
        }
    }

    /// Takes over what can change while it runs.
    pub fn retune(&mut self, new: &Knobs) {
        let Knobs { range, parts, patience, lost_after, sweep, takes_disk, disk_mb_s, repair_mb_s, .. } = *new;
        *self = Knobs { range, parts, patience, lost_after, sweep, takes_disk, disk_mb_s, repair_mb_s, ..*self };
    }

    /// How long a disk takes for so many kept bytes.
    pub fn disk_time(&self, bytes: u64) -> Span {
        time(bytes, self.disk_mb_s)
    }

    /// How long a repair that reads a chunk of so many kept bytes keeps the next one waiting.
    pub fn repair_time(&self, bytes: u64) -> Span {
        time(self.code.piece_bytes(bytes) * u64::from(self.code.data()), self.repair_mb_s)
    }

    /// Mebibytes that so many kept bytes stand for.
    pub fn mebibytes(bytes: u64) -> f64 {
        bytes as f64 / MEBIBYTE
    }

    /// The content of a key after so many writes: each puts new bytes in front, and as many at the end go.
    pub fn content(&self, key: u64, revision: u32) -> Vec<u8> {
        let mut content = Vec::with_capacity(self.bytes + 8);
        for write in (1..=revision).rev() {
            if content.len() >= self.bytes {
                break;
            }
            fill(&mut content, self.edit.min(self.bytes), &[key, u64::from(write)]);
        }
        let is_alike = stable_hash_u64(key) % 100 < self.alike;
        let whose = if is_alike { u64::MAX } else { key };
        let left = self.bytes.saturating_sub(content.len());
        fill(&mut content, left, &[whose, 0]);
        content.truncate(self.bytes);
        content
    }
}

fn fill(content: &mut Vec<u8>, bytes: usize, path: &[u64]) {
    let mut luck = Rng::stream(0, path);
    let end = content.len() + bytes;
    while content.len() < end {
        content.extend_from_slice(&luck.next_u64().to_le_bytes());
    }
    content.truncate(end);
}

fn fields() -> Vec<Field> {
    vec![
        whole("members", "Members", "", (2.0, 25.0), 9.0, "The first keeps the metadata; the others hold data and take requests"),
        choice("redundancy", "Redundancy", "What makes a lost disk bearable", &[
            ("copies", "each chunk several times over: any one copy is enough"),
            ("erasure", "each chunk in data and spare pieces (Reed–Solomon): any so many as there are data pieces are enough"),
        ]),
        whole("copies", "Copies", "", (1.0, 8.0), 3.0, "Copies of each chunk").when("redundancy", &["copies"]),
        whole("data", "Data pieces", "", (1.0, 16.0), 4.0, "Pieces that a chunk is cut into").when("redundancy", &["erasure"]),
        whole("spare", "Spare pieces", "", (0.0, 8.0), 2.0, "Computed pieces beside them: so many losses are borne").when("redundancy", &["erasure"]),
        whole("ack_spare", "Acknowledge with", "spare", (0.0, 8.0), 1.0, "Pieces or copies beyond the least that must be on disks before a write is acknowledged; at most all"),
        choice("placement", "Placement", "Which members get the pieces of a chunk", &[
            ("apart", "in different racks, or zones where members lie in several, as far as they reach"),
            ("anywhere", "on any members, by their draws for the chunk"),
        ]),
        whole("racks", "Racks", "", (1.0, 24.0), 4.0, "Racks in which the members stand, in turn; zones count instead where members lie in them"),
        choice("cut", "Cut", "Where an object is cut into chunks", &[
            ("fixed", "every so many bytes"),
            ("by content", "where the bytes say so, about as often: an edit changes only the chunks that it touches"),
        ]),
        number("chunk_mb", "Chunk", "MiB", (0.25, 64.0), 4.0, "Size of a chunk; by content, the size that is aimed at"),
        number("object_mb", "Object", "MiB", (0.25, 256.0), 16.0, "Size of an object"),
        whole("objects", "Objects", "", (0.0, 200.0), 50.0, "Objects that are there from the start"),
        whole("alike_percent", "Alike", "%", (0.0, 100.0), 0.0, "Share of those that are the same object, uploaded again and again"),
        number("edit_percent", "A write replaces", "%", (0.1, 100.0), 10.0, "A write puts so much of an object anew in front of it, and as much at its end goes"),
        number("range_mb", "A read asks for", "MiB", (0.0, 256.0), 0.0, "Size of the range that is read, at a place by luck; 0 is the whole object").live(),
        whole("parts", "Parts at once", "", (1.0, 64.0), 4.0, "Chunks of one upload or read that are on their way at the same time").live(),
        number("patience_ms", "Patience", "ms", (1.0, 60_000.0), 400.0, "After this long without progress the others are asked as well, or a part is sent again; after twice as long the request fails").live(),
        number("lost_after_ms", "Lost after", "ms", (600.0, 3.6e6), 5_000.0, "A member that is silent for so long counts as lost, and repair begins").live(),
        number("repair_mb_s", "Repair", "MB/s", (0.1, 100_000.0), 100.0, "What repair may read in a second, in all").live(),
        number("sweep_ms", "Sweep", "ms", (100.0, 8.64e7), 10_000.0, "How often chunks that no object names any more are taken away; they stay for as long at least").live(),
        choice("crash", "A crash takes", "What is gone when a member that holds data dies", &[
            ("the process", "its disk is there again when it restarts"),
            ("the disk", "it restarts with an empty one"),
        ]).live(),
        number("disk_mb_s", "Disk", "MB/s", (1.0, 100_000.0), 200.0, "How fast a piece is read or written").live(),
        number("mesh_ms", "Between members", "ms", (0.0, 10_000.0), 0.5, "One-way latency from member to member"),
        whole("workers", "At once", "", (1.0, 10_000.0), 16.0, "What one member works on at the same time").live(),
        whole("line_max", "Line", "", (0.0, 1e6), 1_000.0, "What may wait at one member; more is refused").live(),
        number("time_ms", "Work", "ms", (0.0, 60_000.0), 0.5, "Mean time of a look-up, or to find a piece on the disk").live(),
        law("time_law", "Work varies", Law::Exponential).live(),
    ]
}

pub(super) fn spec(slug: &'static str) -> KindSpec {
    KindSpec {
        slug: slug.into(),
        title: "Blob store".into(),
        group: "Data".into(),
        purpose: "Keeps large objects as chunks, in copies or erasure-coded pieces on many disks.".into(),
        icon: "M2.500 4.500l6.500-2.500 6.500 2.500v9l-6.500 2.500-6.500-2.500zM2.500 4.500l6.500 2.500 6.500-2.500M9 7v9M5.700 5.800v9M12.300 5.800v9".into(),
        fields: fields(),
        ports: Ports { accepts: true, out_max: 0, refusal: "A store is called; it calls nobody".into() },
        verbs: vec![
            Verb::Crash, Verb::Restart, Verb::Pause, Verb::Resume, Verb::Slow, Verb::CutOff, Verb::Isolate, Verb::Heal,
        ],
        gauges: vec![
            gauge("missing", "Pieces missing", ""),
            gauge("lost", "Objects lost", ""),
            gauge("kept_ratio", "Kept per byte", "×"),
            gauge("p99_ms", "p99", "ms"),
        ],
        members: Some("members".into()),
        modelled: vec![
            "every chunk, cut from bytes, named by its SHA-256, kept once however many objects have it".into(),
            "Reed–Solomon over GF(2⁸): a read puts the pieces together and holds the result against the chunk's name".into(),
            "uploads in parts that go on where they stopped; reads of ranges; reads while members are down".into(),
            "repair within a bandwidth, the chunks with the fewest pieces left first; garbage that is swept".into(),
        ],
        left_out: vec![
            "copies of the metadata: one member keeps it, and its disk survives; while it is down nothing is served".into(),
            "full size: one byte stands for 16 KiB, and times are for the full size".into(),
            "network bandwidth: between members and to the clients there is latency only".into(),
            "ranges within a chunk: a read takes whole chunks; deletes; disks that rot without a word".into(),
        ],
    }
}
