//! The photo on screen: what is done with it, and which one of the list it is.

use std::{path::PathBuf, sync::Arc};

use crate::{
    imaging::{Photo, PictureError},
    pixels::Rect,
    state::{Item, ItemId, Session},
    worker::{End, JobError, JobId},
};

/// Whether the result of the photo on screen is being read from its file.
#[derive(Debug, Clone, Default)]
pub enum Recall {
    #[default]
    Nothing,
    /// As it was saved.
    Saved { job: JobId, item: ItemId },
    /// At full strength, after that.
    Full { job: JobId, item: ItemId, saved: Arc<Photo> },
}

impl Recall {
    pub fn job(&self) -> Option<JobId> {
        match self {
            Recall::Nothing => None,
            Recall::Saved { job, .. } | Recall::Full { job, .. } => Some(*job),
        }
    }

    pub fn item(&self) -> Option<ItemId> {
        match self {
            Recall::Nothing => None,
            Recall::Saved { item, .. } | Recall::Full { item, .. } => Some(*item),
        }
    }
}

/// Why a photo was not opened.
pub enum Unopened {
    /// There is no such file; the reason as a sentence.
    Missing(PathBuf, String),
    /// It can't be read; the reason as a sentence.
    Failed(String),
    /// Stopped by the user.
    Cancelled,
}

impl Unopened {
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

    pub fn reason(self) -> String {
        match self {
            Self::Missing(_, reason) | Self::Failed(reason) => reason,
            Self::Cancelled => String::new(),
        }
    }
}

/// The photo on screen.
#[derive(Default)]
pub struct PhotoOnScreen {
    /// What is done with it.
    pub(super) session: Session,
    /// Which photo of the list `session` is about.
    pub(super) item: Option<ItemId>,
    /// Whether the photo that is being restored is shown, and the next one will be.
    pub(super) following: bool,
    /// The single photo before this one, until this one is read: it comes back if that fails.
    pub(super) replaced: Option<Arc<Item>>,
    /// Its saved result, while that is read.
    pub(super) recall: Recall,
    /// What is on screen, in px of the result.
    pub(super) view: Option<Rect>,
    /// The same, as the run on screen was told.
    pub(super) seen: Option<(JobId, Rect)>,
}
