//! Copies pictures to the clipboard. Blocks, long for large ones.

use crate::{imaging::ScreenColours, restore::Rendition};

/// A picture for the clipboard: 8-bit RGBA in sRGB, row by row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// Width in px.
    pub width: usize,
    /// Height in px.
    pub height: usize,
    /// Samples, not premultiplied.
    pub rgba: Vec<u8>,
}

impl Picture {
    /// A photo or result, with the colours it has on screen.
    pub fn of(rendition: &Rendition) -> Self {
        let size = rendition.size();
        let mut texels = Vec::with_capacity(size.area());
        let mut rows = rendition.rows();
        while let Some(band) = rows.next() {
            let byte = |channel, x, y| (band.value(channel, x, y) * 255.0 + 0.5) as u8;
            let last = band.colour_channels() - 1;
            for y in 0..band.size().height {
                texels.extend((0..size.width).map(|x| {
                    let [red, green, blue] = [0, 1, 2].map(|channel: usize| byte(channel.min(last), x, y));
                    [red, green, blue, if band.has_alpha() { byte(band.channels() - 1, x, y) } else { 255 }]
                }));
            }
        }
        if let Some(colours) = ScreenColours::of(rendition.base()) {
            colours.convert(&mut texels);
        }
        Self { width: size.width, height: size.height, rgba: texels.into_flattened() }
    }

    /// Copies it to the system's clipboard.
    ///
    /// # Errors
    /// If there is no clipboard, or it does not accept pictures.
    pub fn copy(self) -> Result<(), arboard::Error> {
        let Self { width, height, rgba } = self;
        arboard::Clipboard::new()?.set_image(arboard::ImageData { width, height, bytes: rgba.into() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        imaging::{Format, Photo},
        pixels::{Raster, Samples, Size},
    };

    #[test]
    fn all_kinds_of_photos_become_rgba() {
        for (channels, samples, rgba) in [
            (1, vec![7], [7, 7, 7, 255]),
            (2, vec![7, 9], [7, 7, 7, 9]),
            (3, vec![1, 2, 3], [1, 2, 3, 255]),
            (4, vec![1, 2, 3, 4], [1, 2, 3, 4]),
        ] {
            let pixels = Raster::new(channels, Size::new(1, 1), Samples::Eight(samples));
            let photo = Photo { pixels, format: Format::Png, metadata: Default::default() };
            assert_eq!(
                Picture::of(&Rendition::Photo(photo.into())),
                Picture { width: 1, height: 1, rgba: rgba.to_vec() }
            );
        }
    }
}
