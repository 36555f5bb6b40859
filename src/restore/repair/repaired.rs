//! A photo with its marks filled.

use std::sync::{Arc, Weak};

use super::{DamageMap, Grain, MarkSources, Marks, detection_passes, fill::Filling, grain};
use crate::{
    imaging::Photo,
    pixels::{Planes, Rect, Size},
    restore::{
        Follower, NoiseEstimate, Order, Repair, RestoreError, Update,
        image_source::{ImageSource, PhotoColours},
        runner::{PlannedPass, Runner},
    },
};

/// A photo whose damage is known and whose marks are filled where they were needed. Orders with the same photo, sensitivity
/// and edits share it.
pub struct RepairedPhoto {
    photo: Weak<Photo>,
    found: Option<Arc<DamageMap>>,
    filled: Option<Filled>,
}

/// Marks, and what they are filled with.
struct Filled {
    /// What the marks were made of.
    repair: Repair,
    sources: MarkSources,
    marks: Arc<Marks>,
    filling: Filling,
    /// Correlation of neighbouring px of the grain, once measured.
    correlation: Option<f32>,
}

impl RepairedPhoto {
    /// Finds the damage of an order's photo if it is unknown, and the marks, and prepares to fill them. `kept`: that of an
    /// earlier order, and then of this one. `planned` returns the passes that follow, for the progress; while it receives no
    /// filling, the marks are not known.
    ///
    /// # Errors
    /// When it is cancelled, no device works, or what is hidden is too wide or everything.
    pub fn prepare<'k>(
        kept: &'k mut Option<Self>,
        order: &Order,
        colours: &PhotoColours,
        runner: &mut Runner,
        planned: &dyn Fn(Option<&Filling>) -> Vec<PlannedPass>,
    ) -> Result<&'k mut Self, RestoreError> {
        let photo = Arc::downgrade(&order.photo);
        let known = kept.take().filter(|known| known.photo.ptr_eq(&photo));
        let this = kept.insert(known.unwrap_or(Self { photo, found: None, filled: None }));
        let repair = order.recipe.repair;
        let mut sources = order.marks.clone();
        sources.found = match repair {
            Repair::Auto(_) => sources.found.or_else(|| this.found.clone()),
            Repair::None | Repair::Given => None,
        };
        let detection = sources.detection(repair);
        if let Some(detection) = detection {
            let passes = detection_passes(order.photo.size(), detection);
            runner.set_remaining(passes.chain(planned(None)).collect());
        }
        let sources = sources.completed(repair, colours, runner)?;
        if let Some(found) = &sources.found {
            this.found = Some(found.clone());
            if detection.is_some() {
                runner.follower.update(Update::Detected(found.clone()));
            }
        }
        let is_same = |filled: &Filled| filled.repair == repair && filled.sources == sources;
        if !this.filled.as_ref().is_some_and(is_same) {
            this.filled = None;
            let marks = sources.marks(repair, order.photo.size());
            marks.check()?;
            let filling = Filling::new(&marks, colours, runner, &|filling| planned(Some(filling)))?;
            this.filled = Some(Filled { repair, sources, marks: Arc::new(marks), filling, correlation: None });
        }
        Ok(this)
    }

    /// Where this photo is damaged, if it is the one, and that is known.
    pub fn damage_of(&self, photo: &Arc<Photo>) -> Option<Arc<DamageMap>> {
        self.found.clone().filter(|_| self.photo.as_ptr() == Arc::as_ptr(photo))
    }

    /// Whether its photo is no longer in memory.
    pub fn is_obsolete(&self) -> bool {
        self.photo.strong_count() == 0
    }

    /// The marks.
    pub fn marks(&self) -> Option<&Arc<Marks>> {
        self.filled.as_ref().map(|filled| &filled.marks)
    }

    /// What they are filled with.
    pub fn filling(&self) -> Option<&Filling> {
        self.filled.as_ref().map(|filled| &filled.filling)
    }

    /// Grain like that of the photo; none if it is clean or nothing is marked.
    pub fn grain(&mut self, photo: &Photo, noise: &NoiseEstimate) -> Option<Grain> {
        let is_needed = |filled: &&mut Filled| !filled.marks.is_empty() && !noise.is_clean();
        let Filled { marks, correlation, .. } = self.filled.as_mut().filter(is_needed)?;
        let correlation = *correlation.get_or_insert_with(|| grain::correlation(&photo.pixels, marks.missing()));
        Some(Grain::new(noise.levels().clone(), correlation))
    }

    /// Fills the missing blocks of the part `rect`. `finished` receives each with the follower.
    ///
    /// # Errors
    /// When it is cancelled, or no device works.
    pub fn fill(
        &mut self,
        rect: Rect,
        colours: &PhotoColours,
        runner: &mut Runner,
        finished: &mut dyn FnMut(&Filling, Rect, &mut dyn Follower),
    ) -> Result<(), RestoreError> {
        match &mut self.filled {
            Some(filled) => filled.filling.fill(rect, colours, runner, finished),
            None => Ok(()),
        }
    }
}

/// The colours of a photo with the marks filled as far as they were computed.
pub struct RepairedColours<'a> {
    /// The photo's colours.
    pub colours: &'a PhotoColours<'a>,
    /// What the marks are filled with, if anything.
    pub filling: Option<&'a Filling>,
    /// Grain of what is filled.
    pub grain: Option<&'a Grain>,
}

impl ImageSource for RepairedColours<'_> {
    fn size(&self) -> Size {
        self.colours.size()
    }

    fn channels(&self) -> usize {
        self.colours.channels()
    }

    fn part(&self, rect: Rect) -> Planes {
        let mut part = self.colours.part(rect);
        if let Some(filling) = self.filling {
            filling.apply(&mut part, rect, self.grain);
        }
        part
    }
}
