//! A single photo is exported with the output options, like a list; its size can be any.

use std::{path::Path, time::Duration};

use egui::{Key, Modifiers, accesskit::Role};
use egui_kittest::{Harness, kittest::Queryable};
use redawn::{
    desktop::Store,
    imaging::{self, Depth, MemoryLimit, Photo},
    pixels::Size,
    restore::{Mask, Scale},
    window::RedawnApp,
};

use crate::support::desk::{
    FakeDialogs, click, folder, photo, press, settle, wait, wait_label, wait_open, wait_ready, wait_restored, window,
    window_with,
};

fn open(path: &Path) -> Photo {
    imaging::open_within(path, MemoryLimit::default()).expect("a picture").photo
}

fn open_options(harness: &mut Harness<'_, RedawnApp>) {
    harness.get_by_label_contains("Output: ").click();
    settle(harness);
}

fn set(harness: &mut Harness<'_, RedawnApp>, field: &str, value: f64) {
    harness.get_by_role_and_label(Role::Slider, field).set_value_accesskit(value);
    settle(harness);
}

#[test]
fn one_photo_is_exported_with_the_options_which_are_remembered() {
    let (folder, results) = (folder(), folder());
    let path = photo(&folder, "owl.png");
    let store = || Some(Store::at(folder.path().join("settings of redawn")));
    let dialogs = FakeDialogs { folder: Some(results.path().to_owned()), ..FakeDialogs::default() };
    let mut harness = window_with(Duration::ZERO, dialogs, std::slice::from_ref(&path), store());
    wait_ready(&mut harness);
    wait_label(&mut harness, "Output: owl-denoised.png, Next to original");
    open_options(&mut harness);
    for choice in ["TIFF", "16 bits", "Other folder…"] {
        click(&mut harness, choice);
    }
    let name = results.path().file_name().unwrap().display().to_string();
    wait_label(&mut harness, &format!("Output: owl-denoised.tif, {name}"));
    click(&mut harness, "Save");
    wait_label(&mut harness, "Saved as");
    let saved = results.path().join("owl-denoised.tif");
    assert_eq!(open(&saved).pixels.depth(), Depth::Sixteen);

    // The same result in other formats.
    for (format, name) in [("JPEG XL", "owl-denoised.jxl"), ("AVIF", "owl-denoised.avif")] {
        open_options(&mut harness);
        click(&mut harness, format);
        wait_label(&mut harness, &format!("Output: {name}, "));
        click(&mut harness, "Save");
        wait_label(&mut harness, &format!("{name}”"));
        assert_eq!(open(&results.path().join(name)).size(), open(&saved).size());
    }
    open_options(&mut harness);
    click(&mut harness, "JPEG");
    wait_label(&mut harness, "Output: owl-denoised.jpg, ");
    click(&mut harness, "Save");
    wait_label(&mut harness, "owl-denoised.jpg”");
    assert!(results.path().join("owl-denoised.jpg").is_file());
    drop(harness);

    let mut harness = window_with(Duration::ZERO, FakeDialogs::default(), &[path], store());
    wait_ready(&mut harness);
    wait_label(&mut harness, "Output: owl-denoised (2).jpg, ");
    open_options(&mut harness);
    click(&mut harness, "Replace");
    wait_label(&mut harness, "Output: owl-denoised.jpg, ");
    wait_label(&mut harness, " · replaces the file");
}

#[test]
fn the_size_is_a_factor_or_a_length() {
    let folder = folder();
    let path = photo(&folder, "owl.png");
    let mut harness = window(Duration::ZERO, FakeDialogs::default(), std::slice::from_ref(&path));
    wait_ready(&mut harness);
    let size = |harness: &Harness<'_, RedawnApp>| {
        let result = harness.state().session().rendition(harness.state().recipe().strength, &Mask::default());
        result.map(|result| result.size())
    };
    set(&mut harness, "Factor", 1.5);
    assert_eq!(harness.state().recipe().scale, Scale::Percent(150));
    wait(&mut harness, "the result", |harness| size(harness) == Some(Size::new(356, 227)));
    set(&mut harness, "Longer side", 400.0);
    assert_eq!(harness.state().recipe().scale, Scale::LongSide(400));
    wait_restored(&mut harness);
    click(&mut harness, "Save");
    wait_label(&mut harness, "Saved as");
    assert_eq!(open(&folder.path().join("owl-restored.png")).size(), Size::new(400, 255));
    click(&mut harness, "2×");
    assert_eq!(harness.state().recipe().scale, Scale::X2);
}

#[test]
fn options_changed_while_a_result_is_saved_count_for_it() {
    let folder = folder();
    let path = folder.path().join("owl.png");
    let noise = |x: u32, y: u32| (x.wrapping_mul(2_654_435_761) ^ y.wrapping_mul(2_246_822_519)) as u8;
    // Takes longer to be written than a frame.
    image::RgbImage::from_fn(900, 700, |x, y| image::Rgb([noise(x, y), 90, noise(y, x)])).save(&path).unwrap();
    let mut harness = window(Duration::ZERO, FakeDialogs::default(), std::slice::from_ref(&path));
    wait_ready(&mut harness);
    click(&mut harness, "Medium, σ 25");
    wait_restored(&mut harness);
    open_options(&mut harness);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::S);
    harness.step();
    harness.get_by_label("JPEG").click();
    wait_label(&mut harness, "Saved as");
    wait_label(&mut harness, "Output: owl-denoised.jpg, Next to original");
    press(&mut harness, Modifiers::COMMAND, Key::S);
    let saved = folder.path().join("owl-denoised.jpg");
    wait(&mut harness, "the file as it is now wanted", |_| saved.is_file());
}

#[test]
fn changed_options_count_for_every_saved_photo() {
    let folder = folder();
    let files = ["a.png", "b.png"].map(|name| photo(&folder, name));
    let mut harness = window(Duration::ZERO, FakeDialogs::default(), &files);
    wait(&mut harness, "the list", |harness| harness.state().queue().items().len() == 2);
    click(&mut harness, "Export all");
    wait_label(&mut harness, "Finished: ");
    open_options(&mut harness);
    click(&mut harness, "JPEG");
    for (name, file) in ["a", "b"].into_iter().zip(&files) {
        harness.get_by_label_contains(&format!("{name}.png: ")).click();
        wait_open(&mut harness, file);
        wait_label(&mut harness, &format!("Output: {name}-denoised.jpg, Next to original"));
        wait(&mut harness, "Save", |harness| harness.query_by_label("Save").is_some());
        click(&mut harness, "Save");
        let saved = folder.path().join(format!("{name}-denoised.jpg"));
        wait(&mut harness, "its file", |_| saved.is_file());
        wait_label(&mut harness, &format!("Output: {name}-denoised.jpg, Saved"));
    }
}
