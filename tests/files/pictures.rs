//! Saving and opening photos: nothing that a format supports is lost, everything else causes a notice, other programs
//! read the same, and bad files and folders cause a sentence, never a panic.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use redawn::{
    imaging::{
        Background, Depth, Format, Head, IfExists, Metadata, Photo, PictureError, Resolution, SaveOptions, SaveOutcome,
        Unit, check_target, estimate_white_colour_noise, estimate_white_noise, metrics, open, save,
    },
    pixels::{Planes, Raster, Size},
};

use crate::support::skip;

/// Deterministic pseudo-random numbers (xorshift64*).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 16
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    /// Uniform in 0–1, 1 excluded.
    fn unit(&mut self) -> f64 {
        (self.next() % (1 << 40)) as f64 / (1_u64 << 40) as f64
    }

    /// Normal with variance 1 (Box and Muller).
    fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.unit()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.unit()).cos()
    }

    /// Planes of values that a file of that depth can store.
    fn planes(&mut self, channels: usize, size: Size, depth: Depth) -> Planes {
        let top = if depth == Depth::Eight { 255 } else { 65_535 };
        let value = |dice: &mut Dice| dice.below(top + 1) as f32 / top as f32;
        Planes::new(channels, size, (0..channels * size.area()).map(|_| value(self)).collect())
    }

    fn photo(&mut self, channels: usize, alpha: bool, depth: Depth, format: Format) -> Photo {
        let size = Size::new(2 + self.below(40), 2 + self.below(40));
        Photo {
            pixels: Raster::from_planes(
                &self.planes(channels, size, depth),
                alpha.then(|| self.planes(1, size, depth)).as_ref(),
                depth,
            ),
            format,
            metadata: Metadata::default(),
        }
    }
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

fn written(photo: &Photo, path: &Path) -> Vec<String> {
    let saved = save(photo, path, &SaveOptions::default()).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!((saved.path.as_path(), saved.outcome), (path, SaveOutcome::Written));
    saved.notices
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// A colour profile's header with its colour space.
fn profile(space: &[u8; 4]) -> Vec<u8> {
    let mut icc = vec![0; 200];
    icc[3] = 200;
    icc[16..20].copy_from_slice(space);
    icc[36..40].copy_from_slice(b"acsp");
    icc
}

/// An EXIF block with a camera's name and an orientation.
fn exif(orientation: u8) -> Vec<u8> {
    let mut block = b"MM\0*\0\0\0\x08\0\x02".to_vec();
    block.extend(b"\x01\x0F\0\x02\0\0\0\x04Cam\0");
    block.extend([0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0]);
    block.extend([0; 4]);
    block
}

/// Whether another program is installed; otherwise reports a skip.
fn have(program: &str, version: &str) -> bool {
    let found = Command::new(program).arg(version).output().is_ok_and(|output| output.status.success());
    if !found {
        skip::skip(format!("{program} is not installed"));
    }
    found
}

fn output_of(program: &str, arguments: &[&str], file: &Path) -> String {
    let output = Command::new(program).args(arguments).arg(file).output().expect("the program");
    assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Every kind of photo that a lossless format supports is bit-identical.
#[test]
fn lossless_formats_keep_the_photo() {
    let folder = folder();
    let mut dice = Dice(7);
    for round in 0..6 {
        for format in [Format::Png, Format::Tiff, Format::WebP, Format::JpegXl, Format::Bmp] {
            for (channels, alpha) in [(1, false), (1, true), (3, false), (3, true)] {
                for depth in [Depth::Eight, Depth::Sixteen, Depth::Float] {
                    let holds = match depth {
                        Depth::Eight => true,
                        Depth::Sixteen => matches!(format, Format::Png | Format::Tiff | Format::JpegXl),
                        Depth::Float => format == Format::Tiff,
                    };
                    if !holds {
                        continue;
                    }
                    let photo = dice.photo(channels, alpha, depth, format);
                    let name = format!("{round}-{channels}-{alpha}-{depth:?}.{}", format.extension());
                    let path = folder.path().join(name);
                    assert_eq!(written(&photo, &path), Vec::<String>::new(), "{path:?}");
                    let back = open(&path).unwrap();
                    assert_eq!(back.photo, photo, "{path:?}");
                    assert_eq!(back.notices, Vec::<String>::new(), "{path:?}");
                }
            }
        }
    }
}

/// All 256 and all 65,536 values survive the conversion to f32 and back.
#[test]
fn every_value_is_exact() {
    let folder = folder();
    for (depth, top, side) in [(Depth::Eight, 255.0, 16), (Depth::Sixteen, 65_535.0, 256)] {
        let size = Size::new(side, side);
        let pixels = Planes::new(1, size, (0..size.area()).map(|value| value as f32 / top).collect());
        let pixels = Raster::from_planes(&pixels, None, depth);
        let photo = Photo { pixels, format: Format::Png, metadata: Metadata::default() };
        let path = folder.path().join(format!("{side}.png"));
        written(&photo, &path);
        assert_eq!(open(&path).unwrap().photo, photo);
    }
}

#[test]
fn unsupported_content_causes_a_notice() {
    let folder = folder();
    let mut dice = Dice(3);
    let mut photo = dice.photo(3, true, Depth::Sixteen, Format::Png);
    photo.metadata.icc = Some(profile(b"RGB "));
    photo.metadata.exif = Some(exif(1));
    let lost = |name: &str, photo: &Photo| written(photo, &folder.path().join(name)).join(" ");

    assert_eq!(lost("a.png", &photo), "");
    let jpeg = lost("a.jpg", &photo);
    assert!(jpeg.contains("8 bits") && jpeg.contains("transparency") && !jpeg.contains("profile"), "{jpeg}");
    let tiff = lost("a.tif", &photo);
    assert_eq!(tiff, "");
    let webp = lost("a.webp", &photo);
    assert!(webp.contains("8 bits") && !webp.contains("EXIF") && !webp.contains("profile"), "{webp}");
    assert_eq!(lost("a.jxl", &photo), "");
    assert_eq!(lost("a.avif", &photo), "AVIF holds 10 bits per channel: the photo's 16 bits are rounded.");
    let bmp = lost("a.bmp", &photo);
    assert!(bmp.contains("8 bits") && bmp.contains("EXIF") && bmp.contains("profile"), "{bmp}");

    photo.metadata.exif = Some(vec![b'x'; 70_000]);
    photo.metadata.icc = Some(profile(b"CMYK"));
    let jpeg = lost("b.jpg", &photo);
    assert!(jpeg.contains("EXIF data is not kept: it is too large") && jpeg.contains("another kind"), "{jpeg}");
}

/// Colour profile and EXIF block are unchanged, in lossy WebP too.
#[test]
fn profile_and_exif_are_kept() {
    let folder = folder();
    for (channels, space) in [(1, b"GRAY"), (3, b"RGB ")] {
        let mut photo = Dice(5).photo(channels, false, Depth::Eight, Format::Png);
        photo.metadata.icc = Some(profile(space));
        photo.metadata.exif = Some(exif(1));
        for (name, quality) in
            [("a.png", None), ("a.jpg", None), ("a.webp", None), ("b.webp", Some(80)), ("a.tif", None)]
                .into_iter()
                .chain([("a.jxl", None), ("a.avif", None)])
        {
            if channels == 1 && name.ends_with("webp") {
                continue; // WebP has no grey, so a grey profile does not fit.
            }
            let path = folder.path().join(format!("{channels}{name}"));
            let saved = save(&photo, &path, &SaveOptions { quality, ..Default::default() }).unwrap();
            assert_eq!(saved.notices, Vec::<String>::new(), "{name}");
            let back = open(&path).unwrap().photo;
            assert_eq!(back.metadata.icc, photo.metadata.icc, "{name}");
            assert_eq!(back.metadata.exif, photo.metadata.exif, "{name}");
            if have("exiftool", "-ver") {
                assert_eq!(output_of("exiftool", &["-s3", "-Make"], &path).trim(), "Cam", "{name}");
            }
        }
    }
}

/// The eight orientations of EXIF, by the position of the corner of a 3 × 2 picture.
#[test]
fn orientation_is_applied_and_reset() {
    let folder = folder();
    // The mark is at the top left of the stored pixels; (x, y) is its upright position.
    let upright = [(0, 0), (2, 0), (2, 1), (0, 1), (0, 0), (1, 0), (1, 2), (0, 2)];
    for (index, (x, y)) in upright.into_iter().enumerate() {
        let orientation = index as u8 + 1;
        let size = Size::new(3, 2);
        let mut pixels = Planes::filled(1, size, 0.0);
        pixels.row_mut(0, 0)[0] = 1.0;
        let photo = Photo {
            pixels: Raster::from_planes(&pixels, None, Depth::Eight),
            format: Format::Png,
            metadata: Metadata { exif: Some(exif(orientation)), ..Metadata::default() },
        };
        let path = folder.path().join(format!("{orientation}.png"));
        written(&photo, &path);
        let back = open(&path).unwrap().photo;
        let expected = if orientation < 5 { size } else { Size::new(2, 3) };
        assert_eq!(back.size(), expected, "orientation {orientation}");
        assert_eq!(back.pixels.value(0, x, y), 1.0, "orientation {orientation}");
        assert_eq!(back.metadata.exif, Some(exif(1)), "orientation {orientation}");
    }
}

/// A grey TIFF of 3 × 2 px (or, without pixels, an EXIF block) with the orientation 6, as a number of that type and
/// length.
fn turned_block(little: bool, (kind, length): (u16, usize), with_pixels: bool) -> Vec<u8> {
    let in_order = |mut big: Vec<u8>| {
        if little {
            big.reverse();
        }
        big
    };
    let (short, long) =
        (|value: u16| in_order(value.to_be_bytes().to_vec()), |value: u32| in_order(value.to_be_bytes().to_vec()));
    let mut orientation = in_order([&vec![0; length - 1][..], &[6]].concat());
    orientation.resize(4, 0);
    let entry = |tag, kind, value: Vec<u8>| [short(tag), short(kind), long(1), value].concat();
    let mut entries = vec![(274, entry(274, kind, orientation))];
    if with_pixels {
        // Width, height, bits, compression, photometric interpretation, offset, channels, rows, bytes.
        let layout = [(256, 3), (257, 2), (258, 8), (259, 1), (262, 1), (273, 8), (277, 1), (278, 2), (279, 6)];
        entries.extend(layout.map(|(tag, value)| (tag, entry(tag, 3, [short(value), vec![0; 2]].concat()))));
    }
    entries.sort();
    let mark: &[u8] = if little { b"II*\0" } else { b"MM\0*" };
    let mut block = [mark, &long(16), &[255, 0, 0, 0, 0, 0, 0, 0], &short(entries.len() as u16)].concat();
    block.extend(entries.into_iter().flat_map(|(_, entry)| entry));
    block.extend([0; 4]);
    block
}

/// Like ExifTool.
#[test]
fn orientation_of_every_integer_type_is_applied_and_reset() {
    let folder = folder();
    let mut pixels = Planes::filled(1, Size::new(3, 2), 0.0);
    pixels.row_mut(0, 0)[0] = 1.0;
    let has_orientation = |path: &Path, expected: &str| {
        if have("exiftool", "-ver") {
            assert_eq!(
                output_of("exiftool", &["-n", "-s3", "-Orientation"], path).trim(),
                expected,
                "{}",
                path.display()
            );
        }
    };
    // BYTE, SHORT, LONG, SBYTE, SSHORT, SLONG, with their lengths.
    for kind in [(1, 1), (3, 2), (4, 4), (6, 1), (8, 2), (9, 4)] {
        for little in [false, true] {
            for extension in ["jpg", "png", "tif", "webp"] {
                let name = format!("{}-{little}", kind.0);
                let path = folder.path().join(format!("{name}.{extension}"));
                if extension == "tif" {
                    fs::write(&path, turned_block(little, kind, true)).unwrap();
                } else {
                    let metadata = Metadata { exif: Some(turned_block(little, kind, false)), ..Metadata::default() };
                    let pixels = Raster::from_planes(&pixels, None, Depth::Eight);
                    written(&Photo { pixels, format: Format::Png, metadata }, &path);
                }
                has_orientation(&path, "6");
                let back = open(&path).unwrap().photo;
                assert_eq!(back.size(), Size::new(2, 3), "{name}.{extension}");
                let corners = [back.pixels.value(0, 1, 0), back.pixels.value(0, 0, 0)];
                assert!(corners[0] > 0.8 && corners[1] < 0.2, "{name}.{extension}: {corners:?}");
                let again = folder.path().join(format!("{name}-again.{extension}"));
                written(&back, &again);
                has_orientation(&again, if extension == "tif" { "" } else { "1" });
                assert_eq!(open(&again).unwrap().photo.size(), back.size(), "{name}.{extension}");
            }
        }
    }
}

#[test]
fn damaged_metadata_is_a_notice() {
    let folder = folder();
    let mut photo = Dice(5).photo(3, false, Depth::Eight, Format::Png);
    photo.metadata.exif = Some(b"not a TIFF structure".to_vec());
    for name in ["a.png", "a.jpg", "a.webp"] {
        let path = folder.path().join(name);
        written(&photo, &path);
        let back = open(&path).unwrap();
        assert_eq!(back.photo.metadata.exif, None, "{name}");
        assert!(
            back.notices.iter().any(|notice| notice.contains("EXIF data is damaged")),
            "{name}: {:?}",
            back.notices
        );
    }
}

/// ImageMagick reads the same pixels from our files, and we from its files.
#[test]
fn imagemagick_agrees() {
    if !have("identify", "-version") || !have("convert", "-version") {
        return;
    }
    let folder = folder();
    let mut dice = Dice(11);
    for format in [Format::Png, Format::Tiff, Format::WebP, Format::Bmp] {
        let photo = dice.photo(3, false, Depth::Eight, format);
        let path = folder.path().join(format!("a.{}", format.extension()));
        written(&photo, &path);
        let pixels = folder.path().join("pixels.ppm");
        output_of("convert", &[path.to_str().unwrap(), "-depth", "8"], &pixels);
        assert_eq!(open(&pixels).unwrap().photo.pixels, photo.pixels, "{format:?}");
    }
    let photo = dice.photo(3, false, Depth::Sixteen, Format::Png);
    let path = folder.path().join("deep.png");
    written(&photo, &path);
    for (name, extra) in [("b.tif", "-compress"), ("b.ppm", "-compress")] {
        let theirs = folder.path().join(name);
        output_of("convert", &[path.to_str().unwrap(), extra, "zip", "-depth", "16"], &theirs);
        let back = open(&theirs).unwrap().photo;
        assert_eq!(back.pixels, photo.pixels, "{name}");
    }
    // One bit, a palette, an animation, CMYK.
    let path = folder.path().join("eight.png");
    written(&dice.photo(3, false, Depth::Eight, Format::Png), &path);
    let path = path.to_str().unwrap();
    let made = |name: &str, arguments: &[&str]| {
        let file = folder.path().join(name);
        output_of("convert", &[&[path], arguments].concat(), &file);
        open(&file).unwrap()
    };
    assert!(made("bit.png", &["-monochrome"]).photo.is_grey());
    assert_eq!(made("palette.png", &["-colors", "9", "-type", "Palette"]).photo.pixels.channels(), 3);
    let cmyk = made("cmyk.jpg", &["-colorspace", "CMYK"]);
    assert!(cmyk.notices.join(" ").contains("CMYK"), "{:?}", cmyk.notices);
    let animation = made("two.gif", &["-negate", path]);
    assert!(animation.notices.join(" ").contains("animation"), "{:?}", animation.notices);
    let dpi = made("dpi.jpg", &["-units", "PixelsPerInch", "-density", "300"]);
    assert_eq!(dpi.photo.metadata.resolution, Some(Resolution { x: 300.0, y: 300.0, unit: Unit::Inch }));
}

/// JPEG at its default quality has no chroma subsampling; transparency becomes white.
#[test]
fn jpeg_avif_and_lossy_webp_are_close() {
    let folder = folder();
    let photo = open(&fixture("perched-osprey.png")).unwrap().photo;
    for (name, quality, least) in [
        ("a.jpg", None, 38.0),
        ("b.jpg", Some(30), 30.0),
        ("c.webp", Some(90), 36.0),
        ("d.avif", None, 42.0),
        ("e.avif", Some(30), 31.0),
        ("f.avif", Some(100), 48.0),
    ] {
        let path = folder.path().join(name);
        save(&photo, &path, &SaveOptions { quality, ..Default::default() }).unwrap();
        let psnr = metrics::psnr(&open(&path).unwrap().photo.colours(), &photo.colours());
        assert!(psnr > least && psnr.is_finite(), "{name}: {psnr} dB");
    }
    let size = Size::new(16, 16);
    let clear = Photo { pixels: Raster::blank(4, size, Depth::Eight), ..photo };
    let path = folder.path().join("white.jpg");
    written(&clear, &path);
    assert!(open(&path).unwrap().photo.colours().data().iter().all(|&value| value > 0.99));
    let path = folder.path().join("blue.jpg");
    let options = SaveOptions { background: Background([0, 0, 250]), ..Default::default() };
    let saved = save(&clear, &path, &options).unwrap();
    assert!(saved.notices.join(" ").contains("background #0000fa"), "{:?}", saved.notices);
    let back = open(&path).unwrap().photo;
    let [red, blue] = [0, 2].map(|channel| back.pixels.value(channel, 8, 8));
    assert!(red < 0.02 && (blue - 250.0 / 255.0).abs() < 0.02, "{red}, {blue}");
}

#[test]
fn the_format_is_detected_by_content() {
    let folder = folder();
    let photo = Dice(2).photo(3, false, Depth::Eight, Format::Png);
    let png = folder.path().join("ein Bild – 写真 ü.png");
    written(&photo, &png);
    let lying = folder.path().join("lying.jpg");
    fs::copy(&png, &lying).unwrap();
    assert_eq!(open(&lying).unwrap().photo, photo);
}

#[test]
fn existing_names() {
    let folder = folder();
    let mut dice = Dice(9);
    let (first, second) =
        (dice.photo(3, false, Depth::Eight, Format::Png), dice.photo(1, false, Depth::Eight, Format::Png));
    let path = folder.path().join("a.png");
    written(&first, &path);
    let with = |if_exists| save(&second, &path, &SaveOptions { if_exists, ..Default::default() }).unwrap();

    let skipped = with(IfExists::Skip);
    assert_eq!((skipped.outcome, skipped.path), (SaveOutcome::Skipped, path.clone()));
    assert_eq!(open(&path).unwrap().photo, first);
    assert_eq!(with(IfExists::Rename).path, folder.path().join("a (2).png"));
    assert_eq!(with(IfExists::Rename).path, folder.path().join("a (3).png"));
    assert_eq!(open(&path).unwrap().photo, first);
    assert_eq!(with(IfExists::Replace).path, path);
    assert_eq!(open(&path).unwrap().photo, second);
    assert_eq!(names(folder.path()), ["a (2).png", "a (3).png", "a.png"]);
}

/// Eight threads save to one name: eight files.
#[test]
fn renaming_does_not_race() {
    let folder = folder();
    let photo = Dice(9).photo(1, false, Depth::Eight, Format::Png);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| save(&photo, &folder.path().join("a.png"), &SaveOptions::default()).unwrap());
        }
    });
    assert_eq!(names(folder.path()).len(), 8);
}

#[cfg(unix)]
#[test]
fn permissions_are_the_default_of_new_files() {
    use std::os::unix::fs::PermissionsExt;
    let folder = folder();
    let photo = Dice(9).photo(1, false, Depth::Eight, Format::Png);
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let (plain, path) = (folder.path().join("plain"), folder.path().join("a.png"));
    fs::write(&plain, b"").unwrap();
    written(&photo, &path);
    assert_eq!(mode(&path), mode(&plain));
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    save(&photo, &path, &SaveOptions { if_exists: IfExists::Replace, ..Default::default() }).unwrap();
    assert_eq!(mode(&path), 0o640);
}

/// Replacing keeps permissions, owner and attributes.
#[cfg(unix)]
#[test]
fn a_replaced_file_keeps_its_owner_permissions_and_attributes() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
    let folder = folder();
    let photo = Dice(9).photo(1, false, Depth::Eight, Format::Png);
    let path = folder.path().join("a.png");
    fs::write(&path, b"old").unwrap();
    // Only root can change the owner.
    let owned = chown(&path, Some(1234), Some(2345)).is_ok();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    let marked = xattr::set(&path, "user.rating", b"5").is_ok();
    let saved = save(&photo, &path, &SaveOptions { if_exists: IfExists::Replace, ..Default::default() }).unwrap();
    assert_eq!(saved.notices, Vec::<String>::new());
    let new = fs::metadata(&path).unwrap();
    assert_eq!(new.mode() & 0o7777, 0o640);
    assert!(!owned || (new.uid(), new.gid()) == (1234, 2345));
    assert!(!marked || xattr::get(&path, "user.rating").unwrap().as_deref() == Some(b"5"));
    assert_eq!(open(&path).unwrap().photo.pixels, photo.pixels);
    assert_eq!(names(folder.path()), ["a.png"]);
}

/// A file with hard links is replaced under all its names; if it can't be overwritten, there is a notice.
#[cfg(unix)]
#[test]
fn a_replaced_file_keeps_its_hard_links() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    let replacing = SaveOptions { if_exists: IfExists::Replace, ..Default::default() };
    let mut dice = Dice(9);
    // Longer and shorter than before.
    for old in [3, 100_000] {
        let folder = folder();
        let photo = dice.photo(3, false, Depth::Eight, Format::Png);
        let (path, other) = (folder.path().join("a.png"), folder.path().join("b.png"));
        fs::write(&path, vec![7; old]).unwrap();
        fs::hard_link(&path, &other).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        let saved = save(&photo, &path, &replacing).unwrap();
        assert_eq!((saved.path, saved.notices), (path.clone(), Vec::new()));
        let (one, two) = (fs::metadata(&path).unwrap(), fs::metadata(&other).unwrap());
        assert_eq!((one.ino(), one.nlink(), one.mode() & 0o777), (two.ino(), 2, 0o600));
        assert_eq!(open(&other).unwrap().photo.pixels, photo.pixels);
        let plain = folder.path().join("plain.png");
        written(&photo, &plain);
        assert_eq!(fs::read(&path).unwrap(), fs::read(&plain).unwrap());
        assert_eq!(names(folder.path()), ["a.png", "b.png", "plain.png"]);

        fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).unwrap();
        if fs::OpenOptions::new().write(true).open(&path).is_err() {
            let before = fs::read(&other).unwrap();
            let saved = save(&dice.photo(1, false, Depth::Eight, Format::Png), &path, &replacing).unwrap();
            assert!(saved.notices[0].contains("hard links"), "{:?}", saved.notices);
            assert_eq!(fs::read(&other).unwrap(), before);
        }
    }
}

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/photos").join(name)
}

/// The error of opening a file, which must name it.
fn refusal(path: &Path) -> String {
    let error = match open(path) {
        Err(error) => error,
        // A part can be read.
        Ok(decoded) => PictureError::Damaged { damage: decoded.photo.metadata.damage.expect("a refusal") },
    };
    let sentence = error.to_string();
    assert!(sentence.contains(path.file_name().unwrap().to_str().unwrap()), "{sentence}");
    sentence
}

#[test]
fn files_that_are_not_pictures() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("text.png"), b"This is no picture.").unwrap();
    assert!(refusal(&at("text.png")).contains("not a picture"));
    fs::write(at("empty.jpg"), b"").unwrap();
    assert!(refusal(&at("empty.jpg")).contains("empty"));
    assert!(refusal(&at("missing.jpg")).contains("no file"));
    fs::create_dir(at("folder.jpg")).unwrap();
    assert!(refusal(&at("folder.jpg")).contains("is a folder"));
    fs::write(at("camera.dng"), camera_raw()).unwrap();
    assert!(refusal(&at("camera.dng")).contains("raw"));
}

/// A TIFF whose only pixel is a sensor value.
fn camera_raw() -> Vec<u8> {
    let entries: [(u16, u16); 8] =
        [(256, 1), (257, 1), (258, 8), (259, 1), (262, 32_803), (273, 8), (278, 1), (279, 1)];
    let mut file = b"II*\0\x08\0\0\0".to_vec();
    file.extend((entries.len() as u16).to_le_bytes());
    for (tag, value) in entries {
        for part in [tag, 3, 1, 0, value, 0] {
            file.extend(part.to_le_bytes());
        }
    }
    file.extend([0; 4]);
    file
}

/// A pipe is refused before it is opened, which would block.
#[cfg(unix)]
#[test]
fn a_pipe_does_not_block() {
    let folder = folder();
    let pipe = folder.path().join("pipe.png");
    if !Command::new("mkfifo").arg(&pipe).status().is_ok_and(|status| status.success()) {
        return skip::skip("mkfifo is not installed");
    }
    assert!(refusal(&pipe).contains("is a pipe"));
}

/// Each format truncated at many positions, and with random changed bytes: an error or a photo, never a panic; never a
/// photo from a file truncated in its pixels.
#[test]
fn damaged_files_are_errors() {
    let folder = folder();
    let photo = open(&fixture("perched-osprey.png")).unwrap().photo;
    let photo = Photo { pixels: photo.pixels.crop(Size::new(64, 48).rect()), ..photo };
    let mut dice = Dice(21);
    for (name, quality) in
        [("a.png", None), ("a.jpg", None), ("a.tif", None), ("a.bmp", None), ("a.webp", None), ("b.webp", Some(80))]
            .into_iter()
            .chain([("a.jxl", None), ("a.avif", None)])
    {
        let whole = folder.path().join(name);
        save(&photo, &whole, &SaveOptions { quality, ..Default::default() }).unwrap();
        let bytes = fs::read(&whole).unwrap();
        let damaged = folder.path().join(format!("damaged-{name}"));
        for part in 1..20 {
            fs::write(&damaged, &bytes[..bytes.len() * part / 20]).unwrap();
            let sentence = refusal(&damaged);
            assert!(sentence.contains("again") || sentence.contains("cannot be read yet"), "{sentence}");
        }
        for _ in 0..200 {
            let mut bytes = bytes.clone();
            for _ in 0..4 {
                // Mostly in the headers.
                let end = if dice.below(2) == 0 { 200 } else { bytes.len() };
                let at = dice.below(end);
                bytes[at] = dice.below(256) as u8;
            }
            fs::write(&damaged, &bytes).unwrap();
            if open(&damaged).is_err() {
                refusal(&damaged);
            }
        }
    }
}

/// A PNG of 33 bytes that declares 100,000 × 100,000 px is refused before memory is allocated.
#[test]
fn a_false_size_is_refused() {
    let folder = folder();
    let path = folder.path().join("huge.png");
    let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\x0DIHDR".to_vec();
    let (side, checksum) = (100_000_u32.to_be_bytes(), 0x2730_9C9F_u32.to_be_bytes());
    png.extend([side, side].concat());
    png.extend([8, 2, 0, 0, 0]);
    png.extend(checksum);
    png.extend(b"\0\0\0\x01IDAT\x78\0\0\0\0");
    fs::write(&path, png).unwrap();
    let sentence = refusal(&path);
    assert!(sentence.contains("100000 × 100000") && sentence.contains("GB"), "{sentence}");
}

#[test]
fn targets_are_checked_in_advance() {
    let folder = folder();
    let photo = Dice(9).photo(3, false, Depth::Sixteen, Format::Png);
    let check_in = |depth, name: &str, size| {
        let options = SaveOptions { depth, ..SaveOptions::default() };
        check_target(&folder.path().join(name), &Head { size, ..photo.head() }, &options, 0)
    };
    let check = |name: &str, size| check_in(None, name, size);
    let small = photo.size();
    assert!(check("a.png", small).is_ok());
    assert!(check("new/folder/a.png", small).is_ok());
    assert_eq!(names(folder.path()), Vec::<String>::new(), "a check leaves nothing behind");

    let sentence = check("a.gif", small).unwrap_err().to_string();
    assert!(sentence.contains(".jpg, .png, .tif, .webp, .jxl, .avif or .bmp"), "{sentence}");
    let sentence = check("a.jpg", Size::new(70_000, 10)).unwrap_err().to_string();
    assert!(sentence.contains("70000") && sentence.contains("65535") && sentence.contains("PNG"), "{sentence}");
    assert!(matches!(check("a.webp", Size::new(10, 16_384)), Err(PictureError::TooLargeForFormat { .. })));
    assert!(matches!(check("a.avif", Size::new(10, 65_537)), Err(PictureError::TooLargeForFormat { .. })));
    assert!(check("a.avif", Size::new(65_536, 65_536)).is_ok() && check("a.jxl", Size::new(1 << 30, 9)).is_ok());
    assert!(check("a.jxl", Size::new((1 << 30) + 1, 9)).is_err());
    assert!(check("a.tif", Size::new(40_000, 40_000)).unwrap_err().to_string().contains("4.3 GB"));
    assert!(check("a.png", Size::new(40_000, 40_000)).is_ok());
    // 0.9 gigapixels: what counts is the depth that is written.
    let large = Size::new(30_000, 30_000);
    assert!(check("a.tif", large).is_err() && check_in(Some(Depth::Sixteen), "a.tif", large).is_err());
    assert!(check_in(Some(Depth::Eight), "a.tif", large).is_ok() && check("a.bmp", large).is_ok());

    let sentence = check_target(&folder.path().join("a.png"), &photo.head(), &SaveOptions::default(), 1 << 62);
    let sentence = sentence.unwrap_err().to_string();
    assert!(sentence.contains("a.png") && sentence.contains("free"), "{sentence}");
    #[cfg(unix)]
    assert!(check(&format!("{}.png", "n".repeat(252)), small).unwrap_err().to_string().contains("not allowed"));
    fs::write(folder.path().join("file"), b"x").unwrap();
    let sentence = check("file/a.png", small).unwrap_err().to_string();
    assert!(sentence.contains("its folder is a file"), "{sentence}");
    fs::create_dir(folder.path().join("taken.png")).unwrap();
    assert!(check("taken.png", small).unwrap_err().to_string().contains("it is a folder"));
}

#[test]
fn a_failed_save_leaves_nothing_behind() {
    let folder = folder();
    let photo = Dice(9).photo(3, false, Depth::Eight, Format::Png);
    fs::write(folder.path().join("file"), b"x").unwrap();
    for name in ["file/a.png", "file/b/a.png", "a.xyz"] {
        let path = folder.path().join(name);
        let error = save(&photo, &path, &SaveOptions::default()).unwrap_err();
        assert!(error.to_string().contains(path.file_name().unwrap().to_str().unwrap()), "{error}");
    }
    assert_eq!(names(folder.path()), ["file"]);
    // A folder that is not writable even for root.
    if Path::new("/proc/self").exists() {
        let path = Path::new("/proc/self/a.png");
        assert!(check_target(path, &photo.head(), &SaveOptions::default(), 0).is_err());
        assert!(save(&photo, path, &SaveOptions::default()).is_err());
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk() {
    let folder = folder();
    let disk = folder.path().join("disk");
    fs::create_dir(&disk).unwrap();
    let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", "size=64k", "tmpfs"]).arg(&disk).output();
    if !mounted.is_ok_and(|output| output.status.success()) {
        return skip::skip("only root can mount a small disk");
    }
    let photo = open(&fixture("perched-osprey.png")).unwrap().photo;
    let error = save(&photo, &disk.join("new/a.png"), &SaveOptions::default());
    let left = names(&disk);
    assert!(Command::new("umount").arg(&disk).status().unwrap().success());
    let sentence = error.expect_err("it does not fit").to_string();
    assert!(sentence.contains("the disk is full"), "{sentence}");
    assert_eq!(left, Vec::<String>::new());
}

/// σ of added Gaussian noise is measured, and photos without noise are clean.
#[test]
fn noise_is_measured() {
    let mut dice = Dice(77);
    for name in ["perched-osprey.png", "piazza-gae-aulenti.png", "pondering-heron.png"] {
        let clean = open(&fixture(name)).unwrap().photo;
        let found = estimate_white_noise(&clean.pixels);
        assert!(found < 2.0, "{name} is clean, not {found}");
        for sigma in [5.0_f64, 10.0, 25.0, 50.0] {
            let mut values = clean.colours();
            for value in values.data_mut() {
                let sum = (f64::from(*value) * 255.0 + sigma * dice.normal()).round().clamp(0.0, 255.0);
                *value = (sum / 255.0) as f32;
            }
            let noisy = Raster::from_planes(&values, None, Depth::Eight);
            let found = f64::from(estimate_white_noise(&noisy));
            println!("{name}: {sigma} measured as {found:.2}");
            assert!((found - sigma).abs() < 0.5 + 0.08 * sigma, "{name}: {sigma} measured as {found}");
            let found = f64::from(estimate_white_colour_noise(&noisy));
            // Stronger noise is clipped in dark channels.
            assert!(sigma > 10.0 || (found - sigma).abs() < 0.05 * sigma, "{name}, colours: {sigma} as {found}");
            // The same on one plane.
            let grey = Planes::new(1, noisy.size(), values.plane(1).to_vec());
            let grey = Raster::from_planes(&grey, None, Depth::Eight);
            let found = f64::from(estimate_white_noise(&grey));
            assert_eq!(estimate_white_colour_noise(&grey), 0.0);
            assert!((found - sigma).abs() < 0.5 + 0.1 * sigma, "{name}, green: {sigma} measured as {found}");
        }
    }
}
