//! The marked pixels of a photo, which are filled.

use std::ops::Range;

use super::{DamageMap, MarkEdits, groups::Groups};
use crate::{
    pixels::{Depth, Planes, Raster, Rect, Size, each_row},
    restore::{Bitmap, Point, RestoreError, Sensitivity},
};

/// Share of the probability of a mark that the px connected with it need.
const GROW: f32 = 0.5;
/// Smallest mark, in px.
const SMALLEST: usize = 4;
/// How far marks that were found are grown, in px.
const MARGIN: usize = 1;
/// Logit of the probability of a mark at sensitivity 0, and by how much it is lower at 100.
const LOGIT_AT_0: f32 = 6.0;
const LOGIT_RANGE: f32 = 8.0;
/// Greatest distance of a marked px from the nearest unmarked one, along the axes, in px: more can't be filled.
const REACH: usize = 64;

/// The marked pixels of a photo.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marks {
    bits: Bitmap,
}

/// Marks in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct MarkSummary {
    /// Number of marks: of groups of marked px that touch each other.
    pub marks: usize,
    /// Share of the photo's px that are marked, 0–1.
    pub share: f64,
}

impl Marks {
    /// None.
    pub fn none(photo: Size) -> Self {
        Self { bits: Bitmap::new(photo) }
    }

    /// What is damaged at this sensitivity: px that are likely enough, with the half as likely ones connected to them. Without
    /// what is too wide to be filled, which hardly ever is damage.
    pub fn found(map: &DamageMap, sensitivity: Sensitivity) -> Self {
        let logit = LOGIT_AT_0 - LOGIT_RANGE * f32::from(sensitivity.percent()) / 100.0;
        let least = 255.0 / (1.0 + (-logit).exp());
        let candidates = Bitmap::of(map.size(), |y, x| f32::from(map.row(y)[x]) >= GROW * least);
        let groups = Groups::of(&candidates);
        let (mut px, mut is_likely) = (vec![0; groups.count], vec![false; groups.count]);
        for (run, group) in groups.iter() {
            px[group] += run.columns().len();
            is_likely[group] |= map.row(run.y())[run.columns()].iter().any(|likely| f32::from(*likely) >= least);
        }
        let mut bits = Bitmap::new(map.size());
        let is_mark = |group: usize| is_likely[group] && px[group] >= SMALLEST;
        for (run, _) in groups.iter().filter(|(_, group)| is_mark(*group)) {
            bits.add(run.y(), run.columns());
        }
        (0..MARGIN).for_each(|_| bits = bits.dilated());
        Self { bits }.without_too_wide()
    }

    /// The white px of a picture: more than half as bright as white. Transparency does not count.
    pub fn from_mask(mask: &Raster) -> Self {
        let size = mask.size();
        let mut white = vec![false; size.area()];
        each_row(&mut white, size.width, |y, row| {
            let luma = mask.colours_in(Rect::new(0, y, size.width, 1)).luma();
            row.iter_mut().zip(luma.data()).for_each(|(white, value)| *white = *value > 0.5);
        });
        Self { bits: Bitmap::of(size, |y, x| white[y * size.width + x]) }
    }

    /// A grey picture of 8 bits: white where marked, else black.
    pub fn to_mask(&self) -> Raster {
        let size = self.size();
        let mut mask = Raster::blank(1, size, Depth::Eight);
        let mut row = Vec::with_capacity(size.width);
        for y in 0..size.height {
            row.clear();
            self.bits.values(Rect::new(0, y, size.width, 1), &mut row);
            mask.put(0, &Planes::new(1, Size::new(size.width, 1), row.clone()), 0, y);
        }
        mask
    }

    /// The same after these edits.
    pub fn edited(mut self, edits: &MarkEdits) -> Self {
        edits.apply(&mut self.bits);
        self
    }

    /// Size of the photo, in px.
    pub fn size(&self) -> Size {
        self.bits.size()
    }

    /// The marked px.
    pub fn bits(&self) -> &Bitmap {
        &self.bits
    }

    /// Whether nothing is marked.
    pub fn is_empty(&self) -> bool {
        self.bits.is_empty()
    }

    /// Whether everything is marked.
    pub fn is_all(&self) -> bool {
        self.bits.count() == self.size().area()
    }

    /// Their number and share.
    pub fn summary(&self) -> MarkSummary {
        let share = self.bits.count() as f64 / self.size().area().max(1) as f64;
        MarkSummary { marks: Groups::of(&self.bits).count, share }
    }

    /// The marked px nearest to a point, within `reach` px of it.
    pub fn near(&self, [x, y]: Point, reach: f32) -> Option<Point> {
        let size = self.size();
        let around =
            |at: f32, side: usize| (at - reach).max(0.0) as usize..((at + reach).max(0.0) as usize + 1).min(side);
        let rows = around(y, size.height).flat_map(|row| {
            let runs = self.bits.runs(row, around(x, size.width));
            runs.map(move |run| [x.clamp(run.start as f32 + 0.5, run.end as f32 - 0.5), row as f32 + 0.5])
        });
        let distance = |point: &Point| (point[0] - x).hypot(point[1] - y);
        let nearest = rows.min_by(|one, other| distance(one).total_cmp(&distance(other)));
        nearest.filter(|point| distance(point) <= reach + 0.5)
    }

    /// Whether they can be filled.
    ///
    /// # Errors
    /// When they are too wide, or everything is marked.
    pub fn check(&self) -> Result<(), RestoreError> {
        match self.too_wide().next() {
            _ if self.is_all() => Err(RestoreError::AllMarked),
            Some((x, y)) => Err(RestoreError::TooWide { x, y, most: 2 * REACH - 1 }),
            None => Ok(()),
        }
    }

    /// Marked px too far from unmarked ones to be filled: at least one of each wide part.
    fn too_wide(&self) -> impl Iterator<Item = (usize, usize)> {
        let Size { width, height } = self.size();
        // For each column, in how many successive rows it is far from the ends of its run; all rows beyond the border count.
        let mut rows = vec![REACH; width];
        (0..height).flat_map(move |y| {
            let missing = if y + 1 == height { REACH } else { 0 };
            let (mut done, mut found) = (0, Vec::new());
            for inner in self.bits.runs(y, 0..width).map(|run| inner(&run, width)).filter(|inner| !inner.is_empty()) {
                rows[done..inner.start].fill(0);
                done = inner.end;
                rows[inner.clone()].iter_mut().for_each(|rows| *rows += 1);
                let column = inner.into_iter().find(|x| rows[*x] + missing > 2 * REACH);
                found.extend(column.map(|x| (x, y.saturating_sub(REACH))));
            }
            rows[done..].fill(0);
            found
        })
    }

    /// The same without those that are too wide to be filled.
    fn without_too_wide(mut self) -> Self {
        let places: Vec<_> = self.too_wide().collect();
        if places.is_empty() {
            return self;
        }
        let groups = Groups::of(&self.bits);
        let mut is_too_wide = vec![false; groups.count];
        places.into_iter().filter_map(|(x, y)| groups.at(x, y)).for_each(|group| is_too_wide[group] = true);
        for (run, _) in groups.iter().filter(|(_, group)| is_too_wide[*group]) {
            self.bits.remove(run.y(), run.columns());
        }
        self
    }
}

/// The columns of a run that are at least [`REACH`] px away from its ends, unless the picture ends there.
fn inner(run: &Range<usize>, width: usize) -> Range<usize> {
    let start = if run.start == 0 { 0 } else { run.start + REACH };
    let end = if run.end == width { width } else { run.end.saturating_sub(REACH) };
    start..end
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From drawn rows of digits, which stand for tenths of a probability.
    fn found(rows: &[&str], sensitivity: u8) -> Vec<String> {
        let size = Size::new(rows[0].len(), rows.len());
        let drawn = rows.concat();
        let likely = drawn.bytes().map(|digit| (f32::from(digit - b'0') * 25.5).round() as u8);
        let marks = Marks::found(&DamageMap::new(size, likely.collect()), Sensitivity::of(sensitivity));
        let row = |y: usize| (0..size.width).map(|x| if marks.bits.contains(x, y) { '#' } else { '.' }).collect();
        (0..size.height).map(row).collect()
    }

    #[test]
    fn likely_pixels_take_half_as_likely_ones_along() {
        let rows = [
            "000000000000", //
            "036300003330",
            "000300000000",
            "000000000000",
            "000000000000",
            "066600000000",
        ];
        // From 0.5: the first group has a px of 0.6, the second none; the third has too few px.
        assert_eq!(
            found(&rows, 75),
            [
                "#####.......", //
                "#####.......",
                "#####.......",
                "..###.......",
                "............",
                "............",
            ]
        );
        // From 0.69 nothing; from 0.28 the others that are large enough, too.
        assert!(found(&rows, 65).concat().chars().all(|px| px == '.'));
        let more = ["00000000000000", "03330000000000", "03330000006600"];
        assert_eq!(found(&more, 87), ["#####.........", "#####.........", "#####........."]);
    }

    #[test]
    fn what_is_found_can_be_filled() {
        let size = Size::new(400, 300);
        let is_wide = |x: usize, y: usize| (100..240).contains(&x) && (80..260).contains(&y);
        let likely = (0..size.area()).map(|at| {
            let (x, y) = (at % size.width, at / size.width);
            if is_wide(x, y) || x == 50 || x == 300 && y > 250 { 255 } else { 0 }
        });
        let marks = Marks::found(&DamageMap::new(size, likely.collect()), Sensitivity::MEDIUM);
        assert!(marks.check().is_ok());
        assert_eq!(marks.summary().marks, 2);
        assert!(marks.bits.contains(50, 9) && marks.bits.contains(300, 280) && !marks.bits.contains(110, 90));
        let all = Marks::found(&DamageMap::new(size, vec![255; size.area()]), Sensitivity::MEDIUM);
        assert!(all.is_empty());
    }

    #[test]
    fn masks_are_read_as_they_are_written() {
        let size = Size::new(70, 3);
        let bits = Bitmap::of(size, |y, x| (x + y) % 5 == 0);
        let marks = Marks { bits };
        assert_eq!(Marks::from_mask(&marks.to_mask()), marks);
        let (mask, half) = (marks.to_mask(), Planes::new(1, Size::new(3, 1), vec![127.0 / 255.0, 128.0 / 255.0, 1.0]));
        assert_eq!(mask.channels(), 1);
        let marks = Marks::from_mask(&Raster::from_planes(&half, None, Depth::Eight));
        assert_eq!((0..3).map(|x| marks.bits.contains(x, 0)).collect::<Vec<_>>(), [false, true, true]);
    }
}
