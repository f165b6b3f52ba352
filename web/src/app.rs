//! The application's root component.

use crate::engine::{Ask, Engine, Told};
use gloo_worker::{Spawnable, WorkerBridge};
use yew::prelude::*;

/// The worker's loader, beside the page. Relative, so that the page works under any sub-path.
const WORKER: &str = "worker_loader.js";

/// The whole page.
#[derive(Debug)]
pub struct App {
    engine_ready: bool,
    _engine: WorkerBridge<Engine>,
}

impl Component for App {
    type Message = Told;
    type Properties = ();

    fn create(ctx: &Context<Self>) -> Self {
        let engine = Engine::spawner()
            .callback({
                let link = ctx.link().clone();
                move |told| link.send_message(told)
            })
            .with_loader(true)
            .as_module(false)
            .spawn(WORKER);
        engine.send(Ask::Hello);
        Self { engine_ready: false, _engine: engine }
    }

    fn update(&mut self, _ctx: &Context<Self>, Told::Ready: Told) -> bool {
        self.engine_ready = true;
        true
    }

    fn view(&self, _ctx: &Context<Self>) -> Html {
        html! {
            <main data-ready={self.engine_ready.to_string()}>
                <h1>{ "Faultline" }</h1>
                <p>{ if self.engine_ready { "The engine is ready." } else { "The engine is starting." } }</p>
            </main>
        }
    }
}
