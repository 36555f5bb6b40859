//! Replaces a file. Permissions, owner, extended attributes and hard links of the old file are kept if the system allows
//! it.

use std::{fs, io, path::Path};

use tempfile::NamedTempFile;

/// Replaces `target` by a temporary file atomically; returns sentences about what could not be kept.
///
/// # Errors
/// If writing fails. The old file is then unchanged.
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
    // Closed first: some systems can't rename an open file.
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

    use crate::imaging::{persist::persist_numbered, quoted};

    const LINKS_KEEP_OLD: &str = "The file had other names (hard links), which still have the old content.";
    const LINKS_DAMAGED: &str = "The file had other names (hard links), which are damaged now.";
    /// Attributes that apply to the old content only.
    const CONTENT_ATTRIBUTES: [&str; 3] = ["security.ima", "security.evm", "security.capability"];
    /// The access control list; setting the permissions changes it.
    const ACCESS_LIST: &str = "system.posix_acl_access";

    pub fn replace_old(file: NamedTempFile, target: &Path, old: &Metadata) -> io::Result<Vec<String>> {
        let has_links = old.nlink() > 1;
        let mut notices = Vec::new();
        if has_links {
            match Overwrite::open(target, old, file.as_file()) {
                Ok(overwrite) => return overwrite.run(file, target),
                Err(_) => notices.push(LINKS_KEEP_OLD.into()),
            }
        }
        notices.extend(keep_attributes(file.as_file(), target, old));
        super::rename(file, target).map(|()| notices)
    }

    /// A file that is open to be overwritten in place, with enough space allocated.
    struct Overwrite(File);

    impl Overwrite {
        /// # Errors
        /// If the file can't be written, or the disk has not enough space. It is then unchanged.
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

        /// Overwrites the old content. Meanwhile the new content also exists under a name of its own, in case of a crash.
        fn run(mut self, new: NamedTempFile, target: &Path) -> io::Result<Vec<String>> {
            new.as_file().sync_all()?;
            let mut bytes = new.reopen()?;
            let copy = persist_numbered(new.into_temp_path(), target)?;
            let written = io::copy(&mut bytes, &mut self.0)
                .and_then(|length| self.0.set_len(length))
                .and_then(|()| self.0.sync_all());
            if written.is_err() {
                fs::rename(&copy, target)?;
                return Ok(vec![LINKS_DAMAGED.into()]);
            }
            let left = || format!("A copy of it could not be removed: {}.", quoted(&copy));
            Ok(fs::remove_file(&copy).err().map(|_| left()).into_iter().collect())
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
        // The permissions of the old group don't apply to another one.
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
        let names = names.filter(|name| wanted(name) && !CONTENT_ATTRIBUTES.iter().any(|other| name == other));
        let lost = names.filter(|name| {
            let value = xattr::get(target, name);
            !matches!(value, Ok(Some(value)) if file.set_xattr(name, &value).is_ok())
        });
        let lost = lost.map(|name| name.to_string_lossy().into_owned());
        // Other attributes are set by the system.
        lost.filter(|name| name.starts_with("user.") || name == ACCESS_LIST).collect()
    }
}
