//! The divider between before and after: a line with a round handle, moved by mouse and keys, a slider for screen
//! readers.

use egui::{
    Color32, CursorIcon, EventFilter, Id, Key, Painter, Pos2, Rect, Response, Sense, Shape, Stroke, Ui, WidgetInfo,
    pos2, vec2,
};

use crate::ui::{text, theme};

/// Half the width of the grab area, in points.
const GRAB: f32 = 12.0;
const HANDLE_RADIUS: f32 = 18.0;
/// A key's step, as a share of the width.
const KEY_STEP: f32 = 0.02;

/// The divider's position as a share of the canvas' width, or of its height if the divider is `level` (horizontal).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Divider {
    share: f32,
}

impl Default for Divider {
    fn default() -> Self {
        Self { share: Self::MIDDLE }
    }
}

impl Divider {
    /// Only after is visible.
    pub const LEFT: f32 = 0.0;
    /// Half and half.
    pub const MIDDLE: f32 = 0.5;
    /// Only before is visible.
    pub const RIGHT: f32 = 1.0;

    /// Its widget id.
    pub fn id() -> Id {
        Id::unique("divider")
    }

    /// Its position, 0–1.
    pub fn share(self) -> f32 {
        self.share
    }

    /// Moves it, 0–1.
    pub fn place(&mut self, share: f32) {
        self.share = share.clamp(0.0, 1.0);
    }

    /// Position of its line in points, x or, if `level`, y.
    fn at(self, canvas: Rect, level: bool) -> f32 {
        match level {
            true => canvas.top() + self.share * canvas.height(),
            false => canvas.left() + self.share * canvas.width(),
        }
    }

    /// Handles mouse, keys and screen reader actions.
    pub fn interact_ui(&mut self, ui: &Ui, canvas: Rect, level: bool) -> Response {
        let id = Self::id();
        let (at, centre) = (self.at(canvas, level), canvas.center());
        let line = match level {
            true => Rect::from_center_size(pos2(centre.x, at), vec2(canvas.width(), 2.0 * GRAB)),
            false => Rect::from_center_size(pos2(at, centre.y), vec2(2.0 * GRAB, canvas.height())),
        };
        let handle = Rect::from_center_size(self.handle(canvas, level), vec2(2.0, 2.0) * HANDLE_RADIUS);
        let cursor = if level { CursorIcon::ResizeVertical } else { CursorIcon::ResizeHorizontal };
        let grab = line.union(handle).intersect(canvas);
        let response = ui.interact(grab, id, Sense::click_and_drag()).on_hover_cursor(cursor);

        if response.double_clicked() {
            self.place(Self::MIDDLE);
        } else if response.dragged_by(egui::PointerButton::Primary)
            && let Some(pointer) = response.interact_pointer_pos()
        {
            let along = (pointer - canvas.min) / canvas.size();
            self.place(if level { along.y } else { along.x });
        }
        if response.clicked() || response.drag_started_by(egui::PointerButton::Primary) {
            response.request_focus();
        }
        if response.has_focus() {
            let filter = EventFilter { horizontal_arrows: !level, vertical_arrows: level, ..EventFilter::default() };
            ui.memory_mut(|memory| memory.set_focus_lock_filter(id, filter));
            let (more, less) = if level { (Key::ArrowDown, Key::ArrowUp) } else { (Key::ArrowRight, Key::ArrowLeft) };
            let steps = ui.input(|input| input.num_presses(more) as f32 - input.num_presses(less) as f32);
            self.place(self.share + steps * KEY_STEP);
        }
        self.handle_accesskit_actions(ui, id);
        response.widget_info(|| WidgetInfo::slider(true, f64::from(self.share), text::DIVIDER));
        ui.ctx().accesskit_node_builder(id, |node| {
            node.set_min_numeric_value(0.0);
            node.set_max_numeric_value(1.0);
            node.set_numeric_value_step(f64::from(KEY_STEP));
            node.add_action(egui::accesskit::Action::SetValue);
            node.add_action(egui::accesskit::Action::Increment);
            node.add_action(egui::accesskit::Action::Decrement);
        });
        response
    }

    fn handle_accesskit_actions(&mut self, ui: &Ui, id: Id) {
        use egui::accesskit::{Action, ActionData};
        let (steps, value) = ui.input(|input| {
            let count = |action| input.num_accesskit_action_requests(id, action) as f32;
            let value =
                input.accesskit_action_requests(id, Action::SetValue).last().and_then(|request| match request.data {
                    Some(ActionData::NumericValue(value)) => Some(value as f32),
                    _ => None,
                });
            (count(Action::Increment) - count(Action::Decrement), value)
        });
        self.place(value.unwrap_or(self.share) + steps * KEY_STEP);
    }

    fn handle(self, canvas: Rect, level: bool) -> Pos2 {
        // Fully on the canvas at its edges, so that it can be grabbed.
        let within = |at: f32, from: f32, to: f32| at.min(to - HANDLE_RADIUS).max(from + HANDLE_RADIUS);
        let at = self.at(canvas, level);
        match level {
            true => pos2(canvas.center().x, within(at, canvas.top(), canvas.bottom())),
            false => pos2(within(at, canvas.left(), canvas.right()), canvas.center().y),
        }
    }

    /// Draws line and handle.
    pub fn paint(self, painter: &Painter, canvas: Rect, level: bool, response: &Response, accent: Color32) {
        let at = self.at(canvas, level);
        for stroke in [Stroke::new(4.0, theme::DIVIDER_EDGE), Stroke::new(2.0, theme::DIVIDER)] {
            match level {
                true => painter.hline(canvas.x_range(), at, stroke),
                false => painter.vline(at, canvas.y_range(), stroke),
            };
        }
        let centre = self.handle(canvas, level);
        let lit = response.hovered() || response.dragged();
        painter.circle_filled(centre, HANDLE_RADIUS + 2.0, theme::DIVIDER_EDGE);
        let ring = if response.has_focus() { Stroke::new(3.0, accent) } else { Stroke::NONE };
        painter.circle(centre, HANDLE_RADIUS, if lit { Color32::WHITE } else { theme::DIVIDER }, ring);
        // One arrow to each side.
        let turned = |across: f32, along: f32| centre + if level { vec2(along, across) } else { vec2(across, along) };
        for side in [-1.0, 1.0] {
            let points = vec![turned(side * 10.0, 0.0), turned(side * 4.5, -5.5), turned(side * 4.5, 5.5)];
            painter.add(Shape::convex_polygon(points, theme::DIVIDER_ARROWS, Stroke::NONE));
        }
    }
}
