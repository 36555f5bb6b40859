//! Keyboard shortcuts that work everywhere, and the list of all shortcuts.

use egui::{Event, Key, KeyboardShortcut, Modifiers, Ui};

use super::text;

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
pub const UPDATE: KeyboardShortcut = ctrl(Key::R);
pub const EXPORT_ALL: KeyboardShortcut = ctrl_shift(Key::R);
pub const FULL_SCREEN: KeyboardShortcut = alone(Key::F11);
pub const CANCEL: KeyboardShortcut = alone(Key::Escape);
pub const NEXT: KeyboardShortcut = alone(Key::PageDown);
pub const PREVIOUS: KeyboardShortcut = alone(Key::PageUp);
pub const CLOSE: [KeyboardShortcut; 2] = [ctrl(Key::Q), ctrl(Key::W)];

/// The keys of an action.
pub enum Shortcut {
    /// Any of these.
    Keys(&'static [KeyboardShortcut]),
    /// Described in words.
    Words(&'static str),
}

/// All shortcuts in groups, with their actions.
pub const ALL: [(&str, &[(Shortcut, &str)]); 6] = [
    (
        "Photos",
        &[
            (Shortcut::Keys(&[OPEN]), "Open photos"),
            (Shortcut::Keys(&[PASTE]), "Paste a picture or its path"),
            (Shortcut::Keys(&[SAVE]), "Save"),
            (Shortcut::Keys(&[SAVE_AS]), "Save as…"),
            (Shortcut::Keys(&[COPY]), "Copy the restored photo"),
            (Shortcut::Keys(&[PREVIOUS, NEXT]), "Previous, next photo"),
            (Shortcut::Words("Alt+Up, Alt+Down"), "Move a photo in the queue"),
            (Shortcut::Words("Delete"), "Remove it from the queue"),
            (Shortcut::Words("Ctrl or Shift with click"), "Select several photos"),
            (Shortcut::Words("Ctrl+A"), "Select all photos"),
            (Shortcut::Words("Ctrl+Shift+C, V"), "Copy, paste settings"),
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
            (Shortcut::Words("Z, click"), "Whole photo or 1:1, at that place"),
            (Shortcut::Words("F, double click"), "Show the whole photo"),
        ],
    ),
    (
        "Painting where to restore",
        &[
            (Shortcut::Words("B"), "Take up the brush, or put it down"),
            (Shortcut::Words("Drag"), "Paint"),
            (Shortcut::Words("Right button, Alt"), "Erase"),
            (Shortcut::Words("Shift"), "Straight line from the last point"),
            (Shortcut::Words("[, ]"), "Smaller, larger; with Shift harder, softer"),
            (Shortcut::Words("O"), "Show or hide the painted area"),
            (Shortcut::Words("Middle button, Space"), "Move the photo"),
        ],
    ),
    (
        "Marking scratches",
        &[
            (Shortcut::Words("J"), "Take up the brush, or put it down"),
            (Shortcut::Words("Drag"), "Mark"),
            (Shortcut::Words("Right button, Alt"), "Drag to unmark, click to remove a mark"),
            (Shortcut::Words("Shift"), "Straight line from the last point"),
            (Shortcut::Words("[, ]"), "Smaller, larger brush"),
            (Shortcut::Words("M"), "Show or hide the marks"),
        ],
    ),
    (
        "Window",
        &[
            (Shortcut::Keys(&HELP), "These shortcuts"),
            (Shortcut::Words("Tab"), "Hide or show the panels"),
            (Shortcut::Words("F6, then Tab, Space"), "Go to the controls, next, activate it"),
            (Shortcut::Words("Escape"), "Leave the controls: Tab is for panels"),
            (Shortcut::Keys(&[FULL_SCREEN]), "Full screen; Esc leaves it"),
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

/// Whether a text field or a dialog has the keyboard.
pub fn are_captured(ui: &Ui) -> bool {
    ui.ctx().text_edit_focused() || ui.memory(|memory| memory.top_modal_layer().is_some())
}

/// The keys pressed in a frame without Ctrl or Alt, and whether with Shift. The modifiers are those at the press: later
/// in the frame they may be released.
pub struct Presses(Vec<(Key, bool, bool)>);

impl Presses {
    /// None while a text field or a dialog has the keyboard.
    pub fn of(ui: &Ui) -> Option<Self> {
        let press = |event: &Event| match event {
            Event::Key { key, pressed: true, repeat, modifiers, .. } if !modifiers.command && !modifiers.alt => {
                Some((*key, modifiers.shift, *repeat))
            }
            _ => None,
        };
        (!are_captured(ui)).then(|| Self(ui.input(|input| input.events.iter().filter_map(press).collect())))
    }

    /// All presses of a key, repeated ones too: whether with Shift.
    pub fn presses(&self, wanted: Key) -> impl Iterator<Item = bool> + '_ {
        self.0.iter().filter(move |(key, ..)| *key == wanted).map(|(_, shift, _)| *shift)
    }

    /// The first press of a key that is not a repeated one: whether with Shift.
    pub fn pressed(&self, wanted: Key) -> Option<bool> {
        self.0.iter().find(|(key, _, repeat)| *key == wanted && !repeat).map(|(_, shift, _)| *shift)
    }
}
