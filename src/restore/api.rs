//! Restores one photo (scratches, then JPEG artefacts, noise and size): into memory, as bands of rows for a writer, or only a
//! part.

use std::{sync::Arc, time::Duration};

use super::{
    Mask, NoiseEstimate, Recipe, Stage, Throughput, WeightMap,
    coverage::Scope,
    image_source::{ImageSource, PhotoColours},
    partial::{PartialResult, restore_blocks},
    pipeline::{Pipeline, Schedule, need_of_detection},
    plan::RestorePlan,
    repair::{DamageMap, MarkSources, MarkSummary, Marks, REACH, REACH_AT_BORDER, RepairedPhoto, detection_passes},
    runner::Runner,
};
use crate::{
    engine::{DeviceChoice, DeviceInfo, EngineError, Model, RestorerFactory, TileChoice},
    imaging::{Head, MemoryLimit, Photo, memory},
    pixels::{Planes, Raster, Rect, Size},
};

/// Update of a running restoration.
#[derive(Debug)]
pub enum Update {
    /// The device in use has changed.
    Device {
        /// The new device.
        device: DeviceInfo,
        /// Why it was selected: part of a sentence for users.
        reason: String,
    },
    /// A sentence for users, such as what is not kept.
    Notice(String),
    /// The device failed, and another attempt is made: a sentence for users.
    Fallback(String),
    /// Where the photo is damaged, to be given to its next order ([`MarkSources::found`]).
    Detected(Arc<DamageMap>),
    /// Progress of all stages together.
    Progress {
        /// The current stage.
        stage: Stage,
        /// Finished runs of a network over a tile (8 per tile with best quality); rows if the picture is streamed.
        done: usize,
        /// All runs or rows; 0 while unknown.
        total: usize,
    },
    /// A restored part, at full strength.
    Tile {
        /// Size of the picture, in px: the result's, or the photo's if it is not enlarged yet.
        frame: Size,
        /// The part, in px of that picture.
        rect: Rect,
        /// 1 or 3 planes.
        pixels: Planes,
        /// Whether no further network follows.
        finished: bool,
    },
}

/// Observer of a restoration: receives its updates, and can steer and cancel it.
pub trait Follower: Send {
    /// Receives an update.
    fn update(&mut self, update: Update);
    /// The visible part, in px of the result: its tiles are computed first. Called before every tile.
    fn focus(&mut self) -> Option<Rect>;
    /// Returns true to cancel; may block to pause. Called before every tile, and on the CPU often within one.
    fn checkpoint(&self) -> bool;
}

/// A [`Follower`] that ignores everything and never cancels.
pub struct NoFollower;

impl Follower for NoFollower {
    fn update(&mut self, _: Update) {}

    fn focus(&mut self) -> Option<Rect> {
        None
    }

    fn checkpoint(&self) -> bool {
        false
    }
}

/// Passes on whether a GPU is being prepared, of a network that is loaded for a measurement.
pub(super) struct PreparationFollower<'a>(pub &'a mut dyn Follower);

impl Follower for PreparationFollower<'_> {
    fn update(&mut self, update: Update) {
        if let Update::Progress { stage: Stage::Preparing | Stage::PreparingGpu, .. } = update {
            self.0.update(update);
        }
    }

    fn focus(&mut self) -> Option<Rect> {
        None
    }

    fn checkpoint(&self) -> bool {
        false
    }
}

/// Specification of a restoration.
#[derive(Debug, Clone)]
pub struct Order {
    /// The original photo.
    pub photo: Arc<Photo>,
    /// Its measured noise, which [`Noise::Auto`](super::Noise::Auto) removes.
    pub noise: NoiseEstimate,
    /// The user's choices.
    pub recipe: Recipe,
    /// What its marks are made of, beside the recipe.
    pub marks: MarkSources,
    /// The networks to use, as decided for [`Recipe::model`].
    pub model: Model,
    /// Where its strength applies.
    pub mask: Mask,
    /// Device to run on.
    pub device: DeviceChoice,
    /// Size of the tiles.
    pub tile: TileChoice,
    /// Memory limit.
    pub memory: MemoryLimit,
    /// Whether its tiles are shown. If not, no tile updates are sent, and the rows may be streamed from the top.
    pub watched: bool,
}

impl Order {
    /// An order with automatic device, tiles and memory limit, whose tiles are not shown.
    pub fn new(photo: Arc<Photo>, noise: NoiseEstimate, recipe: Recipe) -> Self {
        let (device, tile, memory) = (DeviceChoice::Auto, TileChoice::Auto, MemoryLimit::default());
        let (marks, mask) = (MarkSources::default(), Mask::default());
        let model = recipe.model.given().unwrap_or_default();
        Self { photo, noise, recipe, model, marks, mask, device, tile, memory, watched: false }
    }

    /// The same at full strength everywhere: any other result can be blended from it.
    pub fn at_full_strength(&self) -> Self {
        Self { recipe: self.recipe.at_full_strength(), mask: Mask::default(), ..self.clone() }
    }

    /// Weights of the restored picture in the result.
    pub fn weights(&self) -> WeightMap {
        WeightMap::new(self.recipe.strength, &self.mask)
    }

    /// The result without its pixels.
    pub fn head(&self) -> Head {
        RestorePlan::new(self).head(self)
    }
}

/// Summary of a finished restoration.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// The marks that were filled; none if nothing was to be repaired.
    pub repaired: Option<MarkSummary>,
    /// The JPEG quality whose artefacts were removed, 1–100; none if none were.
    pub quality: Option<u8>,
    /// The σ removed (root mean square over the whole photo), on the 0–255 scale; 0 if none was.
    pub sigma: f32,
    /// Whether [`Noise::Auto`](super::Noise::Auto) found the photo clean and removed nothing.
    pub clean: bool,
    /// The networks that were used; none if none of them has a fast and a best variant.
    pub model: Option<Model>,
    /// The last device used; none if no network was needed.
    pub device: Option<DeviceInfo>,
    /// Time from start to finish.
    pub duration: Duration,
}

/// Why a restoration has no result.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// The follower cancelled it, or the receiver of its rows has ended.
    #[error("it was cancelled")]
    Cancelled,
    /// Even the CPU failed.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// A mark is too wide to be filled.
    #[error(
        "the mark around column {x}, row {y} is too wide to be filled: more than {REACH} px from its edge, or \
         {REACH_AT_BORDER} at the border of the photo; mark less there"
    )]
    TooWide {
        /// A column within it, in px of the photo.
        x: usize,
        /// A row within it, in px of the photo.
        y: usize,
    },
    /// Everything is marked.
    #[error("all of the photo is marked, so that there is nothing to fill it from; mark only what is damaged")]
    AllMarked,
    /// Finding damage needs more memory than the limit.
    #[error(
        "finding scratches in {width} × {height} px needs about {need} more memory, and {have} may be used; allow more \
         with --memory, close other programs, or mark them in light grey in a mask",
        width = photo.width, height = photo.height, need = memory::format_bytes(*need), have = memory::format_left(*have),
    )]
    TooLargeToSearch {
        /// Size of the photo, in px.
        photo: Size,
        /// Memory needed, in bytes.
        need: u64,
        /// Memory that may be used, in bytes.
        have: u64,
    },
    /// The result needs more memory than the limit.
    #[error(
        "the result would be {width} × {height} px, which needs about {need} more memory, and {have} may be \
         used; choose a smaller scale{elsewhere}, allow more with --memory, or close other programs",
        width = size.width, height = size.height, need = memory::format_bytes(*need), have = memory::format_left(*have),
        elsewhere = if *whole { ", write PNG, JPEG, TIFF, JPEG XL or AVIF from the command line (they are written row by row)" } else { "" }
    )]
    TooLarge {
        /// Size of the result, in px.
        size: Size,
        /// Memory needed, in bytes.
        need: u64,
        /// Memory that may be used, in bytes.
        have: u64,
        /// Whether the result would be in memory as a whole.
        whole: bool,
    },
}

/// How much of a result is in memory at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Buffering {
    /// All of it, as the result itself.
    Whole,
    /// A few bands: the file is written row by row.
    Bands,
    /// The same, by an encoder with this further memory, in bytes.
    BandsAndEncoder(u64),
    /// All of it, in the encoder: the bands are collected, and the file is encoded at the end.
    Collected,
}

impl Buffering {
    /// Whether the result is never in memory as a whole.
    pub fn is_streamed(self) -> bool {
        matches!(self, Buffering::Bands | Buffering::BandsAndEncoder(_))
    }
}

/// Restores one photo into memory.
///
/// # Errors
/// When it is cancelled, the result does not fit in memory, or no device works.
pub fn restore(
    order: &Order,
    open: &mut RestorerFactory,
    follower: &mut dyn Follower,
) -> Result<(Photo, Outcome), RestoreError> {
    let mut partial = None;
    let (throughput, repaired) = (&mut Throughput::default(), &mut None);
    let outcome = restore_blocks(order, &mut partial, Scope::Whole, open, throughput, repaired, follower)?;
    match partial.map(PartialResult::complete) {
        Some(Ok(photo)) => Ok((photo, outcome)),
        _ => Err(RestoreError::Cancelled),
    }
}

/// Restores only the part `rect` of a result, which must lie inside it. Equals that part of the output of
/// [`restore_rows`]. `repaired`: the photo of an earlier order, which is reused if it fits, and then this one's.
///
/// # Errors
/// When it is cancelled, it would need more memory than allowed, or no device works.
pub fn restore_part(
    order: &Order,
    rect: Rect,
    open: &mut RestorerFactory,
    repaired: &mut Option<RepairedPhoto>,
    follower: &mut dyn Follower,
) -> Result<Raster, RestoreError> {
    let mut pipeline = Pipeline::begin(order, Runner::new(order, open, follower))?;
    pipeline.check_memory(rect)?;
    pipeline.repair(repaired, &[rect])?;
    pipeline.set_remaining(&[rect]);
    let mut pixels = pipeline.canvas(rect);
    pipeline.restore(rect, &mut pixels, (rect.x, rect.y))?;
    Ok(pixels)
}

/// Restores one photo band by band, from the top. `write` receives each band and returns whether to continue. `repaired`:
/// as in [`restore_part`].
///
/// # Errors
/// When it is cancelled or `write` returns false, it would need more memory than allowed, or no device works.
pub fn restore_rows(
    order: &Order,
    buffering: Buffering,
    open: &mut RestorerFactory,
    repaired: &mut Option<RepairedPhoto>,
    follower: &mut dyn Follower,
    write: &mut (dyn FnMut(Raster) -> bool + Send),
) -> Result<Outcome, RestoreError> {
    let mut pipeline = Pipeline::begin(order, Runner::new(order, open, follower))?;
    let bands = match pipeline.schedule(buffering)? {
        (Schedule::Streaming, _) => {
            pipeline.repair(repaired, &[pipeline.plan.size.rect()])?;
            pipeline.stream(write)?;
            return Ok(pipeline.end());
        }
        (Schedule::Parts(bands), _) => bands,
    };
    pipeline.repair(repaired, &bands)?;
    pipeline.set_remaining(&bands);
    for band in bands {
        let mut pixels = pipeline.canvas(band);
        pipeline.restore(band, &mut pixels, (0, band.y))?;
        if !write(pixels) {
            return Err(RestoreError::Cancelled);
        }
    }
    Ok(pipeline.end())
}

/// Finds the marks of an order's photo, and before that, if they are unknown, its damage, or which marks of a mask are damage.
///
/// # Errors
/// When it is cancelled, it would need more memory than allowed, or no device works.
pub fn mark(
    order: &Order,
    open: &mut RestorerFactory,
    follower: &mut dyn Follower,
) -> Result<(Marks, Option<Arc<DamageMap>>), RestoreError> {
    let repair = order.recipe.repair;
    let (photo, colours) = (order.photo.size(), PhotoColours::new(&order.photo.pixels));
    let mut runner = Runner::new(order, open, follower);
    if let Some(detection) = order.marks.detection(repair) {
        let need = need_of_detection(&mut runner, photo, colours.channels(), detection)?;
        order.memory.check(need).map_err(|have| RestoreError::TooLargeToSearch { photo, need, have })?;
        runner.set_remaining(detection_passes(photo, detection).collect());
    }
    let sources = order.marks.clone().completed(repair, &colours, &mut runner)?;
    Ok((sources.marks(repair, photo), sources.found))
}
