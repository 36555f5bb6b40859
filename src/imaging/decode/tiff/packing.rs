//! Decompression of a TIFF's strips and tiles.

use std::{
    borrow::Cow,
    io::{Cursor, Read},
};

use flate2::bufread::ZlibDecoder;
use image::{ColorType, ImageDecoder, ImageError, ImageResult, codecs::webp::WebPDecoder};
use lzma_rust2::XzReader;
use ruzstd::decoding::StreamingDecoder;
use weezl::{BitOrder, LzwStatus, decode::Decoder as LzwDecoder};

use super::{fax, old_jpeg::OldJpeg, tags::TiffTags};
use crate::imaging::{
    container::ifd::tag,
    decode::{
        errors::{broken, truncated, unsupported},
        jpeg::JpegDecoder,
    },
};

/// Memory for LZMA in KiB; the largest of xz's presets needs 64 MiB.
const LZMA_MEMORY: u32 = 128 << 10;

/// Compression method.
pub enum Packing {
    None,
    PackBits,
    Lzw,
    Deflate,
    Zstandard,
    Lzma,
    Fax(fax::Code),
    /// With the shared tables.
    Jpeg(Vec<u8>),
    OldJpeg(OldJpeg),
    WebP,
}

/// Shape of a strip or tile.
#[derive(Debug, Clone, Copy)]
pub struct ChunkShape {
    /// Px per row, including those outside the picture.
    pub width: usize,
    /// Rows, including those outside the picture.
    pub height: usize,
    /// Rows that are needed.
    pub rows: usize,
    /// Interleaved samples per pixel.
    pub samples: usize,
    /// Bytes of the rows that are needed.
    pub bytes: usize,
}

impl Packing {
    /// From the tags.
    ///
    /// # Errors
    /// If it is unsupported.
    pub fn new(tags: &TiffTags) -> ImageResult<Self> {
        let options = |tag| Ok::<_, ImageError>(tags.number(tag)?.unwrap_or(0));
        let name = match tags.number(tag::COMPRESSION)?.unwrap_or(1) {
            1 => return Ok(Packing::None),
            2 => return Ok(Packing::Fax(fax::Code::Runs { align: 1 })),
            32_771 => return Ok(Packing::Fax(fax::Code::Runs { align: 2 })),
            3 => match options(tag::GROUP3_OPTIONS)? {
                kind if kind & 2 == 0 => return Ok(Packing::Fax(fax::Code::Group3 { differences: kind & 1 == 1 })),
                _ => "a fax's uncompressed mode".into(),
            },
            4 => match options(tag::GROUP4_OPTIONS)? {
                kind if kind & 2 == 0 => return Ok(Packing::Fax(fax::Code::Group4)),
                _ => "a fax's uncompressed mode".into(),
            },
            5 => return Ok(Packing::Lzw),
            6 => return Ok(Packing::OldJpeg(OldJpeg::new(tags)?)),
            7 => return Ok(Packing::Jpeg(tags.block(tag::JPEG_TABLES)?.unwrap_or_default().to_vec())),
            8 | 32_946 => return Ok(Packing::Deflate),
            32_773 => return Ok(Packing::PackBits),
            34_925 => return Ok(Packing::Lzma),
            50_000 => return Ok(Packing::Zstandard),
            50_001 => return Ok(Packing::WebP),
            9 | 10 | 34_661 => "JBIG compression".into(),
            32_766 => "NeXT's compression".into(),
            32_809 => "ThunderScan's compression".into(),
            32_908 | 32_909 => "Pixar's compression".into(),
            34_676 | 34_677 => "SGI's LogLuv compression".into(),
            33_003 | 33_005 | 34_712 => "JPEG 2000 compression".into(),
            34_887 => "LERC compression".into(),
            50_002 | 52_546 => "JPEG XL compression".into(),
            other => format!("compression {other}"),
        };
        Err(unsupported(name))
    }

    /// Whether a predictor can be used.
    pub fn has_predictor(&self) -> bool {
        matches!(self, Packing::Lzw | Packing::Deflate | Packing::Zstandard | Packing::Lzma)
    }

    /// Whether the compression defines the bit order, so that FillOrder does not apply.
    pub fn has_bit_order(&self) -> bool {
        matches!(self, Packing::Jpeg(_) | Packing::OldJpeg(_))
    }

    /// Decompresses the rows that are needed.
    ///
    /// # Errors
    /// If the data are damaged or end early.
    pub fn unpack<'a>(&self, data: Cow<'a, [u8]>, shape: ChunkShape) -> ImageResult<Cow<'a, [u8]>> {
        let length = shape.bytes;
        let unpacked = match self {
            Packing::None => data,
            Packing::PackBits => pack_bits(&data, length).into(),
            Packing::Lzw => lzw(&data, length)?.into(),
            Packing::Deflate => read(ZlibDecoder::new(&*data), length)?.into(),
            Packing::Zstandard => {
                let decoder = StreamingDecoder::new(&*data).map_err(|error| broken("TIFF", error.to_string()))?;
                read(decoder, length)?.into()
            }
            Packing::Lzma => read(XzReader::new_mem_limit(&*data, false, LZMA_MEMORY), length)?.into(),
            Packing::Fax(code) => fax::unpack(&data, *code, shape.width, shape.rows)?.into(),
            Packing::Jpeg(tables) => jpeg(tables, &data, shape)?.into(),
            Packing::OldJpeg(old) => stored_samples(old.stream(&data, shape)?, shape)?.into(),
            Packing::WebP => webp(&data, shape)?.into(),
        };
        if unpacked.len() < length { Err(truncated()) } else { Ok(unpacked) }
    }
}

/// Reads `length` bytes, or fewer if the reader ends early.
fn read(reader: impl Read, length: usize) -> ImageResult<Vec<u8>> {
    let mut bytes = Vec::with_capacity(length);
    match reader.take(length as u64).read_to_end(&mut bytes) {
        Ok(_) => Ok(bytes),
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => Err(truncated()),
        Err(error) => Err(broken("TIFF", error)),
    }
}

/// PackBits (TIFF 6.0, section 9).
fn pack_bits(mut data: &[u8], length: usize) -> Vec<u8> {
    let mut unpacked = Vec::with_capacity(length);
    while let Some((&head, rest)) = data.split_first().filter(|_| unpacked.len() < length) {
        data = match head {
            0..=127 => {
                let (copied, rest) = rest.split_at(rest.len().min(usize::from(head) + 1));
                unpacked.extend_from_slice(copied);
                rest
            }
            128 => rest,
            129.. => {
                let Some((&repeated, rest)) = rest.split_first() else { break };
                unpacked.extend(std::iter::repeat_n(repeated, 257 - usize::from(head)));
                rest
            }
        };
    }
    unpacked.truncate(length);
    unpacked
}

/// LZW (TIFF 6.0, section 13).
fn lzw(data: &[u8], length: usize) -> ImageResult<Vec<u8>> {
    // The first code is 256, in 9 bits. Before TIFF 5 the least significant bit came first, as in GIF.
    let old = matches!(data, [0, second, ..] if second & 1 == 1);
    let mut decoder = match old {
        true => LzwDecoder::new(BitOrder::Lsb, 8),
        false => LzwDecoder::with_tiff_size_switch(BitOrder::Msb, 8),
    };
    let mut unpacked = vec![0; length];
    let (mut taken, mut done) = (0, 0);
    while done < length {
        let step = decoder.decode_bytes(&data[taken..], &mut unpacked[done..]);
        (taken, done) = (taken + step.consumed_in, done + step.consumed_out);
        match step.status {
            Ok(LzwStatus::Ok) => {}
            Ok(LzwStatus::Done | LzwStatus::NoProgress) => break,
            Err(error) => return Err(broken("TIFF", error)),
        }
    }
    unpacked.truncate(done);
    Ok(unpacked)
}

/// The stored samples; colours are converted elsewhere.
fn jpeg(tables: &[u8], data: &[u8], shape: ChunkShape) -> ImageResult<Vec<u8>> {
    // The tables are a JPEG without a picture: joins both without the EOI of the first and the SOI of the second.
    let whole = match tables.strip_suffix(b"\xFF\xD9").unwrap_or(tables) {
        [] => data.to_vec(),
        tables => [tables, data.get(2..).ok_or_else(truncated)?].concat(),
    };
    stored_samples(whole, shape)
}

fn stored_samples(jpeg: Vec<u8>, shape: ChunkShape) -> ImageResult<Vec<u8>> {
    let decoder = JpegDecoder::new(jpeg.into())?;
    let (width, height, channels) = decoder.stored_shape();
    if width != shape.width || !(shape.rows..=shape.height).contains(&height) || channels != shape.samples {
        return Err(broken("TIFF", "a JPEG in it does not have the size of its strip or tile"));
    }
    decoder.into_stored_samples()
}

fn webp(data: &[u8], shape: ChunkShape) -> ImageResult<Vec<u8>> {
    let decoder = WebPDecoder::new(Cursor::new(data))?;
    let (width, height) = decoder.dimensions();
    let channels = usize::from(decoder.color_type().channel_count());
    let fits = width as usize == shape.width && (shape.rows..=shape.height).contains(&(height as usize));
    if !fits || channels > shape.samples || shape.samples > 4 || decoder.color_type() == ColorType::L8 {
        return Err(broken("TIFF", "a WebP in it does not have the size of its strip or tile"));
    }
    let mut samples = vec![0; width as usize * height as usize * channels];
    decoder.read_image(&mut samples)?;
    // Opaque tiles are stored without alpha.
    match channels == shape.samples {
        true => Ok(samples),
        false => Ok(samples.as_chunks::<3>().0.iter().flat_map(|&[r, g, b]| [r, g, b, 255]).collect()),
    }
}
