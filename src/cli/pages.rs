//! The pages of a TIFF, each opened, restored and written on its own into one file.

use std::time::Instant;

use super::{
    claim::Claim,
    client::{Client, Stop},
    report::{FinishedPhoto, Report},
    work::Work,
};
use crate::{
    imaging::{MemoryLimit, PageFile, PictureError, SaveOutcome},
    pixels::Size,
    restore::Order,
    worker::{PageSummary, pages_left},
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
            let restored = client.restore_page(order, file, left, |update| report.update(update));
            let restored = restored.map_err(|stop| work.naming_mask(stop))?;
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
    let (sigma, clean, marks) = (summary.sigma(), !summary.some_noisy, summary.marks());
    let PageSummary { size, jpeg, model, device, .. } = summary;
    Ok(Some(FinishedPhoto {
        output: saved.path,
        mask: None,
        marks,
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

fn on_page(stop: Stop, page: usize) -> Stop {
    match stop {
        Stop::Failed(failure) => Stop::Failed(failure.on_page(page)),
        Stop::Cancelled => Stop::Cancelled,
    }
}
