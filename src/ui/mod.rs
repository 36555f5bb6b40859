//! What a person sees: draws the state it is shown, and returns wishes ([`crate::app::Command`]).
//! Of the engine it knows only the names of devices, of files only what to call them, and nothing
//! of the worker.

mod bottom;
mod canvas;
mod checker;
mod closing;
mod compare;
mod compression;
mod divider;
mod dropping;
mod glance;
mod icons;
mod keys;
mod labels;
mod landing;
mod menu;
mod modes;
mod noise;
mod noise_map;
mod notices;
mod output;
mod panel;
mod presets;
mod pyramid;
mod queue;
mod screen;
mod searching;
mod shortcuts;
mod source;
mod strength;
mod taps;
mod texels;
pub(crate) mod text;
mod theme;
mod top;
mod view;
mod welcome;
mod widgets;
mod workshop;
mod zoom;

pub use screen::{Scene, Screen};
