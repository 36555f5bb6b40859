//! Photos and their files. Knows no network, no window, no thread.

mod photo;
mod save_options;

pub use photo::{Depth, Format, Photo};
pub use save_options::{IfExists, SaveOptions};
