//! Colours of a lossy JPEG XL, which are stored as XYB whatever the colour space of the picture.
//!
//! jxl-oxide maps all colours into sRGB before it converts them to a wider space, and darkens pictures made for more
//! than 255 nits. The reference decoder does neither.

use std::{error::Error, sync::Arc};

use jxl_oxide::{
    ColorManagementSystem, EnumColourEncoding, PreparedTransform, RenderingIntent,
    color::{ColourSpace, Primaries, TransferFunction, WhitePoint},
};
use moxcms::{ColorProfile, Matrix3d, ToneCurveEvaluator, ToneReprCurve, Xyz, adaption_matrix_d};

type BoxedError = Box<dyn Error + Send + Sync>;
type Curve = Box<dyn ToneCurveEvaluator + Send + Sync>;

/// A conversion from linear light with sRGB's primaries, without clipping to sRGB's gamut.
#[derive(Clone)]
pub struct FromLinearSrgb(Arc<Conversion>);

struct Conversion {
    /// From linear sRGB to the linear values of the target.
    matrix: [[f32; 3]; 3],
    grey: bool,
    encode: Encode,
}

/// Transfer from linear values to stored ones.
enum Encode {
    Known(TransferFunction),
    /// Perceptual quantization (SMPTE ST 2084), with the luminance of 1 in nits.
    Pq(f32),
    /// Hybrid log-gamma (ITU-R BT.2100), with the exponent of the inverse OOTF, and the luminance weights of red, green
    /// and blue.
    Hlg(f32, [f32; 3]),
    Curves([Curve; 3]),
}

impl FromLinearSrgb {
    /// A profile that only declares RGB, so that jxl-oxide converts nothing.
    pub fn request() -> [u8; 128] {
        let mut header = [0; 128];
        header[3] = 128;
        header[16..20].copy_from_slice(b"RGB ");
        header
    }

    /// To an enumerated colour space of JPEG XL; none if it is not supported. `nits`: luminance of 1.
    pub fn to_named(encoding: &EnumColourEncoding, nits: f32) -> Option<Self> {
        let grey = encoding.colour_space == ColourSpace::Grey;
        let srgb = xyz_from_rgb(Primaries::Srgb, WhitePoint::D65);
        let target = xyz_from_rgb(encoding.primaries, encoding.white_point);
        let encode = match encoding.tf {
            TransferFunction::Unknown => return None,
            TransferFunction::Pq => Encode::Pq(nits),
            TransferFunction::Hlg => {
                let gamma = 1.2 * 1.111_f32.powf((nits / 1000.0).log2());
                Encode::Hlg((1.0 - gamma) / gamma, target.v[1].map(|share| share as f32))
            }
            known => Encode::Known(known),
        };
        let adapted = adaption_matrix_d(white(WhitePoint::D65), white(encoding.white_point)).mat_mul(srgb);
        let matrix = match grey {
            true => Matrix3d { v: [srgb.v[1]; 3] },
            false => target.inverse().mat_mul(adapted),
        };
        Some(Self(Arc::new(Conversion { matrix: finite(matrix)?, grey, encode })))
    }

    /// To the space of a profile.
    ///
    /// None unless the profile consists of three primaries and their curves.
    pub fn to_profile(profile: &[u8]) -> Option<Self> {
        let profile = ColorProfile::new_from_slice(profile).ok()?;
        let matrix = profile.is_matrix_shaper().then(|| ColorProfile::new_srgb().transform_matrix(&profile))?;
        let curve = |curve: &Option<ToneReprCurve>| curve.as_ref()?.make_gamma_evaluator().ok();
        let curves = [curve(&profile.red_trc)?, curve(&profile.green_trc)?, curve(&profile.blue_trc)?];
        Some(Self(Arc::new(Conversion { matrix: finite(matrix)?, grey: false, encode: Encode::Curves(curves) })))
    }
}

/// From linear red, green and blue to CIE XYZ.
fn xyz_from_rgb(primaries: Primaries, white_point: WhitePoint) -> Matrix3d {
    let xy = match primaries {
        // Those of sRGB as rounded in its ICC profile, from which XYB is defined.
        Primaries::Srgb => [[0.639_998_7, 0.330_010_14], [0.300_003_8, 0.600_003_36], [0.150_002_05, 0.059_997_204]],
        Primaries::Bt2100 => [[0.708, 0.292], [0.170, 0.797], [0.131, 0.046]],
        Primaries::P3 => [[0.680, 0.320], [0.265, 0.690], [0.150, 0.060]],
        Primaries::Custom { red, green, blue } => [red, green, blue].map(|xy| xy.as_float()),
    };
    let [red, green, blue] = xy.map(|xy| xyz(xy).map(f64::from));
    let columns = Matrix3d { v: [red, green, blue] }.transpose();
    let Xyz { x, y, z } = white(white_point);
    let light = columns.inverse().v.map(|row| row[0] * f64::from(x) + row[1] * f64::from(y) + row[2] * f64::from(z));
    Matrix3d { v: columns.v.map(|row| [row[0] * light[0], row[1] * light[1], row[2] * light[2]]) }
}

fn white(white_point: WhitePoint) -> Xyz {
    let [x, y, z] = xyz(match white_point {
        WhitePoint::D65 => [0.3127, 0.3290],
        WhitePoint::E => [1.0 / 3.0; 2],
        WhitePoint::Dci => [0.314, 0.351],
        WhitePoint::Custom(xy) => xy.as_float(),
    });
    Xyz { x, y, z }
}

/// A chromaticity's CIE XYZ for a luminance of 1.
fn xyz([x, y]: [f32; 2]) -> [f32; 3] {
    [x / y, 1.0, (1.0 - x - y) / y]
}

fn finite(matrix: Matrix3d) -> Option<[[f32; 3]; 3]> {
    let matrix = matrix.v.map(|row| row.map(|value| value as f32));
    matrix.as_flattened().iter().all(|value| value.is_finite()).then_some(matrix)
}

impl ColorManagementSystem for FromLinearSrgb {
    fn prepare_transform(
        &self,
        _from: &[u8],
        _to: &[u8],
        _intent: RenderingIntent,
    ) -> Result<Box<dyn PreparedTransform>, BoxedError> {
        Ok(Box::new(self.clone()))
    }
}

impl PreparedTransform for FromLinearSrgb {
    fn num_input_channels(&self) -> usize {
        3
    }

    fn num_output_channels(&self) -> usize {
        if self.0.grey { 1 } else { 3 }
    }

    fn transform(&self, channels: &mut [&mut [f32]]) -> Result<(), BoxedError> {
        let [red, green, blue, ..] = channels else { return Err("it has fewer than three channels".into()) };
        for ((red, green), blue) in red.iter_mut().zip(green.iter_mut()).zip(blue.iter_mut()) {
            let stored = [*red, *green, *blue];
            let linear = self.0.matrix.map(|row| {
                let value: f32 = row.iter().zip(stored).map(|(share, value)| share * value).sum();
                value.max(0.0)
            });
            [*red, *green, *blue] = self.0.encode.of(linear);
        }
        Ok(())
    }
}

impl Encode {
    fn of(&self, linear: [f32; 3]) -> [f32; 3] {
        match self {
            Encode::Known(function) => linear.map(|value| encoded(value, *function)),
            Encode::Pq(nits) => linear.map(|value| pq(value * nits / 10_000.0)),
            Encode::Hlg(exponent, shares) => {
                let light: f32 = linear.iter().zip(shares).map(|(value, share)| value * share).sum();
                let scale = if light > 0.0 { light.powf(*exponent) } else { 0.0 };
                linear.map(|value| hlg(value * scale))
            }
            Encode::Curves([red, green, blue]) => {
                let value = |curve: &Curve, value: f32| curve.evaluate_value(value.min(1.0));
                [value(red, linear[0]), value(green, linear[1]), value(blue, linear[2])]
            }
        }
    }
}

/// The value that is stored for a light of 0 and more (ISO/IEC 18181-1, transfer functions).
fn encoded(light: f32, function: TransferFunction) -> f32 {
    match function {
        TransferFunction::Srgb if light <= 0.003_130_8 => light * 12.92,
        TransferFunction::Srgb => 1.055 * light.powf(1.0 / 2.4) - 0.055,
        TransferFunction::Bt709 if light < 0.018 => light * 4.5,
        TransferFunction::Bt709 => 1.099 * light.powf(0.45) - 0.099,
        TransferFunction::Dci => light.powf(1.0 / 2.6),
        TransferFunction::Gamma { g, inverted: true } => light.powf(g as f32 / 1e7),
        TransferFunction::Gamma { g, inverted: false } => light.powf(1e7 / g as f32),
        TransferFunction::Linear | TransferFunction::Unknown | TransferFunction::Pq | TransferFunction::Hlg => light,
    }
}

/// SMPTE ST 2084 of a light as a share of 10,000 nits.
fn pq(light: f32) -> f32 {
    let power = light.powf(2610.0 / 16_384.0);
    ((0.835_937_5 + 18.851_563 * power) / (1.0 + 18.6875 * power)).powf(78.843_75)
}

/// BT.2100's HLG of a scene's light.
fn hlg(light: f32) -> f32 {
    match light <= 1.0 / 12.0 {
        true => (3.0 * light).sqrt(),
        false => 0.178_832_77 * (12.0 * light - 0.284_668_92).ln() + 0.559_910_7,
    }
}
