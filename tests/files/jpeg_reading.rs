//! JPEG files of all layouts, complete and damaged, compared with arithmetic or Pillow (libjpeg).

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use redawn::{
    imaging::{self, DamagePlace, Decoded, MemoryLimit, PictureError},
    pixels::{Raster, Samples, Size},
};

use crate::support::{
    jpegs::{Layout, segment},
    skip,
};

fn read(file: Vec<u8>) -> Result<Decoded, PictureError> {
    imaging::decode(Path::new("a.jpg"), file, MemoryLimit::default())
}

fn pixels(file: Vec<u8>) -> Raster {
    let decoded = read(file).expect("a picture");
    assert_eq!(decoded.photo.metadata.damage, None);
    decoded.photo.pixels
}

fn bytes(pixels: &Raster) -> &[u8] {
    match pixels.samples() {
        Samples::Eight(bytes) => bytes,
        _ => panic!("JPEG has bytes"),
    }
}

/// Values that differ between blocks and components, and stay within the range of RGB.
fn value(component: usize, column: usize, row: usize) -> i32 {
    let (span, from) = if component == 0 { (97, -48) } else { (41, -20) };
    ((component * 31 + column * 23 + row * 37) % span) as i32 + from
}

/// ITU-T T.871.
fn rgb(ycc: [i32; 3]) -> [f64; 3] {
    let [y, cb, cr] = ycc.map(f64::from);
    let y = y + 128.0;
    [y + 1.402 * cr, y - 0.344_14 * cb - 0.714_14 * cr, y + 1.772 * cb]
}

/// Compares pixels at least two away from the edges of blocks, which upsampling does not change.
fn assert_is_made_of(layout: &Layout, pixels: &Raster, what: &str) {
    assert_eq!(pixels.size(), Size::new(layout.width, layout.height), "{what}");
    let (bytes, channels, most) = (bytes(pixels), layout.factors.len(), layout.most());
    assert_eq!(pixels.channels(), channels, "{what}");
    let mut compared = 0;
    for at in 0..layout.width * layout.height {
        let (x, y) = (at % layout.width, at / layout.width);
        let in_block = |at: usize, own: usize, most: usize| (at * own / (8 * most), at * own % (8 * most) / own);
        let places = layout.factors.iter().map(|it| (in_block(x, it.0, most.0), in_block(y, it.1, most.1)));
        let side = |own: usize, most: usize| 8 * most / own;
        let is_inside = layout.factors.iter().zip(places.clone()).all(|(own, ((_, x), (_, y)))| {
            (2..side(own.0, most.0) - 2).contains(&x) && (2..side(own.1, most.1) - 2).contains(&y)
        });
        if !is_inside {
            continue;
        }
        compared += 1;
        let values: Vec<i32> =
            places.enumerate().map(|(component, ((column, _), (row, _)))| value(component, column, row)).collect();
        let right = match *values {
            [y, cb, cr] => rgb([y, cb, cr]).to_vec(),
            _ => vec![f64::from(values[0] + 128)],
        };
        for (ours, right) in bytes[at * channels..].iter().zip(right) {
            assert!((f64::from(*ours) - right).abs() <= 1.0, "{what}: {ours} for {right} at {x}, {y}");
        }
    }
    assert!(compared > 0 || layout.width < 4 || layout.height < 4, "{what}");
}

const GREY: &[(usize, usize)] = &[(2, 2)];
const LAYOUTS: [&[(usize, usize)]; 15] = [
    GREY,
    &[(1, 1)],
    &[(1, 1), (1, 1), (1, 1)],
    &[(2, 1), (1, 1), (1, 1)],
    &[(1, 2), (1, 1), (1, 1)],
    &[(2, 2), (1, 1), (1, 1)],
    &[(2, 2), (2, 1), (1, 2)],
    &[(2, 2), (2, 2), (1, 1)],
    &[(4, 1), (1, 1), (1, 1)],
    &[(4, 2), (1, 1), (2, 2)],
    &[(3, 1), (1, 1), (1, 1)],
    // Luma coarser than chroma.
    &[(1, 1), (2, 2), (2, 2)],
    &[(1, 1), (2, 1), (1, 2)],
    &[(1, 1), (1, 1), (4, 1)],
    // Ratios that are not integers, which libjpeg does not support.
    &[(3, 2), (2, 1), (1, 1)],
];

#[test]
fn all_layouts_have_the_computed_values() {
    for factors in LAYOUTS {
        for size in [(61, 43), (16, 16), (1, 1), (3, 50), (70, 2)] {
            for (interleaved, progressive) in [(true, false), (false, false), (true, true), (false, true)] {
                for interval in [0, 1, 3, 9] {
                    let layout = Layout { interleaved, progressive, interval, ..Layout::new(size, factors) };
                    assert_is_made_of(&layout, &pixels(layout.file(value)), &format!("{layout:?}"));
                }
            }
        }
    }
}

const YCC: &[(usize, usize)] = &[(2, 2), (1, 1), (1, 1)];

#[test]
fn the_colour_model_is_detected_as_in_libjpeg() {
    let jfif = segment(0xE0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0");
    let adobe = |transform: u8| segment(0xEE, &[b"Adobe\0\x64\0\0\0\0", &[transform][..]].concat());
    let short = segment(0xEE, b"Adobe\0\x64");
    let cases = [
        (vec![], false),
        (jfif.clone(), false),
        (adobe(1), false),
        (adobe(0), true),
        ([jfif, adobe(0)].concat(), false),
        (adobe(2), false),
        (short, false),
    ];
    for (segments, is_rgb) in cases {
        let layout = Layout { segments, ..Layout::new((16, 16), &[(1, 1); 3]) };
        let pixels = pixels(layout.file(|component, _, _| [20, -30, 40][component]));
        let right = if is_rgb { [148.0, 98.0, 168.0] } else { rgb([20, -30, 40]) };
        for (ours, right) in bytes(&pixels)[..3].iter().zip(right) {
            assert!((f64::from(*ours) - right).abs() <= 1.0, "{layout:?}: {ours} for {right}");
        }
    }
}

#[test]
fn trailers_and_missing_end_markers_are_harmless() {
    for progressive in [false, true] {
        let layout = Layout { progressive, ..Layout::new((61, 43), YCC) };
        let whole = layout.file(value);
        let end = whole.len() - 2;
        let trailer: Vec<u8> = (0..4_000_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 23) as u8).collect();
        let files = [
            whole[..end].to_vec(),
            [&whole[..end], &trailer].concat(),
            [&whole[..], &trailer].concat(),
            [&whole[..], &whole].concat(),
            [&whole[..end], b"SEFH and so on\0\0"].concat(),
        ];
        for (at, file) in files.into_iter().enumerate() {
            assert_is_made_of(&layout, &pixels(file), &format!("{at}, {progressive}"));
        }
    }
}

/// The number of lines can follow the first scan (DNL).
#[test]
fn the_height_from_dnl_is_used() {
    let layout = Layout::new((61, 43), YCC);
    let whole = layout.file(value);
    let (pixels_end, frame) = (whole.len() - 2, whole.windows(2).position(|it| it == [0xFF, 0xC0]).unwrap());
    let with_lines = [&whole[..pixels_end], &segment(0xDC, &43_u16.to_be_bytes()), &[0xFF, 0xD9]].concat();
    let mut late = with_lines.clone();
    late[frame + 5..frame + 7].fill(0);
    for file in [with_lines, late] {
        assert_is_made_of(&layout, &pixels(file), "DNL");
    }
}

/// Motion JPEG omits the Huffman tables.
#[test]
fn standard_huffman_tables_are_the_default() {
    // A block of a single value: 00 means no difference, 1010 end of block (K.3, K.5).
    let frame = [8, 0, 8, 0, 8, 1, 1, 0x11, 0];
    let file = [
        &[0xFF, 0xD8][..],
        &segment(0xDB, &[&[0][..], &[8; 64]].concat()),
        &segment(0xC0, &frame),
        &segment(0xDA, &[1, 1, 0, 0, 63, 0]),
        // 1110 and 100000: a difference of 32.
        &[0b1110_1000, 0b0010_1011, 0xFF, 0xD9],
    ]
    .concat();
    assert_eq!(bytes(&pixels(file)), [160; 64]);
}

#[test]
fn unsupported_kinds_are_reported_as_such() {
    let whole = Layout::new((16, 16), YCC).file(value);
    let frame = whole.windows(2).position(|it| it == [0xFF, 0xC0]).unwrap();
    let with = |marker: u8, bits: u8| {
        let mut file = whole.clone();
        (file[frame + 1], file[frame + 4]) = (marker, bits);
        file
    };
    let cases = [
        (with(0xC3, 8), "lossless JPEG compression"),
        (with(0xC5, 8), "hierarchical"),
        (with(0xCB, 8), "lossless arithmetic"),
        (with(0xCD, 8), "hierarchical"),
        (with(0xC1, 12), "12 bits"),
        (with(0xC2, 12), "12 bits"),
        (with(0xF7, 8), "JPEG-LS"),
    ];
    for (file, word) in cases {
        let error = read(file).unwrap_err();
        assert!(matches!(error, PictureError::Unsupported { .. }), "{error}");
        assert!(error.to_string().contains(word), "{error}");
    }
}

/// The same coefficients, recoded by libjpeg-turbo's jpegtran: in restart intervals of two MCUs, and progressive.
#[test]
fn arithmetic_coding_has_the_pixels_of_huffman_coding() {
    let right = pixels(include_bytes!("../jpeg/huffman.jpg").to_vec());
    let sequential = include_bytes!("../jpeg/arithmetic.jpg");
    let progressive = include_bytes!("../jpeg/arithmetic-progressive.jpg");
    for (file, what) in [(&sequential[..], "sequential"), (progressive, "progressive")] {
        assert!(bytes(&pixels(file.to_vec())) == bytes(&right), "{what}");
    }

    // A damaged interval is lost, the others are not.
    let marker = sequential.windows(2).position(|it| it == [0xFF, 0xD2]).unwrap();
    let next = sequential.windows(2).position(|it| it == [0xFF, 0xD3]).unwrap();
    let decoded = read([&sequential[..marker], &sequential[next..]].concat()).unwrap();
    let damage = decoded.photo.metadata.damage.expect("an interval is missing");
    let (rows, columns) = (34_usize.div_ceil(8), 44_usize.div_ceil(16));
    assert_eq!(damage.missing, 2.0 / (rows * columns) as f64);

    let half = read(sequential[..sequential.len() / 2].to_vec()).unwrap();
    assert!(half.photo.metadata.damage.is_some_and(|damage| damage.missing > 0.0), "half a file is reported");
}

/// Baseline and progressive files of all subsamplings are bit-identical to Pillow's, as far as it decodes in the same
/// steps.
#[test]
fn real_files_are_read_as_by_libjpeg() {
    let folder = tempfile::tempdir().unwrap();
    let script = "
from PIL import Image
colour = Image.merge('RGB', [Image.radial_gradient('L').rotate(30 * i) for i in range(3)]).resize((139, 101))
number = 0
for size in [(139, 101), (5, 9), (3, 40), (40, 1), (17, 16)]:
    for mode in ['RGB', 'L', 'CMYK']:
        for quality in [5, 60, 93]:
            for subsampling in [0, 1, 2]:
                for progressive in [False, True]:
                    picture = colour.resize(size).convert(mode)
                    picture.save('%d.jpg' % number, quality=quality, subsampling=subsampling, progressive=progressive)
                    with Image.open('%d.jpg' % number) as read:
                        open('%d.raw' % number, 'wb').write(read.tobytes())
                    number += 1
";
    let mut python = Command::new("/usr/bin/python3");
    if !python.args(["-c", script]).current_dir(folder.path()).status().is_ok_and(|status| status.success()) {
        return skip::skip("no /usr/bin/python3 with Pillow here (python3-pil)");
    }
    let mut compared = 0;
    while let Ok(right) = fs::read(folder.path().join(format!("{compared}.raw"))) {
        let file = fs::read(folder.path().join(format!("{compared}.jpg"))).unwrap();
        let pixels = pixels(file);
        let right = match right.len() / pixels.size().area() {
            // CMYK by the formula.
            4 => right.as_chunks::<4>().0.iter().flat_map(|ink| colours_of(*ink)).collect(),
            _ => right,
        };
        assert!(bytes(&pixels) == right, "{compared}.jpg differs");
        compared += 1;
    }
    assert_eq!(compared, 5 * 3 * 3 * 3 * 2);
}

fn colours_of([cyan, magenta, yellow, black]: [u8; 4]) -> [u8; 3] {
    let light = |ink: u8| {
        let light = u32::from(255 - ink) * u32::from(255 - black);
        ((light + 127) / 255) as u8
    };
    [light(cyan), light(magenta), light(yellow)]
}

/// A file with one row of MCUs per restart interval, and the byte range of each row.
fn in_rows() -> (Layout, Vec<u8>, Vec<std::ops::Range<usize>>) {
    // 10 rows of 4 MCUs.
    let layout = Layout { interval: 4, ..Layout::new((64, 160), YCC) };
    let file = layout.file(value);
    let scan = file.windows(2).position(|it| it == [0xFF, 0xDA]).unwrap();
    let (mut rows, first) = (vec![], scan + 14);
    let mut start = first;
    for at in first..file.len() - 1 {
        if file[at] == 0xFF && matches!(file[at + 1], 0xD0..=0xD7 | 0xD9) {
            rows.push(start..at);
            start = at + 2;
        }
    }
    assert_eq!(rows.len(), 10);
    (layout, file, rows)
}

/// Checks that exactly these rows of 16 px are missing, and grey.
fn assert_is_missing(layout: &Layout, whole: &[u8], file: Vec<u8>, rows: &[usize], place: DamagePlace, what: &str) {
    let decoded = read(file).expect("a part of it can be read");
    let damage = decoded.photo.metadata.damage.as_ref().expect("a part of it can't be read");
    assert_eq!((damage.missing, damage.blurred), (rows.len() as f64 / 10.0, 0.0), "{what}");
    assert_eq!((damage.place, damage.is_doubtful), (place, false), "{what}");
    let (ours, whole) = (bytes(&decoded.photo.pixels), bytes(&pixels(whole.to_vec())).to_vec());
    for row in 0..10 {
        // Chroma between two rows is interpolated from both.
        let inside = 3 * layout.width * (16 * row + 1)..3 * layout.width * (16 * row + 15);
        match rows.contains(&row) {
            true => assert!(ours[inside].iter().all(|value| *value == 128), "{what}: row {row} is not grey"),
            false => assert!(ours[inside.clone()] == whole[inside], "{what}: row {row} is not right"),
        }
    }
}

#[test]
fn decoding_resumes_at_the_next_restart_marker() {
    let (layout, whole, rows) = in_rows();
    let cut = |from: usize, to: usize| [&whole[..from], &whole[to..]].concat();
    let put = |at: usize, bytes: &[u8]| [&whole[..at], bytes, &whole[at + bytes.len()..]].concat();
    let missing =
        |file: Vec<u8>, lost: &[usize], place, what: &str| assert_is_missing(&layout, &whole, file, lost, place, what);
    // Sixteen ones are not a code.
    missing(put(rows[3].start, &[0xFF, 0, 0xFF, 0]), &[3], DamagePlace::Scattered, "an invalid code");
    missing(put(rows[9].start, &[0xFF, 0, 0xFF, 0]), &[9], DamagePlace::Lower, "the last row");
    missing(put(rows[0].start, &[0xFF, 0, 0xFF, 0]), &[0], DamagePlace::Upper, "the first row");
    missing(put(rows[3].start, &[0xFF, 0x5A]), &[3], DamagePlace::Scattered, "an invalid marker");
    missing(cut(rows[3].start, rows[3].end), &[3], DamagePlace::Scattered, "an empty row");
    // With the preceding markers.
    missing(cut(rows[3].start - 2, rows[4].start - 2), &[3], DamagePlace::Scattered, "a row less");
    missing(cut(rows[2].start - 2, rows[4].start - 2), &[2, 3], DamagePlace::Scattered, "two rows less");
    let nine: Vec<usize> = (0..9).collect();
    missing(
        cut(rows[0].start, rows[9].start - 2),
        &nine,
        DamagePlace::Upper,
        "nine rows less: the markers begin anew after 8",
    );
    let noise = (0..rows[5].end - rows[4].start - 4).map(|at| (at * 89 % 255) as u8);
    let noise: Vec<u8> = [0xFF, 0, 0xFF, 0].into_iter().chain(noise).collect();
    missing(
        put(rows[4].start, &noise),
        &[4, 5],
        DamagePlace::Scattered,
        "two rows and the marker between are something else",
    );
    // An early end.
    missing(cut(rows[6].start - 2, whole.len() - 2), &[6, 7, 8, 9], DamagePlace::Lower, "an early end");
    missing(whole[..rows[6].start].to_vec(), &[6, 7, 8, 9], DamagePlace::Lower, "no end");
    // Leftover bytes mean that something before was decoded wrongly.
    let more = [&whole[..rows[3].end], &[0x12, 0x34], &whole[rows[3].end..]].concat();
    let damage = read(more).unwrap().photo.metadata.damage.expect("damage");
    assert_eq!((damage.missing, damage.place), (0.1, DamagePlace::Scattered));
}

#[test]
fn without_restart_markers_the_rest_is_missing() {
    for progressive in [false, true] {
        let layout = Layout { progressive, ..Layout::new((64, 160), YCC) };
        let whole = layout.file(value);
        let scan = whole.windows(2).position(|it| it == [0xFF, 0xDA]).unwrap() + 14;
        let length = whole[scan..].windows(2).position(|it| it[0] == 0xFF && it[1] != 0).unwrap();
        for share in [0.3, 0.5, 0.8] {
            let at = scan + (share * length as f64) as usize;
            let mut bad = whole.clone();
            // More ones than a code with its bits can have.
            bad[at..at + 12].copy_from_slice(&[[0xFF, 0]; 6].concat());
            let early = [&whole[..at], &[0xFF, 0xD9]].concat();
            for (file, is_cut_off) in [(bad, false), (early, false), (whole[..at].to_vec(), true)] {
                let decoded = read(file).unwrap();
                let damage = decoded.photo.metadata.damage.expect("it is damaged");
                assert!((damage.missing - (1.0 - share)).abs() < 0.06, "{progressive}, {share}: {damage:?}");
                assert_eq!(
                    (damage.place, damage.is_cut_off),
                    (DamagePlace::Lower, is_cut_off),
                    "{progressive}, {share}"
                );
            }
        }
    }
}

/// An additional MCU means that some before were decoded wrongly.
#[test]
fn leftover_data_is_reported() {
    let layout = Layout::new((64, 160), YCC);
    let higher = Layout { height: 176, ..layout.clone() };
    let mut file = higher.file(value);
    let frame = file.windows(2).position(|it| it == [0xFF, 0xC0]).unwrap();
    file[frame + 6] = 160;
    let damage = read(file).unwrap().photo.metadata.damage.expect("damage");
    assert!(damage.is_doubtful && damage.missing == 0.0, "{damage:?}");
    assert_eq!(damage.in_words(), "some of it is wrong");

    // Padding bytes are not leftover data.
    let whole = layout.file(value);
    let filled = [&whole[..whole.len() - 2], &[0; 9], &[0xFF, 0xD9]].concat();
    assert_is_made_of(&layout, &pixels(filled), "filled up");
}

/// A progressive picture without its last scans is complete but coarse; without the first one there is nothing.
#[test]
fn lost_detail_is_distinguished_from_lost_parts() {
    let layout = Layout { progressive: true, ..Layout::new((64, 160), YCC) };
    let whole = layout.file(value);
    let scans: Vec<usize> = (0..whole.len() - 1).filter(|at| whole[*at..*at + 2] == [0xFF, 0xDA]).collect();
    for file in [whole[..scans[3]].to_vec(), [&whole[..scans[1]], &[0xFF, 0xD9]].concat()] {
        let damage = read(file).unwrap().photo.metadata.damage.expect("damage");
        assert_eq!((damage.missing, damage.blurred), (0.0, 1.0), "{damage:?}");
        assert_eq!(damage.in_words(), "all of it has lost detail");
    }
    let nothing = [&whole[..scans[0]], &whole[scans[2]..]].concat();
    assert!(matches!(read(nothing), Err(PictureError::Broken { .. })));
}

#[test]
fn the_place_of_the_damage_refers_to_the_upright_photo() {
    let exif = |orientation: u8| {
        let block = [b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0", &[orientation, 0, 0, 0, 0, 0, 0, 0][..]];
        segment(0xE1, &block.concat())
    };
    let places = [DamagePlace::Lower, DamagePlace::Lower, DamagePlace::Upper, DamagePlace::Upper];
    let turned = [DamagePlace::Right, DamagePlace::Left, DamagePlace::Left, DamagePlace::Right];
    for (orientation, place) in (1..).zip(places.into_iter().chain(turned)) {
        let layout = Layout { segments: exif(orientation), ..Layout::new((64, 160), YCC) };
        let whole = layout.file(value);
        let photo = read(whole[..whole.len() - 200].to_vec()).unwrap().photo;
        let damage = photo.metadata.damage.expect("it is cut off");
        assert_eq!(damage.place, place, "orientation {orientation}");
        // The grey part is there.
        let Size { width, height } = photo.pixels.size();
        let (x, y) = match place {
            DamagePlace::Lower => (3, height - 3),
            DamagePlace::Upper => (3, 2),
            DamagePlace::Left => (2, 3),
            _ => (width - 3, 3),
        };
        assert_eq!(photo.pixels.value(0, x, y), 128.0 / 255.0, "orientation {orientation}");
    }
}

fn redawn(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_redawn"));
    command.current_dir(folder).args(["restore", "--noise", "none", "--jpeg", "none", "--device", "cpu"]);
    command.args(arguments).output().unwrap()
}

fn damaged(folder: &Path) -> PathBuf {
    let (_, whole, rows) = in_rows();
    let path = folder.join("a.jpg");
    fs::write(&path, &whole[..rows[6].start]).unwrap();
    path
}

#[test]
fn the_command_line_refuses_damaged_files_by_default() {
    let folder = tempfile::tempdir().unwrap();
    let path = damaged(folder.path());
    let (result, before) = (folder.path().join("o.png"), fs::read(&path).unwrap());
    let refused = redawn(folder.path(), &["a.jpg", "-o", "o.png"]);
    let stderr = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains("a.jpg") && stderr.contains("incomplete") && stderr.contains("its lower 40 %"), "{stderr}");
    assert!(stderr.contains("--damaged keep") && !result.exists(), "{stderr}");

    let kept = redawn(folder.path(), &["a.jpg", "-o", "o.png", "--damaged", "keep"]);
    let stderr = String::from_utf8(kept.stderr).unwrap();
    assert_eq!(kept.status.code(), Some(0), "{stderr}");
    assert!(stderr.contains("its lower 40 % could not be read"), "{stderr}");
    let read = |path: &Path| imaging::open(path).unwrap().photo.pixels;
    assert!(bytes(&read(&result)) == bytes(&read(&path)));

    let kept = redawn(folder.path(), &["a.jpg", "-o", "a.jpg", "--damaged", "keep", "--if-exists", "replace"]);
    let stderr = String::from_utf8(kept.stderr).unwrap();
    assert_eq!(kept.status.code(), Some(0), "{stderr}");
    assert!(stderr.contains("not replaced") && folder.path().join("a (2).jpg").exists(), "{stderr}");
    assert!(fs::read(&path).unwrap() == before, "the original was replaced");
}
