//! Photos and their files: decoding, encoding, metadata.

mod animation;
pub mod classical;
mod compress;
mod container;
mod damage;
mod decode;
mod encode;
mod error;
mod format;
mod jpeg_history;
mod jpeg_quality;
mod jpeg_traces;
mod kind;
pub mod memory;
mod metadata;
pub mod metrics;
mod page_file;
mod part_file;
mod persist;
mod photo;
mod quoted;
mod replace;
mod resample;
mod rows;
mod save;
mod save_options;
mod screen;
mod stale_temp_files;
mod thumbnail;
mod unique_names;
mod white_noise;

pub use compress::compress;
pub use damage::{Damage, DamagePlace};
pub use decode::{Decoded, decode, file_length, format_in, open, open_page, open_within};
pub use encode::{FileEstimate, encoder_memory, estimate_file};
pub use error::PictureError;
pub use format::{READ_EXTENSIONS, format_of, looks_like_a_picture};
pub use jpeg_history::{JpegHistory, QualitySource};
pub use jpeg_traces::{JpegTrace, jpeg_trace};
pub use memory::MemoryLimit;
pub use metadata::{Metadata, Resolution, Unit};
pub use page_file::{PageFile, check_pages, page_notice};
pub use photo::{Format, Head, Photo};
pub use quoted::{quoted, readable};
pub use resample::{Resizing, resize_bicubic};
pub use rows::Rows;
pub use save::{SaveOutcome, SavedFile, check_space, check_target, save, save_rows};
pub use save_options::{Background, IfExists, MetadataChoice, SaveOptions};
pub use screen::ScreenColours;
pub use thumbnail::{Thumbnail, thumbnail};
pub use unique_names::{FileIdentities, name_conflicts, replaced_inputs, unique_names};
pub use white_noise::{estimate_white_colour_noise, estimate_white_noise};

use kind::Kind;

pub use crate::pixels::Depth;
