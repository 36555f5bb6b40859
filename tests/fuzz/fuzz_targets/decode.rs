//! Decodes any bytes, and converts colours by the embedded profile.
#![no_main]

use libfuzzer_sys::fuzz_target;
use redawn::imaging;

fuzz_target!(|input: &[u8]| {
    let Some(path) = redawn::file(input) else { return };
    if let Ok(decoded) = imaging::open_within(&path, redawn::MEMORY_LIMIT) {
        // Profiles are untrusted, too.
        if let Some(colours) = imaging::ScreenColours::of(&decoded.photo) {
            colours.convert(&mut [[1, 2, 3, 255], [200, 100, 50, 7]]);
        }
    }
});
