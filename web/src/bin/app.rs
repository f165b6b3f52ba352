//! The page's program: mounts the application.

fn main() {
    web::page::mount();
}
