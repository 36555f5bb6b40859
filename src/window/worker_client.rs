//! A worker and the requests its channel had no room for yet, so that the window never waits.

use std::collections::VecDeque;

use crate::{
    pixels::Rect,
    worker::{Event, JobId, Request, Worker},
};

/// Handle to a worker. Never blocks.
pub struct WorkerClient {
    worker: Worker,
    outbox: VecDeque<Request>,
}

impl WorkerClient {
    /// No requests yet.
    pub fn new(worker: Worker) -> Self {
        Self { worker, outbox: VecDeque::new() }
    }

    /// Queues a request; [`flush`](Self::flush) sends it.
    pub fn send(&mut self, request: Request) {
        self.outbox.push_back(request);
    }

    /// Queues the visible part of a job, in px of its result, instead of an earlier one.
    pub fn focus(&mut self, job: JobId, rect: Rect) {
        self.outbox.retain(|request| !matches!(request, Request::Focus { .. }));
        self.outbox.push_back(Request::Focus { job, rect });
    }

    /// Whether all requests were sent.
    pub fn is_flushed(&self) -> bool {
        self.outbox.is_empty()
    }

    /// Sends the queued requests the channel has room for. Returns whether some are left.
    pub fn flush(&mut self) -> bool {
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
