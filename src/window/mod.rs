//! The window: drains the workers' events into the state, shows it, carries out commands.

mod app;
mod closing;
mod commands;
mod events;
mod jobs;
mod launch;
mod photo;
mod preferences;
mod previews;
mod queue;
mod results;
mod worker_client;

pub use app::{Parts, RedawnApp};
pub use launch::{LaunchError, run};
