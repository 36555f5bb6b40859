//! Shows a file in the file manager.

/// Shows a file in the file manager. Blocks.
///
/// # Errors
/// The reason as a text.
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

    /// A program that is still running after this time has not failed: it may run as long as its folder is shown.
    const FAILS_WITHIN: Duration = Duration::from_secs(5);
    const NO_PROGRAM: &str = "no program that shows folders was found";

    /// Shows a file in the file manager: over D-Bus, which selects the file, or else only its folder with `xdg-open`.
    /// Blocks.
    ///
    /// # Errors
    /// The reason as a text.
    pub fn reveal(path: &Path) -> Result<(), String> {
        // Uses the Explorer.
        if std::env::var_os("WSL_DISTRO_NAME").is_some() {
            return opener::reveal(path).map_err(|error| error.to_string());
        }
        let path = fs::canonicalize(path).map_err(|error| error.to_string())?;
        pollster::block_on(reveal_over_dbus(&path)).or_else(|error| {
            log::info!("no file manager on D-Bus: {error}");
            open_with("xdg-open", path.parent().unwrap_or(&path))
        })
    }

    /// Calls the file manager, or the portal if it can't be reached (Flatpak).
    async fn reveal_over_dbus(path: &Path) -> zbus::Result<()> {
        let bus = Connection::session().await?;
        let (name, object) = ("org.freedesktop.FileManager1", "/org/freedesktop/FileManager1");
        let items = (vec![url_of(path)], "");
        if bus.call_method(Some(name), object, Some(name), "ShowItems", &items).await.is_ok() {
            return Ok(());
        }
        let file = File::open(path).map_err(|error| zbus::Error::InputOutput(error.into()))?;
        let (name, object) = ("org.freedesktop.portal.Desktop", "/org/freedesktop/portal/desktop");
        let arguments = ("", Fd::from(&file), HashMap::<&str, Value<'_>>::new());
        let portal = Some("org.freedesktop.portal.OpenURI");
        bus.call_method(Some(name), object, portal, "OpenDirectory", &arguments).await.map(drop)
    }

    /// `/a b` → `file:///a%20b`
    fn url_of(path: &Path) -> String {
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
        let mut opener = opener.spawn().map_err(|_| NO_PROGRAM.to_owned())?;
        let started = Instant::now();
        while started.elapsed() < FAILS_WITHIN {
            match opener.try_wait() {
                Ok(Some(status)) if status.success() => return Ok(()),
                Ok(Some(_)) => return Err(NO_PROGRAM.to_owned()),
                Ok(None) => thread::sleep(Duration::from_millis(20)),
                Err(error) => return Err(error.to_string()),
            }
        }
        // Reaps the process when it ends.
        thread::spawn(move || opener.wait());
        Ok(())
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn a_path_becomes_a_url() {
            assert_eq!(url_of(Path::new("/a/ä b%.png")), "file:///a/%C3%A4%20b%25.png");
        }

        #[test]
        fn a_failing_program_is_an_error() {
            let open = |program| open_with(program, Path::new("/"));
            assert_eq!(open("true"), Ok(()));
            for program in ["false", "no-such-program-of-redawn"] {
                assert_eq!(open(program), Err(NO_PROGRAM.to_owned()), "{program}");
            }
        }
    }
}
