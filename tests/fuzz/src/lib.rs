//! The modules of Redawn that read and write files.

#[path = "../../../src/imaging/mod.rs"]
pub mod imaging;
#[path = "../../../src/pixels/mod.rs"]
pub mod pixels;

use std::{fs, path::PathBuf};

/// Memory limit for an input, below the fuzzer's own limit.
pub const MEMORY_LIMIT: imaging::MemoryLimit = imaging::MemoryLimit::Bytes(1 << 30);

/// File extensions, selected by the first byte of an input.
pub const EXTENSIONS: [&str; 10] = ["jpg", "png", "tif", "webp", "bmp", "gif", "ppm", "qoi", "tga", "bin"];

/// Writes the other bytes of an input to a file in shared memory, one for each process.
pub fn file(input: &[u8]) -> Option<PathBuf> {
    let (first, bytes) = input.split_first()?;
    let extension = EXTENSIONS[usize::from(*first) % EXTENSIONS.len()];
    let path = PathBuf::from(format!("/dev/shm/redawn-fuzz-{}.{extension}", std::process::id()));
    fs::write(&path, bytes).ok()?;
    Some(path)
}
