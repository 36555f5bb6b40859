//! The named thread that owns device, network and every tensor: requests in, events out.

mod into_file;
mod message;
mod thread;

pub use crate::restore::{Outcome, Stage};
pub use message::{CancelToken, Event, JobId, Measures, Request, RestoreRequest, Target};
pub use thread::{Wake, Worker};
