//! Output to stdout and stderr: lines and pictures. A closed pipe (`redawn devices | head -1`) is not an error; any other
//! write error is reported once.

use std::{
    fmt::Display,
    fs::File,
    io::{self, Write},
    path::Path,
};

use crate::imaging::readable;

/// Stdout, line by line.
#[derive(Debug, Default)]
pub struct Output {
    state: StreamState,
    /// Whether the lines go to stderr, because stdout is used for a picture.
    to_stderr: bool,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum StreamState {
    #[default]
    Open,
    /// The reader closed the pipe: nothing more is written.
    Closed,
    /// Writing failed for another reason.
    Broken,
}

impl Output {
    /// Lines on stderr.
    pub fn on_stderr() -> Self {
        Self { to_stderr: true, ..Self::default() }
    }

    /// Writes one line of text.
    pub fn line(&mut self, text: impl Display) {
        self.write(readable(&text.to_string()));
    }

    fn write(&mut self, text: impl Display) {
        if self.state != StreamState::Open {
            return;
        }
        if self.to_stderr {
            // There is nowhere to report a failure.
            let _ = writeln!(io::stderr().lock(), "{text}");
            return;
        }
        let mut stdout = io::stdout().lock();
        if let Err(error) = writeln!(stdout, "{text}").and_then(|()| stdout.flush()) {
            self.state =
                if error.kind() == io::ErrorKind::BrokenPipe { StreamState::Closed } else { StreamState::Broken };
            if self.state == StreamState::Broken {
                complain(format_args!("standard output can't be written ({error}): make room, or redirect it"));
            }
        }
    }

    /// Writes one value as a line of JSON.
    pub fn json(&mut self, value: &impl serde::Serialize) {
        match serde_json::to_string(value) {
            Ok(text) => self.write(text),
            Err(error) => {
                self.state = StreamState::Broken;
                complain(format_args!("the output can't be encoded as JSON: {error}"));
            }
        }
    }

    /// Whether writing failed (other than by a closed pipe).
    pub fn is_broken(&self) -> bool {
        self.state == StreamState::Broken
    }
}

/// Copies a finished file to stdout.
///
/// # Errors
/// When it can't be read or written completely: a sentence.
pub fn send(file: &Path) -> Result<(), String> {
    let mut stdout = io::stdout().lock();
    let sent = File::open(file).and_then(|mut file| io::copy(&mut file, &mut stdout)).and_then(|_| stdout.flush());
    sent.map_err(|error| format!("standard output did not accept the whole picture ({error}): name a file after -o"))
}

/// Prints a sentence on stderr, after the program's name.
pub fn complain(sentence: impl Display) {
    // If stderr is closed there is nowhere to report it.
    let _ = writeln!(io::stderr().lock(), "redawn: {}", readable(&sentence.to_string()));
}
