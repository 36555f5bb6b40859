//! Robustness: opening any file ends within 10 s and within the memory limit, with a picture or a sentence; never with a
//! panic or an abort.
//!
//! Files are opened in a separate process with a limited address space, which records the outcome, the time and the peak
//! memory for each.
#![cfg(unix)]

use std::{
    env, fs,
    hash::{DefaultHasher, Hash, Hasher},
    io::Write,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use redawn::imaging::{Decoded, Metadata, Photo, PictureError, SaveOptions, open, save};
use serde::{Deserialize, Serialize};
use tempfile::TempDir;

use crate::support::{bases, bombs, broken, skip};

/// Time limit for a file.
const LONGEST: Duration = Duration::from_secs(10);
/// Address space of the process, in KiB.
const SPACE_KIB: u64 = 2 << 20;
/// Allowed memory in addition to the picture and the file: workspace, decompressed profile, allocator.
const WORKSPACE_KIB: u64 = 256 << 10;

/// How opening a file ended.
#[derive(Debug, Serialize, Deserialize)]
struct Opened {
    file: PathBuf,
    end: End,
    seconds: f64,
    /// Peak memory minus the memory before; none if the system does not report it.
    peak_kib: Option<u64>,
}

#[derive(Debug, Serialize, Deserialize, PartialEq)]
enum End {
    /// Its size in px, and its pixels if they are few.
    Picture {
        width: usize,
        height: usize,
        pixels: u64,
    },
    Sentence(String),
    Panic(String),
}

// ---- The process that opens files.

const FILES: &str = "REDAWN_TEST_OPEN";
const REPORT: &str = "REDAWN_TEST_REPORT";
/// Full name of the test below.
const OPENER: &str = "files::bad_files::opener";

/// Opens the files for the other tests; does nothing when run as a test.
#[test]
fn opener() {
    let (Some(files), Some(report)) = (env::var_os(FILES), env::var_os(REPORT)) else { return };
    let mut report = fs::File::create(report).unwrap();
    for file in serde_json::from_slice::<Vec<PathBuf>>(&fs::read(files).unwrap()).unwrap() {
        // Resets the peak.
        let before = fs::write("/proc/self/clear_refs", "5").ok().and_then(|()| peak_kib());
        let start = Instant::now();
        let end = match catch_unwind(AssertUnwindSafe(|| open(&file))) {
            // A part can be read.
            Ok(Ok(Decoded { photo: Photo { metadata: Metadata { damage: Some(damage), .. }, .. }, .. })) => {
                End::Sentence(PictureError::Damaged { damage }.to_string())
            }
            Ok(Ok(decoded)) => {
                let size = decoded.photo.size();
                let mut pixels = DefaultHasher::new();
                if size.area() < 1_000 {
                    format!("{:?}", decoded.photo.pixels).hash(&mut pixels);
                }
                End::Picture { width: size.width, height: size.height, pixels: pixels.finish() }
            }
            Ok(Err(error)) => End::Sentence(error.to_string()),
            Err(panic) => End::Panic(panic.downcast_ref::<String>().cloned().unwrap_or_default()),
        };
        let seconds = start.elapsed().as_secs_f64();
        let peak_kib = before.and_then(|before| Some(peak_kib()?.saturating_sub(before)));
        let line = serde_json::to_string(&Opened { file, end, seconds, peak_kib }).unwrap();
        writeln!(report, "{line}").unwrap();
    }
}

fn peak_kib() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?.split_whitespace().next()?.parse().ok()
}

/// Opens the files in that process and checks the outcomes. A file that ends the process is identified by its missing
/// report.
#[track_caller]
fn open_all(files: &[PathBuf]) -> Vec<Opened> {
    let folder = tempfile::tempdir().unwrap();
    let (list, report) = (folder.path().join("list"), folder.path().join("report"));
    fs::write(&list, serde_json::to_vec(files).unwrap()).unwrap();
    let mut child = Command::new("sh")
        .args(["-c", "ulimit -v $0 && exec \"$@\""])
        .arg(SPACE_KIB.to_string())
        .arg(env::current_exe().unwrap())
        .args(["--exact", OPENER, "--nocapture"])
        .env(FILES, &list)
        .env(REPORT, &report)
        .env("RAYON_NUM_THREADS", "2")
        .stdout(Stdio::null())
        .stderr(fs::File::create(folder.path().join("stderr")).unwrap())
        .spawn()
        .unwrap();
    let read = || {
        let text = fs::read_to_string(&report).unwrap_or_default();
        text.lines().map_while(|line| serde_json::from_str(line).ok()).collect::<Vec<Opened>>()
    };
    let (mut grown, mut length) = (Instant::now(), 0);
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        let now = fs::metadata(&report).map_or(0, |metadata| metadata.len());
        if now > length {
            (grown, length) = (Instant::now(), now);
        }
        if grown.elapsed() > LONGEST + Duration::from_secs(5) {
            child.kill().unwrap();
            child.wait().unwrap();
            panic!("{:?} takes too long", files.get(read().len()));
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    let opened = read();
    let stderr = fs::read_to_string(folder.path().join("stderr")).unwrap_or_default();
    assert!(
        status.success() && opened.len() == files.len(),
        "{status} at {:?}: {}",
        files.get(opened.len()),
        stderr.lines().last().unwrap_or_default()
    );
    let mut wrong = Vec::new();
    for one in &opened {
        let file_kib = fs::metadata(&one.file).map_or(0, |metadata| metadata.len() >> 10);
        let picture_kib = match &one.end {
            // Four channels of 16 bits, and three times as f32: the program's own estimate.
            End::Picture { width, height, .. } => (width * height * 4 * (2 + 3 * 4)) as u64 >> 10,
            End::Sentence(sentence) => {
                let name = one.file.file_name().unwrap().to_string_lossy();
                let names_it = name.contains(|letter: char| letter.is_control()) || sentence.contains(&*name);
                if sentence.len() < 20 || !names_it {
                    wrong.push(format!("a poor sentence: {one:?}"));
                }
                0
            }
            End::Panic(_) => {
                wrong.push(format!("a panic: {one:?}"));
                continue;
            }
        };
        if one.seconds > LONGEST.as_secs_f64() {
            wrong.push(format!("too long: {one:?}"));
        }
        if one.peak_kib.is_some_and(|peak| peak > WORKSPACE_KIB + 4 * file_kib + picture_kib) {
            wrong.push(format!("too much memory: {one:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), opened.len(), wrong.join("\n"));
    opened
}

/// The same for generated files; prints a summary.
#[track_caller]
fn open_made(class: &str, made: impl IntoIterator<Item = (String, Vec<u8>)>) -> Vec<Opened> {
    let folder = tempfile::tempdir().unwrap();
    let files: Vec<PathBuf> = made
        .into_iter()
        .enumerate()
        .map(|(index, (name, bytes))| {
            let path = folder.path().join(format!("{index}-{name}"));
            fs::write(&path, bytes).unwrap();
            path
        })
        .collect();
    let opened = open_all(&files);
    let pictures = opened.iter().filter(|one| matches!(one.end, End::Picture { .. })).count();
    let slowest = opened.iter().max_by(|a, b| a.seconds.total_cmp(&b.seconds)).unwrap();
    let largest = opened.iter().max_by_key(|one| one.peak_kib).unwrap();
    println!(
        "{class}: {} files, {pictures} opened; at most {:.2} s ({:?}) and {} MiB ({:?})",
        opened.len(),
        slowest.seconds,
        slowest.file.file_name().unwrap(),
        largest.peak_kib.unwrap_or(0) >> 10,
        largest.file.file_name().unwrap()
    );
    if largest.peak_kib.is_none() {
        skip::skip("this system does not report the peak memory of a process: only its address space was limited");
    }
    opened
}

fn of_each_base(damage: impl Fn(&[u8]) -> Vec<Vec<u8>>) -> Vec<(String, Vec<u8>)> {
    let bases = bases::bases().into_iter();
    bases
        .flat_map(|(name, whole)| damage(&whole).into_iter().map(|bytes| (name.to_owned(), bytes)).collect::<Vec<_>>())
        .collect()
}

// ---- Classes of bad files.

#[test]
fn complete_files_open_even_with_trailing_garbage() {
    let garbage = |whole: &[u8]| vec![whole.to_vec(), [whole, b"\0"].concat(), [whole, &[0xA5; 100_000]].concat()];
    let opened = open_made("trailing garbage", of_each_base(garbage));
    for three in opened.chunks(3) {
        assert!(matches!(three[0].end, End::Picture { width: 24, height: 18, .. }), "{:?}", three[0]);
        assert_eq!(three[1].end, three[0].end, "{:?}", three[1].file);
        assert_eq!(three[2].end, three[0].end, "{:?}", three[2].file);
    }
}

/// If the cut is after the pixels (in an end marker or metadata), all of them are read.
#[test]
fn truncated_at_every_structure() {
    let cut = |whole: &[u8]| [vec![whole.to_vec()], broken::truncated(whole)].concat();
    let opened = open_made("truncated", of_each_base(cut));
    let name = |one: &Opened| one.file.to_string_lossy().rsplit('-').next().unwrap_or_default().to_owned();
    let mut whole = &opened[0];
    for one in &opened {
        if name(one) != name(whole) {
            whole = one;
        }
        if matches!(one.end, End::Picture { .. }) {
            assert_eq!(one.end, whole.end, "{:?} is a part of a picture", one.file);
        }
    }
}

/// Found by fuzzing: an AVIF whose picture has no bytes.
#[test]
fn an_avif_without_data_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("no-data.avif");
    fs::write(&path, include_bytes!("../avif/no-data.avif")).unwrap();
    let error = open(&path).expect_err("there is no picture").to_string();
    assert!(error.contains("picture is empty"), "{error}");
}

/// A truncated file is reported as cut off, not as damaged.
#[test]
fn truncated_pictures_are_reported_as_cut_off() {
    let folder = tempfile::tempdir().unwrap();
    // Incompressible, so that the cuts are in the pixels.
    let mut noise = 1_u32;
    let mut grain = || {
        noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (noise >> 24) as u8
    };
    let rgb = image::RgbImage::from_fn(160, 120, |_, _| image::Rgb([grain(), grain(), grain()]));
    let original = folder.path().join("noise.ppm");
    rgb.save(&original).unwrap();
    let photo = open(&original).unwrap().photo;
    for extension in ["jpg", "png", "tif", "webp", "jxl", "avif", "bmp"] {
        let whole = folder.path().join("whole").with_extension(extension);
        save(&photo, &whole, &SaveOptions::default()).unwrap();
        let bytes = fs::read(&whole).unwrap();
        for share in [0.3, 0.5, 0.9] {
            let cut = folder.path().join("cut").with_extension(extension);
            fs::write(&cut, &bytes[..(bytes.len() as f64 * share) as usize]).unwrap();
            let error = match open(&cut) {
                Err(error) => error,
                Ok(decoded) => {
                    let damage = decoded.photo.metadata.damage.expect("a part of a picture");
                    assert!(damage.is_cut_off && extension == "jpg", "{share} of a {extension}: {damage:?}");
                    assert!((damage.missing - (1.0 - share)).abs() < 0.05, "{share}: {damage:?}");
                    continue;
                }
            };
            assert!(matches!(error, PictureError::Truncated { .. }), "{share} of a {extension}: {error}");
        }
    }
}

/// The same for cuts in the headers, of all formats that can be written, of AVIF and HEIC.
#[test]
fn truncated_headers_are_reported_as_cut_off() {
    let parts = |whole: &[u8]| [4, 3, 2].map(|share| whole[..whole.len() - whole.len() / share].to_vec()).to_vec();
    let opened = open_made("parts", of_each_base(parts));
    let is_told = |one: &&Opened| matches!(&one.end, End::Sentence(sentence) if sentence.contains("is incomplete"));
    let is_meant = |one: &&Opened| {
        let extension = one.file.extension().unwrap_or_default();
        ["jpg", "png", "tif", "webp", "bmp", "avif", "heic"].iter().any(|meant| extension == *meant)
    };
    let wrong: Vec<_> = opened.iter().filter(is_meant).filter(|one| !is_told(one)).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn lying_numbers() {
    open_made("extreme numbers", of_each_base(broken::with_extreme_numbers));
}

#[test]
fn scribbled_over() {
    open_made("random bytes", of_each_base(|whole| broken::with_random_bytes(whole, 200, 5)));
}

#[test]
fn wrong_checksums() {
    let pngs = bases::bases().into_iter().filter(|(name, _)| name.ends_with(".png"));
    let spoilt = pngs.flat_map(|(name, whole)| {
        broken::wrong_checksums(&whole).into_iter().map(move |bytes| (name.to_owned(), bytes))
    });
    let opened = open_made("wrong checksums", spoilt);
    assert!(opened.iter().any(|one| matches!(one.end, End::Picture { .. })), "metadata's checksums end no picture");
    assert!(opened.iter().any(|one| matches!(one.end, End::Sentence(_))), "those of the pixels do");
}

#[test]
fn bombs() {
    let opened = open_made("bombs", bombs::bombs());
    let whole = opened.iter().find(|one| one.file.to_string_lossy().ends_with("large-whole.png")).unwrap();
    assert!(matches!(whole.end, End::Picture { width: 3_000, height: 3_000, .. }), "{whole:?}");
}

// ---- Other people's files.

const EXTENSIONS: [&str; 22] = [
    "jpg", "jpeg", "png", "apng", "tif", "tiff", "webp", "bmp", "dib", "gif", "pbm", "pgm", "ppm", "pnm", "pam", "qoi",
    "tga", "ico", "avif", "heic", "heif", "dng",
];

fn collect(folder: &Path, found: &mut Vec<PathBuf>, wanted: &dyn Fn(&Path) -> bool) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        // A link may lead in a circle.
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => collect(&entry.path(), found, wanted),
            Ok(kind) if kind.is_file() && wanted(&entry.path()) => found.push(entry.path()),
            _ => {}
        }
    }
    found.sort();
}

/// Every picture that a crate on this machine ships, and each of them cut in two.
#[test]
fn pictures_that_crates_ship() {
    let home = env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| env::home_dir().map(|home| home.join(".cargo")));
    let mut files = Vec::new();
    let is_picture = |path: &Path| {
        let extension = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
        EXTENSIONS.contains(&&*extension)
    };
    collect(&home.unwrap_or_default().join("registry/src"), &mut files, &is_picture);
    if files.is_empty() {
        return skip::skip("no crate on this machine ships a picture");
    }
    let opened = open_all(&files);
    let pictures = opened.iter().filter(|one| matches!(one.end, End::Picture { .. })).count();
    let crates: std::collections::BTreeSet<_> =
        files.iter().filter_map(|file| file.iter().skip_while(|part| *part != "src").nth(2)).collect();
    println!("{} files of {} crates, {pictures} opened", files.len(), crates.len());
    let half = |file: &PathBuf| {
        let bytes = fs::read(file).unwrap();
        (file.file_name().unwrap().to_string_lossy().into_owned(), bytes[..bytes.len() / 2].to_vec())
    };
    open_made("halves of them", files.iter().map(half));
}

// ---- Special files, and names.

fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_redawn"));
    command.env("XDG_RUNTIME_DIR", env::temp_dir());
    command
}

fn folder_with(name: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(name);
    let (_, bytes) = bases::bases().into_iter().find(|(name, _)| *name == "rich.png").unwrap();
    fs::write(&file, bytes).unwrap();
    (folder, file)
}

#[test]
fn special_files_are_refused_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("empty.png"), "").unwrap();
    fs::create_dir(at("folder.png")).unwrap();
    std::os::unix::fs::symlink("circle.png", at("circle.png")).unwrap();
    std::os::unix::fs::symlink("nowhere", at("dangling.png")).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(at("socket.png")).unwrap();
    let mut names = vec!["empty.png", "folder.png", "circle.png", "dangling.png", "socket.png", "missing.png"];
    match Command::new("mkfifo").arg(at("pipe.png")).status() {
        Ok(status) if status.success() => names.push("pipe.png"),
        _ => skip::skip("mkfifo is not installed: no pipe was tried"),
    }
    let mut files: Vec<PathBuf> = names.into_iter().map(at).collect();
    // Endless ones, and one that claims to be empty.
    files.extend(
        ["/dev/zero", "/dev/full", "/dev/stdin", "/proc/self/status", "/proc/self/mem"]
            .map(PathBuf::from)
            .into_iter()
            .filter(|path| path.exists()),
    );
    files.push(at("empty.png").join("below.png"));
    for one in open_all(&files) {
        assert!(matches!(one.end, End::Sentence(_)), "{one:?}");
        assert!(one.seconds < 1.0, "{one:?}");
    }
}

#[test]
fn a_file_without_permission_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let (_folder, file) = folder_with("closed.png");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o000)).unwrap();
    // Root can read everything unless it drops its capabilities.
    let mut command = match fs::read(&file) {
        Err(_) => program(),
        Ok(_) if Command::new("setpriv").arg("--version").output().is_err() => {
            return skip::skip("root may read everything, and `setpriv` (Debian: util-linux) is not here");
        }
        Ok(_) => {
            let mut command = Command::new("setpriv");
            command.args(["--inh-caps=-all", "--bounding-set=-all", env!("CARGO_BIN_EXE_redawn")]);
            command
        }
    };
    let output = command.arg("estimate").arg(&file).output().unwrap();
    let sentence = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{sentence}");
    assert!(sentence.contains("No permission to read") && sentence.contains("closed.png"), "{sentence}");
}

/// Unusual names work for reading and writing, and JSON output stays valid, one line per event.
#[test]
fn names_of_every_kind() {
    use std::os::unix::ffi::OsStringExt;
    let long = [&[b'n'; 251][..], b".png"].concat();
    let names: [&[u8]; 9] = [
        "Übung – 夜明け 🌅.png".as_bytes(),
        b"  two  spaces .png",
        b"quotes ' \" ` and \\.png",
        b"line\nbreak\ttab\r.png",
        b"\x1B[31mred\x07.png",
        b"-o --json.png",
        b"percent %s %n {} $HOME;&|.png",
        b"not \xFF\xFE UTF-8.png",
        &long,
    ];
    for name in names {
        let name = std::ffi::OsString::from_vec(name.to_vec());
        let (folder, input) = folder_with("any.png");
        let named = folder.path().join(&name);
        if let Err(error) = fs::rename(&input, &named) {
            skip::skip(format!("this file system takes no {name:?} ({error})"));
            continue;
        }
        let lines = |output: &std::process::Output| -> Vec<serde_json::Value> {
            let text = str::from_utf8(&output.stdout).expect("UTF-8");
            text.lines().map(|line| serde_json::from_str(line).expect(line)).collect()
        };
        let output = program().args(["estimate", "--json", "--"]).arg(&named).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{name:?}: {output:?}");
        assert_eq!(lines(&output)[0]["input"], *named.to_string_lossy(), "{name:?}");

        let out = folder.path().join("out");
        let mut command = program();
        command.args(["restore", "--noise", "none", "--device", "cpu", "--json", "-o"]).arg(&out).arg("--").arg(&named);
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{name:?}: {output:?}");
        assert_eq!(output.stderr, b"", "{name:?}");
        let result = out.join(&name);
        let done = lines(&output).into_iter().find(|line| line["event"] == "done").expect("a done line");
        assert_eq!(done["output"], *result.to_string_lossy(), "{name:?}");
        assert!(open(&result).is_ok(), "{name:?}");
        let left: Vec<_> = fs::read_dir(&out).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(left, std::slice::from_ref(&name));

        // A bad file of that name: one sentence on one line, and one line of JSON.
        fs::write(&named, "no picture").unwrap();
        let output = program().args(["estimate", "--json", "--"]).arg(&named).output().unwrap();
        assert_eq!((output.status.code(), lines(&output).len()), (Some(1), 1), "{name:?}: {output:?}");
        let stderr = String::from_utf8(output.stderr).expect("UTF-8");
        assert!(stderr.contains("not a picture"), "{name:?}: {stderr}");
    }
}
