//! Filling marked pixels from coarse to fine, in blocks as they are needed.

use std::{collections::HashMap, sync::Arc};

use super::{
    Grain, Marks,
    blocks::{blocks, cell_rect, cells_of, coverage, missing_blocks, work},
};
use crate::{
    engine::Task,
    pixels::{Planes, Rect, Size},
    restore::{
        Bitmap, Follower, RestoreError, Scope,
        coverage::Coverage,
        image_source::{Evened, ImageSource, PhotoColours},
        pyramid::{doubled, halved, halved_where_all, halved_where_any},
        runner::{NetworkPass, PlannedPass, Runner},
        tensor_io::LevelPlane,
    },
};

/// How far beside the marks the result is blended in, in px.
const FEATHER: usize = 2;

/// Px that the network computes at all sizes, by those at full size.
const WITH_SMALLER_SIZES: f64 = 1.5;

/// What filling the marks of a photo takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FillingNeed {
    /// The px that are kept.
    pub kept: usize,
    /// About the px that the network computes, at all sizes and with halos.
    pub computed: usize,
}

/// A picture of the pyramid with its marks, and those that are hidden.
struct Level {
    picture: Planes,
    marks: Arc<Bitmap>,
    hidden: Bitmap,
}

/// The marks of a photo, and what they are filled with.
pub struct Filling {
    /// The px that nothing is filled from.
    missing: Arc<Bitmap>,
    /// The px at most 0, 1, … and [`FEATHER`] px from one that is filled, but more than [`FEATHER`], …, 1 and 0 px from one that
    /// stays, unless they are hidden.
    near: [Bitmap; FEATHER + 1],
    /// The marked px that are hidden.
    hidden: Bitmap,
    /// The picture of half the size, filled; none if nothing is filled.
    half: Option<Planes>,
    coverage: Coverage,
    /// The filled cells, by their column and row.
    cells: HashMap<(usize, usize), Planes>,
}

impl Filling {
    /// Starts with everything but the photo's own size, whose blocks are filled by [`Self::fill`].
    ///
    /// # Errors
    /// When it is cancelled, or no device works.
    pub fn new(
        marks: &Marks,
        colours: &PhotoColours,
        runner: &mut Runner,
        planned: &dyn Fn(&Filling) -> Vec<PlannedPass>,
    ) -> Result<Self, RestoreError> {
        let near = near(marks);
        let (missing, hidden, coverage) =
            (Arc::new(marks.missing().clone()), marks.hidden().clone(), coverage(&near[FEATHER]));
        let is_empty = near[FEATHER].is_empty();
        let mut filling = Self { missing, near, hidden, half: None, coverage, cells: HashMap::new() };
        if is_empty {
            return Ok(filling);
        }
        let mut levels = levels(colours, marks);
        let mut passes: Vec<_> = levels.iter().rev().flat_map(Level::passes).collect();
        passes.extend(planned(&filling));
        runner.set_remaining(passes);
        while let Some(coarse) = levels.pop() {
            let Some(level) = levels.last_mut() else {
                filling.half = Some(coarse.picture);
                break;
            };
            level.fill(&coarse.picture, runner)?;
        }
        Ok(filling)
    }

    /// The passes that [`Self::fill`] needs for a part; `coverage`: the finished blocks, this part included afterwards.
    pub fn passes(&self, rect: Rect, coverage: &mut Coverage) -> Vec<PlannedPass> {
        let size = self.size();
        let blocks = missing_blocks(coverage, rect, size);
        blocks.iter().for_each(|block| coverage.finish(*block));
        blocks.into_iter().map(|wanted| PlannedPass { task: Task::Repair, size: size.evened(), wanted }).collect()
    }

    /// What filling these marks takes.
    pub fn need(marks: &Marks) -> FillingNeed {
        let size = marks.size();
        let [.., near] = near(marks);
        let kept = coverage(&near).missing(None, Scope::Whole).iter().map(|block| block.size().area()).sum();
        let computed: usize = blocks(&near).iter().map(|block| work(*block, size)).sum();
        FillingNeed { kept, computed: (computed as f64 * WITH_SMALLER_SIZES) as usize }
    }

    /// The finished blocks.
    pub fn coverage(&self) -> &Coverage {
        &self.coverage
    }

    /// Size of the photo, in px.
    fn size(&self) -> Size {
        self.missing.size()
    }

    /// Fills the missing blocks of the part `rect`. `finished` receives each with the follower.
    ///
    /// # Errors
    /// When it is cancelled, or no device works.
    pub fn fill(
        &mut self,
        rect: Rect,
        colours: &PhotoColours,
        runner: &mut Runner,
        finished: &mut dyn FnMut(&Self, Rect, &mut dyn Follower),
    ) -> Result<(), RestoreError> {
        for block in missing_blocks(&self.coverage, rect, self.size()) {
            let Some(half) = &self.half else { return Ok(()) };
            let mut parts = Vec::new();
            let input = FilledFromHalf { picture: colours, marks: &self.missing, hidden: &self.hidden, half };
            run(&input, &self.missing, block, runner, &mut |rect, part| parts.push((rect, part)))?;
            parts.iter().for_each(|(rect, part)| self.store(part, *rect));
            self.coverage.finish(block);
            finished(self, block, runner.follower);
        }
        Ok(())
    }

    /// Keeps a computed part: its cells with marks.
    fn store(&mut self, part: &Planes, rect: Rect) {
        let rect = rect.intersection(self.size().rect());
        for cell in cells_of(rect) {
            let cell_rect = cell_rect(cell);
            let inside = cell_rect.intersection(rect);
            if self.near[FEATHER].intersects(inside) {
                let blank = || Planes::filled(part.channels(), cell_rect.size(), 0.0);
                let (x, y) = (inside.x - cell_rect.x, inside.y - cell_rect.y);
                let filled = self.cells.entry(cell).or_insert_with(blank);
                filled.paste(part, inside.relative_to(rect.x, rect.y), x, y);
            }
        }
    }

    /// Writes what is filled into the part `rect` of the photo.
    pub fn apply(&self, part: &mut Planes, rect: Rect, grain: Option<&Grain>) {
        let channels = part.channels();
        for (column, row) in cells_of(rect) {
            let Some(filled) = self.cells.get(&(column, row)) else { continue };
            let cell = cell_rect((column, row));
            let inside = cell.intersection(rect);
            for y in inside.y..inside.bottom() {
                for x in self.near[FEATHER].runs(y, inside.x..inside.right()).flatten() {
                    let is_marked = self.missing.contains(x, y);
                    let share =
                        self.near.iter().filter(|near| near.contains(x, y)).count() as f32 / (FEATHER + 1) as f32;
                    let value = |channel: usize| filled.row(channel, y - cell.y)[x - cell.x];
                    let change = |channel: usize| value(channel) - part.row(channel, y - rect.y)[x - rect.x];
                    let grain = grain.map_or([0.0; 3], |grain| {
                        let brightness = (0..channels).map(value).sum::<f32>() / channels as f32;
                        let replaced = match self.hidden.contains(x, y) {
                            true => 1.0,
                            false => grain.share_lost((0..channels).map(change), brightness),
                        };
                        grain.at((x, y), brightness, channels).map(|grain| replaced * grain)
                    });
                    for (channel, grain) in (0..channels).zip(grain) {
                        let before = &mut part.row_mut(channel, y - rect.y)[x - rect.x];
                        // Beside the marks, floating-point values keep what they exceed the filled ones' range by.
                        let replaced = if is_marked { *before } else { before.clamp(0.0, 1.0) };
                        *before += share * (value(channel) + grain - replaced);
                    }
                }
            }
        }
    }
}

impl Level {
    fn passes(&self) -> Vec<PlannedPass> {
        // The smallest one is not filled.
        let size = self.marks.size();
        let pass = |wanted: Rect| PlannedPass { task: Task::Repair, size: size.evened(), wanted };
        if can_halve(size) { blocks(&self.marks).into_iter().map(pass).collect() } else { Vec::new() }
    }

    /// Replaces the marked px; `half`: the filled picture of half the size.
    fn fill(&mut self, half: &Planes, runner: &mut Runner) -> Result<(), RestoreError> {
        let Self { picture, marks, hidden } = self;
        let size = picture.size();
        // Each block sees what the picture has in the others.
        let mut parts = Vec::new();
        let input = FilledFromHalf { picture, marks, hidden, half };
        for block in blocks(marks) {
            run(&input, marks, block, runner, &mut |rect, part| parts.push((rect, part)))?;
        }
        for (rect, part) in parts {
            let rect = rect.intersection(size.rect());
            for y in rect.y..rect.bottom() {
                for x in marks.runs(y, rect.x..rect.right()).flatten() {
                    for channel in 0..part.channels() {
                        picture.row_mut(channel, y)[x] = part.row(channel, y - rect.y)[x - rect.x];
                    }
                }
            }
        }
        Ok(())
    }
}

/// [`Filling::near`].
fn near(marks: &Marks) -> [Bitmap; FEATHER + 1] {
    let (filled, stays) = (marks.bits(), marks.too_wide());
    std::array::from_fn(|px| filled.grown(px).without(&stays.grown(FEATHER - px).without(marks.hidden())))
}

/// Whether a picture is filled from half the size.
fn can_halve(size: Size) -> bool {
    size.width.max(size.height) >= 2
}

/// The pictures of half the size, a quarter, and so on, down to the first one that is too small or has no mark.
fn levels(colours: &PhotoColours, marks: &Marks) -> Vec<Level> {
    let half = |picture: &dyn ImageSource, marks: &Bitmap, hidden: &Bitmap| {
        let marks_of_half = halved_where_all(marks);
        let hidden = halved_where_any(hidden).intersection(&marks_of_half);
        Level { picture: halved(picture, Some(marks)), marks: Arc::new(marks_of_half), hidden }
    };
    let mut levels = vec![half(colours, marks.missing(), marks.hidden())];
    while let Some(Level { picture, marks, hidden }) = levels.last()
        && !marks.is_empty()
        && can_halve(picture.size())
    {
        levels.push(half(picture, marks, hidden));
    }
    levels
}

/// Runs the network on a part of a picture. `take` receives the output, limited to 0–1.
fn run(
    input: &FilledFromHalf,
    marks: &Arc<Bitmap>,
    wanted: Rect,
    runner: &mut Runner,
    take: &mut dyn FnMut(Rect, Planes),
) -> Result<(), RestoreError> {
    let level = LevelPlane::Marks(marks.clone());
    let pass = NetworkPass { task: Task::Repair, input: &Evened(input), level, wanted };
    runner.run(&pass, &mut |rect, mut part, _| {
        part.data_mut().iter_mut().for_each(|value| *value = value.clamp(0.0, 1.0));
        take(rect, part);
    })
}

/// A picture whose marked px are those of the picture of half the size, and planes of what it has there itself minus that, 0 where
/// it is hidden or unmarked.
struct FilledFromHalf<'a> {
    picture: &'a dyn ImageSource,
    marks: &'a Bitmap,
    hidden: &'a Bitmap,
    half: &'a Planes,
}

impl ImageSource for FilledFromHalf<'_> {
    fn size(&self) -> Size {
        self.picture.size()
    }

    fn channels(&self) -> usize {
        2 * self.picture.channels()
    }

    fn part(&self, rect: Rect) -> Planes {
        let channels = self.picture.channels();
        let mut values = self.picture.part(rect).into_data();
        values.resize(2 * values.len(), 0.0);
        let mut part = Planes::new(2 * channels, rect.size(), values);
        for y in rect.y..rect.bottom() {
            for x in self.marks.runs(y, rect.x..rect.right()).flatten() {
                for channel in 0..channels {
                    let filled = doubled(self.half, channel, (x, y));
                    let own = std::mem::replace(&mut part.row_mut(channel, y - rect.y)[x - rect.x], filled);
                    if !self.hidden.contains(x, y) {
                        part.row_mut(channels + channel, y - rect.y)[x - rect.x] = own - filled;
                    }
                }
            }
        }
        part
    }
}
