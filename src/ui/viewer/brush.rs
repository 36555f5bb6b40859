//! The brush: paints strokes on the photo with mouse and keys. What the painted area is for, others decide.

use egui::{CursorIcon, Event, Key, Painter, PointerButton, Pos2, Rect, Response, Stroke as Line, Ui, Vec2, vec2};

use crate::{
    pixels::Size,
    restore::{Effect, Painting, Point, Stroke},
    ui::{keys::Presses, theme},
};

/// Factor of the diameter of one press of a bracket key.
const SIZE_STEP: f32 = 1.25;
/// Change of the feather of one press of a bracket key with Shift.
const FEATHER_STEP: f32 = 0.1;

/// The brush, with its settings.
pub struct Brush {
    is_on: bool,
    /// Diameter on screen, in points: zooming in paints finer.
    pub diameter: f32,
    /// See [`Stroke::feather`].
    pub feather: f32,
    /// What the primary button does. The secondary button, and Alt, erase.
    pub effect: Effect,
    drag: Option<Drag>,
}

/// A stroke being painted.
struct Drag {
    button: PointerButton,
    /// The area without it.
    before: Painting,
    stroke: Stroke,
}

impl Default for Brush {
    fn default() -> Self {
        Self { is_on: false, diameter: 60.0, feather: 0.5, effect: Effect::Add, drag: None }
    }
}

/// Position of the photo on the screen.
#[derive(Clone, Copy)]
pub struct PhotoPlace {
    /// The whole photo, in points.
    pub place: Rect,
    /// Size of the photo, in px.
    pub photo: Size,
}

impl PhotoPlace {
    fn point(&self, at: Pos2) -> Point {
        let share = (at - self.place.min) / self.place.size();
        [share.x * self.photo.width as f32, share.y * self.photo.height as f32]
    }

    /// Photo pixels per point.
    fn scale(&self) -> f32 {
        self.photo.width as f32 / self.place.width()
    }
}

impl Brush {
    /// Range of the diameter, in points.
    pub const DIAMETERS: std::ops::RangeInclusive<f32> = 2.0..=500.0;

    /// Whether the pointer paints.
    pub fn is_on(&self) -> bool {
        self.is_on
    }

    /// Takes it up, or puts it down.
    pub fn set_on(&mut self, on: bool) {
        self.is_on = on;
        if !on {
            self.drag = None;
        }
    }

    /// Changes size and feather by the bracket keys.
    pub fn handle_keys(&mut self, keys: &Presses) {
        for (key, sign) in [(Key::OpenBracket, -1), (Key::CloseBracket, 1)] {
            for shift in keys.presses(key) {
                if shift {
                    self.feather = (self.feather + sign as f32 * FEATHER_STEP).clamp(0.0, 1.0);
                } else {
                    let diameter = self.diameter * SIZE_STEP.powi(sign);
                    self.diameter = diameter.clamp(*Self::DIAMETERS.start(), *Self::DIAMETERS.end());
                }
            }
        }
    }

    /// Paints where the pointer is pressed and dragged on the canvas. Returns the area if it has changed.
    pub fn paint(&mut self, ui: &Ui, canvas: &Response, at: PhotoPlace, painting: &Painting) -> Option<Painting> {
        let is_down = |button| ui.input(|input| input.pointer.button_down(button));
        // Pressed again in the frame in which it was released, it starts another stroke.
        let is_released = |button| ui.input(|input| input.pointer.button_released(button));
        self.drag.take_if(|drag| !is_down(drag.button) || is_released(drag.button));
        let path: Vec<Pos2> = match &self.drag {
            None => {
                // The modifiers as they were at the press.
                let pressed = |event: &Event| match event {
                    Event::PointerButton { pos, button, pressed: true, modifiers } => Some((*pos, *button, *modifiers)),
                    _ => None,
                };
                let press = ui.input(|input| input.events.iter().rev().find_map(pressed));
                // egui reports no press in a frame in which another button was released.
                let any_released = ui.input(|input| input.pointer.any_released());
                let is_ours = canvas.is_pointer_button_down_on() || any_released && canvas.contains_pointer();
                let (start, button, modifiers) = press.filter(|(_, button, _)| is_ours && is_down(*button))?;
                let effect = match button {
                    PointerButton::Primary if !modifiers.alt => self.effect,
                    PointerButton::Primary | PointerButton::Secondary => Effect::Erase,
                    _ => return None,
                };
                let radius = self.diameter / 2.0 * at.scale();
                // With Shift straight from the end of the last stroke.
                let last = painting.strokes().last().and_then(|last| last.points.last());
                let points = last.filter(|_| modifiers.shift).copied().into_iter().collect();
                let stroke = Stroke { points, radius, feather: self.feather, effect };
                self.drag = Some(Drag { button, before: painting.clone(), stroke });
                vec![start]
            }
            // A frame may have several.
            Some(_) => ui.input(|input| {
                let moved = |event: &Event| match event {
                    Event::PointerMoved(to) => Some(*to),
                    _ => None,
                };
                input.events.iter().filter_map(moved).collect()
            }),
        };
        let Drag { before, stroke, .. } = self.drag.as_mut()?;
        let mut has_changed = false;
        for to in path {
            has_changed |= stroke.extend(at.point(to));
        }
        has_changed.then(|| before.with(stroke.clone()))
    }

    /// Draws the outline of the brush at the pointer, if it is over the canvas.
    pub fn paint_cursor(&self, ui: &Ui, canvas: &Response, painter: &Painter) {
        let Some(at) = canvas.hover_pos() else { return };
        ui.ctx().set_cursor_icon(CursorIcon::None);
        let erases = match &self.drag {
            Some(drag) => drag.stroke.effect == Effect::Erase,
            None => self.effect == Effect::Erase || ui.input(|input| input.modifiers.alt),
        };
        let radius = self.diameter / 2.0;
        for (width, colour) in [(3.0, theme::DIVIDER_EDGE), (1.25, theme::DIVIDER)] {
            let line = Line::new(width, colour);
            painter.circle_stroke(at, radius, line);
            if self.feather > 0.0 {
                painter.circle_stroke(
                    at,
                    radius * (1.0 - self.feather),
                    Line::new(line.width, colour.gamma_multiply(0.5)),
                );
            }
            let arm = |arm: Vec2| painter.line_segment([at - arm, at + arm], line);
            arm(vec2(4.0, 0.0));
            if !erases {
                arm(vec2(0.0, 4.0));
            }
        }
    }
}
