//! Codecs of pictures, and how items describe them.

use super::{item_boxes::Name, reader::Reader};

/// How a picture is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Codec {
    Av1,
    Hevc,
}

/// What the description of a picture says about its samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SampleFormat {
    /// Whether it has more than 8 bits per channel.
    pub deep: bool,
    /// Whether it is monochrome.
    pub grey: bool,
}

impl Codec {
    /// The codec of items of a type, if it can be decoded.
    pub fn of(kind: &Name) -> Option<Self> {
        match kind {
            b"av01" => Some(Codec::Av1),
            b"hvc1" | b"hev1" => Some(Codec::Hevc),
            _ => None,
        }
    }

    /// The property that describes its pictures.
    pub const fn property(self) -> &'static Name {
        match self {
            Codec::Av1 => b"av1C",
            Codec::Hevc => b"hvcC",
        }
    }

    /// The format of the samples, by the content of that property.
    pub fn format(self, config: &[u8]) -> Option<SampleFormat> {
        match self {
            // AV1CodecConfigurationRecord: bit 6 means more than 8 bits, bit 4 monochrome.
            Codec::Av1 => {
                let flags = config.get(2)?;
                Some(SampleFormat { deep: flags & 0x40 != 0, grey: flags & 0x10 != 0 })
            }
            Codec::Hevc => HevcConfig::parse(config).map(|config| config.format),
        }
    }
}

/// HEVCDecoderConfigurationRecord (ISO/IEC 14496-15, section 8.3.3).
pub struct HevcConfig<'a> {
    pub format: SampleFormat,
    /// Bytes of the length before each unit of a picture, 1 to 4.
    pub length_bytes: usize,
    /// Parameter sets and other units that precede the picture.
    pub units: Vec<&'a [u8]>,
}

impl<'a> HevcConfig<'a> {
    /// Parses the record; none if it is damaged.
    pub fn parse(config: &'a [u8]) -> Option<Self> {
        let mut reader = Reader(config);
        // Version, profile and level.
        reader.bytes(16)?;
        let chroma = reader.number(1)? & 3;
        let bits = [reader.number(1)? & 7, reader.number(1)? & 7];
        // Frame rate.
        reader.bytes(2)?;
        let length_bytes = (reader.number(1)? & 3) as usize + 1;
        let mut units = Vec::new();
        for _ in 0..reader.number(1)? {
            // The type of the units, which they have too.
            reader.number(1)?;
            for _ in 0..reader.number(2)? {
                let length = reader.number(2)? as usize;
                units.push(reader.bytes(length)?);
            }
        }
        Some(Self { format: SampleFormat { deep: bits != [0, 0], grey: chroma == 0 }, length_bytes, units })
    }
}
