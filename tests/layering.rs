//! Dependencies between the modules run one way. Reads `src/` and finds every `crate::` path.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// A module, and the other modules it may use.
const ARROWS: [(&str, &[&str]); 11] = [
    ("pixels", &[]),
    ("folders", &[]),
    ("imaging", &["pixels"]),
    ("engine", &["pixels", "folders"]),
    ("restore", &["engine", "imaging", "pixels"]),
    ("worker", &["restore", "engine", "imaging", "pixels"]),
    ("state", &["worker", "restore", "engine", "imaging", "pixels"]),
    ("desktop", &["folders", "state", "worker", "restore", "engine", "imaging", "pixels"]),
    ("ui", &["state", "worker", "restore", "engine", "imaging", "pixels"]),
    ("window", &["ui", "desktop", "state", "worker", "restore", "engine", "imaging", "pixels"]),
    ("cli", &["worker", "restore", "engine", "imaging", "pixels"]),
];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The code without `//` comments and without the tests at the end of the file.
fn code_of(text: &str) -> String {
    let text = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
    let lines = text.lines().map(|line| line.split("//").next().unwrap_or_default());
    lines.collect::<Vec<_>>().join("\n")
}

/// The modules that a source names after `crate::`, also in groups (`use crate::{a, b::c}`).
fn named_modules(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (start, _) in code.match_indices("crate::") {
        // `rednet_crate::` would be another word.
        if code[..start].ends_with(|letter: char| letter.is_alphanumeric() || letter == '_') {
            continue;
        }
        let rest = &code[start + "crate::".len()..];
        let Some(group) = rest.strip_prefix('{') else {
            found.push(word(rest));
            continue;
        };
        let (mut depth, mut at_start) = (0, true);
        for (index, letter) in group.char_indices() {
            match letter {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                ',' if depth == 0 => at_start = true,
                letter if at_start && !letter.is_whitespace() => {
                    found.push(word(&group[index..]));
                    at_start = false;
                }
                _ => {}
            }
        }
    }
    found
}

fn word(text: &str) -> String {
    text.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect()
}

#[test]
fn groups_and_single_paths_are_read() {
    let code = "use crate::{\n    engine::{Task, cpu},\n    pixels::Size,\n};\nfn f() { crate::worker::x(); my_crate::ui::y() }";
    assert_eq!(named_modules(code), ["engine", "pixels", "worker"]);
    assert_eq!(code_of("use a; // crate::ui\n#[cfg(test)]\nmod tests { use crate::ui; }"), "use a; ");
}

#[test]
fn arrows_run_one_way() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&src, &mut files);
    let mut forbidden = Vec::new();
    let mut checked = 0;
    for file in files {
        let place = file.strip_prefix(&src).unwrap();
        let module = place.iter().next().unwrap().to_str().unwrap().trim_end_matches(".rs").to_owned();
        if ["lib", "main"].contains(&module.as_str()) {
            continue;
        }
        let (_, allowed) = ARROWS.iter().find(|(name, _)| *name == module).unwrap_or_else(|| {
            panic!("src/{module} has no place among the arrows: add it here and to ARCHITECTURE.md");
        });
        checked += 1;
        for named in named_modules(&code_of(&fs::read_to_string(&file).unwrap())) {
            if named != module && !allowed.contains(&named.as_str()) {
                forbidden.push(format!("{}: crate::{named}", place.display()));
            }
        }
    }
    assert!(checked >= ARROWS.len(), "only {checked} files were read");
    assert!(forbidden.is_empty(), "forbidden arrows:\n{}", forbidden.join("\n"));
}

/// Every word of `words` in the code of `modules`, with the file it is in.
fn words_in(modules: &[&str], words: &[&str]) -> Vec<String> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    for module in modules {
        sources(&src.join(module), &mut files);
    }
    assert!(!files.is_empty(), "no files in {modules:?}");
    let mut found = Vec::new();
    for file in files {
        let code = code_of(&fs::read_to_string(&file).unwrap());
        found
            .extend(words.iter().filter(|word| code.contains(*word)).map(|word| format!("{}: {word}", file.display())));
    }
    found
}

#[test]
fn only_the_engine_uses_burn() {
    let found = words_in(
        &["imaging", "restore", "worker", "state", "desktop", "ui", "window", "cli"],
        &["burn::", "burn_wgpu::"],
    );
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn only_the_window_uses_egui() {
    let found = words_in(&["imaging", "engine", "restore", "worker", "cli"], &["egui::", "eframe::", "rfd::"]);
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn drawing_makes_no_requests() {
    let found =
        words_in(&["ui"], &["Worker", "Request::", "engine::opener", "imaging::open", "imaging::save", "std::fs"]);
    assert!(found.is_empty(), "{found:#?}");
}

/// The state changes only by events and commands. Threads and most file access are in `desktop`.
#[test]
fn the_state_is_pure() {
    let found = words_in(
        &["state"],
        &["fs::", "thread::", ".exists()", "symlink_metadata", "is_dir()", "is_file()", "create_dir", "eframe::"],
    );
    assert!(found.is_empty(), "{found:#?}");
}

/// The names of the dependencies in a `Cargo.toml`.
fn dependencies(file: &str) -> Vec<String> {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap();
    let sections = text.split("\n[").filter(|section| section.lines().next().unwrap_or("").ends_with("dependencies]"));
    let names = sections.flat_map(|section| section.lines().filter_map(|line| line.split_once(" = ")));
    names.map(|(name, _)| name.replace('-', "_")).filter(|name| !name.starts_with('#')).collect()
}

/// `tests/fuzz` compiles `imaging`, `pixels` and the base pictures by itself, outside CI.
#[test]
fn the_fuzz_targets_have_all_dependencies() {
    let (ours, theirs) = (dependencies("Cargo.toml"), dependencies("tests/fuzz/Cargo.toml"));
    assert!(ours.len() > 40 && theirs.len() > 15, "{ours:?}, {theirs:?}");
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = vec![root.join("tests/support/bases.rs")];
    ["src/imaging", "src/pixels"].iter().for_each(|folder| sources(&root.join(folder), &mut files));
    for file in files {
        let code = code_of(&fs::read_to_string(&file).unwrap());
        for name in ours.iter().filter(|name| !theirs.contains(name)) {
            let uses = code.match_indices(&format!("{name}::")).any(|(at, _)| {
                !code[..at].ends_with(|letter: char| letter.is_alphanumeric() || letter == '_' || letter == ':')
            });
            assert!(!uses, "{} uses {name}, which is missing in tests/fuzz/Cargo.toml", file.display());
        }
    }
}
