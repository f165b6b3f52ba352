//! The worker's program: the engine, listening to the page.

use gloo_worker::Registrable;

fn main() {
    web::engine::Engine::registrar().register();
}
