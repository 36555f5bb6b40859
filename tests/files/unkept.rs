//! Everything in a file is kept or named: data of phones, cameras and editors is kept if possible, otherwise there is a
//! notice, and references to it are removed.

use std::{fs, path::Path, process::Command};

use redawn::{
    imaging::{Decoded, Depth, Format, MemoryLimit, Metadata, Photo, SaveOptions, decode, save},
    pixels::{Planes, Raster, Size},
};

use crate::support::{
    jpegs::{Layout, segment},
    skip::skip,
};

// ---- Generated files.

fn photo(metadata: Metadata) -> Photo {
    let size = Size::new(24, 16);
    let data = (0..3 * size.area()).map(|index| (index % 200) as f32 / 255.0).collect();
    let pixels = Raster::from_planes(&Planes::new(3, size, data), None, Depth::Eight);
    Photo { pixels, format: Format::Png, metadata }
}

/// A photo encoded in a format, with the notices.
fn bytes_of(photo: &Photo, extension: &str) -> (Vec<u8>, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(format!("a.{extension}"));
    let notices = save(photo, &path, &SaveOptions::default()).unwrap().notices;
    (fs::read(path).unwrap(), notices)
}

fn plain(extension: &str) -> Vec<u8> {
    bytes_of(&photo(Metadata::default()), extension).0
}

#[track_caller]
fn opened(bytes: &[u8]) -> Decoded {
    decode(Path::new("a"), bytes.to_vec(), MemoryLimit::default()).unwrap()
}

/// The notices about a file, without their common beginning.
#[track_caller]
fn unkept_of(bytes: &[u8]) -> String {
    opened(bytes).notices.join(" ").replace("These parts of its file are not kept: ", "")
}

/// A JPEG with further segments in front.
fn jpeg_with(segments: &[Vec<u8>]) -> Vec<u8> {
    let plain = plain("jpg");
    [&plain[..2], &segments.concat(), &plain[2..]].concat()
}

fn xmp_segment(properties: &str, elements: &str) -> Vec<u8> {
    let packet = format!(
        "<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>\
         <rdf:Description rdf:about='' xmlns:xmp='http://ns.adobe.com/xap/1.0/' xmp:Rating='4' {properties}>{elements}\
         </rdf:Description></rdf:RDF></x:xmpmeta>"
    );
    segment(0xE1, &[b"http://ns.adobe.com/xap/1.0/\0", packet.as_bytes()].concat())
}

/// A chunk of a PNG, with its checksum.
fn chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let mut crc = !0_u32;
    for &byte in kind.iter().chain(data) {
        crc ^= u32::from(byte);
        (0..8).for_each(|_| crc = crc >> 1 ^ if crc & 1 == 1 { 0xEDB8_8320 } else { 0 });
    }
    [&(data.len() as u32).to_be_bytes()[..], kind, data, &(!crc).to_be_bytes()].concat()
}

/// A PNG with further chunks before its pixels.
fn png_with(chunks: &[Vec<u8>]) -> Vec<u8> {
    let plain = plain("png");
    [&plain[..33], &chunks.concat(), &plain[33..]].concat()
}

fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

fn exiftool(arguments: &[&str], bytes: &[u8]) -> Option<String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a");
    fs::write(&path, bytes).unwrap();
    let Ok(output) = Command::new("exiftool").args(arguments).arg(path).output() else {
        skip("exiftool is not installed");
        return None;
    };
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

const CONTAINER: &str = "xmlns:Container='http://ns.google.com/photos/1.0/container/' \
    xmlns:Item='http://ns.google.com/photos/1.0/container/item/' \
    xmlns:hdrgm='http://ns.adobe.com/hdr-gain-map/1.0/' hdrgm:Version='1.0'";
const DIRECTORY: &str = "<Container:Directory><rdf:Seq>\
    <rdf:li rdf:parseType='Resource'><Container:Item Item:Semantic=\"Primary\" Item:Mime='image/jpeg'/></rdf:li>\
    <rdf:li rdf:parseType='Resource'><Container:Item Item:Semantic=\"GainMap\" Item:Length='99'/></rdf:li>\
    </rdf:Seq></Container:Directory>";

// ---- Trailers.

#[test]
fn a_gain_map_is_named_and_references_to_it_are_removed() {
    let index = [&b"MPF\0II*\0\x08\0\0\0\x01\0\x01\xB0\x04\0\x01\0\0\0\x02\0\0\0"[..], &[0; 4]].concat();
    let mut file = jpeg_with(&[
        xmp_segment(CONTAINER, DIRECTORY),
        segment(0xE2, b"urn:iso:std:iso:ts:21496:-1\0\0\0\0\0"),
        segment(0xE2, &index),
    ]);
    file.extend(plain("jpg"));
    let found = opened(&file);
    assert_eq!(found.notices, ["These parts of its file are not kept: gain map (HDR)."]);
    for extension in ["jpg", "png", "tif", "webp", "jxl", "avif"] {
        let (result, notices) = bytes_of(&found.photo, extension);
        assert_eq!(notices, Vec::<String>::new(), "{extension}");
        for part in ["GainMap", "Container", "hdrgm", "21496", "MPF\0"] {
            assert!(!holds(&result, part.as_bytes()), "{extension}: {part}");
        }
        assert_eq!(unkept_of(&result), "", "{extension}");
        if let Some(rating) = exiftool(&["-s3", "-XMP:Rating", "-Warning"], &result) {
            assert_eq!(rating.trim(), "4", "{extension}");
        }
    }
}

#[test]
fn further_pictures_and_videos_are_named() {
    let motion =
        "xmlns:GCamera='http://ns.google.com/photos/1.0/camera/' GCamera:MotionPhoto='1' GCamera:MicroVideoOffset='28'";
    let video = b"\0\0\0\x10ftypisom\0\0\0\0\0\0\0\x0Cmdat\xFF\xD8\xFF\0";
    let still = jpeg_with(&[xmp_segment(motion, "")]);
    let file = [&still, &video[..]].concat();
    assert_eq!(unkept_of(&file), "video of a motion photo.");
    let (result, _) = bytes_of(&opened(&file).photo, "jpg");
    assert!(!holds(&result, b"MotionPhoto") && !holds(&result, b"MicroVideo") && holds(&result, b"Rating"));

    let preview = plain("jpg");
    assert_eq!(unkept_of(&[&preview[..], &preview, &preview].concat()), "further picture (× 2).");
    let depth = jpeg_with(&[xmp_segment("xmlns:d='urn:d' d:Kind='depth'", "")]);
    assert_eq!(unkept_of(&[&preview[..], &depth].concat()), "depth map.");
    assert_eq!(unkept_of(&[&preview[..], &[0; 100]].concat()), "");
    assert_eq!(unkept_of(&[&preview[..], &[7; 3_000]].concat()), "3 kB of unknown data behind the picture.");
    assert_eq!(unkept_of(&[&plain("png")[..], &[7; 3_000]].concat()), "3 kB of unknown data behind the picture.");
    assert_eq!(unkept_of(&[&plain("webp")[..], &[7; 3_000]].concat()), "3 kB of unknown data behind the picture.");
}

// ---- Data of cameras and other programs.

#[test]
fn camera_data_is_kept_in_jpeg_and_named_in_other_formats() {
    let kodak = b"Meta\0\0II*\0\x08\0\0\0\0\0\0\0\0\0".as_slice();
    let segments = [
        segment(0xE1, b"FLIR\0\x01\0\x01FFF\0first"),
        segment(0xE1, b"FLIR\0\x01\x01\x01second"),
        segment(0xE3, kodak),
        segment(0xE5, b"RMETA\0II*\0"),
        segment(0xE6, b"GoPro\0DEVC\0\0\0\0"),
        segment(0xE7, b"HUAWEI\0\0"),
        segment(0xFE, b"one comment"),
        segment(0xFE, b"another one"),
    ];
    let found = opened(&jpeg_with(&segments));
    assert_eq!(found.notices, Vec::<String>::new());
    let (jpeg, notices) = bytes_of(&found.photo, "jpg");
    assert_eq!(notices, Vec::<String>::new());
    assert!(holds(&jpeg, &segments.concat()));
    for extension in ["png", "tif", "webp", "jxl", "avif", "bmp"] {
        let (_, notices) = bytes_of(&found.photo, extension);
        let names = ["thermal data of FLIR", "data of Kodak", "data of Ricoh", "telemetry of GoPro"];
        for name in names.iter().chain(&["data “HUAWEI” (APP7)", "comment of the JPEG"]) {
            let expected = format!("The {name} is not kept: only JPEG holds it.");
            assert_eq!(notices.iter().filter(|notice| **notice == expected).count(), 1, "{extension}: {notices:?}");
        }
    }
    let stripped = Photo { metadata: found.photo.metadata.stripped(), ..found.photo };
    assert!(!holds(&bytes_of(&stripped, "jpg").0, b"FLIR"));
}

#[test]
fn content_credentials_are_named_in_every_format() {
    let superbox = b"\0\0\0\x30jumb\0\0\0\x1Ejumdc2pa\0\x11\0\x10\x80\0\0\xAA\0\x38\x9B\x71\x03c2pa\0";
    let credentials = "content credentials (C2PA).";
    let referring =
        xmp_segment("xmlns:dcterms='http://purl.org/dc/terms/' dcterms:provenance='self#jumbf=/c2pa/a'", "");
    let jpeg = jpeg_with(&[
        referring,
        segment(0xEB, &[b"JP\0\x01\0\0\0\x01", &superbox[..]].concat()),
        segment(0xEB, &[b"JP\0\x01\0\0\0\x02", &superbox[..8]].concat()),
    ]);
    assert_eq!(unkept_of(&jpeg), credentials);
    assert!(!holds(&bytes_of(&opened(&jpeg).photo, "jpg").0, b"jumb"));
    assert_eq!(unkept_of(&png_with(&[chunk(b"caBX", superbox)])), credentials);

    // An extended WebP with one more chunk.
    let mut metadata = Metadata::default();
    metadata.xmp = opened(&jpeg).photo.metadata.xmp;
    let mut webp = bytes_of(&photo(metadata), "webp").0;
    webp.extend([b"C2PA\x06\0\0\0", &superbox[..6]].concat());
    let length = webp.len() as u32 - 8;
    webp[4..8].copy_from_slice(&length.to_le_bytes());
    assert_eq!(unkept_of(&webp), credentials);

    // The last entry of a TIFF's directory gets their tag.
    let mut tiff = plain("tif");
    let at = u32::from_le_bytes(tiff[4..8].try_into().unwrap()) as usize;
    let entries = usize::from(u16::from_le_bytes([tiff[at], tiff[at + 1]]));
    let directory = tiff[at..at + 2 + 12 * entries].to_vec();
    let new_at = tiff.len().next_multiple_of(2);
    tiff.resize(new_at, 0);
    tiff.extend((entries as u16 + 1).to_le_bytes());
    tiff.extend(&directory[2..]);
    tiff.extend([&52_545_u16.to_le_bytes()[..], &[7, 0, 8, 0, 0, 0], &8_u32.to_le_bytes(), &[0; 4]].concat());
    tiff[4..8].copy_from_slice(&(new_at as u32).to_le_bytes());
    let found = opened(&tiff);
    assert_eq!(found.notices, [format!("These parts of its file are not kept: {credentials}")]);
    assert_eq!(found.photo.metadata.exif, None);
}

#[test]
fn a_second_block_is_named_unless_it_is_equal() {
    let resource = |records: &[u8]| {
        let mut resource = [b"8BIM\x04\x04\0\0\0\0\0", &[records.len() as u8][..], records].concat();
        resource.resize(resource.len().next_multiple_of(2), 0);
        segment(0xED, &[b"Photoshop 3.0\0", &resource[..]].concat())
    };
    let (sky, sea) = (resource(b"\x1C\x02\x05\0\x03Sky"), resource(b"\x1C\x02\x05\0\x03Sea"));
    assert_eq!(unkept_of(&jpeg_with(&[sky.clone(), sky.clone()])), "");
    let file = jpeg_with(&[sky, sea]);
    assert_eq!(unkept_of(&file), "further IPTC data.");
    let (result, _) = bytes_of(&opened(&file).photo, "jpg");
    if let Some(title) = exiftool(&["-s3", "-IPTC:ObjectName"], &result) {
        assert_eq!(title.trim(), "Sky");
    }
    let xmp = |rating: &str| xmp_segment(&format!("xmlns:a='urn:a' a:b='{rating}'"), "");
    assert_eq!(unkept_of(&jpeg_with(&[xmp("1"), xmp("1")])), "");
    assert_eq!(unkept_of(&jpeg_with(&[xmp("1"), xmp("2")])), "further XMP data.");
}

#[test]
fn other_chunks_of_a_png_are_named_or_kept() {
    let light = chunk(b"cLLI", &[0, 0, 0x27, 0x10, 0, 0, 0, 0x64]);
    let file = png_with(&[light.clone(), chunk(b"oFFs", &[0, 0, 0, 9, 0, 0, 0, 9, 0]), chunk(b"prVt", b"x")]);
    assert_eq!(unkept_of(&file), "position on a page, chunk “prVt” of the PNG.");
    assert!(holds(&bytes_of(&opened(&file).photo, "png").0, &light));
    // An opaque picture needs no background; file dates are not kept.
    assert_eq!(unkept_of(&png_with(&[chunk(b"bKGD", &[0; 6]), chunk(b"tIME", &[7; 7])])), "");
}

// ---- Colour profiles.

/// A profile of the length in its header.
fn profile(shade: u8) -> Vec<u8> {
    let mut profile = vec![shade; 300];
    profile[..4].copy_from_slice(&300_u32.to_be_bytes());
    profile[16..20].copy_from_slice(b"RGB ");
    profile[36..40].copy_from_slice(b"acsp");
    profile
}

#[test]
fn profile_chunks_are_read_for_any_numbering() {
    let whole = profile(3);
    let chunk =
        |number: u8, count: u8, part: &[u8]| segment(0xE2, &[&b"ICC_PROFILE\0"[..], &[number, count], part].concat());
    let (first, second) = whole.split_at(150);
    for chunks in [
        vec![chunk(1, 2, first), chunk(2, 2, second)],
        vec![chunk(0, 2, first), chunk(1, 2, second)],
        vec![chunk(1, 1, first), chunk(1, 1, second)],
        vec![chunk(2, 2, second), chunk(1, 2, first)],
        vec![chunk(1, 1, &whole), chunk(1, 1, &whole)],
        vec![chunk(1, 3, first), chunk(2, 3, second)],
    ] {
        let found = opened(&jpeg_with(&chunks));
        assert_eq!(found.photo.metadata.icc.as_ref(), Some(&whole));
        assert_eq!(found.notices, Vec::<String>::new());
    }
    let found = opened(&jpeg_with(&[chunk(1, 1, &whole), chunk(1, 1, &profile(5))]));
    assert_eq!(found.photo.metadata.icc.as_ref(), Some(&whole));
    assert_eq!(found.notices, ["These parts of its file are not kept: further colour profile."]);
    let found = opened(&jpeg_with(&[chunk(1, 2, first)]));
    assert_eq!(found.photo.metadata.icc, None);
    assert_eq!(found.notices, ["Its colour profile is damaged and is not kept."]);
}

#[test]
fn profiles_of_gif_and_bmp_are_kept_and_comments_named() {
    let blocks = |contents: &[u8]| {
        contents.chunks(255).flat_map(|part| [&[part.len() as u8], part].concat()).collect::<Vec<_>>()
    };
    let mut gif = b"GIF89a\x01\0\x01\0\x80\0\0\xFF\0\0\0\0\xFF".to_vec();
    gif.extend([&b"\x21\xFF\x0BICCRGBG1012"[..], &blocks(&profile(3)), &[0]].concat());
    gif.extend(b"\x21\xFE\x05hello\0");
    gif.extend(b"\x2C\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0;");
    let found = opened(&gif);
    assert_eq!(found.photo.metadata.icc, Some(profile(3)));
    assert_eq!(found.notices, ["These parts of its file are not kept: comment of the GIF."]);

    // A version 5 header, one pixel, and the profile.
    let mut bmp = b"BM".to_vec();
    let header = 124_u32;
    let profile_at = header + 4;
    bmp.extend([14 + profile_at + 300, 0, 14 + header, header, 1, 1].map(u32::to_le_bytes).concat());
    bmp.extend([1, 0, 24, 0]);
    bmp.extend([0_u32, 4, 0, 0, 0, 0].map(u32::to_le_bytes).concat());
    bmp.resize(14 + 56, 0);
    bmp.extend(b"DEBM");
    bmp.resize(14 + 112, 0);
    bmp.extend([profile_at, 300, 0].map(u32::to_le_bytes).concat());
    bmp.extend([[1, 2, 3, 0].to_vec(), profile(3)].concat());
    assert_eq!(opened(&bmp).photo.metadata.icc, Some(profile(3)));
}

// ---- Pixels.

#[test]
fn pixels_with_nan_are_counted() {
    let values = [f32::NAN, 0.5, 1.5, f32::INFINITY];
    let mut tiff = b"II*\0\x18\0\0\0".to_vec();
    tiff.extend(values.map(f32::to_le_bytes).concat());
    // Size, 32 bits, no compression, black is zero, strip offset, one floating-point channel.
    let entries =
        [(256, 2), (257, 2), (258, 32), (259, 1), (262, 1), (273, 8), (277, 1), (278, 2), (279, 16), (339, 3)];
    tiff.extend((entries.len() as u16).to_le_bytes());
    for (tag, value) in entries {
        tiff.extend([&u16::to_le_bytes(tag)[..], &[4, 0], &1_u32.to_le_bytes(), &u32::to_le_bytes(value)].concat());
    }
    tiff.extend([0; 4]);
    let found = opened(&tiff);
    assert_eq!(found.photo.pixels.value(0, 0, 0), 0.0);
    assert_eq!(found.photo.pixels.value(0, 0, 1), 1.5);
    assert_eq!(found.notices, ["2 of its pixels contain NaN or infinity: they became black."]);
}

/// Stray bytes between segments are skipped, like by libjpeg.
#[test]
fn data_after_stray_bytes_is_read() {
    let exif =
        segment(0xE1, &[b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0", &[0; 4][..]].concat());
    let found = opened(&jpeg_with(&[xmp_segment("", ""), b"junk\0".to_vec(), exif]));
    let upright = opened(&plain("jpg")).photo.size();
    assert_eq!((found.photo.size().width, found.photo.size().height), (upright.height, upright.width));
    assert!(found.photo.metadata.exif.is_some() && found.photo.metadata.xmp.is_some());
    assert_eq!(found.notices, Vec::<String>::new());
}

#[test]
fn thousands_of_kinds_of_data_are_summarised() {
    let segments = (0..3_000).map(|number| (0xE9, format!("kind {number}").into_bytes())).collect();
    let (_, notices) = bytes_of(&photo(Metadata { jpeg_segments: segments, ..Metadata::default() }), "png");
    assert_eq!(notices.len(), 13, "{notices:?}");
    assert!(notices[12].contains("further data"), "{notices:?}");
}

/// An orientation only in XMP is ignored by other programs (ImageMagick, libvips, browsers), and neither applied nor
/// changed. One that is also in EXIF is applied and reset in both.
#[test]
fn an_orientation_only_in_xmp_is_unchanged() {
    let xmp = || xmp_segment("xmlns:tiff='http://ns.adobe.com/tiff/1.0/' tiff:Orientation='6'", "");
    let exif =
        segment(0xE1, &[b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0", &[0; 4][..]].concat());
    let plain = opened(&plain("jpg")).photo;
    let alone = opened(&jpeg_with(&[xmp()])).photo;
    assert_eq!(alone.pixels, plain.pixels);
    assert!(holds(alone.metadata.xmp.as_deref().unwrap(), b"tiff:Orientation='6'"));
    let both = opened(&jpeg_with(&[exif, xmp()])).photo;
    assert_eq!(both.size().width, plain.size().height);
    assert!(holds(both.metadata.xmp.as_deref().unwrap(), b"tiff:Orientation='1'"));
}

/// CMYK with an unsuitable profile is converted without it, with a single notice.
#[test]
fn a_profile_that_is_not_for_cmyk_is_named() {
    let file = Layout::new((16, 16), &[(1, 1); 4]).file(|_, _, _| 0);
    let profile = segment(0xE2, &[b"ICC_PROFILE\0\x01\x01", &profile(7)[..]].concat());
    let found = opened(&[&file[..2], &profile, b"junk", &file[2..]].concat());
    assert_eq!(found.photo.metadata.icc, None);
    let [converted, unkept] = &found.notices[..] else { panic!("{:?}", found.notices) };
    assert!(converted.contains("without a profile") && unkept.contains("not for CMYK"), "{:?}", found.notices);
}
