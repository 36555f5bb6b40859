//! One pass of a network over a picture: tile by tile, what is on screen first, checked, and on
//! other devices when one fails.

use std::collections::VecDeque;

use super::{
    Follower, Order, RestoreError, Stage, Update,
    ensemble::{SYMMETRIES, turn, turn_back},
    network::{crop_padded, planes_in, planes_out},
    tiles::{self, Tile},
};
use crate::{
    engine::{
        self, DeviceChoice, DeviceInfo, DeviceKind, EngineError, OpenRestorer, Opened, Restorer, Task, TileChoice,
    },
    pixels::{Planes, Rect, Size},
};

/// A network keeps a tile's mean; a change of more than this (on values 0–1) means that the device
/// computed nonsense. Clipped noise of σ 75 on black alone moves it by 0.12.
const MAX_MEAN_SHIFT: f32 = 0.2;

/// What is kept of a pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// The restored picture, for the next pass.
    Restored,
    /// The blend with the picture before, by the recipe's strength.
    Blended,
}

/// One network over one picture.
#[derive(Debug)]
pub struct Pass<'a> {
    /// Which network.
    pub task: Task,
    /// The picture, 1 or 3 planes.
    pub input: &'a Planes,
    /// The value of the network's constant plane.
    pub level: f32,
    /// What the restored picture is blended with; same size as `input`.
    pub before: &'a Planes,
    /// What is kept.
    pub keep: Keep,
    /// Whether its tiles are parts of the picture to be shown; those of an alpha channel are not.
    pub shown: bool,
}

/// Runs the passes of one order, and remembers between them which device still works.
pub struct Runner<'a> {
    order: &'a Order<'a>,
    open: &'a mut OpenRestorer,
    follower: &'a mut dyn Follower,
    /// The device and the tiles in use: the order's until something fails.
    device: DeviceChoice,
    tile: TileChoice,
    /// Where the last pass ran.
    used: Option<DeviceInfo>,
    /// The sizes of the passes still to come, the next one first.
    to_come: VecDeque<Size>,
    /// Runs of the network over a tile, of all passes: done, and in all.
    steps_done: usize,
    steps: usize,
}

/// Why a pass stopped.
enum Stopped {
    Cancelled,
    Failed(EngineError),
}

impl<'a> Runner<'a> {
    /// A runner for passes over pictures of these sizes.
    pub fn new(
        order: &'a Order<'a>,
        open: &'a mut OpenRestorer,
        follower: &'a mut dyn Follower,
        to_come: VecDeque<Size>,
    ) -> Self {
        let (device, tile) = (order.device.clone(), order.tile);
        Self { order, open, follower, device, tile, used: None, to_come, steps_done: 0, steps: 0 }
    }

    /// The device of the last pass.
    pub fn into_device(self) -> Option<DeviceInfo> {
        self.used
    }

    /// Runs one pass; the answer has the size and the planes of its input, values within 0–1.
    ///
    /// # Errors
    /// When it is cancelled, or when even the CPU fails.
    pub fn run(&mut self, pass: &Pass) -> Result<Planes, RestoreError> {
        self.to_come.pop_front();
        loop {
            self.follower.update(Update::Progress { stage: Stage::Preparing, done: self.steps_done, total: 0 });
            if self.follower.is_cancelled() {
                return Err(RestoreError::Cancelled);
            }
            let Opened { mut restorer, reason, notice } = (self.open)(&self.device, self.tile, pass.task)?;
            let device = restorer.device().clone();
            if self.used.as_ref() != Some(&device) {
                self.used = Some(device.clone());
                self.follower.update(Update::Device { device: device.clone(), reason });
                if let Some(notice) = notice {
                    self.follower.update(Update::Notice(notice));
                }
            }
            let steps_before = self.steps_done;
            match self.run_on(pass, &mut *restorer) {
                Ok(planes) => return Ok(planes),
                Err(Stopped::Cancelled) => return Err(RestoreError::Cancelled),
                Err(Stopped::Failed(error)) => {
                    self.steps_done = steps_before;
                    self.fall_back(error, &device, &*restorer)?;
                }
            }
        }
    }

    /// Chooses what to try after a failure: smaller tiles, then the CPU, then nothing.
    fn fall_back(
        &mut self,
        error: EngineError,
        device: &DeviceInfo,
        restorer: &dyn Restorer,
    ) -> Result<(), RestoreError> {
        if device.kind == DeviceKind::Cpu || self.device == DeviceChoice::Cpu {
            return Err(error.into());
        }
        let smaller = restorer.tile_side() / 2;
        let untouched = self.tile == self.order.tile;
        let remedy = if untouched && smaller >= engine::smallest_tile(restorer.footprint().radius) {
            self.tile = TileChoice::Px(smaller);
            "trying again with smaller tiles"
        } else {
            self.device = DeviceChoice::Cpu;
            self.tile = TileChoice::Auto;
            "the CPU does the work instead"
        };
        self.follower.update(Update::Notice(format!("{error}; {remedy}")));
        Ok(())
    }

    fn run_on(&mut self, pass: &Pass, restorer: &mut dyn Restorer) -> Result<Planes, Stopped> {
        let size = pass.input.size();
        let footprint = restorer.footprint();
        let padded = tiles::padded_size(size, footprint.stride);
        let mut left = tiles::cut(padded, restorer.tile_side(), footprint);
        self.steps = self.count_steps(left.len(), restorer);
        let strength = self.order.recipe.strength.clamp(0.0, 1.0);
        let mut result = Planes::filled(pass.input.channels(), size, 0.0);
        self.tell_progress(pass);

        while let Some(next) = tiles::next(&left, padded, self.focus_in(size)) {
            let tile = left.swap_remove(next);
            let (rect, restored) = self.restore_tile(pass, &tile, restorer)?;
            let blended = blend(pass.before, rect, &restored, strength);
            let kept = if pass.keep == Keep::Blended { &blended } else { &restored };
            result.paste(kept, rect.size().rect(), rect.x, rect.y);
            if pass.shown {
                self.follower.update(Update::Tile { frame: size, rect, pixels: blended });
            }
        }
        Ok(result)
    }

    /// The restored kept part of a tile and its place in the picture.
    fn restore_tile(
        &mut self,
        pass: &Pass,
        tile: &Tile,
        restorer: &mut dyn Restorer,
    ) -> Result<(Rect, Planes), Stopped> {
        let Rect { x, y, .. } = tile.kept;
        let size = pass.input.size();
        // Less the padding, which is narrower than anything that is kept.
        let rect = Rect::new(x, y, tile.kept.right().min(size.width) - x, tile.kept.bottom().min(size.height) - y);
        let part = crop_padded(pass.input, tile.input);
        let input = planes_in(pass.task, &part, pass.level);
        let answer = if self.order.recipe.best {
            self.ensemble(pass, &input, restorer)?
        } else {
            self.ask(pass, &input, restorer)?
        };
        let restored = planes_out(pass.task, &part, answer);
        let kept_in_tile = tile.kept_in_tile();
        Ok((rect, restored.crop(Rect::new(kept_in_tile.x, kept_in_tile.y, rect.width, rect.height))))
    }

    /// The mean of the answers to all flips and turns.
    fn ensemble(&mut self, pass: &Pass, input: &Planes, restorer: &mut dyn Restorer) -> Result<Planes, Stopped> {
        let mut sum: Option<Planes> = None;
        for symmetry in SYMMETRIES {
            let answer = turn_back(&self.ask(pass, &turn(input, symmetry), restorer)?, symmetry);
            match &mut sum {
                Some(sum) => sum.data_mut().iter_mut().zip(answer.data()).for_each(|(sum, value)| *sum += value),
                None => sum = Some(answer),
            }
        }
        let mut mean = sum.unwrap_or_else(|| input.clone());
        mean.data_mut().iter_mut().for_each(|value| *value /= SYMMETRIES.len() as f32);
        Ok(mean)
    }

    /// One run of the network, and a look at its answer.
    fn ask(&mut self, pass: &Pass, input: &Planes, restorer: &mut dyn Restorer) -> Result<Planes, Stopped> {
        if self.follower.is_cancelled() {
            return Err(Stopped::Cancelled);
        }
        let answer = restorer.restore(input).map_err(Stopped::Failed)?;
        check(input, &answer, restorer.device()).map_err(Stopped::Failed)?;
        self.steps_done += 1;
        self.tell_progress(pass);
        Ok(answer)
    }

    fn tell_progress(&mut self, pass: &Pass) {
        let stage = match pass.task {
            Task::Denoise => Stage::Denoising,
            Task::Enlarge => Stage::Enlarging,
        };
        self.follower.update(Update::Progress { stage, done: self.steps_done, total: self.steps });
    }

    /// Steps of the whole job: what is done, this pass in `tiles` tiles, and the passes to come, taken
    /// to be cut by the same device.
    fn count_steps(&self, tiles: usize, restorer: &dyn Restorer) -> usize {
        let (side, footprint) = (restorer.tile_side(), restorer.footprint());
        let count = |&size: &Size| tiles::cut(tiles::padded_size(size, footprint.stride), side, footprint).len();
        let to_come: usize = self.to_come.iter().map(count).sum();
        let runs = if self.order.recipe.best { SYMMETRIES.len() } else { 1 };
        self.steps_done + runs * (tiles + to_come)
    }

    /// What is on screen, in px of this pass's picture.
    fn focus_in(&mut self, size: Size) -> Option<Rect> {
        let result = self.order.photo.size().times(self.order.recipe.scale.factor());
        let focus = self.follower.focus()?;
        let shrink = (result.width / size.width).max(1);
        Some(Rect::new(focus.x / shrink, focus.y / shrink, focus.width.div_ceil(shrink), focus.height.div_ceil(shrink)))
    }
}

/// Looks for what a broken device answers: values that are not finite, or a picture of another
/// brightness.
fn check(input: &Planes, answer: &Planes, device: &DeviceInfo) -> Result<(), EngineError> {
    let wrong = |reason: &str| EngineError::Device { device: device.name.clone(), reason: reason.into() };
    if answer.data().iter().any(|value| !value.is_finite()) {
        return Err(wrong("it computed values that are not finite"));
    }
    let picture = &input.data()[..answer.data().len()];
    let mean = picture.iter().map(|&value| f64::from(value)).sum::<f64>() / picture.len().max(1) as f64;
    // The CPU is what the others are measured by.
    if device.kind != DeviceKind::Cpu && (answer.mean() - mean as f32).abs() > MAX_MEAN_SHIFT {
        return Err(wrong("it computed a picture of another brightness"));
    }
    Ok(())
}

/// `strength` of the restored part and the rest of what was there before, within 0–1.
fn blend(before: &Planes, rect: Rect, restored: &Planes, strength: f32) -> Planes {
    let mut blended = before.crop(rect);
    for (value, after) in blended.data_mut().iter_mut().zip(restored.data()) {
        *value = (*value + strength * (after - *value)).clamp(0.0, 1.0);
    }
    blended
}
