//! The quality that a JPEG was saved with, from the quantisation table of its luminance: 1–100 on the scale of the
//! Independent JPEG Group's encoder, which most programs share. A table that is not one of that scale's (cameras and
//! Photoshop have their own) has the quality whose table is nearest.

use super::{jpeg::is_frame, segments};

/// The scale's table for quality 50 (ITU-T T.81, table K.1), in the zigzag order of files.
const STANDARD: [u16; 64] = [
    16, 11, 12, 14, 12, 10, 16, 14, 13, 14, 18, 17, 16, 19, 24, 40, 26, 24, 22, 22, 24, 49, 35, 37, 29, 40, 58, 51, 61,
    60, 57, 51, 56, 55, 64, 72, 92, 78, 64, 68, 87, 69, 55, 56, 80, 109, 81, 87, 95, 98, 103, 104, 103, 62, 77, 113,
    121, 112, 100, 120, 92, 101, 103, 99,
];

/// The quality of a JPEG; none when its table is missing or damaged.
pub fn of_jpeg(bytes: &[u8]) -> Option<u8> {
    luminance_table(bytes).map(|table| nearest(&table))
}

/// The quality whose table differs least: the mean square of the logarithms of all ratios, so that each frequency
/// counts the same.
fn nearest(table: &[u16; 64]) -> u8 {
    let distance = |quality: u8| -> f64 {
        let of_scale = standard(quality);
        let pairs = table.iter().zip(of_scale);
        pairs.map(|(&step, other)| (f64::from(step.clamp(1, 255)) / f64::from(other)).ln().powi(2)).sum()
    };
    (1..=100).min_by(|a, b| distance(*a).total_cmp(&distance(*b))).unwrap_or(100)
}

/// The scale's table for a quality of 1–100, in the zigzag order of files, and in steps of at most 255, as baseline
/// files hold them.
pub fn standard(quality: u8) -> [u16; 64] {
    let quality = u16::from(quality);
    let percent = if quality < 50 { 5000 / quality } else { 200 - 2 * quality };
    STANDARD.map(|step| ((u32::from(step) * u32::from(percent) + 50) / 100).clamp(1, 255) as u16)
}

/// The table in use where the scans of the first component begin. Tables may be several in a segment, come late,
/// and replace one another.
fn luminance_table(bytes: &[u8]) -> Option<[u16; 64]> {
    let mut tables = [None; 4];
    // Name and table of the first component.
    let mut first = None;
    let mut at = 2;
    loop {
        while bytes.get(at..at + 2)? == [0xFF, 0xFF] {
            at += 1;
        }
        let &[0xFF, marker, high, low] = bytes.get(at..)?.first_chunk()? else { return None };
        let end = at + 2 + usize::from(u16::from_be_bytes([high, low]));
        let contents = bytes.get(at + 4..end)?;
        at = end;
        match marker {
            0xDB => read_tables(contents, &mut tables)?,
            0xDA => {
                let (name, table) = first?;
                let scanned = contents.get(1..)?.chunks_exact(2).take(usize::from(contents[0]));
                if scanned.into_iter().any(|component| component[0] == name) {
                    return *tables.get(usize::from(table))?;
                }
                at += segments::pixels(bytes.get(at..)?)?;
            }
            0xD9 => return None,
            marker if is_frame(marker) => first = Some((*contents.get(6)?, *contents.get(8)?)),
            _ => {}
        }
    }
}

/// The tables of a segment into their places.
fn read_tables(mut contents: &[u8], tables: &mut [Option<[u16; 64]>; 4]) -> Option<()> {
    while let [kind, rest @ ..] = contents {
        let wide = usize::from(kind >> 4 != 0);
        let (values, after) = rest.split_at_checked(64 << wide)?;
        let value = |i: usize| match wide {
            0 => values[i].into(),
            _ => u16::from_be_bytes([values[2 * i], values[2 * i + 1]]),
        };
        *tables.get_mut(usize::from(kind & 15))? = Some(std::array::from_fn(value));
        contents = after;
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A JPEG without pixels: each segment is its marker and contents.
    fn jpeg(segments: &[(u8, &[u8])]) -> Vec<u8> {
        let mut file = vec![0xFF, 0xD8];
        for (marker, contents) in segments {
            file.extend([0xFF, 0xFF, *marker]);
            file.extend((contents.len() as u16 + 2).to_be_bytes());
            file.extend(*contents);
        }
        file
    }

    fn table(place: u8, quality: u8) -> Vec<u8> {
        [place].into_iter().chain(standard(quality).map(|step| step as u8)).collect()
    }

    /// Three components; the luminance, 7, has table 2.
    const FRAME: &[u8] = &[8, 0, 8, 0, 8, 3, 7, 0x22, 2, 8, 0x11, 1, 9, 0x11, 1];
    const SCAN: &[u8] = &[3, 7, 0, 8, 0, 9, 0, 0, 63, 0];

    #[test]
    fn each_quality_has_its_own_table() {
        for quality in 1..=100 {
            assert_eq!(nearest(&standard(quality)), quality);
            // As encoders write it that don't keep to 255.
            let percent = if quality < 50 { 5000 / u32::from(quality) } else { 200 - 2 * u32::from(quality) };
            let wide = STANDARD.map(|step| ((u32::from(step) * percent + 50) / 100).clamp(1, 32_767) as u16);
            assert_eq!(nearest(&wide), quality);
        }
    }

    #[test]
    fn other_tables_have_the_nearest_and_a_coarser_one_a_lower_quality() {
        let near = |table: [u16; 64]| nearest(&table);
        assert_eq!(near([1; 64]), 100);
        assert_eq!(near([255; 64]), 1);
        let mut uneven = standard(60);
        uneven.iter_mut().step_by(5).for_each(|step| *step += 1);
        assert!(near(uneven).abs_diff(60) <= 2, "{}", near(uneven));
        let of_flat: Vec<_> = [2, 4, 8, 16, 32, 64].map(|step| near([step; 64])).into();
        assert!(of_flat.is_sorted_by(|a, b| a > b), "{of_flat:?}");
    }

    #[test]
    fn the_table_is_that_of_the_luminance_where_its_scans_begin() {
        let two = [table(1, 20), table(2, 40)].concat();
        let (late, other) = (table(2, 70), table(2, 30));
        for frame in [0xC0, 0xC1, 0xC2, 0xC9, 0xCA] {
            let found = |segments: &[(u8, &[u8])]| of_jpeg(&jpeg(segments));
            assert_eq!(found(&[(0xDB, &two), (frame, FRAME), (0xDA, SCAN)]), Some(40));
            assert_eq!(found(&[(frame, FRAME), (0xDB, &two), (0xDB, &late), (0xDA, SCAN)]), Some(70));
            assert_eq!(found(&[(0xDB, &two), (frame, FRAME), (0xDA, SCAN), (0xDB, &late)]), Some(40));
            assert_eq!(found(&[(0xDB, &table(1, 20)), (frame, FRAME), (0xDA, SCAN)]), None);
        }
        // The colours first, with bytes in their pixels that look like markers; then another table.
        let mut file = jpeg(&[(0xDB, &two), (0xC1, FRAME), (0xDA, &[1, 8, 0, 0, 63, 0])]);
        file.extend([1, 2, 0xFF, 0x00, 3, 0xFF, 0xD4, 4]);
        file.extend(&jpeg(&[(0xDB, &other), (0xDA, &[1, 7, 0, 0, 63, 0])])[2..]);
        assert_eq!(of_jpeg(&file), Some(30));
        for cut in 0..file.len() {
            // Nothing of a part is read beyond its end.
            assert!(matches!(of_jpeg(&file[..cut]), None | Some(30)));
        }
    }

    #[test]
    fn wide_steps_are_read() {
        let mut wide = vec![0x12];
        wide.extend(standard(85).iter().flat_map(|step| step.to_be_bytes()));
        assert_eq!(of_jpeg(&jpeg(&[(0xDB, &wide), (0xC1, FRAME), (0xDA, SCAN)])), Some(85));
    }
}
