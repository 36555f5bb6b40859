//! Whether the window may be closed.

use std::{
    thread,
    time::{Duration, Instant},
};

use super::{app::RedawnApp, jobs::Owner};
use crate::state::{AtStake, Closing, Pace, Saving, State};

/// So long the end of a photo under way is waited for: it stops within a tile.
const PATIENCE: Duration = Duration::from_secs(10);

impl RedawnApp {
    /// Stops the photos that are being restored. A result that came to its file nevertheless is known to be there.
    pub(super) fn end_batch(&mut self) {
        self.batch.stop();
        let start = Instant::now();
        while self.batch.passage().is_some() && start.elapsed() < PATIENCE {
            while let Some(event) = self.network.hear().or_else(|| self.reader.hear()) {
                let jobs = &mut self.jobs;
                let asked = self.batch.apply(&event, &mut self.queue, || jobs.start(Owner::Queue), Instant::now());
                self.ask_for(asked);
            }
            self.post();
            thread::sleep(Duration::from_millis(5));
        }
    }

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
            saving: self.saving != Saving::Idle || self.to_save.is_some(),
            restoring: !going && self.session.run().is_some(),
            ahead: if going { self.queue.counts().ahead } else { 0 },
            kept: self.kept.is_some() && items.len() > 1,
        }
    }
}
