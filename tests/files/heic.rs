//! HEIC, compared with libheif: small files written by libheif (x265) of pictures made for these tests, each with what libheif
//! decodes, converted to RGB with interpolated chroma, as a PNG. `limited.heic` and `grid.heic` are made of tiles written by
//! libheif; the samples of `limited.heic` are those of FFmpeg, since libheif converts them.

use std::{fs, path::Path, process::Command};

use redawn::{
    imaging::{self, Decoded, Depth, Format, MemoryLimit, Photo, PictureError, open},
    pixels::Size,
};

use crate::support::skip;

fn file(name: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/heic").join(name)).unwrap()
}

fn decode(bytes: Vec<u8>) -> Result<Decoded, PictureError> {
    imaging::decode(Path::new("a.heic"), bytes, MemoryLimit::Share)
}

/// The largest and the mean difference of two photos, in levels of 8 bits.
fn difference(ours: &Photo, theirs: &Photo) -> (f32, f32) {
    assert_eq!((ours.size(), ours.pixels.channels()), (theirs.size(), theirs.pixels.channels()));
    let (mut most, mut sum, mut count) = (0.0_f32, 0.0, 0.0);
    for channel in 0..ours.pixels.channels() {
        for y in 0..ours.size().height {
            for x in 0..ours.size().width {
                let difference = (ours.pixels.value(channel, x, y) - theirs.pixels.value(channel, x, y)).abs() * 255.0;
                (most, sum, count) = (most.max(difference), sum + difference, count + 1.0);
            }
        }
    }
    (most, sum / count)
}

/// 4:0:0, 4:2:0, 4:2:2 and 4:4:4; 8, 10 and 12 bits; both ranges; an odd size; a turned grid; alpha.
#[test]
fn heic_is_read_like_by_libheif() {
    for (name, depth, size) in [
        ("plain", Depth::Eight, (24, 18)),
        ("odd", Depth::Eight, (75, 51)),
        ("grey", Depth::Eight, (50, 40)),
        ("limited", Depth::Eight, (60, 40)),
        ("grid", Depth::Eight, (100, 150)),
        ("rich", Depth::Eight, (24, 18)),
        ("ten-bits", Depth::Sixteen, (60, 44)),
        ("twelve-bits", Depth::Sixteen, (60, 44)),
    ] {
        let Decoded { photo, notices, .. } = decode(file(&format!("{name}.heic"))).unwrap();
        assert_eq!(notices, Vec::<String>::new(), "{name}");
        assert_eq!((photo.size(), photo.pixels.depth()), (Size::new(size.0, size.1), depth), "{name}");
        // It can't be written, so its results are PNG.
        assert_eq!(photo.format, Format::Png);
        let theirs = imaging::decode(Path::new("a.png"), file(&format!("{name}.png")), MemoryLimit::Share).unwrap();
        let (most, mean) = difference(&photo, &theirs.photo);
        println!("{name}: {most} levels at most, {mean} in the mean");
        assert!(most <= 1.01 && mean < 0.1, "{name}: {most} levels at most, {mean} in the mean");
    }
}

/// The same with the program installed, whose chroma is not interpolated: only 4:4:4 is compared.
#[test]
fn heic_of_an_installed_encoder_is_read() {
    let have = |program: &str| Command::new(program).arg("--help").output().is_ok();
    if !["heif-enc", "heif-convert"].into_iter().all(have) {
        return skip::skip("libheif-examples is not installed");
    }
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let run = |program: &str, arguments: &[&str]| {
        let output = Command::new(program).args(arguments).current_dir(folder.path()).output().unwrap();
        assert!(output.status.success(), "{program} {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    };
    let source = image::RgbImage::from_fn(203, 151, |x, y| {
        image::Rgb([(x * 255 / 202) as u8, (y * 255 / 150) as u8, ((x / 20 + y / 20) % 2 * 200) as u8])
    });
    source.save(at("source.png")).unwrap();
    for quality in ["30", "60", "95"] {
        run("heif-enc", &["source.png", "-q", quality, "-p", "chroma=444", "-o", "a.heic"]);
        run("heif-convert", &["a.heic", "theirs.png"]);
        let [ours, theirs] = ["a.heic", "theirs.png"].map(|name| open(&at(name)).unwrap().photo);
        let (most, mean) = difference(&ours, &theirs);
        println!("quality {quality}: {most} levels at most, {mean} in the mean");
        assert!(most <= 2.01 && mean < 0.5, "quality {quality}: {most} levels at most, {mean} in the mean");
    }
}

/// The orientation is that of the container: that in EXIF is reset, and not applied.
#[test]
fn metadata_of_heic_is_kept() {
    let photo = decode(file("rich.heic")).unwrap().photo;
    let metadata = &photo.metadata;
    assert!(metadata.icc.as_ref().is_some_and(|icc| icc.get(36..40) == Some(b"acsp")));
    assert!(metadata.xmp.as_ref().is_some_and(|xmp| xmp.windows(9).any(|part| part == b"x:xmpmeta")));
    let exif = metadata.exif.as_ref().expect("EXIF data");
    assert!(exif.windows(11).any(|part| part == b"Redawn test"));
    // Tag 0x112, of type 3, once: 1.
    assert!(exif.windows(10).any(|part| part == [1, 0x12, 0, 3, 0, 0, 0, 1, 0, 1]), "{exif:?}");
    assert!((photo.pixels.channels(), photo.pixels.value(3, 0, 0)) == (4, 0.0), "alpha");
}

/// `plain.heic` has a hash of its samples.
#[test]
fn a_damaged_heic_is_an_error_and_never_another_picture() {
    let whole = file("plain.heic");
    let photo = decode(whole.clone()).unwrap().photo;
    let start = whole.windows(4).position(|four| four == b"mdat").unwrap() + 4;
    let mut refused = 0;
    for at in start..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x14;
        match decode(bytes) {
            Ok(decoded) => assert_eq!(decoded.photo.pixels, photo.pixels, "byte {at}"),
            Err(error) => {
                assert!(error.to_string().contains("a.heic"), "{error}");
                refused += 1;
            }
        }
    }
    assert!(refused > (whole.len() - start) / 2, "{refused} of {}", whole.len() - start);
    for name in ["plain.heic", "grid.heic", "odd.heic"] {
        let whole = file(name);
        for share in 1..20 {
            let cut = decode(whole[..whole.len() * share / 20].to_vec()).unwrap_err();
            assert!(matches!(cut, PictureError::Truncated { .. }), "{share} of 20 of {name}: {cut}");
        }
    }
}

/// False values are refused before decoding.
#[test]
fn a_heic_with_false_values_is_refused() {
    let whole = file("grey.heic");
    assert_eq!(decode(whole.clone()).unwrap().photo.size(), Size::new(50, 40));
    let size_at = whole.windows(4).position(|four| four == b"ispe").unwrap() + 8;
    let with_size = |width: u32, height: u32| {
        let mut bytes = whole.clone();
        bytes[size_at..size_at + 8].copy_from_slice(&[width.to_be_bytes(), height.to_be_bytes()].concat());
        decode(bytes).unwrap_err()
    };
    assert!(matches!(with_size(1 << 20, 1 << 20), PictureError::TooLarge { .. }));
    assert!(matches!(with_size(66, 64), PictureError::Broken { .. }));
    assert!(matches!(with_size(0, 64), PictureError::Broken { .. }));
    let renamed = |from: &[u8], to: &[u8]| {
        let at = whole.windows(4).rposition(|four| four == from).unwrap();
        let mut bytes = whole.clone();
        bytes[at..at + 4].copy_from_slice(to);
        decode(bytes).unwrap_err().to_string()
    };
    assert!(renamed(b"hvc1", b"vvc1").contains("a picture with something other than AV1 or HEVC in it"));
    assert!(renamed(b"hvcC", b"free").contains("the description of its picture is incomplete"));
}
