//! Writes JPEG XL files without loss: rows of groups, each coded on its own with a tree and distributions of its own.

mod ans;
mod bits;
mod entropy;
mod file;
mod header;
mod icc;
mod predictor;
mod stream;
mod tree;

use std::io::{Seek, Write};

use self::{
    file::Blocks,
    header::{Colours, GROUP, NamedColours, PictureHeader},
};
use super::{
    lines::Lines,
    plan::{EncodeFailure, EncodePlan},
};
use crate::imaging::{Depth, Head, metadata};

/// Bytes of each sample, and beside them of each px of one channel, while a group is coded.
const NUMBERS: u64 = 10;
const PREDICTED: u64 = 16;

/// Writes the file.
///
/// # Errors
/// If writing fails, or the rows end too early.
pub fn encode(plan: &EncodePlan, lines: &mut Lines, file: &mut (impl Write + Seek)) -> Result<(), EncodeFailure> {
    let named = metadata::named_colours(&plan.kept).and_then(NamedColours::from_codes);
    let header = PictureHeader {
        width: plan.width as usize,
        height: plan.height as usize,
        is_grey: plan.channels.colours() == 1,
        has_alpha: plan.channels.has_alpha(),
        is_deep: plan.depth != Depth::Eight,
        colours: match (&plan.kept.icc, named) {
            (Some(icc), _) => Colours::Profile(icc),
            (None, Some(named)) => Colours::Named(named),
            (None, None) => Colours::Srgb,
        },
    };
    let blocks = Blocks { exif: plan.kept.exif.as_deref(), xmp: plan.kept.xmp.as_deref() };
    file::write(&header, blocks, |count| lines.next(count), file)
}

/// Memory of the encoder, in bytes.
pub fn memory(head: &Head, depth: Depth) -> u64 {
    let group = (GROUP.min(head.size.width) * GROUP.min(head.size.height)) as u64;
    let across = head.size.width.div_ceil(GROUP) as u64;
    let at_once = across.min(rayon::current_num_threads() as u64);
    let channels = head.channels as u64;
    // The rows with all that is coded of them, and the numbers of the groups in work.
    2 * across * group * channels * depth.bytes() as u64 + at_once * group * (channels * NUMBERS + PREDICTED)
}

/// Whether the format has numbers for the primaries and transfer characteristics with these codes.
pub fn has_colours(codes: [u8; 2]) -> bool {
    NamedColours::from_codes(codes).is_some()
}
