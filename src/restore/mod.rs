//! One photo through the network. No window, no thread of its own.

mod ensemble;
mod forecast;
mod job;
mod mix;
mod mixed;
mod network;
mod noise;
mod parts;
mod plan;
mod recipe;
mod runner;
mod tiles;
mod unseen;
mod work;

pub use forecast::{Forecast, Speed, Throughput, forecast, measure};
pub use job::{
    Buffering, Follower, NoFollower, Order, Outcome, RestoreError, Update, restore, restore_part, restore_rows,
};
pub use mix::{BlendWeights, Strength, mix};
pub use mixed::{Before, Blended, Print, blend_in_place};
pub use noise::{Level as NoiseLevel, NoiseEstimate, NoiseLevels, NoiseMap, measure_noise};
pub use recipe::{AutoAmount, Compression, Noise, Recipe, Scale, Stage};
