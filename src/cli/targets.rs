//! Output files of all inputs, determined before the first one is read, so that no result overwrites another result or
//! an unread input.

use std::path::{Path, PathBuf};

use super::input::{Input, is_standard};
use crate::{
    imaging::{self, Format, quoted},
    restore::{Recipe, name_template},
};

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
                "{shown}: this extension is not a format that can be written; use .png, .jpg, .tif, .webp, .jxl, .avif or .bmp"
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

    /// The file of each input, in order; none for standard output. All different, except for the conflicts.
    pub fn targets(&self, inputs: &[Input], layout: &Layout) -> Targets {
        let folder = match self {
            Destination::File(path) => {
                return Targets { paths: vec![path.clone(); inputs.len().min(1)], ..Targets::default() };
            }
            Destination::Folder(folder) => folder,
            Destination::Standard => return Targets::default(),
        };
        let wanted: Vec<PathBuf> = inputs.iter().map(|input| layout.place(folder, input)).collect();
        let names: Vec<PathBuf> = inputs.iter().map(|input| input.name().to_owned()).collect();
        match layout.tree {
            true => Targets { conflicts: imaging::name_conflicts(&wanted, &names), paths: wanted },
            false => Targets { paths: imaging::unique_names(&wanted, &names, |_| false), conflicts: Vec::new() },
        }
    }

    /// The folder of the results; of a single file, its folder. None for standard output.
    pub fn folder(&self) -> Option<&Path> {
        match self {
            Destination::Folder(folder) => Some(folder),
            Destination::File(path) => {
                let folder = path.parent().unwrap_or(Path::new(""));
                Some(if folder.as_os_str().is_empty() { Path::new(".") } else { folder })
            }
            Destination::Standard => None,
        }
    }
}

/// Output files of all inputs.
#[derive(Debug, Default)]
pub struct Targets {
    /// The file of each input, in order.
    pub paths: Vec<PathBuf>,
    /// Inputs whose result can't have its name, because that of the second one has it: pairs of numbers.
    pub conflicts: Vec<(usize, usize)>,
}

/// Names of results in a folder.
#[derive(Debug, Clone, Copy)]
pub struct Layout<'a> {
    /// Whether they are laid out as their inputs are; otherwise all are in the folder, and numbered if necessary.
    pub tree: bool,
    /// Template of the names without extension. None: the inputs' names.
    pub template: Option<&'a str>,
    /// The recipe, for the template.
    pub recipe: Recipe,
    /// The format. None: that of the input, or PNG.
    pub format: Option<Format>,
}

impl Layout<'_> {
    /// `folder/stem.ext` or `folder/subfolder/stem.ext`
    fn place(&self, folder: &Path, input: &Input) -> PathBuf {
        let path = input.name();
        let mut name = match self.template {
            Some(template) => name_template::fill(template, path, self.recipe),
            None => path.file_stem().unwrap_or(path.as_os_str()).to_owned(),
        };
        name.push(".");
        name.push(extension_of(path, self.format));
        match input.relative().parent() {
            Some(subfolder) if self.tree => folder.join(subfolder).join(name),
            _ => folder.join(name),
        }
    }
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
    imaging::format_of(path).is_some_and(Format::has_quality)
}

#[cfg(test)]
mod tests {
    use std::{ffi::OsString, fs};

    use super::*;
    use crate::{
        imaging::MemoryLimit,
        restore::{Compression, ModelChoice, Noise, Repair, Scale, Strength},
    };

    fn paths(names: &[&str]) -> Vec<PathBuf> {
        names.iter().map(PathBuf::from).collect()
    }

    const FLAT: Layout = Layout { tree: false, template: None, recipe: RECIPE, format: None };
    const RECIPE: Recipe = Recipe {
        repair: Repair::None,
        compression: Compression::Auto,
        noise: Noise::Sigma(25.0),
        scale: Scale::X1,
        strength: Strength::FULL,
        model: ModelChoice::Best,
        best: false,
    };

    fn named(names: &[&str]) -> Vec<Input> {
        names.iter().map(|name| Input::new(Path::new(name), MemoryLimit::default())).collect()
    }

    fn targets(out: &str, inputs: &[&str], layout: Layout) -> Vec<PathBuf> {
        Destination::Folder(out.into()).targets(&named(inputs), &layout).paths
    }

    #[test]
    fn a_tree_is_kept_and_conflicts_are_found() {
        let found = ["in/a.tif", "in/box/a.tif", "in/box/b.gif", "in/box/B.png"];
        let found: Vec<_> = found.iter().map(|path| Input::found(path.into(), path.split('/').count() - 1)).collect();
        let tree = Layout { tree: true, ..FLAT };
        let Targets { paths: results, conflicts } = Destination::Folder("out".into()).targets(&found, &tree);
        assert_eq!(results, paths(&["out/a.tif", "out/box/a.tif", "out/box/b.png", "out/box/B.png"]));
        assert_eq!(conflicts, [(3, 2)]);
        let renamed = Layout { template: Some("{name} {task}"), ..tree };
        let over_inputs = Destination::Folder("in".into()).targets(&found[..2], &renamed);
        assert_eq!(over_inputs.paths, paths(&["in/a denoised.tif", "in/box/a denoised.tif"]));
        assert!(over_inputs.conflicts.is_empty());
    }

    #[test]
    fn names_follow_a_template() {
        let layout = Layout { template: Some("{name}-{task}-{level}"), ..FLAT };
        assert_eq!(
            targets("out", &["a/x.png", "b/x.png"], layout),
            paths(&["out/x-denoised-s25.png", "out/x-denoised-s25 (2).png"])
        );
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
        let targets = targets("out", &["a/one.jpg", "two.TIFF", "three.gif", "four", "five.tar.png"], FLAT);
        assert_eq!(
            targets,
            paths(&["out/one.jpg", "out/two.TIFF", "out/three.png", "out/four.png", "out/five.tar.png"])
        );
    }

    #[test]
    fn a_given_format_is_the_extension() {
        let layout = Layout { format: Some(Format::Tiff), ..FLAT };
        let targets = targets("out", &["one.jpg", "two.TIFF", "three.gif"], layout);
        assert_eq!(targets, paths(&["out/one.tif", "out/two.TIFF", "out/three.tif"]));
    }

    #[test]
    fn two_inputs_of_one_name_get_two_files() {
        let targets = targets("out", &["a/x.png", "b/x.png", "c/X.PNG", "x.gif"], FLAT);
        assert_eq!(targets, paths(&["out/x.png", "out/x (2).png", "out/X (3).PNG", "out/x (4).png"]));
    }

    #[cfg(unix)]
    #[test]
    fn names_that_are_not_text_are_distinguished() {
        use std::os::unix::ffi::OsStringExt;
        let input = |byte: u8| PathBuf::from(OsString::from_vec(vec![b'a', byte, b'.', b'p', b'n', b'g']));
        let inputs = [0xFE, 0xFF, 0xFE].map(|byte| Input::new(&input(byte), MemoryLimit::default()));
        let targets = Destination::Folder(PathBuf::from("out")).targets(&inputs, &FLAT).paths;
        assert_eq!(targets[..2], [Path::new("out").join(input(0xFE)), Path::new("out").join(input(0xFF))]);
        assert!(targets[2] != targets[0] && targets[2] != targets[1]);
    }

    #[test]
    fn no_result_overwrites_another_input() {
        assert_eq!(targets("b", &["a/x.png", "b/x.png"], FLAT), paths(&["b/x (2).png", "b/x.png"]));
    }
}
