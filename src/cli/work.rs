//! One photo of `redawn restore`: opened, marked, restored, written.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Instant,
};

use super::{
    RestoreArgs,
    args::{DamagedArg, RepairArg},
    client::{Client, Marked, Stop},
    input::Input,
    marking::{self, Masks},
    report::{FinishedPhoto, Report},
    sha256::Hash,
    targets::has_quality,
};
use crate::{
    imaging::{self, IfExists, MemoryLimit, PictureError, quoted},
    pixels::Size,
    restore::{Area, Compression, MarkSources, MarkSummary, Mask, Noise},
    worker::{Measures, Order, Outcome},
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
    pub mask_target: Option<&'a PathBuf>,
    /// What to do if one of them exists.
    pub if_exists: IfExists,
}

impl Work<'_> {
    /// Returns none if the target exists by now and is not to be replaced.
    ///
    /// # Errors
    /// If there is no result.
    pub fn run(&self, client: &mut Client, report: &mut Report) -> Result<Option<FinishedPhoto>, Stop> {
        let begin = Instant::now();
        let &Work { args, target, .. } = self;
        let only_marks = args.output.repair_only_mask;
        if args.output.quality.is_some() && !only_marks && !has_quality(target) {
            report.notice(format!("--quality is for JPEG and WebP; {} is written without loss", quoted(target)));
        }
        let mut order = self.open(client, report)?;
        let (measured, found) = (order.noise.sigma(), order.photo.metadata.jpeg);
        let options = args.output.save_options(self.if_exists);
        if only_marks {
            report.started();
            let (summary, written) = self.mark(&mut order, target, client, report)?;
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
                device: None,
                duration,
                size,
            }));
        }
        // Without an estimate the restoration makes the same checks.
        if args.reports.json {
            let forecast = client.estimate(order.clone(), target, options)?;
            report.estimated(&forecast, order.recipe.for_networks(&order.mask).quality(found));
            order.memory = MemoryLimit::AlreadyChecked;
        }
        let mut mask = None;
        if let Some(mask_target) = self.mask_target {
            let (_, written) = self.mark(&mut order, mask_target, client, report)?;
            if written.is_none() {
                report.notice(format!("{} exists, and was left as it is", quoted(mask_target)));
            }
            mask = written;
        }
        let written = client.restore_into(order, target, options, |update| report.update(update));
        if let (Err(_), Some(mask)) = (&written, &mask) {
            // The marks of a photo without a result are nothing that was asked for.
            let _ = fs::remove_file(mask);
        }
        let Some((output, size, outcome)) = written? else { return Ok(None) };
        let sigma = if outcome.clean { measured } else { outcome.sigma };
        let (strength, duration) = (args.restoration.recipe().strength, begin.elapsed());
        let Outcome { repaired: marks, quality, clean, device, .. } = outcome;
        let source = found.quality().filter(|_| args.restoration.jpeg == Compression::Auto).map(|(_, source)| source);
        let jpeg = quality.map(|quality| (quality, source));
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
            device,
            duration,
            size,
        }))
    }

    /// Opens the photo.
    ///
    /// # Errors
    /// If it can't be read, or its masks don't fit.
    pub fn open(&self, client: &mut Client, report: &mut Report) -> Result<Order, Stop> {
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
        let (photo, noise) = match inputs.damaged {
            DamagedArg::Refuse => client.open(file, memory, measure, |update| report.update(update))?,
            DamagedArg::Keep => client.open_damaged(file, memory, measure, |update| report.update(update))?,
        };
        photo.metadata.damage.iter().for_each(|damage| report.notice(damage.notice()));
        let mask = self.mask.map_or_else(|| Ok(Mask::default()), |mask| mask.for_photo(photo.size()));
        let given = self.given.of(self.number, photo.size(), memory).map_err(failed)?;
        let marks = MarkSources { given, ..MarkSources::default() };
        let (recipe, mask) = (restoration.recipe(), mask.map_err(failed)?);
        let (device, tile) = (device.device.clone(), device.tile);
        Ok(Order { photo, noise, recipe, marks, mask, device, tile, memory, watched: false })
    }

    /// Finds the marks, and writes them as PNG. Returns none for a file that exists and is to be skipped.
    fn mark(
        &self,
        order: &mut Order,
        target: &Path,
        client: &mut Client,
        report: &mut Report,
    ) -> Result<(MarkSummary, Option<PathBuf>), Stop> {
        let Marked { marks, summary, refusal, found } = client.mark(order.clone(), |update| report.update(update))?;
        order.marks.found = found;
        if let Some(refusal) = refusal.filter(|_| !self.args.output.repair_only_mask) {
            return Err(Stop::Failed(refusal.into()));
        }
        let written = marking::save(&marks, target, self.if_exists);
        Ok((summary, written.map_err(|sentence| Stop::Failed(sentence.into()))?))
    }
}
