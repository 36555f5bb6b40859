//! Scratches, dust and creases: finds them, marks them, and fills what is marked, before all other steps.

mod blocks;
mod damaged_marks;
mod detect;
mod edits;
mod fill;
mod grain;
mod groups;
mod marks;
mod prevalence;
mod repaired;
mod too_wide;

use std::sync::Arc;

pub use detect::{DamageMap, Detection, detection_memory, detection_passes};
pub use edits::{MarkEdit, MarkEdits};
pub use fill::{Filling, FillingNeed};
pub use grain::Grain;
pub use marks::{MarkSummary, Marks};
pub use repaired::{RepairedColours, RepairedPhoto};
pub use too_wide::{REACH, REACH_AT_BORDER};

use super::{Repair, RestoreError, image_source::PhotoColours, runner::Runner};
use crate::pixels::Size;

/// What the marks of one photo are made of, beside the recipe. Cheap to copy.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct MarkSources {
    /// Where the photo is damaged; detected first if the recipe needs it and there is none.
    pub found: Option<Arc<DamageMap>>,
    /// The marks of [`Repair::Given`], such as those of a file.
    pub given: Option<Arc<Marks>>,
    /// Changes by hand.
    pub edits: MarkEdits,
}

impl MarkSources {
    /// Whether damage must be detected before the marks are known.
    pub fn needs_detection(&self, repair: Repair) -> bool {
        matches!(repair, Repair::Auto(_)) && self.found.is_none()
    }

    /// Whether some of the given marks are hidden, of which some may be damage.
    pub fn hides_given(&self, repair: Repair) -> bool {
        repair == Repair::Given && self.given.as_ref().is_some_and(|given| !given.hidden().is_empty())
    }

    /// Whether something may be marked: found, given or by hand.
    pub fn has_any(&self, repair: Repair) -> bool {
        match repair {
            Repair::None => false,
            Repair::Auto(_) => true,
            Repair::Given => self.given.is_some() || self.edits.add_marks(),
        }
    }

    /// The marks of a photo of this size. Without [`Self::found`] nothing is found.
    pub fn marks(&self, repair: Repair, photo: Size) -> Marks {
        let marks = match repair {
            Repair::None => return Marks::none(photo),
            Repair::Auto(sensitivity) => self.found.as_deref().map(|found| Marks::found(found, sensitivity)),
            Repair::Given => self.given.as_deref().cloned(),
        };
        marks.unwrap_or_else(|| Marks::none(photo)).edited(&self.edits)
    }
}

/// Where the photo of the runner's order is damaged.
///
/// # Errors
/// When it is cancelled, or no device works.
pub fn detect(colours: &PhotoColours, runner: &mut Runner) -> Result<Arc<DamageMap>, RestoreError> {
    detect::detect(colours, runner).map(Arc::new)
}

/// Given marks, of which those that are damage are no longer hidden.
///
/// # Errors
/// When it is cancelled, or no device works.
pub fn unhide_damage(marks: &Marks, colours: &PhotoColours, runner: &mut Runner) -> Result<Arc<Marks>, RestoreError> {
    Ok(Arc::new(marks.with_damage_unhidden(&detect::detect_at_half_size(colours, runner)?)))
}
