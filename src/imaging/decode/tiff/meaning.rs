//! What the samples of a pixel in a TIFF mean.

use image::ImageResult;

use super::{directory::Directory, lab::Lab, packing::Packing, ycc::Ycc};
use crate::imaging::{
    decode::{
        inks::Inks,
        samples::{Precision, Samples, broken, grey_as_rgb, unsupported},
    },
    metadata::tag,
};

/// What the samples of a pixel mean.
pub enum Meaning {
    WhiteIsZero,
    BlackIsZero,
    Rgb,
    /// Red, green and blue of each index.
    Palette(Vec<[u8; 3]>),
    Inks(Inks),
    Ycc(Ycc),
    Lab(Lab),
}

impl Meaning {
    /// Reads it, for values of so many bits. Where it is not said it is guessed from the number of channels, as other
    /// programs do.
    ///
    /// # Errors
    /// When it is not known.
    pub fn of(directory: &Directory, packing: &Packing, bits: u32, precision: Precision) -> ImageResult<Self> {
        let even = bits == 8 || (bits == 16 && precision == Precision::Sixteen);
        match directory.number(tag::PHOTOMETRIC)? {
            Some(0) => Ok(Meaning::WhiteIsZero),
            Some(1) => Ok(Meaning::BlackIsZero),
            Some(2) => Ok(Meaning::Rgb),
            Some(3) if bits <= 8 => Ok(Meaning::Palette(palette(directory, bits)?)),
            Some(4) => Err(unsupported("nothing but a mask")),
            Some(5) if even => match directory.number(tag::INK_SET)? {
                Some(2) => Err(unsupported("inks that are not CMYK")),
                _ => Ok(Meaning::Inks(Inks::of(directory.block(tag::ICC)?))),
            },
            Some(6) if even => {
                let top = if bits == 8 { 255.0 } else { 65_535.0 };
                Ok(Meaning::Ycc(match packing {
                    Packing::Jpeg(_) => Ycc::of_jpeg(top),
                    _ => Ycc::of(directory, top)?,
                }))
            }
            Some(8) if even => Ok(Meaning::Lab(Lab::Signed)),
            Some(9) if even => Ok(Meaning::Lab(Lab::Unsigned)),
            Some(8..=10) => Err(unsupported("colours in a rare kind of Lab")),
            Some(32_803 | 34_892) => Err(unsupported("a camera's raw values")),
            Some(32_844 | 32_845) => Err(unsupported("colours in SGI's LogLuv")),
            Some(other) => Err(unsupported(format!("colours of kind {other} at {bits} bits"))),
            None => match (directory.number(tag::CHANNELS)?.unwrap_or(1), packing) {
                (1, Packing::Fax(_)) => Ok(Meaning::WhiteIsZero),
                (1 | 2, _) => Ok(Meaning::BlackIsZero),
                (3 | 4, _) => Ok(Meaning::Rgb),
                _ => Err(broken("TIFF", "it does not say what its colours mean")),
            },
        }
    }

    /// How many samples carry it.
    pub fn samples(&self) -> usize {
        match self {
            Meaning::WhiteIsZero | Meaning::BlackIsZero | Meaning::Palette(_) => 1,
            Meaning::Rgb | Meaning::Ycc(_) | Meaning::Lab(_) => 3,
            Meaning::Inks(_) => 4,
        }
    }

    pub fn is_grey(&self) -> bool {
        matches!(self, Meaning::WhiteIsZero | Meaning::BlackIsZero)
    }

    /// Whether the file's colour profile is that of the pixels.
    pub fn keeps_profile(&self) -> bool {
        !matches!(self, Meaning::Inks(_) | Meaning::Lab(_))
    }

    /// What the colours lose.
    pub fn notice(&self) -> Option<&'static str> {
        match self {
            Meaning::Inks(inks) => Some(inks.notice()),
            Meaning::Lab(_) => Some("It is a Lab picture: its colours are converted to sRGB."),
            _ => None,
        }
    }

    /// Colours, and alpha as it is, of pixels of whole samples of so many bits.
    ///
    /// # Errors
    /// When a profile can't be applied.
    pub fn colours(&self, pixels: &[u32], bits: u32, precision: Precision, alpha: bool) -> ImageResult<Samples> {
        Ok(match precision {
            Precision::Eight => Samples::Eight(self.whole(pixels, bits, alpha)?),
            Precision::Sixteen => Samples::Sixteen(self.whole(pixels, bits, alpha)?),
            Precision::Float => {
                let top = f64::from(u32::MAX >> (32 - bits));
                self.floating(pixels.iter().map(|&sample| (f64::from(sample) / top) as f32).collect(), alpha)
            }
        })
    }

    /// The same of floating-point values.
    pub fn floating(&self, pixels: Vec<f32>, alpha: bool) -> Samples {
        let pixels = self.turned(pixels, alpha, |value| 1.0 - value);
        Samples::Float(if self.is_grey() { grey_as_rgb(&pixels, alpha) } else { pixels })
    }

    fn whole<T: Whole>(&self, pixels: &[u32], bits: u32, alpha: bool) -> ImageResult<Vec<T>> {
        let top = u32::MAX >> (32 - bits);
        let scaled = |sample: u32| T::of((sample * T::TOP + top / 2) / top);
        let each = |colour: &dyn Fn(&[u32]) -> [T; 3]| {
            let pixels = pixels.chunks_exact(self.samples() + usize::from(alpha));
            let pixels = pixels.map(|pixel| pixel.split_at(self.samples()));
            pixels
                .flat_map(|(pixel, alpha)| colour(pixel).into_iter().chain(alpha.iter().map(|&sample| scaled(sample))))
                .collect()
        };
        Ok(match self {
            Meaning::WhiteIsZero | Meaning::BlackIsZero | Meaning::Rgb => {
                self.turned(pixels.iter().map(|&sample| scaled(sample)).collect(), alpha, |value| {
                    T::of(T::TOP - value.into())
                })
            }
            Meaning::Palette(colours) => each(&|pixel| colours[pixel[0] as usize].map(|value| T::of(value.into()))),
            Meaning::Ycc(ycc) => each(&|pixel| {
                let pixel = std::array::from_fn(|index| pixel[index] as f32);
                ycc.colours(pixel, top as f32).map(T::rounded)
            }),
            Meaning::Lab(lab) => each(&|pixel| {
                let pixel = std::array::from_fn(|index| pixel[index]);
                lab.colours(pixel, bits).map(|value| T::rounded(value * T::TOP as f32))
            }),
            Meaning::Inks(inks) => {
                let length = 4 + usize::from(alpha);
                let stored: Vec<[T; 4]> =
                    pixels.chunks_exact(length).map(|pixel| std::array::from_fn(|index| T::of(pixel[index]))).collect();
                let colours = T::of_inks(inks, &stored).map_err(|error| broken("TIFF", error))?;
                let alphas = pixels.chunks_exact(length).map(|pixel| pixel.get(4).map(|&sample| T::of(sample)));
                let colours = colours.as_chunks::<3>().0.iter().zip(alphas);
                colours.flat_map(|(&colour, alpha)| colour.into_iter().chain(alpha)).collect()
            }
        })
    }

    /// White for black where the file has them so; alpha stays.
    fn turned<T: Copy>(&self, mut pixels: Vec<T>, alpha: bool, turn: impl Fn(T) -> T) -> Vec<T> {
        if matches!(self, Meaning::WhiteIsZero) {
            pixels.iter_mut().step_by(1 + usize::from(alpha)).for_each(|sample| *sample = turn(*sample));
        }
        pixels
    }
}

/// A whole number of 8 or 16 bits.
trait Whole: Copy + Into<u32> {
    const TOP: u32;
    fn of(value: u32) -> Self;
    /// Kept within the range.
    fn rounded(value: f32) -> Self;
    fn of_inks(inks: &Inks, pixels: &[[Self; 4]]) -> Result<Vec<Self>, String>;
}

impl Whole for u8 {
    const TOP: u32 = 255;
    fn of(value: u32) -> Self {
        value as u8
    }
    fn rounded(value: f32) -> Self {
        (value + 0.5) as u8
    }
    fn of_inks(inks: &Inks, pixels: &[[Self; 4]]) -> Result<Vec<Self>, String> {
        inks.to_rgb8(pixels)
    }
}

impl Whole for u16 {
    const TOP: u32 = 65_535;
    fn of(value: u32) -> Self {
        value as u16
    }
    fn rounded(value: f32) -> Self {
        (value + 0.5) as u16
    }
    fn of_inks(inks: &Inks, pixels: &[[Self; 4]]) -> Result<Vec<Self>, String> {
        inks.to_rgb16(pixels)
    }
}

/// The colours of a palette.
fn palette(directory: &Directory, bits: u32) -> ImageResult<Vec<[u8; 3]>> {
    let map = directory.numbers(tag::PALETTE)?.unwrap_or_default();
    let length = 1 << bits;
    if map.len() != 3 * length {
        return Err(broken("TIFF", "its palette is too short"));
    }
    // Some programs write 8 bits where 16 belong.
    let shift = if map.iter().all(|&value| value < 256) { 0 } else { 8 };
    let value = |at: usize| (map[at] >> shift) as u8;
    Ok((0..length).map(|index| [value(index), value(length + index), value(2 * length + index)]).collect())
}
