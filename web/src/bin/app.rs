//! The page's program: mounts the application.

fn main() {
    yew::Renderer::<web::app::App>::new().render();
}
