//! Runs the passes of the networks: tile by tile, visible tiles first. Checks every output, and falls back to smaller
//! tiles and then the CPU when a device fails.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use super::{
    Follower, Order, RestoreError, Stage, Update,
    ensemble::SYMMETRIES,
    forecast::Measurement,
    image_source::ImageSource,
    output_check::check,
    row_stream::RowStream,
    tensor_io::{LevelPlane, are_in_range, planes_out},
    tile_work::{PassInput, Running, TileInWork},
    tiles::{self, HaloTile},
};
use crate::{
    engine::{
        self, DeviceChoice, DeviceInfo, DeviceKind, EngineError, NetworkId, ResidentPicture, Restorer, RestorerFactory,
        Run, Task, TileChoice,
    },
    pixels::{Planes, Rect, Size},
};

/// One network run over a part of one picture.
pub struct NetworkPass<'a> {
    /// The network's task.
    pub task: Task,
    /// The picture: 1 or 3 planes; for repair twice as many.
    pub input: &'a dyn ImageSource,
    /// The network's last input plane.
    pub level: LevelPlane,
    /// The part to compute.
    pub wanted: Rect,
}

/// Receives each restored part of a pass, and the follower.
type Take<'a> = dyn FnMut(Rect, Planes, &mut dyn Follower) + 'a;

/// A remaining pass, for the progress.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlannedPass {
    /// The network's task.
    pub task: Task,
    /// Size of its picture, in px.
    pub size: Size,
    /// The part to compute.
    pub wanted: Rect,
}

/// Runs the passes of one restoration. Remembers between them which device works.
pub struct Runner<'a> {
    order: &'a Order,
    open: &'a mut RestorerFactory,
    /// Receives the updates.
    pub follower: &'a mut dyn Follower,
    /// The device and tile size in use: the order's, until a fallback.
    device: DeviceChoice,
    tile: TileChoice,
    networks: Vec<(Task, Box<dyn Restorer>)>,
    /// Device of the last network.
    used: Option<DeviceInfo>,
    /// The remaining passes, the next one first.
    remaining: VecDeque<PlannedPass>,
    /// Runs of a network over a tile, of all passes: done, and in total.
    runs_done: usize,
    runs: usize,
    /// The fastest run of each network so far.
    fastest: Vec<Measurement>,
    /// The output of the last pass in a device's memory, if it stays there for the next one.
    resident: Option<ResidentPicture>,
    /// Whether a device has failed. After that no picture stays in a device's memory.
    has_failed: bool,
}

/// Why a pass has no result.
enum PassError {
    Cancelled,
    Failed(EngineError),
}

impl<'a> Runner<'a> {
    /// A runner with no network loaded.
    pub fn new(order: &'a Order, open: &'a mut RestorerFactory, follower: &'a mut dyn Follower) -> Self {
        let (device, tile) = (order.device.clone(), order.tile);
        Self {
            order,
            open,
            follower,
            device,
            tile,
            networks: Vec::new(),
            used: None,
            remaining: VecDeque::new(),
            runs_done: 0,
            runs: 0,
            fastest: Vec::new(),
            resident: None,
            has_failed: false,
        }
    }

    /// The fastest run of each network so far.
    pub fn measurements(&self) -> &[Measurement] {
        &self.fastest
    }

    /// The device of the networks, once one is loaded.
    pub fn device(&self) -> Option<&DeviceInfo> {
        self.networks.last().map(|(_, network)| network.device())
    }

    /// The device of the last pass.
    pub fn into_device(self) -> Option<DeviceInfo> {
        self.used
    }

    /// The network for a task; loads it on first use.
    ///
    /// # Errors
    /// When it is cancelled, or no device can be opened.
    pub fn network(&mut self, task: Task) -> Result<&mut dyn Restorer, RestoreError> {
        let index = self.index_of(task)?;
        Ok(&mut *self.networks[index].1)
    }

    /// Sets the remaining passes, in order.
    pub fn set_remaining(&mut self, passes: Vec<PlannedPass>) {
        self.remaining = passes.into();
    }

    /// Runs one pass. `take` receives each restored part and the follower.
    ///
    /// # Errors
    /// When it is cancelled, or even the CPU fails.
    pub fn run(&mut self, pass: &NetworkPass, take: &mut Take) -> Result<(), RestoreError> {
        self.run_or_fall_back(pass, false, take)
    }

    /// [`Self::run`], whose output also stays in the device's memory for the next pass, if the device has that much.
    ///
    /// # Errors
    /// When it is cancelled, or even the CPU fails.
    pub fn run_and_keep(&mut self, pass: &NetworkPass, take: &mut Take) -> Result<(), RestoreError> {
        self.run_or_fall_back(pass, true, take)
    }

    fn run_or_fall_back(&mut self, pass: &NetworkPass, keeps: bool, take: &mut Take) -> Result<(), RestoreError> {
        self.remaining.pop_front();
        let mut source = self.resident.take();
        loop {
            let index = self.index_of(pass.task)?;
            let (_, mut restorer) = self.networks.swap_remove(index);
            let runs_before = self.runs_done;
            match self.run_on(pass, &mut *restorer, source.as_ref(), keeps, take) {
                Ok(resident) => {
                    self.networks.push((pass.task, restorer));
                    self.resident = resident;
                    return Ok(());
                }
                Err(PassError::Cancelled) => return Err(RestoreError::Cancelled),
                Err(PassError::Failed(error)) => {
                    self.runs_done = runs_before;
                    self.has_failed = true;
                    source = None;
                    self.networks.clear();
                    self.fall_back(error, &*restorer)?;
                }
            }
        }
    }

    /// Runs one pass over its whole picture as a stream of rows. `take` receives restored rows, from the top, and
    /// returns whether to continue.
    ///
    /// # Errors
    /// When it is cancelled or `take` returns false, or the device fails or can't stream.
    pub fn stream(
        &mut self,
        pass: &NetworkPass,
        take: &mut (dyn FnMut(Rect, Planes) -> bool + Send),
    ) -> Result<(), RestoreError> {
        let index = self.index_of(pass.task)?;
        let (_, mut restorer) = self.networks.swap_remove(index);
        let device = restorer.device().clone();
        let padded = tiles::padded_size(pass.input.size(), restorer.footprint().stride);
        // After other passes, which were counted in tiles, the rows together count as the tiles they replace.
        let (before, height) = (self.runs_done, pass.input.size().height);
        let tiles = tiles::cut(padded, pass.wanted, restorer.tile_side(), restorer.footprint()).len();
        let runs = if before == 0 { height } else { tiles };
        self.runs = before + runs;
        self.report_progress(pass);
        let mut finish = |rect: Rect, part, output| {
            check(&output, None, &device)?;
            let restored = planes_out(pass.task, part, output);
            let kept = rect.intersection(pass.input.size().rect());
            let continues = take(kept, restored.into_crop(kept.size().rect()));
            self.runs_done = before + kept.bottom() * runs / height.max(1);
            self.report_progress(pass);
            Ok(continues && !self.follower.checkpoint())
        };
        let mut rows = RowStream::new(pass, padded.width, &mut finish);
        let is_complete = restorer.streaming().is_some_and(|streaming| streaming.restore_stream(padded, &mut rows));
        match rows.into_failure() {
            Some(failure) => Err(failure.into()),
            None if is_complete => {
                self.networks.push((pass.task, restorer));
                Ok(())
            }
            None => Err(RestoreError::Cancelled),
        }
    }

    fn network_id(&self, task: Task) -> NetworkId {
        NetworkId::new(task, self.order.model)
    }

    fn index_of(&mut self, task: Task) -> Result<usize, RestoreError> {
        if let Some(index) = self.networks.iter().position(|(other, _)| *other == task) {
            return Ok(index);
        }
        self.follower.update(Update::Progress { stage: Stage::Preparing, done: self.runs_done, total: 0 });
        if self.follower.checkpoint() {
            return Err(RestoreError::Cancelled);
        }
        let (network, done) = (self.network_id(task), self.runs_done);
        let Self { open, follower, device, tile, .. } = self;
        let mut is_prepared = false;
        let opened = open(device, *tile, network, &mut || {
            is_prepared = true;
            follower.update(Update::Progress { stage: Stage::PreparingGpu, done, total: 0 });
        })?;
        if is_prepared {
            follower.update(Update::Progress { stage: Stage::Preparing, done, total: 0 });
        }
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

    /// Chooses the next attempt after a failure: smaller tiles, then the CPU, then none.
    fn fall_back(&mut self, error: EngineError, restorer: &dyn Restorer) -> Result<(), RestoreError> {
        if restorer.device().kind == DeviceKind::Cpu || self.device == DeviceChoice::Cpu {
            return Err(error.into());
        }
        let smaller = restorer.tile_side() / 2;
        let is_first = self.tile == self.order.tile;
        let remedy = if is_first && smaller >= engine::smallest_tile(restorer.footprint().radius) {
            self.tile = TileChoice::Px(smaller);
            "trying again with smaller tiles"
        } else {
            self.device = DeviceChoice::Cpu;
            self.tile = TileChoice::Auto;
            "the CPU is used instead"
        };
        self.follower.update(Update::Fallback(format!("{error}; {remedy}")));
        Ok(())
    }

    fn run_on(
        &mut self,
        pass: &NetworkPass,
        restorer: &mut dyn Restorer,
        source: Option<&ResidentPicture>,
        keeps: bool,
        take: &mut Take,
    ) -> Result<Option<ResidentPicture>, PassError> {
        let size = pass.input.size();
        let padded = tiles::padded_size(size, restorer.footprint().stride);
        let mut remaining = tiles::cut(padded, pass.wanted, restorer.tile_side(), restorer.footprint());
        self.runs = self.count_runs(remaining.len(), pass.task, restorer);
        self.report_progress(pass);
        let (start, mut overlapping) = (Instant::now(), Vec::new());
        // The oldest first. While a GPU computes a run, the one before is finished and the one after is prepared.
        let mut tiles: VecDeque<TileInWork> = VecDeque::new();
        let mut running: Option<Running> = None;
        let input = PassInput::new(pass, source, self.runs_of(pass.task) > 1, restorer);
        let mut resident = if keeps { self.reserved(pass, restorer) } else { None };
        loop {
            let started =
                tiles.back_mut().and_then(|tile| tile.start_next(resident.as_ref(), restorer)).or_else(|| {
                    let focus = focus_in(self.order, self.follower, size);
                    let next = tiles::next(remaining.iter().map(|tile| tile.kept), padded, focus)?;
                    let mut tile = self.prepared(pass, remaining.swap_remove(next), input, restorer.device());
                    let run = tile.start_next(resident.as_ref(), restorer);
                    tiles.push_back(tile);
                    run
                });
            let started = started.transpose().map_err(PassError::Failed)?;
            let (finished, next) = match (running.take(), started) {
                (None, None) => {
                    self.measure_overlapping(restorer.device(), pass.task, &overlapping, start.elapsed());
                    return Ok(resident);
                }
                (None, Some(run)) if run.is_waiting() => (Some(run), None),
                (finished, next) => (finished, next),
            };
            running = next;
            let Some(finished) = finished else { continue };
            if !finished.is_waiting() {
                overlapping.push(finished.size.area());
            }
            let mean = tiles.front_mut().and_then(TileInWork::expected_mean);
            let output = self.finish_run(pass, finished, mean, restorer)?;
            let complete = tiles.front_mut().and_then(|tile| tile.add(output));
            if let Some(output) = complete
                && let Some(tile) = tiles.pop_front()
            {
                // The CPU changes these values for the next network, which the device's copy lacks.
                resident.take_if(|_| tile.changes_output() || !are_in_range(output.data()));
                take(tile.kept(), tile.restored(pass, output), self.follower);
            }
        }
    }

    fn prepared<'p>(
        &self,
        pass: &NetworkPass,
        tile: HaloTile,
        input: PassInput<'p>,
        device: &DeviceInfo,
    ) -> TileInWork<'p> {
        // Not on the CPU: there is no further fallback. The output of the detector is no picture.
        let is_checked = device.kind != DeviceKind::Cpu && pass.task != Task::Detect;
        TileInWork::new(pass, input, tile, self.runs_of(pass.task) > 1, is_checked)
    }

    /// The device's memory for the output of a pass.
    fn reserved(&self, pass: &NetworkPass, restorer: &mut dyn Restorer) -> Option<ResidentPicture> {
        restorer.resident().filter(|_| !self.has_failed)?.reserve(pass.wanted, pass.input.size())
    }

    fn finish_run(
        &mut self,
        pass: &NetworkPass,
        Running { run, size, start }: Running,
        mean: Option<f32>,
        restorer: &mut dyn Restorer,
    ) -> Result<Planes, PassError> {
        let is_alone = matches!(run, Run::Waiting(_));
        let output = restorer.finish(run, &|| self.follower.checkpoint()).map_err(PassError::Failed)?;
        let output = output.ok_or(PassError::Cancelled)?;
        if is_alone {
            let seconds_per_px = start.elapsed().as_secs_f64() / size.area().max(1) as f64;
            self.measure(restorer.device(), pass.task, size.area(), seconds_per_px);
        }
        check(&output, mean, restorer.device()).map_err(PassError::Failed)?;
        self.runs_done += 1;
        self.report_progress(pass);
        Ok(output)
    }

    /// Keeps the speed of a pass whose runs, over tiles of these areas, overlapped: the time of one says nothing.
    fn measure_overlapping(&mut self, device: &DeviceInfo, task: Task, areas: &[usize], time: Duration) {
        let Some(largest) = areas.iter().max() else { return };
        let total: usize = areas.iter().sum();
        self.measure(device, task, *largest, time.as_secs_f64() / total.max(1) as f64);
    }

    /// Keeps the speed of a network over tiles of `area` if it is its highest: other programs and pauses only slow it down.
    fn measure(&mut self, device: &DeviceInfo, task: Task, area: usize, seconds_per_px: f64) {
        let measurement =
            Measurement { device: device.name.clone(), network: self.network_id(task), area, seconds_per_px };
        match self.fastest.iter_mut().find(|known| known.network.task == task) {
            Some(known) if known.device == measurement.device && known.seconds_per_px <= seconds_per_px => {}
            Some(known) => *known = measurement,
            None => self.fastest.push(measurement),
        }
    }

    fn report_progress(&mut self, pass: &NetworkPass) {
        let stage = match pass.task {
            Task::Deblock => Stage::Deblocking,
            Task::Denoise | Task::Estimate => Stage::Denoising,
            Task::Enlarge => Stage::Enlarging,
            Task::Detect => Stage::Finding,
            Task::Repair => Stage::Filling,
        };
        self.follower.update(Update::Progress { stage, done: self.runs_done, total: self.runs });
    }

    /// Total number of runs: those done, those of this pass in `tiles` tiles, and those of the remaining passes. A network
    /// that is not loaded is assumed to have the same tiles as this one.
    fn count_runs(&self, tiles: usize, task: Task, restorer: &dyn Restorer) -> usize {
        let count = |planned: &PlannedPass| {
            let other = self.networks.iter().find(|(task, _)| *task == planned.task).map(|(_, other)| &**other);
            let restorer = other.filter(|_| planned.task != task).unwrap_or(restorer);
            let (side, footprint) = (restorer.tile_side(), restorer.footprint());
            let tiles = tiles::cut(tiles::padded_size(planned.size, footprint.stride), planned.wanted, side, footprint);
            self.runs_of(planned.task) * tiles.len()
        };
        let remaining: usize = self.remaining.iter().map(count).sum();
        self.runs_done + self.runs_of(task) * tiles + remaining
    }

    /// Runs of a task's network for each tile: the ensemble is for those that change all of a photo.
    fn runs_of(&self, task: Task) -> usize {
        if self.order.recipe.best && Task::ALL.contains(&task) { SYMMETRIES.len() } else { 1 }
    }
}

/// The visible part, in px of a picture of `size`: that of the result, or of the photo before it is enlarged.
pub fn focus_in(order: &Order, follower: &mut dyn Follower, size: Size) -> Option<Rect> {
    let result = order.recipe.scale.size_of(order.photo.size());
    let focus = follower.focus()?;
    let shrunk = |from: usize, length: usize, side: usize, of: usize| {
        let start = from * side / of.max(1);
        (start, ((from + length) * side).div_ceil(of.max(1)) - start)
    };
    let (x, width) = shrunk(focus.x, focus.width, size.width, result.width);
    let (y, height) = shrunk(focus.y, focus.height, size.height, result.height);
    Some(Rect::new(x, y, width, height))
}
