//! Icons of the buttons.

use std::f32::consts::TAU;

use egui::{Align2, Color32, FontId, Painter, Pos2, Rect, Shape, Stroke, pos2, vec2};

fn on_circle(rect: Rect, turn: f32, radius: f32) -> Pos2 {
    rect.center() + vec2((TAU * turn).cos(), (TAU * turn).sin()) * radius
}

/// A gear.
pub fn draw_gear(painter: &Painter, rect: Rect, colour: Color32) {
    const TEETH: usize = 8;
    let outer = 0.52 * rect.width();
    painter.circle_stroke(rect.center(), 0.36 * rect.width(), Stroke::new(1.75, colour));
    for tooth in 0..TEETH {
        let turn = (tooth as f32 + 0.5) / TEETH as f32;
        let ends = [on_circle(rect, turn, 0.36 * rect.width()), on_circle(rect, turn, outer)];
        painter.line_segment(ends, Stroke::new(2.25, colour));
    }
    painter.circle_filled(rect.center(), 1.5, colour);
}

/// A question mark.
pub fn draw_question(painter: &Painter, rect: Rect, colour: Color32) {
    painter.text(rect.center(), Align2::CENTER_CENTER, "?", FontId::proportional(17.0), colour);
}

/// An arrow down.
pub fn draw_chevron(painter: &Painter, rect: Rect, colour: Color32) {
    let (centre, half) = (rect.center(), 4.0);
    let points = [centre + vec2(-half, -2.0), centre + vec2(0.0, 2.0), centre + vec2(half, -2.0)];
    painter.add(Shape::line(points.to_vec(), Stroke::new(1.5, colour)));
}

/// An arrow to the left or right.
pub fn draw_sideways_chevron(painter: &Painter, rect: Rect, left: bool, colour: Color32) {
    let (centre, half) = (rect.center(), 4.0);
    let tip = if left { -2.0 } else { 2.0 };
    let points = [centre + vec2(-tip, -half), centre + vec2(tip, 0.0), centre + vec2(-tip, half)];
    painter.add(Shape::line(points.to_vec(), Stroke::new(1.5, colour)));
}

/// The arrow of undo, or of redo.
pub fn draw_undo(undo: bool) -> impl FnOnce(&Painter, Rect, Color32) {
    move |painter, rect, colour| {
        let side = if undo { 1.0 } else { -1.0 };
        let at = |x: f32, y: f32| pos2(rect.center().x + side * x, rect.center().y + y);
        let stroke = Stroke::new(1.5, colour);
        let arc = (0..=16).map(|step| {
            let angle = TAU * (-0.25 + 0.5 * step as f32 / 16.0);
            at(1.5 + 4.0 * angle.cos(), 1.0 + 4.0 * angle.sin())
        });
        let line: Vec<Pos2> = std::iter::once(at(-5.0, -3.0)).chain(arc).chain([at(-2.0, 5.0)]).collect();
        painter.add(Shape::line(line, stroke));
        painter.line_segment([at(-5.0, -3.0), at(-2.0, -6.0)], stroke);
        painter.line_segment([at(-5.0, -3.0), at(-2.0, 0.0)], stroke);
    }
}
