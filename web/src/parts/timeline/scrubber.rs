//! The line on which a run lies: what is past, how far it has ever been, what was done to it. It goes to any moment.

use crate::browser::within::within;
use crate::page::{Wish, use_desk, use_moment};
use crate::state::clock;
use base::{Span, Time};
use session::{Command, Mark};
use yew::prelude::*;

/// Share of the run by which an arrow key moves, and a page key.
const STEP: f64 = 0.01;
const LEAP: f64 = 0.1;

/// The line.
#[component]
pub fn Scrubber() -> Html {
    let desk = use_desk();
    let moment = use_moment();
    // While it is dragged the thumb is where the hand is, not where the engine has got to.
    let held = use_state(|| None::<Time>);
    let frame = &moment.frame;
    let length = frame.length;
    let now = held.unwrap_or(frame.now);
    let seek = {
        let wish = desk.wish.clone();
        move |to: Time| wish.emit(Wish::Do(Command::Seek(to)))
    };
    let down = {
        let (held, seek) = (held.clone(), seek.clone());
        move |event: PointerEvent| {
            if let Some(element) = within(&event, ".scrubber") {
                // Without capture the drag merely ends at the line's edge.
                let _ = element.set_pointer_capture(event.pointer_id());
                let to = at(&event, length);
                held.set(Some(to));
                seek(to);
            }
        }
    };
    let moved = {
        let (held, seek) = (held.clone(), seek.clone());
        move |event: PointerEvent| {
            let to = at(&event, length);
            if held.is_some_and(|before| before != to) {
                held.set(Some(to));
                seek(to);
            }
        }
    };
    let up = {
        let held = held.clone();
        move |_: PointerEvent| held.set(None)
    };
    let onkeydown = move |event: KeyboardEvent| {
        let by = |share: f64| Span::from_nanos_f64(length.0 as f64 * share);
        let far = if event.shift_key() { LEAP } else { STEP };
        let to = match event.key().as_str() {
            "ArrowLeft" | "ArrowDown" => now - by(far),
            "ArrowRight" | "ArrowUp" => now + by(far),
            "PageDown" => now - by(LEAP),
            "PageUp" => now + by(LEAP),
            "Home" => Time::ZERO,
            "End" => Time(length.0),
            _ => return,
        };
        event.prevent_default();
        event.stop_propagation();
        seek(Time(to.0.min(length.0)));
    };
    let share = |at: Time| percent(at, length);
    html! {
        <div class="scrubber" role="slider" tabindex="0" aria-label="Moment" aria-valuemin="0" aria-valuemax={length.as_secs_f64().to_string()}
            aria-valuenow={format!("{:.3}", now.as_secs_f64())} aria-valuetext={format!("{} of {}", clock::moment(now, false), clock::length(length))}
            onpointerdown={down} onpointermove={moved} onpointerup={up.clone()} onpointercancel={up} {onkeydown}>
            <svg width="100%" height="28" aria-hidden="true" focusable="false">
                <rect class="rail" x="0" y="12.5" width="100%" height="3" rx="1.5" />
                <rect class="reached" x="0" y="12.5" width={share(frame.reached)} height="3" rx="1.5" />
                { for moment.report.marks.iter().map(|mark| shade(mark, length)) }
                <rect class="past" x="0" y="12.5" width={share(now)} height="3" rx="1.5" />
                <svg x={share(now)} y="0" overflow="visible"><rect class="thumb" x="-1.5" y="5" width="3" height="18" rx="1.5" /></svg>
            </svg>
        </div>
    }
}

fn percent(at: Time, length: Span) -> String {
    let share = if length.0 == 0 { 0.0 } else { (at.0 as f64 / length.0 as f64).clamp(0.0, 1.0) };
    format!("{:.3}%", share * 100.0)
}

fn shade(mark: &Mark, length: Span) -> Html {
    let until = mark.until.unwrap_or(Time(length.0));
    let lasting = until.since(mark.from);
    let class = classes!("mark", if mark.action.is_some() { "is-by-hand" } else { "is-planned" });
    html! {
        <g {class}>
            <title>{ format!("{} at {}", mark.label, clock::moment(mark.from, false)) }</title>
            if lasting > Span::ZERO {
                <rect class="span" x={percent(mark.from, length)} y="4" width={percent(Time(lasting.0), length)} height="20" rx="2" />
            }
            <svg x={percent(mark.from, length)} y="0" overflow="visible"><rect class="begin" x="-1" y="4" width="2" height="20" rx="1" /></svg>
        </g>
    }
}

/// The moment under the pointer.
fn at(event: &PointerEvent, length: Span) -> Time {
    let Some(element) = within(event, ".scrubber") else { return Time::ZERO };
    let rect = element.get_bounding_client_rect();
    let share = ((f64::from(event.client_x()) - rect.left()) / rect.width().max(1.0)).clamp(0.0, 1.0);
    Time(Span::from_nanos_f64(length.0 as f64 * share).0)
}
