//! One photo through the network. No window, no thread of its own.

mod ensemble;
mod job;
mod network;
mod parts;
mod plan;
mod recipe;
mod runner;
mod tiles;
mod unseen;

pub use job::{Follower, Hold, Order, Outcome, RestoreError, Update, restore, restore_rows};
pub use recipe::{Noise, Recipe, Scale, Stage};
