//! Scratches: finding, marking and filling them, with the real workers and a fake network.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use egui::{Key, Modifiers, PointerButton, accesskit::Role};
use egui_kittest::{
    Harness,
    kittest::{NodeT, Queryable},
};
use image::RgbImage;
use redawn::{
    desktop::Store,
    engine::{self, EngineError, RestorerFactory, Task},
    pixels::Planes,
    restore::{MarkEdit, MarkEdits, MarkSummary, Repair, Sensitivity},
    state::MarkInput,
    window::RedawnApp,
};
use tempfile::TempDir;

use crate::support::{desk::*, networks::changed, strokes::*};

type Window = Harness<'static, RedawnApp>;

/// A scratch, left to right: columns, and rows.
const SCRATCH: [std::ops::Range<u32>; 2] = [60..180, 40..43];
/// A faint speck.
const SPECK: [std::ops::Range<u32>; 2] = [200..206, 100..106];

/// The usual photo with a white scratch and a faint speck.
fn scratched(folder: &TempDir, name: &str) -> PathBuf {
    let path = photo(folder, name);
    let mut picture = pixels(&path);
    for ([columns, rows], value) in [(SCRATCH, 255), (SPECK, 230)] {
        for (x, y) in rows.flat_map(|y| columns.clone().map(move |x| (x, y))) {
            picture.put_pixel(x, y, image::Rgb([value; 3]));
        }
    }
    picture.save(&path).unwrap();
    path
}

fn pixels(path: &Path) -> RgbImage {
    image::open(path).unwrap().to_rgb8()
}

/// A fake whose detector is certain of damage where red is white, and less where it is nearly white. That waits while
/// `is_held`.
fn network(is_held: &Arc<AtomicBool>, delay: Duration) -> RestorerFactory {
    let (mut open, is_held) = (engine::fake::opener(delay), is_held.clone());
    Box::new(move |device, tile, network, preparing| {
        let (opened, is_held) = (open(device, tile, network, preparing)?, is_held.clone());
        Ok(match network.task {
            Task::Detect => changed(opened, move |_, tile| {
                while is_held.load(Ordering::Relaxed) {
                    std::thread::sleep(Duration::from_millis(1));
                }
                // The network adds to its input the logarithm of the odds.
                let odds = |value: &f32| match value {
                    1.0.. => 20.0,
                    0.85.. => 3.0,
                    _ => -20.0,
                };
                Ok(Planes::new(1, tile.size(), tile.plane(0).iter().map(|value| value + odds(value)).collect()))
            }),
            _ => opened,
        })
    })
}

/// A fake whose detector fails on every device.
fn failing_network() -> RestorerFactory {
    let mut open = engine::fake::opener(Duration::ZERO);
    Box::new(move |device, tile, network, preparing| {
        let opened = open(device, tile, network, preparing)?;
        let reason = "it is too warm";
        Ok(match network.task {
            Task::Detect => {
                changed(opened, move |_, _| Err(EngineError::Device { device: "it".into(), reason: reason.into() }))
            }
            _ => opened,
        })
    })
}

/// A window with the scratched photo, whose noise is left.
fn opened(folder: &TempDir, is_held: &Arc<AtomicBool>) -> (Window, PathBuf) {
    opened_with(folder, network(is_held, Duration::ZERO))
}

/// The same with another network.
fn opened_with(folder: &TempDir, network: RestorerFactory) -> (Window, PathBuf) {
    let path = scratched(folder, "print.png");
    let dialogs = FakeDialogs { target: Some(folder.path().join("out.png")), ..FakeDialogs::default() };
    let mut harness = window_on(network, dialogs, std::slice::from_ref(&path), None);
    wait_ready(&mut harness);
    click(&mut harness, "None, σ 0");
    wait_restored(&mut harness);
    (harness, path)
}

fn choose_mode(harness: &mut Window, mode: &str) {
    harness.get_by_role_and_label(Role::ComboBox, "Scratches").click();
    settle(harness);
    harness.get_by_role_and_label(Role::Button, mode).click();
    settle(harness);
}

fn repair(harness: &Window) -> Repair {
    harness.state().recipe().repair
}

fn edits(harness: &Window) -> Vec<MarkEdit> {
    harness.state().edits().iter().cloned().collect()
}

/// The marks of the photo on screen, once they are what the settings say and are filled.
fn summary(harness: &mut Window) -> MarkSummary {
    fn marks(window: &RedawnApp) -> Option<MarkSummary> {
        let photo = window.session().source()?.photo.clone();
        let input = MarkInput { photo, repair: window.recipe().repair, edits: window.edits() };
        window.marking().of(&input).map(|marks| marks.summary)
    }
    wait(harness, "the marks", |harness| !harness.state().marking().is_pending() && marks(harness.state()).is_some());
    wait_restored(harness);
    marks(harness.state()).expect("marks")
}

/// Saves the result, and reads it back.
fn saved(harness: &mut Window, folder: &TempDir) -> RgbImage {
    let target = folder.path().join("out.png");
    // None before the first time.
    let _ = fs::remove_file(&target);
    harness.get_by_label("Save as…").click();
    wait(harness, "the file", |_| target.exists());
    wait(harness, "the end", |harness| matches!(states(harness)[0], State::Done(_)));
    pixels(&target)
}

/// Whether all px in these columns and rows differ from the photo's, and those more than 4 px away are the photo's.
fn check(result: &RgbImage, path: &Path, places: &[[std::ops::Range<u32>; 2]]) {
    let before = pixels(path);
    for (x, y, pixel) in result.enumerate_pixels() {
        let is_in = |by: u32| {
            places.iter().any(|[columns, rows]| {
                (columns.start.saturating_sub(by)..columns.end + by).contains(&x)
                    && (rows.start.saturating_sub(by)..rows.end + by).contains(&y)
            })
        };
        if is_in(0) {
            assert_ne!(pixel, before.get_pixel(x, y), "filled at {x}, {y}");
        } else if !is_in(4) {
            assert_eq!(pixel, before.get_pixel(x, y), "kept at {x}, {y}");
        }
    }
}

#[test]
fn what_is_found_is_filled_and_saved_and_the_rest_stays_bit_for_bit() {
    let folder = folder();
    let (mut harness, path) = opened(&folder, &Arc::default());
    assert_eq!(pixels(&path), saved(&mut harness, &folder), "nothing to do");
    choose_mode(&mut harness, "Find automatically");
    assert_eq!(repair(&harness), Repair::Auto(Sensitivity::MEDIUM));
    assert_eq!(summary(&mut harness).marks, 1);
    harness.get_by_label_contains("1 mark, ");
    harness.get_by_label_contains("1 mark filled");
    check(&saved(&mut harness, &folder), &path, &[SCRATCH]);
    assert!(matches!(states(&harness)[0], State::Done(_)));

    // Faint damage counts at a high sensitivity.
    click(&mut harness, "Sensitivity high");
    assert_eq!(summary(&mut harness).marks, 2);
    harness.get_by_label_contains("2 marks, ");
    assert!(matches!(states(&harness)[0], State::Restored), "changed since it was saved");
    check(&saved(&mut harness, &folder), &path, &[SCRATCH, SPECK]);
    harness.get_by_role_and_label(Role::Slider, "Sensitivity").set_value_accesskit(20.0);
    settle(&mut harness);
    assert_eq!(summary(&mut harness).marks, 1);
    // Long after the click.
    std::thread::sleep(Duration::from_millis(900));
    choose_mode(&mut harness, "Off");
    wait_restored(&mut harness);
    assert_eq!(pixels(&path), saved(&mut harness, &folder));
    press(&mut harness, Modifiers::COMMAND, Key::Z);
    assert_eq!(repair(&harness), Repair::Auto(Sensitivity::of(20)));
    assert_eq!(summary(&mut harness).marks, 1);
}

#[test]
fn strokes_add_and_erase_and_a_click_removes_a_whole_mark() {
    let folder = folder();
    let (mut harness, path) = opened(&folder, &Arc::default());
    press(&mut harness, Modifiers::NONE, Key::J);
    assert_eq!(repair(&harness), Repair::Given, "the key switches it on");
    assert_eq!(summary(&mut harness).marks, 0);
    harness.get_by_label("Nothing is marked yet.");
    click(&mut harness, "Brush size S");
    // Two lines, the second with Shift from the end of the first.
    drag(&mut harness, &[[60.0, 41.5], [120.0, 41.5], [180.0, 41.5]], PointerButton::Primary, Modifiers::NONE);
    drag(&mut harness, &[[180.0, 80.0]], PointerButton::Primary, Modifiers::SHIFT);
    drag(&mut harness, &[[40.0, 120.0], [90.0, 120.0]], PointerButton::Primary, Modifiers::NONE);
    assert_eq!((edits(&harness).len(), summary(&mut harness).marks), (3, 2));
    let filled = saved(&mut harness, &folder);
    assert_ne!(filled.get_pixel(100, 41), pixels(&path).get_pixel(100, 41));
    assert_ne!(filled.get_pixel(180, 60), pixels(&path).get_pixel(180, 60), "the straight line");
    assert_eq!(filled.get_pixel(20, 20), pixels(&path).get_pixel(20, 20));

    // Erased in the middle, the first mark is two.
    drag(&mut harness, &[[120.0, 20.0], [120.0, 60.0]], PointerButton::Secondary, Modifiers::NONE);
    assert_eq!(summary(&mut harness).marks, 3);
    // A click that erases removes all of one; beside marks it does nothing.
    drag(&mut harness, &[[80.0, 41.5]], PointerButton::Secondary, Modifiers::NONE);
    assert!(matches!(edits(&harness)[4], MarkEdit::Remove(_)));
    assert_eq!(summary(&mut harness).marks, 2);
    drag(&mut harness, &[[200.0, 130.0]], PointerButton::Secondary, Modifiers::NONE);
    drag(&mut harness, &[[60.0, 120.0]], PointerButton::Primary, Modifiers::ALT);
    assert_eq!((edits(&harness).len(), summary(&mut harness).marks), (6, 1));
    // Without the brush, a click with Alt does so too, and one without Alt zooms.
    press(&mut harness, Modifiers::NONE, Key::Escape);
    drag(&mut harness, &[[180.0, 70.0]], PointerButton::Primary, Modifiers::ALT);
    assert_eq!((edits(&harness).len(), summary(&mut harness).marks), (7, 0));
    harness.get_by_label("No marks.");
    assert_eq!(pixels(&path), saved(&mut harness, &folder));

    for (left, marks) in [(6, 1), (5, 2), (4, 3), (3, 2), (2, 1), (1, 1), (0, 0)] {
        press(&mut harness, Modifiers::COMMAND, Key::Z);
        assert_eq!((edits(&harness).len(), summary(&mut harness).marks), (left, marks), "one step each");
    }
    (0..4).for_each(|_| press(&mut harness, Modifiers::COMMAND.plus(Modifiers::SHIFT), Key::Z));
    assert_eq!((edits(&harness).len(), summary(&mut harness).marks), (4, 3));
    click(&mut harness, "Clear marks by hand");
    assert_eq!((edits(&harness).len(), summary(&mut harness).marks), (0, 0));
    press(&mut harness, Modifiers::COMMAND, Key::Z);
    assert_eq!(summary(&mut harness).marks, 3);
}

#[test]
fn there_is_one_brush_and_it_paints_one_thing() {
    let folder = folder();
    let (mut harness, _) = opened(&folder, &Arc::default());
    let is_on = |harness: &Window, name: &str| {
        harness.get_by_role_and_label(Role::CheckBox, name).accesskit_node().toggled()
            == Some(egui::accesskit::Toggled::True)
    };
    press(&mut harness, Modifiers::NONE, Key::B);
    press(&mut harness, Modifiers::NONE, Key::J);
    assert!(is_on(&harness, "Brush for scratches") && !is_on(&harness, "Brush"));
    drag(&mut harness, &[[60.0, 60.0], [90.0, 60.0]], PointerButton::Primary, Modifiers::NONE);
    press(&mut harness, Modifiers::NONE, Key::B);
    assert!(!is_on(&harness, "Brush for scratches") && is_on(&harness, "Brush"));
    drag(&mut harness, &[[60.0, 60.0], [90.0, 60.0]], PointerButton::Primary, Modifiers::NONE);
    assert_eq!((edits(&harness).len(), harness.state().mask().painting.strokes().len()), (1, 1));
    assert!(is_on(&harness, "Show marks"));
    press(&mut harness, Modifiers::NONE, Key::M);
    assert!(!is_on(&harness, "Show marks") && !is_on(&harness, "Show marks alone"));
    // Hidden marks are not removed by a click.
    press(&mut harness, Modifiers::NONE, Key::Escape);
    drag(&mut harness, &[[75.0, 60.0]], PointerButton::Primary, Modifiers::ALT);
    assert_eq!(edits(&harness).len(), 1);
    bring_into_view(&mut harness, Role::CheckBox, "Show marks alone");
    click(&mut harness, "Show marks alone");
    assert!(is_on(&harness, "Show marks alone"));
    press(&mut harness, Modifiers::NONE, Key::M);
    assert!(!is_on(&harness, "Show marks alone"));
    // Off, nothing of it is left on screen, and the key of the marks does nothing.
    choose_mode(&mut harness, "Off");
    assert!(harness.query_by_label("Show marks").is_none());
    assert_eq!(edits(&harness).len(), 1, "kept for later");
}

#[test]
fn marks_that_cannot_be_filled_say_so_where_they_are_made() {
    let folder = folder();
    let (mut harness, path) = opened(&folder, &Arc::default());
    press(&mut harness, Modifiers::NONE, Key::J);
    (0..20).for_each(|_| press(&mut harness, Modifiers::NONE, Key::CloseBracket));
    drag(&mut harness, &[[60.0, 75.0], [180.0, 75.0]], PointerButton::Primary, Modifiers::NONE);
    wait_label(&mut harness, "Not filled: the mark around column");
    assert!(!is_current(&harness));
    harness.get_by_label("Save as…").click();
    settle(&mut harness);
    wait(&mut harness, "the same as a notice", |harness| {
        harness.query_all_by_label_contains("is too wide to be filled: more than 64 px from its edge").count() == 2
    });
    wait(&mut harness, "no save", |harness| harness.query_by_label("Saving…").is_none());
    assert!(!folder.path().join("out.png").exists());
    press(&mut harness, Modifiers::COMMAND, Key::Z);
    assert_eq!(summary(&mut harness).marks, 0);
    assert!(harness.query_by_label_contains("Not filled: ").is_none());
    assert_eq!(pixels(&path), saved(&mut harness, &folder));
}

#[test]
fn the_search_is_stopped_and_asked_for_again() {
    let folder = folder();
    let is_held = Arc::<AtomicBool>::default();
    let (mut harness, _) = opened(&folder, &is_held);
    is_held.store(true, Ordering::Relaxed);
    choose_mode(&mut harness, "Find automatically");
    wait_label(&mut harness, "Searching for scratches…");
    harness.get_by_label("Finding scratches");
    assert!(!is_current(&harness));
    press(&mut harness, Modifiers::NONE, Key::Escape);
    is_held.store(false, Ordering::Relaxed);
    wait_label(&mut harness, "The search was stopped.");
    harness.run_steps(5);
    harness.get_by_label("The search was stopped.");
    click(&mut harness, "Update preview");
    assert_eq!(summary(&mut harness).marks, 1);
    // Once for a photo: other marks need no other search.
    is_held.store(true, Ordering::Relaxed);
    click(&mut harness, "Sensitivity high");
    assert_eq!(summary(&mut harness).marks, 2);
    is_held.store(false, Ordering::Relaxed);
}

#[test]
fn the_number_of_marks_is_that_of_the_current_settings() {
    let folder = folder();
    let (mut harness, _) = opened(&folder, &Arc::default());
    choose_mode(&mut harness, "Find automatically");
    assert_eq!(summary(&mut harness).marks, 1);
    harness.get_by_label_contains("1 mark, ");
    harness.get_by_label("Sensitivity high").click();
    let mut frames = 0;
    while harness.query_by_label_contains("2 marks, ").is_none() {
        let drawn = repair(&harness);
        harness.step();
        if drawn == Repair::Auto(Sensitivity::HIGH) {
            assert!(harness.query_by_label_contains("1 mark, ").is_none());
            frames += 1;
        }
        assert!(frames < 2000, "never updated");
    }
}

#[test]
fn a_save_whose_search_fails_says_so() {
    let folder = folder();
    let (mut harness, _) = opened_with(&folder, failing_network());
    choose_mode(&mut harness, "Find automatically");
    wait_label(&mut harness, "The search failed: ");
    assert!(harness.query_by_label_contains("Not saved: ").is_none());
    harness.get_by_label("Save as…").click();
    wait_label(&mut harness, "Not saved: the search for scratches failed: ");
    assert!(!folder.path().join("out.png").exists());
}

#[test]
fn cancelling_a_run_that_is_replaced_also_stops_the_search() {
    let folder = folder();
    let is_held = Arc::<AtomicBool>::default();
    let (mut harness, _) = opened_with(&folder, network(&is_held, Duration::from_millis(300)));
    click(&mut harness, "Medium, σ 25");
    wait(&mut harness, "a run", |harness| harness.state().session().run().is_some_and(|run| run.device.is_some()));
    is_held.store(true, Ordering::Relaxed);
    harness.get_by_role_and_label(Role::ComboBox, "Scratches").click();
    harness.run_steps(2);
    harness.get_by_role_and_label(Role::Button, "Find automatically").click();
    wait(&mut harness, "the search", |harness| harness.state().marking().is_pending());
    press(&mut harness, Modifiers::NONE, Key::Escape);
    assert!(!harness.state().marking().is_pending());
    is_held.store(false, Ordering::Relaxed);
    wait_label(&mut harness, "The search was stopped.");
}

#[test]
fn marks_belong_to_their_photos_and_survive_a_restart() {
    let folder = folder();
    let files: Vec<PathBuf> = ["a.png", "b.png", "c.png"].iter().map(|name| scratched(&folder, name)).collect();
    let store = folder.path().join("config");
    let open = |files: &[PathBuf]| {
        window_on(
            network(&Arc::default(), Duration::ZERO),
            FakeDialogs::default(),
            files,
            Some(Store::at(store.clone())),
        )
    };
    let mut harness = open(&files);
    wait(&mut harness, "the list", |harness| harness.state().queue().items().len() == 3);
    wait_open(&mut harness, &files[0]);
    click(&mut harness, "None, σ 0");
    choose_mode(&mut harness, "Find automatically");
    assert_eq!(summary(&mut harness).marks, 1);
    press(&mut harness, Modifiers::NONE, Key::J);
    drag(&mut harness, &[[60.0, 120.0], [90.0, 120.0]], PointerButton::Primary, Modifiers::NONE);
    let shown = summary(&mut harness);
    assert_eq!(shown.marks, 2);
    let marked = harness.state().edits();
    let all = |harness: &Window| -> Vec<(Repair, MarkEdits)> {
        harness.state().queue().items().iter().map(|item| (item.recipe.repair, item.edits.clone())).collect()
    };
    let (auto, none) = (Repair::Auto(Sensitivity::MEDIUM), MarkEdits::default());
    wait(&mut harness, "sizes", |harness| harness.state().queue().items().iter().all(|item| item.size.is_some()));
    // Where nothing is repaired, the marks would have no effect.
    assert_eq!(all(&harness)[1..], [(Repair::None, none.clone()), (Repair::None, none.clone())]);
    harness.get_by_label("Queue options").click();
    settle(&mut harness);
    harness.get_by_label("Apply marks by hand to photos of this size").click();
    settle(&mut harness);
    assert_eq!(all(&harness), vec![(auto, marked.clone()); 3]);
    press(&mut harness, Modifiers::COMMAND, Key::Z);
    assert_eq!(all(&harness)[1..], [(Repair::None, none.clone()), (Repair::None, none.clone())]);
    // Undo has selected a photo that it changed.
    harness.get_by_label_contains("a.png: ").click();
    wait_open(&mut harness, &files[0]);
    harness.get_by_label("Queue options").click();
    settle(&mut harness);
    harness.get_by_label("Apply settings to all").click();
    settle(&mut harness);
    assert_eq!(all(&harness), [(auto, marked.clone()), (auto, none.clone()), (auto, none.clone())]);
    harness.get_by_label("Queue options").click();
    settle(&mut harness);
    harness.get_by_label("Apply marks by hand to photos of this size").click();
    settle(&mut harness);
    assert!(all(&harness).iter().all(|(_, edits)| *edits == marked));
    harness.get_by_label("Marks by hand applied to 2 other photos.");
    press(&mut harness, Modifiers::COMMAND, Key::Z);
    assert_eq!(all(&harness)[1..], [(auto, none.clone()), (auto, none.clone())]);
    eframe::App::on_exit(harness.state_mut());
    drop(harness);

    let mut harness = open(&[]);
    wait(&mut harness, "the list", |harness| harness.state().queue().items().len() == 3);
    assert_eq!(all(&harness), [(auto, marked), (auto, none.clone()), (auto, none)]);
    wait_open(&mut harness, &files[0]);
    assert_eq!(summary(&mut harness), shown);
    // A run fills them in its files, each its own.
    harness.get_by_label("Export all").click();
    wait(&mut harness, "results", |harness| states(harness).iter().all(|state| matches!(state, State::Done(_))));
    let results: Vec<RgbImage> = states(&harness)
        .iter()
        .map(|state| match state {
            State::Done(path) => pixels(path),
            other => panic!("{other:?}"),
        })
        .collect();
    check(&results[1], &files[1], &[SCRATCH]);
    assert_ne!(results[0].get_pixel(75, 120), results[1].get_pixel(75, 120));
    // Shown again, it is read from its file, and is what the settings say.
    harness.get_by_label_contains("a.png: ").click();
    wait_open(&mut harness, &files[0]);
    wait_restored(&mut harness);
    assert!(matches!(states(&harness)[0], State::Done(_)));
}
