//! The worker's program: the engine, listening to the page.

fn main() {
    web::host::run();
}
