//! Size classes: which cell an object of a given size gets, and where the cells of a block start.

/// Objects start at multiples of this.
pub(crate) const GRANULE: usize = 16;
/// log2 of [`GRANULE`].
pub(crate) const GRANULE_SHIFT: u32 = 4;
/// The unit in which the range is handed out.
pub(crate) const BLOCK: usize = 1 << BLOCK_SHIFT;
/// log2 of [`BLOCK`].
pub(crate) const BLOCK_SHIFT: u32 = 15;
/// Words of a bitmap with a bit for each granule of a block.
pub(crate) const BLOCK_WORDS: usize = BLOCK / GRANULE / 64;
/// Objects larger than this get blocks of their own.
pub(crate) const MAX_SMALL: usize = BLOCK / 2;
/// Number of size classes. They are fewer than 63: see [`crate::range::Tag`].
pub(crate) const CLASSES: usize = 54;

const fn cells() -> [u16; 64] {
    let mut sizes = [0u16; 64];
    let mut class = 0;
    // Every multiple of the granule up to 256, then 8 classes for each doubling up to 2048.
    let mut size = 0;
    while size < 2048 {
        size += if size < 256 {
            16
        } else if size < 512 {
            32
        } else if size < 1024 {
            64
        } else {
            128
        };
        sizes[class] = size as u16;
        class += 1;
    }
    // Then the largest cells of which 15, 14, .. 2 fit into a block, so that little is left at its end.
    let mut count = 15;
    while count >= 2 {
        sizes[class] = (BLOCK / count / GRANULE * GRANULE) as u16;
        class += 1;
        count -= 1;
    }
    assert!(class == CLASSES);
    sizes
}

const fn class_table() -> [u8; MAX_SMALL / GRANULE + 1] {
    let mut table = [0; MAX_SMALL / GRANULE + 1];
    let mut class = 0;
    let mut granules = 0;
    while granules < table.len() {
        if granules * GRANULE > CELL_SIZES[class] as usize {
            class += 1;
        }
        table[granules] = class as u8;
        granules += 1;
    }
    table
}

const fn start_bits() -> [[u64; BLOCK_WORDS]; CLASSES] {
    let mut table = [[0; BLOCK_WORDS]; CLASSES];
    let mut class = 0;
    while class < CLASSES {
        let step = CELL_SIZES[class] as usize / GRANULE;
        let mut cell = 0;
        while cell < BLOCK / CELL_SIZES[class] as usize {
            let granule = cell * step;
            table[class][granule / 64] |= 1 << (granule % 64);
            cell += 1;
        }
        class += 1;
    }
    table
}

static CELLS: [u16; 64] = CELL_SIZES;
const CELL_SIZES: [u16; 64] = cells();
static CLASS_OF: [u8; MAX_SMALL / GRANULE + 1] = class_table();
static STARTS: [[u64; BLOCK_WORDS]; CLASSES] = start_bits();

/// The class of objects of `size` bytes, which is at most [`MAX_SMALL`].
#[inline(always)]
pub(crate) fn class_of(size: usize) -> u8 {
    CLASS_OF[(size + GRANULE - 1) >> GRANULE_SHIFT]
}

/// Size of the cells of a class.
#[inline(always)]
pub(crate) fn cell_size(class: u8) -> usize {
    CELLS[class as usize & 63] as usize
}

/// Number of cells in a block of a class.
pub(crate) fn cells_in_block(class: u8) -> usize {
    BLOCK / cell_size(class)
}

/// A bit for each granule of a block at which a cell of the class starts.
pub(crate) fn starts(class: u8) -> &'static [u64; BLOCK_WORDS] {
    &STARTS[class as usize]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_hold_what_is_asked_for_and_waste_little() {
        for size in 1..=MAX_SMALL {
            let cell = cell_size(class_of(size));
            assert!(cell >= size && cell.is_multiple_of(GRANULE));
            assert!(!(64..=5000).contains(&size) || cell * 4 <= size * 5, "{size} in {cell}");
        }
        assert_eq!(cell_size(class_of(0)), 16);
    }

    #[test]
    fn blocks_are_well_filled() {
        for class in 0..CLASSES as u8 {
            let used = cell_size(class) * cells_in_block(class);
            assert!(BLOCK - used < BLOCK / 16, "class {class}");
            let bits: u32 = starts(class).iter().map(|word| word.count_ones()).sum();
            assert_eq!(bits as usize, cells_in_block(class));
        }
    }
}
