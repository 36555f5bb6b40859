//! How much damage is around each part of a photo. Where there is hardly any, the network's probabilities are too high: an
//! intact photo has many px that look a little like damage, and no damage to tell from them.

use crate::pixels::{Size, each_row};

/// Side of a cell, in px.
const CELL: usize = 64;
/// How many cells around a cell count, in each direction.
const AROUND: usize = 2;
/// Share of damaged px from which the network's probabilities stay as they are. Selected by measuring, as [`MIN_FACTOR`] is.
const REFERENCE_PREVALENCE: f32 = 0.25;
/// How far the odds of damage are lowered at most (e^−3), so that a scratch in an intact photo is still found.
const MIN_FACTOR: f32 = 0.05;
/// Rounds after which the factors hardly change.
const ROUNDS: usize = 30;

/// Px of a part by their probability byte.
type Histogram = [u32; 256];

/// By how much the odds of damage are lowered, cell by cell.
#[derive(Debug, Clone, PartialEq)]
pub struct Prevalence {
    /// Number of cells in a row.
    columns: usize,
    /// e^−3 to 1.
    factors: Vec<f32>,
}

impl Prevalence {
    /// From probabilities (0–255 stand for 0–1) of a picture, row by row: the share of damaged px around each cell is
    /// estimated by expectation maximisation (Saerens, Latinne and Decaestecker 2002), and with it the odds of damage.
    pub fn of(size: Size, probabilities: &[u8]) -> Self {
        let (columns, rows) = (size.width.div_ceil(CELL), size.height.div_ceil(CELL));
        let mut cells: Vec<Histogram> = vec![[0; 256]; columns * rows];
        for (y, row) in probabilities.chunks(size.width.max(1)).enumerate() {
            for (x, part) in row.chunks(CELL).enumerate() {
                let cell = &mut cells[y / CELL * columns + x];
                part.iter().for_each(|probability| cell[usize::from(*probability)] += 1);
            }
        }
        let mut factors = vec![1.0; columns * rows];
        each_row(&mut factors, columns, |y, factors| {
            for (x, factor) in factors.iter_mut().enumerate() {
                let mut around = [0; 256];
                for row in y.saturating_sub(AROUND)..(y + AROUND + 1).min(rows) {
                    for column in x.saturating_sub(AROUND)..(x + AROUND + 1).min(columns) {
                        let cell = &cells[row * columns + column];
                        around.iter_mut().zip(cell).for_each(|(sum, px)| *sum += px);
                    }
                }
                *factor = factor_of(&around);
            }
        });
        Self { columns, factors }
    }

    /// How likely a px is damage, 0–1, where the network's output is `probability` (0–255 stand for 0–1).
    pub fn corrected(&self, x: usize, y: usize, probability: u8) -> f32 {
        posterior(probability, self.factors[y / CELL * self.columns + x / CELL])
    }
}

fn factor_of(px: &Histogram) -> f32 {
    let total: u32 = px.iter().sum();
    let mut factor = 1.0;
    for _ in 0..ROUNDS {
        let damaged: f32 = (0..=255).zip(px).map(|(probability, px)| *px as f32 * posterior(probability, factor)).sum();
        let intact = total as f32 - damaged;
        factor =
            (damaged * (1.0 - REFERENCE_PREVALENCE) / (intact * REFERENCE_PREVALENCE).max(1e-6)).clamp(MIN_FACTOR, 1.0);
    }
    factor
}

/// The probability (0–255 stand for 0–1) if the odds are multiplied by a factor.
fn posterior(probability: u8, factor: f32) -> f32 {
    let (damaged, intact) = (factor * f32::from(probability), 255.0 - f32::from(probability));
    damaged / (damaged + intact)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Probabilities of a picture of 640 × 640 px.
    fn prevalence(probability: impl Fn(usize, usize) -> u8) -> Prevalence {
        let size = Size::new(640, 640);
        Prevalence::of(size, &(0..size.area()).map(|at| probability(at % 640, at / 640)).collect::<Vec<_>>())
    }

    #[test]
    fn where_much_is_damaged_probabilities_stay() {
        let much = prevalence(|x, _| if x % 3 == 0 { 255 } else { 0 });
        for probability in [0, 1, 128, 254, 255] {
            assert_eq!(much.corrected(320, 320, probability), f32::from(probability) / 255.0);
        }
    }

    #[test]
    fn where_little_is_damaged_doubts_count() {
        // Nothing is sure on the left, much on the right; they are further apart than the cells that count.
        let sides = prevalence(|x, _| if x >= 384 && x % 3 == 0 { 255 } else { u8::from(x % 64 == 0) * 160 });
        let doubtful = sides.corrected(10, 320, 160);
        assert!((doubtful - 160.0 * MIN_FACTOR / (160.0 * MIN_FACTOR + 95.0)).abs() < 1e-4, "{doubtful}");
        assert_eq!(sides.corrected(630, 320, 160), 160.0 / 255.0);
        assert_eq!((sides.corrected(10, 320, 0), sides.corrected(10, 320, 255)), (0.0, 1.0), "what is sure stays");
    }

    #[test]
    fn factors_are_those_of_the_share_that_results() {
        // A tenth of the px is damage for sure: then the others' odds are those of a tenth instead of REFERENCE_PREVALENCE.
        let tenth = prevalence(|x, _| if x % 10 == 0 { 255 } else { 0 });
        let expected = (0.1 / 0.9) / (REFERENCE_PREVALENCE / (1.0 - REFERENCE_PREVALENCE));
        let corrected = tenth.corrected(320, 320, 128);
        let odds = corrected / (1.0 - corrected) / (128.0 / 127.0);
        assert!((odds - expected).abs() < 0.01, "{odds} {expected}");
    }

    /// Values of `corrected` in `models/training/repair.py`.
    #[test]
    fn it_is_as_in_python() {
        let size = Size::new(700, 300);
        let probability = |x: usize, y: usize| {
            if (x * y + y * y) % 97 < x / 32 { 245 } else { ((x * 7 + y * 13) % 40) as u8 }
        };
        let probabilities = (0..size.area()).map(|at| probability(at % 700, at / 700)).collect::<Vec<_>>();
        let prevalence = Prevalence::of(size, &probabilities);
        let expected =
            [(64, 1, 0.01314), (130, 1, 0.00232), (200, 150, 0.03976), (250, 99, 0.04899), (460, 151, 0.07025)];
        for (x, y, expected) in expected {
            let corrected = prevalence.corrected(x, y, probability(x, y));
            assert!((corrected - expected).abs() < 2e-5, "{x} {y}: {corrected}");
        }
    }

    #[test]
    fn any_size_has_factors() {
        for (width, height) in [(1, 1), (65, 1), (1, 129), (64, 64)] {
            let size = Size::new(width, height);
            let all = Prevalence::of(size, &vec![255; size.area()]);
            assert_eq!(all.corrected(width - 1, height - 1, 100), 100.0 / 255.0, "{size:?}");
        }
        assert!(Prevalence::of(Size::new(0, 0), &[]).factors.is_empty());
    }
}
