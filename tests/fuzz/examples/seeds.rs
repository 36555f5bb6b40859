//! Writes seed inputs into a folder: generated pictures, and those in further folders.

#[path = "../../support/bases.rs"]
mod bases;

use std::{env, fs, path::Path};

fn main() -> std::io::Result<()> {
    let folders: Vec<_> = env::args().skip(1).collect();
    let (to, from) = folders.split_first().expect("seeds FOLDER [FOLDER OF PICTURES…]");
    fs::create_dir_all(to)?;
    let mut pictures: Vec<_> = bases::bases().into_iter().map(|(name, bytes)| (name.to_owned(), bytes)).collect();
    for folder in from {
        for file in fs::read_dir(folder)? {
            let path = file?.path();
            pictures.push((path.file_name().unwrap_or_default().to_string_lossy().into_owned(), fs::read(path)?));
        }
    }
    for (name, bytes) in pictures {
        let extension = name.rsplit('.').next().unwrap_or_default();
        let first = redawn::EXTENSIONS.iter().position(|other| *other == extension).unwrap_or(9);
        fs::write(Path::new(to).join(name), [&[first as u8], &bytes[..]].concat())?;
    }
    Ok(())
}
