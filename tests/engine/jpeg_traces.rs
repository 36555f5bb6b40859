//! Detection of JPEG compression in pixels of a photo and a synthetic texture: compressed, cropped, compressed again; and
//! no false detections.

use std::path::Path;

use redawn::{
    imaging::{self, Depth, JpegTrace, compress, jpeg_trace, resize_bicubic},
    pixels::{Planes, Raster, Rect, Size},
};

use crate::support::photos::Random;

/// The trace detected in an 8-bit picture.
fn trace(planes: &Planes) -> Option<JpegTrace> {
    jpeg_trace(&Raster::from_planes(planes, None, Depth::Eight))
}

/// A part of a clean photo.
fn photo() -> Planes {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/sample-clean.png");
    imaging::open(&path).expect("the sample").photo.pixels.colours_in(Rect::new(200, 60, 480, 360))
}

/// A grey picture with the spectrum of a photo (power 1 / f², from noise at all scales) and some edges.
fn texture() -> Planes {
    let (size, mut random) = (Size::new(360, 280), Random(5));
    let mut data = vec![120.0; size.area()];
    for scale in [1, 2, 4, 8, 16, 32, 64] {
        let columns = size.width / scale + 2;
        let knots: Vec<f32> = (0..columns * (size.height / scale + 2)).map(|_| random.normal()).collect();
        for (at, value) in data.iter_mut().enumerate() {
            let (x, y) = (at % size.width, at / size.width);
            let (right, down) = ((x % scale) as f32 / scale as f32, (y % scale) as f32 / scale as f32);
            let corner = y / scale * columns + x / scale;
            let row = |at: usize| knots[at] + (knots[at + 1] - knots[at]) * right;
            *value += 1.6 * (scale as f32).sqrt() * (row(corner) + (row(corner + columns) - row(corner)) * down);
        }
    }
    for (at, value) in data.iter_mut().enumerate() {
        let (x, y) = ((at % size.width) as f32, (at / size.width) as f32);
        *value += if (x - 190.0).hypot(y - 130.0) < 90.0 { 25.0 } else { 0.0 }
            + if x + y / 3.0 > 250.0 { -30.0 } else { 0.0 };
        *value = (*value / 255.0).clamp(0.02, 0.98);
    }
    Planes::new(1, size, data)
}

fn coded(planes: &Planes, quality: u8) -> Planes {
    compress(planes, quality).expect("a small picture")
}

/// Without the first columns and rows.
fn cropped(planes: &Planes, (left, top): (usize, usize)) -> Planes {
    planes.crop(Rect::new(left, top, planes.width() - left, planes.height() - top))
}

#[track_caller]
fn assert_found(planes: &Planes, quality: u8, grid: (usize, usize)) {
    let found = trace(planes).unwrap_or_else(|| panic!("none, not {quality} at {grid:?}"));
    assert!(found.quality.abs_diff(quality) <= 3 && found.grid == grid, "{found:?}, not {quality} at {grid:?}");
}

#[test]
fn one_compression_is_found_with_its_quality() {
    for (picture, qualities) in [(photo(), [10, 40, 75, 90]), (texture(), [20, 30, 60, 85])] {
        for quality in qualities {
            assert_found(&coded(&picture, quality), quality, (0, 0));
        }
    }
}

#[test]
fn the_coarser_one_of_two_on_the_same_grid_is_found() {
    for (first, second) in [(10, 30), (20, 75), (30, 75), (30, 95), (50, 90)] {
        assert_found(&coded(&coded(&photo(), first), second), first, (0, 0));
    }
    for (first, second) in [(10, 90), (30, 75), (60, 90)] {
        assert_found(&coded(&coded(&texture(), first), second), first, (0, 0));
        assert_found(&coded(&coded(&texture(), second), first), first, (0, 0));
    }
}

#[test]
fn a_compression_before_cropping_is_found_on_its_grid() {
    let picture = photo();
    let (mild, strong) = (coded(&picture, 50), coded(&picture, 20));
    for shift in [1, 2, 4, 5, 7] {
        let crop = (shift, (5 * shift + 2) % 8);
        let grid = ((8 - crop.0) % 8, (8 - crop.1) % 8);
        assert_found(&cropped(&mild, crop), 50, grid);
        assert_found(&coded(&cropped(&mild, crop), 90), 50, grid);
        assert_found(&coded(&cropped(&strong, crop), 75), 20, grid);
    }
    assert_found(&coded(&cropped(&strong, (0, 3)), 95), 20, (0, 5));
    assert_found(&coded(&cropped(&coded(&texture(), 30), (1, 0)), 85), 30, (7, 0));
}

#[test]
fn it_is_found_in_every_kind_of_raster() {
    let picture = cropped(&coded(&photo(), 40), (3, 6));
    let alpha = Planes::filled(1, picture.size(), 0.5);
    for depth in [Depth::Eight, Depth::Sixteen, Depth::Float] {
        for (colours, alpha) in [(&picture, None), (&picture, Some(&alpha)), (&picture.luma(), None)] {
            let found = jpeg_trace(&Raster::from_planes(colours, alpha, depth)).expect("a trace");
            assert_eq!(found, JpegTrace { quality: found.quality, grid: (5, 2) });
            assert!(found.quality.abs_diff(40) <= 1, "{found:?}");
        }
    }
}

/// Rotated photos have transposed tables.
#[test]
fn it_is_found_in_a_rotated_photo() {
    let picture = coded(&texture(), 60);
    let size = Size::new(picture.height(), picture.width());
    let turned = (0..size.area()).map(|at| picture.row(0, at % size.width)[at / size.width]).collect();
    assert_found(&Planes::new(1, size, turned), 60, (0, 0));
}

#[test]
fn nothing_is_found_in_uncompressed_pictures() {
    for picture in [photo(), texture()] {
        assert_eq!(trace(&picture), None);
        for sigma in [2.0, 15.0] {
            let (mut noisy, mut random) = (picture.clone(), Random(7));
            noisy.data_mut().iter_mut().for_each(|value| *value += random.normal() * sigma / 255.0);
            assert_eq!(trace(&noisy), None, "σ {sigma}");
        }
    }
}

#[test]
fn nothing_is_found_after_resizing() {
    for quality in [10, 40] {
        let picture = coded(&photo(), quality);
        for (width, height) in [(240, 180), (432, 324), (720, 540)] {
            let resized = resize_bicubic(&picture, Size::new(width, height));
            assert_eq!(trace(&resized), None, "{quality}, {width} px wide");
            // The file's own compression is found.
            assert_found(&coded(&resized, 80), 80, (0, 0));
        }
        let luma = picture.luma();
        let size = Size::new(2 * luma.width(), 2 * luma.height());
        let doubled = (0..size.area()).map(|at| luma.row(0, at / size.width / 2)[at % size.width / 2]).collect();
        assert_eq!(trace(&Planes::new(1, size, doubled)), None);
    }
}

/// Pictures of squares, dots and lines, some on a grid of 8 px.
#[test]
fn nothing_is_found_in_graphics() {
    let size = Size::new(320, 240);
    let noise = |x: usize, y: usize| Random((x * 4_099 + y) as u64 + 1).uniform();
    // Ordered dither of 8 × 8 thresholds.
    let threshold = |x: usize, y: usize| {
        let bit = |at: usize| ((x ^ y) >> at & 1) * 2 + (y >> at & 1);
        (bit(0) * 16 + bit(1) * 4 + bit(2)) as f32 / 64.0
    };
    let slope = |x: usize, y: usize| 0.15 + 0.5 * x as f32 / 320.0 + 0.2 * y as f32 / 240.0;
    type Drawing<'a> = (&'a str, Box<dyn Fn(usize, usize) -> f32 + 'a>);
    let mut drawings: Vec<Drawing> = vec![
        ("flat", Box::new(|_, _| 0.5)),
        ("black", Box::new(|_, _| 0.0)),
        ("a gradient", Box::new(|x, _| x as f32 / 320.0)),
        ("a gradient both ways", Box::new(slope)),
        ("rings", Box::new(|x, y| 0.5 + 0.4 * ((x * x + y * y) as f32 / 900.0).cos())),
        ("a hatching", Box::new(|x, y| if (x + y) % 8 < 3 { 0.3 } else { 0.7 })),
        (
            "a weave of 8 px on a slope",
            Box::new(move |x, y| slope(x, y) + 0.1 * (x as f32 * 0.785).cos() * (y as f32 * 0.785).cos()),
        ),
        (
            "ramps in blocks",
            Box::new(move |x, y| {
                0.4 + noise(x / 8, y / 8) * (x % 8) as f32 / 20.0 + noise(y / 8, x / 8) * (y % 8) as f32 / 30.0
            }),
        ),
    ];
    for side in [1, 4, 8] {
        drawings
            .push(("a checkerboard", Box::new(move |x, y| if (x / side + y / side) % 2 == 0 { 0.25 } else { 0.75 })));
        drawings.push(("pixel art", Box::new(move |x, y| 0.1 + 0.1 * (noise(x / side, y / side) * 8.0).floor())));
        drawings.push((
            "a mosaic with noise",
            Box::new(move |x, y| 0.1 + 0.7 * noise(x / side, y / side) + 0.02 * noise(y, x)),
        ));
    }
    for levels in [2.0, 4.0] {
        let level = move |value: f32, x: usize, y: usize| {
            0.1 + 0.8 * (value * (levels - 1.0) + threshold(x, y)).floor() / (levels - 1.0)
        };
        drawings.push(("a dithered slope", Box::new(move |x, y| level(slope(x, y), x, y))));
        let photo = photo().luma();
        drawings.push(("a dithered photo", Box::new(move |x, y| level(0.9 * photo.row(0, y)[x], x, y))));
    }
    for (name, value) in drawings {
        let data = (0..size.area()).map(|at| value(at % size.width, at / size.width)).collect();
        let drawing = Planes::new(1, size, data);
        assert_eq!(trace(&drawing), None, "{name}");
        // After compression, nothing coarser is found.
        if let Some(found) = trace(&coded(&drawing, 60)) {
            assert!(found.quality >= 55, "{name}: {found:?}, not 60");
        }
    }
}

#[test]
fn pictures_without_blocks_have_no_traces() {
    let picture = coded(&photo(), 10);
    for (width, height) in [(1, 1), (8, 8), (14, 200), (200, 14), (15, 15), (40, 40)] {
        assert_eq!(trace(&picture.crop(Rect::new(100, 100, width, height))), None, "{width} × {height}");
    }
}
