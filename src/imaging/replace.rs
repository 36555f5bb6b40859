//! Replaces a file. Permissions, owner, extended attributes and hard links of the old file are kept where the system
//! allows it.

use std::{fs, io, path::Path};

use tempfile::NamedTempFile;

/// Replaces `target` by a written file in one step; returns sentences about what could not be kept.
///
/// # Errors
/// When writing fails. The old file is unchanged then.
pub fn replace(file: NamedTempFile, target: &Path) -> io::Result<Vec<String>> {
    match fs::metadata(target) {
        Ok(old) => replace_old(file, target, &old),
        Err(_) => rename(file, target).map(|()| Vec::new()),
    }
}

#[cfg(unix)]
use unix::replace_old;

#[cfg(not(unix))]
fn replace_old(file: NamedTempFile, target: &Path, old: &fs::Metadata) -> io::Result<Vec<String>> {
    file.as_file().set_permissions(old.permissions())?;
    rename(file, target).map(|()| Vec::new())
}

fn rename(file: NamedTempFile, target: &Path) -> io::Result<()> {
    file.as_file().sync_all()?;
    // Closed before it is renamed: some systems insist.
    Ok(file.into_temp_path().persist(target)?)
}

#[cfg(unix)]
mod unix {
    use std::{
        ffi::OsStr,
        fs::{self, File, Metadata, OpenOptions, Permissions},
        io,
        os::unix::fs::{MetadataExt, PermissionsExt, fchown},
        path::Path,
    };

    use fs4::FileExt as _;
    use tempfile::NamedTempFile;
    use xattr::FileExt as _;

    use crate::imaging::{new_names::persist_beside, quoted};

    const LEFT_BEHIND: &str = "The file had further names (hard links): under them the old one is still there.";
    const TORN: &str = "The file had further names (hard links): under them it is damaged now.";
    /// Attributes that are about the old bytes.
    const ABOUT_BYTES: [&str; 3] = ["security.ima", "security.evm", "security.capability"];
    /// Who may do what, beyond the permissions; changing those changes it.
    const ACCESS_LIST: &str = "system.posix_acl_access";

    pub fn replace_old(file: NamedTempFile, target: &Path, old: &Metadata) -> io::Result<Vec<String>> {
        let has_further_names = old.nlink() > 1;
        let mut notices = Vec::new();
        if has_further_names {
            match ForWriting::open(target, old, file.as_file()) {
                Ok(place) => return place.fill(file, target),
                Err(_) => notices.push(LEFT_BEHIND.into()),
            }
        }
        notices.extend(keep_attributes(file.as_file(), target, old));
        super::rename(file, target).map(|()| notices)
    }

    /// A file that is open for being written over, with room for it.
    struct ForWriting(File);

    impl ForWriting {
        /// # Errors
        /// When the file may not be written, or the disk has no room. It is unchanged then.
        fn open(target: &Path, old: &Metadata, new: &File) -> io::Result<Self> {
            let file = OpenOptions::new().write(true).open(target)?;
            let length = new.metadata()?.len();
            if length > old.len()
                && let Err(error) = file.allocate(length)
                && error.kind() != io::ErrorKind::Unsupported
            {
                file.set_len(old.len())?;
                return Err(error);
            }
            Ok(Self(file))
        }

        /// Writes the new bytes over the old ones. Until that is done they are beside the file under a name of
        /// their own, whatever happens meanwhile.
        fn fill(mut self, new: NamedTempFile, target: &Path) -> io::Result<Vec<String>> {
            new.as_file().sync_all()?;
            let mut bytes = new.reopen()?;
            let beside = persist_beside(new.into_temp_path(), target)?;
            let filled = io::copy(&mut bytes, &mut self.0)
                .and_then(|length| self.0.set_len(length))
                .and_then(|()| self.0.sync_all());
            if filled.is_err() {
                fs::rename(&beside, target)?;
                return Ok(vec![TORN.into()]);
            }
            let left = || format!("A copy of it could not be removed: {}.", quoted(&beside));
            Ok(fs::remove_file(&beside).err().map(|_| left()).into_iter().collect())
        }
    }

    /// Gives a new file the owner, permissions and attributes of the old one.
    fn keep_attributes(file: &File, target: &Path, old: &Metadata) -> Vec<String> {
        let mut notices = Vec::new();
        // Checked below.
        let _ = fchown(file, Some(old.uid()), Some(old.gid())).or_else(|_| fchown(file, None, Some(old.gid())));
        let new = file.metadata();
        let (owner, group) = new.map_or((false, false), |new| (new.uid() == old.uid(), new.gid() == old.gid()));
        let lost = match (owner, group) {
            (true, true) => None,
            (false, true) => Some("owner"),
            (true, false) => Some("group"),
            (false, false) => Some("owner and group"),
        };
        notices.extend(lost.map(|lost| format!("The {lost} of the file that was replaced could not be kept.")));
        let lost = keep_extended(file, target, |name| name != ACCESS_LIST);
        // Those of the group were meant for another one.
        let mode = if group { old.mode() } else { old.mode() & !0o070 | (old.mode() & 0o007) << 3 };
        if file.set_permissions(Permissions::from_mode(mode & 0o7777)).is_err() {
            notices.push("The permissions of the file that was replaced could not be kept.".into());
        }
        let lost: Vec<_> = lost.into_iter().chain(keep_extended(file, target, |name| name == ACCESS_LIST)).collect();
        if !lost.is_empty() {
            notices.push(format!("Attributes of the file that was replaced could not be kept: {}.", lost.join(", ")));
        }
        notices
    }

    /// Copies extended attributes; returns the names of those that a user would miss.
    fn keep_extended(file: &File, target: &Path, wanted: impl Fn(&OsStr) -> bool) -> Vec<String> {
        let names = xattr::list(target).into_iter().flatten();
        let names = names.filter(|name| wanted(name) && !ABOUT_BYTES.iter().any(|other| name == other));
        let lost = names.filter(|name| {
            let value = xattr::get(target, name);
            !matches!(value, Ok(Some(value)) if file.set_xattr(name, &value).is_ok())
        });
        let lost = lost.map(|name| name.to_string_lossy().into_owned());
        // The system sets its own ones.
        lost.filter(|name| name.starts_with("user.") || name == ACCESS_LIST).collect()
    }
}
