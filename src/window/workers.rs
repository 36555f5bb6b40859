//! The two workers, one with the network and one that reads and saves meanwhile, and the owners of their jobs.

use super::{
    jobs::{Jobs, Owner},
    worker_client::WorkerClient,
};
use crate::{
    pixels::Rect,
    worker::{Event, JobId, Request, Worker},
};

/// Both workers. Never blocks.
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

    /// A new job id.
    pub fn start(&mut self, owner: Owner) -> JobId {
        self.jobs.start(owner)
    }

    /// The owner of an event's job. None if the job has ended before.
    pub fn owner_of(&mut self, event: &Event) -> Option<Owner> {
        self.jobs.owner_of(event)
    }

    /// Queues a request for the worker that handles it; [`flush`](Self::flush) sends it.
    pub fn send(&mut self, request: Request) {
        match request {
            Request::Open { .. } | Request::Thumbnail { .. } | Request::EstimateFile { .. } | Request::Save { .. } => {
                self.reader.send(request);
            }
            Request::Restore(_)
            | Request::Estimate(..)
            | Request::Measure { .. }
            | Request::Preview(..)
            | Request::Mark { .. }
            | Request::Focus { .. } => self.network.send(request),
        }
    }

    /// Queues the visible part of a job, in px of its result, instead of an earlier one.
    pub fn focus(&mut self, job: JobId, rect: Rect) {
        self.network.focus(job, rect);
    }

    /// Whether all requests to the worker with the network were sent.
    pub fn network_is_flushed(&self) -> bool {
        self.network.is_flushed()
    }

    /// Whether all requests to the reading worker were sent.
    pub fn reader_is_flushed(&self) -> bool {
        self.reader.is_flushed()
    }

    /// Sends the queued requests the channels have room for. Returns whether some are left.
    pub fn flush(&mut self) -> bool {
        let left = self.network.flush();
        self.reader.flush() || left
    }

    /// The next event, if there is one.
    pub fn next_event(&self) -> Option<Event> {
        self.network.next_event().or_else(|| self.reader.next_event())
    }
}
