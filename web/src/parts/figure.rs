//! A design as a figure: the canvas, and under it one line to play it, to see how it ended, and to open it whole.

use super::stage::Stage;
use super::timeline::Scrubber;
use crate::browser::address;
use crate::embed::{Controls, Figure as Options};
use crate::page::{Desk, Live, Moment, Wish};
use crate::parts::icon::{self, icon};
use crate::state::{Same, clock};
use crate::talk::Unreadable;
use base::Time;
use check::{Finding, Verdict};
use session::{Command, RunState};
use std::rc::Rc;
use yew::prelude::*;

/// Its properties.
#[derive(PartialEq, Properties)]
pub struct FigureProps {
    /// How it is shown.
    pub options: Rc<Options>,
    /// The design and the selection.
    pub desk: Desk,
    /// The moment.
    pub moment: Moment,
    /// The latest frame, for pictures.
    pub live: Same<Live>,
    /// What could not be opened.
    pub trouble: Option<Same<Unreadable>>,
}

/// A design as a figure.
#[component]
pub fn Figure(props: &FigureProps) -> Html {
    let FigureProps { options, desk, moment, live, trouble } = props;
    let whole = format!("{}{}", address::base().split('?').next().unwrap_or_default(), address::fragment());
    let open = html! {
        <a class="open" href={whole} target="_blank" rel="noopener">{ "Open in Faultline" }</a>
    };
    if let Some(trouble) = trouble {
        return html! {
            <main class="page is-figure">
                <div class="figure-trouble" role="alert">
                    <h1>{ trouble.heading.clone() }</h1>
                    { for trouble.why.iter().map(|why| html! { <p>{ why.clone() }</p> }) }
                    <p>{ open }</p>
                </div>
            </main>
        };
    }
    let scenario = &desk.document.scenario;
    html! {
        <div class="page is-figure">
            <Stage desk={desk.clone()} moment={moment.clone()} live={live.clone()} />
            if options.controls != Controls::None {
                <section class="figure-bar" aria-label="Controls">
                    <Play desk={desk.clone()} moment={moment.clone()} />
                    if options.controls == Controls::Full { <Scrubber /> }
                    <span class="clock">{ clock::moment(moment.frame.now, false) }</span>
                    <Line desk={desk.clone()} moment={moment.clone()} hides={options.hides_answers} />
                    { open }
                </section>
            }
            if options.has_captions {
                <footer class="caption"><b>{ scenario.title.clone() }</b>{ " " }{ scenario.about.clone() }</footer>
            }
        </div>
    }
}

#[derive(PartialEq, Properties)]
struct PlayProps {
    desk: Desk,
    moment: Moment,
}

#[component]
fn Play(props: &PlayProps) -> Html {
    let (label, drawing, wish) = match props.moment.frame.state {
        RunState::Running | RunState::Seeking { .. } => ("Pause", icon::PAUSE, Wish::Do(Command::Pause)),
        RunState::Finished => {
            ("Play again from the start", icon::PLAY, Wish::DoAll(vec![Command::Seek(Time::ZERO), Command::Play]))
        }
        RunState::Paused | RunState::Stopped { .. } => ("Play", icon::PLAY, Wish::Do(Command::Play)),
    };
    let ask = props.desk.wish.clone();
    html! {
        <button type="button" class="icon-button play" aria-label={label} title={label} onclick={move |_| ask.emit(wish.clone())}>{ icon(drawing) }</button>
    }
}

#[derive(PartialEq, Properties)]
struct LineProps {
    desk: Desk,
    moment: Moment,
    hides: bool,
}

/// The one verdict that matters most: a broken one before one that holds.
#[component]
fn Line(props: &LineProps) -> Html {
    let LineProps { desk, moment, hides } = props;
    let verdicts = &moment.report.verdicts;
    let rank = |verdict: &&Verdict| match verdict.finding {
        Finding::Broken => 0,
        Finding::Holds => 1,
        Finding::Untold => 2,
    };
    if *hides && moment.frame.state != RunState::Finished {
        return html! { <p class="line quiet">{ "The verdict comes at the end" }</p> };
    }
    let Some(verdict) = verdicts.iter().min_by_key(rank) else {
        return html! { <p class="line quiet">{ "Nothing has been judged yet" }</p> };
    };
    let (class, mark, word) = match verdict.finding {
        Finding::Holds => ("is-holding", "✓", "holds"),
        Finding::Broken => ("is-broken", "!", "broken"),
        Finding::Untold => ("is-untold", "?", "cannot be told yet"),
    };
    let on = desk.name_of(&verdict.on);
    html! {
        <p class={classes!("line", class)} data-check={verdict.check.clone()}>
            <span class="mark" aria-hidden="true">{ mark }</span>
            <span class="hidden">{ format!("{word}: ") }</span>
            <span class="words">{ format!("{} · {on}", verdict.headline) }</span>
        </p>
    }
}
