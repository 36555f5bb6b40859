//! Conversion of CIE L*a*b* (TIFF 6.0, section 23) to sRGB.

/// Encoding of a* and b*.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lab {
    /// Signed (CIE).
    Signed,
    /// With an offset (ICC).
    Unsigned,
}

/// White point D50 (ISO 3664), as in ICC profiles.
const WHITE: [f32; 3] = [0.9642, 1.0, 0.8249];
/// XYZ (D50) to linear sRGB (IEC 61966-2-1, Bradford adaptation).
const XYZ_TO_RGB: [[f32; 3]; 3] =
    [[3.134_136, -1.617_386, -0.490_662], [-0.978_796, 1.916_254, 0.033_443], [0.071_955, -0.228_977, 1.405_386]];

impl Lab {
    /// Converts samples of 8 or 16 bits to RGB, 0 to 1.
    pub fn colours(self, samples: [u32; 3], bits: u32) -> [f32; 3] {
        let [lightness, a, b] = samples;
        let axis = |sample: u32| match (self, bits) {
            (Lab::Signed, 8) => f32::from((sample as u8).cast_signed()),
            (Lab::Signed, _) => f32::from((sample as u16).cast_signed()) / 256.0,
            (Lab::Unsigned, 8) => sample as f32 - 128.0,
            (Lab::Unsigned, _) => sample as f32 / 256.0 - 128.0,
        };
        // In ICC's 16-bit encoding L* 100 is 0xFF00.
        let top = match (self, bits) {
            (_, 8) => 255.0,
            (Lab::Signed, _) => 65_535.0,
            (Lab::Unsigned, _) => 65_280.0,
        };
        colours(lightness as f32 * 100.0 / top, axis(a), axis(b))
    }
}

/// Converts through XYZ.
fn colours(lightness: f32, a: f32, b: f32) -> [f32; 3] {
    let y = (lightness + 16.0) / 116.0;
    let mut xyz = [y + a / 500.0, y, y - b / 200.0];
    for (value, white) in xyz.iter_mut().zip(WHITE) {
        let root = *value;
        *value = white * if root > 6.0 / 29.0 { root.powi(3) } else { (root - 4.0 / 29.0) * 108.0 / 841.0 };
    }
    XYZ_TO_RGB.map(|row| {
        let light = row.iter().zip(xyz).map(|(part, value)| part * value).sum::<f32>().clamp(0.0, 1.0);
        if light <= 0.003_130_8 { light * 12.92 } else { 1.055 * light.powf(1.0 / 2.4) - 0.055 }
    })
}
