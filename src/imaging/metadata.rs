//! What a picture file says beside its pixels: the colour profile and EXIF, which are kept, and
//! the rest, which is named.

use image::{ImageDecoder, ImageFormat, ImageResult, metadata::Orientation};
use img_parts::{Bytes, ImageEXIF, jpeg::Jpeg, png::Png};

/// What travels with a photo, and what does not.
pub(super) struct Metadata {
    pub icc: Option<Vec<u8>>,
    /// The TIFF structure alone, orientation set to normal.
    pub exif: Option<Vec<u8>>,
    /// How to turn the pixels upright.
    pub orientation: Orientation,
    pub notices: Vec<String>,
    /// Why these pixels are not the photo (the preview in a raw file), when they are not.
    pub refusal: Option<String>,
}

/// Reads it all. Nothing here fails: a damaged block becomes a notice.
pub(super) fn read(decoder: &mut impl ImageDecoder, format: ImageFormat, bytes: &Bytes) -> Metadata {
    let mut notices = Vec::new();
    let icc = match format {
        // The decoder's limits refuse a profile that is larger than the pixels.
        ImageFormat::Tiff => Tiff::parse(bytes).filter(|tiff| tiff.value(Tiff::ICC).is_some()).and_then(|tiff| {
            let icc = tiff.bytes(Tiff::ICC, bytes);
            if icc.is_none() {
                notices.push("Its colour profile is damaged and is not kept.".into());
            }
            icc
        }),
        _ => block(decoder.icc_profile(), "colour profile", &mut notices),
    };
    let exif = block(decoder.exif_metadata(), "EXIF data", &mut notices).or_else(|| late_exif(format, bytes));
    let (exif, turned) = upright(exif, &mut notices);
    let orientation = match format {
        ImageFormat::Tiff => decoder.orientation().unwrap_or(Orientation::NoTransforms),
        _ => turned,
    };
    for (found, what) in [(decoder.xmp_metadata(), "XMP"), (decoder.iptc_metadata(), "IPTC")] {
        if block(found, &format!("{what} data"), &mut notices).is_some() {
            notices.push(format!("Its {what} data is not kept yet."));
        }
    }

    let mut refusal = None;
    match format {
        ImageFormat::Jpeg if jpeg_components(bytes) == Some(4) => {
            notices.push("It is a CMYK picture: its colours are converted to RGB without a profile.".into());
        }
        ImageFormat::Tiff => {
            if let Some(tiff) = Tiff::parse(bytes) {
                refusal = tiff.raw(bytes);
                notices.extend(tiff.notices());
            }
        }
        _ => {}
    }
    let kept = exif.as_deref().and_then(Tiff::parse).is_some_and(|exif| exif.value(Tiff::X_RESOLUTION).is_some());
    if let Some(dpi) = resolution(format, bytes).filter(|_| !kept) {
        notices.push(format!("Its print resolution ({dpi} dpi) is not kept yet."));
    }
    Metadata { icc, exif, orientation, notices, refusal }
}

/// Whether a colour profile is made for pixels of that many channels (1 or 3). A profile that does
/// not say what it is for is taken at its word.
pub(super) fn fits(icc: &[u8], channels: usize) -> bool {
    match icc.get(16..20) {
        Some(b"CMYK") => false,
        Some(b"GRAY") => channels == 1,
        Some(b"RGB ") => channels == 3,
        _ => true,
    }
}

/// Whether a JPEG's scans come to an end. Without an end the decoder makes up the missing part.
pub(super) fn jpeg_ends(bytes: &Bytes) -> bool {
    let Ok(jpeg) = Jpeg::from_bytes(bytes.clone()) else { return false };
    let Some(scan) = jpeg.segments().iter().find(|segment| segment.has_entropy()) else { return false };
    let entropy = &bytes[bytes.len().saturating_sub(scan.len_with_entropy() - scan.len())..];
    entropy.windows(2).rev().any(|pair| pair == [0xFF, 0xD9])
}

fn block(read: ImageResult<Option<Vec<u8>>>, what: &str, notices: &mut Vec<String>) -> Option<Vec<u8>> {
    read.unwrap_or_else(|_| {
        notices.push(format!("Its {what} is damaged and is not kept."));
        None
    })
    .filter(|block| !block.is_empty())
}

/// The EXIF chunk of a PNG that stands behind the pixels, where the decoder does not look.
fn late_exif(format: ImageFormat, bytes: &Bytes) -> Option<Vec<u8>> {
    match format {
        ImageFormat::Png => Some(Png::from_bytes(bytes.clone()).ok()?.exif()?.to_vec()),
        _ => None,
    }
}

/// The EXIF block without a container's header and with its orientation set to normal, and the
/// orientation that it had.
fn upright(exif: Option<Vec<u8>>, notices: &mut Vec<String>) -> (Option<Vec<u8>>, Orientation) {
    let Some(exif) = exif else { return (None, Orientation::NoTransforms) };
    let mut exif = exif.strip_prefix(b"Exif\0\0").map(<[u8]>::to_vec).unwrap_or(exif);
    if Tiff::parse(&exif).is_none() {
        notices.push("Its EXIF data is damaged and is not kept.".into());
        return (None, Orientation::NoTransforms);
    }
    let orientation = Orientation::remove_from_exif_chunk(&mut exif).unwrap_or(Orientation::NoTransforms);
    (Some(exif), orientation)
}

fn jpeg_components(bytes: &Bytes) -> Option<u8> {
    let jpeg = Jpeg::from_bytes(bytes.clone()).ok()?;
    // SOF0 to SOF15 without DHT, JPG and DAC, which lie among them.
    let frame = jpeg
        .segments()
        .iter()
        .find(|part| matches!(part.marker(), 0xC0..=0xCF if !matches!(part.marker(), 0xC4 | 0xC8 | 0xCC)))?;
    frame.contents().get(5).copied()
}

/// Pixels per inch, where the file gives one that says something: 72 and 96 stand in files that
/// were never meant for print.
fn resolution(format: ImageFormat, bytes: &Bytes) -> Option<u32> {
    let per_inch = match format {
        ImageFormat::Jpeg => {
            let jpeg = Jpeg::from_bytes(bytes.clone()).ok()?;
            let jfif = jpeg.segments().iter().find(|part| part.contents().starts_with(b"JFIF\0"))?.contents().clone();
            let density = f64::from(u16::from_be_bytes([*jfif.get(8)?, *jfif.get(9)?]));
            match jfif.get(7)? {
                1 => density,
                2 => density * 2.54,
                _ => return None,
            }
        }
        ImageFormat::Png => {
            let png = Png::from_bytes(bytes.clone()).ok()?;
            let chunk = png.chunk_by_type(*b"pHYs")?.contents().clone();
            let density = u32::from_be_bytes(chunk.get(0..4)?.try_into().ok()?);
            match chunk.get(8)? {
                1 => f64::from(density) * 0.0254,
                _ => return None,
            }
        }
        ImageFormat::Tiff => {
            let tiff = Tiff::parse(bytes)?;
            let at = usize::try_from(tiff.value(Tiff::X_RESOLUTION)?).ok()?;
            let density = f64::from(tiff.order.u32(bytes, at)?) / f64::from(tiff.order.u32(bytes, at + 4)?);
            match tiff.value(Tiff::RESOLUTION_UNIT) {
                Some(1) => return None,
                Some(3) => density * 2.54,
                _ => density,
            }
        }
        _ => return None,
    };
    let dpi = per_inch.round() as u32;
    (per_inch.is_finite() && !matches!(dpi, 0 | 1 | 72 | 96)).then_some(dpi)
}

/// The first directory of a TIFF structure (a TIFF file, or an EXIF block).
struct Tiff {
    order: ByteOrder,
    /// Tag, its value when it is one number (else where its values stand), and their count.
    entries: Vec<(u16, u32, u32)>,
    /// Whether another directory follows.
    more: bool,
}

#[derive(Clone, Copy)]
enum ByteOrder {
    Little,
    Big,
}

impl ByteOrder {
    fn u16(self, bytes: &[u8], at: usize) -> Option<u16> {
        let bytes = bytes.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(match self {
            ByteOrder::Little => u16::from_le_bytes(bytes),
            ByteOrder::Big => u16::from_be_bytes(bytes),
        })
    }

    fn u32(self, bytes: &[u8], at: usize) -> Option<u32> {
        let bytes = bytes.get(at..at.checked_add(4)?)?.try_into().ok()?;
        Some(match self {
            ByteOrder::Little => u32::from_le_bytes(bytes),
            ByteOrder::Big => u32::from_be_bytes(bytes),
        })
    }
}

impl Tiff {
    const SUBFILE_TYPE: u16 = 254;
    const X_RESOLUTION: u16 = 282;
    const RESOLUTION_UNIT: u16 = 296;
    const IPTC: u16 = 33_723;
    const ICC: u16 = 34_675;
    const DNG_VERSION: u16 = 50_706;
    /// Description, maker, model, date, artist, copyright, EXIF, GPS.
    const ABOUT_THE_PHOTO: [u16; 8] = [270, 271, 272, 306, 315, 33_432, 34_665, 34_853];

    /// None when it is not a whole one (or a BigTIFF, which is left to the decoder).
    fn parse(bytes: &[u8]) -> Option<Self> {
        let order = match bytes.get(..4)? {
            b"II*\0" => ByteOrder::Little,
            b"MM\0*" => ByteOrder::Big,
            _ => return None,
        };
        let start = order.u32(bytes, 4)? as usize;
        let count = usize::from(order.u16(bytes, start)?);
        let mut entries = Vec::with_capacity(count);
        for index in 0..count {
            let at = start + 2 + index * 12;
            let (kind, values) = (order.u16(bytes, at + 2)?, order.u32(bytes, at + 4)?);
            let value = match (kind, values) {
                (3, 1) => u32::from(order.u16(bytes, at + 8)?),
                _ => order.u32(bytes, at + 8)?,
            };
            entries.push((order.u16(bytes, at)?, value, values));
        }
        let more = order.u32(bytes, start + 2 + count * 12).is_some_and(|next| next != 0);
        Some(Self { order, entries, more })
    }

    fn value(&self, tag: u16) -> Option<u32> {
        self.entries.iter().find(|entry| entry.0 == tag).map(|entry| entry.1)
    }

    /// The values of a tag that holds more than four bytes.
    fn bytes(&self, tag: u16, file: &[u8]) -> Option<Vec<u8>> {
        let &(_, start, count) = self.entries.iter().find(|entry| entry.0 == tag && entry.2 > 4)?;
        let start = start as usize;
        Some(file.get(start..start.checked_add(count as usize)?)?.to_vec())
    }

    /// What to say of a camera's raw file: a TIFF whose first picture is only a preview.
    fn raw(&self, bytes: &[u8]) -> Option<String> {
        let preview = self.value(Self::SUBFILE_TYPE).is_some_and(|kind| kind & 1 == 1);
        let raw = preview || self.value(Self::DNG_VERSION).is_some() || bytes.get(8..10) == Some(b"CR");
        raw.then(|| "a camera's raw file".to_string())
    }

    fn notices(&self) -> Vec<String> {
        let mut notices = Vec::new();
        if Self::ABOUT_THE_PHOTO.iter().any(|&tag| self.value(tag).is_some()) {
            notices.push("The camera, date and other EXIF data of a TIFF are not kept yet.".into());
        }
        if self.value(Self::IPTC).is_some() {
            notices.push("Its IPTC data is not kept yet.".into());
        }
        if self.more {
            notices.push("It holds several pictures: only the first one is used.".into());
        }
        notices
    }
}
