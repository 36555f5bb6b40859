//! Masks of what to fill: those given by `--repair`, and those written by `--save-mask`.

use std::{
    collections::{HashMap, HashSet},
    path::{Path, PathBuf},
    sync::Arc,
};

use walkdir::WalkDir;

use super::{
    input::Input,
    targets::{Destination, Layout},
};
use crate::{
    imaging::{
        self, FileIdentities, Format, IfExists, MemoryLimit, MetadataChoice, Photo, PictureError, SaveOptions,
        SaveOutcome, quoted,
    },
    pixels::Size,
    restore::{Marks, Recipe, RestoreError},
};

/// The masks of all inputs.
pub enum Masks {
    /// None are given.
    None,
    /// One for every input.
    File(PathBuf, Arc<Marks>),
    /// One for each input, in their order.
    Folder(Vec<PathBuf>),
}

impl Masks {
    /// Reads a mask, or finds that of each input in a folder: the picture of the same name and subfolder, except for the
    /// extension, or the name that `--save-mask` gives it. `tree`: whether the results are laid out as the inputs are.
    ///
    /// # Errors
    /// If the mask can't be used, one is missing, or one is that of two inputs: a sentence.
    pub fn find(path: &Path, inputs: &[Input], tree: bool, memory: MemoryLimit) -> Result<Self, String> {
        if !path.is_dir() {
            let marks = read(path, memory)?;
            if marks.is_empty() {
                return Err(format!("the mask {} is black everywhere: paint white what is to be filled", quoted(path)));
            }
            return Ok(Self::File(path.to_owned(), marks));
        }
        let mut masks = HashMap::new();
        for entry in WalkDir::new(path).follow_links(true).sort_by_file_name() {
            let entry = entry.map_err(|error| {
                let error = error.io_error().map_or_else(|| error.to_string(), ToString::to_string);
                format!("{} could not be listed: {error}. Name a folder of masks.", quoted(path))
            })?;
            if entry.file_type().is_file() && imaging::looks_like_a_picture(entry.path()) {
                let below = entry.path().strip_prefix(path).unwrap_or(entry.path()).with_extension("");
                masks.entry(below).or_insert_with(|| entry.into_path());
            }
        }
        let layout = Layout { tree, template: None, recipe: Recipe::default(), format: Some(Format::Png) };
        let saved = Destination::Folder(path.to_owned()).targets(inputs, &layout).paths;
        let mut used: HashMap<&Path, &Input> = HashMap::new();
        let mut files = Vec::with_capacity(inputs.len());
        for (input, saved) in inputs.iter().zip(&saved) {
            let saved = saved.strip_prefix(path).unwrap_or(saved).with_extension("");
            let below = input.relative().with_extension("");
            let is_in_subfolder = below.components().count() > 1;
            let of_subfolder = masks.get(&below).filter(|_| is_in_subfolder);
            let file = of_subfolder.or_else(|| masks.get(&saved)).ok_or_else(|| {
                let (folder, input) = (quoted(path), quoted(input.given()));
                format!("the folder {folder} has no mask for {input}: add {}.png", below.display())
            })?;
            if let Some(other) = used.insert(file, input) {
                let [file, other, input] = [file, other.given(), input.given()].map(quoted);
                return Err(format!(
                    "the mask {file} would be used for {other} and for {input}: put each into a folder of its own name"
                ));
            }
            files.push(file.clone());
        }
        Ok(Self::Folder(files))
    }

    /// Those of some of the inputs.
    pub fn only(self, is_kept: impl Fn(usize) -> bool) -> Self {
        match self {
            Self::Folder(files) => {
                let kept = files.into_iter().enumerate().filter(|(number, _)| is_kept(*number));
                Self::Folder(kept.map(|(_, file)| file).collect())
            }
            other => other,
        }
    }

    /// The file for the input of this number; none if none are given.
    pub fn file(&self, number: usize) -> Option<&Path> {
        match self {
            Self::None => None,
            Self::File(path, _) => Some(path),
            Self::Folder(files) => files.get(number).map(PathBuf::as_path),
        }
    }

    /// The marks for the input of this number, whose photo has this size; none if none are given.
    ///
    /// # Errors
    /// If the mask can't be used: a sentence.
    pub fn of(&self, number: usize, photo: Size, memory: MemoryLimit) -> Result<Option<Arc<Marks>>, String> {
        let (path, marks) = match self {
            Self::None => return Ok(None),
            Self::File(path, marks) => (path, marks.clone()),
            Self::Folder(files) => {
                let Some(file) = files.get(number) else { return Ok(None) };
                (file, read(file, memory)?)
            }
        };
        check_size(path, marks.size(), photo)?;
        Ok(Some(marks))
    }
}

/// Checks that a mask has the size of its photo.
///
/// # Errors
/// If it has not: a sentence.
pub fn check_size(path: &Path, mask: Size, photo: Size) -> Result<(), String> {
    let px = |size: Size| format!("{} × {} px", size.width, size.height);
    if mask == photo {
        return Ok(());
    }
    let (path, mask) = (quoted(path), px(mask));
    Err(format!("the mask {path} is {mask}, but the photo is {}: both must have the same size", px(photo)))
}

fn read(path: &Path, memory: MemoryLimit) -> Result<Arc<Marks>, String> {
    let photo = imaging::open_within(path, memory).map_err(|error| error.to_string())?.photo;
    if let Some(damage) = photo.metadata.damage {
        return Err(PictureError::Damaged { damage }.to_string());
    }
    let marks = Marks::from_mask(&photo.pixels);
    if marks.hides_all() {
        return Err(unusable(path, &RestoreError::AllMarked.to_string()));
    }
    Ok(Arc::new(marks))
}

/// Why the marks of a mask can't be filled, as a sentence.
pub fn unusable(path: &Path, why: &str) -> String {
    format!("the mask {} can't be used: {why}", quoted(path))
}

/// The file of each input's mask for `--save-mask`, in their order.
///
/// # Errors
/// If they can't be written there: a sentence.
pub fn destination(out: &Path, inputs: usize) -> Result<Destination, String> {
    match imaging::format_of(out) {
        Some(format) if format != Format::Png && !out.is_dir() && inputs == 1 => {
            Err(format!("{}: masks are written as PNG, so use the extension .png", quoted(out)))
        }
        _ => match Destination::new("--save-mask", out, inputs, Some(Format::Png))? {
            Destination::Standard => Err("--save-mask needs the name of a file or a folder".to_owned()),
            destination => Ok(destination),
        },
    }
}

/// Checks that masks replace neither results nor inputs.
///
/// # Errors
/// If one would: a sentence.
pub fn check_targets(masks: &[PathBuf], results: &[PathBuf], inputs: &[Input]) -> Result<(), String> {
    if masks.is_empty() {
        return Ok(());
    }
    let mut identities = FileIdentities::default();
    let results: HashSet<_> = results.iter().map(|result| identities.followed(result)).collect();
    if let Some(mask) = masks.iter().find(|mask| results.contains(&identities.followed(mask))) {
        return Err(format!(
            "--save-mask and -o would both write {}: choose another folder for one of them",
            quoted(mask)
        ));
    }
    let inputs: HashSet<_> = inputs.iter().map(|input| identities.followed(input.given())).collect();
    match masks.iter().find(|mask| inputs.contains(&identities.followed(mask))) {
        Some(mask) => Err(format!("--save-mask would write over the input {}: choose another folder", quoted(mask))),
        None => Ok(()),
    }
}

/// Writes marks as PNG, and returns the actual name of the file; none if it exists and is to be skipped.
///
/// # Errors
/// If it can't be written: a sentence.
pub fn save(marks: &Marks, path: &Path, if_exists: IfExists) -> Result<Option<PathBuf>, String> {
    let mask = Photo { pixels: marks.to_mask(), format: Format::Png, metadata: Default::default() };
    let options = SaveOptions { if_exists, metadata: MetadataChoice::Strip, ..SaveOptions::default() };
    let saved = imaging::save(&mask, path, &options).map_err(|error| error.to_string())?;
    Ok((saved.outcome == SaveOutcome::Written).then_some(saved.path))
}
