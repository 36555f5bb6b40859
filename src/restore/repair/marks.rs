//! The marked pixels of a photo, which are filled.

use std::sync::Arc;

use super::{
    DamageMap, MarkEdits, Texture,
    damaged_marks::without_damage,
    groups::Groups,
    holes::{too_deep, wide_holes},
};
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
/// Parts wider than twice this, in px, need a mean of this share of the probability of a mark, but no more than [`WIDE_MEAN`].
const WIDE: usize = 6;
const WIDE_SHARE: f32 = 0.95;
const WIDE_MEAN: f32 = 0.85;
/// Logit of the probability of a mark at sensitivity 0, and by how much it is lower at 100.
const LOGIT_AT_0: f32 = 6.0;
const LOGIT_RANGE: f32 = 8.0;

/// Brightness from which a marked px of a mask is hidden, 0–1.
const HIDDEN_FROM: f32 = 0.9;
/// Brightness that a marked px that is not hidden is written with, 0–1.
const SEEN: f32 = 0.75;

/// The marked pixels of a photo. Some are hidden: what the photo has there is not used. Damage is not, since it may be intact, or
/// the picture shows through. Where it is a hole that is too wide to be filled, it stays.
#[derive(Debug, Clone, PartialEq)]
pub struct Marks {
    /// With those that stay.
    missing: Bitmap,
    hidden: Bitmap,
    /// The photo's, if it is known.
    texture: Option<Arc<Texture>>,
    /// What is filled.
    bits: Bitmap,
}

/// Marks in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct MarkSummary {
    /// Number of marks: of groups of marked px that touch each other.
    pub marks: usize,
    /// Share of the photo's px that are marked, 0–1.
    pub share: f64,
    /// Number of holes that are too wide to be filled, and stay.
    pub too_wide: usize,
}

impl Marks {
    /// None.
    pub fn none(photo: Size) -> Self {
        let none = Bitmap::new(photo);
        Self { missing: none.clone(), hidden: none.clone(), texture: None, bits: none }
    }

    fn of(missing: Bitmap, hidden: Bitmap, texture: Option<Arc<Texture>>) -> Self {
        let damage = missing.clone().without(&hidden);
        let bits = match &texture {
            Some(texture) => missing.clone().without(&wide_holes(&texture.holes_in(&damage), &hidden)),
            None => missing.clone(),
        };
        Self { missing, hidden, texture, bits }
    }

    /// What is damaged at this sensitivity: px that are likely enough, with the half as likely ones connected to them.
    pub fn found(map: &DamageMap, sensitivity: Sensitivity) -> Self {
        let bits = likely_marks(map.size(), |x, y| map.corrected(x, y), sensitivity);
        Self::of(bits, Bitmap::new(map.size()), Some(map.texture().clone()))
    }

    /// The px of a picture that are more than half as bright as white, over black where it is transparent: white is hidden,
    /// grey is not. None stays.
    pub fn from_mask(mask: &Raster) -> Self {
        let size = mask.size();
        // Whether each px is marked, and hidden.
        let mut kinds = vec![(false, false); size.area()];
        each_row(&mut kinds, size.width, |y, row| {
            let part = Rect::new(0, y, size.width, 1);
            let (luma, alpha) = (mask.colours_in(part).luma(), mask.alpha_in(part));
            for (x, (kind, luma)) in row.iter_mut().zip(luma.data()).enumerate() {
                let brightness = luma * alpha.as_ref().map_or(1.0, |alpha| alpha.data()[x]);
                *kind = (brightness > 0.5, brightness >= HIDDEN_FROM);
            }
        });
        let missing = Bitmap::of(size, |y, x| kinds[y * size.width + x].0);
        let hidden = Bitmap::of(size, |y, x| kinds[y * size.width + x].1);
        Self { bits: missing.clone(), missing, hidden, texture: None }
    }

    /// A grey picture of 8 bits: white where marked and hidden, grey where marked, else black.
    pub fn to_mask(&self) -> Raster {
        let size = self.size();
        let mut mask = Raster::blank(1, size, Depth::Eight);
        for y in 0..size.height {
            let value = |x: usize| match self.missing.contains(x, y) {
                true if self.hidden.contains(x, y) => 1.0,
                true => SEEN,
                false => 0.0,
            };
            mask.put(0, &Planes::new(1, Size::new(size.width, 1), (0..size.width).map(value).collect()), 0, y);
        }
        mask
    }

    /// The same on a photo with this texture, in which damage is not hidden. `likely`: how likely each px of the photo of half
    /// the size is damaged; none if nothing is hidden.
    pub fn on_photo(&self, texture: Arc<Texture>, likely: Option<&Planes>) -> Self {
        let hidden = likely.map_or_else(|| self.hidden.clone(), |likely| without_damage(&self.hidden, likely));
        Self::of(self.missing.clone(), hidden, Some(texture))
    }

    /// The same after these edits.
    pub fn edited(mut self, edits: &MarkEdits) -> Self {
        if edits.is_empty() {
            return self;
        }
        edits.apply(&mut self.missing, &mut self.hidden);
        Self::of(self.missing, self.hidden, self.texture)
    }

    /// Size of the photo, in px.
    pub fn size(&self) -> Size {
        self.bits.size()
    }

    /// The marked px that are filled.
    pub fn bits(&self) -> &Bitmap {
        &self.bits
    }

    /// The marked px that are hidden.
    pub fn hidden(&self) -> &Bitmap {
        &self.hidden
    }

    /// These, and the holes that stay. Nothing is filled from them.
    pub fn missing(&self) -> &Bitmap {
        &self.missing
    }

    /// The holes that are too wide to be filled, and stay.
    pub fn too_wide(&self) -> Bitmap {
        self.missing.clone().without(&self.bits)
    }

    /// Whether nothing is marked.
    pub fn is_empty(&self) -> bool {
        self.missing.is_empty()
    }

    /// Whether everything is hidden.
    pub fn hides_all(&self) -> bool {
        self.hidden.count() == self.size().area()
    }

    /// Their number and share.
    pub fn summary(&self) -> MarkSummary {
        let share = self.bits.count() as f64 / self.size().area().max(1) as f64;
        MarkSummary { marks: Groups::of(&self.bits).count, share, too_wide: Groups::of(&self.too_wide()).count }
    }

    /// The marked px nearest to a point, within `reach` px of it.
    pub fn near(&self, point: Point, reach: f32) -> Option<Point> {
        nearest(&self.bits, point, reach)
    }

    /// Whether they can be filled.
    ///
    /// # Errors
    /// When what is hidden is too wide, or everything.
    pub fn check(&self) -> Result<(), RestoreError> {
        if self.hides_all() {
            return Err(RestoreError::AllMarked);
        }
        let (deep, Size { width, height }) = (too_deep(&self.hidden), self.size());
        match (0..height).find_map(|y| deep.runs(y, 0..width).next().map(|run| (run.start, y))) {
            Some((x, y)) => Err(RestoreError::TooWide { x, y }),
            None => Ok(()),
        }
    }
}

/// The px that are likely enough damage at this sensitivity, given how likely each is.
fn likely_marks(photo: Size, likely: impl Fn(usize, usize) -> f32 + Sync, sensitivity: Sensitivity) -> Bitmap {
    let logit = LOGIT_AT_0 - LOGIT_RANGE * f32::from(sensitivity.percent()) / 100.0;
    let least = 1.0 / (1.0 + (-logit).exp());
    let groups = Groups::of(&Bitmap::of(photo, |y, x| likely(x, y) >= GROW * least));
    let (mut px, mut is_likely) = (vec![0; groups.count], vec![false; groups.count]);
    for (run, group) in groups.iter() {
        px[group] += run.columns().len();
        is_likely[group] |= run.columns().any(|x| likely(x, run.y()) >= least);
    }
    let mut bits = Bitmap::new(photo);
    let is_mark = |group: usize| is_likely[group] && px[group] >= SMALLEST;
    for (run, _) in groups.iter().filter(|(_, group)| is_mark(*group)) {
        bits.add(run.y(), run.columns());
    }
    remove_unsure_wide_parts(&mut bits, likely, WIDE_MEAN.min(WIDE_SHARE * least));
    bits.grown(MARGIN)
}

/// Removes the wide parts of marks whose mean probability is below `least`, with their edges: most false marks are such parts,
/// of which the network sees only some at a time.
fn remove_unsure_wide_parts(marks: &mut Bitmap, likely: impl Fn(usize, usize) -> f32, least: f32) {
    let wide = marks.shrunk(WIDE).grown(WIDE).intersection(marks);
    let groups = Groups::of(&wide);
    let mut means = vec![(0.0, 0); groups.count];
    for (run, group) in groups.iter() {
        let (sum, px) = &mut means[group];
        *sum += run.columns().map(|x| f64::from(likely(x, run.y()))).sum::<f64>();
        *px += run.columns().len();
    }
    let is_unsure = |group: usize| means[group].0 < f64::from(least) * means[group].1 as f64;
    let mut unsure = Bitmap::new(marks.size());
    for (run, _) in groups.iter().filter(|(_, group)| is_unsure(*group)) {
        unsure.add(run.y(), run.columns());
    }
    let unsure = unsure.grown(WIDE);
    for y in 0..marks.size().height {
        unsure.runs(y, 0..marks.size().width).for_each(|columns| marks.remove(y, columns));
    }
}

/// The px of a bitmap nearest to a point, within `reach` px of it.
pub(super) fn nearest(bits: &Bitmap, [x, y]: Point, reach: f32) -> Option<Point> {
    let size = bits.size();
    let around = |at: f32, side: usize| (at - reach).max(0.0) as usize..((at + reach).max(0.0) as usize + 1).min(side);
    let rows = around(y, size.height).flat_map(|row| {
        let runs = bits.runs(row, around(x, size.width));
        runs.map(move |run| [x.clamp(run.start as f32 + 0.5, run.end as f32 - 0.5), row as f32 + 0.5])
    });
    let distance = |point: &Point| (point[0] - x).hypot(point[1] - y);
    let nearest = rows.min_by(|one, other| distance(one).total_cmp(&distance(other)));
    nearest.filter(|point| distance(point) <= reach + 0.5)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::restore::{Effect, MarkEdit, Stroke};

    /// From drawn rows of digits, which stand for tenths of a probability.
    fn found(rows: &[&str], sensitivity: u8) -> Vec<String> {
        let size = Size::new(rows[0].len(), rows.len());
        let likely = |x: usize, y: usize| f32::from(rows[y].as_bytes()[x] - b'0') / 10.0;
        let marks = likely_marks(size, likely, Sensitivity::of(sensitivity));
        let row = |y: usize| (0..size.width).map(|x| if marks.contains(x, y) { '#' } else { '.' }).collect();
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
    fn wide_parts_need_a_higher_mean() {
        // A scratch of 5 px across a spot of 40 px.
        let is_scratch = |y: usize| y.abs_diff(60) <= 2;
        let is_spot = |x: usize, y: usize| x.abs_diff(100) <= 20 && y.abs_diff(60) <= 20;
        for (spot, has_spot) in [(0.85, true), (0.75, false)] {
            let likely = |x: usize, y: usize| match (is_scratch(y), is_spot(x, y)) {
                (true, _) => 0.99,
                (_, true) => spot,
                _ => 0.0,
            };
            let marks = likely_marks(Size::new(200, 120), likely, Sensitivity::MEDIUM);
            assert_eq!(marks.contains(100, 45), has_spot);
            assert!(marks.contains(20, 60) && marks.contains(180, 60), "thin");
        }
    }

    #[test]
    fn what_is_found_can_be_filled() {
        let size = Size::new(400, 300);
        let is_wide = |x: usize, y: usize| (80..240).contains(&x) && (60..260).contains(&y);
        let likely = (0..size.area()).map(|at| {
            let (x, y) = (at % size.width, at / size.width);
            if is_wide(x, y) || x == 50 || x == 300 && y > 250 { 255 } else { 0 }
        });
        let likely: Vec<_> = likely.collect();
        let found = |likely: &[u8], texture: &dyn Fn(usize, usize) -> f32| {
            let photo = (0..size.area()).map(|at| texture(at % size.width, at / size.width)).collect();
            let texture = Texture::of(&Planes::new(1, size, photo));
            Marks::found(&DamageMap::new(size, likely.to_vec(), Arc::new(texture)), Sensitivity::MEDIUM)
        };
        let even = |_, _| 0.5;
        let uneven = |x: usize, y: usize| if x.is_multiple_of(30) && y.is_multiple_of(40) { 1.0 } else { 0.5 };
        let marks = found(&likely, &even);
        assert!(marks.check().is_ok());
        assert_eq!((marks.summary().marks, marks.summary().too_wide), (2, 1));
        let seen = found(&likely, &uneven);
        assert_eq!((seen.summary().marks, seen.summary().too_wide), (3, 0));
        let all = found(&vec![255; size.area()], &even);
        assert!(all.check().is_ok() && all.bits.is_empty() && !all.is_empty());
        assert_eq!((all.summary().marks, all.summary().too_wide), (0, 1));
        // What is painted over it is filled, but may be too wide.
        let stroke = |radius: f32| {
            let points = vec![[200.0, 150.0]];
            MarkEdits::default().with(MarkEdit::Stroke(Stroke { points, radius, feather: 0.0, effect: Effect::Add }))
        };
        let painted = all.clone().edited(&stroke(20.0));
        assert!(painted.check().is_ok() && painted.bits.contains(200, 150) && !painted.bits.contains(200, 180));
        assert!(all.edited(&stroke(120.0)).check().is_err());
    }

    #[test]
    fn masks_are_read_as_they_are_written() {
        let size = Size::new(70, 3);
        let bits = Bitmap::of(size, |y, x| (x + y) % 5 == 0);
        let hidden = Bitmap::of(size, |y, x| (x + y) % 10 == 0);
        let marks = Marks::of(bits, hidden, None);
        assert_eq!(Marks::from_mask(&marks.to_mask()), marks);
        let (mask, half) = (marks.to_mask(), Planes::new(1, Size::new(3, 1), vec![127.0 / 255.0, 128.0 / 255.0, 1.0]));
        assert_eq!(mask.channels(), 1);
        let marks = Marks::from_mask(&Raster::from_planes(&half, None, Depth::Eight));
        let row = |bits: &Bitmap| [0, 1, 2].map(|x| bits.contains(x, 0));
        assert_eq!([&marks.bits, &marks.hidden].map(row), [[false, true, true], [false, false, true]]);
        // White in a transparent layer is not painted.
        let white = Planes::filled(1, Size::new(3, 1), 1.0);
        let alpha = Planes::new(1, Size::new(3, 1), vec![0.0, 0.4, 1.0]);
        let marks = Marks::from_mask(&Raster::from_planes(&white, Some(&alpha), Depth::Eight));
        assert_eq!(row(&marks.bits), [false, false, true]);
    }
}
