//! Execution of a restoration: memory check, schedule of bands, and the steps that compute one part of the result.

mod memory;

use std::{cell::OnceCell, time::Instant};

use self::memory::planes_of;
pub use memory::need_of_detection;

use super::{
    Buffering, Follower, Order, Outcome, RestoreError, Update, WeightMap,
    blended::{BeforeImage, blend_in_place},
    coverage::{Coverage, Scope},
    image_source::{BufferedPart, Enlarged, ImageSource, PhotoAlpha, PhotoColours},
    plan::{AlphaPlan, RestorePlan, Step},
    repair::{Detection, Filling, FillingNeed, Grain, RepairedColours, RepairedPhoto, detection_passes},
    runner::{NetworkPass, PlannedPass, Runner},
    tiles,
};
use crate::{
    engine::{Footprint, Task, TileChoice},
    pixels::{Planes, Raster, Rect, Size},
};

/// Rows of tiles of the last network per band if there are earlier networks: what those compute for the halo around a
/// band is computed twice.
const ROWS_OF_TILES: usize = 2;
/// Smallest height of the bands that are passed on when streaming, in px.
const STREAMED_ROWS: usize = 64;
/// Rows of a band if no network runs over all of the photo, in px.
const ROWS_WITHOUT_NETWORK: usize = 512;
/// Px that the network which fills marks computes, by those of the photo, while the marks are not known.
const USUAL_FILLING: f64 = 0.25;

/// How a result is computed row by row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Schedule {
    /// One network streams the whole picture, without tiles.
    Streaming,
    /// In these parts, each tiled on its own.
    Parts(Vec<Rect>),
}

/// A restoration in progress.
pub struct Pipeline<'a> {
    order: &'a Order,
    /// Its plan.
    pub plan: RestorePlan,
    colours: PhotoColours<'a>,
    /// The photo with filled marks, and their grain, if any; set by [`Self::repair`].
    repaired: Option<&'a mut RepairedPhoto>,
    grain: Option<Grain>,
    /// Runs its networks.
    pub runner: Runner<'a>,
    /// Footprints of the networks of the plan's steps.
    pub footprints: Vec<Footprint>,
    /// What filling the marks takes, once known.
    filling_need: OnceCell<FillingNeed>,
    start: Instant,
}

impl<'a> Pipeline<'a> {
    /// Plans the restoration and loads its networks.
    ///
    /// # Errors
    /// When it is cancelled, or no device can be opened.
    pub fn begin(order: &'a Order, mut runner: Runner<'a>) -> Result<Self, RestoreError> {
        let start = Instant::now();
        let plan = RestorePlan::new(order);
        // The first network is loaded last, so that the last device reported is the one that runs first.
        let footprints = plan.steps.iter().rev().map(|step| Ok(runner.network(step.task)?.footprint()));
        let mut footprints = footprints.collect::<Result<Vec<_>, RestoreError>>()?;
        footprints.reverse();
        let colours = PhotoColours::new(&order.photo.pixels);
        Ok(Self {
            order,
            plan,
            colours,
            repaired: None,
            grain: None,
            runner,
            footprints,
            filling_need: OnceCell::new(),
            start,
        })
    }

    /// Prepares the photo to be repaired, if it is to be; without this, the other steps run on the photo as it is.
    /// `kept`: that of an earlier order, and then of this one; `bands`: the parts of the result that follow.
    ///
    /// # Errors
    /// When it is cancelled, no device works, or what is marked can't be filled.
    pub fn repair(&mut self, kept: &'a mut Option<RepairedPhoto>, bands: &[Rect]) -> Result<(), RestoreError> {
        let Self { order, plan, colours, runner, footprints, .. } = self;
        if !plan.repairs {
            return Ok(());
        }
        let planned = |filling: Option<&Filling>| passes(plan, footprints, filling, bands);
        let repaired = RepairedPhoto::prepare(kept, order, colours, runner, &planned)?;
        // Also if noise is removed afterwards: then as much of it stays as elsewhere.
        self.grain = repaired.grain(&order.photo, &order.noise);
        self.repaired = Some(repaired);
        Ok(())
    }

    /// Whether it can be streamed: a single network that supports it, no view that needs visible tiles first, and
    /// nothing that requires tiles.
    fn can_stream(&mut self) -> Result<bool, RestoreError> {
        let &Order { watched, tile, recipe, .. } = self.order;
        let [Step { task, .. }] = self.plan.steps[..] else { return Ok(false) };
        let needs_tiles = tile != TileChoice::Auto || recipe.best || self.colours.has_transparent();
        if watched || needs_tiles || self.plan.alpha == AlphaPlan::Restored || self.plan.reducing.is_some() {
            return Ok(false);
        }
        Ok(self.runner.network(task)?.streaming().is_some())
    }

    /// The schedule, and the memory it needs in addition to the photo, in bytes.
    ///
    /// # Errors
    /// When there is no device, or too little memory.
    pub fn schedule(&mut self, buffering: Buffering) -> Result<(Schedule, u64), RestoreError> {
        if !self.can_stream()? {
            return self.parts(buffering).map(|(parts, need)| (Schedule::Parts(parts), need));
        }
        let Size { width, height } = self.plan.size;
        let rows = Size::new(width, STREAMED_ROWS.min(height));
        let mut need = self.need_of_rows(rows, buffering);
        for step in self.plan.steps.clone() {
            need += self.runner.network(step.task)?.memory(rows) + planes_of(rows);
        }
        need += self.need_of_repair()?;
        self.fits(need, !buffering.is_streamed())?;
        Ok((Schedule::Streaming, need))
    }

    /// The parts of the result in their order, and the memory they need in addition to the photo, in bytes. Blocks if the
    /// result is kept whole, else bands from the top.
    ///
    /// # Errors
    /// When there is no device, or too little memory.
    pub fn parts(&mut self, buffering: Buffering) -> Result<(Vec<Rect>, u64), RestoreError> {
        let whole = self.plan.size.rect();
        if buffering == Buffering::Whole {
            let blocks = Coverage::new(whole.size()).missing(None, Scope::Whole);
            let largest = blocks.iter().copied().max_by_key(|block| block.size().area()).unwrap_or(whole);
            let need = self.need(largest, buffering)?;
            self.fits(need, true)?;
            return Ok((blocks, need));
        }
        let mut height = match self.plan.repairs {
            true => ROWS_WITHOUT_NETWORK,
            false if self.plan.enlarges() => STREAMED_ROWS,
            false => whole.height,
        };
        if let Some(last) = self.plan.steps.last() {
            let network = self.runner.network(last.task)?;
            let rows = if self.plan.steps.len() > 1 { ROWS_OF_TILES } else { 1 };
            height = rows * tiles::kept_side(network.tile_side(), network.footprint());
            if self.plan.reducing.is_some() {
                height = (height * whole.height / self.plan.enlarged.height).max(1);
            }
        }
        let band = |y: usize| Rect::new(0, y, whole.width, height.min(whole.height - y));
        let bands: Vec<_> = (0..whole.height).step_by(height.max(1)).map(band).collect();
        let largest = bands.first().copied().unwrap_or(whole);
        let need = self.need(largest, buffering)?;
        self.fits(need, !buffering.is_streamed())?;
        Ok((bands, need))
    }

    /// How closely the photo has to be searched for damage first, if at all.
    fn detection(&self) -> Option<Detection> {
        self.order.marks.detection(self.order.recipe.repair).filter(|_| self.plan.repairs)
    }

    /// The px that networks process to find and fill the marks, halos included: each task, and its number of px.
    pub fn repair_work(&self) -> Vec<(Task, f64)> {
        if !self.plan.repairs {
            return Vec::new();
        }
        let usual = self.plan.photo.area() as f64 * USUAL_FILLING;
        let filling = (Task::Repair, self.filling_need().map_or(usual, |need| need.computed as f64));
        let searched = self.detection().map(|detection| {
            let px: usize = detection_passes(self.plan.photo, detection).map(|pass| pass.wanted.size().area()).sum();
            (Task::Detect, px as f64)
        });
        searched.into_iter().chain([filling]).collect()
    }

    /// What filling the marks takes, of a mask at most; none if they are not known yet.
    fn filling_need(&self) -> Option<FillingNeed> {
        let order = self.order;
        let need = || Filling::need(&order.marks.marks(order.recipe.repair, self.plan.photo));
        (self.detection() != Some(Detection::FullSize)).then(|| *self.filling_need.get_or_init(need))
    }

    /// Sets the remaining bands, in order, for the progress.
    pub fn set_remaining(&mut self, bands: &[Rect]) {
        let filling = self.repaired.as_ref().and_then(|repaired| repaired.filling());
        self.runner.set_remaining(passes(&self.plan, &self.footprints, filling, bands));
    }

    /// Pixels to restore the part `rect` of the result into: the photo's, or blank if it is enlarged.
    pub fn canvas(&self, rect: Rect) -> Raster {
        canvas(self.order, &self.plan, rect)
    }

    /// Restores the part `band` of the result into `pixels`, whose top left corner lies at `origin` of the result. The
    /// follower receives the tiles at full strength; the strength is applied at the end.
    ///
    /// # Errors
    /// When it is cancelled, or no device works.
    pub fn restore(&mut self, band: Rect, pixels: &mut Raster, origin: (usize, usize)) -> Result<(), RestoreError> {
        self.restore_fully(band, pixels, origin)?;
        self.restore_alpha(band, pixels, origin)?;
        apply_strength(self.order, &self.plan, band, pixels, origin);
        Ok(())
    }

    /// Restores the whole result as a stream of bands ([`Schedule::Streaming`]). `write` receives each band and returns
    /// whether to continue.
    ///
    /// # Errors
    /// When it is cancelled or `write` returns false, or the device fails.
    pub fn stream(&mut self, write: &mut (dyn FnMut(Raster) -> bool + Send)) -> Result<(), RestoreError> {
        self.fill(self.plan.photo.rect())?;
        let Self { order, plan, colours, repaired, grain, runner, .. } = self;
        let [Step { task, level }] = &plan.steps[..] else { return Ok(()) };
        let photo = repaired_colours(colours, repaired, grain);
        let enlarged = plan.enlarging.as_ref().map(|resizing| Enlarged::new(&photo, plan.enlarged, resizing));
        let input: &dyn ImageSource = enlarged.as_ref().map_or(&photo, |enlarged| enlarged);
        let pass = NetworkPass { task: *task, input, level: level.clone(), wanted: plan.size.rect() };
        let mut waiting: Vec<(Rect, Planes)> = Vec::new();
        runner.stream(&pass, &mut |rect, part| {
            waiting.push((rect, part));
            let (top, bottom) = (waiting[0].0.y, rect.bottom());
            if bottom - top < STREAMED_ROWS && bottom < plan.size.height {
                return true;
            }
            let band = Rect::new(0, top, plan.size.width, bottom - top);
            let mut pixels = canvas(order, plan, band);
            waiting.drain(..).for_each(|(rect, part)| pixels.put(0, &part, 0, rect.y - top));
            if let AlphaPlan::Constant(alpha) = plan.alpha {
                pixels.put(pixels.channels() - 1, &Planes::filled(1, band.size(), alpha), 0, 0);
            }
            apply_strength(order, plan, band, &mut pixels, (0, top));
            write(pixels)
        })
    }

    /// Fills the marks in this part of the photo.
    fn fill(&mut self, rect: Rect) -> Result<(), RestoreError> {
        let Self { order, plan, colours, repaired, grain, runner, .. } = self;
        let Some(repaired) = repaired else { return Ok(()) };
        repaired.fill(rect, colours, runner, &mut |filling, rect, follower| {
            if order.watched && !plan.steps.is_empty() {
                let pixels = RepairedColours { colours, filling: Some(filling), grain: grain.as_ref() }.part(rect);
                follower.update(Update::Tile { frame: plan.photo, rect, pixels, finished: false });
            }
        })
    }

    fn restore_fully(&mut self, band: Rect, pixels: &mut Raster, origin: (usize, usize)) -> Result<(), RestoreError> {
        self.fill(self.plan.source_of(band, &self.footprints))?;
        let Self { order, plan, colours, repaired, grain, runner, footprints, .. } = self;
        let photo = repaired_colours(colours, repaired, grain);
        if plan.steps.is_empty() && repaired.is_some() {
            let mut part = photo.part(band);
            colours.reset_transparent(&mut part, band);
            let follower: &mut dyn Follower = runner.follower;
            write_part(order.watched.then_some(follower), pixels, part, band, (plan.size, origin));
            return Ok(());
        }
        let parts = plan.parts(band, footprints);
        // Output of the previous step.
        let mut previous: Option<BufferedPart> = None;
        for (number, (step, wanted)) in plan.steps.iter().zip(parts).enumerate() {
            let source: &dyn ImageSource = previous.as_ref().map_or(&photo, |part| part);
            let enlarged = plan.enlarging.as_ref().filter(|_| step.task == Task::Enlarge);
            let enlarged = enlarged.map(|resizing| Enlarged::new(source, plan.enlarged, resizing));
            let input = enlarged.as_ref().map_or(source, |enlarged| enlarged);
            let pass = NetworkPass { task: step.task, input, level: step.level.clone(), wanted };
            if number + 1 == plan.steps.len() && plan.reducing.is_none() {
                runner.run(&pass, &mut |rect, mut part, follower| {
                    if enlarged.is_none() {
                        colours.reset_transparent(&mut part, rect);
                    }
                    let follower = order.watched.then_some(follower);
                    write_part(follower, pixels, part, rect, (plan.size, origin));
                })?;
            } else {
                let frame = plan.picture(step.task);
                let mut output = BufferedPart::blank(colours.channels(), wanted, frame);
                let mut take = |rect: Rect, part: Planes, follower: &mut dyn Follower| {
                    output.put(&part, rect);
                    if order.watched {
                        follower.update(Update::Tile { frame, rect, pixels: part, finished: false });
                    }
                };
                match plan.next_reads_unchanged(number, order) {
                    true => runner.run_and_keep(&pass, &mut take)?,
                    false => runner.run(&pass, &mut take)?,
                }
                previous = Some(output);
            }
        }
        if let (Some(reducing), Some(enlarged)) = (&plan.reducing, &previous) {
            let reduced = enlarged.resized(reducing, band);
            let follower: &mut dyn Follower = runner.follower;
            let follower = order.watched.then_some(follower);
            write_part(follower, pixels, reduced, band, (plan.size, origin));
        }
        Ok(())
    }

    fn restore_alpha(&mut self, band: Rect, pixels: &mut Raster, origin: (usize, usize)) -> Result<(), RestoreError> {
        let Self { order, plan, runner, .. } = self;
        let last = pixels.channels() - 1;
        match (plan.alpha, &plan.enlarging, plan.steps.last()) {
            (AlphaPlan::Constant(alpha), ..) => {
                pixels.put(last, &Planes::filled(1, band.size(), alpha), band.x - origin.0, band.y - origin.1);
            }
            (AlphaPlan::Restored, Some(resizing), Some(Step { task, level })) => {
                let alpha = PhotoAlpha(&order.photo.pixels);
                let input = Enlarged::new(&alpha, plan.enlarged, resizing);
                let wanted = plan.reducing.as_ref().map_or(band, |reducing| reducing.source_of(band));
                let pass = NetworkPass { task: *task, input: &input, level: level.clone(), wanted };
                let mut output = BufferedPart::blank(1, wanted, plan.enlarged);
                runner.run(&pass, &mut |rect, part, _| output.put(&part, rect))?;
                let alpha = match &plan.reducing {
                    Some(reducing) => output.resized(reducing, band),
                    None => output.into_planes(),
                };
                pixels.put(last, &alpha, band.x - origin.0, band.y - origin.1);
            }
            _ => {}
        }
        Ok(())
    }

    /// Blends the part `band` of a result at full strength with these weights, as it is saved.
    pub fn blend(&self, weights: &WeightMap, band: Rect, pixels: &mut Raster, origin: (usize, usize)) {
        apply_weights(self.order, &self.plan, weights, band, pixels, origin);
    }

    /// The part `rect` of the result without a network: the photo, bicubically enlarged if needed.
    pub fn unrestored(&self, rect: Rect) -> Raster {
        let mut part = self.canvas(rect);
        if self.plan.enlarges() {
            let before = BeforeImage::new(&self.order.photo.pixels, self.plan.size);
            part.put(0, &before.colours(rect), 0, 0);
            if let Some(alpha) = before.alpha(rect) {
                part.put(part.channels() - 1, &alpha, 0, 0);
            }
        }
        part
    }

    /// Approximate receptive radius of all networks together, in px of the result.
    pub fn radius(&mut self) -> Result<usize, RestoreError> {
        let mut radius = 0;
        for step in &self.plan.steps {
            radius += self.runner.network(step.task)?.footprint().radius;
        }
        Ok(radius)
    }

    /// Ends the restoration, and returns its summary.
    pub fn end(self) -> Outcome {
        let RestorePlan { quality, sigma, clean, .. } = self.plan;
        let repaired = self.repaired.and_then(|repaired| repaired.marks().map(|marks| marks.summary()));
        let model = self.plan.has_fast().then_some(self.order.model);
        let (device, duration) = (self.runner.into_device(), self.start.elapsed());
        Outcome { repaired, quality, sigma, clean, model, device, duration }
    }
}

/// The passes needed for these parts of the result, in their order. Without a filling, those to fill marks are estimated.
fn passes(plan: &RestorePlan, footprints: &[Footprint], filling: Option<&Filling>, parts: &[Rect]) -> Vec<PlannedPass> {
    let mut filled = filling.map(|filling| (filling, filling.coverage().clone()));
    let mut passes = Vec::new();
    if filling.is_none() && plan.repairs {
        let Size { width, height } = plan.photo;
        let rows = (height as f64 * USUAL_FILLING).ceil() as usize;
        let (size, wanted) = (plan.photo.evened(), Rect::new(0, 0, width, rows.min(height)));
        passes.push(PlannedPass { task: Task::Repair, size, wanted });
    }
    for part in parts {
        if let Some((filling, coverage)) = &mut filled {
            passes.extend(filling.passes(plan.source_of(*part, footprints), coverage));
        }
        passes.extend(plan.passes(*part, footprints));
    }
    passes
}

fn repaired_colours<'a>(
    colours: &'a PhotoColours<'a>,
    repaired: &'a Option<&mut RepairedPhoto>,
    grain: &'a Option<Grain>,
) -> RepairedColours<'a> {
    let filling = repaired.as_ref().and_then(|repaired| repaired.filling());
    RepairedColours { colours, filling, grain: grain.as_ref() }
}

fn canvas(order: &Order, plan: &RestorePlan, rect: Rect) -> Raster {
    let photo = &order.photo.pixels;
    match plan.enlarges() {
        true => Raster::blank(photo.channels(), rect.size(), photo.depth()),
        false if rect == photo.size().rect() => photo.clone(),
        false => photo.crop(rect),
    }
}

/// Applies the strength of the recipe to the part `band` of the result at full strength.
fn apply_strength(order: &Order, plan: &RestorePlan, band: Rect, pixels: &mut Raster, origin: (usize, usize)) {
    apply_weights(order, plan, &order.weights(), band, pixels, origin);
}

fn apply_weights(
    order: &Order,
    plan: &RestorePlan,
    weights: &WeightMap,
    band: Rect,
    pixels: &mut Raster,
    origin: (usize, usize),
) {
    if !weights.is_all() && (plan.enlarges() || plan.repairs || !plan.steps.is_empty()) {
        blend_in_place(&order.photo.pixels, plan.size, (pixels, origin), band, weights);
    }
}

/// Writes a restored part into the result. The follower receives the rounded values, so that the view shows what is
/// saved.
fn write_part(
    follower: Option<&mut dyn Follower>,
    pixels: &mut Raster,
    part: Planes,
    rect: Rect,
    (frame, (x, y)): (Size, (usize, usize)),
) {
    let place = rect.relative_to(x, y);
    pixels.put(0, &part, place.x, place.y);
    if let Some(follower) = follower {
        follower.update(Update::Tile { frame, rect, pixels: pixels.colours_in(place), finished: true });
    }
}
