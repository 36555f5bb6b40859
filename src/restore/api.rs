//! One photo through the networks: deblock, denoise, enlarge, part by part, with progress, cancel and
//! fallback; into memory, or row by row to whoever writes them.

use std::time::Duration;

use super::{
    Noise, NoiseEstimate, Recipe, Stage,
    pipeline::{Pipeline, Schedule},
    plan::RestorePlan,
    runner::{Runner, focus_in},
    tiles,
};
use crate::{
    engine::{DeviceChoice, DeviceInfo, EngineError, RestorerFactory, TileChoice},
    imaging::{Head, MemoryLimit, Photo, memory},
    pixels::{Planes, Raster, Rect, Size},
};

/// What a job says while it runs.
#[derive(Debug)]
pub enum Update {
    /// The device it runs on from now on, and why.
    Device { device: DeviceInfo, reason: String },
    /// The device failed, and what is done about it: a sentence for people.
    Fallback(String),
    /// `done` of `total` steps of the whole job.
    Progress { stage: Stage, done: usize, total: usize },
    /// A part: `pixels` belong at `rect` of a picture of size `frame`. `finished` when no network comes after.
    Tile { frame: Size, rect: Rect, pixels: Planes, finished: bool },
}

/// Who follows a job: hears of it, and may steer and stop it.
pub trait Follower: Send {
    /// Hears of it.
    fn update(&mut self, update: Update);
    /// What is on screen, in px of the result. Asked before every tile.
    fn focus(&mut self) -> Option<Rect>;
    /// Whether to stop. Asked before every tile, and on the CPU many times in it.
    fn checkpoint(&self) -> bool;
}

/// Nobody follows, and nobody stops it.
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

/// A restoration to be done.
#[derive(Debug, Clone)]
pub struct Order<'a> {
    /// The photo as it came.
    pub photo: &'a Photo,
    /// Its noise as measured: what [`Noise::Auto`] removes.
    pub noise: NoiseEstimate,
    /// What to do.
    pub recipe: Recipe,
    /// Where.
    pub device: DeviceChoice,
    /// In tiles of which size.
    pub tile: TileChoice,
    /// With how much memory.
    pub memory: MemoryLimit,
    /// Whether somebody looks at its tiles: else none are told of, and they may go from the top to the bottom.
    pub watched: bool,
}

impl Order<'_> {
    /// All of the result but its pixels.
    pub fn head(&self) -> Head {
        RestorePlan::of(self).head(self)
    }
}

/// How a restoration went.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// The JPEG quality whose marks were taken out; none when none were.
    pub quality: Option<u8>,
    /// The σ removed (over the whole photo, as a root mean square), on the 0–255 scale; 0 when nothing was.
    pub sigma: f32,
    /// Whether [`Noise::Auto`] found the photo clean and left it alone.
    pub clean: bool,
    /// The device it ended on; none when the network was not needed.
    pub device: Option<DeviceInfo>,
    /// Time from the order to the result.
    pub duration: Duration,
}

impl Outcome {
    /// What was asked for, with what was found in place of `auto`: of the noise, whether there was any.
    pub fn recipe(&self, asked: Recipe) -> Recipe {
        let noise = if self.clean { Noise::NONE } else { asked.noise };
        Recipe { compression: self.quality.into(), noise, ..asked }
    }
}

/// Why there is no result.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// Somebody asked it to stop, or nobody takes the result any more.
    #[error("it was cancelled")]
    Cancelled,
    /// Even the CPU failed.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The result needs more memory than there is.
    #[error(
        "the result would be {width} × {height} px, which needs about {need} of memory more, and {have} may be \
         used; choose a smaller scale{elsewhere}, allow more with --memory, or close other programs",
        width = size.width, height = size.height, need = memory::words(*need), have = memory::left_in_words(*have),
        elsewhere = if *whole { ", write PNG, JPEG or TIFF from the command line (they go to the disk row by row)" } else { "" }
    )]
    TooLarge { size: Size, need: u64, have: u64, whole: bool },
}

/// Where a result goes, and how much of it is in memory at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Buffering {
    /// All of it.
    Whole,
    /// Row by row, into a file that is written so.
    Bands,
    /// Row by row, to somebody who collects them and makes the file of all.
    Collected,
}

/// Restores one photo into memory.
///
/// # Errors
/// When it is cancelled, when the result would not fit in memory, or when no device can do it.
pub fn restore(
    order: &Order,
    open: &mut RestorerFactory,
    follower: &mut dyn Follower,
) -> Result<(Photo, Outcome), RestoreError> {
    let mut work = Pipeline::begin(order, Runner::new(order, open, follower))?;
    let (mut bands, _) = work.bands(Buffering::Whole)?;
    let mut pixels = work.canvas(work.plan.size.rect());
    while let Some(next) = {
        let focus = focus_in(order, work.runner.follower, work.plan.size);
        tiles::next(bands.iter().copied(), work.plan.size, focus)
    } {
        let band = bands.swap_remove(next);
        // The order is only known now, so what was announced is announced anew.
        work.announce(std::iter::once(band).chain(bands.iter().copied()));
        work.restore(band, &mut pixels, (0, 0))?;
    }
    let head = work.plan.head(order);
    let photo = Photo { pixels, format: order.photo.format, metadata: head.metadata };
    Ok((photo, work.end()))
}

/// Restores the part `rect` of a result alone, which must lie inside it: that part of what
/// [`restore_rows`] gives. No more is computed than it takes.
///
/// # Errors
/// When it is cancelled, or when no device can do it.
pub fn restore_part(
    order: &Order,
    rect: Rect,
    open: &mut RestorerFactory,
    follower: &mut dyn Follower,
) -> Result<Raster, RestoreError> {
    let mut work = Pipeline::begin(order, Runner::new(order, open, follower))?;
    work.announce(std::iter::once(rect));
    let mut pixels = work.canvas(rect);
    work.restore(rect, &mut pixels, (rect.x, rect.y))?;
    Ok(pixels)
}

/// Restores one photo row by row, from the top: `give` gets band after band, and says whether more
/// are wanted.
///
/// # Errors
/// When it is cancelled or no more rows are wanted, when it would take more memory than it may, or when
/// no device can do it.
pub fn restore_rows(
    order: &Order,
    hold: Buffering,
    open: &mut RestorerFactory,
    follower: &mut dyn Follower,
    give: &mut (dyn FnMut(Raster) -> bool + Send),
) -> Result<Outcome, RestoreError> {
    let mut work = Pipeline::begin(order, Runner::new(order, open, follower))?;
    let bands = match work.schedule(hold)? {
        (Schedule::Streaming, _) => {
            work.stream(give)?;
            return Ok(work.end());
        }
        (Schedule::Bands(bands), _) => bands,
    };
    work.announce(bands.iter().copied());
    for band in bands {
        let mut pixels = work.canvas(band);
        work.restore(band, &mut pixels, (0, band.y))?;
        if !give(pixels) {
            return Err(RestoreError::Cancelled);
        }
    }
    Ok(work.end())
}
