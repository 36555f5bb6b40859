//! Photometric interpretation of a TIFF, and the conversion to grey or RGB.

use image::ImageResult;

use super::{lab::Lab, packing::Packing, tags::TiffTags, ycc::Ycc};
use crate::{
    imaging::{
        container::ifd::tag,
        decode::{
            cmyk::CmykToRgb,
            errors::{broken, unsupported},
            samples::grey_as_rgb,
        },
    },
    pixels::{Depth, Samples},
};

/// Photometric interpretation.
pub enum Photometric {
    WhiteIsZero,
    BlackIsZero,
    Rgb,
    /// RGB of each index.
    Palette(Vec<[u8; 3]>),
    Cmyk(CmykToRgb),
    Ycc(Ycc),
    Lab(Lab),
}

impl Photometric {
    /// From the tags, for samples of `bits` bits. If the tag is missing, it is guessed from the number of channels, as
    /// other programs do.
    ///
    /// # Errors
    /// If it is unsupported.
    pub fn new(tags: &TiffTags, packing: &Packing, bits: u32, depth: Depth) -> ImageResult<Self> {
        let even = bits == 8 || (bits == 16 && depth == Depth::Sixteen);
        match tags.number(tag::PHOTOMETRIC)? {
            Some(0) => Ok(Photometric::WhiteIsZero),
            Some(1) => Ok(Photometric::BlackIsZero),
            Some(2) => Ok(Photometric::Rgb),
            Some(3) if bits <= 8 => Ok(Photometric::Palette(palette(tags, bits)?)),
            Some(4) => Err(unsupported("nothing but a mask")),
            Some(5) if even => match tags.number(tag::INK_SET)? {
                Some(2) => Err(unsupported("inks that are not CMYK")),
                _ => Ok(Photometric::Cmyk(CmykToRgb::new(tags.block(tag::ICC)?))),
            },
            Some(6) if even => {
                let top = if bits == 8 { 255.0 } else { 65_535.0 };
                Ok(Photometric::Ycc(match packing {
                    Packing::Jpeg(_) => Ycc::for_jpeg(top),
                    _ => Ycc::new(tags, top)?,
                }))
            }
            Some(8) if even => Ok(Photometric::Lab(Lab::Signed)),
            Some(9) if even => Ok(Photometric::Lab(Lab::Unsigned)),
            Some(8..=10) => Err(unsupported("colours in a rare kind of Lab")),
            Some(32_803 | 34_892) => Err(unsupported("a camera's raw values")),
            Some(32_844 | 32_845) => Err(unsupported("colours in SGI's LogLuv")),
            Some(other) => Err(unsupported(format!("colours of kind {other} at {bits} bits"))),
            None => match (tags.number(tag::CHANNELS)?.unwrap_or(1), packing) {
                (1, Packing::Fax(_)) => Ok(Photometric::WhiteIsZero),
                (1 | 2, _) => Ok(Photometric::BlackIsZero),
                (3 | 4, _) => Ok(Photometric::Rgb),
                _ => Err(broken("TIFF", "its photometric interpretation is missing")),
            },
        }
    }

    /// Number of colour samples per pixel.
    pub fn samples(&self) -> usize {
        match self {
            Photometric::WhiteIsZero | Photometric::BlackIsZero | Photometric::Palette(_) => 1,
            Photometric::Rgb | Photometric::Ycc(_) | Photometric::Lab(_) => 3,
            Photometric::Cmyk(_) => 4,
        }
    }

    pub fn is_grey(&self) -> bool {
        matches!(self, Photometric::WhiteIsZero | Photometric::BlackIsZero)
    }

    /// Whether the file's colour profile applies to the converted pixels.
    pub fn keeps_profile(&self) -> bool {
        !matches!(self, Photometric::Cmyk(_) | Photometric::Lab(_))
    }

    /// A sentence about the colour conversion.
    pub fn notice(&self) -> Option<&'static str> {
        match self {
            Photometric::Cmyk(cmyk) => Some(cmyk.notice()),
            Photometric::Lab(_) => Some("It is a Lab picture: its colours are converted to sRGB."),
            _ => None,
        }
    }

    /// Converts pixels of integer samples of `bits` bits; alpha is only scaled.
    ///
    /// # Errors
    /// If a profile can't be applied.
    pub fn colours(&self, pixels: &[u32], bits: u32, depth: Depth, alpha: bool) -> ImageResult<Samples> {
        Ok(match depth {
            Depth::Eight => Samples::Eight(self.integer(pixels, bits, alpha)?),
            Depth::Sixteen => Samples::Sixteen(self.integer(pixels, bits, alpha)?),
            Depth::Float => {
                let top = f64::from(u32::MAX >> (32 - bits));
                self.floating(pixels.iter().map(|&sample| (f64::from(sample) / top) as f32).collect(), alpha)
            }
        })
    }

    /// Converts pixels of floating-point samples.
    pub fn floating(&self, pixels: Vec<f32>, alpha: bool) -> Samples {
        let pixels = self.inverted(pixels, alpha, |value| 1.0 - value);
        Samples::Float(if self.is_grey() { grey_as_rgb(&pixels, alpha) } else { pixels })
    }

    fn integer<T: IntegerSample>(&self, pixels: &[u32], bits: u32, alpha: bool) -> ImageResult<Vec<T>> {
        let top = u32::MAX >> (32 - bits);
        let scaled = |sample: u32| T::truncated((sample * T::TOP + top / 2) / top);
        let each = |colour: &dyn Fn(&[u32]) -> [T; 3]| {
            let pixels = pixels.chunks_exact(self.samples() + usize::from(alpha));
            let pixels = pixels.map(|pixel| pixel.split_at(self.samples()));
            pixels
                .flat_map(|(pixel, alpha)| colour(pixel).into_iter().chain(alpha.iter().map(|&sample| scaled(sample))))
                .collect()
        };
        Ok(match self {
            Photometric::WhiteIsZero | Photometric::BlackIsZero | Photometric::Rgb => {
                self.inverted(pixels.iter().map(|&sample| scaled(sample)).collect(), alpha, |value| {
                    T::truncated(T::TOP - value.into())
                })
            }
            Photometric::Palette(colours) => {
                each(&|pixel| colours[pixel[0] as usize].map(|value| T::truncated(value.into())))
            }
            Photometric::Ycc(ycc) => each(&|pixel| {
                let pixel = std::array::from_fn(|index| pixel[index] as f32);
                ycc.colours(pixel, top as f32).map(T::rounded)
            }),
            Photometric::Lab(lab) => each(&|pixel| {
                let pixel = std::array::from_fn(|index| pixel[index]);
                lab.colours(pixel, bits).map(|value| T::rounded(value * T::TOP as f32))
            }),
            Photometric::Cmyk(cmyk) => {
                let length = 4 + usize::from(alpha);
                let stored: Vec<[T; 4]> = pixels
                    .chunks_exact(length)
                    .map(|pixel| std::array::from_fn(|index| T::truncated(pixel[index])))
                    .collect();
                let colours = T::from_cmyk(cmyk, &stored).map_err(|error| broken("TIFF", error))?;
                let alphas = pixels.chunks_exact(length).map(|pixel| pixel.get(4).map(|&sample| T::truncated(sample)));
                let colours = colours.as_chunks::<3>().0.iter().zip(alphas);
                colours.flat_map(|(&colour, alpha)| colour.into_iter().chain(alpha)).collect()
            }
        })
    }

    /// Inverts grey samples if white is zero; alpha stays.
    fn inverted<T: Copy>(&self, mut pixels: Vec<T>, alpha: bool, invert: impl Fn(T) -> T) -> Vec<T> {
        if matches!(self, Photometric::WhiteIsZero) {
            pixels.iter_mut().step_by(1 + usize::from(alpha)).for_each(|sample| *sample = invert(*sample));
        }
        pixels
    }
}

/// An integer sample of 8 or 16 bits.
trait IntegerSample: Copy + Into<u32> {
    const TOP: u32;
    fn truncated(value: u32) -> Self;
    fn from_cmyk(cmyk: &CmykToRgb, pixels: &[[Self; 4]]) -> Result<Vec<Self>, String>;

    /// Rounds and clamps.
    fn rounded(value: f32) -> Self {
        Self::truncated((value + 0.5).clamp(0.0, Self::TOP as f32) as u32)
    }
}

impl IntegerSample for u8 {
    const TOP: u32 = 255;
    fn truncated(value: u32) -> Self {
        value as u8
    }
    fn from_cmyk(cmyk: &CmykToRgb, pixels: &[[Self; 4]]) -> Result<Vec<Self>, String> {
        cmyk.to_rgb8(pixels)
    }
}

impl IntegerSample for u16 {
    const TOP: u32 = 65_535;
    fn truncated(value: u32) -> Self {
        value as u16
    }
    fn from_cmyk(cmyk: &CmykToRgb, pixels: &[[Self; 4]]) -> Result<Vec<Self>, String> {
        cmyk.to_rgb16(pixels)
    }
}

/// The colours of a palette.
fn palette(tags: &TiffTags, bits: u32) -> ImageResult<Vec<[u8; 3]>> {
    let map = tags.numbers(tag::PALETTE)?.unwrap_or_default();
    let length = 1 << bits;
    if map.len() != 3 * length {
        return Err(broken("TIFF", "its palette is too short"));
    }
    // Some programs write 8-bit instead of 16-bit values.
    let shift = if map.iter().all(|&value| value < 256) { 0 } else { 8 };
    let value = |at: usize| (map[at] >> shift) as u8;
    Ok((0..length).map(|index| [value(index), value(length + index), value(2 * length + index)]).collect())
}
