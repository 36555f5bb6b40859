//! Systematic damage of valid pictures.

/// Extreme values of numbers in headers.
const LIES: [&[u8]; 4] = [&[0; 4], &[0xFF; 4], &[0x7F, 0xFF, 0xFF, 0xFF], &[0xFF, 0x7F]];

/// Truncated at each of the first 64 bytes, at and near every structure, and at many other positions.
pub fn truncated(whole: &[u8]) -> Vec<Vec<u8>> {
    let mut places: Vec<usize> = (1..64).chain((64..whole.len()).step_by(whole.len() / 64 + 1)).collect();
    places.extend(structures(whole).into_iter().flat_map(|at| at.saturating_sub(1)..=at + 1));
    places.retain(|&place| 0 < place && place < whole.len());
    places.sort_unstable();
    places.dedup();
    places.into_iter().map(|place| whole[..place].to_vec()).collect()
}

/// With extreme values at each byte of the header, and of each structure's header.
pub fn with_extreme_numbers(whole: &[u8]) -> Vec<Vec<u8>> {
    let mut places: Vec<usize> = (0..64).collect();
    places.extend(structures(whole).into_iter().flat_map(|at| at..at + 10));
    places.sort_unstable();
    places.dedup();
    let lie = |at: usize, lie: &[u8]| {
        let mut bytes = whole.to_vec();
        bytes.get_mut(at..at + lie.len())?.copy_from_slice(lie);
        // Otherwise the checksum would detect it.
        right_checksums(&mut bytes);
        Some(bytes)
    };
    places.iter().flat_map(|&at| LIES.iter().filter_map(move |new| lie(at, new))).collect()
}

/// With bytes changed at random.
pub fn with_random_bytes(whole: &[u8], count: usize, seed: u64) -> Vec<Vec<u8>> {
    let mut state = seed;
    let mut below = move |end: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % end
    };
    let scribble = |_| {
        let mut bytes = whole.to_vec();
        for _ in 0..1 + below(8) {
            let at = below(bytes.len());
            bytes[at] = below(256) as u8;
        }
        if below(2) == 0 {
            right_checksums(&mut bytes);
        }
        bytes
    };
    (0..count).map(scribble).collect()
}

/// With a wrong checksum for each chunk of a PNG.
pub fn wrong_checksums(png: &[u8]) -> Vec<Vec<u8>> {
    let spoil = |end: &usize| {
        let mut bytes = png.to_vec();
        bytes[end - 1] ^= 0x55;
        bytes
    };
    structures(png).iter().skip(1).map(spoil).collect()
}

/// Boundaries of the parts of a file: chunks, segments, blocks, entries.
pub fn structures(bytes: &[u8]) -> Vec<usize> {
    let number = |at: usize, little: bool| {
        let four: [u8; 4] = bytes.get(at..at + 4)?.try_into().ok()?;
        Some(if little { u32::from_le_bytes(four) } else { u32::from_be_bytes(four) } as usize)
    };
    let mut found = Vec::new();
    match bytes {
        [0x89, b'P', b'N', b'G', ..] => {
            let mut at = 8;
            while let Some(length) = number(at, false) {
                found.push(at);
                at += length + 12;
            }
            found.push(at);
        }
        [b'R', b'I', b'F', b'F', ..] => {
            let mut at = 12;
            while let Some(length) = number(at + 4, true) {
                found.push(at);
                at += 8 + length.next_multiple_of(2);
            }
            found.push(at);
        }
        [0xFF, 0xD8, ..] => {
            let mut at = 2;
            while let Some(&[0xFF, marker, high, low]) = bytes.get(at..at + 4) {
                found.push(at);
                if marker == 0xDA {
                    break;
                }
                at += 2 + usize::from(u16::from_be_bytes([high, low]));
            }
        }
        [b'I', b'I', 42, 0, ..] => {
            let first = number(4, true).unwrap_or(0);
            let count = bytes.get(first).copied().unwrap_or(0);
            found.extend((0..=usize::from(count)).map(|index| first + 2 + 12 * index));
        }
        _ => {}
    }
    found.retain(|&at| at <= bytes.len());
    found
}

/// Corrects the checksums of a PNG; does nothing for other files.
pub fn right_checksums(bytes: &mut [u8]) {
    if !bytes.starts_with(b"\x89PNG") {
        return;
    }
    for pair in structures(bytes).windows(2) {
        let (start, end) = (pair[0], pair[1]);
        let mut crc = flate2::Crc::new();
        crc.update(&bytes[start + 4..end - 4]);
        bytes[end - 4..end].copy_from_slice(&crc.sum().to_be_bytes());
    }
}
