//! The start screen.

use egui::{
    Align, Image, Layout, Rect, RichText, Sense, Stroke, TextStyle, TextureHandle, Ui, UiBuilder, Vec2, WidgetInfo,
    vec2,
};

use super::{
    text,
    theme::{self, STEP},
    widgets::{self, caption},
};
use crate::app::Command;

/// What an empty canvas says. A click anywhere opens.
pub fn welcome_ui(ui: &mut Ui, area: Rect, icon: Option<&TextureHandle>, commands: &mut Vec<Command>) {
    let anywhere = ui.interact(area, ui.scope_id().with("welcome"), Sense::click());
    anywhere.widget_info(|| WidgetInfo::labeled(egui::Role::Button, true, text::DROP_HERE));
    if anywhere.clicked() {
        commands.push(Command::ChoosePhoto);
    }
    let palette = theme::palette(ui);
    let frame = area.shrink(3.0 * STEP);
    let edge = if anywhere.hovered() { palette.text_quiet } else { palette.line };
    dashed_frame(ui, frame, edge);
    let content = Rect::from_center_size(area.center(), vec2(frame.width().min(360.0), 256.0));
    ui.scope_builder(UiBuilder::new().max_rect(content).layout(Layout::top_down(Align::Center)), |ui| {
        if let Some(icon) = icon {
            ui.add(Image::new(icon).fit_to_exact_size(Vec2::splat(12.0 * STEP)).alt_text(text::APP));
        }
        ui.add_space(STEP);
        ui.label(RichText::new(text::DROP_HERE).text_style(TextStyle::Heading).strong());
        ui.label(RichText::new(text::DROP_OR).color(palette.text_quiet));
        ui.add_space(STEP);
        ui.allocate_ui(vec2(192.0, 5.0 * STEP), |ui| {
            if widgets::primary_button(ui, true, text::EMPTY_OPEN).clicked() {
                commands.push(Command::ChoosePhoto);
            }
        });
        caption(ui, text::DROP_FORMATS);
    });
}

fn dashed_frame(ui: &Ui, rect: Rect, colour: egui::Color32) {
    let corners = [rect.left_top(), rect.right_top(), rect.right_bottom(), rect.left_bottom(), rect.left_top()];
    ui.painter().extend(egui::Shape::dashed_line(&corners, Stroke::new(1.5, colour), STEP, STEP * 0.75));
}
