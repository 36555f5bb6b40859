//! Generates an ICC profile from PNG's colour chunks, for formats that have only profiles.

use moxcms::{
    Chromaticity, ColorPrimaries, ColorProfile, LocalizableString, ProfileText, ToneReprCurve, Xyzd, adaption_matrix_d,
};

/// x and y of white, red, green and blue.
type Chromaticities = [[f64; 2]; 4];

const SRGB: Chromaticities = [[0.3127, 0.329], [0.64, 0.33], [0.3, 0.6], [0.15, 0.06]];
const DISPLAY_P3: Chromaticities = [[0.3127, 0.329], [0.68, 0.32], [0.265, 0.69], [0.15, 0.06]];
/// The profile connection space illuminant (ICC.1:2022, 7.2.16).
const D50: Xyzd = Xyzd { x: 0.9642, y: 1.0, z: 0.8249 };
/// Position of the creation date in a profile, and a fixed date, for reproducible files.
const DATE_AT: std::ops::Range<usize> = 24..36;
const DATE: [u8; 12] = [7, 228, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0];

/// The profile for pixels of `channels` (1 or 3); none if no profile can represent the chunks.
pub fn profile_of_chunks(chunks: &[([u8; 4], Vec<u8>)], channels: usize) -> Option<Vec<u8>> {
    let find = |kind: &[u8; 4]| chunks.iter().find(|(other, _)| other == kind).map(|(_, data)| &data[..]);
    let number = |data: &[u8], index: usize| {
        data.get(index * 4..)?.first_chunk().map(|bytes| f64::from(u32::from_be_bytes(*bytes)) / 100_000.0)
    };
    let (chromaticities, gamma) = match (find(b"cICP"), find(b"cHRM"), find(b"gAMA")) {
        // Display P3 with the curve of sRGB, full range.
        (Some([12, 13, 0, 1]), ..) => (DISPLAY_P3, None),
        (Some(_), ..) => return None,
        (None, chromaticities, gamma) => {
            let pair = |data: &[u8], index: usize| Some([number(data, index * 2)?, number(data, index * 2 + 1)?]);
            let chromaticities = match chromaticities {
                Some(data) => [pair(data, 0)?, pair(data, 1)?, pair(data, 2)?, pair(data, 3)?],
                None => SRGB,
            };
            let gamma = match gamma {
                Some(data) => Some(1.0 / number(data, 0).filter(|gamma| *gamma > 0.0)?),
                None => None,
            };
            (chromaticities, gamma)
        }
    };
    let curve = ToneReprCurve::Parametric(match gamma {
        Some(gamma) => vec![gamma as f32],
        // The curve of sRGB (IEC 61966-2-1).
        None => vec![2.4, 1.0 / 1.055, 0.055 / 1.055, 1.0 / 12.92, 0.04045],
    });
    let mut profile = match channels {
        1 => ColorProfile::new_gray_with_gamma(1.0),
        _ => ColorProfile::new_srgb(),
    };
    (profile.white_point, profile.media_white_point) = (D50, Some(D50));
    profile.description = Some(english("As the PNG's chunks say"));
    profile.copyright = Some(english("No copyright, use freely"));
    if channels == 1 {
        (profile.gray_trc, profile.chromatic_adaptation) = (Some(curve), None);
    } else {
        set_primaries(&mut profile, chromaticities)?;
        [&mut profile.red_trc, &mut profile.green_trc, &mut profile.blue_trc]
            .into_iter()
            .for_each(|trc| *trc = Some(curve.clone()));
    }
    let mut encoded = profile.encode().ok()?;
    encoded.get_mut(DATE_AT)?.copy_from_slice(&DATE);
    Some(encoded)
}

/// None if a profile can't represent the chromaticities.
fn set_primaries(profile: &mut ColorProfile, chromaticities: Chromaticities) -> Option<()> {
    if chromaticities.iter().any(|[_, y]| *y <= 0.0) {
        return None;
    }
    let [white, red, green, blue] = chromaticities.map(|[x, y]| Chromaticity::new(x as f32, y as f32));
    profile.update_rgb_colorimetry(white.to_xyyb(), ColorPrimaries { red, green, blue });
    profile.chromatic_adaptation = Some(adaption_matrix_d(white.to_xyz(), Chromaticity::D50.to_xyz()));
    let colorants = [profile.red_colorant, profile.green_colorant, profile.blue_colorant].map(|it| [it.x, it.y, it.z]);
    // The colorants must add up to white, which fails for degenerate primaries, and fit into s15Fixed16 numbers.
    let is_white = |axis: usize, white: f64| (colorants.iter().map(|it| it[axis]).sum::<f64>() - white).abs() < 0.01;
    let fits = colorants.as_flattened().iter().all(|value| value.abs() < 32_000.0);
    (fits && is_white(0, D50.x) && is_white(1, D50.y) && is_white(2, D50.z)).then_some(())
}

fn english(words: &str) -> ProfileText {
    ProfileText::Localizable(vec![LocalizableString::new("en".into(), "US".into(), words.into())])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The colorants of Display P3 under D50, as Apple's and Compact-ICC-Profiles' own profiles hold them.
    #[test]
    fn display_p3_has_its_colorants() {
        let profile = profile_of_chunks(&[(*b"cICP", vec![12, 13, 0, 1])], 3).unwrap();
        let read = ColorProfile::new_from_slice(&profile).unwrap();
        for (ours, expected) in [
            (read.red_colorant, [0.515_1, 0.241_2, -0.001_0]),
            (read.green_colorant, [0.292_0, 0.692_2, 0.041_9]),
            (read.blue_colorant, [0.157_1, 0.066_6, 0.784_1]),
        ] {
            for (ours, expected) in [ours.x, ours.y, ours.z].into_iter().zip(expected) {
                assert!((ours - expected).abs() < 3e-4, "{ours}, not {expected}");
            }
        }
        assert_eq!(profile_of_chunks(&[(*b"cICP", vec![12, 13, 0, 1])], 3).unwrap(), profile, "reproducible");
    }

    #[test]
    fn impossible_chromaticities_make_no_profile() {
        let chunk = |values: [u32; 8]| [(*b"cHRM", values.into_iter().flat_map(u32::to_be_bytes).collect::<Vec<u8>>())];
        assert!(
            profile_of_chunks(&chunk([31_270, 32_900, 64_000, 33_000, 30_000, 60_000, 15_000, 6_000]), 3).is_some()
        );
        assert!(profile_of_chunks(&chunk([31_270, 0, 64_000, 33_000, 30_000, 60_000, 15_000, 6_000]), 3).is_none());
        // All three the same.
        assert!(
            profile_of_chunks(&chunk([31_270, 32_900, 64_000, 33_000, 64_000, 33_000, 64_000, 33_000]), 3).is_none()
        );
        assert!(profile_of_chunks(&[(*b"gAMA", vec![0; 4])], 3).is_none());
    }
}
