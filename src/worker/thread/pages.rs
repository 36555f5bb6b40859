//! Restores all pages of a TIFF in one job.

use std::{path::Path, sync::Arc, time::Instant};

use super::{JobRunner, Stopped};
use crate::{
    imaging::{MemoryLimit, PageFile, SaveOptions},
    pixels::Size,
    restore::{MarkSources, Mask, Order},
    worker::{
        End, JobControl, JobError, JobId, Measures,
        frontend::JobFollower,
        into_file::restore_page,
        pages::{PageSummary, pages_left},
    },
};

impl JobRunner {
    /// Restores all pages into a TIFF. `first`: the order of the first page; `source`: the file with the pages, and their sizes.
    /// If a page can't be restored, nothing is written.
    pub(super) fn restore_pages(
        &mut self,
        (job, cancel): (JobId, &JobControl),
        first: Order,
        (path, options): (&Path, SaveOptions),
        (source, sizes): (&Path, &[Size]),
    ) -> Result<End, Stopped> {
        let (begin, size) = (Instant::now(), first.head().size);
        let Some(mut file) = PageFile::create(path, options)? else { return Ok(End::Skipped { path: path.into() }) };
        let mut summary = PageSummary::default();
        for page in 0..sizes.len() {
            let on_page = |stopped| match stopped {
                Stopped::Failed(error) => Stopped::Failed(JobError::Page(page + 1, Box::new(error))),
                other => other,
            };
            let order = match page {
                0 => first.clone(),
                _ => self.order_of_page((job, cancel), &first, (source, page)).map_err(on_page)?,
            };
            let mut following = JobFollower::new(job, cancel, None, &mut self.frontend).on_page(page, sizes.len());
            let (open, throughput, repaired) = (&mut self.open, &mut self.throughput, &mut self.repaired);
            let left = pages_left(&order, &sizes[page..]);
            let result = restore_page((&mut file, left), &order, open, throughput, repaired, &mut following);
            if following.is_disconnected() {
                return Err(Stopped::Disconnected);
            }
            let (notices, outcome) = result.map_err(|error| on_page(error.into()))?;
            self.notices(job, notices)?;
            summary.add(order.head().size, outcome, order.noise.sigma(), None);
        }
        match self.written(job, file.finish()?) {
            Ok(path) => Ok(End::Written { path, full: None, size, outcome: summary.outcome(begin.elapsed()) }),
            Err(Stopped::Failed(JobError::Exists(path))) => Ok(End::Skipped { path }),
            Err(stopped) => Err(stopped),
        }
    }

    /// The order of the first page, for another one, from 0. Marks by hand and painted areas are those of the first.
    fn order_of_page(
        &mut self,
        job: (JobId, &JobControl),
        first: &Order,
        (source, page): (&Path, usize),
    ) -> Result<Order, Stopped> {
        let memory = MemoryLimit::default();
        let (photo, noise, _) = self.open(job, source, Some(page), memory, Measures::ALL)?;
        let (photo, marks, mask) = (Arc::new(photo), MarkSources::default(), Mask::default());
        Ok(Order { photo, noise, marks, mask, memory, watched: false, ..first.clone() })
    }
}
