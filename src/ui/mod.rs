//! What a person sees: draws the state it is shown, and returns wishes ([`crate::app::Command`]).
//! Knows no worker, no engine, no file.

mod canvas;
mod divider;
mod landing;
mod panel;
mod pyramid;
mod screen;
pub mod text;
mod theme;
mod view;
mod widgets;

pub use screen::{Scene, Screen};
