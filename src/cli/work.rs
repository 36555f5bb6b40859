//! One photo of `redawn restore`: opened, marked, restored, written.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Instant,
};

use super::{
    RestoreArgs,
    args::{DamagedArg, RepairArg},
    claim::Claim,
    client::{Client, Marked, Opened, Stop},
    input::Input,
    marking::{self, Masks},
    pages,
    report::{FinishedPhoto, Report},
    sha256::Hash,
    targets::has_quality,
};
use crate::{
    imaging::{self, Format, IfExists, JpegHistory, MemoryLimit, PictureError, QualitySource, SaveOptions, quoted},
    pixels::Size,
    restore::{Area, Compression, GivenMarks, MarkSources, MarkSummary, Marks, Mask, Noise},
    worker::{Measures, Order, Outcome, Update},
};

/// The picture of where to restore.
pub struct MaskFile<'a> {
    path: &'a Path,
    size: Size,
    mask: Mask,
    /// Of the file.
    pub hash: Hash,
}

impl<'a> MaskFile<'a> {
    /// # Errors
    /// If it can't be read: a sentence.
    pub fn read(path: &'a Path, memory: MemoryLimit, elsewhere: u8) -> Result<Self, String> {
        let photo = imaging::open_within(path, memory).map_err(|error| error.to_string())?.photo;
        if let Some(damage) = photo.metadata.damage {
            return Err(PictureError::Damaged { damage }.to_string());
        }
        let size = photo.size();
        let mask = Mask { area: Area::Painted, painting: photo.pixels.into(), elsewhere: f32::from(elsewhere) / 100.0 };
        let unreadable = |error| format!("the mask {} could not be read ({error})", quoted(path));
        Ok(Self { path, size, mask, hash: Hash::of_file(path).map_err(unreadable)? })
    }

    /// The mask for a photo of this size.
    ///
    /// # Errors
    /// If it has another size: a sentence.
    fn for_photo(&self, photo: Size) -> Result<Mask, String> {
        marking::check_size(self.path, self.size, photo).map(|()| self.mask.clone())
    }
}

/// One input, and what to do with it.
pub struct Work<'a> {
    pub args: &'a RestoreArgs,
    pub mask: Option<&'a MaskFile<'a>>,
    pub given: &'a Masks,
    pub number: usize,
    pub input: &'a Input,
    /// The file of the result, or of the marks if only they are written.
    pub target: &'a Path,
    /// The file of the marks, if they are written too.
    pub mask_target: Option<&'a Path>,
    /// What to do if one of them exists.
    pub if_exists: IfExists,
}

impl Work<'_> {
    /// Returns none if the target exists by now and is not to be replaced. The claim is told when the result is written.
    ///
    /// # Errors
    /// If there is no result, or its marks can't be written.
    pub fn run(
        &self,
        claim: &mut Option<Claim>,
        client: &mut Client,
        report: &mut Report,
    ) -> Result<Option<FinishedPhoto>, Stop> {
        let begin = Instant::now();
        let &Work { args, target, .. } = self;
        let only_marks = args.output.repair_only_mask;
        if args.output.quality.is_some() && !only_marks && !has_quality(target) {
            report.notice(format!("--quality is for JPEG, AVIF and WebP; {} is written without loss", quoted(target)));
        }
        let (mut order, pages) = self.open_first(client, report)?;
        if pages.len() > 1 && self.writes_pages() {
            return pages::restore_all(self, (order, &pages), claim, client, report);
        }
        let (measured, found) = (order.noise.sigma(), order.photo.metadata.jpeg);
        let options = args.output.save_options(self.if_exists);
        if only_marks {
            report.started();
            let (marks, summary) = self.mark(&mut order, client, |update| report.update(update))?;
            let written = self.save_marks(&marks, target)?;
            if written.is_some() {
                claim.iter_mut().for_each(Claim::result_is_written);
            }
            let (strength, size, duration) = (args.restoration.recipe().strength, order.photo.size(), begin.elapsed());
            return Ok(written.map(|output| FinishedPhoto {
                mask: Some(output.clone()),
                output,
                marks: Some(summary),
                only_marked: true,
                jpeg: None,
                sigma: 0.0,
                clean: false,
                strength,
                model: None,
                device: None,
                duration,
                size,
                pages: 1,
            }));
        }
        // Without an estimate the restoration makes the same checks.
        if args.reports.json {
            let forecast = client.estimate(order.clone(), target, options)?;
            report.estimated(&forecast, order.recipe.for_networks(&order.mask).quality(found), 1);
            order.memory = MemoryLimit::AlreadyChecked;
        }
        let found_marks = match self.mask_target {
            Some(mask_target) => {
                imaging::check_target(mask_target, &order.photo.head(), &SaveOptions::default(), 0)
                    .map_err(|error| Stop::Failed(error.to_string().into()))?;
                Some((self.mark(&mut order, client, |update| report.update(update))?.0, mask_target))
            }
            None => None,
        };
        let written = client.restore_into(order, target, options, |update| report.update(update));
        let Some((output, size, outcome)) = written.map_err(|stop| self.naming_mask(stop))? else { return Ok(None) };
        claim.iter_mut().for_each(Claim::result_is_written);
        // After the result: the marks of a photo without one don't replace any.
        let mut mask = None;
        if let Some((marks, mask_target)) = found_marks {
            mask = self.save_marks(&marks, mask_target)?;
            if mask.is_none() {
                report.notice(format!("{} exists, and was left as it is", quoted(mask_target)));
            }
        }
        let sigma = if outcome.clean { measured } else { outcome.sigma };
        let (strength, duration) = (args.restoration.recipe().strength, begin.elapsed());
        let Outcome { repaired: marks, quality, clean, model, device, .. } = outcome;
        let jpeg = quality.map(|quality| (quality, self.quality_source(found)));
        let only_marked = false;
        Ok(Some(FinishedPhoto {
            output,
            mask,
            marks,
            only_marked,
            jpeg,
            sigma,
            clean,
            strength,
            model,
            device,
            duration,
            size,
            pages: 1,
        }))
    }

    /// Where the JPEG quality was found; none if it was given.
    pub fn quality_source(&self, found: JpegHistory) -> Option<QualitySource> {
        found.quality().filter(|_| self.args.restoration.jpeg == Compression::Auto).map(|(_, source)| source)
    }

    /// Whether all pages of the input are restored. Other formats than TIFF have one only.
    pub fn writes_pages(&self) -> bool {
        !self.args.output.repair_only_mask && imaging::format_of(self.target) == Some(Format::Tiff)
    }

    /// Opens the photo, or its first page. Also returns the sizes of a TIFF's pages.
    ///
    /// # Errors
    /// If it can't be read, its masks don't fit, or there is only one file for the marks of several pages.
    pub fn open_first(&self, client: &mut Client, report: &mut Report) -> Result<(Order, Vec<Size>), Stop> {
        let page = self.writes_pages().then_some(0);
        let (order, pages) = self.open(page, client, report)?;
        if page.is_some() && pages.len() > 1 && self.mask_target.is_some() {
            let count = pages.len();
            let sentence = format!("it has {count} pages, but --save-mask writes the marks of one: leave it out");
            return Err(Stop::Failed(sentence.into()));
        }
        Ok((order, pages))
    }

    /// Opens the photo, or a page of it (from 0). Also returns the sizes of a TIFF's pages.
    ///
    /// # Errors
    /// If it can't be read, or its masks don't fit.
    pub fn open(
        &self,
        page: Option<usize>,
        client: &mut Client,
        report: &mut Report,
    ) -> Result<(Order, Vec<Size>), Stop> {
        let RestoreArgs { inputs, output, restoration, device, .. } = self.args;
        let failed = |sentence: String| Stop::Failed(sentence.into());
        let memory = device.memory.unwrap_or_default();
        // What is filled has the noise of what is around it.
        let needs_noise = matches!(restoration.noise, Noise::Auto(_)) || restoration.repair != RepairArg::None;
        let measure = Measures {
            noise: needs_noise && !output.repair_only_mask,
            compression: restoration.jpeg == Compression::Auto && !output.repair_only_mask,
        };
        let file = self.input.file().map_err(failed)?;
        let opened = client.open(file, page, memory, measure, |update| report.update(update))?;
        let Opened { photo, noise, pages } = match inputs.damaged {
            DamagedArg::Refuse => opened.if_whole()?,
            DamagedArg::Keep => opened,
        };
        photo.metadata.damage.iter().for_each(|damage| report.notice(damage.notice()));
        let mask = self.mask.map_or_else(|| Ok(Mask::default()), |mask| mask.for_photo(photo.size()));
        let given = self.given.of(self.number, photo.size(), memory).map_err(failed)?.map(GivenMarks::Mask);
        let marks = MarkSources { given, ..MarkSources::default() };
        let (recipe, mask) = (restoration.recipe(), mask.map_err(failed)?);
        let (device, tile) = (device.device.clone(), device.tile);
        Ok((Order { marks, mask, device, tile, memory, ..Order::new(photo, noise, recipe) }, pages))
    }

    /// Finds the marks. The order gets what they follow from, so that it is not searched for again.
    ///
    /// # Errors
    /// If they can't be filled, though they are to be, or no device works.
    pub fn mark(
        &self,
        order: &mut Order,
        client: &mut Client,
        on_update: impl FnMut(Update),
    ) -> Result<(Arc<Marks>, MarkSummary), Stop> {
        let Marked { marks, summary, refusal, found } = client.mark(order.clone(), on_update)?;
        order.marks.found = found;
        if order.marks.given.is_some() {
            order.marks.given = Some(GivenMarks::Known(marks.clone()));
        }
        match (refusal, self.given.file(self.number)) {
            (Some(refusal), Some(mask)) if !self.args.output.repair_only_mask => {
                Err(Stop::Failed(marking::unusable(mask, &refusal).into()))
            }
            _ => Ok((marks, summary)),
        }
    }

    /// Names the mask, if its marks can't be filled.
    pub fn naming_mask(&self, stop: Stop) -> Stop {
        match (stop, self.given.file(self.number)) {
            (Stop::Failed(failure), Some(mask)) => Stop::Failed(failure.of_mask(mask)),
            (stop, _) => stop,
        }
    }

    /// Writes marks as PNG. Returns none for a file that exists and is to be skipped.
    fn save_marks(&self, marks: &Marks, target: &Path) -> Result<Option<PathBuf>, Stop> {
        marking::save(marks, target, self.if_exists).map_err(|sentence| Stop::Failed(sentence.into()))
    }
}
