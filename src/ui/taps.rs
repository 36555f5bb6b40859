//! Taps and drags that arrive within one frame: from touchpads, remote desktops, on busy machines.

use egui::{Context, Event, Plugin, PointerButton, RawInput};

/// Spreads pointer events over frames, so that press, move and release are in separate frames. egui evaluates the
/// pointer at the end of a frame: it would miss a tap, and start a drag where it ended.
#[derive(Default)]
pub struct Taps {
    held_back: Vec<Event>,
    /// Buttons held at the end of the previous frame.
    down: Vec<PointerButton>,
}

impl Taps {
    /// How many of the events belong in this frame.
    fn fitting(&mut self, events: &[Event]) -> usize {
        let (mut pressed, mut moved) = (Vec::new(), false);
        for (place, event) in events.iter().enumerate() {
            match event {
                Event::PointerMoved(_) if !pressed.is_empty() => return place,
                Event::PointerMoved(_) => moved = true,
                Event::PointerButton { button, pressed: true, .. } => {
                    pressed.push(*button);
                    self.down.push(*button);
                }
                Event::PointerButton { button, pressed: false, .. } => {
                    let dragged = moved && self.down.contains(button);
                    if dragged || pressed.contains(button) {
                        return place;
                    }
                    self.down.retain(|down| down != button);
                }
                _ => {}
            }
        }
        events.len()
    }
}

impl Plugin for Taps {
    fn debug_name(&self) -> &'static str {
        "taps"
    }

    fn input_hook(&mut self, context: &Context, input: &mut RawInput) {
        input.events.splice(0..0, self.held_back.drain(..));
        let fitting = self.fitting(&input.events);
        if fitting < input.events.len() {
            self.held_back = input.events.split_off(fitting);
            context.request_repaint();
        }
    }
}

#[cfg(test)]
mod tests {
    use egui::{Modifiers, Pos2, pos2};

    use super::*;

    fn button(pressed: bool, button: PointerButton) -> Event {
        Event::PointerButton { pos: Pos2::ZERO, button, pressed, modifiers: Modifiers::NONE }
    }

    fn moved(x: f32) -> Event {
        Event::PointerMoved(pos2(x, 0.0))
    }

    /// The events of each frame.
    fn frames(taps: &mut Taps, events: Vec<Event>) -> Vec<Vec<Event>> {
        let mut input = RawInput { events, ..RawInput::default() };
        let mut frames = Vec::new();
        while frames.is_empty() || !taps.held_back.is_empty() {
            taps.input_hook(&Context::default(), &mut input);
            frames.push(std::mem::take(&mut input.events));
        }
        frames
    }

    #[test]
    fn press_and_release_are_in_separate_frames_and_none_is_lost() {
        let (left, right) = (PointerButton::Primary, PointerButton::Secondary);
        let tap = [button(true, left), button(false, left)];
        let events: Vec<Event> = [&[moved(0.0)][..], &tap, &[moved(0.0)], &tap].concat();
        let mut taps = Taps::default();
        let frames_of_taps = frames(&mut taps, events.clone());
        assert_eq!(frames_of_taps.iter().map(Vec::len).collect::<Vec<_>>(), [2, 3, 1]);
        assert_eq!(frames_of_taps.concat(), events);
        // A button held before, or another one, may be released in the same frame.
        for whole in [vec![button(true, left)], vec![button(false, left), button(true, left), button(false, right)]] {
            assert_eq!(frames(&mut taps, whole.clone()), [whole]);
        }
    }

    #[test]
    fn a_drag_in_one_frame_takes_three() {
        let (press, release) = (button(true, PointerButton::Primary), button(false, PointerButton::Primary));
        let all = [moved(1.0), press.clone(), moved(2.0), moved(3.0), release.clone(), moved(4.0)];
        let apart = [vec![moved(1.0), press.clone()], vec![moved(2.0), moved(3.0)], vec![release.clone(), moved(4.0)]];
        let mut taps = Taps::default();
        assert_eq!(frames(&mut taps, all.to_vec()), apart);
        // The same when split over two frames at any event.
        for cut in 0..=all.len() {
            let [first, second] = [&all[..cut], &all[cut..]].map(|part| frames(&mut taps, part.to_vec()));
            let seen = first.into_iter().chain(second).filter(|frame| !frame.is_empty());
            let is_one = |frame: &Vec<Event>| {
                let after_press = frame.iter().skip_while(|event| **event != press).skip(1).count();
                let before_release = frame.iter().take_while(|event| **event != release).count();
                after_press == 0 && (before_release == frame.len() || before_release == 0)
            };
            assert!(seen.clone().all(|frame| is_one(&frame)), "{cut}: {:?}", seen.collect::<Vec<_>>());
        }
    }
}
