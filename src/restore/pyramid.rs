//! Pictures of half and of twice the size.

use super::{Bitmap, image_source::ImageSource};
use crate::pixels::{Planes, Rect, Size, each_row};

/// Rows of the larger picture that are read at once: an even number.
const BAND: usize = 128;

/// Half of a size, rounded up.
pub const fn halved_size(size: Size) -> Size {
    Size::new(size.width.div_ceil(2), size.height.div_ceil(2))
}

/// The picture of half the size: means of 2 × 2 px, of the unmarked ones only unless all four are marked. Odd sides repeat
/// their last row or column.
pub fn halved(picture: &dyn ImageSource, marks: Option<&Bitmap>) -> Planes {
    let Size { width, height } = picture.size();
    let size = halved_size(picture.size());
    let mut half = Planes::filled(picture.channels(), size, 0.0);
    for top in (0..height).step_by(BAND) {
        let band = Rect::new(0, top, width, BAND.min(height - top));
        let known = picture.part(band);
        let mut part = Planes::filled(picture.channels(), Size::new(size.width, band.height.div_ceil(2)), 0.0);
        let rows = part.height();
        each_row(part.data_mut(), size.width, |index, line| {
            let (channel, row) = (index / rows, 2 * (index % rows));
            let rows = [row, (row + 1).min(band.height - 1)];
            for (x, mean) in line.iter_mut().enumerate() {
                let columns = [2 * x, (2 * x + 1).min(width - 1)];
                let (mut sum, mut count, mut sum_of_marked) = (0.0, 0.0, 0.0);
                for (row, column) in rows.into_iter().flat_map(|row| columns.map(|column| (row, column))) {
                    let value = known.row(channel, row)[column];
                    if marks.is_some_and(|marks| marks.contains(column, top + row)) {
                        sum_of_marked += value;
                    } else {
                        sum += value;
                        count += 1.0;
                    }
                }
                *mean = if count > 0.0 { sum / count } else { sum_of_marked / 4.0 };
            }
        });
        half.paste(&part, part.size().rect(), 0, top / 2);
    }
    half
}

/// The px of half the size of whose 2 × 2 px all are in the bitmap.
pub fn halved_where_all(bits: &Bitmap) -> Bitmap {
    Bitmap::of(halved_size(bits.size()), |y, x| four(bits.size(), x, y).into_iter().all(|(x, y)| bits.contains(x, y)))
}

/// The px of half the size of whose 2 × 2 px at least one is in the bitmap.
pub fn halved_where_any(bits: &Bitmap) -> Bitmap {
    Bitmap::of(halved_size(bits.size()), |y, x| four(bits.size(), x, y).into_iter().any(|(x, y)| bits.contains(x, y)))
}

/// The px of a picture of this size that a px of half the size stands for.
fn four(larger: Size, x: usize, y: usize) -> [(usize, usize); 4] {
    let (right, below) = ((2 * x + 1).min(larger.width - 1), (2 * y + 1).min(larger.height - 1));
    [(2 * x, 2 * y), (right, 2 * y), (2 * x, below), (right, below)]
}

/// One value of a picture of twice the size: bilinear, its edges repeated.
pub fn doubled(half: &Planes, channel: usize, (x, y): (usize, usize)) -> f32 {
    let (rows, columns) = (between(y, half.height()), between(x, half.width()));
    let across = |row: usize| {
        let row = half.row(channel, row);
        columns[0].1 * row[columns[0].0] + columns[1].1 * row[columns[1].0]
    };
    rows[0].1 * across(rows[0].0) + rows[1].1 * across(rows[1].0)
}

/// The two px of the smaller picture nearest to a px of the larger one, and their weights.
fn between(at: usize, length: usize) -> [(usize, f32); 2] {
    let near = (at / 2).min(length - 1);
    let far = if at.is_multiple_of(2) { near.saturating_sub(1) } else { (near + 1).min(length - 1) };
    [(near, 0.75), (far, 0.25)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_sides_repeat_their_last_row_and_column() {
        let picture = Planes::new(1, Size::new(3, 3), (0..9).map(|value| value as f32).collect());
        let half = halved(&picture, None);
        assert_eq!(half, Planes::new(1, Size::new(2, 2), vec![2.0, 3.5, 6.5, 8.0]));
    }

    #[test]
    fn marked_pixels_count_only_among_themselves() {
        let size = Size::new(4, 2);
        let picture = Planes::new(1, size, vec![1.0, 9.0, 9.0, 9.0, 3.0, 2.0, 9.0, 9.0]);
        let marks = Bitmap::of(size, |y, x| x > 1 || y == 0 && x == 1);
        assert_eq!(halved(&picture, Some(&marks)).data(), [2.0, 9.0]);
        assert_eq!(halved_where_all(&marks), Bitmap::of(Size::new(2, 1), |_, x| x == 1));
        assert_eq!(halved_where_any(&marks), Bitmap::of(Size::new(2, 1), |_, _| true));
    }

    #[test]
    fn a_ramp_stays_a_ramp_when_doubled() {
        let ramp = Planes::new(1, Size::new(5, 1), (0..5).map(|value| value as f32).collect());
        let values: Vec<f32> = (0..10).map(|x| doubled(&ramp, 0, (x, 1))).collect();
        assert_eq!(values, [0.0, 0.25, 0.75, 1.25, 1.75, 2.25, 2.75, 3.25, 3.75, 4.0]);
    }
}
