//! The page's dealings with the browser: everything that is not a component and needs `web_sys` lives here.

pub mod address;
pub mod bridge;
pub mod clipboard;
pub mod fetch;
pub mod files;
pub mod media;
pub mod number;
pub mod observe;
pub mod page;
pub mod rows;
pub mod store;
pub mod within;
