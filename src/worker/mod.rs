//! The worker thread, which owns devices, networks and tensors: requests in, events out.

mod file_size;
mod frontend;
mod into_file;
mod message;
mod pages;
mod thread;

pub use crate::restore::{Order, Outcome, Stage, Update};
pub use message::{
    Body, End, Event, FileTarget, JobControl, JobError, JobId, Measures, Request, RestoreRequest, Target,
};
pub use pages::{PageSummary, pages_left};
pub use thread::{Wake, Worker};
