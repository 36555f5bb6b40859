//! One photo through the network. No window, no thread of its own.

mod recipe;

pub use recipe::{Noise, Recipe, Scale};
