//! The question before something under way is ended.

use egui::{Id, Key, Modal, Modifiers, RichText, Ui, vec2};

use super::{Scene, text, theme::STEP, widgets};
use crate::app::{Closing, Command};

/// Asks whether to close, when somebody wants to.
pub fn closing_ui(ui: &Ui, scene: &Scene, commands: &mut Vec<Command>) {
    if scene.closing != Closing::Asked {
        return;
    }
    let shown = Modal::new(Id::unique("closing")).show(ui.ctx(), |ui| {
        ui.set_width(44.0 * STEP);
        ui.label(RichText::new(text::CLOSE_QUESTION).size(16.0).strong());
        ui.add_space(STEP);
        ui.label(text::close_explained(scene.queue.counts()));
        ui.add_space(2.0 * STEP);
        ui.horizontal(|ui| {
            let size = vec2((ui.available_width() - STEP) / 2.0, 5.0 * STEP);
            ui.allocate_ui(size, |ui| {
                if widgets::primary_button(ui, true, text::STAY).clicked() {
                    commands.push(Command::Stay);
                }
            });
            ui.allocate_ui(size, |ui| {
                if widgets::wide_button(ui, text::LEAVE).clicked() {
                    commands.push(Command::Leave);
                }
            });
        });
    });
    let escape = ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape));
    if shown.should_close() || escape {
        commands.push(Command::Stay);
    }
}
