//! The window: drains the workers' events into the state, shows it, carries out commands.

mod app;
mod asides;
mod clipboard;
mod closing;
mod commands;
mod devices;
mod events;
mod intake;
mod jobs;
mod launch;
mod photo;
mod photo_on_screen;
mod preferences;
mod previews;
mod queue;
mod results;
mod saving;
mod undo;
mod worker_client;
mod workers;

pub use app::{Parts, RedawnApp};
pub use launch::{LaunchError, run};
