//! Results that exist when their photo comes: what `--if-exists` says of them.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::{
    args::IfExistsArg,
    claim::{self, Claim, Claimed},
    input::is_standard,
    records::{Earlier, Method, Records},
};
use crate::imaging::{IfExists, quoted};

/// What to do with a photo.
pub enum Decision {
    /// Restore it. The claim is held until its record is written.
    Restore(IfExists, Option<Claim>),
    /// Nothing.
    Skip(SkipReason),
    /// Nothing, which is an error: a sentence.
    Refuse(String),
}

/// Why a photo is skipped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SkipReason {
    /// Its result exists.
    Exists,
    /// It is done: the records say so.
    Done,
    /// Another process is restoring it.
    Claimed,
}

/// A photo and its result.
#[derive(Clone, Copy)]
pub struct Photo<'a> {
    /// The input's file.
    pub input: &'a Path,
    /// The result's file.
    pub target: &'a Path,
    /// The file of its marks, if they are written too.
    pub mask: Option<&'a Path>,
    /// The result's path below the folder of the results, which identifies it in records and claims.
    pub name: &'a str,
    /// How it is made.
    pub method: &'a Method,
}

/// Rule for existing results.
pub struct ExistingResults {
    rule: IfExistsArg,
    folder: ClaimFolder,
}

impl ExistingResults {
    /// `folder`: that of the results; created for claims if it is missing, and removed again if it stays empty.
    pub fn new(rule: IfExistsArg, folder: &Path) -> Self {
        Self { rule, folder: ClaimFolder { path: folder.to_owned(), new: Vec::new() } }
    }

    /// Decides about a photo, and claims it if it may be skipped by others.
    ///
    /// # Errors
    /// If the records can't be read: a sentence.
    pub fn decide(&mut self, photo: Photo, mut records: Option<&mut Records>) -> Result<Decision, String> {
        if let Some(decision) = self.decide_now(photo, records.as_deref_mut(), false)? {
            match decision {
                // Its claim may say that it was abandoned before its record was written.
                Decision::Refuse(_) if self.claims() => {}
                Decision::Skip(_) => {
                    claim::remove_abandoned(&self.folder.path, photo.name);
                    return Ok(decision);
                }
                Decision::Refuse(_) | Decision::Restore(..) => return Ok(decision),
            }
        }
        let folder = quoted(&self.folder.path).to_string();
        let not_writable =
            |error| Ok(Decision::Refuse(format!("{folder} can't be written ({error}): choose another one with -o")));
        let mut claim = match self.folder.claim(photo.name) {
            Ok(Claimed::Here(claim)) => claim,
            Ok(Claimed::Elsewhere) => return Ok(Decision::Skip(SkipReason::Claimed)),
            Err(error) => return not_writable(error),
        };
        // Another process may have finished it meanwhile.
        if let Some(decision) = self.decide_now(photo, records, claim.may_lack_record())? {
            if let Decision::Skip(_) = decision {
                claim.finish();
            }
            return Ok(decision);
        }
        let if_exists = if photo.target.symlink_metadata().is_ok() { IfExists::Replace } else { IfExists::Skip };
        if let Err(error) = claim.begin(photo.name) {
            return not_writable(error);
        }
        Ok(Decision::Restore(if_exists, Some(claim)))
    }

    /// Decides without claiming; none if the photo is to be claimed and restored.
    ///
    /// `may_lack_record`: whether a result without a record is that of a process that was killed.
    ///
    /// # Errors
    /// If the records can't be read: a sentence.
    pub fn decide_now(
        &self,
        photo: Photo,
        records: Option<&mut Records>,
        may_lack_record: bool,
    ) -> Result<Option<Decision>, String> {
        let exists = photo.target.symlink_metadata().is_ok();
        let decision = match self.rule {
            IfExistsArg::Rename => Decision::Restore(IfExists::Rename, None),
            IfExistsArg::Replace => Decision::Restore(IfExists::Replace, None),
            IfExistsArg::Refuse if exists => Decision::Refuse(exists_already(photo.target)),
            IfExistsArg::Refuse => Decision::Restore(IfExists::Skip, None),
            IfExistsArg::Skip | IfExistsArg::SkipAny if !exists => return Ok(None),
            IfExistsArg::SkipAny => Decision::Skip(SkipReason::Exists),
            IfExistsArg::Skip if same_file::is_same_file(photo.input, photo.target).unwrap_or(false) => {
                let target = quoted(photo.target);
                Decision::Refuse(format!("{target} is the input itself: choose another folder with -o"))
            }
            IfExistsArg::Skip => {
                let Some(records) = records else { return Ok(Some(Decision::Refuse(exists_already(photo.target)))) };
                records.refresh()?;
                match records.of(photo.name, photo.input, photo.target, photo.method) {
                    Earlier::Same if photo.mask.is_some_and(|mask| mask.symlink_metadata().is_err()) => {
                        return Ok(None);
                    }
                    Earlier::Same => Decision::Skip(SkipReason::Done),
                    Earlier::Different => return Ok(None),
                    Earlier::OtherInput(input) if is_standard(&input) => Decision::Refuse(format!(
                        "{} is the result of another picture from standard input: name another file, or use \
                         --if-exists replace",
                        quoted(photo.target)
                    )),
                    Earlier::OtherInput(input) => Decision::Refuse(format!(
                        "{} is the result of another photo, {}: choose another folder with -o, or use --keep-tree",
                        quoted(photo.target),
                        quoted(&input)
                    )),
                    Earlier::Unknown if may_lack_record => return Ok(None),
                    Earlier::Unknown => Decision::Refuse(format!(
                        "{} exists, but {} does not say from what it was made: use --if-exists skip-any or replace",
                        quoted(photo.target),
                        quoted(records.path())
                    )),
                }
            }
        };
        Ok(Some(decision))
    }

    fn claims(&self) -> bool {
        matches!(self.rule, IfExistsArg::Skip | IfExistsArg::SkipAny)
    }
}

/// For `--if-exists refuse`: a sentence.
pub fn exists_already(target: &Path) -> String {
    format!("{} exists: choose another folder with -o, or use --if-exists skip, skip-any or replace", quoted(target))
}

/// The folder of the claims.
struct ClaimFolder {
    path: PathBuf,
    /// It and its parents, as far as they were created for claims.
    new: Vec<PathBuf>,
}

impl ClaimFolder {
    fn claim(&mut self, name: &str) -> io::Result<Claimed> {
        if !self.path.is_dir() {
            let missing = self.path.ancestors().take_while(|folder| !folder.as_os_str().is_empty() && !folder.exists());
            self.new = missing.map(Path::to_owned).collect();
            fs::create_dir_all(&self.path)?;
        }
        Claim::take(&self.path, name)
    }
}

impl Drop for ClaimFolder {
    fn drop(&mut self) {
        for folder in &self.new {
            // Fails, as intended, if there are results.
            let _ = fs::remove_dir(folder);
        }
    }
}
