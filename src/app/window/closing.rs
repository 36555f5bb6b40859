//! Whether the window may be closed.

use super::RedawnApp;
use crate::app::{AtStake, Closing, Saving, State, batch::Pace};

impl RedawnApp {
    pub(super) fn ask_before_closing(&mut self, context: &egui::Context) {
        let wanted = context.input(|input| input.viewport().close_requested());
        let asked = wanted || matches!(self.closing, Closing::Asked(_));
        if !asked || self.closing == Closing::Agreed {
            return;
        }
        let at_stake = self.at_stake();
        if !at_stake.is_nothing() {
            if wanted {
                context.send_viewport_cmd(egui::ViewportCommand::CancelClose);
            }
            self.closing = Closing::Asked(at_stake);
        } else if self.closing != Closing::No {
            // What was under way is done meanwhile.
            self.leave(context);
        }
    }

    pub(super) fn leave(&mut self, context: &egui::Context) {
        self.closing = Closing::Agreed;
        context.send_viewport_cmd(egui::ViewportCommand::Close);
    }

    fn at_stake(&self) -> AtStake {
        let items = self.queue.items();
        let going = self.batch.pace() != Pace::Idle;
        let unsaved = items.iter().filter(|item| item.state == State::Restored);
        AtStake {
            unsaved: unsaved.clone().count(),
            on_screen: unsaved.into_iter().any(|item| self.shown == Some(item.id)),
            saving: self.saving != Saving::Idle,
            restoring: !going && self.session.run().is_some(),
            ahead: if going { self.queue.counts().ahead } else { 0 },
            kept: self.kept.is_some() && items.len() > 1,
        }
    }
}
