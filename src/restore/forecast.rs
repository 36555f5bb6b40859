//! What a restoration will come to, before it is begun: size, bytes, memory, time.

use std::time::Instant;

use super::{
    Buffering, NoFollower, Order, RestoreError,
    ensemble::SYMMETRIES,
    pipeline::{Pipeline, Schedule},
    runner::Runner,
    tiles,
};
use crate::{
    engine::{DeviceChoice, EngineError, OpenedRestorer, Restorer, RestorerFactory, Task, TileChoice},
    imaging::{self, Format, SaveOptions, memory},
    pixels::{Planes, Raster, Rect, Size},
};

/// Sides of the tiles a network is timed on, in px, as long as all of it has not taken [`ENOUGH`]. The
/// best pace counts: other programs can only slow it down, and the first run of all.
const TIMED: [usize; 6] = [32, 32, 128, 128, 512, 1024];
/// Seconds that are spent on it.
const ENOUGH: f64 = 0.05;
/// Samples of the result that tell the size of its file: so many along each side, of so many px.
const SAMPLES: usize = 3;
const SAMPLE_SIDE: usize = 48;
/// The share of the run's time that they may take to be restored.
const SAMPLES_SHARE: f64 = 0.02;
/// And the time itself.
const SAMPLES_SECONDS: f64 = 0.5;

/// What a restoration will come to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Forecast {
    /// Size of the result, in px.
    pub size: Size,
    /// About the size of its file, in bytes.
    pub bytes: u64,
    /// The most memory that the program will hold, in bytes.
    pub memory: u64,
    /// About how long it will take, in seconds.
    pub seconds: f64,
}

/// How fast networks run on devices, as measured.
#[derive(Debug, Default)]
pub struct Throughput(Vec<Pace>);

#[derive(Debug)]
struct Pace {
    device: String,
    task: Task,
    /// The largest tile it was measured for, in px.
    area: usize,
    seconds_per_px: f64,
}

/// How fast a device takes noise out (or does another task, where only that was measured).
#[derive(Debug, Clone, PartialEq)]
pub struct Speed {
    /// The device's name.
    pub device: String,
    /// Millions of px a second.
    pub megapixels: f64,
}

impl Throughput {
    /// The speed of every device that was measured.
    pub fn speeds(&self) -> Vec<Speed> {
        let mut speeds: Vec<Speed> = Vec::new();
        let by_task = |task| self.0.iter().filter(move |pace| pace.task == task);
        for pace in [Task::Denoise, Task::Deblock, Task::Enlarge].into_iter().flat_map(by_task) {
            if speeds.iter().all(|speed| speed.device != pace.device) {
                speeds.push(Speed { device: pace.device.clone(), megapixels: 1e-6 / pace.seconds_per_px });
            }
        }
        speeds
    }

    /// Seconds a px of a tile takes, measured when it was not yet on tiles of that size.
    fn of(&mut self, restorer: &mut dyn Restorer, task: Task, tile: Size) -> Result<f64, EngineError> {
        let device = restorer.device().name.clone();
        let known = self.0.iter().position(|pace| pace.device == device && pace.task == task);
        if let Some(place) = known {
            // Small tiles are slower: what was measured on them says little of large ones.
            if self.0[place].area * 4 >= tile.area() {
                return Ok(self.0[place].seconds_per_px);
            }
            self.0.swap_remove(place);
        }
        let stride = restorer.footprint().stride;
        let mut pace = Pace { device, task, area: tile.area(), seconds_per_px: f64::INFINITY };
        let begun = Instant::now();
        for (run, side) in TIMED.into_iter().enumerate() {
            let size = Size::new(side.min(tile.width), side.min(tile.height));
            let size = tiles::padded_size(size, stride);
            let picture = Planes::filled(task.planes().0, size, 0.5);
            let start = Instant::now();
            restorer.restore(picture)?;
            pace.seconds_per_px = pace.seconds_per_px.min(start.elapsed().as_secs_f64() / size.area() as f64);
            let enough = begun.elapsed().as_secs_f64() > ENOUGH || size.area() >= tile.area();
            if run > 0 && enough {
                break;
            }
        }
        let seconds_per_px = pace.seconds_per_px;
        self.0.push(pace);
        Ok(seconds_per_px)
    }
}

/// Measures how fast a device takes noise out.
///
/// # Errors
/// When there is no such device, or when it can't be used: another one in its place is none.
pub fn measure(device: &DeviceChoice, open: &mut RestorerFactory, paces: &mut Throughput) -> Result<(), EngineError> {
    let OpenedRestorer { mut restorer, notice, .. } = open(device, TileChoice::Auto, Task::Denoise)?;
    if let Some(reason) = notice {
        return Err(EngineError::Unusable(reason));
    }
    let side = restorer.tile_side();
    paces.of(restorer.as_mut(), Task::Denoise, Size::new(side, side)).map(|_| ())
}

/// Foretells a restoration into a file of that format (or into memory, to be saved as one), from a quick
/// measurement of the networks on the device and of samples of the result.
///
/// # Errors
/// Those of the restoration that show before it: no device, or too little memory.
pub fn forecast(
    order: &Order,
    hold: Buffering,
    (format, options): (Format, &SaveOptions),
    open: &mut RestorerFactory,
    paces: &mut Throughput,
) -> Result<Forecast, RestoreError> {
    let mut silent = NoFollower;
    let mut work = Pipeline::begin(order, Runner::new(order, open, &mut silent))?;
    let (way, need) = match hold {
        Buffering::Whole => work.bands(hold).map(|(bands, need)| (Schedule::Bands(bands), need))?,
        _ => work.schedule(hold)?,
    };
    // Before the measurement, which takes a part of it.
    let memory = memory::held() + need;
    let seconds = seconds(order, &mut work, &way, paces)?;
    let bytes = bytes(order, &mut work, seconds, (format, options))?;
    Ok(Forecast { size: work.plan.size, bytes, memory, seconds })
}

fn seconds(order: &Order, work: &mut Pipeline, way: &Schedule, paces: &mut Throughput) -> Result<f64, RestoreError> {
    let runs = if order.recipe.best { SYMMETRIES.len() } else { 1 };
    let mut seconds = 0.0;
    let bands = match way {
        Schedule::Bands(bands) => bands,
        Schedule::Streaming => {
            for step in work.plan.steps.clone() {
                let network = work.runner.network(step.task)?;
                let side = network.tile_side();
                let pace = paces.of(network, step.task, Size::new(side, side))?;
                seconds += work.plan.size.area() as f64 * pace;
            }
            return Ok(seconds);
        }
    };
    for pass in bands.iter().flat_map(|band| work.plan.passes(*band, &work.footprints)).collect::<Vec<_>>() {
        let network = work.runner.network(pass.task)?;
        let footprint = network.footprint();
        let padded = tiles::padded_size(pass.size, footprint.stride);
        let tiles = tiles::cut(padded, pass.wanted, network.tile_side(), footprint);
        let Some(first) = tiles.first() else { continue };
        let tile = first.input.size();
        seconds += (runs * tiles.len() * tile.area()) as f64 * paces.of(network, pass.task, tile)?;
    }
    Ok(seconds)
}

/// The size of the file, from samples of the result; of the photo itself, enlarged, where restoring
/// them would take too long.
fn bytes(
    order: &Order,
    work: &mut Pipeline,
    seconds: f64,
    (format, options): (Format, &SaveOptions),
) -> Result<u64, RestoreError> {
    let size = work.plan.size;
    let side = Size::new(SAMPLE_SIDE.min(size.width), SAMPLE_SIDE.min(size.height));
    let mut samples = Raster::blank(
        order.photo.pixels.channels(),
        Size::new(side.width, side.height * SAMPLES * SAMPLES),
        order.photo.pixels.depth(),
    );
    let margin = 2 * work.radius()?;
    let computed = SAMPLES * SAMPLES * (SAMPLE_SIDE + margin).pow(2);
    let share = computed as f64 / size.area().max(1) as f64;
    let restores = share <= SAMPLES_SHARE && seconds * share <= SAMPLES_SECONDS;
    let places = |length: usize, side: usize, index: usize| (length - side) * (2 * index + 1) / (2 * SAMPLES);
    for index in 0..SAMPLES * SAMPLES {
        let x = places(size.width, side.width, index % SAMPLES);
        let y = places(size.height, side.height, index / SAMPLES);
        let rect = Rect::new(x, y, side.width, side.height);
        let mut sample = work.unrestored(rect);
        if restores {
            work.restore(rect, &mut sample, (x, y))?;
        }
        samples.paste(&sample, 0, index * side.height);
    }
    let head = work.plan.head(order);
    Ok(imaging::file_bytes(&head, &samples, format, options))
}
