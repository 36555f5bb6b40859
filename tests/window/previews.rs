//! The preview grid: each preview equals that part of the whole result, and is selected by a click or a key.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use egui::Key;
use egui_kittest::{
    Harness,
    kittest::{NodeT, Queryable},
};
use redawn::{
    engine::{self, DeviceChoice, TileChoice, fake},
    imaging::{Depth, Photo},
    pixels::{Planes, Rect, Size},
    restore::{NoFollower, Noise, NoiseEstimate, Order, Recipe, Scale, Strength, restore, restore_part},
    state::Preview,
    window::RedawnApp,
    worker::{Body, End, Event, JobControl, JobId, Request, RestoreRequest, Target, Worker},
};

use crate::support::{
    desk::{FakeDialogs, PATIENCE, folder, photo, settle, wait, wait_ready, wait_restored, window, window_on},
    photos::{clean_and_noisy, photo_with, random_photo},
};

fn order(photo: &Photo, recipe: Recipe) -> Order {
    Order::new(Arc::new(photo.clone()), NoiseEstimate::white(25.0), recipe)
}

fn parts(size: Size) -> [Rect; 4] {
    let (width, height) = (size.width, size.height);
    [
        Rect::new(0, 0, 1, 1),
        Rect::new(width / 3, height / 4, width / 5, height / 3),
        Rect::new(width - 17, height - 9, 17, 9),
        size.rect(),
    ]
}

/// Byte by byte, with and without transparency, at every size and strength.
#[test]
fn a_part_equals_that_part_of_the_whole() {
    let mut open = fake::opener(Duration::ZERO);
    let size = Size::new(91, 67);
    for (channels, alpha) in [(3, false), (3, true), (1, false)] {
        let alpha = alpha.then(|| {
            let fade = |at: usize| if (6..8).contains(&(at % 13)) { 0.0 } else { 0.5 + (at % 13) as f32 / 26.0 };
            Planes::new(1, size, (0..size.area()).map(fade).collect())
        });
        // Bright: the fake network changes dark parts differently.
        let mut colours = random_photo(size, channels, 5).colours();
        colours.data_mut().iter_mut().for_each(|value| *value = 0.4 + 0.6 * *value);
        let photo = photo_with(&colours, alpha.as_ref(), Depth::Eight);
        for (noise, scale) in [(0.0, Scale::X1), (25.0, Scale::X1), (25.0, Scale::X2), (0.0, Scale::X3)] {
            for strength in [Strength::FULL, Strength { luminance: 0.4, ..Strength::of(0.8) }] {
                let recipe = Recipe { noise: Noise::Sigma(noise), scale, strength, ..Recipe::default() };
                let order = order(&photo, recipe);
                let (whole, _) = restore(&order, &mut open, &mut NoFollower).expect("restored");
                for rect in parts(whole.size()) {
                    let part = restore_part(&order, rect, &mut open, &mut None, &mut NoFollower).expect("restored");
                    assert_eq!(part, whole.pixels.crop(rect), "{rect:?} {channels} {recipe:?}");
                }
            }
        }
    }
}

/// With the real network too, up to rounding: other tiles may change the last bit of a sum.
#[test]
fn with_the_real_network_a_part_equals_that_part_up_to_rounding() {
    let mut open = engine::opener();
    let (_, noisy) = clean_and_noisy(25.0);
    let photo = photo_with(&noisy.colours(), None, Depth::Eight);
    let recipe = Recipe { noise: Noise::Sigma(25.0), scale: Scale::X2, ..Recipe::default() };
    let order = Order { device: DeviceChoice::Cpu, tile: TileChoice::Px(144), ..order(&photo, recipe) };
    let (whole, _) = restore(&order, &mut open, &mut NoFollower).expect("restored");
    let rect = Rect::new(101, 87, 90, 70);
    let part = restore_part(&order, rect, &mut open, &mut None, &mut NoFollower).expect("restored");
    let expected = whole.pixels.crop(rect);
    let all = part.size().rect();
    let (part, expected) = (part.colours_in(all), expected.colours_in(all));
    let levels = part.data().iter().zip(expected.data()).map(|(a, b)| ((a - b).abs() * 255.0).round() as usize);
    let (worst, moved) = levels.fold((0, 0), |(worst, moved), level| (level.max(worst), moved + level.min(1)));
    assert!(worst <= 1 && moved * 500 < part.data().len(), "{moved} values moved by up to {worst} levels");
}

#[test]
fn a_preview_has_one_end_and_can_be_stopped() {
    let worker = Worker::spawn(fake::opener(Duration::from_millis(5)), Arc::new(|| {})).expect("a thread");
    let photo = Arc::new(photo_with(&random_photo(Size::new(200, 200), 3, 2).colours(), None, Depth::Eight));
    let cancel = JobControl::default();
    let rect = Rect::new(50, 60, 100, 80);
    for job in 1..=4 {
        let request = RestoreRequest {
            job: JobId(job),
            cancel: cancel.clone(),
            order: order(&photo, Recipe::default()),
            target: Target::whole(),
            focus: None,
        };
        worker.try_send(Request::Preview(request, rect)).expect("room");
    }
    let mut endings = Vec::new();
    while endings.len() < 4 {
        let event = worker.events().recv_timeout(PATIENCE).expect("an event in time");
        if event.is_end() {
            cancel.cancel();
            endings.push(event);
        }
    }
    let Event { job, body: Body::End(End::Previewed { part }) } = &endings[0] else { panic!("{:?}", endings[0]) };
    assert_eq!((*job, part.size()), (JobId(1), rect.size()));
    for (number, ending) in endings.iter().enumerate().skip(1) {
        assert!(
            matches!(ending, Event { job, body: Body::End(End::Cancelled) } if job.0 == number as u64 + 1),
            "{ending:?}"
        );
    }
}

fn made(harness: &Harness<'_, RedawnApp>) -> usize {
    let cells = harness.state().previews().map_or(&[][..], |glance| &glance.cells);
    cells.iter().filter(|cell| matches!(cell.preview, Preview::Ready(_))).count()
}

#[test]
fn a_click_or_key_selects_and_escape_closes() {
    let folder = folder();
    let mut harness = window(Duration::ZERO, FakeDialogs::default(), &[photo(&folder, "owl.png")]);
    wait_ready(&mut harness);
    harness.get_by_label("Compare noise levels").click();
    wait(&mut harness, "the levels", |harness| made(harness) >= 5);
    assert!(harness.query_by_label("Photo: owl.png").is_none(), "previews replace the photo");
    harness.get_by_label("Preview of Very strong, σ 70").click();
    settle(&mut harness);
    assert_eq!(harness.state().recipe().noise, Noise::Sigma(70.0));
    assert!(harness.state().previews().is_none());
    harness.get_by_label("Photo: owl.png");

    // The current choice has the focus.
    harness.get_by_label("Compare sizes").click();
    wait(&mut harness, "the sizes", |harness| made(harness) == 4);
    assert!(harness.get_by_label("Preview of 1×").is_focused());
    harness.get_by_label("Preview of 3×").focus();
    settle(&mut harness);
    harness.key_press(Key::Enter);
    settle(&mut harness);
    assert_eq!(harness.state().recipe().scale, Scale::X3);
    assert_eq!(harness.state().recipe().noise, Noise::Sigma(70.0));

    harness.get_by_label("Compare sizes").click();
    settle(&mut harness);
    assert!(harness.state().previews().is_some());
    harness.key_press(Key::Escape);
    settle(&mut harness);
    assert!(harness.state().previews().is_none());
    assert_eq!(harness.state().recipe().scale, Scale::X3);
}

/// One press closes the previews, whatever has the focus (issue 16).
#[test]
fn escape_closes_previews_whatever_has_the_focus() {
    let folder = folder();
    let mut harness = window(Duration::ZERO, FakeDialogs::default(), &[photo(&folder, "owl.png")]);
    wait_ready(&mut harness);
    for focused in ["", "Preview of Light, σ 10", "2×", "Compare sizes", "Save", "Back to the photo (Esc)"] {
        harness.get_by_label("Compare noise levels").click();
        settle(&mut harness);
        if !focused.is_empty() {
            harness.get_by_label(focused).focus();
            settle(&mut harness);
        }
        harness.key_press(Key::Escape);
        settle(&mut harness);
        assert!(harness.state().previews().is_none(), "{focused}");
    }
}

/// Closing the window does not wait for previews (issue 16).
#[test]
fn previews_end_with_the_window() {
    let folder = folder();
    let tiles = Arc::new(AtomicUsize::new(0));
    let counter = tiles.clone();
    let slow = fake::opener_with(Duration::from_millis(20), move || {
        let counter = counter.clone();
        Box::new(move |_| {
            counter.fetch_add(1, Ordering::Relaxed);
            Ok(())
        })
    });
    let mut harness = window_on(slow, FakeDialogs::default(), &[photo(&folder, "owl.png")], None);
    wait_ready(&mut harness);
    harness.get_by_label("Compare noise levels").click();
    settle(&mut harness);
    let before = tiles.load(Ordering::Relaxed);
    wait(&mut harness, "its tiles", |_| tiles.load(Ordering::Relaxed) > before + 2);
    eframe::App::on_exit(harness.state_mut());
    let then = tiles.load(Ordering::Relaxed);
    drop(harness);
    // Out of hundreds: only those in progress.
    let more = tiles.load(Ordering::Relaxed) - then;
    assert!(more < 10, "{more}");
}

/// A preview shows what restoring gives.
#[test]
fn previews_are_parts_of_the_result() {
    let folder = folder();
    let mut harness = window(Duration::ZERO, FakeDialogs::default(), &[photo(&folder, "owl.png")]);
    wait_ready(&mut harness);
    let source = harness.state().session().source().unwrap().clone();
    harness.get_by_label("Compare sizes").click();
    wait(&mut harness, "the sizes", |harness| made(harness) == 4);
    let glance = harness.state().previews().unwrap();
    for cell in &glance.cells {
        let order = Order { noise: source.noise.clone(), ..order(&source.photo, cell.recipe) };
        let (whole, _) = restore(&order, &mut fake::opener(Duration::ZERO), &mut NoFollower).expect("restored");
        let Preview::Ready(part) = &cell.preview else { panic!("{:?}", cell.preview) };
        let (size, of) = (part.size(), whole.size());
        // Not zoomed: the preview shows the centre of the photo.
        let corner = |side: usize, of: usize| (of as f64 / 2.0 - side as f64 / 2.0).round() as usize;
        let rect = Rect::new(corner(size.width, of.width), corner(size.height, of.height), size.width, size.height);
        assert_eq!(part.pixels, whole.pixels.crop(rect), "{:?}", cell.recipe.scale);
    }
}

#[test]
fn previews_interrupt_the_run_which_goes_on_when_they_close() {
    let folder = folder();
    let mut harness = window(Duration::from_millis(20), FakeDialogs::default(), &[photo(&folder, "owl.png")]);
    assert!(harness.get_by_label("Compare noise levels").accesskit_node().is_disabled());
    wait_ready(&mut harness);
    harness.get_by_label("Medium, σ 25").click();
    wait(&mut harness, "a run", |harness| harness.state().session().run().is_some());
    for close_early in [true, false] {
        harness.get_by_label("Compare noise levels").click();
        settle(&mut harness);
        assert!(harness.state().previews().is_some());
        if !close_early {
            wait(&mut harness, "a preview", |harness| made(harness) > 0);
            assert!(harness.state().session().run().is_none());
        }
        harness.key_press(Key::Escape);
        wait(&mut harness, "the run again", |harness| harness.state().session().run().is_some());
    }
    wait_restored(&mut harness);
    assert!(harness.query_by_label("Not up to date").is_none());
}
