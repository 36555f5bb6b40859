//! File names in sentences: in quotation marks, and harmless. A name may hold anything, terminal escape
//! sequences too.

use std::{
    fmt::{self, Display, Write as _},
    path::Path,
};

/// A file's name in a sentence, in quotation marks.
pub fn quoted(path: &Path) -> impl Display {
    format!("“{}”", readable(&path.to_string_lossy()))
}

/// A text with its control characters, and those that turn the direction of writing, spelled out.
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
    fn names_are_quoted_and_harmless() {
        for (name, said) in [
            ("owl.jpg", "“owl.jpg”"),
            (r"C:\Bilder\Übung.jpg", r"“C:\Bilder\Übung.jpg”"),
            ("two \"marks\".jpg", "“two \"marks\".jpg”"),
            ("\x1B[31mred\x07\n.png", r"“\u{1b}[31mred\u{7}\n.png”"),
            ("gpj.\u{202E}exe", r"“gpj.\u{202e}exe”"),
            ("\u{9B}2J", r"“\u{9b}2J”"),
        ] {
            assert_eq!(quoted(Path::new(name)).to_string(), said);
        }
    }
}
