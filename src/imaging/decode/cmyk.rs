//! Conversion of CMYK to RGB.

use std::sync::Arc;

use moxcms::{ColorProfile, DataColorSpace, Layout, RenderingIntent, Transform16BitExecutor, TransformOptions};
use rayon::prelude::*;

/// Number of pixels converted at once.
const CHUNK: usize = 1 << 14;
/// The lightest black that is compensated, as luminance: L* 50.
const LIGHTEST_BLACK: f64 = 0.184;

/// The conversion to sRGB. Ink values: 0 is none.
pub enum CmykToRgb {
    /// By the file's colour profile with black point compensation: the transform, and a curve for its output.
    ByProfile(Arc<Transform16BitExecutor>, Box<[u16]>),
    /// Without a profile: R = (1 − C) (1 − K), and so on.
    ByFormula,
}

impl CmykToRgb {
    /// By the profile if it is for CMYK and valid, otherwise by the formula.
    pub fn new(icc: Option<&[u8]>) -> Self {
        icc.and_then(Self::by_profile).unwrap_or(CmykToRgb::ByFormula)
    }

    fn by_profile(icc: &[u8]) -> Option<Self> {
        let profile = ColorProfile::new_from_slice(icc).ok()?;
        if profile.color_space != DataColorSpace::Cmyk {
            return None;
        }
        let srgb = ColorProfile::new_srgb();
        // A profile must have the perceptual table, but some have only the colorimetric one.
        let transform =
            [RenderingIntent::Perceptual, RenderingIntent::RelativeColorimetric].into_iter().find_map(|intent| {
                let options = TransformOptions { rendering_intent: intent, ..Default::default() };
                // moxcms uses the RGBA layout for four inks.
                profile.create_transform_16bit(Layout::Rgba, &srgb, Layout::Rgb, options).ok()
            })?;
        let mut darkest = [0; 3];
        transform.transform(&[u16::MAX; 4], &mut darkest).ok()?;
        let [red, green, blue] = darkest.map(|value| light(f64::from(value) / 65_535.0));
        let black = (0.2126 * red + 0.7152 * green + 0.0722 * blue).min(LIGHTEST_BLACK);
        Some(CmykToRgb::ByProfile(transform, black_point_curve(black)))
    }

    /// A sentence about the conversion.
    pub fn notice(&self) -> &'static str {
        match self {
            CmykToRgb::ByProfile(..) => {
                "It is a CMYK picture: its colours are converted to sRGB by its colour profile."
            }
            CmykToRgb::ByFormula => "It is a CMYK picture: its colours are converted to RGB without a profile.",
        }
    }

    /// Converts 8-bit samples.
    ///
    /// # Errors
    /// If the profile's tables can't be applied.
    pub fn to_rgb8(&self, inks: &[[u8; 4]]) -> Result<Vec<u8>, String> {
        self.converted(inks, |ink| u16::from(ink) * 257, |value| ((u32::from(value) + 128) / 257) as u8)
    }

    /// Converts 16-bit samples.
    ///
    /// # Errors
    /// If the profile's tables can't be applied.
    pub fn to_rgb16(&self, inks: &[[u16; 4]]) -> Result<Vec<u16>, String> {
        self.converted(inks, |ink| ink, |value| value)
    }

    fn converted<T: Copy + Default + Send + Sync>(
        &self,
        inks: &[[T; 4]],
        widen: impl Fn(T) -> u16 + Sync,
        narrow: impl Fn(u16) -> T + Sync,
    ) -> Result<Vec<T>, String> {
        let mut colours = vec![T::default(); inks.len() * 3];
        let parts = inks.par_chunks(CHUNK).zip(colours.par_chunks_mut(CHUNK * 3));
        parts.try_for_each(|(inks, colours)| {
            let inks: Vec<u16> = inks.as_flattened().iter().map(|ink| widen(*ink)).collect();
            let mut values = vec![0; colours.len()];
            match self {
                CmykToRgb::ByProfile(transform, curve) => {
                    transform.transform(&inks, &mut values).map_err(|error| error.to_string())?;
                    values.iter_mut().for_each(|value| *value = curve[usize::from(*value)]);
                }
                CmykToRgb::ByFormula => {
                    let light = |ink: u16, black: u16| {
                        let light = u64::from(65_535 - ink) * u64::from(65_535 - black);
                        ((light + 32_767) / 65_535) as u16
                    };
                    for (colour, &[c, m, y, k]) in values.as_chunks_mut().0.iter_mut().zip(inks.as_chunks().0) {
                        *colour = [light(c, k), light(m, k), light(y, k)];
                    }
                }
            }
            colours.iter_mut().zip(values).for_each(|(colour, value)| *colour = narrow(value));
            Ok::<_, String>(())
        })?;
        Ok(colours)
    }
}

/// Black point compensation (ISO 18619) for sRGB values: maps the luminance `black` to 0 and keeps white.
fn black_point_curve(black: f64) -> Box<[u16]> {
    let stretched = |value: u16| {
        let light = (light(f64::from(value) / 65_535.0) - black) / (1.0 - black);
        (encoded(light.max(0.0)) * 65_535.0).round() as u16
    };
    (0..=u16::MAX).map(stretched).collect()
}

/// Linear light of an sRGB value (IEC 61966-2-1).
fn light(value: f64) -> f64 {
    if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
}

/// sRGB value of linear light.
fn encoded(light: f64) -> f64 {
    if light <= 0.003_130_8 { light * 12.92 } else { 1.055 * light.powf(1.0 / 2.4) - 0.055 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_profile_inks_are_converted_by_the_formula() {
        let inks = CmykToRgb::new(None);
        let colours = inks.to_rgb8(&[[0; 4], [255, 0, 0, 0], [0, 0, 0, 255], [51, 102, 0, 128]]).unwrap();
        // 127 × 204 / 255, 127 × 153 / 255, 127.
        assert_eq!(colours, [255, 255, 255, 0, 255, 255, 0, 0, 0, 102, 76, 127]);
        assert_eq!(inks.to_rgb16(&[[0, 65_535, 13_107, 0]]).unwrap(), [65_535, 0, 52_428]);
    }

    #[test]
    fn a_profile_for_other_pixels_is_not_used() {
        let rgb = ColorProfile::new_display_p3().encode().unwrap();
        assert!(matches!(CmykToRgb::new(Some(&rgb)), CmykToRgb::ByFormula));
        assert!(matches!(CmykToRgb::new(Some(&[7; 300])), CmykToRgb::ByFormula));
    }
}
