//! Output files of all inputs, determined before the first one is read, so that no result overwrites another result or
//! an unread input.

use std::path::{Path, PathBuf};

use super::input::is_standard;
use crate::imaging::{self, Format, quoted};

/// Destination of the results.
#[derive(Debug, PartialEq, Eq)]
pub enum Destination {
    /// A file, for one result.
    File(PathBuf),
    /// A folder: each result has its input's name.
    Folder(PathBuf),
    /// Standard output, for one result.
    Standard,
}

impl Destination {
    /// The destination of `-o OUT`, or another option, for a number of inputs: standard output for `-`; a file if there is one input, and
    /// `OUT` is not a folder, does not end in a separator and has an extension; otherwise a folder. `format`: that of
    /// `--format`.
    ///
    /// # Errors
    /// If `OUT` is none of them (wrong usage): a sentence.
    pub fn new(option: &str, out: &Path, inputs: usize, format: Option<Format>) -> Result<Self, String> {
        let shown = quoted(out);
        if is_standard(out) {
            return match inputs {
                1 => Ok(Destination::Standard),
                _ => Err(format!(
                    "standard output takes one photo, but there are {inputs} inputs: name a folder after {option}"
                )),
            };
        }
        if out.as_os_str().is_empty() {
            return Err(format!("{option} needs the name of a file or a folder"));
        }
        let ends_like_a_folder = out.as_os_str().to_string_lossy().ends_with(std::path::is_separator);
        if out.is_dir() || ends_like_a_folder || (out.extension().is_none() && !out.exists()) {
            return Ok(Destination::Folder(out.to_owned()));
        }
        if inputs > 1 {
            return if out.exists() {
                Err(format!("{shown} is a file, but there are {inputs} inputs: name a folder after {option}"))
            } else {
                Ok(Destination::Folder(out.to_owned()))
            };
        }
        match (imaging::format_of(out), format) {
            (None, _) => Err(format!(
                "{shown}: this extension is not a format that can be written; use .png, .jpg, .tif, .webp or .bmp"
            )),
            (Some(of_name), Some(format)) if of_name != format => Err(format!(
                "{shown} has the extension of {}, but --format is {}: change one of them",
                of_name.name(),
                format.name()
            )),
            (Some(_), _) => Ok(Destination::File(out.to_owned())),
        }
    }

    /// A sentence if the folder of the output file is missing. It is not created, because it is usually a typing error;
    /// a folder given by `-o` is.
    pub fn missing_folder(&self, option: &str) -> Option<String> {
        let Destination::File(path) = self else { return None };
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty())?;
        let sentence = || {
            let (folder, file) = (quoted(folder), quoted(path));
            format!("there is no folder {folder} for {file}: create it, or choose another one with {option}")
        };
        (!folder.is_dir()).then(sentence)
    }

    /// The file of each input, in order, all different; none for standard output.
    pub fn targets(&self, inputs: &[PathBuf], format: Option<Format>) -> Vec<PathBuf> {
        let folder = match self {
            Destination::File(path) => return vec![path.clone(); inputs.len().min(1)],
            Destination::Folder(folder) => folder,
            Destination::Standard => return Vec::new(),
        };
        let wanted: Vec<PathBuf> = inputs.iter().map(|input| named_after(folder, input, format)).collect();
        imaging::unique_names(&wanted, inputs, |_| false)
    }
}

/// `folder/stem.ext`
fn named_after(folder: &Path, input: &Path, format: Option<Format>) -> PathBuf {
    let mut name = input.file_stem().unwrap_or(input.as_os_str()).to_owned();
    name.push(".");
    name.push(extension_of(input, format));
    folder.join(name)
}

/// The input's extension if it fits the format, or without a format if it can be written; otherwise that of the format,
/// or `png`.
fn extension_of(input: &Path, format: Option<Format>) -> String {
    match (imaging::format_of(input), input.extension()) {
        (Some(own), Some(extension)) if format.is_none_or(|format| format == own) => {
            extension.to_string_lossy().into_owned()
        }
        _ => format.unwrap_or(Format::Png).extension().to_owned(),
    }
}

/// Whether the format of this file has a quality setting.
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
        assert_eq!(Destination::new("-o", Path::new("b.png"), 1, None), file("b.png"));
        assert_eq!(Destination::new("-o", Path::new("no-such-folder/b.jpeg"), 1, None), file("no-such-folder/b.jpeg"));
        assert_eq!(Destination::new("-o", Path::new("results"), 1, None), folder("results"));
        assert_eq!(Destination::new("-o", Path::new("results.png/"), 1, None), folder("results.png/"));
        assert_eq!(Destination::new("-o", Path::new("results.d"), 2, None), folder("results.d"));
        assert!(Destination::new("-o", Path::new("b.xyz"), 1, None).is_err());
        assert!(Destination::new("-o", Path::new(""), 1, None).is_err());

        assert_eq!(Destination::new("-o", Path::new("-"), 1, None), Ok(Destination::Standard));
        assert_eq!(Destination::new("-o", Path::new("./-"), 1, None), folder("./-"));
        assert!(Destination::new("-o", Path::new("-"), 2, None).is_err());
        assert_eq!(Destination::new("-o", Path::new("b.tif"), 1, Some(Format::Tiff)), file("b.tif"));
        assert!(Destination::new("-o", Path::new("b.tif"), 1, Some(Format::Png)).is_err());

        let here = tempfile::tempdir().unwrap();
        assert_eq!(Destination::new("-o", here.path(), 1, None), Ok(Destination::Folder(here.path().to_owned())));
        let taken = here.path().join("a file");
        fs::write(&taken, "text").unwrap();
        assert!(Destination::new("-o", &taken, 2, None).is_err(), "a file is not a folder for two results");
    }

    #[test]
    fn names_in_a_folder_keep_stem_and_writable_extension() {
        let out = Destination::Folder(PathBuf::from("out"));
        let targets = out.targets(&paths(&["a/one.jpg", "two.TIFF", "three.gif", "four", "five.tar.png"]), None);
        assert_eq!(
            targets,
            paths(&["out/one.jpg", "out/two.TIFF", "out/three.png", "out/four.png", "out/five.tar.png"])
        );
    }

    #[test]
    fn a_given_format_is_the_extension() {
        let out = Destination::Folder(PathBuf::from("out"));
        let targets = out.targets(&paths(&["one.jpg", "two.TIFF", "three.gif"]), Some(Format::Tiff));
        assert_eq!(targets, paths(&["out/one.tif", "out/two.TIFF", "out/three.tif"]));
    }

    #[test]
    fn two_inputs_of_one_name_get_two_files() {
        let out = Destination::Folder(PathBuf::from("out"));
        let targets = out.targets(&paths(&["a/x.png", "b/x.png", "c/X.PNG", "x.gif"]), None);
        assert_eq!(targets, paths(&["out/x.png", "out/x (2).png", "out/X (3).PNG", "out/x (4).png"]));
    }

    #[cfg(unix)]
    #[test]
    fn names_that_are_not_text_are_distinguished() {
        use std::os::unix::ffi::OsStringExt;
        let input = |byte: u8| PathBuf::from(OsString::from_vec(vec![b'a', byte, b'.', b'p', b'n', b'g']));
        let targets = Destination::Folder(PathBuf::from("out")).targets(&[input(0xFE), input(0xFF), input(0xFE)], None);
        assert_eq!(targets[..2], [Path::new("out").join(input(0xFE)), Path::new("out").join(input(0xFF))]);
        assert!(targets[2] != targets[0] && targets[2] != targets[1]);
    }

    #[test]
    fn no_result_overwrites_another_input() {
        let out = Destination::Folder(PathBuf::from("b"));
        assert_eq!(out.targets(&paths(&["a/x.png", "b/x.png"]), None), paths(&["b/x (2).png", "b/x.png"]));
    }
}
