//! Scratches, dust and creases: finds them, marks them, and fills what is marked, before all other steps.

mod blocks;
mod damaged_marks;
mod detect;
mod edits;
mod fill;
mod grain;
mod groups;
mod holes;
mod marks;
mod prevalence;
mod repaired;
mod texture;

use std::sync::Arc;

pub use detect::{DamageMap, Detection, detection_memory, detection_passes};
pub use edits::{MarkEdit, MarkEdits};
pub use fill::{Filling, FillingNeed};
pub use grain::Grain;
pub use holes::{REACH, REACH_AT_BORDER};
pub use marks::{MarkSummary, Marks};
pub use repaired::{RepairedColours, RepairedPhoto};
pub use texture::Texture;

use super::{Repair, RestoreError, image_source::PhotoColours, runner::Runner};
use crate::pixels::Size;

/// Marks that are given for a photo. Cheap to copy.
#[derive(Debug, Clone, PartialEq)]
pub enum GivenMarks {
    /// Read from a mask. Which of them are damage, and which holes stay, is found by [`MarkSources::completed`].
    Mask(Arc<Marks>),
    /// Final.
    Known(Arc<Marks>),
}

impl GivenMarks {
    /// The marks, those of a mask as they are.
    pub fn marks(&self) -> &Arc<Marks> {
        let (Self::Mask(marks) | Self::Known(marks)) = self;
        marks
    }
}

/// What the marks of one photo are made of, beside the recipe. Cheap to copy.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct MarkSources {
    /// Where the photo is damaged; detected first if the recipe needs it and there is none.
    pub found: Option<Arc<DamageMap>>,
    /// The marks of [`Repair::Given`], such as those of a file.
    pub given: Option<GivenMarks>,
    /// Changes by hand.
    pub edits: MarkEdits,
}

impl MarkSources {
    /// How closely the photo has to be searched for damage before the marks are known, if at all.
    pub fn detection(&self, repair: Repair) -> Option<Detection> {
        match (repair, &self.given) {
            (Repair::Auto(_), _) => self.found.is_none().then_some(Detection::FullSize),
            (Repair::Given, Some(GivenMarks::Mask(marks))) => {
                (!marks.hidden().is_empty()).then_some(Detection::HalfSize)
            }
            (Repair::Given | Repair::None, _) => None,
        }
    }

    /// Whether something may be marked: found, given or by hand.
    pub fn has_any(&self, repair: Repair) -> bool {
        match repair {
            Repair::None => false,
            Repair::Auto(_) => true,
            Repair::Given => self.given.is_some() || self.edits.add_marks(),
        }
    }

    /// The same with what was not known of a photo: where it is damaged, and which marks of a mask are damage.
    ///
    /// # Errors
    /// When it is cancelled, or no device works.
    pub fn completed(
        mut self,
        repair: Repair,
        colours: &PhotoColours,
        runner: &mut Runner,
    ) -> Result<Self, RestoreError> {
        let detection = self.detection(repair);
        match (repair, &self.given) {
            (Repair::Auto(_), _) if detection.is_some() => {
                self.found = Some(Arc::new(detect::detect(colours, runner)?));
            }
            (Repair::Given, Some(GivenMarks::Mask(marks))) => {
                let likely = detection.map(|_| detect::detect_at_half_size(colours, runner)).transpose()?;
                let marks = marks.on_photo(Arc::new(Texture::of(colours)), likely.as_ref());
                self.given = Some(GivenMarks::Known(Arc::new(marks)));
            }
            _ => {}
        }
        Ok(self)
    }

    /// The marks of a photo of this size, as far as they are known without [`Self::completed`].
    pub fn marks(&self, repair: Repair, photo: Size) -> Marks {
        let marks = match repair {
            Repair::None => return Marks::none(photo),
            Repair::Auto(sensitivity) => self.found.as_deref().map(|found| Marks::found(found, sensitivity)),
            Repair::Given => self.given.as_ref().map(|given| (**given.marks()).clone()),
        };
        marks.unwrap_or_else(|| Marks::none(photo)).edited(&self.edits)
    }
}
