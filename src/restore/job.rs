//! One photo through the network: denoise, then enlarge, tile by tile, with progress, cancel and
//! fallback.

use std::time::{Duration, Instant};

use super::{
    Noise, Recipe, Scale,
    runner::{Keep, Pass, Runner},
    unseen,
};
use crate::{
    engine::{DeviceChoice, DeviceInfo, EngineError, OpenRestorer, Task, TileChoice, models},
    imaging::{self, Metadata, Photo, memory},
    pixels::{Planes, Rect, Size},
};

/// What a job is doing. Shown in words beside the progress.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Opening the device and loading the network.
    Preparing,
    /// Taking noise out.
    Denoising,
    /// Making the picture larger.
    Enlarging,
}

/// What a job says while it runs.
#[derive(Debug)]
pub enum Update {
    /// The device it runs on from now on, and why.
    Device { device: DeviceInfo, reason: String },
    /// Something a person should know.
    Notice(String),
    /// `done` of `total` steps of the whole job.
    Progress { stage: Stage, done: usize, total: usize },
    /// A finished part: `pixels` belong at `rect` of a picture of size `frame`.
    Tile { frame: Size, rect: Rect, pixels: Planes },
}

/// Who follows a job: hears of it, and may steer and stop it.
pub trait Follower {
    /// Hears of it.
    fn update(&mut self, update: Update);
    /// What is on screen, in px of the result. Asked before every tile.
    fn focus(&mut self) -> Option<Rect>;
    /// Whether to stop. Asked before every tile.
    fn is_cancelled(&self) -> bool;
}

/// A restoration to be done.
#[derive(Debug, Clone)]
pub struct Order<'a> {
    /// The photo as it came.
    pub photo: &'a Photo,
    /// σ estimated from it, on the 0–255 scale: what [`Noise::Auto`] uses.
    pub estimated_sigma: f32,
    /// What to do.
    pub recipe: Recipe,
    /// Where.
    pub device: DeviceChoice,
    /// In tiles of which size.
    pub tile: TileChoice,
}

/// How a restoration went.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// The σ taken out, on the 0–255 scale; 0 when nothing was.
    pub sigma: f32,
    /// Whether [`Noise::Auto`] found the photo clean and left its noise alone.
    pub clean: bool,
    /// The device it ended on; none when the network was not needed.
    pub device: Option<DeviceInfo>,
    /// Time from the order to the result.
    pub duration: Duration,
}

/// Why there is no result.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// Somebody asked it to stop.
    #[error("it was cancelled")]
    Cancelled,
    /// Even the CPU failed.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The result needs more memory than there is.
    #[error(
        "the result would be {width} × {height} px, which needs about {need} of memory, and {have} is free; \
         choose a smaller scale, or close other programs",
        width = size.width, height = size.height, need = memory::words(*need), have = memory::words(*have)
    )]
    TooLarge { size: Size, need: u64, have: u64 },
}

/// Restores one photo.
///
/// # Errors
/// When it is cancelled, when the result would not fit in memory, or when no device can do it.
pub fn restore(
    order: &Order,
    open: &mut OpenRestorer,
    follower: &mut dyn Follower,
) -> Result<(Photo, Outcome), RestoreError> {
    let start = Instant::now();
    let Order { photo, recipe, .. } = order;
    let large = photo.size().times(recipe.scale.factor());
    check_memory(photo, large)?;

    let (sigma, clean) = sigma_of(recipe.noise, order.estimated_sigma);
    let strength = recipe.strength.clamp(0.0, 1.0);
    let denoises = sigma > 0.0 && strength > 0.0;
    let enlarges = recipe.scale != Scale::X1;
    // An alpha channel that is the same everywhere has no edges to restore.
    let edges = photo.alpha.as_ref().filter(|alpha| enlarges && alpha.data().iter().any(|&a| a != alpha.data()[0]));
    let passes = [denoises.then_some(photo.size()), enlarges.then_some(large), edges.map(|_| large)];
    let mut runner = Runner::new(order, open, follower, passes.into_iter().flatten().collect());

    let source = unseen::filled(&photo.pixels, photo.alpha.as_ref().filter(|_| denoises || enlarges));
    let mut pixels = None;
    if denoises {
        pixels = Some(runner.run(&Pass {
            task: Task::Denoise,
            input: &source,
            level: sigma / 255.0,
            before: &source,
            // The network that enlarges is to see a clean picture: strength comes after it.
            keep: if enlarges { Keep::Restored } else { Keep::Blended },
            shown: true,
        })?);
    }
    if enlarges {
        let input = imaging::resize_bicubic(pixels.as_ref().unwrap_or(&source), large);
        let before = pixels.take().map(|_| imaging::resize_bicubic(&source, large));
        pixels = Some(runner.run(&enlargement(recipe, &input, before.as_ref().unwrap_or(&input), true))?);
    }
    let alpha = match &photo.alpha {
        Some(alpha) if enlarges => {
            let mut input = imaging::resize_bicubic(alpha, large);
            if edges.is_some() {
                input = runner.run(&enlargement(recipe, &input, &input, false))?;
            }
            Some(input)
        }
        alpha => alpha.clone(),
    };
    let device = runner.into_device();

    let mut pixels = pixels.unwrap_or_else(|| photo.pixels.clone());
    if let Some(alpha) = photo.alpha.as_ref().filter(|_| !enlarges) {
        unseen::put_back(&mut pixels, &photo.pixels, alpha);
    }
    let result = Photo {
        pixels,
        alpha,
        depth: photo.depth,
        format: photo.format,
        metadata: Metadata { history: history(recipe, denoises.then_some(sigma)), ..photo.metadata.clone() },
    };
    Ok((result, Outcome { sigma: if denoises { sigma } else { 0.0 }, clean, device, duration: start.elapsed() }))
}

/// The pass that restores what bicubic enlargement lost: of the picture, or of its alpha (as luminance).
fn enlargement<'a>(recipe: &Recipe, input: &'a Planes, before: &'a Planes, shown: bool) -> Pass<'a> {
    let level = recipe.scale.factor() as f32 / 4.0;
    Pass { task: Task::Enlarge, input, level, before, keep: Keep::Blended, shown }
}

/// What was done, in the words of the command line, so that it can be done again; none when nothing was.
/// `sigma` is the σ taken out.
fn history(recipe: &Recipe, sigma: Option<f32>) -> Option<String> {
    let enlarges = recipe.scale != Scale::X1;
    let used = [(sigma.is_some(), Task::Denoise), (enlarges, Task::Enlarge)];
    let used: Vec<_> = used.into_iter().filter(|(used, _)| *used).map(|(_, task)| models::model_for(task)).collect();
    if used.is_empty() {
        return None;
    }
    let noise = sigma.map_or("none".to_owned(), |sigma| sigma.to_string());
    let (scale, strength) = (recipe.scale.factor(), (recipe.strength.clamp(0.0, 1.0) * 100.0).round());
    let best = if recipe.best { " --best" } else { "" };
    let (version, models) = (env!("CARGO_PKG_VERSION"), used.join(", "));
    Some(format!("Redawn {version} (--noise {noise} --scale {scale} --strength {strength}{best}; {models})"))
}

fn check_memory(photo: &Photo, large: Size) -> Result<(), RestoreError> {
    let channels = photo.pixels.channels() + usize::from(photo.alpha.is_some());
    let need = memory::needed(large, channels as u64, 0);
    match memory::available() {
        Some(have) if need > have => Err(RestoreError::TooLarge { size: large, need, have }),
        _ => Ok(()),
    }
}

/// The σ to take out, and whether the photo was found clean.
fn sigma_of(noise: Noise, estimated: f32) -> (f32, bool) {
    match noise {
        Noise::Sigma(sigma) => (sigma.clamp(0.0, Noise::MAX_SIGMA), false),
        Noise::Auto if estimated < imaging::CLEAN_SIGMA => (0.0, true),
        Noise::Auto => (estimated.min(Noise::MAX_SIGMA), false),
    }
}
