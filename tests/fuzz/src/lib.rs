//! The part of Redawn that reads and writes files, alone.

#[path = "../../../src/imaging/mod.rs"]
pub mod imaging;
#[path = "../../../src/pixels/mod.rs"]
pub mod pixels;

use std::{fs, path::PathBuf};

/// Memory that an input may take: less than the fuzzer's own limit, which is an error.
pub const ALLOWANCE: imaging::MemoryLimit = imaging::MemoryLimit::Bytes(1 << 30);

/// The extensions that the first byte of an input chooses from.
pub const EXTENSIONS: [&str; 10] = ["jpg", "png", "tif", "webp", "bmp", "gif", "ppm", "qoi", "tga", "bin"];

/// A file in memory for the other bytes of an input, one for each process.
pub fn file(input: &[u8]) -> Option<PathBuf> {
    let (first, bytes) = input.split_first()?;
    let extension = EXTENSIONS[usize::from(*first) % EXTENSIONS.len()];
    let path = PathBuf::from(format!("/dev/shm/redawn-fuzz-{}.{extension}", std::process::id()));
    fs::write(&path, bytes).ok()?;
    Some(path)
}
