//! The start screen.

use egui::{
    Align, Button, Image, Layout, Rect, RichText, Sense, Stroke, TextStyle, TextureHandle, Ui, UiBuilder, Vec2,
    WidgetInfo, vec2,
};

use super::{
    Scene,
    menu::name_and_folder,
    text,
    theme::{self, STEP},
    widgets::{self, caption},
};
use crate::state::Command;

/// Most recent photos shown here; the menu has all.
const MAX_RECENT: usize = 5;

/// Shown on the empty canvas. A click anywhere opens the file dialog.
pub fn welcome_ui(ui: &mut Ui, area: Rect, scene: &Scene, icon: Option<&TextureHandle>, commands: &mut Vec<Command>) {
    let anywhere = ui.interact(area, ui.scope_id().with("welcome"), Sense::click());
    let title = if scene.drops { text::DROP_HERE } else { text::OPEN_FILES };
    anywhere.widget_info(|| WidgetInfo::labeled(egui::Role::Button, true, title));
    if anywhere.clicked() {
        commands.push(Command::ChoosePhoto);
    }
    let palette = theme::palette(ui);
    let frame = area.shrink(3.0 * STEP);
    let edge = if anywhere.hovered() { palette.text_quiet } else { palette.line };
    dashed_frame(ui, frame, edge);
    let row = theme::CONTROL_HEIGHT + 0.5 * STEP;
    let room = ((frame.height() - 320.0) / row).max(0.0) as usize;
    let recent = &scene.settings.recent[..scene.settings.recent.len().min(MAX_RECENT).min(room)];
    let list = if recent.is_empty() { 0.0 } else { 5.0 * STEP + row * recent.len() as f32 };
    let content = Rect::from_center_size(area.center(), vec2(frame.width().min(400.0), 256.0 + list));
    ui.scope_builder(UiBuilder::new().max_rect(content).layout(Layout::top_down(Align::Center)), |ui| {
        if let Some(icon) = icon {
            ui.add(Image::new(icon).fit_to_exact_size(Vec2::splat(12.0 * STEP)).alt_text(text::APP));
        }
        ui.add_space(STEP);
        ui.label(RichText::new(title).text_style(TextStyle::Heading).strong());
        let hint = if scene.drops { text::DROP_OR } else { text::DROP_UNSUPPORTED };
        ui.label(RichText::new(hint).color(palette.text_quiet));
        ui.add_space(STEP);
        ui.allocate_ui(vec2(192.0, 5.0 * STEP), |ui| {
            if widgets::primary_button(ui, true, text::WELCOME_OPEN).clicked() {
                commands.push(Command::ChoosePhoto);
            }
        });
        caption(ui, text::WELCOME_FORMATS);
        if recent.is_empty() {
            return;
        }
        ui.add_space(2.0 * STEP);
        caption(ui, text::RECENT);
        ui.spacing_mut().item_spacing.y = 0.5 * STEP;
        for path in recent {
            let size = vec2(ui.available_width(), theme::CONTROL_HEIGHT);
            let button = ui.add_sized(size, Button::new(name_and_folder(ui, path)).truncate());
            if button.on_hover_text(path.to_string_lossy()).clicked() {
                commands.push(Command::Open(vec![path.clone()]));
            }
        }
    });
}

fn dashed_frame(ui: &Ui, rect: Rect, colour: egui::Color32) {
    let corners = [rect.left_top(), rect.right_top(), rect.right_bottom(), rect.left_bottom(), rect.left_top()];
    ui.painter().extend(egui::Shape::dashed_line(&corners, Stroke::new(1.5, colour), STEP, STEP * 0.75));
}
