//! The pages of a TIFF together.

use std::time::Duration;

use crate::{
    engine::{DeviceInfo, Model},
    imaging::QualitySource,
    pixels::Size,
    restore::{MarkSummary, Order, Outcome},
};

/// The area of a page and those that follow, divided by its own. `sizes`: of all of them, before they are turned upright.
pub fn pages_left(page: &Order, sizes: &[Size]) -> f64 {
    let following: f64 = sizes.iter().skip(1).map(|size| size.area() as f64).sum();
    1.0 + following / page.photo.size().area().max(1) as f64
}

/// What was restored in all pages together.
#[derive(Default)]
pub struct PageSummary {
    /// Of the first one.
    pub size: Option<Size>,
    /// Of all together.
    pub px: f64,
    /// Squares of σ, times px: removed, and measured.
    removed: f64,
    measured: f64,
    /// Whether noise was removed from one.
    pub some_noisy: bool,
    /// Their share is in px.
    pub marks: Option<MarkSummary>,
    /// The worst.
    pub jpeg: Option<(u8, Option<QualitySource>)>,
    /// The fast network if one page has it.
    pub model: Option<Model>,
    /// The last one used.
    pub device: Option<DeviceInfo>,
}

impl PageSummary {
    /// Adds a page of that size. `measured`: its σ; `source`: where its JPEG quality was found.
    pub fn add(&mut self, size: Size, outcome: Outcome, measured: f32, source: Option<QualitySource>) {
        let px = size.area() as f64;
        self.size.get_or_insert(size);
        self.px += px;
        self.removed += f64::from(outcome.sigma).powi(2) * px;
        self.measured += f64::from(measured).powi(2) * px;
        self.some_noisy |= !outcome.clean;
        if let Some(marks) = outcome.repaired {
            let all = self.marks.get_or_insert_default();
            all.marks += marks.marks;
            all.too_wide += marks.too_wide;
            all.share += marks.share * px;
        }
        if let Some(quality) = outcome.quality.filter(|quality| self.jpeg.is_none_or(|(worst, _)| *quality < worst)) {
            self.jpeg = Some((quality, source));
        }
        self.model = match (self.model, outcome.model) {
            (Some(Model::Fast), _) | (_, Some(Model::Fast)) => Some(Model::Fast),
            (earlier, now) => earlier.or(now),
        };
        self.device = outcome.device.or(self.device.take());
    }

    /// The σ removed, or measured if all pages are clean: the root mean square over all pages.
    pub fn sigma(&self) -> f32 {
        let squares = if self.some_noisy { self.removed } else { self.measured };
        (squares / self.px.max(1.0)).sqrt() as f32
    }

    /// The marks, with their share of all pages.
    pub fn marks(&self) -> Option<MarkSummary> {
        self.marks.as_ref().map(|marks| MarkSummary { share: marks.share / self.px, ..*marks })
    }

    /// The outcome of all pages, which took that long.
    pub fn outcome(self, duration: Duration) -> Outcome {
        Outcome {
            repaired: self.marks(),
            quality: self.jpeg.map(|(quality, _)| quality),
            sigma: if self.some_noisy { self.sigma() } else { 0.0 },
            clean: !self.some_noisy,
            model: self.model,
            device: self.device,
            duration,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_summary_is_that_of_all_pages() {
        let outcome = |sigma, clean, quality, marks| Outcome {
            repaired: Some(MarkSummary { marks, share: 0.5, too_wide: 1 }),
            quality,
            sigma,
            clean,
            model: None,
            device: None,
            duration: Duration::ZERO,
        };
        let mut summary = PageSummary::default();
        summary.add(Size::new(10, 30), outcome(0.0, true, None, 1), 3.0, None);
        assert_eq!((summary.sigma(), summary.some_noisy), (3.0, false));
        summary.add(Size::new(10, 10), outcome(20.0, false, Some(70), 2), 20.0, Some(QualitySource::Pixels));
        summary.add(Size::new(0, 0), outcome(0.0, false, Some(90), 0), 0.0, None);
        assert_eq!((summary.sigma(), summary.some_noisy), (10.0, true));
        assert_eq!(summary.jpeg, Some((70, Some(QualitySource::Pixels))));
        let marks = summary.marks.unwrap();
        assert_eq!((marks.marks, marks.too_wide, marks.share / summary.px), (3, 3, 0.5));
        assert_eq!(summary.size, Some(Size::new(10, 30)));
    }
}
