//! The real program on a virtual display: opening, comparing, saving and closing by keys and mouse, resuming
//! a queue after a kill, and the errors without a display or graphics adapter. With `REDAWN_SCREENSHOT` set, it draws the
//! screenshots of the README. The ignored test runs for hours.
//!
//! Needs `Xvfb` and `xdotool`; without them the tests are skipped.

use std::{
    ffi::OsStr,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use image::RgbImage;

use crate::support::{
    skip,
    xvfb::{self, Owned},
};

const WIDTH: u32 = 1280;
const HEIGHT: u32 = 800;
/// For the CPU engine on a slow, busy machine.
const PATIENCE: Duration = Duration::from_secs(180);

/// A virtual display.
struct Display {
    name: String,
    screen: PathBuf,
    /// Home of the program's settings.
    home: PathBuf,
    _folder: tempfile::TempDir,
    _server: Owned,
}

impl Display {
    /// `None`, and a reported skip, without the tools.
    fn open() -> Option<Self> {
        for tool in ["Xvfb", "xdotool"] {
            if Command::new(tool).arg("-version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_err() {
                skip::skip(format!("{tool} is not installed"));
                return None;
            }
        }
        let folder = tempfile::tempdir().unwrap();
        let size = format!("{WIDTH}x{HEIGHT}x24");
        let arguments = ["-screen", "0", &size, "-fbdir"].map(OsStr::new);
        let (server, name) = xvfb::start(arguments.into_iter().chain([folder.path().as_os_str()]));
        let screen = folder.path().join("Xvfb_screen0");
        let home = folder.path().join("home");
        // The window fills the display.
        let settings = home.join(".config/redawn");
        std::fs::create_dir_all(&settings).unwrap();
        let window = format!(r#"{{"window":{{"size":[{WIDTH},{HEIGHT}],"position":[0,0],"maximised":false}}}}"#);
        std::fs::write(settings.join("settings.json"), window).unwrap();
        Some(Self { name, screen, home, _folder: folder, _server: server })
    }

    /// Starts a window manager that places windows in the corner without a frame. `None`, and a reported skip, without
    /// one.
    fn manager(&self) -> Option<Owned> {
        let config = self.home.with_file_name("openbox.xml");
        std::fs::write(
            &config,
            r#"<openbox_config xmlns="http://openbox.org/3.4/rc">
                <keyboard><keybind key="A-F4"><action name="Close"/></keybind></keyboard>
                <applications><application class="*">
                    <decor>no</decor><position force="yes"><x>0</x><y>0</y></position>
                </application></applications>
            </openbox_config>"#,
        )
        .unwrap();
        let manager = Command::new("openbox").arg("--config-file").arg(config).env("DISPLAY", &self.name).spawn();
        manager.map(Owned).map_err(|_| skip::skip("openbox is not installed")).ok()
    }

    /// A screenshot while the key is held that shows the photo as it was opened; `focus` gives the window the focus. Keys
    /// are lost until it has it: pressed until it has an effect.
    fn before(&self, focus: &[&str]) -> RgbImage {
        wait("the photo", || {
            self.xdotool(focus);
            self.xdotool(&["keydown", "backslash", "sleep", "1"]);
            let screen = self.screenshot();
            self.xdotool(&["keyup", "backslash"]);
            Some(screen).filter(|screen| roughness(screen, 1) > 2.0)
        })
    }

    fn drag(&self, from: (u32, u32), to: (u32, u32)) {
        let text = |(x, y): (u32, u32)| [x.to_string(), y.to_string()];
        let ([x, y], [to_x, to_y]) = (text(from), text(to));
        self.xdotool(&["mousemove", &x, &y, "mousedown", "1", "sleep", "0.2", "mousemove", &to_x, &to_y]);
        self.xdotool(&["sleep", "0.2", "mouseup", "1"]);
    }

    fn redawn(&self, arguments: &[&Path]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_redawn"));
        command.args(arguments).env("DISPLAY", &self.name).env_remove("WAYLAND_DISPLAY");
        command.env("HOME", &self.home).env_remove("XDG_CONFIG_HOME").env_remove("XDG_STATE_HOME");
        command
    }

    fn xdotool(&self, arguments: &[&str]) -> String {
        let output = Command::new("xdotool").args(arguments).env("DISPLAY", &self.name).output().unwrap();
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// A screenshot, from the XWD file of the server: a header of big-endian words, a colour table, rows of BGRX pixels.
    fn screenshot(&self) -> RgbImage {
        let file = std::fs::read(&self.screen).unwrap();
        let word = |index: usize| {
            let bytes = file[4 * index..4 * index + 4].try_into().unwrap();
            u32::from_be_bytes(bytes) as usize
        };
        let (header, row, colours) = (word(0), word(12), word(19));
        assert_eq!((word(4), word(5), word(11)), (WIDTH as usize, HEIGHT as usize, 32));
        let pixels = &file[header + 12 * colours..];
        RgbImage::from_fn(WIDTH, HEIGHT, |x, y| {
            let at = y as usize * row + 4 * x as usize;
            image::Rgb([pixels[at + 2], pixels[at + 1], pixels[at]])
        })
    }
}

/// Waits until `reached` returns a value.
fn wait<T>(what: &str, mut reached: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(reached) = reached() {
            return reached;
        }
        assert!(start.elapsed() < PATIENCE, "timed out waiting for {what}");
        std::thread::sleep(Duration::from_millis(200));
    }
}

/// Visible noise: mean difference of neighbouring pixels in the middle of the left (`side` 0) or right (1) half of the
/// canvas.
fn roughness(screen: &RgbImage, side: u32) -> f64 {
    let (left, width) = (60 + side * 490, 380);
    let mut sum = 0.0;
    for y in 300..500 {
        for x in left..left + width {
            let green = |x| f64::from(screen.get_pixel(x, y)[1]);
            sum += (green(x + 1) - green(x)).abs();
        }
    }
    sum / f64::from(200 * width)
}

#[test]
fn opens_restores_and_closes_on_a_real_display() {
    let Some(display) = Display::open() else { return };
    let photo = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/sample-noisy.png");
    let mut program = Owned(display.redawn(&[&photo]).spawn().unwrap());

    let window = wait("the window", || {
        assert!(program.0.try_wait().unwrap().is_none(), "the program ended");
        let found = display.xdotool(&["search", "--name", "sample-noisy.png"]);
        found.lines().next().map(str::to_owned)
    });
    let title = || display.xdotool(&["getwindowname", &window]);
    display.xdotool(&["windowmove", &window, "0", "0"]);
    let before = display.before(&["windowfocus", &window]);
    // It is restored by itself.
    let smoother = |screen: &RgbImage| roughness(screen, 1) < 0.8 * roughness(&before, 1);
    wait("the end of the restoration", || (!title().contains('%')).then_some(()));
    let after = wait("the result on screen", || Some(display.screenshot()).filter(smoother));
    let left = roughness(&after, 0) / roughness(&before, 0);
    assert!((0.95..1.05).contains(&left), "left of the divider is before: {left}");

    // After the last frames of the change.
    std::thread::sleep(Duration::from_secs(1));
    let after = display.screenshot();
    let tmp = Path::new(env!("CARGO_TARGET_TMPDIR"));
    after.save(tmp.join("window.png")).unwrap();
    if std::env::var_os("REDAWN_SCREENSHOT").is_some() {
        after.save(Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/screenshot.png")).unwrap();
    }

    // Without edits it does not ask, and ends at once with success.
    let closed = Instant::now();
    let status = wait("the end", || {
        display.xdotool(&["key", "ctrl+q"]);
        std::thread::sleep(Duration::from_secs(1));
        program.0.try_wait().unwrap()
    });
    assert!(status.success(), "{status}");
    assert!(closed.elapsed() < Duration::from_secs(60), "ended after {:?}", closed.elapsed());
}

/// Mean difference of two screenshots within the canvas.
fn difference(one: &RgbImage, other: &RgbImage) -> f64 {
    let differences = (60..900).flat_map(|x| (150..650).map(move |y| (x, y)));
    let sum: f64 = differences.map(|(x, y)| f64::from(one.get_pixel(x, y)[1].abs_diff(other.get_pixel(x, y)[1]))).sum();
    sum / (840.0 * 500.0)
}

/// With a window manager, which gives the focus and sends close requests.
#[test]
fn the_user_compares_saves_and_closes() {
    let Some(display) = Display::open() else { return };
    let Some(_manager) = display.manager() else { return };
    let folder = tempfile::tempdir().unwrap();
    let photo = folder.path().join("owl.png");
    std::fs::copy(Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/sample-noisy.png"), &photo).unwrap();
    let mut program = Owned(display.redawn(&[&photo]).spawn().unwrap());
    let window =
        wait("the window", || display.xdotool(&["search", "--name", "owl.png"]).lines().next().map(str::to_owned));
    let before = display.before(&["windowactivate", &window]);
    wait("the result", || (roughness(&display.screenshot(), 1) < 0.8 * roughness(&before, 1)).then_some(()));

    // The divider follows the pointer: before becomes after and vice versa.
    display.xdotool(&["mousemove", "640", "600"]);
    let split = display.screenshot();
    display.drag((488, 400), (60, 400));
    wait("after on the left too", || (roughness(&display.screenshot(), 0) < 0.8 * roughness(&split, 0)).then_some(()));
    display.drag((60, 400), (930, 400));
    let right = wait("before on the right too", || {
        Some(display.screenshot()).filter(|screen| roughness(screen, 1) > 0.95 * roughness(&before, 1))
    });

    // The wheel zooms, F fits.
    display.xdotool(&["mousemove", "400", "400", "click", "--repeat", "5", "4"]);
    wait("a larger picture", || (difference(&display.screenshot(), &right) > 4.0).then_some(()));
    // The zoom may still be animating.
    wait("the whole picture", || {
        display.xdotool(&["key", "f"]);
        std::thread::sleep(Duration::from_secs(1));
        (difference(&display.screenshot(), &right) < 0.5).then_some(())
    });

    // Saved next to the photo, equal to the output of the command line.
    display.xdotool(&["key", "ctrl+s"]);
    let saved = folder.path().join("owl-denoised.png");
    wait("the file", || saved.exists().then_some(()));
    let theirs = folder.path().join("theirs.png");
    let mut command = Command::new(env!("CARGO_BIN_EXE_redawn"));
    command.arg("restore").arg(&photo).arg("-o").arg(&theirs).arg("--quiet");
    assert!(command.status().unwrap().success());
    // The window restores in tiles, the command line in bands: the last bit may differ.
    let [saved, theirs] = [saved, theirs].map(|path| image::open(path).unwrap().into_rgb8().into_raw());
    let off: Vec<u8> = saved.iter().zip(&theirs).map(|(one, other)| one.abs_diff(*other)).collect();
    assert_eq!(saved.len(), theirs.len());
    assert!(off.iter().all(|off| *off <= 1) && off.iter().filter(|off| **off > 0).count() < off.len() / 1000);

    display.xdotool(&["key", "alt+F4"]);
    let status = wait("the end", || program.0.try_wait().unwrap());
    assert!(status.success(), "{status}");
}

/// A different photo for each number: smooth, with noise, of a size that no tile divides.
fn photo(number: u32, (width, height): (u32, u32)) -> RgbImage {
    let mut noise = number.wrapping_mul(2_654_435_769) | 1;
    RgbImage::from_fn(width, height, |x, y| {
        noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let grain = (noise >> 27) as u8;
        image::Rgb([(x / 8 + number) as u8 / 2 + grain, (y / 8) as u8 / 2 + grain, 60 + grain])
    })
}

fn photos(folder: &Path, count: u32, size: (u32, u32)) -> Vec<PathBuf> {
    let made = (0..count).map(|number| {
        let path = folder.join(format!("photo {number:03}.png"));
        photo(number, size).save(&path).unwrap();
        path
    });
    made.collect()
}

/// The results in a folder.
fn results(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.file_stem().is_some_and(|name| name.to_string_lossy().contains("-denoised"))).collect()
}

/// Opens the window with these photos and restores all.
fn restore_all(display: &Display, arguments: &[&Path]) -> Owned {
    let program = Owned(display.redawn(arguments).spawn().unwrap());
    let window = wait("the window", || {
        // The title names the first photo.
        let found = display.xdotool(&["search", "--name", "\\.(png|jpg) "]);
        found.lines().next().map(str::to_owned)
    });
    display.xdotool(&["windowmove", &window, "0", "0"]);
    let folder = arguments[0];
    // Keys are lost until the window has the focus: pressed until they have an effect.
    wait("the first result", || {
        display.xdotool(&["windowfocus", &window]);
        display.xdotool(&["key", "ctrl+shift+r"]);
        (!results(folder).is_empty()).then_some(())
    });
    program
}

/// Asserts that each result equals the output of the command line.
fn assert_results(photos: &[PathBuf]) {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_redawn"));
    command.arg("restore").args(photos).arg("-o").arg(folder.path().join("theirs/")).arg("--quiet");
    assert!(command.status().unwrap().success());
    for photo in photos {
        let name = photo.file_stem().unwrap().to_string_lossy();
        let ours = image::open(photo.with_file_name(format!("{name}-denoised.png"))).unwrap().into_rgb8();
        let theirs = image::open(folder.path().join("theirs").join(photo.file_name().unwrap())).unwrap().into_rgb8();
        assert_eq!(ours.dimensions(), theirs.dimensions(), "{name}");
        // The window restores in tiles, the command line from top to bottom: rounding may differ.
        let apart: Vec<u8> = ours.iter().zip(theirs.iter()).map(|(a, b)| a.abs_diff(*b)).filter(|by| *by > 0).collect();
        assert!(apart.iter().all(|by| *by == 1) && apart.len() * 1000 < ours.len(), "{name}: {} apart", apart.len());
    }
}

#[test]
fn a_queue_resumes_after_the_program_was_killed() {
    let Some(display) = Display::open() else { return };
    let folder = tempfile::tempdir().unwrap();
    let photos = photos(folder.path(), 5, (900, 700));
    let program = restore_all(&display, &[folder.path()]);
    drop(program);
    let done = results(folder.path());
    assert!(done.len() < photos.len(), "it finished before it was killed");
    let made = |path: &PathBuf| std::fs::metadata(path).unwrap().modified().unwrap();
    let before: Vec<_> = done.iter().map(made).collect();

    let program = Owned(display.redawn(&[]).spawn().unwrap());
    let result = |photo: &PathBuf| {
        photo.with_file_name(format!("{}-denoised.png", photo.file_stem().unwrap().to_string_lossy()))
    };
    wait("the other results", || photos.iter().all(|photo| result(photo).exists()).then_some(()));
    drop(program);
    // The stored queue may be older than the last result, which is then restored again under another name.
    let same = done.iter().zip(&before).filter(|(path, before)| made(path) == **before).count();
    assert!(same + 1 >= done.len(), "finished results are kept");
    assert_results(&photos);
}

#[test]
fn the_queue_shows_the_state_of_each_photo() {
    let Some(display) = Display::open() else { return };
    let folder = tempfile::tempdir().unwrap();
    let assets = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets");
    for (sample, name) in [
        ("sample-noisy.png", "Osprey.png"),
        ("sample-lowlight.jpg", "Heron at dusk.jpg"),
        ("sample-noisy.png", "Osprey, second.png"),
        ("sample-lowlight.jpg", "Pond.jpg"),
    ] {
        std::fs::copy(assets.join(sample), folder.path().join(name)).unwrap();
    }
    let program = restore_all(&display, &[folder.path()]);
    std::thread::sleep(Duration::from_millis(1100));
    let screen = display.screenshot();
    if std::env::var_os("REDAWN_SCREENSHOT").is_some() {
        screen.save(assets.join("screenshot-list.png")).unwrap();
    }
    screen.save(Path::new(env!("CARGO_TARGET_TMPDIR")).join("list.png")).unwrap();
    wait("the results", || (results(folder.path()).len() == 4).then_some(()));
    drop(program);
}

/// Resources of the program: memory in MiB, and open files.
#[cfg(target_os = "linux")]
#[derive(Debug, Clone, Copy)]
struct Held {
    memory: u64,
    files: usize,
}

#[cfg(target_os = "linux")]
impl Held {
    fn by(process: &Path) -> Self {
        let status = std::fs::read_to_string(process.join("status")).unwrap();
        let kib = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        let kib: u64 = kib.trim().trim_end_matches(" kB").parse().unwrap();
        Self { memory: kib / 1024, files: std::fs::read_dir(process.join("fd")).unwrap().count() }
    }
}

#[cfg(target_os = "linux")]
#[test]
#[ignore = "works for REDAWN_SOAK minutes (10 without it)"]
fn memory_and_open_files_do_not_grow_over_hours() {
    let minutes: f64 = std::env::var("REDAWN_SOAK").ok().and_then(|minutes| minutes.parse().ok()).unwrap_or(10.0);
    let Some(display) = Display::open() else { return };
    let folder = tempfile::tempdir().unwrap();
    let photos = photos(folder.path(), (60.0 * minutes) as u32 + 10, (640, 480));
    let program = restore_all(&display, &[folder.path()]);
    let process = PathBuf::from(format!("/proc/{}", program.0.id()));
    let begun = Instant::now();
    let mut samples = Vec::new();
    while begun.elapsed().as_secs_f64() < 60.0 * minutes && results(folder.path()).len() < photos.len() {
        std::thread::sleep(Duration::from_secs(5));
        samples.push(Held::by(&process));
        let count = results(folder.path()).len();
        println!("{:4.0} s: {count} results, {:?}", begun.elapsed().as_secs_f32(), samples.last());
    }
    let quarter = samples.len() / 4;
    let (early, late) = (&samples[quarter..2 * quarter], &samples[3 * quarter..]);
    let memory = |samples: &[Held]| samples.iter().map(|held| held.memory).max().unwrap();
    let files = |samples: &[Held]| samples.iter().map(|held| held.files).max().unwrap();
    assert!(memory(late) < memory(early) * 11 / 10 + 16, "{samples:?}");
    assert!(files(late) <= files(early) + 2, "{samples:?}");
    drop(program);
    let done = |photo: &PathBuf| {
        let name = photo.file_stem().unwrap().to_string_lossy();
        photo.with_file_name(format!("{name}-denoised.png")).exists()
    };
    assert_results(&photos.into_iter().filter(done).collect::<Vec<_>>());
}

#[test]
fn without_a_graphics_adapter_the_error_says_so() {
    let Some(display) = Display::open() else { return };
    // No machine with an X server has this interface.
    says_why(display.redawn(&[]).env("WGPU_BACKEND", "dx12"), "adapter");
}

#[cfg(target_os = "linux")]
#[test]
fn without_a_display_the_error_says_so() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_redawn"));
    command.env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY").env_remove("WAYLAND_SOCKET");
    says_why(&mut command, "display");
}

fn says_why(command: &mut Command, why: &str) {
    let output = command.output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains("the window can't be opened") && stderr.contains(why), "{stderr}");
    assert!(!stderr.contains("panicked"), "{stderr}");
}
