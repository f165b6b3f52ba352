//! The engine's side of the conversation between page and worker.

use gloo_worker::{HandlerId, Worker, WorkerScope};
use serde::{Deserialize, Serialize};

/// What the page asks of the engine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ask {
    /// Answer, so that the page knows that the worker has started.
    Hello,
}

/// What the engine tells the page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Told {
    /// The worker runs and listens.
    Ready,
}

/// The engine as a worker.
#[derive(Debug)]
pub struct Engine;

impl Worker for Engine {
    type Message = ();
    type Input = Ask;
    type Output = Told;

    fn create(_scope: &WorkerScope<Self>) -> Self {
        Self
    }

    fn update(&mut self, _scope: &WorkerScope<Self>, (): Self::Message) {}

    fn received(&mut self, scope: &WorkerScope<Self>, Ask::Hello: Self::Input, who: HandlerId) {
        scope.respond(who, Told::Ready);
    }
}
