//! Metadata chunks of a PNG.

use std::io::Read;

use flate2::{Compression, read::ZlibDecoder, write::ZlibEncoder};

use super::{Metadata, Resolution, Unit, iptc, jpeg_apps::CREDENTIALS, photoshop, unkept::Unkept};
use crate::imaging::{
    container::png::{self, PngChunk},
    memory, readable,
};

const XMP: &[u8] = b"XML:com.adobe.xmp\0";
const PROFILE: &[u8] = b"Raw profile type ";
/// Chunks of the picture, of other frames (which have a notice of their own), and the file's date.
const LAYOUT: [&[u8; 4]; 10] =
    [b"IHDR", b"PLTE", b"tRNS", b"sBIT", b"hIST", b"IDAT", b"acTL", b"fcTL", b"fdAT", b"tIME"];
/// Maximum decompressed size of all blocks of a file, in bytes. More is treated as a decompression bomb.
pub const MAX_UNPACKED: u64 = 64 << 20;
/// The gamma and the chromaticities of sRGB, in 1/100,000.
const SRGB_GAMMA: u32 = 45_455;
const SRGB_CHROMATICITIES: [u32; 8] = [31_270, 32_900, 64_000, 33_000, 30_000, 60_000, 15_000, 6_000];

/// Reads EXIF, XMP, IPTC, print resolution, colour and texts anywhere in the file; the decoder has read the profile. Adds
/// what is not kept to `unkept`.
pub fn read(bytes: &[u8], metadata: &mut Metadata, notices: &mut Vec<String>, unkept: &mut Unkept) {
    let mut room = MAX_UNPACKED;
    let mut profiles = Vec::new();
    // Colour types 4 and 6 have transparency.
    let mut transparent = matches!(bytes.get(25), Some(4 | 6));
    for chunk in png::chunks(bytes) {
        let PngChunk { kind, data, end, .. } = chunk;
        // The decoder checks the pixel data.
        let is_intact = kind == *b"IDAT" || chunk.is_intact();
        let (what, done) = match &kind {
            b"eXIf" => {
                ("EXIF data", is_intact.then(|| first(&mut metadata.exif, data.to_vec(), "further EXIF data", unkept)))
            }
            b"pHYs" => {
                ("print resolution", density(data).filter(|_| is_intact).map(|found| metadata.resolution = found))
            }
            b"sRGB" | b"gAMA" | b"cHRM" | b"cICP" | b"mDCV" | b"cLLI" => {
                ("description of colours", is_intact.then(|| metadata.png_color.push((kind, data.to_vec()))))
            }
            b"iCCP" => ("colour profile", metadata.icc.is_some().then_some(())),
            b"iTXt" if data.starts_with(XMP) => {
                let packet = unpacked_text(&data[XMP.len()..], &mut room).filter(|_| is_intact);
                ("XMP data", packet.map(|packet| first(&mut metadata.xmp, packet, "further XMP data", unkept)))
            }
            b"zTXt" | b"tEXt" if data.starts_with(PROFILE) => ("data of another program", {
                profile(kind, data, &mut room).filter(|_| is_intact).map(|profile| profiles.push(profile))
            }),
            // ImageMagick's file dates, not valid for another file.
            b"tEXt" if data.starts_with(b"date:") => continue,
            b"iTXt" | b"zTXt" | b"tEXt" => ("text", is_intact.then(|| metadata.png_texts.push((kind, data.to_vec())))),
            b"IEND" => {
                name_trailer(&bytes[end..], unkept);
                break;
            }
            kind => {
                transparent |= kind == b"tRNS";
                name_unkept(kind, data, transparent, unkept);
                continue;
            }
        };
        let notice = format!("Its {what} is damaged and is not kept.");
        if done.is_none() && !notices.contains(&notice) {
            notices.push(notice);
        }
    }
    profiles.into_iter().for_each(|(name, bytes)| store_profile(&name, bytes, metadata, notices, unkept));
}

fn name_trailer(trailer: &[u8], unkept: &mut Unkept) {
    if trailer.iter().any(|&byte| byte != 0) {
        unkept.name(format!("{} of unknown data behind the picture", memory::format_bytes(trailer.len() as u64)));
    }
}

/// Keeps the first block of a kind; adds others to `unkept`, unless they are equal.
fn first(block: &mut Option<Vec<u8>>, found: Vec<u8>, name: &str, unkept: &mut Unkept) {
    match block {
        None => *block = Some(found),
        Some(first) if *first == found => {}
        Some(_) => unkept.name(name),
    }
}

/// Adds a chunk that is not kept.
fn name_unkept(kind: &[u8; 4], data: &[u8], transparent: bool, unkept: &mut Unkept) {
    match kind {
        layout if LAYOUT.contains(&layout) => {}
        // Opaque pictures need no background.
        b"bKGD" if !transparent => {}
        b"bKGD" => unkept.name("colour of the background"),
        b"oFFs" if data.iter().take(8).all(|&byte| byte == 0) => {}
        b"oFFs" => unkept.name("position on a page"),
        b"caBX" => unkept.name(CREDENTIALS),
        kind => unkept.name(format!("chunk “{}” of the PNG", kind.escape_ascii())),
    }
}

/// None if it is damaged; Some(None) if it is useless.
fn density(data: &[u8]) -> Option<Option<Resolution>> {
    let x = f64::from(u32::from_be_bytes(*data.first_chunk()?));
    let y = f64::from(u32::from_be_bytes(*data.get(4..)?.first_chunk()?));
    Some(match data.get(8)? {
        1 => Resolution::new(x / 100.0, y / 100.0, Unit::Centimetre),
        _ => Resolution::new(x, y, Unit::Aspect),
    })
}

/// The text of an iTXt chunk, given the data after its keyword.
fn unpacked_text(data: &[u8], room: &mut u64) -> Option<Vec<u8>> {
    let (&[packed, _], rest) = data.split_first_chunk()?;
    let mut parts = rest.splitn(3, |&byte| byte == 0);
    let text = parts.nth(2)?;
    match packed {
        0 => Some(text.to_vec()),
        _ => unpacked(text, room),
    }
}

/// Decompresses a text; none if it is damaged or longer than `room`, which is reduced by its length.
fn unpacked(bytes: &[u8], room: &mut u64) -> Option<Vec<u8>> {
    let mut text = Vec::new();
    let read = ZlibDecoder::new(bytes).take(*room).read_to_end(&mut text);
    *room -= text.len() as u64;
    (read.is_ok() && *room > 0).then_some(text)
}

/// Name and bytes of a "raw profile", which ImageMagick and ExifTool write as hexadecimal text.
fn profile(kind: [u8; 4], data: &[u8], room: &mut u64) -> Option<(String, Vec<u8>)> {
    let mut parts = data[PROFILE.len()..].splitn(2, |&byte| byte == 0);
    let (name, rest) = (parts.next()?, parts.next()?);
    let text = if kind == *b"zTXt" { unpacked(rest.get(1..)?, room)? } else { rest.to_vec() };
    // An empty line, the name, the length, the digits.
    let mut lines = text.split(|&byte| byte == b'\n').filter(|line| !line.is_empty()).skip(1);
    let length: usize = str::from_utf8(lines.next()?).ok()?.trim().parse().ok()?;
    let digits: Vec<u8> = lines.flatten().filter_map(|&digit| Some(char::from(digit).to_digit(16)? as u8)).collect();
    let bytes: Vec<u8> = digits.as_chunks::<2>().0.iter().map(|[high, low]| high << 4 | low).collect();
    (bytes.len() == length).then(|| (String::from_utf8_lossy(name).into_owned(), bytes))
}

/// Stores a raw profile, unless the file has a chunk of that kind.
fn store_profile(name: &str, bytes: Vec<u8>, metadata: &mut Metadata, notices: &mut Vec<String>, unkept: &mut Unkept) {
    match name {
        "exif" | "APP1" if bytes.starts_with(b"Exif\0\0") => {
            metadata.exif.get_or_insert(bytes);
        }
        "xmp" => {
            metadata.xmp.get_or_insert(bytes);
        }
        "iptc" | "8bim" => {
            let records = match bytes.first() {
                Some(0x1C) => iptc::validated(bytes).map(Some),
                _ => photoshop::read(bytes.strip_prefix(photoshop::HEADER).unwrap_or(&bytes), unkept),
            };
            match (records, &metadata.iptc) {
                (Ok(Some(records)), None) => metadata.iptc = Some(records),
                (Ok(Some(records)), Some(first)) if !iptc::are_equal(first, &records) => unkept.name(iptc::FURTHER),
                (Ok(_), _) => {}
                (Err(iptc::Damaged), _) => notices.push("Its IPTC data is damaged and is not kept.".into()),
            }
        }
        name => unkept.name(format!("data “{}” of another program", readable(name))),
    }
}

/// Colour, texts, print resolution, EXIF, XMP and IPTC as chunks, to be written between header and pixels.
pub fn chunks(metadata: &Metadata) -> Vec<([u8; 4], Vec<u8>)> {
    let mut new = Vec::new();
    let mut add = |kind: [u8; 4], data: Vec<u8>| new.push((kind, data));
    for (kind, data) in metadata.png_color.iter().chain(&metadata.png_texts) {
        // A file has either sRGB or a profile.
        if kind != b"sRGB" || metadata.icc.is_none() {
            add(*kind, data.clone());
        }
    }
    match metadata.resolution {
        Some(Resolution { x, y, unit: Unit::Aspect }) => {
            add(*b"pHYs", [&(x as u32).to_be_bytes()[..], &(y as u32).to_be_bytes(), &[0]].concat());
        }
        Some(resolution) => {
            if let Some((x, y)) = resolution.per_metre() {
                add(*b"pHYs", [&x.to_be_bytes()[..], &y.to_be_bytes(), &[1]].concat());
            }
        }
        None => {}
    }
    if let Some(block) = &metadata.exif {
        add(*b"eXIf", block.clone());
    }
    if let Some(packet) = &metadata.xmp {
        // Not compressed, no language, no translated keyword.
        add(*b"iTXt", [XMP, &[0, 0, 0, 0], packet].concat());
    }
    if let Some(records) = &metadata.iptc
        && let Some(data) = packed_profile("iptc", &photoshop::with_records(records)[photoshop::HEADER.len()..])
    {
        add(*b"zTXt", data);
    }
    new
}

fn packed_profile(name: &str, bytes: &[u8]) -> Option<Vec<u8>> {
    use std::{fmt::Write as _, io::Write as _};
    let mut text = format!("\n{name}\n{:8}", bytes.len());
    for (index, byte) in bytes.iter().enumerate() {
        if index.is_multiple_of(36) {
            text.push('\n');
        }
        write!(text, "{byte:02x}").ok()?;
    }
    text.push('\n');
    let mut data = [PROFILE, name.as_bytes(), &[0, 0]].concat();
    let mut packer = ZlibEncoder::new(&mut data, Compression::default());
    packer.write_all(text.as_bytes()).ok()?;
    packer.finish().ok()?;
    Some(data)
}

/// The codes of primaries and transfer characteristics (ITU-T H.273) of full-range RGB without a profile, if there are any.
pub fn named_colours(metadata: &Metadata) -> Option<[u8; 2]> {
    let (_, codes) = metadata.png_color.iter().find(|(kind, _)| kind == b"cICP")?;
    match codes[..] {
        [primaries, transfer, 0, 1] if metadata.icc.is_none() => Some([primaries, transfer]),
        _ => None,
    }
}

/// Whether a PNG's colour chunks describe sRGB, which is also the default without chunks.
pub fn describes_srgb(chunks: &[([u8; 4], Vec<u8>)]) -> bool {
    let find = |kind: &[u8; 4]| chunks.iter().find(|(other, _)| other == kind).map(|(_, data)| &data[..]);
    if find(b"sRGB").is_some() {
        return true;
    }
    let near = |data: &[u8], expected: &[u32]| {
        let (numbers, _) = data.as_chunks::<4>();
        let values = numbers.iter().map(|number| u32::from_be_bytes(*number));
        numbers.len() == expected.len() && values.zip(expected).all(|(value, &expected)| value.abs_diff(expected) <= 50)
    };
    // Primaries and transfer function 1 and 13 are those of sRGB.
    find(b"cICP").is_none_or(|data| data.starts_with(&[1, 13]))
        && find(b"gAMA").is_none_or(|data| near(data, &[SRGB_GAMMA]))
        && find(b"cHRM").is_none_or(|data| near(data, &SRGB_CHROMATICITIES))
}
