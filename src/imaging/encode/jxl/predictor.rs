//! The self-correcting predictor (ISO/IEC 18181-1, annex H): four predictions of a sample, weighted by how well each did nearby.

/// Weights of the four predictions where all did equally well.
const WEIGHTS: [u32; 4] = [13, 12, 12, 12];
/// Bits of a prediction after the binary point.
const FRACTION: u32 = 3;
/// Factors of the errors in the second, the third and the fourth prediction, in 32nds.
const FACTORS: [i32; 3] = [16, 10, 7];
/// 2²⁴ divided by the index.
const RECIPROCALS: [u32; 65] = reciprocals();

const fn reciprocals() -> [u32; 65] {
    let mut table = [0; 65];
    let mut divisor = 1;
    while divisor < table.len() {
        table[divisor] = (1 << 24) / divisor as u32;
        divisor += 1;
    }
    table
}

/// A prediction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Prediction {
    /// The sample's expected value.
    pub value: i32,
    /// The error of greatest magnitude among those of the neighbours, in eighths.
    pub error: i32,
}

/// Errors at a sample: of the prediction, signed, in eighths, and the magnitude of each of the four.
#[derive(Debug, Clone, Copy, Default)]
struct Errors {
    of_prediction: i32,
    of_each: [u32; 4],
}

/// Predicts every sample of a channel from those before it. `each` receives the sample and its prediction.
pub fn predict(samples: &[i32], width: usize, mut each: impl FnMut(i32, Prediction)) {
    let mut errors_above = vec![Errors::default(); width];
    let mut errors = vec![Errors::default(); width];
    for (y, row) in samples.chunks_exact(width).enumerate() {
        let above = y.checked_sub(1).map(|above| &samples[above * width..][..width]);
        // Sums of the errors of the four, north west and further west, and north and west.
        let mut sums = [errors_above[0].of_each; 2];
        for (x, &sample) in row.iter().enumerate() {
            let (west, north) = match (above, x) {
                (Some(above), 0) => (above[0], above[0]),
                (Some(above), _) => (row[x - 1], above[x]),
                (None, 0) => (0, 0),
                (None, _) => (row[x - 1], row[x - 1]),
            };
            let north_east = above.and_then(|above| above.get(x + 1)).copied().unwrap_or(north);

            let error_north = errors_above[x];
            let error_north_west = if x > 0 { errors_above[x - 1].of_prediction } else { error_north.of_prediction };
            let error_west = if x > 0 { errors[x - 1].of_prediction } else { 0 };
            if x > 0 {
                sums = [sums[1], added(error_north.of_each, errors[x - 1].of_each)];
            }
            let (error_north_east, sum_north_east) = match errors_above.get(x + 1) {
                Some(errors) => (errors.of_prediction, errors.of_each),
                None => (error_north.of_prediction, sums[1]),
            };
            let error_north = error_north.of_prediction;

            let [west, north, north_east] = [west, north, north_east].map(|sample| sample << FRACTION);
            let corrected = |from: i32, errors: i32, factor: i32| from - ((errors * factor) >> 5);
            let four = [
                west + north_east - north,
                corrected(north, error_west + error_north + error_north_east, FACTORS[0]),
                corrected(west, error_west + error_north + error_north_west, FACTORS[1]),
                corrected(north, error_north_west + error_north + error_north_east, FACTORS[2]),
            ];
            let mut prediction = weighted(four, added(added(sums[0], sums[1]), sum_north_east));
            // Where the errors disagree, it stays among the neighbours.
            if (error_north ^ error_west) | (error_north ^ error_north_west) <= 0 {
                let least = north.min(west).min(north_east);
                prediction = prediction.clamp(least, north.max(west).max(north_east));
            }
            let mut error = error_west;
            for other in [error_north, error_north_west, error_north_east] {
                if other.abs() > error.abs() {
                    error = other;
                }
            }
            each(sample, Prediction { value: (prediction + 3) >> FRACTION, error });

            let sample = sample << FRACTION;
            errors[x] = Errors {
                of_prediction: prediction - sample,
                of_each: four.map(|one| (one.abs_diff(sample) + 3) >> FRACTION),
            };
        }
        std::mem::swap(&mut errors_above, &mut errors);
    }
}

fn added(one: [u32; 4], other: [u32; 4]) -> [u32; 4] {
    std::array::from_fn(|index| one[index] + other[index])
}

/// The mean of four predictions, with weights that fall with the sums of their errors.
fn weighted(four: [i32; 4], sums: [u32; 4]) -> i32 {
    let mut weights: [u32; 4] = std::array::from_fn(|index| {
        let sum = sums[index];
        let shift = ((sum + 1) >> 5).checked_ilog2().unwrap_or(0);
        4 + ((WEIGHTS[index] * RECIPROCALS[(sum >> shift) as usize + 1]) >> shift)
    });
    let shift = (weights.iter().sum::<u32>() >> 4).ilog2();
    weights.iter_mut().for_each(|weight| *weight >>= shift);
    let total: u32 = weights.iter().sum();
    let mut sum = i64::from(total / 2) - 1;
    for (one, weight) in four.into_iter().zip(weights) {
        sum += i64::from(one) * i64::from(weight);
    }
    ((sum * i64::from(RECIPROCALS[total as usize])) >> 24) as i32
}
