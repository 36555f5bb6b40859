//! Generated photos.
#![allow(dead_code, reason = "each test uses its own part of this file")]

use std::path::Path;

use redawn::{
    imaging::{self, Depth, Format, Metadata, Photo},
    pixels::{Planes, Raster, Rect, Size},
};

/// A photo with these pixels, not rounded.
pub fn photo_of(pixels: Planes) -> Photo {
    photo_with(&pixels, None, Depth::Float)
}

/// A photo with these pixels.
pub fn photo_with(pixels: &Planes, alpha: Option<&Planes>, depth: Depth) -> Photo {
    Photo { pixels: Raster::from_planes(pixels, alpha, depth), format: Format::Png, metadata: Metadata::default() }
}

/// Random 8-bit values, stored as floating point so that results are not rounded.
pub fn random_photo(size: Size, channels: usize, seed: u64) -> Photo {
    let mut random = Random(seed);
    let values = (0..channels * size.area()).map(|_| (random.uniform() * 255.0).round() / 255.0);
    photo_of(Planes::new(channels, size, values.collect()))
}

/// A crop of a clean photo of `assets/`, and the same with Gaussian noise of `sigma` (0–255 scale), clipped and rounded
/// to 8 bits like a file.
pub fn clean_and_noisy(sigma: f32) -> (Photo, Photo) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/sample-clean.png");
    let photo = imaging::open(&path).expect("the sample").photo;
    let rect = Rect::new(photo.size().width / 2 - 96, photo.size().height / 2 - 96, 192, 192);
    let clean = photo.pixels.colours_in(rect);
    let mut noisy = clean.clone();
    let mut random = Random(11);
    for value in noisy.data_mut() {
        let noise = random.normal() * sigma / 255.0;
        *value = ((*value + noise).clamp(0.0, 1.0) * 255.0).round() / 255.0;
    }
    (photo_of(clean), photo_of(noisy))
}

/// SplitMix64 (Steele, Lea, Flood, OOPSLA 2014).
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// 0 to 1.
    pub fn uniform(&mut self) -> f32 {
        (self.next() >> 40) as f32 / (1u64 << 24) as f32
    }

    /// Mean 0, variance 1 (Box and Muller).
    pub fn normal(&mut self) -> f32 {
        let radius = (-2.0 * (1.0 - self.uniform()).ln()).sqrt();
        radius * (std::f32::consts::TAU * self.uniform()).cos()
    }
}
