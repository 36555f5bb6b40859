//! A click or Z toggles the whole photo and 1:1; the navigator moves what is in view.

use std::time::Duration;

use egui::{Event, Key, Modifiers, PointerButton, Pos2, Rect, accesskit::Role, vec2};
use egui_kittest::{
    Harness,
    kittest::{NodeT, Queryable},
};
use redawn::window::RedawnApp;

use crate::support::{desk::*, drawing};

type Window = Harness<'static, RedawnApp>;

/// A window with a photo larger than the canvas, whose brightness rises to the right.
fn large(folder: &tempfile::TempDir) -> Window {
    let path = folder.path().join("large.png");
    image::RgbImage::from_fn(2400, 1200, |x, y| image::Rgb([(x / 10) as u8, (y / 5) as u8, 60])).save(&path).unwrap();
    let mut harness = window(Duration::ZERO, FakeDialogs::default(), &[path]);
    wait_ready(&mut harness);
    harness.get_by_label("None, σ 0").click();
    settle(&mut harness);
    harness
}

fn canvas(harness: &Window) -> Rect {
    harness.get_by_label_contains("Photo: ").rect()
}

fn zoom(harness: &Window) -> f64 {
    harness.get_by_role_and_label(Role::SpinButton, "Zoom").accesskit_node().numeric_value().expect("a number")
}

fn click_at(harness: &mut Window, at: Pos2) {
    harness.hover_at(at);
    harness.step();
    for pressed in [true, false] {
        let modifiers = Modifiers::NONE;
        harness.event(Event::PointerButton { pos: at, button: PointerButton::Primary, pressed, modifiers });
        harness.step();
    }
    // Not a double click with the next one.
    harness.run_steps(20);
}

/// The colour at a point, once it is painted.
fn colour(harness: &mut Window, at: Pos2) -> Option<image::Rgba<u8>> {
    // The pointer is drawn too.
    harness.hover_at(Pos2::new(20.0, 20.0));
    for _ in 0..20 {
        harness.step();
        std::thread::sleep(Duration::from_millis(10));
    }
    drawing::picture(harness).map(|picture| *picture.get_pixel(at.x as u32, at.y as u32))
}

#[test]
fn a_click_shows_that_place_at_one_to_one_and_the_next_one_the_whole_photo() {
    let folder = folder();
    let mut harness = large(&folder);
    let fitted = zoom(&harness);
    assert!(fitted < 60.0);
    // Not at the divider.
    let at = canvas(&harness).left_center() + vec2(150.0, 0.0);
    let Some(before) = colour(&mut harness, at) else { return };
    click_at(&mut harness, at);
    assert_eq!(zoom(&harness), 100.0);
    let after = colour(&mut harness, at).unwrap();
    assert!((0..3).all(|channel| before[channel].abs_diff(after[channel]) <= 2), "{before:?} {after:?}");
    click_at(&mut harness, at);
    assert_eq!(zoom(&harness), fitted);

    // A drag is not a click, nor is the click that closes a menu.
    click_at(&mut harness, at);
    let button = |pos, pressed| Event::PointerButton {
        pos,
        button: PointerButton::Primary,
        pressed,
        modifiers: Modifiers::NONE,
    };
    harness.event(button(at, true));
    harness.step();
    harness.hover_at(at + vec2(40.0, 0.0));
    harness.step();
    harness.event(button(at + vec2(40.0, 0.0), false));
    harness.run_steps(20);
    assert_eq!(zoom(&harness), 100.0);
    harness.get_by_label("View, settings and help").click();
    settle(&mut harness);
    click_at(&mut harness, at);
    assert!(harness.query_by_label("Full screen (F11)").is_none());
    assert_eq!(zoom(&harness), 100.0, "the click only closed the menu");
}

#[test]
fn z_toggles_at_the_pointer_and_the_middle_of_the_photo_otherwise() {
    let folder = folder();
    let mut harness = large(&folder);
    let fitted = zoom(&harness);
    press(&mut harness, Modifiers::NONE, Key::Z);
    assert_eq!(zoom(&harness), 100.0);
    press(&mut harness, Modifiers::NONE, Key::Z);
    assert_eq!(zoom(&harness), fitted);
    press(&mut harness, Modifiers::COMMAND, Key::Z);
    assert_eq!(zoom(&harness), fitted, "Ctrl+Z is for the settings");
}

#[test]
fn the_navigator_is_there_while_only_a_part_is_in_view() {
    let folder = folder();
    let mut harness = large(&folder);
    let area = canvas(&harness);
    assert!(harness.query_by_label("Navigator").is_none());
    harness.get_by_label("1:1").click();
    settle(&mut harness);
    let map = harness.get_by_label("Navigator").rect();
    assert!(area.contains_rect(map) && map.width() < 0.31 * area.width() && map.left() > area.center().x);
    assert!((map.aspect_ratio() - 2.0).abs() < 0.05, "{map:?}");
    harness.check_accessibility();

    // A click at its left end shows the left edge of the photo, a drag to the right end the right edge.
    let probe = area.left_center() + vec2(20.0, 0.0);
    click_at(&mut harness, map.left_center() + vec2(2.0, 0.0));
    let Some(left) = colour(&mut harness, probe) else { return };
    assert!(left[0] <= 4, "{left:?}");
    assert_eq!(zoom(&harness), 100.0);
    let button = |pos, pressed| Event::PointerButton {
        pos,
        button: PointerButton::Primary,
        pressed,
        modifiers: Modifiers::NONE,
    };
    let (from, to) = (map.left_center() + vec2(6.0, 0.0), map.right_center() + vec2(60.0, 0.0));
    harness.hover_at(from);
    harness.step();
    harness.event(button(from, true));
    for share in 1..=10 {
        harness.hover_at(from + 0.1 * share as f32 * (to - from));
        harness.step();
    }
    harness.event(button(to, false));
    settle(&mut harness);
    let right = colour(&mut harness, probe).unwrap();
    // The photo's right end less the canvas' width, in steps of 10 px.
    let expected = (2400.0 - area.width() + 20.0) / 10.0;
    assert!((f32::from(right[0]) - expected).abs() <= 3.0, "{right:?}, not {expected}");

    harness.get_by_label("Hide the navigator").click();
    settle(&mut harness);
    assert!(harness.query_by_label("Navigator").is_none());
    assert!(!harness.state().settings().panels.navigator);
    click(&mut harness, "View, settings and help");
    click(&mut harness, "Navigator over zoomed photos");
    press(&mut harness, Modifiers::NONE, Key::Escape);
    harness.get_by_label("Navigator");
}
