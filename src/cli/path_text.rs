//! Paths as text for records: different paths have different texts.

use std::{ffi::OsStr, path::Path};

/// A path's text; each byte that is no text, and each of `�`, as `�` and two hexadecimal digits.
pub fn path_text(path: &Path) -> String {
    name_text(path.as_os_str())
}

/// The same of a part of a path.
pub fn name_text(name: &OsStr) -> String {
    let mut text = String::new();
    for chunk in name.as_encoded_bytes().utf8_chunks() {
        for part in chunk.valid().split_inclusive(char::REPLACEMENT_CHARACTER) {
            match part.strip_suffix(char::REPLACEMENT_CHARACTER) {
                Some(before) => {
                    text.push_str(before);
                    push_bytes(&mut text, "\u{FFFD}".as_bytes());
                }
                None => text.push_str(part),
            }
        }
        push_bytes(&mut text, chunk.invalid());
    }
    text
}

fn push_bytes(text: &mut String, bytes: &[u8]) {
    for byte in bytes {
        text.push(char::REPLACEMENT_CHARACTER);
        text.push_str(&format!("{byte:02X}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_stays_as_it_is() {
        for path in ["box 1/größe.tif", "/a/50 %/b\\c.png", ""] {
            assert_eq!(path_text(Path::new(path)), path);
        }
    }

    #[cfg(unix)]
    #[test]
    fn different_names_have_different_texts() {
        use std::os::unix::ffi::OsStrExt;
        let text = |bytes: &[u8]| name_text(OsStr::from_bytes(bytes));
        assert_eq!(text(b"a\xFE.png"), "a\u{FFFD}FE.png");
        assert_ne!(text(b"a\xFE.png"), text(b"a\xFF.png"));
        assert_ne!(text("a\u{FFFD}FE.png".as_bytes()), text(b"a\xFE.png"));
    }
}
