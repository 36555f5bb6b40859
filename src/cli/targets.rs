//! Which file each input is written to. Decided for all inputs before the first one is read, so
//! that no result lands on another result, or on an input that is still to be read.

use std::path::{Path, PathBuf};

use crate::imaging::{self, Format, quoted};

/// Where the results go.
#[derive(Debug, PartialEq, Eq)]
pub enum Destination {
    /// The one result gets this name.
    File(PathBuf),
    /// Every result goes here, under its input's name.
    Folder(PathBuf),
}

impl Destination {
    /// What `-o OUT` means for so many inputs: a file when there is one input and `OUT` is no
    /// folder, does not end like one, and has an extension; else a folder.
    ///
    /// # Errors
    /// When `OUT` can be neither: a sentence for people. That is wrong usage.
    pub fn new(out: &Path, inputs: usize) -> Result<Self, String> {
        let shown = quoted(out);
        if out.as_os_str().is_empty() {
            return Err("-o needs the name of a file or a folder".to_owned());
        }
        let ends_like_a_folder = out.as_os_str().to_string_lossy().ends_with(std::path::is_separator);
        if out.is_dir() || ends_like_a_folder || (out.extension().is_none() && !out.exists()) {
            return Ok(Destination::Folder(out.to_owned()));
        }
        if inputs > 1 {
            return if out.exists() {
                Err(format!("{shown} is a file, but there are {inputs} inputs: name a folder after -o"))
            } else {
                Ok(Destination::Folder(out.to_owned()))
            };
        }
        if imaging::format_of(out).is_none() {
            return Err(format!(
                "{shown}: no picture is written under that extension; use .png, .jpg, .tif, .webp or .bmp"
            ));
        }
        Ok(Destination::File(out.to_owned()))
    }

    /// The sentence to say when the results have no folder to go to. A folder after `-o` is made when
    /// it is missing; that of a file is not, because it is more often a typing error.
    pub fn missing_folder(&self) -> Option<String> {
        let Destination::File(path) = self else { return None };
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty())?;
        let sentence = || {
            let (folder, file) = (quoted(folder), quoted(path));
            format!("there is no folder {folder} for {file}: make it, or choose another one with -o")
        };
        (!folder.is_dir()).then(sentence)
    }

    /// The file of each input, in their order, all different.
    pub fn targets(&self, inputs: &[PathBuf]) -> Vec<PathBuf> {
        let folder = match self {
            Destination::File(path) => return vec![path.clone(); inputs.len().min(1)],
            Destination::Folder(folder) => folder,
        };
        let wished: Vec<PathBuf> = inputs.iter().map(|input| named_after(folder, input)).collect();
        imaging::distinct(&wished, inputs, |_| false)
    }
}

/// `folder/stem.ext`
fn named_after(folder: &Path, input: &Path) -> PathBuf {
    let mut name = input.file_stem().unwrap_or(input.as_os_str()).to_owned();
    name.push(".");
    name.push(extension_of(input));
    folder.join(name)
}

/// The input's own extension when that format can be written, else `png`.
fn extension_of(input: &Path) -> String {
    match (imaging::format_of(input), input.extension()) {
        (Some(_), Some(extension)) => extension.to_string_lossy().into_owned(),
        _ => "png".to_owned(),
    }
}

/// Whether a quality means something for the format of this file.
pub fn has_quality(path: &Path) -> bool {
    matches!(imaging::format_of(path), Some(Format::Jpeg | Format::WebP))
}

#[cfg(test)]
mod tests {
    use std::{ffi::OsString, fs};

    use super::*;

    fn paths(names: &[&str]) -> Vec<PathBuf> {
        names.iter().map(PathBuf::from).collect()
    }

    #[test]
    fn out_is_a_file_for_one_input_with_an_extension() {
        let file = |text: &str| Ok(Destination::File(PathBuf::from(text)));
        let folder = |text: &str| Ok(Destination::Folder(PathBuf::from(text)));
        assert_eq!(Destination::new(Path::new("b.png"), 1), file("b.png"));
        assert_eq!(Destination::new(Path::new("no-such-folder/b.jpeg"), 1), file("no-such-folder/b.jpeg"));
        assert_eq!(Destination::new(Path::new("results"), 1), folder("results"));
        assert_eq!(Destination::new(Path::new("results.png/"), 1), folder("results.png/"));
        assert_eq!(Destination::new(Path::new("results.d"), 2), folder("results.d"));
        assert!(Destination::new(Path::new("b.xyz"), 1).is_err());
        assert!(Destination::new(Path::new(""), 1).is_err());

        let here = tempfile::tempdir().unwrap();
        assert_eq!(Destination::new(here.path(), 1), Ok(Destination::Folder(here.path().to_owned())));
        let taken = here.path().join("a file");
        fs::write(&taken, "text").unwrap();
        assert!(Destination::new(&taken, 2).is_err(), "a file is no folder for two results");
    }

    #[test]
    fn names_in_a_folder_keep_stem_and_writable_extension() {
        let out = Destination::Folder(PathBuf::from("out"));
        let targets = out.targets(&paths(&["a/one.jpg", "two.TIFF", "three.gif", "four", "five.tar.png"]));
        assert_eq!(
            targets,
            paths(&["out/one.jpg", "out/two.TIFF", "out/three.png", "out/four.png", "out/five.tar.png"])
        );
    }

    #[test]
    fn two_inputs_of_one_name_get_two_files() {
        let out = Destination::Folder(PathBuf::from("out"));
        let targets = out.targets(&paths(&["a/x.png", "b/x.png", "c/X.PNG", "x.gif"]));
        assert_eq!(targets, paths(&["out/x.png", "out/x (2).png", "out/X (3).PNG", "out/x (4).png"]));
    }

    #[cfg(unix)]
    #[test]
    fn names_that_are_no_text_are_told_apart() {
        use std::os::unix::ffi::OsStringExt;
        let input = |byte: u8| PathBuf::from(OsString::from_vec(vec![b'a', byte, b'.', b'p', b'n', b'g']));
        let targets = Destination::Folder(PathBuf::from("out")).targets(&[input(0xFE), input(0xFF), input(0xFE)]);
        assert_eq!(targets[..2], [Path::new("out").join(input(0xFE)), Path::new("out").join(input(0xFF))]);
        assert!(targets[2] != targets[0] && targets[2] != targets[1]);
    }

    #[test]
    fn no_result_lands_on_another_input() {
        let out = Destination::Folder(PathBuf::from("b"));
        assert_eq!(out.targets(&paths(&["a/x.png", "b/x.png"])), paths(&["b/x (2).png", "b/x.png"]));
    }
}
