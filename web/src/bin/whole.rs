//! The worker's program with every kind of box, loaded when a design has one that the small engine lacks.

fn main() {
    web::host::run();
}
