//! The close dialog.

use egui::{Id, Key, Modal, Modifiers, RichText, Ui};

use super::{Scene, text, theme::STEP, widgets};
use crate::state::{Closing, Command};

/// Asks before closing loses or stops something.
pub fn closing_ui(ui: &Ui, scene: &Scene, commands: &mut Vec<Command>) {
    let Closing::Confirming(at_stake) = scene.closing else { return };
    let shown = Modal::new(Id::unique("closing")).show(ui.ctx(), |ui| {
        ui.set_width(44.0 * STEP);
        ui.label(RichText::new(text::close_question(at_stake)).size(16.0).strong());
        ui.add_space(STEP);
        ui.label(text::close_explained(at_stake));
        ui.add_space(2.0 * STEP);
        let keep_open = (text::KEEP_OPEN, Command::CancelClose);
        let (first, others) = match at_stake.is_only_shown_result() {
            true => (
                (text::SAVE_AND_CLOSE, Command::SaveAndClose),
                vec![(text::CLOSE_UNSAVED, Command::CloseAnyway), keep_open],
            ),
            false => (keep_open, vec![(text::CLOSE, Command::CloseAnyway)]),
        };
        let mut buttons = vec![(widgets::primary_button(ui, true, first.0), first.1)];
        ui.columns(others.len(), |columns| {
            for (column, (label, command)) in columns.iter_mut().zip(others) {
                buttons.push((widgets::wide_button(column, label), command));
            }
        });
        if let Some((first, _)) = buttons.first()
            && buttons.iter().all(|(button, _)| !button.has_focus())
        {
            first.request_focus();
        }
        commands.extend(buttons.into_iter().filter(|(button, _)| button.clicked()).map(|(_, command)| command));
    });
    let escape = ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape));
    if shown.should_close() || escape {
        commands.push(Command::CancelClose);
    }
}
