//! TIFF files of every supported kind: bit orders, compressions, strips, tiles and planes, depths and photometric
//! interpretations; unsupported ones are not reported as damaged. The compressed data is from libtiff, zstd and xz, the
//! colours are from Little CMS.

use std::path::Path;

use flate2::{Compression, write::ZlibEncoder};
use redawn::{
    imaging::{self, Decoded, Depth, MemoryLimit, PictureError},
    pixels::{Raster, Size},
};

use crate::support::jpegs::Layout;

/// A directory's entries without offsets and lengths: tag and values.
type Entries<'a> = &'a [(u16, &'a [u32])];

const STRIPS: [u16; 2] = [273, 279];
const TILES: [u16; 2] = [324, 325];

/// A little-endian TIFF of these strips or tiles; all values are LONG.
fn tiff(places: [u16; 2], entries: Entries, chunks: &[Vec<u8>]) -> Vec<u8> {
    let mut file = b"II*\0\0\0\0\0".to_vec();
    let mut put = |bytes: &[u8]| {
        let at = file.len() as u32;
        file.extend(bytes);
        file.resize(file.len().next_multiple_of(2), 0);
        at
    };
    let offsets: Vec<_> = chunks.iter().map(|chunk| put(chunk)).collect();
    let lengths: Vec<_> = chunks.iter().map(|chunk| chunk.len() as u32).collect();
    let mut entries = entries.to_vec();
    entries.extend([(places[0], &offsets[..]), (places[1], &lengths[..])]);
    entries.sort_unstable_by_key(|(tag, _)| *tag);
    let mut directory = (entries.len() as u16).to_le_bytes().to_vec();
    for (tag, values) in entries {
        let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        let field = if values.len() == 1 { values[0] } else { put(&bytes) };
        directory.extend(
            [&tag.to_le_bytes()[..], &[4, 0], &(values.len() as u32).to_le_bytes(), &field.to_le_bytes()].concat(),
        );
    }
    directory.extend([0; 4]);
    let at = put(&directory);
    file[4..8].copy_from_slice(&at.to_le_bytes());
    file
}

/// Compression of a strip or tile.
type Packer = fn(&[u8]) -> Vec<u8>;

/// Basic entries: size, depth, samples, compression, photometric interpretation.
fn basics<'a>(
    size: &'a [[u32; 1]; 2],
    bits: &'a [u32],
    compression: &'a [u32; 1],
    meaning: &'a [u32; 1],
    samples: &'a [u32; 1],
) -> Vec<(u16, &'a [u32])> {
    vec![(256, &size[0]), (257, &size[1]), (258, bits), (259, compression), (262, meaning), (277, samples)]
}

fn decode(file: Vec<u8>) -> Result<Decoded, PictureError> {
    imaging::decode(Path::new("a.tif"), file, MemoryLimit::Share)
}

fn refusal(file: Vec<u8>) -> String {
    decode(file).expect_err("a refusal").to_string()
}

/// The samples in 8 bits, interleaved.
fn bytes(file: Vec<u8>) -> Vec<u8> {
    let photo = decode(file).unwrap_or_else(|error| panic!("{error}")).photo;
    assert_eq!(photo.pixels.depth(), Depth::Eight);
    values(&photo.pixels).iter().map(|value| (value * 255.0).round() as u8).collect()
}

/// The samples, 0 to 1.
fn values(pixels: &Raster) -> Vec<f32> {
    let Size { width, height } = pixels.size();
    let places = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
    places.flat_map(|(x, y)| (0..pixels.channels()).map(move |channel| pixels.value(channel, x, y))).collect()
}

fn hex(text: &str) -> Vec<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).expect("a digit") as u8;
    text.as_bytes().as_chunks().0.iter().map(|&[high, low]| digit(high) << 4 | digit(low)).collect()
}

fn deflated(data: &[u8]) -> Vec<u8> {
    let mut packer = ZlibEncoder::new(Vec::new(), Compression::default());
    std::io::Write::write_all(&mut packer, data).expect("into memory");
    packer.finish().expect("into memory")
}

fn lzw(data: &[u8]) -> Vec<u8> {
    weezl::encode::Encoder::with_tiff_size_switch(weezl::BitOrder::Msb, 8).encode(data).expect("into memory")
}

/// PackBits without runs.
fn pack_bits(data: &[u8]) -> Vec<u8> {
    data.chunks(128).flat_map(|part| [&[part.len() as u8 - 1], part].concat()).collect()
}

fn reversed(data: &[u8]) -> Vec<u8> {
    data.iter().map(|byte| byte.reverse_bits()).collect()
}

/// A size that is not a multiple of the tiles'.
const SIZE: (usize, usize) = (37, 21);

/// Different colours for all pixels.
fn colours() -> Vec<[u8; 3]> {
    let places = (0..SIZE.1).flat_map(|y| (0..SIZE.0).map(move |x| (x, y)));
    places.map(|(x, y)| [(x * 6) as u8, (y * 11) as u8, (x * 3 + y * 5) as u8]).collect()
}

const FAX_SIZE: (u32, u32) = (37, 12);

/// A bilevel picture compressed by libtiff, by compression and options.
const FAXES: [(u32, u32, &str); 5] = [
    (
        2,
        0,
        "99bcfbe3e3e3a1d0e0e279f7c7c7c743a1d035161bef8f8f8e87c74380c388787dd0f8f8e87438c38de1f1f1f1d0ec708389f7c7c7c743a1d835389e7c7c7c743e3a1d0e80351bb1e1f1f1f1f1d0e8743a1c9e7df1f1f1d0e87c7835376fbe3e3a1f1d0e30b6f0fbe3e3a1f1d0e8743a1c359dbef8f8f8e87c743a1d0e87",
    ),
    (
        3,
        0,
        "00199bcfbe3e3e3a1d0e003c4f3ef8f8f8e8743a00135161bef8f8f8e87c743800e1c43c3ee87c7c743a1c0070e3787c7c7c743b1c0060e27df1f1f1d0e8760026a713cf8f8f8e87c743a1d0009a8dd8f0f8f8f8f8e8743a1d0008e4f3ef8f8f8e8743e3c0026a6edf7c7c743e3a1c60036de1f7c7c743e3a1d0e87438009acedf7c7c7c743e3a1d0e874380",
    ),
    // Two-dimensional, and with byte-aligned end-of-line codes.
    (
        3,
        1,
        "001ccde7df1f1f1d0e87001049249249249250019a8b0df7c7c7c743e3a1c00470c377bf617800f0e3787c7c7c743b1c00410412412492492287600335389e7c7c7c743e3a1d0e80050d8647bfb0bf800c7279f7c7c7c743a1f1e00120824924920826921800edbc3ef8f8e87c743a1d0e870011359b76ffffe0",
    ),
    (
        3,
        5,
        "0001ccde7df1f1f1d0e870010492492492492500019a8b0df7c7c7c743e3a1c0011c30ddefd85e0001e1c6f0f8f8f8e876380001041049049249248a1d80019a9c4f3e3e3e3a1f1d0e874001436191efec2fe0018e4f3ef8f8f8e8743e3c00012082492492082692180001db787df1f1d0f8e8743a1d0e00011359b76ffffe",
    ),
    (
        4,
        0,
        "3332f17cbe47c8f91d04a124924924924949a8a08420820820984c2da53861bbdfb0bfaf5e90e10412412492492287608102040830820984c2da2870961b0c8f7f617f7aafe9258d0412492490413490cdb041826d84d0413450e50e082526b36edffffc004004",
    ),
];

/// The pixels of that picture.
fn fax_pixels() -> Vec<u8> {
    let places = (0..FAX_SIZE.1).flat_map(|y| (0..FAX_SIZE.0).map(move |x| (x, y)));
    places.map(|(x, y)| if (x * x / 7 + 3 * y * y + x * y / 5) % 23 < 9 { 0 } else { 255 }).collect()
}

fn fax(compression: u32, options: u32, further: Entries, data: Vec<u8>) -> Vec<u8> {
    let (size, compression) = ([[FAX_SIZE.0], [FAX_SIZE.1]], [compression]);
    let options = [options];
    let mut entries = basics(&size, &[1], &compression, &[1], &[1]);
    entries.extend([(292, &options[..])]);
    entries.extend(further);
    tiff(STRIPS, &entries, &[data])
}

#[test]
fn fax_data_of_libtiff_is_read() {
    for (compression, options, data) in FAXES {
        assert_eq!(bytes(fax(compression, options, &[], hex(data))), fax_pixels(), "{compression}, {options}");
    }
}

/// A single strip with the maximum of RowsPerStrip.
#[test]
fn a_strip_of_unlimited_rows_ends_with_the_picture() {
    for (compression, options, data) in FAXES {
        let file = fax(compression, options, &[(278, &[u32::MAX])], hex(data));
        assert_eq!(bytes(file), fax_pixels(), "{compression}, {options}");
    }
}

#[test]
fn the_fill_order_is_applied_in_every_compression() {
    for (compression, options, data) in FAXES {
        let file = fax(compression, options, &[(266, &[2])], reversed(&hex(data)));
        assert_eq!(bytes(file), fax_pixels(), "{compression}, {options}");
    }
    let pixels = colours().into_flattened();
    let size = [[SIZE.0 as u32], [SIZE.1 as u32]];
    let packings: [(u32, Packer); 4] = [(1, <[u8]>::to_vec), (5, lzw), (8, deflated), (32_773, pack_bits)];
    for (compression, pack) in packings {
        let compression = [compression];
        let mut entries = basics(&size, &[8, 8, 8], &compression, &[2], &[3]);
        assert_eq!(bytes(tiff(STRIPS, &entries, &[pack(&pixels)])), pixels, "{compression:?}");
        entries.push((266, &[2]));
        assert_eq!(bytes(tiff(STRIPS, &entries, &[reversed(&pack(&pixels))])), pixels, "{compression:?}, reversed");
    }
    // Also for 16 bits: bits are reversed before bytes are swapped.
    let words: Vec<u8> = [0x0102_u16, 0xFE80].iter().flat_map(|word| word.to_le_bytes()).collect();
    let mut entries = basics(&[[2], [1]], &[16], &[1], &[1], &[1]);
    entries.push((266, &[2]));
    let read = decode(tiff(STRIPS, &entries, &[reversed(&words)])).unwrap().photo.pixels;
    let read: Vec<_> = values(&read).iter().map(|value| (value * 65_535.0).round() as u16).collect();
    assert_eq!(read, [0x0102, 0xFE80]);
}

/// A tile of 16 × 16 px of some planes, with zeros outside the picture.
fn tile(planes: &[usize], left: usize, top: usize) -> Vec<u8> {
    let pixels = colours();
    let places = (top..top + 16).flat_map(|y| (left..left + 16).map(move |x| (x, y)));
    let pixel = |(x, y)| if x < SIZE.0 && y < SIZE.1 { pixels[y * SIZE.0 + x] } else { [0; 3] };
    places.flat_map(|place| planes.iter().map(move |&plane| pixel(place)[plane])).collect()
}

#[test]
fn chunky_and_planar_tiles_are_read_in_every_compression() {
    let size = [[SIZE.0 as u32], [SIZE.1 as u32]];
    let packings: [(u32, Packer); 4] = [(1, <[u8]>::to_vec), (5, lzw), (8, deflated), (32_773, pack_bits)];
    for (compression, pack) in packings {
        let compression = [compression];
        for planes in [&[&[0, 1, 2][..]][..], &[&[0], &[1], &[2]]] {
            let mut chunks = Vec::new();
            for plane in planes {
                for top in (0..SIZE.1).step_by(16) {
                    chunks.extend((0..SIZE.0).step_by(16).map(|left| pack(&tile(plane, left, top))));
                }
            }
            let order = [if planes.len() == 1 { 1 } else { 2 }];
            let mut entries = basics(&size, &[8, 8, 8], &compression, &[2], &[3]);
            entries.extend([(284, &order[..]), (322, &[16]), (323, &[16])]);
            let file = tiff(TILES, &entries, &chunks);
            assert_eq!(bytes(file.clone()), colours().into_flattened(), "{compression:?}, {planes:?}");
            // Missing tiles are damage, not a panic.
            let few = tiff(TILES, &entries, &chunks[1..]);
            assert!(refusal(few).contains("damaged"), "{compression:?}, {planes:?}");
        }
    }
}

/// A picture of one column in a tile of 16, from libtiff: an LZW code covers more px than the picture has.
#[test]
fn a_tile_wider_than_the_picture_is_read() {
    let data = hex(
        "800040103824160c06834260a0b85434210d8505621090d44e0c1f8b4144919820a639031747c0033910e2443d9110a44479113244519115a445b911824465911aa446f911d24479911fa448391222448d9124a4497915360200",
    );
    let mut entries = basics(&[[1], [31]], &[8], &[5], &[1], &[1]);
    entries.extend([(322, &[16][..]), (323, &[32])]);
    let expected: Vec<u8> = (0..31).map(|y| 5 * y + 1).collect();
    assert_eq!(bytes(tiff(TILES, &entries, &[data])), expected);
}

#[test]
fn zstandard_and_lzma_are_read() {
    let zstandard = hex(
        "28b52ffd608000150300e4040000001414142828283c3c3c5050506464647878788c8c8c3232324646465a5a5a6e6e6e828282969696aaaaaabebebea0a0a0b4b4b4c8c8c8dcdcdcf0f0f0d2d2d2e6e6e6fafafa0e0e0e2222220600e5a202da5a0e158bb5450114538b4e3c",
    );
    let expected: Vec<u8> = (0..16).flat_map(|y| (0..24).map(move |x| (x / 3 * 20 + y / 4 * 50) as u8)).collect();
    let lzma = hex(
        "fd377a585a0000016922de360200210116000000742fe5a3e0017f00425d0000680393f0e16c9697e16ed914f56b6814f600c8cbc96a6002ba13850582394b2a1e720c18f8e45236c815e00658b6287c5c1a36463dd1e41cb4bc7cbfdb0aa0dd0000000084a16b3500015a800300000030e013cd3e300d8b020000000001595a",
    );
    for (compression, data) in [(50_000, zstandard), (34_925, lzma)] {
        let file = |data: &[u8]| {
            let compression = [compression];
            tiff(STRIPS, &basics(&[[24], [16]], &[8], &compression, &[1], &[1]), &[data.to_vec()])
        };
        assert_eq!(bytes(file(&data)), expected, "{compression}");
        let sentence = refusal(file(&data[..60]));
        assert!(sentence.contains("incomplete") || sentence.contains("damaged"), "{compression}: {sentence}");
    }
}

/// Values of a row: packed with the most significant bits first, or little-endian bytes.
fn packed(values: &[u64], bits: u32) -> Vec<u8> {
    if matches!(bits, 8 | 16 | 24 | 32 | 64) {
        return values.iter().flat_map(|value| value.to_le_bytes().into_iter().take(bits as usize / 8)).collect();
    }
    let mut digits: Vec<u8> =
        values.iter().flat_map(|value| (0..bits).rev().map(move |bit| (value >> bit & 1) as u8)).collect();
    digits.resize(digits.len().next_multiple_of(8), 0);
    digits.chunks(8).map(|byte| byte.iter().fold(0, |byte, bit| byte << 1 | bit)).collect()
}

#[test]
fn integers_of_every_depth_are_read() {
    for bits in (1..=32).chain([64]) {
        let top = u64::MAX >> (64 - bits);
        let stored: Vec<u64> = (0..7).map(|step| (u128::from(top) * step / 6) as u64).collect();
        for (meaning, turned) in [(1, false), (0, true)] {
            let meaning = [meaning];
            let depth = [bits];
            // Two rows: the second one is byte-aligned.
            let data = [packed(&stored, bits), packed(&stored, bits)].concat();
            let entries = basics(&[[7], [2]], &depth, &[1], &meaning, &[1]);
            let photo = decode(tiff(STRIPS, &entries, &[data])).unwrap().photo;
            let (depth, step) = match bits {
                ..=8 => (Depth::Eight, 1.0 / 255.0),
                9..=16 => (Depth::Sixteen, 1.0 / 65_535.0),
                _ => (Depth::Float, 1e-6),
            };
            assert_eq!(photo.pixels.depth(), depth, "{bits} bits");
            let expected = stored.iter().chain(&stored).map(|&value| value as f64 / top as f64);
            for (read, right) in values(&photo.pixels).into_iter().zip(expected) {
                let right = if turned { 1.0 - right } else { right };
                assert!((f64::from(read) - right).abs() <= 0.51 * step, "{bits} bits: {read}, {right}");
            }
        }
    }
}

/// The tables of a JPEG in the places of old-style JPEG compression, and its entropy-coded data.
fn old_tables(jpeg: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let segment = |marker: u8, skipped: usize| {
        let mut places = jpeg.windows(2).enumerate().filter(move |(_, it)| *it == [0xFF, marker]).map(|(at, _)| at);
        std::iter::from_fn(move || places.next()).nth(skipped).unwrap()
    };
    let contents = |at: usize| {
        let length = usize::from(u16::from_be_bytes([jpeg[at + 2], jpeg[at + 3]]));
        // Without the number of the table.
        jpeg[at + 5..at + 2 + length].to_vec()
    };
    let mut tables = Vec::new();
    for (at, place) in [(segment(0xDB, 0), 0), (segment(0xC4, 0), 64), (segment(0xC4, 1), 128)] {
        tables.resize(place, 0);
        tables.extend(contents(at));
    }
    let scan = segment(0xDA, 0);
    let data = scan + 2 + usize::from(jpeg[scan + 3]);
    (tables, jpeg[data..jpeg.len() - 2].to_vec())
}

/// libtiff reads these kinds of files too; they were written by scanners around 1995.
#[test]
fn old_style_jpeg_compression_is_read() {
    let (width, height) = (48, 32);
    let value = |component: usize, column: usize, row: usize| {
        [(column * 23 + row * 37) % 97, (column * 11) % 41, (column * 17) % 41][component] as i32 - 20
    };
    let layout = Layout::new((width, height), &[(2, 2), (1, 1), (1, 1)]);
    let jpeg = layout.file(value);
    let decoded = imaging::decode(Path::new("a.jpg"), jpeg.clone(), MemoryLimit::Share).unwrap();
    let right: Vec<u8> = values(&decoded.photo.pixels).iter().map(|value| (value * 255.0).round() as u8).collect();
    let assert_close = |file: Vec<u8>, what: &str| {
        let ours = bytes(file);
        assert_eq!(ours.len(), right.len(), "{what}");
        // The colours are converted with other constants.
        assert!(ours.iter().zip(&right).all(|(ours, right)| ours.abs_diff(*right) <= 1), "{what}");
    };
    let size = [[width as u32], [height as u32]];
    let entries = basics(&size, &[8, 8, 8], &[6], &[6], &[3]);

    // One JPEG: the only strip is at its beginning, and its offset is 8.
    let mut whole = entries.clone();
    whole.push((513, &[8]));
    assert_close(tiff(STRIPS, &whole, std::slice::from_ref(&jpeg)), "one JPEG");
    whole.retain(|(tag, _)| *tag != 277);
    assert_close(tiff(STRIPS, &whole, std::slice::from_ref(&jpeg)), "without the number of channels");

    // Tables elsewhere in the file: here before the directory, in a strip that nothing refers to.
    let (tables, data) = old_tables(&jpeg);
    let at = |place: u32| [8 + place; 3];
    let (steps, dc, ac) = (at(0), at(64), at(128));
    let mut parts = entries.clone();
    parts.extend([(519, &steps[..]), (520, &dc[..]), (521, &ac[..]), (530, &[2, 2])]);
    let with_tables = |places: [u16; 2], entries: Entries, chunks: &[Vec<u8>]| {
        let chunks: Vec<_> = std::iter::once(tables.clone()).chain(chunks.iter().cloned()).collect();
        let file = tiff(places, entries, &chunks);
        // The directory without the first chunk, which is the tables.
        without_first_chunk(file, places)
    };
    assert_close(with_tables(STRIPS, &parts, std::slice::from_ref(&data)), "one strip");

    // Two strips, or tiles, each with its own data.
    let half = Layout::new((width, height / 2), &[(2, 2), (1, 1), (1, 1)]);
    let halves: Vec<_> = [0, 1]
        .map(|at| {
            old_tables(&half.file(|component, column, row| {
                value(component, column, row + at * half.height / 8 / [1, 2, 2][component])
            }))
            .1
        })
        .to_vec();
    let mut strips = parts.clone();
    strips.push((278, &[16]));
    assert_close(with_tables(STRIPS, &strips, &halves), "two strips");
    let mut tiles = parts.clone();
    tiles.extend([(322, &[48][..]), (323, &[16])]);
    assert_close(with_tables(TILES, &tiles, &halves), "two tiles");

    let sentence = refusal(tiff(STRIPS, &entries, &[data]));
    assert!(sentence.contains("tables of its JPEG compression are missing"), "{sentence}");
}

/// Removes the first of the chunks of a file of [`tiff`] from its directory.
fn without_first_chunk(mut file: Vec<u8>, places: [u16; 2]) -> Vec<u8> {
    let number = |file: &[u8], at: usize| u32::from_le_bytes(file[at..at + 4].try_into().unwrap());
    let directory = number(&file, 4) as usize;
    let count = usize::from(u16::from_le_bytes([file[directory], file[directory + 1]]));
    for entry in (0..count).map(|entry| directory + 2 + 12 * entry) {
        let tag = u16::from_le_bytes([file[entry], file[entry + 1]]);
        if places.contains(&tag) {
            let chunks = number(&file, entry + 4) - 1;
            let values = number(&file, entry + 8) + 4;
            let field = if chunks == 1 { number(&file, values as usize) } else { values };
            file[entry + 4..entry + 8].copy_from_slice(&chunks.to_le_bytes());
            file[entry + 8..entry + 12].copy_from_slice(&field.to_le_bytes());
        }
    }
    file
}

#[test]
fn unsupported_files_are_not_reported_as_damaged() {
    let file = |bits: &[u32], compression, meaning, further: Entries| {
        let (compression, meaning) = ([compression], [meaning]);
        let mut entries = basics(&[[2], [2]], bits, &compression, &meaning, &[1]);
        entries.extend(further);
        tiff(STRIPS, &entries, &[vec![0; 64]])
    };
    for (file, what) in [
        (file(&[8], 1, 1, &[(339, &[2])]), "signed values"),
        (file(&[16], 1, 1, &[(339, &[2])]), "signed values"),
        (file(&[32], 5, 1, &[(339, &[2])]), "signed values"),
        (file(&[64], 1, 1, &[(339, &[6])]), "complex numbers"),
        (file(&[24], 1, 1, &[(339, &[3])]), "floating-point values of 24 bits"),
        (file(&[48], 1, 1, &[]), "48 bits"),
        (file(&[12], 5, 1, &[(317, &[2])]), "predictor 2 for values of 12 bits"),
        (file(&[8], 6, 1, &[(512, &[14])]), "lossless old-style JPEG compression"),
        (file(&[8], 34_887, 1, &[]), "LERC"),
        (file(&[8], 12_345, 1, &[]), "compression 12345"),
        (file(&[8], 4, 1, &[]), "8 bits per channel"),
        (file(&[8], 1, 32_803, &[]), "raw"),
        (file(&[8], 1, 4, &[]), "mask"),
        (file(&[8], 1, 10, &[]), "Lab"),
    ] {
        let sentence = refusal(file);
        assert!(sentence.contains(what) && sentence.contains("cannot be read yet"), "{what}: {sentence}");
    }
}

/// sRGB of Lab colours: lightness 0 to 255, and two axes that can be negative.
#[test]
fn lab_becomes_srgb() {
    let lab = [[255, 0, 0], [0, 0, 0], [128, 0, 0], [136, 50, 30], [200, 216, 40], [90, 20, 196], [60, 236, 250]];
    let right =
        [[255_u8, 255, 255], [0, 0, 0], [119, 119, 119], [210, 85, 79], [132, 213, 115], [51, 75, 181], [0, 64, 64]];
    let signed = lab.as_flattened().iter().copied();
    let unsigned = lab.iter().flat_map(|&[l, a, b]| [l, a ^ 0x80, b ^ 0x80]);
    let deep = lab.iter().flat_map(|&[l, a, b]| [[l, l], [0, a], [0, b]]).flatten();
    for (meaning, bits, data) in
        [(8, 8, signed.collect()), (9, 8, unsigned.collect()), (8, 16, deep.collect::<Vec<u8>>())]
    {
        let (meaning, bits) = ([meaning], [bits]);
        let Decoded { photo, notices, .. } =
            decode(tiff(STRIPS, &basics(&[[7], [1]], &bits, &[1], &meaning, &[3]), &[data])).unwrap();
        assert_eq!(notices, ["It is a Lab picture: its colours are converted to sRGB."]);
        for (read, right) in values(&photo.pixels).iter().zip(right.as_flattened()) {
            assert!((read * 255.0 - f32::from(*right)).abs() <= 1.0, "{meaning:?}, {bits:?}: {read}, {right}");
        }
    }
}

#[test]
fn subsampled_ycbcr_is_upsampled() {
    // Two blocks of 2 × 2 px for a picture of 3 × 2: Y × 4, Cb, Cr.
    let blocks = vec![90, 150, 60, 120, 140, 90, 200, 10, 30, 10, 128, 170];
    let mut entries = basics(&[[3], [2]], &[8, 8, 8], &[1], &[6], &[3]);
    entries.push((530, &[2, 2]));
    let rgb = |y: f64, cb: f64, cr: f64| {
        let (blue, red) = (cb - 128.0, cr - 128.0);
        [y + 1.402 * red, y - 0.344_136 * blue - 0.714_136 * red, y + 1.772 * blue]
            .map(|value| (value + 0.5).clamp(0.0, 255.0) as u8)
    };
    let right = [(90, 140, 90), (150, 140, 90), (200, 128, 170), (60, 140, 90), (120, 140, 90), (30, 128, 170)];
    let right: Vec<_> = right.iter().flat_map(|&(y, cb, cr)| rgb(y.into(), cb.into(), cr.into())).collect();
    assert_eq!(bytes(tiff(STRIPS, &entries, std::slice::from_ref(&blocks))), right);
    // Broadcast range: black is 16, white 235, and chroma ends at 240.
    entries.push((532, &[16, 235, 128, 240, 128, 240]));
    let read = bytes(tiff(STRIPS, &entries, &[blocks]));
    let wide = rgb((90.0 - 16.0) * 255.0 / 219.0, 128.0 + 12.0 * 127.0 / 112.0, 128.0 - 38.0 * 127.0 / 112.0);
    assert_eq!(read[..3], wide);
}

#[test]
fn a_reduced_first_page_does_not_make_a_raw_file() {
    let mut entries = basics(&[[1], [1]], &[8], &[1], &[1], &[1]);
    entries.push((254, &[1]));
    assert_eq!(bytes(tiff(STRIPS, &entries, &[vec![77]])), [77]);
    // A SubIFD with sensor values.
    let beside =
        [&[1, 0][..], &262_u16.to_le_bytes(), &[4, 0, 1, 0, 0, 0], &32_803_u32.to_le_bytes(), &[0; 4]].concat();
    entries.push((330, &[10]));
    let raw = tiff(STRIPS, &entries, &[[vec![77, 0], beside].concat()]);
    assert!(refusal(raw).contains("is a camera's raw file"));
}

#[test]
fn further_pages_are_found_also_in_crafted_files() {
    let one = tiff(STRIPS, &basics(&[[1], [1]], &[8], &[1], &[1], &[1]), &[vec![77]]);
    let first = u32::from_le_bytes(*one[4..].first_chunk().unwrap());
    let linked = |next: u32| {
        let mut file = one.clone();
        let link = file.len() - 4;
        file[link..].copy_from_slice(&next.to_le_bytes());
        decode(file).unwrap()
    };
    let notice = |count| vec![format!("It has {count} pages: only the first one is used.")];
    assert_eq!((linked(0).pages.len(), linked(0).notices), (1, vec![]));
    assert_eq!((linked(first).pages.len(), linked(first).notices), (1, vec![]), "a circle");
    assert_eq!((linked(9_999).pages.len(), linked(9_999).notices), (2, notice(2)), "outside the file");

    // A hundred thousand directories of 65,535 entries that overlap in little more than a megabyte.
    const DIRECTORIES: u32 = 100_000;
    let begin = std::time::Instant::now();
    let start = one.len().next_multiple_of(4);
    let mut file = one.clone();
    let link = file.len() - 4;
    file[link..].copy_from_slice(&(start as u32).to_le_bytes());
    file.resize(start, 0);
    file.extend([0xFF, 0xFF, 0, 0].repeat(DIRECTORIES as usize));
    file.resize(start + 2 + 12 * 65_535, 0);
    file.extend((1..=DIRECTORIES).flat_map(|number| (start as u32 + 4 * number).to_le_bytes()));
    let Decoded { photo, pages, .. } = decode(file).unwrap();
    assert_eq!((values(&photo.pixels), pages.len()), (vec![77.0 / 255.0], 3));
    assert!(begin.elapsed().as_secs() < 5, "{:?}", begin.elapsed());
}

/// A JPEG in a strip is decoded to libjpeg's samples; one that is damaged is refused, not invented.
#[test]
fn jpeg_strips_are_read_and_damaged_ones_refused() {
    let layout = Layout { interval: 1, ..Layout::new((32, 16), &[(1, 1)]) };
    let strip = layout.file(|_, column, row| 8 * column as i32 - 8 * row as i32);
    let mut entries = basics(&[[32], [16]], &[8], &[7], &[1], &[1]);
    entries.push((278, &[16]));
    let right: Vec<u8> = (0..16 * 32).map(|at| (128 + 8 * (at % 32 / 8) - 8 * (at / 32 / 8)) as u8).collect();
    assert_eq!(bytes(tiff(STRIPS, &entries, std::slice::from_ref(&strip))), right);
    // Shared tables for all strips.
    let tables_end = strip.windows(2).position(|pair| pair == [0xFF, 0xC0]).unwrap();
    let mut tables = strip[..tables_end].to_vec();
    // Fill bytes before a marker.
    tables.resize((tables.len() + 2).next_multiple_of(4) - 1, 0xFF);
    tables.push(0xD9);
    let words: Vec<u32> = tables.as_chunks().0.iter().map(|word| u32::from_le_bytes(*word)).collect();
    let short = [&strip[..2], &strip[tables_end..]].concat();
    let mut shared = entries.clone();
    shared.push((347, &words));
    assert_eq!(bytes(tiff(STRIPS, &shared, &[short])), right);
    let restart = strip.windows(2).position(|pair| pair == [0xFF, 0xD2]).unwrap();
    let damaged = [&strip[..restart], &[0x5A, 0x5A, 0x5A], &strip[restart..]].concat();
    let message = refusal(tiff(STRIPS, &entries, &[damaged]));
    assert!(message.contains("is damaged"), "{message}");
}
