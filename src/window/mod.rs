//! The window: applies the workers' events to the state, draws it, and executes commands.

mod app;
mod background;
mod clipboard;
mod closing;
mod commands;
mod devices;
mod events;
mod import;
mod jobs;
mod launch;
mod live;
mod marks;
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

pub use app::{RedawnApp, Startup};
pub use launch::{LaunchError, run};
