//! The divider between before and after: a line with a round handle, dragged anywhere along it,
//! moved by keys, and known to a screen reader as a slider.

use egui::{
    Color32, CursorIcon, EventFilter, Id, Key, Painter, Rect, Response, Sense, Shape, Stroke, Ui, WidgetInfo, pos2,
    vec2,
};

use super::{text, theme};

/// Half the width of what can be grabbed, in points.
const GRAB: f32 = 12.0;
const HANDLE_RADIUS: f32 = 18.0;
/// A key's step, as a share of the width.
const KEY_STEP: f32 = 0.02;

/// The divider, as a share of the canvas' width.
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
    /// All of it is after.
    pub const LEFT: f32 = 0.0;
    /// Half and half.
    pub const MIDDLE: f32 = 0.5;
    /// All of it is before.
    pub const RIGHT: f32 = 1.0;

    /// Where it stands, 0–1.
    pub fn share(self) -> f32 {
        self.share
    }

    /// Puts it at a share of the width.
    pub fn place(&mut self, share: f32) {
        self.share = share.clamp(0.0, 1.0);
    }

    /// Where its line runs, in points.
    pub fn x(self, canvas: Rect) -> f32 {
        canvas.left() + self.share * canvas.width()
    }

    /// Takes in mouse, keys and the wishes of a screen reader.
    pub fn interact_ui(&mut self, ui: &Ui, canvas: Rect) -> Response {
        let id = Id::unique("divider");
        let grab = Rect::from_center_size(pos2(self.x(canvas), canvas.center().y), vec2(2.0 * GRAB, canvas.height()))
            .union(Rect::from_center_size(self.handle(canvas), vec2(2.0, 2.0) * HANDLE_RADIUS))
            .intersect(canvas);
        let response = ui.interact(grab, id, Sense::click_and_drag()).on_hover_cursor(CursorIcon::ResizeHorizontal);

        if response.double_clicked() {
            self.place(Self::MIDDLE);
        } else if response.dragged_by(egui::PointerButton::Primary)
            && let Some(pointer) = response.interact_pointer_pos()
        {
            self.place((pointer.x - canvas.left()) / canvas.width());
        }
        if response.clicked() || response.drag_started() {
            response.request_focus();
        }
        if response.has_focus() {
            let filter = EventFilter { horizontal_arrows: true, ..EventFilter::default() };
            ui.memory_mut(|memory| memory.set_focus_lock_filter(id, filter));
            let steps =
                ui.input(|input| input.num_presses(Key::ArrowRight) as f32 - input.num_presses(Key::ArrowLeft) as f32);
            self.place(self.share + steps * KEY_STEP);
        }
        self.obey_screen_reader(ui, id);
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

    fn obey_screen_reader(&mut self, ui: &Ui, id: Id) {
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

    fn handle(self, canvas: Rect) -> egui::Pos2 {
        // Kept whole at the edges, where its line is out of reach otherwise.
        let x = self.x(canvas).clamp(canvas.left() + HANDLE_RADIUS, canvas.right() - HANDLE_RADIUS);
        pos2(x, canvas.center().y)
    }

    /// Draws line and handle.
    pub fn paint(self, painter: &Painter, canvas: Rect, response: &Response, accent: Color32) {
        let x = self.x(canvas);
        painter.vline(x, canvas.y_range(), Stroke::new(4.0, theme::DIVIDER_EDGE));
        painter.vline(x, canvas.y_range(), Stroke::new(2.0, theme::DIVIDER));
        let centre = self.handle(canvas);
        let lit = response.hovered() || response.dragged();
        painter.circle_filled(centre, HANDLE_RADIUS + 2.0, theme::DIVIDER_EDGE);
        let ring = if response.has_focus() { Stroke::new(3.0, accent) } else { Stroke::NONE };
        painter.circle(centre, HANDLE_RADIUS, if lit { Color32::WHITE } else { theme::DIVIDER }, ring);
        for side in [-1.0, 1.0] {
            let tip = centre + vec2(side * 10.0, 0.0);
            let back = centre + vec2(side * 4.5, 0.0);
            let points = vec![tip, back + vec2(0.0, -5.5), back + vec2(0.0, 5.5)];
            painter.add(Shape::convex_polygon(points, theme::DIVIDER_ARROWS, Stroke::NONE));
        }
    }
}
