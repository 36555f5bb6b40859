//! The queue: runs over it, interrupting them, and results read back from their files.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use egui::{Event, Key, Modifiers, PointerButton, accesskit::Role};
use egui_kittest::{Harness, kittest::Queryable};
use redawn::{
    desktop::Store,
    restore::Scale,
    state::{RunState, Session},
    window::RedawnApp,
};
use tempfile::TempDir;

use crate::support::desk::*;

/// Time per tile, long enough to act between two tiles.
const SLOW: Duration = Duration::from_millis(60);

fn photos(folder: &TempDir, names: &[&str]) -> Vec<PathBuf> {
    names.iter().map(|name| photo(folder, name)).collect()
}

/// A window with these photos in the queue.
fn list(delay: Duration, files: &[PathBuf]) -> Harness<'static, RedawnApp> {
    listed(window(delay, FakeDialogs::default(), files), files.len())
}

fn listed(mut harness: Harness<'static, RedawnApp>, count: usize) -> Harness<'static, RedawnApp> {
    wait(&mut harness, "the list", |harness| harness.state().queue().items().len() == count);
    wait(&mut harness, "an open photo", |harness| harness.state().session().source().is_some());
    harness
}

fn names(harness: &Harness<'_, RedawnApp>) -> Vec<String> {
    let names = harness.state().queue().items().iter().filter_map(|item| item.path.file_name());
    names.map(|name| name.to_string_lossy().into_owned()).collect()
}

fn wait_idle(harness: &mut Harness<'_, RedawnApp>) {
    wait(harness, "the end of the run", |harness| harness.state().run_state() == RunState::Idle);
}

fn size(path: &Path) -> (u32, u32) {
    image::image_dimensions(path).unwrap()
}

#[test]
fn each_photo_is_saved_under_the_name_shown_and_a_bad_one_does_not_stop_the_run() {
    let folder = folder();
    let mut files = photos(&folder, &["a.png", "b.png"]);
    fs::write(folder.path().join("letter.png"), "Dear photo").unwrap();
    files.insert(1, folder.path().join("letter.png"));
    // The default name exists already.
    fs::write(folder.path().join("b-denoised.png"), "precious").unwrap();
    let mut harness = list(Duration::ZERO, &files);
    wait(&mut harness, "names", |harness| {
        harness.query_by_label_contains("Will be saved as b-denoised (2).png").is_some()
    });
    wait(&mut harness, "the bad one's state", |harness| matches!(states(harness)[1], State::Failed(_)));
    harness.get_by_label("Export all").click();
    wait(&mut harness, "results", |harness| matches!(states(harness)[2], State::Done(_)));
    wait_idle(&mut harness);
    let done = |name: &str| State::Done(folder.path().join(name));
    assert_eq!((&states(&harness)[0], &states(&harness)[2]), (&done("a-denoised.png"), &done("b-denoised (2).png")));
    assert_eq!(size(&folder.path().join("b-denoised (2).png")), (237, 151));
    assert_eq!(fs::read(folder.path().join("b-denoised.png")).unwrap(), b"precious");
    harness.get_by_label_contains("Finished: 2 done · 1 failed.");
    harness.get_by_label_contains("letter.png: Failed: ").click();
    settle(&mut harness);
    harness.get_by_label("Try again").click();
    wait(&mut harness, "the reason again", |harness| harness.query_by_label("Try again").is_some());

    harness.get_by_label_contains("a.png: Saved as").click();
    wait_restored(&mut harness);
    // Restored again, it gets the next unused name, shown beforehand.
    harness.get_by_label("Restore a.png again").click();
    wait(&mut harness, "another name", |harness| {
        harness.query_by_label_contains("a.png: Will be saved as a-denoised (2).png").is_some()
    });
    harness.get_by_label("Export all").click();
    wait(&mut harness, "the second result", |harness| states(harness)[0] == done("a-denoised (2).png"));
    wait_idle(&mut harness);

    // A saved result is compared with its photo.
    wait_restored(&mut harness);
    let source = harness.state().session().source().unwrap();
    assert_eq!(source.path, files[0]);
    harness.get_by_label(DIVIDER);
}

#[test]
fn each_photo_has_its_own_settings_until_they_are_applied_to_all() {
    let folder = folder();
    let files = photos(&folder, &["a.png", "b.png"]);
    let mut harness = list(Duration::ZERO, &files);
    harness.get_by_label("2×").click();
    settle(&mut harness);
    harness.get_by_label_contains("b.png: ").click();
    settle(&mut harness);
    assert_eq!(harness.state().recipe().scale, Scale::X1);
    harness.get_by_label("3×").click();
    settle(&mut harness);
    let scales = |harness: &Harness<'_, RedawnApp>| -> Vec<Scale> {
        harness.state().queue().items().iter().map(|item| item.recipe.scale).collect()
    };
    assert_eq!(scales(&harness), [Scale::X2, Scale::X3]);
    harness.get_by_label("Queue options").click();
    settle(&mut harness);
    harness.get_by_label("Apply settings to all").click();
    settle(&mut harness);
    assert_eq!(scales(&harness), [Scale::X3, Scale::X3]);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    settle(&mut harness);
    assert_eq!(scales(&harness), [Scale::X2, Scale::X3]);
    harness.key_press_modifiers(Modifiers::COMMAND | Modifiers::SHIFT, Key::Z);
    settle(&mut harness);
    assert_eq!(scales(&harness), [Scale::X3, Scale::X3]);
    harness.get_by_label("Export all").click();
    wait(&mut harness, "results", |harness| states(harness).iter().all(|state| matches!(state, State::Done(_))));
    assert_eq!(size(&folder.path().join("a-restored.png")), (711, 453));
}

/// A result read back from its file is blended at another strength at once, weaker or stronger, and saved as a run at
/// that strength would.
#[test]
fn strength_changes_a_result_read_from_its_file() {
    let folder = folder();
    let files = photos(&folder, &["weak.png", "full.png"]);
    let mut harness = list(Duration::ZERO, &files);
    harness.get_by_label("Medium, σ 25").click();
    settle(&mut harness);
    harness.get_by_label("Queue options").click();
    settle(&mut harness);
    harness.get_by_label("Apply settings to all").click();
    settle(&mut harness);
    let set = |harness: &mut Harness<'_, RedawnApp>, percent: f64| {
        harness.get_by_role_and_label(Role::Slider, "Strength").set_value_accesskit(percent);
        settle(harness);
    };
    set(&mut harness, 60.0);
    harness.get_by_label("Export all").click();
    wait(&mut harness, "results", |harness| states(harness).iter().all(|state| matches!(state, State::Done(_))));
    wait_idle(&mut harness);
    let pixels = |name: &str| image::open(folder.path().join(name)).unwrap().to_rgb8().into_raw();
    for (place, percent, like) in [(0, 100.0, "full-denoised.png"), (1, 60.0, "weak-denoised.png")] {
        let name = ["weak", "full"][place];
        harness.get_by_label_contains(&format!("{name}.png: Saved as")).click();
        wait(&mut harness, "the result from its file", |harness| {
            let session = harness.state().session();
            session.source().is_some_and(|source| source.path == files[place]) && session.restoration().is_some()
        });
        assert!(matches!(states(&harness)[place], State::Done(_)));
        set(&mut harness, percent);
        assert_eq!(states(&harness)[place], State::Restored, "the file differs from the result on screen");
        set(&mut harness, 160.0 - percent);
        assert!(matches!(states(&harness)[place], State::Done(_)), "now it is");
        set(&mut harness, percent);
        assert_eq!(states(&harness)[place], State::Restored);
        assert!(matches!(harness.state().session(), Session::Restored { .. }), "no other run");
        harness.key_press_modifiers(Modifiers::COMMAND, Key::S);
        let saved = State::Done(folder.path().join(format!("{name}-denoised (2).png")));
        wait(&mut harness, "the new file", |harness| states(harness)[place] == saved);
        let (shown, run) = (pixels(&format!("{name}-denoised (2).png")), pixels(like));
        let off = shown.iter().zip(&run).map(|(shown, run)| shown.abs_diff(*run)).max();
        assert!(off <= Some(1), "{name}: off by {off:?}");
        assert_ne!(shown, pixels(&format!("{name}-denoised.png")), "{name}");
    }
}

#[test]
fn another_run_keeps_the_saved_result_until_it_ends() {
    let folder = folder();
    let mut harness = list(SLOW, &photos(&folder, &["a.png", "b.png"]));
    wait_restored(&mut harness);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::S);
    let saved = State::Done(folder.path().join("a-denoised.png"));
    wait(&mut harness, "its file", |harness| states(harness)[0] == saved);
    for is_stopped in [true, false] {
        click(&mut harness, "Light, σ 10");
        wait(&mut harness, "a run", |harness| harness.state().session().run().is_some());
        if is_stopped {
            harness.key_press(Key::Escape);
            wait(&mut harness, "its end", |harness| harness.state().session().run().is_none());
        }
        assert_eq!(states(&harness)[0], State::Restored);
        harness.get_by_label_contains("a.png: Changed since saved as a-denoised.png");
        // The result of these settings is still there.
        press(&mut harness, Modifiers::COMMAND, Key::Z);
        assert!(is_current(&harness));
        assert_eq!(states(&harness)[0], saved);
    }
    click(&mut harness, "Light, σ 10");
    wait_restored(&mut harness);
    assert_eq!(states(&harness)[0], State::Restored);
}

#[test]
fn selecting_a_photo_again_shows_its_result() {
    let folder = folder();
    let files = photos(&folder, &["a.png", "b.png"]);
    let mut harness = list(SLOW, &files);
    let show = |harness: &mut Harness<'_, RedawnApp>, place: usize| {
        let name = files[place].file_name().unwrap().to_string_lossy().into_owned();
        harness.get_by_label_contains(&format!("{name}: ")).click();
        wait(harness, "it", |harness| harness.state().session().source().is_some_and(|at| at.path == files[place]));
    };
    show(&mut harness, 1);
    wait_ready(&mut harness);
    wait_restored(&mut harness);
    // The run begins with the other photo, which is shown.
    harness.get_by_label("Export all").click();
    wait(&mut harness, "the first", |harness| matches!(states(harness)[0], State::Running(_)));
    wait(&mut harness, "its tiles", |harness| harness.state().session().source().is_some_and(|at| at.path == files[0]));
    harness.key_press(Key::Escape);
    wait_idle(&mut harness);
    wait(&mut harness, "its end", |harness| states(harness)[0] == State::Stopped);
    show(&mut harness, 1);
    assert!(matches!(harness.state().session(), Session::Restored { .. }));
    assert_eq!(states(&harness)[1], State::Restored);

    // Saved, removed, and undone.
    harness.key_press_modifiers(Modifiers::COMMAND, Key::S);
    let saved = State::Done(folder.path().join("b-denoised.png"));
    wait(&mut harness, "its file", |harness| states(harness)[1] == saved);
    harness.get_by_label("Remove b.png from the queue").click();
    wait(&mut harness, "one less", |harness| states(harness).len() == 1);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    wait(&mut harness, "it again", |harness| states(harness).len() == 2);
    show(&mut harness, 1);
    wait_restored(&mut harness);
    assert_eq!(states(&harness)[1], saved);
}

/// A file saved at low strength does not hold the full result. The full result is cached, also between starts, so that
/// the strength can still be changed.
#[test]
fn strength_changes_a_result_saved_at_low_strength() {
    let folder = folder();
    let files = photos(&folder, &["a.png", "b.png", "c.png"]);
    let store = folder.path().join("config");
    let open =
        |files: &[PathBuf]| window_with(Duration::ZERO, FakeDialogs::default(), files, Some(Store::at(store.clone())));
    let mut harness = listed(open(&files), 3);
    harness.get_by_label("Medium, σ 25").click();
    settle(&mut harness);
    let set = |harness: &mut Harness<'_, RedawnApp>, percent: f64| {
        harness.get_by_role_and_label(Role::Slider, "Strength").set_value_accesskit(percent);
        settle(harness);
    };
    let everything_like_this = |harness: &mut Harness<'_, RedawnApp>| {
        harness.get_by_label("Queue options").click();
        settle(harness);
        harness.get_by_label("Apply settings to all").click();
        settle(harness);
    };
    let show = |harness: &mut Harness<'_, RedawnApp>, place: usize| {
        let name = files[place].file_name().unwrap().to_string_lossy().into_owned();
        harness.get_by_label_contains(&format!("{name}: ")).click();
        wait(harness, "its result", |harness| {
            let session = harness.state().session();
            session.source().is_some_and(|source| source.path == files[place]) && session.restoration().is_some()
        });
        settle(harness);
    };
    let done = |place: usize| move |harness: &Harness<'_, RedawnApp>| matches!(states(harness)[place], State::Done(_));
    let kept = || {
        let files = walkdir::WalkDir::new(store.join("cache")).into_iter().flatten();
        files.filter(|file| file.path().extension().is_some_and(|extension| extension == "tif")).count()
    };
    let full = |harness: &Harness<'_, RedawnApp>, place: usize| {
        harness.state().queue().items()[place].saved().and_then(|saved| saved.full.clone())
    };

    // One is restored on screen and saved at low strength; then another is selected.
    set(&mut harness, 5.0);
    everything_like_this(&mut harness);
    wait_restored(&mut harness);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::S);
    wait(&mut harness, "its file", done(0));
    // The others are saved by the run, one at a strength for which its file suffices.
    harness.get_by_label_contains("c.png: ").click();
    settle(&mut harness);
    set(&mut harness, 60.0);
    harness.get_by_label("Export all").click();
    wait(&mut harness, "results", |harness| (0..3).all(|place| done(place)(harness)));
    wait_idle(&mut harness);
    wait(&mut harness, "what is kept", |_| kept() == 2);
    assert!(full(&harness, 0).is_some() && full(&harness, 1).is_some() && full(&harness, 2).is_none());

    // The strength of one is changed and not saved.
    show(&mut harness, 1);
    set(&mut harness, 30.0);
    assert_eq!(states(&harness)[1], State::Restored);

    // The queue is stored only while photos are waiting: one more photo.
    let more = photo(&folder, "d.png");
    harness.input_mut().dropped_files.push(Arc::new(Dropped(more)));
    wait(&mut harness, "one more", |harness| harness.state().queue().items().len() == 4);
    settle(&mut harness);
    eframe::App::on_exit(harness.state_mut());
    drop(harness);
    let mut harness = listed(open(&[]), 4);
    assert_eq!(kept(), 2);

    // The full result is recovered, whether saved on screen or by the run.
    let pixels = |name: &str| image::open(folder.path().join(name)).unwrap().to_rgb8().into_raw();
    for (place, name) in [(0, "a"), (1, "b")] {
        show(&mut harness, place);
        if place == 1 {
            assert_eq!(states(&harness)[1], State::Restored);
            set(&mut harness, 5.0);
        }
        assert!(done(place)(&harness), "it is shown as it was saved");
        set(&mut harness, 100.0);
        assert_eq!(states(&harness)[place], State::Restored);
        assert!(matches!(harness.state().session(), Session::Restored { .. }), "no other run");
        harness.key_press_modifiers(Modifiers::COMMAND, Key::S);
        wait(&mut harness, "its new file", done(place));
        let State::Done(path) = &states(&harness)[place] else { unreachable!() };
        let saved = pixels(&path.to_string_lossy());
        // The fake network ignores the level.
        click(&mut harness, "Light, σ 10");
        wait(&mut harness, "another run", |harness| states(harness)[place] == State::Restored);
        wait_restored(&mut harness);
        harness.key_press_modifiers(Modifiers::COMMAND, Key::S);
        wait(&mut harness, "the file of that", done(place));
        let State::Done(path) = &states(&harness)[place] else { unreachable!() };
        assert_eq!(saved, pixels(&path.to_string_lossy()), "{name}: what a run gives");
        assert_eq!(full(&harness, place), None, "its file suffices");
    }
}

/// Another photo may be selected while a full result is still being read. No run starts meanwhile.
#[test]
fn a_full_result_is_shown_however_early_another_photo_was_selected() {
    let folder = folder();
    let small = photos(&folder, &["a.png", "b.png"]);
    // Reading it takes longer than a frame.
    let large = image::open(&small[0]).unwrap().resize_exact(600, 450, image::imageops::FilterType::Nearest);
    large.save(&small[0]).unwrap();
    let store = folder.path().join("config");
    let open =
        |delay, files: &[PathBuf]| window_with(delay, FakeDialogs::default(), files, Some(Store::at(store.clone())));
    let set = |harness: &mut Harness<'_, RedawnApp>, percent: f64| {
        harness.get_by_role_and_label(Role::Slider, "Strength").set_value_accesskit(percent);
        settle(harness);
    };
    let shows = |place: usize, result: bool| {
        let path = small[place].clone();
        move |harness: &Harness<'_, RedawnApp>| {
            let session = harness.state().session();
            let there = session.source().is_some_and(|source| source.path == path);
            there && session.job().is_none() && session.restoration().is_some() == result
        }
    };
    let look_at = |harness: &mut Harness<'_, RedawnApp>, name: &str| {
        harness.get_by_label_contains(&format!("{name}: ")).click();
        settle(harness);
    };
    let mut harness = listed(open(Duration::ZERO, &small), 2);
    for name in ["a.png", "b.png"] {
        look_at(&mut harness, name);
        harness.get_by_label("Medium, σ 25").click();
        set(&mut harness, 5.0);
    }
    harness.get_by_label("Export all").click();
    wait(&mut harness, "results", |harness| states(harness).iter().all(|state| matches!(state, State::Done(_))));
    wait_idle(&mut harness);
    look_at(&mut harness, "a.png");
    wait(&mut harness, "its result", shows(0, true));
    set(&mut harness, 100.0);
    assert_eq!(states(&harness)[0], State::Restored);
    settle(&mut harness);
    eframe::App::on_exit(harness.state_mut());
    drop(harness);

    // As soon as a part of it is shown, another photo is selected.
    let at_once = |harness: &mut Harness<'_, RedawnApp>, result: bool| {
        let start = std::time::Instant::now();
        while !shows(0, result)(harness) {
            assert!(start.elapsed() < PATIENCE, "never came: {result}");
            harness.step();
        }
    };
    let mut harness = open(Duration::ZERO, &[]);
    at_once(&mut harness, true);
    look_at(&mut harness, "b.png");
    wait(&mut harness, "the other one", shows(1, true));
    look_at(&mut harness, "a.png");
    wait(&mut harness, "its result", shows(0, true));
    assert!(is_current(&harness), "all of it was left behind");
    drop(harness);

    let mut harness = open(SLOW, &[]);
    at_once(&mut harness, false);
    wait(&mut harness, "its result", shows(0, true));
    assert!(is_current(&harness), "without another run");
}

/// Without the cached result the saved file is shown until another run gives it.
#[test]
fn without_the_cached_result_a_file_of_low_strength_is_shown_as_saved() {
    let folder = folder();
    let files = photos(&folder, &["a.png", "b.png"]);
    let store = folder.path().join("config");
    let mut harness =
        listed(window_with(Duration::ZERO, FakeDialogs::default(), &files, Some(Store::at(store.clone()))), 2);
    harness.get_by_role_and_label(Role::Slider, "Strength").set_value_accesskit(5.0);
    settle(&mut harness);
    harness.get_by_label("Export all").click();
    wait(&mut harness, "results", |harness| states(harness).iter().all(|state| matches!(state, State::Done(_))));
    wait_idle(&mut harness);
    fs::remove_dir_all(store.join("cache")).unwrap();
    for (name, place) in [("b.png", 1), ("a.png", 0)] {
        harness.get_by_label_contains(&format!("{name}: ")).click();
        wait(&mut harness, "its result", |harness| {
            let session = harness.state().session();
            session.source().is_some_and(|source| source.path == files[place]) && session.restoration().is_some()
        });
    }
    harness.get_by_role_and_label(Role::Slider, "Strength").set_value_accesskit(100.0);
    settle(&mut harness);
    wait_restored(&mut harness);
    assert!(harness.state().session().outcome().is_some_and(|outcome| outcome.device.is_some()), "another run");
}

#[test]
fn a_run_pauses_resumes_skips_a_photo_and_stops() {
    let folder = folder();
    let files = photos(&folder, &["a.png", "b.png", "c.png"]);
    let mut harness = list(SLOW, &files);
    let running = |place: usize| move |harness: &Harness<'_, RedawnApp>| matches!(&states(harness)[place], State::Running(progress) if progress.share() > 0.0);
    harness.get_by_label("Export all").click();
    wait(&mut harness, "the first one's tiles", running(0));
    harness.get_by_label("Pause").click();
    settle(&mut harness);
    // The current tile ends, then nothing changes.
    let later = |harness: &mut Harness<'_, RedawnApp>| {
        std::thread::sleep(6 * SLOW);
        settle(harness);
        states(harness)
    };
    let mut paused = later(&mut harness);
    for _ in 0..10 {
        paused = later(&mut harness);
    }
    assert!(matches!(paused[0], State::Running(_)));
    assert_eq!(later(&mut harness), paused);
    harness.get_by_label("Resume").click();
    wait(&mut harness, "progress", |harness| states(harness) != paused);

    harness.get_by_label("Stop this photo").click();
    wait(&mut harness, "the second one's tiles", running(1));
    assert_eq!(states(&harness)[0], State::Stopped);
    harness.key_press(Key::Escape);
    wait_idle(&mut harness);
    wait(&mut harness, "its end", |harness| states(harness)[1] == State::Stopped);
    assert_eq!(states(&harness)[2], State::Waiting);
    let left = fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(left, 3, "nothing half done is left");

    harness.get_by_label("Queue options").click();
    settle(&mut harness);
    harness.get_by_label("Retry failed and stopped").click();
    settle(&mut harness);
    assert!(states(&harness).iter().all(|state| *state == State::Waiting));
}

#[test]
fn photos_are_moved_by_dragging_and_keys_and_removed() {
    let folder = folder();
    let files = photos(&folder, &["a.png", "b.png", "c.png"]);
    let mut harness = list(Duration::ZERO, &files);
    let row = |harness: &Harness<'_, RedawnApp>, name: &str| harness.get_by_label_contains(&format!("{name}: ")).rect();
    let (from, to) = (row(&harness, "a.png").center(), row(&harness, "c.png").center_bottom());
    for event in [
        Event::PointerMoved(from),
        Event::PointerButton { pos: from, button: PointerButton::Primary, pressed: true, modifiers: Modifiers::NONE },
        Event::PointerMoved(from + egui::vec2(0.0, 20.0)),
        Event::PointerMoved(to),
        Event::PointerButton { pos: to, button: PointerButton::Primary, pressed: false, modifiers: Modifiers::NONE },
    ] {
        harness.input_mut().events.push(event);
        harness.step();
    }
    settle(&mut harness);
    assert_eq!(names(&harness), ["b.png", "c.png", "a.png"]);

    harness.get_by_label_contains("a.png: ").focus();
    settle(&mut harness);
    harness.key_press_modifiers(Modifiers::ALT, Key::ArrowUp);
    settle(&mut harness);
    assert_eq!(names(&harness), ["b.png", "a.png", "c.png"]);
    harness.key_press(Key::Delete);
    settle(&mut harness);
    assert_eq!(names(&harness), ["b.png", "c.png"]);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    settle(&mut harness);
    assert_eq!(names(&harness), ["b.png", "a.png", "c.png"]);
    harness.key_press_modifiers(Modifiers::COMMAND | Modifiers::SHIFT, Key::Z);
    settle(&mut harness);
    assert_eq!(names(&harness), ["b.png", "c.png"]);
    harness.key_press(Key::PageDown);
    wait(&mut harness, "the next photo", |harness| {
        harness.state().session().source().is_some_and(|source| source.path == files[2])
    });
}

#[test]
fn a_folder_is_added_with_its_subfolders_which_are_kept_in_the_output_folder() {
    let folder = folder();
    let (scans, out) = (folder.path().join("scans"), folder.path().join("out"));
    fs::create_dir_all(scans.join("box")).unwrap();
    let made = photo(&folder, "x.png");
    fs::copy(&made, scans.join("a.png")).unwrap();
    fs::copy(&made, scans.join("box/a.png")).unwrap();
    let decided = FakeDialogs { folder: Some(out.clone()), ..FakeDialogs::default() };
    let mut harness = listed(window(Duration::ZERO, decided, &[scans]), 2);
    harness.get_by_label_contains("Output: ").click();
    settle(&mut harness);
    harness.get_by_label("Other folder…").click();
    wait_label(&mut harness, ", out");
    harness.key_press(Key::Escape);
    settle(&mut harness);
    harness.get_by_label("Export all").click();
    wait(&mut harness, "results", |harness| states(harness).iter().all(|state| matches!(state, State::Done(_))));
    assert!(out.join("scans/a-denoised.png").is_file() && out.join("scans/box/a-denoised.png").is_file());
}

#[test]
fn selecting_a_photo_again_shows_its_unsaved_result() {
    let folder = folder();
    let files = photos(&folder, &["a.png", "b.png"]);
    let mut harness = list(Duration::ZERO, &files);
    wait_restored(&mut harness);
    harness.get_by_label_contains("b.png: ").click();
    wait_open(&mut harness, &files[1]);
    harness.get_by_label_contains("a.png: Will be saved as").click();
    settle(&mut harness);
    assert!(is_current(&harness), "at once");
    assert_eq!(harness.state().session().source().unwrap().path, files[0]);
}

#[test]
fn an_interrupted_run_resumes_at_the_next_start() {
    let folder = folder();
    let files = photos(&folder, &["a.png", "b.png", "c.png"]);
    let store = folder.path().join("config");
    let open =
        |delay, files: &[PathBuf]| window_with(delay, FakeDialogs::default(), files, Some(Store::at(store.clone())));
    let mut harness = listed(open(SLOW, &files), 3);
    harness.get_by_label("Export all").click();
    wait(&mut harness, "the first result", |harness| matches!(states(harness)[0], State::Done(_)));
    let written = || fs::read_to_string(store.join("queue.json")).unwrap_or_default();
    wait(&mut harness, "the queue on disk", |_| written().contains("a-denoised.png"));
    // The state on disk after a power cut.
    let left = written();
    eframe::App::on_exit(harness.state_mut());
    drop(harness);
    assert!(written().contains("\"going\": false"), "closed in order, it does not resume by itself");
    fs::write(store.join("queue.json"), left).unwrap();
    let first = folder.path().join("a-denoised.png");
    let made = fs::metadata(&first).unwrap().modified().unwrap();

    let mut harness = open(Duration::ZERO, &[]);
    wait(&mut harness, "all results", |harness| {
        let states = states(harness);
        states.len() == 3 && states.iter().all(|state| matches!(state, State::Done(_)))
    });
    assert_eq!(fs::metadata(&first).unwrap().modified().unwrap(), made, "a finished photo is not restored again");
    assert!(folder.path().join("c-denoised.png").is_file());
}

#[test]
fn closing_during_a_run_asks() {
    let folder = folder();
    let mut harness = list(SLOW, &photos(&folder, &["a.png", "b.png"]));
    let close = |harness: &mut Harness<'_, RedawnApp>| {
        let viewport = harness.input_mut().viewports.entry(egui::ViewportId::ROOT).or_default();
        viewport.events.push(egui::ViewportEvent::Close);
        harness.step();
        harness.input_mut().viewports.entry(egui::ViewportId::ROOT).or_default().events.clear();
        settle(harness);
    };
    harness.get_by_label("Export all").click();
    wait(&mut harness, "tiles", |harness| matches!(states(harness)[0], State::Running(_)));
    close(&mut harness);
    harness.get_by_label("Keep open").click();
    settle(&mut harness);
    assert!(harness.query_by_label("Keep open").is_none());
    assert_eq!(harness.state().run_state(), RunState::Running);
    close(&mut harness);
    harness.get_by_label("Close").click();
    settle(&mut harness);
    let commands = &harness.output().viewport_output[&egui::ViewportId::ROOT].commands;
    assert!(harness.state().may_close(), "{commands:?}");
}

/// A photo that takes long to open.
fn large_photo(folder: &TempDir) -> PathBuf {
    let path = folder.path().join("large.png");
    image::RgbImage::new(7000, 6000).save(&path).unwrap();
    path
}

fn wait_opening(harness: &mut Harness<'_, RedawnApp>) {
    wait(harness, "the opening", |harness| matches!(harness.state().session(), Session::Opening { .. }));
}

#[test]
fn stopping_to_open_a_photo_returns_to_the_one_before() {
    let folder = folder();
    let files = [photo(&folder, "a.png"), large_photo(&folder)];
    let mut harness = list(Duration::ZERO, &files);
    wait_restored(&mut harness);
    harness.get_by_label_contains("large.png: ").click();
    wait_opening(&mut harness);
    harness.key_press(Key::Escape);
    wait_open(&mut harness, &files[0]);
    let queue = harness.state().queue();
    assert_eq!(queue.selected(), Some(queue.items()[0].id));
    assert_eq!(states(&harness)[1], State::Waiting, "it did not fail");
    wait_restored(&mut harness);
}

#[test]
fn a_first_photo_whose_opening_was_stopped_can_be_opened() {
    let folder = folder();
    let files = [large_photo(&folder), photo(&folder, "a.png")];
    let mut harness = window(Duration::ZERO, FakeDialogs::default(), &files);
    wait(&mut harness, "the list", |harness| harness.state().queue().items().len() == 2);
    wait_opening(&mut harness);
    harness.key_press(Key::Escape);
    wait_label(&mut harness, "Opening was stopped.");
    assert_eq!(states(&harness), [State::Waiting, State::Waiting], "it did not fail");
    harness.get_by_label("Open this photo").click();
    wait_opening(&mut harness);
    harness.key_press(Key::Escape);
    wait_label(&mut harness, "Opening was stopped.");
    harness.get_by_label("Export all").click();
    settle(&mut harness);
    assert!(harness.query_by_label("Opening was stopped.").is_none(), "the run opens it");
    wait_open(&mut harness, &files[0]);
}

#[test]
fn a_photo_that_replaces_one_not_open_yet_and_fails_returns_to_the_one_on_screen() {
    let folder = folder();
    let (a, large, letter) = (photo(&folder, "a.png"), large_photo(&folder), folder.path().join("letter.png"));
    fs::write(&letter, "Dear photo").unwrap();
    let mut harness = list(Duration::ZERO, std::slice::from_ref(&a));
    wait_restored(&mut harness);
    for path in [large, letter] {
        harness.input_mut().dropped_files.push(Arc::new(Dropped(path.clone())));
        wait(
            &mut harness,
            "the opening",
            |harness| matches!(harness.state().session(), Session::Opening { path: opening, .. } if *opening == path),
        );
    }
    wait_open(&mut harness, &a);
    assert_eq!(names(&harness), ["a.png"]);
    wait_restored(&mut harness);
}

#[test]
fn settings_that_are_pasted_into_saved_photos_make_them_wait_again() {
    let folder = folder();
    let files = photos(&folder, &["a.png", "b.png", "c.png"]);
    let mut harness = list(Duration::ZERO, &files);
    harness.get_by_label("Export all").click();
    wait(&mut harness, "all results", |harness| states(harness).iter().all(|state| matches!(state, State::Done(_))));
    wait_idle(&mut harness);
    harness.get_by_label_contains("a.png: Saved as").click();
    wait_open(&mut harness, &files[0]);
    harness.get_by_label("2×").click();
    settle(&mut harness);
    press(&mut harness, Modifiers::COMMAND | Modifiers::SHIFT, Key::C);
    harness.get_by_label_contains("b.png: Saved as").click();
    wait_open(&mut harness, &files[1]);
    // It is not open.
    harness.get_by_label_contains("c.png: Saved as").click_modifiers(Modifiers::COMMAND);
    settle(&mut harness);
    press(&mut harness, Modifiers::COMMAND | Modifiers::SHIFT, Key::V);
    wait_label(&mut harness, "c.png: Changed since saved as c-denoised.png");
    harness.get_by_label("Export all").click();
    wait(
        &mut harness,
        "the second result of c",
        |harness| matches!(&states(harness)[2], State::Done(path) if size(path) == (474, 302)),
    );
}
