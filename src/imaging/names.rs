//! Names of files that are to be written, all different.

use std::{
    collections::HashSet,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
};

/// Makes the wished name of each input's result its own: no result lands on another one, nor on an
/// input but its own (which is for [`super::IfExists`] to decide). Taken names get ` (2)`, ` (3)`…
/// Letters count the same in upper and lower case, because some file systems hold them for the same.
///
/// `refused` says of a name that it may not be used for yet another reason.
pub fn distinct(wished: &[PathBuf], inputs: &[PathBuf], refused: impl Fn(&Path) -> bool) -> Vec<PathBuf> {
    let sources: Vec<OsString> = inputs.iter().map(|path| identity(path)).collect();
    let known: HashSet<&OsString> = sources.iter().collect();
    let mut taken = HashSet::new();
    let free = |(wish, own): (&PathBuf, &OsString)| {
        let is_free = |path: &PathBuf| {
            let seen = identity(path);
            (seen == *own || !known.contains(&seen)) && !refused(path) && taken.insert(seen)
        };
        (1..).map(|number| numbered(wish, number)).find(is_free).unwrap_or_else(|| wish.clone())
    };
    wished.iter().zip(&sources).map(free).collect()
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

/// What two paths of one file have in common.
fn identity(path: &Path) -> OsString {
    let parent = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let parent = fs::canonicalize(parent).unwrap_or_else(|_| parent.to_owned());
    let whole = parent.join(path.file_name().unwrap_or_default());
    whole.to_str().map_or_else(|| whole.clone().into_os_string(), |text| text.to_lowercase().into())
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

    #[test]
    fn no_name_is_another_s_nor_a_refused_one() {
        let inputs = paths(&["a/x.png", "b/x.png", "c/x.gif"]);
        let wished = paths(&["b/x.png", "b/x.png", "b/X.PNG"]);
        let names = distinct(&wished, &inputs, |path| path.ends_with("x (2).png"));
        assert_eq!(names, paths(&["b/x (3).png", "b/x.png", "b/X (2).PNG"]));
    }
}
