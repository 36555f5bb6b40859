//! File names in sentences: in quotation marks, with control characters escaped. A name can contain anything, even
//! terminal escape sequences.

use std::{
    fmt::{self, Display, Write as _},
    path::Path,
};

/// A file name in quotation marks, escaped like [`readable`].
pub fn quoted(path: &Path) -> impl Display {
    format!("“{}”", readable(&path.to_string_lossy()))
}

/// A text with its control characters and bidirectional formatting characters escaped.
pub fn readable(text: &str) -> impl Display {
    Readable(text)
}

struct Readable<'a>(&'a str);

impl Display for Readable<'_> {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|letter| match letter {
            '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => {
                write!(to, "{}", letter.escape_unicode())
            }
            control if control.is_control() => write!(to, "{}", control.escape_default()),
            letter => to.write_char(letter),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_quoted_and_escaped() {
        for (name, expected) in [
            ("owl.jpg", "“owl.jpg”"),
            (r"C:\Bilder\Übung.jpg", r"“C:\Bilder\Übung.jpg”"),
            ("two \"marks\".jpg", "“two \"marks\".jpg”"),
            ("\x1B[31mred\x07\n.png", r"“\u{1b}[31mred\u{7}\n.png”"),
            ("gpj.\u{202E}exe", r"“gpj.\u{202e}exe”"),
            ("\u{9B}2J", r"“\u{9b}2J”"),
        ] {
            assert_eq!(quoted(Path::new(name)).to_string(), expected);
        }
    }
}
