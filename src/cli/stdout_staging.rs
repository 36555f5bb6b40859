//! Results that go to standard output.

use std::path::PathBuf;

use tempfile::TempDir;

use super::{client::Stop, output::send, report::FinishedPhoto, targets::Destination};

/// Temporary folder for a result that goes to standard output, which receives it as a whole or not at all.
pub struct StdoutStaging(Option<(TempDir, Destination)>);

impl StdoutStaging {
    /// # Errors
    /// If the folder can't be created: a sentence.
    pub fn new(destination: &Destination) -> Result<Self, String> {
        if *destination != Destination::Standard {
            return Ok(Self(None));
        }
        let folder = tempfile::tempdir()
            .map_err(|error| format!("no temporary folder can be created ({error}): make room, or set TMPDIR"))?;
        let destination = Destination::Folder(folder.path().to_owned());
        Ok(Self(Some((folder, destination))))
    }

    /// The destination in place of standard output.
    pub fn destination(&self) -> Option<&Destination> {
        self.0.as_ref().map(|(_, destination)| destination)
    }

    /// Copies a result to standard output, if it goes there.
    ///
    /// # Errors
    /// If that does not accept it.
    pub fn send(&self, done: Option<FinishedPhoto>) -> Result<Option<FinishedPhoto>, Stop> {
        match (&self.0, done) {
            (Some(_), Some(done)) => {
                send(&done.output).map_err(|sentence| Stop::Failed(sentence.into()))?;
                Ok(Some(FinishedPhoto { output: PathBuf::from("standard output"), ..done }))
            }
            (_, done) => Ok(done),
        }
    }
}
