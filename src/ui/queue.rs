//! The queue: its rows, its menu, and the run over all of it.

use std::{collections::HashMap, ops::Range, sync::Arc, time::Instant};

use egui::{
    Align, Align2, Button, CentralPanel, Color32, ColorImage, Context, CornerRadius, CursorIcon, Frame, Image, Key,
    Label, Layout, Margin, Modifiers, Panel, Popup, PopupCloseBehavior, Rect, RichText, ScrollArea, Sense, Stroke,
    StrokeKind, TextStyle, TextureHandle, TextureOptions, Ui, UiBuilder, Vec2, WidgetInfo, pos2, vec2,
};

use super::{
    Scene, keys,
    output::output_ui,
    text,
    theme::{self, CAPTION, STEP},
    widgets::{self, caption},
};
use crate::{
    imaging::Thumbnail,
    state::{Command, Item, ItemId, Queue, RunState, State, Subfolders},
};

/// Height of a photo's row, in points.
const ROW: f32 = 8.0 * STEP;
/// Space for a thumbnail, in points.
const THUMBNAIL: Vec2 = vec2(7.0 * STEP, 6.0 * STEP);

/// Thumbnails are kept this many rows around those on screen.
const KEPT_AROUND: usize = 200;

/// The list, with the state it keeps between frames.
#[derive(Default)]
pub struct QueueList {
    thumbnails: HashMap<ItemId, ThumbnailState>,
    /// Rows on screen.
    visible: Range<usize>,
    /// Selection and its position in the previous frame: a change is scrolled into view.
    last_selected: Option<(ItemId, usize)>,
    dragged: Option<ItemId>,
}

/// State of a thumbnail.
enum ThumbnailState {
    Loaded(TextureHandle),
    /// Removed from memory: far from the rows on screen.
    Removed,
    /// The photo could not be read.
    Unreadable,
}

impl QueueList {
    /// Adds a photo's thumbnail, or `None` if it could not be read.
    pub fn add_thumbnail(&mut self, context: &Context, queue: &Queue, id: ItemId, thumbnail: Option<&Thumbnail>) {
        let near = self.visible.start.saturating_sub(KEPT_AROUND)..self.visible.end + KEPT_AROUND;
        let is_near = |id: ItemId| queue.position(id).is_some_and(|place| near.contains(&place));
        let state = match thumbnail {
            None => ThumbnailState::Unreadable,
            Some(_) if !is_near(id) => ThumbnailState::Removed,
            Some(Thumbnail { size, texels }) => {
                let image = ColorImage::from_rgba_unmultiplied([size.width, size.height], texels.as_flattened());
                ThumbnailState::Loaded(context.load_texture(
                    format!("thumbnail {}", id.0),
                    image,
                    TextureOptions::LINEAR,
                ))
            }
        };
        self.thumbnails.insert(id, state);
        let pictures = self.thumbnails.iter_mut().filter(|(_, state)| matches!(state, ThumbnailState::Loaded(_)));
        pictures.filter(|(id, _)| !is_near(**id)).for_each(|(_, state)| *state = ThumbnailState::Removed);
        context.request_repaint();
    }

    /// The photo whose thumbnail is needed next: one on screen, else the first that was never read.
    pub fn wanted_thumbnail<'a>(&self, queue: &'a Queue) -> Option<&'a Item> {
        let items = queue.items();
        let visible = items.get(self.visible.clone()).unwrap_or_default();
        let missing = |item: &&Arc<Item>| matches!(self.thumbnails.get(&item.id), None | Some(ThumbnailState::Removed));
        let unread = |item: &&Arc<Item>| !self.thumbnails.contains_key(&item.id);
        let mut wanted = visible.iter().filter(missing).chain(items.iter().filter(unread));
        wanted.find(|item| !matches!(item.state, State::Failed(_))).map(Arc::as_ref)
    }

    /// Removes the thumbnails of other photos.
    pub fn forget_thumbnails(&mut self, wanted: impl Fn(ItemId) -> bool) {
        self.thumbnails.retain(|id, _| wanted(*id));
    }

    /// Shows the queue.
    pub fn show(&mut self, ui: &mut Ui, scene: &Scene, commands: &mut Vec<Command>) {
        let margin = Margin::symmetric(2 * STEP as i8, STEP as i8);
        Panel::top("queue head").frame(Frame::new().inner_margin(margin)).show(ui, |ui| head_ui(ui, scene, commands));
        let margin = Margin::symmetric(2 * STEP as i8, 2 * STEP as i8);
        Panel::bottom("queue foot")
            .frame(Frame::new().inner_margin(margin))
            .show(ui, |ui| foot_ui(ui, scene, commands));
        CentralPanel::default().frame(Frame::new()).show(ui, |ui| self.rows_ui(ui, scene, commands));
    }

    fn rows_ui(&mut self, ui: &mut Ui, scene: &Scene, commands: &mut Vec<Command>) {
        let items = scene.queue.items();
        let selected = scene.queue.selected().and_then(|id| Some((id, scene.queue.position(id)?)));
        let moved = selected != self.last_selected;
        self.last_selected = selected;
        ui.spacing_mut().item_spacing.y = 0.0;
        let all = ui.available_rect_before_wrap();
        ScrollArea::vertical().auto_shrink(false).show_viewport(ui, |ui, visible| {
            let top = ui.min_rect().top();
            ui.set_height(ROW * items.len() as f32);
            let row =
                |place: usize| Rect::from_min_size(pos2(all.left(), top + place as f32 * ROW), vec2(all.width(), ROW));
            if let Some((_, place)) = selected.filter(|_| moved) {
                ui.scroll_to_rect(row(place), None);
            }
            let first = (visible.min.y / ROW).floor().max(0.0) as usize;
            let last = ((visible.max.y / ROW).ceil() as usize).min(items.len());
            self.visible = first..last;
            for (place, item) in items.iter().enumerate().take(last).skip(first) {
                let target = scene.names.of(item.id).map(|target| text::file_name(&target.path));
                self.row_ui(ui, row(place), scene, item, target, commands);
            }
            // After the focused row, which handles them first.
            if let Some((id, _)) = selected
                && !keys::are_captured(ui)
                && !Popup::is_any_open(ui.ctx())
            {
                row_keys(ui, scene, id, commands);
            }
            self.drag(ui, scene, &row, commands);
        });
    }

    fn row_ui(
        &mut self,
        ui: &mut Ui,
        rect: Rect,
        scene: &Scene,
        item: &Item,
        target: Option<String>,
        commands: &mut Vec<Command>,
    ) {
        let palette = theme::palette(ui);
        let name = text::file_name(&item.path);
        let state = text::item_state(item, target.as_deref());
        let selected = scene.queue.selected() == Some(item.id);
        let response = ui.interact(rect, ui.scope_id().with(item.id), Sense::click_and_drag());
        response.widget_info(|| {
            let label = format!("{name}: {state}");
            WidgetInfo::selected(egui::Role::ListItem, true, selected, label)
        });
        if response.clicked() {
            commands.push(Command::Select(item.id));
        }
        if response.drag_started() {
            self.dragged = Some(item.id);
        }
        if response.has_focus() {
            row_keys(ui, scene, item.id, commands);
        }
        let over = ui.rect_contains_pointer(rect) && self.dragged.is_none();
        let fill = match (selected, over || response.has_focus()) {
            (true, _) => palette.accent_tint,
            (false, true) => palette.raised,
            (false, false) => Color32::TRANSPARENT,
        };
        let body = rect.shrink2(vec2(STEP, 2.0));
        let edge = if response.has_focus() { Stroke::new(1.5, palette.text_quiet) } else { Stroke::NONE };
        ui.painter().rect(body, CornerRadius::same(theme::ROUNDING), fill, edge, StrokeKind::Inside);

        let picture = Rect::from_center_size(pos2(body.left() + STEP + THUMBNAIL.x / 2.0, body.center().y), THUMBNAIL);
        self.thumbnail_ui(ui, picture, item);
        let mut words = Rect::from_min_max(pos2(picture.right() + 1.5 * STEP, body.top()), body.right_bottom())
            .with_max_x(body.right() - STEP);
        if over || selected {
            let buttons = words.with_min_x(words.right() - button_count(item) as f32 * 3.0 * STEP);
            words.max.x = buttons.left() - 0.5 * STEP;
            ui.scope_builder(UiBuilder::new().max_rect(buttons), |ui| buttons_ui(ui, scene, item, commands));
        }
        // Painted only: the row has it all in its accessible name.
        let middle = words.center().y;
        let font = TextStyle::Body.resolve(ui.style());
        widgets::line(ui, words.with_max_y(middle), Align2::LEFT_BOTTOM, &name, font, palette.text);
        let below = words.with_min_y(middle + 0.5 * STEP);
        if let State::Running(progress) = &item.state {
            let bar = below.with_max_y(below.top() + STEP);
            ui.scope_builder(UiBuilder::new().max_rect(bar), |ui| {
                widgets::progress_bar(ui, progress.share(), &text::progress_of(&name));
            });
        } else {
            let colour = match item.state {
                State::Failed(_) => palette.problem,
                _ if selected => palette.text,
                _ => palette.text_quiet,
            };
            widgets::line(ui, below, Align2::LEFT_TOP, &state, CAPTION.resolve(ui.style()), colour);
        }
        response.on_hover_ui(|ui| {
            ui.set_max_width(46.0 * STEP);
            ui.label(item.path.display().to_string());
            ui.label(&state);
            item.notes.iter().for_each(|note| {
                caption(ui, note);
            });
        });
    }

    fn thumbnail_ui(&self, ui: &Ui, room: Rect, item: &Item) {
        let palette = theme::palette(ui);
        if let Some(ThumbnailState::Loaded(texture)) = self.thumbnails.get(&item.id) {
            let size = texture.size_vec2();
            let scale = (room.width() / size.x).min(room.height() / size.y);
            let rect = Rect::from_center_size(room.center(), size * scale);
            Image::new(texture).corner_radius(2.0).paint_at(ui, rect);
            return;
        }
        ui.painter().rect_filled(room, CornerRadius::same(2), palette.raised);
        if let State::Failed(_) = item.state {
            let cross = Rect::from_center_size(room.center(), Vec2::splat(14.0));
            widgets::draw_cross(ui.painter(), cross, palette.problem);
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

fn row_keys(ui: &Ui, scene: &Scene, id: ItemId, commands: &mut Vec<Command>) {
    let pressed = |modifiers, key| ui.input_mut(|input| input.consume_key(modifiers, key));
    if pressed(Modifiers::NONE, Key::Delete) {
        commands.push(Command::Remove(id));
    }
    let Some(place) = scene.queue.position(id) else { return };
    if pressed(Modifiers::ALT, Key::ArrowUp) && place > 0 {
        commands.push(Command::Move(id, place - 1));
    }
    if pressed(Modifiers::ALT, Key::ArrowDown) {
        commands.push(Command::Move(id, place + 1));
    }
}

fn can_retry(item: &Item) -> bool {
    matches!(item.state, State::Failed(_) | State::Stopped | State::Done(_) | State::Skipped(_))
}

fn button_count(item: &Item) -> usize {
    1 + usize::from(can_retry(item))
}

/// Buttons of a photo.
fn buttons_ui(ui: &mut Ui, scene: &Scene, item: &Item, commands: &mut Vec<Command>) {
    ui.spacing_mut().item_spacing.x = 0.0;
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        let name = text::file_name(&item.path);
        let is_active = scene.batch.active().is_some_and(|active| active.item == item.id);
        let (label, command) = match is_active {
            true => (text::stop_photo(&name), Command::StopActive),
            false => (text::remove_photo(&name), Command::Remove(item.id)),
        };
        if widgets::small_icon_button(ui, &label, widgets::draw_cross).clicked() {
            commands.push(command);
        }
        if can_retry(item) && widgets::small_icon_button(ui, &text::retry_photo(&name), widgets::draw_retry).clicked() {
            commands.push(Command::Retry(item.id));
        }
    });
}

/// The number of photos and the menu.
fn head_ui(ui: &mut Ui, scene: &Scene, commands: &mut Vec<Command>) {
    ui.horizontal(|ui| {
        ui.set_min_height(theme::CONTROL_HEIGHT);
        ui.label(RichText::new(text::photos(scene.queue.items().len())).strong());
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let button = widgets::icon_button(ui, text::QUEUE_MENU, widgets::draw_dots);
            Popup::menu(&button).close_behavior(PopupCloseBehavior::CloseOnClick).show(|ui| {
                theme::roomy_menu(ui);
                let entry_ui =
                    |ui: &mut Ui, enabled: bool, label: &str, command: Command, commands: &mut Vec<Command>| {
                        if ui.add_enabled(enabled, Button::new(label)).clicked() {
                            commands.push(command);
                        }
                    };
                let counts = scene.queue.counts();
                entry_ui(ui, true, text::ADD_PHOTOS, Command::ChoosePhoto, commands);
                entry_ui(ui, true, text::ADD_FOLDERS, Command::AddFolders, commands);
                let mut included = scene.subfolders == Subfolders::Included;
                if ui.checkbox(&mut included, text::INCLUDE_SUBFOLDERS).changed() {
                    let subfolders = if included { Subfolders::Included } else { Subfolders::Excluded };
                    commands.push(Command::SetSubfolders(subfolders));
                }
                ui.separator();
                entry_ui(ui, true, text::APPLY_TO_ALL, Command::ApplyToAll, commands);
                if !scene.mask.is_everywhere() {
                    entry_ui(ui, true, text::APPLY_PAINTED_TO_ALL, Command::ApplyMaskToAll, commands);
                }
                entry_ui(ui, counts.failed + counts.stopped > 0, text::RETRY_FAILED, Command::RetryFailed, commands);
                ui.separator();
                entry_ui(ui, counts.done > 0, text::REMOVE_FINISHED, Command::RemoveDone, commands);
                entry_ui(ui, true, text::CLEAR_QUEUE, Command::RemoveAll, commands);
            });
        });
    });
}

/// Output options and the button that starts, or progress and the buttons that pause and stop.
fn foot_ui(ui: &mut Ui, scene: &Scene, commands: &mut Vec<Command>) {
    let counts = scene.queue.counts();
    let run_state = scene.batch.run_state();
    if run_state == RunState::Idle {
        output_ui(ui, scene, commands);
        ui.add_space(STEP);
        caption(ui, text::counts(counts));
        let button = widgets::primary_button(ui, counts.remaining + counts.stopped > 0, text::EXPORT_ALL);
        let button = button.on_hover_text(text::EXPORT_ALL_HINT);
        if button.on_disabled_hover_text(text::NOTHING_TO_EXPORT).clicked() {
            commands.push(Command::RestoreAll);
        }
        return;
    }
    let share = scene.batch.share(scene.queue);
    ui.horizontal(|ui| {
        ui.label(if run_state == RunState::Paused { text::PAUSED } else { text::EXPORTING_ALL });
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.label(RichText::new(text::percent(share)).strong());
        });
    });
    widgets::progress_bar(ui, share, text::QUEUE_PROGRESS);
    let words = match run_state {
        RunState::Running => {
            let left = scene.batch.time_left(scene.queue, Instant::now());
            format!("{} · {}", text::counts(counts), text::time_left(left))
        }
        // "Paused" is above.
        RunState::Paused | RunState::Idle => text::counts(counts),
    };
    caption(ui, words);
    ui.columns(2, |columns| {
        let (label, command) = match run_state {
            RunState::Paused => (text::RESUME, Command::Resume),
            _ => (text::PAUSE, Command::Pause),
        };
        if widgets::wide_button(&mut columns[0], label).clicked() {
            commands.push(command);
        }
        if widgets::wide_button(&mut columns[1], text::STOP_ALL).on_hover_text(text::STOP_ALL_HINT).clicked() {
            commands.push(Command::Cancel);
        }
    });
}

/// Shown in place of a photo that could not be opened.
pub fn failed_ui(ui: &mut Ui, area: Rect, scene: &Scene, commands: &mut Vec<Command>) {
    let item = scene.queue.selected().and_then(|id| scene.queue.get(id));
    let Some((item, reason)) = item.and_then(|item| match &item.state {
        State::Failed(reason) => Some((item, reason)),
        _ => None,
    }) else {
        return;
    };
    let room = Rect::from_center_size(area.center(), vec2(area.width().min(60.0 * STEP), 20.0 * STEP));
    ui.scope_builder(UiBuilder::new().max_rect(room).layout(Layout::top_down(Align::Center)), |ui| {
        ui.label(RichText::new(text::file_name(&item.path)).text_style(TextStyle::Heading).strong());
        ui.add(Label::new(reason).wrap());
        ui.add_space(STEP);
        ui.allocate_ui(vec2(24.0 * STEP, 5.0 * STEP), |ui| {
            if widgets::wide_button(ui, text::RETRY).clicked() {
                commands.push(Command::Retry(item.id));
            }
        });
    });
}
