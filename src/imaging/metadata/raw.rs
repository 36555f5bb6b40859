//! Detects raw files of cameras among TIFFs: their first picture may be only a preview.

use crate::imaging::container::ifd::{Ifd, IfdReader, tag};

/// Photometric interpretations of sensor values: CFA and LinearRaw.
const RAW_PHOTOMETRICS: [u32; 2] = [32_803, 34_892];
/// Maximum number of directories that are searched: ten times as many as cameras write.
const MAX_DIRECTORIES: usize = 64;

/// Whether the file has the signature of a raw file, or one of its pictures contains sensor values.
pub fn is_raw(bytes: &[u8]) -> bool {
    let Some(file) = IfdReader::new(bytes) else { return false };
    let Some(first) = file.first() else { return false };
    let has_signature = first.find(tag::DNG_VERSION).is_some() || bytes.get(8..10) == Some(b"CR");
    has_signature || directories(&file, first).iter().any(|directory| has_raw_values(&file, directory))
}

fn has_raw_values(file: &IfdReader, directory: &Ifd) -> bool {
    let photometric = directory.find(tag::PHOTOMETRIC).and_then(|entry| file.number(&entry));
    photometric.is_some_and(|photometric| RAW_PHOTOMETRICS.contains(&photometric))
}

/// All directories, including SubIFDs.
fn directories(file: &IfdReader, first: Ifd) -> Vec<Ifd> {
    let mut found = vec![first];
    let mut index = 0;
    while let Some(directory) = found.get(index).filter(|_| found.len() < MAX_DIRECTORIES) {
        let children = directory.find(tag::SUB_DIRECTORIES).and_then(|entry| file.value(&entry)).unwrap_or_default();
        let children = children.as_chunks().0.iter().map(|&at| file.order.u32_of(at) as usize);
        let more: Vec<_> =
            children.chain([directory.next]).take(MAX_DIRECTORIES).filter_map(|at| file.directory(at)).collect();
        found.extend(more);
        index += 1;
    }
    found
}
