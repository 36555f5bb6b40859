//! TGA files (Truevision, version 2.0), after `image` has decoded them.

use image::DynamicImage;

/// What the last bytes of a file with an extension are, behind two offsets of 4 bytes.
const MARK: &[u8; 18] = b"TRUEVISION-XFILE.\0";
/// The place of the attributes type in the extension: what the fourth channel is.
const ATTRIBUTES: usize = 494;

/// The picture without its fourth channel where that is no alpha: by the file's extension, or because all of it would
/// be transparent.
pub fn without_untrue_alpha(image: DynamicImage, bytes: &[u8]) -> DynamicImage {
    match image {
        DynamicImage::ImageRgba8(rgba) if has_none(bytes) || rgba.pixels().all(|pixel| pixel[3] == 0) => {
            DynamicImage::ImageRgba8(rgba).to_rgb8().into()
        }
        image => image,
    }
}

fn has_none(bytes: &[u8]) -> bool {
    let kind = || {
        let (rest, _) = bytes.split_last_chunk::<18>().filter(|(_, mark)| *mark == MARK)?;
        let (_, offsets) = rest.split_last_chunk::<8>()?;
        let extension = u32::from_le_bytes(*offsets.first_chunk()?) as usize;
        (extension > 0).then(|| bytes.get(extension.checked_add(ATTRIBUTES)?).copied())?
    };
    kind() == Some(0)
}
