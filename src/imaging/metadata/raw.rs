//! Whether a TIFF is a camera's raw file: its first picture may be a preview then.

use crate::imaging::container::ifd::{Ifd, IfdReader, tag};

/// What the values of a sensor are called: each has one colour, or is not developed.
const RAW_VALUES: [u32; 2] = [32_803, 34_892];
/// Directories that are searched: ten times what cameras write.
const MOST: usize = 64;

/// Whether it has a raw file's mark, or one of its pictures holds sensor values.
pub fn is_raw(bytes: &[u8]) -> bool {
    let Some(file) = IfdReader::new(bytes) else { return false };
    let Some(first) = file.first() else { return false };
    let says_so = first.find(tag::DNG_VERSION).is_some() || bytes.get(8..10) == Some(b"CR");
    says_so || directories(&file, first).iter().any(|directory| holds_raw_values(&file, directory))
}

fn holds_raw_values(file: &IfdReader, directory: &Ifd) -> bool {
    let meaning = directory.find(tag::PHOTOMETRIC).and_then(|entry| file.number(&entry));
    meaning.is_some_and(|meaning| RAW_VALUES.contains(&meaning))
}

/// The directories one after the other, and those beside each.
fn directories(file: &IfdReader, first: Ifd) -> Vec<Ifd> {
    let mut found = vec![first];
    let mut index = 0;
    while let Some(directory) = found.get(index).filter(|_| found.len() < MOST) {
        let beside = directory.find(tag::SUB_DIRECTORIES).and_then(|entry| file.value(&entry)).unwrap_or_default();
        let beside = beside.as_chunks().0.iter().map(|&at| file.order.u32_of(at) as usize);
        let more: Vec<_> = beside.chain([directory.next]).take(MOST).filter_map(|at| file.directory(at)).collect();
        found.extend(more);
        index += 1;
    }
    found
}
