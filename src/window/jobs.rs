//! The jobs under way, and which part of the window each belongs to.

use std::collections::HashMap;

use crate::worker::{Event, JobId};

/// The part of the window that started a job, and gets its events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// The photo on screen: opened, or restored.
    Photo,
    /// A photo of the queue, restored into a file. On screen it is shown meanwhile.
    Queue,
    /// A result that is saved.
    Saving,
    /// A result that is read from its file.
    SavedResult,
    /// An estimate of the next restoration.
    Estimate,
    /// A device that is measured.
    Speed,
    /// A picture of the preview grid.
    Preview,
    /// A thumbnail of the list.
    Thumbnail,
}

/// The jobs under way.
#[derive(Debug, Default)]
pub struct Jobs {
    last: u64,
    owners: HashMap<JobId, Owner>,
}

impl Jobs {
    /// A number for a new job, used once.
    pub fn start(&mut self, owner: Owner) -> JobId {
        self.last += 1;
        let job = JobId(self.last);
        self.owners.insert(job, owner);
        job
    }

    /// The part that gets this event; none after the job's end. The end of a job is its last event.
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
