//! The inputs of a run: files, folders with all photos in them and below, and lists of both.

use std::{
    ffi::OsString,
    fs,
    io::{self, Read},
    path::{self, Path, PathBuf},
};

use walkdir::WalkDir;

use super::{
    args::InputArgs,
    input::{Input, is_standard},
};
use crate::imaging::{self, MemoryLimit, quoted};

/// Where to search, and how.
pub struct Search<'a> {
    /// What was named; `-` is standard input.
    pub given: &'a [PathBuf],
    /// The folder below which the tree is kept.
    pub tree: Option<&'a Path>,
    /// The folders of results and masks, which are left out.
    pub results: &'a [&'a Path],
    /// Memory limit for standard input.
    pub memory: MemoryLimit,
}

/// The inputs, and what was left out.
#[derive(Default)]
pub struct InputList {
    /// The photos, those of a folder sorted by name.
    pub photos: Vec<Input>,
    /// What could not be searched, with a sentence.
    pub problems: Vec<(PathBuf, String)>,
    /// Whether any input was a folder.
    pub has_folders: bool,
    /// What the folders hold besides.
    pub left_out: LeftOut,
}

/// What was left out of folders.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct LeftOut {
    /// Hidden files and folders.
    pub hidden: usize,
    /// Files that are no pictures, by their extension.
    pub other: usize,
    /// Whether a folder of results or masks was met.
    pub results: bool,
}

impl Search<'_> {
    /// Finds all inputs.
    ///
    /// # Errors
    /// If a file is not below the folder of the tree: a sentence.
    pub fn run(&self) -> Result<InputList, String> {
        let mut list = InputList::default();
        let results: Vec<_> = self.results.iter().filter_map(|folder| fs::canonicalize(folder).ok()).collect();
        let tree = self.tree.map(Tree::new).transpose()?;
        for given in self.given {
            if is_standard(given) || !given.is_dir() {
                list.photos.push(match &tree {
                    Some(tree) if !is_standard(given) => Input::in_tree(given.clone(), &tree.below(given)?),
                    _ => Input::new(given, self.memory),
                });
                continue;
            }
            list.has_folders = true;
            let below = tree.as_ref().map(|tree| tree.below(given)).transpose()?;
            list.search(given, below.as_deref(), &results);
        }
        Ok(list)
    }
}

impl InputList {
    /// `below`: the path of the folder in the tree.
    fn search(&mut self, folder: &Path, below: Option<&Path>, results: &[PathBuf]) {
        let before = self.photos.len();
        let left_out = &mut self.left_out;
        let walk = WalkDir::new(folder).follow_links(true).sort_by_file_name().into_iter();
        let walk = walk.filter_entry(|entry| {
            // The folder itself was named.
            if entry.depth() == 0 {
                return true;
            }
            let is_hidden = is_hidden_name(entry.path());
            left_out.hidden += usize::from(is_hidden);
            let is_results = !is_hidden
                && entry.file_type().is_dir()
                && !results.is_empty()
                && fs::canonicalize(entry.path()).is_ok_and(|folder| results.contains(&folder));
            left_out.results |= is_results;
            !is_hidden && !is_results
        });
        let (mut others, mut hidden_links) = (0, 0);
        for entry in walk {
            match entry {
                Ok(entry) if !entry.file_type().is_file() => {}
                Ok(entry) if !imaging::looks_like_a_picture(entry.path()) => others += 1,
                Ok(entry) => {
                    let depth = entry.depth();
                    let photo = Input::found(entry.into_path(), depth);
                    self.photos.push(match below {
                        Some(below) => Input::in_tree(photo.given().to_owned(), &below.join(photo.relative())),
                        None => photo,
                    });
                }
                // Links that lead nowhere, or to a folder that they are in.
                Err(error) if error.depth() > 0 && error.path().is_some_and(is_hidden_name) => hidden_links += 1,
                Err(error) if is_missing(&error) && error.path().is_some_and(is_link_to_other) => others += 1,
                Err(error) => {
                    let place = error.path().unwrap_or(folder).to_owned();
                    let sentence = match error.loop_ancestor() {
                        Some(_) => format!("{} is a link to a folder that it is in: remove it", quoted(&place)),
                        None => format!("{} could not be searched: {}", quoted(&place), plain(&error)),
                    };
                    self.problems.push((place, sentence));
                }
            }
        }
        self.left_out.other += others;
        self.left_out.hidden += hidden_links;
        if self.photos.len() == before && self.problems.is_empty() {
            self.problems.push((folder.to_owned(), format!("there are no photos in {}", quoted(folder))));
        }
    }
}

fn plain(error: &walkdir::Error) -> String {
    error.io_error().map_or_else(|| error.to_string(), ToString::to_string)
}

fn is_missing(error: &walkdir::Error) -> bool {
    error.io_error().is_some_and(|error| error.kind() == io::ErrorKind::NotFound)
}

fn is_hidden_name(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."))
}

/// Whether it is a link to a file that is no picture by its extension. Without an extension it may be a folder.
fn is_link_to_other(path: &Path) -> bool {
    path.is_symlink() && path.extension().is_some() && !imaging::looks_like_a_picture(path)
}

/// The folder below which the tree is kept.
struct Tree {
    absolute: PathBuf,
    /// Without links.
    real: PathBuf,
}

impl Tree {
    fn new(folder: &Path) -> Result<Self, String> {
        let failed = |error| format!("{} can't be the folder of --keep-tree ({error})", quoted(folder));
        let real = fs::canonicalize(folder).map_err(failed)?;
        Ok(Self { absolute: path::absolute(folder).map_err(failed)?, real })
    }

    /// The path of a file or folder below it.
    fn below(&self, path: &Path) -> Result<PathBuf, String> {
        let absolute = path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let is_plain = |below: &&Path| below.components().all(|part| part != path::Component::ParentDir);
        if let Some(below) = absolute.strip_prefix(&self.absolute).ok().filter(is_plain) {
            return Ok(below.to_owned());
        }
        // The file itself may be a link, which is kept.
        let real = match (absolute.parent(), absolute.file_name()) {
            (Some(folder), Some(name)) => fs::canonicalize(folder).map(|folder| folder.join(name)),
            _ => fs::canonicalize(&absolute),
        };
        let below = real.ok().and_then(|real| real.strip_prefix(&self.real).ok().map(Path::to_owned));
        let shown = || quoted(path).to_string();
        below.ok_or_else(|| format!("{} is not below the folder {} of --keep-tree", shown(), quoted(&self.absolute)))
    }
}

/// All inputs that are named, those of the list too.
///
/// # Errors
/// If the list can't be read: a sentence.
pub fn named(args: &InputArgs) -> Result<Vec<PathBuf>, String> {
    let listed = args.files_from.as_deref().map(|file| read_list(file, args.null)).transpose()?;
    Ok(args.given.iter().cloned().chain(listed.into_iter().flatten()).collect())
}

/// Reads a list of names; empty ones are ignored.
fn read_list(file: &Path, null: bool) -> Result<Vec<PathBuf>, String> {
    let mut bytes = Vec::new();
    let read = match is_standard(file) {
        true => io::stdin().lock().read_to_end(&mut bytes).map(|_| ()),
        false => fs::read(file).map(|read| bytes = read),
    };
    read.map_err(|error| format!("the list {} could not be read ({error})", quoted(file)))?;
    // A byte order mark, as programs on Windows write it.
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&bytes);
    if !null && bytes.contains(&0) {
        return Err(format!("the list {} has NUL characters: add --null if they separate the names", quoted(file)));
    }
    let names = bytes.split(|&byte| byte == if null { 0 } else { b'\n' });
    let names = names.map(|name| if null { name } else { name.strip_suffix(b"\r").unwrap_or(name) });
    names.filter(|name| !name.is_empty()).map(|name| path_of(name, file)).collect()
}

#[cfg(unix)]
fn path_of(name: &[u8], _: &Path) -> Result<PathBuf, String> {
    use std::os::unix::ffi::OsStringExt;
    Ok(OsString::from_vec(name.to_vec()).into())
}

#[cfg(not(unix))]
fn path_of(name: &[u8], list: &Path) -> Result<PathBuf, String> {
    let text = std::str::from_utf8(name).map_err(|_| format!("the list {} is not UTF-8", quoted(list)))?;
    Ok(OsString::from(text).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn search<'a>(given: &'a [PathBuf]) -> Search<'a> {
        Search { given, tree: None, results: &[], memory: MemoryLimit::default() }
    }

    fn tree() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for name in ["b/2.png", "b/deep/3.TIF", "a.jpg", "notes.txt", ".hidden.png", ".git/x.png", "out/a.jpg"] {
            let file = folder.path().join(name);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, "").unwrap();
        }
        folder
    }

    fn relative(list: &InputList) -> Vec<&str> {
        list.photos.iter().map(|photo| photo.relative().to_str().unwrap()).collect()
    }

    #[test]
    fn folders_are_searched_and_what_is_left_out_is_counted() {
        let folder = tree();
        let (given, results) = ([folder.path().to_owned()], folder.path().join("out"));
        let found = Search { results: &[&results], ..search(&given) }.run().unwrap();
        assert_eq!(relative(&found), ["a.jpg", "b/2.png", "b/deep/3.TIF"]);
        assert_eq!(found.left_out, LeftOut { hidden: 2, other: 1, results: true });
        assert!(found.has_folders && found.problems.is_empty());
        let named = [folder.path().join("b/2.png"), folder.path().join("b")];
        assert_eq!(relative(&search(&named).run().unwrap()), ["2.png", "2.png", "deep/3.TIF"]);
        let below = Search { tree: Some(folder.path()), ..search(&named) }.run().unwrap();
        assert_eq!(relative(&below), ["b/2.png", "b/2.png", "b/deep/3.TIF"]);
        let outside = Search { tree: Some(&results), ..search(&named) }.run();
        assert!(outside.is_err_and(|sentence| sentence.contains("2.png")));
    }

    #[cfg(unix)]
    #[test]
    fn links_that_lead_nowhere_are_reported_if_they_may_be_photos() {
        use std::os::unix::fs::symlink;
        let folder = tree();
        for name in ["lost.png", "lost folder", "lost.txt", ".lost.png"] {
            symlink("/nowhere/at all", folder.path().join(name)).unwrap();
        }
        symlink("..", folder.path().join("b/.up")).unwrap();
        let found = search(&[folder.path().to_owned()]).run().unwrap();
        let problems: Vec<_> = found.problems.iter().map(|(place, _)| place.file_name().unwrap()).collect();
        assert_eq!(problems, ["lost folder", "lost.png"]);
        assert_eq!(found.left_out, LeftOut { hidden: 4, other: 2, results: false });
        assert_eq!(found.photos.len(), 4);
    }

    #[test]
    fn lists_have_lines_or_nul() {
        let folder = tree();
        let list = folder.path().join("list");
        fs::write(&list, "x.png\r\n\na b.png\n").unwrap();
        let names = |null| read_list(&list, null).unwrap();
        assert_eq!(names(false), [PathBuf::from("x.png"), PathBuf::from("a b.png")]);
        fs::write(&list, "\u{feff}x.png\r\n").unwrap();
        assert_eq!(names(false), [PathBuf::from("x.png")]);
        fs::write(&list, "a\nb.png\0c.png\0").unwrap();
        assert_eq!(names(true), [PathBuf::from("a\nb.png"), PathBuf::from("c.png")]);
        assert!(read_list(&list, false).is_err_and(|sentence| sentence.contains("--null")));
        assert!(read_list(&folder.path().join("none"), false).is_err());
    }
}
