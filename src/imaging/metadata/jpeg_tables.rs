//! The quantisation tables of a JPEG.

use crate::imaging::{
    container::jpeg::{SCAN, Segments, is_frame},
    jpeg_quality::nearest_quality,
};

/// The quality of a JPEG, 1–100, by its luminance table; none if that is missing or damaged.
pub fn quality(bytes: &[u8]) -> Option<u8> {
    luminance_table(bytes).map(|table| nearest_quality(&table))
}

/// The table in use at the first scan of the first component. A segment can contain several tables, and tables can be
/// replaced later.
fn luminance_table(bytes: &[u8]) -> Option<[u16; 64]> {
    let mut tables = [None; 4];
    // Id and table of the first component.
    let mut first = None;
    for segment in Segments::new(bytes) {
        let contents = segment.contents;
        match segment.marker {
            0xDB => read_tables(contents, &mut tables)?,
            SCAN => {
                let (name, table) = first?;
                let scanned = contents.get(1..)?.chunks_exact(2).take(usize::from(contents[0]));
                if scanned.into_iter().any(|component| component[0] == name) {
                    return *tables.get(usize::from(table))?;
                }
            }
            marker if is_frame(marker) => first = Some((*contents.get(6)?, *contents.get(8)?)),
            _ => {}
        }
    }
    None
}

/// Reads the tables of a segment into their slots.
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
    use crate::imaging::jpeg_quality::standard_table;

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
        [place].into_iter().chain(standard_table(quality).map(|step| step as u8)).collect()
    }

    /// Three components; the luminance, 7, has table 2.
    const FRAME: &[u8] = &[8, 0, 8, 0, 8, 3, 7, 0x22, 2, 8, 0x11, 1, 9, 0x11, 1];
    const SCAN_HEADER: &[u8] = &[3, 7, 0, 8, 0, 9, 0, 0, 63, 0];

    #[test]
    fn the_luminance_table_at_its_first_scan_counts() {
        let two = [table(1, 20), table(2, 40)].concat();
        let (late, other) = (table(2, 70), table(2, 30));
        for frame in [0xC0, 0xC1, 0xC2, 0xC9, 0xCA] {
            let found = |segments: &[(u8, &[u8])]| self::quality(&jpeg(segments));
            assert_eq!(found(&[(0xDB, &two), (frame, FRAME), (0xDA, SCAN_HEADER)]), Some(40));
            assert_eq!(found(&[(frame, FRAME), (0xDB, &two), (0xDB, &late), (0xDA, SCAN_HEADER)]), Some(70));
            assert_eq!(found(&[(0xDB, &two), (frame, FRAME), (0xDA, SCAN_HEADER), (0xDB, &late)]), Some(40));
            assert_eq!(found(&[(0xDB, &table(1, 20)), (frame, FRAME), (0xDA, SCAN_HEADER)]), None);
        }
        // Chroma first, with bytes that look like markers in its data; then another table.
        let mut file = jpeg(&[(0xDB, &two), (0xC1, FRAME), (0xDA, &[1, 8, 0, 0, 63, 0])]);
        file.extend([1, 2, 0xFF, 0x00, 3, 0xFF, 0xD4, 4]);
        file.extend(&jpeg(&[(0xDB, &other), (0xDA, &[1, 7, 0, 0, 63, 0])])[2..]);
        assert_eq!(self::quality(&file), Some(30));
        for cut in 0..file.len() {
            // A truncated table is never used.
            assert!(matches!(self::quality(&file[..cut]), None | Some(30)));
        }
    }

    #[test]
    fn wide_steps_are_read() {
        let mut wide = vec![0x12];
        wide.extend(standard_table(85).iter().flat_map(|step| step.to_be_bytes()));
        assert_eq!(self::quality(&jpeg(&[(0xDB, &wide), (0xC1, FRAME), (0xDA, SCAN_HEADER)])), Some(85));
    }
}
