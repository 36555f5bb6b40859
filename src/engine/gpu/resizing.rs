//! Bicubic resizing on a GPU: the input of the network that enlarges.

use cubecl::{calculate_cube_count_elemwise, client::Client, prelude::*};

use super::{buffer::Buffer, resident, storage::Storage};
use crate::{
    engine::{INPUT_RANGE, ResizedFrom, ResizedTile},
    pixels::Planes,
};

/// Threads of a group.
const THREADS: u32 = 256;
/// Planes of a tile: luminance and level.
const PLANES: usize = 2;
const RED: f32 = Planes::LUMA[0];
const GREEN: f32 = Planes::LUMA[1];
const BLUE: f32 = Planes::LUMA[2];
const LOWEST: f32 = *INPUT_RANGE.start();
const HIGHEST: f32 = *INPUT_RANGE.end();

/// Queues a tile of the input of the network that enlarges: luminance of the resized picture, and the level.
///
/// # Errors
/// When the tile needs more than there is of the picture.
pub fn luminance_and_level(client: &Client, tile: &ResizedTile) -> Result<Buffer, String> {
    let ResizedTile { columns, rows, .. } = tile;
    let (values, part, planes) = match tile.from {
        ResizedFrom::Resident(picture) => (picture.values().clone(), picture.part(), resident::PLANES),
        ResizedFrom::Uploaded(planes, part) => {
            (Buffer::new(client, planes.data(), Storage::F32), part, planes.channels())
        }
    };
    if values.len() != planes * part.size().area() || ![1, 3].contains(&planes) {
        return Err(format!("{} values in {planes} planes for {part:?}", values.len()));
    }
    let across = columns.places_in(part.x..part.right());
    let down = rows.places_in(part.y..part.bottom());
    let (Some(across), Some(down)) = (across, down) else {
        return Err(format!("a resized tile of {:?} needs more than {part:?}", tile.size()));
    };
    let (column_terms, row_terms) = (columns.terms(), rows.terms());
    if across.len() != columns.len() * column_terms || down.len() != rows.len() * row_terms {
        return Err("sums of different lengths".into());
    }
    let places = Buffer::of_positions(client, &[across, down].concat());
    let weights = Buffer::new(client, &[columns.weights(), rows.weights()].concat(), Storage::F32);
    let area = tile.size().area();
    let output = Buffer::empty(client, PLANES * area, Storage::F32);
    let dim = CubeDim::new_1d(THREADS);
    resize::launch(
        client,
        calculate_cube_count_elemwise(client, area, dim),
        dim,
        values.arg(),
        places.arg(),
        weights.arg(),
        output.arg(),
        columns.len(),
        area,
        column_terms,
        row_terms,
        part.width,
        part.size().area(),
        tile.level,
        planes == 3,
    );
    Ok(output)
}

/// One thread for each of the `area` px of a tile, `width` px wide. `places` and `weights` are those of the columns, then of the
/// rows. `part`: one or three planes of `part_area` values.
#[cube(launch)]
fn resize(
    part: &[f32],
    places: &[u32],
    weights: &[f32],
    tile: &mut [f32],
    width: usize,
    area: usize,
    column_terms: usize,
    row_terms: usize,
    part_width: usize,
    part_area: usize,
    level: f32,
    #[comptime] is_colour: bool,
) {
    let at = ABSOLUTE_POS;
    if at < area {
        let first_column = at % width * column_terms;
        let first_row = width * column_terms + at / width * row_terms;
        let mut red = 0.0f32;
        let mut green = 0.0f32;
        let mut blue = 0.0f32;
        for row in first_row..first_row + row_terms {
            let left = places[row] as usize * part_width;
            let mut red_across = 0.0f32;
            let mut green_across = 0.0f32;
            let mut blue_across = 0.0f32;
            for column in first_column..first_column + column_terms {
                let from = left + places[column] as usize;
                let weight = weights[column];
                red_across += part[from] * weight;
                if comptime!(is_colour) {
                    green_across += part[from + part_area] * weight;
                    blue_across += part[from + 2 * part_area] * weight;
                }
            }
            let weight = weights[row];
            red += red_across * weight;
            green += green_across * weight;
            blue += blue_across * weight;
        }
        let mut luminance = red;
        if comptime!(is_colour) {
            luminance = RED * red + GREEN * green + BLUE * blue;
        }
        tile[at] = clamp(luminance, LOWEST, HIGHEST);
        tile[area + at] = level;
    }
}
