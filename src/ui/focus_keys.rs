//! The keys that move the focus between controls. Tab does so while a control has the focus, and hides the panels
//! otherwise; F6 gives the focus to the first control, Escape takes it away.

use egui::{Context, Event, Key, Modifiers, Plugin, PointerButton, Popup, RawInput};

use super::viewer::divider::Divider;

/// Takes Tab out of the input where it is not for the focus: egui moves the focus before the frame begins.
#[derive(Default)]
pub struct FocusKeys {
    /// Whether the focus was last moved by the keyboard or a screen reader.
    by_keyboard: bool,
    /// How often Tab was pressed for the panels since last asked.
    presses: usize,
    /// Whether Escape was pressed to leave the controls since last asked.
    left: bool,
}

impl FocusKeys {
    /// How often Tab was pressed for the panels since last asked.
    pub fn take_presses(context: &Context) -> usize {
        std::mem::take(&mut context.plugin_or_default::<Self>().lock().presses)
    }

    /// Whether Escape was pressed to leave the controls since last asked.
    pub fn take_left(context: &Context) -> bool {
        std::mem::take(&mut context.plugin_or_default::<Self>().lock().left)
    }

    /// Whether a control has the focus. A click on the divider gives it the focus too, but is not meant so.
    fn has_focus(&self, context: &Context) -> bool {
        let focus = context.memory(|memory| memory.focused());
        focus.is_some_and(|focus| self.by_keyboard || focus != Divider::id())
    }
}

impl Plugin for FocusKeys {
    fn debug_name(&self) -> &'static str {
        "focus keys"
    }

    fn input_hook(&mut self, context: &Context, input: &mut RawInput) {
        let focused = self.has_focus(context);
        let in_dialog = context.memory(|memory| memory.top_modal_layer().is_some());
        let mut in_controls = focused || in_dialog || Popup::is_any_open(context);
        input.events.retain_mut(|event| {
            match event {
                Event::PointerButton { button: PointerButton::Primary, pressed: true, .. } => self.by_keyboard = false,
                Event::AccessKitActionRequest(_) => (self.by_keyboard, in_controls) = (true, true),
                Event::Key { key: key @ Key::F6, pressed: true, modifiers: Modifiers::NONE, .. } => {
                    *key = Key::Tab;
                    (self.by_keyboard, in_controls) = (true, true);
                }
                Event::Key { key: Key::Tab, pressed: true, modifiers: Modifiers::NONE, .. } if !in_controls => {
                    self.presses += 1;
                    return false;
                }
                Event::Key { key: Key::Tab, pressed: true, modifiers, .. } if !modifiers.command && !modifiers.alt => {
                    (self.by_keyboard, in_controls) = (true, true);
                }
                Event::Key { key: Key::Escape, pressed: true, .. } => (in_controls, self.left) = (false, focused),
                _ => {}
            }
            true
        });
    }
}
