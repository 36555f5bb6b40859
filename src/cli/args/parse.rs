//! Parsers of option values. Their errors say which values are valid.

use std::num::NonZeroUsize;

use crate::{
    engine::{DeviceChoice, Threads, TileChoice},
    imaging::{Background, Depth, MemoryLimit},
    pixels::Size,
    restore::{AutoAmount, Compression, ModelChoice, Noise, Scale, Sensitivity},
};

use super::restore::RepairArg;
use crate::cli::shard::Shard;

/// `auto`, `none` or a JPEG quality, 1–100.
pub fn jpeg(text: &str) -> Result<Compression, String> {
    match (text, text.parse()) {
        ("auto", _) => Ok(Compression::Auto),
        ("none", _) => Ok(Compression::None),
        (_, Ok(quality @ 1..=100)) => Ok(Compression::Quality(quality)),
        _ => Err("use auto, none, or a quality from 1 to 100".to_owned()),
    }
}

/// `none`, `auto`, a sensitivity by name or from 0 to 100, or a path.
pub fn repair(text: &str) -> Result<RepairArg, String> {
    let named = Sensitivity::PRESETS.into_iter().find(|(name, _)| *name == text);
    match (text, text.parse::<f64>()) {
        ("none", _) => Ok(RepairArg::None),
        ("auto", _) => Ok(RepairArg::Auto(Sensitivity::default())),
        ("", _) => Err("use none, auto, low, medium, high, a number from 0 to 100, or the name of a mask".to_owned()),
        (_, Ok(_)) => match text.parse() {
            Ok(percent @ 0..=100) => Ok(RepairArg::Auto(Sensitivity::of(percent))),
            _ => Err("use a whole number from 0 to 100".to_owned()),
        },
        _ => Ok(named.map_or_else(|| RepairArg::Masks(text.into()), |(_, sensitivity)| RepairArg::Auto(sensitivity))),
    }
}

/// `auto`, `fast` or `best`.
pub fn model(text: &str) -> Result<ModelChoice, String> {
    let named = ModelChoice::ALL.into_iter().find(|(name, _)| *name == text);
    named.map(|(_, choice)| choice).ok_or_else(|| "use auto, fast or best".to_owned())
}

/// `auto`, `auto:PERCENT`, the name of a level, or σ, 0–75.
pub fn noise(text: &str) -> Result<Noise, String> {
    if let Some(percent) = text.strip_prefix("auto") {
        return amount(percent).map(Noise::Auto);
    }
    if let Some((_, sigma)) = Noise::PRESETS.into_iter().find(|(name, _)| *name == text) {
        return Ok(Noise::Sigma(sigma));
    }
    match text.parse::<f32>() {
        Ok(sigma) if (0.0..=Noise::MAX_SIGMA).contains(&sigma) => Ok(Noise::Sigma(sigma)),
        _ => Err("use auto, auto:PERCENT, none, low, medium, high, very-high, or a number from 0 to 75".to_owned()),
    }
}

/// The rest after `auto`: empty, or `:150`.
fn amount(text: &str) -> Result<AutoAmount, String> {
    if text.is_empty() {
        return Ok(AutoAmount::ALL);
    }
    let percent = text.strip_prefix(':').and_then(|percent| percent.parse().ok());
    let percent = percent.filter(|percent| AutoAmount::RANGE.contains(percent));
    percent.map(AutoAmount::of).ok_or_else(|| "after auto: use a percentage from 50 to 200, as in auto:150".to_owned())
}

/// σ, 0–75.
pub fn sigma(text: &str) -> Result<f32, String> {
    let sigma = text.parse().ok().filter(|sigma| (0.0..=Noise::MAX_SIGMA).contains(sigma));
    sigma.ok_or_else(|| "use a number from 0 to 75".to_owned())
}

/// 2, 3 or 4.
pub fn enlargement(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|factor| (2..=4).contains(factor)).ok_or_else(|| "use 2, 3 or 4".to_owned())
}

/// A factor from 1 to 4.
pub fn scale(text: &str) -> Result<Scale, String> {
    text.parse().ok().and_then(Scale::from_factor).ok_or_else(|| "use a number from 1 to 4".to_owned())
}

/// 8 or 16.
pub fn depth(text: &str) -> Result<Depth, String> {
    match text {
        "8" => Ok(Depth::Eight),
        "16" => Ok(Depth::Sixteen),
        _ => Err("use 8 or 16".to_owned()),
    }
}

/// `auto`, `cpu` or a part of a name.
pub fn device(text: &str) -> Result<DeviceChoice, String> {
    if text.trim().is_empty() {
        return Err("use auto, cpu, or part of a device name listed by `redawn devices`".to_owned());
    }
    Ok(DeviceChoice::from(text))
}

/// `auto` or a side in px, 16–16384.
pub fn tile(text: &str) -> Result<TileChoice, String> {
    if text == "auto" {
        return Ok(TileChoice::Auto);
    }
    match text.parse::<usize>() {
        Ok(px) if (16..=16_384).contains(&px) => Ok(TileChoice::Px(px)),
        _ => Err("use auto, or a side in px from 16 to 16384".to_owned()),
    }
}

/// A number of threads, 1–1024.
pub fn threads(text: &str) -> Result<Threads, String> {
    match text.parse::<NonZeroUsize>() {
        Ok(count) if count.get() <= 1024 => Ok(Threads::Exactly(count)),
        _ => Err("use a number from 1 to 1024".to_owned()),
    }
}

/// `I/N`, from 1/N to N/N.
pub fn shard(text: &str) -> Result<Shard, String> {
    let numbers = text.split_once('/').and_then(|(number, shares)| Some((number.parse().ok()?, shares.parse().ok()?)));
    let shard = numbers.and_then(|(number, shares)| Shard::new(number, shares));
    shard.ok_or_else(|| "use I/N, such as 3/8: from 1/8 to 8/8".to_owned())
}

/// `white`, `black` or `#RRGGBB`.
pub fn background(text: &str) -> Result<Background, String> {
    let digits = match text.to_ascii_lowercase().as_str() {
        "white" => "ffffff".to_owned(),
        "black" => "000000".to_owned(),
        other => other.trim_start_matches('#').to_owned(),
    };
    let number = u32::from_str_radix(&digits, 16).ok().filter(|_| digits.len() == 6 && !digits.starts_with('+'));
    let [_, colour @ ..] = number.ok_or_else(|| "use white, black, or #RRGGBB".to_owned())?.to_be_bytes();
    Ok(Background(colour))
}

/// A number of bytes with a unit in powers of 1024: `800M`, `1.5G`, `4GiB`, `900000k`.
pub fn memory(text: &str) -> Result<MemoryLimit, String> {
    let lower = text.trim().to_ascii_lowercase();
    let number = lower.trim_end_matches("ib").trim_end_matches('b');
    let (number, unit) = match number.char_indices().last() {
        Some((at, 'k')) => (&number[..at], 10),
        Some((at, 'm')) => (&number[..at], 20),
        Some((at, 'g')) => (&number[..at], 30),
        Some((at, 't')) => (&number[..at], 40),
        _ => (number, 0),
    };
    let bytes = number.trim().parse::<f64>().ok().map(|number| number * (1_u64 << unit) as f64);
    match bytes.filter(|bytes| (1.0..1e18).contains(bytes)) {
        Some(bytes) => Ok(MemoryLimit::Bytes(bytes as u64)),
        None => Err("use a size such as 800M or 4G".to_owned()),
    }
}

/// `WIDTHxHEIGHT` in px, 1–65535 each.
pub fn size(text: &str) -> Result<Size, String> {
    let side = |text: &str| text.parse::<usize>().ok().filter(|px| (1..=65_535).contains(px));
    text.split_once(['x', 'X', '×'])
        .and_then(|(width, height)| Some(Size::new(side(width)?, side(height)?)))
        .ok_or_else(|| "use WIDTHxHEIGHT in px, such as 1920x1080".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers_are_noise_levels() {
        assert_eq!(noise("auto"), Ok(Noise::AUTO));
        assert_eq!(noise("auto:150"), Ok(Noise::Auto(AutoAmount::of(150))));
        for wrong in ["auto:", "auto:49", "auto:201", "auto150", "automatic", "auto:-50"] {
            assert!(noise(wrong).is_err(), "{wrong}");
        }
        assert_eq!(noise("none"), Ok(Noise::Sigma(0.0)));
        assert_eq!(noise("low"), Ok(Noise::Sigma(10.0)));
        assert_eq!(noise("very-high"), Ok(Noise::Sigma(70.0)));
        assert_eq!(noise("12.5"), Ok(Noise::Sigma(12.5)));
        assert_eq!(noise("75"), Ok(Noise::Sigma(75.0)));
        for wrong in ["-1", "75.1", "NaN", "inf", "loud", ""] {
            assert!(noise(wrong).is_err(), "{wrong:?} was accepted");
        }
    }

    #[test]
    fn repair_is_a_word_a_number_or_a_path() {
        let auto = |percent| Ok(RepairArg::Auto(Sensitivity::of(percent)));
        assert_eq!(repair("none"), Ok(RepairArg::None));
        for (text, percent) in [("auto", 50), ("low", 25), ("medium", 50), ("high", 75), ("0", 0), ("100", 100)] {
            assert_eq!(repair(text), auto(percent), "{text}");
        }
        assert_eq!(repair("./auto"), Ok(RepairArg::Masks("./auto".into())));
        assert_eq!(repair("mask.png"), Ok(RepairArg::Masks("mask.png".into())));
        for wrong in ["101", "-1", "12.5", ""] {
            assert!(repair(wrong).is_err(), "{wrong:?} was accepted");
        }
    }

    #[test]
    fn compression_is_a_quality_or_a_word() {
        assert_eq!(jpeg("auto"), Ok(Compression::Auto));
        assert_eq!(jpeg("none"), Ok(Compression::None));
        assert_eq!(jpeg("100"), Ok(Compression::Quality(100)));
        for wrong in ["0", "101", "-1", "40.5", "low", ""] {
            assert!(jpeg(wrong).is_err(), "{wrong:?} was accepted");
        }
    }

    #[test]
    fn sizes_are_two_sides() {
        assert_eq!(size("640x480"), Ok(Size::new(640, 480)));
        assert_eq!(size("1×7"), Ok(Size::new(1, 7)));
        for wrong in ["640", "0x480", "640x", "x", "640x480x3", "-1x5"] {
            assert!(size(wrong).is_err(), "{wrong:?} was accepted");
        }
    }

    #[test]
    fn memory_is_counted_in_powers_of_1024() {
        for (text, bytes) in [("800M", 800 << 20), ("1.5G", 3 << 29), ("4 GiB", 4 << 30), ("70000", 70_000)] {
            assert_eq!(memory(text), Ok(MemoryLimit::Bytes(bytes)), "{text}");
        }
        for wrong in ["", "G", "-1G", "NaN", "1e30G", "4X"] {
            assert!(memory(wrong).is_err(), "{wrong:?} was accepted");
        }
    }
}
