//! One photo through the networks: denoise, then enlarge, part by part, with progress, cancel and
//! fallback; into memory, or row by row to whoever writes them.

use std::time::{Duration, Instant};

use super::{
    Recipe, Stage,
    parts::{Alpha, Colours, Enlarged, Held, Picture},
    plan::{AlphaWay, Plan},
    runner::{Pass, Runner, focus_in},
    tiles,
};
use crate::{
    engine::{DeviceChoice, DeviceInfo, EngineError, Footprint, OpenRestorer, Task, TileChoice},
    imaging::{Allowance, Head, Photo, memory},
    pixels::{Planes, Raster, Rect, Size},
};

/// So many rows of tiles of the last network are one band, when a network before it has to look beyond
/// the band's border: what it computes there is computed twice.
const ROWS_OF_TILES: usize = 2;
/// Bands that are in memory at once: one in the making, one waiting, one being written.
const BANDS: u64 = 3;
/// Planes of a tile's size in memory beside the network's own.
const TILE_PLANES: u64 = 24;

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
    /// σ estimated from it, on the 0–255 scale: what [`super::Noise::Auto`] uses.
    pub estimated_sigma: f32,
    /// What to do.
    pub recipe: Recipe,
    /// Where.
    pub device: DeviceChoice,
    /// In tiles of which size.
    pub tile: TileChoice,
    /// With how much memory.
    pub memory: Allowance,
}

impl Order<'_> {
    /// All of the result but its pixels.
    pub fn head(&self) -> Head {
        Plan::of(self).head(self)
    }
}

/// How a restoration went.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// The σ taken out, on the 0–255 scale; 0 when nothing was.
    pub sigma: f32,
    /// Whether [`super::Noise::Auto`] found the photo clean and left its noise alone.
    pub clean: bool,
    /// The device it ended on; none when the network was not needed.
    pub device: Option<DeviceInfo>,
    /// Time from the order to the result.
    pub duration: Duration,
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
        width = size.width, height = size.height, need = memory::words(*need), have = memory::words(*have),
        elsewhere = if *whole { ", write PNG, JPEG or TIFF from the command line (they go to the disk row by row)" } else { "" }
    )]
    TooLarge { size: Size, need: u64, have: u64, whole: bool },
}

/// Where a result goes, and how much of it is in memory at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hold {
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
    open: &mut OpenRestorer,
    follower: &mut dyn Follower,
) -> Result<(Photo, Outcome), RestoreError> {
    let mut work = Work::begin(order, Runner::new(order, open, follower))?;
    let mut bands = work.bands(Hold::Whole)?;
    let mut pixels = work.canvas(work.plan.size.rect());
    while let Some(next) = {
        let focus = focus_in(order, work.runner.follower, work.plan.size);
        tiles::next(bands.iter().copied(), work.plan.size, focus)
    } {
        let band = bands.swap_remove(next);
        // The order is only known now, so what was announced is announced anew.
        work.announce(std::iter::once(band).chain(bands.iter().copied()));
        work.restore(band, &mut pixels, 0)?;
    }
    let head = work.plan.head(order);
    let photo = Photo { pixels, format: order.photo.format, metadata: head.metadata };
    Ok((photo, work.end()))
}

/// Restores one photo row by row, from the top: `give` gets band after band, and says whether more
/// are wanted.
///
/// # Errors
/// When it is cancelled or no more rows are wanted, when it would take more memory than it may, or when
/// no device can do it.
pub fn restore_rows(
    order: &Order,
    hold: Hold,
    open: &mut OpenRestorer,
    follower: &mut dyn Follower,
    give: &mut dyn FnMut(Raster) -> bool,
) -> Result<Outcome, RestoreError> {
    let mut work = Work::begin(order, Runner::new(order, open, follower))?;
    let bands = work.bands(hold)?;
    work.announce(bands.iter().copied());
    for band in bands {
        let mut pixels = work.canvas(band);
        work.restore(band, &mut pixels, band.y)?;
        if !give(pixels) {
            return Err(RestoreError::Cancelled);
        }
    }
    Ok(work.end())
}

/// An order under way.
struct Work<'a> {
    order: &'a Order<'a>,
    plan: Plan,
    colours: Colours<'a>,
    runner: Runner<'a>,
    /// Of the network that enlarges.
    footprint: Option<Footprint>,
    begun: Instant,
}

impl<'a> Work<'a> {
    fn begin(order: &'a Order<'a>, mut runner: Runner<'a>) -> Result<Self, RestoreError> {
        let begun = Instant::now();
        let plan = Plan::of(order);
        let mut footprint = None;
        for task in plan.tasks() {
            let network = runner.network(task)?;
            if task == Task::Enlarge {
                footprint = Some(network.footprint());
            }
        }
        Ok(Self { order, plan, colours: Colours::of(&order.photo.pixels), runner, footprint, begun })
    }

    /// The parts of the result, from the top: such as fit into the memory.
    fn bands(&mut self, hold: Hold) -> Result<Vec<Rect>, RestoreError> {
        let whole = self.plan.size.rect();
        if hold == Hold::Whole {
            let need = self.need(whole, hold)?;
            if self.fits(need, true).is_ok() {
                return Ok(vec![whole]);
            }
        }
        let mut height = whole.height;
        if let Some(last) = self.plan.tasks().next() {
            let network = self.runner.network(last)?;
            let rows = if self.plan.denoises() && self.plan.enlarges() { ROWS_OF_TILES } else { 1 };
            height = rows * tiles::kept_side(network.tile_side(), network.footprint());
        }
        let band = |y: usize| Rect::new(0, y, whole.width, height.min(whole.height - y));
        let bands: Vec<_> = (0..whole.height).step_by(height.max(1)).map(band).collect();
        let largest = bands.first().copied().unwrap_or(whole);
        let need = self.need(largest, hold)?;
        self.fits(need, hold != Hold::Bands)?;
        Ok(bands)
    }

    fn fits(&self, need: u64, whole: bool) -> Result<(), RestoreError> {
        let size = self.plan.size;
        self.order.memory.check(need).map_err(|have| RestoreError::TooLarge { size, need, have, whole })
    }

    /// Bytes that are taken beside the photo, when it is done in parts like `band`.
    fn need(&mut self, band: Rect, hold: Hold) -> Result<u64, RestoreError> {
        let head = self.plan.head(self.order);
        let pixel = (head.channels * head.depth.bytes()) as u64;
        let bytes = |size: Size, each: u64| (size.area() as u64).saturating_mul(each);
        let mut need = match hold {
            Hold::Whole => bytes(self.plan.size, pixel),
            Hold::Bands => BANDS * bytes(band.size(), pixel),
            // What was collected, and the file made of it.
            Hold::Collected => BANDS * bytes(band.size(), pixel) + 2 * bytes(self.plan.size, pixel),
        };
        if self.plan.denoises() && self.plan.enlarges() {
            let clean = self.plan.clean_part(band, self.footprint);
            need += bytes(clean.size(), (self.colours.channels() * size_of::<f32>()) as u64);
        }
        for task in self.plan.tasks() {
            let network = self.runner.network(task)?;
            let side = network.tile_side();
            let tile = Size::new(side.min(self.plan.size.width), side.min(self.plan.size.height));
            need += network.memory(tile) + bytes(tile, TILE_PLANES * size_of::<f32>() as u64);
        }
        Ok(need)
    }

    fn announce(&mut self, bands: impl Iterator<Item = Rect>) {
        let passes = bands.flat_map(|band| self.plan.passes(self.order, band, self.footprint));
        let passes: Vec<_> = passes.collect();
        self.runner.expect(passes);
    }

    /// What the part `rect` of the result is before anything is restored.
    fn canvas(&self, rect: Rect) -> Raster {
        let photo = &self.order.photo.pixels;
        match self.plan.enlarges() {
            true => Raster::blank(photo.channels(), rect.size(), photo.depth()),
            false if rect == photo.size().rect() => photo.clone(),
            false => photo.rows(rect.y, rect.bottom()),
        }
    }

    /// Restores the part `band` of the result into `pixels`, whose first row is row `top` of it.
    fn restore(&mut self, band: Rect, pixels: &mut Raster, top: usize) -> Result<(), RestoreError> {
        let Self { order, plan, colours, runner, footprint, .. } = self;
        let clean = match (plan.denoises(), &plan.enlarging) {
            (false, _) => None,
            (true, None) => {
                denoise(plan, colours, runner, band, &mut |rect, part, follower| {
                    let mut blended = blend(plan.strength, part, || colours.part(rect));
                    colours.put_back_unseen(&mut blended, rect);
                    put(follower, pixels, blended, rect, (plan.size, top));
                })?;
                None
            }
            (true, Some(_)) => {
                let wanted = plan.clean_part(band, *footprint);
                let mut clean = Held::blank(colours.channels(), wanted, colours.size());
                denoise(plan, colours, runner, wanted, &mut |rect, part, follower| {
                    // The network that enlarges is to see a clean picture: strength comes after it.
                    clean.put(&part, rect);
                    let blended = blend(plan.strength, part, || colours.part(rect));
                    follower.update(Update::Tile { frame: colours.size(), rect, pixels: blended });
                })?;
                Some(clean)
            }
        };
        let Some(resizing) = &plan.enlarging else { return Ok(()) };
        let level = order.recipe.scale.factor() as f32 / 4.0;
        let source: &dyn Picture = clean.as_ref().map_or(colours, |clean| clean);
        let input = Enlarged::new(source, plan.size, resizing);
        let before = Enlarged::new(colours, plan.size, resizing);
        runner.run(
            &Pass { task: Task::Enlarge, input: &input, level, wanted: band },
            &mut |rect, part, follower| {
                let blended = blend(plan.strength, part, || before.part(rect));
                put(follower, pixels, blended, rect, (plan.size, top));
            },
        )?;
        let last = pixels.channels() - 1;
        match plan.alpha {
            AlphaWay::Untouched => {}
            AlphaWay::Everywhere(alpha) => {
                pixels.put(last, &Planes::filled(1, band.size(), alpha), band.x, band.y - top);
            }
            AlphaWay::Restored => {
                let alpha = Alpha(&order.photo.pixels);
                let input = Enlarged::new(&alpha, plan.size, resizing);
                let pass = Pass { task: Task::Enlarge, input: &input, level, wanted: band };
                runner.run(&pass, &mut |rect, part, _| {
                    let blended = blend(plan.strength, part, || input.part(rect));
                    pixels.put(last, &blended, rect.x, rect.y - top);
                })?;
            }
        }
        Ok(())
    }

    fn end(self) -> Outcome {
        let Plan { sigma, clean, .. } = self.plan;
        Outcome { sigma, clean, device: self.runner.into_device(), duration: self.begun.elapsed() }
    }
}

/// Takes the noise out of the part `wanted` of a photo; `take` gets it part by part.
fn denoise(
    plan: &Plan,
    colours: &Colours,
    runner: &mut Runner,
    wanted: Rect,
    take: &mut dyn FnMut(Rect, Planes, &mut dyn Follower),
) -> Result<(), RestoreError> {
    let pass = Pass { task: Task::Denoise, input: colours, level: plan.sigma / 255.0, wanted };
    runner.run(&pass, take)
}

/// A restored part into the result, as it will be in the file; and that is what is shown of it.
fn put(follower: &mut dyn Follower, pixels: &mut Raster, part: Planes, rect: Rect, (frame, top): (Size, usize)) {
    let place = rect.seen_from(0, top);
    pixels.put(0, &part, place.x, place.y);
    follower.update(Update::Tile { frame, rect, pixels: pixels.colours_in(place) });
}

/// `strength` of the restored part, and the rest of what was there before.
fn blend(strength: f32, mut restored: Planes, before: impl FnOnce() -> Planes) -> Planes {
    if strength < 1.0 {
        for (value, before) in restored.data_mut().iter_mut().zip(before().data()) {
            *value = before + strength * (*value - before);
        }
    }
    restored
}
