//! Photos and their files. Knows no network, no window, no thread.

mod decode;
mod encode;
mod error;
mod format;
pub(crate) mod memory;
mod metadata;
pub mod metrics;
mod noise;
mod photo;
mod resample;
mod save;
mod save_options;
mod screen;
mod tiff;

pub use decode::{Decoded, open};
pub use error::PictureError;
pub use format::format_of;
pub use metadata::{Metadata, Resolution, Unit};
pub use noise::{CLEAN_SIGMA, estimate_noise};
pub use photo::{Depth, Format, Photo};
pub use resample::resize_bicubic;
pub use save::{SaveOutcome, Saved, check_target, save};
pub use save_options::{IfExists, MetadataChoice, SaveOptions};
pub use screen::ScreenColours;
