//! The page's end of the line to the engine's worker.

use super::page::build;
use crate::talk::{Ask, Told, pack, unpack};
use gloo_events::EventListener;
use js_sys::Array;
use wasm_bindgen::JsCast;
use web_sys::{ErrorEvent, MessageEvent, Worker, WorkerOptions};
use yew::Callback;

/// The worker's loader, beside the page. Relative, so that the page works under any sub-path.
const LOADER: &str = "worker_loader.js";

/// Which engine a worker has; its program has the name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Engine {
    /// The one with the kinds that most designs are made of, for a quick start.
    #[default]
    Small,
    /// The one with every kind.
    Whole,
}

impl Engine {
    fn program(self) -> &'static str {
        match self {
            Engine::Small => "worker",
            Engine::Whole => "whole",
        }
    }
}

/// A running worker. Dropped, it ends.
#[derive(Debug)]
pub struct Bridge {
    worker: Worker,
    _listeners: [EventListener; 2],
}

impl Bridge {
    /// Starts a worker with `engine` that tells `told`. When it cannot start or breaks, `broken` is told why.
    ///
    /// # Errors
    /// Why the browser starts no worker at all.
    pub fn start(engine: Engine, told: Callback<Told>, broken: Callback<String>) -> Result<Bridge, String> {
        // The worker's file has no hash in its name: behind the page's own, the browser does not take an older one that it kept.
        let options = WorkerOptions::new();
        options.set_name(engine.program());
        let worker = Worker::new_with_options(&format!("{LOADER}?{}", build()), &options)
            .map_err(|why| format!("this browser starts no worker: {why:?}"))?;
        let message = EventListener::new(&worker, "message", move |event| {
            let Some(event) = event.dyn_ref::<MessageEvent>() else { return };
            if let Some(message) = unpack(&event.data()) {
                told.emit(message);
            }
        });
        let error = EventListener::new(&worker, "error", move |event| {
            let why = event.dyn_ref::<ErrorEvent>().map_or("it could not be loaded".to_string(), ErrorEvent::message);
            broken.emit(why);
        });
        Ok(Bridge { worker, _listeners: [message, error] })
    }

    /// Asks; the answers come through the callback.
    pub fn ask(&self, ask: &Ask) {
        let buffer = pack(ask);
        // Only a buffer that is already gone could be refused.
        let _ = self.worker.post_message_with_transfer(&buffer, &Array::of1(&buffer));
    }
}

impl Drop for Bridge {
    fn drop(&mut self) {
        self.worker.terminate();
    }
}
