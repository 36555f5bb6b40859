//! Mouse and keys on the photo.

use egui::{CursorIcon, EventFilter, Id, Key, PointerButton, Popup, Pos2, Rect, Response, Ui, Vec2, vec2};

use super::{Canvas, ZOOM_STEP};
use crate::{
    restore::{Area, Mask},
    state::{Command, Compare, Cut},
    ui::{
        keys::{self, Presses},
        viewer::{compare::Pane, divider::Divider},
    },
};

/// Wheel points that zoom by a factor of e.
const WHEEL_TO_ZOOM: f32 = 240.0;

/// Points that an arrow key pans by.
const KEY_PAN: f32 = 64.0;

impl Canvas {
    /// The comparison in this frame: before only while its key is held or there is no result.
    pub(super) fn mode(&self, ui: &Ui, canvas: Id) -> Compare {
        let focus = ui.memory(|memory| memory.focused());
        // Space activates the focused control.
        let free = focus.is_none_or(|focus| focus == canvas || focus == Divider::id());
        let held = |key| ui.input(|input| input.key_down(key));
        let peek = !keys::are_captured(ui) && (held(Key::Backslash) || free && held(Key::Space));
        if peek || !self.comparing { Compare::Before } else { self.compare_shown() }
    }

    pub(super) fn move_view(
        &mut self,
        ui: &Ui,
        canvas: &Response,
        line: Option<&Response>,
        panes: &[Pane],
        photo: Vec2,
    ) {
        let first = self.pane;
        let pane_at = |at: Pos2| panes.iter().map(|pane| pane.rect).find(|rect| rect.contains(at)).unwrap_or(first);
        // A click that closes a menu does nothing else.
        let had_popup = std::mem::replace(&mut self.had_popup, Popup::is_any_open(ui.ctx()));
        let paints = self.brush.is_on() && !is_space_held(ui);
        if canvas.double_clicked() && !paints {
            self.view.fit();
        } else if canvas.clicked_by(PointerButton::Primary)
            && !had_popup
            && !paints
            && let Some(at) = canvas.interact_pointer_pos()
        {
            self.toggle_fit(at, pane_at(at), photo, ui.ctx().pixels_per_point());
        }
        if Presses::of(ui).is_some_and(|keys| keys.pressed(Key::Z).is_some()) {
            let at = ui.input(|input| input.pointer.hover_pos()).filter(|at| self.area.contains(*at));
            let at = at.unwrap_or(self.pane.center());
            self.toggle_fit(at, pane_at(at), photo, ui.ctx().pixels_per_point());
        }
        if canvas.hovered() && !paints {
            ui.ctx().set_cursor_icon(if self.view.is_fit() { CursorIcon::ZoomIn } else { CursorIcon::Grab });
        }
        let panning = canvas.dragged_by(PointerButton::Primary) && !paints || canvas.dragged_by(PointerButton::Middle);
        // The middle button pans over the divider too.
        let over_divider = line.filter(|line| line.dragged_by(PointerButton::Middle));
        if let Some(dragged) = over_divider.or(Some(canvas).filter(|_| panning)) {
            self.view.pan(dragged.drag_delta(), self.pane, photo);
            ui.ctx().set_cursor_icon(CursorIcon::Grabbing);
        }
        if canvas.has_focus() {
            let arrows = EventFilter { horizontal_arrows: true, vertical_arrows: true, ..EventFilter::default() };
            ui.memory_mut(|memory| memory.set_focus_lock_filter(canvas.id, arrows));
            let presses = |key| ui.input(|input| input.num_presses(key) as f32);
            let (left, right) = (presses(Key::ArrowLeft), presses(Key::ArrowRight));
            let (up, down) = (presses(Key::ArrowUp), presses(Key::ArrowDown));
            if left + right + up + down > 0.0 {
                self.view.pan(vec2(left - right, up - down) * KEY_PAN, self.pane, photo);
            }
        }
        // Over the divider too.
        let pointer = ui.input(|input| input.pointer.hover_pos()).filter(|_| ui.rect_contains_pointer(self.area));
        if let Some(pointer) = pointer {
            let (wheel, pinch) = ui.input(|input| (input.smooth_scroll_delta().y, input.zoom_delta()));
            let factor = (wheel / WHEEL_TO_ZOOM).exp() * pinch;
            if factor != 1.0 {
                let pane = pane_at(pointer);
                let scale = self.view.scale(pane, photo) * factor;
                self.view.zoom_to(scale, pointer, pane, photo);
            }
        }
    }

    pub(super) fn handle_keys(&mut self, ui: &Ui) {
        let Some(keys) = Presses::of(ui) else { return };
        let pressed = |key| keys.pressed(key);
        if self.comparing {
            for (key, share) in [(Key::Num1, Divider::LEFT), (Key::Num2, Divider::MIDDLE), (Key::Num3, Divider::RIGHT)]
            {
                if pressed(key).is_some() {
                    self.divider.place(share);
                    if !matches!(self.compare, Compare::Split(_)) {
                        self.set_compare(Compare::default());
                    }
                }
            }
            match pressed(Key::Y) {
                Some(true) => self.choose(Compare::Split(Cut::Auto)),
                Some(false) => self.choose(Compare::SideBySide(Cut::Auto)),
                None => {}
            }
            if pressed(Key::D).is_some() {
                match self.compare {
                    Compare::Difference => self.set_compare(self.previous_compare),
                    _ => self.choose(Compare::Difference),
                }
            }
        }
        if pressed(Key::F).is_some() {
            self.view.fit();
        }
        if pressed(Key::N).is_some() {
            self.noise.set_shown(!self.noise.is_shown());
        }
        let steps = [(Key::Plus, ZOOM_STEP), (Key::Equals, ZOOM_STEP), (Key::Minus, 1.0 / ZOOM_STEP)];
        for (key, step) in steps {
            keys.presses(key).for_each(|_| self.zoom_by(step));
        }
    }

    pub(super) fn handle_brush_keys(&mut self, ui: &Ui, mask: &Mask, commands: &mut Vec<Command>) {
        let Some(keys) = Presses::of(ui).filter(|_| self.can_paint) else { return };
        if keys.pressed(Key::B).is_some() {
            self.brush.set_on(!self.brush.is_on());
            if mask.is_everywhere() {
                commands.push(Command::SetMask(Mask { area: Area::Painted, ..mask.clone() }));
            }
        }
        if self.brush.is_on() {
            self.brush.handle_keys(&keys);
            if keys.pressed(Key::O).is_some() {
                self.area_overlay.is_shown = !self.area_overlay.is_shown;
            }
        }
    }

    /// Shows all of the photo, or if it is shown, one screen pixel per image pixel at this place.
    pub(super) fn toggle_fit(&mut self, at: Pos2, pane: Rect, photo: Vec2, pixels_per_point: f32) {
        if self.view.is_fit() {
            self.view.zoom_to(self.pictures.enlargement() / pixels_per_point, at, pane, photo);
        } else {
            self.view.fit();
        }
    }
}

pub fn is_space_held(ui: &Ui) -> bool {
    ui.input(|input| input.key_down(Key::Space))
}
