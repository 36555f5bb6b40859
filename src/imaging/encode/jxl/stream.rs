//! Streams of channels (ISO/IEC 18181-1, annex H): of a group of the picture, or of all of it.

use super::{
    bits::BitWriter,
    entropy::{self, CodedNumber, Split},
    predictor::{self, Prediction},
    tree::{Tree, signed},
};

/// The most distributions of a channel.
const MOST_DISTRIBUTIONS: usize = 16;
/// Samples of a channel for which another distribution is worth its size.
const SAMPLES_EACH: usize = 4096;
/// Number of errors sampled to choose thresholds.
const SAMPLED_ERRORS: usize = 4096;

/// Reversible transforms of a stream's channels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transform {
    /// None.
    None,
    /// Red, green and blue are stored as luma and two differences (YCoCg).
    Luma,
}

/// Luma and two differences.
pub fn luma_of([red, green, blue]: [i32; 3]) -> [i32; 3] {
    let orange = red - blue;
    let middle = blue + (orange >> 1);
    let green = green - middle;
    [middle + (green >> 1), orange, green]
}

/// Writes a stream of channels `width` px wide, with a tree and distributions of its own.
pub fn write(bits: &mut BitWriter, transform: Transform, channels: &[Vec<i32>], width: usize) {
    // No tree of the whole picture; the predictor's usual parameters.
    bits.put(2, 0b10);
    match transform {
        Transform::None => bits.put(2, 0),
        Transform::Luma => {
            bits.put(2, 1);
            // The kind of transform, from the first channel on, with its usual type.
            bits.put(2, 0);
            bits.put(5, 0);
            bits.put(2, 0);
        }
    }
    let mut numbers = Vec::with_capacity(channels.iter().map(Vec::len).sum());
    let mut thresholds = Vec::new();
    let mut first = 0;
    for samples in channels {
        let predicted = Predicted::new(samples, width);
        let between = predicted.thresholds();
        numbers.extend(predicted.0.into_iter().map(|(residual, error)| {
            let place = between.partition_point(|&threshold| threshold < error);
            CodedNumber::new(first + place as u8, signed(residual))
        }));
        first += between.len() as u8 + 1;
        thresholds.push(between);
    }
    let clusters = Tree::of_channels(&thresholds).write(bits);
    entropy::write(bits, &clusters, Split::Residuals, numbers);
}

/// The residual of each sample, and the greatest error nearby.
struct Predicted(Vec<(i32, i32)>);

impl Predicted {
    fn new(samples: &[i32], width: usize) -> Self {
        let mut predicted = Vec::with_capacity(samples.len());
        predictor::predict(samples, width, |sample, Prediction { value, error }| {
            predicted.push((sample - value, error));
        });
        Self(predicted)
    }

    /// Thresholds that part the errors into equal shares.
    fn thresholds(&self) -> Vec<i32> {
        let step = (self.0.len() / SAMPLED_ERRORS).max(1);
        let mut errors: Vec<i32> = self.0.iter().step_by(step).map(|&(_, error)| error).collect();
        errors.sort_unstable();
        let count = (self.0.len() / SAMPLES_EACH).clamp(1, MOST_DISTRIBUTIONS);
        let mut thresholds: Vec<i32> = (1..count).map(|part| errors[part * errors.len() / count]).collect();
        thresholds.dedup();
        thresholds
    }
}
