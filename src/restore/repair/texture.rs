//! The strength of a photo's texture. In damage that covers everything it is even, whether of one colour or of paper; where the
//! picture shows through, it is not.

use super::groups::Groups;
use crate::{
    pixels::{Planes, Rect, Size, each_row},
    restore::{Bitmap, image_source::ImageSource},
};

/// Side of a cell, in px.
const CELL: usize = 16;
/// How far around a cell it is compared with others, in cells.
const AROUND: usize = 3;
/// Cells that are compared, at least.
const LEAST: usize = 20;
/// Ratio of the cells' variances at most, between the deciles.
const EVEN: f32 = 4.0;
/// Standard deviation that is added to that of each cell, 0–1: compression and rounding make small ones uneven.
const ROUNDING: f32 = 1.0 / 255.0;
/// Width of the edge of damage, in px, which may be soft.
const EDGE: usize = 12;

/// The strength of a photo's texture in each of its cells.
#[derive(Debug, Clone, PartialEq)]
pub struct Texture {
    /// Complete cells, in each direction.
    cells: Size,
    /// Variances of the brightness of the photo of half the size, 0–1; row by row.
    variances: Vec<f32>,
}

impl Texture {
    /// That of a photo.
    pub fn of(photo: &dyn ImageSource) -> Self {
        let Size { width, height } = photo.size();
        let cells = Size::new(width / CELL, height / CELL);
        let mut variances = vec![0.0; cells.area()];
        each_row(&mut variances, cells.width, |row, variances| {
            let part = photo.part(Rect::new(0, row * CELL, cells.width * CELL, CELL));
            variances.iter_mut().enumerate().for_each(|(column, variance)| *variance = variance_of(&part, column));
        });
        Self { cells, variances }
    }

    /// The damage that shows nothing of the picture: that of which three quarters of the cells are even. Narrow damage has no cells.
    pub fn holes_in(&self, damage: &Bitmap) -> Bitmap {
        let inside = self.cells_inside(damage);
        let (even, groups) = (self.even_cells(&inside), Groups::of(&inside));
        let (mut cells, mut evens) = (vec![0; groups.count], vec![0; groups.count]);
        for (run, group) in groups.iter() {
            cells[group] += run.columns().len();
            evens[group] += even.runs(run.y(), run.columns()).map(|run| run.len()).sum::<usize>();
        }
        let mut holes = Bitmap::new(damage.size());
        for (run, _) in groups.iter().filter(|(_, group)| 4 * evens[*group] >= 3 * cells[*group]) {
            let columns = run.columns().start * CELL..run.columns().end * CELL;
            (run.y() * CELL..(run.y() + 1) * CELL).for_each(|y| holes.add(y, columns.clone()));
        }
        // Cells at the edge are not inside, and the edge need not be straight.
        holes.grown(EDGE + CELL + CELL / 2).intersection(damage)
    }

    /// The cells inside of damage, without its edge.
    fn cells_inside(&self, damage: &Bitmap) -> Bitmap {
        let inside = damage.shrunk(EDGE);
        Bitmap::of(self.cells, |row, column| {
            let columns = column * CELL..(column + 1) * CELL;
            (row * CELL..(row + 1) * CELL).all(|y| inside.runs(y, columns.clone()).next() == Some(columns.clone()))
        })
    }

    /// Of these cells, those that are among even ones, and no stronger than these.
    fn even_cells(&self, inside: &Bitmap) -> Bitmap {
        let near = |at: usize, end: usize| at.saturating_sub(AROUND)..(at + AROUND + 1).min(end);
        let variance =
            |(column, row): (usize, usize)| self.variances[row * self.cells.width + column] + ROUNDING * ROUNDING;
        let mut even = Bitmap::new(self.cells);
        for row in 0..self.cells.height {
            for column in inside.runs(row, 0..self.cells.width).flatten() {
                let (rows, columns) = (near(row, self.cells.height), near(column, self.cells.width));
                let window =
                    rows.flat_map(|row| inside.runs(row, columns.clone()).flatten().map(move |column| (column, row)));
                let mut window: Vec<_> = window.collect();
                window.sort_unstable_by(|one, other| variance(*one).total_cmp(&variance(*other)));
                let (count, tenth) = (window.len(), window.len() / 10);
                let limit = EVEN * variance(window[tenth]);
                if count >= LEAST && variance(window[count - 1 - tenth]) <= limit {
                    let cells = window.into_iter().take_while(|cell| variance(*cell) <= limit);
                    cells.for_each(|(column, row)| even.set(column, row, true));
                }
            }
        }
        even
    }
}

/// The variance of a cell in a row of cells.
fn variance_of(part: &Planes, column: usize) -> f32 {
    const HALF: usize = CELL / 2;
    let (mut sum, mut squares) = (0.0, 0.0);
    for (y, x) in (0..HALF).flat_map(|y| (0..HALF).map(move |x| (2 * y, column * CELL + 2 * x))) {
        let of_row = |channel: usize, y: usize| part.row(channel, y)[x..x + 2].iter().sum::<f32>();
        let total: f32 = (0..part.channels()).map(|channel| of_row(channel, y) + of_row(channel, y + 1)).sum();
        let mean = total / (4 * part.channels()) as f32;
        let mean = if mean.is_nan() { 0.0 } else { mean.clamp(0.0, 1.0) };
        sum += mean;
        squares += mean * mean;
    }
    let cells = (HALF * HALF) as f32;
    (squares / cells - (sum / cells).powi(2)).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: Size = Size::new(400, 320);

    /// Damage of this opacity and texture over stripes of different contrast.
    fn photo(opacity: f32, texture: impl Fn(usize, usize) -> f32) -> Planes {
        let value = |at: usize| {
            let (x, y) = (at % SIZE.width, at / SIZE.width);
            let contrast = if (x / 24 + y / 24).is_multiple_of(2) { 0.3 } else { 0.05 };
            let below = if (x / 3).is_multiple_of(2) { 0.4 } else { 0.4 + contrast };
            let value = below + if is_damaged(x, y) { opacity * (0.9 + texture(x, y) - below) } else { 0.0 };
            (value * 255.0).round() / 255.0
        };
        Planes::new(1, SIZE, (0..SIZE.area()).map(value).collect())
    }

    fn is_damaged(x: usize, y: usize) -> bool {
        is_wide(x, y) || y.abs_diff(160) <= 4
    }

    fn is_wide(x: usize, y: usize) -> bool {
        (80..280).contains(&x) && (60..260).contains(&y)
    }

    #[test]
    fn holes_have_an_even_texture() {
        let damage = Bitmap::of(SIZE, |y, x| is_damaged(x, y));
        let holes = |opacity: f32, texture: &dyn Fn(usize, usize) -> f32| {
            Texture::of(&photo(opacity, texture)).holes_in(&damage)
        };
        let noise =
            |x: usize, y: usize| (x.wrapping_mul(40_503) ^ y.wrapping_mul(9_973)).wrapping_mul(2_654_435_761) % 1_000;
        let paper = |x: usize, y: usize| (noise(x, y) as f32 / 1_000.0 - 0.5) * 16.0 / 255.0;
        let shaded = |x: usize, y: usize| paper(x, y) + x as f32 / 8_000.0;
        for texture in [&|_: usize, _: usize| 0.0, &paper as &dyn Fn(usize, usize) -> f32, &shaded] {
            let covered = holes(1.0, texture);
            let beside = covered.clone().without(&Bitmap::of(SIZE, |y, x| is_wide(x, y)));
            assert_eq!(covered.count() - beside.count(), 200 * 200, "all of the wide part");
            assert!(
                (0..SIZE.width).all(|x| !beside.contains(x, 160) || x.abs_diff(180) <= 100 + EDGE + 2 * CELL),
                "little of the line"
            );
            for opacity in [0.5, 0.8] {
                assert!(holes(opacity, texture).is_empty(), "{opacity}");
            }
        }
        let lines = Bitmap::of(SIZE, |y, x| y % 40 < 20 || x % 40 < 20);
        assert!(Texture::of(&photo(1.0, paper)).holes_in(&lines).is_empty(), "narrow");
    }

    #[test]
    fn small_pictures_are_possible() {
        for size in [Size::new(1, 1), Size::new(17, 2), Size::new(0, 5), Size::new(40, 16)] {
            let all = Bitmap::of(size, |_, _| true);
            assert!(Texture::of(&Planes::filled(3, size, f32::NAN)).holes_in(&all).is_empty());
        }
    }
}
