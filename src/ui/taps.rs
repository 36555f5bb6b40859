//! Taps: a press and its release that come in one frame, from a touchpad, a remote desktop, or on a busy machine.

use egui::{Context, Event, Plugin, RawInput};

/// Leaves a release to the frame after its press. Sliders of egui look at what is held at the end of a frame, and
/// would miss a tap.
#[derive(Default)]
pub struct Taps {
    held_back: Vec<Event>,
}

impl Plugin for Taps {
    fn debug_name(&self) -> &'static str {
        "taps"
    }

    fn input_hook(&mut self, context: &Context, input: &mut RawInput) {
        input.events.splice(0..0, self.held_back.drain(..));
        let mut pressed_now = Vec::new();
        let release = input.events.iter().position(|event| match event {
            Event::PointerButton { button, pressed: true, .. } => {
                pressed_now.push(*button);
                false
            }
            Event::PointerButton { button, pressed: false, .. } => pressed_now.contains(button),
            _ => false,
        });
        if let Some(release) = release {
            self.held_back = input.events.split_off(release);
            context.request_repaint();
        }
    }
}

#[cfg(test)]
mod tests {
    use egui::{Modifiers, PointerButton, Pos2};

    use super::*;

    fn button(pressed: bool, button: PointerButton) -> Event {
        Event::PointerButton { pos: Pos2::ZERO, button, pressed, modifiers: Modifiers::NONE }
    }

    #[test]
    fn nothing_is_pressed_and_released_in_one_frame_and_nothing_is_lost() {
        let (left, right) = (PointerButton::Primary, PointerButton::Secondary);
        let tap = [button(true, left), button(false, left)];
        let moved = Event::PointerMoved(Pos2::ZERO);
        let came: Vec<Event> = [&[moved.clone()][..], &tap, &[moved], &tap].concat();
        let (context, mut taps) = (Context::default(), Taps::default());
        let mut frame = |events: &[Event]| {
            let mut input = RawInput { events: events.to_vec(), ..RawInput::default() };
            taps.input_hook(&context, &mut input);
            input.events
        };
        let frames = [frame(&came), frame(&[]), frame(&[])];
        assert_eq!(frames.each_ref().map(Vec::len), [2, 3, 1]);
        assert_eq!(frames.concat(), came);
        // What is held from before, or is another button, may be released.
        for whole in [vec![button(false, left), button(true, left)], vec![button(true, left), button(false, right)]] {
            assert_eq!(frame(&whole), whole);
        }
        assert_eq!(frame(&[]), []);
    }
}
