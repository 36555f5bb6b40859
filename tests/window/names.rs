//! The queue and the file names of its results while photos are added, removed and stopped (issue 16): names belong
//! to photos, and nothing waits for ever.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use egui::{Key, Modifiers};
use egui_kittest::{Harness, kittest::Queryable};
use redawn::{
    desktop::Store,
    engine::{self, RestorerFactory},
    imaging::{self, IfExists, SaveOptions},
    pixels::Size,
    state::{RunState, Session},
    window::RedawnApp,
};
use tempfile::TempDir;

use crate::support::{desk::*, networks::changed};

/// Time per tile, long enough to act between two tiles.
const SLOW: Duration = Duration::from_millis(60);

fn open(files: &[PathBuf], store: Option<&Path>) -> Harness<'static, RedawnApp> {
    open_slowly(Duration::ZERO, files, store)
}

fn open_slowly(delay: Duration, files: &[PathBuf], store: Option<&Path>) -> Harness<'static, RedawnApp> {
    let store = store.map(|folder| Store::at(folder.to_owned()));
    let mut harness = window_with(delay, FakeDialogs::default(), files, store);
    wait(&mut harness, "an open photo", |harness| files.is_empty() || harness.state().session().source().is_some());
    harness
}

fn drop_on(harness: &mut Harness<'_, RedawnApp>, paths: &[PathBuf]) {
    for path in paths {
        harness.input_mut().dropped_files.push(Arc::new(Dropped(path.clone())));
    }
    harness.step();
}

fn names(harness: &Harness<'_, RedawnApp>) -> Vec<String> {
    let names = harness.state().queue().items().iter().filter_map(|item| item.path.file_name());
    names.map(|name| name.to_string_lossy().into_owned()).collect()
}

fn wait_done(harness: &mut Harness<'_, RedawnApp>) {
    wait(harness, "all results", |harness| {
        harness.state().run_state() == RunState::Idle
            && states(harness).iter().all(|state| matches!(state, State::Done(_) | State::Skipped(_)))
    });
}

fn size(path: PathBuf) -> (u32, u32) {
    image::image_dimensions(path).unwrap()
}

/// A photo of another size than that of `photo`.
fn other_photo(folder: &TempDir, name: &str, (width, height): (u32, u32)) -> PathBuf {
    let path = folder.path().join(name);
    image::RgbImage::from_fn(width, height, |x, y| image::Rgb([x as u8, y as u8, 90])).save(&path).unwrap();
    path
}

/// A folder that can't be searched to its end: each of forty nested folders contains the next one twice.
#[cfg(unix)]
fn endless(folder: &TempDir) -> PathBuf {
    let place = |number: usize| folder.path().join(format!("maze/{number}"));
    for number in 0..40 {
        fs::create_dir_all(place(number)).unwrap();
        for door in ["left", "right"] {
            std::os::unix::fs::symlink(place(number + 1), place(number).join(door)).unwrap();
        }
    }
    fs::create_dir_all(place(40)).unwrap();
    place(0)
}

#[test]
fn a_photo_never_gets_the_name_of_a_removed_one() {
    let folder = folder();
    let files = ["A.png", "B.png", "C.png", "F.png", "G.png"].map(|name| photo(&folder, name));
    let x = other_photo(&folder, "X.png", (64, 48));
    let mut harness = open(&files[..3], None);
    wait_label(&mut harness, "C.png: Will be saved as C-denoised.png");
    for name in ["C.png", "B.png"] {
        harness.get_by_label_contains(&format!("{name}: ")).click();
        settle(&mut harness);
        click(&mut harness, &format!("Remove {name} from the queue"));
    }
    let shows = |path: PathBuf| {
        move |harness: &Harness<'_, RedawnApp>| {
            harness.state().session().source().is_some_and(|source| source.path == path)
        }
    };
    wait(&mut harness, "A", shows(files[0].clone()));
    drop_on(&mut harness, std::slice::from_ref(&x));
    wait(&mut harness, "X", shows(x));
    drop_on(&mut harness, &files[3..]);
    for name in ["X", "F", "G"] {
        wait_label(&mut harness, &format!("{name}.png: Will be saved as {name}-denoised.png"));
    }
    click(&mut harness, "Export all");
    wait_done(&mut harness);
    let expected = ["X", "F", "G"].map(|name| State::Done(folder.path().join(format!("{name}-denoised.png"))));
    assert_eq!(states(&harness), expected);
    assert_eq!(size(folder.path().join("X-denoised.png")), (64, 48));
    assert!(!folder.path().join("A-denoised.png").exists());
}

/// Escape closes the topmost item, with one press (issue 16).
#[cfg(unix)]
#[test]
fn escape_closes_the_previews_before_it_stops_a_search() {
    let folder = folder();
    let files = ["a.png", "b.png"].map(|name| photo(&folder, name));
    let mut harness = open(&files, None);
    wait_ready(&mut harness);
    drop_on(&mut harness, &[endless(&folder)]);
    wait_label(&mut harness, "Searching “");
    click(&mut harness, "Compare noise levels");
    assert!(harness.state().previews().is_some());
    press(&mut harness, Modifiers::NONE, Key::Escape);
    assert!(harness.state().previews().is_none());
    assert!(harness.query_by_label("Stop search").is_some());

    // A menu over the previews is closed first.
    click(&mut harness, "Compare noise levels");
    click(&mut harness, "Queue options");
    press(&mut harness, Modifiers::NONE, Key::Escape);
    assert!(harness.query_by_label("Apply settings to all").is_none());
    assert!(harness.state().previews().is_some());
    press(&mut harness, Modifiers::NONE, Key::Escape);
    assert!(harness.state().previews().is_none());
    press(&mut harness, Modifiers::NONE, Key::Escape);
    wait(&mut harness, "the end of the search", |harness| harness.query_by_label("Stop search").is_none());
}

#[cfg(unix)]
#[test]
fn an_endless_search_does_not_block_the_window_and_can_be_stopped() {
    let folder = folder();
    let files = ["a.png", "b.png"].map(|name| photo(&folder, name));
    let empty = folder.path().join("empty");
    fs::create_dir(&empty).unwrap();
    let mut harness = open(&files, None);
    drop_on(&mut harness, &[endless(&folder)]);
    let text = empty.display().to_string();
    harness.input_mut().events.push(egui::Event::Paste(text));
    settle(&mut harness);
    click(&mut harness, "Medium, σ 25");
    click(&mut harness, "Export all");
    wait_done(&mut harness);
    wait_label(&mut harness, "Searching “0”… 0 photos found");
    click(&mut harness, "Stop search");
    wait_label(&mut harness, "No photos found in");
    assert!(harness.query_by_label("Stop search").is_none());
    // By its key too.
    drop_on(&mut harness, &[folder.path().join("maze/0")]);
    wait_label(&mut harness, "Searching “");
    press(&mut harness, Modifiers::NONE, Key::Escape);
    wait(&mut harness, "its end", |harness| harness.query_by_label("Stop search").is_none());
    assert_eq!(names(&harness), ["a.png", "b.png"]);
}

#[test]
fn resuming_before_a_stop_has_ended_restores_all() {
    let folder = folder();
    let files = ["a.png", "b.png"].map(|name| other_photo(&folder, name, (224, 160)));
    let mut harness = open_slowly(SLOW, &files, None);
    click(&mut harness, "Export all");
    wait(&mut harness, "the first", |harness| matches!(states(harness)[0], State::Running(_)));
    press(&mut harness, Modifiers::NONE, Key::Escape);
    assert_eq!(harness.state().run_state(), RunState::Idle);
    harness.key_press_modifiers(Modifiers::COMMAND | Modifiers::SHIFT, Key::R);
    wait(&mut harness, "all going", |harness| harness.state().run_state() == RunState::Running);
    wait_done(&mut harness);
    let done = ["a", "b"].map(|name| State::Done(folder.path().join(format!("{name}-denoised.png"))));
    assert_eq!(states(&harness), done);
}

/// Stopping one photo does not stop the others; "Export all" restores it later (issue 16).
#[test]
fn restore_all_includes_a_stopped_photo() {
    let folder = folder();
    let files = ["a.png", "b.png"].map(|name| photo(&folder, name));
    let mut harness = open_slowly(SLOW, &files, None);
    click(&mut harness, "Export all");
    wait(
        &mut harness,
        "its tiles",
        |harness| matches!(&states(harness)[0], State::Running(progress) if (0.01..0.9).contains(&progress.share())),
    );
    click(&mut harness, "Stop this photo");
    wait(&mut harness, "the next one", |harness| {
        states(harness)[0] == State::Stopped && matches!(states(harness)[1], State::Running(_))
    });
    wait(&mut harness, "the other result", |harness| {
        harness.state().run_state() == RunState::Idle && matches!(states(harness)[1], State::Done(_))
    });
    assert_eq!(states(&harness)[0], State::Stopped);
    click(&mut harness, "Export all");
    wait_done(&mut harness);
    let done = ["a", "b"].map(|name| State::Done(folder.path().join(format!("{name}-denoised.png"))));
    assert_eq!(states(&harness), done);
}

/// A run starts with the visible tiles, also if the view has not changed since the estimate (issue 16).
#[test]
fn a_run_of_the_queue_starts_with_the_visible_tiles() {
    let folder = folder();
    let wide = folder.path().join("wide.png");
    // One row of tiles, from grey on the left to white on the right.
    image::RgbImage::from_fn(1000, 20, |x, _| image::Rgb([(128 + x * 127 / 999) as u8; 3])).save(&wide).unwrap();
    let files = [wide, other_photo(&folder, "b.png", (64, 48))];
    let (may_work, tiles) = (Arc::new(AtomicBool::new(false)), Arc::new(Mutex::new(Vec::new())));
    let (gate, notes) = (may_work.clone(), tiles.clone());
    let mut fake = engine::fake::opener(Duration::ZERO);
    let network: RestorerFactory = Box::new(move |device, tile, task, preparing| {
        let opened = fake(device, tile, task, preparing)?;
        let (gate, notes) = (gate.clone(), notes.clone());
        // Waits for its gate, and records the brightness of each tile.
        Ok(changed(opened, move |fake, tile| {
            while !gate.load(Ordering::Relaxed) {
                std::thread::sleep(Duration::from_millis(1));
            }
            let area = tile.size().area();
            notes.lock().unwrap().push(tile.plane(0).iter().sum::<f32>() / area as f32);
            fake.restore(tile)
        }))
    });
    let mut harness = window_on(network, FakeDialogs::default(), &files, None);
    wait_ready(&mut harness);
    click(&mut harness, "Medium, σ 25");
    // Its forecast is being computed, for the window and then for the queue.
    let open = harness.state().session().source().unwrap().photo.clone();
    click(&mut harness, "Export all");
    wait(&mut harness, "the photo of the list", |harness| {
        harness.state().session().source().is_some_and(|source| !Arc::ptr_eq(&source.photo, &open))
    });
    harness.get_by_label("Photo: wide.png").focus();
    settle(&mut harness);
    (0..8).for_each(|_| press(&mut harness, Modifiers::NONE, Key::Plus));
    (0..40).for_each(|_| press(&mut harness, Modifiers::NONE, Key::ArrowRight));
    may_work.store(true, Ordering::Relaxed);
    wait(&mut harness, "its result", |harness| matches!(states(harness)[0], State::Done(_)));
    wait_done(&mut harness);
    let tiles = tiles.lock().unwrap();
    let last = |light: std::ops::Range<f32>| tiles.iter().rposition(|tile| light.contains(tile));
    let (right, middle) = (last(0.97..1.0), last(0.72..0.78));
    assert!(right.is_some() && right < middle, "the right end first: {right:?}, {middle:?} of {tiles:?}");
}

#[test]
fn a_run_uses_the_latest_template() {
    let folder = folder();
    let files: Vec<PathBuf> = (0..60).map(|number| other_photo(&folder, &format!("{number}.png"), (9, 7))).collect();
    let mut harness = open(&files, None);
    wait_label(&mut harness, "0.png: Will be saved as 0-denoised.png");
    harness.get_by_label_contains("Output: ").click();
    settle(&mut harness);
    harness.get_by_label("File names").focus();
    settle(&mut harness);
    press(&mut harness, Modifiers::COMMAND, Key::A);
    for letter in "x {name} of mine".chars() {
        harness.input_mut().events.push(egui::Event::Text(letter.to_string()));
        harness.step();
    }
    harness.key_press_modifiers(Modifiers::COMMAND | Modifiers::SHIFT, Key::R);
    wait(&mut harness, "the start", |harness| !matches!(states(harness)[0], State::Waiting));
    wait_done(&mut harness);
    let named = |number: usize| State::Done(folder.path().join(format!("x {number} of mine.png")));
    assert_eq!(states(&harness), (0..60).map(named).collect::<Vec<_>>());
}

/// Saving one photo uses the output options of the queue, and the name shown.
#[test]
fn a_photo_of_the_queue_is_saved_with_the_output_options() {
    let folder = folder();
    let files = ["a.png", "b.png"].map(|name| photo(&folder, name));
    let (store, out) = (folder.path().join("config"), folder.path().join("out"));
    fs::create_dir(&store).unwrap();
    let naming = format!(r#"{{"folder": {out:?}, "template": "{{name}} {{task}} {{level}}", "format": "Tiff"}}"#);
    fs::write(store.join("settings.json"), format!(r#"{{"output": {naming}}}"#)).unwrap();
    let mut harness = open(&files, Some(&store));
    click(&mut harness, "Medium, σ 25");
    wait_label(&mut harness, "a.png: Will be saved as a denoised s25.tif");
    wait_restored(&mut harness);
    press(&mut harness, Modifiers::COMMAND, Key::S);
    let promised = out.join("a denoised s25.tif");
    wait(&mut harness, "its file", |harness| states(harness)[0] == State::Done(promised.clone()));
    assert_eq!(imaging::open(&promised).unwrap().photo.size(), Size::new(237, 151));
    // A different result gets a different name.
    harness.get_by_label("2×").click();
    settle(&mut harness);
    harness.get_by_label_contains("a.png: Changed since saved as a denoised s25.tif");
    wait(
        &mut harness,
        "a larger result",
        |harness| matches!(harness.state().session(), Session::Restored { restoration, .. } if restoration.result.size().width == 474),
    );
    press(&mut harness, Modifiers::COMMAND, Key::S);
    let larger = out.join("a restored s25-x2.tif");
    wait(&mut harness, "its file", |harness| states(harness)[0] == State::Done(larger.clone()));
    assert_eq!(fs::read_dir(&out).unwrap().count(), 2);
}

/// “Save as” uses the output options of the queue too: metadata that is switched off must not be written (issue 16).
#[test]
fn save_as_uses_the_output_options() {
    let folder = folder();
    let files = ["a.png", "b.png"].map(|name| photo(&folder, name));
    let exif = Some(b"II*\0\x08\0\0\0\0\0\0\0\0\0".to_vec());
    let mut with_exif = imaging::open(&files[0]).unwrap().photo;
    with_exif.metadata.exif = exif;
    let replace = SaveOptions { if_exists: IfExists::Replace, ..SaveOptions::default() };
    imaging::save(&with_exif, &files[0], &replace).unwrap();
    assert!(imaging::open(&files[0]).unwrap().photo.metadata.exif.is_some());
    for (metadata, kept) in [("Keep", true), ("Strip", false)] {
        let store = folder.path().join(metadata);
        let target = folder.path().join(format!("{metadata}.jpg"));
        fs::create_dir(&store).unwrap();
        let naming = format!(r#"{{"options": {{"quality": 50, "metadata": "{metadata}"}}}}"#);
        fs::write(store.join("settings.json"), format!(r#"{{"output": {naming}}}"#)).unwrap();
        let dialogs = FakeDialogs { target: Some(target.clone()), ..FakeDialogs::default() };
        let mut harness = window_with(Duration::ZERO, dialogs, &files, Some(Store::at(store)));
        wait_ready(&mut harness);
        wait_restored(&mut harness);
        press(&mut harness, Modifiers::COMMAND | Modifiers::SHIFT, Key::S);
        wait(&mut harness, "its file", |harness| states(harness)[0] == State::Done(target.clone()));
        let saved = imaging::open(&target).unwrap().photo.metadata;
        assert_eq!((saved.exif.is_some(), saved.jpeg.table), (kept, Some(50)));
    }
}

/// A photo and a link to it, both in the list: it is restored in place once.
#[cfg(unix)]
#[test]
fn a_link_to_a_restored_photo_is_not_restored_again() {
    let folder = folder();
    let original = photo(&folder, "a.png");
    let link = folder.path().join("b.png");
    std::os::unix::fs::symlink(&original, &link).unwrap();
    let store = folder.path().join("store");
    fs::create_dir(&store).unwrap();
    let naming = r#"{"template": "{name}", "options": {"if_exists": "Replace"}}"#;
    fs::write(store.join("settings.json"), format!(r#"{{"output": {naming}}}"#)).unwrap();
    let mut harness = open(&[original.clone(), link], Some(&store));
    press(&mut harness, Modifiers::COMMAND | Modifiers::SHIFT, Key::R);
    wait(
        &mut harness,
        "the end of the run",
        |harness| matches!(&states(harness)[..], [State::Done(path), State::Failed(_)] if *path == original),
    );
    harness.get_by_label_contains("b.png: Failed: the result of");
}

/// When a folder is added again, results in it are not added (issue 16).
#[test]
fn results_are_not_added_as_photos() {
    let folder = folder();
    for name in ["a.png", "b.png"] {
        photo(&folder, name);
    }
    let mut harness = open(&[folder.path().to_owned()], None);
    press(&mut harness, Modifiers::COMMAND | Modifiers::SHIFT, Key::R);
    wait(&mut harness, "results", |harness| states(harness).iter().all(|state| matches!(state, State::Done(_))));
    drop_on(&mut harness, &[folder.path().to_owned()]);
    wait_label(&mut harness, "2 results of photos in the queue not added.");
    assert_eq!(states(&harness).len(), 2);
}

/// Opening another photo keeps an unsaved result (issue 16).
#[test]
fn opening_a_photo_keeps_an_unsaved_result() {
    let folder = folder();
    let files = ["a.png", "b.png"].map(|name| photo(&folder, name));
    let mut harness = open_slowly(SLOW, &files[..1], None);
    wait_ready(&mut harness);
    click(&mut harness, "Medium, σ 25");
    wait_restored(&mut harness);
    drop_on(&mut harness, &files[1..]);
    wait_open(&mut harness, &files[1]);
    assert_eq!(names(&harness), ["a.png", "b.png"]);
    harness.get_by_label_contains("a.png: Will be saved as").click();
    settle(&mut harness);
    assert!(is_current(&harness), "at once");

    // Also when another photo is selected during its next run.
    click(&mut harness, "2×");
    wait(&mut harness, "a run", |harness| harness.state().session().run().is_some());
    harness.get_by_label_contains("b.png: ").click();
    wait_open(&mut harness, &files[1]);
    harness.get_by_label_contains("a.png: Will be saved as").click();
    settle(&mut harness);
    assert!(harness.state().session().restoration().is_some());
    press(&mut harness, Modifiers::COMMAND, Key::Z);
    assert!(is_current(&harness), "the kept result is what the settings say again");

    // A photo without edits is replaced.
    let mut harness = open(&files[..1], None);
    wait_ready(&mut harness);
    drop_on(&mut harness, &files[1..]);
    wait_open(&mut harness, &files[1]);
    assert_eq!(names(&harness), ["b.png"]);
}

#[test]
fn recent_photos_have_absolute_paths() {
    let here = std::env::current_dir().unwrap();
    let harness = open(&["assets/sample-noisy.png".into()], None);
    let path = here.join("assets/sample-noisy.png");
    assert_eq!(harness.state().session().source().unwrap().path, path);
    assert_eq!(harness.state().queue().items()[0].path, path);
    assert_eq!(harness.state().settings().recent, [path]);
}

#[test]
fn a_clicked_row_handles_its_keys() {
    let folder = folder();
    let files = ["a.png", "b.png", "c.png", "d.png"].map(|name| photo(&folder, name));
    let mut harness = open(&files, None);
    harness.get_by_label_contains("c.png: ").click();
    settle(&mut harness);
    press(&mut harness, Modifiers::ALT, Key::ArrowUp);
    press(&mut harness, Modifiers::ALT, Key::ArrowUp);
    assert_eq!(names(&harness), ["c.png", "a.png", "b.png", "d.png"]);
    press(&mut harness, Modifiers::ALT, Key::ArrowDown);
    assert_eq!(names(&harness), ["a.png", "c.png", "b.png", "d.png"]);
    press(&mut harness, Modifiers::NONE, Key::Delete);
    assert_eq!(names(&harness), ["a.png", "b.png", "d.png"]);
    press(&mut harness, Modifiers::NONE, Key::Delete);
    assert_eq!(names(&harness), ["a.png", "d.png"], "the next one is selected");
    // Typing in a field does not move or remove photos.
    harness.get_by_label_contains("Output: ").click();
    settle(&mut harness);
    harness.get_by_label("File names").focus();
    settle(&mut harness);
    press(&mut harness, Modifiers::NONE, Key::Delete);
    assert_eq!(names(&harness), ["a.png", "d.png"]);
}

#[test]
fn opening_photos_is_not_undone() {
    let folder = folder();
    let scans = folder.path().join("scans");
    fs::create_dir(&scans).unwrap();
    for name in ["a.png", "b.png"] {
        fs::rename(photo(&folder, name), scans.join(name)).unwrap();
    }
    let mut harness = open(&[], None);
    click(&mut harness, "2×");
    drop_on(&mut harness, &[scans]);
    wait(&mut harness, "the photos", |harness| names(harness) == ["a.png", "b.png"]);
    press(&mut harness, Modifiers::COMMAND, Key::Z);
    press(&mut harness, Modifiers::COMMAND, Key::Z);
    assert_eq!(names(&harness), ["a.png", "b.png"]);
    press(&mut harness, Modifiers::NONE, Key::Delete);
    assert_eq!(names(&harness), ["b.png"]);
    press(&mut harness, Modifiers::COMMAND, Key::Z);
    assert_eq!(names(&harness), ["a.png", "b.png"]);
}

#[test]
fn a_start_with_photos_keeps_the_previous_queue_aside() {
    let folder = folder();
    let files = ["a.png", "b.png", "c.png"].map(|name| photo(&folder, name));
    let store = folder.path().join("config");
    let close = |mut harness: Harness<'_, RedawnApp>| eframe::App::on_exit(harness.state_mut());
    close(open(&files[..2], Some(&store)));

    let harness = open(&files[2..], Some(&store));
    assert_eq!(names(&harness), ["c.png"]);
    harness.get_by_label_contains("Previous queue kept: 2 to do.");
    close(harness);
    let harness = open(&[], Some(&store));
    assert_eq!(names(&harness), ["a.png", "b.png"]);
    close(harness);

    // It is added on request, to the photos in the queue at that time.
    let mut harness = open(&files[2..], Some(&store));
    click(&mut harness, "Add to queue");
    assert_eq!(names(&harness), ["c.png", "a.png", "b.png"]);
    close(harness);
    let mut harness = open(&[], Some(&store));
    assert_eq!(names(&harness), ["c.png", "a.png", "b.png"]);
    click(&mut harness, "Export all");
    wait_done(&mut harness);
    close(harness);
    assert_eq!(names(&open(&[], Some(&store))), [""; 0], "it is done");
}

#[test]
fn a_run_can_be_paused_while_the_network_is_loading() {
    let folder = folder();
    let files = ["a.png", "b.png"].map(|name| other_photo(&folder, name, (224, 160)));
    let mut harness = open_slowly(SLOW, &files, None);
    harness.key_press_modifiers(Modifiers::COMMAND | Modifiers::SHIFT, Key::R);
    wait(&mut harness, "the run", |harness| harness.state().run_state() == RunState::Running);
    click(&mut harness, "Pause");
    // Of all, and of the photo.
    wait(&mut harness, "the photo", |harness| harness.query_all_by_label("Paused").count() == 2);
    assert!(harness.query_by_label("Loading the network").is_none());
    assert!(harness.query_by_label_contains("Estimating time").is_none());
    click(&mut harness, "Resume");
    wait_done(&mut harness);
}

/// A photo saved while the window closes is stored as done, and no other.
#[test]
fn closing_during_a_run_stores_what_is_done() {
    let folder = folder();
    let files: Vec<PathBuf> = (0..12).map(|number| other_photo(&folder, &format!("{number}.png"), (9, 7))).collect();
    for photos in 1..6 {
        let store = folder.path().join(format!("config {photos}"));
        let mut harness = open(&files, Some(&store));
        click(&mut harness, "Export all");
        wait(&mut harness, "some results", |harness| {
            states(harness).iter().filter(|state| matches!(state, State::Done(_))).count() >= photos
        });
        eframe::App::on_exit(harness.state_mut());
        let done = states(&harness).into_iter().filter_map(|state| match state {
            State::Done(path) => Some(path),
            State::Running(_) => panic!("it has ended"),
            _ => None,
        });
        let mut done: Vec<PathBuf> = done.collect();
        drop(harness);
        let written = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path());
        let mut written: Vec<PathBuf> =
            written.filter(|path| path.file_name().unwrap().to_string_lossy().contains("-denoised")).collect();
        done.sort();
        written.sort();
        assert_eq!(done, written);
        written.iter().for_each(|path| fs::remove_file(path).unwrap());
    }
}

/// Thousands of photos are listed, named and started without a slow frame.
#[test]
fn thousands_of_photos_start_at_once() {
    const COUNT: usize = 12_000;
    let folder = folder();
    let scans = folder.path().join("scans");
    fs::create_dir(&scans).unwrap();
    let first = other_photo(&folder, "first.png", (9, 7));
    for number in 0..COUNT {
        fs::hard_link(&first, scans.join(format!("{number:05}.png"))).unwrap();
    }
    let mut harness = open(&[], None);
    drop_on(&mut harness, &[scans]);
    let start = Instant::now();
    wait(&mut harness, "the list", |harness| harness.state().queue().items().len() == COUNT);
    wait(&mut harness, "the first name", |harness| {
        harness.query_by_label_contains("00000.png: Will be saved as 00000-denoised.png").is_some()
    });
    let named = start.elapsed();
    click(&mut harness, "Export all");
    wait(&mut harness, "a result", |harness| matches!(states(harness)[0], State::Done(_)));
    println!("named after {named:?}, started after {:?}", start.elapsed());
    press(&mut harness, Modifiers::NONE, Key::Escape);
}
