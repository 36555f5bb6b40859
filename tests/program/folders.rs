//! Folders and lists of photos on the command line: trees, shares, records, several processes.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::{Child, Stdio},
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use super::command_line::{Finished, names_in, picture, piped, program, restore};
use crate::support::skip;

const RECIPE: [&str; 4] = ["--noise", "25", "--jpeg", "none"];

/// A folder `scans` with these pictures, all different.
fn scans(names: &[&str]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let scans = folder.path().join("scans");
    for (number, name) in names.iter().enumerate() {
        let path = scans.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        picture(40 + number as u32, 30, 25.0).save(path).unwrap();
    }
    (folder, scans)
}

/// The path below `folder` and the bytes of every file, hidden ones too.
fn files_below(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).into_iter().flatten() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => folders.push(path),
                false => {
                    let below = path.strip_prefix(folder).unwrap().to_str().unwrap().replace('\\', "/");
                    found.insert(below, fs::read(path).unwrap());
                }
            }
        }
    }
    found
}

#[track_caller]
fn assert_files(folder: &Path, names: &[&str]) {
    assert_eq!(files_below(folder).into_keys().collect::<Vec<_>>(), names);
}

fn summary(run: &Finished) -> [u64; 3] {
    let line = run.lines().pop().unwrap();
    ["done", "skipped", "failed"].map(|count| line[count].as_u64().unwrap())
}

// ---- Inputs and names.

#[test]
fn a_folder_is_laid_out_as_it_was() {
    let (folder, scans) = scans(&["a.png", "box/a.png", "box/deep/b.JPG"]);
    for name in ["notes.txt", "box/.hidden.png", ".cache/c.png"] {
        fs::create_dir_all(scans.join(name).parent().unwrap()).unwrap();
        fs::write(scans.join(name), "no picture").unwrap();
    }
    let out = folder.path().join("out");
    let tree = [&RECIPE[..], &["--keep-tree"]].concat();
    let text = restore(&[&scans], &out, &tree).ends_with(0).stdout();
    assert_files(&out, &["a.png", "box/a.png", "box/deep/b.JPG"]);
    let first = text.lines().next().unwrap();
    assert!(
        first.starts_with("3 photos found") && first.contains("2 hidden") && first.contains("1 of other"),
        "{text}"
    );

    // Existing results are found before the run, and nothing is numbered.
    let before = files_below(&out);
    fs::remove_file(out.join("box/a.png")).unwrap();
    restore(&[&scans], &out, &tree).fails_with(&["a.png", "exists", "--if-exists"]);
    assert_files(&out, &["a.png", "box/deep/b.JPG"]);
    restore(&[&scans], &out, &[&tree[..], &["--if-exists", "skip-any"]].concat()).ends_with(0);
    assert_eq!(files_below(&out), before);

    // Without a tree the names are numbered, and the folder of the results is no input.
    let flat = scans.join("results");
    for count in [3, 6] {
        let run = restore(&[&scans], &flat, &[&RECIPE[..], &["--json"]].concat()).ends_with(0);
        assert_eq!(run.lines()[0]["event"], "found");
        assert_eq!((run.lines()[0]["photos"].as_u64(), run.lines()[0]["hidden"].as_u64()), (Some(3), Some(2)));
        let names = names_in(&flat);
        assert!(names.len() == count && names.contains("a.png") && names.contains("a (2).png"), "{names:?}");
    }
}

#[test]
fn names_that_collide_are_found_before_the_run() {
    let (folder, scans) = scans(&["a.png", "b/x.png", "c/x.png"]);
    picture(20, 20, 9.0).save(scans.join("a.gif")).unwrap();
    let out = folder.path().join("out");
    let tree = [&RECIPE[..], &["--keep-tree"]].concat();
    restore(&[&scans], &out, &tree).fails_with(&["a.gif", "a.png"]);
    let both = [scans.join("b"), scans.join("c")];
    restore(&both, &out, &tree).fails_with(&["b/x.png", "c/x.png", "common folder"]);
    restore(&[&scans], &scans, &[&tree[..], &["--if-exists", "replace"]].concat()).fails_with(&["a.gif"]);
    let dry = restore(&[&scans], &out, &[&tree[..], &["--dry-run"]].concat()).fails_with(&["would fail", "a.png"]);
    assert!(dry.stdout().contains("1 would fail"), "{}", dry.stdout());
    assert!(!out.exists());
    restore(&both, &out, &[&RECIPE[..], &[&format!("--keep-tree={}", scans.display())]].concat()).ends_with(0);
    assert_files(&out, &["b/x.png", "c/x.png"]);
}

#[test]
fn names_follow_a_template() {
    let (folder, scans) = scans(&["a.png", "box/b.png"]);
    let out = folder.path().join("out");
    let options = [&RECIPE[..], &["--name", "{name} {task} {level}", "--keep-tree", "--scale", "2"]].concat();
    restore(&[&scans], &out, &options).ends_with(0);
    assert_files(&out, &["a restored s25-x2.png", "box/b restored s25-x2.png"]);
    restore(&[scans.join("a.png")], out.join("x.png"), &["--name", "{name}"]).ends_with(2);
}

#[test]
fn lists_name_inputs_and_failures_are_listed() {
    let (folder, scans) = scans(&["a.png", "box/b c.png"]);
    let (list, failed) = (folder.path().join("list"), folder.path().join("failed"));
    let bad = scans.join("box/bad.png");
    fs::write(&bad, "no picture").unwrap();
    let names = [scans.join("a.png"), bad.clone(), scans.join("box/b c.png")].map(|path| path.display().to_string());
    fs::write(&list, names.join("\n")).unwrap();
    let out = folder.path().join("out");
    let tree = format!("--keep-tree={}", scans.display());
    let options = ["--files-from", list.to_str().unwrap(), &tree, "--failed", failed.to_str().unwrap()];
    let none: [&Path; 0] = [];
    restore(&none, &out, &[&RECIPE[..], &options].concat()).fails_with(&["bad.png"]);
    assert_files(&out, &["a.png", "box/b c.png"]);
    assert_eq!(fs::read_to_string(&failed).unwrap(), format!("{}\n", bad.display()));

    // The list of failures is one of inputs.
    fs::copy(scans.join("a.png"), &bad).unwrap();
    let again = ["--files-from", failed.to_str().unwrap(), &tree];
    restore(&none, &out, &[&RECIPE[..], &again].concat()).ends_with(0);
    assert_files(&out, &["a.png", "box/b c.png", "box/bad.png"]);

    // From standard input, with line breaks in names.
    #[cfg(unix)]
    {
        let odd = scans.join("line\nbreak.png");
        fs::write(&odd, "no picture").unwrap();
        let standard = ["restore", "--files-from", "-", "--null", "-o", out.to_str().unwrap(), "--device", "cpu"];
        let standard = [&standard[..], &["--failed", failed.to_str().unwrap()]].concat();
        let given = format!("{}\0{}\0", odd.display(), names[0]);
        let run = piped(&[&standard[..], &RECIPE].concat(), given.as_bytes()).fails_with(&["break.png"]);
        assert!(run.stdout().contains("1 done, 1 failed"), "{}", run.stdout());
        assert_eq!(fs::read(&failed).unwrap(), format!("{}\0", odd.display()).as_bytes());
    }
}

#[test]
fn contradictions_and_missing_lists_are_errors() {
    let (folder, scans) = scans(&["a.png"]);
    let at = |name: &str| folder.path().join(name).display().to_string();
    fs::write(at("list"), scans.join("a.png").to_str().unwrap()).unwrap();
    let none: [&Path; 0] = [];
    let (out, list) = (folder.path().join("out"), at("list"));
    let (list_again, photo) = (at("./scans/../list"), at("./scans/a.png"));
    for (options, words) in [
        (&["--files-from", &list, "--keep-tree"][..], "--keep-tree="),
        (&["--files-from", &list, "--failed", &list], "--failed"),
        (&["--files-from", &list, "--failed", &list_again], "--failed"),
        (&["--files-from", &list, "--records", &list_again], "--records"),
        (&["--files-from", &list, "--failed", &at("x"), "--records", &at("./x")], "--failed"),
        (&["--files-from", &list, "--failed", &photo, "--device", "no such device"], "is an input"),
        (&["--files-from", &list, "--records", &at("out/a.png")], "a picture"),
        (&["--files-from", &list, "--if-exists", "skip"], "--records"),
        (&["--files-from", &list, "--keep-tree=.", "--if-exists", "rename"], "--if-exists"),
        (&["--files-from", &list, "--shard", "3/2"], "--shard"),
    ] {
        let run = restore(&none, &out, options).ends_with(2);
        assert!(run.stderr().contains(words), "{options:?}: {}", run.stderr());
    }
    assert!(fs::read(&photo).unwrap().len() > 100, "the photo is as it was");
    // Neither is one that an input links to.
    let (original, link) = (folder.path().join("photo42"), folder.path().join("link.png"));
    fs::copy(&photo, &original).unwrap();
    std::os::unix::fs::symlink(&original, &link).unwrap();
    let run = restore(&[&link], &out, &["--failed", original.to_str().unwrap()]).ends_with(2);
    assert!(run.stderr().contains("is an input"), "{}", run.stderr());
    assert_eq!(fs::read(&original).unwrap(), fs::read(&photo).unwrap());
    fs::remove_file(link).unwrap();
    fs::remove_file(original).unwrap();
    restore(&none, &out, &["--files-from", &at("none")]).fails_with(&["none"]);
    restore(&none, &out, &["--files-from", &list, "--keep-tree=/nowhere"]).fails_with(&["/nowhere"]);
    restore(&[&scans], &out, &["--records", &at("no/records")]).fails_with(&["records"]);
    restore(&[&scans], &out, &["--failed", &at("no/failed")]).fails_with(&["failed"]);
    let empty = folder.path().join("empty");
    fs::create_dir(&empty).unwrap();
    restore(&[&empty], &out, &[]).fails_with(&["no photos", "empty"]);
    restore(&none, "-", &["--files-from", &list, "--records", "x"]).ends_with(2);
    assert!(!out.exists());
    assert_eq!(names_in(folder.path()).into_iter().collect::<Vec<_>>(), ["empty", "list", "scans"]);
}

/// Restored twice, it would be neither the photo nor its result.
#[test]
fn a_photo_that_two_names_lead_to_is_not_replaced_twice() {
    let (_folder, scans) = scans(&["a.png", "b.png"]);
    let [a, link] = ["a.png", "link.png"].map(|name| scans.join(name));
    std::os::unix::fs::symlink(&a, &link).unwrap();
    let before = fs::read(&a).unwrap();
    let replace = [&RECIPE[..], &["--if-exists", "replace"]].concat();
    for inputs in [[&a, &link], [&link, &a], [&a, &a]] {
        let inputs = inputs.map(PathBuf::as_path);
        restore(&inputs, &scans, &replace).fails_with(&["the result of", "replaces this file"]);
    }
    assert_eq!(fs::read(&a).unwrap(), before);
    restore(&[&link], &scans, &replace).ends_with(0);
    assert_ne!(fs::read(&a).unwrap(), before);
}

/// The list of an earlier run does not stay as if it were that of this one.
#[test]
fn a_run_that_can_not_start_fails_for_every_input() {
    let (folder, scans) = scans(&["a.png", "b.png"]);
    let at = |name: &str| folder.path().join(name).display().to_string();
    let [a, b] = ["a.png", "b.png"].map(|name| scans.join(name).display().to_string());
    let (out, list, failed) = (at("out"), at("list"), at("failed"));
    fs::write(&list, format!("{b}\n")).unwrap();
    let options = ["--files-from", &list, "--failed", &failed, "--json"];
    for wrong in [&["--device", "no such device"][..], &["--records", &at("no/records")]] {
        fs::write(&failed, "of an earlier run\n").unwrap();
        let run = restore(&[&a], &out, &[&options[..], wrong].concat()).fails_with(&["no"]);
        assert_eq!(summary(&run), [0, 0, 2]);
        assert_eq!(run.events("failed").len(), 2);
        assert_eq!(fs::read_to_string(&failed).unwrap(), format!("{a}\n{b}\n"));
    }
    let options = ["--files-from", &at("none"), "--json"];
    let none: [&Path; 0] = [];
    assert_eq!(summary(&restore(&none, &out, &options).fails_with(&["none"])), [0, 0, 1]);
}

// ---- What is done.

#[test]
fn a_photo_is_done_again_if_it_or_the_recipe_changes() {
    let (folder, scans) = scans(&["a.png", "box/b.png"]);
    let (out, records) = (folder.path().join("out"), folder.path().join("records.jsonl"));
    let with = |recipe: [&str; 4]| {
        let options = ["--keep-tree", "--records", records.to_str().unwrap(), "--if-exists", "skip", "--json"];
        let run = restore(&[&scans], &out, &[&recipe[..], &options].concat());
        (summary(&run), run)
    };
    let (counts, run) = with(RECIPE);
    assert_eq!((counts, run.code()), ([2, 0, 0], 0));
    let lines = fs::read_to_string(&records).unwrap();
    let line: Value = serde_json::from_str(lines.lines().next().unwrap()).unwrap();
    assert_eq!((&line["name"], &line["version"]), (&Value::from("a.png"), &Value::from(env!("CARGO_PKG_VERSION"))));
    assert_eq!((line["sigma"].as_f64(), line["weights"].as_object().unwrap().len()), (Some(25.0), 1));
    for (hash, file) in [("input_sha256", scans.join("a.png")), ("output_sha256", out.join("a.png"))] {
        let Ok(expected) = std::process::Command::new("sha256sum").arg(file).output() else { continue };
        assert_eq!(line[hash].as_str().unwrap(), String::from_utf8(expected.stdout).unwrap()[..64].to_owned());
    }

    let (counts, run) = with(RECIPE);
    assert_eq!(counts, [0, 2, 0]);
    assert!(run.events("skipped").iter().all(|line| line["reason"] == "done"));
    // Another time, the same bytes.
    fs::File::options().append(true).open(scans.join("a.png")).unwrap().set_modified(std::time::UNIX_EPOCH).unwrap();
    assert_eq!(with(RECIPE).0, [0, 2, 0]);
    let before = fs::read(out.join("a.png")).unwrap();
    picture(50, 50, 10.0).save(scans.join("a.png")).unwrap();
    assert_eq!(with(RECIPE).0, [1, 1, 0]);
    assert_ne!(fs::read(out.join("a.png")).unwrap(), before);
    assert_eq!(with(["--noise", "20", "--jpeg", "none"]).0, [2, 0, 0]);
    fs::write(out.join("box/b.png"), "cut off").unwrap();
    assert_eq!(with(["--noise", "20", "--jpeg", "none"]).0, [1, 1, 0]);

    // A file that is in no record stays as it is.
    picture(30, 30, 10.0).save(scans.join("c.png")).unwrap();
    fs::write(out.join("c.png"), "mine").unwrap();
    let (counts, run) = with(["--noise", "20", "--jpeg", "none"]);
    assert_eq!(counts, [0, 2, 1]);
    run.fails_with(&["c.png", "does not say", "skip-any"]);
    assert_eq!(fs::read(out.join("c.png")).unwrap(), b"mine");
    assert_files(&out, &["a.png", "box/b.png", "c.png"]);
}

#[test]
fn no_result_of_another_photo_is_replaced() {
    let (folder, scans) = scans(&["box 1/a.png", "box 2/a.png", "a.png"]);
    let (out, records) = (folder.path().join("out"), folder.path().join("records"));
    let with = |input: &Path, rule| {
        let options = ["--records", records.to_str().unwrap(), "--json", "--if-exists", rule];
        restore(&[input], format!("{}/", out.display()), &[&RECIPE[..], &options].concat())
    };
    assert_eq!(summary(&with(&scans.join("box 1/a.png"), "skip").ends_with(0)), [1, 0, 0]);
    let first = files_below(&out);
    with(&scans.join("box 2/a.png"), "skip").fails_with(&["another photo", "box 1"]);
    assert_eq!(files_below(&out), first);
    assert_eq!(summary(&with(&scans.join("box 1/../box 1/a.png"), "skip").ends_with(0)), [0, 1, 0]);

    // A numbered result has a record of its own, and does not stand for the file whose name was taken.
    assert_eq!(summary(&with(&scans.join("a.png"), "rename").ends_with(0)), [1, 0, 0]);
    assert_files(&out, &["a (2).png", "a.png"]);
    let lines = fs::read_to_string(&records).unwrap();
    let names: Vec<Value> =
        lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["name"].take()).collect();
    assert_eq!(names, ["a.png", "a (2).png"]);
    with(&scans.join("a.png"), "skip").fails_with(&["another photo"]);
}

#[test]
fn a_photo_is_done_again_if_its_mask_is_missing() {
    let (folder, scans) = scans(&["a.png", "b.png"]);
    let [out, masks, records] = ["out", "masks", "records"].map(|name| folder.path().join(name));
    fs::create_dir(folder.path().join("given")).unwrap();
    for (name, width) in [("a.png", 40), ("b.png", 41)] {
        let mask = image::GrayImage::from_fn(width, 30, |x, y| image::Luma([if x == y { 255 } else { 0 }]));
        mask.save(folder.path().join("given").join(name)).unwrap();
    }
    let given = folder.path().join("given").display().to_string();
    let options = ["--noise", "none", "--jpeg", "none", "--repair", &given, "--save-mask", masks.to_str().unwrap()];
    let rest = ["--keep-tree", "--records", records.to_str().unwrap(), "--if-exists", "skip", "--json"];
    let again = || summary(&restore(&[&scans], &out, &[&options[..], &rest].concat()).ends_with(0));
    assert_eq!(again(), [2, 0, 0]);
    let before = (files_below(&out), files_below(&masks));
    assert_eq!(again(), [0, 2, 0]);
    fs::remove_file(masks.join("a.png")).unwrap();
    assert_eq!(again(), [1, 1, 0]);
    assert_eq!((files_below(&out), files_below(&masks)), before);
}

/// As on a full disk: the result is there, and the next run takes it for its own.
#[cfg(target_os = "linux")]
#[test]
fn a_result_without_a_record_is_done_again() {
    let (folder, scans) = scans(&["a.png"]);
    let out = folder.path().join("out");
    let with = |records: &Path| {
        let options = ["--keep-tree", "--records", records.to_str().unwrap(), "--if-exists", "skip", "--json"];
        restore(&[&scans], &out, &[&RECIPE[..], &options].concat())
    };
    with(Path::new("/dev/full")).fails_with(&["records", "can't be written"]);
    let names: Vec<_> = files_below(&out).into_keys().collect();
    assert!(names.len() == 2 && names[0].ends_with(".claim") && names[1] == "a.png", "{names:?}");
    assert_eq!(summary(&with(&folder.path().join("records")).ends_with(0)), [1, 0, 0]);
    assert_files(&out, &["a.png"]);
}

/// A process that was killed before it was decided that the photo is restored says nothing about the file there.
#[test]
fn a_claim_without_a_name_does_not_replace_a_file() {
    let (folder, scans) = scans(&["a.png"]);
    let (out, records) = (folder.path().join("out"), folder.path().join("records"));
    fs::create_dir(&out).unwrap();
    fs::write(out.join("a.png"), "mine").unwrap();
    fs::write(out.join(claim_of("a.png")), "").unwrap();
    let options = ["--keep-tree", "--records", records.to_str().unwrap(), "--if-exists", "skip"];
    let options = [&RECIPE[..], &options].concat();
    restore(&[&scans], &out, &options).fails_with(&["does not say"]);
    assert_eq!(fs::read(out.join("a.png")).unwrap(), b"mine");
    let dry = restore(&[&scans], &out, &[&options[..], &["--dry-run"]].concat()).fails_with(&["does not say"]);
    assert!(dry.stdout().contains("1 photo, "), "{}", dry.stdout());
    fs::remove_file(&records).unwrap();
    restore(&[&scans], &out, &[&options[..], &["--dry-run"]].concat()).fails_with(&["does not say", "skip-any"]);
}

#[test]
fn a_dry_run_counts_and_writes_nothing() {
    let (folder, scans) = scans(&["a.png", "b.png", "c.png", "d.png"]);
    let (out, records) = (folder.path().join("out"), folder.path().join("records"));
    fs::write(scans.join("empty.png"), "").unwrap();
    let options = ["--keep-tree", "--records", records.to_str().unwrap(), "--if-exists", "skip", "--json"];
    let options = [&RECIPE[..], &options].concat();
    let plan = |code| {
        let before = files_below(folder.path());
        let run = restore(&[&scans], &out, &[&options[..], &["--dry-run"]].concat()).ends_with(code);
        assert_eq!(files_below(folder.path()), before);
        let refused: Vec<_> = run.events("refused").iter().map(|line| line["input"].to_string()).collect();
        assert!(refused.iter().all(|input| input.contains("empty.png")), "{refused:?}");
        let plan = run.lines().pop().unwrap();
        assert_eq!((plan["event"].as_str(), plan["refused"].as_u64()), (Some("plan"), Some(refused.len() as u64)));
        plan
    };
    let first = plan(1);
    let counts = |plan: &Value| ["photos", "done", "left"].map(|count| plan[count].as_u64().unwrap());
    assert_eq!(counts(&first), [5, 0, 4]);
    let bytes: u64 = ["a", "b", "c", "d"]
        .map(|name| fs::metadata(scans.join(name).with_extension("png")).unwrap().len())
        .iter()
        .sum();
    assert_eq!(first["bytes"].as_u64(), Some(bytes));
    assert!(first["seconds"].as_f64().unwrap() > 0.0 && first["result_bytes"].as_u64().unwrap() > 1000, "{first}");
    let networks = |run: &Value| ["with_best", "with_fast"].map(|count| run[count].as_u64().unwrap());
    assert_eq!((networks(&first), first["measured"].as_u64()), ([4, 0], Some(4)));
    let fast = restore(&[&scans], &out, &[&RECIPE[..], &["--model", "fast", "--dry-run"]].concat()).ends_with(1);
    assert!(fast.stdout().contains("from 4 measured (4 with the fast network)"), "{}", fast.stdout());
    fs::remove_file(scans.join("empty.png")).unwrap();
    restore(&[&scans], &out, &options).ends_with(0);
    let last = plan(0);
    assert_eq!(counts(&last), [4, 4, 0]);
    assert!(last["seconds"].is_null());
}

// ---- Several processes.

fn start(scans: &Path, out: &Path, options: &[&str]) -> Child {
    let mut command = program();
    command.arg("restore").arg(scans).arg("-o").arg(out).args(["--keep-tree", "--device", "cpu", "--json"]);
    command.args(RECIPE).args(options).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// The file of a photo's claim.
fn claim_of(name: &str) -> String {
    let hash: String = Sha256::digest(name).iter().map(|byte| format!("{byte:02x}")).collect();
    format!(".redawn-{}.claim", &hash[..16])
}

fn names(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("box {}/{number}.png", number % 3)).collect()
}

fn many_scans(count: usize) -> (TempDir, PathBuf, BTreeMap<String, Vec<u8>>) {
    let names = names(count);
    let (folder, scans) = scans(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let whole = folder.path().join("whole");
    restore(&[&scans], &whole, &[&RECIPE[..], &["--keep-tree"]].concat()).ends_with(0);
    let expected = files_below(&whole);
    assert_eq!(expected.len(), count);
    (folder, scans, expected)
}

#[test]
fn shares_are_all_photos_once() {
    let (folder, scans, expected) = many_scans(12);
    let out = folder.path().join("out");
    let mut done = 0;
    for shard in ["1/3", "2/3", "3/3"] {
        let run = restore(&[&scans], &out, &[&RECIPE[..], &["--keep-tree", "--shard", shard, "--json"]].concat());
        done += summary(&run.ends_with(0))[0];
    }
    assert_eq!((done, files_below(&out)), (12, expected));
}

#[test]
fn processes_never_do_one_photo_twice() {
    let (folder, scans, expected) = many_scans(24);
    let (out, records) = (folder.path().join("out"), folder.path().join("records"));
    for rule in ["skip", "skip-any"] {
        let options = ["--if-exists", rule, "--records", records.to_str().unwrap()];
        let children: Vec<_> = (0..3).map(|_| start(&scans, &out, &options)).collect();
        let runs = children.into_iter().map(|child| Finished(child.wait_with_output().unwrap()).ends_with(0));
        let counts: Vec<_> = runs.map(|run| summary(&run)).collect();
        assert_eq!(counts.iter().map(|[done, ..]| done).sum::<u64>(), 24, "{counts:?}");
        assert_eq!(files_below(&out), expected, "{rule}");
        let lines = fs::read_to_string(&records).unwrap();
        assert_eq!(lines.lines().count(), 24, "{rule}");
        fs::remove_dir_all(&out).unwrap();
        fs::remove_file(&records).unwrap();
    }
}

#[cfg(unix)]
#[test]
fn a_killed_run_is_continued() {
    let (folder, scans, expected) = many_scans(12);
    let (out, records) = (folder.path().join("out"), folder.path().join("records"));
    let options = ["--if-exists", "skip", "--records", records.to_str().unwrap()];
    let mut kills = 0;
    for wait in [40, 90, 160, 250, 400] {
        let mut child = start(&scans, &out, &options);
        thread::sleep(Duration::from_millis(wait));
        kills += usize::from(child.try_wait().unwrap().is_none());
        child.kill().unwrap();
        child.wait().unwrap();
    }
    assert!(kills > 0);
    let resume = || Finished(start(&scans, &out, &options).wait_with_output().unwrap());
    // The temporary file of a killed run is removed later.
    let left =
        || files_below(&out).into_iter().filter(|(name, _)| !name.ends_with(".part")).collect::<BTreeMap<_, _>>();
    resume().ends_with(0);
    assert_eq!(left(), expected);

    // Killed between a result and its record: the claim says that the result is its own.
    let lines = fs::read_to_string(&records).unwrap();
    let last: Value = serde_json::from_str(lines.lines().last().unwrap()).unwrap();
    let name = last["name"].as_str().unwrap();
    let other: Vec<_> = lines.lines().filter(|line| !line.contains(&format!("{name:?}"))).collect();
    // Without a line break at the end, as an editor may leave it.
    fs::write(&records, other.join("\n")).unwrap();
    assert_eq!(summary(&resume().fails_with(&[name, "does not say"])), [0, 11, 1]);
    fs::write(out.join(claim_of(name)), name).unwrap();
    assert_eq!(summary(&resume().ends_with(0)), [1, 11, 0]);
    assert_eq!(left(), expected);
}

// ---- Many inputs.

fn peak(child: &Child) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().trim_end_matches("kB").trim().parse::<u64>().ok()? * 1024)
}

/// Time and memory grow with the number of inputs, not with its square, and a hundred thousand need less than 200 MB.
#[test]
fn many_inputs_start_soon_and_need_little_memory() {
    let (folder, scans) = scans(&["one.png"]);
    let (few, many) = (2_000, 16_000);
    let trees = [few, many].map(|count| {
        let tree = folder.path().join(count.to_string());
        for number in 0..count {
            let place = tree.join(format!("shelf {}/box {}", number / 4_000, number / 200));
            if number % 200 == 0 {
                fs::create_dir_all(&place).unwrap();
            }
            fs::hard_link(scans.join("one.png"), place.join(format!("page {number}.png"))).unwrap();
        }
        tree
    });
    for layout in [&["--keep-tree"][..], &[]] {
        let dry_run = |tree: &Path, more: &[&str]| {
            let begin = Instant::now();
            let mut command = program();
            command.arg("restore").arg(tree).args(["-o", "none", "--dry-run", "--device", "cpu"]).args(RECIPE);
            let mut child = command.args(layout).args(more).stdout(Stdio::null()).spawn().unwrap();
            let mut most = 0;
            while child.try_wait().unwrap().is_none() {
                most = most.max(peak(&child).unwrap_or(0));
                thread::sleep(Duration::from_millis(2));
            }
            assert!(child.wait().unwrap().success());
            (begin.elapsed().as_secs_f64(), most)
        };
        let [(time_few, memory_few), (time_many, memory_many)] = [&trees[0], &trees[1]].map(|tree| {
            // A tiny share: no photo is measured, which would need more memory than the names.
            (dry_run(tree, &[]).0, dry_run(tree, &["--shard", "1/10000000"]).1)
        });
        println!("{layout:?}: {time_few:.2} s, {time_many:.2} s; {memory_few} B, {memory_many} B");
        let times = (many / few) as f64;
        assert!(time_many < 3.0 * times * time_few, "{time_few} s for {few}, {time_many} s for {many}");
        if memory_few == 0 {
            return skip::skip("this system does not say how much memory a process held");
        }
        let each = memory_many.saturating_sub(memory_few) / (many - few);
        assert!(each < 1_200, "{each} bytes for each input");
    }
}
