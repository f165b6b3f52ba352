//! How fast the engine is: the same measurements natively and as WASM, and the models they are made on.

pub mod models;
