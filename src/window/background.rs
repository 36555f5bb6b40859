//! Blocking tasks, each in a thread: file dialogs, the clipboard, the file manager. Results arrive in a later frame.

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

/// Result of a task.
pub enum TaskResult {
    /// Files or folders to open. None if cancelled.
    Photos(Option<Vec<PathBuf>>),
    /// File to save the result of a photo as. None if cancelled.
    Target { item: ItemId, chosen: Option<(PathBuf, IfExists)> },
    /// File that a result was saved as, and whether it still exists.
    SavedFile { item: ItemId, path: PathBuf, exists: bool },
    /// Output folder. None if cancelled.
    Folder(Option<PathBuf>),
    /// File of a pasted picture.
    Pasted(PathBuf),
    /// Diagnostics to copy.
    Diagnostics(String),
    /// Notice to show, if any.
    Notice(Option<Notice>),
}

/// Starts tasks and receives their results.
pub struct BackgroundTasks {
    dialogs: Arc<dyn Dialogs>,
    /// Whether a file dialog is open. A second one would hide behind it.
    dialog_open: bool,
    results: (Sender<TaskResult>, Receiver<TaskResult>),
}

impl BackgroundTasks {
    /// No tasks yet.
    pub fn new(dialogs: Arc<dyn Dialogs>) -> Self {
        Self { dialogs, dialog_open: false, results: unbounded() }
    }

    /// Starts a task.
    ///
    /// # Errors
    /// If the thread can't be started.
    pub fn spawn(
        &self,
        context: &egui::Context,
        task: impl FnOnce(&dyn Dialogs) -> TaskResult + Send + 'static,
    ) -> io::Result<()> {
        let (dialogs, results, context) = (self.dialogs.clone(), self.results.0.clone(), context.clone());
        std::thread::Builder::new().name("redawn-task".to_owned()).spawn(move || {
            // Fails if the window was closed meanwhile.
            if results.send(task(dialogs.as_ref())).is_ok() {
                context.request_repaint();
            }
        })?;
        Ok(())
    }

    /// Opens a file dialog that starts in `folder`. Ignored if one is open.
    ///
    /// # Errors
    /// If the thread can't be started.
    pub fn open_dialog(
        &mut self,
        context: &egui::Context,
        folder: Option<&Path>,
        dialog: impl FnOnce(&dyn Dialogs) -> TaskResult + Send + 'static,
    ) -> io::Result<()> {
        if std::mem::replace(&mut self.dialog_open, true) {
            return Ok(());
        }
        self.dialogs.set_start_folder(folder);
        self.spawn(context, dialog)
    }

    /// The next result, if there is one.
    pub fn next_result(&mut self) -> Option<TaskResult> {
        let result = self.results.1.try_recv().ok()?;
        if result.is_from_dialog() {
            self.dialog_open = false;
        }
        Some(result)
    }

    /// Whether the last file dialog was shown. If not, the desktop has none.
    pub fn has_dialogs(&self) -> bool {
        self.dialogs.dialog_was_shown()
    }
}

impl TaskResult {
    /// Whether it is the result of a file dialog.
    pub fn is_from_dialog(&self) -> bool {
        matches!(self, TaskResult::Photos(_) | TaskResult::Target { .. } | TaskResult::Folder(_))
    }
}
