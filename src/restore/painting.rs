//! Areas painted on a photo: brush strokes, and their coverage of any part of the photo at any scale.

mod stroke;

use std::{ops::Range, sync::Arc};

use serde::{Deserialize, Serialize};

use self::stroke::Segment;
pub use self::stroke::{Effect, Point, Stroke};
use crate::pixels::{Planes, Raster, Rect, Size, each_row};

/// Sample positions: columns and rows, in px of a photo, ascending.
#[derive(Debug, Clone, PartialEq)]
pub struct Grid {
    xs: Vec<f32>,
    ys: Vec<f32>,
    step: f32,
}

impl Grid {
    /// The centres of the pixels inside `rect` of a picture of `size` px that shows a photo of `photo` px.
    pub fn of_part(rect: Rect, size: Size, photo: Size) -> Self {
        let each = |range: Range<usize>| range.map(|at| at..at + 1).collect::<Vec<_>>();
        Self::of_ranges(&each(rect.x..rect.right()), &each(rect.y..rect.bottom()), size, photo, 1)
    }

    /// The centres of ranges of columns and rows, about `cell` px long, of such a picture.
    pub fn of_ranges(columns: &[Range<usize>], rows: &[Range<usize>], size: Size, photo: Size, cell: usize) -> Self {
        let per_px = |photo: usize, size: usize| photo as f32 / size.max(1) as f32;
        let (x, y) = (per_px(photo.width, size.width), per_px(photo.height, size.height));
        let centres = |ranges: &[Range<usize>], per_px: f32| {
            ranges.iter().map(|range| (range.start + range.end) as f32 / 2.0 * per_px).collect()
        };
        Self { xs: centres(columns, x), ys: centres(rows, y), step: cell as f32 * x.max(y) }
    }

    /// Number of columns and rows.
    pub fn size(&self) -> Size {
        Size::new(self.xs.len(), self.ys.len())
    }

    fn is_reached(&self, [least, most]: [Point; 2]) -> bool {
        let overlaps = |samples: &[f32], axis: usize| {
            samples.first().is_some_and(|first| *first <= most[axis])
                && samples.last().is_some_and(|last| *last >= least[axis])
        };
        overlaps(&self.xs, 0) && overlaps(&self.ys, 1)
    }

    fn columns(&self, [from, to]: [f32; 2]) -> Range<usize> {
        let start = self.xs.partition_point(|x| *x < from);
        start..self.xs.partition_point(|x| *x <= to).max(start)
    }
}

/// Coverage of the samples of a grid, 0–1.
#[derive(Debug, Clone, PartialEq)]
pub enum Coverage {
    /// The same everywhere.
    Uniform(f32),
    /// One plane.
    Varying(Planes),
}

/// An area painted on a photo: a picture of it, if there is one, and strokes over it. Copies share both. Only the strokes
/// are stored.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(from = "Vec<Stroke>", into = "Vec<Stroke>")]
pub struct Painting {
    /// Of the photo's size.
    picture: Option<Arc<Raster>>,
    strokes: Arc<[Arc<Stroke>]>,
}

impl From<Vec<Stroke>> for Painting {
    fn from(strokes: Vec<Stroke>) -> Self {
        Self { picture: None, strokes: strokes.into_iter().map(Arc::new).collect() }
    }
}

/// From a picture of the photo's size: white is covered, black is not.
impl From<Raster> for Painting {
    fn from(picture: Raster) -> Self {
        Self { picture: Some(Arc::new(picture)), ..Self::default() }
    }
}

impl From<Painting> for Vec<Stroke> {
    fn from(painting: Painting) -> Self {
        painting.strokes.iter().map(|stroke| Stroke::clone(stroke)).collect()
    }
}

impl PartialEq for Painting {
    fn eq(&self, other: &Self) -> bool {
        let same_strokes = Arc::ptr_eq(&self.strokes, &other.strokes)
            || self.strokes.len() == other.strokes.len() && self.common(other) == self.strokes.len();
        same_strokes && self.has_picture_of(other)
    }
}

impl Painting {
    /// The strokes, later ones over earlier ones.
    pub fn strokes(&self) -> &[Arc<Stroke>] {
        &self.strokes
    }

    /// Whether there is nothing.
    pub fn is_empty(&self) -> bool {
        self.strokes.is_empty() && self.picture.is_none()
    }

    /// The same with another stroke.
    pub fn with(&self, stroke: Stroke) -> Self {
        let strokes = self.strokes.iter().cloned().chain([Arc::new(stroke)]).collect();
        Self { picture: self.picture.clone(), strokes }
    }

    fn has_picture_of(&self, other: &Self) -> bool {
        match (&self.picture, &other.picture) {
            (Some(one), Some(other)) => Arc::ptr_eq(one, other) || one == other,
            (one, other) => one.is_none() && other.is_none(),
        }
    }

    /// Number of equal strokes at the start.
    fn common(&self, other: &Self) -> usize {
        let is_same = |(a, b): &(&Arc<Stroke>, &Arc<Stroke>)| Arc::ptr_eq(a, b) || a == b;
        self.strokes.iter().zip(&*other.strokes).take_while(is_same).count()
    }

    /// The corners of an area outside of which two paintings cover the same, in px; none if they are equal.
    pub fn difference(&self, other: &Self) -> Option<[Point; 2]> {
        if !self.has_picture_of(other) {
            return Some([[f32::NEG_INFINITY; 2], [f32::INFINITY; 2]]);
        }
        let common = self.common(other);
        let changed = self.strokes[common..].iter().chain(&other.strokes[common..]);
        // Edges are soft over one sample, which may be several px apart on screen.
        let bounds = changed.filter(|stroke| !stroke.points.is_empty()).map(|stroke| stroke.bounds(stroke.radius));
        bounds.reduce(|[a, b], [c, d]| [[a[0].min(c[0]), a[1].min(c[1])], [b[0].max(d[0]), b[1].max(d[1])]])
    }

    /// Coverage at the samples of a grid. A sample's value depends on its position and the distance of the samples only.
    pub fn coverage(&self, grid: &Grid) -> Coverage {
        let Grid { xs, ys, step } = grid;
        let strokes: Vec<_> = self.strokes.iter().filter(|stroke| grid.is_reached(stroke.bounds(*step))).collect();
        if strokes.is_empty() && self.picture.is_none() {
            return Coverage::Uniform(0.0);
        }
        let strokes: Vec<(&Stroke, Vec<Segment>)> =
            strokes.into_iter().map(|stroke| (&**stroke, stroke.segments().collect())).collect();
        let mut covered = match &self.picture {
            Some(picture) => sampled(picture, grid),
            None => Planes::filled(1, grid.size(), 0.0),
        };
        each_row(covered.data_mut(), xs.len(), |row, line| {
            let y = ys[row];
            let mut nearest = vec![f32::INFINITY; xs.len()];
            for (stroke, segments) in &strokes {
                let reach = stroke.reach(*step);
                let mut reached = xs.len()..0;
                for segment in segments {
                    let [[left, right], [top, bottom]] = segment.ranges;
                    // Its distance from the row.
                    let down = (top - y).max(y - bottom).max(0.0);
                    if down > reach {
                        continue;
                    }
                    let across = (reach * reach - down * down).sqrt();
                    let columns = grid.columns([left - across, right + across]);
                    for (squared, x) in nearest[columns.clone()].iter_mut().zip(&xs[columns.clone()]) {
                        *squared = squared.min(segment.squared_distance([*x, y]));
                    }
                    reached = reached.start.min(columns.start)..reached.end.max(columns.end);
                }
                for column in reached {
                    let coverage = stroke.coverage(nearest[column], *step);
                    nearest[column] = f32::INFINITY;
                    line[column] = match stroke.effect {
                        Effect::Add => line[column].max(coverage),
                        Effect::Erase => line[column].min(1.0 - coverage),
                    };
                }
            }
        });
        match covered.data().first() {
            Some(first) if covered.data().iter().all(|value| value == first) => Coverage::Uniform(*first),
            _ => Coverage::Varying(covered),
        }
    }
}

/// The luminance of a picture at the samples of a grid, interpolated between the centres of its pixels.
fn sampled(picture: &Raster, grid: &Grid) -> Planes {
    // The pixels before and after each sample, and the way between them.
    let between = |samples: &[f32], side: usize| -> Vec<(usize, usize, f32)> {
        let last = side.saturating_sub(1);
        let place = |sample: &f32| {
            let at = (sample - 0.5).clamp(0.0, last as f32);
            (at as usize, (at as usize + 1).min(last), at.fract())
        };
        samples.iter().map(place).collect()
    };
    let Size { width, height } = picture.size();
    let (columns, rows) = (between(&grid.xs, width), between(&grid.ys, height));
    let (Some(first), Some(last), Some(top), Some(bottom)) =
        (columns.first(), columns.last(), rows.first(), rows.last())
    else {
        return Planes::filled(1, grid.size(), 0.0);
    };
    let part = Rect::new(first.0, top.0, last.1 - first.0 + 1, bottom.1 - top.0 + 1);
    let values = picture.colours_in(part).luma();
    let mut sampled = Planes::filled(1, grid.size(), 0.0);
    each_row(sampled.data_mut(), columns.len(), |row, line| {
        let (above, below, down) = rows[row];
        let (above, below) = (values.row(0, above - part.y), values.row(0, below - part.y));
        for (value, (before, after, right)) in line.iter_mut().zip(&columns) {
            let across = |row: &[f32]| {
                let (before, after) = (row[before - part.x], row[after - part.x]);
                before + right * (after - before)
            };
            let (above, below) = (across(above), across(below));
            *value = (above + down * (below - above)).clamp(0.0, 1.0);
        }
    });
    sampled
}

#[cfg(test)]
mod tests {
    use super::*;

    const PHOTO: Size = Size::new(120, 90);

    fn stroke(points: &[Point], radius: f32, feather: f32, effect: Effect) -> Stroke {
        Stroke { points: points.to_vec(), radius, feather, effect }
    }

    fn painting() -> Painting {
        Painting::from(vec![
            stroke(&[[20.0, 20.0], [60.0, 35.0], [61.0, 70.0]], 14.0, 0.5, Effect::Add),
            stroke(&[[100.0, 80.0]], 30.0, 1.0, Effect::Add),
            stroke(&[[0.0, 90.0], [120.0, 0.0]], 4.0, 0.0, Effect::Erase),
            stroke(&[[-5.0, 45.0], [10.0, 45.0]], 6.0, 0.2, Effect::Add),
        ])
    }

    fn planes(painting: &Painting, rect: Rect, size: Size) -> Planes {
        match painting.coverage(&Grid::of_part(rect, size, PHOTO)) {
            Coverage::Uniform(value) => Planes::filled(1, rect.size(), value),
            Coverage::Varying(planes) => planes,
        }
    }

    #[test]
    fn tiles_are_parts_of_the_whole_at_every_scale() {
        let painting = painting();
        for factor in [1, 2, 3] {
            let size = PHOTO.times(factor);
            let whole = planes(&painting, size.rect(), size);
            assert!(whole.data().iter().any(|value| *value > 0.0 && *value < 1.0));
            for (x, y, width, height) in [(0, 0, 31, 17), (31, 17, 64, 40), (0, 88, 120, 2), (50, 20, 1, 1)] {
                let rect = Rect::new(x, y, width, height);
                assert_eq!(planes(&painting, rect, size), whole.crop(rect), "{rect:?} ×{factor}");
            }
            let mut bands = Planes::filled(1, size, -1.0);
            for y in (0..size.height).step_by(7) {
                let band = Rect::new(0, y, size.width, 7.min(size.height - y));
                bands.paste(&planes(&painting, band, size), band.size().rect(), 0, y);
            }
            assert_eq!(bands, whole);
        }
    }

    /// Coverage computed from its definition, without bounds.
    #[test]
    fn bounds_leave_nothing_out() {
        let painting = painting();
        let size = PHOTO.times(2);
        let grid = Grid::of_part(size.rect(), size, PHOTO);
        let shown = planes(&painting, size.rect(), size);
        for (row, y) in grid.ys.iter().enumerate() {
            for (column, x) in grid.xs.iter().enumerate() {
                let expected = painting.strokes.iter().fold(0.0_f32, |value, stroke| {
                    let distances = stroke.segments().map(|segment| segment.squared_distance([*x, *y]));
                    let coverage = stroke.coverage(distances.fold(f32::INFINITY, f32::min), grid.step);
                    match stroke.effect {
                        Effect::Add => value.max(coverage),
                        Effect::Erase => value.min(1.0 - coverage),
                    }
                });
                assert!((shown.row(0, row)[column] - expected).abs() < 1e-6, "{x} {y}");
            }
        }
    }

    #[test]
    fn coverage_falls_from_the_core_to_the_edge() {
        let grid = Grid { xs: (0..600).map(|x| x as f32 / 10.0).collect(), ys: vec![0.0], step: 0.1 };
        let line = |feather: f32| {
            let painting = Painting::from(vec![stroke(&[[0.0, 0.0]], 40.0, feather, Effect::Add)]);
            let Coverage::Varying(planes) = painting.coverage(&grid) else { panic!("uniform") };
            planes.into_data()
        };
        let mut before: Option<Vec<f32>> = None;
        for feather in [0.0, 0.25, 0.5, 1.0] {
            let line = line(feather);
            assert!(line.windows(2).all(|pair| pair[0] >= pair[1]), "monotone");
            let at = |x: f32| line[(x * 10.0) as usize];
            assert_eq!([at((1.0 - feather) * 40.0 - 0.2), at(40.2)], [1.0, 0.0], "core and edge, {feather}");
            if feather > 0.0 {
                assert!((at((1.0 - feather / 2.0) * 40.0) - 0.5).abs() < 0.01, "half in the middle");
            }
            // A softer edge covers no more.
            if let Some(harder) = before.replace(line.clone()) {
                assert!(line.iter().zip(&harder).all(|(soft, hard)| *soft <= hard + 1e-6));
            }
        }
    }

    #[test]
    fn what_is_not_painted_costs_nothing() {
        let far =
            Grid::of_part(Rect::new(10_000, 10_000, 512, 512), Size::new(12_000, 12_000), Size::new(12_000, 12_000));
        assert_eq!(painting().coverage(&far), Coverage::Uniform(0.0));
        let all = Painting::from(vec![stroke(&[[60.0, 45.0]], 500.0, 0.0, Effect::Add)]);
        let grid = Grid::of_part(PHOTO.rect(), PHOTO, PHOTO);
        assert_eq!(all.coverage(&grid), Coverage::Uniform(1.0));
        let none = all.with(stroke(&[[60.0, 45.0]], 500.0, 0.0, Effect::Erase));
        assert_eq!(none.coverage(&grid), Coverage::Uniform(0.0));
    }

    #[test]
    fn crowded_points_are_left_out() {
        let mut stroke = stroke(&[], 20.0, 0.5, Effect::Add);
        (0..100).for_each(|x| assert!(stroke.extend([x as f32, 7.0])));
        assert!(!stroke.extend([99.0, 7.0]), "already there");
        let kept: Vec<f32> = stroke.points.iter().map(|point| point[0]).collect();
        let expected: Vec<f32> = (0..20).map(|place| 5.0 * place as f32).chain([99.0]).collect();
        assert_eq!(kept, expected);
    }

    #[test]
    fn changes_lie_within_the_difference() {
        let before = painting();
        assert_eq!(before.difference(&before.clone()), None);
        let after = before.with(stroke(&[[30.0, 60.0], [40.0, 62.0]], 6.0, 0.5, Effect::Add));
        let [least, most] = after.difference(&before).expect("changed");
        assert_eq!(before.difference(&after), Some([least, most]));
        let [old, new] = [&before, &after].map(|painting| planes(painting, PHOTO.rect(), PHOTO));
        let mut changed = 0;
        for y in 0..PHOTO.height {
            for x in (0..PHOTO.width).filter(|x| old.row(0, y)[*x] != new.row(0, y)[*x]) {
                let inside = |at: usize, axis: usize| (least[axis]..=most[axis]).contains(&(at as f32 + 0.5));
                assert!(inside(x, 0) && inside(y, 1), "{x} {y}");
                changed += 1;
            }
        }
        assert!(changed > 50);
    }

    #[test]
    fn a_picture_covers_as_it_is_and_strokes_lie_over_it() {
        use crate::pixels::{Depth, Samples};
        let value = |at: usize| (at * 37 % 256) as u8;
        let grey = Raster::new(1, PHOTO, Samples::Eight((0..PHOTO.area()).map(value).collect()));
        let area = Painting::from(grey.clone());
        assert_eq!(planes(&area, PHOTO.rect(), PHOTO), grey.colours_in(PHOTO.rect()));
        for factor in [2, 3] {
            let size = PHOTO.times(factor);
            let whole = planes(&area, size.rect(), size);
            for rect in [Rect::new(3, 5, 40, 33), Rect::new(100, 80, 140, 100)] {
                assert_eq!(planes(&area, rect, size), whole.crop(rect), "×{factor}");
            }
        }
        // A white picture is all, in colour too.
        let white = Raster::from_planes(&Planes::filled(3, PHOTO, 1.0), None, Depth::Sixteen);
        let white = Painting::from(white);
        assert_eq!(white.coverage(&Grid::of_part(PHOTO.rect(), PHOTO, PHOTO)), Coverage::Uniform(1.0));
        let erased = white.with(stroke(&[[60.0, 45.0]], 9.0, 0.0, Effect::Erase));
        let shown = planes(&erased, PHOTO.rect(), PHOTO);
        assert_eq!((shown.row(0, 45)[60], shown.row(0, 45)[90]), (0.0, 1.0));
        assert_ne!(erased, white);
        assert!(white.difference(&area).is_some() && !white.is_empty());
    }

    #[test]
    fn strokes_are_stored_exactly() {
        let painting = painting().with(stroke(&[[0.1, 1.0 / 3.0], [12_345.678, -1e-7]], 0.7, 0.3, Effect::Erase));
        let stored = serde_json::to_string(&painting).unwrap();
        assert_eq!(serde_json::from_str::<Painting>(&stored).unwrap(), painting);
        for bad in ["1,NaN", "1", "1,2,3", "x,y"] {
            let text = format!(r#"[{{"points": "{bad}", "radius": 1, "feather": 0, "effect": "Add"}}]"#);
            assert!(serde_json::from_str::<Painting>(&text).is_err(), "{bad}");
        }
    }
}
