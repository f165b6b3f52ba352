//! The keys.

use crate::state::keys::ROWS;
use yew::prelude::*;

/// The keys, in their groups.
#[component]
pub fn Help() -> Html {
    let groups = ROWS.chunk_by(|a, b| a.group == b.group);
    html! {
        <div class="keys">
            { for groups.map(|rows| html! {
                <section>
                    <h2>{ rows[0].group }</h2>
                    <dl>{ for rows.iter().map(|row| html! {
                        <div><dt>{ for row.keys.iter().map(|key| html! { <kbd>{ *key }</kbd> }) }</dt><dd>{ row.does }</dd></div>
                    }) }</dl>
                </section>
            }) }
            <section>
                <h2>{ "Hand" }</h2>
                <dl>
                    <div><dt>{ "Drag" }</dt><dd>{ "A box moves it, the background moves the view" }</dd></div>
                    <div><dt>{ "Press twice" }</dt><dd>{ "Looks inside a box or a member" }</dd></div>
                    <div><dt>{ "From a box's right edge" }</dt><dd>{ "Draws a wire to another box" }</dd></div>
                    <div><dt>{ "Wheel, two fingers" }</dt><dd>{ "Move the view; with Ctrl or by pinching, nearer and farther" }</dd></div>
                    <div><dt>{ "Shift and drag" }</dt><dd>{ "Selects the boxes in a frame" }</dd></div>
                </dl>
            </section>
        </div>
    }
}
