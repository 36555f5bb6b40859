//! The queue: its rows, its menu, and the run over all of it.

mod foot;
mod head;
mod not_open;
mod row;
mod selection;
mod thumbnails;

use egui::{
    CentralPanel, Context, CursorIcon, Event, Frame, Key, Margin, Modifiers, Panel, Popup, Rect, ScrollArea, Stroke,
    Ui, pos2, vec2,
};

pub use self::{foot::can_export, not_open::not_open_ui};
use self::{
    foot::foot_ui,
    head::head_ui,
    row::{Row, row_ui},
    selection::Selection,
    thumbnails::Thumbnails,
};
use super::{
    Scene, keys,
    theme::{self, STEP},
};
use crate::{
    imaging::Thumbnail,
    state::{Command, Item, ItemId, Queue, RunState},
};

/// Height of a photo's row, in points.
const ROW: f32 = 8.0 * STEP;

/// The list, with the state it keeps between frames.
#[derive(Default)]
pub struct QueueList {
    thumbnails: Thumbnails,
    selection: Selection,
    /// The photo on screen and its position in the previous frame: a change is scrolled into view.
    last_shown: Option<(ItemId, usize)>,
    dragged: Option<ItemId>,
}

impl QueueList {
    /// Adds a photo's thumbnail, or `None` if it could not be read.
    pub fn add_thumbnail(&mut self, context: &Context, queue: &Queue, id: ItemId, thumbnail: Option<&Thumbnail>) {
        self.thumbnails.add(context, queue, id, thumbnail);
    }

    /// The photo whose thumbnail is needed next.
    pub fn wanted_thumbnail<'a>(&self, queue: &'a Queue) -> Option<&'a Item> {
        self.thumbnails.wanted(queue)
    }

    /// Removes the thumbnails of other photos.
    pub fn forget_thumbnails(&mut self, wanted: impl Fn(ItemId) -> bool) {
        self.thumbnails.forget(wanted);
    }

    /// Shows the queue.
    pub fn show(&mut self, ui: &mut Ui, scene: &Scene, commands: &mut Vec<Command>) {
        let shown = scene.queue.selected().and_then(|id| Some((id, scene.queue.position(id)?)));
        let is_other = shown != self.last_shown;
        self.last_shown = shown;
        if is_other && scene.batch.run_state() == RunState::Idle {
            self.selection.clear();
        }
        // As far from the right as the rows.
        let right = STEP as i8;
        let margin = Margin { right, ..Margin::symmetric(2 * STEP as i8, STEP as i8) };
        let selected = self.selection.ids(scene.queue);
        Panel::top("queue head")
            .frame(Frame::new().inner_margin(margin))
            .show(ui, |ui| head_ui(ui, scene, &selected, commands));
        let margin = Margin { right, ..Margin::same(2 * STEP as i8) };
        Panel::bottom("queue foot")
            .frame(Frame::new().inner_margin(margin))
            .show(ui, |ui| foot_ui(ui, scene, commands));
        CentralPanel::default()
            .frame(Frame::new())
            .show(ui, |ui| self.rows_ui(ui, scene, &selected, shown.filter(|_| is_other), commands));
    }

    /// `selected`: the selected photos. `revealed`: the photo to scroll to, and its position.
    fn rows_ui(
        &mut self,
        ui: &mut Ui,
        scene: &Scene,
        selected: &[ItemId],
        revealed: Option<(ItemId, usize)>,
        commands: &mut Vec<Command>,
    ) {
        let items = scene.queue.items();
        let common = scene.queue.common_recipe();
        ui.spacing_mut().item_spacing.y = 0.0;
        let all = ui.available_rect_before_wrap();
        ScrollArea::vertical().auto_shrink(false).show_viewport(ui, |ui, visible| {
            let top = ui.min_rect().top();
            ui.set_height(ROW * items.len() as f32);
            let rect =
                |place: usize| Rect::from_min_size(pos2(all.left(), top + place as f32 * ROW), vec2(all.width(), ROW));
            if let Some((_, place)) = revealed {
                ui.scroll_to_rect(rect(place), None);
            }
            let first = (visible.min.y / ROW).floor().max(0.0) as usize;
            let last = ((visible.max.y / ROW).ceil() as usize).min(items.len());
            self.thumbnails.visible = first..last;
            for (place, item) in items.iter().enumerate().take(last).skip(first) {
                let is_selected = self.selection.contains(scene.queue, item.id);
                let row = Row {
                    item,
                    is_shown: scene.queue.selected() == Some(item.id),
                    is_selected,
                    targets: if is_selected { selected } else { &[item.id] },
                    has_own_settings: common.is_some_and(|common| common != item.recipe),
                    is_dragging: self.dragged.is_some(),
                };
                let response = row_ui(ui, rect(place), scene, &row, &self.thumbnails, commands);
                if response.clicked() && self.selection.click(scene.queue, item.id, click_modifiers(ui)) {
                    commands.push(Command::Select(item.id));
                }
                if response.drag_started() {
                    self.dragged = Some(item.id);
                }
                if response.has_focus() {
                    self.keys(ui, scene, item.id, commands);
                }
            }
            // After the focused row, which handles them first.
            if let Some(id) = scene.queue.selected()
                && !keys::are_captured(ui)
                && !Popup::is_any_open(ui.ctx())
            {
                self.keys(ui, scene, id, commands);
            }
            self.drag(ui, scene, &rect, commands);
        });
    }

    /// Keys of the row of a photo.
    fn keys(&mut self, ui: &Ui, scene: &Scene, id: ItemId, commands: &mut Vec<Command>) {
        let pressed = |modifiers, key| ui.input_mut(|input| input.consume_key(modifiers, key));
        if pressed(Modifiers::NONE, Key::Delete) {
            commands.push(Command::Remove(self.selection.ids_for(scene.queue, id)));
        }
        if pressed(Modifiers::COMMAND, Key::A) {
            self.selection.select_all(scene.queue);
        }
        if pressed(Modifiers::COMMAND | Modifiers::SHIFT, Key::C) {
            commands.push(Command::CopySettings(id));
        }
        if pressed(Modifiers::COMMAND | Modifiers::SHIFT, Key::V) {
            commands.push(Command::PasteSettings(self.selection.ids_for(scene.queue, id)));
        }
        let Some(place) = scene.queue.position(id) else { return };
        if pressed(Modifiers::ALT, Key::ArrowUp) && place > 0 {
            commands.push(Command::Move(id, place - 1));
        }
        if pressed(Modifiers::ALT, Key::ArrowDown) && place + 1 < scene.queue.items().len() {
            commands.push(Command::Move(id, place + 1));
        }
    }

    /// Moves a dragged row.
    fn drag(&mut self, ui: &Ui, scene: &Scene, row: &dyn Fn(usize) -> Rect, commands: &mut Vec<Command>) {
        let Some(id) = self.dragged else { return };
        let pointer = ui.input(|input| input.pointer.latest_pos());
        let (Some(pointer), Some(from)) = (pointer, scene.queue.position(id)) else {
            self.dragged = None;
            return;
        };
        ui.ctx().set_cursor_icon(CursorIcon::Grabbing);
        let gap = ((pointer.y - row(0).top()) / ROW).round().clamp(0.0, scene.queue.items().len() as f32) as usize;
        let line = row(gap);
        let stroke = Stroke::new(2.0, theme::palette(ui).accent);
        ui.painter().hline(line.shrink2(vec2(STEP, 0.0)).x_range(), line.top(), stroke);
        if ui.input(|input| input.pointer.any_released()) {
            self.dragged = None;
            let place = if gap > from { gap - 1 } else { gap };
            if place != from {
                commands.push(Command::Move(id, place));
            }
        }
    }
}

/// The modifiers as they were at a click: later in the frame they may be released.
fn click_modifiers(ui: &Ui) -> Modifiers {
    let of_click = |event: &Event| match event {
        Event::PointerButton { modifiers, .. } => Some(*modifiers),
        _ => None,
    };
    ui.input(|input| input.events.iter().rev().find_map(of_click).unwrap_or(input.modifiers))
}
