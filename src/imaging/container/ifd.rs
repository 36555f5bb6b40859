//! Image file directories (IFDs) of TIFF files and EXIF blocks (TIFF 6.0, section 2).

use std::ops::Range;

/// Byte order of numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ByteOrder {
    /// Least significant byte first ("II").
    Little,
    /// Most significant byte first ("MM").
    Big,
}

impl ByteOrder {
    /// Decodes a number.
    pub fn u16_of(self, bytes: [u8; 2]) -> u16 {
        match self {
            ByteOrder::Little => u16::from_le_bytes(bytes),
            ByteOrder::Big => u16::from_be_bytes(bytes),
        }
    }

    /// Decodes a number.
    pub fn u32_of(self, bytes: [u8; 4]) -> u32 {
        match self {
            ByteOrder::Little => u32::from_le_bytes(bytes),
            ByteOrder::Big => u32::from_be_bytes(bytes),
        }
    }

    /// Decodes a number.
    pub fn u64_of(self, bytes: [u8; 8]) -> u64 {
        match self {
            ByteOrder::Little => u64::from_le_bytes(bytes),
            ByteOrder::Big => u64::from_be_bytes(bytes),
        }
    }

    /// Encodes a number.
    pub fn u16(self, value: u16) -> [u8; 2] {
        match self {
            ByteOrder::Little => value.to_le_bytes(),
            ByteOrder::Big => value.to_be_bytes(),
        }
    }

    /// Encodes a number.
    pub fn u32(self, value: u32) -> [u8; 4] {
        match self {
            ByteOrder::Little => value.to_le_bytes(),
            ByteOrder::Big => value.to_be_bytes(),
        }
    }

    /// Encodes a number.
    pub fn u64(self, value: u64) -> [u8; 8] {
        match self {
            ByteOrder::Little => value.to_le_bytes(),
            ByteOrder::Big => value.to_be_bytes(),
        }
    }

    /// The header of a file whose first directory is at the offset `first`.
    pub fn header(self, first: u32) -> [u8; 8] {
        let mut header = *b"II*\0\0\0\0\0";
        if self == ByteOrder::Big {
            header[..4].copy_from_slice(b"MM\0*");
        }
        header[4..].copy_from_slice(&self.u32(first));
        header
    }
}

/// Tags of TIFF and EXIF directories.
pub mod tag {
    pub const SUBFILE_TYPE: u16 = 254;
    pub const OLD_SUBFILE_TYPE: u16 = 255;
    pub const WIDTH: u16 = 256;
    pub const HEIGHT: u16 = 257;
    pub const BITS: u16 = 258;
    pub const COMPRESSION: u16 = 259;
    pub const PHOTOMETRIC: u16 = 262;
    pub const FILL_ORDER: u16 = 266;
    pub const STRIP_OFFSETS: u16 = 273;
    pub const ORIENTATION: u16 = 274;
    pub const CHANNELS: u16 = 277;
    pub const STRIP_ROWS: u16 = 278;
    pub const STRIP_BYTES: u16 = 279;
    pub const X_RESOLUTION: u16 = 282;
    pub const Y_RESOLUTION: u16 = 283;
    pub const PLANAR: u16 = 284;
    pub const GROUP3_OPTIONS: u16 = 292;
    pub const GROUP4_OPTIONS: u16 = 293;
    pub const RESOLUTION_UNIT: u16 = 296;
    pub const SOFTWARE: u16 = 305;
    pub const PREDICTOR: u16 = 317;
    pub const PALETTE: u16 = 320;
    pub const TILE_WIDTH: u16 = 322;
    pub const TILE_HEIGHT: u16 = 323;
    pub const TILE_OFFSETS: u16 = 324;
    pub const TILE_BYTES: u16 = 325;
    /// SubIFDs.
    pub const SUB_DIRECTORIES: u16 = 330;
    pub const INK_SET: u16 = 332;
    pub const EXTRA_SAMPLES: u16 = 338;
    pub const SAMPLE_FORMAT: u16 = 339;
    pub const JPEG_TABLES: u16 = 347;
    pub const OLD_JPEG_PROCESS: u16 = 512;
    /// JPEGInterchangeFormat: a thumbnail, or with old-style JPEG compression the picture.
    pub const THUMBNAIL_OFFSET: u16 = 513;
    pub const THUMBNAIL_BYTES: u16 = 514;
    pub const OLD_JPEG_RESTARTS: u16 = 515;
    pub const OLD_JPEG_STEPS: u16 = 519;
    pub const OLD_JPEG_DC: u16 = 520;
    pub const OLD_JPEG_AC: u16 = 521;
    /// Luma coefficients of red, green and blue.
    pub const YCC_COEFFICIENTS: u16 = 529;
    /// Chroma subsampling, across and down.
    pub const YCC_SUBSAMPLING: u16 = 530;
    pub const REFERENCE_BLACK_WHITE: u16 = 532;
    pub const XMP: u16 = 700;
    pub const IPTC: u16 = 33_723;
    pub const PHOTOSHOP: u16 = 34_377;
    pub const EXIF: u16 = 34_665;
    pub const ICC: u16 = 34_675;
    pub const GPS: u16 = 34_853;
    pub const MAKER_NOTE: u16 = 37_500;
    /// Photoshop's layers (ImageSourceData).
    pub const LAYERS: u16 = 37_724;
    pub const PIXEL_WIDTH: u16 = 40_962;
    pub const PIXEL_HEIGHT: u16 = 40_963;
    pub const INTEROPERABILITY: u16 = 40_965;
    pub const RELATED_WIDTH: u16 = 4_097;
    pub const RELATED_HEIGHT: u16 = 4_098;
    pub const DNG_VERSION: u16 = 50_706;
    /// Content credentials (C2PA).
    pub const CREDENTIALS: u16 = 52_545;
}

/// Field types.
pub mod kind {
    pub const BYTE: u16 = 1;
    pub const ASCII: u16 = 2;
    pub const SHORT: u16 = 3;
    pub const LONG: u16 = 4;
    pub const RATIONAL: u16 = 5;
    pub const UNDEFINED: u16 = 7;
}

/// Tags of a TIFF's first directory that describe the storage of its pixels or refer to other blocks. They are not valid
/// for another file.
pub const IFD0_LAYOUT: [u16; 52] = [
    254, 255, 256, 257, 258, 259, 262, 263, 264, 265, 266, 273, 277, 278, 279, 280, 281, 284, 288, 289, 290, 291, 292,
    293, 301, 317, 320, 321, 322, 323, 324, 325, 330, 332, 334, 338, 339, 340, 341, 347, 400, 513, 514, 529, 530, 531,
    700, 33_723, 34_377, 34_675, 37_724, 52_545,
];

/// Maximum number of entries of a directory: ten times as many as any camera or scanner writes. More indicate damage or
/// an attack.
const MAX_ENTRIES: usize = 4_096;

/// Bytes per value of a field type, including those of BigTIFF; none for an unknown type.
pub fn value_bytes(kind: u16) -> Option<usize> {
    Some(match kind {
        1 | 2 | 6 | 7 => 1,
        3 | 8 => 2,
        4 | 9 | 11 | 13 => 4,
        5 | 10 | 12 | 16..=18 => 8,
        _ => return None,
    })
}

/// An entry of a directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IfdEntry {
    /// Offset of the entry.
    pub at: usize,
    pub tag: u16,
    pub kind: u16,
    pub count: u32,
}

impl IfdEntry {
    /// Bytes of its values; none for an unknown type.
    pub fn length(&self) -> Option<usize> {
        (self.count as usize).checked_mul(value_bytes(self.kind)?)
    }
}

/// A directory whose entries are all within the bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ifd {
    /// Its offset.
    pub at: usize,
    pub entries: Vec<IfdEntry>,
    /// Offset of the next directory; 0 for the last one, or if it is missing.
    pub next: usize,
}

impl Ifd {
    pub fn find(&self, tag: u16) -> Option<IfdEntry> {
        self.entries.iter().find(|entry| entry.tag == tag).copied()
    }

    /// Position of the offset of the next directory.
    pub fn next_at(&self) -> usize {
        self.at + 2 + self.entries.len() * 12
    }
}

/// Bytes with a TIFF header.
#[derive(Debug, Clone, Copy)]
pub struct IfdReader<'a> {
    pub bytes: &'a [u8],
    pub order: ByteOrder,
}

impl<'a> IfdReader<'a> {
    /// None without that header (a BigTIFF has a different one).
    pub fn new(bytes: &'a [u8]) -> Option<Self> {
        let order = match bytes.get(..8)?.first_chunk()? {
            b"II*\0" => ByteOrder::Little,
            b"MM\0*" => ByteOrder::Big,
            _ => return None,
        };
        Some(Self { bytes, order })
    }

    pub fn u16(&self, at: usize) -> Option<u16> {
        Some(self.order.u16_of(*self.bytes.get(at..)?.first_chunk()?))
    }

    pub fn u32(&self, at: usize) -> Option<u32> {
        Some(self.order.u32_of(*self.bytes.get(at..)?.first_chunk()?))
    }

    /// The first directory; none if it is not entirely within the bytes.
    pub fn first(&self) -> Option<Ifd> {
        self.directory(self.u32(4)? as usize)
    }

    /// The directory at an offset; none if it is not entirely within the bytes, or has more than [`MAX_ENTRIES`].
    pub fn directory(&self, at: usize) -> Option<Ifd> {
        if at < 8 || usize::from(self.u16(at)?) > MAX_ENTRIES {
            return None;
        }
        let entry = |index: usize| {
            let at = at + 2 + index * 12;
            self.bytes.get(at..at + 12)?;
            Some(IfdEntry { at, tag: self.u16(at)?, kind: self.u16(at + 2)?, count: self.u32(at + 4)? })
        };
        let entries: Vec<_> = (0..usize::from(self.u16(at)?)).map(entry).collect::<Option<_>>()?;
        let next = self.u32(at + 2 + entries.len() * 12).unwrap_or(0) as usize;
        Some(Ifd { at, entries, next })
    }

    /// The directory that a tag points to.
    pub fn child(&self, directory: &Ifd, tag: u16) -> Option<Ifd> {
        self.directory(self.number(&directory.find(tag)?)? as usize)
    }

    /// Position of an entry's values: inline or elsewhere. None if not within the bytes.
    pub fn range(&self, entry: &IfdEntry) -> Option<Range<usize>> {
        let length = entry.length()?;
        let start = if length <= 4 { entry.at + 8 } else { self.u32(entry.at + 8)? as usize };
        let range = start..start.checked_add(length)?;
        self.bytes.get(range.clone()).map(|_| range)
    }

    /// An entry's values, encoded.
    pub fn value(&self, entry: &IfdEntry) -> Option<&'a [u8]> {
        self.bytes.get(self.range(entry)?)
    }

    /// An entry's first value, if it is a non-negative integer.
    pub fn number(&self, entry: &IfdEntry) -> Option<u32> {
        let start = self.range(entry)?.start;
        match entry.kind {
            _ if entry.count == 0 => None,
            1 => self.bytes.get(start).map(|&value| value.into()),
            3 => self.u16(start).map(u32::from),
            4 | 13 => self.u32(start),
            // Signed types.
            6 => u32::try_from(self.bytes.get(start)?.cast_signed()).ok(),
            8 => u32::try_from(self.u16(start)?.cast_signed()).ok(),
            9 => u32::try_from(self.u32(start)?.cast_signed()).ok(),
            _ => None,
        }
    }

    /// An entry's first value, if it is a rational number.
    pub fn fraction(&self, entry: &IfdEntry) -> Option<f64> {
        let start = self.range(entry).filter(|range| entry.kind == kind::RATIONAL && !range.is_empty())?.start;
        Some(f64::from(self.u32(start)?) / f64::from(self.u32(start + 4)?))
    }
}
