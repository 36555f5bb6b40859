//! Planar f32 pixels, the format of the networks.

use super::{Rect, Size};

/// Planar pixels, `channels × height × width`, row by row. Encoded values (as in the file, not linear light), 0–1 for
/// pictures.
#[derive(Debug, Clone, PartialEq)]
pub struct Planes {
    channels: usize,
    size: Size,
    data: Vec<f32>,
}

impl Planes {
    /// Weights of R, G and B in the luminance (BT.601).
    pub const LUMA: [f32; 3] = [0.299, 0.587, 0.114];

    /// Wraps `data`, which must hold `channels * size.area()` values.
    ///
    /// # Panics
    /// If it does not.
    pub fn new(channels: usize, size: Size, data: Vec<f32>) -> Self {
        assert_eq!(data.len(), channels * size.area(), "{channels} planes of {size:?}");
        Self { channels, size, data }
    }

    /// Planes that hold `value` everywhere.
    pub fn filled(channels: usize, size: Size, value: f32) -> Self {
        Self { channels, size, data: vec![value; channels * size.area()] }
    }

    /// Number of planes.
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// Width and height in px.
    pub fn size(&self) -> Size {
        self.size
    }

    /// Columns in px.
    pub fn width(&self) -> usize {
        self.size.width
    }

    /// Rows in px.
    pub fn height(&self) -> usize {
        self.size.height
    }

    /// All values, plane by plane.
    pub fn data(&self) -> &[f32] {
        &self.data
    }

    /// All values, plane by plane.
    pub fn data_mut(&mut self) -> &mut [f32] {
        &mut self.data
    }

    /// The values.
    pub fn into_data(self) -> Vec<f32> {
        self.data
    }

    /// One plane, row by row.
    pub fn plane(&self, channel: usize) -> &[f32] {
        let area = self.size.area();
        &self.data[channel * area..(channel + 1) * area]
    }

    /// One plane, row by row.
    pub fn plane_mut(&mut self, channel: usize) -> &mut [f32] {
        let area = self.size.area();
        &mut self.data[channel * area..(channel + 1) * area]
    }

    /// One row of one plane.
    pub fn row(&self, channel: usize, y: usize) -> &[f32] {
        let start = channel * self.size.area() + y * self.size.width;
        &self.data[start..start + self.size.width]
    }

    /// One row of one plane.
    pub fn row_mut(&mut self, channel: usize, y: usize) -> &mut [f32] {
        let start = channel * self.size.area() + y * self.size.width;
        &mut self.data[start..start + self.size.width]
    }

    /// Copies row `from` of `source` into row `y`, of as many planes as both have.
    pub fn copy_row(&mut self, y: usize, source: &Planes, from: usize) {
        for channel in 0..self.channels.min(source.channels) {
            self.row_mut(channel, y).copy_from_slice(source.row(channel, from));
        }
    }

    /// A copy of the part inside `rect`, which must lie inside the picture.
    pub fn crop(&self, rect: Rect) -> Planes {
        let mut data = Vec::with_capacity(self.channels * rect.size().area());
        for channel in 0..self.channels {
            for y in rect.y..rect.bottom() {
                data.extend_from_slice(&self.row(channel, y)[rect.x..rect.right()]);
            }
        }
        Planes::new(self.channels, rect.size(), data)
    }

    /// [`Self::crop`], without a copy.
    pub fn into_crop(mut self, rect: Rect) -> Planes {
        let mut end = 0;
        for channel in 0..self.channels {
            for y in rect.y..rect.bottom() {
                let start = channel * self.size.area() + y * self.size.width + rect.x;
                // `end <= start`, so no row is overwritten before it is moved.
                self.data.copy_within(start..start + rect.width, end);
                end += rect.width;
            }
        }
        self.data.truncate(end);
        Planes::new(self.channels, rect.size(), self.data)
    }

    /// The first `channels` planes, without a copy.
    pub fn into_first(mut self, channels: usize) -> Planes {
        self.data.truncate(channels * self.size.area());
        Planes::new(channels, self.size, self.data)
    }

    /// Writes the part `from` of `source` with its top left corner at (`x`, `y`).
    pub fn paste(&mut self, source: &Planes, from: Rect, x: usize, y: usize) {
        for channel in 0..self.channels {
            for row in 0..from.height {
                let values = &source.row(channel, from.y + row)[from.x..from.right()];
                self.row_mut(channel, y + row)[x..x + from.width].copy_from_slice(values);
            }
        }
    }

    /// Mean of the first `channels` planes within `rect`.
    pub fn mean(&self, channels: usize, rect: Rect) -> f32 {
        let rows = (0..channels).flat_map(|channel| (rect.y..rect.bottom()).map(move |y| (channel, y)));
        let sums = rows.map(|(channel, y)| f64::from(sum(&self.row(channel, y)[rect.x..rect.right()])));
        (sums.sum::<f64>() / (channels * rect.size().area()).max(1) as f64) as f32
    }

    /// Luminance of three planes (BT.601, full range); a single plane unchanged.
    pub fn luma(&self) -> Planes {
        if self.channels == 1 {
            return self.clone();
        }
        let ([red, green, blue], [r, g, b]) = ([self.plane(0), self.plane(1), self.plane(2)], Self::LUMA);
        let luma = |i| r * red[i] + g * green[i] + b * blue[i];
        Planes::new(1, self.size, (0..self.size.area()).map(luma).collect())
    }
}

/// Sum of a few values, of 16 at a time, so that it is vectorised.
fn sum(values: &[f32]) -> f32 {
    let (chunks, rest) = values.as_chunks::<16>();
    let mut sums = [0.0; 16];
    for chunk in chunks {
        sums.iter_mut().zip(chunk).for_each(|(sum, value)| *sum += value);
    }
    sums.iter().chain(rest).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_is_that_of_a_part_of_the_first_planes() {
        let planes = Planes::new(2, Size::new(40, 3), (0..240).map(|value| value as f32).collect());
        assert_eq!([planes.mean(2, Rect::new(0, 0, 40, 3)), planes.mean(1, Rect::new(0, 0, 40, 3))], [119.5, 59.5]);
        assert_eq!(planes.mean(1, Rect::new(2, 1, 20, 2)), 71.5);
    }
}
