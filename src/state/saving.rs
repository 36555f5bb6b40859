//! Saving the result on screen. Separate from the session, which can change meanwhile.

use std::path::Path;

use super::notice::{Notice, Offer};
use crate::{
    imaging::quoted,
    worker::{Body, End, Event, JobId, Update},
};

/// Whether a result is being written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Saving {
    /// No.
    #[default]
    Idle,
    /// Yes.
    Writing {
        /// Its job.
        job: JobId,
    },
}

impl Saving {
    /// The running job.
    pub fn job(self) -> Option<JobId> {
        match self {
            Saving::Idle => None,
            Saving::Writing { job } => Some(job),
        }
    }

    /// The notice for a saved result.
    pub fn saved(path: &Path) -> Notice {
        Notice::info(format!("Saved as {}", quoted(path))).offering(Offer::ShowFile(path.to_owned()))
    }

    /// The state after an event, and notices. Events of other jobs are ignored.
    pub fn apply(self, event: &Event) -> (Saving, Vec<Notice>) {
        if self.job() != Some(event.job) {
            return (self, Vec::new());
        }
        match &event.body {
            Body::Update(Update::Notice(text)) => (self, vec![Notice::info(text.clone())]),
            Body::Update(_) => (self, Vec::new()),
            Body::End(End::Saved { path, .. }) => (Saving::Idle, vec![Self::saved(path)]),
            Body::End(End::Failed(error)) => {
                (Saving::Idle, vec![Notice::problem(error.to_string()).offering(Offer::SaveAs)])
            }
            Body::End(_) => (Saving::Idle, Vec::new()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::worker::JobError;

    #[test]
    fn every_event_leads_where_the_table_says() {
        let writing = Saving::Writing { job: JobId(3) };
        let saved = |job| Event::end(JobId(job), End::Saved { path: "out.png".into(), full: None });
        let failed = |job| Event::end(JobId(job), End::Failed(JobError::NearlyFull("out.png".into())));
        let done = Notice::info("Saved as “out.png”").offering(Offer::ShowFile("out.png".into()));
        let full = Notice::problem("the disk of “out.png” is nearly full").offering(Offer::SaveAs);
        let table = [
            ("saved", writing, saved(3), Saving::Idle, vec![done]),
            ("failed", writing, failed(3), Saving::Idle, vec![full]),
            ("cancelled", writing, Event::end(JobId(3), End::Cancelled), Saving::Idle, vec![]),
            ("stale", writing, saved(2), writing, vec![]),
            ("late", Saving::Idle, saved(3), Saving::Idle, vec![]),
        ];
        for (case, before, event, after, notices) in table {
            assert_eq!(before.apply(&event), (after, notices), "{case}");
        }
    }
}
