//! `image`'s errors, and the sentences about them.

use std::{error::Error, io, path::Path};

use image::{
    ImageError,
    error::{DecodingError, ImageFormatHint, UnsupportedError, UnsupportedErrorKind},
};

use crate::imaging::PictureError;

/// The file contradicts its format.
pub fn broken(format: &str, why: impl Into<Box<dyn Error + Send + Sync>>) -> ImageError {
    ImageError::Decoding(DecodingError::new(ImageFormatHint::Name(format.into()), why))
}

/// The file is of a kind that is not read: the end of the sentence "a picture with …".
pub fn unsupported(what: impl Into<String>) -> ImageError {
    let kind = UnsupportedErrorKind::GenericFeature(what.into());
    ImageError::Unsupported(UnsupportedError::from_format_and_kind(ImageFormatHint::Unknown, kind))
}

/// The file ends too early.
pub fn cut_off() -> ImageError {
    ImageError::IoError(io::ErrorKind::UnexpectedEof.into())
}

/// The sentence for a decoder's error.
pub fn failure(path: &Path, error: ImageError) -> PictureError {
    let path = path.to_path_buf();
    if ends_early(&error) {
        return PictureError::Truncated { path };
    }
    match error {
        ImageError::Unsupported(error) => {
            let what = match error.kind() {
                UnsupportedErrorKind::GenericFeature(what) => what.clone(),
                UnsupportedErrorKind::Color(color) => format!("pixels of the kind {color:?}"),
                _ => format!("something rare ({error})"),
            };
            PictureError::Unsupported { path, kind: format!("a picture with {what}") }
        }
        error => PictureError::Broken { path, reason: error.to_string() },
    }
}

/// Whether an unexpected end of the file is what is behind an error.
fn ends_early(error: &(dyn Error + 'static)) -> bool {
    // Neither `ImageError` nor `io::Error` names what it holds as its source, but only the source of that.
    if let Some(ImageError::IoError(error)) = error.downcast_ref() {
        return ends_early(error);
    }
    match error.downcast_ref::<io::Error>() {
        Some(error) if error.kind() == io::ErrorKind::UnexpectedEof => true,
        Some(error) => error.get_ref().is_some_and(|error| ends_early(error)),
        None => error.source().is_some_and(ends_early),
    }
}
