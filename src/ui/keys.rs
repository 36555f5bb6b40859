//! The keys: those that work everywhere, and the list of all of them.

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
const RESTORE: KeyboardShortcut = ctrl(Key::R);
const RESTORE_ALL: KeyboardShortcut = ctrl_shift(Key::R);
const CANCEL: KeyboardShortcut = alone(Key::Escape);
const NEXT: KeyboardShortcut = alone(Key::PageDown);
const PREVIOUS: KeyboardShortcut = alone(Key::PageUp);
const CLOSE: [KeyboardShortcut; 2] = [ctrl(Key::Q), ctrl(Key::W)];

/// How something is asked for.
pub enum By {
    /// By any of these.
    Keys(&'static [KeyboardShortcut]),
    /// In words, where it is no single key.
    Words(&'static str),
}

/// All keys, in groups: how, and what for.
pub const ALL: [(&str, &[(By, &str)]); 4] = [
    (
        "Photos",
        &[
            (By::Keys(&[OPEN]), "Open photos"),
            (By::Keys(&[PASTE]), "Paste a picture or its path"),
            (By::Keys(&[SAVE]), "Save next to the original"),
            (By::Keys(&[SAVE_AS]), "Save as…"),
            (By::Keys(&[COPY]), "Copy the restored photo"),
            (By::Keys(&[PREVIOUS, NEXT]), "Previous, next photo"),
            (By::Words("Alt+Up, Alt+Down"), "Move a photo in the queue"),
            (By::Words("Delete"), "Remove it from the queue"),
        ],
    ),
    (
        "Restoring",
        &[
            (By::Keys(&[RESTORE]), "Restore"),
            (By::Keys(&[RESTORE_ALL]), "Restore all photos in the queue"),
            (By::Keys(&[CANCEL]), "Cancel"),
            (By::Keys(&[UNDO]), "Undo a settings change"),
            (By::Keys(&REDO), "Redo"),
            (By::Words("Double click"), "Reset a slider"),
        ],
    ),
    (
        "Viewing",
        &[
            (By::Words("1, 2, 3"), "Divider to the left, middle, right"),
            (By::Words("Arrows"), "Move the divider, or the photo"),
            (By::Words("Hold \\ or Space"), "Show before"),
            (By::Words("Y, Shift+Y"), "Side by side, split"),
            (By::Words("D, N"), "Difference, noise map"),
            (By::Words("+, −, wheel, pinch"), "Zoom"),
            (By::Words("Drag"), "Move the photo"),
            (By::Words("F, double click"), "Show the whole photo"),
        ],
    ),
    (
        "Window",
        &[
            (By::Keys(&HELP), "These shortcuts"),
            (By::Words("Tab, Space"), "Next control, activate it"),
            (By::Words("Ctrl with +, −, 0"), "Larger, smaller, normal text"),
            (By::Keys(&CLOSE), "Close the window"),
        ],
    ),
];

/// What a control says under the pointer, with its keys.
pub fn hint(ui: &Ui, what: &str, keys: &KeyboardShortcut) -> String {
    text::with_keys(what, &name(ui, keys))
}

/// `Ctrl+O`, and a sign by itself instead of its name.
pub fn name(ui: &Ui, keys: &KeyboardShortcut) -> String {
    match keys.logical_key {
        Key::Questionmark => "?".to_owned(),
        _ => ui.ctx().format_shortcut(keys),
    }
}

/// What was asked for by keys.
pub fn keys(ui: &Ui, scene: &Scene, commands: &mut Vec<Command>) {
    let pressed = |keys: &KeyboardShortcut| ui.input_mut(|input| input.consume_shortcut(keys));
    let mut take = |keys: &[KeyboardShortcut], command: Command| {
        if keys.iter().any(pressed) {
            commands.push(command);
        }
    };
    let many = scene.queue.items().len() > 1;
    // Of two that begin alike the longer one first: the shorter one would take it.
    take(&[OPEN], Command::ChoosePhoto);
    take(&[SAVE_AS], Command::SaveAs);
    take(&[SAVE], Command::Save);
    if many {
        take(&[RESTORE_ALL], Command::RestoreAll);
        take(&[NEXT], Command::SelectNeighbour { down: true });
        take(&[PREVIOUS], Command::SelectNeighbour { down: false });
    }
    take(&[RESTORE], Command::Restore);
    take(&CLOSE, Command::Close);
    // A field for text has these keys for itself.
    if !ui.ctx().text_edit_focused() {
        take(&REDO, Command::Redo);
        take(&[UNDO], Command::Undo);
        if HELP.iter().any(pressed) {
            shortcuts::toggle(ui.ctx());
        }
        clipboard(ui, commands);
    }
    // Escape is for what lies on top of all else.
    let busy = scene.session.job().is_some() || scene.batch.run_state() != RunState::Idle || scene.search.is_some();
    let covered = Popup::is_any_open(ui.ctx()) || shortcuts::is_open(ui.ctx()) || scene.closing != Closing::No;
    let on_top = match scene.glance {
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

/// Whether a field for text or what lies over the window takes the keys.
pub fn are_elsewhere(ui: &Ui) -> bool {
    ui.ctx().text_edit_focused() || ui.memory(|memory| memory.top_modal_layer().is_some())
}

/// The system's keys for copying and pasting come as events.
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
