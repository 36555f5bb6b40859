//! Small files that would need much memory or time.

use std::io::Write;

use flate2::{Compression, write::ZlibEncoder};

use super::bases::{directory, entry, exif};

const MIB: usize = 1 << 20;

/// Every bomb: a file name and its bytes.
pub fn bombs() -> Vec<(String, Vec<u8>)> {
    let mut all: Vec<(String, Vec<u8>)> = Vec::new();
    let mut add = |name: &str, bytes: Vec<u8>| all.push((name.into(), bytes));

    // Huge sizes in files of some bytes.
    let row_of_zeros = packed(&[0], 4 * MIB);
    for (name, side, depth, colour) in [
        ("rgb.png", 60_000, 8, 2),
        ("bit.png", 60_000, 1, 0),
        ("deep.png", 0x7FFF_FFFF, 16, 6),
        ("palette.png", 60_000, 8, 3),
    ] {
        add(name, png(side, depth, colour, &[(b"PLTE", vec![0; 3]), (b"IDAT", row_of_zeros.clone())]));
    }
    for (name, width, height) in
        [("wide.bmp", i32::MAX, 1), ("large.bmp", i32::MAX, i32::MAX), ("down.bmp", 60_000, -60_000)]
    {
        for compression in [0, 1, 2, 3] {
            add(&format!("{compression}-{name}"), bmp(width, height, compression));
        }
    }
    for header in [
        "P1 60000 60000\n",
        "P4 60000 60000\n",
        "P3 2147483648 2147483648 255\n",
        "P6 2147483648 2147483648 65535\n",
        "P5 4294967295 1 1\n",
    ] {
        add(&format!("{}.pnm", &header[..2]), [header.as_bytes(), &[b'1'; 64]].concat());
    }
    add("large.pam", b"P7\nWIDTH 60000\nHEIGHT 60000\nDEPTH 4\nMAXVAL 65535\nTUPLTYPE RGB_ALPHA\nENDHDR\n0".to_vec());
    for side in [20_000_u32, u32::MAX] {
        add(
            &format!("{side}.qoi"),
            [b"qoif", &side.to_be_bytes()[..], &side.to_be_bytes(), &[3, 0], &[0xFD; 99]].concat(),
        );
    }
    for kind in [1, 2, 9, 10, 11] {
        add(&format!("{kind}.tga"), tga(kind));
    }
    add("large.jpg", jpeg(65_500, 0, 0xC0));
    // Very many scans, each of the whole picture.
    add("scans.jpg", jpeg(6_000, 2_000, 0xC2));
    add("large.gif", gif(u16::MAX, &[u16::MAX], 300));
    add("frame.gif", gif(1, &[u16::MAX], 400_000));
    add("second.gif", gif(1, &[1, u16::MAX], 400_000));
    add("canvas.webp", webp(&[(b"VP8X", vec![0, 0, 0, 0, 255, 255, 255, 255, 255, 255]), (b"VP8L", vp8l(16_383))]));
    add("still.webp", webp(&[(b"VP8L", vp8l(16_383))]));
    let frame = [&[0; 6][..], &[0xFF, 0x7F, 0, 0xFF, 0x7F, 0], &[0; 4], b"VP8L\x06\0\0\0", &vp8l(16_383)].concat();
    add(
        "moving.webp",
        webp(&[(b"VP8X", vec![2, 0, 0, 0, 255, 127, 0, 255, 127, 0]), (b"ANIM", vec![0; 6]), (b"ANMF", frame)]),
    );

    // Missing blocks with huge declared lengths.
    for block in [b"ICCP", b"EXIF", b"XMP ", b"ALPH"] {
        let mut file =
            webp(&[(b"VP8X", vec![0x2C, 0, 0, 0, 9, 0, 0, 9, 0, 0]), (b"VP8L", vp8l(9)), (block, vec![0; 4])]);
        let at = file.len() - 8;
        file[at..at + 4].copy_from_slice(&0xFFFF_FFF0_u32.to_le_bytes());
        add(&format!("declared-{}.webp", String::from_utf8_lossy(block).trim()), file);
    }

    // Blocks that decompress to a thousand times their size.
    let small = |chunks: &[(&[u8; 4], Vec<u8>)]| {
        let pixel = (b"IDAT", packed(&[0, 0, 0, 0], 4));
        png(1, 8, 2, &[chunks, &[pixel]].concat())
    };
    let text = |keyword: &[u8], filler: &[u8], length| [keyword, b"\0\0", &packed(filler, length)].concat();
    let xmp = |filler: &str, length| {
        [b"XML:com.adobe.xmp\0\x01\0\0\0", &packed_around(b"<rdf:RDF>", filler.as_bytes(), length, b"</rdf:RDF>")[..]]
            .concat()
    };
    add("iccp.png", small(&[(b"iCCP", text(b"p", &[0], 400 * MIB))]));
    add("ztxt.png", small(&[(b"zTXt", text(b"Title", b"x", 400 * MIB))]));
    add("profile.png", small(&[(b"zTXt", text(b"Raw profile type exif", b"\n0", 400 * MIB))]));
    add("itxt.png", small(&[(b"iTXt", xmp(" ", 400 * MIB))]));
    let one = (b"zTXt", text(b"Raw profile type exif", b"\n0", 50 * MIB));
    add("profiles.png", small(&vec![one; 100]));
    // Quadratic time.
    for (name, filler) in [
        ("orientations", "tiff:Orientation='88' "),
        ("openings", "<tiff:Orientation>"),
        ("thumbnails", "<xmp:Thumbnails></xmp:Thumbnails>"),
        ("half-thumbnails", "<xmp:Thumbnails>"),
        ("ends", ":RDF>"),
        ("closings", "</"),
    ] {
        add(&format!("xmp-{name}.png"), small(&[(b"iTXt", xmp(filler, 40 * MIB))]));
    }
    for (name, block) in exif_bombs() {
        let filler = block.len().div_ceil(65_000).max(1);
        add(&format!("exif-{name}.png"), small(&[(b"eXIf", block.clone())]));
        add(
            &format!("exif-{name}.webp"),
            webp(&[(b"VP8X", vec![8, 0, 0, 0, 0, 0, 0, 0, 0, 0]), (b"VP8L", vp8l(0)), (b"EXIF", block.clone())]),
        );
        add(&format!("exif-{name}.tif"), block.clone());
        if filler == 1 {
            let segment = [&[0xFF, 0xE1][..], &(block.len() as u16 + 8).to_be_bytes(), b"Exif\0\0", &block].concat();
            let mut file = jpeg(16, 0, 0xC0);
            file.splice(2..2, segment);
            add(&format!("exif-{name}.jpg"), file);
        }
    }
    for count in [4_000, 60_000] {
        add(&format!("directories-{count}.tif"), directories_in_directories(count));
    }
    add("texts.png", small(&vec![(b"tEXt", b"no keyword".to_vec()); 100_000]));

    // Strips and tiles.
    let strip = |entries: &[(u16, u32)], data: &[u8]| tiff(entries, data);
    add("deflate.tif", strip(&[(259, 8)], &packed(&[0], 400 * MIB)));
    add("lzw.tif", strip(&[(259, 5)], &lzw_of_zeros(60)));
    add("packbits.tif", strip(&[(259, 32_773)], &[0x81, 0].repeat(MIB)));
    for (name, tag, value) in [
        ("strip-bytes", 279, u32::MAX),
        ("strip-place", 273, u32::MAX),
        ("rows", 278, 0),
        ("bits", 258, 65_535),
        ("bits64", 258, 64),
        ("channels", 277, 65_535),
        ("width", 256, u32::MAX),
        ("height", 257, u32::MAX),
        ("predictor", 317, 65_535),
        ("planes", 284, 2),
    ] {
        for compression in [1, 5, 7, 8, 32_773] {
            add(&format!("{name}-{compression}.tif"), strip(&[(259, compression), (tag, value)], &[0; 64]));
        }
    }
    for compression in [1, 5, 7, 8, 32_773] {
        let entries = [(259, compression), (322, 65_536), (323, 65_536), (324, 8), (325, 64)];
        add(&format!("tile-{compression}.tif"), strip(&entries, &[0; 64]));
    }
    add("strips.tif", many_strips());
    // Valid pictures that are large compared with their file.
    let side = 3_000_u32;
    add("large-whole.png", png(side, 8, 2, &[(b"IDAT", packed(&[0], (side * (3 * side + 1)) as usize))]));
    all
}

/// `length` bytes of a repeated filler, deflated.
fn packed(filler: &[u8], length: usize) -> Vec<u8> {
    packed_around(&[], filler, length, &[])
}

fn packed_around(before: &[u8], filler: &[u8], length: usize, behind: &[u8]) -> Vec<u8> {
    let mut packer = ZlibEncoder::new(Vec::new(), Compression::fast());
    let block = filler.repeat((MIB / filler.len()).clamp(1, length / filler.len() + 1));
    let mut write = |bytes: &[u8]| packer.write_all(bytes).expect("into memory");
    write(before);
    for start in (0..length).step_by(block.len()) {
        write(&block[..block.len().min(length - start)]);
    }
    write(behind);
    packer.finish().expect("into memory")
}

fn png(side: u32, depth: u8, colour: u8, chunks: &[(&[u8; 4], Vec<u8>)]) -> Vec<u8> {
    let header = [&side.to_be_bytes()[..], &side.to_be_bytes(), &[depth, colour, 0, 0, 0]].concat();
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    let all = [(b"IHDR", header)].into_iter().chain(chunks.iter().cloned()).chain([(b"IEND", Vec::new())]);
    for (kind, data) in all.filter(|(kind, _)| *kind != b"PLTE" || colour == 3) {
        let mut crc = flate2::Crc::new();
        crc.update(kind);
        crc.update(&data);
        file.extend((data.len() as u32).to_be_bytes());
        file.extend([kind, &data[..], &crc.sum().to_be_bytes()].concat());
    }
    file
}

fn bmp(width: i32, height: i32, compression: u32) -> Vec<u8> {
    let bits: u16 = [24, 8, 4, 32][compression as usize];
    let mut file = b"BM\xFF\xFF\xFF\xFF\0\0\0\0\x36\0\0\0\x28\0\0\0".to_vec();
    file.extend([width.to_le_bytes(), height.to_le_bytes()].concat());
    file.extend([&1_u16.to_le_bytes()[..], &bits.to_le_bytes(), &compression.to_le_bytes(), &[0; 20]].concat());
    file.extend([255, 1].repeat(100));
    file
}

fn tga(kind: u8) -> Vec<u8> {
    let has_map = u8::from(kind % 8 == 1);
    let bits = if kind % 8 == 2 { 32 } else { 8 };
    let mut file = vec![0, has_map, kind, 0, 0, 255, 255, if has_map == 1 { 24 } else { 0 }, 0, 0, 0, 0];
    file.extend([255, 255, 255, 255, bits, 0]);
    file.extend([255; 400]);
    file
}

/// A grey JPEG of zeros. `scans`: the number of further scans, for a progressive one (0xC2).
fn jpeg(side: u16, scans: usize, frame: u8) -> Vec<u8> {
    let side_bytes = side.to_be_bytes();
    let mut file = vec![0xFF, 0xD8, 0xFF, 0xDB, 0, 67, 0];
    file.extend([1; 64]);
    file.extend([&[0xFF, frame, 0, 11, 8][..], &side_bytes, &side_bytes, &[1, 1, 0x11, 0]].concat());
    // Tables of one code of one bit: no difference; for AC, the longest run of empty blocks, or the end.
    let runs = if frame == 0xC2 { 0xE0 } else { 0 };
    for (class, symbol) in [(0x00, 0), (0x10, runs)] {
        file.extend([&[0xFF, 0xC4, 0, 20, class, 1][..], &[0; 15], &[symbol]].concat());
    }
    let blocks = usize::from(side).div_ceil(8).pow(2);
    let (last, bits) = if frame == 0xC2 { (0, blocks) } else { (63, 2 * blocks) };
    file.extend([0xFF, 0xDA, 0, 8, 1, 1, 0, 0, last, 0]);
    file.extend(vec![0; bits.div_ceil(8).min(1 << 20)]);
    for _ in 0..scans {
        file.extend([0xFF, 0xDA, 0, 8, 1, 1, 0, 1, 63, 0]);
        // 15 bits for each run of up to 32,767 blocks; 0xFF would need byte stuffing.
        file.extend(vec![0x7E; blocks.div_ceil(16_384) * 2]);
    }
    file.extend([0xFF, 0xD9]);
    file
}

fn gif(screen: u16, frames: &[u16], data: usize) -> Vec<u8> {
    let screen = screen.to_le_bytes();
    let mut file = [b"GIF89a", &screen[..], &screen, &[0x80, 0, 0], &[0, 0, 0, 255, 255, 255]].concat();
    for side in frames {
        let side = side.to_le_bytes();
        file.extend([&[0x2C, 0, 0, 0, 0][..], &side, &side, &[0, 8]].concat());
        // A clear code, and then random codes: runs of up to some thousand pixels.
        let codes: Vec<u8> = (0..data).map(|index| (index * 97 % 251) as u8).collect();
        for block in codes.chunks(255) {
            file.extend([&[block.len() as u8], block].concat());
        }
        file.push(0);
    }
    file.push(0x3B);
    file
}

fn webp(chunks: &[(&[u8; 4], Vec<u8>)]) -> Vec<u8> {
    let mut body = b"WEBP".to_vec();
    for (kind, data) in chunks {
        body.extend([*kind, &(data.len() as u32).to_le_bytes()[..], data].concat());
        body.resize(body.len().next_multiple_of(2), 0);
    }
    [b"RIFF", &(body.len() as u32).to_le_bytes()[..], &body].concat()
}

/// A lossless picture of one colour, of `last` + 1 px per side: no transforms, no cache, five codes of one symbol each.
fn vp8l(last: u32) -> Vec<u8> {
    let mut data = vec![0x2F];
    data.extend((last | last << 14).to_le_bytes());
    // Least significant bit first: no transform, no cache, no meta codes; then five times a simple code of one symbol of
    // one bit, 0.
    let bits = [&[0, 0, 0][..], &[1, 0, 0, 0].repeat(5)].concat();
    for byte in bits.chunks(8) {
        data.push(byte.iter().enumerate().map(|(index, bit)| bit << index).sum());
    }
    data.resize(data.len().next_multiple_of(2), 0);
    data
}

/// EXIF blocks with cycles, offsets outside the block, or very many references.
fn exif_bombs() -> Vec<(&'static str, Vec<u8>)> {
    let block = |entries: &[Vec<u8>], next: u32| [&b"II*\0\x08\0\0\0"[..], &directory(entries, next)].concat();
    let many = u32::from(u16::MAX);
    let behind = 8 + 2 + many * 12 + 4;
    let maker = entry(271, 2, 4, u32::from_le_bytes(*b"me\0\0"));
    let with_tail = |mut block: Vec<u8>, bytes: usize| {
        block.resize(block.len() + bytes, 1);
        block
    };
    vec![
        ("circle", block(&[maker.clone(), entry(34_665, 4, 1, 8), entry(34_853, 4, 1, 8), entry(40_965, 4, 1, 8)], 8)),
        (
            "outside",
            block(
                &[
                    maker.clone(),
                    entry(34_665, 4, 1, u32::MAX),
                    entry(272, 2, u32::MAX, u32::MAX),
                    entry(282, 5, 1, u32::MAX - 3),
                ],
                u32::MAX,
            ),
        ),
        ("overflow", block(&[maker, entry(37_500, 12, u32::MAX, 0xFFFF_FFF0), entry(34_665, 4, 0, 0)], 7)),
        ("untrue-count", [&b"II*\0\x08\0\0\0"[..], &[0xFF; 2], &[1; 600]].concat()),
        // Every entry is a directory that has all entries…
        ("directories", block(&vec![entry(34_665, 4, 1, 8); many as usize], 0)),
        (
            "interoperability",
            block(&[vec![entry(34_665, 4, 1, 8); 9_000], vec![entry(40_965, 4, 1, 8); 50_000]].concat(), 0),
        ),
        // …each of which needs megabytes; and the same with the maximum number of entries.
        ("values", with_tail(block(&vec![entry(700, 7, 8 << 20, behind); many as usize], 8), 8 << 20)),
        ("thumbnails", {
            let count = 4_000;
            let second = 8 + 6 + 12;
            let behind = second + 6 + 12 * count;
            let mut block = block(&[entry(274, 3, 1, 6)], second);
            block.extend(directory(&vec![entry(271, 7, 8 << 20, behind); count as usize], 0));
            with_tail(block, 8 << 20)
        }),
        ("notes", block(&vec![entry(37_500, 7, 40_000, 8); 4_000], 0)),
        ("whole", exif()),
    ]
}

/// A grey TIFF of 100 × 100 px in one strip, with some entries replaced.
fn tiff(other: &[(u16, u32)], data: &[u8]) -> Vec<u8> {
    let mut entries = vec![
        (256, 100),
        (257, 100),
        (258, 8),
        (259, 1),
        (262, 1),
        (273, 8),
        (277, 1),
        (278, 100),
        (279, data.len() as u32),
    ];
    for (tag, value) in other {
        entries.retain(|(known, _)| known != tag);
        entries.push((*tag, *value));
    }
    entries.sort_unstable();
    let records: Vec<_> = entries.into_iter().map(|(tag, value)| entry(tag, 4, 1, value)).collect();
    let at = (8 + data.len()).next_multiple_of(2);
    let mut file = [b"II*\0", &(at as u32).to_le_bytes()[..], data].concat();
    file.resize(at, 0);
    file.extend(directory(&records, at as u32));
    file
}

/// A valid TIFF whose first directory refers to its EXIF directory `count` times, which refers to another one `count`
/// times, which has `count` meaningless entries.
fn directories_in_directories(count: u16) -> Vec<u8> {
    let many = |entry: Vec<u8>| vec![entry; count.into()];
    let (pixels, at) = (vec![0; 100 * 100], 8 + 100 * 100);
    let inner = directory(&many(entry(33_434, 4, 0, 0)), 0);
    let outer = directory(&many(entry(40_965, 4, 1, at)), 0);
    let entries = [(279, pixels.len() as u32), (34_665, at + inner.len() as u32)];
    let mut file = tiff(&entries, &[pixels, inner, outer].concat());
    let first = file.len() - (2 + 10 * 12 + 4);
    let records: Vec<_> = file.split_off(first)[2..2 + 10 * 12].chunks(12).map(<[u8]>::to_vec).collect();
    let (others, exif) = records.split_at(9);
    file.extend(directory(&[others, &many(exif[0].clone())].concat(), 0));
    file
}

/// As many strips of one row as possible, all at the same offset.
fn many_strips() -> Vec<u8> {
    let mut file = tiff(&[(256, 1), (257, u32::MAX), (278, 1)], &[0; 64]);
    let at = structure_of(&file, 273);
    file[at + 4..at + 8].copy_from_slice(&u32::MAX.to_le_bytes());
    file
}

fn structure_of(tiff: &[u8], tag: u16) -> usize {
    let mut places = super::broken::structures(tiff).into_iter();
    places.find(|&at| tiff[at..].starts_with(&tag.to_le_bytes())).expect("it is there")
}

/// Zeros compressed by TIFF's LZW: `rounds` times the whole table, seven million bytes each.
fn lzw_of_zeros(rounds: usize) -> Vec<u8> {
    let (mut bytes, mut held, mut bits) = (Vec::new(), 0_u64, 0);
    let mut put = |code: u64, width: u32| {
        held = held << width | code;
        bits += width;
        while bits >= 8 {
            bits -= 8;
            bytes.push((held >> bits) as u8);
            held &= (1 << bits) - 1;
        }
    };
    for _ in 0..rounds {
        put(256, 9);
        put(0, 9);
        // Each code is the one being defined. The width grows one code early.
        for code in 258..4_094 {
            put(code, (code + 1_u64).ilog2() + 1);
        }
        put(256, 12);
    }
    put(257, 9);
    put(0, 16);
    bytes
}
