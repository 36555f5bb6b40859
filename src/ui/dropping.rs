//! Files dragged over the window and dropped.

use std::path::PathBuf;

use egui::{Align2, Area, CornerRadius, Id, Label, Order, Stroke, StrokeKind, TextStyle, Ui, Vec2};

use super::{
    Scene, text,
    theme::{self, STEP},
    widgets::words_label,
};
use crate::state::Command;

/// Opens dropped files. While files are over the window, names what a drop will do.
pub fn drop_ui(ui: &Ui, scene: &Scene, commands: &mut Vec<Command>) {
    let dropped: Vec<PathBuf> =
        ui.input(|input| input.raw.dropped_files.iter().map(|file| file.path().to_owned()).collect());
    if !dropped.is_empty() {
        commands.push(Command::Open(dropped));
    }
    let hovered: Option<Vec<String>> = ui.input(|input| {
        let files = &input.raw.hovered_files;
        let names = files.iter().filter_map(|file| file.path.as_deref()).map(text::file_name);
        (!files.is_empty()).then(|| names.collect())
    });
    let Some(names) = hovered else { return };
    let palette = theme::palette(ui);
    let screen = ui.ctx().content_rect();
    let overlay = Area::new(Id::unique("drop")).order(Order::Foreground).anchor(Align2::CENTER_CENTER, Vec2::ZERO);
    overlay.interactable(false).show(ui.ctx(), |ui| {
        let painter = ui.painter().with_clip_rect(screen);
        painter.rect_filled(screen, CornerRadius::ZERO, palette.canvas.gamma_multiply(0.85));
        let rounding = CornerRadius::same(2 * theme::ROUNDING);
        painter.rect_stroke(screen.shrink(2.0 * STEP), rounding, Stroke::new(3.0, palette.accent), StrokeKind::Inside);
        let action = text::drop_action(&names, scene.queue.items().len() > 1, scene.session.run().is_some());
        words_label(ui, &action, |words| Label::new(words.text_style(TextStyle::Heading)).extend());
    });
}
