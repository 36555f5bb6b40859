//! Keyboard shortcuts that work everywhere, and the list of all shortcuts.

use std::sync::Arc;

use egui::{ColorImage, Event, Key, KeyboardShortcut, Modifiers, Popup, Ui};

use super::{Scene, shortcuts, text};
use crate::state::{Closing, Command, RunState};

const fn ctrl(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::COMMAND, key)
}

const fn ctrl_shift(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::COMMAND.plus(Modifiers::SHIFT), key)
}

const fn alone(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::NONE, key)
}

pub const OPEN: KeyboardShortcut = ctrl(Key::O);
pub const SAVE: KeyboardShortcut = ctrl(Key::S);
pub const SAVE_AS: KeyboardShortcut = ctrl_shift(Key::S);
pub const UNDO: KeyboardShortcut = ctrl(Key::Z);
pub const REDO: [KeyboardShortcut; 2] = [ctrl_shift(Key::Z), ctrl(Key::Y)];
pub const HELP: [KeyboardShortcut; 2] = [alone(Key::F1), alone(Key::Questionmark)];
const COPY: KeyboardShortcut = ctrl(Key::C);
const PASTE: KeyboardShortcut = ctrl(Key::V);
const UPDATE: KeyboardShortcut = ctrl(Key::R);
const EXPORT_ALL: KeyboardShortcut = ctrl_shift(Key::R);
const CANCEL: KeyboardShortcut = alone(Key::Escape);
const NEXT: KeyboardShortcut = alone(Key::PageDown);
const PREVIOUS: KeyboardShortcut = alone(Key::PageUp);
const CLOSE: [KeyboardShortcut; 2] = [ctrl(Key::Q), ctrl(Key::W)];

/// The keys of an action.
pub enum Shortcut {
    /// Any of these.
    Keys(&'static [KeyboardShortcut]),
    /// Described in words.
    Words(&'static str),
}

/// All shortcuts in groups, with their actions.
pub const ALL: [(&str, &[(Shortcut, &str)]); 4] = [
    (
        "Photos",
        &[
            (Shortcut::Keys(&[OPEN]), "Open photos"),
            (Shortcut::Keys(&[PASTE]), "Paste a picture or its path"),
            (Shortcut::Keys(&[SAVE]), "Save next to the original"),
            (Shortcut::Keys(&[SAVE_AS]), "Save as…"),
            (Shortcut::Keys(&[COPY]), "Copy the restored photo"),
            (Shortcut::Keys(&[PREVIOUS, NEXT]), "Previous, next photo"),
            (Shortcut::Words("Alt+Up, Alt+Down"), "Move a photo in the queue"),
            (Shortcut::Words("Delete"), "Remove it from the queue"),
        ],
    ),
    (
        "Restoring",
        &[
            (Shortcut::Keys(&[UPDATE]), "Update the preview"),
            (Shortcut::Keys(&[EXPORT_ALL]), "Export all photos in the queue"),
            (Shortcut::Keys(&[CANCEL]), "Cancel"),
            (Shortcut::Keys(&[UNDO]), "Undo a settings change"),
            (Shortcut::Keys(&REDO), "Redo"),
            (Shortcut::Words("Double click"), "Reset a slider"),
        ],
    ),
    (
        "Viewing",
        &[
            (Shortcut::Words("1, 2, 3"), "Divider to the left, middle, right"),
            (Shortcut::Words("Arrows"), "Move the divider, or the photo"),
            (Shortcut::Words("Hold \\ or Space"), "Show before"),
            (Shortcut::Words("Y, Shift+Y"), "Side by side, split"),
            (Shortcut::Words("D, N"), "Difference, noise map"),
            (Shortcut::Words("+, −, wheel, pinch"), "Zoom"),
            (Shortcut::Words("Drag"), "Move the photo"),
            (Shortcut::Words("F, double click"), "Show the whole photo"),
        ],
    ),
    (
        "Window",
        &[
            (Shortcut::Keys(&HELP), "These shortcuts"),
            (Shortcut::Words("Tab, Space"), "Next control, activate it"),
            (Shortcut::Words("Ctrl with +, −, 0"), "Larger, smaller, normal text"),
            (Shortcut::Keys(&CLOSE), "Close the window"),
        ],
    ),
];

/// A tooltip with the keys of its action.
pub fn hint(ui: &Ui, what: &str, keys: &KeyboardShortcut) -> String {
    text::with_keys(what, &name(ui, keys))
}

/// `Ctrl+O`; `?` instead of its key name.
pub fn name(ui: &Ui, keys: &KeyboardShortcut) -> String {
    match keys.logical_key {
        Key::Questionmark => "?".to_owned(),
        _ => ui.ctx().format_shortcut(keys),
    }
}

/// Handles the shortcuts.
pub fn handle_keys(ui: &Ui, scene: &Scene, commands: &mut Vec<Command>) {
    let pressed = |keys: &KeyboardShortcut| ui.input_mut(|input| input.consume_shortcut(keys));
    let mut on = |keys: &[KeyboardShortcut], command: Command| {
        if keys.iter().any(pressed) {
            commands.push(command);
        }
    };
    let many = scene.queue.items().len() > 1;
    // Longer ones first: egui matches a shortcut with more modifiers than it names.
    on(&[OPEN], Command::ChoosePhoto);
    on(&[SAVE_AS], Command::SaveAs);
    on(&[SAVE], Command::Save);
    if many {
        on(&[EXPORT_ALL], Command::RestoreAll);
        on(&[NEXT], Command::SelectNeighbour { down: true });
        on(&[PREVIOUS], Command::SelectNeighbour { down: false });
    }
    on(&[UPDATE], Command::Restore);
    on(&CLOSE, Command::Close);
    // Text fields use these keys themselves.
    if !ui.ctx().text_edit_focused() {
        on(&REDO, Command::Redo);
        on(&[UNDO], Command::Undo);
        if HELP.iter().any(pressed) {
            shortcuts::toggle(ui.ctx());
        }
        clipboard(ui, commands);
    }
    // Escape applies to what is on top.
    let busy = scene.session.job().is_some() || scene.batch.run_state() != RunState::Idle || scene.search.is_some();
    let covered = Popup::is_any_open(ui.ctx()) || shortcuts::is_open(ui.ctx()) || scene.closing != Closing::No;
    let on_top = match scene.previews {
        _ if covered => None,
        Some(_) => Some(Command::ClosePreviews),
        None => busy.then_some(Command::Cancel),
    };
    if let Some(command) = on_top
        && pressed(&CANCEL)
    {
        commands.push(command);
    }
}

/// Whether a text field or a dialog has the keyboard.
pub fn are_captured(ui: &Ui) -> bool {
    ui.ctx().text_edit_focused() || ui.memory(|memory| memory.top_modal_layer().is_some())
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
