//! Pictures to the clipboard. Slow for large ones: on a thread of its own.

use crate::{imaging::ScreenColours, restore::Rendition};

/// A picture as the clipboard takes it: red, green, blue and alpha in sRGB, 8 bits each, row by row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// In px.
    pub width: usize,
    /// In px.
    pub height: usize,
    /// Not multiplied by alpha.
    pub rgba: Vec<u8>,
}

impl Picture {
    /// A photo or a result as it looks on the screen.
    pub fn of(print: &Rendition) -> Self {
        let size = print.size();
        let mut texels = Vec::with_capacity(size.area());
        let mut rows = print.rows();
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
        if let Some(colours) = ScreenColours::of(print.base()) {
            colours.convert(&mut texels);
        }
        Self { width: size.width, height: size.height, rgba: texels.into_flattened() }
    }

    /// Puts it on the system's clipboard.
    ///
    /// # Errors
    /// When there is no clipboard, or it takes no picture.
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
    fn every_kind_of_photo_becomes_red_green_blue_and_alpha() {
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
