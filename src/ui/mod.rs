//! What a person sees: draws the state it is shown, and returns wishes ([`crate::state::Command`]).
//! Of the engine it knows only the names of devices, of files only what to call them, and nothing
//! of the worker.

mod bottom;
mod closing;
mod compression;
mod dropping;
mod icons;
mod keys;
mod labels;
mod menu;
mod noise;
mod notices;
mod output;
mod panel;
mod presets;
mod preview_grid;
mod queue;
mod screen;
mod searching;
mod shortcuts;
mod strength;
mod taps;
pub(crate) mod text;
mod theme;
mod top;
mod viewer;
mod welcome;
mod widgets;

pub use screen::{Scene, Screen};
