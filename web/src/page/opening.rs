//! What is opened: what the address asks for, what was worked on last, a row of the library.

use super::{App, Msg};
use crate::browser::address::{self, Wanted};
use crate::browser::{fetch, store};
use crate::state::library;
use crate::talk::{Ask, Source, Unreadable};
use crate::{browser::rows, page::Dialog, state::Same};
use yew::prelude::*;

impl App {
    /// Opens what the address asks for; nothing in it means the last work.
    pub(super) fn open_wanted(&mut self, ctx: &Context<App>) -> bool {
        self.open_fragment(ctx, &address::fragment());
        false
    }

    /// Opens what a fragment names.
    pub(super) fn open_fragment(&mut self, ctx: &Context<App>, fragment: &str) {
        match address::wanted(fragment) {
            Some(Wanted::Link(text)) => {
                self.ask(&Ask::OpenLink(text));
            }
            Some(Wanted::Row(slug)) => self.fetch_row(ctx, slug),
            None => self.open_own(ctx),
        }
    }

    /// Opens the last work, or the first row of the library for somebody who has none.
    pub(super) fn open_own(&mut self, ctx: &Context<App>) {
        let is_open = self.framed.is_none() && store::current().is_some_and(|id| self.open_kept(id));
        if !is_open {
            fetch::text(library::INDEX.to_string(), ctx.link().callback(Msg::First));
        }
    }

    /// Opens a kept design; false when it is not there.
    pub(super) fn open_kept(&mut self, id: u32) -> bool {
        match store::work(id) {
            Some(text) => {
                self.ask(&Ask::Open { text, source: Source::Kept(id) });
                true
            }
            None => false,
        }
    }

    /// Opens the first row of the library's list; an empty design when there is no list.
    pub(super) fn open_first_row(&mut self, ctx: &Context<App>, index: Result<String, String>) -> bool {
        match index.ok().and_then(|text| rows::read(&text).into_iter().next()) {
            Some(row) => self.fetch_row(ctx, row.slug),
            None => {
                self.ask(&Ask::OpenNew);
            }
        }
        false
    }

    /// Fetches a row of the library to be opened.
    pub(super) fn fetch_row(&mut self, ctx: &Context<App>, slug: String) {
        let path = library::path(&slug);
        fetch::text(path, ctx.link().callback(move |text| Msg::Row(slug.clone(), text)));
    }

    /// Opens a row of the library that was fetched.
    pub(super) fn open_row_text(&mut self, slug: String, text: Result<String, String>) -> bool {
        match text {
            Ok(text) => self.ask(&Ask::Open { text, source: Source::Row(slug) }),
            Err(why) => {
                let unreadable = Unreadable {
                    source: Source::Row(slug),
                    heading: "This row of the library could not be opened".to_string(),
                    why: vec![why],
                    text: String::new(),
                    rescue: false,
                };
                if self.trouble_in_figure(&unreadable) {
                    return true;
                }
                self.dialog = Some(Dialog::Unreadable(Same::new(unreadable)));
                if self.source.is_none() && store::current().is_some_and(|id| self.open_kept(id)) {
                    return true;
                }
                if self.source.is_none() {
                    self.ask(&Ask::OpenNew);
                }
                true
            }
        }
    }

    /// Fetches the library's texts for a link.
    pub(super) fn fetch_texts(&mut self, ctx: &Context<App>, slug: &str) {
        fetch::text(library::path(slug), ctx.link().callback(Msg::Texts));
    }

    /// Fetches a row of the library to be drawn small, unless it is there.
    pub(super) fn fetch_preview(&mut self, ctx: &Context<App>, slug: String) -> bool {
        if self.previews.iter().all(|(known, _)| *known != slug) {
            let path = library::path(&slug);
            fetch::text(path, ctx.link().callback(move |text| Msg::Preview(slug.clone(), text)));
        }
        false
    }
}
