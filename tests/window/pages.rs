//! The pages of a TIFF: the first one is shown, a TIFF is saved with all of them.

use std::{fs, path::Path, time::Duration};

use egui_kittest::kittest::Queryable;
use redawn::{
    imaging::{self, MemoryLimit},
    pixels::Size,
};

use crate::support::{
    desk::{FakeDialogs, click, folder, photo, settle, wait, wait_label, wait_ready, wait_restored, window},
    tiffs::{Layout, Page},
};

/// A TIFF with pages of these sizes.
fn scan(path: &Path, sizes: &[(u32, u32)]) {
    let page = |&(width, height): &(u32, u32)| {
        let samples =
            (0..width * height).flat_map(|at| [at % 251, at * 7 % 239, at * 3 % 97].map(|value| value as u16));
        let (bits, photometric, description, dpi, subfile) = (8, 2, "scan", 300, 0);
        Page { size: (width, height), bits, photometric, samples: samples.collect(), description, dpi, subfile }
    };
    let pages: Vec<_> = sizes.iter().map(page).collect();
    fs::write(path, Layout { big_endian: false, wide: false }.file(&pages).0).unwrap();
}

/// The sizes of the pages that are in a TIFF.
fn sizes_in(path: &Path) -> Vec<Size> {
    let page = |page| imaging::open_page(path, page, MemoryLimit::default()).ok().map(|page| page.photo.size());
    (0..).map_while(page).collect()
}

#[test]
fn a_tiff_is_saved_with_all_pages_and_another_format_with_the_first() {
    let folder = folder();
    let path = folder.path().join("letter.tif");
    scan(&path, &[(40, 30), (20, 50), (33, 21)]);
    let mut harness = window(Duration::ZERO, FakeDialogs::default(), &[path]);
    wait_ready(&mut harness);
    wait_label(&mut harness, "It has 3 pages: the first one is shown.");
    wait_restored(&mut harness);
    wait_label(&mut harness, "Page 1 of 3: ");
    click(&mut harness, "Save");
    let saved = folder.path().join("letter-denoised.tif");
    wait(&mut harness, "all pages", |_| saved.is_file());
    assert_eq!(sizes_in(&saved), [Size::new(40, 30), Size::new(20, 50), Size::new(33, 21)]);
    settle(&mut harness);

    harness.get_by_label_contains("Output: ").click();
    settle(&mut harness);
    click(&mut harness, "PNG");
    wait_label(&mut harness, "Output: letter-denoised.png, ");
    click(&mut harness, "Save");
    let saved = folder.path().join("letter-denoised.png");
    wait(&mut harness, "the first page", |_| saved.is_file());
    assert_eq!(imaging::open(&saved).unwrap().photo.size(), Size::new(40, 30));
}

#[test]
fn saving_pages_shows_its_progress_and_can_be_stopped() {
    let folder = folder();
    let path = folder.path().join("book.tif");
    scan(&path, &[(40, 30); 60]);
    let mut harness = window(Duration::from_millis(100), FakeDialogs::default(), &[path]);
    wait_ready(&mut harness);
    wait_restored(&mut harness);
    click(&mut harness, "Save");
    wait_label(&mut harness, "Stop this photo");
    click(&mut harness, "Stop this photo");
    wait(&mut harness, "the end", |harness| harness.query_by_label("Stop this photo").is_none());
    let names: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["book.tif"]);
}

#[test]
fn the_queue_writes_all_pages_and_names_the_one_that_fails() {
    let folder = folder();
    let (letter, broken) = (folder.path().join("letter.tif"), folder.path().join("broken.tif"));
    scan(&letter, &[(40, 30), (20, 50)]);
    scan(&broken, &[(40, 30), (20, 50)]);
    // The directory of the second page is cut off.
    let bytes = fs::read(&broken).unwrap();
    fs::write(&broken, &bytes[..bytes.len() - 40]).unwrap();
    let other = photo(&folder, "owl.png");
    let mut harness = window(Duration::ZERO, FakeDialogs::default(), &[letter, broken, other]);
    wait_ready(&mut harness);
    click(&mut harness, "Export all");
    let saved = folder.path().join("letter-denoised.tif");
    wait(&mut harness, "the last photo", |_| folder.path().join("owl-denoised.png").is_file());
    assert_eq!(sizes_in(&saved), [Size::new(40, 30), Size::new(20, 50)]);
    wait_label(&mut harness, "Page 2: ");
    assert!(!folder.path().join("broken-denoised.tif").exists());
    let left = fs::read_dir(folder.path())
        .unwrap()
        .filter(|entry| entry.as_ref().is_ok_and(|entry| entry.file_name().to_string_lossy().contains(".part")));
    assert_eq!(left.count(), 0, "no unfinished file is left");
}
