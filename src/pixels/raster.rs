//! Interleaved pixels in the depth of a file.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::{Planes, Rect, Size, each_row};

/// Depth of a sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Depth {
    /// 0–255.
    Eight,
    /// 0–65,535.
    Sixteen,
    /// Floating point: 0 (black) to 1 (white), and values beyond.
    Float,
}

impl Depth {
    /// Bytes per value.
    pub const fn bytes(self) -> usize {
        match self {
            Depth::Eight => 1,
            Depth::Sixteen => 2,
            Depth::Float => 4,
        }
    }
}

/// Samples in one of the depths.
#[derive(Debug, Clone, PartialEq)]
pub enum Samples {
    /// 0–255.
    Eight(Vec<u8>),
    /// 0–65,535.
    Sixteen(Vec<u16>),
    /// 0–1, and values beyond.
    Float(Vec<f32>),
}

/// Evaluates an expression for the data of any depth.
macro_rules! each {
    ($samples:expr, $data:ident => $body:expr) => {
        match $samples {
            Samples::Eight($data) => $body,
            Samples::Sixteen($data) => $body,
            Samples::Float($data) => $body,
        }
    };
}

impl Samples {
    fn blank(depth: Depth, count: usize) -> Self {
        match depth {
            Depth::Eight => Samples::Eight(vec![0; count]),
            Depth::Sixteen => Samples::Sixteen(vec![0; count]),
            Depth::Float => Samples::Float(vec![0.0; count]),
        }
    }

    fn len(&self) -> usize {
        each!(self, data => data.len())
    }
}

/// Conversion between a sample and 0 (black) to 1 (white).
trait Sample: Copy + Send + Sync {
    fn to_unit(self) -> f32;
    fn from_unit(unit: f32) -> Self;
}

/// `value / 255`; a lookup is faster than the division.
const UNITS: [f32; 256] = {
    let mut units = [0.0; 256];
    let mut value = 0;
    while value < 256 {
        units[value] = value as f32 / 255.0;
        value += 1;
    }
    units
};

impl Sample for u8 {
    fn to_unit(self) -> f32 {
        UNITS[usize::from(self)]
    }
    // The cast clamps to the range, and NaN becomes 0.
    fn from_unit(unit: f32) -> Self {
        (unit * 255.0 + 0.5) as u8
    }
}

impl Sample for u16 {
    fn to_unit(self) -> f32 {
        f32::from(self) / 65_535.0
    }
    fn from_unit(unit: f32) -> Self {
        (unit * 65_535.0 + 0.5) as u16
    }
}

impl Sample for f32 {
    fn to_unit(self) -> f32 {
        self
    }
    fn from_unit(unit: f32) -> Self {
        unit
    }
}

/// An interleaved picture, row by row: 1 channel (grey), 2 (grey, alpha), 3 (red, green, blue) or 4 (with alpha).
/// Encoded values (not linear light); alpha is 0 (transparent) to 1, not premultiplied.
#[derive(Debug, Clone, PartialEq)]
pub struct Raster {
    channels: usize,
    size: Size,
    samples: Samples,
}

impl Raster {
    /// Wraps `samples`, which must be `channels * size.area()` values.
    ///
    /// # Panics
    /// If the number of values is wrong, or `channels` is not 1 to 4.
    pub fn new(channels: usize, size: Size, samples: Samples) -> Self {
        assert!((1..=4).contains(&channels), "{channels} channels");
        assert_eq!(samples.len(), channels * size.area(), "{channels} channels of {size:?}");
        Self { channels, size, samples }
    }

    /// All zero.
    pub fn blank(channels: usize, size: Size, depth: Depth) -> Self {
        Self::new(channels, size, Samples::blank(depth, channels * size.area()))
    }

    /// Rounds planes to `depth`: one or three of colour, and optionally one of alpha, all of the same size.
    pub fn from_planes(colours: &Planes, alpha: Option<&Planes>, depth: Depth) -> Self {
        let colour_channels = colours.channels();
        let mut raster = Self::blank(colour_channels + usize::from(alpha.is_some()), colours.size(), depth);
        raster.put(0, colours, 0, 0);
        if let Some(alpha) = alpha {
            raster.put(colour_channels, alpha, 0, 0);
        }
        raster
    }

    /// Number of channels, alpha included.
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// 1 (grey) or 3.
    pub fn colour_channels(&self) -> usize {
        self.channels - usize::from(self.has_alpha())
    }

    /// Whether the last channel is alpha.
    pub fn has_alpha(&self) -> bool {
        self.channels.is_multiple_of(2)
    }

    /// Width and height in px.
    pub fn size(&self) -> Size {
        self.size
    }

    /// Depth of the samples.
    pub fn depth(&self) -> Depth {
        match &self.samples {
            Samples::Eight(_) => Depth::Eight,
            Samples::Sixteen(_) => Depth::Sixteen,
            Samples::Float(_) => Depth::Float,
        }
    }

    /// All values.
    pub fn samples(&self) -> &Samples {
        &self.samples
    }

    /// One sample, as 0 (black) to 1 (white).
    pub fn value(&self, channel: usize, x: usize, y: usize) -> f32 {
        let at = (y * self.size.width + x) * self.channels + channel;
        each!(&self.samples, data => data[at].to_unit())
    }

    /// The colours inside `rect`, which must lie inside the picture: 1 or 3 planes.
    pub fn colours_in(&self, rect: Rect) -> Planes {
        self.planes_in(0..self.colour_channels(), rect)
    }

    /// The alpha inside `rect`, which must lie inside the picture: 1 plane.
    pub fn alpha_in(&self, rect: Rect) -> Option<Planes> {
        self.has_alpha().then(|| self.planes_in(self.channels - 1..self.channels, rect))
    }

    fn planes_in(&self, channels: Range<usize>, rect: Rect) -> Planes {
        let mut planes = Planes::filled(channels.len(), rect.size(), 0.0);
        each_row(planes.data_mut(), rect.width, |index, row| {
            let (channel, y) = (channels.start + index / rect.height, rect.y + index % rect.height);
            let start = (y * self.size.width + rect.x) * self.channels;
            let range = start..start + rect.width * self.channels;
            each!(&self.samples, data => {
                let pixels = data[range].chunks_exact(self.channels);
                row.iter_mut().zip(pixels).for_each(|(value, pixel)| *value = pixel[channel].to_unit());
            });
        });
        planes
    }

    /// Means of the channels over each pair of `columns` and `rows` (none empty), one px per pair. Only every `step`th
    /// column and row is sampled.
    pub fn means(
        &self,
        channels: Range<usize>,
        columns: &[Range<usize>],
        rows: &[Range<usize>],
        step: usize,
    ) -> Planes {
        let size = Size::new(columns.len(), rows.len());
        let mut means = Planes::filled(channels.len(), size, 0.0);
        each_row(means.data_mut(), size.width, |index, line| {
            let (channel, down) = (channels.start + index / size.height, rows[index % size.height].clone());
            let height = down.len().div_ceil(step);
            for y in down.step_by(step) {
                let start = y * self.size.width * self.channels + channel;
                each!(&self.samples, data => {
                    for (sum, across) in line.iter_mut().zip(columns) {
                        for x in across.clone().step_by(step) {
                            *sum += data[start + x * self.channels].to_unit();
                        }
                    }
                });
            }
            for (sum, across) in line.iter_mut().zip(columns) {
                *sum /= (height * across.len().div_ceil(step)) as f32;
            }
        });
        means
    }

    /// Writes planes into the channels from `first` on, their top left corner at (`x`, `y`). Integer depths are rounded
    /// and clamped to 0–1.
    pub fn put(&mut self, first: usize, planes: &Planes, x: usize, y: usize) {
        let channels = self.channels;
        let across = x * channels..(x + planes.width()) * channels;
        each!(&mut self.samples, data => {
            let width = self.size.width * channels;
            each_row(&mut data[y * width..(y + planes.height()) * width], width, |row, line| {
                for plane in 0..planes.channels() {
                    let pixels = line[across.clone()].chunks_exact_mut(channels);
                    let values = planes.row(plane, row);
                    pixels.zip(values).for_each(|(pixel, value)| pixel[first + plane] = Sample::from_unit(*value));
                }
            });
        });
    }

    /// Writes another raster of the same channels with its top left corner at (`x`, `y`).
    pub fn paste(&mut self, part: &Raster, x: usize, y: usize) {
        self.put(0, &part.planes_in(0..part.channels, part.size.rect()), x, y);
    }

    /// A copy of the rows `from..to`.
    pub fn rows(&self, from: usize, to: usize) -> Raster {
        let range = from * self.size.width * self.channels..to * self.size.width * self.channels;
        let samples = match &self.samples {
            Samples::Eight(data) => Samples::Eight(data[range].to_vec()),
            Samples::Sixteen(data) => Samples::Sixteen(data[range].to_vec()),
            Samples::Float(data) => Samples::Float(data[range].to_vec()),
        };
        Raster::new(self.channels, Size::new(self.size.width, to - from), samples)
    }

    /// A copy of the part inside `rect`, which must lie inside the picture.
    pub fn crop(&self, rect: Rect) -> Raster {
        let mut part = Raster::blank(self.channels, rect.size(), self.depth());
        part.put(0, &self.planes_in(0..self.channels, rect), 0, 0);
        part
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_of_every_depth_survives_the_conversion_to_planes() {
        let bytes: Vec<u8> = (0..=255).collect();
        let words: Vec<u16> = (0..=65_535).collect();
        let floats: Vec<f32> = vec![-1.5, 0.0, 0.1, 1.0, 7.25, f32::MAX, f32::MIN_POSITIVE, 0.3];
        for (samples, size) in [
            (Samples::Eight(bytes), Size::new(4, 16)),
            (Samples::Sixteen(words), Size::new(128, 128)),
            (Samples::Float(floats), Size::new(2, 1)),
        ] {
            let raster = Raster::new(4, size, samples);
            let (colours, alpha) = (raster.colours_in(size.rect()), raster.alpha_in(size.rect()));
            assert_eq!(Raster::from_planes(&colours, alpha.as_ref(), raster.depth()), raster);
            assert_eq!(raster.crop(size.rect()), raster);
            assert_eq!(raster.value(2, 1, 0), colours.row(2, 0)[1]);
        }
    }

    #[test]
    fn values_beyond_black_and_white_are_clamped_in_integer_depths() {
        let planes = Planes::new(1, Size::new(3, 1), vec![-0.5, 2.0, f32::NAN]);
        assert_eq!(Raster::from_planes(&planes, None, Depth::Eight).samples(), &Samples::Eight(vec![0, 255, 0]));
        assert_eq!(Raster::from_planes(&planes, None, Depth::Sixteen).samples(), &Samples::Sixteen(vec![0, 65_535, 0]));
        let Samples::Float(kept) = Raster::from_planes(&planes, None, Depth::Float).samples().clone() else { panic!() };
        assert_eq!(kept[..2], [-0.5, 2.0]);
    }

    #[test]
    fn parts_are_written_at_their_position() {
        let size = Size::new(5, 4);
        let planes = Planes::new(3, size, (0..60).map(|value| value as f32 / 255.0).collect());
        let raster = Raster::from_planes(&planes, None, Depth::Eight);
        let rect = Rect::new(1, 2, 3, 2);
        let mut blank = Raster::blank(3, size, Depth::Eight);
        blank.put(0, &raster.colours_in(rect), rect.x, rect.y);
        assert_eq!(blank.colours_in(rect), raster.colours_in(rect));
        assert_eq!(blank.value(0, 0, 2), 0.0);
        assert_eq!(raster.rows(1, 3).colours_in(Rect::new(0, 1, 5, 1)), raster.colours_in(Rect::new(0, 2, 5, 1)));
    }
}
