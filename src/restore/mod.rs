//! One photo through the network. No window, no thread of its own.

mod ensemble;
mod job;
mod network;
mod recipe;
mod runner;
mod tiles;
mod unseen;

pub use job::{Follower, Order, Outcome, RestoreError, Stage, Update, restore};
pub use recipe::{Noise, Recipe, Scale};
