//! Commands of the keyboard shortcuts and the clipboard.

use std::sync::Arc;

use egui::{ColorImage, Event, KeyboardShortcut, Popup, Ui};

use super::{Scene, focus_keys::FocusKeys, keys, queue::can_export, shortcuts, top::can_save, viewer::brush::Brush};
use crate::state::{Closing, Command, RunState};

/// Handles the shortcuts. Escape puts the `brush` down first.
pub fn handle_keys(ui: &Ui, scene: &Scene, brush: &mut Brush, commands: &mut Vec<Command>) {
    let pressed = |keys: &KeyboardShortcut| ui.input_mut(|input| input.consume_shortcut(keys));
    // A shortcut of a disabled button does nothing.
    let mut on_if = |is_enabled: fn(&Scene) -> bool, keys: &[KeyboardShortcut], command: Command| {
        if keys.iter().any(pressed) && is_enabled(scene) {
            commands.push(command);
        }
    };
    let always = |_: &Scene| true;
    let left_controls = FocusKeys::take_left(ui.ctx());
    if scene.closing != Closing::No {
        // The dialog covers all buttons, and has keys of its own.
        return;
    }
    let many = scene.queue.items().len() > 1;
    // Longer ones first: egui matches a shortcut with more modifiers than it names.
    on_if(always, &[keys::OPEN], Command::ChoosePhoto);
    on_if(can_save, &[keys::SAVE_AS], Command::SaveAs);
    on_if(can_save, &[keys::SAVE], Command::Save);
    if many {
        on_if(can_export, &[keys::EXPORT_ALL], Command::RestoreAll);
        on_if(always, &[keys::NEXT], Command::SelectNeighbour { down: true });
        on_if(always, &[keys::PREVIOUS], Command::SelectNeighbour { down: false });
    }
    on_if(always, &[keys::UPDATE], Command::Restore);
    on_if(always, &keys::CLOSE, Command::Close);
    let is_full_screen = ui.input(|input| input.viewport().fullscreen == Some(true));
    on_if(always, &[keys::FULL_SCREEN], Command::SetFullScreen(!is_full_screen));
    // Text fields use these keys themselves.
    if !ui.ctx().text_edit_focused() {
        on_if(|scene| scene.edits.redo, &keys::REDO, Command::Redo);
        on_if(|scene| scene.edits.undo, &[keys::UNDO], Command::Undo);
        if keys::HELP.iter().any(pressed) {
            shortcuts::toggle(ui.ctx());
        }
        clipboard(ui, commands);
    }
    // Escape applies to the topmost item.
    let busy = scene.session.job().is_some() || scene.batch.run_state() != RunState::Idle || scene.search.is_some();
    let covered = Popup::is_any_open(ui.ctx()) || shortcuts::is_open(ui.ctx());
    let on_top = match scene.previews {
        _ if covered => None,
        Some(_) => Some(Command::ClosePreviews),
        None if left_controls => None,
        None if is_full_screen => Some(Command::SetFullScreen(false)),
        None => busy.then_some(Command::Cancel),
    };
    if brush.is_on() && !covered && !left_controls && scene.previews.is_none() {
        if pressed(&keys::CANCEL) {
            brush.set_on(false);
        }
        return;
    }
    if let Some(command) = on_top
        && pressed(&keys::CANCEL)
    {
        commands.push(command);
    }
}

/// Copy and paste arrive as events.
fn clipboard(ui: &Ui, commands: &mut Vec<Command>) {
    ui.input(|input| {
        for event in &input.events {
            match event {
                Event::Copy => commands.push(Command::CopyPicture),
                Event::Paste(text) => commands.push(Command::PasteText(text.clone())),
                Event::PasteImage(image) => {
                    let image: Arc<ColorImage> = image.clone();
                    commands.push(Command::PastePicture(image));
                }
                _ => {}
            }
        }
    });
}
