//! What a distribution takes from `packaging/` is what its own checkers accept, and agrees with the
//! program.

#[path = "support/skip.rs"]
mod skip;

use std::{fs, path::PathBuf, process::Command};

const APP_ID: &str = "io.github.redawn.Redawn";

fn packaged(extension: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("packaging/{APP_ID}.{extension}"))
}

/// Runs a checker, or says why not.
#[track_caller]
fn accepted_by(checker: &str, options: &[&str], file: &PathBuf, package: &str) {
    match Command::new(checker).args(options).arg(file).output() {
        Err(error) => skip::skip(format!("{checker} (Debian: {package}) can't be run: {error}")),
        Ok(said) => assert!(
            said.status.success(),
            "{}{}",
            String::from_utf8_lossy(&said.stdout),
            String::from_utf8_lossy(&said.stderr)
        ),
    }
}

#[test]
fn the_desktop_entry_is_valid() {
    accepted_by("desktop-file-validate", &[], &packaged("desktop"), "desktop-file-utils");
}

#[test]
fn the_appstream_metadata_is_valid() {
    accepted_by("appstreamcli", &["validate", "--no-net"], &packaged("metainfo.xml"), "appstream");
}

#[test]
fn all_of_them_name_the_same_program() {
    let desktop = fs::read_to_string(packaged("desktop")).unwrap();
    for line in ["Exec=redawn %F".to_owned(), format!("Icon={APP_ID}")] {
        assert!(desktop.lines().any(|other| other == line), "no line {line}");
    }
    let metainfo = fs::read_to_string(packaged("metainfo.xml")).unwrap();
    assert!(metainfo.contains(&format!("<id>{APP_ID}</id>")));
    assert!(metainfo.contains(&format!("<launchable type=\"desktop-id\">{APP_ID}.desktop</launchable>")));
    let release = format!("<release version=\"{}\"", env!("CARGO_PKG_VERSION"));
    assert!(metainfo.contains(&release), "the metadata has no {release}");
}

#[test]
fn the_window_has_the_name_of_its_desktop_entry() {
    // By it a desktop finds the icon for a window: on Wayland the app id, on X11 the class.
    let launch = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/src/app/launch.rs")).unwrap();
    assert!(launch.contains(&format!("with_app_id(\"{APP_ID}\")")), "src/app/launch.rs gives the window another id");
    let desktop = fs::read_to_string(packaged("desktop")).unwrap();
    assert!(desktop.lines().any(|line| line == format!("StartupWMClass={APP_ID}")));
}

#[test]
fn every_opened_type_is_offered() {
    let desktop = fs::read_to_string(packaged("desktop")).unwrap();
    let types = desktop.lines().find_map(|line| line.strip_prefix("MimeType=")).expect("no MimeType");
    let metainfo = fs::read_to_string(packaged("metainfo.xml")).unwrap();
    for mime in types.split_terminator(';') {
        assert!(metainfo.contains(&format!("<mediatype>{mime}</mediatype>")), "{mime} is not in the metadata");
    }
}
