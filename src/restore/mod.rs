//! Restores one photo: plan, tiles, passes of the networks, blending.

mod api;
mod bitmap;
mod blend;
mod blended;
mod coverage;
mod ensemble;
mod forecast;
mod image_source;
mod mask;
mod model_selection;
pub mod name_template;
mod noise;
mod output_check;
mod painting;
mod partial;
mod pipeline;
mod plan;
mod pyramid;
mod recipe;
mod repair;
mod row_stream;
mod runner;
mod scale;
mod tensor_io;
mod tile_work;
mod tiles;
mod transparent_fill;

pub use api::{
    Buffering, Follower, NoFollower, Order, Outcome, RestoreError, Update, mark, restore, restore_part, restore_rows,
};
pub use bitmap::Bitmap;
pub use blend::{BlendWeights, Strength, blend};
pub use blended::{BeforeImage, Blended, Rendition, blend_in_place};
pub use coverage::Scope;
pub use forecast::{Forecast, Speed, Throughput, forecast, measure};
pub use mask::{Area, GridWeights, Mask, WeightDifference, WeightMap};
pub use model_selection::{MAX_SECONDS_WITH_BEST, ModelSelection};
pub use noise::{NoiseEstimate, NoiseLevel, NoiseLevels, NoiseMap, measure_noise};
pub use painting::{Coverage, Effect, Grid, Painting, Point, Stroke};
pub use partial::{PartialResult, restore_blocks};
pub use plan::networks;
pub use recipe::{AutoAmount, Compression, ModelChoice, Noise, Recipe, Repair, Sensitivity, Stage};
pub use repair::{DamageMap, GivenMarks, MarkEdit, MarkEdits, MarkSources, MarkSummary, Marks, RepairedPhoto, Texture};
pub use scale::Scale;
