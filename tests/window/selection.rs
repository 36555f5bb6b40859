//! Several selected photos: their settings are copied and pasted, they are removed together, and rows with settings of
//! their own are marked.

use std::time::Duration;

use egui::{Key, Modifiers};
use egui_kittest::{
    Harness,
    kittest::{NodeT, Queryable},
};
use redawn::{restore::Scale, window::RedawnApp};

use crate::support::desk::{FakeDialogs, State, click, folder, photo, press, settle, states, wait, wait_label, window};

fn list(dialogs: FakeDialogs, folder: &tempfile::TempDir, names: &[&str]) -> Harness<'static, RedawnApp> {
    let files: Vec<_> = names.iter().map(|name| photo(folder, name)).collect();
    let mut harness = window(Duration::ZERO, dialogs, &files);
    wait(&mut harness, "the list", |harness| harness.state().queue().items().len() == names.len());
    harness
}

fn click_row(harness: &mut Harness<'_, RedawnApp>, name: &str, modifiers: Modifiers) {
    harness.get_by_label_contains(&format!("{name}: ")).click_modifiers(modifiers);
    settle(harness);
}

fn scales(harness: &Harness<'_, RedawnApp>) -> Vec<Scale> {
    harness.state().queue().items().iter().map(|item| item.recipe.scale).collect()
}

/// Names of the rows marked with settings of their own.
fn marked(harness: &Harness<'_, RedawnApp>) -> Vec<String> {
    let rows = harness.query_all_by_label_contains(", own settings").filter_map(|row| row.accesskit_node().label());
    rows.map(|label| label.split(':').next().unwrap_or_default().to_owned()).collect()
}

#[test]
fn settings_are_copied_and_pasted_into_selected_photos() {
    let folder = folder();
    let mut harness = list(FakeDialogs::default(), &folder, &["a.png", "b.png", "c.png", "d.png"]);
    click(&mut harness, "2×");
    wait(&mut harness, "the mark", |harness| marked(harness) == ["a.png"]);
    press(&mut harness, Modifiers::COMMAND | Modifiers::SHIFT, Key::C);
    click_row(&mut harness, "d.png", Modifiers::NONE);
    click_row(&mut harness, "c.png", Modifiers::COMMAND);
    press(&mut harness, Modifiers::COMMAND | Modifiers::SHIFT, Key::V);
    assert_eq!(scales(&harness), [Scale::X2, Scale::X1, Scale::X2, Scale::X2]);
    wait(&mut harness, "the mark of the other one", |harness| marked(harness) == ["b.png"]);
    press(&mut harness, Modifiers::COMMAND, Key::Z);
    assert_eq!(scales(&harness), [Scale::X2, Scale::X1, Scale::X1, Scale::X1], "undone in one step");

    // By the menu of a row.
    harness.get_by_label_contains("a.png: ").click_secondary();
    settle(&mut harness);
    click(&mut harness, "Copy settings");
    click_row(&mut harness, "b.png", Modifiers::NONE);
    click_row(&mut harness, "d.png", Modifiers::SHIFT);
    harness.get_by_label_contains("c.png: ").click_secondary();
    settle(&mut harness);
    click(&mut harness, "Paste settings to 3 photos");
    assert_eq!(scales(&harness), [Scale::X2; 4]);
    assert_eq!(marked(&harness), Vec::<String>::new());
}

#[test]
fn selected_photos_are_removed_together() {
    let folder = folder();
    let mut harness = list(FakeDialogs::default(), &folder, &["a.png", "b.png", "c.png", "d.png"]);
    click_row(&mut harness, "b.png", Modifiers::NONE);
    click_row(&mut harness, "d.png", Modifiers::COMMAND);
    press(&mut harness, Modifiers::NONE, Key::Delete);
    let names = |harness: &Harness<'_, RedawnApp>| -> Vec<String> {
        let items = harness.state().queue().items().iter();
        items.map(|item| item.path.file_name().unwrap().to_string_lossy().into_owned()).collect()
    };
    assert_eq!(names(&harness), ["a.png", "c.png"]);
    press(&mut harness, Modifiers::COMMAND, Key::Z);
    assert_eq!(names(&harness), ["a.png", "b.png", "c.png", "d.png"]);
}

#[test]
fn a_finished_run_shows_its_folder_and_offers_to_retry_what_failed() {
    let folder = folder();
    let dialogs = FakeDialogs::default();
    let shown = dialogs.shown.clone();
    let mut harness = list(dialogs, &folder, &["a.png", "b.png"]);
    click(&mut harness, "Export all");
    wait_label(&mut harness, "Finished: ");
    click(&mut harness, "Show in folder");
    wait(&mut harness, "the folder", |_| !shown.lock().unwrap().is_empty());
    assert_eq!(shown.lock().unwrap().pop(), Some(folder.path().join("b-denoised.png")));
    click(&mut harness, "Dismiss");
    harness.get_by_label_contains("a.png: ").click_secondary();
    settle(&mut harness);
    click(&mut harness, "Show in folder");
    wait(&mut harness, "the folder", |_| !shown.lock().unwrap().is_empty());
    assert_eq!(shown.lock().unwrap().pop(), Some(folder.path().join("a-denoised.png")));
    drop(harness);

    let broken = folder.path().join("broken.png");
    std::fs::write(&broken, "Dear photo").unwrap();
    let mut harness = window(Duration::ZERO, FakeDialogs::default(), &[photo(&folder, "c.png"), broken.clone()]);
    wait(&mut harness, "the list", |harness| harness.state().queue().items().len() == 2);
    click(&mut harness, "Export all");
    wait_label(&mut harness, "1 failed");
    std::fs::copy(folder.path().join("a.png"), &broken).unwrap();
    click(&mut harness, "Retry failed and stopped");
    let done = State::Done(folder.path().join("broken-denoised.png"));
    wait(&mut harness, "the mended photo", |harness| states(harness)[1] == done);
}
