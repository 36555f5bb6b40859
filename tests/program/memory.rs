//! Peak memory of the real program, as the system counts it, against its estimate.

use std::{
    fs,
    io::{BufWriter, Write},
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use serde_json::Value;

use crate::support::skip;

const MIB: u64 = 1 << 20;

/// A picture of `width` × `height` px in an uncompressed file.
fn picture(path: &Path, width: usize, height: usize) {
    let mut file = BufWriter::new(fs::File::create(path).unwrap());
    writeln!(file, "P6 {width} {height} 255").unwrap();
    let mut noise = 1_u32;
    for y in 0..height {
        let row = (0..width).flat_map(|x| {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let grain = (noise >> 27) as usize;
            [60 + x / 40 % 100 + grain, 60 + y / 40 % 100 + grain, 120 + grain].map(|value| value as u8)
        });
        file.write_all(&row.collect::<Vec<u8>>()).unwrap();
    }
}

/// Peak memory of the process so far, in bytes.
fn peak(child: &Child) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().trim_end_matches("kB").trim().parse::<u64>().ok()? * 1024)
}

/// Restores, and returns the `start` line and the peak memory in bytes.
fn restore(input: &Path, output: &Path, options: &[&str]) -> (Value, u64) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_redawn"));
    command.arg("restore").arg(input).arg("-o").arg(output).args(["--device", "cpu", "--json", "--noise", "15"]);
    let lines = output.with_extension("json");
    let mut child = command.args(options).stdout(fs::File::create(&lines).unwrap()).spawn().unwrap();
    let mut most = 0;
    let status = loop {
        most = most.max(peak(&child).unwrap_or(0));
        match child.try_wait().unwrap() {
            Some(status) => break status,
            None => thread::sleep(Duration::from_millis(5)),
        }
    };
    let output = fs::read_to_string(&lines).unwrap();
    assert!(status.success(), "{output}");
    (serde_json::from_str(output.lines().next().unwrap()).unwrap(), most)
}

#[test]
fn peak_memory_is_below_the_estimate_and_the_limit() {
    if !Path::new("/proc/self/status").exists() {
        return skip::skip("this system does not say how much memory a process held");
    }
    let folder = tempfile::tempdir().unwrap();
    let (small, large) = (folder.path().join("small.ppm"), folder.path().join("large.ppm"));
    // Both larger than a tile in both directions.
    picture(&small, 2000, 1000);
    picture(&large, 2000, 5000);
    let decoded = 2000 * 4000 * 3;
    for (name, scale, limit) in [("a.jpg", "1", 300 * MIB), ("a.tif", "1", 300 * MIB), ("a.png", "2", 700 * MIB)] {
        let memory = limit.to_string();
        let options = ["--memory", memory.as_str(), "--scale", scale, "--quiet"];
        // Five times as high.
        let (input, times) = if scale == "1" { (&large, 5) } else { (&small, 1) };
        let (start, most) = restore(input, &folder.path().join(name), &options);
        let estimated = start["memory"].as_u64().unwrap();
        println!("{name} ×{scale}: {} MiB of {} MiB estimated", most / MIB, estimated / MIB);
        assert!(most <= estimated && most <= limit, "{name}: {most} held, {estimated} estimated, {limit} allowed");
        if times > 1 {
            let (_, less) = restore(&small, &folder.path().join(name), &options);
            let grown = most.saturating_sub(less);
            // The file and the decoded photo, but not the result.
            assert!(grown < 2 * decoded + 30 * MIB, "{name}: {} MiB more for 8 MP more", grown / MIB);
        }
    }
}

#[test]
fn too_large_a_photo_is_refused_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("in.ppm");
    picture(&input, 1500, 1500);
    let output = folder.path().join("out.png");
    let mut command = Command::new(env!("CARGO_BIN_EXE_redawn"));
    command.arg("restore").arg(&input).arg("-o").arg(&output).args(["--device", "cpu", "--scale", "4"]);
    let output = command.args(["--memory", "120M"]).stdout(Stdio::null()).output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains("in.ppm") && stderr.contains("6000 × 6000") && stderr.contains("--memory"), "{stderr}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left behind");
}
