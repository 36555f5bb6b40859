//! Writes decoded photos in every format, and reads them again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use redawn::imaging::{self, IfExists, SaveOptions};

fuzz_target!(|input: &[u8]| {
    let Some(path) = redawn::file(input) else { return };
    let Ok(decoded) = imaging::open_within(&path, redawn::MEMORY_LIMIT) else { return };
    let photo = decoded.photo;
    // The target is metadata, not pixels.
    if photo.size().area() > 1 << 14 {
        return;
    }
    for extension in ["jpg", "png", "tif", "webp", "jxl", "avif", "bmp"] {
        let target = format!("/dev/shm/redawn-fuzz-{}-saved.{extension}", std::process::id());
        let options = SaveOptions { if_exists: IfExists::Replace, ..SaveOptions::default() };
        if imaging::save(&photo, target.as_ref(), &options).is_err() {
            continue;
        }
        let again = imaging::open(target.as_ref()).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(again.photo.size(), photo.size(), "{extension}");
        let (before, after) = (&photo.metadata, &again.photo.metadata);
        if matches!(extension, "png" | "tif") {
            assert_eq!(before.icc.is_some(), after.icc.is_some(), "profile in {extension}");
            assert_eq!(before.iptc, after.iptc, "IPTC in {extension}");
        }
        if matches!(extension, "png" | "tif" | "jxl" | "avif") {
            assert_eq!(before.xmp.is_some(), after.xmp.is_some(), "XMP in {extension}");
        }
        // In a TIFF, an EXIF block with only orientation and resolution becomes the file's directory.
        if extension == "png" {
            assert_eq!(before.exif.is_some(), after.exif.is_some(), "EXIF in {extension}");
        }
    }
});
