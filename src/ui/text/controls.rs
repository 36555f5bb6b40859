//! The panel: presets, JPEG artefacts, noise, size, strength, device.

use super::sigma;
use crate::{
    engine::Model,
    imaging::{JpegHistory, QualitySource},
    restore::{AutoAmount, Compression, ModelChoice, Noise, NoiseEstimate, NoiseLevel, NoiseLevels, Scale, Strength},
    state::{DeviceSpeed, Source},
};

pub const PRESETS: &str = "Preset";
pub const CUSTOM: &str = "Custom";
pub const NEW_PRESET_NAME: &str = "New preset name";
pub const SAVE_PRESET: &str = "Save preset…";
pub const UNDO: &str = "Undo";
pub const REDO: &str = "Redo";

pub const JPEG_ARTEFACTS: &str = "JPEG artefacts";
const JPEG_ARTEFACTS_HINT: &str = "JPEG compression leaves blocks, and fringes along edges. Auto removes as much as the JPEG quality \
     calls for, read from the file or detected in the pixels. At quality 90 or higher nothing is removed.";
pub const NO_ARTEFACTS: &str = "Auto: no visible artefacts";
pub const SOURCE_QUALITY: &str = "Source JPEG quality";

pub const NOISE: &str = "Noise level";
pub const AUTO: &str = "Auto";
pub const AUTO_HINT: &str = "Measures the noise, and removes as much. A clean photo is left unchanged.";
pub const AMOUNT: &str = "Auto amount";
pub const AMOUNT_HINT: &str = "How much of the measured noise is removed. Lower keeps grain, higher smooths more.";
pub const AMOUNT_NEEDS_AUTO: &str = "Needs noise level Auto";
pub const MAP: &str = "Map";
pub const NOISE_MAP: &str = "Show noise map";
pub const NOISE_MAP_HINT: &str = "Shows in colours where the photo is noisy (N)";

pub const SIZE: &str = "Size";
pub const FACTOR: &str = "Factor";
pub const FACTOR_HINT: &str = "Any factor from 1 to 4";
pub const LONG_SIDE: &str = "Longer side";
pub const LONG_SIDE_HINT: &str = "A photo is enlarged at most four times, and never made smaller.";

pub const STRENGTH: &str = "Strength";
pub const STRENGTH_HINT: &str = "Blends the restored photo with the original. Lower keeps some grain.";
pub const LUMINANCE: &str = "Luminance";
pub const LUMINANCE_HINT: &str = "Strength for luminance. Lower keeps grain.";
pub const COLOUR: &str = "Colour";
pub const COLOUR_HINT: &str = "Strength for colour. Lower keeps colour noise.";
pub const MODEL: &str = "Network";
pub const LONGEST_MODEL: &str = "Auto: fast";
pub const MODEL_HINT: &str = "Two networks remove noise: the best one and a fast one. Auto takes the best one where a photo \
    needs at most 10 seconds with it.";
pub const BEST: &str = "Best quality";
pub const BEST_HINT: &str = "Averages the results of 8 flipped and rotated copies. Takes 8 times as long.";

pub const DEVICE: &str = "Device";
pub const DEVICE_AUTO: &str = "Automatic";
pub const DEVICE_AUTO_HINT: &str = "A GPU if available, otherwise the CPU";
pub const DEVICE_CPU: &str = "CPU";
pub const DEVICE_SEARCH: &str = "Searching for devices…";

/// Accessible name of the number field next to a slider.
pub fn value_of(name: &str) -> String {
    format!("{name} value")
}

pub fn delete_preset(name: &str) -> String {
    format!("Delete the preset {name}")
}

/// `Auto: quality 40`. `found` is what is known of the open photo.
pub fn compression(compression: Compression, found: Option<JpegHistory>) -> String {
    let step = |quality| Compression::PRESETS.iter().find(|step| step.1 == quality).map(|step| step_name(step.0));
    match (compression, found.map(JpegHistory::quality)) {
        (Compression::None, _) => "Off".to_owned(),
        (Compression::Quality(quality), _) => match step(quality) {
            Some(name) => format!("{name}: quality {quality}"),
            None => format!("Quality {quality}"),
        },
        (Compression::Auto, None) => AUTO.to_owned(),
        (Compression::Auto, Some(None)) => format!("{AUTO}: not a JPEG"),
        (Compression::Auto, Some(Some((Compression::FINE.., _)))) => NO_ARTEFACTS.to_owned(),
        (Compression::Auto, Some(Some((quality, QualitySource::File)))) => format!("{AUTO}: quality {quality}"),
        (Compression::Auto, Some(Some((quality, QualitySource::Pixels)))) => {
            format!("{AUTO}: quality {quality}, detected")
        }
    }
}

/// Tooltip of the JPEG artefacts, with what is known of the open photo.
pub fn compression_hint(found: Option<JpegHistory>) -> String {
    match found.and_then(JpegHistory::in_words) {
        Some(words) => format!("{JPEG_ARTEFACTS_HINT} This photo: {words}."),
        None => JPEG_ARTEFACTS_HINT.to_owned(),
    }
}

/// `very-high`, a step's name on the command line, as `Very high`.
pub fn step_name(step: &str) -> String {
    super::sentence_case(&step.replace('-', " "))
}

/// `Light`: a noise level in photographers' words. `step`: its name on the command line.
pub fn noise_step(step: &str) -> String {
    match step {
        "low" => "Light".to_owned(),
        "high" => "Strong".to_owned(),
        "very-high" => "Very strong".to_owned(),
        other => step_name(other),
    }
}

/// `2×`, `2.5×`, `4000 px`
pub fn scale(scale: Scale) -> String {
    match scale {
        Scale::Percent(percent) => format!("{}×", f64::from(percent) / 100.0),
        Scale::LongSide(length) => format!("{length} px"),
    }
}

/// Title of the luminance and colour sliders, with their values unless both are 100 %.
pub fn luminance_and_colour(strength: Strength, grey: bool) -> String {
    let [_, luminance, colour] = strength.percents();
    match (grey, luminance, colour) {
        (true, 100, _) => LUMINANCE.to_owned(),
        (true, ..) => format!("{LUMINANCE} {luminance} %"),
        (false, 100, 100) => "Luminance and colour".to_owned(),
        (false, ..) => format!("{LUMINANCE} {luminance} %, colour {colour} %"),
    }
}

/// A device and its speed.
pub fn device(name: &str, expected: &DeviceSpeed) -> String {
    match expected {
        DeviceSpeed::Megapixels(speed) if *speed >= 10.0 => format!("{name} · {speed:.0} MP/s"),
        DeviceSpeed::Megapixels(speed) if *speed >= 0.1 => format!("{name} · {speed:.1} MP/s"),
        DeviceSpeed::Megapixels(speed) => format!("{name} · {speed:.3} MP/s"),
        DeviceSpeed::Measuring => format!("{name} · measuring…"),
        DeviceSpeed::Unusable(_) => format!("{name} · can't be used"),
        DeviceSpeed::Unknown => name.to_owned(),
    }
}

/// The estimate on the Auto button.
pub fn estimate(source: Option<&Source>) -> String {
    match source {
        None => "measured".to_owned(),
        Some(source) if source.noise.is_clean() => "clean".to_owned(),
        Some(source) => sigma(source.noise.sigma()),
    }
}

/// `Measured: σ 6, shadows 9, mostly colour`
pub fn measured(noise: Option<&NoiseEstimate>) -> String {
    match noise {
        None => "Noise is measured when a photo is opened".to_owned(),
        Some(noise) if noise.is_clean() => "Measured: clean".to_owned(),
        Some(noise) => format!("Measured: {}", noise_in_words(noise)),
    }
}

/// `σ 6, shadows 9, mostly colour`; shadows, highlights and colour only where they stand out.
fn noise_in_words(noise: &NoiseEstimate) -> String {
    let (whole, levels) = (noise.sigma(), noise.levels());
    let mut words = vec![sigma(whole)];
    for (name, brightness) in [("shadows", NoiseLevels::SHADOWS), ("highlights", NoiseLevels::HIGHLIGHTS)] {
        let there = levels.at(brightness).sigma();
        // By 20 % and by 1.
        if (there - whole).abs() > (0.2 * whole).max(1.0) {
            words.push(format!("{name} {there:.0}"));
        }
    }
    // Equal, independent noise in R, G and B is 1.4 times as strong in colour as in brightness.
    let strengths = [NoiseLevels::SHADOWS, NoiseLevels::MIDTONES, NoiseLevels::HIGHLIGHTS].map(|at| levels.at(at));
    let sum = |part: fn(&NoiseLevel) -> f32| strengths.iter().map(|level| part(level).powi(2)).sum::<f32>().sqrt();
    if sum(|level| level.colour) > 2.0 * sum(|level| level.brightness) {
        words.push("mostly colour".to_owned());
    }
    words.join(", ")
}

/// `Light, σ 10`, `Auto 150 %, σ 9`, or only σ for a level without a name.
pub fn level(noise: Noise, sigma: f32) -> String {
    let step = Noise::PRESETS.iter().find(|step| noise == Noise::Sigma(step.1));
    match (noise, step) {
        (Noise::Auto(AutoAmount::ALL), _) => format!("{AUTO}, {}", super::sigma(sigma)),
        (Noise::Auto(amount), _) => format!("{AUTO} {} %, {}", amount.percent(), super::sigma(sigma)),
        (_, Some(step)) => format!("{}, {}", noise_step(step.0), super::sigma(sigma)),
        (_, None) => super::sigma(sigma),
    }
}

/// Why the noise map can't be shown.
pub fn no_noise_map(noise: Option<&NoiseEstimate>) -> Option<&'static str> {
    match noise {
        None => Some("Open a photo first"),
        Some(noise) if noise.is_clean() => Some("The photo is clean: no noise to show"),
        Some(_) => None,
    }
}

/// Legend of the noise map. Levels less than 1 apart count as one.
pub fn noise_range(least: f32, greatest: f32) -> String {
    match greatest - least < 1.0 {
        true => format!("Noise {} everywhere", sigma((least + greatest) / 2.0)),
        false => format!("Noise from {} to {}", sigma(least), sigma(greatest)),
    }
}

/// `Auto`, `Auto: fast`, `Best`; `used`: the networks that are used, if known.
pub fn model(choice: ModelChoice, used: Option<Model>) -> String {
    match (choice, used) {
        (ModelChoice::Auto, None) => AUTO.to_owned(),
        (ModelChoice::Auto, Some(Model::Fast)) => format!("{AUTO}: fast"),
        (ModelChoice::Auto, Some(Model::Best)) => format!("{AUTO}: best"),
        (ModelChoice::Fast, _) => "Fast".to_owned(),
        (ModelChoice::Best, _) => "Best".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        imaging::{Depth, JpegTrace},
        pixels::{Planes, Raster, Size},
    };

    #[test]
    fn jpeg_artefacts_with_the_quality_found() {
        let auto = |found| compression(Compression::Auto, found);
        let saved = |table| Some(JpegHistory { table, detected: None });
        assert_eq!([auto(None), auto(saved(None))], ["Auto", "Auto: not a JPEG"]);
        assert_eq!([auto(saved(Some(89))), auto(saved(Some(90)))], ["Auto: quality 89", "Auto: no visible artefacts"]);
        let seen = JpegHistory { table: Some(90), detected: Some(JpegTrace { quality: 30, grid: (1, 0) }) };
        assert_eq!(auto(Some(seen)), "Auto: quality 30, detected");
        let chosen = |quality| compression(Compression::Quality(quality), saved(Some(30)));
        assert_eq!([chosen(15), chosen(16)], ["Strong: quality 15", "Quality 16"]);
    }

    #[test]
    fn noise_in_words_names_what_stands_out() {
        // Brightness and colour at black, middle and white, in a photo with as much of each brightness.
        let words = |levels: [(f32, f32); 3]| {
            let level = |(brightness, colour)| NoiseLevel { brightness, colour };
            let knots = [0.0, 0.5, 1.0].into_iter().zip(levels.map(level)).collect();
            let pixels = Raster::from_planes(
                &Planes::new(1, Size::new(512, 8), (0..4096).map(|at| (at % 512) as f32 / 511.0).collect()),
                None,
                Depth::Float,
            );
            noise_in_words(&NoiseEstimate::from_levels(&pixels, NoiseLevels::through(knots)))
        };
        assert_eq!(words([(6.0, 0.0); 3]), "σ 6");
        assert_eq!(words([(10.0, 0.0), (6.0, 0.0), (6.0, 0.0)]), "σ 7, shadows 9");
        assert_eq!(words([(10.0, 0.0), (6.0, 0.0), (2.0, 0.0)]), "σ 6, shadows 9, highlights 3");
        // Less than 1 apart, or less than 20 %.
        assert_eq!(words([(3.5, 0.0), (3.0, 0.0), (2.5, 0.0)]), "σ 3");
        assert_eq!(words([(22.0, 0.0), (20.0, 0.0), (18.0, 0.0)]), "σ 20");
        assert_eq!(words([(2.0, 6.0); 3]), "σ 6, mostly colour");
        assert_eq!(words([(6.0, 6.0); 3]), "σ 8");
        assert_eq!(noise_in_words(&NoiseEstimate::white(25.0)), "σ 25", "equal in all channels");
    }

    #[test]
    fn measured_noise_of_no_photo_and_of_a_clean_one() {
        assert_eq!(measured(None), "Noise is measured when a photo is opened");
        assert_eq!(measured(Some(&NoiseEstimate::white(1.0))), "Measured: clean");
        assert_eq!(measured(Some(&NoiseEstimate::white(6.0))), "Measured: σ 6");
        let missing = [None, Some(&NoiseEstimate::none()), Some(&NoiseEstimate::white(6.0))].map(no_noise_map);
        assert!(missing[0].is_some() && missing[1].is_some() && missing[2].is_none());
        assert_ne!(missing[0], missing[1]);
    }

    #[test]
    fn noise_levels_and_ranges() {
        assert_eq!(level(Noise::AUTO, 6.0), "Auto, σ 6");
        assert_eq!(level(Noise::Auto(AutoAmount::of(150)), 9.0), "Auto 150 %, σ 9");
        assert_eq!([level(Noise::Sigma(10.0), 10.0), level(Noise::Sigma(11.0), 11.0)], ["Light, σ 10", "σ 11"]);
        assert_eq!(noise_range(3.0, 9.2), "Noise from σ 3 to σ 9");
        assert_eq!(noise_range(5.8, 6.4), "Noise σ 6 everywhere");
    }

    #[test]
    fn step_names_are_sentence_case() {
        assert_eq!(step_name("very-high"), "Very high");
        let words = crate::restore::Noise::PRESETS.map(|step| noise_step(step.0));
        assert_eq!(words, ["None", "Light", "Medium", "Strong", "Very strong"]);
    }
}
