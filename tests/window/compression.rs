//! JPEG artefacts: the detected quality is shown, and the selected one is removed. With the real workers and a fake
//! network.

use std::{fs::File, path::PathBuf, time::Duration};

use egui::{Key, Modifiers, accesskit::Role};
use egui_kittest::{Harness, kittest::NodeT, kittest::Queryable};
use image::codecs::jpeg::JpegEncoder;
use redawn::{
    restore::{Compression, Recipe},
    window::RedawnApp,
};

use crate::support::desk::*;

fn jpeg(folder: &tempfile::TempDir, quality: u8) -> PathBuf {
    let path = folder.path().join(format!("owl {quality}.jpg"));
    let picture = image::open(photo(folder, "owl.png")).unwrap();
    picture.write_with_encoder(JpegEncoder::new_with_quality(File::create(&path).unwrap(), quality)).unwrap();
    path
}

fn opened(path: PathBuf) -> Harness<'static, RedawnApp> {
    let mut harness = window(Duration::ZERO, FakeDialogs::default(), &[path]);
    wait_ready(&mut harness);
    harness
}

fn shown(harness: &Harness<'_, RedawnApp>) -> String {
    harness.get_by_role_and_label(Role::ComboBox, "JPEG artefacts").accesskit_node().value().unwrap_or_default()
}

fn choose(harness: &mut Harness<'_, RedawnApp>, choice: &str) {
    harness.get_by_role_and_label(Role::ComboBox, "JPEG artefacts").click();
    settle(harness);
    harness.get_by_role_and_label(Role::Button, choice).click();
    settle(harness);
}

/// Restores, and returns the quality whose artefacts were removed.
fn removed_quality(harness: &mut Harness<'_, RedawnApp>) -> Option<u8> {
    settle(harness);
    wait_restored(harness);
    harness.state().session().restoration().unwrap().outcome.as_ref().unwrap().quality
}

#[test]
fn auto_removes_the_quality_it_shows() {
    let folder = folder();
    let mut harness = opened(jpeg(&folder, 40));
    assert_eq!(shown(&harness), "Auto: quality 40");
    assert_eq!(removed_quality(&mut harness), Some(40));
    harness.get_by_label_contains("JPEG artefacts (quality 40)");
    assert_eq!(harness.state().recipe(), Recipe::default(), "drawing the controls changes nothing");

    let mut harness = opened(jpeg(&folder, 93));
    assert_eq!((shown(&harness), removed_quality(&mut harness)), ("Auto: no visible artefacts".into(), None));
    let mut harness = opened(photo(&folder, "owl.png"));
    assert_eq!((shown(&harness), removed_quality(&mut harness)), ("Auto: not a JPEG".into(), None));
}

#[test]
fn a_quality_is_selected_by_name_or_slider_and_undone() {
    let folder = folder();
    let mut harness = opened(jpeg(&folder, 40));
    choose(&mut harness, "Off");
    assert_eq!(harness.state().recipe().compression, Compression::None);
    assert_eq!((shown(&harness), removed_quality(&mut harness)), ("Off".into(), None));
    choose(&mut harness, "Strong: quality 15");
    assert_eq!(removed_quality(&mut harness), Some(15));

    // Changes in quick succession are one undo step.
    std::thread::sleep(Duration::from_secs(1));
    harness.get_by_role_and_label(Role::ComboBox, "JPEG artefacts").click();
    settle(&mut harness);
    harness.get_by_role_and_label(Role::Slider, "Source JPEG quality").focus();
    settle(&mut harness);
    for _ in 0..3 {
        harness.key_press(Key::ArrowRight);
        settle(&mut harness);
    }
    assert_eq!(harness.state().recipe().compression, Compression::Quality(18));
    harness.key_press(Key::Escape);
    settle(&mut harness);
    assert_eq!(shown(&harness), "Quality 18");
    for expected in [Compression::Quality(15), Compression::Auto] {
        harness.key_press_modifiers(Modifiers::COMMAND, Key::Z);
        settle(&mut harness);
        assert_eq!(harness.state().recipe().compression, expected);
    }
}

/// An earlier version stored recipes without it.
#[test]
fn recipes_without_compression_are_read() {
    let mut stored = serde_json::to_value(Recipe::default()).unwrap();
    assert!(stored.as_object_mut().unwrap().remove("compression").is_some());
    assert_eq!(serde_json::from_value::<Recipe>(stored).unwrap(), Recipe::default());
}
