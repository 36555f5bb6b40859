//! Small valid pictures of every supported format, to be damaged.
#![allow(dead_code, reason = "each test uses its own part of this file")]

use std::{fs, io::Cursor};

use image::{DynamicImage, GrayImage, ImageFormat, Rgb, RgbImage, RgbaImage, codecs::gif::GifEncoder};
use redawn::imaging::{Metadata, Resolution, SaveOptions, Unit, open, save};
use tiff::encoder::{
    TiffEncoder, TiffValue,
    colortype::{self, ColorType},
};

/// A picture of 24 × 18 px: its file name and its bytes.
pub fn bases() -> Vec<(&'static str, Vec<u8>)> {
    let rgb = RgbImage::from_fn(24, 18, |x, y| Rgb([x as u8 * 9, y as u8 * 13, (x * y) as u8]));
    let rgb = DynamicImage::from(rgb);
    let encoded = |image: DynamicImage, format| {
        let mut bytes = Cursor::new(Vec::new());
        image.write_to(&mut bytes, format).expect("a picture");
        bytes.into_inner()
    };
    let mut all = vec![
        ("grey.png", encoded(rgb.to_luma8().into(), ImageFormat::Png)),
        ("deep.png", encoded(rgb.to_rgba16().into(), ImageFormat::Png)),
        ("plain.tif", tiff::<colortype::RGB8>(&rgb.to_rgb8())),
        ("float.tif", tiff::<colortype::RGB32Float>(&rgb.to_rgb32f())),
        ("grey.jpg", encoded(rgb.to_luma8().into(), ImageFormat::Jpeg)),
        ("plain.webp", encoded(rgb.to_rgba8().into(), ImageFormat::WebP)),
        ("plain.bmp", encoded(rgb.clone(), ImageFormat::Bmp)),
        ("alpha.bmp", encoded(rgb.to_rgba8().into(), ImageFormat::Bmp)),
        ("two.gif", gif(&rgb.to_rgba8())),
        ("plain.ppm", encoded(rgb.clone(), ImageFormat::Pnm)),
        ("grey.pgm", encoded(rgb.to_luma8().into(), ImageFormat::Pnm)),
        ("words.ppm", words(&rgb.to_luma8())),
        ("plain.qoi", encoded(rgb.clone(), ImageFormat::Qoi)),
        ("plain.tga", encoded(rgb.to_rgba8().into(), ImageFormat::Tga)),
        // From avifenc, with the same pixels; the second one has alpha, 10 bits, a profile, EXIF and XMP.
        ("plain.avif", include_bytes!("../avif/plain.avif").to_vec()),
        ("rich.avif", include_bytes!("../avif/rich.avif").to_vec()),
        // From heif-enc, nearly the same pixels, with a hash; the second one, from Pillow, has alpha, a profile, EXIF and XMP.
        ("plain.heic", include_bytes!("../heic/plain.heic").to_vec()),
        ("rich.heic", include_bytes!("../heic/rich.heic").to_vec()),
        // From Pillow, with the same pixels; the second one is a codestream with alpha, tiles and small code blocks.
        ("plain.jp2", include_bytes!("../jpeg2000/plain.jp2").to_vec()),
        ("tiles.j2k", include_bytes!("../jpeg2000/tiles.j2k").to_vec()),
    ];
    all.extend(rich(&rgb));
    all
}

fn tiff<C: ColorType>(samples: &[C::Inner]) -> Vec<u8>
where
    [C::Inner]: TiffValue,
{
    let mut bytes = Cursor::new(Vec::new());
    let mut encoder = TiffEncoder::new(&mut bytes).expect("an encoder");
    encoder.write_image::<C>(24, 18, samples).expect("a picture");
    bytes.into_inner()
}

fn gif(frame: &RgbaImage) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = GifEncoder::new(&mut bytes);
    for _ in 0..2 {
        encoder.encode_frame(image::Frame::new(frame.clone())).expect("a frame");
    }
    drop(encoder);
    bytes
}

/// A grey picture in decimal digits.
fn words(grey: &GrayImage) -> Vec<u8> {
    let values: Vec<_> = grey.as_raw().iter().map(u8::to_string).collect();
    format!("P2\n# words\n{} {}\n255\n{}\n", grey.width(), grey.height(), values.join(" ")).into_bytes()
}

/// With all the metadata that a format supports, written by Redawn.
fn rich(rgb: &DynamicImage) -> Vec<(&'static str, Vec<u8>)> {
    let folder = tempfile::tempdir().expect("a folder");
    let plain = folder.path().join("plain.png");
    rgb.save(&plain).expect("a picture");
    let mut photo = open(&plain).expect("a picture").photo;
    photo.metadata = Metadata {
        icc: moxcms::ColorProfile::new_display_p3().encode().ok(),
        exif: Some(exif()),
        xmp: Some(xmp("tiff:Orientation='6' exif:PixelXDimension='24'")),
        iptc: Some(b"\x1C\x02\x05\0\x03Sky\x1C\x02\x19\0\x01x".to_vec()),
        resolution: Some(Resolution { x: 300.0, y: 150.0, unit: Unit::Inch }),
        jpeg_segments: vec![(0xFE, b"a comment".to_vec())],
        png_texts: vec![(*b"tEXt", b"Title\0A view".to_vec())],
        ..Metadata::default()
    };
    let cases =
        [("rich.jpg", None), ("rich.png", None), ("rich.tif", None), ("rich.webp", None), ("lossy.webp", Some(80))];
    let saved = |(name, quality)| {
        let path = folder.path().join(name);
        save(&photo, &path, &SaveOptions { quality, ..SaveOptions::default() }).expect("a file");
        (name, fs::read(&path).expect("a file"))
    };
    cases.map(saved).into()
}

/// An XMP packet with those attributes.
pub fn xmp(attributes: &str) -> Vec<u8> {
    format!("<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF><rdf:Description {attributes}/></rdf:RDF></x:xmpmeta>").into()
}

/// A little-endian entry of a directory: tag, type, count, and value or offset.
pub fn entry(tag: u16, kind: u16, count: u32, value: u32) -> Vec<u8> {
    [&tag.to_le_bytes()[..], &kind.to_le_bytes(), &count.to_le_bytes(), &value.to_le_bytes()].concat()
}

/// A directory of such entries.
pub fn directory(entries: &[Vec<u8>], next: u32) -> Vec<u8> {
    [&(entries.len() as u16).to_le_bytes()[..], &entries.concat(), &next.to_le_bytes()].concat()
}

/// A block with three linked directories, orientation, make, maker note and thumbnail.
pub fn exif() -> Vec<u8> {
    let mut block = b"II*\0\x08\0\0\0".to_vec();
    let (exif_at, second_at) = (8 + 6 + 4 * 12, 8 + 6 + 4 * 12 + 6 + 3 * 12);
    let data_at = second_at + 6 + 2 * 12;
    let first =
        [entry(271, 2, 9, data_at), entry(274, 3, 1, 1), entry(282, 5, 1, data_at + 10), entry(34_665, 4, 1, exif_at)];
    block.extend(directory(&first, second_at));
    let exif = [entry(37_500, 7, 12, data_at + 18), entry(40_962, 4, 1, 24), entry(40_963, 4, 1, 18)];
    block.extend(directory(&exif, 0));
    block.extend(directory(&[entry(513, 4, 1, data_at + 30), entry(514, 4, 1, 16)], 0));
    block.extend(b"A camera\0\0");
    block.extend([240_u32.to_le_bytes(), 1_u32.to_le_bytes()].concat());
    block.extend(b"a maker note");
    block.extend(b"\xFF\xD8 a thumbnail \xFF\xD9");
    block
}
