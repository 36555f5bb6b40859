//! Bicubic resizing.

use crate::pixels::{Planes, Rect, Size, each_row};

/// Resizes by cubic convolution with a = −0.5 (Keys, 1981), as MATLAB's `imresize` does: pixel
/// centres at (i + 0.5) / scale − 0.5, borders mirrored, the kernel widened for shrinking (antialiasing). Values are not
/// clamped: they may overshoot 0–1 at edges.
pub fn resize_bicubic(planes: &Planes, size: Size) -> Planes {
    if size.area() == 0 || planes.size().area() == 0 {
        return Planes::filled(planes.channels(), size, 0.0);
    }
    let whole = planes.size().rect();
    Resizing::new(planes.size(), size).part(planes, whole, size.rect())
}

/// [`resize_bicubic`] part by part.
#[derive(Debug)]
pub struct Resizing {
    across: AxisTaps,
    down: AxisTaps,
}

impl Resizing {
    /// Resizes from one size to another, both at least 1 px per side.
    pub fn new(from: Size, to: Size) -> Self {
        Self { across: AxisTaps::new(from.width, to.width), down: AxisTaps::new(from.height, to.height) }
    }

    /// The part of the picture needed for the part `rect` of the resized one.
    pub fn source_of(&self, rect: Rect) -> Rect {
        let (left, right) = self.across.reach(rect.x, rect.right());
        let (top, bottom) = self.down.reach(rect.y, rect.bottom());
        Rect::new(left, top, right - left, bottom - top)
    }

    /// Column `x` of the resized picture as a weighted sum: columns of the picture, and their weights. As many for each `x`.
    pub fn column(&self, x: usize) -> impl Iterator<Item = (usize, f32)> {
        self.across.at(x)
    }

    /// Row `y` of the resized picture; see [`Self::column`].
    pub fn row(&self, y: usize) -> impl Iterator<Item = (usize, f32)> {
        self.down.at(y)
    }

    /// The part `rect` of the resized picture. `planes` are the part `at` of the picture, which must contain
    /// [`source_of(rect)`](Self::source_of).
    pub fn part(&self, planes: &Planes, at: Rect, rect: Rect) -> Planes {
        let wide = self.resize_width(planes, at.x, rect);
        self.resize_height(&wide, at.y, rect)
    }

    fn resize_width(&self, planes: &Planes, left: usize, rect: Rect) -> Planes {
        if self.across.is_identity() {
            let columns = Rect::new(rect.x - left, 0, rect.width, planes.height());
            return if columns == planes.size().rect() { planes.clone() } else { planes.crop(columns) };
        }
        let mut resized = Planes::filled(planes.channels(), Size::new(rect.width, planes.height()), 0.0);
        each_row(resized.data_mut(), rect.width, |row, to| {
            let from = &planes.data()[row * planes.width()..];
            for (x, value) in to.iter_mut().enumerate() {
                *value = self.across.at(rect.x + x).map(|(from_x, weight)| from[from_x - left] * weight).sum();
            }
        });
        resized
    }

    fn resize_height(&self, planes: &Planes, top: usize, rect: Rect) -> Planes {
        if self.down.is_identity() {
            let rows = Rect::new(0, rect.y - top, planes.width(), rect.height);
            return if rows == planes.size().rect() { planes.clone() } else { planes.crop(rows) };
        }
        let mut resized = Planes::filled(planes.channels(), rect.size(), 0.0);
        each_row(resized.data_mut(), rect.width, |row, to| {
            let (channel, y) = (row / rect.height, row % rect.height);
            for (from_y, weight) in self.down.at(rect.y + y) {
                for (value, from) in to.iter_mut().zip(planes.row(channel, from_y - top)) {
                    *value += from * weight;
                }
            }
        });
        resized
    }
}

/// Filter taps along one axis: for every new position, the old positions and their weights.
#[derive(Debug)]
struct AxisTaps {
    old: usize,
    new: usize,
    per_position: usize,
    from: Vec<usize>,
    weights: Vec<f32>,
}

impl AxisTaps {
    fn new(old: usize, new: usize) -> Self {
        let scale = new as f64 / old as f64;
        let shrink = scale.min(1.0);
        let reach = 2.0 / shrink;
        let per_position = (2.0 * reach).ceil() as usize + 2;
        let (mut from, mut weights) = (Vec::new(), Vec::new());
        for place in 0..new {
            let center = (place as f64 + 0.5) / scale - 0.5;
            let first = (center - reach).floor() as i64;
            let raw: Vec<f64> =
                (0..per_position).map(|tap| cubic(shrink * (center - (first + tap as i64) as f64))).collect();
            let sum: f64 = raw.iter().sum();
            weights.extend(raw.iter().map(|weight| (weight / sum) as f32));
            from.extend((0..per_position).map(|tap| mirrored(first + tap as i64, old)));
        }
        Self { old, new, per_position, from, weights }
    }

    fn is_identity(&self) -> bool {
        self.old == self.new
    }

    /// The range of old positions needed for the new positions `from..to` (not empty).
    fn reach(&self, from: usize, to: usize) -> (usize, usize) {
        if self.is_identity() {
            return (from, to);
        }
        let places = &self.from[from * self.per_position..to * self.per_position];
        let (first, last) = places.iter().fold((usize::MAX, 0), |(first, last), &at| (first.min(at), last.max(at)));
        (first, last + 1)
    }

    fn at(&self, place: usize) -> impl Iterator<Item = (usize, f32)> {
        let range = place * self.per_position..(place + 1) * self.per_position;
        self.from[range.clone()].iter().copied().zip(self.weights[range].iter().copied())
    }
}

/// The position within `0..length` to which `at` is mirrored; the border pixel is repeated once.
fn mirrored(at: i64, length: usize) -> usize {
    let at = at.rem_euclid(2 * length as i64) as usize;
    if at < length { at } else { 2 * length - 1 - at }
}

/// Keys' kernel with a = −0.5.
fn cubic(x: f64) -> f64 {
    let x = x.abs();
    if x <= 1.0 {
        (1.5 * x - 2.5) * x * x + 1.0
    } else if x < 2.0 {
        ((-0.5 * x + 2.5) * x - 4.0) * x + 2.0
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(size: Size) -> Planes {
        let value = |index: usize| ((index * 37 + index * index * 11) % 101) as f32 / 100.0;
        Planes::new(1, size, (0..size.area()).map(value).collect())
    }

    /// Weights sum to 1: a flat picture stays flat, to the last bits.
    #[test]
    fn flat_stays_flat() {
        for (from, to) in [(7, 21), (7, 5), (100, 33), (1, 4), (2, 1), (3, 1000)] {
            let resized = resize_bicubic(&Planes::filled(2, Size::new(from, 3), 0.7), Size::new(to, 9));
            assert!(resized.data().iter().all(|value| (value - 0.7).abs() < 1e-6), "{from} to {to}");
        }
    }

    #[test]
    fn the_same_size_changes_nothing() {
        let planes = picture(Size::new(13, 7));
        assert_eq!(resize_bicubic(&planes, planes.size()), planes);
    }

    #[test]
    fn parts_equal_those_of_the_whole() {
        let planes = picture(Size::new(23, 17));
        for to in [Size::new(46, 34), Size::new(92, 68), Size::new(9, 17), Size::new(23, 40)] {
            let (whole, resizing) = (resize_bicubic(&planes, to), Resizing::new(planes.size(), to));
            for rect in [Rect::new(0, 0, 3, 5), Rect::new(4, 7, 5, 9), Rect::new(to.width - 2, to.height - 1, 2, 1)] {
                let at = resizing.source_of(rect);
                assert_eq!(resizing.part(&planes.crop(at), at, rect), whole.crop(rect), "{rect:?} of {to:?}");
            }
        }
    }

    /// A straight ramp is reproduced by cubic convolution, away from the mirrored border.
    #[test]
    fn a_ramp_stays_straight() {
        let ramp = Planes::new(1, Size::new(20, 1), (0..20).map(|x| x as f32).collect());
        let resized = resize_bicubic(&ramp, Size::new(60, 1));
        for x in 6..54 {
            let expected = (x as f32 + 0.5) / 3.0 - 0.5;
            assert!((resized.row(0, 0)[x] - expected).abs() < 1e-5, "at {x}");
        }
    }

    /// Against a dense-matrix version in NumPy, written from the formulas of `imresize`.
    #[test]
    fn equals_the_reference() {
        #[rustfmt::skip]
        let larger = [
            -0.06583,  0.087268, 0.393464, 0.450657, 0.258845, 0.118708, 0.030247, -0.013984,
            -0.018779, 0.132181, 0.434103, 0.465106, 0.225192, 0.147882, 0.233177,  0.275825,
             0.075322, 0.222008, 0.51538,  0.494005, 0.157885, 0.206229, 0.639039,  0.855444,
             0.356707, 0.395491, 0.473061, 0.414473, 0.219728, 0.312849, 0.693834,  0.884326,
             0.825374, 0.652631, 0.307147, 0.226511, 0.410723, 0.46774,  0.39756,   0.362471,
             1.059707, 0.781201, 0.224189, 0.132529, 0.506221, 0.545186, 0.249424,  0.101543,
        ];
        assert_near(&resize_bicubic(&picture(Size::new(4, 3)), Size::new(8, 6)), &larger);
        #[rustfmt::skip]
        let smaller = [
            0.346218, 0.273751, 0.309631, 0.60518,
            0.437146, 0.495857, 0.418585, 0.436127,
            0.413551, 0.621122, 0.58866,  0.377717,
        ];
        assert_near(&resize_bicubic(&picture(Size::new(9, 8)), Size::new(4, 3)), &smaller);
    }

    fn assert_near(planes: &Planes, expected: &[f32]) {
        assert_eq!(planes.data().len(), expected.len());
        for (at, (value, expected)) in planes.data().iter().zip(expected).enumerate() {
            assert!((value - expected).abs() < 2e-6, "at {at}: {value}, not {expected}");
        }
    }
}
