//! Keyboard shortcuts do nothing while their buttons are disabled.

use std::{
    fs,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use egui::{Key, Modifiers, accesskit::Role};
use egui_kittest::kittest::{NodeT, Queryable};
use redawn::{
    engine,
    state::{RunState, Session},
};

use crate::support::desk::*;

const SAVE: [Modifiers; 2] = [Modifiers::COMMAND, Modifiers::COMMAND.plus(Modifiers::SHIFT)];

/// Whether photos take until this is false to open.
static IS_HELD: AtomicBool = AtomicBool::new(false);

fn noise_when_let_go(_: f32) -> [f32; 2] {
    while IS_HELD.load(Ordering::Relaxed) {
        std::thread::sleep(Duration::from_millis(1));
    }
    [18.0, 0.0]
}

#[test]
fn the_photo_before_is_not_saved_or_painted_while_another_one_is_opened() {
    let folder = folder();
    let files = ["a.png", "b.png"].map(|name| photo(&folder, name));
    let dialogs = FakeDialogs { target: Some(folder.path().join("chosen.png")), ..FakeDialogs::default() };
    let mut harness = window_measuring(noise_when_let_go, engine::fake::opener(Duration::ZERO), dialogs, &files, None);
    wait_open(&mut harness, &files[0]);
    wait_restored(&mut harness);
    wait(&mut harness, "the list", |harness| harness.query_by_label_contains("b.png: Will be").is_some());

    IS_HELD.store(true, Ordering::Relaxed);
    harness.get_by_label_contains("b.png: ").click();
    settle(&mut harness);
    assert!(matches!(harness.state().session(), Session::Opening { .. }));
    let save = harness.get_by_role_and_label(Role::Button, "Save");
    assert!(save.accesskit_node().is_disabled());
    SAVE.into_iter().for_each(|modifiers| press(&mut harness, modifiers, Key::S));
    press(&mut harness, Modifiers::NONE, Key::B);
    assert!(harness.state().mask().is_everywhere(), "its mask is not that of the photo on screen");

    IS_HELD.store(false, Ordering::Relaxed);
    wait_open(&mut harness, &files[1]);
    wait_restored(&mut harness);
    wait(&mut harness, "rest", |harness| harness.state().run_state() == RunState::Idle);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "nothing was saved");
    press(&mut harness, Modifiers::COMMAND, Key::S);
    let saved = State::Done(folder.path().join("b-denoised.png"));
    wait(&mut harness, "its file", |harness| states(harness)[1] == saved);
}

#[test]
fn the_close_dialog_has_the_keyboard() {
    let folder = folder();
    let mut harness = window(Duration::ZERO, FakeDialogs::default(), &[photo(&folder, "a.png")]);
    wait_ready(&mut harness);
    click(&mut harness, "Medium, σ 25");
    wait_restored(&mut harness);
    let recipe = harness.state().recipe();
    press(&mut harness, Modifiers::COMMAND, Key::W);
    harness.get_by_label("Keep open");
    press(&mut harness, Modifiers::COMMAND, Key::Z);
    press(&mut harness, Modifiers::COMMAND, Key::S);
    assert_eq!(harness.state().recipe(), recipe);
    press(&mut harness, Modifiers::NONE, Key::Escape);
    assert!(harness.query_by_label("Keep open").is_none() && !harness.state().may_close());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing was saved");
    press(&mut harness, Modifiers::COMMAND, Key::Z);
    assert_ne!(harness.state().recipe(), recipe);
}
