//! AVIF files: AV1 pictures, decoded by rav1d and made into colours here (ITU-T H.273).

mod container;

use image::{ColorType, ImageDecoder, ImageError, ImageResult, metadata::Orientation};
use img_parts::Bytes;
use rayon::prelude::*;
use re_rav1d::dav1d::{Decoder, Picture, PixelLayout, PlanarImageComponent, Plane, Settings, pixel::YUVRange};

use self::container::{AvifImage, Cicp, Container, ContainerError};
use super::{
    errors::{broken, cut_off, unsupported},
    samples::color_type,
};
use crate::pixels::{Depth, Rect};

/// The most frames of a picture, each finer than the one before.
const MOST_FRAMES: usize = 4;

/// An AVIF's main picture.
pub struct AvifDecoder {
    container: Container,
    matrix: Option<YuvMatrix>,
}

/// The conversion of luma and chroma to colours.
#[derive(Debug, Clone, Copy, PartialEq)]
enum YuvMatrix {
    /// The planes are green, blue and red.
    Identity,
    /// YCgCo: chroma of green and orange.
    GreenOrange,
    /// The coefficients of red and blue in the luma.
    Parts(f32, f32),
}

impl YuvMatrix {
    fn of(number: u8) -> ImageResult<Self> {
        Ok(match number {
            0 => YuvMatrix::Identity,
            1 => YuvMatrix::Parts(0.2126, 0.0722),
            4 => YuvMatrix::Parts(0.30, 0.11),
            // Unsaid, too.
            2 | 5 | 6 => YuvMatrix::Parts(0.299, 0.114),
            7 => YuvMatrix::Parts(0.212, 0.087),
            8 => YuvMatrix::GreenOrange,
            9 => YuvMatrix::Parts(0.2627, 0.0593),
            _ => return Err(unsupported(format!("colours by matrix {number}"))),
        })
    }

    /// Red, green and blue of luma (0 to 1) and chroma (-0.5 to 0.5).
    fn colours(self, y: f32, u: f32, v: f32) -> [f32; 3] {
        match self {
            YuvMatrix::Identity => [v, y, u],
            YuvMatrix::GreenOrange => [y - u + v, y + u, y - u - v],
            YuvMatrix::Parts(red, blue) => {
                let (r, b) = (y + 2.0 * (1.0 - red) * v, y + 2.0 * (1.0 - blue) * u);
                [r, (y - red * r - blue * b) / (1.0 - red - blue), b]
            }
        }
    }
}

impl AvifDecoder {
    /// Reads the container.
    ///
    /// # Errors
    /// When it is damaged, cut off, or of a kind that is not read.
    pub fn new(file: &Bytes) -> ImageResult<Self> {
        let container = container::read(file).map_err(|error| match error {
            ContainerError::Damaged => broken("AVIF", "what is said about its picture is not whole"),
            ContainerError::CutOff => cut_off(),
            ContainerError::Unsupported(what) => unsupported(what),
        })?;
        let matrix = container.cicp.map(|cicp| YuvMatrix::of(cicp.matrix)).transpose()?;
        Ok(Self { container, matrix })
    }

    /// Whether the colours are multiplied by the transparency.
    pub fn is_premultiplied(&self) -> bool {
        self.container.premultiplied
    }

    /// The part that is shown, before the photo is turned upright; none for all.
    pub fn crop(&self) -> Option<Rect> {
        self.container.crop
    }

    /// Sentences about what its pixels lose.
    pub fn notices(&self) -> Vec<String> {
        let animation = "It is an animation: only its first frame is used.";
        self.container.animation.then(|| animation.to_string()).into_iter().collect()
    }

    /// Primaries and transfer as a PNG's cICP holds them, where there is no profile and they are not
    /// those of sRGB.
    pub fn cicp(&self) -> Option<Vec<u8>> {
        let Cicp { primaries, transfer, .. } = self.container.cicp.filter(|_| self.container.icc.is_none())?;
        let srgb = matches!(primaries, 1 | 2) && matches!(transfer, 2 | 13);
        // The pixels are red, green and blue now, and black is 0.
        (!srgb).then(|| vec![primaries, transfer, 0, 1])
    }

    fn depth(&self) -> Depth {
        if self.container.picture.deep { Depth::Sixteen } else { Depth::Eight }
    }

    /// Decodes a picture's tiles, and puts them into the buffer from that channel on.
    fn draw(&self, image: &AvifImage, channel: usize, buffer: &mut [u8]) -> ImageResult<()> {
        let color = self.color_type();
        let pixel = usize::from(color.bytes_per_pixel());
        let row_length = self.container.picture.size.0 as usize * pixel;
        let (width, height) = (image.tile.0 as usize, image.tile.1 as usize);
        let mut decoder = decoder(image.tile)?;
        for (index, tile) in image.tiles.iter().enumerate() {
            let decoded = decoded(&mut decoder, tile, image.tile)?;
            let planes = YuvPlanes::new(&decoded, self.container.cicp.filter(|_| channel == 0));
            let matrix = self.matrix.map_or_else(|| YuvMatrix::of(decoded.matrix_coefficients() as u8), Ok)?;
            let (left, top) = (index % image.columns * width * pixel, index / image.columns * height);
            let rows = buffer.par_chunks_exact_mut(row_length).skip(top).take(height);
            rows.enumerate().for_each(|(y, row)| {
                let pixels = row[left..].chunks_exact_mut(pixel);
                let luma = planes.luma(y);
                if channel > 0 || color.channel_count() <= 2 {
                    let values = luma.iter().map(|&value| [value]);
                    self.write(pixels, channel, values);
                } else {
                    let [u, v] = planes.chroma(y, matrix == YuvMatrix::Identity);
                    let values = luma.iter().zip(u.iter().zip(&v));
                    self.write(pixels, channel, values.map(|(&y, (&u, &v))| matrix.colours(y, u, v)));
                }
            });
        }
        Ok(())
    }

    /// Writes each pixel's values, 0 to 1, from a channel on. `as` rounds, and keeps within the range.
    fn write<'a, const N: usize>(
        &self,
        pixels: impl Iterator<Item = &'a mut [u8]>,
        channel: usize,
        values: impl Iterator<Item = [f32; N]>,
    ) {
        let eight = self.depth() == Depth::Eight;
        for (place, values) in pixels.zip(values) {
            if eight {
                let places = place[channel..].iter_mut();
                places.zip(values).for_each(|(place, value)| *place = (value * 255.0 + 0.5) as u8);
            } else {
                let places = place[2 * channel..].as_chunks_mut().0.iter_mut();
                places.zip(values).for_each(|(place, value)| *place = ((value * 65_535.0 + 0.5) as u16).to_ne_bytes());
            }
        }
    }
}

/// A decoded picture's planes as they stand.
struct YuvPlanes {
    /// Each with the bytes from row to row.
    planes: Vec<(Plane, usize)>,
    /// Whether a value takes two bytes.
    wide: bool,
    size: (usize, usize),
    /// Powers of two by which chroma is subsampled, across and down.
    shifts: (u32, u32),
    /// Black, and the range from there to white.
    luma: (f32, f32),
    /// The same for chroma: neutral, and the range.
    chroma: (f32, f32),
}

impl YuvPlanes {
    /// `cicp`: that of the container, which overrides that of the AV1 data.
    fn new(picture: &Picture, cicp: Option<Cicp>) -> Self {
        use PlanarImageComponent::{U, V, Y};
        let bits = picture.bits_per_component().map_or(8, |bits| bits.0);
        let (components, shifts): (&[_], _) = match picture.pixel_layout() {
            PixelLayout::I400 => (&[Y], (0, 0)),
            PixelLayout::I420 => (&[Y, U, V], (1, 1)),
            PixelLayout::I422 => (&[Y, U, V], (1, 0)),
            PixelLayout::I444 => (&[Y, U, V], (0, 0)),
        };
        let full_range = cicp.map_or_else(|| picture.color_range() == YUVRange::Full, |cicp| cicp.full_range);
        let (unit, top) = ((1_u32 << (bits - 8)) as f32, ((1_u32 << bits) - 1) as f32);
        let (luma, range) = match full_range {
            true => ((0.0, top), top),
            false => ((16.0 * unit, 219.0 * unit), 224.0 * unit),
        };
        let plane = |&component| (picture.plane(component), picture.stride(component) as usize);
        Self {
            planes: components.iter().map(plane).collect(),
            wide: bits > 8,
            size: (picture.width() as usize, picture.height() as usize),
            shifts,
            luma,
            chroma: (128.0 * unit, range),
        }
    }

    /// One row of a plane.
    fn row(&self, (plane, stride): &(Plane, usize), y: usize, width: usize, (zero, range): (f32, f32)) -> Vec<f32> {
        let row = plane.get(y * stride..).unwrap_or_default();
        let value = |value: u16| (f32::from(value) - zero) / range;
        match self.wide {
            false => row.iter().take(width).map(|&byte| value(byte.into())).collect(),
            true => row.as_chunks().0.iter().take(width).map(|&two| value(u16::from_ne_bytes(two))).collect(),
        }
    }

    /// One row, 0 to 1.
    fn luma(&self, y: usize) -> Vec<f32> {
        self.row(&self.planes[0], y, self.size.0, self.luma)
    }

    /// One row, -0.5 to 0.5, or 0 to 1 where the planes are colours; between the values of smaller planes.
    fn chroma(&self, y: usize, colours: bool) -> [Vec<f32>; 2] {
        let scale = if colours { self.luma } else { self.chroma };
        let (width, height) = (self.size.0.div_ceil(1 << self.shifts.0), self.size.1.div_ceil(1 << self.shifts.1));
        let (near, far, part) = between(y, self.shifts.1, height);
        [1, 2].map(|index| {
            // Grey among colours.
            let Some(plane) = self.planes.get(index) else { return vec![0.0; self.size.0] };
            let mut row = self.row(plane, near, width, scale);
            if far != near {
                let far = self.row(plane, far, width, scale);
                row.iter_mut().zip(far).for_each(|(near, far)| *near += (far - *near) * part);
            }
            if self.shifts.0 == 0 {
                return row;
            }
            let value = |x| {
                let (near, far, part) = between(x, 1, row.len());
                row[near] + (row[far] - row[near]) * part
            };
            (0..self.size.0.min(2 * row.len())).map(value).collect()
        })
    }
}

/// The two values of a plane of half the size that are next to a place, and what the farther one weighs.
fn between(at: usize, shift: u32, end: usize) -> (usize, usize, f32) {
    let near = at >> shift;
    let far = if at & 1 == 0 { near.saturating_sub(1) } else { near + 1 };
    if shift == 0 { (near, near, 0.0) } else { (near, far.min(end.saturating_sub(1)), 0.25) }
}

fn failed(error: re_rav1d::dav1d::Error) -> ImageError {
    broken("AVIF", error)
}

fn decoder((width, height): (u32, u32)) -> ImageResult<Decoder> {
    let mut settings = Settings::new();
    settings.set_max_frame_delay(1);
    settings.set_all_layers(false);
    settings.set_n_threads(rayon::current_num_threads() as u32);
    settings.set_frame_size_limit(width.saturating_mul(height).max(1));
    Decoder::with_settings(&settings).map_err(failed)
}

/// The picture of a tile.
fn decoded(decoder: &mut Decoder, tile: &Bytes, size: (u32, u32)) -> ImageResult<Picture> {
    if tile.is_empty() {
        return Err(broken("AVIF", "its picture holds nothing"));
    }
    if frames(tile) > MOST_FRAMES {
        return Err(broken("AVIF", "its picture has too many frames"));
    }
    decoder.flush();
    let mut sent = decoder.send_data(tile.clone(), None, None, None);
    let picture = loop {
        if let Err(error) = sent
            && !error.is_again()
        {
            return Err(failed(error));
        }
        match decoder.get_picture() {
            Ok(picture) => break picture,
            Err(error) if !error.is_again() => return Err(failed(error)),
            // Nothing is left to be sent, and still there is no picture.
            Err(_) if sent.is_ok() => return Err(cut_off()),
            Err(_) => sent = decoder.send_pending_data(),
        }
    };
    if (picture.width(), picture.height()) != size {
        return Err(broken("AVIF", "its picture has another size than it says"));
    }
    Ok(picture)
}

/// The number of frames in AV1 OBUs (AV1, section 5.3): each may be as much work as the picture.
fn frames(mut units: &[u8]) -> usize {
    let mut frames = 0;
    while let Some((&header, rest)) = units.split_first() {
        // A frame with its tiles, or the header of one.
        frames += usize::from(matches!(header >> 3 & 0xF, 3 | 6));
        let rest = rest.get(usize::from(header >> 2 & 1)..).unwrap_or_default();
        // Without a length it is the last one.
        if header & 2 == 0 {
            break;
        }
        let (mut length, mut at) = (0_u64, 0);
        while let Some(byte) = rest.get(at).filter(|_| at < 8) {
            length |= u64::from(byte & 0x7F) << (7 * at);
            at += 1;
            if byte & 0x80 == 0 {
                break;
            }
        }
        let next = usize::try_from(length).ok().and_then(|length| length.checked_add(at));
        units = next.and_then(|next| rest.get(next..)).unwrap_or_default();
    }
    frames
}

/// A block, which is empty where it is damaged.
fn whole(block: Option<Vec<u8>>) -> ImageResult<Option<Vec<u8>>> {
    match block {
        Some(block) if block.is_empty() => Err(cut_off()),
        block => Ok(block),
    }
}

impl ImageDecoder for AvifDecoder {
    fn dimensions(&self) -> (u32, u32) {
        self.container.picture.size
    }

    fn color_type(&self) -> ColorType {
        color_type(self.container.picture.grey, self.container.alpha.is_some(), self.depth())
    }

    fn icc_profile(&mut self) -> ImageResult<Option<Vec<u8>>> {
        Ok(self.container.icc.take())
    }

    fn exif_metadata(&mut self) -> ImageResult<Option<Vec<u8>>> {
        whole(self.container.exif.take())
    }

    fn xmp_metadata(&mut self) -> ImageResult<Option<Vec<u8>>> {
        whole(self.container.xmp.take())
    }

    fn orientation(&mut self) -> ImageResult<Orientation> {
        Ok(self.container.orientation)
    }

    fn read_image(self, buffer: &mut [u8]) -> ImageResult<()> {
        self.draw(&self.container.picture, 0, buffer)?;
        match &self.container.alpha {
            Some(alpha) => self.draw(alpha, usize::from(self.color_type().channel_count()) - 1, buffer),
            None => Ok(()),
        }
    }

    fn read_image_boxed(self: Box<Self>, buffer: &mut [u8]) -> ImageResult<()> {
        (*self).read_image(buffer)
    }
}
