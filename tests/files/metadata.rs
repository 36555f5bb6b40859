//! Round trips of metadata through files written and read by ExifTool, ImageMagick and Pillow: everything is kept, and
//! values that no longer apply are corrected.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
    time::Duration,
};

use redawn::{
    engine::fake,
    imaging::{Depth, Format, Metadata, MetadataChoice, Photo, Resolution, SaveOptions, Unit, metrics, open, save},
    pixels::{Planes, Raster, Size},
    restore::{
        Compression, Effect, MarkEdit, MarkEdits, MarkSources, NoFollower, Noise, NoiseEstimate, Order, Recipe, Repair,
        Scale, Sensitivity, Strength, Stroke, restore,
    },
};
use tempfile::TempDir;

use crate::support::skip::skip;

const PYTHON: &str = "/usr/bin/python3";
const HISTORY: &str = "Redawn 1.2.3 (--noise 25 --scale 2 --strength 100; a model)";
/// Sources of the round trips, which other programs write.
const FORMATS: [&str; 4] = ["jpg", "png", "tif", "webp"];
/// Their targets.
const TARGETS: [&str; 6] = ["jpg", "png", "tif", "webp", "jxl", "avif"];

/// Whether the other programs are installed; otherwise reports a skip.
fn have(programs: &[&str]) -> bool {
    programs.iter().all(|&program| {
        let arguments: &[&str] = match program {
            "exiftool" => &["-ver"],
            PYTHON => &["-c", "import PIL"],
            _ => &["-version"],
        };
        let found = Command::new(program).args(arguments).output().is_ok_and(|output| output.status.success());
        if !found {
            let with = if program == PYTHON { " with Pillow" } else { "" };
            skip(format!("{program} is not installed{with}"));
        }
        found
    })
}

fn run(program: &str, arguments: &[&str]) -> Vec<u8> {
    let output = Command::new(program).args(arguments).output().expect("the program");
    assert!(output.status.success(), "{program} {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

fn at(folder: &TempDir, name: &str) -> String {
    folder.path().join(name).to_str().expect("UTF-8").to_owned()
}

/// All tags of a file as numbers, by group and name, without file times.
fn tags(file: &str) -> BTreeMap<String, serde_json::Value> {
    let json = run("exiftool", &["-j", "-n", "-G1", "-a", "-u", "-struct", "-api", "RequestAll=0", file]);
    let mut found: Vec<BTreeMap<String, serde_json::Value>> = serde_json::from_slice(&json).unwrap();
    found.remove(0)
}

/// The tags of the groups that are kept.
fn travelling(file: &str) -> BTreeMap<String, serde_json::Value> {
    let groups = ["IFD0:", "ExifIFD:", "GPS:", "InteropIFD:", "Canon:", "XMP-", "IPTC:"];
    let mut tags = tags(file);
    tags.retain(|name, _| groups.iter().any(|group| name.starts_with(group)));
    tags
}

/// Whether a tag describes the storage of a TIFF's pixels.
fn is_layout(name: &str) -> bool {
    let layout = [
        "ImageWidth",
        "ImageHeight",
        "BitsPerSample",
        "Compression",
        "PhotometricInterpretation",
        "StripOffsets",
        "SamplesPerPixel",
        "RowsPerStrip",
        "StripByteCounts",
        "PlanarConfiguration",
        "Predictor",
        "ExtraSamples",
        "SubfileType",
        "FillOrder",
        "SampleFormat",
        "YCbCrPositioning",
        "DocumentName",
        "PageNumber",
        "WhitePoint",
        "PrimaryChromaticities",
    ];
    name.strip_prefix("IFD0:").is_some_and(|name| layout.contains(&name))
}

/// A maker note like Canon's: a directory whose offsets are relative to the EXIF block. `at`: its offset there.
fn maker_note(at: u32) -> Vec<u8> {
    let texts: [(u16, &[u8]); 3] =
        [(6, b"Canon EOS Something\0"), (7, b"Firmware Version 1.0.5\0\0"), (9, b"Somebody Who Owns It\0")];
    let mut note = (texts.len() as u16).to_le_bytes().to_vec();
    let mut values = at + 2 + 12 * texts.len() as u32 + 4;
    for (tag, text) in texts {
        note.extend([tag.to_le_bytes(), 2_u16.to_le_bytes()].concat());
        note.extend([(text.len() as u32).to_le_bytes(), values.to_le_bytes()].concat());
        values += text.len() as u32;
    }
    note.extend([0; 4]);
    for (_, text) in texts {
        note.extend(text);
    }
    note
}

/// Offset of the maker note in [`camera_block`].
const NOTE_AT: u32 = 118;

/// An EXIF block with a camera's make, a maker note, and the pixel dimensions 7 × 5.
fn camera_block() -> Vec<u8> {
    let long = |tag: u16, kind: u16, count: u32, value: u32| {
        [&tag.to_le_bytes()[..], &kind.to_le_bytes(), &count.to_le_bytes(), &value.to_le_bytes()].concat()
    };
    let mut block = b"II*\0\x08\0\0\0".to_vec();
    // The first directory: make, model, and the EXIF directory.
    let (exif_at, make_at) = (8 + 2 + 3 * 12 + 4, 8 + 2 + 3 * 12 + 4 + 2 + 3 * 12 + 4);
    block.extend(3_u16.to_le_bytes());
    block.extend(long(271, 2, 6, make_at));
    block.extend(long(272, 2, 20, make_at + 6));
    block.extend(long(34_665, 4, 1, exif_at));
    block.extend([0; 4]);
    let note = maker_note(NOTE_AT);
    block.extend(3_u16.to_le_bytes());
    block.extend(long(37_500, 7, note.len() as u32, NOTE_AT));
    block.extend(long(40_962, 3, 1, 7));
    block.extend(long(40_963, 3, 1, 5));
    block.extend([0; 4]);
    block.extend(b"Canon\0Canon EOS Something\0");
    assert_eq!(block.len() as u32, NOTE_AT);
    block.extend(note);
    block
}

/// A picture with all metadata of cameras and editors, written by other programs.
fn rich(folder: &TempDir, extension: &str) -> String {
    let (plain, thumbnail, block) = (at(folder, "plain.png"), at(folder, "thumbnail.jpg"), at(folder, "camera.exif"));
    let file = at(folder, &format!("rich.{extension}"));
    run("convert", &["-size", "60x40", "gradient:red-blue", "-depth", "8", "-strip", &format!("PNG24:{plain}")]);
    run("convert", &["-size", "16x12", "plasma:", "-strip", &thumbnail]);
    fs::write(&block, camera_block()).unwrap();
    // ImageMagick drops the camera's block here; ExifTool adds it as EXIF.
    run("convert", &[&plain, "-quality", "95", "-density", "240", "-units", "PixelsPerInch", &file]);
    let camera = at(folder, "camera.jpg");
    let script = "import sys; from PIL import Image; \
                  Image.open(sys.argv[1]).save(sys.argv[2], exif=b'Exif\\0\\0' + open(sys.argv[3], 'rb').read())";
    run(PYTHON, &["-c", script, &plain, &camera, &block]);
    let thumbnail = format!("-ThumbnailImage<={thumbnail}");
    let mut arguments = vec![
        "-q",
        "-q",
        "-m",
        "-overwrite_original",
        "-tagsFromFile",
        &camera,
        "-all:all",
        "-makernotes",
        "-n",
        "-IFD0:Orientation=6",
        "-IFD0:XResolution=240",
        "-IFD0:YResolution=240",
        "-IFD0:ResolutionUnit=2",
        "-IFD0:Software=Camera 1.0",
        "-IFD0:Artist=Zoë",
        "-IFD0:Copyright=(c) me",
        "-IFD0:ImageDescription=A view",
        "-ExifIFD:DateTimeOriginal=2024:05:06 07:08:09",
        "-ExifIFD:ISO=3200",
        "-ExifIFD:ExposureTime=0.01",
        "-ExifIFD:FNumber=2.8",
        "-ExifIFD:LensModel=A lens",
        "-ExifIFD:UserComment=Hello",
        "-ExifIFD:ExifImageWidth=60",
        "-ExifIFD:ExifImageHeight=40",
        "-GPS:GPSLatitude=48.2",
        "-GPS:GPSLatitudeRef=N",
        "-GPS:GPSLongitude=16.37",
        "-GPS:GPSLongitudeRef=E",
        "-GPS:GPSAltitude=171",
        "-InteropIFD:InteropIndex=R98",
        "-XMP-dc:Title=Wien – 維也納",
        "-XMP-dc:Subject=one",
        "-XMP-dc:Subject=two",
        "-XMP-xmp:Rating=4",
        "-XMP-tiff:Orientation=6",
        "-XMP-exif:ExifImageWidth=60",
        "-XMP-photoshop:City=Wien",
        "-XMP-crs:Exposure2012=0.5",
    ];
    if extension != "webp" {
        arguments.extend([
            "-IPTC:Keywords=one",
            "-IPTC:Keywords=two",
            "-IPTC:City=Wien",
            "-IPTC:Caption-Abstract=Caption",
        ]);
    }
    if extension != "tif" {
        arguments.push(&thumbnail);
    }
    arguments.push(&file);
    run("exiftool", &arguments);
    file
}

/// Between all pairs of formats, ExifTool finds every tag with the same value, or with the new one if it has to change.
#[test]
fn every_tag_is_kept() {
    if !have(&["exiftool", "convert", PYTHON]) {
        return;
    }
    let folder = folder();
    for from in FORMATS {
        let source = rich(&folder, from);
        let before = travelling(&source);
        assert!(before.contains_key("Canon:OwnerName") && before.contains_key("XMP-dc:Title"), "{from}: {before:?}");
        let opened = open(Path::new(&source)).unwrap();
        let mut photo = opened.photo;
        assert_eq!(photo.size(), Size::new(40, 60), "{from}: it was turned");
        assert_eq!(opened.notices, Vec::<String>::new(), "{from}");
        photo.metadata.history = Some(HISTORY.into());
        for to in TARGETS {
            let target = at(&folder, &format!("{from}-to.{to}"));
            let notices = save(&photo, Path::new(&target), &SaveOptions::default()).unwrap().notices;
            let expected = if !holds_iptc(to) && from != "webp" { "IPTC" } else { "" };
            assert!(notices.iter().all(|notice| !expected.is_empty() && notice.contains(expected)), "{notices:?}");
            let after = travelling(&target);
            let case = format!("{from} to {to}");
            for (name, value) in &before {
                let expected = match name.as_str() {
                    "IFD0:Orientation" | "XMP-tiff:Orientation" => "1".into(),
                    "IFD0:Software" => format!("\"Camera 1.0; {HISTORY}\""),
                    "ExifIFD:ExifImageWidth" | "XMP-exif:ExifImageWidth" => "40".into(),
                    "ExifIFD:ExifImageHeight" => "60".into(),
                    name if is_layout(name) && (from == "tif" || to == "tif") => continue,
                    name if name.starts_with("IPTC") && !holds_iptc(to) => continue,
                    _ => value.to_string(),
                };
                let found = after.get(name).map(ToString::to_string);
                assert_eq!(found.as_ref(), Some(&expected), "{case}: {name}");
            }
            for name in after.keys().filter(|name| !is_layout(name) && !name.contains("Resolution")) {
                assert!(before.contains_key(name), "{case}: {name} is new");
            }
            let all = tags(&target);
            assert!(!all.keys().any(|name| name.starts_with("IFD1") || name.contains("Thumbnail")), "{case}: {all:?}");
            assert!(!all.contains_key("ExifTool:Warning"), "{case}: {:?}", all["ExifTool:Warning"]);
            let back = open(Path::new(&target)).unwrap();
            assert_eq!(back.photo.metadata.xmp.is_some(), photo.metadata.xmp.is_some(), "{case}");
            let near = metrics::psnr(&back.photo.colours(), &photo.colours());
            assert!(near > 38.0, "{case}: {near} dB");
        }
    }
}

fn holds_iptc(extension: &str) -> bool {
    matches!(extension, "jpg" | "png" | "tif")
}

/// XMP and IPTC are unchanged if they don't contain sizes.
#[test]
fn blocks_are_kept_byte_for_byte() {
    let folder = folder();
    let metadata = Metadata {
        exif: Some(camera_block()),
        xmp: Some("<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF>ü</rdf:RDF></x:xmpmeta>  <?xpacket end='w'?>".into()),
        iptc: Some(b"\x1C\x02\x05\0\x03Sky\x1C\x02\x19\0\x01x".to_vec()),
        resolution: Some(Resolution { x: 300.0, y: 150.0, unit: Unit::Inch }),
        ..Metadata::default()
    };
    let photo = photo_of(Size::new(7, 5), metadata.clone());
    for name in TARGETS {
        let path = folder.path().join(format!("blocks.{name}"));
        save(&photo, &path, &SaveOptions::default()).unwrap();
        let found = open(&path).unwrap().photo.metadata;
        assert_eq!(found.xmp, metadata.xmp, "{name}");
        if holds_iptc(name) {
            assert_eq!(found.iptc, metadata.iptc, "{name}");
        }
        if matches!(name, "jpg" | "png") {
            assert_eq!(found.exif, metadata.exif, "{name}");
        }
        // The maker note keeps its offset.
        let (block, note) = (found.exif.unwrap(), maker_note(NOTE_AT));
        assert_eq!(&block[NOTE_AT as usize..][..note.len()], note, "{name}");
        let resolution = found.resolution.unwrap();
        let (x, y) = match resolution.unit {
            Unit::Centimetre => (resolution.x * 2.54, resolution.y * 2.54),
            _ => (resolution.x, resolution.y),
        };
        assert!((x - 300.0).abs() < 0.02 && (y - 150.0).abs() < 0.02, "{name}: {resolution:?}");
    }
}

fn photo_of(size: Size, metadata: Metadata) -> Photo {
    let data = (0..3 * size.area()).map(|index| (index * 37 % 256) as f32 / 255.0).collect();
    let pixels = Raster::from_planes(&Planes::new(3, size, data), None, Depth::Eight);
    Photo { pixels, format: Format::Png, metadata }
}

/// The bytes of a removed thumbnail are not in the file, not even unreferenced.
#[test]
fn nothing_of_a_thumbnail_is_left() {
    if !have(&["exiftool", "convert", PYTHON]) {
        return;
    }
    let folder = folder();
    let source = rich(&folder, "jpg");
    let thumbnail = run("exiftool", &["-b", "-ThumbnailImage", &source]);
    assert!(thumbnail.len() > 200);
    let photo = open(Path::new(&source)).unwrap().photo;
    for name in TARGETS {
        let target = folder.path().join(format!("without.{name}"));
        save(&photo, &target, &SaveOptions::default()).unwrap();
        let bytes = fs::read(&target).unwrap();
        let middle = &thumbnail[thumbnail.len() / 2..thumbnail.len() / 2 + 60];
        assert!(!bytes.windows(60).any(|part| part == middle), "{name}");
    }
}

#[test]
fn strip_keeps_the_colours_only() {
    if !have(&["exiftool", "convert", PYTHON]) {
        return;
    }
    let folder = folder();
    let mut photo = open(Path::new(&rich(&folder, "jpg"))).unwrap().photo;
    let profile = srgb_profile();
    photo.metadata.icc = Some(profile.clone());
    photo.metadata.history = Some(HISTORY.into());
    for name in TARGETS {
        let target = at(&folder, &format!("stripped.{name}"));
        let options = SaveOptions { metadata: MetadataChoice::Strip, ..SaveOptions::default() };
        let saved = save(&photo, Path::new(&target), &options).unwrap();
        assert_eq!(saved.notices, Vec::<String>::new(), "{name}");
        let left: Vec<_> = travelling(&target).into_keys().filter(|name| !is_layout(name)).collect();
        assert_eq!(left, Vec::<String>::new(), "{name}");
        assert_eq!(open(Path::new(&target)).unwrap().photo.metadata.icc.as_ref(), Some(&profile), "{name}");
        // In a JPEG XL it is compressed.
        if name != "jxl" {
            assert_eq!(run("exiftool", &["-b", "-ICC_Profile", &target]), profile, "{name}");
        }
    }
}

/// A real profile, from Pillow.
fn srgb_profile() -> Vec<u8> {
    let script = "import sys; from PIL import ImageCms; \
                  sys.stdout.buffer.write(ImageCms.ImageCmsProfile(ImageCms.createProfile('sRGB')).tobytes())";
    run(PYTHON, &["-c", script])
}

/// Profiles that need several JPEG segments, written and read by Pillow.
#[test]
fn profiles_are_equal_to_the_last_byte() {
    if !have(&[PYTHON]) {
        return;
    }
    let folder = folder();
    let mut profile = srgb_profile();
    profile.extend((0..200_000_u32).map(|index| (index.wrapping_mul(2_654_435_761) >> 24) as u8));
    let length = (profile.len() as u32).to_be_bytes();
    profile[..4].copy_from_slice(&length);
    let icc = at(&folder, "large.icc");
    fs::write(&icc, &profile).unwrap();
    let give = "import sys; from PIL import Image; \
                sys.stdout.buffer.write(Image.open(sys.argv[1]).info.get('icc_profile', b''))";
    let make = "import sys; from PIL import Image; \
                Image.effect_mandelbrot((32, 24), (-2, -1, 1, 1), 50).convert('RGB')\
                .save(sys.argv[1], icc_profile=open(sys.argv[2], 'rb').read())";
    for from in FORMATS {
        let source = at(&folder, &format!("profiled.{from}"));
        run(PYTHON, &["-c", make, &source, &icc]);
        let photo = open(Path::new(&source)).unwrap().photo;
        assert_eq!(photo.metadata.icc.as_ref(), Some(&profile), "{from}");
        for to in FORMATS {
            let target = at(&folder, &format!("profiled-{from}.{to}"));
            save(&photo, Path::new(&target), &SaveOptions::default()).unwrap();
            assert!(run(PYTHON, &["-c", give, &target]) == profile, "{from} to {to}");
        }
    }
}

/// A mark in the corner is at the right place for each orientation and format.
#[test]
fn orientations_of_other_programs_are_applied() {
    if !have(&["exiftool", "convert"]) {
        return;
    }
    let folder = folder();
    // The centre of a 16 px mark at the top left of 48 × 32 px, after the orientation is applied.
    let upright = [(8, 8), (40, 8), (40, 24), (8, 24), (8, 8), (24, 8), (24, 40), (8, 40)];
    for extension in FORMATS {
        for (index, (x, y)) in upright.into_iter().enumerate() {
            let file = at(&folder, &format!("{index}.{extension}"));
            let mark = ["-size", "48x32", "xc:black", "-fill", "white", "-draw", "rectangle 0,0 15,15"];
            // Otherwise it becomes grey with alpha, or one bit.
            run("convert", &[&mark[..], &["-alpha", "off", "-type", "TrueColor", &file]].concat());
            let orientation = format!("-IFD0:Orientation={}", index + 1);
            run("exiftool", &["-q", "-q", "-n", "-overwrite_original", &orientation, &file]);
            let photo = open(Path::new(&file)).unwrap().photo;
            let (width, height) = if index < 4 { (48, 32) } else { (32, 48) };
            assert_eq!(photo.size(), Size::new(width, height), "{extension}, orientation {}", index + 1);
            assert!(photo.pixels.value(0, x, y) > 0.95, "{extension}, orientation {}", index + 1);
            assert!(photo.pixels.value(0, width - 1 - x, height - 1 - y) < 0.05, "{extension} {}", index + 1);
            let target = at(&folder, &format!("{index}-upright.{extension}"));
            save(&photo, Path::new(&target), &SaveOptions::default()).unwrap();
            let left = tags(&target).get("IFD0:Orientation").map(ToString::to_string);
            assert!(left.is_none_or(|value| value == "1"), "{extension}, orientation {}", index + 1);
        }
    }
}

/// Print resolution written and read by other programs.
#[test]
fn resolution_is_kept() {
    if !have(&["exiftool", "convert", "identify"]) {
        return;
    }
    let folder = folder();
    for (from, to) in [("jpg", "png"), ("png", "jpg"), ("tif", "jpg"), ("jpg", "tif"), ("png", "tif"), ("bmp", "png")] {
        let (source, target) = (at(&folder, &format!("dpi.{from}")), at(&folder, &format!("dpi-{from}.{to}")));
        let density = ["-size", "8x8", "gradient:red-blue", "-units", "PixelsPerInch", "-density", "300x150", &source];
        run("convert", &density);
        let photo = open(Path::new(&source)).unwrap().photo;
        save(&photo, Path::new(&target), &SaveOptions::default()).unwrap();
        let output = run("identify", &["-units", "PixelsPerInch", "-format", "%x %y", &target]);
        let output = String::from_utf8(output).unwrap();
        let numbers: Vec<f64> = output.split_whitespace().filter_map(|word| word.parse().ok()).collect();
        assert!((numbers[0] - 300.0).abs() < 0.02 && (numbers[1] - 150.0).abs() < 0.02, "{from} to {to}: {output}");
    }
    // WebP stores it only in the EXIF block.
    let photo = photo_of(
        Size::new(4, 4),
        Metadata {
            resolution: Some(Resolution { x: 118.11, y: 118.11, unit: Unit::Centimetre }),
            ..Metadata::default()
        },
    );
    let target = at(&folder, "dpi.webp");
    save(&photo, Path::new(&target), &SaveOptions::default()).unwrap();
    assert_eq!(run("exiftool", &["-n", "-s3", "-IFD0:XResolution", "-IFD0:ResolutionUnit", &target]), b"118.11\n3\n");
    assert_eq!(open(Path::new(&target)).unwrap().photo.metadata.resolution, photo.metadata.resolution);
}

/// A PNG's colour chunks are kept in PNG, and become a profile in other formats.
#[test]
fn colour_chunks_of_a_png_stay() {
    if !have(&["exiftool", PYTHON]) {
        return;
    }
    let folder = folder();
    let source = at(&folder, "gamma.png");
    let script = "import sys, struct; from PIL import Image, PngImagePlugin; p = PngImagePlugin.PngInfo(); \
                  p.add(b'gAMA', struct.pack('>I', 100000)); \
                  p.add(b'cHRM', struct.pack('>8I', 31270, 32900, 68000, 32000, 26500, 69000, 15000, 6000)); \
                  Image.new('RGB', (8, 8), (10, 200, 30)).save(sys.argv[1], pnginfo=p)";
    run(PYTHON, &["-c", script, &source]);
    let photo = open(Path::new(&source)).unwrap().photo;
    let target = at(&folder, "gamma-kept.png");
    assert_eq!(save(&photo, Path::new(&target), &SaveOptions::default()).unwrap().notices, Vec::<String>::new());
    let words =
        |file: &str| run("exiftool", &["-n", "-PNG:Gamma", "-PNG:RedX", "-PNG:GreenY", "-PNG:WhitePointX", file]);
    assert_eq!(words(&source), words(&target));
    assert!(words(&target).len() > 60, "all four are there");
    let notices = save(&photo, &folder.path().join("gamma.bmp"), &SaveOptions::default()).unwrap().notices.join(" ");
    assert!(notices.contains("description of its colours"), "{notices}");

    // Converted by another colour engine: the red of sRGB, a middle grey, a linear half.
    let linear = vec![(*b"gAMA", 100_000_u32.to_be_bytes().to_vec())];
    let p3: Vec<u8> = [31_270_u32, 32_900, 68_000, 32_000, 26_500, 69_000, 15_000, 6_000]
        .into_iter()
        .flat_map(u32::to_be_bytes)
        .collect();
    let p3 = vec![(*b"cHRM", p3)];
    let seen = "import sys, io; from PIL import Image, ImageCms; i = Image.open(sys.argv[1]); \
                i = i if i.mode == 'RGB' or i.mode == 'L' else i.convert('RGB'); \
                p = ImageCms.ImageCmsProfile(io.BytesIO(i.info['icc_profile'])); \
                print(*ImageCms.profileToProfile(i, p, ImageCms.createProfile('sRGB'), 1, 'RGB').getpixel((1, 1)))";
    for (name, chunks, from, expected) in [
        ("p3.tif", &p3, vec![234, 51, 35], [255, 0, 0]),
        ("p3.webp", &p3, vec![128, 128, 128], [128, 128, 128]),
        ("linear.tif", &linear, vec![128, 128, 128], [188, 188, 188]),
        ("grey.tif", &linear, vec![128], [188, 188, 188]),
    ] {
        let size = Size::new(4, 4);
        let data = from.iter().flat_map(|&value: &u8| vec![f32::from(value) / 255.0; size.area()]).collect();
        let metadata = Metadata { png_color: chunks.clone(), ..Metadata::default() };
        let pixels = Raster::from_planes(&Planes::new(from.len(), size, data), None, Depth::Eight);
        let photo = Photo { pixels, ..photo_of(size, metadata) };
        let target = at(&folder, name);
        assert_eq!(save(&photo, Path::new(&target), &SaveOptions::default()).unwrap().notices, Vec::<String>::new());
        let output = String::from_utf8(run(PYTHON, &["-c", seen, &target])).unwrap();
        let found: Vec<i32> = output.split_whitespace().map(|word| word.parse().unwrap()).collect();
        let near = found.iter().zip(expected).all(|(found, expected): (&i32, i32)| (found - expected).abs() <= 3);
        assert!(near && found.len() == 3, "{name}: {found:?}");
    }
}

/// CMYK, plain from ImageMagick and inverted as by Adobe, is converted to RGB like in Pillow.
#[test]
fn cmyk_becomes_rgb() {
    if !have(&["convert", PYTHON]) {
        return;
    }
    let folder = folder();
    let script = "import sys; from PIL import Image; i = Image.open(sys.argv[1]); \
                  assert i.mode == 'CMYK'; i.convert('RGB').save(sys.argv[2])";
    let make = "import sys; from PIL import Image; \
                Image.linear_gradient('L').resize((64, 64)).convert('RGB').convert('CMYK').save(sys.argv[1], quality=97)";
    let (magick, pillow) = (at(&folder, "magick.jpg"), at(&folder, "pillow.jpg"));
    run("convert", &["-size", "64x64", "gradient:orange-navy", "-colorspace", "CMYK", "-quality", "97", &magick]);
    run(PYTHON, &["-c", make, &pillow]);
    for file in [magick, pillow] {
        let theirs = at(&folder, "theirs.png");
        run(PYTHON, &["-c", script, &file, &theirs]);
        let ours = open(Path::new(&file)).unwrap();
        assert!(ours.notices.iter().any(|notice| notice.contains("CMYK")), "{:?}", ours.notices);
        let near = metrics::psnr(&ours.photo.colours(), &open(Path::new(&theirs)).unwrap().photo.colours());
        assert!(near > 35.0, "{file}: {near} dB");
    }
}

/// Another program reads the same pixels from compressed TIFF files, in both byte orders and depths, with and without
/// alpha, in one strip and in many.
#[test]
fn tiff_is_deflate() {
    if !have(&["exiftool", "convert"]) {
        return;
    }
    let folder = folder();
    let big = {
        let mut block = b"MM\0*\0\0\0\x08\0\x01".to_vec();
        block.extend(b"\x01\x0F\0\x02\0\0\0\x04Cam\0\0\0\0\0");
        block
    };
    let mut case = 0_u32;
    for exif in [None, Some(big)] {
        for (depth, top) in [(Depth::Eight, 255_u32), (Depth::Sixteen, 65_535)] {
            for (channels, alpha, size) in [
                (1, false, Size::new(61, 43)),
                (3, false, Size::new(700, 900)),
                (3, true, Size::new(64, 40)),
                (1, true, Size::new(33, 21)),
                (3, false, Size::new(1, 1)),
            ] {
                case += 1;
                let mut random = case;
                let mut plane = |channels: usize| {
                    let value = |_| {
                        random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                        ((random >> 8) % (top + 1)) as f32 / top as f32
                    };
                    Planes::new(channels, size, (0..channels * size.area()).map(value).collect())
                };
                let photo = Photo {
                    pixels: Raster::from_planes(&plane(channels), alpha.then(|| plane(1)).as_ref(), depth),
                    format: Format::Tiff,
                    metadata: Metadata { exif: exif.clone(), ..Metadata::default() },
                };
                let (file, theirs) = (at(&folder, &format!("{case}.tif")), at(&folder, &format!("{case}.png")));
                save(&photo, Path::new(&file), &SaveOptions::default()).unwrap();
                let back = open(Path::new(&file)).unwrap().photo;
                assert!(back.pixels == photo.pixels, "{case}");
                assert_eq!(run("exiftool", &["-s3", "-Compression", &file]), b"Adobe Deflate\n");
                run("convert", &[&file, &theirs]);
                let back = open(Path::new(&theirs)).unwrap().photo;
                assert!((back.colours().plane(0), back.alpha()) == (photo.colours().plane(0), photo.alpha()), "{case}");
            }
        }
    }
}

#[test]
fn premultiplied_tiff_is_unpremultiplied() {
    if !have(&["convert", "exiftool"]) {
        return;
    }
    let folder = folder();
    let file = at(&folder, "premultiplied.tif");
    let arguments = ["-size", "16x16", "xc:rgba(200,100,50,0.5)", "-define", "tiff:alpha=associated", "-depth", "16"];
    run("convert", &[&arguments[..], &[&file]].concat());
    assert_eq!(run("exiftool", &["-n", "-s3", "-ExtraSamples", &file]), b"1\n");
    let photo = open(Path::new(&file)).unwrap().photo;
    assert!((photo.pixels.value(3, 0, 0) - 0.5).abs() < 0.01);
    let red = photo.pixels.value(0, 0, 0) * 255.0;
    assert!((red - 200.0).abs() < 1.0, "{red}");
}

/// Each damaged block causes a notice, and the picture opens without it.
#[test]
fn damaged_blocks_cause_notices() {
    let folder = folder();
    let metadata = Metadata {
        xmp: Some(b"<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF></rdf:RDF></x:xmpmeta>".to_vec()),
        iptc: Some(b"\x1C\x02\x05\0\x03Sky".to_vec()),
        exif: Some(camera_block()),
        resolution: Some(Resolution { x: 300.0, y: 300.0, unit: Unit::Inch }),
        ..Metadata::default()
    };
    let photo = photo_of(Size::new(7, 5), metadata);
    let with_notice = |path: &PathBuf, what: &str| {
        let opened = open(path).unwrap();
        assert!(opened.notices.iter().any(|notice| notice.contains(what)), "{path:?}: {:?}", opened.notices);
        opened.photo
    };
    for name in TARGETS {
        let path = folder.path().join(format!("damaged.{name}"));
        save(&photo, &path, &SaveOptions::default()).unwrap();
        let bytes = fs::read(&path).unwrap();
        let spoilt = |what: &[u8], with: &[u8]| {
            let at = bytes.windows(what.len()).position(|part| part == what).unwrap();
            let mut bytes = bytes.clone();
            bytes[at..at + with.len()].copy_from_slice(with);
            fs::write(&path, bytes).unwrap();
        };
        spoilt(b":RDF></x:", b":RDX></x:");
        assert_eq!(with_notice(&path, "XMP data is damaged").metadata.xmp, None, "{name}");
        if matches!(name, "jpg" | "tif") {
            spoilt(b"\x1C\x02\x05\0\x03", b"\x1C\x02\x05\0\x33");
            assert_eq!(with_notice(&path, "IPTC data is damaged").metadata.iptc, None, "{name}");
        }
        if name == "png" {
            for (chunk, what) in [(b"eXIf", "EXIF"), (b"pHYs", "print resolution"), (b"iTXt", "XMP")] {
                let at = bytes.windows(4).position(|part| part == chunk).unwrap();
                let length = u32::from_be_bytes(bytes[at - 4..at].try_into().unwrap()) as usize;
                let mut bytes = bytes.clone();
                bytes[at + 4 + length] ^= 0xFF;
                fs::write(&path, bytes).unwrap();
                with_notice(
                    &path,
                    &format!("{what}{} is damaged", if what == "print resolution" { "" } else { " data" }),
                );
            }
        }
    }
}

/// Pictures with changed bytes anywhere in the blocks can be opened and saved.
#[test]
fn damaged_metadata_never_fails_a_job() {
    let folder = folder();
    let metadata = Metadata {
        exif: Some(camera_block()),
        iptc: Some(b"\x1C\x02\x05\0\x03Sky".to_vec()),
        history: Some(HISTORY.into()),
        ..Metadata::default()
    };
    let mut random = 99_u64;
    let mut below = |end: usize| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) as usize % end
    };
    for name in ["jpg", "tif"] {
        let (path, again) = (folder.path().join(format!("a.{name}")), folder.path().join(format!("b.{name}")));
        save(&photo_of(Size::new(7, 5), metadata.clone()), &path, &SaveOptions::default()).unwrap();
        let whole = fs::read(&path).unwrap();
        let block = whole.windows(4).position(|part| part == b"II*\0").unwrap();
        let mut opened = 0;
        for _ in 0..3_000 {
            let mut bytes = whole.clone();
            for _ in 0..3 {
                // After the header, without which there is no block.
                bytes[block + 8 + below(300)] = below(256) as u8;
            }
            fs::write(&path, bytes).unwrap();
            // A TIFF's pixels are among them.
            if let Ok(found) = open(&path) {
                opened += 1;
                let options = SaveOptions { if_exists: redawn::imaging::IfExists::Replace, ..SaveOptions::default() };
                save(&found.photo, &again, &options).unwrap();
                open(&again).unwrap();
            } else {
                assert_eq!(name, "tif");
            }
        }
        assert!(opened > 1_000, "{name}: {opened}");
    }
}

/// The history contains options that the command line accepts; there is none if nothing was done.
#[test]
fn a_restoration_stores_its_recipe() {
    let photo = photo_of(Size::new(9, 7), Metadata { exif: Some(camera_block()), ..Metadata::default() });
    let marked = |marks: &[MarkEdit], recipe| {
        let marks = MarkSources { edits: MarkEdits::from(marks.to_vec()), ..MarkSources::default() };
        let order = Order { marks, ..Order::new(Arc::new(photo.clone()), NoiseEstimate::white(12.5), recipe) };
        restore(&order, &mut fake::opener(Duration::ZERO), &mut NoFollower).unwrap().0.metadata
    };
    let done = |recipe| marked(&[], recipe);
    let compression = Compression::Quality(40);
    let strength = Strength::of(0.8);
    let all = Recipe { compression, scale: Scale::X2, strength, best: true, ..Recipe::default() };
    let history = done(all).history.unwrap();
    let expected =
        format!("Redawn {} (--jpeg 40 --noise auto --scale 2 --strength 80 --best; jpeg-", env!("CARGO_PKG_VERSION"));
    assert!(history.starts_with(&expected) && history.contains("denoise") && history.contains("enlarge"), "{history}");
    let apart = done(Recipe { strength: Strength { luminance: 0.5, colour: 0.0, ..Strength::FULL }, ..all });
    let history = apart.history.unwrap();
    assert!(history.contains(" --strength 100 --luminance 50 --colour 0 --best; "), "{history}");
    let stroke = |effect| {
        let points = vec![[1.5, 1.5]];
        [MarkEdit::Stroke(Stroke { points, radius: 2.0, feather: 0.0, effect })]
    };
    for (repair, option) in [
        (Repair::Auto(Sensitivity::MEDIUM), "--repair medium --jpeg 40"),
        (Repair::Auto(Sensitivity::of(33)), "--repair 33 --jpeg 40"),
        (Repair::Given, "--repair MASK --jpeg 40"),
    ] {
        let by_hand = if repair == Repair::Given { &stroke(Effect::Add)[..] } else { &[] };
        let history = marked(by_hand, Recipe { repair, ..all }).history.unwrap();
        assert!(history.contains(option) && history.contains("repair-"), "{history}");
    }
    for erased in [&[][..], &stroke(Effect::Erase)[..]] {
        let unmarked = marked(erased, Recipe { repair: Repair::Given, ..all }).history.unwrap();
        assert!(!unmarked.contains("repair"), "{unmarked}");
    }
    let nothing = done(Recipe { noise: Noise::Sigma(0.0), ..Recipe::default() });
    assert_eq!(nothing, photo.metadata);
}

/// Alpha and the colours of transparent pixels are unchanged.
#[test]
fn denoising_keeps_alpha() {
    let size = Size::new(40, 33);
    let mut photo = photo_of(size, Metadata::default());
    let alpha = (0..size.area()).map(|index| (index % 5) as f32 / 4.0).collect();
    let alpha = Planes::new(1, size, alpha);
    photo.pixels = Raster::from_planes(&photo.colours(), Some(&alpha), Depth::Float);
    let recipe = Recipe { noise: Noise::Sigma(25.0), ..Recipe::default() };
    let order = Order::new(Arc::new(photo.clone()), NoiseEstimate::none(), recipe);
    let result = restore(&order, &mut fake::opener(Duration::ZERO), &mut NoFollower).unwrap().0;
    assert_eq!(result.alpha(), photo.alpha());
    for channel in 0..3 {
        let (after, before) = (result.colours(), photo.colours());
        let pairs = after.plane(channel).iter().zip(before.plane(channel));
        for (index, (after, before)) in pairs.enumerate() {
            // The fake brightens everything except white.
            assert_eq!(after == before, index % 5 == 0 || *before == 1.0, "{channel}, {index}");
        }
    }
}

/// Enlarging keeps the colour of an object up to its edge, for any colour of the transparent pixels around it.
#[test]
fn transparent_colours_do_not_bleed() {
    let size = Size::new(24, 24);
    let inside = |index: usize| (3..21).contains(&(index % 24)) && (3..21).contains(&(index / 24));
    let plane = |seen: f32, unseen: f32| -> Vec<f32> {
        (0..size.area()).map(|index| if inside(index) { seen } else { unseen }).collect()
    };
    let mut photo = photo_of(size, Metadata::default());
    let [colour, alpha] = [plane(0.25, 1.0), plane(1.0, 0.0)].map(|plane| Planes::new(1, size, plane));
    photo.pixels = Raster::from_planes(&colour, Some(&alpha), Depth::Float);
    let recipe =
        Recipe { noise: Noise::Sigma(0.0), scale: Scale::X3, strength: Strength::of(0.0), ..Recipe::default() };
    let order = Order::new(Arc::new(photo), NoiseEstimate::none(), recipe);
    let result = restore(&order, &mut fake::opener(Duration::ZERO), &mut NoFollower).unwrap().0;
    let (colours, alpha) = (result.colours(), result.alpha().unwrap());
    let visible = colours.data().iter().zip(alpha.data()).filter(|(_, alpha)| **alpha > 0.0);
    let (count, worst) =
        visible.fold((0, 0.0_f32), |(count, worst), (value, _)| (count + 1, worst.max((value - 0.25).abs())));
    assert!(count > 54 * 54 && worst < 1e-5, "{count} px, off by up to {worst}");
}

#[test]
fn the_comment_of_a_jpeg_is_kept() {
    if !have(&["exiftool", "convert"]) {
        return;
    }
    let folder = folder();
    let (source, target) = (at(&folder, "comment.jpg"), at(&folder, "comment-kept.jpg"));
    run("convert", &["-size", "8x8", "gradient:red-blue", &source]);
    run("exiftool", &["-q", "-overwrite_original", "-Comment=Schön", &source]);
    let photo = open(Path::new(&source)).unwrap().photo;
    assert_eq!(save(&photo, Path::new(&target), &SaveOptions::default()).unwrap().notices, Vec::<String>::new());
    assert_eq!(run("exiftool", &["-s3", "-Comment", &target]), "Schön\n".as_bytes());
    let notices = save(&photo, &folder.path().join("comment.png"), &SaveOptions::default()).unwrap().notices.join(" ");
    assert!(notices.contains("comment of the JPEG"), "{notices}");
}

/// Texts of a PNG are kept in PNG; in other formats there is a notice.
#[test]
fn texts_of_a_png_are_kept() {
    if !have(&["exiftool", PYTHON]) {
        return;
    }
    let folder = folder();
    let source = at(&folder, "texts.png");
    let script = "import sys; from PIL import Image, PngImagePlugin; p = PngImagePlugin.PngInfo(); \
                  p.add_text('Title', 'A view'); p.add_text('Comment', 'x' * 999, zip=True); \
                  p.add_itxt('Author', 'Zoë', 'de', 'Autor'); \
                  Image.new('RGB', (8, 8), (10, 200, 30)).save(sys.argv[1], pnginfo=p)";
    run(PYTHON, &["-c", script, &source]);
    let photo = open(Path::new(&source)).unwrap().photo;
    let target = at(&folder, "texts-kept.png");
    assert_eq!(save(&photo, Path::new(&target), &SaveOptions::default()).unwrap().notices, Vec::<String>::new());
    let words = |file: &str| run("exiftool", &["-PNG:Title", "-PNG:Comment", "-PNG:Author", "-PNG:Author-de", file]);
    assert_eq!(words(&source), words(&target));
    assert!(words(&target).len() > 1_000);
    let notices = save(&photo, &folder.path().join("texts.jpg"), &SaveOptions::default()).unwrap().notices.join(" ");
    assert!(notices.contains("texts"), "{notices}");
}
