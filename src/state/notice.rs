//! Notices: sentences shown for some seconds, problems until dismissed, optionally with an action.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    time::{Duration, Instant},
};

use super::settings::Settings;

/// How serious a notice is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Information.
    Info,
    /// Something failed.
    Problem,
}

/// The action a notice offers.
#[derive(Debug, Clone, PartialEq)]
pub enum Offer {
    /// Show a file in the file manager.
    ShowFile(PathBuf),
    /// Restore all failed photos of the queue again.
    RetryFailed,
    /// Open a photo again.
    Open(PathBuf),
    /// Restore again.
    Restore,
    /// Select the CPU and restore again.
    UseCpu,
    /// Select the CPU.
    AlwaysUseCpu,
    /// Show the save dialog.
    SaveAs,
    /// Return to these settings.
    UndoReset(Box<Settings>),
    /// Add the queue of the previous session.
    AddPreviousQueue,
}

/// A sentence for the user.
#[derive(Debug, Clone, PartialEq)]
pub struct Notice {
    /// Its severity.
    pub tone: Tone,
    /// The sentence.
    pub text: String,
    /// The complete message, if it is longer than the sentence.
    pub details: Option<String>,
    /// The action it offers.
    pub offer: Option<Offer>,
}

impl Notice {
    /// Maximum length of the sentence, in characters.
    const LONGEST: usize = 320;

    /// An informative notice.
    pub fn info(text: impl Into<String>) -> Self {
        Self::new(Tone::Info, text.into())
    }

    /// A problem.
    pub fn problem(text: impl Into<String>) -> Self {
        Self::new(Tone::Problem, text.into())
    }

    /// Adds an action.
    pub fn offering(mut self, offer: Offer) -> Self {
        self.offer = Some(offer);
        self
    }

    /// Whether it is shown for some time only: information that offers nothing that would be lost.
    fn expires(&self) -> bool {
        self.tone == Tone::Info && matches!(self.offer, None | Some(Offer::ShowFile(_)))
    }

    /// Messages of drivers can be pages long: the first line becomes the sentence, everything the details.
    fn new(tone: Tone, text: String) -> Self {
        let first = text.trim().lines().next().unwrap_or_default().trim_end();
        let cut = first.char_indices().nth(Self::LONGEST).map(|(end, _)| {
            let words = first[..end].rsplit_once(' ').map_or(&first[..end], |(words, _)| words);
            format!("{words} …")
        });
        let short = cut.unwrap_or_else(|| first.to_owned());
        let details = (short != text.trim()).then(|| text.trim().to_owned());
        Self { tone, text: short, details, offer: None }
    }
}

/// The notices on screen, oldest first, each with a unique number.
#[derive(Debug, Default)]
pub struct NoticeBoard {
    next: u64,
    notices: Vec<(u64, Notice)>,
    /// When the notices that expire were first seen, by number.
    seen: BTreeMap<u64, Instant>,
}

impl NoticeBoard {
    /// Maximum number on screen; the oldest is dropped.
    const MAX_SHOWN: usize = 4;
    /// How long a notice is shown that expires.
    pub const SHOWN: Duration = Duration::from_secs(10);

    /// Shows a notice. An equal one is replaced.
    pub fn post(&mut self, notice: Notice) {
        self.notices.retain(|(_, posted)| *posted != notice);
        if self.notices.len() == Self::MAX_SHOWN {
            self.notices.remove(0);
        }
        self.notices.push((self.next, notice));
        self.next += 1;
    }

    /// Removes notices that were shown long enough. Returns the time until the next one expires. `is_attended`: the
    /// user is at the window.
    pub fn expire(&mut self, now: Instant, is_attended: bool) -> Option<Duration> {
        if !is_attended {
            self.keep();
        }
        let mut next: Option<Duration> = None;
        let seen = &mut self.seen;
        self.notices.retain(|(number, notice)| {
            if !notice.expires() {
                return true;
            }
            let since = *seen.entry(*number).or_insert(now);
            let left = Self::SHOWN.saturating_sub(now.saturating_duration_since(since));
            if left > Duration::ZERO {
                next = Some(next.map_or(left, |next| next.min(left)));
            }
            left > Duration::ZERO
        });
        let notices = &self.notices;
        self.seen.retain(|number, _| notices.iter().any(|(posted, _)| posted == number));
        // Without the user, nothing expires.
        next.filter(|_| is_attended)
    }

    /// All notices are shown for their full time from now on.
    pub fn keep(&mut self) {
        self.seen.clear();
    }

    /// Dismisses a notice.
    pub fn dismiss(&mut self, number: u64) {
        self.notices.retain(|(posted, _)| *posted != number);
    }

    /// The notice of this number.
    pub fn get(&self, number: u64) -> Option<&Notice> {
        self.notices.iter().find(|(posted, _)| *posted == number).map(|(_, notice)| notice)
    }

    /// Dismisses all.
    pub fn clear(&mut self) {
        self.notices.clear();
    }

    /// All of them, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = &(u64, Notice)> {
        self.notices.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_latest_four_and_each_sentence_once() {
        let mut board = NoticeBoard::default();
        for text in ["a", "b", "a", "c", "d", "e"] {
            board.post(Notice::info(text));
        }
        let texts: Vec<_> = board.iter().map(|(_, notice)| notice.text.as_str()).collect();
        assert_eq!(texts, ["a", "c", "d", "e"]);
        let number = board.iter().next().map_or(0, |(number, _)| *number);
        board.dismiss(number);
        assert_eq!(board.iter().count(), 3);
    }

    #[test]
    fn information_expires_and_problems_stay() {
        let mut board = NoticeBoard::default();
        let texts = |board: &NoticeBoard| board.iter().map(|(_, notice)| notice.text.clone()).collect::<Vec<_>>();
        let (start, second) = (Instant::now(), Duration::from_secs(1));
        board.post(Notice::info("saved"));
        board.post(Notice::problem("failed"));
        board.post(Notice::info("kept").offering(Offer::AddPreviousQueue));
        assert_eq!(board.expire(start, true), Some(NoticeBoard::SHOWN));
        assert_eq!(board.expire(start + NoticeBoard::SHOWN - second, true), Some(second));
        board.keep();
        assert_eq!(board.expire(start + NoticeBoard::SHOWN, true), Some(NoticeBoard::SHOWN), "it is being read");
        assert_eq!(board.expire(start + 9 * NoticeBoard::SHOWN, false), None, "the window is unattended");
        assert_eq!(texts(&board), ["saved", "failed", "kept"]);
        assert_eq!(board.expire(start + 10 * NoticeBoard::SHOWN, true), None);
        assert_eq!(texts(&board), ["failed", "kept"]);
    }

    #[test]
    fn long_messages_go_into_the_details() {
        let short = Notice::problem("a.png is no picture.\n");
        assert_eq!((short.text.as_str(), short.details), ("a.png is no picture.", None));
        let lines = Notice::problem("The device was lost.\nCaused by:\n  a shader");
        assert_eq!(lines.text, "The device was lost.");
        assert_eq!(lines.details.as_deref(), Some("The device was lost.\nCaused by:\n  a shader"));
        let endless = "wörd ".repeat(100);
        let long = Notice::problem(endless.as_str());
        assert!(long.text.ends_with("wörd …") && long.text.chars().count() <= Notice::LONGEST + 2, "{}", long.text);
        assert_eq!(long.details.as_deref(), Some(endless.trim()));
    }
}
