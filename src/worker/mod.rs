//! The named thread that owns device, network and every tensor: requests in, events out.

mod front;
mod into_file;
mod message;
mod thread;

pub use crate::restore::{Order, Outcome, Stage, Update};
pub use message::{Body, End, Event, JobControl, JobError, JobId, Measures, Request, RestoreRequest, Target};
pub use thread::{Wake, Worker};
