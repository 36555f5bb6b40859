//! A run killed at any moment (power cut, out of memory, SIGKILL) leaves complete files or none, equal byte by byte to
//! those of an uninterrupted run.
#![cfg(unix)]

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use redawn::{imaging, pixels::Size};

use crate::support::photos::{Random, random_photo};

const PHOTOS: usize = 8;
const KILLS: usize = 40;

fn command(inputs: &[PathBuf], out: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_redawn"));
    command.arg("restore").args(inputs).arg("-o").arg(out);
    command.args(["--noise", "25", "--scale", "2", "--device", "cpu", "--if-exists", "replace", "--quiet"]);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// Name and bytes of every finished file; unfinished ones are hidden.
fn finished(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let Ok(entries) = fs::read_dir(folder) else { return BTreeMap::new() };
    let files = entries.map(|entry| entry.expect("an entry").path());
    let files = files.map(|path| (path.file_name().expect("a name").to_string_lossy().into_owned(), path));
    files
        .filter(|(name, _)| !name.starts_with('.'))
        .map(|(name, path)| (name, fs::read(path).expect("bytes")))
        .collect()
}

#[test]
fn a_killed_run_leaves_complete_files_or_none() {
    let folder = tempfile::tempdir().expect("a folder");
    let inputs: Vec<PathBuf> = (0..PHOTOS)
        .map(|i| {
            let path = folder.path().join(format!("{i}.png"));
            let photo = random_photo(Size::new(60 + 20 * i, 90), 3, i as u64);
            imaging::save(&photo, &path, &imaging::SaveOptions::default()).expect("saved");
            path
        })
        .collect();
    let out = folder.path().join("out");
    let start = Instant::now();
    assert!(command(&inputs, &out).status().expect("a run").success());
    let whole_run = start.elapsed();
    let whole = finished(&out);
    assert_eq!(whole.len(), PHOTOS);

    let mut random = Random(2);
    let mut earlier = 0;
    for kill in 0..KILLS {
        // Every other time over finished files of an earlier run.
        if kill % 2 == 0 {
            fs::remove_dir_all(&out).expect("removed");
            earlier = 0;
        }
        let mut child = command(&inputs, &out).spawn().expect("a run");
        std::thread::sleep(Duration::from_secs_f32(whole_run.as_secs_f32() * random.uniform()));
        child.kill().expect("killed");
        child.wait().expect("ended");
        let left = finished(&out);
        for (name, bytes) in &left {
            assert!(whole.get(name) == Some(bytes), "kill {kill}: {name} differs from that of a complete run");
        }
        assert!(left.len() >= earlier, "kill {kill} removed a finished file");
        earlier = left.len();
    }
    // A last run finishes normally.
    assert!(command(&inputs, &out).status().expect("a run").success());
    assert!(finished(&out) == whole);
}
