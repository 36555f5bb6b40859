//! Lines on stdout and stderr. A reader that has gone away (`redawn devices | head -1`) is no
//! error, and never a panic; anything else that stdout refuses is said once. And pictures on stdout.

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
    state: State,
    /// Whether the lines go to stderr, because stdout has something else to take.
    aside: bool,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum State {
    #[default]
    Open,
    /// Nobody reads any more: nothing is written, and nothing is wrong.
    Closed,
    /// Stdout took no more, though somebody wanted it.
    Broken,
}

impl Output {
    /// Stderr in its place.
    pub fn aside() -> Self {
        Self { aside: true, ..Self::default() }
    }

    /// Writes one line for people.
    pub fn line(&mut self, text: impl Display) {
        self.write(readable(&text.to_string()));
    }

    fn write(&mut self, text: impl Display) {
        if self.state != State::Open {
            return;
        }
        if self.aside {
            // There is no other place to tell it.
            let _ = writeln!(io::stderr().lock(), "{text}");
            return;
        }
        let mut stdout = io::stdout().lock();
        if let Err(error) = writeln!(stdout, "{text}").and_then(|()| stdout.flush()) {
            self.state = if error.kind() == io::ErrorKind::BrokenPipe { State::Closed } else { State::Broken };
            if self.state == State::Broken {
                complain(format_args!(
                    "standard output can't be written ({error}): make room, or send it somewhere else"
                ));
            }
        }
    }

    /// Writes one value as a line of JSON.
    pub fn json(&mut self, value: &impl serde::Serialize) {
        match serde_json::to_string(value) {
            Ok(text) => self.write(text),
            Err(error) => {
                self.state = State::Broken;
                complain(format_args!("the answer can't be written as JSON: {error}"));
            }
        }
    }

    /// Whether something that was to be read could not be written.
    pub fn is_broken(&self) -> bool {
        self.state == State::Broken
    }
}

/// Sends a finished file to stdout.
///
/// # Errors
/// When it can't be read, or stdout does not take all of it: a sentence for people.
pub fn send(file: &Path) -> Result<(), String> {
    let mut stdout = io::stdout().lock();
    let sent = File::open(file).and_then(|mut file| io::copy(&mut file, &mut stdout)).and_then(|_| stdout.flush());
    sent.map_err(|error| format!("standard output did not take the whole picture ({error}): name a file after -o"))
}

/// One sentence on stderr, with the program's name before it.
pub fn complain(sentence: impl Display) {
    // When even stderr is closed there is nobody left to tell.
    let _ = writeln!(io::stderr().lock(), "redawn: {}", readable(&sentence.to_string()));
}
