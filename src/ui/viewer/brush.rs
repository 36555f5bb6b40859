//! The brush: paints an area of the photo, or marks of scratches, with mouse and keys.

use egui::{CursorIcon, Event, Key, Painter, PointerButton, Pos2, Rect, Response, Stroke as Line, Ui, Vec2, vec2};

use crate::{
    pixels::Size,
    restore::{Effect, MarkEdit, MarkEdits, Marks, Painting, Point, Stroke},
    ui::{keys::Presses, theme},
};

/// Factor of the diameter of one press of a bracket key.
const SIZE_STEP: f32 = 1.25;
/// Change of the feather of one press of a bracket key with Shift.
const FEATHER_STEP: f32 = 0.1;

/// Smallest radius of a stroke of marks, in px: a click marks at least 1 px, wherever in it.
const SMALLEST_MARK: f32 = std::f32::consts::FRAC_1_SQRT_2 + 0.01;

/// How far the pointer moves in a click, in points.
const CLICK: f32 = 3.0;

/// What the brush paints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// The area of the mask.
    Area,
    /// Marks of scratches.
    Marks,
}

/// What is painted, without the stroke being painted.
#[derive(Debug, Clone, PartialEq)]
pub enum Painted {
    /// The area of the mask.
    Area(Painting),
    /// Changes of the marks.
    Marks(MarkEdits),
}

impl Painted {
    fn target(&self) -> Target {
        match self {
            Self::Area(_) => Target::Area,
            Self::Marks(_) => Target::Marks,
        }
    }

    fn with(&self, stroke: Stroke) -> Self {
        match self {
            Self::Area(painting) => Self::Area(painting.with(stroke)),
            Self::Marks(edits) => Self::Marks(edits.with(MarkEdit::Stroke(stroke))),
        }
    }

    /// Where the last stroke ended.
    fn end(&self) -> Option<Point> {
        let last = match self {
            Self::Area(painting) => painting.strokes().last().map(|stroke| &**stroke),
            Self::Marks(edits) => edits.strokes().last(),
        };
        last?.points.last().copied()
    }
}

/// Size and edge of the brush.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tip {
    /// Diameter on screen, in points: zooming in paints finer.
    pub diameter: f32,
    /// See [`Stroke::feather`].
    pub feather: f32,
}

impl Tip {
    /// Range of the diameter, in points.
    pub const DIAMETERS: std::ops::RangeInclusive<f32> = 2.0..=500.0;
    /// For areas at first.
    pub const AREA: Self = Self { diameter: 60.0, feather: 0.5 };
    /// For marks: small, medium and large. Marks have no soft edge.
    pub const MARKS: [Self; 3] = [
        Self { diameter: 8.0, feather: 0.0 },
        Self { diameter: 20.0, feather: 0.0 },
        Self { diameter: 50.0, feather: 0.0 },
    ];
}

/// The brush, with its settings.
pub struct Brush {
    target: Option<Target>,
    /// For areas.
    pub area: Tip,
    /// For marks.
    pub marks: Tip,
    /// What the primary button does. The secondary button, and Alt, erase.
    effect: Effect,
    drag: Option<Drag>,
}

/// A stroke being painted.
struct Drag {
    button: PointerButton,
    before: Painted,
    stroke: Stroke,
    /// Where it started, if it may be a click that removes a mark, until it is too long for one.
    click: Option<Pos2>,
}

impl Default for Brush {
    fn default() -> Self {
        let [_, medium, _] = Tip::MARKS;
        Self { target: None, area: Tip::AREA, marks: medium, effect: Effect::Add, drag: None }
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
    pub fn point(&self, at: Pos2) -> Point {
        let share = (at - self.place.min) / self.place.size();
        [share.x * self.photo.width as f32, share.y * self.photo.height as f32]
    }

    /// Photo pixels per point.
    pub fn scale(&self) -> f32 {
        self.photo.width as f32 / self.place.width()
    }
}

impl Brush {
    /// What the pointer paints, if the brush was taken up.
    pub fn target(&self) -> Option<Target> {
        self.target
    }

    /// Whether the pointer paints.
    pub fn is_on(&self) -> bool {
        self.target.is_some()
    }

    /// Whether the pointer paints this.
    pub fn paints(&self, target: Target) -> bool {
        self.target == Some(target)
    }

    /// Takes it up for a target.
    pub fn take_up(&mut self, target: Target) {
        if self.target != Some(target) {
            (self.target, self.effect, self.drag) = (Some(target), Effect::Add, None);
        }
    }

    /// Puts it down.
    pub fn put_down(&mut self) {
        (self.target, self.drag) = (None, None);
    }

    /// Takes it up, or puts it down if it paints this.
    pub fn toggle(&mut self, target: Target) {
        if self.paints(target) { self.put_down() } else { self.take_up(target) }
    }

    /// Whether the primary button does this.
    pub fn does(&self, target: Target, effect: Effect) -> bool {
        self.paints(target) && self.effect == effect
    }

    /// Takes it up for this, or puts it down if it does this.
    pub fn toggle_effect(&mut self, target: Target, effect: Effect) {
        if self.does(target, effect) {
            self.put_down();
        } else {
            self.take_up(target);
            self.effect = effect;
        }
    }

    fn tip(&self) -> Tip {
        if self.paints(Target::Marks) { self.marks } else { self.area }
    }

    /// Changes size and feather by the bracket keys.
    pub fn handle_keys(&mut self, keys: &Presses) {
        for (key, sign) in [(Key::OpenBracket, -1), (Key::CloseBracket, 1)] {
            for shift in keys.presses(key) {
                let is_of_marks = self.paints(Target::Marks);
                let tip = if is_of_marks { &mut self.marks } else { &mut self.area };
                if !shift {
                    let diameter = tip.diameter * SIZE_STEP.powi(sign);
                    tip.diameter = diameter.clamp(*Tip::DIAMETERS.start(), *Tip::DIAMETERS.end());
                } else if !is_of_marks {
                    tip.feather = (tip.feather + sign as f32 * FEATHER_STEP).clamp(0.0, 1.0);
                }
            }
        }
    }

    /// Paints where the pointer is pressed and dragged on the canvas. A click on one of the `marks` removes it; one that
    /// erases may also be beside it.
    /// Returns what is painted if it has changed.
    pub fn paint(
        &mut self,
        ui: &Ui,
        canvas: &Response,
        at: PhotoPlace,
        painted: &Painted,
        marks: Option<&Marks>,
    ) -> Option<Painted> {
        let is_down = |button| ui.input(|input| input.pointer.button_down(button));
        // Pressed again in the frame in which it was released, it starts another stroke.
        let is_released = |button| ui.input(|input| input.pointer.button_released(button));
        let ended = self.drag.take_if(|drag| !is_down(drag.button) || is_released(drag.button));
        if let Some(Drag { before: Painted::Marks(edits), click: Some(click), .. }) = ended {
            return mark_at(click, self.marks.diameter / 2.0, at, marks?)
                .map(|mark| Painted::Marks(edits.with(MarkEdit::Remove(mark))));
        }
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
                let tip = self.tip();
                let radius = tip.diameter / 2.0 * at.scale();
                let is_of_marks = painted.target() == Target::Marks;
                let radius = if is_of_marks { radius.max(SMALLEST_MARK) } else { radius };
                // With Shift straight from the end of the last stroke.
                let points = painted.end().filter(|_| modifiers.shift).into_iter().collect();
                let stroke = Stroke { points, radius, feather: tip.feather, effect };
                let may_remove = |marks: &Marks| effect == Effect::Erase || is_marked(start, at, marks);
                let is_click = is_of_marks && !modifiers.shift && marks.is_some_and(may_remove);
                let click = is_click.then_some(start);
                self.drag = Some(Drag { button, before: painted.clone(), stroke, click });
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
        let Drag { before, stroke, click, .. } = self.drag.as_mut()?;
        let mut has_changed = false;
        for to in path {
            click.take_if(|click| click.distance(to) > CLICK);
            has_changed |= stroke.extend(at.point(to));
        }
        (has_changed && click.is_none()).then(|| before.with(stroke.clone()))
    }

    /// Draws the outline of the brush at the pointer, if it is over the canvas.
    pub fn paint_cursor(&self, ui: &Ui, canvas: &Response, painter: &Painter) {
        let Some(at) = canvas.hover_pos() else { return };
        ui.ctx().set_cursor_icon(CursorIcon::None);
        let erases = match &self.drag {
            Some(drag) => drag.stroke.effect == Effect::Erase,
            None => self.effect == Effect::Erase || ui.input(|input| input.modifiers.alt),
        };
        let Tip { diameter, feather } = self.tip();
        let radius = diameter / 2.0;
        for (width, colour) in [(3.0, theme::DIVIDER_EDGE), (1.25, theme::DIVIDER)] {
            let line = Line::new(width, colour);
            painter.circle_stroke(at, radius, line);
            if feather > 0.0 {
                painter.circle_stroke(at, radius * (1.0 - feather), Line::new(line.width, colour.gamma_multiply(0.5)));
            }
            let arm = |arm: Vec2| painter.line_segment([at - arm, at + arm], line);
            arm(vec2(4.0, 0.0));
            if !erases {
                arm(vec2(0.0, 4.0));
            }
        }
    }
}

fn is_marked(position: Pos2, at: PhotoPlace, marks: &Marks) -> bool {
    let [x, y] = at.point(position);
    let Size { width, height } = marks.size();
    let is_inside = x >= 0.0 && y >= 0.0 && (x as usize) < width && (y as usize) < height;
    is_inside && marks.bits().contains(x as usize, y as usize)
}

/// A px of the mark within `reach` points of a position, if there is one.
pub fn mark_at(position: Pos2, reach: f32, at: PhotoPlace, marks: &Marks) -> Option<Point> {
    marks.near(at.point(position), (reach * at.scale()).max(1.0))
}
