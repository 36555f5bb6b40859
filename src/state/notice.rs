//! Sentences for the person, kept until they are dismissed, with a button where there is something to do.

use std::path::PathBuf;

use super::settings::Settings;

/// How serious a notice is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Good to know.
    Info,
    /// Something was not done.
    Problem,
}

/// What a person can do about a notice.
#[derive(Debug, Clone, PartialEq)]
pub enum Offer {
    /// Show this file in its folder.
    ShowFile(PathBuf),
    /// Try again to open this photo.
    Open(PathBuf),
    /// Try again to restore.
    Restore,
    /// Work on the CPU from now on, and restore again.
    UseCpu,
    /// Work on the CPU from now on.
    StayOnCpu,
    /// Choose another name or folder to save under.
    SaveAs,
    /// Go back to these settings.
    TakeBack(Box<Settings>),
    /// Add the list of the last time.
    BringBack,
}

/// One sentence for the person.
#[derive(Debug, Clone, PartialEq)]
pub struct Notice {
    /// How serious it is.
    pub tone: Tone,
    /// The sentence.
    pub text: String,
    /// Details, for reports.
    pub details: Option<String>,
    /// What can be done about it.
    pub offer: Option<Offer>,
}

impl Notice {
    /// Longer than this is no sentence.
    const LONGEST: usize = 320;

    /// Good to know.
    pub fn info(text: impl Into<String>) -> Self {
        Self::new(Tone::Info, text.into())
    }

    /// Something was not done.
    pub fn problem(text: impl Into<String>) -> Self {
        Self::new(Tone::Problem, text.into())
    }

    /// With something to be done about it.
    pub fn offering(mut self, offer: Offer) -> Self {
        self.offer = Some(offer);
        self
    }

    /// What a driver says may be pages: the first of it is the sentence, all of it the details.
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

/// The notices on screen, oldest first, each with a number of its own.
#[derive(Debug, Default)]
pub struct NoticeBoard {
    next: u64,
    notices: Vec<(u64, Notice)>,
}

impl NoticeBoard {
    /// More than this is a wall of text: the oldest goes.
    const MOST: usize = 4;

    /// Puts one up; the same sentence stands only once.
    pub fn post(&mut self, notice: Notice) {
        self.notices.retain(|(_, posted)| *posted != notice);
        if self.notices.len() == Self::MOST {
            self.notices.remove(0);
        }
        self.notices.push((self.next, notice));
        self.next += 1;
    }

    /// Takes one down.
    pub fn dismiss(&mut self, number: u64) {
        self.notices.retain(|(posted, _)| *posted != number);
    }

    /// The one of this number.
    pub fn get(&self, number: u64) -> Option<&Notice> {
        self.notices.iter().find(|(posted, _)| *posted == number).map(|(_, notice)| notice)
    }

    /// Takes all down.
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
    fn what_is_too_long_for_a_sentence_goes_into_the_details() {
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
