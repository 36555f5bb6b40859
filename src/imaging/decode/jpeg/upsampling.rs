//! Upsampling of subsampled components, row by row, as in libjpeg: interpolated for a factor of 2, otherwise repeated.

use super::plane::Plane;

/// Upsamples the rows of a plane.
pub struct Upsampler<'a> {
    plane: &'a Plane,
    /// The largest sampling factors of the picture.
    max_factors: (usize, usize),
    method: Upsampling,
    /// Weighted sums of two rows.
    sums: Vec<u16>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Upsampling {
    Copy,
    Repeat,
    Horizontal,
    Vertical,
    Both,
}

impl<'a> Upsampler<'a> {
    /// `max_factors`: the largest sampling factors of the picture.
    pub fn new(plane: &'a Plane, max_factors: (usize, usize)) -> Self {
        let (across, down) = (plane.across, plane.down);
        let is_wide_enough = plane.size.0 > 2;
        let method = match (
            max_factors.0 == across,
            max_factors.0 == 2 * across,
            max_factors.1 == down,
            max_factors.1 == 2 * down,
        ) {
            (true, _, true, _) => Upsampling::Copy,
            (true, _, _, true) => Upsampling::Vertical,
            (_, true, true, _) if is_wide_enough => Upsampling::Horizontal,
            (_, true, _, true) if is_wide_enough => Upsampling::Both,
            _ => Upsampling::Repeat,
        };
        Self { plane, max_factors, method, sums: Vec::new() }
    }

    /// A row of the picture.
    #[inline(always)]
    pub fn row(&mut self, y: usize, row: &mut [u8]) {
        let Plane { across, down, size: (_, height), .. } = *self.plane;
        let near = self.plane.row(source_of(y, self.max_factors.1, down).min(height - 1));
        // The farther row has a weight of 1/4.
        let is_upper = y.is_multiple_of(2);
        let far = if is_upper { (y / 2).saturating_sub(1) } else { (y / 2 + 1).min(height - 1) };
        let mut add_rows = || {
            let pairs = near.iter().zip(self.plane.row(far));
            self.sums.clear();
            self.sums.extend(pairs.map(|(near, far)| 3 * u16::from(*near) + u16::from(*far)));
        };
        match self.method {
            Upsampling::Copy => row.copy_from_slice(near),
            Upsampling::Repeat => {
                let from = |x: usize| near[source_of(x, self.max_factors.0, across).min(near.len() - 1)];
                row.iter_mut().enumerate().for_each(|(x, value)| *value = from(x));
            }
            Upsampling::Horizontal => widen::<2, _>(near, (1, 2), row),
            Upsampling::Both => {
                add_rows();
                widen::<4, _>(&self.sums, (8, 7), row);
            }
            Upsampling::Vertical => {
                add_rows();
                let half = if is_upper { 1 } else { 2 };
                row.iter_mut().zip(&self.sums).for_each(|(value, sum)| *value = ((sum + half) >> 2) as u8);
            }
        }
    }
}

/// The row or column of a component for one of the picture.
fn source_of(at: usize, max: usize, own: usize) -> usize {
    (2 * at + 1) * own / (2 * max)
}

/// Doubles the width: each value becomes two, with the weights 3 : 1 of itself and a neighbour. `left` and `right` are
/// added for rounding before the division by 2^SHIFT.
#[inline(always)]
fn widen<const SHIFT: usize, T: Copy + Into<u16>>(values: &[T], (left, right): (u16, u16), row: &mut [u8]) {
    let [Some(first), Some(last)] = [values.first(), values.last()].map(Option::<&T>::copied) else { return };
    let pair = |before: T, value: T, after: T| {
        let [before, value, after] = [before, value, after].map(T::into);
        [3 * value + before + left, 3 * value + after + right].map(|sum| (sum >> SHIFT) as u8)
    };
    let before = |at: usize| if at == 0 { first } else { values[at - 1] };
    let after = |at: usize| values.get(at + 1).copied().unwrap_or(last);
    let (pairs, rest) = row.as_chunks_mut::<2>();
    let count = pairs.len();
    // Without the ends, which have only one neighbour.
    let inner = count.min(values.len() - 1).max(1);
    for (pair_of, window) in pairs[..].iter_mut().take(inner).skip(1).zip(values.windows(3)) {
        *pair_of = pair(window[0], window[1], window[2]);
    }
    for at in (0..count).take(1).chain(inner..count) {
        pairs[at] = pair(before(at), values[at], after(at));
    }
    if let [value] = rest {
        *value = pair(before(count), values[count], last)[0];
    }
}
