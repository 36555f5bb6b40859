//! Conversion of a photo's colours from its ICC profile to sRGB, for display only: saved photos keep their values and
//! profile.

use std::sync::Arc;

use moxcms::{ColorProfile, DataColorSpace, Layout, Transform8BitExecutor, TransformOptions};

use super::Photo;

/// The conversion of a photo's colours to sRGB.
#[derive(Clone)]
pub enum ScreenColours {
    /// A transform of red, green and blue.
    Rgb(Arc<Transform8BitExecutor>),
    /// The sRGB colour of each of the 256 greys.
    Grey(Arc<[[u8; 3]; 256]>),
}

impl ScreenColours {
    /// The conversion for a photo. None if it has no profile (or PNG colour chunks), one that can't be used, or one that
    /// changes nothing (sRGB): its values are then shown unconverted.
    pub fn of(photo: &Photo) -> Option<Self> {
        let profile = ColorProfile::new_from_slice(&photo.metadata.profile(photo.pixels.colour_channels())?).ok()?;
        let transform = |from| {
            let srgb = ColorProfile::new_srgb();
            profile.create_transform_8bit(from, &srgb, Layout::Rgba, TransformOptions::default()).ok()
        };
        let colours = match (profile.color_space, photo.is_grey()) {
            (DataColorSpace::Rgb, false) => Self::Rgb(transform(Layout::Rgba)?),
            (DataColorSpace::Gray, true) => {
                let greys: Vec<u8> = (0..=255).collect();
                let mut seen = vec![0; 4 * greys.len()];
                transform(Layout::Gray)?.transform(&greys, &mut seen).ok()?;
                let mut table = [[0; 3]; 256];
                table.iter_mut().zip(seen.chunks_exact(4)).for_each(|(to, from)| to.copy_from_slice(&from[..3]));
                Self::Grey(Arc::new(table))
            }
            _ => return None,
        };
        colours.changes_anything().then_some(colours)
    }

    /// Converts red, green and blue; alpha (not premultiplied) stays.
    pub fn convert(&self, texels: &mut [[u8; 4]]) {
        match self {
            Self::Rgb(transform) => {
                let before = texels.to_vec();
                if transform.transform(before.as_flattened(), texels.as_flattened_mut()).is_err() {
                    // Shown unconverted, never half converted.
                    texels.copy_from_slice(&before);
                }
            }
            Self::Grey(table) => {
                for texel in texels {
                    let grey = usize::from(texel[0]);
                    texel[..3].copy_from_slice(&table[grey]);
                }
            }
        }
    }

    fn changes_anything(&self) -> bool {
        let steps = [0u8, 51, 102, 153, 204, 255];
        let all = steps.iter().flat_map(|&r| steps.iter().flat_map(move |&g| steps.map(move |b| [r, g, b, 255])));
        let before: Vec<[u8; 4]> = match self {
            Self::Rgb(_) => all.collect(),
            Self::Grey(_) => (0..=255).map(|grey| [grey, grey, grey, 255]).collect(),
        };
        let mut after = before.clone();
        self.convert(&mut after);
        before.as_flattened().iter().zip(after.as_flattened()).any(|(before, after)| before.abs_diff(*after) > 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        imaging::{Depth, Format, Metadata},
        pixels::{Planes, Raster, Size},
    };

    fn photo(channels: usize, profile: Option<&ColorProfile>) -> Photo {
        let icc = profile.map(|profile| profile.encode().expect("a profile"));
        let pixels = Planes::filled(channels, Size::new(1, 1), 0.5);
        Photo {
            pixels: Raster::from_planes(&pixels, None, Depth::Eight),
            format: Format::Png,
            metadata: Metadata { icc, ..Metadata::default() },
        }
    }

    #[test]
    fn a_wide_gamut_photo_is_converted_and_an_srgb_one_is_not() {
        let colours = ScreenColours::of(&photo(3, Some(&ColorProfile::new_display_p3()))).expect("a way");
        let mut texels = [[200, 100, 50, 7], [90, 90, 90, 255]];
        colours.convert(&mut texels);
        // Display P3 (200, 100, 50) in sRGB, by the matrices of the two standards: 214.9, 92.6, 31.0.
        let expected = [215, 93, 31];
        for (value, expected) in texels[0].iter().zip(expected) {
            assert!(value.abs_diff(expected) <= 2, "{texels:?}");
        }
        assert_eq!(texels[0][3], 7, "alpha stays");
        assert!(texels[1][..3].iter().all(|value| value.abs_diff(90) <= 1), "grey stays grey: {texels:?}");

        assert!(ScreenColours::of(&photo(3, Some(&ColorProfile::new_srgb()))).is_none());
        assert!(ScreenColours::of(&photo(3, None)).is_none());
    }

    #[test]
    fn a_profile_that_does_not_fit_is_not_used() {
        assert!(ScreenColours::of(&photo(1, Some(&ColorProfile::new_display_p3()))).is_none());
        let mut broken = photo(3, None);
        broken.metadata.icc = Some(vec![1; 300]);
        assert!(ScreenColours::of(&broken).is_none());
    }

    #[test]
    fn greys_are_converted_by_their_gamma() {
        let colours = ScreenColours::of(&photo(1, Some(&ColorProfile::new_gray_with_gamma(1.0)))).expect("a way");
        let mut texels = [[55, 55, 55, 255]];
        colours.convert(&mut texels);
        // 55 / 255 of linear light is 128 in sRGB.
        assert!(texels[0][..3].iter().all(|value| value.abs_diff(128) <= 2), "{texels:?}");
    }
}
