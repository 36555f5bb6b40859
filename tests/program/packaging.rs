//! Distribution files in `packaging/` pass their checkers and agree with the program.

use std::{fs, path::PathBuf, process::Command};

use crate::support::skip;

const APP_ID: &str = "io.github.redawn.Redawn";

fn packaged(extension: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("packaging/{APP_ID}.{extension}"))
}

fn redawn() -> Command {
    Command::new(env!("CARGO_BIN_EXE_redawn"))
}

/// Runs a checker, or reports a skip.
#[track_caller]
fn accepted_by(checker: &str, options: &[&str], file: &PathBuf, package: &str) {
    match Command::new(checker).args(options).arg(file).output() {
        Err(error) => skip::skip(format!("{checker} (Debian: {package}) can't be run: {error}")),
        Ok(output) => assert!(
            output.status.success(),
            "{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        ),
    }
}

#[test]
fn the_desktop_entry_is_valid() {
    accepted_by("desktop-file-validate", &[], &packaged("desktop"), "desktop-file-utils");
}

#[test]
fn the_appstream_metadata_is_valid() {
    accepted_by("appstreamcli", &["validate", "--no-net", "--pedantic"], &packaged("metainfo.xml"), "appstream");
}

#[test]
fn desktop_entry_and_metadata_agree() {
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
    // Desktops find the icon of a window by it: the app id on Wayland, the class on X11.
    let launch = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/src/window/launch.rs")).unwrap();
    assert!(launch.contains(&format!("with_app_id(\"{APP_ID}\")")), "src/window/launch.rs gives the window another id");
    let desktop = fs::read_to_string(packaged("desktop")).unwrap();
    assert!(desktop.lines().any(|line| line == format!("StartupWMClass={APP_ID}")));
}

#[test]
fn every_readable_type_is_listed() {
    let desktop = fs::read_to_string(packaged("desktop")).unwrap();
    let types = desktop.lines().find_map(|line| line.strip_prefix("MimeType=")).expect("no MimeType");
    let metainfo = fs::read_to_string(packaged("metainfo.xml")).unwrap();
    let types: Vec<_> = types.split_terminator(';').collect();
    for mime in &types {
        assert!(metainfo.contains(&format!("<mediatype>{mime}</mediatype>")), "{mime} is not in the metadata");
    }
    assert_eq!(types.len(), metainfo.matches("<mediatype>").count(), "the metadata names other types");
    for read in [
        "jpeg",
        "png",
        "tiff",
        "webp",
        "avif",
        "heic",
        "heif",
        "jxl",
        "bmp",
        "gif",
        "qoi",
        "x-tga",
        "x-portable-anymap",
    ] {
        assert!(types.contains(&format!("image/{read}").as_str()), "image/{read} is missing");
    }
}

#[test]
fn packages_of_other_systems_have_the_same_name_and_version() {
    let version = env!("CARGO_PKG_VERSION");
    for (file, lines) in [
        ("macos/Info.plist", vec![format!("<string>{version}</string>"), format!("<string>{APP_ID}</string>")]),
        ("windows/Redawn.manifest", vec![format!("name=\"{APP_ID}\" version=\"{version}.0\"")]),
        (
            "windows/redawn.rc",
            vec![
                format!("VALUE \"ProductVersion\", \"{version}\""),
                format!("PRODUCTVERSION {},0", version.replace('.', ",")),
            ],
        ),
        ("flatpak/io.github.redawn.Redawn.yml", vec![format!("id: {APP_ID}")]),
    ] {
        let text = fs::read_to_string(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("packaging").join(file)).unwrap();
        for line in lines {
            assert!(text.contains(&line), "packaging/{file} has no {line}");
        }
    }
}

#[test]
fn no_package_requests_network_access() {
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/packaging/flatpak/io.github.redawn.Redawn.yml");
    let manifest = fs::read_to_string(manifest).unwrap();
    let asked: Vec<_> = manifest.lines().filter_map(|line| line.trim().strip_prefix("- --")).collect();
    assert!(asked.contains(&"device=dri"), "{asked:?}");
    assert!(!asked.iter().any(|line| line.contains("network")), "{asked:?}");
}

#[test]
fn every_command_has_a_manual_page() {
    let folder = tempfile::tempdir().unwrap();
    let pages = folder.path().join("man1");
    assert!(redawn().arg("manual").arg(&pages).status().unwrap().success());
    let help = String::from_utf8(redawn().arg("--help").output().unwrap().stdout).unwrap();
    let commands = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let commands = commands.map(|line| line.split_whitespace().next().unwrap()).filter(|command| *command != "help");
    let mut expected: Vec<_> = commands.map(|command| format!("redawn-{command}.1")).collect();
    assert!(expected.len() > 3, "{help}");
    expected.push("redawn.1".to_owned());
    let mut written: Vec<_> =
        fs::read_dir(&pages).unwrap().map(|page| page.unwrap().file_name().into_string().unwrap()).collect();
    expected.sort();
    written.sort();
    assert_eq!(written, expected);

    let restore = fs::read_to_string(pages.join("redawn-restore.1")).unwrap();
    assert!(restore.contains(r"\-\-if\-exists"), "{restore}");
    for page in written {
        let format =
            Command::new("groff").args(["-Kutf8", "-man", "-ww", "-Tutf8", "-z"]).arg(pages.join(&page)).output();
        match format {
            Err(error) => return skip::skip(format!("groff can't be run: {error}")),
            Ok(output) => assert!(output.stderr.is_empty(), "{page}: {}", String::from_utf8_lossy(&output.stderr)),
        }
    }
}

#[test]
fn manual_pages_that_cannot_be_written_are_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let output = redawn().arg("manual").arg(file.join("man1")).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("man1"));
}

#[test]
fn shells_accept_their_completions() {
    for shell in ["bash", "zsh", "fish"] {
        let output = redawn().args(["completions", shell]).output().unwrap();
        assert!(output.status.success());
        let script = String::from_utf8(output.stdout).unwrap();
        assert!(script.contains("estimate") && script.contains("if-exists"), "{shell}: {script}");
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(&file, script).unwrap();
        match Command::new(shell).arg("-n").arg(file.path()).output() {
            Err(error) => skip::skip(format!("{shell} can't be run: {error}")),
            Ok(output) => assert!(output.status.success() && output.stderr.is_empty(), "{shell}: {output:?}"),
        }
    }
}

/// Slurm, which needs root, is tested by the same script without `parallel`.
#[test]
fn shares_over_gnu_parallel_give_the_bytes_of_a_single_run() {
    for (program, package) in [("parallel", "parallel"), ("convert", "imagemagick")] {
        if Command::new(program).arg("--version").output().is_err() {
            return skip::skip(format!("{program} (Debian: {package}) is not here"));
        }
    }
    let check = concat!(env!("CARGO_MANIFEST_DIR"), "/packaging/cluster/check");
    let output = Command::new(check).args([env!("CARGO_BIN_EXE_redawn"), "parallel"]).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && text.contains("killed a process after"), "{text}");
}

#[cfg(unix)]
#[test]
fn tasks_of_a_slurm_array_have_all_shares() {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/packaging/cluster/restore.sbatch");
    let shard = |task: u32, [first, last, step, count]: [u32; 4]| {
        let mut command = Command::new("bash");
        command.arg(script).env("REDAWN", "echo").env("SCANS", "scans").env("RESULTS", "results");
        for (name, value) in [("ID", task), ("MIN", first), ("MAX", last), ("STEP", step), ("COUNT", count)] {
            command.env(format!("SLURM_ARRAY_TASK_{name}"), value.to_string());
        }
        let output = command.output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let shard = text.split_once("--shard ").map(|(_, after)| after.split(' ').next().unwrap().to_owned());
        output.status.success().then_some(shard).flatten()
    };
    for [first, last, step, count] in [[0, 7, 1, 8], [1, 8, 1, 8], [3, 9, 2, 4]] {
        let tasks = (first..=last).step_by(step as usize);
        let shards: Vec<_> = tasks.map(|task| shard(task, [first, last, step, count]).unwrap()).collect();
        assert_eq!(shards, (1..=count).map(|share| format!("{share}/{count}")).collect::<Vec<_>>());
    }
    assert_eq!(shard(7, [3, 7, 1, 2]), None, "tasks 3 and 7 alone are no shares of all");
}
