//! Settings, undo, notices, presets, clipboard, closing and shortcuts, with the real workers and a fake network.

use std::{fs, path::Path, sync::Arc, time::Duration};

use egui::{Color32, ColorImage, Event, Key, Modifiers, accesskit::Role};
use egui_kittest::{
    Harness,
    kittest::{NodeT, Queryable},
};
use redawn::{
    desktop::Store,
    engine::DeviceChoice,
    restore::{Noise, Recipe, Scale},
    state::{Appearance, Preset, Settings, State},
    window::RedawnApp,
};

use crate::support::desk::*;

const SHEET: &str = "Keyboard shortcuts";

fn store(folder: &tempfile::TempDir) -> Option<Store> {
    Some(Store::at(folder.path().join("settings of redawn")))
}

/// A window with a restored photo.
fn restored(decided: FakeDialogs, path: &Path) -> Harness<'static, RedawnApp> {
    let mut harness = window(Duration::ZERO, decided, &[path.to_owned()]);
    wait_ready(&mut harness);
    click(&mut harness, "Medium, σ 25");
    wait_restored(&mut harness);
    harness
}

#[test]
fn a_second_window_has_the_settings_of_the_first() {
    let folder = folder();
    let path = photo(&folder, "owl.png");
    let mut harness = window_with(Duration::ZERO, FakeDialogs::default(), std::slice::from_ref(&path), store(&folder));
    wait_ready(&mut harness);
    click(&mut harness, "Medium, σ 25");
    click(&mut harness, "2×");
    wait_restored(&mut harness);
    bring_into_view(&mut harness, Role::ComboBox, "Device");
    harness.get_by_role_and_label(Role::ComboBox, "Device").click();
    settle(&mut harness);
    harness.get_by_label_contains("Painted GPU").click();
    settle(&mut harness);
    click(&mut harness, "View, settings and help");
    click(&mut harness, "Light");
    press(&mut harness, Modifiers::NONE, Key::Escape);
    drop(harness);

    let mut harness = window_with(Duration::ZERO, FakeDialogs::default(), &[], store(&folder));
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
fn the_panel_stays_as_it_is_when_a_run_starts_and_ends() {
    let folder = folder();
    let mut harness = window(Duration::from_millis(50), FakeDialogs::default(), &[photo(&folder, "owl.png")]);
    wait_ready(&mut harness);
    click(&mut harness, "Medium, σ 25");
    wait(&mut harness, "a run", |harness| harness.state().session().run().is_some_and(|run| run.device.is_some()));
    harness.run_steps(8);
    let place = |harness: &Harness<'_, RedawnApp>| {
        let node = harness.get_by_role_and_label(Role::CheckBox, "Best quality");
        (node.rect(), harness.get_by_role_and_label(Role::ComboBox, "Device").rect())
    };
    let running = place(&harness);
    assert!(harness.state().session().run().is_some());
    wait_restored(&mut harness);
    harness.run_steps(8);
    assert_eq!(place(&harness), running);
    // Scrolled to its end, where it would move with the height.
    bring_into_view(&mut harness, Role::ComboBox, "Device");
    let restored = place(&harness);
    click(&mut harness, "2×");
    wait(&mut harness, "a run", |harness| harness.state().session().run().is_some_and(|run| run.device.is_some()));
    harness.run_steps(8);
    assert_eq!(place(&harness), restored);
}

#[test]
fn a_broken_settings_file_is_set_aside_and_reported() {
    for with_photo in [false, true] {
        let folder = folder();
        let store = store(&folder).unwrap();
        fs::create_dir_all(store.folder()).unwrap();
        fs::write(store.folder().join("settings.json"), "{\"recipe\": ").unwrap();
        let files = if with_photo { vec![photo(&folder, "owl.png")] } else { vec![] };
        let mut harness = window_with(Duration::ZERO, FakeDialogs::default(), &files, Some(store.clone()));
        wait_label(&mut harness, "settings.broken.json");
        assert_eq!(harness.state().recipe(), Recipe::default());
        assert_eq!(fs::read_to_string(store.folder().join("settings.broken.json")).unwrap(), "{\"recipe\": ");
        click(&mut harness, "2×");
        drop(harness);
        assert_eq!(store.load::<Settings>(Settings::NAME).0.recipe.scale, Scale::X2);
    }
}

#[test]
fn settings_are_undone_and_redone_by_keys_and_buttons() {
    let folder = folder();
    let mut harness = window(Duration::ZERO, FakeDialogs::default(), &[photo(&folder, "owl.png")]);
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
    assert_eq!(harness.state().recipe().noise, Noise::Sigma(25.0), "five quick keys are one undo step");
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
fn the_shortcuts_open_and_close() {
    let mut harness = window(Duration::ZERO, FakeDialogs::default(), &[]);
    settle(&mut harness);
    let open = |harness: &Harness<'_, RedawnApp>| harness.query_by_label(SHEET).is_some();
    for key in [Key::F1, Key::Questionmark] {
        press(&mut harness, Modifiers::NONE, key);
        assert!(open(&harness));
        harness.get_by_label("Paste a picture or its path");
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
fn a_result_is_saved_next_to_the_photo_and_shown_in_its_folder() {
    let folder = folder();
    let path = photo(&folder, "owl.png");
    let decided = FakeDialogs::default();
    let shown = decided.shown.clone();
    let mut harness = restored(decided, &path);
    press(&mut harness, Modifiers::COMMAND, Key::S);
    wait_label(&mut harness, "Saved as");
    let saved = path.with_file_name("owl-denoised.png");
    assert!(saved.is_file());
    click(&mut harness, "Show in folder");
    wait(&mut harness, "shown", |_| !shown.lock().unwrap().is_empty());
    assert_eq!(shown.lock().unwrap()[0], saved);
}

/// A result is saved once, and does not overwrite later edits of its file. Another result gets another file.
#[test]
fn the_same_result_is_saved_once() {
    let folder = folder();
    let path = photo(&folder, "owl.png");
    let mut harness = restored(FakeDialogs::default(), &path);
    let save = |harness: &mut Harness<'_, RedawnApp>| {
        harness.query_all_by_label("Dismiss").for_each(|notice| notice.click());
        settle(harness);
        press(harness, Modifiers::COMMAND, Key::S);
        wait_label(harness, "Saved as");
        wait(harness, "the end of saving", |harness| harness.query_by_label("Save").is_some());
    };
    let files = || {
        let names = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name());
        let mut names: Vec<_> = names.map(|name| name.into_string().unwrap()).collect();
        names.sort();
        names
    };
    let saved = path.with_file_name("owl-denoised.png");
    save(&mut harness);
    let first = fs::read(&saved).unwrap();
    fs::write(&saved, "retouched").unwrap();
    save(&mut harness);
    assert_eq!(files(), ["owl-denoised.png", "owl.png"]);
    assert_eq!(fs::read(&saved).unwrap(), b"retouched");
    fs::remove_file(&saved).unwrap();
    save(&mut harness);
    assert_eq!(fs::read(&saved).unwrap(), first, "a deleted file is saved again");
    harness.get_by_role_and_label(Role::Slider, "Strength").set_value_accesskit(60.0);
    settle(&mut harness);
    save(&mut harness);
    assert_eq!(files(), ["owl-denoised (2).png", "owl-denoised.png", "owl.png"]);
}

#[test]
fn closing_asks_if_edits_are_unsaved() {
    let folder = folder();
    let path = photo(&folder, "owl.png");
    let close = |harness: &mut Harness<'_, RedawnApp>| {
        let viewport = harness.input_mut().viewports.entry(egui::ViewportId::ROOT).or_default();
        viewport.events.push(egui::ViewportEvent::Close);
        harness.step();
        harness.input_mut().viewports.entry(egui::ViewportId::ROOT).or_default().events.clear();
        settle(harness);
    };
    let asks = |harness: &Harness<'_, RedawnApp>| harness.query_by_label("Keep open").is_some();

    // No question for a photo as it was opened, or a saved result.
    let mut harness = window(Duration::ZERO, FakeDialogs::default(), std::slice::from_ref(&path));
    wait_ready(&mut harness);
    close(&mut harness);
    assert!(!asks(&harness));
    let mut harness = restored(FakeDialogs::default(), &path);
    close(&mut harness);
    assert!(asks(&harness));
    harness.get_by_label_contains("1 result is not saved");
    harness.check_accessibility();
    press(&mut harness, Modifiers::NONE, Key::Escape);
    assert!(!asks(&harness) && !harness.state().may_close());
    close(&mut harness);
    click(&mut harness, "Save and close");
    wait(&mut harness, "the end", |harness| harness.state().may_close());
    assert!(path.with_file_name("owl-denoised.png").is_file());
    drop(harness);

    let mut harness = restored(FakeDialogs::default(), &path);
    press(&mut harness, Modifiers::COMMAND, Key::S);
    wait_label(&mut harness, "Saved as");
    close(&mut harness);
    assert!(!asks(&harness));

    // A failed save is reported, and the window stays open.
    let missing = folder.path().join("missing");
    fs::create_dir(&missing).unwrap();
    let elsewhere = missing.join("owl.png");
    fs::copy(&path, &elsewhere).unwrap();
    let mut harness = restored(FakeDialogs::default(), &elsewhere);
    fs::remove_dir_all(&missing).unwrap();
    // A missing folder is created, unless that is impossible.
    fs::write(&missing, "in its place").unwrap();
    close(&mut harness);
    click(&mut harness, "Save and close");
    wait(&mut harness, "the question to go", |harness| !asks(harness));
    settle(&mut harness);
    assert!(!harness.state().may_close());
    wait_restored(&mut harness);

    let slow = Duration::from_millis(80);
    let mut harness = window(slow, FakeDialogs::default(), std::slice::from_ref(&path));
    wait_ready(&mut harness);
    wait(&mut harness, "a run", |harness| harness.state().session().run().is_some());
    close(&mut harness);
    assert!(!asks(&harness));

    let mut harness = window(slow, FakeDialogs::default(), std::slice::from_ref(&path));
    wait_ready(&mut harness);
    click(&mut harness, "Medium, σ 25");
    wait(&mut harness, "a run", |harness| harness.state().session().run().is_some());
    close(&mut harness);
    harness.get_by_label_contains("1 result is not saved");
    // Once it is complete.
    click(&mut harness, "Save and close");
    wait(&mut harness, "the end", |harness| harness.state().may_close());
    assert!(path.with_file_name("owl-denoised (3).png").is_file());
}

/// No close request is lost, whatever has the keyboard (issue 16).
#[test]
fn the_window_closes_by_keys_whatever_else_is_open() {
    let folder = folder();
    let files = ["a.png", "b.png"].map(|name| photo(&folder, name));
    for open in ["", "?", "Queue options", "Output: ", "Compare noise levels"] {
        let mut harness = window(Duration::ZERO, FakeDialogs::default(), &files);
        wait_ready(&mut harness);
        match open {
            "" => {}
            "?" => press(&mut harness, Modifiers::NONE, Key::F1),
            label => {
                harness.get_by_label_contains(label).click();
                settle(&mut harness);
            }
        }
        press(&mut harness, Modifiers::COMMAND, Key::Q);
        assert!(harness.state().may_close(), "{open}");
        for _ in 0..3 {
            harness.step();
            let commands = &harness.output().viewport_output[&egui::ViewportId::ROOT].commands;
            assert!(commands.contains(&egui::ViewportCommand::Close), "{open}");
        }
    }
}

#[test]
fn the_shortcuts_fit_the_smallest_window_and_are_closed_by_mouse() {
    let mut harness = window(Duration::ZERO, FakeDialogs::default(), &[]);
    harness.set_size(egui::vec2(720.0, 520.0));
    settle(&mut harness);
    press(&mut harness, Modifiers::NONE, Key::F1);
    harness.run_steps(10);
    let window = egui::Rect::from_min_size(egui::Pos2::ZERO, egui::vec2(720.0, 520.0));
    let cross = harness.get_by_label("Close").rect();
    assert!(window.contains_rect(cross), "{cross:?}");
    for text in ["Keyboard shortcuts", "Open photos"] {
        let label = harness.get_by_role_and_label(Role::Label, text).rect();
        assert!(window.contains_rect(label), "{text}: {label:?}");
    }
    // Every label is inside the window.
    for label in harness.query_all_by_role(Role::Label).filter(|label| label.rect().intersects(window)) {
        assert!(label.rect().left() >= 0.0 && label.rect().right() <= 720.0, "{:?}", label.rect());
    }
    click(&mut harness, "Close");
    assert!(harness.query_by_role_and_label(Role::Label, "Open photos").is_none());
}

#[test]
fn output_options_set_format_quality_and_existing_files() {
    let folder = folder();
    let files = [photo(&folder, "a.png"), photo(&folder, "b.png")];
    let mut harness = window(Duration::ZERO, FakeDialogs::default(), &files);
    wait(&mut harness, "the list", |harness| harness.state().queue().items().len() == 2);
    harness.get_by_label_contains("Output: ").click();
    settle(&mut harness);
    let has_quality =
        |harness: &Harness<'_, RedawnApp>| harness.query_by_role_and_label(Role::SpinButton, "Quality").is_some();
    for (format, expected) in [("JPEG XL", false), ("AVIF", true), ("WebP", false)] {
        click(&mut harness, format);
        assert_eq!(has_quality(&harness), expected, "{format}");
    }
    // A quality of one format is not one of another.
    click(&mut harness, "AVIF");
    harness.get_by_role_and_label(Role::SpinButton, "Quality").set_value_accesskit(12.0);
    settle(&mut harness);
    for choice in ["TIFF", "JPEG", "Replace", "Skip"] {
        click(&mut harness, choice);
    }
    let shown = harness.get_by_role_and_label(Role::SpinButton, "Quality").accesskit_node().numeric_value();
    assert_eq!(shown, Some(95.0));
    harness.get_by_role_and_label(Role::SpinButton, "Quality").set_value_accesskit(40.0);
    settle(&mut harness);
    harness.check_accessibility();
    wait(&mut harness, "the name", |harness| harness.query_all_by_label_contains("a-denoised.jpg").count() > 0);
    press(&mut harness, Modifiers::NONE, Key::Escape);
    click(&mut harness, "Export all");
    let saved = folder.path().join("b-denoised.jpg");
    wait(&mut harness, "the results", |_| saved.is_file());
    // A table of quality 40 begins with 20 (16 · 50/40, as libjpeg scales it).
    let bytes = fs::read(&saved).unwrap();
    let table = bytes.windows(2).position(|marker| marker == [0xff, 0xdb]).unwrap();
    assert_eq!(bytes[table + 5], 20);
}

#[test]
fn only_the_selected_preset_is_current() {
    let mut harness = window(Duration::ZERO, FakeDialogs::default(), &[]);
    settle(&mut harness);
    let named = |harness: &Harness<'_, RedawnApp>| {
        harness.get_by_role_and_label(Role::ComboBox, "Preset").accesskit_node().value().unwrap()
    };
    let menu = |harness: &mut Harness<'_, RedawnApp>| {
        harness.get_by_role_and_label(Role::ComboBox, "Preset").click();
        settle(harness);
    };
    let first = Preset::built_in()[0].name.clone();
    assert_eq!(named(&harness), first);
    let night = Preset::built_in().into_iter().find(|preset| preset.recipe.noise == Noise::Sigma(25.0)).unwrap();
    click(&mut harness, "Medium, σ 25");
    assert_eq!((harness.state().recipe(), named(&harness).as_str()), (night.recipe, "Custom"));
    menu(&mut harness);
    harness.get_by_label("New preset name").focus();
    settle(&mut harness);
    harness.get_by_label("New preset name").type_text("Grandma");
    settle(&mut harness);
    click(&mut harness, "Save preset…");
    assert_eq!(named(&harness), "Grandma");
    for chosen in ["Grandma", &night.name] {
        menu(&mut harness);
        click(&mut harness, chosen);
        assert_eq!((harness.state().recipe(), named(&harness).as_str()), (night.recipe, chosen));
        menu(&mut harness);
        let lit = |name: &str| {
            let toggled = harness.get_by_role_and_label(Role::Button, name).accesskit_node().toggled();
            toggled == Some(egui::accesskit::Toggled::True)
        };
        assert_eq!((lit("Grandma"), lit(&night.name)), (chosen == "Grandma", chosen != "Grandma"));
        press(&mut harness, Modifiers::NONE, Key::Escape);
    }
    press(&mut harness, Modifiers::COMMAND, Key::Z);
    assert_eq!(named(&harness), "Grandma", "undo restores its name too");
    click(&mut harness, "Light, σ 10");
    assert_eq!(named(&harness), "Custom");
}

#[test]
fn a_failed_save_offers_another_folder_which_is_remembered() {
    let folder = folder();
    let path = photo(&folder, "owl.png");
    let bad = folder.path().join("no such format.xyz");
    let decided = FakeDialogs { target: Some(bad.clone()), ..FakeDialogs::default() };
    let asked = decided.suggested.clone();
    let mut harness = restored(decided, &path);
    press(&mut harness, Modifiers::COMMAND | Modifiers::SHIFT, Key::S);
    wait_label(&mut harness, "no such format.xyz");
    assert!(asked.lock().unwrap().take().is_some());
    // In addition to the one in the top bar.
    let buttons: Vec<_> = harness.query_all_by_label("Save as…").collect();
    assert_eq!(buttons.len(), 2);
    let lower = buttons.iter().max_by(|a, b| a.rect().top().total_cmp(&b.rect().top())).unwrap();
    lower.click();
    wait(&mut harness, "the question again", |_| asked.lock().unwrap().is_some());
    assert_eq!(harness.state().settings().save_folder.as_deref(), bad.parent());
}

#[test]
fn opening_can_be_tried_again() {
    let folder = folder();
    let path = folder.path().join("owl.png");
    fs::write(&path, "not yet").unwrap();
    let mut harness = window(Duration::ZERO, FakeDialogs::default(), std::slice::from_ref(&path));
    wait_label(&mut harness, "Try again");
    photo(&folder, "owl.png");
    click(&mut harness, "Try again");
    wait_ready(&mut harness);
    assert!(harness.query_by_label("Try again").is_none(), "the notice is gone");
}

#[test]
fn a_missing_recent_photo_is_reported_and_removed() {
    let folder = folder();
    let path = photo(&folder, "owl.png");
    let mut settings = Settings::default();
    settings.add_recent(&path);
    let store = store(&folder).unwrap();
    store.save(Settings::NAME, &settings).unwrap();
    let mut harness = window_with(Duration::ZERO, FakeDialogs::default(), &[], Some(store));
    settle(&mut harness);
    fs::remove_file(&path).unwrap();
    harness.get_by_label_contains("owl.png").click();
    wait_label(&mut harness, "was not found");
    assert!(harness.state().settings().recent.is_empty());
}

#[test]
fn a_reset_is_undone_by_its_notice() {
    let folder = folder();
    let mut harness = window(Duration::ZERO, FakeDialogs::default(), &[photo(&folder, "owl.png")]);
    wait_ready(&mut harness);
    click(&mut harness, "3×");
    click(&mut harness, "View, settings and help");
    click(&mut harness, "Reset settings");
    assert_eq!(harness.state().recipe(), Recipe::default());
    click(&mut harness, "Undo");
    assert_eq!(harness.state().recipe().scale, Scale::X3);
}

#[test]
fn presets_are_selected_saved_and_deleted() {
    let mut harness = window(Duration::ZERO, FakeDialogs::default(), &[]);
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
    harness.get_by_label("New preset name").focus();
    settle(&mut harness);
    harness.get_by_label("New preset name").type_text("Grandma");
    settle(&mut harness);
    click(&mut harness, "Save preset…");
    let own = Preset { name: "Grandma".into(), recipe: harness.state().recipe() };
    assert_eq!(harness.state().settings().presets, [own]);
    menu(&mut harness);
    click(&mut harness, "Delete the preset Grandma");
    assert!(harness.state().settings().presets.is_empty());
}

#[test]
fn the_photo_or_its_result_is_copied() {
    let folder = folder();
    let path = photo(&folder, "owl.png");
    let decided = FakeDialogs::default();
    let copied = decided.copied.clone();
    let mut harness = window(Duration::from_millis(30), decided, &[path]);
    wait_ready(&mut harness);
    harness.event(Event::Copy);
    wait_label(&mut harness, "not restored yet");
    click(&mut harness, "2×");
    wait_restored(&mut harness);
    harness.event(Event::Copy);
    wait_label(&mut harness, "Restored photo copied.");
    click(&mut harness, "3×");
    harness.event(Event::Copy);
    wait_label(&mut harness, "as it was before the last change");
    let sizes: Vec<_> = copied.lock().unwrap().iter().map(|picture| (picture.width, picture.height)).collect();
    assert_eq!(sizes, [(237, 151), (474, 302), (474, 302)]);
    let picture = &copied.lock().unwrap()[1];
    let result = harness.state().session().restoration().unwrap().result.clone();
    let green = (result.pixels.value(1, 300, 200) * 255.0).round() as u8;
    assert_eq!(picture.rgba[4 * (200 * picture.width + 300) + 1], green);
}

#[test]
fn pictures_and_paths_are_pasted_other_text_is_not() {
    let folder = folder();
    let path = photo(&folder, "owl.png");
    let suggested = FakeDialogs::default();
    let asked = suggested.suggested.clone();
    let mut harness = window(Duration::ZERO, suggested, &[]);
    settle(&mut harness);
    harness.event(Event::Paste("an owl".into()));
    wait_label(&mut harness, "No picture or path");
    harness.event(Event::Paste(path.to_str().unwrap().into()));
    wait_ready(&mut harness);
    assert_eq!(harness.state().session().source().unwrap().path, path);

    let image = ColorImage::filled([60, 40], Color32::from_rgb(200, 100, 50));
    harness.event(Event::PasteImage(Arc::new(image)));
    wait(&mut harness, "the picture", |harness| harness.query_by_label("Photo: Pasted picture.png").is_some());
    wait_ready(&mut harness);
    let settings = harness.state().settings();
    assert_eq!(settings.recent, std::slice::from_ref(&path), "it has no file of the user");
    let pasted = harness.state().session().source().unwrap().path.clone();
    assert!(pasted.is_file());

    // It has no folder: a dialog suggests the one last used.
    click(&mut harness, "Medium, σ 25");
    wait_restored(&mut harness);
    for modifiers in [Modifiers::COMMAND | Modifiers::SHIFT, Modifiers::COMMAND] {
        press(&mut harness, modifiers, Key::S);
        wait(&mut harness, "the question", |_| asked.lock().unwrap().is_some());
        assert_eq!(asked.lock().unwrap().take(), Some(path.with_file_name("Pasted picture-denoised.png")));
    }
    assert!(!pasted.with_file_name("Pasted picture-denoised.png").exists());
    drop(harness);
    assert!(!pasted.exists(), "removed with the window");
}

/// A stored queue has its pasted pictures at the next start (issue 16); they are removed when no longer needed.
#[test]
fn pasted_pictures_of_the_queue_exist_at_the_next_start() {
    let folder = folder();
    let files = ["owl.png", "heron.png"].map(|name| photo(&folder, name));
    let mut harness = window_with(Duration::ZERO, FakeDialogs::default(), &files, store(&folder));
    wait(&mut harness, "the list", |harness| harness.state().queue().items().len() == 2);
    wait_ready(&mut harness);
    let image = ColorImage::filled([60, 40], Color32::from_rgb(200, 100, 50));
    harness.event(Event::PasteImage(Arc::new(image)));
    wait(&mut harness, "the picture", |harness| harness.query_by_label("Photo: Pasted picture.png").is_some());
    wait_ready(&mut harness);
    let pasted = harness.state().session().source().unwrap().path.clone();
    eframe::App::on_exit(harness.state_mut());
    drop(harness);

    let mut harness = window_with(Duration::ZERO, FakeDialogs::default(), &[], store(&folder));
    wait(&mut harness, "the queue", |harness| harness.state().queue().items().len() == 3);
    harness.get_by_label_contains("Pasted picture.png: ").click();
    let is_open = |harness: &Harness<'_, RedawnApp>| {
        let session = harness.state().session();
        session.job().is_none() && session.source().is_some_and(|source| source.path == pasted)
    };
    wait(&mut harness, "the picture again", is_open);
    click(&mut harness, "Export all");
    wait(&mut harness, "the results", |harness| {
        harness.state().queue().items().iter().all(|item| matches!(item.state, State::Done(_)))
    });
    // In the user's folder, not in the program's.
    assert!(files[0].with_file_name("Pasted picture-denoised.png").is_file());
    eframe::App::on_exit(harness.state_mut());
    drop(harness);
    assert!(!pasted.exists(), "no queue needs it");
}

/// Results are not saved in the temporary folder that is removed with the window: neither without a dialog, nor by a run
/// over the queue.
#[test]
fn results_of_pasted_pictures_outlive_the_window() {
    let folder = folder();
    let path = photo(&folder, "owl.png");
    let mut harness =
        window(Duration::ZERO, FakeDialogs { mute: true, ..FakeDialogs::default() }, std::slice::from_ref(&path));
    wait_ready(&mut harness);
    let paste = |harness: &mut Harness<'_, RedawnApp>, name: &str| {
        let image = ColorImage::filled([60, 40], Color32::from_rgb(200, 100, 50));
        harness.event(Event::PasteImage(Arc::new(image)));
        let name = format!("Photo: {name}");
        wait(harness, "the picture", |harness| harness.query_by_label(&name).is_some());
        wait_ready(harness);
    };
    paste(&mut harness, "Pasted picture.png");
    click(&mut harness, "Medium, σ 25");
    wait_restored(&mut harness);
    press(&mut harness, Modifiers::COMMAND, Key::S);
    wait_label(&mut harness, "Saved as");
    drop(harness);
    assert!(path.with_file_name("Pasted picture-denoised.png").is_file());

    let files = [path.clone(), photo(&folder, "heron.png")];
    let mut harness = window(Duration::ZERO, FakeDialogs::default(), &files);
    wait(&mut harness, "the list", |harness| harness.state().queue().items().len() == 2);
    wait_ready(&mut harness);
    paste(&mut harness, "Pasted picture.png");
    click(&mut harness, "Export all");
    let result = path.with_file_name("Pasted picture-denoised.png");
    wait(&mut harness, "the result", |_| result.is_file());
}
