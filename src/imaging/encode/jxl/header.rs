//! Headers of a codestream and its only frame (ISO/IEC 18181-1, annexes D to F).

use super::bits::BitWriter;

/// Binary logarithm of a group's side, in px.
pub const GROUP_BITS: u32 = 9;
/// Side of a group, in px.
pub const GROUP: usize = 1 << GROUP_BITS;
/// Side of the areas, in px, for which there is one more section.
const LARGE_GROUP: usize = 8 * GROUP;

/// The meaning of the samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colours<'a> {
    /// sRGB, or grey with its curve.
    Srgb,
    /// Primaries and transfer characteristics of ITU-T H.273.
    Named(NamedColours),
    /// Those of an ICC profile, which follows the header.
    Profile(&'a [u8]),
}

/// Primaries and transfer characteristics that JPEG XL has numbers for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NamedColours {
    white: u32,
    primaries: u32,
    transfer: u32,
}

const D65: u32 = 1;
const DCI_WHITE: u32 = 11;
const SRGB_PRIMARIES: u32 = 1;
const SRGB_TRANSFER: u32 = 13;
const PQ: u32 = 16;
const HLG: u32 = 18;

impl NamedColours {
    /// Those of the codes of ITU-T H.273; none if JPEG XL has no number for them.
    pub fn from_codes([primaries, transfer]: [u8; 2]) -> Option<Self> {
        let (white, primaries) = match primaries {
            1 => (D65, SRGB_PRIMARIES),
            9 => (D65, 9),
            11 => (DCI_WHITE, 11),
            12 => (D65, 11),
            _ => return None,
        };
        let transfer = match transfer {
            1 | 6 | 14 | 15 => 1,
            8 | 13 | 16 | 17 | 18 => transfer.into(),
            _ => return None,
        };
        Some(Self { white, primaries, transfer })
    }

    /// The luminance of white that they are made for, in nits, as a half float; none for the usual one.
    fn luminance(self) -> Option<u32> {
        match self.transfer {
            // 10,000 and 1,000.
            PQ => Some(0x70E2),
            HLG => Some(0x63D0),
            _ => None,
        }
    }
}

/// A picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PictureHeader<'a> {
    /// Width in px.
    pub width: usize,
    /// Height in px.
    pub height: usize,
    /// Whether there is one channel of colour, not three.
    pub is_grey: bool,
    /// Whether there is alpha, which is not premultiplied.
    pub has_alpha: bool,
    /// Whether samples have 16 bits, not 8.
    pub is_deep: bool,
    /// The meaning of its samples.
    pub colours: Colours<'a>,
}

impl PictureHeader<'_> {
    /// Writes the header of the codestream, without an ICC profile.
    pub fn write(&self, bits: &mut BitWriter) {
        bits.put(16, 0x0AFF);
        // No multiples of 8, and no usual ratio.
        bits.flag(false);
        put_side(bits, self.height);
        bits.put(3, 0);
        put_side(bits, self.width);

        bits.flag(false);
        let luminance = match self.colours {
            Colours::Named(named) => named.luminance(),
            Colours::Srgb | Colours::Profile(_) => None,
        };
        bits.flag(luminance.is_some());
        if luminance.is_some() {
            // Upright; no recommended size, preview or animation.
            bits.put(6, 0);
        }
        self.put_depth(bits);
        // Whether 16 bits hold the transformed samples.
        bits.flag(!self.is_deep);
        bits.put(2, self.has_alpha.into());
        if self.has_alpha {
            self.put_alpha(bits);
        }
        // Not XYB.
        bits.flag(false);
        self.put_colours(bits);
        if let Some(luminance) = luminance {
            bits.flag(false);
            bits.put(16, luminance);
            bits.put(16, 0);
            bits.flag(false);
            bits.put(16, 0);
        }
        // No extensions, and the usual transforms.
        bits.long(0);
        bits.flag(true);
    }

    fn put_depth(&self, bits: &mut BitWriter) {
        // Integers.
        bits.flag(false);
        bits.number(if self.is_deep { 16 } else { 8 }, [(8, 0), (10, 0), (12, 0), (1, 6)]);
    }

    fn put_alpha(&self, bits: &mut BitWriter) {
        bits.flag(!self.is_deep);
        if self.is_deep {
            bits.choice(0);
            self.put_depth(bits);
            // As large as the picture, without a name, not premultiplied.
            bits.put(2 + 2 + 1, 0);
        }
    }

    fn put_colours(&self, bits: &mut BitWriter) {
        const RELATIVE: u32 = 1;
        if self.colours == Colours::Srgb && !self.is_grey {
            bits.flag(true);
            return;
        }
        bits.flag(false);
        let is_profile = matches!(self.colours, Colours::Profile(_));
        bits.flag(is_profile);
        bits.choice(self.is_grey.into());
        let named = match self.colours {
            Colours::Profile(_) => return,
            Colours::Srgb => NamedColours { white: D65, primaries: SRGB_PRIMARIES, transfer: SRGB_TRANSFER },
            Colours::Named(named) => named,
        };
        bits.choice(named.white);
        if !self.is_grey {
            bits.choice(named.primaries);
        }
        // No gamma.
        bits.flag(false);
        bits.choice(named.transfer);
        bits.choice(RELATIVE);
    }

    /// Groups across and down.
    pub fn groups(&self) -> (usize, usize) {
        (self.width.div_ceil(GROUP), self.height.div_ceil(GROUP))
    }

    /// Number of the frame's sections before those of the groups; none if all is in one.
    pub fn sections_before_groups(&self) -> usize {
        match self.groups() {
            (1, 1) => 0,
            _ => 2 + self.width.div_ceil(LARGE_GROUP) * self.height.div_ceil(LARGE_GROUP),
        }
    }

    /// The frame's header and the sizes of its sections, in bytes.
    pub fn frame(&self, sections: &[u32]) -> Vec<u8> {
        let mut bits = BitWriter::default();
        // A regular frame of channels without loss, without flags.
        bits.put(1 + 2 + 1 + 2, 0b001_000);
        bits.flag(false);
        // Nothing is upsampled.
        bits.put(2, 0);
        if self.has_alpha {
            bits.put(2, 0);
        }
        bits.put(2, GROUP_BITS - 7);
        // One pass, of the picture's size, that replaces it and its alpha.
        bits.put(2 + 1 + 2, 0);
        if self.has_alpha {
            bits.put(2, 0);
        }
        // The last frame, without a name.
        bits.flag(true);
        bits.put(2, 0);
        // No filters, no extensions.
        bits.put(1 + 1 + 2 + 2 + 2, 0);
        // In order.
        bits.flag(false);
        bits.align();
        for &size in sections {
            bits.number(size, [(0, 10), (1024, 14), (17_408, 22), (4_211_712, 30)]);
        }
        bits.into_bytes()
    }
}

fn put_side(bits: &mut BitWriter, px: usize) {
    bits.number(px as u32, [(1, 9), (1, 13), (1, 18), (1, 30)]);
}
