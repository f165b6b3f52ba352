//! Time: running it, slowing it, going to any moment of it, and the course of what is selected.

mod marks;
mod scrubber;
mod transport;

use crate::page::{Wish, use_desk, use_moment};
use crate::parts::charts::Charts;
use crate::parts::icon::{self, icon};
use crate::state::{Same, clock};
use marks::Marks;
use scenario::Target;
pub use scrubber::Scrubber;
use session::{RunState, Series};
use transport::{Speeds, Transport};
use yew::prelude::*;

/// Its properties.
#[derive(PartialEq, Properties)]
pub struct TimelineProps {
    /// The course of what is selected, and of whom it is.
    pub course: Option<(Option<Target>, Same<Series>)>,
}

/// Below this speed a moment is shown to the microsecond.
const FINE: f64 = 0.005;

/// Time.
#[component]
pub fn Timeline(props: &TimelineProps) -> Html {
    let desk = use_desk();
    let moment = use_moment();
    let frame = &moment.frame;
    let toggle = {
        let (wish, shown) = (desk.wish.clone(), desk.settings.has_charts);
        move |_| wish.emit(Wish::Charts(!shown))
    };
    let is_fine = frame.speed > 0.0 && frame.speed < FINE;
    let told = match &frame.state {
        RunState::Stopped { why } => Some(why.clone()),
        RunState::Finished => Some("finished".to_string()),
        RunState::Seeking { to } => Some(format!("going to {}", clock::moment(*to, false))),
        RunState::Paused | RunState::Running => None,
    };
    html! {
        <section class="timeline" aria-label="Time">
            <div class="transport">
                <Transport />
                <Speeds />
                <Scrubber />
                <div class="clock">
                    <b>{ clock::moment(frame.now, is_fine) }</b>
                    <span class="quiet">{ format!(" / {}", clock::length(frame.length)) }</span>
                    if let Some(told) = told { <span class="told">{ told }</span> }
                </div>
                <Marks />
                <button type="button" class="icon-button charts-toggle" aria-expanded={desk.settings.has_charts.to_string()}
                    aria-label="Charts" title="Charts" onclick={toggle}>{ icon(icon::CURVE) }</button>
            </div>
            if desk.settings.has_charts {
                <Charts course={props.course.clone()} />
            }
        </section>
    }
}
