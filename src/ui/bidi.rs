//! Names in scripts written from right to left. egui shapes the letters of a word in their order, but places words, and
//! the digits of such scripts, always from left to right.

use std::borrow::Cow;

use unicode_bidi::{BidiInfo, Level};

/// A line with its words in the order in which they are drawn, from left to right. The result is for drawing only.
pub fn in_drawn_order(line: &str) -> Cow<'_, str> {
    if line.is_ascii() {
        return Cow::Borrowed(line);
    }
    let info = BidiInfo::new(line, Some(Level::ltr()));
    if !info.has_rtl() && !line.contains(is_arabic_digit) {
        return Cow::Borrowed(line);
    }
    let mut drawn = String::with_capacity(line.len());
    for paragraph in &info.paragraphs {
        let (levels, runs) = info.visual_runs(paragraph, paragraph.range.clone());
        for run in runs {
            let words = &line[run.clone()];
            match levels[run.start].is_rtl() {
                true => drawn.extend(pieces(words).into_iter().rev().map(turned)),
                false => drawn.extend(pieces(words).into_iter().map(with_digits_turned)),
            }
        }
    }
    Cow::Owned(drawn)
}

/// Whether egui draws a letter apart from the words of other scripts, with the font of the window.
fn is_apart(letter: char) -> bool {
    letter.is_ascii() || ('\u{2000}'..='\u{206F}').contains(&letter)
}

fn is_arabic_digit(letter: char) -> bool {
    matches!(letter, '\u{0660}'..='\u{0669}' | '\u{06F0}'..='\u{06F9}')
}

/// The words, and what is between them.
fn pieces(words: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut rest = words;
    while let Some(first) = rest.chars().next() {
        let end = rest.find(|letter| is_apart(letter) != is_apart(first)).unwrap_or(rest.len());
        let (piece, after) = rest.split_at(end);
        pieces.push(piece);
        rest = after;
    }
    pieces
}

/// A piece of a line that runs from right to left: words are turned when they are shaped, other characters here.
fn turned(piece: &str) -> Cow<'_, str> {
    match piece.chars().next().is_some_and(is_apart) {
        true => Cow::Owned(piece.chars().rev().map(mirrored).collect()),
        false => Cow::Borrowed(piece),
    }
}

/// Arabic digits run from left to right, but are turned when they are shaped.
fn with_digits_turned(piece: &str) -> Cow<'_, str> {
    match piece.chars().all(is_arabic_digit) {
        true => Cow::Owned(piece.chars().rev().collect()),
        false => Cow::Borrowed(piece),
    }
}

/// A bracket as it looks in a line from right to left.
fn mirrored(letter: char) -> char {
    match letter {
        '(' => ')',
        ')' => '(',
        '[' => ']',
        ']' => '[',
        '{' => '}',
        '}' => '{',
        '<' => '>',
        '>' => '<',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_from_right_to_left_are_drawn_in_their_order() {
        for (line, drawn) in [
            ("owl.png", "owl.png"),
            ("Eule groß – 12.png", "Eule groß – 12.png"),
            ("תמונה.jpg", "תמונה.jpg"),
            ("תמונה משפחה 12.jpg", "12 משפחה תמונה.jpg"),
            ("תמונה (ישנה).jpg", "(ישנה) תמונה.jpg"),
            ("תמו…פחה.jpg", "פחה…תמו.jpg"),
            ("Saved as תמונה משפחה.jpg", "Saved as משפחה תמונה.jpg"),
            ("صورة العائلة.jpg", "العائلة صورة.jpg"),
            // The digits are turned once more when they are shaped.
            ("صورة ١٢.jpg", "٢١ صورة.jpg"),
            ("Saved as ١٢-denoised.jpg", "Saved as ٢١-denoised.jpg"),
            ("", ""),
        ] {
            assert_eq!(in_drawn_order(line), drawn, "{line}");
        }
    }
}
