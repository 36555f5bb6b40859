//! Unique names for output files.

use std::{
    collections::{HashMap, HashSet},
    ffi::OsString,
    fs,
    path::{self, Path, PathBuf},
};

/// Makes the proposed name of each input's result unique: no result overwrites another one, or another result's input
/// (its own is up to [`super::IfExists`]). Taken names get ` (2)`, ` (3)`… Names that differ in case only count as equal,
/// because some file systems ignore case.
///
/// `refused`: whether a name can't be used for another reason.
pub fn unique_names<'a>(
    proposed: &'a [PathBuf],
    inputs: &[PathBuf],
    mut refused: impl FnMut(&Path) -> bool,
) -> Vec<PathBuf> {
    let mut identities = FileIdentities::default();
    let sources: Vec<OsString> = inputs.iter().map(|path| identities.of(path)).collect();
    let mut taken: HashSet<OsString> = sources.iter().cloned().collect();
    let mut replaced = HashSet::new();
    // The next number to try for each proposed name: those before it are taken.
    let mut next: HashMap<&Path, u32> = HashMap::new();
    let mut free = |(name, own): (&'a PathBuf, &OsString)| {
        if identities.of(name) == *own && !refused(name) && replaced.insert(own.clone()) {
            return name.clone();
        }
        let number = next.entry(name).or_insert(1);
        // Ends, because there are more numbers than files.
        loop {
            let path = numbered(name, *number);
            *number += 1;
            let identity = identities.of(&path);
            if !taken.contains(&identity) && !refused(&path) {
                taken.insert(identity);
                return path;
            }
        }
    };
    proposed.iter().zip(&sources).map(&mut free).collect()
}

/// Finds names of results that are that of an earlier result, or another result's input: pairs of numbers, the result's and
/// that of the other one. Names that differ in case only count as equal.
pub fn name_conflicts(proposed: &[PathBuf], inputs: &[PathBuf]) -> Vec<(usize, usize)> {
    let mut identities = FileIdentities::default();
    let mut sources = HashMap::new();
    for (number, input) in inputs.iter().enumerate() {
        sources.entry(identities.of(input)).or_insert(number);
    }
    let mut taken = HashMap::new();
    let mut conflicts = Vec::new();
    for (number, name) in proposed.iter().enumerate() {
        let identity = identities.of(name);
        let input = sources.get(&identity).copied().filter(|&input| input != number);
        let result = *taken.entry(identity).or_insert(number);
        let other = input.or((result != number).then_some(result));
        conflicts.extend(other.map(|other| (number, other)));
    }
    conflicts
}

/// Finds inputs whose file the result of an earlier input replaces, also by another name of it (a link): pairs of numbers, the
/// input's and that of the earlier one. Read afterwards, they would be restored twice.
pub fn replaced_inputs(results: &[PathBuf], inputs: &[PathBuf]) -> Vec<(usize, usize)> {
    let existing: Vec<Option<FileId>> = results.iter().map(|result| file_id(result)).collect();
    if existing.iter().all(Option::is_none) {
        return Vec::new();
    }
    let (mut replaced, mut found) = (HashMap::new(), Vec::new());
    for (number, (result, input)) in existing.into_iter().zip(inputs).enumerate() {
        let earlier = file_id(input).and_then(|input| replaced.get(&input).copied());
        found.extend(earlier.map(|earlier| (number, earlier)));
        if let Some(result) = result {
            replaced.entry(result).or_insert(number);
        }
    }
    found
}

/// A file on its file system, the same for all its names.
#[cfg(unix)]
type FileId = (u64, u64);
#[cfg(not(unix))]
type FileId = PathBuf;

/// The file of that name, links followed; none if there is none.
#[cfg(unix)]
fn file_id(path: &Path) -> Option<FileId> {
    use std::os::unix::fs::MetadataExt as _;
    fs::metadata(path).ok().map(|metadata| (metadata.dev(), metadata.ino()))
}

#[cfg(not(unix))]
fn file_id(path: &Path) -> Option<FileId> {
    fs::canonicalize(path).ok()
}

/// `name (2).png` for 2; the name itself for 1.
pub fn numbered(path: &Path, number: u32) -> PathBuf {
    if number == 1 {
        return path.into();
    }
    let mut name = OsString::from(path.file_stem().unwrap_or_default());
    name.push(format!(" ({number})"));
    if let Some(extension) = path.extension() {
        name.push(".");
        name.push(extension);
    }
    path.with_file_name(name)
}

/// Identities of files, which need not exist: the same for all paths of a file. Caches the canonical path of each folder.
#[derive(Debug, Default)]
pub struct FileIdentities(HashMap<PathBuf, PathBuf>);

impl FileIdentities {
    /// That of the file to which a path leads: links are followed.
    pub fn followed(&mut self, path: &Path) -> OsString {
        match fs::canonicalize(path) {
            Ok(real) => self.of(&real),
            Err(_) => self.of(path),
        }
    }

    /// That of this name in its folder, which may be a link.
    pub fn of(&mut self, path: &Path) -> OsString {
        let whole = self.folder(folder_of(path)).join(path.file_name().unwrap_or_default());
        whole.to_str().map_or_else(|| whole.clone().into_os_string(), |text| text.to_lowercase().into())
    }

    fn folder(&mut self, folder: &Path) -> &Path {
        if !self.0.contains_key(folder) {
            self.0.insert(folder.to_owned(), canonical(folder));
        }
        &self.0[folder]
    }
}

/// The canonical path of a folder, or that of its nearest parent that exists with the rest.
fn canonical(folder: &Path) -> PathBuf {
    let whole = path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    let found = whole.ancestors().find_map(|parent| {
        let real = fs::canonicalize(parent).ok()?;
        Some(real.join(whole.strip_prefix(parent).ok()?))
    });
    found.unwrap_or(whole)
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(names: &[&str]) -> Vec<PathBuf> {
        names.iter().map(PathBuf::from).collect()
    }

    #[test]
    fn numbers_go_before_the_extension() {
        assert_eq!(numbered(Path::new("a/b.c.png"), 1), Path::new("a/b.c.png"));
        assert_eq!(numbered(Path::new("a/b.c.png"), 2), Path::new("a/b.c (2).png"));
    }

    /// 12,000 photos of one name get 12,000 numbered names, each checked once.
    #[test]
    fn many_of_one_name_are_numbered_in_one_go() {
        const COUNT: usize = 12_000;
        let proposed = vec![PathBuf::from("out/x.png"); COUNT];
        let inputs: Vec<PathBuf> = (0..COUNT).map(|folder| format!("in/{folder}/x.png").into()).collect();
        let mut checks = 0;
        let names = unique_names(&proposed, &inputs, |_| {
            checks += 1;
            false
        });
        assert_eq!((&names[0], &names[COUNT - 1]), (&"out/x.png".into(), &"out/x (12000).png".into()));
        assert_eq!((names.iter().collect::<HashSet<_>>().len(), checks), (COUNT, COUNT));
    }

    #[test]
    fn a_file_has_one_identity() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("box")).unwrap();
        let mut identities = FileIdentities::default();
        let mut of = |name: &str| identities.of(&folder.path().join(name));
        assert_eq!(of("box/../a.png"), of("A.png"));
        assert_eq!(of("./new/b/a.png"), of("new//b/a.png"), "the folder does not exist yet");
        assert_ne!(of("box/a.png"), of("a.png"));
        assert_eq!(identities.of(Path::new("./new/a.png")), identities.of(Path::new("new/a.png")));
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed() {
        let folder = tempfile::tempdir().unwrap();
        let [file, link] = ["a.png", "b.png"].map(|name| folder.path().join(name));
        fs::write(&file, "").unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        let mut identities = FileIdentities::default();
        assert_eq!(identities.followed(&link), identities.of(&file));
        assert_ne!(identities.of(&link), identities.of(&file));
    }

    #[cfg(unix)]
    #[test]
    fn inputs_that_an_earlier_result_replaces_are_found() {
        let folder = tempfile::tempdir().unwrap();
        let [a, b, upper, link, other] =
            ["a.png", "b.png", "A.png", "link.png", "other.png"].map(|name| folder.path().join(name));
        for file in [&a, &b, &upper] {
            fs::write(file, "").unwrap();
        }
        std::os::unix::fs::symlink(&b, &link).unwrap();
        fs::hard_link(&a, &other).unwrap();
        let inputs = [a, link, b, other];
        assert_eq!(replaced_inputs(&inputs, &inputs), [(2, 1), (3, 0)]);
        if cfg!(target_os = "linux") {
            let both = [inputs[0].clone(), upper];
            assert_eq!(replaced_inputs(&both, &both), [], "two files");
        }
        let elsewhere = ["1", "2", "3", "4"].map(|name| folder.path().join(name));
        assert_eq!(replaced_inputs(&elsewhere, &inputs), []);
    }

    #[test]
    fn an_input_named_twice_is_replaced_once() {
        let inputs = paths(&["a/x.png", "a/x.png"]);
        assert_eq!(unique_names(&inputs, &inputs, |_| false), paths(&["a/x.png", "a/x (2).png"]));
    }

    #[test]
    fn conflicts_are_with_results_and_inputs_of_others() {
        let inputs = paths(&["a/x.png", "a/x.gif", "a/y.png", "b/z.png"]);
        let proposed = paths(&["o/x.png", "o/X.png", "a/y.png", "a/x.gif"]);
        assert_eq!(name_conflicts(&proposed, &inputs), [(1, 0), (3, 1)]);
    }

    #[test]
    fn names_are_unique_and_not_refused() {
        let inputs = paths(&["a/x.png", "b/x.png", "c/x.gif"]);
        let proposed = paths(&["b/x.png", "b/x.png", "b/X.PNG"]);
        let names = unique_names(&proposed, &inputs, |path| path.ends_with("x (2).png"));
        assert_eq!(names, paths(&["b/x (3).png", "b/x.png", "b/X (2).PNG"]));
    }
}
