//! The edges of the panels beside the photo: a click hides or shows the panel, a drag resizes it.

use egui::{CursorIcon, EventFilter, Frame, Key, Panel, Sense, Ui, WidgetInfo};

use super::{icons, text, theme};
use crate::state::{Panels, SidePanel};

/// Width of an edge, in points.
pub const EDGE: f32 = 12.0;
/// Points that an arrow key resizes by.
const KEY_STEP: f32 = 16.0;

/// The panels in this frame.
pub struct SidePanels {
    /// As the user wants them; changed by the edges.
    pub wanted: Panels,
    /// Points for the panels and the photo.
    room: f32,
    has_list: bool,
}

impl SidePanels {
    /// The panels beside the photo in `width` points.
    pub fn new(wanted: Panels, width: f32, has_list: bool) -> Self {
        let edges = if has_list { 2.0 } else { 1.0 };
        Self { wanted, room: width - edges * EDGE, has_list }
    }

    /// Whether there is a list.
    pub fn has_list(&self) -> bool {
        self.has_list
    }

    /// Width of a panel, if it is on screen.
    pub fn width(&self, panel: SidePanel) -> Option<f32> {
        let [list, settings] = self.wanted.fitted(self.room, self.has_list);
        match panel {
            SidePanel::List => list,
            SidePanel::Settings => settings,
        }
    }

    /// Shows or hides a panel.
    pub fn toggle(&mut self, panel: SidePanel) {
        self.wanted.toggle(panel, self.room, self.has_list);
    }

    /// Hides all panels, or shows them again.
    pub fn toggle_all(&mut self) {
        self.wanted.toggle_all(self.room, self.has_list);
    }

    /// Shows a panel, if it is to be on screen, and its edge.
    pub fn show(&mut self, ui: &mut Ui, panel: SidePanel, add_contents: impl FnOnce(&mut Ui)) {
        let frame = Frame::new().fill(theme::palette(ui).surface);
        let side = |name: &'static str| match panel {
            SidePanel::List => Panel::left((name, panel)),
            SidePanel::Settings => Panel::right((name, panel)),
        };
        let width = self.width(panel);
        if let Some(width) = width {
            let side = side("panel").exact_size(width).resizable(false).show_separator_line(false);
            side.frame(frame).show(ui, add_contents);
        }
        let edge = side("edge").exact_size(EDGE).resizable(false).frame(frame);
        edge.show(ui, |ui| self.edge_ui(ui, panel, width));
    }

    fn edge_ui(&mut self, ui: &mut Ui, panel: SidePanel, width: Option<f32>) {
        let rect = ui.available_rect_before_wrap();
        let edge = ui.interact(rect, ui.scope_id().with("edge"), Sense::click_and_drag());
        let name = text::panel_edge(panel, width.is_some());
        edge.widget_info(|| WidgetInfo::labeled(egui::Role::Button, true, &name));
        // 1 for the panel that grows to the right.
        let outwards = if panel == SidePanel::List { 1.0 } else { -1.0 };
        if let Some(width) = width {
            if let Some(pointer) = edge.interact_pointer_pos().filter(|_| edge.dragged_by(egui::PointerButton::Primary))
            {
                let inner = if panel == SidePanel::List { rect.left() } else { rect.right() };
                self.wanted.resize(panel, width + outwards * (pointer.x - inner) - EDGE / 2.0);
            }
            if edge.has_focus() {
                let arrows = EventFilter { horizontal_arrows: true, ..EventFilter::default() };
                ui.memory_mut(|memory| memory.set_focus_lock_filter(edge.id, arrows));
                let presses = |key| ui.input(|input| input.num_presses(key) as f32);
                let steps = presses(Key::ArrowRight) - presses(Key::ArrowLeft);
                if steps != 0.0 {
                    self.wanted.resize(panel, width + outwards * steps * KEY_STEP);
                }
            }
        }
        if edge.clicked() {
            self.toggle(panel);
        }
        let palette = theme::palette(ui);
        let lit = edge.hovered() || edge.dragged() || edge.has_focus();
        if lit {
            ui.painter().rect_filled(rect, 0.0, palette.raised_hover);
        }
        let points_left = (panel == SidePanel::List) == width.is_some();
        let colour = if lit { palette.text } else { palette.text_quiet };
        icons::draw_sideways_chevron(ui.painter(), rect, points_left, colour);
        let cursor = if width.is_some() { CursorIcon::ResizeHorizontal } else { CursorIcon::PointingHand };
        edge.on_hover_cursor(cursor).on_hover_text(name);
    }
}
