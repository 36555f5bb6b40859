//! The running jobs, and the part of the window each belongs to.

use std::collections::HashMap;

use crate::worker::{Event, JobId};

/// The part of the window that started a job, and gets its events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// The photo on screen: opening or restoring it.
    Photo,
    /// The active photo of the queue. If it is on screen, that gets the events too.
    Queue,
    /// Saving a result.
    Saving,
    /// Reading a saved result.
    SavedResult,
    /// Finding the marks of the photo on screen.
    Marks,
    /// Estimating the next restoration.
    Estimate,
    /// Measuring the speed of a device.
    Speed,
    /// A preview of the grid.
    Preview,
    /// A thumbnail of the queue.
    Thumbnail,
}

/// The running jobs.
#[derive(Debug, Default)]
pub struct Jobs {
    last: u64,
    owners: HashMap<JobId, Owner>,
}

impl Jobs {
    /// A new job id.
    pub fn start(&mut self, owner: Owner) -> JobId {
        self.last += 1;
        let job = JobId(self.last);
        self.owners.insert(job, owner);
        job
    }

    /// The owner of an event's job. None if the job has ended before.
    pub fn owner_of(&mut self, event: &Event) -> Option<Owner> {
        if event.is_end() { self.owners.remove(&event.job) } else { self.owners.get(&event.job).copied() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::worker::{End, Update};

    #[test]
    fn a_job_belongs_to_its_owner_until_it_ends() {
        let mut jobs = Jobs::default();
        let (save, preview) = (jobs.start(Owner::Saving), jobs.start(Owner::Preview));
        let update = |job| Event::update(job, Update::Notice(String::new()));
        assert_eq!(jobs.owner_of(&update(save)), Some(Owner::Saving));
        assert_eq!(jobs.owner_of(&Event::end(save, End::Cancelled)), Some(Owner::Saving));
        assert_eq!(jobs.owner_of(&update(save)), None);
        assert_eq!(jobs.owner_of(&update(preview)), Some(Owner::Preview));
    }
}
