//! Painting where the photo is restored, with the real workers and a fake network.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use egui::{Event, Key, Modifiers, PointerButton, accesskit::Role};
use egui_kittest::{Harness, kittest::NodeT, kittest::Queryable};
use image::RgbImage;
use redawn::{
    desktop::Store,
    restore::{Area, Effect, Mask},
    window::RedawnApp,
};
use tempfile::TempDir;

use crate::support::{desk::*, strokes::*};

type Window = Harness<'static, RedawnApp>;

fn opened(folder: &TempDir, target: &Path) -> Window {
    let path = photo(folder, "owl.png");
    let dialogs = FakeDialogs { target: Some(target.to_owned()), ..FakeDialogs::default() };
    let mut harness = window(Duration::ZERO, dialogs, &[path]);
    wait_ready(&mut harness);
    wait_restored(&mut harness);
    harness
}

fn choose_area(harness: &mut Window, area: &str) {
    bring_into_view(harness, Role::ComboBox, "Where");
    harness.get_by_role_and_label(Role::ComboBox, "Where").click();
    settle(harness);
    harness.get_by_role_and_label(Role::Button, area).click();
    settle(harness);
}

/// A brush of this diameter in px of the photo.
fn set_brush(harness: &mut Window, diameter: f32, feather: f64) {
    let (scale, _) = place(harness, 0.0, 0.0);
    harness.get_by_role_and_label(Role::Slider, "Brush size").set_value_accesskit((scale * diameter).round().into());
    harness.get_by_role_and_label(Role::Slider, "Feather").set_value_accesskit(feather);
    settle(harness);
}

fn paint(harness: &mut Window, path: &[[f32; 2]]) {
    drag(harness, path, PointerButton::Primary, Modifiers::NONE);
}

fn strokes(harness: &Window) -> usize {
    harness.state().mask().painting.strokes().len()
}

/// Saves the result, and reads it back.
fn saved(harness: &mut Window, target: &Path) -> RgbImage {
    // None before the first time.
    let _ = fs::remove_file(target);
    harness.get_by_label("Save as…").click();
    wait(harness, "the file", |_| target.exists());
    wait(harness, "the end", |harness| matches!(states(harness)[0], State::Done(_)));
    pixels(target)
}

fn pixels(path: &Path) -> RgbImage {
    image::open(path).unwrap().to_rgb8()
}

/// The original, and the result at full strength.
fn originals(harness: &Window) -> [RgbImage; 2] {
    let session = harness.state().session();
    let bytes = |photo: &redawn::imaging::Photo| {
        RgbImage::from_fn(photo.size().width as u32, photo.size().height as u32, |x, y| {
            let value = |channel| (photo.pixels.value(channel, x as usize, y as usize) * 255.0).round() as u8;
            image::Rgb([value(0), value(1), value(2)])
        })
    };
    [bytes(&session.source().unwrap().photo), bytes(&session.restoration().unwrap().result)]
}

/// Whether each pixel within `core` px of the path, and each beyond `edge` px, is the expected one.
fn check(shown: &RgbImage, segment: [[f32; 2]; 2], [core, edge]: [f32; 2], [inside, outside]: [&RgbImage; 2]) {
    let [from, to] = segment;
    for (x, y, pixel) in shown.enumerate_pixels() {
        let (along, at) = ([to[0] - from[0], to[1] - from[1]], [x as f32 + 0.5 - from[0], y as f32 + 0.5 - from[1]]);
        let squared = (along[0] * along[0] + along[1] * along[1]).max(1e-6);
        let share = ((at[0] * along[0] + at[1] * along[1]) / squared).clamp(0.0, 1.0);
        let distance = (at[0] - share * along[0]).hypot(at[1] - share * along[1]);
        if distance < core {
            assert_eq!(pixel, inside.get_pixel(x, y), "inside at {x}, {y}");
        } else if distance > edge {
            assert_eq!(pixel, outside.get_pixel(x, y), "outside at {x}, {y}");
        }
    }
}

const LINE: [[f32; 2]; 2] = [[60.0, 50.0], [150.0, 90.0]];

#[test]
fn a_painted_area_is_saved_restored_and_the_rest_is_the_original_bit_for_bit() {
    let folder = folder();
    let target = folder.path().join("out.png");
    let mut harness = opened(&folder, &target);
    choose_area(&mut harness, "Painted area");
    assert!(is_current(&harness), "without another run");
    set_brush(&mut harness, 40.0, 50.0);
    paint(&mut harness, &LINE);
    assert_eq!(strokes(&harness), 1);
    assert!(is_current(&harness), "without another run");
    let [before, after] = originals(&harness);
    check(&saved(&mut harness, &target), LINE, [9.0, 21.0], [&after, &before]);

    // The other way round.
    choose_area(&mut harness, "Except painted area");
    check(&saved(&mut harness, &target), LINE, [9.0, 21.0], [&before, &after]);

    // A lower strength elsewhere instead of none.
    choose_area(&mut harness, "Painted area");
    harness.get_by_role_and_label(Role::Slider, "Strength elsewhere").set_value_accesskit(50.0);
    settle(&mut harness);
    let half = saved(&mut harness, &target);
    let differ = half.enumerate_pixels().filter(|(x, y, pixel)| {
        let [low, high] = [&before, &after].map(|picture| i16::from(picture.get_pixel(*x, *y)[0]));
        (i16::from(pixel[0]) - (low + high) / 2).abs() > 1
    });
    assert!(differ.count() < 237 * 151 / 4, "half elsewhere");
}

#[test]
fn strokes_are_erased_and_each_is_a_step_of_undo() {
    let folder = folder();
    let mut harness = opened(&folder, &folder.path().join("out.png"));
    // B chooses the area too.
    press(&mut harness, Modifiers::NONE, Key::B);
    assert_eq!(harness.state().mask(), Mask { area: Area::Painted, ..Mask::default() });
    set_brush(&mut harness, 30.0, 0.0);
    paint(&mut harness, &[[40.0, 40.0], [70.0, 42.0], [120.0, 60.0], [140.0, 90.0]]);
    drag(&mut harness, &[[100.0, 20.0], [100.0, 120.0]], PointerButton::Secondary, Modifiers::NONE);
    drag(&mut harness, &[[60.0, 20.0], [60.0, 120.0]], PointerButton::Primary, Modifiers::ALT);
    bring_into_view(&mut harness, Role::CheckBox, "Eraser");
    harness.get_by_role_and_label(Role::CheckBox, "Eraser").click();
    settle(&mut harness);
    // A single click is a stroke.
    paint(&mut harness, &[[140.0, 90.0]]);
    let effects = |harness: &Window| -> Vec<Effect> {
        harness.state().mask().painting.strokes().iter().map(|stroke| stroke.effect).collect()
    };
    assert_eq!(effects(&harness), [Effect::Add, Effect::Erase, Effect::Erase, Effect::Erase]);
    for left in (0..4).rev() {
        press(&mut harness, Modifiers::COMMAND, Key::Z);
        assert_eq!(strokes(&harness), left, "one step each");
    }
    assert_eq!(harness.state().mask().area, Area::Painted);
    press(&mut harness, Modifiers::COMMAND, Key::Z);
    assert_eq!(harness.state().mask(), Mask::default());
    (0..5).for_each(|_| press(&mut harness, Modifiers::COMMAND, Key::Y));
    assert_eq!(strokes(&harness), 4);
    harness.get_by_label("Clear painted area").click();
    settle(&mut harness);
    assert_eq!(strokes(&harness), 0);
    press(&mut harness, Modifiers::COMMAND, Key::Z);
    assert_eq!(strokes(&harness), 4);
}

#[test]
fn shift_draws_a_straight_line_and_keys_change_the_brush() {
    let folder = folder();
    let mut harness = opened(&folder, &folder.path().join("out.png"));
    press(&mut harness, Modifiers::NONE, Key::B);
    paint(&mut harness, &[[30.0, 30.0]]);
    drag(&mut harness, &[[200.0, 100.0]], PointerButton::Primary, Modifiers::SHIFT);
    let mask = harness.state().mask();
    let points = &mask.painting.strokes()[1].points;
    let near = |point: [f32; 2], x: f32, y: f32| (point[0] - x).abs() < 1.0 && (point[1] - y).abs() < 1.0;
    assert!(points.len() == 2 && near(points[0], 30.0, 30.0) && near(points[1], 200.0, 100.0), "{points:?}");

    let value = |harness: &Window, name: &str| {
        harness.get_by_role_and_label(Role::Slider, name).accesskit_node().numeric_value().unwrap()
    };
    let (size, feather) = (value(&harness, "Brush size"), value(&harness, "Feather"));
    press(&mut harness, Modifiers::NONE, Key::CloseBracket);
    press(&mut harness, Modifiers::SHIFT, Key::OpenBracket);
    assert!(value(&harness, "Brush size") > size && value(&harness, "Feather") < feather);
    let overlay = |harness: &Window| {
        harness.get_by_role_and_label(Role::CheckBox, "Show painted area").accesskit_node().toggled()
    };
    let before = overlay(&harness);
    press(&mut harness, Modifiers::NONE, Key::O);
    assert_ne!(overlay(&harness), before);
    // Without the brush a drag paints nothing.
    press(&mut harness, Modifiers::NONE, Key::Escape);
    paint(&mut harness, &[[60.0, 30.0], [90.0, 60.0]]);
    assert_eq!(strokes(&harness), 2);
}

/// On a busy machine a frame may end one stroke and begin the next.
#[test]
fn strokes_that_meet_within_one_frame_stay_apart() {
    let folder = folder();
    let mut harness = opened(&folder, &folder.path().join("out.png"));
    press(&mut harness, Modifiers::NONE, Key::B);
    let [first, second, third] = [[40.0, 40.0], [120.0, 60.0], [200.0, 100.0]].map(|[x, y]| place(&harness, x, y).1);
    let button = |pos, button, pressed| Event::PointerButton { pos, button, pressed, modifiers: Modifiers::NONE };
    let (left, right) = (PointerButton::Primary, PointerButton::Secondary);
    let frames = [
        vec![Event::PointerMoved(first)],
        vec![button(first, left, true)],
        vec![button(first, left, false), Event::PointerMoved(second), button(second, left, true)],
        vec![button(second, left, false), Event::PointerMoved(third), button(third, right, true)],
        vec![button(third, right, false)],
    ];
    for events in frames {
        harness.input_mut().events.extend(events);
        harness.step();
    }
    settle(&mut harness);
    let painting = harness.state().mask().painting;
    let strokes: Vec<_> = painting.strokes().iter().map(|stroke| (stroke.points.len(), stroke.effect)).collect();
    assert_eq!(strokes, [(1, Effect::Add), (1, Effect::Add), (1, Effect::Erase)]);
    press(&mut harness, Modifiers::COMMAND, Key::Z);
    assert_eq!(self::strokes(&harness), 2, "a step each");
}

#[test]
fn painted_areas_belong_to_their_photos_and_survive_a_restart() {
    let folder = folder();
    let files: Vec<PathBuf> = ["a.png", "b.png", "c.png"].iter().map(|name| photo(&folder, name)).collect();
    let store = folder.path().join("config");
    let open =
        |files: &[PathBuf]| window_with(Duration::ZERO, FakeDialogs::default(), files, Some(Store::at(store.clone())));
    let mut harness = open(&files);
    wait(&mut harness, "the list", |harness| harness.state().queue().items().len() == 3);
    wait_open(&mut harness, &files[0]);
    press(&mut harness, Modifiers::NONE, Key::B);
    set_brush(&mut harness, 40.0, 0.0);
    paint(&mut harness, &LINE);
    let painted = harness.state().mask();
    let masks = |harness: &Window| -> Vec<Mask> {
        harness.state().queue().items().iter().map(|item| item.mask.clone()).collect()
    };
    // Settings are copied without it.
    harness.get_by_label("Queue options").click();
    settle(&mut harness);
    harness.get_by_label("Apply settings to all").click();
    settle(&mut harness);
    assert_eq!(masks(&harness), [painted.clone(), Mask::default(), Mask::default()]);
    wait(&mut harness, "sizes", |harness| harness.state().queue().items().iter().all(|item| item.size.is_some()));
    harness.get_by_label("Queue options").click();
    settle(&mut harness);
    harness.get_by_label("Apply painted area to photos of this size").click();
    settle(&mut harness);
    assert_eq!(masks(&harness), [painted.clone(), painted.clone(), painted.clone()]);
    harness.get_by_label("Painted area applied to 2 other photos.");
    press(&mut harness, Modifiers::COMMAND, Key::Z);
    assert_eq!(masks(&harness), [painted.clone(), Mask::default(), Mask::default()]);
    eframe::App::on_exit(harness.state_mut());
    drop(harness);

    let mut harness = open(&[]);
    wait(&mut harness, "the list", |harness| harness.state().queue().items().len() == 3);
    assert_eq!(masks(&harness), [painted.clone(), Mask::default(), Mask::default()]);
    // A run writes it.
    harness.get_by_label("Export all").click();
    wait(&mut harness, "results", |harness| states(harness).iter().all(|state| matches!(state, State::Done(_))));
    let State::Done(path) = states(&harness)[0].clone() else { panic!("not done") };
    harness.get_by_label_contains("a.png: ").click();
    wait(&mut harness, "its result", |harness| {
        let session = harness.state().session();
        session.source().is_some_and(|source| source.path == files[0])
            && session.restoration().is_some_and(|restoration| restoration.full.is_some())
    });
    let full = harness.state().session().restoration().unwrap().full.clone().unwrap();
    let before = pixels(&files[0]);
    let after = RgbImage::from_fn(before.width(), before.height(), |x, y| {
        let value = |channel| (full.pixels.value(channel, x as usize, y as usize) * 255.0).round() as u8;
        image::Rgb([value(0), value(1), value(2)])
    });
    assert!(before != after);
    check(&pixels(&path), LINE, [19.0, 21.5], [&after, &before]);
    assert!(is_current(&harness), "read from its files");
    assert!(matches!(states(&harness)[0], State::Done(_)));
    // More is painted without another run, from the result kept beside it.
    press(&mut harness, Modifiers::NONE, Key::B);
    paint(&mut harness, &[[200.0, 20.0]]);
    assert!(is_current(&harness), "without another run");
    assert!(matches!(states(&harness)[0], State::Restored), "changed since it was saved");
    press(&mut harness, Modifiers::COMMAND, Key::Z);
    assert!(matches!(states(&harness)[0], State::Done(_)), "as saved again");
}
