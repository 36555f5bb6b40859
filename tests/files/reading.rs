//! Files of other programs are read like by those programs: CMYK, palettes, few bits, floating point, JPEG XL, AVIF; and
//! Photoshop's data that is not kept is named.

use std::{fs, io::Cursor, path::Path, process::Command};

use image::{DynamicImage, GrayImage, ImageFormat, Luma, Rgba, RgbaImage};
use redawn::{
    imaging::{self, Decoded, Depth, Format, MemoryLimit, Photo, PictureError, SaveOptions, open, save},
    pixels::Size,
};
use tempfile::TempDir;

use crate::support::skip;

const PYTHON: &str = "/usr/bin/python3";
/// A real CMYK profile, from Debian's libgs-common.
const REAL_PROFILE: &str = "/usr/share/color/icc/ghostscript/default_cmyk.icc";

/// Whether other programs are installed; otherwise reports a skip.
fn have(programs: &[&str]) -> bool {
    programs.iter().all(|&program| {
        let arguments: &[&str] = match program {
            PYTHON => &["-c", "import PIL.ImageCms"],
            "exiftool" => &["-ver"],
            _ => &["--version"],
        };
        let found = Command::new(program).args(arguments).output().is_ok_and(|output| output.status.success());
        if !found {
            skip::skip(format!("{program} is not installed{}", if program == PYTHON { " with Pillow" } else { "" }));
        }
        found
    })
}

fn run(program: &str, arguments: &[&str]) -> Vec<u8> {
    let output = Command::new(program).args(arguments).output().expect("the program");
    assert!(output.status.success(), "{program} {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

/// Output of a Python script that uses Pillow.
fn pillow(script: &str, arguments: &[&str]) -> Vec<u8> {
    let script = format!("import sys, io\nfrom PIL import Image, ImageChops, ImageCms\n{script}");
    run(PYTHON, &[&["-c", &script], arguments].concat())
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

fn at(folder: &TempDir, name: &str) -> String {
    folder.path().join(name).to_str().expect("UTF-8").to_owned()
}

fn decode(name: &Path, bytes: Vec<u8>) -> Result<Decoded, PictureError> {
    imaging::decode(name, bytes, MemoryLimit::Share)
}

fn opened(path: &str) -> Decoded {
    open(Path::new(path)).unwrap_or_else(|error| panic!("{error}"))
}

/// All channels in 16 bits, interleaved.
fn values(photo: &Photo) -> Vec<u16> {
    let whole = |value: f32| (value * 65_535.0).round() as u16;
    let mut values = Vec::new();
    for y in 0..photo.size().height {
        for x in 0..photo.size().width {
            values.extend((0..photo.pixels.channels()).map(|channel| whole(photo.pixels.value(channel, x, y))));
        }
    }
    values
}

/// The same in 8 bits.
fn bytes(photo: &Photo) -> Vec<u8> {
    values(photo).into_iter().map(|value| ((u32::from(value) + 128) / 257) as u8).collect()
}

/// The largest and the mean difference.
fn difference(ours: &[u8], theirs: &[u8]) -> (u8, f64) {
    assert_eq!(ours.len(), theirs.len());
    let differences = || ours.iter().zip(theirs).map(|(ours, theirs)| ours.abs_diff(*theirs));
    (differences().max().unwrap_or(0), differences().map(f64::from).sum::<f64>() / ours.len() as f64)
}

/// The same in 16 bits, to a file read by ImageMagick.
fn deep_difference(ours: &Photo, path: &str, layout: &str) -> (u16, f64) {
    let theirs = run("convert", &[path, "-depth", "16", "-endian", "lsb", &format!("{layout}:-")]);
    let (ours, (theirs, _)) = (values(ours), theirs.as_chunks());
    assert_eq!(ours.len(), theirs.len());
    let differences = || ours.iter().zip(theirs).map(|(ours, theirs)| ours.abs_diff(u16::from_le_bytes(*theirs)));
    (differences().max().unwrap_or(0), differences().map(f64::from).sum::<f64>() / ours.len() as f64)
}

/// A CMYK profile: inks multiply, with slightly impure colours.
fn ink_profile() -> Vec<u8> {
    const GRID: u8 = 9;
    let share = |step: u8| f64::from(step) / f64::from(GRID - 1);
    let mut table = Vec::new();
    for index in 0..usize::from(GRID).pow(4) {
        let ink = |place: u32| share((index / usize::from(GRID).pow(place) % usize::from(GRID)) as u8);
        let (c, m, y, k) = (ink(3), ink(2), ink(1), ink(0));
        let red = (1.0 - 0.95 * c) * (1.0 - 0.10 * m) * (1.0 - 0.02 * y) * (1.0 - 0.97 * k);
        let green = (1.0 - 0.35 * c) * (1.0 - 0.90 * m) * (1.0 - 0.05 * y) * (1.0 - 0.97 * k);
        let blue = (1.0 - 0.15 * c) * (1.0 - 0.40 * m) * (1.0 - 0.90 * y) * (1.0 - 0.97 * k);
        // Linear sRGB (D50), relative to white; then Lab.
        let x = (0.4361 * red + 0.3851 * green + 0.1431 * blue) / 0.9642;
        let luminance = 0.2225 * red + 0.7169 * green + 0.0606 * blue;
        let z = (0.0139 * red + 0.0971 * green + 0.7141 * blue) / 0.8249;
        let [x, luminance, z] = [x, luminance, z]
            .map(|value: f64| if value > 0.008_856 { value.cbrt() } else { 7.787 * value + 16.0 / 116.0 });
        let lab = [116.0 * luminance - 16.0, 500.0 * (x - luminance) + 128.0, 200.0 * (luminance - z) + 128.0];
        for (value, scale) in lab.into_iter().zip([652.8, 256.0, 256.0]) {
            table.extend(((value * scale).round() as u16).to_be_bytes());
        }
    }
    // A 16-bit table: four inputs, three outputs, no matrix, linear curves of two points.
    let mut lut = [&b"mft2\0\0\0\0"[..], &[4, 3, GRID, 0]].concat();
    for value in [1_i32, 0, 0, 0, 1, 0, 0, 0, 1] {
        lut.extend((value << 16).to_be_bytes());
    }
    lut.extend([0, 2, 0, 2]);
    lut.extend([0, 0, 0xFF, 0xFF].repeat(4));
    lut.extend(table);
    lut.extend([0, 0, 0xFF, 0xFF].repeat(3));

    let mut header = vec![0; 128];
    header[8] = 2;
    header[12..24].copy_from_slice(b"prtrCMYKLab ");
    header[24..36].copy_from_slice(&[7, 228, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0]);
    header[36..40].copy_from_slice(b"acsp");
    header[68..80].copy_from_slice(&[0, 0, 0xF6, 0xD6, 0, 1, 0, 0, 0, 0, 0xD3, 0x2D]);
    let text = b"text\0\0\0\0Free\0\0\0\0";
    let name = [&b"desc\0\0\0\0\0\0\0\x05Inks\0"[..], &[0; 79]].concat();
    let white = [&b"XYZ \0\0\0\0"[..], &header[68..80]].concat();
    let tags = [(b"desc", &name[..]), (b"cprt", text), (b"wtpt", &white), (b"A2B0", &lut)];
    let mut table = (tags.len() as u32).to_be_bytes().to_vec();
    let mut data = Vec::new();
    for (tag, value) in tags {
        table.extend(tag);
        table.extend((128 + 4 + 12 * tags.len() as u32 + data.len() as u32).to_be_bytes());
        table.extend((value.len() as u32).to_be_bytes());
        data.extend(value);
        data.resize(data.len().next_multiple_of(4), 0);
    }
    let length = (header.len() + table.len() + data.len()) as u32;
    header[..4].copy_from_slice(&length.to_be_bytes());
    [header, table, data].concat()
}

/// Python: `inks`, a CMYK picture of smooth gradients.
const INKS: &str = "
ramp = Image.linear_gradient('L').resize((72, 56))
inks = Image.merge('CMYK', [ramp.rotate(90).resize((72, 56)), ramp, ramp.rotate(180).resize((72, 56)),
    ramp.rotate(270).resize((72, 56)).point(lambda v: v // 3)])
";

/// Python: removes Adobe's segment from a JPEG, or changes its colour transform.
const ADOBE: &str = "
def adobe(jpeg, transform):
    at = jpeg.index(b'\\xff\\xee')
    length = 2 + int.from_bytes(jpeg[at + 2:at + 4], 'big')
    segment = jpeg[at:at + length]
    assert segment[4:9] == b'Adobe'
    segment = b'' if transform is None else segment[:15] + bytes([transform])
    return jpeg[:at] + segment + jpeg[at + length:]
";

/// CMYK in JPEG in all three variants (Adobe's inverted, plain, YCCK), with and without a profile, compared with Pillow
/// (libjpeg and Little CMS).
#[test]
fn cmyk_jpeg_is_converted_like_in_pillow() {
    if !have(&[PYTHON]) {
        return;
    }
    let folder = folder();
    let own = at(&folder, "inks.icc");
    fs::write(&own, ink_profile()).unwrap();
    let mut profiles = vec!["", &own];
    match Path::new(REAL_PROFILE).is_file() {
        true => profiles.push(REAL_PROFILE),
        false => skip::skip("Debian's libgs-common is not installed, so no real profile for inks"),
    }
    for (index, profile) in profiles.into_iter().enumerate() {
        for way in ["adobe", "plain", "ycck"] {
            let jpeg = at(&folder, &format!("{way}{index}.jpg"));
            let script = "
way, profile, path = sys.argv[1:]
icc = open(profile, 'rb').read() if profile else None
file = io.BytesIO()
picture = {'adobe': inks, 'plain': ImageChops.invert(inks)}.get(way)
if way == 'ycck':
    # Stored unchanged, labelled as luma, chroma and black.
    y, cb, cr = Image.merge('RGB', inks.split()[:3]).convert('YCbCr').split()
    picture = ImageChops.invert(Image.merge('CMYK', [y, cb, cr, ImageChops.invert(inks.split()[3])]))
picture.save(file, 'JPEG', quality=97, subsampling=0, icc_profile=icc)
open(path, 'wb').write(adobe(file.getvalue(), {'adobe': 0, 'plain': None, 'ycck': 2}[way]))
# Pillow takes all for Adobe's.
picture = Image.open(path)
assert picture.mode == 'CMYK'
picture = ImageChops.invert(picture) if way == 'plain' else picture
if icc:
    icc = ImageCms.ImageCmsProfile(io.BytesIO(icc))
    picture = ImageCms.profileToProfile(picture, icc, ImageCms.createProfile('sRGB'), 0, outputMode='RGB')
sys.stdout.buffer.write(picture.convert('RGB').tobytes())
";
            let theirs = pillow(&format!("{INKS}{ADOBE}{script}"), &[way, profile, &jpeg]);
            let Decoded { photo, notices, .. } = opened(&jpeg);
            assert_eq!(
                (photo.size(), photo.pixels.depth(), photo.format),
                (Size::new(72, 56), Depth::Eight, Format::Jpeg)
            );
            assert_eq!(photo.metadata.icc, None, "the colours are sRGB now");
            let how = if profile.is_empty() { "without a profile" } else { "by its colour profile" };
            assert!(notices.len() == 1 && notices[0].contains("CMYK") && notices[0].contains(how), "{notices:?}");
            let (most, mean) = difference(&bytes(&photo), &theirs);
            println!("{way}, {profile:?}: {most} of 255 at most, {mean:.2} in the mean");
            // Little CMS interpolates differently between the points of a real profile's table: up to 20 of 255 at the
            // folds of its gamut, and a quarter in the mean.
            let allowed = if profile == REAL_PROFILE { 24 } else { 6 };
            assert!(most <= allowed && mean < 0.6, "{way}, {profile:?}: {most}, {mean}");
        }
    }
}

/// CMYK in TIFF, 8 and 16 bits, with and without alpha.
#[test]
fn cmyk_tiff_is_converted_like_in_pillow() {
    if !have(&[PYTHON, "convert"]) {
        return;
    }
    let folder = folder();
    let (profile, tiff) = (at(&folder, "inks.icc"), at(&folder, "inks.tif"));
    fs::write(&profile, ink_profile()).unwrap();
    let script = "
profile, path = sys.argv[1:]
icc = open(profile, 'rb').read()
inks.save(path, compression='tiff_lzw', icc_profile=icc)
icc = ImageCms.ImageCmsProfile(io.BytesIO(icc))
picture = ImageCms.profileToProfile(inks, icc, ImageCms.createProfile('sRGB'), 0, outputMode='RGB')
sys.stdout.buffer.write(picture.tobytes())
";
    let theirs = pillow(&format!("{INKS}{script}"), &[&profile, &tiff]);
    let deep = at(&folder, "deep.tif");
    run("convert", &[&tiff, "-depth", "16", "-compress", "zip", &deep]);
    let see_through = at(&folder, "alpha.tif");
    run("convert", &[&tiff, "-alpha", "set", "-channel", "A", "-evaluate", "set", "50%", &see_through]);
    for (path, depth) in [(&tiff, Depth::Eight), (&deep, Depth::Sixteen), (&see_through, Depth::Eight)] {
        let Decoded { photo, notices, .. } = opened(path);
        assert_eq!((photo.pixels.depth(), &photo.metadata.icc), (depth, &None), "{path}");
        assert!(notices[0].contains("CMYK") && notices[0].contains("by its colour profile"), "{path}: {notices:?}");
        let mut ours = bytes(&photo);
        assert_eq!(photo.pixels.has_alpha(), path == &see_through);
        if photo.pixels.has_alpha() {
            assert!(ours.iter().skip(3).step_by(4).all(|alpha| alpha.abs_diff(128) <= 1));
            ours = ours.as_chunks::<4>().0.iter().flat_map(|&[r, g, b, _]| [r, g, b]).collect();
        }
        let (most, mean) = difference(&ours, &theirs);
        println!("{path}: {most} of 255 at most, {mean:.2} in the mean");
        assert!(most <= 4 && mean < 1.0, "{path}: {most}, {mean}");
    }
}

/// Kinds of TIFF as arguments of ImageMagick, with the expected colour channels, alpha and depth.
const TIFFS: [(&str, &[&str], usize, bool, Depth); 18] = [
    (
        "grey and alpha",
        &["-colorspace", "gray", "-alpha", "set", "-channel", "A", "-evaluate", "multiply", "0.5"],
        1,
        true,
        Depth::Eight,
    ),
    (
        "grey and alpha, 16",
        &["-colorspace", "gray", "-alpha", "set", "-channel", "A", "-evaluate", "multiply", "0.5", "-depth", "16"],
        1,
        true,
        Depth::Sixteen,
    ),
    ("palette", &["-colors", "200", "-type", "palette"], 3, false, Depth::Eight),
    ("palette, 4 bits", &["-colors", "13", "-type", "palette", "-depth", "4"], 3, false, Depth::Eight),
    ("1 bit", &["-monochrome"], 1, false, Depth::Eight),
    ("1 bit, fax", &["-monochrome", "-compress", "Group4"], 1, false, Depth::Eight),
    ("1 bit, white is 0", &["-monochrome", "-define", "quantum:polarity=min-is-white"], 1, false, Depth::Eight),
    ("4 bits", &["-colorspace", "gray", "-depth", "4"], 1, false, Depth::Eight),
    ("2 bits", &["-colorspace", "gray", "-depth", "2"], 1, false, Depth::Eight),
    ("grey, white is 0", &["-colorspace", "gray", "-define", "quantum:polarity=min-is-white"], 1, false, Depth::Eight),
    ("colour, 16", &["-depth", "16", "-compress", "lzw"], 3, false, Depth::Sixteen),
    ("colour and alpha, planes", &["-alpha", "set", "-interlace", "plane"], 3, true, Depth::Eight),
    ("colour in tiles", &["-define", "tiff:tile-geometry=16x16", "-compress", "zip"], 3, false, Depth::Eight),
    ("other end first", &["-endian", "msb", "-depth", "16"], 3, false, Depth::Sixteen),
    ("JPEG inside", &["-compress", "jpeg", "-quality", "98"], 3, false, Depth::Eight),
    (
        "grey, float",
        &["-colorspace", "gray", "-depth", "32", "-define", "quantum:format=floating-point"],
        1,
        false,
        Depth::Float,
    ),
    ("colour, float", &["-depth", "32", "-define", "quantum:format=floating-point"], 3, false, Depth::Float),
    (
        "colour and alpha, float",
        &[
            "-alpha",
            "set",
            "-channel",
            "A",
            "-evaluate",
            "multiply",
            "0.5",
            "+channel",
            "-depth",
            "32",
            "-define",
            "quantum:format=floating-point",
        ],
        3,
        true,
        Depth::Float,
    ),
];

#[test]
fn every_kind_of_tiff_is_read_like_by_imagemagick() {
    if !have(&["convert"]) {
        return;
    }
    let folder = folder();
    let source = at(&folder, "source.png");
    run("convert", &["-size", "53x37", "gradient:#ff8000-#0020c0", "-swirl", "120", "-depth", "8", &source]);
    for (name, arguments, channels, alpha, depth) in TIFFS {
        let path = at(&folder, &format!("{name}.tif"));
        run("convert", &[&[source.as_str()], arguments, &[&path]].concat());
        let Decoded { photo, notices, .. } = opened(&path);
        let notices: Vec<_> = notices.iter().filter(|notice| !notice.contains("floating-point")).collect();
        assert!(notices.is_empty(), "{name}: {notices:?}");
        assert_eq!(photo.size(), Size::new(53, 37), "{name}");
        assert_eq!(
            (photo.pixels.colour_channels(), photo.pixels.has_alpha(), photo.pixels.depth()),
            (channels, alpha, depth),
            "{name}"
        );
        let layout = match (channels, alpha) {
            (1, false) => "GRAY",
            (1, true) => "GRAYA",
            (_, false) => "RGB",
            (_, true) => "RGBA",
        };
        let theirs = run("convert", &[&path, "-depth", "8", &format!("{layout}:-")]);
        let (most, _) = difference(&bytes(&photo), &theirs);
        // Rounding; JPEG decoders can differ by one or two more.
        let allowed = if name.starts_with("JPEG") { 3 } else { 1 };
        assert!(most <= allowed, "{name}: {most} of 255");
    }
}

/// Kinds that Pillow writes, including exact floating-point values.
#[test]
fn tiffs_of_pillow_are_read_exactly() {
    if !have(&[PYTHON]) {
        return;
    }
    let folder = folder();
    let (float, deep) = (at(&folder, "float.tif"), at(&folder, "deep.tif"));
    let script = "
import struct
float, deep, folder = sys.argv[1:]
Image.frombytes('F', (4, 1), struct.pack('=4f', 0, 0.1, 0.5, 1)).save(float)
Image.frombytes('I;16', (4, 1), struct.pack('=4H', 0, 1, 257, 65535)).save(deep)
colours = Image.radial_gradient('L').resize((19, 7)).convert('RGB')
colours.putdata([(13 * x % 256, 29 * x % 256, 53 * x % 256) for x in range(133)])
for mode in ['1', 'L', 'LA', 'P', 'RGB', 'RGBA']:
    picture = colours.convert(mode)
    picture.save(folder + '/' + mode + '.tif', compression='tiff_lzw')
    back = {'1': 'L', 'P': 'RGB'}.get(mode, mode)
    open(folder + '/' + mode + '.raw', 'wb').write(picture.convert(back).tobytes())
";
    pillow(script, &[&float, &deep, folder.path().to_str().unwrap()]);
    let sixteenth = |value: f64| (value * 65_535.0).round() as u16;
    let floats = [0.0, 0.1, 0.5, 1.0].map(sixteenth);
    assert_eq!(values(&opened(&float).photo), floats);
    assert_eq!(values(&opened(&deep).photo), [0, 1, 257, 65_535]);
    for mode in ["1", "L", "LA", "P", "RGB", "RGBA"] {
        let ours = bytes(&opened(&at(&folder, &format!("{mode}.tif"))).photo);
        assert_eq!(ours, fs::read(at(&folder, &format!("{mode}.raw"))).unwrap(), "{mode}");
    }
}

/// A TIFF of one grey pixel with further entries (tag, type, value) of more than four bytes.
fn tiff_with(further: &[(u16, u16, &[u8])]) -> Vec<u8> {
    let pixel = 8_u32;
    let mut values = vec![0x80, 0];
    let mut entries: Vec<(u16, u16, u32, u32)> = vec![
        (256, 3, 1, 1),
        (257, 3, 1, 1),
        (258, 3, 1, 8),
        (259, 3, 1, 1),
        (262, 3, 1, 1),
        (273, 4, 1, pixel),
        (277, 3, 1, 1),
        (278, 3, 1, 1),
        (279, 4, 1, 1),
    ];
    for (tag, kind, value) in further {
        entries.push((*tag, *kind, value.len() as u32, pixel + values.len() as u32));
        values.extend(*value);
        values.resize(values.len().next_multiple_of(2), 0);
    }
    let mut file = [&b"II*\0"[..], &(pixel + values.len() as u32).to_le_bytes(), &values].concat();
    file.extend((entries.len() as u16).to_le_bytes());
    for (tag, kind, count, value) in entries {
        file.extend([tag.to_le_bytes(), kind.to_le_bytes()].concat());
        file.extend([count.to_le_bytes(), value.to_le_bytes()].concat());
    }
    file.extend([0; 4]);
    file
}

/// One of Photoshop's image resources.
fn resource(id: u16, data: &[u8]) -> Vec<u8> {
    let mut resource = [b"8BIM", &id.to_be_bytes()[..], &[0, 0], &(data.len() as u32).to_be_bytes(), data].concat();
    resource.resize(resource.len().next_multiple_of(2), 0);
    resource
}

#[test]
fn user_data_of_photoshop_is_named_if_it_is_not_kept() {
    let notices = |bytes: Vec<u8>| decode(Path::new("a"), bytes).unwrap().notices.join(" ");
    // Resolution and thumbnail are derived data; a path is not.
    let derived = [resource(0x03ED, &[0; 16]), resource(0x040C, &[0; 60])].concat();
    let path = [&derived[..], &resource(2000, &[0; 26])].concat();
    let block = b"Adobe Photoshop Document Data Block\0";
    let layers = [&block[..], b"MIB8ryaL\x08\0\0\0\x01\0\0\0\0\0\0\0"].concat();
    let none = [&block[..], b"MIB8ttaP\x04\0\0\0\0\0\0\0"].concat();
    assert_eq!(notices(tiff_with(&[(34_377, 1, &derived)])), "");
    assert_eq!(notices(tiff_with(&[(34_377, 1, &path)])), "These parts of its file are not kept: paths of Photoshop.");
    assert_eq!(notices(tiff_with(&[(37_724, 7, &none)])), "");
    let both = tiff_with(&[(34_377, 1, &path), (37_724, 7, &layers)]);
    assert_eq!(notices(both), "These parts of its file are not kept: paths of Photoshop, layers of Photoshop.");

    let folder = folder();
    let plain = folder.path().join("plain.jpg");
    let grey = decode(Path::new("a"), tiff_with(&[])).unwrap().photo;
    save(&grey, &plain, &SaveOptions::default()).unwrap();
    let jpeg = fs::read(plain).unwrap();
    let with = |resources: &[u8]| {
        let contents = [b"Photoshop 3.0\0", resources].concat();
        [&jpeg[..2], &[0xFF, 0xED], &(contents.len() as u16 + 2).to_be_bytes(), &contents, &jpeg[2..]].concat()
    };
    assert_eq!(notices(with(&derived)), "");
    assert_eq!(notices(with(&path)), "These parts of its file are not kept: paths of Photoshop.");
}

/// A small 16-bit picture with transparency and its variants, as PNG.
fn sources(folder: &TempDir) -> [(String, &'static str); 6] {
    let deep = at(folder, "deep.png");
    run("convert", &["-size", "61x43", "gradient:#ff8000-#0020c0", "-swirl", "150", "-depth", "16", &deep]);
    [
        ("colour", "RGB", &["-depth", "8"][..]),
        ("grey", "GRAY", &["-colorspace", "gray", "-depth", "8"]),
        ("alpha", "RGBA", &["-depth", "8", "-alpha", "set", "-channel", "A", "-fx", "j/h"]),
        (
            "grey-alpha",
            "GRAYA",
            &["-colorspace", "gray", "-depth", "8", "-alpha", "set", "-channel", "A", "-fx", "j/h"],
        ),
        ("deep", "RGB", &["-depth", "16"]),
        ("deep-alpha", "RGBA", &["-depth", "16", "-alpha", "set", "-channel", "A", "-fx", "j/h"]),
    ]
    .map(|(name, layout, arguments)| {
        let path = at(folder, &format!("{name}-source.png"));
        run("convert", &[&[deep.as_str()], arguments, &["-strip", &path]].concat());
        (path, layout)
    })
}

/// Lossless JPEG XL equals its source; lossy JPEG XL the output of the reference decoder.
#[test]
fn jpeg_xl_is_read_like_by_the_reference_decoder() {
    if !have(&["cjxl", "djxl", "convert"]) {
        return;
    }
    let folder = folder();
    // Some versions of the encoder reduce 16-bit alpha to 8 bits.
    for (source, layout) in sources(&folder).into_iter().filter(|(source, _)| !source.contains("deep-alpha")) {
        let (path, theirs) = (at(&folder, "a.jxl"), at(&folder, "theirs.png"));
        let original = opened(&source).photo;
        run("cjxl", &["--quiet", "-d", "0", "-e", "3", &source, &path]);
        let Decoded { photo, notices, .. } = opened(&path);
        assert!(values(&photo) == values(&original), "{source}");
        assert_eq!((photo.pixels.depth(), photo.format), (original.pixels.depth(), Format::JpegXl), "{source}");
        assert_eq!(photo.metadata.icc, None, "{source} is sRGB");
        assert_eq!(notices, Vec::<String>::new(), "{source}");

        run("cjxl", &["--quiet", "-d", "1", "-e", "4", &source, &path]);
        run("djxl", &["--quiet", &path, &theirs]);
        let (most, mean) = deep_difference(&opened(&path).photo, &theirs, layout);
        println!("{source}: {most} of 65,535 at most, {mean:.2} in the mean");
        assert!(most <= 514 && mean < 52.0, "{source}: {most} of 65,535 at most, {mean} in the mean");
    }
}

/// Eight colours at the edge of their space, each 16 pixels wide, as a PPM.
const EDGE: [[u8; 3]; 8] = [
    [255, 0, 0],
    [0, 255, 0],
    [0, 0, 255],
    [255, 255, 0],
    [0, 255, 255],
    [255, 0, 255],
    [200, 100, 50],
    [128, 128, 128],
];

fn edge_picture() -> Vec<u8> {
    let row = EDGE.iter().flat_map(|colour| colour.repeat(16)).collect::<Vec<_>>();
    [&b"P6\n128 16\n255\n"[..], &row.repeat(16)].concat()
}

/// Lossy JPEG XL is stored as XYB. No colour is moved into sRGB, and nothing is darkened for a screen:
/// djxl reads the same values.
#[test]
fn lossy_jpeg_xl_keeps_colours_that_srgb_lacks() {
    if !have(&["cjxl", "djxl", "convert"]) {
        return;
    }
    let folder = folder();
    let (source, grey, path, theirs) =
        (at(&folder, "a.ppm"), at(&folder, "a.pgm"), at(&folder, "a.jxl"), at(&folder, "theirs.png"));
    fs::write(&source, edge_picture()).unwrap();
    run("convert", &["-size", "64x16", "gradient:", "-depth", "8", &grey]);
    for (source, space, nits, layout) in [
        (&source, "RGB_D65_DCI_Rel_SRG", "255", "RGB"),
        (&source, "RGB_D65_202_Per_709", "255", "RGB"),
        (&source, "RGB_D65_DCI_Rel_g0.454545", "255", "RGB"),
        (&source, "RGB_DCI_DCI_Rel_DCI", "255", "RGB"),
        (&source, "RGB_D65_SRG_Rel_SRG", "1000", "RGB"),
        (&source, "RGB_D65_202_Rel_PeQ", "10000", "RGB"),
        (&source, "RGB_D65_202_Rel_PeQ", "4000", "RGB"),
        (&source, "RGB_D65_202_Rel_HLG", "1000", "RGB"),
        (&grey, "Gra_D65_Rel_SRG", "1000", "Gray"),
    ] {
        let space_option = format!("color_space={space}");
        run("cjxl", &["--quiet", "-d", "0.3", "-x", &space_option, "--intensity_target", nits, source, &path]);
        run("djxl", &["--quiet", &path, &theirs]);
        let photo = opened(&path).photo;
        let (most, mean) = deep_difference(&photo, &theirs, layout);
        println!("{space}, {nits} nits: {most} of 65,535 at most, {mean:.2} in the mean");
        assert!(most <= 514, "{space}, {nits} nits: {most} of 65,535 at most, {mean} in the mean");
    }
    // The samples are unchanged, and the profile defines their colours.
    run("cjxl", &["--quiet", "-d", "0.3", "-x", "color_space=RGB_D65_DCI_Rel_SRG", &source, &path]);
    let photo = opened(&path).photo;
    for (place, colour) in EDGE.iter().enumerate() {
        let found = &bytes(&photo)[(8 * 128 + place * 16 + 8) * 3..][..3];
        assert!(found.iter().zip(colour).all(|(found, stored)| found.abs_diff(*stored) <= 20), "{colour:?}: {found:?}");
    }
    assert!(photo.metadata.icc.is_some());
}

/// The same for a space described only by a profile: the profile and the values are kept.
#[test]
fn lossy_jpeg_xl_keeps_the_values_of_its_profile() {
    if !have(&["cjxl", PYTHON]) {
        return;
    }
    let folder = folder();
    let (source, png, path) = (at(&folder, "a.ppm"), at(&folder, "a.png"), at(&folder, "a.jxl"));
    fs::write(&source, edge_picture()).unwrap();
    pillow(
        "
import struct
xyz = lambda *values: b'XYZ \\0\\0\\0\\0' + struct.pack('>3i', *(round(value * 65536) for value in values))
# L*: no curve that JPEG XL has a name for.
light = lambda x: ((x * 100 + 16) / 116) ** 3 if x > 0.08 else x * 100 / 903.3
curve = b'curv\\0\\0\\0\\0' + struct.pack('>I1024H', 1024, *(round(light(i / 1023) * 65535) for i in range(1024)))
tags = [
    (b'desc', b'desc\\0\\0\\0\\0' + struct.pack('>I', 5) + b'wide\\0' + bytes(78)), (b'cprt', b'text\\0\\0\\0\\0none\\0'),
    (b'wtpt', xyz(.9642, 1, .8249)),
    (b'rXYZ', xyz(.5151, .2412, -.0011)), (b'gXYZ', xyz(.2920, .6922, .0419)), (b'bXYZ', xyz(.1571, .0666, .7841)),
    (b'rTRC', curve), (b'gTRC', curve), (b'bTRC', curve)]
begin, table, data = 132 + 12 * len(tags), b'', b''
for name, block in tags:
    table += name + struct.pack('>II', begin + len(data), len(block))
    data += block + bytes(-len(block) % 4)
head = struct.pack('>I4xI4s4s4s12s4s28x3i48x', begin + len(data), 0x02400000, b'mntr', b'RGB ', b'XYZ ',
    struct.pack('>6H', 2026, 1, 1, 0, 0, 0), b'acsp', 63190, 65536, 54061)
Image.open(sys.argv[1]).save(sys.argv[2], icc_profile=head + struct.pack('>I', len(tags)) + table + data)
",
        &[&source, &png],
    );
    run("cjxl", &["--quiet", "-d", "0.3", &png, &path]);
    let (photo, original) = (opened(&path).photo, opened(&png).photo);
    assert_eq!(photo.metadata.icc, original.metadata.icc);
    for (place, colour) in EDGE.iter().enumerate() {
        let found = &bytes(&photo)[(8 * 128 + place * 16 + 8) * 3..][..3];
        assert!(found.iter().zip(colour).all(|(found, stored)| found.abs_diff(*stored) <= 20), "{colour:?}: {found:?}");
    }
}

/// Blended frames in such a space are refused, because jxl-oxide gives wrong colours for them.
#[test]
fn lossy_jpeg_xl_of_layers_in_a_wide_space_is_refused() {
    if !have(&["cjxl", "convert"]) {
        return;
    }
    let folder = folder();
    let (gif, path) = (at(&folder, "two.gif"), at(&folder, "a.jxl"));
    run("convert", &["-size", "8x8", "-delay", "20", "xc:#ff0000", "xc:#0000ff", &gif]);
    run("cjxl", &["--quiet", "-d", "1", "-x", "color_space=RGB_D65_DCI_Rel_SRG", &gif, &path]);
    let error = open(Path::new(&path)).map(|_| ()).expect_err("its colours would be wrong").to_string();
    assert!(error.contains("layers or an animation"), "{error}");
    // In sRGB they are correct.
    run("cjxl", &["--quiet", "-d", "1", &gif, &path]);
    assert!(bytes(&opened(&path).photo)[0] > 240);
}

/// Inks with alpha, as libjxl writes them; the colours are those of Little CMS, perceptual.
#[test]
fn inks_of_a_jpeg_xl_become_colours_as_in_another_program() {
    let Decoded { photo, notices, .. } =
        decode(Path::new("inks.jxl"), include_bytes!("../jxl/inks.jxl").to_vec()).unwrap();
    let theirs = [
        [255, 255, 255, 255],
        [62, 211, 237, 255],
        [243, 88, 203, 200],
        [253, 249, 88, 255],
        [62, 206, 82, 64],
        [241, 86, 68, 255],
        [47, 47, 47, 255],
        [0, 0, 0, 128],
    ];
    let (most, _) = difference(&bytes(&photo), theirs.as_flattened());
    assert!(most <= 2, "{most}: {:?}", bytes(&photo));
    assert_eq!(photo.metadata.icc, None, "the colours are sRGB now");
    assert!(notices.len() == 1 && notices[0].contains("by its colour profile"), "{notices:?}");
}

#[test]
fn jpeg_xl_of_floating_point_and_animations_are_read() {
    if !have(&["cjxl", "convert", PYTHON]) {
        return;
    }
    let folder = folder();
    let (floats, path, gif) = (at(&folder, "floats.pfm"), at(&folder, "a.jxl"), at(&folder, "two.gif"));
    // The rows of a PFM go from bottom to top.
    let samples = [0.0_f32, 0.1, 0.25, 0.5, 0.75, 1.0].map(f32::to_le_bytes).concat();
    fs::write(&floats, [&b"PF\n2 1\n-1.0\n"[..], &samples].concat()).unwrap();
    run("cjxl", &["--quiet", "-d", "0", "-x", "color_space=RGB_D65_SRG_Rel_SRG", &floats, &path]);
    let photo = opened(&path).photo;
    let expected = [0.0, 0.1, 0.25, 0.5, 0.75, 1.0].map(|value: f64| (value * 65_535.0).round() as u16);
    assert_eq!((photo.size(), values(&photo)), (Size::new(2, 1), expected.to_vec()));

    run("convert", &["-size", "8x8", "-delay", "20", "xc:#ff0000", "xc:#0000ff", &gif]);
    run("cjxl", &["--quiet", "-d", "0", &gif, &path]);
    let Decoded { photo, notices, .. } = opened(&path);
    assert_eq!(bytes(&photo)[..3], [255, 0, 0]);
    assert!(notices.iter().any(|notice| notice.contains("animation")), "{notices:?}");
}

/// A rotated JPEG with a camera's metadata.
fn turned_jpeg(folder: &TempDir) -> String {
    let (path, profile) = (at(folder, "camera.jpg"), at(folder, "wide.icc"));
    pillow(
        "
path, profile = sys.argv[1:]
exif = Image.Exif()
exif[0x010F], exif[0x0112] = 'A camera', 6
ramp = Image.linear_gradient('L').resize((64, 40))
wide = ImageCms.ImageCmsProfile(ImageCms.createProfile('sRGB')).tobytes().replace(b'sRGB', b'wide')
open(profile, 'wb').write(wide)
Image.merge('RGB', [ramp, ramp.rotate(90).resize((64, 40)), ramp.rotate(180)]).save(
    path, quality=95, subsampling=0, exif=exif.tobytes(), icc_profile=wide)
",
        &[&path, &profile],
    );
    run("exiftool", &["-q", "-overwrite_original", "-XMP-dc:Title=A title", &path]);
    path
}

/// JPEG XL's own orientation is applied; EXIF's is not applied again.
#[test]
fn metadata_of_jpeg_xl_is_kept_and_it_is_upright() {
    if !have(&["cjxl", "exiftool", PYTHON]) {
        return;
    }
    let folder = folder();
    let jpeg = turned_jpeg(&folder);
    let original = opened(&jpeg).photo;
    assert_eq!(original.size(), Size::new(40, 64));
    assert!(original.metadata.icc.is_some() && original.metadata.exif.is_some() && original.metadata.xmp.is_some());
    let path = at(&folder, "camera.jxl");
    run("cjxl", &["--quiet", "--lossless_jpeg=1", &jpeg, &path]);
    let photo = opened(&path).photo;
    assert_eq!(photo.size(), original.size());
    assert_eq!(photo.metadata.exif, original.metadata.exif);
    assert_eq!(photo.metadata.xmp, original.metadata.xmp);
    assert_eq!(photo.metadata.icc, original.metadata.icc);
    let (most, mean) = difference(&bytes(&photo), &bytes(&original));
    assert!(most <= 4 && mean < 1.0, "{most} of 255 at most, {mean} in the mean");
}

/// AVIF of 8, 10 and 12 bits, all subsamplings and ranges, compared with libavif.
#[test]
fn avif_is_read_like_by_libavif() {
    if !have(&["avifenc", "avifdec", "convert"]) {
        return;
    }
    let folder = folder();
    let sources = sources(&folder);
    let (path, theirs) = (at(&folder, "a.avif"), at(&folder, "theirs.png"));
    let ways: [&[&str]; 9] = [
        &["-y", "444"],
        &["-y", "420"],
        &["-y", "422", "--nclx", "1/13/1"],
        &["-y", "420", "-r", "limited"],
        &["-y", "444", "-d", "10"],
        &["-y", "420", "-d", "12", "-r", "limited"],
        &["-y", "444", "--nclx", "9/16/9", "-d", "10"],
        &["--lossless"],
        &["-y", "400"],
    ];
    for (source, layout) in &sources {
        for way in ways {
            let grey = layout.starts_with("GRAY");
            if (way == ["-y", "400"]) != grey {
                continue;
            }
            let what = format!("{source} {way:?}");
            let arguments = ["-s", "9", "--min", "8", "--max", "12"];
            run("avifenc", &[&arguments, way, &[source, &path]].concat());
            run("avifdec", &["-d", "16", "-u", "best", &path, &theirs]);
            let Decoded { photo, notices, .. } = opened(&path);
            assert_eq!(notices, Vec::<String>::new(), "{what}");
            let deep = way.contains(&"-d") || source.contains("deep");
            assert_eq!(photo.pixels.depth(), if deep { Depth::Sixteen } else { Depth::Eight }, "{what}");
            let (most, mean) = deep_difference(&photo, &theirs, layout);
            println!("{what}: {most} of 65,535 at most, {mean:.2} in the mean");
            assert!(most <= 771 && mean < 128.0, "{what}: {most}, {mean}");
        }
    }
}

#[test]
fn metadata_of_avif_is_kept_and_it_is_upright() {
    if !have(&["avifenc", "avifdec", "convert", "exiftool", PYTHON]) {
        return;
    }
    let folder = folder();
    let jpeg = turned_jpeg(&folder);
    let original = opened(&jpeg).photo;
    let (exif, xmp, profile) = (at(&folder, "a.exif"), at(&folder, "a.xmp"), at(&folder, "wide.icc"));
    fs::write(&exif, original.metadata.exif.as_deref().unwrap()).unwrap();
    fs::write(&xmp, original.metadata.xmp.as_deref().unwrap()).unwrap();
    let (path, theirs) = (at(&folder, "a.avif"), at(&folder, "a.png"));
    // A source without orientation, so that only the arguments set it.
    let plain = at(&folder, "plain.png");
    run("convert", &[&jpeg, "-strip", &plain]);
    for (turn, flip) in [("0", ""), ("1", ""), ("2", ""), ("3", ""), ("0", "0"), ("1", "1"), ("2", "0"), ("3", "0")] {
        let mut arguments = vec!["-s", "9", "-y", "444", "--min", "2", "--max", "4", "--irot", turn];
        if !flip.is_empty() {
            arguments.extend(["--imir", flip]);
        }
        arguments.extend(["--exif", &exif, "--xmp", &xmp, "--icc", &profile, &plain, &path]);
        run("avifenc", &arguments);
        let photo = opened(&path).photo;
        assert_eq!(photo.metadata.exif, original.metadata.exif);
        assert_eq!(photo.metadata.xmp, original.metadata.xmp);
        assert_eq!(photo.metadata.icc, Some(fs::read(&profile).unwrap()));
        // Rotations are anticlockwise.
        let degrees = format!("-{}", turn.parse::<u32>().unwrap() * 90);
        let mut arguments = vec![plain.as_str(), "-rotate", &degrees];
        arguments.extend(match flip {
            "0" => &["-flip"][..],
            "1" => &["-flop"],
            _ => &[],
        });
        run("convert", &[&arguments[..], &["+repage", &theirs]].concat());
        let expected = opened(&theirs).photo;
        assert_eq!(photo.size(), expected.size(), "{turn} {flip}");
        let (most, mean) = difference(&bytes(&photo), &bytes(&expected));
        assert!(most <= 16 && mean < 2.0, "{turn} {flip}: {most} of 255 at most, {mean} in the mean");
    }
}

#[test]
fn the_cicp_of_an_avif_is_kept() {
    if !have(&["avifenc", "convert"]) {
        return;
    }
    let folder = folder();
    let [(source, _), ..] = sources(&folder);
    let path = at(&folder, "a.avif");
    run("avifenc", &["-s", "9", "--nclx", "12/13/6", &source, &path]);
    let photo = opened(&path).photo;
    assert_eq!(photo.metadata.png_color, [(*b"cICP", vec![12, 13, 0, 1])]);
    assert_eq!(photo.metadata.icc, None);
}
/// Grids, which cameras write, with and without alpha; premultiplied alpha; and the first frame of an animation.
#[test]
fn avif_grids_premultiplied_alpha_and_animations() {
    if !have(&["avifenc", "avifdec", "convert"]) {
        return;
    }
    let folder = folder();
    let (path, theirs) = (at(&folder, "a.avif"), at(&folder, "theirs.png"));
    let [colour, alpha] = ["colour.png", "alpha.png"].map(|name| at(&folder, name));
    run("convert", &["-size", "256x192", "gradient:#ff8000-#0020c0", "-swirl", "150", "-depth", "8", &colour]);
    run("convert", &[&colour, "-alpha", "set", "-channel", "A", "-fx", "0.2+0.8*j/h", &alpha]);
    let ways: [(&str, &str, &[&str]); 4] = [
        (&colour, "RGB", &["--grid", "2x3", "-y", "444"]),
        (&alpha, "RGBA", &["--grid", "4x2", "-y", "420"]),
        (&alpha, "RGBA", &["--grid", "2x2", "-y", "444", "-d", "10"]),
        (&alpha, "RGBA", &["-p", "-y", "444"]),
    ];
    for (source, layout, way) in ways {
        run("avifenc", &[&["-s", "9", "--min", "4", "--max", "8"], way, &[source, &path]].concat());
        run("avifdec", &["-d", "16", "-u", "best", &path, &theirs]);
        let Decoded { photo, notices, .. } = opened(&path);
        assert_eq!((photo.size(), notices), (Size::new(256, 192), Vec::new()), "{way:?}");
        let (most, mean) = deep_difference(&photo, &theirs, layout);
        println!("{way:?}: {most} of 65,535 at most, {mean:.2} in the mean");
        assert!(most <= 2_056 && mean < 160.0, "{way:?}: {most}, {mean}");
    }
    run("avifenc", &["-s", "9", "-y", "444", "--lossless", &colour, &alpha, &path]);
    let Decoded { photo, notices, .. } = opened(&path);
    assert_eq!(notices, ["It is an animation: only its first frame is used."]);
    // Some versions of the encoder add alpha to every frame of an animation.
    assert!(photo.colours() == opened(&colour).photo.colours(), "the first frame");
}

/// 40 × 30 px, red rising by six per column and green by eight per row, with a clean aperture of 17 × 11 px at (9, 5),
/// rotated by 90° anticlockwise.
#[test]
fn only_the_clean_aperture_of_an_avif_is_used() {
    let photo = decode(Path::new("a"), include_bytes!("../avif/clap.avif").to_vec()).unwrap().photo;
    assert_eq!(photo.size(), Size::new(11, 17));
    for y in 0..17 {
        for x in 0..11 {
            let right = [6 * (9 + 16 - y), 8 * (5 + x), 100];
            for (channel, right) in right.into_iter().enumerate() {
                let read = photo.pixels.value(channel, x, y) * 255.0;
                assert!((read - right as f32).abs() <= 3.0, "({x}, {y}), {channel}: {read}, {right}");
            }
        }
    }
}

/// Two tiles of 64 × 64 px, each with its own alpha picture.
#[test]
fn tiles_of_an_avif_can_have_their_own_alpha() {
    let photo = decode(Path::new("a"), include_bytes!("../avif/tile-alpha.avif").to_vec()).unwrap().photo;
    assert_eq!((photo.size(), photo.pixels.channels()), (Size::new(100, 60), 4));
    for y in 0..60 {
        for x in 0..100 {
            let [red, green, blue] = if x < 64 { [200, 40, 60] } else { [30, 90, 220] };
            let alpha = if y < 32 { 2 * x } else { 255 - 4 * (y - 32) };
            for (channel, right) in [red, green, blue, alpha].into_iter().enumerate() {
                let read = photo.pixels.value(channel, x, y) * 255.0;
                assert!((read - right as f32).abs() <= 4.0, "({x}, {y}), {channel}: {read}, {right}");
            }
        }
    }
}

/// A BMP with another header instead of its own of `length` bytes. The pixels' offset moves with it.
fn with_header(bmp: &[u8], length: usize, header: &[u8]) -> Vec<u8> {
    let mut file = [&bmp[..14], header, &bmp[14 + length..]].concat();
    let pixels = u32::from_le_bytes(*bmp[10..].first_chunk().expect("an offset"));
    file[10..14].copy_from_slice(&(pixels + header.len() as u32 - length as u32).to_le_bytes());
    file
}

#[test]
fn bmp_headers_of_os2_and_windows_ce_are_read() {
    let encoded = |image: DynamicImage| {
        let mut bytes = Cursor::new(Vec::new());
        image.write_to(&mut bytes, ImageFormat::Bmp).expect("a picture");
        bytes.into_inner()
    };
    let pixels = |file: Vec<u8>| bytes(&decode(Path::new("a.bmp"), file).expect("a picture").photo);
    let grey = encoded(GrayImage::from_fn(21, 9, |x, y| Luma([(x * 12 + y) as u8])).into());
    let header = |length: u8, kept: usize| {
        let mut header = grey[14..14 + kept].to_vec();
        header.resize(usize::from(length), 0);
        header[0] = length;
        header
    };
    let right = pixels(grey.clone());
    assert_eq!(pixels(with_header(&grey, 40, &header(64, 40))), right, "OS/2's whole header");
    assert_eq!(pixels(with_header(&grey, 40, &header(16, 16))), right, "only its beginning");

    let alpha = encoded(RgbaImage::from_fn(7, 5, |x, y| Rgba([x as u8 * 30, y as u8 * 40, 7, 255 - y as u8])).into());
    // BITMAPINFOHEADER and four masks, which are in the longer header too.
    let mut info = alpha[14..14 + 56].to_vec();
    (info[0], info[16]) = (40, 6);
    assert_eq!(pixels(with_header(&alpha, 108, &info)), pixels(alpha.clone()), "BI_ALPHABITFIELDS");
}

/// Pillow and ImageMagick read the same pixels.
#[test]
fn pixels_that_a_bmp_skips_have_its_first_colour() {
    let palette = [[250, 240, 230], [1, 2, 3], [40, 50, 60]];
    let file = |bits: u16, runs: &[u8]| {
        let mut file = b"BM".to_vec();
        let fields: [u32; 3] = [(66 + runs.len()) as u32, 0, 66];
        file.extend(fields.iter().flat_map(|field| field.to_le_bytes()));
        file.extend([40_u32, 6, 4].iter().flat_map(|field| field.to_le_bytes()));
        file.extend([1, bits].iter().flat_map(|field| field.to_le_bytes()));
        let compression = if bits == 8 { 1_u32 } else { 2 };
        file.extend([compression, runs.len() as u32, 0, 0, 3, 0].iter().flat_map(|field| field.to_le_bytes()));
        file.extend(palette.iter().flat_map(|[red, green, blue]| [*blue, *green, *red, 0]));
        file.extend(runs);
        file
    };
    // From the lowest row on: a short row; three px skipped; a row and two px skipped; the end.
    let eight = [2, 1, 0, 0, 0, 2, 3, 0, 0, 3, 2, 1, 2, 0, 0, 0, 0, 2, 2, 0, 1, 2, 0, 2, 0, 1, 1, 1, 0, 1];
    let four = [2, 0x11, 0, 0, 0, 2, 3, 0, 0, 3, 0x21, 0x20, 0, 0, 0, 2, 2, 0, 1, 0x22, 0, 2, 0, 1, 1, 0x11, 0, 1];
    let rows = [[0, 0, 0, 1, 0, 0], [0, 0, 2, 0, 0, 0], [0, 0, 0, 2, 1, 2], [1, 1, 0, 0, 0, 0]];
    let right: Vec<u8> = rows.as_flattened().iter().flat_map(|index| palette[*index]).collect();
    for (bits, runs) in [(8, &eight[..]), (4, &four)] {
        let decoded = decode(Path::new("a.bmp"), file(bits, runs)).expect("a picture");
        assert_eq!(bytes(&decoded.photo), right, "{bits} bits");
    }
}

#[test]
fn comments_between_the_values_of_a_pnm_are_skipped() {
    let read = |file: &str| bytes(&decode(Path::new("a"), file.as_bytes().to_vec()).unwrap().photo);
    assert_eq!(read("P1 # mark\n3 2\n1 0 1 # a row: 1 0 1\n#\n0 # 1\r1 0\n"), [0, 255, 0, 255, 0, 255]);
    assert_eq!(read("P2\n2 1 255\n7 #8\n9\n"), [7, 9]);
    assert_eq!(read("P3\n1 1 255\n1 # red\n2 # green\n3 # blue"), [1, 2, 3]);
    // Binary values have none.
    assert_eq!(read("P5\n2 1 255\n#\n"), [35, 10]);
}

#[test]
fn pfm_is_read_from_bottom_to_top() {
    let file = |header: &str, values: &[[u8; 4]]| [header.as_bytes(), values.as_flattened()].concat();
    let read = |file: Vec<u8>| decode(Path::new("a"), file).map(|decoded| decoded.photo);
    let colour = [0.0_f32, 0.25, 0.5, 1.0, 0.75, 0.125];
    let photo = read(file("PF\n1 2\n-1.0\n", &colour.map(f32::to_le_bytes))).unwrap();
    assert_eq!((photo.size(), photo.pixels.depth()), (Size::new(1, 2), Depth::Float));
    assert_eq!([0, 1, 2].map(|channel| photo.pixels.value(channel, 0, 0)), colour[3..]);
    assert_eq!([0, 1, 2].map(|channel| photo.pixels.value(channel, 0, 1)), colour[..3]);
    let grey = read(file("Pf\r\n2 1 2.5\n", &[0.5_f32, 0.25].map(f32::to_be_bytes))).unwrap();
    assert_eq!((grey.pixels.channels(), values(&grey)), (1, vec![32_768, 16_384]));
    let cut = read(file("PF\n1 2\n-1.0\n", &colour[1..].iter().map(|value| value.to_le_bytes()).collect::<Vec<_>>()));
    assert!(cut.unwrap_err().to_string().contains("incomplete"));
}

/// The fourth channel of a TGA is not alpha if the file says so, or everything would be transparent.
#[test]
fn false_alpha_of_a_tga_is_removed() {
    let file = |alpha: [u8; 2], attributes: Option<u8>| {
        let header = [0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 1, 0, 32, 0x28];
        let mut file = [&header[..], &[3, 2, 1, alpha[0], 6, 5, 4, alpha[1]]].concat();
        if let Some(attributes) = attributes {
            let at = file.len() as u32;
            let extension = [&[0xEF, 1][..], &[0; 492], &[attributes]].concat();
            file.extend([&extension[..], &at.to_le_bytes(), &[0; 4], b"TRUEVISION-XFILE.\0"].concat());
        }
        file
    };
    let read = |file| bytes(&decode(Path::new("a.tga"), file).unwrap().photo);
    let (opaque, seen) = ([1, 2, 3, 4, 5, 6], [1, 2, 3, 0, 4, 5, 6, 200]);
    assert_eq!(read(file([0, 200], None)), seen);
    assert_eq!(read(file([0, 200], Some(3))), seen);
    assert_eq!(read(file([0, 200], Some(0))), opaque);
    assert_eq!(read(file([0, 0], None)), opaque);
    let rare = [0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 16, 8, 0, 0].to_vec();
    let sentence = decode(Path::new("a.tga"), rare).unwrap_err().to_string();
    assert!(sentence.contains("is a picture with pixels of the kind") && sentence.contains("cannot be read yet"));
}

/// False values are refused before decoding: a size beyond the memory, a picture of a different size, too many tiles or
/// frames.
#[test]
fn an_avif_with_false_values_is_refused() {
    let whole = fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/avif/plain.avif")).unwrap();
    assert_eq!(decode(Path::new("a.avif"), whole.clone()).unwrap().photo.size(), Size::new(24, 18));
    let size_at = whole.windows(4).position(|four| four == b"ispe").unwrap() + 8;
    let with_size = |width: u32, height: u32| {
        let mut bytes = whole.clone();
        bytes[size_at..size_at + 8].copy_from_slice(&[width.to_be_bytes(), height.to_be_bytes()].concat());
        decode(Path::new("a.avif"), bytes).unwrap_err()
    };
    assert!(matches!(with_size(1 << 20, 1 << 20), PictureError::TooLarge { .. }));
    assert!(matches!(with_size(23, 18), PictureError::Broken { .. }));
    assert!(matches!(with_size(25, 18), PictureError::Broken { .. }));
    assert!(matches!(with_size(0, 18), PictureError::Broken { .. }));
    // The same frame many times, each of which would take as long as the picture.
    let at = whole.windows(4).position(|four| four == b"mdat").unwrap() + 4;
    let (boxes, frame) = whole.split_at(at);
    let with_frames = |count: usize| {
        let lengths =
            [0, 8].map(|header| [frame.len(), count * frame.len()].map(|all| (all as u32 + header).to_be_bytes()));
        let mut bytes = [boxes, &frame.repeat(count)].concat();
        for at in 0..at - 3 {
            if let Some([_, more]) = lengths.iter().find(|[one, _]| bytes[at..].starts_with(one)) {
                bytes[at..at + 4].copy_from_slice(more);
            }
        }
        decode(Path::new("a.avif"), bytes)
    };
    assert_eq!(with_frames(1).unwrap(), with_frames(4).unwrap());
    let endless = with_frames(5).unwrap_err().to_string();
    assert!(endless.contains("too many frames"), "{endless}");
    let cut = decode(Path::new("a.avif"), whole[..whole.len() - 1].to_vec()).unwrap_err();
    assert!(matches!(cut, PictureError::Truncated { .. }), "{cut}");
}

/// Some animations have a single item and no primary item box.
#[test]
fn the_only_item_of_an_avif_is_the_primary_one() {
    let whole = include_bytes!("../avif/plain.avif");
    let photo = decode(Path::new("a.avif"), whole.to_vec()).unwrap().photo;
    let at = whole.windows(4).position(|four| four == b"pitm").unwrap();
    let mut unnamed = whole.to_vec();
    unnamed[at..at + 4].copy_from_slice(b"free");
    let found = decode(Path::new("a.avif"), unnamed).unwrap();
    assert_eq!((found.photo, found.notices), (photo, Vec::<String>::new()));
}

/// Every truncation and every changed byte causes an error or a picture, never a panic.
#[test]
fn bytes_in_memory_are_decoded_and_damage_is_an_error() {
    let empty = decode(Path::new("a.png"), Vec::new()).unwrap_err();
    assert!(matches!(empty, PictureError::Empty { .. }), "{empty}");
    let boxed = |brand: &[u8]| [&b"\0\0\0\x18ftyp"[..], brand, &[0; 4], b"mif1", brand, &[0; 40]].concat();
    let heic = decode(Path::new("IMG_1.HEIC"), boxed(b"heic")).unwrap_err().to_string();
    assert_eq!(heic, "The file is incomplete: “IMG_1.HEIC”. Copy or download it again.");
    let avif = decode(Path::new("a.avif"), boxed(b"avif")).unwrap_err().to_string();
    assert_eq!(avif, "The file is incomplete: “a.avif”. Copy or download it again.");
    assert!(decode(Path::new("a.jxl"), b"\xFF\x0A".to_vec()).is_err());

    let folder = folder();
    let mut files = vec![tiff_with(&[])];
    if have(&["cjxl", "avifenc", "convert"]) {
        let [(colour, _), _, (alpha, _), ..] = sources(&folder);
        for (program, source, name) in [("cjxl", &colour, "a.jxl"), ("avifenc", &alpha, "a.avif")] {
            let path = at(&folder, name);
            run(program, &[source, &path]);
            let bytes = fs::read(&path).unwrap();
            assert_eq!(decode(Path::new(name), bytes.clone()).unwrap(), opened(&path));
            files.push(bytes);
        }
        for (name, arguments) in
            [("cmyk.jpg", &["-colorspace", "CMYK"][..]), ("palette.tif", &["-type", "palette", "-compress", "zip"])]
        {
            let path = at(&folder, name);
            run("convert", &[&[colour.as_str()], arguments, &[&path]].concat());
            files.push(fs::read(&path).unwrap());
        }
    }
    for bytes in files {
        let step = bytes.len() / 60 + 1;
        for at in (0..bytes.len()).step_by(step) {
            let cut = decode(Path::new("cut"), bytes[..at].to_vec());
            if let Err(error) = cut {
                assert!(error.to_string().contains("cut"), "{error}");
            }
            for change in [0x01, 0x80, 0xFF] {
                let mut changed = bytes.clone();
                changed[at] ^= change;
                let _ = decode(Path::new("changed"), changed);
            }
        }
    }
}

/// JPEG 2000 as Pillow (OpenJPEG) writes and reads it: grey, colour, alpha, 16 bits, tiles, lossy and lossless, with and
/// without boxes.
#[test]
fn jpeg_2000_is_read_like_by_openjpeg() {
    if !have(&[PYTHON]) {
        return;
    }
    let folder = folder();
    let script = "
y = Image.linear_gradient('L').resize((61, 47))
colour = Image.merge('RGB', [y, y.rotate(90).resize((61, 47)), Image.effect_noise((61, 47), 60)])
clear = colour.copy(); clear.putalpha(y.rotate(180))
deep = Image.new('I;16', (61, 47))
deep.putdata([(x * 977) % 65536 for x in range(61 * 47)])
ways = {
    'plain.jp2': (colour, dict(irreversible=False)),
    'lossy.jp2': (colour, dict(irreversible=True, quality_mode='dB', quality_layers=[44])),
    'tiles.j2k': (colour, dict(tile_size=(16, 16), progression='RPCL', num_resolutions=3)),
    'grey.jp2': (y, {}),
    'alpha.jp2': (clear, {}),
    'deep.jp2': (deep, {}),
    'blocks.jp2': (colour, dict(codeblock_size=(4, 4), precinct_size=(32, 32), num_resolutions=2)),
}
for name, (picture, options) in ways.items():
    path = sys.argv[1] + '/' + name
    picture.save(path, **options)
    Image.open(path).save(path + '.png')
print(*ways)
";
    let names = String::from_utf8(pillow(script, &[&at(&folder, "")])).unwrap();
    assert_eq!(names.split_whitespace().count(), 7);
    for name in names.split_whitespace() {
        let (ours, theirs) = (opened(&at(&folder, name)), opened(&at(&folder, &format!("{name}.png"))).photo);
        assert_eq!((ours.notices, ours.photo.format), (vec![], Format::Png), "{name}");
        assert_eq!((ours.photo.size(), ours.photo.pixels.depth()), (theirs.size(), theirs.pixels.depth()), "{name}");
        let most = values(&ours.photo).iter().zip(values(&theirs)).map(|(a, b)| a.abs_diff(b)).max().unwrap();
        // A level of 8 bits.
        assert!(most <= if name == "lossy.jp2" { 257 } else { 0 }, "{name}: {most} of 65,535 at most");
    }
}

#[test]
fn metadata_of_jpeg_2000_is_kept_and_damage_refused() {
    if !have(&[PYTHON]) {
        return;
    }
    let folder = folder();
    let path = at(&folder, "a.jp2");
    pillow("Image.effect_noise((90, 70), 90).convert('RGB').save(sys.argv[1])", &[&path]);
    let plain = fs::read(&path).unwrap();
    let a_box = |name: &[u8; 4], contents: &[&[u8]]| {
        let contents = contents.concat();
        [&(contents.len() as u32 + 8).to_be_bytes(), &name[..], &contents].concat()
    };
    let start = plain.windows(4).position(|name| name == b"jp2c").unwrap() - 4;
    let header = plain.windows(4).position(|name| name == b"jp2h").unwrap() - 4;
    // 300 dpi: 30000 / 254 · 10² px per metre.
    let number = [30_000_u16.to_be_bytes(), 254_u16.to_be_bytes()].concat();
    let resolution = a_box(b"res ", &[&a_box(b"resc", &[&number, &number, &[2, 2]])]);
    let mut longer = plain[header..start].to_vec();
    longer.extend(&resolution);
    let length = longer.len() as u32;
    longer[..4].copy_from_slice(&length.to_be_bytes());
    let xmp = br#"<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" dc:source="Shelf 4"/></rdf:RDF></x:xmpmeta>"#;
    let exif = b"II*\0\x08\0\0\0\x01\0\x0f\x01\x02\0\x06\0\0\0\x1a\0\0\0\0\0\0\0Shelf\0";
    let xmp_id = b"\xBE\x7A\xCF\xCB\x97\xA9\x42\xE8\x9C\x71\x99\x94\x91\xE3\xAF\xAC";
    let boxes = [a_box(b"uuid", &[xmp_id, xmp]), a_box(b"uuid", &[b"JpgTiffExif->JP2", exif]), a_box(b"asoc", &[b"?"])];
    let rich = [&plain[..header], &longer, &boxes.concat(), &plain[start..]].concat();
    let Decoded { photo, notices, .. } = decode(Path::new("a.jp2"), rich.clone()).unwrap();
    let found = &photo.metadata;
    assert_eq!((found.xmp.as_deref(), found.exif.as_deref()), (Some(&xmp[..]), Some(&exif[..])));
    let resolution = found.resolution.expect("a resolution");
    assert!((resolution.x * 2.54 - 300.0).abs() < 0.01 && (resolution.y * 2.54 - 300.0).abs() < 0.01);
    assert!(notices.len() == 1 && notices[0].contains("box “asoc”"), "{notices:?}");
    assert_eq!(bytes(&photo), bytes(&opened(&path).photo));

    for length in [start + 20, start + 200, rich.len() - 300, rich.len() - 2] {
        let error = decode(Path::new("a.jp2"), rich[..length].to_vec()).unwrap_err();
        assert!(matches!(error, PictureError::Truncated { .. } | PictureError::Broken { .. }), "{length}: {error}");
    }
    // Sizes are checked before the pixels are decoded.
    let mut large = plain.clone();
    let size = large.windows(4).position(|marker| marker == b"\xFF\x4F\xFF\x51").unwrap() + 8;
    let outside = large.windows(4).position(|name| name == b"ihdr").unwrap() + 4;
    for at in [outside, outside + 4, size, size + 4, size + 16, size + 20] {
        large[at..at + 4].copy_from_slice(&2_000_000_u32.to_be_bytes());
    }
    let error = decode(Path::new("a.jp2"), large).unwrap_err();
    assert!(matches!(error, PictureError::TooLarge { .. }), "{error}");
    // A grid of 65,025 px in units of 255, with tiles of 1 px: 4.2 · 10⁹ of them for 255 × 255 px.
    let mut tiles = plain.clone();
    for (at, value) in [(size, 65_025_u32), (size + 4, 65_025), (size + 16, 1), (size + 20, 1)] {
        tiles[at..at + 4].copy_from_slice(&value.to_be_bytes());
    }
    for channel in 0..3 {
        tiles[size + 35 + 3 * channel..size + 37 + 3 * channel].fill(255);
    }
    let error = decode(Path::new("a.jp2"), tiles).unwrap_err();
    assert!(matches!(error, PictureError::Broken { .. }), "{error}");
    let mut twice = plain.clone();
    twice.extend(&plain[start..]);
    let error = decode(Path::new("a.jp2"), twice).unwrap_err();
    assert!(error.to_string().contains("several pictures"), "{error}");
    // Each byte of the headers damaged: an error or a picture, and never a panic.
    let coded = plain.windows(4).position(|marker| marker == b"\xFF\x4F\xFF\x51").unwrap();
    for (at, value) in (0..coded + 100).flat_map(|at| [0, 1, 0x7F, 0xFF].map(|value| (at, value))) {
        let mut damaged = plain.clone();
        damaged[at] = value;
        if let Ok(decoded) = decode(Path::new("a.jp2"), damaged) {
            assert_eq!(decoded.photo.size(), Size::new(90, 70), "byte {at}: a header that is not checked");
        }
    }
    // Signed values would be shifted.
    let mut signed = plain;
    signed[size + 34] |= 0x80;
    let error = decode(Path::new("a.jp2"), signed).unwrap_err();
    assert!(error.to_string().contains("signed values"), "{error}");
}
