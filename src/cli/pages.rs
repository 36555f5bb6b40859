//! The pages of a TIFF, each opened, restored and written on its own into one file.

use std::time::Instant;

use super::{
    claim::Claim,
    client::{Client, Stop},
    report::{FinishedPhoto, Report},
    work::Work,
};
use crate::{
    engine::{DeviceInfo, Model},
    imaging::{MemoryLimit, PageFile, PictureError, QualitySource, SaveOutcome},
    pixels::Size,
    restore::{MarkSummary, Order},
    worker::Outcome,
};

/// Restores all pages; the first one is open. Returns none if the target exists by now and is not to be replaced.
///
/// # Errors
/// If a page can't be restored. Then nothing is written.
pub fn restore_all(
    work: &Work,
    (first, sizes): (Order, &[Size]),
    claim: &mut Option<Claim>,
    client: &mut Client,
    report: &mut Report,
) -> Result<Option<FinishedPhoto>, Stop> {
    let begin = Instant::now();
    let failed = |error: PictureError| Stop::Failed(error.to_string().into());
    let options = work.args.output.save_options(work.if_exists);
    let Some(file) = PageFile::create(work.target, options).map_err(failed)? else { return Ok(None) };
    let (mut file, mut summary, mut first) = (Box::new(file), PageSummary::default(), Some(first));
    for page in 0..sizes.len() {
        report.page(page + 1, sizes.len());
        let restore = || {
            let mut order = match first.take() {
                Some(first) => first,
                None => work.open(Some(page), client, report)?.0,
            };
            let (left, measured, found) =
                (pages_left(&order, &sizes[page..]), order.noise.sigma(), order.photo.metadata.jpeg);
            if work.args.reports.json && page == 0 {
                let mut forecast = client.estimate(order.clone(), work.target, options)?;
                forecast.bytes = (forecast.bytes as f64 * left) as u64;
                forecast.seconds *= left;
                let quality = order.recipe.for_networks(&order.mask).quality(found);
                report.estimated(&forecast, quality, sizes.len());
                order.memory = MemoryLimit::AlreadyChecked;
            }
            let restored = client.restore_page(order, file, left, |update| report.update(update))?;
            Ok((restored, measured, work.quality_source(found)))
        };
        let ((next, size, outcome), measured, source) = restore().map_err(|stop| on_page(stop, page + 1))?;
        summary.add(size, outcome, measured, source);
        file = next;
    }
    let saved = file.finish().map_err(failed)?;
    if saved.outcome == SaveOutcome::Skipped {
        return Ok(None);
    }
    claim.iter_mut().for_each(Claim::result_is_written);
    saved.notices.into_iter().for_each(|notice| report.notice(notice));
    let (sigma, clean) = (summary.sigma(), !summary.some_noisy);
    let PageSummary { size, px, marks, jpeg, model, device, .. } = summary;
    Ok(Some(FinishedPhoto {
        output: saved.path,
        mask: None,
        marks: marks.map(|marks| MarkSummary { share: marks.share / px, ..marks }),
        only_marked: false,
        jpeg,
        sigma,
        clean,
        strength: work.args.restoration.recipe().strength,
        model,
        device,
        duration: begin.elapsed(),
        size: size.unwrap_or(Size::new(0, 0)),
        pages: sizes.len(),
    }))
}

/// The area of a page and those that follow, divided by its own. `sizes`: of all of them, before they are turned upright.
pub fn pages_left(page: &Order, sizes: &[Size]) -> f64 {
    let following: f64 = sizes.iter().skip(1).map(|size| size.area() as f64).sum();
    1.0 + following / page.photo.size().area().max(1) as f64
}

fn on_page(stop: Stop, page: usize) -> Stop {
    match stop {
        Stop::Failed(failure) => Stop::Failed(failure.on_page(page)),
        Stop::Cancelled => Stop::Cancelled,
    }
}

/// What was restored in all pages together.
#[derive(Default)]
struct PageSummary {
    /// Of the first one.
    size: Option<Size>,
    px: f64,
    /// Squares of σ, times px: removed, and measured.
    removed: f64,
    measured: f64,
    some_noisy: bool,
    /// Their share is in px.
    marks: Option<MarkSummary>,
    /// The worst.
    jpeg: Option<(u8, Option<QualitySource>)>,
    /// The fast network if one page has it.
    model: Option<Model>,
    device: Option<DeviceInfo>,
}

impl PageSummary {
    fn add(&mut self, size: Size, outcome: Outcome, measured: f32, source: Option<QualitySource>) {
        let px = size.area() as f64;
        self.size.get_or_insert(size);
        self.px += px;
        self.removed += f64::from(outcome.sigma).powi(2) * px;
        self.measured += f64::from(measured).powi(2) * px;
        self.some_noisy |= !outcome.clean;
        if let Some(marks) = outcome.repaired {
            let all = self.marks.get_or_insert_default();
            all.marks += marks.marks;
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
    fn sigma(&self) -> f32 {
        let squares = if self.some_noisy { self.removed } else { self.measured };
        (squares / self.px.max(1.0)).sqrt() as f32
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_summary_is_that_of_all_pages() {
        let outcome = |sigma, clean, quality, marks| Outcome {
            repaired: Some(MarkSummary { marks, share: 0.5 }),
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
        assert_eq!((marks.marks, marks.share / summary.px), (3, 0.5));
        assert_eq!(summary.size, Some(Size::new(10, 30)));
    }
}
