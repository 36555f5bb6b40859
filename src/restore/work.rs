//! An order under way: what it needs, and how one part of the result comes about.

use std::time::Instant;

use super::{
    Follower, Hold, Order, Outcome, RestoreError, Update,
    mixed::{Before, mix_in_place},
    parts::{Alpha, Colours, Enlarged, Held, Picture},
    plan::{AlphaWay, Plan},
    runner::{Pass, Runner},
    tiles,
};
use crate::{
    engine::{Footprint, Task},
    pixels::{Planes, Raster, Rect, Size},
};

/// So many rows of tiles of the last network are one band, when a network before it has to look beyond
/// the band's border: what it computes there is computed twice.
const ROWS_OF_TILES: usize = 2;
/// Bands that are in memory at once: one in the making, one waiting, one being written.
const BANDS: u64 = 3;
/// Bytes that an encoder works on at once, and what the system keeps of what was given back.
const ENCODING: u64 = 64 << 20;
/// Planes of a tile's size in memory beside the network's own.
const TILE_PLANES: u64 = 24;

/// An order under way.
pub struct Work<'a> {
    order: &'a Order<'a>,
    pub plan: Plan,
    colours: Colours<'a>,
    pub runner: Runner<'a>,
    /// Of the network that enlarges.
    pub footprint: Option<Footprint>,
    begun: Instant,
}

impl<'a> Work<'a> {
    pub fn begin(order: &'a Order<'a>, mut runner: Runner<'a>) -> Result<Self, RestoreError> {
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
    pub fn bands(&mut self, hold: Hold) -> Result<Vec<Rect>, RestoreError> {
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
    pub fn need(&mut self, band: Rect, hold: Hold) -> Result<u64, RestoreError> {
        let head = self.plan.head(self.order);
        let pixel = (head.channels * head.depth.bytes()) as u64;
        let bytes = |size: Size, each: u64| (size.area() as u64).saturating_mul(each);
        let mut need = match hold {
            Hold::Whole => bytes(self.plan.size, pixel),
            Hold::Bands => ENCODING + BANDS * bytes(band.size(), pixel),
            // What was collected, and the file made of it.
            Hold::Collected => ENCODING + BANDS * bytes(band.size(), pixel) + 2 * bytes(self.plan.size, pixel),
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

    pub fn announce(&mut self, bands: impl Iterator<Item = Rect>) {
        let passes = bands.flat_map(|band| self.plan.passes(self.order, band, self.footprint));
        let passes: Vec<_> = passes.collect();
        self.runner.expect(passes);
    }

    /// What the part `rect` of the result is before anything is restored.
    pub fn canvas(&self, rect: Rect) -> Raster {
        let photo = &self.order.photo.pixels;
        match self.plan.enlarges() {
            true => Raster::blank(photo.channels(), rect.size(), photo.depth()),
            false if rect == photo.size().rect() => photo.clone(),
            false => photo.crop(rect),
        }
    }

    /// Restores the part `band` of the result into `pixels`, whose top left corner is at `origin` of it. Its
    /// tiles are told of at full strength: that is mixed in at the end, so that no network sees it.
    pub fn restore(&mut self, band: Rect, pixels: &mut Raster, origin: (usize, usize)) -> Result<(), RestoreError> {
        self.restore_fully(band, pixels, origin)?;
        let strength = self.order.recipe.strength;
        if !strength.is_full() && self.plan.tasks().next().is_some() {
            mix_in_place(&self.order.photo.pixels, self.plan.size, (pixels, origin), band, strength);
        }
        Ok(())
    }

    fn restore_fully(&mut self, band: Rect, pixels: &mut Raster, origin: (usize, usize)) -> Result<(), RestoreError> {
        let Self { order, plan, colours, runner, footprint, .. } = self;
        let clean = match (plan.denoises(), &plan.enlarging) {
            (false, _) => None,
            (true, None) => {
                denoise(plan, colours, runner, band, &mut |rect, mut part, follower| {
                    colours.put_back_unseen(&mut part, rect);
                    put(follower, pixels, part, rect, (plan.size, origin));
                })?;
                None
            }
            (true, Some(_)) => {
                let wanted = plan.clean_part(band, *footprint);
                let mut clean = Held::blank(colours.channels(), wanted, colours.size());
                denoise(plan, colours, runner, wanted, &mut |rect, part, follower| {
                    clean.put(&part, rect);
                    follower.update(Update::Tile { frame: colours.size(), rect, pixels: part });
                })?;
                Some(clean)
            }
        };
        let Some(resizing) = &plan.enlarging else { return Ok(()) };
        let level = order.recipe.scale.factor() as f32 / 4.0;
        let source: &dyn Picture = clean.as_ref().map_or(colours, |clean| clean);
        let input = Enlarged::new(source, plan.size, resizing);
        let pass = Pass { task: Task::Enlarge, input: &input, level, wanted: band };
        runner.run(&pass, &mut |rect, part, follower| put(follower, pixels, part, rect, (plan.size, origin)))?;
        let last = pixels.channels() - 1;
        match plan.alpha {
            AlphaWay::Untouched => {}
            AlphaWay::Everywhere(alpha) => {
                pixels.put(last, &Planes::filled(1, band.size(), alpha), band.x - origin.0, band.y - origin.1);
            }
            AlphaWay::Restored => {
                let alpha = Alpha(&order.photo.pixels);
                let input = Enlarged::new(&alpha, plan.size, resizing);
                let pass = Pass { task: Task::Enlarge, input: &input, level, wanted: band };
                runner.run(&pass, &mut |rect, part, _| {
                    pixels.put(last, &part, rect.x - origin.0, rect.y - origin.1);
                })?;
            }
        }
        Ok(())
    }

    /// The part `rect` of the result without a network: the photo, or the photo enlarged.
    pub fn unrestored(&self, rect: Rect) -> Raster {
        let mut part = self.canvas(rect);
        if self.plan.enlarges() {
            let before = Before::of(&self.order.photo.pixels, self.plan.size);
            part.put(0, &before.colours(rect), 0, 0);
            if let Some(alpha) = before.alpha(rect) {
                part.put(part.channels() - 1, &alpha, 0, 0);
            }
        }
        part
    }

    /// How far the networks see in all, in px of the result, about.
    pub fn radius(&mut self) -> Result<usize, RestoreError> {
        let mut radius = 0;
        for task in self.plan.tasks() {
            radius += self.runner.network(task)?.footprint().radius;
        }
        Ok(radius)
    }

    pub fn end(self) -> Outcome {
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
fn put(
    follower: &mut dyn Follower,
    pixels: &mut Raster,
    part: Planes,
    rect: Rect,
    (frame, (x, y)): (Size, (usize, usize)),
) {
    let place = rect.seen_from(x, y);
    pixels.put(0, &part, place.x, place.y);
    follower.update(Update::Tile { frame, rect, pixels: pixels.colours_in(place) });
}
