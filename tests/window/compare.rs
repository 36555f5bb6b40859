//! Comparing before and after by controls and keys, checked pixel by pixel on the screen.

use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use egui::{Key, Modifiers, Pos2, Rect, accesskit::Role, vec2};
use egui_kittest::{
    Harness,
    kittest::{NodeT, Queryable},
};
use image::RgbaImage;
use redawn::{
    pixels::Size,
    state::{Compare, Cut, Session},
    window::RedawnApp,
};

use crate::support::{desk::*, drawing};

type Window = Harness<'static, RedawnApp>;

/// A window with a photo restored at a scale.
fn restored(path: &Path, scale: &str, delay: Duration) -> Window {
    let mut harness = window(delay, FakeDialogs::default(), &[path.to_owned()]);
    wait_ready(&mut harness);
    harness.get_by_label("Medium, σ 25").click();
    harness.get_by_label(scale).click();
    settle(&mut harness);
    wait_restored(&mut harness);
    rest(&mut harness);
    harness
}

/// Runs frames until none requests another one and no texture is being painted.
fn rest(harness: &mut Window) {
    let (start, mut calm) = (Instant::now(), 0);
    while calm < 10 {
        assert!(start.elapsed() < PATIENCE, "the window keeps repainting");
        harness.step();
        let soon = harness.output().viewport_output[&egui::ViewportId::ROOT].repaint_delay < Duration::from_secs(1);
        calm = if soon { 0 } else { calm + 1 };
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn canvas(harness: &Window) -> Rect {
    harness.get_by_label_contains("Photo: ").rect()
}

fn labels(harness: &Window) -> Vec<String> {
    let of = |start: &str| -> Vec<String> {
        let found = harness.query_all_by_label_contains(start).map(|label| label.accesskit_node());
        found.filter(|node| node.role() == Role::Label).filter_map(|node| node.label().or(node.value())).collect()
    };
    ["Before  ", "After  ", "Difference ×"].into_iter().flat_map(of).collect()
}

/// A screenshot; `None` without a renderer.
fn picture(harness: &mut Window) -> Option<RgbaImage> {
    rest(harness);
    drawing::picture(harness)
}

/// A photo with horizontal and vertical edges.
fn edges(folder: &tempfile::TempDir) -> PathBuf {
    let path = folder.path().join("edges.png");
    let picture = image::RgbImage::from_fn(120, 90, |x, y| {
        image::Rgb(if (x / 15 + y / 15) % 2 == 0 { [20, 20, 20] } else { [200, 200, 200] })
    });
    picture.save(&path).unwrap();
    path
}

#[test]
fn every_comparison_has_a_name_a_key_and_labels() {
    let folder = folder();
    let mut harness = restored(&photo(&folder, "owl.png"), "2×", Duration::ZERO);
    let (before, after) = ("Before  237 × 151 px", "After  474 × 302 px");
    let split = Compare::Split(Cut::Auto);
    assert_eq!((harness.state().compare(), labels(&harness)), (split, vec![before.into(), after.into()]));
    for (name, compare, expected) in [
        ("Side by side", Compare::SideBySide(Cut::Auto), vec![before, after]),
        ("Before only", Compare::Before, vec![before]),
        ("After only", Compare::After, vec![after]),
        ("Difference", Compare::Difference, vec!["Difference ×8  474 × 302 px"]),
        ("Split", split, vec![before, after]),
    ] {
        harness.get_by_role_and_label(Role::RadioButton, name).click();
        rest(&mut harness);
        assert_eq!(
            (harness.state().compare(), labels(&harness)),
            (compare, expected.iter().map(|label| label.to_string()).collect())
        );
        assert!(
            harness.get_by_role_and_label(Role::RadioButton, name).accesskit_node().toggled()
                == Some(egui::accesskit::Toggled::True)
        );
        assert_eq!(harness.query_by_label(DIVIDER).is_some(), compare == split);
        harness.check_accessibility();
    }

    harness.key_press(Key::Y);
    settle(&mut harness);
    assert_eq!(harness.state().compare(), Compare::SideBySide(Cut::Auto));
    harness.key_press(Key::D);
    settle(&mut harness);
    assert_eq!(harness.state().compare(), Compare::Difference);
    harness.key_press(Key::D);
    settle(&mut harness);
    assert_eq!(harness.state().compare(), Compare::SideBySide(Cut::Auto), "again: the previous comparison");
    harness.key_press_modifiers(Modifiers::SHIFT, Key::Y);
    settle(&mut harness);
    assert_eq!(harness.state().compare(), split);
    for (key, share) in [(Key::Num1, 0.0), (Key::Num3, 1.0), (Key::Num2, 0.5)] {
        harness.key_press(Key::Y);
        settle(&mut harness);
        harness.key_press(key);
        settle(&mut harness);
        assert_eq!((harness.state().compare(), harness.state().divider()), (split, share));
    }
}

#[test]
fn before_is_shown_while_its_key_is_held() {
    let folder = folder();
    let mut harness = restored(&photo(&folder, "owl.png"), "2×", Duration::ZERO);
    for mode in [Key::D, Key::Y] {
        harness.key_press(mode);
        settle(&mut harness);
        let (compare, shown) = (harness.state().compare(), labels(&harness));
        for held in [Key::Backslash, Key::Space] {
            harness.key_down(held);
            settle(&mut harness);
            assert_eq!(labels(&harness), ["Before  237 × 151 px"], "{held:?}");
            harness.key_up(held);
            settle(&mut harness);
            assert_eq!((harness.state().compare(), labels(&harness)), (compare, shown.clone()));
        }
    }
    // Space activates a focused button.
    harness.get_by_label("Fit").focus();
    settle(&mut harness);
    harness.key_down(Key::Space);
    settle(&mut harness);
    assert_eq!(labels(&harness).len(), 2);
}

#[test]
fn keys_do_nothing_behind_a_dialog() {
    let folder = folder();
    let mut harness = restored(&photo(&folder, "owl.png"), "2×", Duration::ZERO);
    harness.key_press(Key::F1);
    settle(&mut harness);
    for key in [Key::D, Key::Y, Key::Num1] {
        harness.key_press(key);
        settle(&mut harness);
        assert_eq!((harness.state().compare(), harness.state().divider()), (Compare::default(), 0.5), "{key:?}");
    }
    harness.key_press(Key::Escape);
    settle(&mut harness);
    harness.key_press(Key::D);
    settle(&mut harness);
    assert_eq!(harness.state().compare(), Compare::Difference);
}

#[test]
fn selecting_split_again_makes_the_divider_horizontal() {
    let folder = folder();
    let mut harness = restored(&photo(&folder, "owl.png"), "2×", Duration::ZERO);
    harness.key_press_modifiers(Modifiers::SHIFT, Key::Y);
    settle(&mut harness);
    assert_eq!(harness.state().compare(), Compare::Split(Cut::Level));
    let (area, line) = (canvas(&harness), harness.get_by_label(DIVIDER).rect());
    assert_eq!(line.width(), area.width());
    harness.drag_at(Pos2::new(area.left() + 30.0, line.center().y));
    harness.step();
    let to = Pos2::new(area.left() + 40.0, area.top() + 0.75 * area.height());
    harness.hover_at(to);
    harness.step();
    harness.drop_at(to);
    settle(&mut harness);
    let dragged = harness.state().divider();
    assert!((dragged - 0.75).abs() < 0.01, "dragged to {dragged}");
    assert!(harness.get_by_label(DIVIDER).is_focused());
    harness.key_press(Key::ArrowUp);
    settle(&mut harness);
    assert!(harness.state().divider() < dragged);

    // On a tall canvas it is horizontal at first.
    harness.key_press_modifiers(Modifiers::SHIFT, Key::Y);
    harness.get_by_role_and_label(Role::RadioButton, "Difference").click();
    settle(&mut harness);
    harness.key_press(Key::Num2);
    harness.set_size(vec2(740.0, 800.0));
    settle(&mut harness);
    assert_eq!(harness.state().compare(), Compare::Split(Cut::Auto));
    let (area, line) = (canvas(&harness), harness.get_by_label(DIVIDER).rect());
    assert_eq!((line.width(), line.center().y), (area.width(), area.center().y));
}

fn zoom(harness: &Window) -> f64 {
    harness.get_by_role_and_label(Role::SpinButton, "Zoom").accesskit_node().numeric_value().expect("a number")
}

#[test]
fn the_zoom_can_be_typed_and_is_kept_by_a_new_result() {
    let folder = folder();
    let path = photo(&folder, "owl.png");
    let mut harness = restored(&path, "2×", Duration::ZERO);
    for (typed, percent) in [("200", 200.0), ("50 %", 50.0), ("nonsense", 50.0), ("123,4", 123.0)] {
        harness.get_by_role_and_label(Role::SpinButton, "Zoom").focus();
        settle(&mut harness);
        harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
        harness.event(egui::Event::Text(typed.to_owned()));
        settle(&mut harness);
        harness.key_press(Key::Enter);
        settle(&mut harness);
        assert_eq!(zoom(&harness), percent, "{typed}");
    }
    harness.get_by_label("Light, σ 10").click();
    settle(&mut harness);
    wait_restored(&mut harness);
    assert_eq!(zoom(&harness), 123.0);
    // Another photo fits the window.
    harness.input_mut().dropped_files.push(std::sync::Arc::new(Dropped(edges(&folder))));
    wait_open(&mut harness, &folder.path().join("edges.png"));
    assert_eq!(harness.state().session().source().unwrap().photo.size(), Size::new(120, 90));
    rest(&mut harness);
    assert_ne!(zoom(&harness), 123.0);
}

/// Brightness of the screen at a point.
fn light(picture: &RgbaImage, at: Pos2) -> u8 {
    picture.get_pixel(at.x as u32, at.y as u32)[0]
}

/// Positions where the screen changes between dark and bright, in pixels from a point, interpolated.
fn crossings(picture: &RgbaImage, from: Pos2, step: egui::Vec2, count: usize) -> Vec<f32> {
    let values: Vec<f32> = (0..count).map(|at| f32::from(light(picture, from + step * at as f32))).collect();
    let (dark, bright) =
        values.iter().fold((255.0_f32, 0.0_f32), |(low, high), value| (low.min(*value), high.max(*value)));
    let middle = (dark + bright) / 2.0;
    let crossing = |at: usize| {
        let (a, b) = (values[at] - middle, values[at + 1] - middle);
        (a * b < 0.0).then(|| at as f32 + a / (a - b))
    };
    (0..count - 1).filter_map(crossing).collect()
}

#[test]
fn before_and_after_line_up_to_the_pixel_at_every_scale() {
    let folder = folder();
    let path = edges(&folder);
    for (scale, factor) in [("2×", 2.0), ("3×", 3.0), ("4×", 4.0)] {
        let mut harness = restored(&path, scale, Duration::ZERO);
        harness.get_by_label("1:1").click();
        // Before left, after right of the divider: horizontal edges are at the same heights.
        let Some(upright) = picture(&mut harness) else { return };
        let area = canvas(&harness);
        let near = |offset: f32| Pos2::new(area.center().x + offset, area.center().y - 40.0 * factor);
        let count = (80.0 * factor) as usize;
        // Next to the handle.
        let column = 24.0;
        let before = crossings(&upright, near(-column), vec2(0.0, 1.0), count);
        let after = crossings(&upright, near(column), vec2(0.0, 1.0), count);
        assert_equal(&before, &after, scale);
        assert!(before.len() >= 4, "{scale}: {before:?}");

        // Before above, after below the divider.
        harness.key_press_modifiers(Modifiers::SHIFT, Key::Y);
        let Some(level) = picture(&mut harness) else { return };
        let near = |offset: f32| Pos2::new(area.center().x - 55.0 * factor, area.center().y + offset);
        let before = crossings(&level, near(-column), vec2(1.0, 0.0), count);
        let after = crossings(&level, near(column), vec2(1.0, 0.0), count);
        assert_equal(&before, &after, scale);
        assert!(before.len() >= 4, "{scale}: {before:?}");

        // Side by side: the same, offset by the distance of the pictures.
        harness.key_press(Key::Y);
        let Some(beside) = picture(&mut harness) else { return };
        let half = ((area.width() - 4.0) / 2.0).floor();
        for (x, step) in [(3.0, vec2(0.0, 1.0)), (-100.0, vec2(1.0, 0.0))] {
            let count = if step.x > 0.0 { 200 } else { count };
            let y = if step.x > 0.0 { 3.0 } else { -40.0 * factor };
            let of = |left: f32| {
                crossings(&beside, Pos2::new(left + (half / 2.0).floor() + x, area.center().y + y), step, count)
            };
            let (before, after) = (of(area.left()), of(area.right() - half));
            assert_equal(&before, &after, scale);
            assert!(!before.is_empty(), "{scale}");
        }
    }
}

fn assert_equal(before: &[f32], after: &[f32], scale: &str) {
    assert_eq!(before.len(), after.len(), "{scale}: {before:?} {after:?}");
    for (before, after) in before.iter().zip(after) {
        assert!((before - after).abs() < 0.5, "{scale}: {before} and {after}");
    }
}

#[test]
fn at_100_percent_the_screen_shows_the_values_of_the_file() {
    let folder = folder();
    let mut harness = restored(&photo(&folder, "owl.png"), "2×", Duration::ZERO);
    harness.get_by_label("1:1").click();
    settle(&mut harness);
    harness.get_by_role_and_label(Role::RadioButton, "After only").click();
    let Session::Restored { restoration, .. } = harness.state().session() else { panic!("restored") };
    let (pixels, area) = (restoration.result.pixels.clone(), canvas(&harness));
    let size = pixels.size();
    let corner = area.center() - vec2(size.width as f32, size.height as f32) / 2.0;
    let corner = (corner.x.round() as u32, corner.y.round() as u32);
    let places = [(150, 100), (237, 151), (301, 222), (473, 301), (0, 299)];
    let expected = places.map(|(x, y)| [0, 1, 2].map(|channel| (pixels.value(channel, x, y) * 255.0).round() as u8));
    // Textures are painted on another thread.
    let start = Instant::now();
    loop {
        let Some(shown) = picture(&mut harness) else { return };
        let seen = places.map(|(x, y)| {
            let [red, green, blue, _] = shown.get_pixel(corner.0 + x as u32, corner.1 + y as u32).0;
            [red, green, blue]
        });
        if seen == expected {
            break;
        }
        assert!(start.elapsed() < PATIENCE, "{seen:?} instead of {expected:?}");
    }
}

#[test]
fn the_old_result_stays_on_screen_during_another_run() {
    let folder = folder();
    let path = folder.path().join("flat.png");
    image::RgbImage::from_pixel(237, 151, image::Rgb([100, 100, 100])).save(&path).unwrap();
    // The fake network brightens values by a quarter of their distance to white.
    let mut harness = restored(&path, "1×", Duration::from_millis(10));
    let point = |harness: &Window, x: f32| canvas(harness).min + canvas(harness).size() * vec2(x, 0.45);
    let Some(first) = picture(&mut harness) else { return };
    let (before, after) = (light(&first, point(&harness, 0.3)), light(&first, point(&harness, 0.7)));
    assert_eq!((before, after), (100, 139));
    for (name, x, expected, level) in [
        ("Side by side", 0.8, 139, "Light, σ 10"),
        ("After only", 0.3, 139, "Strong, σ 50"),
        ("Difference", 0.3, 255, "Light, σ 10"),
        ("Split", 0.7, 139, "Strong, σ 50"),
    ] {
        harness.get_by_role_and_label(Role::RadioButton, name).click();
        rest(&mut harness);
        // The fake network ignores the level.
        harness.get_by_label(level).click();
        let mut seen = 0;
        wait(&mut harness, "a run", |harness| harness.state().session().run().is_some());
        while harness.state().session().run().is_some() {
            harness.step();
            let at = point(&harness, x);
            let frame = harness.render().expect("it could be drawn before");
            assert_eq!(light(&frame, at), expected, "{name}, frame {seen}");
            seen += 1;
        }
        assert!(seen > 0);
        wait_restored(&mut harness);
        let frame = picture(&mut harness).expect("it could be drawn before");
        assert_eq!(light(&frame, point(&harness, x)), expected, "{name}");
    }
}

#[test]
fn the_checkerboard_is_visible_in_every_comparison() {
    let folder = folder();
    let path = folder.path().join("glass.png");
    image::RgbaImage::from_pixel(120, 90, image::Rgba([255, 0, 0, 0])).save(&path).unwrap();
    let mut harness = restored(&path, "2×", Duration::ZERO);
    for name in ["Split", "Side by side", "Before only", "After only", "Difference"] {
        if name != "Split" {
            harness.get_by_role_and_label(Role::RadioButton, name).click();
        }
        let Some(shown) = picture(&mut harness) else { return };
        let area = canvas(&harness);
        for x in [0.3, 0.75] {
            let start = area.min + area.size() * vec2(x, 0.45);
            let seen: Vec<u8> = (0..16).map(|at| light(&shown, start + vec2(at as f32, 0.0))).collect();
            assert!(seen.contains(&150) && seen.contains(&106), "{name}: {seen:?}");
        }
    }
}

#[test]
fn the_difference_has_a_slider_for_its_amplification() {
    let folder = folder();
    let path = folder.path().join("flat.png");
    image::RgbImage::from_pixel(237, 151, image::Rgb([228, 228, 228])).save(&path).unwrap();
    // Brightened by 7.
    let mut harness = restored(&path, "1×", Duration::ZERO);
    let slider = "Amplification of the difference";
    assert!(harness.query_by_label(slider).is_none(), "only in its view");
    harness.get_by_role_and_label(Role::RadioButton, "Difference").click();
    rest(&mut harness);
    let at = canvas(&harness).min + canvas(&harness).size() * vec2(0.3, 0.5);
    let Some(eightfold) = picture(&mut harness) else { return };
    let changed = light(&eightfold, at) / 8;
    assert!(changed > 4, "{changed}");
    for gain in [16, 1, 8] {
        harness.get_by_label(slider).set_value_accesskit(f64::from(gain));
        rest(&mut harness);
        assert_eq!(labels(&harness), [format!("Difference ×{gain}  237 × 151 px")]);
        let shown = picture(&mut harness).expect("it could be drawn before");
        assert_eq!(light(&shown, at), changed * gain, "×{gain}");
        assert_eq!(harness.state().settings().difference_gain, gain);
    }
    harness.check_accessibility();
}

#[test]
fn something_is_on_screen_at_every_moment() {
    let folder = folder();
    let paths = [("dark.png", 90), ("bright.png", 180)].map(|(name, grey)| {
        let path = folder.path().join(name);
        image::RgbImage::from_pixel(1200, 900, image::Rgb([grey; 3])).save(&path).unwrap();
        path
    });
    let mut harness = window(Duration::from_millis(5), FakeDialogs::default(), &paths);
    wait_ready(&mut harness);
    wait_restored(&mut harness);
    let at = canvas(&harness).min + canvas(&harness).size() * vec2(0.25, 0.4);
    let Some(first) = picture(&mut harness) else { return };
    assert_eq!(light(&first, at), 90);
    for (comparison, key, path) in [
        ("Split", Key::PageDown, &paths[1]),
        ("After only", Key::PageUp, &paths[0]),
        ("Difference", Key::PageDown, &paths[1]),
    ] {
        harness.get_by_role_and_label(Role::RadioButton, comparison).click();
        rest(&mut harness);
        harness.key_press(key);
        let (start, mut frames) = (Instant::now(), 0);
        let is_open = |harness: &Window| {
            harness.state().session().source().is_some_and(|source| source.path == *path) && is_current(harness)
        };
        while !is_open(&harness) || frames < 20 {
            assert!(start.elapsed() < PATIENCE);
            harness.step();
            let frame = harness.render().expect("it could be drawn before");
            // The canvas alone is 24; the darkest of the pictures is brighter, also darkened in the difference.
            assert_ne!(light(&frame, at), 24, "{comparison}, frame {frames}");
            frames += 1;
        }
    }
}
