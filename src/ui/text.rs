//! Every sentence and word the window shows.

use std::{path::Path, time::Duration};

use crate::{
    imaging::{IfExists, JpegHistory, QualitySource, memory, quoted},
    pixels::Size,
    restore::{
        AutoAmount, Compression, Forecast, Noise, NoiseEstimate, NoiseLevel, NoiseLevels, Outcome, Scale, Stage,
        Strength,
    },
    state::{Appearance, AtStake, Compared, Counts, Expected, Item, Offer, Session, Source, State},
};

pub const APP: &str = "Redawn";
pub const OPEN: &str = "Open…";
pub const OPEN_HINT: &str = "Open photos";
pub const SAVE_AS: &str = "Save as…";
pub const SAVE: &str = "Save";
pub const SAVE_HINT: &str = "Save the restored photo beside the photo, under a name that is free";
pub const SAVE_OF_LIST_HINT: &str = "Save the restored photo under its name in the list, as “Results” says";
pub const SAVE_AS_HINT: &str = "Choose where to save the restored photo";
pub const SAVE_NEEDS_RESULT: &str = "Restore a photo first";
pub const SAVING: &str = "Saving…";
pub const DROP_HERE: &str = "Drop a photo here";
pub const DROP_OR: &str = "or choose one from your disk";
pub const DROP_FORMATS: &str = "JPEG, PNG, TIFF, WebP and more. Nothing leaves this computer.";
pub const EMPTY_OPEN: &str = "Open a photo…";
pub const COMPRESSION: &str = "Compression";
pub const COMPRESSION_HINT: &str = "JPEG leaves blocks, and fringes around edges. Auto smooths as much as the photo was compressed, as its file says \
     or its pixels show; photos of quality 90 and more are left alone.";
pub const JPEG_QUALITY: &str = "JPEG quality";
pub const NOISE: &str = "Noise level";
pub const NOISE_VALUE: &str = "Noise level in numbers";
pub const AUTO: &str = "Auto";
pub const AUTO_HINT: &str = "The noise is measured, and as much is removed. A clean photo is left alone.";
pub const AMOUNT: &str = "Auto amount";
pub const AMOUNT_HINT: &str = "How much of the measured noise is removed. Less keeps grain, more smooths more.";
pub const AMOUNT_NEEDS_AUTO: &str = "The level is chosen by hand: choose Auto first";
pub const MAP: &str = "Map";
pub const NOISE_MAP: &str = "Show noise map";
pub const NOISE_MAP_HINT: &str = "Where the photo is noisy, in colours over it (N)";
pub const SCALE: &str = "Size";
pub const STRENGTH: &str = "Strength";
pub const STRENGTH_HINT: &str = "How much of the restored picture goes into the result. Less keeps some grain.";
pub const LUMINANCE: &str = "Luminance";
pub const LUMINANCE_HINT: &str = "How much of what is restored of light and dark. Less keeps grain.";
pub const COLOUR: &str = "Colour";
pub const COLOUR_HINT: &str = "How much of what is restored of the colours. Less keeps blotches of colour.";
pub const GLANCE_HOW: &str = "A click chooses.";
pub const GLANCE_CLOSE: &str = "Back to the photo (Esc)";
pub const BEST: &str = "Best quality";
pub const BEST_HINT: &str = "Averages over 8 flips and turns of the photo. Takes 8 times as long.";
pub const DEVICE: &str = "Device";
pub const DEVICE_AUTO: &str = "Automatic";
pub const DEVICE_CPU: &str = "CPU";
pub const DEVICE_SEARCH: &str = "Looking for devices…";
pub const DEVICE_AUTO_HINT: &str = "The fastest there is: a graphics card, else the CPU.";
pub const FORECAST_SOON: &str = "Measuring how long it will take…";
pub const RESTORE: &str = "Restore";
pub const RESTORE_AGAIN: &str = "Restore again";
pub const FROM_FILE: &str = "Shown as it was saved, which can't be mixed to this strength. Restore again for it.";
pub const RESTORE_HINT: &str = "Restore the photo (Ctrl+R)";
pub const RESTORE_NEEDS_PHOTO: &str = "Open a photo first";
pub const CANCEL: &str = "Cancel";
pub const CANCEL_HINT: &str = "Stop, and keep everything as it was (Esc)";
pub const PROGRESS: &str = "Progress";
pub const OPENING: &str = "Opening…";
pub const BEFORE: &str = "Before";
pub const AFTER: &str = "After";
pub const DIVIDER: &str = "Before and after divider";
pub const PHOTO: &str = "Photo";
pub const FIT: &str = "Fit";
pub const FIT_HINT: &str = "Show the whole photo (F)";
pub const ONE_TO_ONE: &str = "1:1";
pub const ONE_TO_ONE_HINT: &str = "One pixel of the photo on one pixel of the screen";
pub const SPLIT: &str = "Split";
pub const SPLIT_HINT: &str = "Before and after beside a divider (Shift+Y). Again: turn it";
pub const SIDE_BY_SIDE: &str = "Side by side";
pub const SIDE_BY_SIDE_HINT: &str = "Two pictures under one zoom (Y). Again: turn them";
pub const BEFORE_ONLY: &str = "Before alone";
pub const BEFORE_ONLY_HINT: &str = "The photo as it came (hold \\ or Space for a look)";
pub const AFTER_ONLY: &str = "After alone";
pub const AFTER_ONLY_HINT: &str = "The restored photo";
pub const DIFFERENCE: &str = "Difference";
pub const DIFFERENCE_HINT: &str = "What was changed, amplified (D)";
pub const ZOOM: &str = "Zoom";
pub const ZOOM_HINT: &str = "Pixels of the screen for one of the photo: type a number, or drag";
pub const ZOOM_OUT: &str = "Zoom out";
pub const ZOOM_IN: &str = "Zoom in";
pub const QUEUE_MENU: &str = "More for the list of photos";
pub const ADD_PHOTOS: &str = "Add photos…";
pub const ADD_FOLDERS: &str = "Add folders…";
pub const INCLUDE_SUBFOLDERS: &str = "Take folders with their subfolders";
pub const LEAVE_SUBFOLDERS: &str = "Take folders without their subfolders";
pub const APPLY_TO_ALL: &str = "Use these settings for all photos";
pub const RETRY_FAILED: &str = "Try all again that failed";
pub const REMOVE_DONE: &str = "Remove what is done from the list";
pub const REMOVE_ALL: &str = "Clear the list";
pub const RESTORE_ALL: &str = "Restore all";
pub const RESTORE_ALL_HINT: &str = "Restore every photo of the list into its own file (Ctrl+Shift+R)";
pub const NOTHING_WAITS: &str = "No photo is waiting";
pub const RESTORING_ALL: &str = "Restoring";
pub const PAUSED: &str = "Paused";
pub const PAUSE: &str = "Pause";
pub const GO_ON: &str = "Go on";
pub const STOP_ALL: &str = "Stop";
pub const STOP_ALL_HINT: &str = "Stop, and keep what is done (Esc)";
pub const STOP_THIS: &str = "Stop this photo";
pub const STOP_THIS_HINT: &str = "The others go on";
pub const QUEUE_WORKS: &str = "The list is being restored";
pub const PROGRESS_OF_ALL: &str = "Progress of all photos";
pub const TRY_AGAIN: &str = "Try again";
pub const RESULTS: &str = "Results";
pub const RESULTS_GO: &str = "Where the results go";
pub const BESIDE_PHOTOS: &str = "Beside each photo";
pub const A_FOLDER: &str = "In a folder…";
pub const FOLDER: &str = "Folder";
pub const NAMES: &str = "Names";
pub const NAMES_HINT: &str = "{name} is the photo's own name, {task} what was done, {level} how much.";
pub const FORMAT: &str = "Format";
pub const FORMAT_KEPT: &str = "As each photo";
pub const QUALITY: &str = "Quality";
pub const IF_EXISTS: &str = "If the file is there already";
pub const KEEP_METADATA: &str = "Keep metadata";
pub const KEEP_METADATA_HINT: &str = "Camera, date, place and the like. The colour profile is always kept.";
pub const STAY: &str = "Keep working";
pub const LEAVE: &str = "Close";
pub const STOP_SEARCH: &str = "Stop looking";
pub const LEAVE_UNSAVED: &str = "Close without saving";
pub const SAVE_AND_LEAVE: &str = "Save and close";
pub const DISMISS: &str = "Dismiss";
pub const DETAILS: &str = "Details";
pub const COPY_DETAILS: &str = "Copy details";
pub const SHOW_FILE: &str = "Show file";
pub const RETRY: &str = "Try again";
pub const USE_CPU: &str = "Use the CPU";
pub const STAY_ON_CPU: &str = "Use the CPU from now on";
pub const TAKE_BACK: &str = "Undo";
pub const BRING_BACK: &str = "Add it";
pub const RECENT: &str = "Recent photos";
pub const FORGET_RECENT: &str = "Forget recent photos";
pub const NO_RECENT: &str = "No photo was opened yet";
pub const MENU: &str = "Settings and help";
pub const SHORTCUTS: &str = "Keyboard shortcuts";
pub const CLOSE_SHEET: &str = "Close";
pub const COPY_DIAGNOSTICS: &str = "Copy diagnostics";
pub const COPY_DIAGNOSTICS_HINT: &str =
    "Program, system, devices, settings and the last messages, without names of photos. Nothing is sent.";
pub const DIAGNOSTICS_COPIED: &str = "The diagnostics are on the clipboard. They hold no names of photos.";
pub const RESET_SETTINGS: &str = "Restore default settings";
pub const SETTINGS_RESET: &str = "All settings are as in the beginning. Your presets and recent photos are kept.";
pub const PRESETS: &str = "Preset";
pub const OWN_CHOICE: &str = "Own choice";
pub const PRESET_NAME: &str = "Name of a new preset";
pub const PRESET_NAME_HINT: &str = "Keep these settings as…";
pub const SAVE_PRESET: &str = "Keep";
pub const UNDO: &str = "Undo";
pub const REDO: &str = "Redo";
pub const DROP_ELSEWISE: &str = "Open a photo";
pub const DROP_ELSEWISE_HOW: &str =
    "Windows can't take dropped files here (Wayland). Choose a photo, or paste it with Ctrl+V.";
pub const NO_DIALOGS: &str = "This desktop shows no file dialog: an xdg-desktop-portal or zenity is missing. Drop photos on \
     the window, paste their paths with Ctrl+V, or start the program with them: redawn PHOTO";
pub const NOTHING_TO_PASTE: &str = "The clipboard holds neither a picture nor the path of one.";
pub const RESULT_COPIED: &str = "The restored photo is on the clipboard.";
pub const PHOTO_COPIED: &str = "The photo is on the clipboard, as it is: it is not restored yet.";
pub const APPEARANCE: &str = "Appearance";

/// Dark, light, or as the system.
pub fn appearance(appearance: Appearance) -> &'static str {
    match appearance {
        Appearance::System => "As the system",
        Appearance::Dark => "Dark",
        Appearance::Light => "Light",
    }
}

/// `owl.png`, for a path that has a name.
pub fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

/// What the title bar says.
pub fn title(session: &Session) -> String {
    let name = match session {
        Session::Opening { path, .. } => Some(file_name(path)),
        session => session.source().map(|source| file_name(&source.path)),
    };
    match (name, session.run()) {
        (Some(name), Some(run)) => format!("{:.0} % · {name} – {APP}", (run.progress.share() * 100.0).floor()),
        (Some(name), None) => format!("{name} – {APP}"),
        (None, _) => APP.to_owned(),
    }
}

/// What a drop would do, and to what. `adds`: what is there stays.
pub fn drop_promise(names: &[String], adds: bool, working: bool) -> String {
    match (names, adds) {
        ([], _) => "Open this".to_owned(),
        ([name], true) => format!("Add “{name}”"),
        ([name], false) if working => format!("Stop and open “{name}”"),
        ([name], false) => format!("Open “{name}”"),
        (names, _) => format!("Add {}", photos(names.len())),
    }
}

/// `1 photo`, `12 photos`
pub fn photos(count: usize) -> String {
    if count == 1 { "1 photo".to_owned() } else { format!("{count} photos") }
}

/// What became of a photo, or will.
pub fn state(item: &Item, target: Option<&str>) -> String {
    match &item.state {
        State::Waiting => target.map_or_else(|| "Waiting".to_owned(), |target| format!("Becomes {target}")),
        State::Restored => "Restored, not saved yet".to_owned(),
        State::Running(progress) => format!("{} {}", stage(progress.stage()), percent(progress.share())),
        State::Done(path) => format!("Saved as {}", file_name(path)),
        State::Skipped(path) => format!("{} was there already", file_name(path)),
        State::Failed(reason) => format!("Failed: {reason}"),
        State::Stopped => "Stopped".to_owned(),
    }
}

/// `3 to do · 8 done · 1 failed`
pub fn counts(counts: Counts) -> String {
    let Counts { ahead, done, failed, stopped } = counts;
    let words = [(ahead, "to do"), (done, "done"), (failed, "failed"), (stopped, "stopped")];
    let words: Vec<_> =
        words.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")).collect();
    words.join(" · ")
}

/// All photos of the list were looked after.
pub fn batch_done(counts: Counts) -> String {
    match (counts.failed, counts.stopped) {
        (0, 0) => format!("{} restored.", photos(counts.done)),
        _ => format!("The list is through: {}.", self::counts(counts)),
    }
}

/// What the first photo's result will be called.
pub fn example(path: &Path) -> String {
    format!("For example {}", file_name(path))
}

pub fn progress_of(name: &str) -> String {
    format!("Progress of {name}")
}

pub fn stop_photo(name: &str) -> String {
    format!("Stop {name}")
}

pub fn remove_photo(name: &str) -> String {
    format!("Remove {name} from the list")
}

pub fn retry_photo(name: &str) -> String {
    format!("Do {name} again")
}

/// What to do when a file of that name is there already.
pub fn if_exists(choice: IfExists) -> &'static str {
    match choice {
        IfExists::Rename => "Write beside it, with a number",
        IfExists::Skip => "Leave it and go on",
        IfExists::Replace => "Replace it",
    }
}

/// What is asked before the window is closed.
pub fn close_question(at_stake: AtStake) -> &'static str {
    match at_stake.restoring || at_stake.saving || at_stake.ahead > 0 {
        true => "Close Redawn in the middle of its work?",
        false => "Close Redawn without saving?",
    }
}

/// What closing now would mean.
pub fn close_explained(at_stake: AtStake) -> String {
    let AtStake { unsaved, saving, restoring, ahead, kept, .. } = at_stake;
    let mut said = Vec::new();
    if ahead > 0 {
        let are = if ahead == 1 { "is" } else { "are" };
        let later = match kept {
            true => "They stay in the list, and you can go on when you start Redawn again.",
            false => "They are not in the list when you start Redawn again.",
        };
        said.push(format!("{} {are} not done yet. {later}", photos(ahead)));
    }
    if restoring {
        said.push("The photo on screen is being restored, which would be stopped.".to_owned());
    }
    match (saving, unsaved) {
        // It may well be the one.
        (true, _) => said.push("A result is being saved.".to_owned()),
        (false, 0) => {}
        (false, 1) => said.push("A result is not saved, and would be lost.".to_owned()),
        (false, count) => said.push(format!("{count} results are not saved, and would be lost.")),
    }
    said.join(" ")
}

/// The list is there again from the last time.
pub fn queue_recalled(counts: Counts, going: bool) -> String {
    let on = if going { "It goes on." } else { "“Restore all” goes on with it." };
    format!("The list of the last time is here again: {}. {on}", self::counts(counts))
}

/// The list of the last time is not shown: the program was started with photos.
pub fn queue_laid_by(counts: Counts) -> String {
    format!("The list of the last time is kept: {}.", self::counts(counts))
}

/// How far a search for photos is.
pub fn searching(place: &Path, found: usize) -> String {
    format!("Looking for photos in “{}”… {found} found", file_name(place))
}

/// A result that was not saved is no longer in memory.
pub fn result_dropped(photo: &Path) -> String {
    format!("The result of “{}” was not saved, and had to make room in memory. Restore it again.", file_name(photo))
}

/// The list can't be kept for the next time.
pub fn queue_not_kept(error: &std::io::Error) -> String {
    format!("The list of photos can't be kept for the next start ({error}). It is here as long as the window is open.")
}

/// What a notice's button says.
pub fn offer(offer: &Offer) -> &'static str {
    match offer {
        Offer::ShowFile(_) => SHOW_FILE,
        Offer::Open(_) | Offer::Restore => RETRY,
        Offer::UseCpu => USE_CPU,
        Offer::StayOnCpu => STAY_ON_CPU,
        Offer::SaveAs => SAVE_AS,
        Offer::TakeBack(_) => TAKE_BACK,
        Offer::BringBack => BRING_BACK,
    }
}

/// A photo of the list is not where it was.
pub fn recent_is_gone(path: &Path) -> String {
    format!("{} is not there any more, and is no recent photo any more.", quoted(path))
}

/// No thread for something slow.
pub fn no_thread(error: &std::io::Error) -> String {
    format!("The system gives no thread for that ({error}). Close other programs, and try again.")
}

/// The file manager shows nothing.
pub fn not_shown(path: &Path, why: &str) -> String {
    format!("The file manager can't be opened ({why}). The file is {}", quoted(path))
}

/// The clipboard takes no picture.
pub fn not_copied(why: &str) -> String {
    format!("The picture can't be copied ({why}). Save it instead.")
}

/// A picture of the clipboard can't be kept.
pub fn not_pasted(why: &impl std::fmt::Display) -> String {
    format!("The picture can't be pasted: {why}")
}

/// A device that was chosen is not there.
pub fn device_is_gone(name: &str) -> String {
    format!("The device {name} is not there now: the device is chosen automatically.")
}

pub fn delete_preset(name: &str) -> String {
    format!("Delete the preset {name}")
}

/// `Open photos (Ctrl+O)`
pub fn with_keys(what: &str, keys: &str) -> String {
    format!("{what} ({keys})")
}

/// `Redawn 0.1.0`
pub fn version() -> String {
    format!("{APP} {} · works offline", env!("CARGO_PKG_VERSION"))
}

/// `σ 25`
pub fn sigma(sigma: f32) -> String {
    format!("σ {sigma:.0}")
}

/// A device and what is to be expected of it.
pub fn device(name: &str, expected: &Expected) -> String {
    match expected {
        Expected::Megapixels(speed) if *speed >= 10.0 => format!("{name} · {speed:.0} MP/s"),
        Expected::Megapixels(speed) if *speed >= 0.1 => format!("{name} · {speed:.1} MP/s"),
        Expected::Megapixels(speed) => format!("{name} · {speed:.3} MP/s"),
        Expected::Measuring => format!("{name} · measuring…"),
        Expected::Unusable(_) => format!("{name} · can't be used"),
        Expected::Unknown => name.to_owned(),
    }
}

/// What the estimate of an opened photo says.
pub fn estimate(source: Option<&Source>) -> String {
    match source {
        None => "measured".to_owned(),
        Some(source) if source.noise.is_clean() => "already clean".to_owned(),
        Some(source) => sigma(source.noise.sigma()),
    }
}

/// What was measured of a photo's noise: `Measured: σ 6, shadows 9, mostly colour`.
pub fn measured(noise: Option<&NoiseEstimate>) -> String {
    match noise {
        None => "Noise is measured when a photo is opened".to_owned(),
        Some(noise) if noise.is_clean() => "Measured: already clean".to_owned(),
        Some(noise) => format!("Measured: {}", noise_in_words(noise)),
    }
}

/// `σ 6, shadows 9, mostly colour`: of shadows, highlights and colours only what stands out.
fn noise_in_words(noise: &NoiseEstimate) -> String {
    let (whole, levels) = (noise.sigma(), noise.levels());
    let mut words = vec![sigma(whole)];
    for (name, brightness) in [("shadows", NoiseLevels::SHADOWS), ("highlights", NoiseLevels::HIGHLIGHTS)] {
        let there = levels.at(brightness).sigma();
        // By a fifth and a level.
        if (there - whole).abs() > (0.2 * whole).max(1.0) {
            words.push(format!("{name} {there:.0}"));
        }
    }
    // As strong in all three channels and of no relation to each other, noise is 1.4 times as strong in colour.
    let strengths = [NoiseLevels::SHADOWS, NoiseLevels::MIDTONES, NoiseLevels::HIGHLIGHTS].map(|at| levels.at(at));
    let sum = |part: fn(&NoiseLevel) -> f32| strengths.iter().map(|level| part(level).powi(2)).sum::<f32>().sqrt();
    if sum(|level| level.colour) > 2.0 * sum(|level| level.brightness) {
        words.push("mostly colour".to_owned());
    }
    words.join(", ")
}

/// Why there is no noise map, when there is none.
pub fn no_noise_map(noise: Option<&NoiseEstimate>) -> Option<&'static str> {
    match noise {
        None => Some("Open a photo first"),
        Some(noise) if noise.is_clean() => Some("The photo is clean: there is no noise to show"),
        Some(_) => None,
    }
}

/// What the colours of the noise map stand for. Levels that are hardly apart are one.
pub fn noise_range(least: f32, greatest: f32) -> String {
    match greatest - least < 1.0 {
        true => format!("Noise of {} everywhere", sigma((least + greatest) / 2.0)),
        false => format!("Noise from {} to {}", sigma(least), sigma(greatest)),
    }
}

/// What is done about compression: `Auto, quality 40`. `found` is what is known of the photo, when there is one.
pub fn compression(compression: Compression, found: Option<JpegHistory>) -> String {
    let step = |quality| Compression::PRESETS.iter().find(|step| step.1 == quality).map(|step| step_name(step.0));
    match (compression, found.map(JpegHistory::quality)) {
        (Compression::None, _) => "Leave as it is".to_owned(),
        (Compression::Quality(quality), _) => match step(quality) {
            Some(name) => format!("{name}, quality {quality}"),
            None => format!("Quality {quality}"),
        },
        (Compression::Auto, None) => AUTO.to_owned(),
        (Compression::Auto, Some(None)) => format!("{AUTO}, not a JPEG"),
        (Compression::Auto, Some(Some((Compression::FINE.., _)))) => format!("{AUTO}, fine already"),
        (Compression::Auto, Some(Some((quality, QualitySource::File)))) => format!("{AUTO}, quality {quality}"),
        (Compression::Auto, Some(Some((quality, QualitySource::Pixels)))) => format!("{AUTO}, quality {quality} seen"),
    }
}

/// What compression is, and what was found of it.
pub fn compression_hint(found: Option<JpegHistory>) -> String {
    match found.and_then(JpegHistory::in_words) {
        Some(words) => format!("{COMPRESSION_HINT} This photo: {words}."),
        None => COMPRESSION_HINT.to_owned(),
    }
}

/// `medium` as a person reads it.
pub fn step_name(step: &str) -> String {
    let words = step.replace('-', " ");
    let mut letters = words.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// `2×`
pub fn scale(scale: Scale) -> String {
    format!("{}×", scale.factor())
}

/// What is compared at a glance.
pub fn glance_title(compared: Compared) -> &'static str {
    match compared {
        Compared::Levels => "Compare noise levels",
        Compared::Sizes => "Compare sizes",
    }
}

/// `Low, σ 10`, `Auto 150 %, σ 9`; of a level without a name its σ.
pub fn level(noise: Noise, sigma: f32) -> String {
    let step = Noise::PRESETS.iter().find(|step| noise == Noise::Sigma(step.1));
    match (noise, step) {
        (Noise::Auto(AutoAmount::ALL), _) => format!("{AUTO}, {}", self::sigma(sigma)),
        (Noise::Auto(amount), _) => format!("{AUTO} {} %, {}", amount.percent(), self::sigma(sigma)),
        (_, Some(step)) => format!("{}, {}", step_name(step.0), self::sigma(sigma)),
        (_, None) => self::sigma(sigma),
    }
}

/// What a screen reader calls the picture of a choice.
pub fn preview_of(choice: &str) -> String {
    format!("Preview of {choice}")
}

/// What is to be said of a choice beside its name.
pub fn glance_notes(auto: bool, chosen: bool) -> &'static str {
    match (auto, chosen) {
        (true, true) => "as measured, chosen now",
        (true, false) => "as measured",
        (false, true) => "chosen now",
        (false, false) => "",
    }
}

/// `1920 × 1080 px`
pub fn px(size: Size) -> String {
    format!("{} × {} px", size.width, size.height)
}

/// `1920 × 1080 px · 2.1 MP`; of an icon only the px.
pub fn px_and_megapixels(size: Size) -> String {
    let megapixels = size.area() as f64 / 1e6;
    match megapixels {
        0.0..0.01 => px(size),
        0.01..1.0 => format!("{} · {megapixels:.2} MP", px(size)),
        _ => format!("{} · {megapixels:.1} MP", px(size)),
    }
}

/// `100 %`
pub fn percent(share: f32) -> String {
    format!("{:.0} %", share * 100.0)
}

/// `Difference ×8`
pub fn difference(amplification: u8) -> String {
    format!("{DIFFERENCE} ×{amplification}")
}

/// The title above luminance and colour: with their shares, when they are not all.
pub fn apart(strength: Strength, grey: bool) -> String {
    let (name, [_, luminance, colour]) = (if grey { LUMINANCE } else { "Luminance and colour" }, strength.percents());
    match (grey, luminance, colour) {
        (true, 100, _) | (false, 100, 100) => name.to_owned(),
        (true, luminance, _) => format!("{name}: {luminance} %"),
        (false, luminance, colour) => format!("{name}: {luminance} %, {colour} %"),
    }
}

/// The field beside a slider.
pub fn in_numbers(name: &str) -> String {
    format!("{name} in numbers")
}

/// What is being done.
pub fn stage(stage: Stage) -> &'static str {
    match stage {
        Stage::Preparing => "Loading the network",
        Stage::Deblocking => "Removing JPEG artefacts",
        Stage::Denoising => "Removing noise",
        Stage::Enlarging => "Making it larger",
    }
}

/// A duration to go, as a person would say it.
pub fn time_left(left: Option<Duration>) -> String {
    let Some(left) = left else { return "Working out the time left…".to_owned() };
    match left.as_secs() {
        0..5 => "A few seconds left".to_owned(),
        secs @ 5..55 => format!("About {} seconds left", secs.div_ceil(5) * 5),
        55..90 => "About a minute left".to_owned(),
        secs @ 90..3570 => format!("About {} minutes left", (secs + 30) / 60),
        3570..5400 => "About an hour left".to_owned(),
        secs => format!("About {} hours left", (secs + 1800) / 3600),
    }
}

/// What a restoration would come to.
pub fn forecast(forecast: &Forecast) -> String {
    let Forecast { bytes, memory, seconds, .. } = *forecast;
    let (time, file, memory) = (about(seconds), memory::format_bytes(bytes), memory::format_bytes(memory));
    format!("{time} · a file of about {file}\n{memory} of memory while it runs")
}

/// A time to come, from a measurement.
fn about(seconds: f64) -> String {
    match seconds {
        0.0..1.0 => "Less than a second".to_owned(),
        1.0..10.0 => format!("About {seconds:.0} s"),
        10.0..55.0 => format!("About {:.0} s", (seconds / 5.0).round() * 5.0),
        55.0..3570.0 => format!("About {:.0} min", (seconds / 60.0).max(1.0)),
        _ => format!("About {:.1} h", seconds / 3600.0),
    }
}

/// How a restoration went.
pub fn outcome(outcome: &Outcome) -> String {
    let done = match (outcome.quality, outcome.sigma > 0.0) {
        (Some(quality), true) => {
            format!("JPEG quality {quality} smoothed, noise of σ {:.0} removed", outcome.sigma)
        }
        (Some(quality), false) => format!("JPEG quality {quality} smoothed"),
        (None, true) => format!("Noise of σ {:.0} removed", outcome.sigma),
        (None, false) if outcome.clean => "Already clean: no noise to remove".to_owned(),
        (None, false) => "Done".to_owned(),
    };
    let secs = outcome.duration.as_secs_f32();
    let time = if secs < 10.0 { format!("{secs:.1} s") } else { format!("{secs:.0} s") };
    match &outcome.device {
        Some(device) => format!("{done} in {time} on {}", device.name),
        None => format!("{done} ({time})"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        imaging::{Depth, JpegTrace},
        pixels::{Planes, Raster},
    };

    #[test]
    fn time_left_in_words() {
        for (secs, words) in [
            (2, "A few seconds left"),
            (7, "About 10 seconds left"),
            (50, "About 50 seconds left"),
            (70, "About a minute left"),
            (150, "About 3 minutes left"),
            (3600, "About an hour left"),
            (7300, "About 2 hours left"),
        ] {
            assert_eq!(time_left(Some(Duration::from_secs(secs))), words);
        }
    }

    #[test]
    fn forecasts_in_human_units() {
        let forecast =
            |seconds, bytes| super::forecast(&Forecast { size: Size::new(1, 1), bytes, memory: 430 << 20, seconds });
        assert_eq!(forecast(0.2, 120), "Less than a second · a file of about 1 kB\n451 MB of memory while it runs");
        assert!(forecast(12.6, 3_540_000).starts_with("About 15 s · a file of about 3.5 MB\n"));
        assert!(forecast(57.0, 35_400_000).starts_with("About 1 min · a file of about 35 MB\n"));
        assert!(forecast(9000.0, 1_400_000_000).starts_with("About 2.5 h · a file of about 1.4 GB\n"));
    }

    #[test]
    fn a_drop_says_what_it_will_do() {
        let names = ["a.png".to_owned(), "b.png".to_owned(), "c.png".to_owned()];
        assert_eq!(drop_promise(&names[..1], false, false), "Open “a.png”");
        assert_eq!(drop_promise(&names[..1], true, true), "Add “a.png”");
        assert_eq!(drop_promise(&names, false, true), "Add 3 photos");
    }

    #[test]
    fn sizes_in_px_and_megapixels() {
        assert_eq!(px_and_megapixels(Size::new(64, 48)), "64 × 48 px");
        assert_eq!(px_and_megapixels(Size::new(640, 480)), "640 × 480 px · 0.31 MP");
        assert_eq!(px_and_megapixels(Size::new(6000, 4000)), "6000 × 4000 px · 24.0 MP");
    }

    #[test]
    fn compression_says_what_was_found() {
        let auto = |found| compression(Compression::Auto, found);
        let saved = |table| Some(JpegHistory { table, detected: None });
        assert_eq!([auto(None), auto(saved(None))], ["Auto", "Auto, not a JPEG"]);
        assert_eq!([auto(saved(Some(89))), auto(saved(Some(90)))], ["Auto, quality 89", "Auto, fine already"]);
        let seen = JpegHistory { table: Some(90), detected: Some(JpegTrace { quality: 30, grid: (1, 0) }) };
        assert_eq!(auto(Some(seen)), "Auto, quality 30 seen");
        let by_hand = |quality| compression(Compression::Quality(quality), saved(Some(30)));
        assert_eq!([by_hand(15), by_hand(16)], ["Strong, quality 15", "Quality 16"]);
    }

    #[test]
    fn measured_noise_says_what_stands_out() {
        // Brightness and colour at black, in the middle and at white; of a photo with as much of each brightness.
        let said = |levels: [(f32, f32); 3]| {
            let level = |(brightness, colour)| NoiseLevel { brightness, colour };
            let knots = [0.0, 0.5, 1.0].into_iter().zip(levels.map(level)).collect();
            let pixels = Raster::from_planes(
                &Planes::new(1, Size::new(512, 8), (0..4096).map(|at| (at % 512) as f32 / 511.0).collect()),
                None,
                Depth::Float,
            );
            noise_in_words(&NoiseEstimate::from_levels(&pixels, NoiseLevels::through(knots)))
        };
        assert_eq!(said([(6.0, 0.0); 3]), "σ 6");
        assert_eq!(said([(10.0, 0.0), (6.0, 0.0), (6.0, 0.0)]), "σ 7, shadows 9");
        assert_eq!(said([(10.0, 0.0), (6.0, 0.0), (2.0, 0.0)]), "σ 6, shadows 9, highlights 3");
        // Less than a level apart, or less than a fifth.
        assert_eq!(said([(3.5, 0.0), (3.0, 0.0), (2.5, 0.0)]), "σ 3");
        assert_eq!(said([(22.0, 0.0), (20.0, 0.0), (18.0, 0.0)]), "σ 20");
        assert_eq!(said([(2.0, 6.0); 3]), "σ 6, mostly colour");
        assert_eq!(said([(6.0, 6.0); 3]), "σ 8");
        assert_eq!(noise_in_words(&NoiseEstimate::white(25.0)), "σ 25", "as strong in all channels");
    }

    #[test]
    fn what_is_measured_of_no_photo_and_of_a_clean_one() {
        assert_eq!(measured(None), "Noise is measured when a photo is opened");
        assert_eq!(measured(Some(&NoiseEstimate::white(1.0))), "Measured: already clean");
        assert_eq!(measured(Some(&NoiseEstimate::white(6.0))), "Measured: σ 6");
        let missing = [None, Some(&NoiseEstimate::none()), Some(&NoiseEstimate::white(6.0))].map(no_noise_map);
        assert!(missing[0].is_some() && missing[1].is_some() && missing[2].is_none());
        assert_ne!(missing[0], missing[1]);
    }

    #[test]
    fn noise_levels_and_ranges() {
        assert_eq!(level(Noise::AUTO, 6.0), "Auto, σ 6");
        assert_eq!(level(Noise::Auto(AutoAmount::of(150)), 9.0), "Auto 150 %, σ 9");
        assert_eq!([level(Noise::Sigma(10.0), 10.0), level(Noise::Sigma(11.0), 11.0)], ["Low, σ 10", "σ 11"]);
        assert_eq!(noise_range(3.0, 9.2), "Noise from σ 3 to σ 9");
        assert_eq!(noise_range(5.8, 6.4), "Noise of σ 6 everywhere");
    }

    #[test]
    fn step_names_are_sentence_case() {
        assert_eq!(step_name("very-high"), "Very high");
    }
}
