//! Colour conversion, row by row.

use pulp::Arch;

use super::{headers::ColourModel, plane::Plane, upsampling::Upsampler};

/// Upsamples and converts the rows of a picture.
pub struct ColourRows<'a> {
    planes: Vec<Upsampler<'a>>,
    /// A row of each plane.
    rows: Vec<Vec<u8>>,
    colours: ColourModel,
}

impl<'a> ColourRows<'a> {
    /// `max_factors`: the largest sampling factors.
    pub fn new(planes: &'a [Plane], width: usize, max_factors: (usize, usize), colours: ColourModel) -> Self {
        let rows = vec![vec![0; width]; planes.len()];
        Self { planes: planes.iter().map(|plane| Upsampler::new(plane, max_factors)).collect(), rows, colours }
    }

    /// Writes a row: grey, RGB, or CMYK as stored.
    pub fn write(&mut self, y: usize, pixels: &mut [u8]) {
        Arch::new().dispatch(|| self.write_with(y, pixels));
    }

    /// Compiled for each instruction set by [`Arch::dispatch`].
    #[inline(always)]
    fn write_with(&mut self, y: usize, pixels: &mut [u8]) {
        for (plane, row) in self.planes.iter_mut().zip(&mut self.rows) {
            plane.row(y, row);
        }
        match (self.colours, self.rows.as_slice()) {
            (ColourModel::Grey, [grey, ..]) => pixels.copy_from_slice(grey),
            (ColourModel::Ycc, [y, cb, cr, ..]) => {
                let (pixels, _) = pixels.as_chunks_mut::<3>();
                for (((pixel, y), cb), cr) in pixels.iter_mut().zip(y).zip(cb).zip(cr) {
                    *pixel = rgb_of_ycc([*y, *cb, *cr]);
                }
            }
            (ColourModel::Ycck, [y, cb, cr, black]) => {
                let (pixels, _) = pixels.as_chunks_mut::<4>();
                for ((((pixel, y), cb), cr), black) in pixels.iter_mut().zip(y).zip(cb).zip(cr).zip(black) {
                    let [red, green, blue] = rgb_of_ycc([*y, *cb, *cr]);
                    *pixel = [255 - red, 255 - green, 255 - blue, *black];
                }
            }
            (_, rows) => {
                for (at, row) in rows.iter().enumerate() {
                    pixels.iter_mut().skip(at).step_by(rows.len()).zip(row).for_each(|(place, value)| *place = *value);
                }
            }
        }
    }
}

/// YCbCr to RGB (ITU-T T.871), rounded like libjpeg.
#[inline(always)]
fn rgb_of_ycc([y, cb, cr]: [u8; 3]) -> [u8; 3] {
    const fn fixed(value: f64) -> i32 {
        (value * 65_536.0 + 0.5) as i32
    }
    const HALF: i32 = 1 << 15;
    let (y, cb, cr) = (i32::from(y), i32::from(cb) - 128, i32::from(cr) - 128);
    let red = y + ((fixed(1.402) * cr + HALF) >> 16);
    let green = y + ((-fixed(0.344_14) * cb - fixed(0.714_14) * cr + HALF) >> 16);
    let blue = y + ((fixed(1.772) * cb + HALF) >> 16);
    [red, green, blue].map(|value| value.clamp(0, 255) as u8)
}
