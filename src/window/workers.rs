//! The two workers: one with the network, and one that reads and saves meanwhile. And whose their jobs are.

use super::{
    jobs::{Jobs, Owner},
    worker_client::WorkerClient,
};
use crate::{
    pixels::Rect,
    worker::{Event, JobId, Request, Worker},
};

/// Both workers. Nothing here waits for them.
pub struct Workers {
    network: WorkerClient,
    reader: WorkerClient,
    jobs: Jobs,
}

impl Workers {
    /// `reader` needs no network.
    pub fn new(network: Worker, reader: Worker) -> Self {
        Self { network: WorkerClient::new(network), reader: WorkerClient::new(reader), jobs: Jobs::default() }
    }

    /// A number for a new job of that part of the window.
    pub fn start(&mut self, owner: Owner) -> JobId {
        self.jobs.start(owner)
    }

    /// The part of the window that an event is for; none after its job's end.
    pub fn owner_of(&mut self, event: &Event) -> Option<Owner> {
        self.jobs.owner_of(event)
    }

    /// Sends a request to the worker that does such jobs, as soon as it has room.
    pub fn ask(&mut self, request: Request) {
        match request {
            Request::Open { .. } | Request::Thumbnail { .. } | Request::Save { .. } => self.reader.ask(request),
            Request::Restore(_)
            | Request::Estimate(..)
            | Request::Measure { .. }
            | Request::Preview(..)
            | Request::Focus { .. } => self.network.ask(request),
        }
    }

    /// Replaces what is on screen of a job, in px of its result.
    pub fn focus(&mut self, job: JobId, rect: Rect) {
        self.network.focus(job, rect);
    }

    /// Whether the worker with the network has taken all its requests.
    pub fn network_is_clear(&self) -> bool {
        self.network.is_clear()
    }

    /// Whether the worker that reads has taken all its requests.
    pub fn reader_is_clear(&self) -> bool {
        self.reader.is_clear()
    }

    /// Sends what the channels have room for; whether some is left.
    pub fn post(&mut self) -> bool {
        let left = self.network.post();
        self.reader.post() || left
    }

    /// The next event, if there is one.
    pub fn next_event(&self) -> Option<Event> {
        self.network.next_event().or_else(|| self.reader.next_event())
    }
}
