//! What is around the photo: settings that come back, steps back and forth, notices with buttons, the
//! clipboard, the sheet of keys. By the names of the controls, with the real workers and a fake network.

use std::{fs, path::Path, sync::Arc, time::Duration};

use egui::{Color32, ColorImage, Event, Key, Modifiers, accesskit::Role};
use egui_kittest::{
    Harness,
    kittest::{NodeT, Queryable},
};
use redawn::{
    app::{Appearance, Preset, RedawnApp, Session, Settings, Store},
    engine::DeviceChoice,
    restore::{Noise, Recipe, Scale},
};

#[path = "support/desk.rs"]
mod desk;

use desk::*;

const SHEET: &str = "Keyboard shortcuts";

fn store(folder: &tempfile::TempDir) -> Option<Store> {
    Some(Store::at(folder.path().join("settings of redawn")))
}

fn click(harness: &mut Harness<'_, RedawnApp>, label: &str) {
    wait(harness, label, |harness| harness.query_by_label(label).is_some());
    harness.get_by_label(label).click();
    settle(harness);
}

fn press(harness: &mut Harness<'_, RedawnApp>, modifiers: Modifiers, key: Key) {
    harness.key_press_modifiers(modifiers, key);
    settle(harness);
}

fn says(harness: &mut Harness<'_, RedawnApp>, what: &str) {
    wait(harness, what, |harness| harness.query_by_label_contains(what).is_some());
}

/// A window with a photo and its result.
fn restored(decided: Decided, path: &Path) -> Harness<'static, RedawnApp> {
    let mut harness = window(Duration::ZERO, decided, &[path.to_owned()]);
    wait_ready(&mut harness);
    click(&mut harness, "Medium, σ 25");
    click(&mut harness, "Restore");
    wait_restored(&mut harness);
    harness
}

#[test]
fn settings_come_back_in_a_second_window() {
    let folder = folder();
    let path = photo(&folder, "owl.png");
    let mut harness = window_with(Duration::ZERO, Decided::default(), std::slice::from_ref(&path), store(&folder));
    wait_ready(&mut harness);
    click(&mut harness, "Medium, σ 25");
    click(&mut harness, "2×");
    harness.get_by_role_and_label(Role::ComboBox, "Device").click();
    settle(&mut harness);
    harness.get_by_label_contains("Painted GPU").click();
    settle(&mut harness);
    click(&mut harness, "Settings and help");
    click(&mut harness, "Light");
    press(&mut harness, Modifiers::NONE, Key::Escape);
    drop(harness);

    let mut harness = window_with(Duration::ZERO, Decided::default(), &[], store(&folder));
    let recipe = Recipe { noise: Noise::Sigma(25.0), scale: Scale::X2, ..Recipe::default() };
    assert_eq!(harness.state().recipe(), recipe, "before the first frame");
    settle(&mut harness);
    let settings = harness.state().settings();
    assert_eq!(settings.device, DeviceChoice::Named("Painted GPU".into()));
    assert_eq!(settings.appearance, Appearance::Light);

    harness.get_by_label_contains("owl.png").click();
    wait_ready(&mut harness);
    assert_eq!(harness.state().session().source().unwrap().path, path);
}

#[test]
fn a_file_that_is_broken_is_set_aside_and_said_also_when_photos_come_with_the_start() {
    for with_photo in [false, true] {
        let folder = folder();
        let store = store(&folder).unwrap();
        fs::create_dir_all(store.folder()).unwrap();
        fs::write(store.folder().join("settings.json"), "{\"recipe\": ").unwrap();
        let files = if with_photo { vec![photo(&folder, "owl.png")] } else { vec![] };
        let mut harness = window_with(Duration::ZERO, Decided::default(), &files, Some(store.clone()));
        says(&mut harness, "settings.broken.json");
        assert_eq!(harness.state().recipe(), Recipe::default());
        assert_eq!(fs::read_to_string(store.folder().join("settings.broken.json")).unwrap(), "{\"recipe\": ");
        click(&mut harness, "2×");
        drop(harness);
        assert_eq!(store.load::<Settings>(Settings::NAME).0.recipe.scale, Scale::X2);
    }
}

#[test]
fn choices_are_undone_and_redone_by_keys_and_buttons() {
    let folder = folder();
    let mut harness = window(Duration::ZERO, Decided::default(), &[photo(&folder, "owl.png")]);
    wait_ready(&mut harness);
    assert!(harness.get_by_label_contains("Undo").accesskit_node().is_disabled());
    click(&mut harness, "Medium, σ 25");
    click(&mut harness, "2×");
    harness.get_by_role_and_label(Role::Slider, "Noise level").focus();
    settle(&mut harness);
    for _ in 0..5 {
        press(&mut harness, Modifiers::NONE, Key::ArrowRight);
    }
    let dragged = harness.state().recipe();
    assert_eq!(dragged.noise, Noise::Sigma(30.0));

    press(&mut harness, Modifiers::COMMAND, Key::Z);
    assert_eq!(harness.state().recipe().noise, Noise::Sigma(25.0), "five quick keys are one step");
    press(&mut harness, Modifiers::COMMAND, Key::Z);
    assert_eq!(harness.state().recipe().scale, Scale::X1);
    harness.get_by_label_contains("Undo").click();
    settle(&mut harness);
    assert_eq!(harness.state().recipe(), Recipe::default());
    for _ in 0..2 {
        press(&mut harness, Modifiers::COMMAND | Modifiers::SHIFT, Key::Z);
    }
    press(&mut harness, Modifiers::COMMAND, Key::Y);
    assert_eq!(harness.state().recipe(), dragged);
    assert!(harness.get_by_label_contains("Redo").accesskit_node().is_disabled());
}

#[test]
fn the_sheet_of_keys_opens_and_closes() {
    let mut harness = window(Duration::ZERO, Decided::default(), &[]);
    settle(&mut harness);
    let open = |harness: &Harness<'_, RedawnApp>| harness.query_by_label(SHEET).is_some();
    for key in [Key::F1, Key::Questionmark] {
        press(&mut harness, Modifiers::NONE, key);
        assert!(open(&harness));
        harness.get_by_label("Paste a picture, or the path of one");
        harness.check_accessibility();
        press(&mut harness, Modifiers::NONE, Key::Escape);
        assert!(!open(&harness));
    }
    click(&mut harness, "Keyboard shortcuts (?)");
    assert!(open(&harness));
    click(&mut harness, "Close");
    assert!(!open(&harness));
}

#[test]
fn a_result_is_saved_beside_the_photo_and_shown_where_it_is() {
    let folder = folder();
    let path = photo(&folder, "owl.png");
    let decided = Decided::default();
    let shown = decided.shown.clone();
    let mut harness = restored(decided, &path);
    for name in ["owl-restored.png", "owl-restored (2).png"] {
        press(&mut harness, Modifiers::COMMAND, Key::S);
        says(&mut harness, name);
        assert!(path.with_file_name(name).is_file());
    }
    let buttons: Vec<_> = harness.query_all_by_label("Show file").collect();
    assert_eq!(buttons.len(), 2);
    buttons[1].click();
    wait(&mut harness, "shown", |_| !shown.lock().unwrap().is_empty());
    let expected = ["owl-restored.png", "owl-restored (2).png"].map(|name| path.with_file_name(name));
    assert!(expected.contains(&shown.lock().unwrap()[0]));
}

#[test]
fn a_save_that_fails_offers_another_place_which_is_remembered() {
    let folder = folder();
    let path = photo(&folder, "owl.png");
    let bad = folder.path().join("no such format.xyz");
    let decided = Decided { target: Some(bad.clone()), ..Decided::default() };
    let asked = decided.suggested.clone();
    let mut harness = restored(decided, &path);
    press(&mut harness, Modifiers::COMMAND | Modifiers::SHIFT, Key::S);
    says(&mut harness, "no such format.xyz");
    assert!(asked.lock().unwrap().take().is_some());
    // Beside the one in the bar.
    let buttons: Vec<_> = harness.query_all_by_label("Save as…").collect();
    assert_eq!(buttons.len(), 2);
    let lower = buttons.iter().max_by(|a, b| a.rect().top().total_cmp(&b.rect().top())).unwrap();
    lower.click();
    wait(&mut harness, "the question again", |_| asked.lock().unwrap().is_some());
    assert_eq!(harness.state().settings().save_folder.as_deref(), bad.parent());
}

#[test]
fn a_photo_that_cannot_be_opened_is_tried_again() {
    let folder = folder();
    let path = folder.path().join("owl.png");
    fs::write(&path, "not yet").unwrap();
    let mut harness = window(Duration::ZERO, Decided::default(), std::slice::from_ref(&path));
    says(&mut harness, "Try again");
    photo(&folder, "owl.png");
    click(&mut harness, "Try again");
    wait_ready(&mut harness);
    assert!(harness.query_by_label("Try again").is_none(), "it has been taken down");
}

#[test]
fn a_recent_photo_that_is_gone_is_said_to_be_and_taken_off_the_list() {
    let folder = folder();
    let path = photo(&folder, "owl.png");
    let mut settings = Settings::default();
    settings.opened(&path);
    let store = store(&folder).unwrap();
    store.save(Settings::NAME, &settings).unwrap();
    let mut harness = window_with(Duration::ZERO, Decided::default(), &[], Some(store));
    settle(&mut harness);
    fs::remove_file(&path).unwrap();
    harness.get_by_label_contains("owl.png").click();
    says(&mut harness, "is not there any more");
    assert!(harness.state().settings().recent.is_empty());
}

#[test]
fn a_reset_is_taken_back_by_its_notice() {
    let folder = folder();
    let mut harness = window(Duration::ZERO, Decided::default(), &[photo(&folder, "owl.png")]);
    wait_ready(&mut harness);
    click(&mut harness, "3×");
    click(&mut harness, "Settings and help");
    click(&mut harness, "Restore default settings");
    assert_eq!(harness.state().recipe(), Recipe::default());
    click(&mut harness, "Undo");
    assert_eq!(harness.state().recipe().scale, Scale::X3);
}

#[test]
fn presets_are_chosen_kept_and_deleted() {
    let mut harness = window(Duration::ZERO, Decided::default(), &[]);
    settle(&mut harness);
    let menu = |harness: &mut Harness<'_, RedawnApp>| {
        harness.get_by_role_and_label(Role::ComboBox, "Preset").click();
        settle(harness);
    };
    menu(&mut harness);
    let built_in = &Preset::built_in()[3];
    click(&mut harness, &built_in.name);
    assert_eq!(harness.state().recipe(), built_in.recipe);

    click(&mut harness, "2×");
    menu(&mut harness);
    harness.get_by_label("Name of a new preset").focus();
    settle(&mut harness);
    harness.get_by_label("Name of a new preset").type_text("Grandma");
    settle(&mut harness);
    click(&mut harness, "Keep");
    let own = Preset { name: "Grandma".into(), recipe: harness.state().recipe() };
    assert_eq!(harness.state().settings().presets, [own]);
    menu(&mut harness);
    click(&mut harness, "Delete the preset Grandma");
    assert!(harness.state().settings().presets.is_empty());
}

#[test]
fn the_photo_and_then_its_result_are_copied() {
    let folder = folder();
    let path = photo(&folder, "owl.png");
    let decided = Decided::default();
    let copied = decided.copied.clone();
    let mut harness = window(Duration::ZERO, decided, &[path]);
    wait_ready(&mut harness);
    harness.event(Event::Copy);
    says(&mut harness, "not restored yet");
    click(&mut harness, "2×");
    click(&mut harness, "Restore");
    wait_restored(&mut harness);
    harness.event(Event::Copy);
    says(&mut harness, "The restored photo is on the clipboard");
    let sizes: Vec<_> = copied.lock().unwrap().iter().map(|picture| (picture.width, picture.height)).collect();
    assert_eq!(sizes, [(237, 151), (474, 302)]);
    let picture = &copied.lock().unwrap()[1];
    let result = harness.state().session().restoration().unwrap().result.clone();
    let green = (result.pixels.value(1, 300, 200) * 255.0).round() as u8;
    assert_eq!(picture.rgba[4 * (200 * picture.width + 300) + 1], green);
}

#[test]
fn pictures_and_paths_are_pasted_and_words_are_not() {
    let folder = folder();
    let path = photo(&folder, "owl.png");
    let suggested = Decided::default();
    let asked = suggested.suggested.clone();
    let mut harness = window(Duration::ZERO, suggested, &[]);
    settle(&mut harness);
    harness.event(Event::Paste("an owl".into()));
    says(&mut harness, "neither a picture nor the path");
    harness.event(Event::Paste(path.to_str().unwrap().into()));
    wait_ready(&mut harness);
    assert_eq!(harness.state().session().source().unwrap().path, path);

    let image = ColorImage::filled([60, 40], Color32::from_rgb(200, 100, 50));
    harness.event(Event::PasteImage(Arc::new(image)));
    wait(&mut harness, "the picture", |harness| harness.query_by_label("Photo: Pasted picture.png").is_some());
    wait_ready(&mut harness);
    let settings = harness.state().settings();
    assert_eq!(settings.recent, std::slice::from_ref(&path), "it has no file to come back to");
    let pasted = harness.state().session().source().unwrap().path.clone();
    assert!(pasted.is_file());

    // It has no folder of its own: its result goes where photos were opened.
    click(&mut harness, "Medium, σ 25");
    click(&mut harness, "Restore");
    wait(&mut harness, "restored", |harness| matches!(harness.state().session(), Session::Restored { .. }));
    press(&mut harness, Modifiers::COMMAND | Modifiers::SHIFT, Key::S);
    wait(&mut harness, "the question", |_| asked.lock().unwrap().is_some());
    assert_eq!(asked.lock().unwrap().take(), Some(path.with_file_name("Pasted picture-restored.png")));
    drop(harness);
    assert!(!pasted.exists(), "gone with the window");
}
