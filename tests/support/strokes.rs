//! Strokes of the pointer on the fitted photo of the window.

use egui::{Event, Modifiers, PointerButton, Pos2, vec2};
use egui_kittest::{Harness, kittest::Queryable};
use redawn::window::RedawnApp;

use super::desk::settle;

/// Size of [`photo`](super::desk::photo), in px.
pub const SIZE: [f32; 2] = [237.0, 151.0];
/// Margin around a fitted photo, in points.
const MARGIN: f32 = 24.0;

/// Points per pixel of the fitted photo, and the position of its pixel (`x`, `y`).
pub fn place(harness: &Harness<'_, RedawnApp>, x: f32, y: f32) -> (f32, Pos2) {
    let canvas = harness.get_by_label_contains("Photo: ").rect();
    let room = canvas.size() - vec2(2.0 * MARGIN, 2.0 * MARGIN);
    let scale = (room.x / SIZE[0]).min(room.y / SIZE[1]);
    (scale, canvas.center() + (vec2(x, y) - vec2(SIZE[0], SIZE[1]) / 2.0) * scale)
}

/// Drags along pixels of the photo.
pub fn drag(harness: &mut Harness<'_, RedawnApp>, path: &[[f32; 2]], button: PointerButton, modifiers: Modifiers) {
    let points: Vec<Pos2> = path.iter().map(|[x, y]| place(harness, *x, *y).1).collect();
    let event = |pos, pressed| Event::PointerButton { pos, button, pressed, modifiers };
    harness.event_modifiers(Event::PointerMoved(points[0]), modifiers);
    harness.step();
    harness.event_modifiers(event(points[0], true), modifiers);
    harness.step();
    for point in &points[1..] {
        harness.event_modifiers(Event::PointerMoved(*point), modifiers);
        harness.step();
    }
    harness.event_modifiers(event(points[points.len() - 1], false), modifiers);
    settle(harness);
}
