//! Size of the result: a factor, or the length of its longer side.

use serde::{Deserialize, Serialize};

use crate::pixels::Size;

/// How large the result is. It is never smaller than the photo, and at most [`MOST`](Self::MOST) times as wide and high.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "StoredScale")]
pub enum Scale {
    /// Factor for width and height in percent, 100–400.
    Percent(u16),
    /// Length of the longer side, in px.
    LongSide(u32),
}

impl Scale {
    /// Same size.
    pub const X1: Self = Scale::Percent(100);
    /// Twice as wide and high.
    pub const X2: Self = Scale::Percent(200);
    /// Three times as wide and high.
    pub const X3: Self = Scale::Percent(300);
    /// Four times as wide and high.
    pub const X4: Self = Scale::Percent(400);
    /// The whole factors, smallest first.
    pub const WHOLE: [Self; 4] = [Self::X1, Self::X2, Self::X3, Self::X4];
    /// The largest factor.
    pub const MOST: usize = 4;

    /// A factor, rounded to a hundredth; none outside 1–4.
    pub fn from_factor(factor: f64) -> Option<Self> {
        (1.0..=Self::MOST as f64).contains(&factor).then(|| Scale::Percent((100.0 * factor).round() as u16))
    }

    /// With a factor or length within its range.
    pub fn clamped(self) -> Self {
        match self {
            Scale::Percent(percent) => Scale::Percent(percent.clamp(100, 100 * Self::MOST as u16)),
            Scale::LongSide(length) => Scale::LongSide(length.max(1)),
        }
    }

    /// Size of the result, in px.
    pub fn size_of(self, photo: Size) -> Size {
        let long = photo.width.max(photo.height).max(1);
        let (part, whole) = match self {
            Scale::Percent(percent) => (usize::from(percent), 100),
            Scale::LongSide(length) => ((length as usize).clamp(long, Self::MOST * long), long),
        };
        let side = |side: usize| (2 * side * part + whole) / (2 * whole);
        Size::new(side(photo.width), side(photo.height))
    }

    /// Whether the result is larger than the photo.
    pub fn enlarges(self, photo: Size) -> bool {
        self.size_of(photo) != photo
    }

    /// The whole factor, 1–4, at which a network enlarges before the picture is reduced to the result's size.
    pub fn network_factor(self, photo: Size) -> usize {
        let size = self.size_of(photo);
        let factor = |size: usize, photo: usize| size.div_ceil(photo.max(1));
        factor(size.width, photo.width).max(factor(size.height, photo.height)).clamp(1, Self::MOST)
    }

    /// How many times as wide and high the result is, 1–4.
    pub fn factor_for(self, photo: Size) -> f64 {
        let long = |size: Size| size.width.max(size.height);
        long(self.size_of(photo)) as f64 / long(photo).max(1) as f64
    }
}

impl Default for Scale {
    fn default() -> Self {
        Self::X1
    }
}

/// [`Scale`] in stored settings. Earlier versions had whole factors only.
#[derive(Deserialize)]
enum StoredScale {
    X1,
    X2,
    X3,
    X4,
    Percent(u16),
    LongSide(u32),
}

impl From<StoredScale> for Scale {
    fn from(stored: StoredScale) -> Self {
        match stored {
            StoredScale::X1 => Self::X1,
            StoredScale::X2 => Self::X2,
            StoredScale::X3 => Self::X3,
            StoredScale::X4 => Self::X4,
            StoredScale::Percent(percent) => Scale::Percent(percent),
            StoredScale::LongSide(length) => Scale::LongSide(length),
        }
        .clamped()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_rounded_and_within_one_to_four_times() {
        let photo = Size::new(601, 300);
        for (scale, size) in [
            (Scale::X1, Size::new(601, 300)),
            (Scale::X3, Size::new(1803, 900)),
            (Scale::Percent(250), Size::new(1503, 750)),
            (Scale::LongSide(1000), Size::new(1000, 499)),
            (Scale::LongSide(10), photo),
            (Scale::LongSide(1_000_000), Size::new(2404, 1200)),
        ] {
            assert_eq!(scale.size_of(photo), size, "{scale:?}");
            assert_eq!(scale.enlarges(photo), size != photo);
            let network = photo.times(scale.network_factor(photo));
            assert!(network.width >= size.width && network.height >= size.height, "{scale:?}");
        }
        assert_eq!([Scale::X1, Scale::X3, Scale::Percent(201)].map(|scale| scale.network_factor(photo)), [1, 3, 3]);
        assert_eq!(Scale::LongSide(1202).factor_for(photo), 2.0);
        assert_eq!(Scale::LongSide(9).size_of(Size::new(0, 0)), Size::new(0, 0));
    }

    #[test]
    fn earlier_settings_are_read_and_values_clamped() {
        let read = |text: &str| serde_json::from_str::<Scale>(text).unwrap();
        assert_eq!((read("\"X2\""), read("{\"Percent\":900}")), (Scale::X2, Scale::X4));
        for scale in [Scale::Percent(150), Scale::LongSide(4000)] {
            assert_eq!(read(&serde_json::to_string(&scale).unwrap()), scale);
        }
        assert_eq!((Scale::from_factor(2.499), Scale::from_factor(0.99)), (Some(Scale::Percent(250)), None));
    }
}
