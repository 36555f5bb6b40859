//! Sentences for the person, kept until they are dismissed.

/// How serious a notice is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Good to know.
    Info,
    /// Something was not done.
    Problem,
}

/// One sentence for the person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// How serious it is.
    pub tone: Tone,
    /// The sentence.
    pub text: String,
}

impl Notice {
    /// Good to know.
    pub fn info(text: impl Into<String>) -> Self {
        Self { tone: Tone::Info, text: text.into() }
    }

    /// Something was not done.
    pub fn problem(text: impl Into<String>) -> Self {
        Self { tone: Tone::Problem, text: text.into() }
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
}
