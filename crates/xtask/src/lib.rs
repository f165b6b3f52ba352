//! What the build shares with the tests of the page: the small server. The build itself is the program of the same name.

pub mod serve;
