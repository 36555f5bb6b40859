//! The named thread that owns device, network and every tensor: requests in, events out.

mod message;

pub use message::{CancelToken, Event, JobId, Outcome, Request, RestoreRequest, Stage};
