//! File names that fit: shortened in the middle, since the beginning and the end tell photos apart.

use egui::{FontId, Ui};

/// Longest extension that is kept, with its dot.
const LONGEST_EXTENSION: usize = 6;

/// A name, shortened in the middle if it is wider than `width` points. Its extension is kept.
pub fn fitted_name(ui: &Ui, name: &str, font: &FontId, width: f32) -> String {
    shortened(name, |name| {
        let colour = ui.visuals().text_color();
        ui.painter().layout_no_wrap(name.to_owned(), font.clone(), colour).size().x <= width
    })
}

/// The longest form of a name that fits: all of it, or its beginning and end.
fn shortened(name: &str, fits: impl Fn(&str) -> bool) -> String {
    if fits(name) {
        return name.to_owned();
    }
    let dot = name.rfind('.').filter(|dot| *dot > 0 && name.len() - dot <= LONGEST_EXTENSION);
    let (stem, extension) = name.split_at(dot.unwrap_or(name.len()));
    let letters: Vec<char> = stem.chars().collect();
    let keep = |count: usize| -> String {
        let end = count / 2;
        let (first, last) = (&letters[..count - end], &letters[letters.len() - end..]);
        format!("{}…{}{extension}", String::from_iter(first), String::from_iter(last))
    };
    let (mut least, mut most) = (1, letters.len().max(1) - 1);
    while least < most {
        let middle = (least + most).div_ceil(2);
        if fits(&keep(middle)) { least = middle } else { most = middle - 1 }
    }
    if letters.is_empty() { name.to_owned() } else { keep(least.min(letters.len())) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_shortened_in_the_middle_and_keep_their_extension() {
        let at_most = |most: usize| move |name: &str| name.chars().count() <= most;
        for (name, most, expected) in [
            ("owl.png", 7, "owl.png"),
            ("holiday-in-rome-0123.jpeg", 15, "holid…0123.jpeg"),
            ("holiday-in-rome-0123", 9, "holi…0123"),
            ("ünïcödé-ünïcödé.tif", 11, "ünï…ödé.tif"),
            ("no.extension-but-a-dot", 8, "no.e…dot"),
            (".hidden-and-long", 7, ".hi…ong"),
            // As short as can be.
            ("owl.png", 1, "o….png"),
            ("", 0, ""),
        ] {
            assert_eq!(shortened(name, at_most(most)), expected, "{name}, {most}");
        }
    }
}
