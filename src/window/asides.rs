//! What blocks, each on a thread of its own: file dialogs, the clipboard, the file manager. Their answers come with a
//! later frame.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use crossbeam_channel::{Receiver, Sender, unbounded};

use crate::{
    desktop::Dialogs,
    imaging::IfExists,
    state::{ItemId, Notice},
};

/// The answer of a dialog, or the outcome of another slow thing.
pub enum Answer {
    Photos(Option<Vec<PathBuf>>),
    /// The file to save the result of a photo as.
    Target {
        item: ItemId,
        chosen: Option<(PathBuf, IfExists)>,
    },
    /// Where to save a result; whether it is there already.
    SaveAgain {
        item: ItemId,
        path: PathBuf,
        exists: bool,
    },
    Folder(Option<PathBuf>),
    Pasted(PathBuf),
    Diagnostics(String),
    Notice(Option<Notice>),
}

/// The slow things under way.
pub struct Asides {
    dialogs: Arc<dyn Dialogs>,
    /// A dialog is on screen: a second one would only hide behind it.
    asking: bool,
    answers: (Sender<Answer>, Receiver<Answer>),
}

impl Asides {
    /// Nothing is under way.
    pub fn new(dialogs: Arc<dyn Dialogs>) -> Self {
        Self { dialogs, asking: false, answers: unbounded() }
    }

    /// Does something slow on a thread of its own.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn begin(
        &self,
        context: &egui::Context,
        work: impl FnOnce(&dyn Dialogs) -> Answer + Send + 'static,
    ) -> io::Result<()> {
        let (dialogs, answers, context) = (self.dialogs.clone(), self.answers.0.clone(), context.clone());
        std::thread::Builder::new().name("redawn-aside".to_owned()).spawn(move || {
            // The window may be closed by now.
            if answers.send(work(dialogs.as_ref())).is_ok() {
                context.request_repaint();
            }
        })?;
        Ok(())
    }

    /// Opens a file dialog that starts in `folder`, unless one is open already.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn ask(
        &mut self,
        context: &egui::Context,
        folder: Option<&Path>,
        question: impl FnOnce(&dyn Dialogs) -> Answer + Send + 'static,
    ) -> io::Result<()> {
        if std::mem::replace(&mut self.asking, true) {
            return Ok(());
        }
        self.dialogs.start_in(folder);
        self.begin(context, question)
    }

    /// The next answer, if there is one.
    pub fn next_answer(&mut self) -> Option<Answer> {
        let answer = self.answers.1.try_recv().ok()?;
        if answer.is_of_a_dialog() {
            self.asking = false;
        }
        Some(answer)
    }

    /// Whether this desktop shows file dialogs.
    pub fn has_dialogs(&self) -> bool {
        self.dialogs.could_ask()
    }
}

impl Answer {
    /// Whether it ends a file dialog.
    pub fn is_of_a_dialog(&self) -> bool {
        matches!(self, Answer::Photos(_) | Answer::Target { .. } | Answer::Folder(_))
    }
}
