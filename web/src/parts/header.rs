//! The head of the page: what is open, taking back, the library, sharing, and the rest in a menu.

use crate::browser::files;
use crate::browser::media::Shade;
use crate::page::{Desk, Dialog, Wish, use_desk};
use crate::parts::icon::{self, icon};
use crate::parts::in_place::InPlace;
use crate::parts::menu::{Item, Menu};
use crate::talk::Source;
use scenario::Scenario;
use session::{Command, Edit};
use web_sys::HtmlInputElement;
use yew::prelude::*;

/// Its properties.
#[derive(PartialEq, Properties)]
pub struct HeaderProps {
    /// The kept work to which one may go back from a link that was opened as a copy.
    pub banner: Option<u32>,
}

/// The head of the page.
#[component]
pub fn Header(props: &HeaderProps) -> Html {
    let desk = use_desk();
    let show = |dialog: Dialog| {
        let wish = desk.wish.clone();
        Callback::from(move |_: MouseEvent| wish.emit(Wish::Show(Some(dialog.clone()))))
    };
    html! {
        <>
        <header class="header">
            <h1 class="hidden">{ format!("{} in Faultline", desk.document.scenario.title) }</h1>
            <div class="logo">{ icon(icon::LOGO) }<span>{ "Faultline" }</span></div>
            { name(&desk) }
            <span class="grow" />
            { history(&desk) }
            <button type="button" class="wide" onclick={show(Dialog::Library)}>{ "Library" }</button>
            <button type="button" class="primary" onclick={show(Dialog::Share)}>{ "Share" }</button>
            <Menu label="More" groups={menu(&desk)} />
            { file_input(&desk) }
        </header>
        if let Some(left) = props.banner {
            { banner(&desk, left) }
        }
        </>
    }
}

fn name(desk: &Desk) -> Html {
    let scenario = &desk.document.scenario;
    let renamed = {
        let (wish, about) = (desk.wish.clone(), scenario.about.clone());
        move |title| wish.emit(Wish::Do(Command::Edit(Edit::Describe { title, about: about.clone() })))
    };
    let reseeded = {
        let wish = desk.wish.clone();
        move |text: String| match text.replace([',', ' '], "").parse() {
            Ok(seed) => wish.emit(Wish::Do(Command::Edit(Edit::Seed(seed)))),
            Err(_) => wish.emit(Wish::Say(format!("A seed is a whole number, at most {}", u64::MAX))),
        }
    };
    html! {
        <div class="title">
            <InPlace label="Title" value={scenario.title.clone()} length_max={Scenario::NAME_MAX} changed={renamed} class="title-name" />
            <InPlace label="Seed" value={scenario.seed.to_string()} shown={format!("seed {}", scenario.seed)} length_max={20}
                changed={reseeded} class="title-seed" />
        </div>
    }
}

fn history(desk: &Desk) -> Html {
    let button = |label: &str, what: &Option<String>, drawing: &str, command: Command| {
        let wish = desk.wish.clone();
        let onclick = move |_| wish.emit(Wish::Do(command.clone()));
        let title = what
            .as_ref()
            .map_or_else(|| format!("Nothing to {}", label.to_ascii_lowercase()), |what| format!("{label}: {what}"));
        html! {
            <button type="button" class="icon-button" aria-label={label.to_string()} {title} disabled={what.is_none()} {onclick}>
                { icon(drawing) }
            </button>
        }
    };
    html! {
        <div class="history">
            { button("Undo", &desk.document.undo, icon::UNDO, Command::Undo) }
            { button("Redo", &desk.document.redo, icon::REDO, Command::Redo) }
        </div>
    }
}

fn menu(desk: &Desk) -> Vec<Vec<Item>> {
    let line = |title: &str, key: &str, chosen: Callback<()>| Item {
        title: title.to_string().into(),
        key: key.to_string().into(),
        is_on: None,
        is_narrow: false,
        chosen,
    };
    let item = |title: &str, key: &str, wish: Wish| {
        let ask = desk.wish.clone();
        line(title, key, Callback::from(move |()| ask.emit(wish.clone())))
    };
    let library = Item { is_narrow: true, ..item("Library", "", Wish::Show(Some(Dialog::Library))) };
    let open = line("Open a file…", "Ctrl O", Callback::from(|()| crate::browser::page::click("#open-file")));
    let shade = |shade: Shade| {
        let title = match shade {
            Shade::System => "Colours of the system",
            Shade::Light => "Light",
            Shade::Dark => "Dark",
        };
        Item { is_on: Some(desk.settings.shade == shade), ..item(title, "", Wish::Shade(shade)) }
    };
    vec![
        vec![
            library,
            item("New design", "", Wish::Open(Source::New)),
            open,
            item("Save as a file", "Ctrl S", Wish::Save),
        ],
        Shade::ALL.into_iter().map(shade).collect(),
        vec![item("Keys", "?", Wish::Show(Some(Dialog::Help)))],
    ]
}

fn file_input(desk: &Desk) -> Html {
    let wish = desk.wish.clone();
    let onchange = move |event: Event| {
        let input: HtmlInputElement = event.target_unchecked_into();
        let Some(file) = input.files().and_then(|files| files.get(0)) else { return };
        let (wish, name) = (wish.clone(), file.name());
        files::read(
            file,
            Callback::from(move |text: Result<String, String>| match text {
                Ok(text) => wish.emit(Wish::OpenText(text, Source::File(name.clone()))),
                Err(why) => wish.emit(Wish::Say(why)),
            }),
        );
        // The same file may be chosen again.
        input.set_value("");
    };
    html! { <input id="open-file" class="hidden" type="file" accept=".json,application/json" aria-label="Open a file" tabindex="-1" {onchange} /> }
}

fn banner(desk: &Desk, left: u32) -> Html {
    let wish = desk.wish.clone();
    let back = move |_| wish.emit(Wish::Open(Source::Kept(left)));
    html! {
        <div class="banner" role="note">
            <span>{ "Opened from a link, as a copy. Your own work is kept." }</span>
            <button type="button" class="text-button" onclick={back}>{ "Return to it" }</button>
        </div>
    }
}
