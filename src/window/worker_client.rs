//! A worker, and what its channel had no room for yet: the window never waits for it.

use std::collections::VecDeque;

use crate::{
    pixels::Rect,
    worker::{Event, JobId, Request, Worker},
};

/// A worker as the window holds it.
pub struct WorkerClient {
    worker: Worker,
    outbox: VecDeque<Request>,
}

impl WorkerClient {
    pub fn new(worker: Worker) -> Self {
        Self { worker, outbox: VecDeque::new() }
    }

    /// Sends a request, as soon as there is room.
    pub fn ask(&mut self, request: Request) {
        self.outbox.push_back(request);
    }

    /// Replaces what is on screen of a job.
    pub fn focus(&mut self, job: JobId, rect: Rect) {
        self.outbox.retain(|request| !matches!(request, Request::Focus { .. }));
        self.outbox.push_back(Request::Focus { job, rect });
    }

    /// Whether all requests were sent.
    pub fn is_clear(&self) -> bool {
        self.outbox.is_empty()
    }

    /// Sends what there is room for; whether some is left.
    pub fn post(&mut self) -> bool {
        while let Some(request) = self.outbox.pop_front() {
            if let Err(request) = self.worker.try_send(request) {
                self.outbox.push_front(request);
                return true;
            }
        }
        false
    }

    /// The next event, if there is one.
    pub fn next_event(&self) -> Option<Event> {
        self.worker.events().try_recv().ok()
    }
}
