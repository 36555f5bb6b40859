//! All that `redawn restore` decides before the first photo is read: inputs, names of results, masks.

use std::{
    io::{self, IsTerminal},
    path::{Path, PathBuf},
};

use super::{
    RestoreArgs,
    args::{IfExistsArg, RepairArg, RestorationArgs},
    existing::exists_already,
    input::{Input, is_standard},
    input_list::{InputList, LeftOut, Search},
    marking::{self, Masks},
    path_text::name_text,
    records::{Method, Settings},
    sha256::Hash,
    stdout_staging::StdoutStaging,
    targets::{Destination, Layout, Targets},
    work::MaskFile,
};
use crate::{
    engine::{self, DeviceChoice},
    imaging::{self, FileIdentities, Format, memory, quoted},
};

/// Why nothing is done: a sentence.
pub enum Refusal {
    /// Wrong usage.
    Usage(String),
    /// Another error.
    Failed(String),
}

/// A sentence alone is no wrong usage.
impl From<String> for Refusal {
    fn from(sentence: String) -> Self {
        Self::Failed(sentence)
    }
}

/// The plan of a run.
pub struct RunPlan<'a> {
    /// The options.
    pub args: &'a RestoreArgs,
    /// How many photos were found, those of all shares.
    pub found: usize,
    /// The photos, those of the share only.
    pub inputs: Vec<Input>,
    /// Where searching failed, with a sentence.
    pub problems: Vec<(PathBuf, String)>,
    /// What was left out of folders, if there were any.
    pub left_out: Option<LeftOut>,
    /// The file of each result.
    pub targets: Vec<PathBuf>,
    /// Photos whose result can't have its name, with a sentence. If there are any, nothing is to be done.
    pub refused: Vec<(PathBuf, String)>,
    /// The file of each mask that is written, if any are.
    pub mask_targets: Vec<PathBuf>,
    /// Where to restore.
    pub mask: Option<MaskFile<'a>>,
    /// What to fill.
    pub masks: Masks,
    /// For standard output.
    pub staging: StdoutStaging,
    /// The folder of the results.
    pub folder: PathBuf,
    /// How results are made, except for the masks of each.
    pub method: Method,
}

impl<'a> RunPlan<'a> {
    /// Decides everything, for the destination of [`destination`] and the inputs of [`input_list::named`](super::input_list::named).
    /// Reads standard input, folders and masks.
    ///
    /// # Errors
    /// If nothing can be done.
    pub fn new(args: &'a RestoreArgs, destination: Destination, named: &[PathBuf]) -> Result<Self, Refusal> {
        check_run_files(args, named).map_err(Refusal::Usage)?;
        let memory = args.device.memory.unwrap_or_default();
        memory.check_own().map_err(|own| {
            let own = memory::format_bytes(own);
            format!("--memory is less than the program itself uses ({own}); photos need additional memory: allow more")
        })?;
        let output = &args.output;
        let masks = if let RepairArg::Masks(path) = &args.restoration.repair { Some(path) } else { None };
        let results: Vec<_> =
            output.output.iter().chain(&output.save_mask).chain(masks).map(PathBuf::as_path).collect();
        let list = Search { given: named, tree: output.tree(), results: &results, memory };
        // Detects a misspelt name before the first photo is read.
        if let DeviceChoice::Named(_) = args.device.device {
            engine::choose(&args.device.device).map_err(|error| error.to_string())?;
        }
        let save_mask = output.save_mask.as_deref().filter(|_| !output.repair_only_mask);
        let mask_destination = save_mask.map(|out| marking::destination(out, count(args))).transpose()?;
        let option = if output.repair_only_mask { "--save-mask" } else { "-o" };
        let missing = destination.missing_folder(option);
        let missing =
            missing.or_else(|| mask_destination.as_ref().and_then(|masks| masks.missing_folder("--save-mask")));
        if let Some(sentence) = missing {
            return Err(sentence.into());
        }
        let (mask, elsewhere) = (args.restoration.mask.as_deref(), args.restoration.elsewhere);
        let mask = mask.map(|path| MaskFile::read(path, memory, elsewhere)).transpose()?;
        // Before the Ctrl+C handler is installed, so that Ctrl+C still ends reading standard input.
        let InputList { photos, problems, has_folders, left_out } = list.run()?;

        let found = photos.len();
        let staging = StdoutStaging::new(&destination)?;
        let tree = output.keep_tree.is_some();
        let (template, recipe) = (output.name.as_deref(), args.restoration.recipe());
        let layout = Layout { tree, template, recipe, format: output.format() };
        let targets = staging.destination().unwrap_or(&destination).targets(&photos, &layout);
        let layout = Layout { template: None, format: Some(Format::Png), ..layout };
        let mask_targets = mask_destination.map(|masks| masks.targets(&photos, &layout)).unwrap_or_default();
        let mut refused: Vec<_> = [&targets, &mask_targets].into_iter().flat_map(|of| conflicts(of, &photos)).collect();
        if output.if_exists() == IfExistsArg::Replace {
            refused.extend(replaced(&targets, &photos));
        }
        marking::check_targets(&mask_targets.paths, &targets.paths, &photos)?;
        if output.repair_only_mask {
            marking::check_targets(&targets.paths, &[], &photos)?;
        }
        let masks = masks.map_or(Ok(Masks::None), |path| Masks::find(path, &photos, tree, memory))?;
        let is_ours: Vec<bool> = match args.inputs.shard {
            Some(shard) => photos.iter().map(|photo| shard.has(photo.shared_by())).collect(),
            None => vec![true; photos.len()],
        };
        let (inputs, targets) = (ours(photos, &is_ours), ours(targets.paths, &is_ours));
        let (mask_targets, masks) = (ours(mask_targets.paths, &is_ours), masks.only(|number| is_ours[number]));
        if output.if_exists() == IfExistsArg::Refuse {
            let exists = inputs.iter().zip(&targets).filter(|(_, target)| target.symlink_metadata().is_ok());
            refused.extend(exists.map(|(input, target)| (input.given().to_owned(), exists_already(target))));
        }
        let folder = staging.destination().unwrap_or(&destination).folder().unwrap_or(Path::new(".")).to_owned();
        let method = Method::new(Settings {
            recipe,
            quality: output.quality,
            depth: output.depth,
            metadata: output.metadata.into(),
            background: output.background,
            repair_mask: None,
            mask: mask.as_ref().map(|mask| mask.hash),
            elsewhere,
            damaged: args.inputs.damaged.keeps(),
            only_marks: output.repair_only_mask,
        });
        let left_out = has_folders.then_some(left_out);
        Ok(Self {
            args,
            found,
            inputs,
            problems,
            left_out,
            targets,
            refused,
            mask_targets,
            mask,
            masks,
            staging,
            folder,
            method,
        })
    }

    /// The path of a result below the folder of the results, which identifies it in records and claims; with `/` between
    /// folders.
    pub fn name(&self, number: usize) -> String {
        self.name_of(&self.targets[number])
    }

    /// The same of any file there.
    pub fn name_of(&self, result: &Path) -> String {
        let below = result.strip_prefix(&self.folder).unwrap_or(result);
        let parts: Vec<_> = below.components().map(|part| name_text(part.as_os_str())).collect();
        parts.join("/")
    }

    /// How a result is made.
    ///
    /// # Errors
    /// If its mask can't be read: a sentence.
    pub fn method_of(&self, number: usize) -> Result<Method, String> {
        let Some(mask) = self.masks.file(number) else { return Ok(self.method.clone()) };
        let unreadable = |error| format!("the mask {} could not be read ({error})", quoted(mask));
        Ok(self.method.with_repair_mask(Hash::of_file(mask).map_err(unreadable)?))
    }
}

/// The inputs whose result can't have its name, with a sentence.
fn conflicts<'a>(targets: &'a Targets, photos: &'a [Input]) -> impl Iterator<Item = (PathBuf, String)> + 'a {
    targets.conflicts.iter().map(|&(number, other)| {
        let (input, name) = (photos[number].given(), quoted(&targets.paths[number]));
        let sentence = format!("its result would be {name}, as that of {}", quoted(photos[other].given()));
        (input.to_owned(), format!("{sentence}; rename one of them, or name their common folder"))
    })
}

/// The inputs whose file an earlier result replaces, with a sentence.
fn replaced<'a>(targets: &'a Targets, photos: &'a [Input]) -> impl Iterator<Item = (PathBuf, String)> + 'a {
    let inputs: Vec<PathBuf> = photos.iter().map(|photo| photo.name().to_owned()).collect();
    let replaced = imaging::replaced_inputs(&targets.paths, &inputs).into_iter();
    let is_known = |number: usize| targets.conflicts.iter().any(|(conflict, _)| *conflict == number);
    replaced.filter(move |(number, _)| !is_known(*number)).map(|(number, earlier)| {
        let (input, other) = (photos[number].given().to_owned(), quoted(photos[earlier].given()));
        (
            input,
            format!("the result of {other} replaces this file; restore one of them at a time, or into another folder"),
        )
    })
}

/// Those of the share.
fn ours<T>(all: Vec<T>, is_ours: &[bool]) -> Vec<T> {
    all.into_iter().zip(is_ours).filter(|(_, ours)| **ours).map(|(one, _)| one).collect()
}

/// # Errors
/// If options contradict each other: a sentence.
fn check_usage(args: &RestoreArgs) -> Result<(), String> {
    let RestoreArgs { inputs, output, restoration, reports, .. } = args;
    if output.save_mask.is_some() && restoration.repair == RepairArg::None {
        return Err("--save-mask needs --repair auto, a sensitivity or a mask: without it nothing is marked".to_owned());
    }
    let tree = output.keep_tree.is_some();
    if tree && output.if_exists() == IfExistsArg::Rename {
        return Err("--keep-tree numbers no names: use --if-exists refuse, skip, skip-any or replace".to_owned());
    }
    if tree && output.tree().is_none() && inputs.files_from.is_some() {
        return Err("--files-from has no folder below which the tree could be kept: name it, as in --keep-tree=scans"
            .to_owned());
    }
    if output.if_exists() == IfExistsArg::Skip && reports.records.is_none() {
        return Err(
            "--if-exists skip needs the records that say what is done: name them with --records, or use skip-any"
                .into(),
        );
    }
    let is_to_stdout = output.output.as_deref().is_some_and(is_standard) && !output.repair_only_mask;
    if is_to_stdout && (reports.records.is_some() || tree || output.name.is_some()) {
        return Err("--records, --keep-tree and --name need files: name a folder after -o".to_owned());
    }
    if is_to_stdout && reports.dry_run {
        return Err("--dry-run writes no picture to standard output: name a folder after -o".to_owned());
    }
    let list = inputs.files_from.as_deref().filter(|list| !is_standard(list));
    let (failed, records) = (reports.failed.as_deref(), reports.records.as_deref());
    let mut identities = FileIdentities::default();
    let [list, failed, records] = [list, failed, records].map(|path| path.map(|path| identities.followed(path)));
    if failed.is_some() && (failed == list || failed == records) {
        return Err("--failed would replace the file of --files-from or --records: name another one".to_owned());
    }
    if records.is_some() && records == list {
        return Err("--records would write to the list of --files-from: name another file".to_owned());
    }
    check_run_files(args, &inputs.given)?;
    let read: Vec<PathBuf> = inputs.given.iter().chain(&inputs.files_from).cloned().collect();
    Input::usage_error(&read).map_or(Ok(()), Err)
}

/// Checks that the files of `--records` and `--failed` are none of these inputs, no mask, and no pictures: those in folders,
/// and results, are known later, but have the extension of one.
///
/// # Errors
/// If one is: a sentence.
fn check_run_files(args: &RestoreArgs, named: &[PathBuf]) -> Result<(), String> {
    let RestorationArgs { mask, repair, .. } = &args.restoration;
    let repair = if let RepairArg::Masks(path) = repair { Some(path) } else { None };
    let mut identities = FileIdentities::default();
    for (option, file) in [("--records", &args.reports.records), ("--failed", &args.reports.failed)] {
        let Some(file) = file else { continue };
        let real = file.canonicalize().unwrap_or_else(|_| file.clone());
        let is_picture = |file: &Path| imaging::format_of(file).is_some() || imaging::looks_like_a_picture(file);
        let own = [identities.of(file), identities.of(&real)];
        let mut read = named.iter().chain(mask).chain(repair);
        let mut is_own = |path: &PathBuf| {
            let followed = path.canonicalize().unwrap_or_else(|_| path.clone());
            own.contains(&identities.of(path)) || own.contains(&identities.of(&followed))
        };
        if is_picture(file) || is_picture(&real) || read.any(&mut is_own) {
            let file = quoted(file);
            return Err(format!("{option} would write to {file}, which is an input or a picture: name another file"));
        }
    }
    Ok(())
}

/// How many inputs there are; if some are folders or in a list, some number above 1.
fn count(args: &RestoreArgs) -> usize {
    let may_be_many = args.inputs.files_from.is_some() || args.inputs.given.iter().any(|given| given.is_dir());
    if may_be_many { args.inputs.given.len() + 2 } else { args.inputs.given.len() }
}

/// Where the results go. Wrong usage is found here, before all that needs time.
///
/// # Errors
/// For wrong usage: a sentence.
pub fn destination(args: &RestoreArgs) -> Result<Destination, String> {
    check_usage(args)?;
    let (output, inputs) = (&args.output, count(args));
    let destination = match output.save_mask.as_deref().filter(|_| output.repair_only_mask) {
        Some(out) => marking::destination(out, inputs)?,
        None => {
            let out = output.output.as_deref().unwrap_or(Path::new(""));
            Destination::new("-o", out, inputs, output.format.map(Into::into))?
        }
    };
    match destination {
        Destination::Standard if args.reports.json => {
            Err("standard output takes the picture or the lines of --json, not both: name a file after -o".into())
        }
        Destination::Standard if io::stdout().is_terminal() => {
            Err("standard output is a terminal: send it into a file or a program, or name a file after -o".into())
        }
        Destination::File(_) if output.keep_tree.is_some() || output.name.is_some() => {
            Err("--keep-tree and --name name files in a folder: name a folder after -o, with a / at its end".into())
        }
        destination => Ok(destination),
    }
}
