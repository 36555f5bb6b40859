//! The passes of a network over parts of pictures: tile by tile, what is on screen first, checked, and
//! on other devices when one fails.

use std::{collections::VecDeque, ops::Range};

use super::{
    Follower, Order, RestoreError, Stage, Update,
    ensemble::{SYMMETRIES, turn, turn_back},
    image_source::{ImageSource, padded_part},
    tensor_io::{LevelPlane, planes_in, planes_out},
    tiles::{self, HaloTile},
};
use crate::{
    engine::{
        self, DeviceChoice, DeviceInfo, DeviceKind, EngineError, Restorer, RestorerFactory, RowIo, Task, TileChoice,
    },
    pixels::{Planes, Rect, Size},
};

/// A network keeps a tile's mean; a change of more than this (on values 0–1) means that the device
/// computed nonsense. Clipped noise of σ 75 on black alone moves it by 0.12.
const MAX_MEAN_SHIFT: f32 = 0.2;

/// One network over a part of one picture.
pub struct NetworkPass<'a> {
    /// Which network.
    pub task: Task,
    /// The picture, 1 or 3 planes.
    pub input: &'a dyn ImageSource,
    /// The network's last plane.
    pub level: LevelPlane,
    /// The part.
    pub wanted: Rect,
}

/// A pass to be counted on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlannedPass {
    pub task: Task,
    /// Size of its picture, in px.
    pub size: Size,
    /// The part.
    pub wanted: Rect,
}

/// Runs the passes of one order, and remembers between them which device still works.
pub struct Runner<'a> {
    order: &'a Order<'a>,
    open: &'a mut RestorerFactory,
    /// Hears of everything.
    pub follower: &'a mut dyn Follower,
    /// The device and the tiles in use: the order's until something fails.
    device: DeviceChoice,
    tile: TileChoice,
    networks: Vec<(Task, Box<dyn Restorer>)>,
    /// Where the last network runs.
    used: Option<DeviceInfo>,
    /// The passes still to come, the next one first.
    to_come: VecDeque<PlannedPass>,
    /// Runs of the network over a tile, of all passes: done, and in all.
    runs_done: usize,
    runs: usize,
}

/// Why a pass stopped.
enum PassError {
    Cancelled,
    Failed(EngineError),
}

impl<'a> Runner<'a> {
    /// A runner without a network yet.
    pub fn new(order: &'a Order<'a>, open: &'a mut RestorerFactory, follower: &'a mut dyn Follower) -> Self {
        let (device, tile) = (order.device.clone(), order.tile);
        Self {
            order,
            open,
            follower,
            device,
            tile,
            networks: Vec::new(),
            used: None,
            to_come: VecDeque::new(),
            runs_done: 0,
            runs: 0,
        }
    }

    /// The device of the last pass.
    pub fn into_device(self) -> Option<DeviceInfo> {
        self.used
    }

    /// The network for a task, loaded when it is not yet.
    ///
    /// # Errors
    /// When it is cancelled, or when no device can be opened.
    pub fn network(&mut self, task: Task) -> Result<&mut dyn Restorer, RestoreError> {
        let place = self.place_of(task)?;
        Ok(&mut *self.networks[place].1)
    }

    /// Announces all passes to come, in their order.
    pub fn expect(&mut self, passes: Vec<PlannedPass>) {
        self.to_come = passes.into();
    }

    /// Runs one pass. `take` gets each restored part, and who follows.
    ///
    /// # Errors
    /// When it is cancelled, or when even the CPU fails.
    pub fn run(
        &mut self,
        pass: &NetworkPass,
        take: &mut dyn FnMut(Rect, Planes, &mut dyn Follower),
    ) -> Result<(), RestoreError> {
        self.to_come.pop_front();
        loop {
            let place = self.place_of(pass.task)?;
            let (_, mut restorer) = self.networks.swap_remove(place);
            let runs_before = self.runs_done;
            match self.run_on(pass, &mut *restorer, take) {
                Ok(()) => {
                    self.networks.push((pass.task, restorer));
                    return Ok(());
                }
                Err(PassError::Cancelled) => return Err(RestoreError::Cancelled),
                Err(PassError::Failed(error)) => {
                    self.runs_done = runs_before;
                    self.networks.clear();
                    self.fall_back(error, &*restorer)?;
                }
            }
        }
    }

    /// Runs one pass over all of its picture from the top to the bottom. `take` gets a few restored rows after the
    /// other, and says whether more are wanted.
    ///
    /// # Errors
    /// When it is cancelled or no more rows are wanted, or when the device fails or can't do that.
    pub fn stream(
        &mut self,
        pass: &NetworkPass,
        take: &mut (dyn FnMut(Rect, Planes) -> bool + Send),
    ) -> Result<(), RestoreError> {
        let place = self.place_of(pass.task)?;
        let (_, mut restorer) = self.networks.swap_remove(place);
        let device = restorer.device().clone();
        let padded = tiles::padded_size(pass.input.size(), restorer.footprint().stride);
        self.runs = pass.input.size().height;
        self.tell_progress(pass);
        let mut rows = RowStream {
            pass,
            width: padded.width,
            taken: VecDeque::new(),
            failure: None,
            give: &mut |rect, part, answer| {
                check(&answer, None, &device)?;
                let restored = planes_out(pass.task, part, answer);
                let kept = rect.intersection(pass.input.size().rect());
                let wants_more = take(kept, restored.into_crop(kept.size().rect()));
                self.runs_done = kept.bottom();
                self.tell_progress(pass);
                Ok(wants_more && !self.follower.checkpoint())
            },
        };
        let came_to_the_end = restorer.streaming().is_some_and(|streaming| streaming.restore_stream(padded, &mut rows));
        match rows.failure {
            Some(failure) => Err(failure.into()),
            None if came_to_the_end => {
                self.networks.push((pass.task, restorer));
                Ok(())
            }
            None => Err(RestoreError::Cancelled),
        }
    }

    fn place_of(&mut self, task: Task) -> Result<usize, RestoreError> {
        if let Some(place) = self.networks.iter().position(|(other, _)| *other == task) {
            return Ok(place);
        }
        self.follower.update(Update::Progress { stage: Stage::Preparing, done: self.runs_done, total: 0 });
        if self.follower.checkpoint() {
            return Err(RestoreError::Cancelled);
        }
        let opened = (self.open)(&self.device, self.tile, task)?;
        let device = opened.restorer.device().clone();
        if self.used.as_ref() != Some(&device) {
            self.used = Some(device.clone());
            self.follower.update(Update::Device { device, reason: opened.reason });
            if let Some(notice) = opened.notice {
                self.follower.update(Update::Fallback(notice));
            }
        }
        self.networks.push((task, opened.restorer));
        Ok(self.networks.len() - 1)
    }

    /// Chooses what to try after a failure: smaller tiles, then the CPU, then nothing.
    fn fall_back(&mut self, error: EngineError, restorer: &dyn Restorer) -> Result<(), RestoreError> {
        if restorer.device().kind == DeviceKind::Cpu || self.device == DeviceChoice::Cpu {
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
        self.follower.update(Update::Fallback(format!("{error}; {remedy}")));
        Ok(())
    }

    fn run_on(
        &mut self,
        pass: &NetworkPass,
        restorer: &mut dyn Restorer,
        take: &mut dyn FnMut(Rect, Planes, &mut dyn Follower),
    ) -> Result<(), PassError> {
        let size = pass.input.size();
        let padded = tiles::padded_size(size, restorer.footprint().stride);
        let mut left = tiles::cut(padded, pass.wanted, restorer.tile_side(), restorer.footprint());
        self.runs = self.count_runs(left.len(), pass.task, restorer);
        self.tell_progress(pass);
        loop {
            let focus = focus_in(self.order, self.follower, size);
            let Some(next) = tiles::next(left.iter().map(|tile| tile.kept), padded, focus) else { return Ok(()) };
            let tile = left.swap_remove(next);
            let restored = self.restore_tile(pass, &tile, restorer)?;
            take(tile.kept, restored, self.follower);
        }
    }

    /// The restored kept part of a tile.
    fn restore_tile(
        &mut self,
        pass: &NetworkPass,
        tile: &HaloTile,
        restorer: &mut dyn Restorer,
    ) -> Result<Planes, PassError> {
        let (input, part) = planes_in(pass.task, (padded_part(pass.input, tile.input), tile.input), &pass.level);
        let answer = if self.order.recipe.best {
            self.ensemble(pass, &input, restorer)?
        } else {
            self.ask(pass, input, restorer)?
        };
        Ok(planes_out(pass.task, part, answer).into_crop(tile.kept_in_tile()))
    }

    /// The mean of the answers to all flips and turns.
    fn ensemble(
        &mut self,
        pass: &NetworkPass,
        input: &Planes,
        restorer: &mut dyn Restorer,
    ) -> Result<Planes, PassError> {
        let mut sum: Option<Planes> = None;
        for symmetry in SYMMETRIES {
            let answer = turn_back(&self.ask(pass, turn(input, symmetry), restorer)?, symmetry);
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
    fn ask(&mut self, pass: &NetworkPass, input: Planes, restorer: &mut dyn Restorer) -> Result<Planes, PassError> {
        // The CPU is what the others are measured by.
        let (_, planes) = pass.task.planes();
        let mean = (restorer.device().kind != DeviceKind::Cpu).then(|| mean(&input, planes));
        let answer = restorer.restore_unless(input, &|| self.follower.checkpoint()).map_err(PassError::Failed)?;
        let answer = answer.ok_or(PassError::Cancelled)?;
        check(&answer, mean, restorer.device()).map_err(PassError::Failed)?;
        self.runs_done += 1;
        self.tell_progress(pass);
        Ok(answer)
    }

    fn tell_progress(&mut self, pass: &NetworkPass) {
        let stage = match pass.task {
            Task::Deblock => Stage::Deblocking,
            Task::Denoise | Task::Estimate => Stage::Denoising,
            Task::Enlarge => Stage::Enlarging,
        };
        self.follower.update(Update::Progress { stage, done: self.runs_done, total: self.runs });
    }

    /// Runs of the whole job: those done, those of this pass in `tiles` tiles, and those to come. A
    /// network that is not loaded now is taken to be cut like this one.
    fn count_runs(&self, tiles: usize, task: Task, restorer: &dyn Restorer) -> usize {
        let count = |expected: &PlannedPass| {
            let other = self.networks.iter().find(|(task, _)| *task == expected.task).map(|(_, other)| &**other);
            let restorer = other.filter(|_| expected.task != task).unwrap_or(restorer);
            let (side, footprint) = (restorer.tile_side(), restorer.footprint());
            tiles::cut(tiles::padded_size(expected.size, footprint.stride), expected.wanted, side, footprint).len()
        };
        let to_come: usize = self.to_come.iter().map(count).sum();
        let runs = if self.order.recipe.best { SYMMETRIES.len() } else { 1 };
        self.runs_done + runs * (tiles + to_come)
    }
}

/// A picture on its way through a network by rows.
struct RowStream<'a> {
    pass: &'a NetworkPass<'a>,
    /// Of the padded picture, in px.
    width: usize,
    /// What was taken, as long as not all of its answer is there.
    taken: VecDeque<PendingRows>,
    failure: Option<EngineError>,
    /// Gets the rows that were taken at once, with what [`planes_in`] kept of them and the answer; whether to go on.
    give: &'a mut (dyn FnMut(Rect, Option<Planes>, Planes) -> Result<bool, EngineError> + Send),
}

struct PendingRows {
    rect: Rect,
    part: Option<Planes>,
    /// As far as it is there.
    answer: Planes,
}

impl RowIo for RowStream<'_> {
    fn read(&mut self, rows: Range<usize>) -> Planes {
        let NetworkPass { task, input, level, .. } = self.pass;
        let rect = Rect::new(0, rows.start, self.width, rows.len());
        let (input, part) = planes_in(*task, (padded_part(*input, rect), rect), level);
        let answer = Planes::filled(task.planes().1, rect.size(), 0.0);
        self.taken.push_back(PendingRows { rect, part, answer });
        input
    }

    fn write(&mut self, rows: Range<usize>, answer: Planes) -> bool {
        for y in rows.clone() {
            let Some(first) = self.taken.front_mut() else { return false };
            first.answer.copy_row(y - first.rect.y, &answer, y - rows.start);
            if y + 1 < first.rect.bottom() {
                continue;
            }
            let Some(PendingRows { rect, part, answer }) = self.taken.pop_front() else { return false };
            match (self.give)(rect, part, answer) {
                Ok(true) => {}
                Ok(false) => return false,
                Err(failure) => {
                    self.failure = Some(failure);
                    return false;
                }
            }
        }
        true
    }
}

/// What is on screen, in px of a picture of `size` that is the result, or will be when it is enlarged.
pub fn focus_in(order: &Order, follower: &mut dyn Follower, size: Size) -> Option<Rect> {
    let result = order.photo.size().times(order.recipe.scale.factor());
    let focus = follower.focus()?;
    let shrink = (result.width / size.width).max(1);
    Some(Rect::new(focus.x / shrink, focus.y / shrink, focus.width.div_ceil(shrink), focus.height.div_ceil(shrink)))
}

/// Looks for what a broken device answers: values that are not finite, or a picture of another
/// brightness than `expected`.
fn check(answer: &Planes, expected: Option<f32>, device: &DeviceInfo) -> Result<(), EngineError> {
    let wrong = |reason: &str| EngineError::Device { device: device.name.clone(), reason: reason.into() };
    // All of a piece are looked at, which is quicker than to stop at the first.
    let are_finite = |piece: &[f32]| piece.iter().fold(true, |all, value| all & value.is_finite());
    if !answer.data().chunks(4096).all(are_finite) {
        return Err(wrong("it computed values that are not finite"));
    }
    match expected {
        Some(expected) if (mean(answer, answer.channels()) - expected).abs() > MAX_MEAN_SHIFT => {
            Err(wrong("it computed a picture of another brightness"))
        }
        _ => Ok(()),
    }
}

/// Mean of the first planes.
fn mean(picture: &Planes, planes: usize) -> f32 {
    let values = &picture.data()[..planes * picture.size().area()];
    let sum: f64 = values.iter().map(|&value| f64::from(value)).sum();
    (sum / values.len().max(1) as f64) as f32
}
