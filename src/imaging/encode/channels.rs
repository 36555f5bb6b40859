//! The channels of a picture file.

use image::ExtendedColorType;

use crate::imaging::{Format, Head};

/// The channels that are written, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channels {
    Grey,
    GreyAlpha,
    Rgb,
    RgbAlpha,
}

impl Channels {
    /// The channels of a picture that `format` supports.
    pub fn new(head: &Head, format: Format, lossy: bool) -> Self {
        let alpha = head.has_alpha() && format != Format::Jpeg;
        let grey = head.is_grey()
            && match format {
                Format::Jpeg | Format::Png | Format::Tiff | Format::JpegXl | Format::Avif => true,
                Format::Bmp => !alpha,
                Format::WebP => !lossy,
            };
        match (grey, alpha) {
            (true, false) => Channels::Grey,
            (true, true) => Channels::GreyAlpha,
            (false, false) => Channels::Rgb,
            (false, true) => Channels::RgbAlpha,
        }
    }

    /// 1 or 3.
    pub const fn colours(self) -> usize {
        match self {
            Channels::Grey | Channels::GreyAlpha => 1,
            Channels::Rgb | Channels::RgbAlpha => 3,
        }
    }

    /// Whether the last channel is alpha.
    pub const fn has_alpha(self) -> bool {
        matches!(self, Channels::GreyAlpha | Channels::RgbAlpha)
    }

    /// Channels, alpha included.
    pub const fn count(self) -> usize {
        self.colours() + self.has_alpha() as usize
    }

    /// `image`'s name for them at 8 bits.
    pub const fn eight_bit_color(self) -> ExtendedColorType {
        match self {
            Channels::Grey => ExtendedColorType::L8,
            Channels::GreyAlpha => ExtendedColorType::La8,
            Channels::Rgb => ExtendedColorType::Rgb8,
            Channels::RgbAlpha => ExtendedColorType::Rgba8,
        }
    }
}
