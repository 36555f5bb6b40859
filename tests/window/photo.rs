//! Opening, restoring, cancelling, comparing and saving a photo, by accessible names, mouse and keys, with the real
//! worker and a fake network. A failure loses nothing.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use egui::{Key, Modifiers, PointerButton, Pos2, accesskit::Role, vec2};
use egui_kittest::{
    Harness,
    kittest::{NodeT, Queryable},
};
use redawn::{
    restore::{Noise, Scale},
    window::RedawnApp,
};

use crate::support::desk::*;

#[test]
fn an_empty_window_disables_what_needs_a_photo() {
    let mut harness = window(Duration::ZERO, FakeDialogs::default(), &[]);
    settle(&mut harness);
    harness.check_accessibility();
    harness.get_by_role_and_label(Role::Label, "Drop a photo here");
    assert!(harness.get_by_label("Save").accesskit_node().is_disabled());
    assert!(harness.get_by_label("Save as…").accesskit_node().is_disabled());
    assert!(harness.query_by_label_contains("Photo: ").is_none());
}

#[test]
fn the_empty_window_shows_a_sample_under_its_divider() {
    let mut harness = window(Duration::ZERO, FakeDialogs::default(), &[]);
    settle(&mut harness);
    let sample = harness.get_by_label("A sample photo, before and after").rect();
    for words in ["Open a photo:", "Drag the line", "Adjust on the right"] {
        harness.get_by_label_contains(words);
    }
    let line = |harness: &Harness<'_, RedawnApp>| harness.get_by_label(DIVIDER).rect().center().x;
    assert!((line(&harness) - sample.center().x).abs() < 1.0);
    harness.get_by_label(DIVIDER).set_value_accesskit(0.25);
    settle(&mut harness);
    assert!((line(&harness) - sample.left() - 0.25 * sample.width()).abs() < 1.0);
    // A photo has its own divider.
    assert_eq!(harness.state().divider(), 0.5);
    // In a small window it is smaller.
    harness.set_size(egui::vec2(720.0, 520.0));
    settle(&mut harness);
    let small = harness.get_by_label("A sample photo, before and after").rect();
    assert!(small.width() < sample.width() && (small.aspect_ratio() - sample.aspect_ratio()).abs() < 0.02);
    harness.check_accessibility();
}

#[test]
fn a_photo_is_opened_by_button_keys_drop_and_command_line() {
    let folder = folder();
    let path = photo(&folder, "owl.png");
    let decided = || FakeDialogs { photos: Some(vec![path.clone()]), ..FakeDialogs::default() };
    let opened = |mut harness: Harness<'static, RedawnApp>| {
        wait_ready(&mut harness);
        assert_eq!(harness.state().session().source().unwrap().path, path);
        harness.get_by_label("Photo: owl.png");
        assert!(harness.query_all_by_label_contains("237 × 151 px").count() > 0);
    };

    let mut harness = window(Duration::ZERO, decided(), &[]);
    settle(&mut harness);
    harness.get_by_label("Open…").click();
    opened(harness);

    let harness = window(Duration::ZERO, decided(), &[]);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::O);
    opened(harness);

    let mut harness = window(Duration::ZERO, FakeDialogs::default(), &[]);
    harness.input_mut().dropped_files.push(Arc::new(Dropped(path.clone())));
    opened(harness);

    opened(window(Duration::ZERO, FakeDialogs::default(), std::slice::from_ref(&path)));
}

#[test]
fn a_file_that_is_no_picture_is_refused_and_the_photo_stays() {
    let folder = folder();
    let bad = folder.path().join("letter.png");
    std::fs::write(&bad, "Dear photo").unwrap();
    let decided = FakeDialogs { photos: Some(vec![bad]), ..FakeDialogs::default() };
    let mut harness = window(Duration::ZERO, decided, &[photo(&folder, "owl.png")]);
    wait_ready(&mut harness);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::O);
    let refusals = |harness: &Harness<'_, RedawnApp>| harness.query_all_by_label_contains("letter.png").count();
    wait(&mut harness, "the refusal", |harness| refusals(harness) == 1);
    wait_ready(&mut harness);
    harness.get_by_label("Photo: owl.png");
    assert_eq!(refusals(&harness), 1, "only the notice");
}

#[test]
fn restoring_uses_the_recipe_and_shows_the_result() {
    let folder = folder();
    let mut harness = window(Duration::ZERO, FakeDialogs::default(), &[photo(&folder, "owl.png")]);
    wait_ready(&mut harness);
    assert_eq!(harness.state().recipe().noise, Noise::AUTO, "drawing the controls changes nothing");
    harness.get_by_label("Medium, σ 25").click();
    harness.get_by_label("2×").click();
    settle(&mut harness);
    assert_eq!(harness.state().recipe().noise, Noise::Sigma(25.0));
    assert_eq!(harness.state().recipe().scale, Scale::X2);
    wait_restored(&mut harness);
    assert!(harness.query_all_by_label_contains("474 × 302 px").count() > 0);
    let size = harness.state().session().restoration().unwrap().result.size();
    assert_eq!((size.width, size.height), (474, 302));
    harness.get_by_label(DIVIDER);
}

#[test]
fn progress_is_shown_and_cancelled_by_button_or_escape() {
    let folder = folder();
    let mut harness = window(Duration::from_millis(150), FakeDialogs::default(), &[photo(&folder, "owl.png")]);
    wait_ready(&mut harness);
    harness.get_by_label("Medium, σ 25").click();
    harness.get_by_label("4×").click();
    settle(&mut harness);
    for by_escape in [false, true] {
        wait(&mut harness, "progress", |harness| harness.query_by_label("Progress").is_some());
        assert!(harness.query_by_label("Not up to date").is_none());
        harness.get_by_label("Updating…");
        if by_escape {
            harness.key_press(Key::Escape);
        } else {
            harness.get_by_label("Cancel").click();
        }
        wait(&mut harness, "its end", |harness| harness.state().session().run().is_none());
        harness.run_steps(10);
        assert!(harness.query_by_label("Progress").is_none(), "it does not go on by itself");
        harness.get_by_label("Not up to date");
        harness.get_by_label("Update preview").click();
    }
    wait(&mut harness, "progress", |harness| harness.query_by_label("Progress").is_some());
}

#[test]
fn another_photo_can_be_opened_while_restoring() {
    let folder = folder();
    let other = photo(&folder, "wren.png");
    let decided = FakeDialogs { photos: Some(vec![other]), ..FakeDialogs::default() };
    let mut harness = window(Duration::from_millis(100), decided, &[photo(&folder, "owl.png")]);
    wait_ready(&mut harness);
    harness.get_by_label("4×").click();
    settle(&mut harness);
    wait(&mut harness, "progress", |harness| harness.query_by_label("Progress").is_some());
    harness.key_press_modifiers(Modifiers::COMMAND, Key::O);
    wait(&mut harness, "the other photo", |harness| harness.query_by_label("Photo: wren.png").is_some());
    wait_ready(&mut harness);
    assert!(harness.state().session().restoration().is_none());
}

#[test]
fn the_divider_is_moved_by_mouse_and_keys() {
    let folder = folder();
    let mut harness = window(Duration::ZERO, FakeDialogs::default(), &[photo(&folder, "owl.png")]);
    wait_ready(&mut harness);
    harness.get_by_label("Medium, σ 25").click();
    settle(&mut harness);
    wait_restored(&mut harness);
    assert_eq!(harness.state().divider(), 0.5);

    // Grabbed far from its handle.
    let area = harness.get_by_label("Photo: owl.png").rect();
    let grab = Pos2::new(harness.get_by_label(DIVIDER).rect().center().x, area.top() + 60.0);
    let to = Pos2::new(area.left() + 0.25 * area.width(), grab.y);
    harness.drag_at(grab);
    harness.step();
    harness.hover_at(Pos2::new(0.5 * (grab.x + to.x), grab.y));
    harness.step();
    harness.hover_at(to);
    harness.step();
    harness.drop_at(to);
    settle(&mut harness);
    let dragged = harness.state().divider();
    assert!((dragged - 0.25).abs() < 0.01, "dragged to {dragged}");

    // Grabbing it gives it the focus.
    assert!(harness.get_by_label(DIVIDER).is_focused());
    harness.key_press(Key::ArrowRight);
    settle(&mut harness);
    assert!(harness.state().divider() > dragged);
    harness.key_press(Key::ArrowLeft);
    settle(&mut harness);
    assert!((harness.state().divider() - dragged).abs() < 1e-5);

    for (key, share) in [(Key::Num1, 0.0), (Key::Num3, 1.0), (Key::Num2, 0.5)] {
        harness.key_press(key);
        settle(&mut harness);
        assert_eq!(harness.state().divider(), share);
    }
    harness.get_by_label(DIVIDER).set_value_accesskit(0.75);
    settle(&mut harness);
    assert_eq!(harness.state().divider(), 0.75);
    double_click(&mut harness, Pos2::new(area.left() + 0.75 * area.width(), area.center().y));
    assert_eq!(harness.state().divider(), 0.5);
}

/// Busy machines and remote desktops deliver a whole drag in one or two frames.
#[test]
fn a_drag_within_one_frame_moves_the_divider() {
    let folder = folder();
    let mut harness = window(Duration::ZERO, FakeDialogs::default(), &[photo(&folder, "owl.png")]);
    wait_ready(&mut harness);
    harness.get_by_label("Medium, σ 25").click();
    settle(&mut harness);
    wait_restored(&mut harness);
    let area = harness.get_by_label("Photo: owl.png").rect();
    let at = |share: f32| Pos2::new(area.left() + share * area.width(), area.top() + 60.0);
    let button = |share: f32, pressed| egui::Event::PointerButton {
        pos: at(share),
        button: PointerButton::Primary,
        pressed,
        modifiers: Modifiers::NONE,
    };
    let moved = |share: f32| egui::Event::PointerMoved(at(share));
    let mut from = 0.5;
    // Number of events in the first of two frames.
    for (first, to) in [(6, 0.2), (1, 0.8), (2, 0.3), (3, 0.7), (4, 0.25), (5, 0.75)] {
        let halfway = moved(0.5 * (from + to));
        let mut events = vec![moved(from), button(from, true), halfway, moved(to), button(to, false), moved(0.9)];
        let later = events.split_off(first);
        for events in [events, later] {
            harness.input_mut().events.extend(events);
            harness.step();
        }
        settle(&mut harness);
        let divider = harness.state().divider();
        assert!((divider - to).abs() < 0.01, "{first}: at {divider} instead of {to}");
        from = to;
    }
}

fn double_click(harness: &mut Harness<'_, RedawnApp>, at: Pos2) {
    harness.hover_at(at);
    harness.step();
    for pressed in [true, false, true, false] {
        let modifiers = Modifiers::NONE;
        harness.event(egui::Event::PointerButton { pos: at, button: egui::PointerButton::Primary, pressed, modifiers });
        harness.step();
    }
}

#[test]
fn the_noise_slider_is_moved_by_keys_and_reset_by_a_double_click() {
    let folder = folder();
    let mut harness = window(Duration::ZERO, FakeDialogs::default(), &[photo(&folder, "owl.png")]);
    wait_ready(&mut harness);
    harness.get_by_label("Light, σ 10").click();
    settle(&mut harness);
    harness.get_by_role_and_label(Role::Slider, "Noise level").focus();
    settle(&mut harness);
    harness.key_press(Key::ArrowRight);
    settle(&mut harness);
    let Noise::Sigma(sigma) = harness.state().recipe().noise else { panic!("a key leaves auto") };
    assert!(sigma > 10.0 && sigma < 20.0, "{sigma}");
    let handle = harness.get_by_role_and_label(Role::Slider, "Noise level").rect().center();
    double_click(&mut harness, handle);
    assert_eq!(harness.state().recipe().noise, Noise::AUTO);
    // A tap: pressed and released within one frame.
    let rail = harness.get_by_role_and_label(Role::Slider, "Noise level").rect();
    let pos = rail.center();
    harness.input_mut().events.push(egui::Event::PointerMoved(pos));
    let tap = |pressed| egui::Event::PointerButton {
        pos,
        button: PointerButton::Primary,
        pressed,
        modifiers: Modifiers::NONE,
    };
    harness.input_mut().events.extend([true, false].map(tap));
    settle(&mut harness);
    let Noise::Sigma(sigma) = harness.state().recipe().noise else { panic!("a tap leaves auto") };
    assert!((sigma - 37.5).abs() < 1.0, "{sigma}");
}

#[test]
fn the_wheel_zooms_and_f_fits_again() {
    let folder = folder();
    let mut harness = window(Duration::ZERO, FakeDialogs::default(), &[photo(&folder, "owl.png")]);
    wait_ready(&mut harness);
    let zoom = |harness: &Harness<'_, RedawnApp>| {
        let field = harness.get_by_role_and_label(Role::SpinButton, "Zoom");
        field.accesskit_node().numeric_value().expect("the zoom is shown")
    };
    let fitted = zoom(&harness);
    harness.get_by_label("Photo: owl.png").hover();
    harness.step();
    harness.event(egui::Event::MouseWheel {
        unit: egui::MouseWheelUnit::Point,
        delta: vec2(0.0, 120.0),
        source: egui::MouseWheelSource::Wheel,
        phase: egui::TouchPhase::Move,
        modifiers: Modifiers::NONE,
    });
    harness.run_steps(20);
    assert!(zoom(&harness) > 1.2 * fitted, "{} of {fitted}", zoom(&harness));
    harness.get_by_label("1:1").click();
    settle(&mut harness);
    assert_eq!(zoom(&harness), 100.0);
    // With Ctrl the texts grow, also if Ctrl is released before the frame is drawn.
    let key = |key, pressed, modifiers| egui::Event::Key { key, pressed, modifiers, repeat: false, physical_key: None };
    let before = harness.ctx.zoom_factor();
    let held = [Modifiers::COMMAND, Modifiers::NONE].map(egui::Event::ModifiersChanged);
    let presses = [true, false].map(|pressed| key(Key::Plus, pressed, Modifiers::COMMAND));
    let [hold, release] = held;
    harness.input_mut().events.extend([hold].into_iter().chain(presses).chain([release]));
    harness.run_steps(20);
    let after = harness.ctx.zoom_factor();
    assert!(after > before);
    let shown = zoom(&harness) / f64::from(after / before);
    assert!((shown - 100.0).abs() < 1.0, "{shown}");
    harness.ctx.set_zoom_factor(before);
    settle(&mut harness);
    harness.key_press(Key::F);
    settle(&mut harness);
    assert_eq!(zoom(&harness), fitted);
}

#[test]
fn the_result_is_saved_where_the_user_chooses() {
    let folder = folder();
    let (source, target) = (photo(&folder, "owl.png"), folder.path().join("ä owl better.png"));
    let suggested = Arc::new(Mutex::new(None));
    let decided = FakeDialogs { target: Some(target.clone()), suggested: suggested.clone(), ..FakeDialogs::default() };
    let mut harness = window(Duration::ZERO, decided, std::slice::from_ref(&source));
    wait_ready(&mut harness);
    harness.get_by_label("Medium, σ 25").click();
    harness.get_by_label("3×").click();
    settle(&mut harness);
    wait_restored(&mut harness);
    harness.key_press_modifiers(Modifiers::COMMAND | Modifiers::SHIFT, Key::S);
    wait(&mut harness, "saved", |harness| harness.query_by_label_contains("Saved as").is_some());
    assert_eq!(*suggested.lock().unwrap(), Some(source.with_file_name("owl-restored.png")));
    let saved = image::open(target).unwrap().to_rgb8();
    assert_eq!(saved.dimensions(), (711, 453));
    let result = harness.state().session().restoration().unwrap().result.clone();
    let red = (result.pixels.value(0, 300, 200) * 255.0).round() as u8;
    assert_eq!(saved.get_pixel(300, 200)[0], red);
}

/// A name without extension gets the dialog's format. The dialog did not ask about that file, so it is not replaced.
#[test]
fn a_name_without_an_extension_is_saved_in_the_format_of_the_dialog() {
    let folder = folder();
    let source = folder.path().join("owl.jpg");
    image::open(photo(&folder, "owl.png")).unwrap().to_rgb8().save(&source).unwrap();
    std::fs::write(folder.path().join("better.jpg"), "precious").unwrap();
    let decided = FakeDialogs { target: Some(folder.path().join("better")), ..FakeDialogs::default() };
    let mut harness = window(Duration::ZERO, decided, &[source]);
    wait_ready(&mut harness);
    harness.get_by_label("Medium, σ 25").click();
    settle(&mut harness);
    wait_restored(&mut harness);
    harness.get_by_label("Save as…").click();
    wait(&mut harness, "saved", |harness| harness.query_by_label_contains("Saved as").is_some());
    let saved = std::fs::read(folder.path().join("better (2).jpg")).unwrap();
    assert_eq!(image::guess_format(&saved).unwrap(), image::ImageFormat::Jpeg);
    assert_eq!(std::fs::read(folder.path().join("better.jpg")).unwrap(), b"precious");
}

#[test]
fn a_failed_save_gives_the_reason_and_keeps_the_result() {
    let folder = folder();
    let target = folder.path().join("no such folder").join("owl.png");
    let decided = FakeDialogs { target: Some(target), ..FakeDialogs::default() };
    let mut harness = window(Duration::ZERO, decided, &[photo(&folder, "owl.png")]);
    wait_ready(&mut harness);
    harness.get_by_label("Medium, σ 25").click();
    settle(&mut harness);
    wait_restored(&mut harness);
    harness.get_by_label("Save as…").click();
    wait(&mut harness, "the reason", |harness| harness.query_by_label_contains("no such folder").is_some());
    wait_restored(&mut harness);
    assert!(!harness.get_by_label("Save as…").accesskit_node().is_disabled());
}

#[test]
fn a_drop_is_named_beforehand() {
    let mut harness = window(Duration::ZERO, FakeDialogs::default(), &[]);
    harness.input_mut().hovered_files.push(egui::HoveredFile { path: Some("owl.png".into()), ..Default::default() });
    settle(&mut harness);
    harness.get_by_label("Open “owl.png”");
}

/// The readable part of a damaged photo can be restored; its file is never replaced.
#[test]
fn a_damaged_photo_opens_with_a_notice_and_is_never_replaced() {
    let folder = folder();
    let path = photo(&folder, "owl.jpg");
    let whole = std::fs::read(&path).unwrap();
    let part = &whole[..whole.len() * 6 / 10];
    std::fs::write(&path, part).unwrap();
    let decided = FakeDialogs { target: Some(path.clone()), ..FakeDialogs::default() };
    let mut harness = window(Duration::ZERO, decided, std::slice::from_ref(&path));
    wait_ready(&mut harness);
    wait(&mut harness, "how much is missing", |harness| {
        harness.query_by_label_contains("The file is incomplete: its lower").is_some()
    });
    harness.get_by_label("Medium, σ 25").click();
    settle(&mut harness);
    wait_restored(&mut harness);
    harness.get_by_label("Save as…").click();
    let beside = folder.path().join("owl (2).jpg");
    wait(&mut harness, "a file beside it", |_| beside.exists());
    wait(&mut harness, "why", |harness| harness.query_by_label_contains("it is not replaced").is_some());
    assert!(std::fs::read(&path).unwrap() == part, "the damaged photo was replaced");
}
