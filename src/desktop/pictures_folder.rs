//! The user's pictures folder.

use std::path::{Path, PathBuf};

/// The first of these folders that exists, else the user's pictures folder.
pub fn first_of(folders: &[PathBuf]) -> Option<PathBuf> {
    folders.iter().find(|folder| folder.is_dir()).cloned().or_else(folder)
}

/// The desktop's pictures folder, else `Pictures` in the home folder, else the home folder.
fn folder() -> Option<PathBuf> {
    let home = etcetera::home_dir().ok()?;
    let config = std::env::var_os("XDG_CONFIG_HOME").map_or_else(|| home.join(".config"), PathBuf::from);
    let named =
        std::fs::read_to_string(config.join("user-dirs.dirs")).ok().and_then(|text| parse_user_dirs(&text, &home));
    let usual = home.join("Pictures");
    named.into_iter().chain([usual, home]).find(|folder| folder.is_dir())
}

/// Parses the file of `xdg-user-dirs`: `XDG_PICTURES_DIR="$HOME/Bilder"`.
fn parse_user_dirs(text: &str, home: &Path) -> Option<PathBuf> {
    let value = text.lines().find_map(|line| line.trim().strip_prefix("XDG_PICTURES_DIR="))?.trim_matches('"');
    match value.strip_prefix("$HOME") {
        Some(below) => Some(home.join(below.trim_start_matches('/'))),
        None => Some(PathBuf::from(value)).filter(|path| path.is_absolute()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_dirs_are_parsed() {
        let named =
            |line: &str| parse_user_dirs(&format!("# a comment\n{line}\nXDG_MUSIC_DIR=\"$HOME/m\"\n"), Path::new("/h"));
        assert_eq!(named("XDG_PICTURES_DIR=\"$HOME/Bilder\""), Some("/h/Bilder".into()));
        assert_eq!(named("XDG_PICTURES_DIR=\"/data/photos\""), Some("/data/photos".into()));
        assert_eq!(named("XDG_PICTURES_DIR=\"photos\""), None);
        assert_eq!(named("#XDG_PICTURES_DIR=\"/data\""), None);
    }
}
