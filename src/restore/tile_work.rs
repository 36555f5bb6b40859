//! A tile while its runs are not finished: how its input gets to the device, and what its output is compared with.

use std::time::Instant;

use super::{
    ensemble::TileRuns,
    image_source::{BufferedPart, Enlarged, ImageSource, padded_part, reflected},
    runner::NetworkPass,
    tensor_io::{luminance_in, planes_in, planes_out},
    tiles::HaloTile,
};
use crate::{
    engine::{EngineError, ResidentPicture, ResidentTile, ResizedFrom, ResizedTile, Restorer, Run, Taps, Task},
    imaging::Resizing,
    pixels::{Planes, Rect, Size},
};

/// How the input of a pass gets to the device.
#[derive(Clone, Copy)]
pub enum PassInput<'p> {
    /// The CPU computes its planes, which are uploaded.
    Uploaded,
    /// It is in the device's memory: there, and as it was read back. Only the level is uploaded.
    Resident(&'p ResidentPicture, &'p BufferedPart),
    /// The device resizes the picture before.
    Resized(ResizedInput<'p>),
}

/// The input of a pass that the device resizes.
#[derive(Clone, Copy)]
pub struct ResizedInput<'p> {
    before: &'p dyn ImageSource,
    resizing: &'p Resizing,
    /// The resized picture's, in px.
    size: Size,
    level: f32,
    /// The picture before, if it is in the device's memory; else parts of it are uploaded. That makes no difference to the output.
    resident: Option<&'p ResidentPicture>,
}

impl<'p> PassInput<'p> {
    /// `resident`: the output of the pass before, if it stayed in a device's memory. `is_ensemble`: with several runs for each
    /// tile.
    pub fn new(
        pass: &'p NetworkPass,
        resident: Option<&'p ResidentPicture>,
        is_ensemble: bool,
        restorer: &mut dyn Restorer,
    ) -> Self {
        let Some(device) = restorer.resident().filter(|_| !is_ensemble) else { return Self::Uploaded };
        let readable = |source: &'p dyn ImageSource| {
            let (picture, values) = (resident?, source.buffered()?);
            let is_readable = picture.part() == values.rect() && device.can_read(picture);
            is_readable.then_some((picture, values))
        };
        // Whether the device resizes depends on the settings and the device, but not on its free memory: nor does the result.
        if let (Task::Enlarge, Some((before, resizing)), Some(level)) =
            (pass.task, pass.input.resized(), pass.level.constant())
        {
            let resident = readable(before).map(|(picture, _)| picture);
            return Self::Resized(ResizedInput { before, resizing, size: pass.input.size(), level, resident });
        }
        readable(pass.input).map_or(Self::Uploaded, |(picture, values)| Self::Resident(picture, values))
    }
}

/// A tile whose runs are not finished.
pub struct TileInWork<'p> {
    tile: HaloTile,
    /// What [`planes_out`] needs.
    part: Option<Planes>,
    /// The mean that the outputs should have, if it is checked.
    mean: Option<f32>,
    is_checked: bool,
    work: TileInput<'p>,
}

/// What is uploaded of a tile.
enum TileInput<'p> {
    /// With the planes of each run. `from`: where the colours are in the device's memory, if they are.
    Planes { runs: TileRuns, from: Option<&'p ResidentPicture> },
    /// The part of the picture before that is resized.
    Resized { input: ResizedInput<'p>, columns: Taps, rows: Taps, before: BufferedPart, is_started: bool },
}

impl<'p> TileInWork<'p> {
    /// A tile of which no run is started. `is_checked`: whether the mean of outputs is.
    pub fn new(pass: &NetworkPass, input: PassInput<'p>, tile: HaloTile, is_ensemble: bool, is_checked: bool) -> Self {
        match input {
            PassInput::Uploaded => {
                let (planes, part) = planes_in(pass.task, padded_part(pass.input, tile.input), tile.input, &pass.level);
                let (_, planes_out) = pass.task.planes();
                let mean = is_checked.then(|| planes.mean(planes_out, planes.size().rect()));
                let work = TileInput::Planes { runs: TileRuns::new(planes, is_ensemble), from: None };
                Self { tile, part, mean, is_checked, work }
            }
            PassInput::Resident(picture, values) => {
                let mean = is_checked.then(|| values.mean(tile.input.intersection(pass.input.size().rect())));
                let runs = TileRuns::new(pass.level.plane(tile.input), false);
                Self { tile, part: None, mean, is_checked, work: TileInput::Planes { runs, from: Some(picture) } }
            }
            PassInput::Resized(input) => {
                let (columns, rows) = (input.columns(tile.input), input.rows(tile.input));
                let (across, down) = (columns.reach(), rows.reach());
                let before = Rect::new(across.start, down.start, across.len(), down.len());
                let before = BufferedPart::of(input.before, before);
                let work = TileInput::Resized { input, columns, rows, before, is_started: false };
                Self { tile, part: None, mean: None, is_checked, work }
            }
        }
    }

    /// Starts the next run, if there is one. The kept part of its output also goes to `kept`.
    pub fn start_next(
        &mut self,
        kept: Option<&ResidentPicture>,
        restorer: &mut dyn Restorer,
    ) -> Option<Result<Running, EngineError>> {
        let start = Instant::now();
        let rect = self.tile.input;
        let run = match &mut self.work {
            TileInput::Planes { runs, from } => {
                let planes = runs.next()?;
                let output = kept.map(|picture| (picture, self.tile.kept));
                match from.is_some() || output.is_some() {
                    true => start_resident(planes, &ResidentTile { rect, input: *from, output }, restorer),
                    false => restorer.start(planes),
                }
            }
            TileInput::Resized { is_started: true, .. } => return None,
            TileInput::Resized { input, columns, rows, before, is_started } => {
                *is_started = true;
                let from = match input.resident {
                    Some(picture) => ResizedFrom::Resident(picture),
                    None => ResizedFrom::Uploaded(before.planes(), before.rect()),
                };
                start_resized(&ResizedTile { from, columns, rows, level: input.level }, restorer)
            }
        };
        Some(run.map(|run| Running { run, size: rect.size(), start }))
    }

    /// The mean that the outputs should have, if it is checked. What else the CPU needs for the result it computes here, while the
    /// device is busy.
    pub fn expected_mean(&mut self) -> Option<f32> {
        if let (None, TileInput::Resized { input, before, .. }) = (&self.part, &self.work) {
            let part = padded_part(&Enlarged::new(before, input.size, input.resizing), self.tile.input);
            self.mean = self.is_checked.then(|| luminance_in(&part).mean(1, part.size().rect()));
            self.part = Some(part);
        }
        self.mean
    }

    /// Adds the output of the first run that has none yet. Returns that of the tile after the last.
    pub fn add(&mut self, output: Planes) -> Option<Planes> {
        match &mut self.work {
            TileInput::Planes { runs, .. } => runs.add(output),
            TileInput::Resized { .. } => Some(output),
        }
    }

    /// The part that is restored, in px of the picture.
    pub fn kept(&self) -> Rect {
        self.tile.kept
    }

    /// Whether the CPU changes the output.
    pub fn changes_output(&self) -> bool {
        self.part.is_some()
    }

    /// The kept part of the restored picture, from the network's output.
    pub fn restored(self, pass: &NetworkPass, output: Planes) -> Planes {
        planes_out(pass.task, self.part, output).into_crop(self.tile.kept_in_tile())
    }
}

impl ResizedInput<'_> {
    fn columns(&self, rect: Rect) -> Taps {
        Taps::new((rect.x..rect.right()).map(|x| self.resizing.column(reflected(x, self.size.width))))
    }

    fn rows(&self, rect: Rect) -> Taps {
        Taps::new((rect.y..rect.bottom()).map(|y| self.resizing.row(reflected(y, self.size.height))))
    }
}

fn start_resized(tile: &ResizedTile, restorer: &mut dyn Restorer) -> Result<Run, EngineError> {
    let device = restorer.device().name.clone();
    restorer.resident().ok_or_else(|| not_resident(device))?.start_resized(tile)
}

fn start_resident(planes: Planes, tile: &ResidentTile, restorer: &mut dyn Restorer) -> Result<Run, EngineError> {
    let device = restorer.device().name.clone();
    restorer.resident().ok_or_else(|| not_resident(device))?.start_resident(planes, tile)
}

fn not_resident(device: String) -> EngineError {
    EngineError::Device { device, reason: "no picture can stay in its memory".into() }
}

/// A run that is not finished.
pub struct Running {
    /// The run.
    pub run: Run,
    /// Size of its tile, in px.
    pub size: Size,
    /// When it was started.
    pub start: Instant,
}

impl Running {
    /// Whether it starts only when its output is needed.
    pub fn is_waiting(&self) -> bool {
        matches!(self.run, Run::Waiting(_))
    }
}
