//! The pages of a TIFF on the command line: all are restored, each as if it were alone, and written as pages again.

use std::{fs, path::Path, process::Command};

use serde_json::Value;

use super::command_line::{names_in, picture, restore};
use crate::support::{
    skip::skip,
    tiffs::{Layout, Page},
};

const PYTHON: &str = "/usr/bin/python3";
const LITTLE: Layout = Layout { big_endian: false, wide: false };

/// A noisy page. `bits` and `photometric`: as in [`Page`].
fn page(width: u32, height: u32, (bits, photometric): (u16, u16), description: &'static str, dpi: u32) -> Page {
    let rgb = picture(width, height, 20.0).into_rgb8();
    let samples = rgb.pixels().flat_map(|pixel| {
        let [red, green, blue] = pixel.0.map(u16::from);
        match (bits, photometric) {
            (1, _) => vec![u16::from(green > 120)],
            (_, 2) => vec![red, green, blue],
            (_, 5) => vec![red, green, blue, 20],
            (8, _) => vec![green],
            _ => vec![green * 256 + red],
        }
    });
    Page { size: (width, height), bits, photometric, samples: samples.collect(), description, dpi, subfile: 0 }
}

/// Pages of different sizes and kinds: colours, grey of 8 and 16 bits, black and white, inks.
fn pages() -> Vec<Page> {
    vec![
        page(56, 40, (8, 2), "one", 300),
        page(30, 44, (16, 1), "two", 600),
        page(61, 33, (8, 1), "three", 72),
        page(40, 40, (1, 1), "four", 200),
        page(24, 50, (8, 5), "five", 150),
    ]
}

/// What Pillow reads of each page: size, mode, resolution, description and pixels. None without Pillow.
fn read(path: &Path) -> Option<Vec<Value>> {
    let script = "
import json, sys
from PIL import Image
file = Image.open(sys.argv[1])
pages = []
for number in range(file.n_frames):
    file.seek(number)
    tags = file.tag_v2
    pages.append({
        'size': file.size, 'mode': file.mode.replace('I;16B', 'I;16'), 'dpi': float(tags.get(282, 0)), 'text': tags.get(270),
        'software': tags.get(305), 'kind': tags.get(254, 0), 'pixels': [*file.getdata()],
    })
print(json.dumps(pages))";
    if !Command::new(PYTHON).args(["-c", "import PIL"]).output().is_ok_and(|output| output.status.success()) {
        skip("no /usr/bin/python3 with Pillow here (python3-pil)");
        return None;
    }
    let output = Command::new(PYTHON).args(["-c", script]).arg(path).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

#[test]
fn pixels_and_metadata_of_all_pages_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let (input, out) = (folder.path().join("in.tif"), folder.path().join("out.tif"));
    let pages = &pages()[..3];
    // Pillow can't read every layout.
    fs::write(&input, LITTLE.file(pages).0).unwrap();
    let Some(before) = read(&input) else { return };
    for layout in Layout::ALL {
        fs::write(&input, layout.file(pages).0).unwrap();
        restore(&[&input], &out, &["--noise", "0", "--jpeg", "none", "--if-exists", "replace"]).ends_with(0);
        let after = read(&out).unwrap();
        assert_eq!(after.len(), pages.len(), "{layout:?}");
        for (before, after) in before.iter().zip(&after) {
            // Of a BigTIFF only the profile and XMP data are kept.
            let metadata = if layout.wide { &[][..] } else { &["dpi", "text"] };
            for what in [&["size", "mode", "pixels"], metadata].concat() {
                assert_eq!(before[what], after[what], "{layout:?}, {what}");
            }
            assert_eq!(after["kind"], 2, "a page of several");
        }
        assert_eq!(names_in(folder.path()), ["in.tif", "out.tif"].map(str::to_owned).into());
    }
}

#[test]
fn each_page_is_restored_as_if_it_were_alone() {
    let folder = tempfile::tempdir().unwrap();
    let [input, out, single, alone] =
        ["in.tif", "out.tif", "single.tif", "alone.tif"].map(|name| folder.path().join(name));
    let options = ["--scale", "2", "--if-exists", "replace"];
    for layout in [LITTLE, Layout { big_endian: true, wide: false }] {
        fs::write(&input, layout.file(&pages()).0).unwrap();
        let run = restore(&[&input], &out, &options).ends_with(0);
        assert!(run.stdout().contains(": 5 pages, "), "{}", run.stdout());
        assert!(run.stderr().contains("Page 5: It is a CMYK picture"), "{}", run.stderr());
        let Some(together) = read(&out) else { return };
        assert_eq!(together.len(), 5);
        for (mut together, page) in together.into_iter().zip(pages()) {
            fs::write(&single, layout.file(&[page]).0).unwrap();
            restore(&[&single], &alone, &options).ends_with(0);
            let mut alone = read(&alone).unwrap().remove(0);
            assert!(alone["software"].as_str().unwrap().starts_with("Redawn"));
            assert_eq!((&together["kind"], &alone["kind"]), (&2.into(), &0.into()));
            (together["kind"], alone["kind"]) = (0.into(), 0.into());
            assert!(together == alone, "{layout:?}, {}", alone["text"]);
        }
    }
}

#[test]
fn json_lines_and_records_have_the_number_of_pages() {
    let folder = tempfile::tempdir().unwrap();
    let [input, out, records] = ["in.tif", "out.tif", "records"].map(|name| folder.path().join(name));
    fs::write(&input, LITTLE.file(&pages()[..3]).0).unwrap();
    let options = ["--noise", "20", "--json", "--if-exists", "skip", "--records", records.to_str().unwrap()];
    let run = restore(&[&input], &out, &options).ends_with(0);
    let (start, done) = (&run.events("start")[0], &run.events("done")[0]);
    assert_eq!((&start["pages"], &done["pages"]), (&3.into(), &3.into()));
    assert_eq!((&done["width"], &done["height"], &done["sigma"]), (&56.into(), &40.into(), &20.0.into()));
    let mut seen: Vec<_> =
        run.events("progress").iter().map(|line| (line["page"].clone(), line["pages"].clone())).collect();
    seen.dedup();
    assert_eq!(seen, [1, 2, 3].map(|page| (page.into(), 3.into())));
    let record: Value = serde_json::from_str(&fs::read_to_string(&records).unwrap()).unwrap();
    assert_eq!((&record["pages"], &record["output_bytes"]), (&3.into(), &fs::metadata(&out).unwrap().len().into()));
    let again = restore(&[&input], &out, &options).ends_with(0);
    assert_eq!(again.events("skipped")[0]["reason"], "done");

    // The other pages count in estimates.
    let plan = |pages: &[Page]| {
        fs::write(&input, LITTLE.file(pages).0).unwrap();
        let plan =
            restore(&[&input], folder.path().join("new.tif"), &["--noise", "20", "--dry-run", "--json"]).ends_with(0);
        plan.events("plan")[0]["result_bytes"].as_f64().unwrap()
    };
    let same = page(56, 40, (8, 2), "", 72);
    let ratio = plan(&vec![same.clone(); 4]) / plan(&[same]);
    assert!((3.9..4.1).contains(&ratio), "{ratio}");
    assert_eq!(names_in(folder.path()), ["in.tif", "out.tif", "records"].map(str::to_owned).into());
}

#[test]
fn a_damaged_page_is_named_and_nothing_is_left() {
    let folder = tempfile::tempdir().unwrap();
    let (input, out) = (folder.path().join("in.tif"), folder.path().join("out").join("out.tif"));
    fs::create_dir(folder.path().join("out")).unwrap();
    let (file, directories) = LITTLE.file(&pages()[..3]);
    let mut without_strip = file.clone();
    // The strip's offset, the eighth entry (the first has no tag 254).
    let strip_at = directories[1] + 2 + 6 * 12 + 8;
    without_strip[strip_at..strip_at + 4].copy_from_slice(&0xFFFF_FF00_u32.to_le_bytes());
    let mut without_directory = file.clone();
    let link = directories[0] + 2 + 13 * 12;
    without_directory[link..link + 4].copy_from_slice(&0xFFFF_FF00_u32.to_le_bytes());
    for (damaged, number) in [(without_strip, 2), (without_directory, 2), (file[..directories[2] + 20].to_vec(), 3)] {
        for options in [&[][..], &["--damaged", "keep"], &["--json"]] {
            fs::write(&input, &damaged).unwrap();
            let run = restore(&[&input], &out, &[options, &["--noise", "20"]].concat());
            run.fails_with(&[&format!("Page {number}: "), "in.tif"]);
            assert_eq!(names_in(&folder.path().join("out")), [].into());
            // Another format has the first page only.
            restore(&[&input], folder.path().join("one.png"), &["--noise", "0"]).ends_with(0);
            fs::remove_file(folder.path().join("one.png")).unwrap();
        }
    }
}

#[test]
fn other_formats_get_the_first_page_and_a_notice() {
    let folder = tempfile::tempdir().unwrap();
    let (input, out) = (folder.path().join("in.tif"), folder.path().join("out.png"));
    fs::write(&input, LITTLE.file(&pages()).0).unwrap();
    let run = restore(&[&input], &out, &["--noise", "0"]).ends_with(0);
    assert!(run.stderr().contains("It has 5 pages: only the first one is used."), "{}", run.stderr());
    assert_eq!(image::image_dimensions(&out).unwrap(), (56, 40));
    let run = restore(&[&input], folder.path().join("all.tif"), &["--noise", "0"]).ends_with(0);
    assert!(!run.stderr().contains("only the first"), "{}", run.stderr());
}

#[test]
fn reduced_copies_and_masks_are_no_pages() {
    let folder = tempfile::tempdir().unwrap();
    let (input, out) = (folder.path().join("in.tif"), folder.path().join("out.tif"));
    let of_kind = |subfile, page| Page { subfile, ..page };
    let [one, two] = [page(56, 40, (8, 2), "one", 300), page(30, 44, (8, 1), "two", 600)];
    let (small, mask) = (page(12, 8, (8, 2), "small", 72), page(30, 44, (1, 1), "mask", 72));
    fs::write(&input, LITTLE.file(&[of_kind(1, small), of_kind(2, one), two, of_kind(4, mask)]).0).unwrap();
    let run = restore(&[&input], &out, &["--noise", "0"]).ends_with(0);
    for sentence in ["Reduced copies of its pictures", "Masks of its pictures"] {
        assert_eq!(run.stderr().matches(sentence).count(), 1, "{}", run.stderr());
    }
    let Some(pages) = read(&out) else { return };
    assert_eq!(pages.iter().map(|page| page["text"].clone()).collect::<Vec<_>>(), ["one", "two"]);
}

#[test]
fn masks_must_fit_every_page() {
    let folder = tempfile::tempdir().unwrap();
    let [input, out, mask] = ["in.tif", "out.tif", "mask.png"].map(|name| folder.path().join(name));
    fs::write(&input, LITTLE.file(&pages()[..2]).0).unwrap();
    image::GrayImage::from_pixel(56, 40, image::Luma([255])).save(&mask).unwrap();
    let mask = mask.to_str().unwrap();
    restore(&[&input], &out, &["--noise", "20", "--mask", mask]).fails_with(&["Page 2: ", "30 × 44 px"]);
    let marks = folder.path().join("marks.png");
    let options = ["--repair", "auto", "--save-mask", marks.to_str().unwrap()];
    restore(&[&input], &out, &options).fails_with(&["it has 2 pages", "--save-mask"]);
    assert_eq!(names_in(folder.path()), ["in.tif", "mask.png"].map(str::to_owned).into());
}
