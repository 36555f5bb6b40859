//! The panels beside the photo: hidden by Tab, by their edges and the menu, resized, remembered; and the full screen.

use std::time::Duration;

use egui::{Event, Key, Modifiers, PointerButton, Pos2, Rect, ViewportCommand, ViewportId, vec2};
use egui_kittest::{Harness, kittest::Queryable};
use redawn::{desktop::Store, window::RedawnApp};

use crate::support::desk::*;

type Window = Harness<'static, RedawnApp>;

fn canvas(harness: &Window) -> Rect {
    harness.get_by_label_contains("Photo: ").rect()
}

/// Which of the list and the settings are on screen.
fn shown(harness: &Window) -> [bool; 2] {
    ["Queue options", "Strength"].map(|control| harness.query_all_by_label(control).next().is_some())
}

fn several(folder: &tempfile::TempDir) -> Window {
    let photos = ["owl.png", "hen.png", "wren.png"].map(|name| photo(folder, name));
    let mut harness = window(Duration::ZERO, FakeDialogs::default(), &photos);
    wait_ready(&mut harness);
    harness
}

fn drag(harness: &mut Window, from: Pos2, to: Pos2) {
    let button = |pos, pressed| {
        let modifiers = Modifiers::NONE;
        Event::PointerButton { pos, button: PointerButton::Primary, pressed, modifiers }
    };
    harness.hover_at(from);
    harness.step();
    harness.event(button(from, true));
    harness.step();
    for share in [0.5, 1.0] {
        harness.hover_at(from + share * (to - from));
        harness.step();
    }
    harness.event(button(to, false));
    settle(harness);
}

#[test]
fn tab_hides_the_panels_unless_a_control_has_the_focus() {
    let folder = folder();
    let mut harness = several(&folder);
    let whole = canvas(&harness);
    assert_eq!(shown(&harness), [true, true]);
    press(&mut harness, Modifiers::NONE, Key::Tab);
    assert_eq!(shown(&harness), [false, false]);
    assert!(canvas(&harness).width() > whole.width() + 500.0);
    press(&mut harness, Modifiers::NONE, Key::Tab);
    assert_eq!((shown(&harness), canvas(&harness)), ([true, true], whole));

    // F6 gives the focus to the controls: then Tab goes through them.
    press(&mut harness, Modifiers::NONE, Key::F6);
    assert!(harness.get_by_label("Open…").is_focused());
    press(&mut harness, Modifiers::NONE, Key::Tab);
    assert!(harness.get_by_label("Recent photos").is_focused());
    assert_eq!(shown(&harness), [true, true]);
    press(&mut harness, Modifiers::NONE, Key::Escape);
    press(&mut harness, Modifiers::NONE, Key::Tab);
    assert_eq!(shown(&harness), [false, false], "Escape left the controls");
    press(&mut harness, Modifiers::SHIFT, Key::Tab);
    assert_eq!(shown(&harness), [false, false], "Shift+Tab is for the focus");
    harness.check_accessibility();
}

#[test]
fn escape_leaves_the_controls_before_it_stops_the_work() {
    let folder = folder();
    let mut harness = window(Duration::from_millis(300), FakeDialogs::default(), &[photo(&folder, "owl.png")]);
    wait_ready(&mut harness);
    wait(&mut harness, "a run", |harness| harness.state().session().run().is_some());
    press(&mut harness, Modifiers::NONE, Key::F6);
    press(&mut harness, Modifiers::NONE, Key::Escape);
    assert!(!harness.get_by_label("Open…").is_focused());
    assert!(harness.query_by_label("Updating…").is_some());
    press(&mut harness, Modifiers::NONE, Key::Escape);
    wait_label(&mut harness, "Not up to date");
}

#[test]
fn the_divider_gives_tab_back_when_it_was_dragged() {
    let folder = folder();
    let mut harness = several(&folder);
    wait_restored(&mut harness);
    let handle = harness.get_by_label(DIVIDER).rect().center();
    drag(&mut harness, handle, handle + vec2(30.0, 30.0));
    assert!(harness.get_by_label(DIVIDER).is_focused());
    press(&mut harness, Modifiers::NONE, Key::Tab);
    assert_eq!(shown(&harness), [false, false]);
}

#[test]
fn an_edge_hides_and_resizes_its_panel_and_that_is_remembered() {
    let folder = folder();
    let stored = folder.path().join("settings");
    let mut harness = {
        let photos = ["owl.png", "hen.png"].map(|name| photo(&folder, name));
        window_with(Duration::ZERO, FakeDialogs::default(), &photos, Some(Store::at(stored.clone())))
    };
    wait_ready(&mut harness);
    let before = canvas(&harness);
    let edge = |harness: &Window, name: &str| harness.get_by_label_contains(name).rect().center();
    let right = edge(&harness, "Hide the settings");
    drag(&mut harness, right, right - vec2(60.0, 0.0));
    assert!((canvas(&harness).right() - before.right() + 60.0).abs() < 8.0, "{:?} {before:?}", canvas(&harness));
    let left = edge(&harness, "Hide the list");
    drag(&mut harness, left, left + vec2(-900.0, 0.0));
    let width = canvas(&harness).left() - 12.0;
    assert!((195.0..205.0).contains(&width), "as narrow as it gets: {width}");

    harness.get_by_label_contains("Hide the list").click();
    settle(&mut harness);
    assert_eq!(shown(&harness), [false, true]);
    let settings = harness.state().settings().panels;
    assert!(!settings.list.shown && settings.settings.shown && (settings.settings.width - 352.0).abs() < 8.0);
    drop(harness);

    let mut again = window_with(
        Duration::ZERO,
        FakeDialogs::default(),
        &["owl.png", "hen.png"].map(|name| folder.path().join(name)),
        Some(Store::at(stored)),
    );
    wait_ready(&mut again);
    assert_eq!((again.state().settings().panels, shown(&again)), (settings, [false, true]));
    again.get_by_label("Show the list").click();
    settle(&mut again);
    assert_eq!(shown(&again), [true, true]);
}

#[test]
fn a_small_window_shows_one_panel_and_nothing_is_out_of_reach() {
    let folder = folder();
    let mut harness = several(&folder);
    harness.set_size(vec2(720.0, 520.0));
    harness.run_steps(4);
    assert_eq!(shown(&harness), [true, false]);
    assert!(canvas(&harness).width() >= 320.0, "{:?}", canvas(&harness));
    harness.get_by_label("Show the settings").click();
    settle(&mut harness);
    assert_eq!(shown(&harness), [false, true]);
    for control in ["Open…", "Save", "Save as…", "Fit", "1:1"] {
        assert!(harness.query_by_label(control).is_some(), "{control}");
    }
    harness.get_by_label("View, settings and help").click();
    settle(&mut harness);
    harness.get_by_label("List of photos").click();
    settle(&mut harness);
    assert_eq!(shown(&harness), [true, false]);

    // As with larger text.
    harness.set_size(vec2(400.0, 520.0));
    press(&mut harness, Modifiers::NONE, Key::Escape);
    assert!(harness.query_by_label("Save as…").is_none());
    click(&mut harness, "View, settings and help");
    harness.get_by_label("Save as…");
}

#[test]
fn f11_fills_the_screen_and_escape_leaves_it() {
    let folder = folder();
    let mut harness = window(Duration::ZERO, FakeDialogs::default(), &[photo(&folder, "owl.png")]);
    wait_ready(&mut harness);
    let wanted = |harness: &mut Window, key: Key| {
        let modifiers = Modifiers::NONE;
        // A step of its own, whose commands are those of the last frame.
        harness.input_mut().events.push(Event::Key {
            key,
            physical_key: None,
            pressed: true,
            repeat: false,
            modifiers,
        });
        harness.step();
        let commands = &harness.output().viewport_output[&ViewportId::ROOT].commands;
        commands.iter().find_map(|command| match command {
            ViewportCommand::Fullscreen(full) => Some(*full),
            _ => None,
        })
    };
    let system = |harness: &mut Window, full: bool| {
        let viewport = harness.input_mut().viewports.entry(ViewportId::ROOT).or_default();
        viewport.fullscreen = Some(full);
    };
    assert_eq!(wanted(&mut harness, Key::F11), Some(true));
    system(&mut harness, true);
    assert_eq!(wanted(&mut harness, Key::Escape), Some(false));
    assert_eq!(wanted(&mut harness, Key::F11), Some(false));
    system(&mut harness, false);
    assert_eq!(wanted(&mut harness, Key::Escape), None);
}

#[test]
fn notices_do_not_cover_the_picture() {
    let folder = folder();
    let mut harness = window(Duration::ZERO, FakeDialogs::default(), &[photo(&folder, "owl.png")]);
    wait_ready(&mut harness);
    wait_restored(&mut harness);
    let whole = canvas(&harness);
    harness.get_by_label("Save").click();
    wait_label(&mut harness, "Saved as ");
    let notice = harness.get_by_label_contains("Saved as ").rect();
    assert!(notice.top() >= canvas(&harness).bottom() && canvas(&harness).bottom() < whole.bottom());
    harness.get_by_label("Dismiss").click();
    settle(&mut harness);
    assert_eq!(canvas(&harness), whole);
    assert!(harness.query_by_label_contains("Saved as ").is_none());
}
