//! Draws the state of the window and returns the user's commands ([`crate::state::Command`]). It knows devices by name,
//! files by path, and not the worker.

mod area;
mod bidi;
mod bottom;
mod closing;
mod compression;
mod dropping;
mod focus_keys;
mod icons;
mod key_commands;
mod keys;
mod labels;
mod menu;
mod model;
mod names;
mod noise;
mod notices;
mod output;
mod panel;
mod presets;
mod preview_grid;
mod queue;
mod repair;
mod scene;
mod screen;
mod searching;
mod section;
mod shortcuts;
mod side_panels;
mod size;
mod strength;
mod taps;
pub(crate) mod text;
mod theme;
mod top;
mod viewer;
mod welcome;
mod widgets;

pub use scene::{DeviceState, MarkState, PossibleEdits, ResultState, Scene};
pub use screen::Screen;
