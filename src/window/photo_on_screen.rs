//! The photo on screen: its session, and its place in the queue.

use std::{path::PathBuf, sync::Arc};

use super::live::Live;
use crate::{
    imaging::{Photo, PictureError},
    pixels::{Rect, Size},
    state::{Item, ItemId, Marking, Session},
    worker::{End, JobError, JobId},
};

/// Whether the saved result of the photo on screen is being read.
#[derive(Debug, Clone, Default)]
pub enum ResultLoad {
    /// Not reading.
    #[default]
    Idle,
    /// Reading its file.
    Saved { job: JobId, item: ItemId },
    /// Reading the file at full strength.
    Full { job: JobId, item: ItemId, saved: Arc<Photo> },
}

impl ResultLoad {
    /// The running job.
    pub fn job(&self) -> Option<JobId> {
        match self {
            ResultLoad::Idle => None,
            ResultLoad::Saved { job, .. } | ResultLoad::Full { job, .. } => Some(*job),
        }
    }

    /// The photo.
    pub fn item(&self) -> Option<ItemId> {
        match self {
            ResultLoad::Idle => None,
            ResultLoad::Saved { item, .. } | ResultLoad::Full { item, .. } => Some(*item),
        }
    }
}

/// Why a photo was not opened.
pub enum OpenFailure {
    /// The file does not exist. With the reason as a sentence.
    Missing(PathBuf, String),
    /// It can't be read. With the reason as a sentence.
    Failed(String),
    /// Stopped by the user.
    Cancelled,
}

impl OpenFailure {
    /// Why opening failed, if it did.
    pub fn of(end: &End) -> Option<Self> {
        match end {
            End::Failed(error @ JobError::Picture(PictureError::Missing { path })) => {
                Some(Self::Missing(path.clone(), error.to_string()))
            }
            End::Failed(error) => Some(Self::Failed(error.to_string())),
            End::Cancelled => Some(Self::Cancelled),
            _ => None,
        }
    }
}

/// The photo on screen.
#[derive(Default)]
pub struct PhotoOnScreen {
    /// Its state.
    pub(super) session: Session,
    /// Its id in the queue.
    pub(super) item: Option<ItemId>,
    /// Whether to show the active photo of the run, and then the next one.
    pub(super) following: bool,
    /// The single photo this one replaced, until this one is open. Returns if that fails.
    pub(super) replaced: Option<Arc<Item>>,
    /// Reading its saved result.
    pub(super) result_load: ResultLoad,
    /// Its marks of scratches.
    pub(super) marking: Marking,
    /// Keeps the picture up to date.
    pub(super) live: Live,
    /// Visible part, in px of a result of this size.
    pub(super) view: Option<(Rect, Size)>,
    /// Visible part last sent to the worker, and the job it was sent to.
    pub(super) sent_focus: Option<(JobId, Rect)>,
}
