//! The row of a photo.

use egui::{
    Align, Align2, Color32, CornerRadius, Label, Layout, Painter, Rect, Response, Sense, Stroke, StrokeKind, TextStyle,
    Ui, UiBuilder, Vec2, WidgetInfo, pos2, vec2,
};

use super::{
    super::{
        Scene,
        names::fitted_name,
        text,
        theme::{self, CAPTION, STEP},
        widgets::{self, caption, words_label},
    },
    thumbnails::Thumbnails,
};
use crate::state::{Command, Item, ItemId, State};

/// Space for a thumbnail, in points.
const THUMBNAIL: Vec2 = vec2(7.0 * STEP, 6.0 * STEP);

/// What a row shows.
pub struct Row<'a> {
    /// The photo.
    pub item: &'a Item,
    /// Whether it is on screen.
    pub is_shown: bool,
    /// Whether it is selected.
    pub is_selected: bool,
    /// The photos that commands on this row apply to.
    pub targets: &'a [ItemId],
    /// Whether its settings differ from those of most photos.
    pub has_own_settings: bool,
    /// Whether a row is being dragged.
    pub is_dragging: bool,
}

/// Shows a row and returns the response to its click or drag.
pub fn row_ui(
    ui: &mut Ui,
    rect: Rect,
    scene: &Scene,
    row: &Row,
    thumbnails: &Thumbnails,
    commands: &mut Vec<Command>,
) -> Response {
    let &Row { item, is_shown, is_selected, has_own_settings, .. } = row;
    let palette = theme::palette(ui);
    let name = text::file_name(&item.path);
    let target = scene.names.of(item.id).map(|target| text::file_name(&target.path));
    let state = text::item_state(item, target.as_deref());
    let response = ui.interact(rect, ui.scope_id().with(item.id), Sense::click_and_drag());
    response.widget_info(|| {
        let label = text::row(&name, &state, has_own_settings);
        WidgetInfo::selected(egui::Role::ListItem, true, is_selected, label)
    });
    let over = ui.rect_contains_pointer(rect) && !row.is_dragging;
    let fill = match (is_selected, over || response.has_focus()) {
        (true, _) => palette.accent_tint,
        (false, true) => palette.raised,
        (false, false) => Color32::TRANSPARENT,
    };
    let body = rect.shrink2(vec2(STEP, 2.0));
    let edge = match (response.has_focus(), is_shown) {
        (true, _) => Stroke::new(1.5, palette.text_quiet),
        (false, true) => Stroke::new(1.5, palette.accent),
        (false, false) => Stroke::NONE,
    };
    ui.painter().rect(body, CornerRadius::same(theme::ROUNDING), fill, edge, StrokeKind::Inside);

    let picture = Rect::from_center_size(pos2(body.left() + STEP + THUMBNAIL.x / 2.0, body.center().y), THUMBNAIL);
    thumbnails.draw(ui, picture, item);
    if has_own_settings {
        let mark = Rect::from_min_max(picture.max - Vec2::splat(2.0 * STEP), picture.max);
        draw_own_settings(ui.painter(), mark, palette.accent, palette.surface);
    }
    let mut words = Rect::from_min_max(pos2(picture.right() + 1.5 * STEP, body.top()), body.right_bottom())
        .with_max_x(body.right() - STEP);
    if over || is_shown {
        let buttons = words.with_min_x(words.right() - button_count(item) as f32 * 3.0 * STEP);
        words.max.x = buttons.left() - 0.5 * STEP;
        ui.scope_builder(UiBuilder::new().max_rect(buttons), |ui| buttons_ui(ui, scene, item, commands));
    }
    // Painted only: the row has it all in its accessible name.
    let middle = words.center().y;
    let font = TextStyle::Body.resolve(ui.style());
    let short = fitted_name(ui, &name, &font, words.width());
    widgets::line(ui, words.with_max_y(middle), Align2::LEFT_BOTTOM, &short, font, palette.text);
    let below = words.with_min_y(middle + 0.5 * STEP);
    if let State::Running(progress) = &item.state {
        let bar = below.with_max_y(below.top() + STEP);
        ui.scope_builder(UiBuilder::new().max_rect(bar), |ui| {
            widgets::progress_bar(ui, progress.share(), &text::progress_of(&name));
        });
    } else {
        let colour = match item.state {
            State::Failed(_) => palette.problem,
            _ if is_selected => palette.text,
            _ => palette.text_quiet,
        };
        let font = CAPTION.resolve(ui.style());
        let (mut short, file) = text::short_state(item, target.as_deref());
        if let Some(file) = file {
            let words = ui.painter().layout_no_wrap(short.clone(), font.clone(), colour).size().x;
            short += &fitted_name(ui, &file, &font, below.width() - words);
        }
        widgets::line(ui, below, Align2::LEFT_TOP, &short, font, colour);
    }
    response.context_menu(|ui| menu_ui(ui, scene, row, commands));
    response.on_hover_ui(|ui| {
        ui.set_max_width(46.0 * STEP);
        words_label(ui, &item.path.to_string_lossy(), |words| Label::new(words).wrap());
        words_label(ui, &state, |words| Label::new(words).wrap());
        if has_own_settings {
            caption(ui, text::OWN_SETTINGS_HINT);
        }
        item.notes.iter().for_each(|note| {
            caption(ui, note);
        });
    })
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
            false => (text::remove_photo(&name), Command::Remove(vec![item.id])),
        };
        if widgets::small_icon_button(ui, &label, widgets::draw_cross).clicked() {
            commands.push(command);
        }
        if can_retry(item) && widgets::small_icon_button(ui, &text::retry_photo(&name), widgets::draw_retry).clicked() {
            commands.push(Command::Retry(item.id));
        }
    });
}

/// Menu of a row, for all selected photos if it is one of them.
fn menu_ui(ui: &mut Ui, scene: &Scene, row: &Row, commands: &mut Vec<Command>) {
    theme::roomy_menu(ui);
    settings_ui(ui, scene, row.item.id, row.targets, commands);
    if let Some(saved) = row.item.saved() {
        ui.separator();
        widgets::menu_entry(ui, true, text::SHOW_IN_FOLDER, Command::ShowFile(saved.path.clone()), commands);
    }
    ui.separator();
    let remove = Command::Remove(row.targets.to_vec());
    widgets::menu_entry(ui, true, &text::remove_photos(row.targets.len()), remove, commands);
}

/// Menu entries that copy the settings of a photo, and paste them into `targets`.
pub fn settings_ui(ui: &mut Ui, scene: &Scene, from: ItemId, targets: &[ItemId], commands: &mut Vec<Command>) {
    widgets::menu_entry(ui, true, text::COPY_SETTINGS, Command::CopySettings(from), commands);
    let paste = Command::PasteSettings(targets.to_vec());
    widgets::menu_entry(ui, scene.edits.paste, &text::paste_settings(targets.len()), paste, commands);
}

/// Two sliders: the photo has settings of its own.
fn draw_own_settings(painter: &Painter, rect: Rect, colour: Color32, back: Color32) {
    painter.rect_filled(rect, CornerRadius::same(3), back);
    let inner = rect.shrink(3.0);
    for (share, knob) in [(0.25, 0.3), (0.75, 0.7)] {
        let y = inner.top() + share * inner.height();
        painter.hline(inner.x_range(), y, Stroke::new(1.0, colour));
        painter.circle_filled(pos2(inner.left() + knob * inner.width(), y), 2.0, colour);
    }
}
