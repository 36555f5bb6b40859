//! What a person sees: draws the state it is shown, and returns wishes ([`crate::app::Command`]).
//! Of the engine it knows only the names of devices, of files only what to call them, and nothing
//! of the worker.

mod canvas;
mod divider;
mod landing;
mod panel;
mod pyramid;
mod screen;
pub(crate) mod text;
mod theme;
mod view;
mod widgets;

pub use screen::{Scene, Screen};
