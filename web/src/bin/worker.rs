//! The worker's program: the engine, listening to the page. The page builds it without the feature `every-kind`, to be small.

fn main() {
    web::host::run();
}
