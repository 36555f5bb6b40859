//! The quality of a JPEG's quantisation table: 1–100 on the scale of the Independent JPEG Group's encoder, which most
//! programs use. Other tables (cameras and Photoshop have their own) have the quality of the nearest standard table.

/// The luminance table of quality 50 (ITU-T T.81, table K.1), in zigzag order.
const STANDARD: [u16; 64] = [
    16, 11, 12, 14, 12, 10, 16, 14, 13, 14, 18, 17, 16, 19, 24, 40, 26, 24, 22, 22, 24, 49, 35, 37, 29, 40, 58, 51, 61,
    60, 57, 51, 56, 55, 64, 72, 92, 78, 64, 68, 87, 69, 55, 56, 80, 109, 81, 87, 95, 98, 103, 104, 103, 62, 77, 113,
    121, 112, 100, 120, 92, 101, 103, 99,
];

/// The quality whose luminance table is nearest to `table` (in zigzag order): by the mean square of the logarithms of all
/// ratios, so that each frequency has the same weight.
pub fn nearest_quality(table: &[u16; 64]) -> u8 {
    let distance = |quality: u8| -> f64 {
        let pairs = table.iter().zip(standard_table(quality));
        pairs.map(|(&step, other)| (f64::from(step.clamp(1, 255)) / f64::from(other)).ln().powi(2)).sum()
    };
    (1..=100).min_by(|a, b| distance(*a).total_cmp(&distance(*b))).unwrap_or(100)
}

/// The standard luminance table of a quality of 1–100, in zigzag order, with steps of 1–255 as in baseline files.
pub fn standard_table(quality: u8) -> [u16; 64] {
    let quality = u16::from(quality);
    let percent = if quality < 50 { 5000 / quality } else { 200 - 2 * quality };
    STANDARD.map(|step| ((u32::from(step) * u32::from(percent) + 50) / 100).clamp(1, 255) as u16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_quality_has_its_own_table() {
        for quality in 1..=100 {
            assert_eq!(nearest_quality(&standard_table(quality)), quality);
            // Some encoders don't limit steps to 255.
            let percent = if quality < 50 { 5000 / u32::from(quality) } else { 200 - 2 * u32::from(quality) };
            let wide = STANDARD.map(|step| ((u32::from(step) * percent + 50) / 100).clamp(1, 32_767) as u16);
            assert_eq!(nearest_quality(&wide), quality);
        }
    }

    #[test]
    fn other_tables_have_the_nearest_quality_and_coarser_ones_a_lower_quality() {
        let near = |table: [u16; 64]| nearest_quality(&table);
        assert_eq!(near([1; 64]), 100);
        assert_eq!(near([255; 64]), 1);
        let mut uneven = standard_table(60);
        uneven.iter_mut().step_by(5).for_each(|step| *step += 1);
        assert!(near(uneven).abs_diff(60) <= 2, "{}", near(uneven));
        let of_flat: Vec<_> = [2, 4, 8, 16, 32, 64].map(|step| near([step; 64])).into();
        assert!(of_flat.is_sorted_by(|a, b| a > b), "{of_flat:?}");
    }
}
