//! The middle button pans anywhere, over the divider too, without moving it.

use std::time::{Duration, Instant};

use egui::{Event, Modifiers, PointerButton, vec2};
use egui_kittest::{Harness, kittest::Queryable};
use redawn::window::RedawnApp;

use crate::support::{desk::*, drawing};

#[test]
fn the_middle_button_pans_over_the_divider() {
    let folder = folder();
    let mut window = window(Duration::ZERO, FakeDialogs::default(), &[photo(&folder, "owl.png")]);
    wait_ready(&mut window);
    window.get_by_label("Medium, σ 25").click();
    settle(&mut window);
    wait_restored(&mut window);
    for _ in 0..8 {
        window.get_by_label("Zoom in").click();
        settle(&mut window);
    }
    let rest = |window: &mut Harness<'_, RedawnApp>| {
        let start = Instant::now();
        loop {
            // Textures are painted on another thread.
            std::thread::sleep(Duration::from_millis(40));
            if window.try_run().is_ok_and(|steps| steps <= 1) {
                break;
            }
            assert!(start.elapsed() < PATIENCE, "the window keeps repainting");
        }
    };
    rest(&mut window);
    let Some(before) = drawing::picture(&mut window) else { return };
    let area = window.get_by_label("Photo: owl.png").rect();
    let start = area.center() - vec2(0.0, 120.0);
    let button = |pos, pressed| {
        let modifiers = Modifiers::NONE;
        Event::PointerButton { pos, button: PointerButton::Middle, pressed, modifiers }
    };
    window.hover_at(start);
    window.step();
    window.event(button(start, true));
    window.step();
    for share in [0.5, 1.0] {
        window.hover_at(start + share * vec2(60.0, 30.0));
        window.step();
    }
    window.event(button(start + vec2(60.0, 30.0), false));
    settle(&mut window);
    window.hover_at(start);
    settle(&mut window);
    assert_eq!(window.state().divider(), 0.5);
    rest(&mut window);
    let after = window.render().unwrap();
    // Pixels left of the divider have moved right and down by as much.
    let (left, top) = ((area.left() + 120.0) as u32, (area.top() + 200.0) as u32);
    let is_moved_by = |right: u32, down: u32| {
        (0..150).step_by(7).all(|x| {
            (0..200).step_by(11).all(|y| {
                let (was, is) =
                    (before.get_pixel(left + x, top + y), after.get_pixel(left + x + right, top + y + down));
                was.0.iter().zip(is.0).all(|(was, is)| was.abs_diff(is) <= 2)
            })
        })
    };
    assert!(is_moved_by(60, 30), "it did not follow the pointer");
}
