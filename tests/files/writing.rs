//! JPEG XL and AVIF that we write: other programs read the same pixels, profiles, colours and metadata.

use std::{fs, path::Path, process::Command};

use redawn::{
    imaging::{
        Depth, Format, IfExists, Metadata, Photo, PictureError, Rows, SaveOptions, metrics, open, save, save_rows,
    },
    pixels::{Planes, Raster, Size},
};
use tempfile::TempDir;

use crate::support::skip;

/// Whether other programs are installed; otherwise reports a skip.
fn have(programs: &[&str]) -> bool {
    programs.iter().all(|&program| {
        let argument = if program == "exiftool" { "-ver" } else { "--version" };
        let found = Command::new(program).arg(argument).output().is_ok_and(|output| output.status.success());
        if !found {
            skip::skip(format!("{program} is not installed"));
        }
        found
    })
}

fn run(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output().expect("the program");
    assert!(output.status.success(), "{program} {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

fn at(folder: &TempDir, name: &str) -> String {
    folder.path().join(name).to_str().expect("UTF-8").to_owned()
}

/// Waves with some noise, which is different in each channel.
fn photo(size: Size, channels: usize, depth: Depth) -> Photo {
    let mut state = 1_u64;
    let mut grain = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1 << 24) as f32 - 0.5
    };
    let values = (0..channels).flat_map(|channel| (0..size.area()).map(move |index| (channel, index)));
    let values = values.map(|(channel, index)| {
        let (x, y) = ((index % size.width) as f32, (index / size.width) as f32);
        let wave = (x / (17.0 + channel as f32)).sin() * (y / 23.0).cos();
        (0.5 + 0.4 * wave + 0.04 * grain()).clamp(0.0, 1.0)
    });
    let planes: Vec<f32> = values.collect();
    let colours = if channels < 3 { 1 } else { 3 };
    let (colours, alpha) = planes.split_at(colours * size.area());
    let alpha = (!alpha.is_empty()).then(|| Planes::new(1, size, alpha.to_vec()));
    let pixels =
        Raster::from_planes(&Planes::new(colours.len() / size.area(), size, colours.to_vec()), alpha.as_ref(), depth);
    Photo { pixels, format: Format::Png, metadata: Metadata::default() }
}

fn saved(photo: &Photo, path: &str) -> Vec<String> {
    let options = SaveOptions { if_exists: IfExists::Replace, ..SaveOptions::default() };
    save(photo, Path::new(path), &options).unwrap_or_else(|error| panic!("{error}")).notices
}

/// Sides of one px, of whole groups, of one px more, of several groups across and down.
const SIZES: [(usize, usize); 7] = [(1, 1), (2, 3), (512, 9), (513, 30), (40, 1025), (1100, 600), (3, 2_689)];

#[test]
fn djxl_reads_every_sample_of_a_jpeg_xl() {
    if !have(&["djxl"]) {
        return;
    }
    let folder = folder();
    let (path, theirs) = (at(&folder, "a.jxl"), at(&folder, "theirs.png"));
    for (width, height) in SIZES {
        for channels in 1..=4 {
            for depth in [Depth::Eight, Depth::Sixteen] {
                let case = format!("{width} × {height}, {channels} channels of {depth:?}");
                let photo = photo(Size::new(width, height), channels, depth);
                assert_eq!(saved(&photo, &path), Vec::<String>::new(), "{case}");
                run("djxl", &[&path, &theirs]);
                assert!(open(Path::new(&theirs)).unwrap().photo.pixels == photo.pixels, "{case}");
                assert!(open(Path::new(&path)).unwrap().photo.pixels == photo.pixels, "{case}");
            }
        }
    }
}

/// It is smaller than a PNG.
#[test]
fn a_jpeg_xl_is_smaller_than_a_png() {
    let folder = folder();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/photos/perched-osprey.png");
    let photo = open(&source).unwrap().photo;
    let [jxl, png] = ["a.jxl", "a.png"].map(|name| {
        let path = at(&folder, name);
        saved(&photo, &path);
        fs::metadata(path).unwrap().len()
    });
    assert!(jxl * 10 < png * 9, "{jxl} bytes as JPEG XL, {png} as PNG");
}

#[test]
fn djxl_finds_the_profile_of_a_jpeg_xl() {
    if !have(&["djxl"]) {
        return;
    }
    let folder = folder();
    let (path, pixels, icc) = (at(&folder, "a.jxl"), at(&folder, "a.ppm"), at(&folder, "a.icc"));
    let mut photo = photo(Size::new(30, 20), 3, Depth::Eight);
    // A table of 70,000 bytes, and a header alone.
    for length in [70_000, 128] {
        let mut profile: Vec<u8> = (0..length).map(|index: u64| (index * index / 7) as u8).collect();
        profile[..4].copy_from_slice(&(length as u32).to_be_bytes());
        profile[12..24].copy_from_slice(b"mntrRGB XYZ ");
        profile[36..44].copy_from_slice(b"acspSGI ");
        // The intent, and without tags.
        profile[67] = 1;
        profile.iter_mut().skip(128).take(4).for_each(|byte| *byte = 0);
        photo.metadata.icc = Some(profile.clone());
        saved(&photo, &path);
        assert_eq!(open(Path::new(&path)).unwrap().photo.metadata.icc.as_ref(), Some(&profile), "{length}");
        run("djxl", &[&path, &pixels, &format!("--orig_icc_out={icc}")]);
        assert!(fs::read(&icc).unwrap() == profile, "{length}");
        for (at, what) in [(3, "length"), (67, "intent"), (131, "tags")] {
            let mut damaged = profile.clone();
            let Some(byte) = damaged.get_mut(at) else { continue };
            *byte ^= 0x40;
            photo.metadata.icc = Some(damaged);
            let notices = saved(&photo, &path).join(" ");
            assert!(notices.contains("it is damaged"), "{what}: {notices}");
            assert_eq!(open(Path::new(&path)).unwrap().photo.metadata.icc, None, "{what}");
        }
    }
}

/// Profiles of known spaces, from Debian's libgs-common.
#[test]
fn profiles_in_a_jpeg_xl_are_read_byte_for_byte() {
    let folder = folder();
    let path = at(&folder, "a.jxl");
    for name in ["a98.icc", "srgb.icc", "rommrgb.icc", "sgray.icc"] {
        let Ok(profile) = fs::read(Path::new("/usr/share/color/icc/ghostscript").join(name)) else {
            return skip::skip(format!("{name} is not installed"));
        };
        let mut photo = photo(Size::new(30, 20), if name == "sgray.icc" { 1 } else { 3 }, Depth::Eight);
        photo.metadata.icc = Some(profile);
        assert_eq!(saved(&photo, &path), Vec::<String>::new(), "{name}");
        let back = open(Path::new(&path)).unwrap().photo;
        assert!(back.metadata.icc == photo.metadata.icc && back.pixels == photo.pixels, "{name}");
    }
}

/// Samples of 16 bits have 10 there; colours lose little, transparency nothing of 8 bits.
#[test]
fn avifdec_reads_an_avif_as_we_do() {
    if !have(&["avifdec"]) {
        return;
    }
    let folder = folder();
    let (path, theirs) = (at(&folder, "a.avif"), at(&folder, "theirs.png"));
    for (width, height) in SIZES {
        let is_small = width * height < 100_000;
        for channels in (1..=4).filter(|channels| is_small || matches!(channels, 1 | 4)) {
            for depth in [Depth::Eight, Depth::Sixteen] {
                let case = format!("{width} × {height}, {channels} channels of {depth:?}");
                let photo = photo(Size::new(width, height), channels, depth);
                let notices = saved(&photo, &path);
                assert_eq!(notices.len(), usize::from(depth == Depth::Sixteen), "{case}: {notices:?}");
                let ours = open(Path::new(&path)).unwrap().photo;
                assert_eq!((ours.pixels.channels(), ours.pixels.depth()), (channels, depth), "{case}");
                let told = run("avifdec", &["-d", "16", "-u", "best", &path, &theirs]);
                let layout = if channels < 3 { "YUV400" } else { "YUV444" };
                let bits = if depth == Depth::Eight { "Bit Depth      : 8" } else { "Bit Depth      : 10" };
                assert!(told.contains(layout) && told.contains(bits), "{case}: {told}");
                let theirs = open(Path::new(&theirs)).unwrap().photo;
                let grey = |photo: &Photo| photo.colours().luma();
                let near = metrics::psnr(&grey(&theirs), &grey(&ours));
                assert!(near > 50.0, "{case}: {near} dB between the decoders");
                let close = metrics::psnr(&ours.colours(), &photo.colours());
                assert!(close > 36.0, "{case}: {close} dB");
                if let (Some(alpha), Some(before)) = (ours.alpha(), photo.alpha()) {
                    let close = metrics::psnr(&alpha, &before);
                    assert!(close > 40.0, "{case}: {close} dB in the transparency");
                }
            }
        }
    }
}

/// Colours with names in ITU-T H.273 stay so; a profile replaces them.
#[test]
fn named_colours_are_kept() {
    if !have(&["avifdec", "djxl"]) {
        return;
    }
    let folder = folder();
    let mut photo = photo(Size::new(30, 20), 3, Depth::Sixteen);
    let cases = [
        (12, 13, "Color Primaries: 12", "P3 primaries, sRGB transfer function"),
        (9, 16, "Transfer Char. : 16", "Rec.2100 primaries, PQ transfer function"),
        (9, 18, "Transfer Char. : 18", "Rec.2100 primaries, HLG transfer function"),
    ];
    for (primaries, transfer, in_avif, in_jxl) in cases {
        photo.metadata.png_color = vec![(*b"cICP", vec![primaries, transfer, 0, 1])];
        let [avif, jxl] = ["a.avif", "a.jxl"].map(|name| at(&folder, name));
        assert_eq!(saved(&photo, &jxl), Vec::<String>::new());
        assert_eq!(saved(&photo, &avif).len(), 1, "its bits");
        let told = run("avifdec", &["--info", &avif]);
        assert!(told.contains(in_avif), "{told}");
        let told = run("jxlinfo", &[&jxl]);
        assert!(told.contains(in_jxl), "{told}");
        assert_eq!(open(Path::new(&avif)).unwrap().photo.metadata.png_color, photo.metadata.png_color);
        // Its decoder describes them as a profile.
        let back = open(Path::new(&jxl)).unwrap().photo;
        assert!(back.metadata.icc.is_some() && back.pixels == photo.pixels, "{primaries}, {transfer}");
    }
    photo.metadata.png_color = vec![(*b"cICP", vec![5, 6, 0, 1])];
    let notices = saved(&photo, &at(&folder, "b.jxl"));
    assert_eq!(notices, ["The description of its colours is not kept: JPEG XL cannot hold it, and is taken for sRGB."]);
    photo.metadata.icc = Some(srgb_profile());
    let path = at(&folder, "b.avif");
    saved(&photo, &path);
    let told = run("avifdec", &["--info", &path]);
    assert!(told.contains("ICC Profile    : Present") && told.contains("Color Primaries: 2"), "{told}");
}

/// The header of a profile for RGB.
fn srgb_profile() -> Vec<u8> {
    let mut icc = vec![0; 200];
    icc[3] = 200;
    icc[12..24].copy_from_slice(b"mntrRGB XYZ ");
    icc[36..40].copy_from_slice(b"acsp");
    icc
}

/// A picture that is no longer wanted after its first rows.
struct Stopped(Vec<Raster>);

impl Rows for Stopped {
    fn next(&mut self) -> Option<Raster> {
        self.0.pop()
    }

    fn is_stopped(&self) -> bool {
        true
    }
}

#[test]
fn a_stopped_avif_leaves_nothing() {
    let folder = folder();
    let photo = photo(Size::new(700, 600), 3, Depth::Eight);
    let path = folder.path().join("a.avif");
    let mut rows = Stopped(vec![photo.pixels.clone()]);
    let error = save_rows(&photo.head(), &mut rows, &path, &SaveOptions::default()).unwrap_err();
    assert!(matches!(error, PictureError::Unfinished { .. }), "{error}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}
