//! Estimate of a restoration before it starts: size, file size, memory, time.

use std::time::Instant;

use super::{
    Buffering, Follower, Order, RestoreError, WeightMap,
    api::PreparationFollower,
    ensemble::SYMMETRIES,
    pipeline::{Pipeline, Schedule},
    runner::Runner,
    tiles,
};
use crate::{
    engine::{
        DeviceChoice, DeviceKind, EngineError, Model, NetworkId, OpenedRestorer, Restorer, RestorerFactory, Task,
        TileChoice,
    },
    imaging::{self, FileEstimate, Format, SaveOptions, memory},
    pixels::{Planes, Size},
};

/// Sides of the tiles a network is timed on, in px, one after the other. The fastest run counts:
/// other programs and the first run can only be slower.
const TIMED: [usize; 6] = [32, 32, 128, 128, 512, 1024];
/// Least and greatest time of the measurement, in seconds.
const MIN_SECONDS: f64 = 0.05;
const MAX_SECONDS: f64 = 0.4;
/// Smaller tiles, in px, say little about large ones: they are measured alone only where the device is slow.
const TYPICAL: usize = 128 * 128;
/// Samples of the result along each side, from which the file size is estimated.
const SAMPLES: usize = 3;
/// Side of a sample, in px.
const SAMPLE_SIDE: usize = 48;
/// Largest share of the run's time that restoring the samples may take.
const SAMPLES_SHARE: f64 = 0.02;
/// Longest time that restoring the samples may take, in seconds.
const SAMPLES_SECONDS: f64 = 0.5;

/// Estimate of a restoration.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Forecast {
    /// Size of the result, in px.
    pub size: Size,
    /// Estimated size of its file, in bytes.
    pub bytes: u64,
    /// Peak resident memory of the whole program, in bytes (an upper bound).
    pub memory: u64,
    /// Estimated duration, in seconds.
    pub seconds: f64,
    /// The networks that will be used; none if none of them has a fast and a best variant.
    pub model: Option<Model>,
}

/// Measured speeds of the networks on the devices used so far.
#[derive(Debug, Default)]
pub struct Throughput(Vec<Measurement>);

/// Speed of a network on a device.
#[derive(Debug, Clone)]
pub struct Measurement {
    /// Name of the device.
    pub device: String,
    /// The network.
    pub network: NetworkId,
    /// Area of the tile it was measured on or for, in px.
    pub area: usize,
    /// Seconds per px of the tile.
    pub seconds_per_px: f64,
}

/// Speed of a device at denoising (or at another task, where only that was measured).
#[derive(Debug, Clone, PartialEq)]
pub struct Speed {
    /// The device's name.
    pub device: String,
    /// Megapixels (10⁶ px) per second.
    pub megapixels: f64,
}

impl Throughput {
    /// The speed of every measured device.
    pub fn speeds(&self) -> Vec<Speed> {
        let mut speeds: Vec<Speed> = Vec::new();
        let by_task = |task| self.0.iter().filter(move |measurement| measurement.network == NetworkId::best(task));
        for measurement in [Task::Denoise, Task::Deblock, Task::Enlarge].into_iter().flat_map(by_task) {
            if speeds.iter().all(|speed| speed.device != measurement.device) {
                speeds
                    .push(Speed { device: measurement.device.clone(), megapixels: 1e-6 / measurement.seconds_per_px });
            }
        }
        speeds
    }

    /// Replaces what is known by the speed of a restoration.
    pub fn learn(&mut self, measurements: &[Measurement]) {
        for measurement in measurements {
            self.0.retain(|known| known.device != measurement.device || known.network != measurement.network);
            self.0.push(measurement.clone());
        }
    }

    /// Seconds per px for tiles of that size; measured if that is not known yet.
    pub(super) fn of(
        &mut self,
        restorer: &mut dyn Restorer,
        network: NetworkId,
        tile: Size,
    ) -> Result<f64, EngineError> {
        let device = restorer.device().name.clone();
        let known =
            self.0.iter().position(|measurement| measurement.device == device && measurement.network == network);
        if let Some(place) = known {
            // Small tiles are slower per px, so their speed says little about large ones.
            if self.0[place].area * 4 >= tile.area() {
                return Ok(self.0[place].seconds_per_px);
            }
            self.0.swap_remove(place);
        }
        let stride = restorer.footprint().stride;
        let mut measurement = Measurement { device, network, area: tile.area(), seconds_per_px: f64::INFINITY };
        let first_start = Instant::now();
        for (run, side) in TIMED.into_iter().enumerate() {
            let size = Size::new(side.min(tile.width), side.min(tile.height));
            let size = tiles::padded_size(size, stride);
            let picture = Planes::filled(network.task.planes().0, size, 0.5);
            let start = Instant::now();
            restorer.restore(picture)?;
            measurement.seconds_per_px =
                measurement.seconds_per_px.min(start.elapsed().as_secs_f64() / size.area() as f64);
            let elapsed = first_start.elapsed().as_secs_f64();
            let is_typical = size.area() >= TYPICAL && elapsed > MIN_SECONDS;
            if run > 0 && (is_typical || elapsed > MAX_SECONDS || size.area() >= tile.area()) {
                break;
            }
        }
        let seconds_per_px = measurement.seconds_per_px;
        self.0.push(measurement);
        Ok(seconds_per_px)
    }
}

/// Measures the speed of a device at denoising.
///
/// # Errors
/// When there is no such device or it can't be used. A fallback to another device counts as an error.
pub fn measure(
    device: &DeviceChoice,
    open: &mut RestorerFactory,
    throughput: &mut Throughput,
) -> Result<(), EngineError> {
    let denoiser = NetworkId::best(Task::Denoise);
    let OpenedRestorer { mut restorer, notice, .. } = open(device, TileChoice::Auto, denoiser, &mut || {})?;
    if let Some(reason) = notice {
        return Err(EngineError::Unusable(reason));
    }
    let side = restorer.tile_side();
    throughput.of(restorer.as_mut(), denoiser, Size::new(side, side)).map(|_| ())
}

/// Estimates a restoration into a file of that format (or into memory, to be saved as one), from a quick
/// measurement of the networks on the device and of samples of the result. `saved_with`: the weights that a result at full
/// strength is blended with when it is saved; `follower` is told if a GPU has to be prepared.
///
/// # Errors
/// Those of the restoration that can be detected in advance: no device, or too little memory.
pub fn forecast(
    order: &Order,
    saved_with: Option<&WeightMap>,
    buffering: Buffering,
    (format, options): (Format, &SaveOptions),
    open: &mut RestorerFactory,
    throughput: &mut Throughput,
    follower: &mut dyn Follower,
) -> Result<Forecast, RestoreError> {
    let mut follower = PreparationFollower(follower);
    let mut pipeline = Pipeline::begin(order, Runner::new(order, open, &mut follower))?;
    let (schedule, need) = match buffering {
        Buffering::Whole => pipeline.parts(buffering).map(|(parts, need)| (Schedule::Parts(parts), need))?,
        _ => pipeline.schedule(buffering)?,
    };
    // Before the measurement, which takes up part of it.
    let memory = memory::resident() + need;
    let seconds = seconds(order, &mut pipeline, &schedule, throughput)?;
    let FileEstimate { bytes, seconds: encoding } = file(order, saved_with, &mut pipeline, seconds, format, options)?;
    let seconds = match (buffering, pipeline.runner.device()) {
        // It is saved later.
        (Buffering::Whole, _) => seconds,
        // A GPU restores meanwhile.
        (Buffering::Bands | Buffering::BandsAndEncoder(_), Some(device)) if device.kind != DeviceKind::Cpu => {
            seconds.max(encoding)
        }
        _ => seconds + encoding,
    };
    let model = pipeline.plan.has_fast().then_some(order.model);
    Ok(Forecast { size: pipeline.plan.size, bytes, memory, seconds, model })
}

fn seconds(
    order: &Order,
    pipeline: &mut Pipeline,
    schedule: &Schedule,
    throughput: &mut Throughput,
) -> Result<f64, RestoreError> {
    let mut seconds = seconds_of_steps(order, pipeline, schedule, throughput)?;
    for (task, px) in pipeline.repair_work() {
        let network = pipeline.runner.network(task)?;
        let side = network.tile_side();
        let photo = pipeline.plan.photo;
        let tile = Size::new(side.min(photo.width), side.min(photo.height));
        seconds += px * throughput.of(network, NetworkId::new(task, order.model), tile)?;
    }
    Ok(seconds)
}

/// Estimated duration of the steps over all of the photo, in seconds: without a repair.
pub fn seconds_of_steps(
    order: &Order,
    pipeline: &mut Pipeline,
    schedule: &Schedule,
    throughput: &mut Throughput,
) -> Result<f64, RestoreError> {
    let runs = if order.recipe.best { SYMMETRIES.len() } else { 1 };
    let mut seconds = 0.0;
    let parts = match schedule {
        Schedule::Parts(parts) => parts,
        Schedule::Streaming => {
            for step in pipeline.plan.steps.clone() {
                let network = pipeline.runner.network(step.task)?;
                let side = network.tile_side();
                let seconds_per_px =
                    throughput.of(network, NetworkId::new(step.task, order.model), Size::new(side, side))?;
                seconds += pipeline.plan.size.area() as f64 * seconds_per_px;
            }
            return Ok(seconds);
        }
    };
    for pass in parts.iter().flat_map(|part| pipeline.plan.passes(*part, &pipeline.footprints)).collect::<Vec<_>>() {
        let network = pipeline.runner.network(pass.task)?;
        let footprint = network.footprint();
        let padded = tiles::padded_size(pass.size, footprint.stride);
        let tiles = tiles::cut(padded, pass.wanted, network.tile_side(), footprint);
        let Some(first) = tiles.first() else { continue };
        let tile = first.input.size();
        seconds += (runs * tiles.len() * tile.area()) as f64
            * throughput.of(network, NetworkId::new(pass.task, order.model), tile)?;
    }
    Ok(seconds)
}

/// The result's file, estimated from samples of the result; from samples of the (enlarged) photo where
/// restoring them would take too long.
fn file(
    order: &Order,
    saved_with: Option<&WeightMap>,
    pipeline: &mut Pipeline,
    seconds: f64,
    format: Format,
    options: &SaveOptions,
) -> Result<FileEstimate, RestoreError> {
    let size = pipeline.plan.size;
    let margin = 2 * pipeline.radius()?;
    let computed = SAMPLES * SAMPLES * (SAMPLE_SIDE + margin).pow(2);
    let share = computed as f64 / size.area().max(1) as f64;
    let restores = share <= SAMPLES_SHARE && seconds * share <= SAMPLES_SECONDS;
    let head = pipeline.plan.head(order);
    imaging::estimate_file(&head, (SAMPLES, SAMPLE_SIDE), format, options, |rect| {
        let mut sample = pipeline.unrestored(rect);
        if restores {
            pipeline.restore(rect, &mut sample, (rect.x, rect.y))?;
            if let Some(weights) = saved_with {
                pipeline.blend(weights, rect, &mut sample, (rect.x, rect.y));
            }
        }
        Ok(sample)
    })
}
