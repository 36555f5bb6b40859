//! A worker, and what its channel had no room for yet: the window never waits for it.

use std::collections::VecDeque;

use crate::worker::{Event, JobId, Request, Worker};

/// A worker as the window holds it.
pub struct Line {
    worker: Worker,
    outbox: VecDeque<Request>,
}

impl Line {
    /// The line to this worker.
    pub fn new(worker: Worker) -> Self {
        Self { worker, outbox: VecDeque::new() }
    }

    /// Asks, as soon as there is room.
    pub fn ask(&mut self, request: Request) {
        self.outbox.push_back(request);
    }

    /// Says what is on screen of this job now, in place of what was said before.
    pub fn look(&mut self, job: JobId, rect: crate::pixels::Rect) {
        self.outbox.retain(|request| !matches!(request, Request::Focus { .. }));
        self.outbox.push_back(Request::Focus { job, rect });
    }

    /// Whether everything asked was handed over.
    pub fn is_clear(&self) -> bool {
        self.outbox.is_empty()
    }

    /// Hands over what there is room for; whether some is left.
    pub fn post(&mut self) -> bool {
        while let Some(request) = self.outbox.pop_front() {
            if let Err(request) = self.worker.try_send(request) {
                self.outbox.push_front(request);
                return true;
            }
        }
        false
    }

    /// The next thing the worker says, if it has.
    pub fn hear(&self) -> Option<Event> {
        self.worker.events().try_recv().ok()
    }
}
