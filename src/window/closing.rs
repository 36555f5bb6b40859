//! Whether the window may be closed.

use std::{
    thread,
    time::{Duration, Instant},
};

use super::{app::RedawnApp, jobs::Owner};
use crate::state::{AtStake, Closing, RunState, Saving};

/// So long the end of a photo under way is waited for: it stops within a tile.
const PATIENCE: Duration = Duration::from_secs(10);

impl RedawnApp {
    /// Stops the photos that are being restored. A result that came to its file nevertheless is known to be there.
    pub(super) fn end_batch(&mut self) {
        self.list.batch.stop();
        let start = Instant::now();
        while self.list.batch.active().is_some() && start.elapsed() < PATIENCE {
            while let Some(event) = self.workers.next_event() {
                let workers = &mut self.workers;
                let asked =
                    self.list.batch.apply(&event, &mut self.list.queue, || workers.start(Owner::Queue), Instant::now());
                asked.into_iter().for_each(|request| self.workers.ask(request));
            }
            self.workers.post();
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// The user wants to close the window: asks first when something is at stake.
    pub(super) fn close(&mut self) {
        let at_stake = self.at_stake();
        self.closing = if at_stake.is_nothing() { Closing::Agreed } else { Closing::Asked(at_stake) };
    }

    /// Closes the window in every frame from when that is agreed on until it is gone: no request to close can be lost.
    pub(super) fn keep_closing(&mut self, context: &egui::Context) {
        let wanted = context.input(|input| input.viewport().close_requested());
        if self.closing != Closing::Agreed && (wanted || matches!(self.closing, Closing::Asked(_))) {
            // What was at stake may be done meanwhile.
            self.close();
        }
        match (self.closing, wanted) {
            // What ends with the window may take a while: it is not on screen meanwhile.
            (Closing::Agreed, true) => context.send_viewport_cmd(egui::ViewportCommand::Visible(false)),
            (Closing::Agreed, false) => context.send_viewport_cmd(egui::ViewportCommand::Close),
            (Closing::Asked(_), true) => context.send_viewport_cmd(egui::ViewportCommand::CancelClose),
            (Closing::Asked(_) | Closing::No, _) => {}
        }
    }

    fn at_stake(&self) -> AtStake {
        let items = self.list.queue.items();
        let going = self.list.batch.run_state() != RunState::Idle;
        let unsaved = items.iter().filter(|item| item.is_unsaved());
        AtStake {
            unsaved: unsaved.clone().count(),
            on_screen: unsaved.into_iter().any(|item| self.photo.item == Some(item.id)),
            saving: self.results.saving != Saving::Idle || self.results.to_save.is_some(),
            restoring: !going && self.photo.session.run().is_some(),
            ahead: if going { self.list.queue.counts().ahead } else { 0 },
            kept: self.list.keeper.is_some() && items.len() > 1,
        }
    }
}
