//! A JPEG XL file (ISO/IEC 18181-2): boxes with metadata and with the codestream.
//!
//! The sizes of all groups precede them in a codestream, but groups are written as soon as there are rows for them. So there is
//! room before them for a box with the beginning of the codestream, and what is left of it becomes an empty box.

use std::io::{self, Seek, SeekFrom, Write};

use rayon::prelude::*;

use super::{
    bits::BitWriter,
    header::{Colours, GROUP, PictureHeader},
    icc,
    stream::{self, Transform},
};

/// Length of a box's header, in bytes.
const BOX: u64 = 8;
/// Length of the number of a part of the codestream, and its mark for the last part.
const PART: u64 = 4;
const LAST_PART: u32 = 1 << 31;
/// Limits of the level for ordinary pictures (ISO/IEC 18181-1, annex M): side and area in px, profile in bytes.
const MAIN_SIDE: usize = 1 << 18;
const MAIN_AREA: usize = 1 << 28;
const MAIN_PROFILE: usize = 1 << 22;

/// Metadata beside the codestream.
#[derive(Debug, Clone, Copy, Default)]
pub struct Blocks<'a> {
    /// A TIFF structure.
    pub exif: Option<&'a [u8]>,
    /// A packet.
    pub xmp: Option<&'a [u8]>,
}

/// Writes a file. `rows`: the next rows, at most as many as asked for, with channels interleaved and samples of 8 or 16 bits in
/// native byte order.
///
/// # Errors
/// Those of the file and of the rows, and [`io::ErrorKind::UnexpectedEof`] if there are too few.
pub fn write<E: From<io::Error>>(
    header: &PictureHeader,
    blocks: Blocks,
    mut rows: impl FnMut(usize) -> Result<Option<Vec<u8>>, E>,
    file: &mut (impl Write + Seek),
) -> Result<(), E> {
    let start = file.stream_position()?;
    let mut beginning = BitWriter::default();
    header.write(&mut beginning);
    if let Colours::Profile(profile) = header.colours {
        icc::write(&mut beginning, profile);
    }
    let mut beginning = beginning.into_bytes();

    let mut boxes = boxes(header, blocks)?;
    let (across, down) = header.groups();
    let before = header.sections_before_groups();
    let section_count = before + across * down;
    // Four bytes at most for the size of each section, and the frame's header.
    let room = BOX + PART + beginning.len() as u64 + header.frame(&[]).len() as u64 + 4 * section_count as u64 + BOX;
    let parts_at = boxes.len() as u64;
    boxes.resize((parts_at + room + BOX + PART) as usize, 0);
    file.write_all(&boxes)?;

    let mut sections = Vec::with_capacity(section_count);
    let mut length = 0;
    let mut put = |sections: &mut Vec<u32>, bytes: &[u8]| {
        let too_long = |_| io::Error::from(io::ErrorKind::FileTooLarge);
        sections.push(u32::try_from(bytes.len()).map_err(too_long)?);
        length += bytes.len() as u64;
        file.write_all(bytes)
    };
    if before > 0 {
        put(&mut sections, &global_section(header, &[], 1))?;
        sections.resize(before, 0);
    }
    for row in 0..down {
        let height = GROUP.min(header.height - row * GROUP);
        let band = Band::collect(header, height, &mut rows)?;
        let groups: Vec<Vec<u8>> = (0..across)
            .into_par_iter()
            .map(|column| {
                let (channels, width) = band.group(header, column);
                match before {
                    0 => global_section(header, &channels, width),
                    _ => group_section(&channels, width),
                }
            })
            .collect();
        groups.iter().try_for_each(|group| put(&mut sections, group))?;
    }

    beginning.extend(header.frame(&sections));
    let mut parts = box_header(b"jxlp", PART + beginning.len() as u64);
    parts.extend(0_u32.to_be_bytes());
    parts.extend(beginning);
    let left = room - BOX - parts.len() as u64;
    parts.extend(box_header(b"free", left));
    parts.resize(parts.len() + left as usize, 0);
    parts.extend(box_header(b"jxlp", PART + length));
    parts.extend((1 | LAST_PART).to_be_bytes());
    file.seek(SeekFrom::Start(start + parts_at))?;
    file.write_all(&parts)?;
    file.seek(SeekFrom::End(0))?;
    Ok(())
}

/// Signature, type, level and metadata.
fn boxes(header: &PictureHeader, blocks: Blocks) -> io::Result<Vec<u8>> {
    let mut boxes = box_header(b"JXL ", 4);
    boxes.extend(b"\r\n\x87\n");
    boxes.extend(box_header(b"ftyp", 12));
    boxes.extend(b"jxl \0\0\0\0jxl ");
    let profile = if let Colours::Profile(profile) = header.colours { profile.len() } else { 0 };
    let large = header.width.max(header.height) > MAIN_SIDE || header.width * header.height > MAIN_AREA;
    if header.is_deep || large || profile > MAIN_PROFILE {
        boxes.extend(box_header(b"jxll", 1));
        boxes.push(10);
    }
    if let Some(exif) = blocks.exif {
        boxes.extend(box_header(b"Exif", 4 + exif.len() as u64));
        // Where the TIFF structure begins.
        boxes.extend([0; 4]);
        boxes.extend(exif);
    }
    if let Some(xmp) = blocks.xmp {
        boxes.extend(box_header(b"xml ", xmp.len() as u64));
        boxes.extend(xmp);
    }
    let fits = [blocks.exif, blocks.xmp].into_iter().flatten().all(|block| block.len() < u32::MAX as usize - 16);
    if fits { Ok(boxes) } else { Err(io::ErrorKind::FileTooLarge.into()) }
}

/// The header of a box whose content has that many bytes; from 4 GiB on it must be the last one, and ends with the file.
fn box_header(name: &[u8; 4], content: u64) -> Vec<u8> {
    [&u32::try_from(BOX + content).unwrap_or(0).to_be_bytes()[..], name].concat()
}

/// Rows of groups, interleaved.
struct Band {
    bytes: Vec<u8>,
    height: usize,
}

impl Band {
    fn collect<E: From<io::Error>>(
        header: &PictureHeader,
        height: usize,
        rows: &mut impl FnMut(usize) -> Result<Option<Vec<u8>>, E>,
    ) -> Result<Self, E> {
        let row = header.width * channel_count(header) * if header.is_deep { 2 } else { 1 };
        let mut bytes = Vec::with_capacity(row * height);
        while bytes.len() < row * height {
            let next = rows(height - bytes.len() / row)?;
            bytes.extend(next.ok_or(io::Error::from(io::ErrorKind::UnexpectedEof))?);
        }
        Ok(Self { bytes, height })
    }

    /// The channels of a group, with luma and differences for colours, and its width in px.
    fn group(&self, header: &PictureHeader, column: usize) -> (Vec<Vec<i32>>, usize) {
        let (left, count) = (column * GROUP, channel_count(header));
        let width = GROUP.min(header.width - left);
        let sample = if header.is_deep { 2 } else { 1 };
        let mut channels = vec![Vec::with_capacity(width * self.height); count];
        for row in self.bytes.chunks_exact(header.width * count * sample) {
            let row = &row[left * count * sample..][..width * count * sample];
            for (channel, samples) in channels.iter_mut().enumerate() {
                if header.is_deep {
                    let row = row.as_chunks().0.iter().skip(channel).step_by(count);
                    samples.extend(row.map(|&two| i32::from(u16::from_ne_bytes(two))));
                } else {
                    samples.extend(row.iter().skip(channel).step_by(count).map(|&one| i32::from(one)));
                }
            }
        }
        if let [red, green, blue, ..] = &mut channels[..] {
            for ((red, green), blue) in red.iter_mut().zip(green).zip(blue) {
                [*red, *green, *blue] = stream::luma_of([*red, *green, *blue]);
            }
        }
        (channels, width)
    }
}

fn channel_count(header: &PictureHeader) -> usize {
    let colours = if header.is_grey { 1 } else { 3 };
    colours + usize::from(header.has_alpha)
}

/// What belongs to the whole frame; with the channels of the picture if it has one group.
fn global_section(header: &PictureHeader, channels: &[Vec<i32>], width: usize) -> Vec<u8> {
    let mut bits = BitWriter::default();
    // The usual factors of channels with loss; no tree for all groups.
    bits.put(2, 0b01);
    let transform = if header.is_grey { Transform::None } else { Transform::Luma };
    stream::write(&mut bits, transform, channels, width);
    bits.into_bytes()
}

fn group_section(channels: &[Vec<i32>], width: usize) -> Vec<u8> {
    let mut bits = BitWriter::default();
    stream::write(&mut bits, Transform::None, channels, width);
    bits.into_bytes()
}
