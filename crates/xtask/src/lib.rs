//! What the build shares with the tests of the page: the small server, and where a tool of theirs lies. The build itself is the program of the same name.

pub mod serve;

/// Where the script lies that judges pages, below the folder of the tools.
pub const AXE_SCRIPT: &str = "axe/node_modules/axe-core/axe.min.js";
