//! Shows a file in its folder, and says when nothing does that.

/// Has the desktop's file manager show a file. Asks other processes: not for the window's thread.
///
/// # Errors
/// Why it can't.
#[cfg(not(target_os = "linux"))]
pub fn reveal(path: &std::path::Path) -> Result<(), String> {
    opener::reveal(path).map_err(|error| error.to_string())
}

#[cfg(target_os = "linux")]
pub use linux::reveal;

#[cfg(target_os = "linux")]
mod linux {
    use std::{
        collections::HashMap,
        fs::{self, File},
        os::unix::ffi::OsStrExt,
        path::Path,
        process::{Command, Stdio},
        thread,
        time::{Duration, Instant},
    };

    use zbus::{
        Connection,
        zvariant::{Fd, Value},
    };

    /// A program that fails does so within this time; one that shows a folder may be there for as long as that.
    const FAILS_WITHIN: Duration = Duration::from_secs(5);
    const NOBODY: &str = "no program that shows folders was found";

    /// Has the desktop's file manager show a file: over the bus, where it can point at the file, or else its folder
    /// alone. Asks other processes: not for the window's thread.
    ///
    /// # Errors
    /// Why it can't.
    pub fn reveal(path: &Path) -> Result<(), String> {
        // Windows' own file manager.
        if std::env::var_os("WSL_DISTRO_NAME").is_some() {
            return opener::reveal(path).map_err(|error| error.to_string());
        }
        let path = fs::canonicalize(path).map_err(|error| error.to_string())?;
        pollster::block_on(over_the_bus(&path)).or_else(|error| {
            log::info!("no file manager on the bus: {error}");
            open_with("xdg-open", path.parent().unwrap_or(&path))
        })
    }

    /// The file manager itself, and where it is out of reach (Flatpak) the portal.
    async fn over_the_bus(path: &Path) -> zbus::Result<()> {
        let bus = Connection::session().await?;
        let (name, object) = ("org.freedesktop.FileManager1", "/org/freedesktop/FileManager1");
        let items = (vec![address_of(path)], "");
        if bus.call_method(Some(name), object, Some(name), "ShowItems", &items).await.is_ok() {
            return Ok(());
        }
        let file = File::open(path).map_err(|error| zbus::Error::InputOutput(error.into()))?;
        let (name, object) = ("org.freedesktop.portal.Desktop", "/org/freedesktop/portal/desktop");
        let asked = ("", Fd::from(&file), HashMap::<&str, Value<'_>>::new());
        let portal = Some("org.freedesktop.portal.OpenURI");
        bus.call_method(Some(name), object, portal, "OpenDirectory", &asked).await.map(drop)
    }

    /// `/a b` → `file:///a%20b`
    fn address_of(path: &Path) -> String {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte);
        let escaped = path.as_os_str().as_bytes().iter().map(|&byte| match plain(byte) {
            true => char::from(byte).to_string(),
            false => format!("%{byte:02X}"),
        });
        format!("file://{}", escaped.collect::<String>())
    }

    fn open_with(program: &str, folder: &Path) -> Result<(), String> {
        let mut opener = Command::new(program);
        opener.arg(folder).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut opener = opener.spawn().map_err(|_| NOBODY.to_owned())?;
        let begun = Instant::now();
        while begun.elapsed() < FAILS_WITHIN {
            match opener.try_wait() {
                Ok(Some(status)) if status.success() => return Ok(()),
                Ok(Some(_)) => return Err(NOBODY.to_owned()),
                Ok(None) => thread::sleep(Duration::from_millis(20)),
                Err(error) => return Err(error.to_string()),
            }
        }
        // When that program ends it is not left behind as a zombie.
        thread::spawn(move || opener.wait());
        Ok(())
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn a_path_becomes_an_address() {
            assert_eq!(address_of(Path::new("/a/ä b%.png")), "file:///a/%C3%A4%20b%25.png");
        }

        #[test]
        fn what_shows_no_folder_is_said() {
            let open = |program| open_with(program, Path::new("/"));
            assert_eq!(open("true"), Ok(()));
            for program in ["false", "no-such-program-of-redawn"] {
                assert_eq!(open(program), Err(NOBODY.to_owned()), "{program}");
            }
        }
    }
}
