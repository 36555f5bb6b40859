//! Gain maps: kept unchanged in a JPEG of the photo's own size, and found there by ExifTool and Pillow; otherwise dropped
//! with everything that refers to them.

use std::{fs, ops::Range, path::Path, process::Command, sync::Arc, time::Duration};

use redawn::{
    engine::fake,
    imaging::{
        Decoded, Depth, Format, MemoryLimit, Metadata, MetadataChoice, Photo, SaveOptions, decode, estimate_file, save,
    },
    pixels::{Planes, Raster, Size},
    restore::{NoFollower, NoiseEstimate, Order, Recipe, Scale, restore},
};

use crate::support::{jpegs::segment, skip::skip};

const PYTHON: &str = "/usr/bin/python3";
const XMP: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";
const VIDEO: &[u8] = b"\0\0\0\x10ftypisom\0\0\0\0\0\0\0\x0Cmdat\x01\x02\x03\x04";
/// What refers to a gain map.
const REFERENCES: [&[u8]; 8] =
    [b"GainMap", b"Container", b"hdrgm", b"21496", b"MPF\0", b"HDRGainMap", b"apdi", b"hdrgainmap"];

// ---- Generated files.

fn plain(size: Size) -> Vec<u8> {
    let data = (0..3 * size.area()).map(|index| (index % 200) as f32 / 255.0).collect();
    let pixels = Raster::from_planes(&Planes::new(3, size, data), None, Depth::Eight);
    saved(&Photo { pixels, format: Format::Jpeg, metadata: Metadata::default() }, "jpg", MetadataChoice::Keep).0
}

fn xmp(namespaces: &str, properties: &str, elements: &str) -> Vec<u8> {
    let packet = format!(
        "<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>\
         <rdf:Description rdf:about='' xmlns:xmp='http://ns.adobe.com/xap/1.0/' xmp:Rating='4' {namespaces} {properties}>\
         {elements}</rdf:Description></rdf:RDF></x:xmpmeta>"
    );
    segment(0xE1, &[XMP, packet.as_bytes()].concat())
}

/// The main picture with segments and an index, and the pictures listed there, one after the other.
fn listed(is_little: bool, segments: &[Vec<u8>], pictures: &[&[u8]]) -> Vec<u8> {
    let short = |value: u16| if is_little { value.to_le_bytes() } else { value.to_be_bytes() };
    let long = |value: usize| if is_little { (value as u32).to_le_bytes() } else { (value as u32).to_be_bytes() };
    let plain = plain(Size::new(24, 16));
    let segments = segments.concat();
    let entries = 16 * (1 + pictures.len());
    let header_at = 2 + segments.len() + 4 + 4;
    let picture_end = plain.len() + segments.len() + 4 + 4 + 8 + 2 + 3 * 12 + 4 + entries;
    let mut index = [b"MPF\0", if is_little { b"II*\0" } else { b"MM\0*" }, &long(8)[..], &short(3)].concat();
    index.extend([&short(0xB000)[..], &short(7), &long(4), b"0100"].concat());
    index.extend([&short(0xB001)[..], &short(4), &long(1), &long(1 + pictures.len())].concat());
    index.extend([&short(0xB002)[..], &short(7), &long(entries), &long(8 + 2 + 3 * 12 + 4)].concat());
    index.extend([0; 4]);
    index.extend([long(0x0003_0000), long(picture_end), [0; 4], [0; 4]].concat());
    let mut start = picture_end;
    for picture in pictures {
        index.extend([[0; 4], long(picture.len()), long(start - header_at), [0; 4]].concat());
        start += picture.len();
    }
    let main = [&plain[..2], &segments, &segment(0xE2, &index), &plain[2..]].concat();
    assert_eq!(main.len(), picture_end);
    [&main[..], &pictures.concat()].concat()
}

fn google_map() -> Vec<u8> {
    let picture = plain(Size::new(12, 8));
    let description =
        xmp("xmlns:hdrgm='http://ns.adobe.com/hdr-gain-map/1.0/'", "hdrgm:Version='1.0' hdrgm:GainMapMax='2.5'", "");
    [&picture[..2], &description, &picture[2..]].concat()
}

fn apple_map() -> Vec<u8> {
    let picture = plain(Size::new(12, 8));
    let description = xmp(
        "xmlns:apdi='http://ns.apple.com/pixeldatainfo/1.0/' xmlns:HDRGainMap='http://ns.apple.com/HDRGainMap/1.0/'",
        "apdi:AuxiliaryImageType='urn:com:apple:photo:2020:aux:hdrgainmap' HDRGainMap:HDRGainMapVersion='65536'",
        "",
    );
    [&picture[..2], &description, &picture[2..]].concat()
}

/// The main picture of an Ultra HDR photo that is a motion photo too, whose video follows. `front`: further segments.
fn google_file(front: &[Vec<u8>]) -> Vec<u8> {
    let (preview, map) = (plain(Size::new(6, 4)), google_map());
    let item = |semantic: &str, rest: &str| {
        format!(
            "<rdf:li rdf:parseType='Resource'><Container:Item Item:Mime='image/jpeg' Item:Semantic='{semantic}' {rest}/></rdf:li>"
        )
    };
    let items = [
        item("Primary", "Item:Padding='7'"),
        item("GainMap", "Item:Length='99'"),
        item("MotionPhoto", &format!("Item:Length='{}'", VIDEO.len())),
    ];
    let directory = format!("<Container:Directory><rdf:Seq>{}</rdf:Seq></Container:Directory>", items.concat());
    let namespaces = "xmlns:Container='http://ns.google.com/photos/1.0/container/' \
        xmlns:Item='http://ns.google.com/photos/1.0/container/item/' \
        xmlns:hdrgm='http://ns.adobe.com/hdr-gain-map/1.0/' xmlns:GCamera='http://ns.google.com/photos/1.0/camera/'";
    let main = [
        front.to_vec(),
        vec![
            xmp(namespaces, "hdrgm:Version='1.0' GCamera:MotionPhoto='1'", &directory),
            segment(0xE2, b"urn:iso:std:iso:ts:21496:-1\0\0\0\0\0"),
        ],
    ];
    [&listed(true, &main.concat(), &[&preview, &map])[..], VIDEO].concat()
}

fn apple_file() -> Vec<u8> {
    let namespace = "xmlns:HDRGainMap='http://ns.apple.com/HDRGainMap/1.0/'";
    listed(false, &[xmp(namespace, "HDRGainMap:HDRGainMapVersion='65536'", "")], &[&apple_map()])
}

// ---- Restoring and reading.

#[track_caller]
fn opened(file: &[u8]) -> Decoded {
    decode(Path::new("a"), file.to_vec(), MemoryLimit::default()).unwrap()
}

fn saved(photo: &Photo, extension: &str, metadata: MetadataChoice) -> (Vec<u8>, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(format!("a.{extension}"));
    let notices = save(photo, &path, &SaveOptions { metadata, ..SaveOptions::default() }).unwrap().notices;
    (fs::read(path).unwrap(), notices)
}

fn restored(photo: &Photo, scale: Scale) -> Photo {
    let order = Order::new(Arc::new(photo.clone()), NoiseEstimate::white(12.5), Recipe { scale, ..Recipe::default() });
    restore(&order, &mut fake::opener(Duration::ZERO), &mut NoFollower).unwrap().0
}

fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

#[track_caller]
fn assert_nothing_refers_to_a_map(file: &[u8], case: &str) {
    for part in REFERENCES {
        assert!(!holds(file, part), "{case}: {}", part.escape_ascii());
    }
}

/// The values of an option of ExifTool.
fn exiftool(arguments: &[&str], file: &[u8]) -> Option<Vec<u8>> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.jpg");
    fs::write(&path, file).unwrap();
    let Ok(output) = Command::new("exiftool").args(arguments).arg(path).output() else {
        skip("exiftool is not installed");
        return None;
    };
    Some(output.stdout)
}

/// Where Pillow finds the pictures of a JPEG, after decoding them.
fn in_pillow(file: &[u8]) -> Option<Vec<Range<usize>>> {
    const SCRIPT: &str = "
import io, sys
from PIL import Image, JpegImagePlugin, MpoImagePlugin
# Image.open of newer versions ignores gain maps, and seek takes their XMP for EXIF.
path = sys.argv[1]
with open(path, 'rb') as file, JpegImagePlugin.JpegImageFile(path) as main, MpoImagePlugin.MpoImageFile(path) as pictures:
    content, header = file.read(), main.info['mpoffset']
    for entry in pictures.mpinfo[0xB002][:pictures.n_frames]:
        start = entry['DataOffset'] and entry['DataOffset'] + header
        end = start + entry['Size']
        Image.open(io.BytesIO(content[start:end])).load()
        print(start, end)
";
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.jpg");
    fs::write(&path, file).unwrap();
    if !Command::new(PYTHON).args(["-c", "import PIL"]).output().is_ok_and(|output| output.status.success()) {
        skip("python3 is not installed with Pillow");
        return None;
    }
    let output = Command::new(PYTHON).args(["-c", SCRIPT]).arg(path).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let lines = String::from_utf8(output.stdout).unwrap();
    let range = |line: &str| {
        let (start, end) = line.split_once(' ').unwrap();
        start.parse().unwrap()..end.parse().unwrap()
    };
    Some(lines.lines().map(range).collect())
}

// ---- Kept.

#[test]
fn a_map_is_kept_unchanged_at_the_photos_own_size() {
    for (file, map, unkept) in
        [(google_file(&[]), google_map(), "video of a motion photo, further picture"), (apple_file(), apple_map(), "")]
    {
        let found = opened(&file);
        let expected = (!unkept.is_empty()).then(|| format!("These parts of its file are not kept: {unkept}."));
        assert_eq!(found.notices, Vec::from_iter(expected));
        let result = restored(&found.photo, Scale::X1);
        assert_ne!(result.pixels, found.photo.pixels);
        let (written, notices) = saved(&result, "jpg", MetadataChoice::Keep);
        assert_eq!(notices, Vec::<String>::new());
        let main = written.len() - map.len();
        assert_eq!(written[main..], map);
        assert_eq!(written[main - 2..main], [0xFF, 0xD9]);
        if let Some(pictures) = in_pillow(&written) {
            assert_eq!(pictures, [0..main, main..written.len()]);
        }
        if let Some(picture) = exiftool(&["-b", "-MPImage2"], &written) {
            assert_eq!(picture, map);
            let warnings = exiftool(&["-a", "-s3", "-warning", "-error"], &written).unwrap();
            assert_eq!(String::from_utf8_lossy(&warnings).trim(), "");
        }
        // The result can be restored again.
        let again = opened(&written);
        assert_eq!(again.notices, Vec::<String>::new());
        let (second, _) = saved(&restored(&again.photo, Scale::X1), "jpg", MetadataChoice::Keep);
        assert!(second.ends_with(&map));
    }
}

#[test]
fn what_a_photo_says_about_its_map_is_kept_and_its_length_corrected() {
    let map = google_map();
    let (written, _) = saved(&restored(&opened(&google_file(&[])).photo, Scale::X1), "jpg", MetadataChoice::Keep);
    let main = &written[..written.len() - map.len()];
    assert!(holds(main, b"urn:iso:std:iso:ts:21496:-1\0\0\0\0\0"));
    assert!(holds(main, b"hdrgm:Version='1.0'"));
    assert!(holds(main, b"Item:Semantic='Primary' Item:Padding='0'"));
    assert!(holds(main, format!("Item:Semantic='GainMap' Item:Length='{}'", map.len()).as_bytes()));
    assert!(!holds(main, b"MotionPhoto"));
    if let Some(items) =
        exiftool(&["-s3", "-a", "-sep", "\n", "-XMP:DirectoryItemSemantic", "-XMP:DirectoryItemLength"], &written)
    {
        let expected = format!("Primary\nGainMap\n{}", map.len());
        assert_eq!(String::from_utf8_lossy(&items).trim(), expected);
    }
    let (written, _) = saved(&restored(&opened(&apple_file()).photo, Scale::X1), "jpg", MetadataChoice::Keep);
    assert!(holds(&written[..written.len() - apple_map().len()], b"HDRGainMap:HDRGainMapVersion='65536'"));
}

#[test]
fn the_estimated_size_of_a_file_has_the_map() {
    let photo = opened(&google_file(&[])).photo;
    let bytes = |metadata| {
        let options = SaveOptions { metadata, ..SaveOptions::default() };
        let part = |rect| Ok::<_, ()>(photo.pixels.crop(rect));
        estimate_file(&photo.head(), (4, 64), Format::Jpeg, &options, part).expect("an estimate").bytes
    };
    let map = google_map().len() as u64;
    assert!(bytes(MetadataChoice::Keep) > bytes(MetadataChoice::Strip) + map);
    let (written, _) = saved(&photo, "jpg", MetadataChoice::Keep);
    assert!(bytes(MetadataChoice::Keep).abs_diff(written.len() as u64) < map, "{} bytes", written.len());
}

// ---- Dropped.

#[test]
fn a_map_that_would_not_match_is_dropped_with_all_references() {
    let notice = |reason: &str| vec![format!("The gain map (HDR) is not kept: {reason}.")];
    for file in [google_file(&[]), apple_file()] {
        let photo = opened(&file).photo;
        let (written, notices) = saved(&restored(&photo, Scale::X2), "jpg", MetadataChoice::Keep);
        assert_eq!(notices, notice("it is only valid for the photo's own size"));
        assert_nothing_refers_to_a_map(&written, "twice the size");
        assert!(holds(&written, b"xmp:Rating='4'"));
        let (written, notices) = saved(&restored(&photo, Scale::X1), "jpg", MetadataChoice::Strip);
        assert_eq!(notices, notice("it is removed with the metadata"));
        assert_nothing_refers_to_a_map(&written, "without metadata");
        for extension in ["png", "tif", "webp", "jxl", "avif", "bmp"] {
            let (written, notices) = saved(&restored(&photo, Scale::X1), extension, MetadataChoice::Keep);
            assert!(notices.contains(&notice("only JPEG holds it")[0]), "{extension}: {notices:?}");
            assert_nothing_refers_to_a_map(&written, extension);
        }
    }
}

/// Programs apply a map before they rotate the photo.
#[test]
fn the_map_of_a_rotated_photo_is_dropped() {
    let exif = |orientation: u8| {
        let entry = [b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0", &[orientation][..], &[0; 7]];
        segment(0xE1, &entry.concat())
    };
    for orientation in 2..=8 {
        let found = opened(&google_file(&[exif(orientation)]));
        let notice = "Its gain map (HDR) is not kept, because the photo is rotated upright.";
        assert!(found.notices.iter().any(|found| found == notice), "{orientation}: {:?}", found.notices);
        let (written, notices) = saved(&found.photo, "jpg", MetadataChoice::Keep);
        assert_eq!(notices, Vec::<String>::new());
        assert_nothing_refers_to_a_map(&written, "rotated");
    }
    let (written, _) = saved(&opened(&google_file(&[exif(1)])).photo, "jpg", MetadataChoice::Keep);
    assert!(written.ends_with(&google_map()));
}

#[test]
fn a_damaged_index_or_map_is_dropped() {
    let notice = "These parts of its file are not kept: gain map (HDR).";
    let (file, map) = (apple_file(), apple_map());
    let check = |file: &[u8], case: String| -> bool {
        let found = opened(file);
        let (written, notices) = saved(&found.photo, "jpg", MetadataChoice::Keep);
        assert_eq!(notices, Vec::<String>::new(), "{case}");
        if found.photo.metadata.gain_map.is_some() {
            assert_eq!(found.notices, Vec::<String>::new(), "{case}");
            assert!(written.ends_with(&map), "{case}");
            return true;
        }
        assert_eq!(found.notices, [notice], "{case}");
        assert_nothing_refers_to_a_map(&written, &case);
        false
    };
    let index = file.windows(4).position(|part| part == b"MPF\0").unwrap();
    let mut kept = 0;
    // Its signature is not damaged: a segment of another name is kept as such.
    for at in index + 4..index + 82 {
        for flipped in [0x01, 0x80, 0xFF] {
            let mut damaged = file.clone();
            damaged[at] ^= flipped;
            kept += usize::from(check(&damaged, format!("byte {}", at - index)));
        }
    }
    assert!((1..200).contains(&kept), "{kept}");
    for missing in (1..map.len() - 3).step_by(13) {
        assert!(!check(&file[..file.len() - missing], format!("{missing} bytes are missing")));
    }
}
