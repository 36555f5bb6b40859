//! Pictures that stay in a GPU's memory between two networks.

use std::sync::Arc;

use cubecl::{calculate_cube_count_elemwise, client::Client, prelude::*};

use super::{
    OpenGpu,
    buffer::Buffer,
    guard::{IsUsable, caught},
    storage::Storage,
};
use crate::pixels::{Rect, Size};

/// Threads of a group.
const THREADS: u32 = 256;
/// Number of planes.
pub(super) const PLANES: usize = 3;

/// Part of a picture in a GPU's memory: R, G and B, row by row.
#[derive(Debug)]
pub struct ResidentPicture {
    values: Buffer,
    part: Rect,
    picture: Size,
    /// Identifies the GPU as it was opened.
    gpu: IsUsable,
}

impl ResidentPicture {
    /// Memory for the part `part` of a picture, with undefined content. None if the GPU does not have that much.
    pub fn reserve(gpu: &OpenGpu, part: Rect, picture: Size) -> Option<Self> {
        let len = PLANES * part.size().area();
        if (len * size_of::<f32>()) as u64 > gpu.max_binding {
            return None;
        }
        let reserved = caught(|| {
            let values = Buffer::empty(&gpu.client, len, Storage::F32);
            values.wait(&gpu.client).map(|()| values)
        });
        let values =
            reserved.inspect_err(|reason| log::info!("no picture stays on {}: {reason}", gpu.info.name)).ok()?;
        Some(Self { values, part, picture, gpu: gpu.is_usable.clone() })
    }

    /// Whether it is in the memory of this GPU, which was not opened again since.
    pub fn is_on(&self, gpu: &OpenGpu) -> bool {
        Arc::ptr_eq(&self.gpu, &gpu.is_usable)
    }

    /// The part.
    pub fn part(&self) -> Rect {
        self.part
    }

    /// Its values.
    pub(super) fn values(&self) -> &Buffer {
        &self.values
    }

    /// Queues a copy of the part `kept` of a tile's output, both in px of the picture.
    ///
    /// # Errors
    /// When the part is not inside of this one and of the tile, or the output is not one of such a tile.
    pub fn put(&self, client: &Client, output: &Buffer, tile: Rect, kept: Rect) -> Result<(), String> {
        if kept.intersection(self.part) != kept || kept.intersection(tile) != kept {
            return Err(format!("{kept:?} of {tile:?} is outside of {:?}", self.part));
        }
        if output.len() != PLANES * tile.size().area() {
            return Err(format!("{} values for {tile:?}", output.len()));
        }
        let dim = CubeDim::new_1d(THREADS);
        let len = PLANES * kept.size().area();
        let first = |within: Rect| (kept.y - within.y) * within.width + kept.x - within.x;
        copy::launch(
            client,
            calculate_cube_count_elemwise(client, len, dim),
            dim,
            output.arg(),
            self.values.arg(),
            len,
            kept.width,
            kept.height,
            first(tile),
            tile.width,
            tile.size().area(),
            first(self.part),
            self.part.width,
            self.part.size().area(),
        );
        Ok(())
    }

    /// Queues a tile with the planes R, G, B and a level, which has one value for each px or one for all. The tile may extend
    /// 1 px beyond the picture, which is reflected there.
    ///
    /// # Errors
    /// When the tile is not inside of the part, or the number of levels is wrong.
    pub fn with_level(&self, client: &Client, level: &Buffer, tile: Rect) -> Result<Buffer, String> {
        let area = tile.size().area();
        // Reflection needs the px before the last one, too.
        let left = tile.x.min(self.picture.width.saturating_sub(2));
        let top = tile.y.min(self.picture.height.saturating_sub(2));
        let inside = tile.intersection(self.picture.rect());
        let seen = Rect::new(left, top, inside.right() - left, inside.bottom() - top);
        if seen.intersection(self.part) != seen {
            return Err(format!("the tile {tile:?} is outside of {:?}", self.part));
        }
        if level.len() != area && level.len() != 1 {
            return Err(format!("{} levels for {area} px", level.len()));
        }
        let output = Buffer::empty(client, (PLANES + 1) * area, Storage::F32);
        let dim = CubeDim::new_1d(THREADS);
        let place = tile.relative_to(self.part.x, self.part.y);
        gather::launch(
            client,
            calculate_cube_count_elemwise(client, output.len(), dim),
            dim,
            self.values.arg(),
            level.arg(),
            output.arg(),
            tile.width,
            tile.height,
            self.part.width,
            self.part.height,
            place.x,
            place.y,
            self.picture.width - self.part.x,
            self.picture.height - self.part.y,
            usize::from(level.len() == area),
        );
        Ok(output)
    }
}

/// One thread for each of `len` values of a part of `width` × `height` px, whose top left px is the `first` of a plane of
/// `from` and of `to`. Values are copied bit by bit.
#[cube(launch)]
fn copy(
    from: &[u32],
    to: &mut [u32],
    len: usize,
    width: usize,
    height: usize,
    from_first: usize,
    from_width: usize,
    from_area: usize,
    to_first: usize,
    to_width: usize,
    to_area: usize,
) {
    let at = ABSOLUTE_POS;
    if at < len {
        let (x, y, plane) = (at % width, at / width % height, at / width / height);
        let source = plane * from_area + from_first + y * from_width + x;
        to[plane * to_area + to_first + y * to_width + x] = from[source];
    }
}

/// One thread for each value of a tile of `width` × `height` px, whose top left corner is at (`left`, `top`) of the resident
/// part. The picture ends at (`right`, `bottom`) of that part.
#[cube(launch)]
fn gather(
    part: &[u32],
    level: &[u32],
    tile: &mut [u32],
    width: usize,
    height: usize,
    part_width: usize,
    part_height: usize,
    left: usize,
    top: usize,
    right: usize,
    bottom: usize,
    levels_per_pixel: usize,
) {
    let at = ABSOLUTE_POS;
    if at < tile.len() {
        let (x, y, plane) = (at % width, at / width % height, at / width / height);
        if plane < PLANES {
            let (column, row) = (reflected(left + x, right), reflected(top + y, bottom));
            tile[at] = part[(plane * part_height + row) * part_width + column];
        } else {
            tile[at] = level[(y * width + x) * levels_per_pixel];
        }
    }
}

/// The position within a length that stands for `at`.
#[cube]
fn reflected(at: usize, length: usize) -> usize {
    let mut place = at;
    if at >= length {
        place = 0;
        if 2 * length >= at + 2 {
            place = 2 * length - 2 - at;
        }
    }
    place
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::gpu;

    /// Then the picture is uploaded. On software Vulkan too, if there is one here.
    #[test]
    fn a_picture_that_does_not_fit_does_not_stay() {
        for device in gpu::list() {
            let mut gpu = gpu::open(&device).expect("a device");
            let reserve = |gpu: &OpenGpu, size: Size| ResidentPicture::reserve(gpu, size.rect(), size);
            let (small, huge) = (Size::new(7, 5), Size::new(1 << 20, 1 << 20));
            assert!(reserve(&gpu, huge).is_none(), "larger than a binding");
            gpu.max_binding = u64::MAX;
            assert!(reserve(&gpu, huge).is_none(), "no GPU has that");
            assert!(reserve(&gpu, small).is_some_and(|picture| picture.is_on(&gpu)), "the GPU can still be used");
            gpu.max_binding = 4 * 3 * 7 * 5 - 1;
            assert!(reserve(&gpu, small).is_none());
        }
    }

    #[test]
    fn only_the_part_is_read_or_written() {
        for device in gpu::list() {
            let gpu = gpu::open(&device).expect("a device");
            let (part, picture) = (Rect::new(4, 6, 9, 8), Size::new(17, 33));
            let resident = ResidentPicture::reserve(&gpu, part, picture).expect("memory");
            let values = |len: usize| Buffer::new(&gpu.client, &vec![0.5; len], Storage::F32);
            let read =
                |tile: Rect, levels| resident.with_level(&gpu.client, &values(levels), tile).map(|tile| tile.len());
            assert_eq!([read(part, 1), read(part, 72)], [Ok(4 * 72), Ok(4 * 72)]);
            assert!(read(part, 2).is_err(), "levels");
            for tile in [Rect::new(3, 6, 9, 8), Rect::new(4, 6, 10, 8), Rect::new(4, 7, 9, 8), Rect::new(4, 5, 2, 2)] {
                assert!(read(tile, 1).is_err(), "{tile:?}");
            }
            let output = values(3 * 16);
            let put = |tile, rect| resident.put(&gpu.client, &output, tile, rect);
            let tile = Rect::new(2, 5, 4, 4);
            assert_eq!(put(tile, Rect::new(4, 6, 2, 3)), Ok(()));
            assert!(put(tile, Rect::new(3, 6, 2, 2)).is_err() && put(tile, Rect::new(4, 6, 3, 3)).is_err());
            assert!(put(Rect::new(2, 5, 4, 5), Rect::new(4, 6, 2, 3)).is_err(), "values");
        }
    }
}
