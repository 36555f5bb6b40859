//! TIFF files (TIFF 6.0, BigTIFF): grey, colour, palette and ink, 1 to 32 bits. The crate `tiff` unpacks
//! the samples; what they mean is decided here. For that it is told that they are grey, so that it
//! hands out each of them as it stands.

use std::io::Cursor;

use image::{ColorType, ImageDecoder, ImageError, ImageResult, metadata::Orientation};
use img_parts::Bytes;
use tiff::{
    TiffError,
    decoder::{BufferLayoutPreference, Decoder, DecodingResult, Limits},
    tags::Tag,
};

use super::{
    inks::Inks,
    jpeg::rgb_of_ycc,
    samples::{Precision, Samples, broken, color_type, grey_as_rgb, unsupported},
};
use crate::imaging::metadata::{ByteOrder, tag};

const XMP: Tag = Tag::Unknown(tag::XMP);
/// JPEG as the compression of a TIFF.
const JPEG: u16 = 7;

/// What the samples of a pixel mean.
enum Meaning {
    WhiteIsZero,
    BlackIsZero,
    Rgb,
    /// Red, green and blue of each index.
    Palette(Vec<[u8; 3]>),
    Inks(Inks),
    /// Brightness and two differences.
    Ycc,
}

impl Meaning {
    /// How many samples carry it.
    fn samples(&self) -> usize {
        match self {
            Meaning::WhiteIsZero | Meaning::BlackIsZero | Meaning::Palette(_) => 1,
            Meaning::Rgb | Meaning::Ycc => 3,
            Meaning::Inks(_) => 4,
        }
    }

    fn is_grey(&self) -> bool {
        matches!(self, Meaning::WhiteIsZero | Meaning::BlackIsZero)
    }
}

/// Writes into a TIFF that its samples are grey; answers what it said before.
pub fn take_photometric(file: &mut [u8]) -> Option<u16> {
    let order = match file.get(..2)? {
        b"II" => ByteOrder::Little,
        b"MM" => ByteOrder::Big,
        _ => return None,
    };
    let u16_at = |at: usize| Some(order.u16_of(*file.get(at..)?.first_chunk()?));
    let u32_at = |at: usize| Some(order.u32_of(*file.get(at..)?.first_chunk()?) as usize);
    let u64_at = |at: usize| match order {
        ByteOrder::Little => Some(u64::from_le_bytes(*file.get(at..)?.first_chunk()?) as usize),
        ByteOrder::Big => Some(u64::from_be_bytes(*file.get(at..)?.first_chunk()?) as usize),
    };
    // Where the records of the first directory stand, how many, how long each is, and where in it the value is.
    let (first, count, length, value) = match u16_at(2)? {
        43 => {
            let at = u64_at(8)?;
            (at.checked_add(8)?, u64_at(at)?, 20, 12)
        }
        _ => {
            let at = u32_at(4)?;
            (at.checked_add(2)?, usize::from(u16_at(at)?), 12, 8)
        }
    };
    let records = file.get(first..)?.chunks_exact(length).take(count);
    let index = records.into_iter().position(|record| record.first_chunk() == Some(&order.u16(tag::PHOTOMETRIC)))?;
    let at = first + index * length + value;
    let said = u16_at(at)?;
    file.get_mut(at..at + 2)?.copy_from_slice(&order.u16(1));
    Some(said)
}

/// A TIFF's first picture.
pub struct TiffDecoder {
    decoder: Decoder<Cursor<Bytes>>,
    size: (u32, u32),
    meaning: Meaning,
    /// All samples of a pixel.
    samples: usize,
    /// Whether the first one behind those that carry the meaning is alpha.
    alpha: bool,
    bits: u8,
    precision: Precision,
}

impl TiffDecoder {
    /// Reads the headers. `photometric`: what [`take_photometric`] took out; `memory`: free bytes.
    ///
    /// # Errors
    /// When they are damaged, or say something that is not read.
    pub fn new(bytes: Bytes, photometric: Option<u16>, memory: Option<u64>) -> ImageResult<Self> {
        let mut limits = Limits::unlimited();
        if let Some(memory) = memory.and_then(|memory| usize::try_from(memory).ok()) {
            limits.decoding_buffer_size = memory;
            limits.intermediate_buffer_size = memory;
            limits.ifd_value_size = memory;
        }
        let mut decoder = Decoder::new(Cursor::new(bytes)).map_err(failed)?.with_limits(limits);
        let size = decoder.dimensions().map_err(failed)?;
        let numbers = |decoder: &mut Decoder<_>, tag| decoder.find_tag_unsigned_vec::<u16>(tag).map_err(failed);
        let samples = numbers(&mut decoder, Tag::SamplesPerPixel)?.and_then(|all| all.first().copied()).unwrap_or(1);
        let bits = numbers(&mut decoder, Tag::BitsPerSample)?.and_then(|all| all.first().copied()).unwrap_or(1);
        let format = numbers(&mut decoder, Tag::SampleFormat)?.and_then(|all| all.first().copied()).unwrap_or(1);
        let extra = numbers(&mut decoder, Tag::ExtraSamples)?;
        let precision = match (format, bits) {
            (1 | 4, 1..=8) => Precision::Eight,
            (1 | 4, 16) => Precision::Sixteen,
            (3, 16 | 32 | 64) => Precision::Float,
            (3, _) => return Err(unsupported(format!("floating-point values of {bits} bits"))),
            (2, _) => return Err(unsupported("numbers below zero")),
            _ => return Err(unsupported(format!("{bits} bits a channel"))),
        };
        let meaning = match photometric {
            Some(0) => Meaning::WhiteIsZero,
            Some(1) => Meaning::BlackIsZero,
            Some(2) => Meaning::Rgb,
            Some(3) if bits <= 8 => Meaning::Palette(palette(&mut decoder, bits)?),
            Some(5) if matches!((precision, bits), (Precision::Eight, 8) | (Precision::Sixteen, _)) => {
                if matches!(numbers(&mut decoder, Tag::Unknown(332))?.as_deref(), Some([2, ..])) {
                    return Err(unsupported("inks that are not CMYK"));
                }
                Meaning::Inks(Inks::of(block(&mut decoder, Tag::IccProfile)?.as_deref()))
            }
            Some(6) if bits == 8 => {
                let jpeg = numbers(&mut decoder, Tag::Compression)?.as_deref() == Some(&[JPEG]);
                if !jpeg && numbers(&mut decoder, Tag::ChromaSubsampling)?.as_deref() != Some(&[1, 1]) {
                    return Err(unsupported("colours of fewer pixels than its brightness, without JPEG"));
                }
                Meaning::Ycc
            }
            Some(8..=10) => return Err(unsupported("colours in Lab")),
            Some(32_803 | 34_892) => return Err(unsupported("a camera's raw values")),
            Some(other) => return Err(unsupported(format!("colours of kind {other} at {bits} bits"))),
            None => return Err(broken("TIFF", "it does not say what its colours mean")),
        };
        let samples = usize::from(samples);
        if samples < meaning.samples() {
            return Err(broken("TIFF", format!("it has {samples} channels, too few for its colours")));
        }
        let alpha = match extra.as_deref() {
            Some([kind, ..]) => samples > meaning.samples() && matches!(kind, 1 | 2),
            Some([]) | None => samples == meaning.samples() + 1,
        };
        Ok(Self { decoder, size, meaning, samples, alpha, bits: bits as u8, precision })
    }

    /// What its pixels lose.
    pub fn notices(&self) -> Vec<String> {
        let mut notices = Vec::new();
        if let Meaning::Inks(inks) = &self.meaning {
            notices.push(inks.notice().to_string());
        }
        if self.samples > self.meaning.samples() + usize::from(self.alpha) {
            notices.push("It has further channels (such as masks or spot colours): they are not kept.".into());
        }
        notices
    }

    /// The samples that carry the meaning, and alpha, interleaved; those of fewer than 8 bits one in a
    /// byte, as they stand.
    fn interleaved(&mut self) -> ImageResult<Samples> {
        let mut read = DecodingResult::U8(Vec::new());
        let layout = self.decoder.read_image_to_buffer(&mut read).map_err(failed)?;
        if read.as_buffer(0).as_bytes().len() < layout.complete_len {
            return Err(unsupported("more channels than fit into memory"));
        }
        Ok(match read {
            DecodingResult::U8(bytes) if self.bits < 8 => {
                let unpacked = unpack(&bytes, self.bits, self.size.0 as usize * self.samples_in_row(&layout), &layout);
                Samples::Eight(self.picked(unpacked, &layout))
            }
            DecodingResult::U8(samples) => Samples::Eight(self.picked(samples, &layout)),
            DecodingResult::U16(samples) => Samples::Sixteen(self.picked(samples, &layout)),
            DecodingResult::F16(samples) => {
                let samples = samples.into_iter().map(|sample| sample.to_f32()).collect();
                Samples::Float(self.picked(samples, &layout))
            }
            DecodingResult::F32(samples) => Samples::Float(self.picked(samples, &layout)),
            DecodingResult::F64(samples) => {
                let samples = samples.into_iter().map(|sample| sample as f32).collect();
                Samples::Float(self.picked(samples, &layout))
            }
            _ => return Err(unsupported(format!("{} bits a channel", self.bits))),
        })
    }

    /// How many samples of a pixel stand beside each other: all, or one where each channel has a plane.
    fn samples_in_row(&self, layout: &BufferLayoutPreference) -> usize {
        if layout.planes > 1 { 1 } else { self.samples }
    }

    /// Planes interleaved, and channels that are not kept left out.
    fn picked<T: Copy>(&self, samples: Vec<T>, layout: &BufferLayoutPreference) -> Vec<T> {
        let kept = self.meaning.samples() + usize::from(self.alpha);
        let area = self.size.0 as usize * self.size.1 as usize;
        if layout.planes > 1 {
            return (0..area)
                .flat_map(|pixel| (0..kept).map(move |plane| plane * area + pixel))
                .map(|at| samples[at])
                .collect();
        }
        match self.samples {
            all if all == kept => samples,
            all => samples.chunks_exact(all).flat_map(|pixel| pixel[..kept].iter().copied()).collect(),
        }
    }

    /// The samples as `image` wants them.
    fn colours(&self, samples: Samples) -> ImageResult<Samples> {
        Ok(match samples {
            Samples::Eight(samples) => Samples::Eight(match &self.meaning {
                Meaning::Palette(colours) => {
                    self.with_alpha(&samples, |[index]: &[u8; 1]| colours[usize::from(*index)])
                }
                Meaning::Ycc => self.with_alpha(&samples, |ycc| rgb_of_ycc(*ycc)),
                Meaning::Inks(inks) => self.of_inks(&samples, |pixels| inks.to_rgb8(pixels))?,
                Meaning::WhiteIsZero | Meaning::BlackIsZero | Meaning::Rgb => {
                    let top = u16::from(u8::MAX >> (8 - self.bits));
                    let whole = |sample: u8| (u16::from(sample) * 255 / top) as u8;
                    self.turned(samples.into_iter().map(whole).collect(), |sample| 255 - sample)
                }
            }),
            Samples::Sixteen(samples) => Samples::Sixteen(match &self.meaning {
                Meaning::Inks(inks) => self.of_inks(&samples, |pixels| inks.to_rgb16(pixels))?,
                _ => self.turned(samples, |sample| 65_535 - sample),
            }),
            Samples::Float(samples) => {
                let samples = self.turned(samples, |sample| 1.0 - sample);
                Samples::Float(if self.meaning.is_grey() { grey_as_rgb(&samples, self.alpha) } else { samples })
            }
        })
    }

    /// White for black where the file has them so; alpha stays.
    fn turned<T: Copy>(&self, mut samples: Vec<T>, turn: impl Fn(T) -> T) -> Vec<T> {
        if matches!(self.meaning, Meaning::WhiteIsZero) {
            samples.iter_mut().step_by(1 + usize::from(self.alpha)).for_each(|sample| *sample = turn(*sample));
        }
        samples
    }

    /// Each pixel's `N` samples as a colour, and its alpha.
    fn with_alpha<const N: usize, T: Copy>(&self, samples: &[T], colour: impl Fn(&[T; N]) -> [T; 3]) -> Vec<T> {
        let pixels = samples.chunks_exact(N + usize::from(self.alpha));
        let pixels = pixels.filter_map(|pixel| pixel.split_first_chunk());
        pixels.flat_map(|(pixel, alpha)| colour(pixel).into_iter().chain(alpha.iter().copied())).collect()
    }

    /// The same for inks, all at once.
    fn of_inks<T: Copy>(
        &self,
        samples: &[T],
        convert: impl Fn(&[[T; 4]]) -> Result<Vec<T>, String>,
    ) -> ImageResult<Vec<T>> {
        let failed = |error| broken("TIFF", error);
        if !self.alpha {
            return convert(samples.as_chunks().0).map_err(failed);
        }
        let (pixels, _) = samples.as_chunks::<5>();
        let inks: Vec<_> = pixels.iter().map(|&[c, m, y, k, _]| [c, m, y, k]).collect();
        let colours = convert(&inks).map_err(failed)?;
        let (colours, _) = colours.as_chunks::<3>();
        Ok(colours.iter().zip(pixels).flat_map(|(&[r, g, b], &[.., alpha])| [r, g, b, alpha]).collect())
    }
}

impl ImageDecoder for TiffDecoder {
    fn dimensions(&self) -> (u32, u32) {
        self.size
    }

    fn color_type(&self) -> ColorType {
        color_type(self.meaning.is_grey(), self.alpha, self.precision)
    }

    fn icc_profile(&mut self) -> ImageResult<Option<Vec<u8>>> {
        match self.meaning {
            // Their profile is not that of the pixels any more.
            Meaning::Inks(_) => Ok(None),
            _ => block(&mut self.decoder, Tag::IccProfile),
        }
    }

    fn xmp_metadata(&mut self) -> ImageResult<Option<Vec<u8>>> {
        block(&mut self.decoder, XMP)
    }

    fn orientation(&mut self) -> ImageResult<Orientation> {
        let value = self.decoder.find_tag_unsigned::<u8>(Tag::Orientation).map_err(failed)?;
        Ok(value.and_then(Orientation::from_exif).unwrap_or(Orientation::NoTransforms))
    }

    fn read_image(mut self, buffer: &mut [u8]) -> ImageResult<()> {
        let samples = self.interleaved()?;
        self.colours(samples)?.write(buffer);
        Ok(())
    }

    fn read_image_boxed(self: Box<Self>, buffer: &mut [u8]) -> ImageResult<()> {
        (*self).read_image(buffer)
    }
}

/// Bytes of samples packed into rows, unpacked: one in a byte.
fn unpack(bytes: &[u8], bits: u8, in_row: usize, layout: &BufferLayoutPreference) -> Vec<u8> {
    let row_bytes = layout.row_stride.map_or(1, usize::from);
    let sample = |row: &[u8], index: usize| {
        let at = index * usize::from(bits);
        // A sample of 3, 5, 6 or 7 bits may begin in one byte and end in the next.
        let two = u16::from_be_bytes([row[at / 8], row.get(at / 8 + 1).copied().unwrap_or(0)]);
        ((two << (at % 8)) >> (16 - bits)) as u8
    };
    bytes.chunks_exact(row_bytes).flat_map(|row| (0..in_row).map(move |index| sample(row, index))).collect()
}

/// The colours of a palette.
fn palette(decoder: &mut Decoder<Cursor<Bytes>>, bits: u16) -> ImageResult<Vec<[u8; 3]>> {
    let map = decoder.find_tag_unsigned_vec::<u16>(Tag::ColorMap).map_err(failed)?.unwrap_or_default();
    let length = 1 << bits;
    if map.len() != 3 * length {
        return Err(broken("TIFF", "its palette is too short"));
    }
    // Some programs write 8 bits where 16 belong.
    let shift = if map.iter().all(|&value| value < 256) { 0 } else { 8 };
    let value = |at: usize| (map[at] >> shift) as u8;
    Ok((0..length).map(|index| [value(index), value(length + index), value(2 * length + index)]).collect())
}

/// A block of bytes, where there is one.
fn block(decoder: &mut Decoder<Cursor<Bytes>>, tag: Tag) -> ImageResult<Option<Vec<u8>>> {
    let value = decoder.find_tag(tag).map_err(failed)?;
    value.map(|value| value.into_u8_vec()).transpose().map_err(failed)
}

fn failed(error: TiffError) -> ImageError {
    match error {
        TiffError::IoError(error) => ImageError::IoError(error),
        TiffError::UnsupportedError(what) => unsupported(format!("something rare ({what})")),
        TiffError::LimitsExceeded => broken("TIFF", "its parts are larger than the memory"),
        error => broken("TIFF", error),
    }
}
