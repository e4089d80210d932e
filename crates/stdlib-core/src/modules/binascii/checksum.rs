//! Check sums.

use object::slots::R;
use object::{Int, Raised, Value, Vm, natives};

natives! { pub static FUNCTIONS: {
    /// Compute CRC-32 incrementally.
    "crc32($module, data, crc=0, /)" => crc32;
    /// Compute CRC-CCITT incrementally.
    "crc_hqx($module, data, crc, /)" => crc_hqx;
}}

/// Tables to take eight bytes at a time.
const CRC32: [[u32; 256]; 8] = {
    let mut tables = [[0; 256]; 8];
    let mut byte = 0;
    while byte < 256 {
        let mut crc = byte as u32;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 1 != 0 { crc >> 1 ^ 0xEDB8_8320 } else { crc >> 1 };
            bit += 1;
        }
        tables[0][byte] = crc;
        byte += 1;
    }
    let mut table = 1;
    while table < 8 {
        let mut byte = 0;
        while byte < 256 {
            let before: u32 = tables[table - 1][byte];
            tables[table][byte] = before >> 8 ^ tables[0][(before & 255) as usize];
            byte += 1;
        }
        table += 1;
    }
    tables
};

fn crc32_bytes(bytes: &[u8], start: u32) -> u32 {
    let mut crc = !start;
    let mut chunks = bytes.chunks_exact(8);
    for chunk in &mut chunks {
        let low = u32::from_le_bytes([chunk[0], chunk[1], chunk[2], chunk[3]]) ^ crc;
        let low = low.to_le_bytes();
        crc = 0;
        for (index, byte) in low.iter().chain(&chunk[4..]).enumerate() {
            crc ^= CRC32[7 - index][*byte as usize];
        }
    }
    for byte in chunks.remainder() {
        crc = crc >> 8 ^ CRC32[0][((crc ^ *byte as u32) & 255) as usize];
    }
    !crc
}

/// The low bits of an int of any size.
fn low_bits(vm: &Vm, value: Value) -> Result<u32, Raised> {
    Ok(match vm.index(value)? {
        Int::Small(int) => int as u32,
        Int::Big(big) => {
            let (sign, magnitude) = big.big.clone().into_parts();
            let low = magnitude.as_words().first().copied().unwrap_or(0) as u32;
            if sign == dashu_int::Sign::Negative { low.wrapping_neg() } else { low }
        }
    })
}

fn crc32(vm: &Vm, [_module, data, crc]: &[Value; 3]) -> R {
    let start = low_bits(vm, *crc)?;
    let crc = vm.with_bytes(*data, |bytes| crc32_bytes(bytes, start))?;
    Ok(vm.int(crc as i64))
}

fn crc_hqx(vm: &Vm, [_module, data, crc]: &[Value; 3]) -> R {
    let start = low_bits(vm, *crc)? as u16;
    let crc = vm.with_bytes(*data, |bytes| {
        bytes.iter().fold(start, |crc, byte| {
            (0..8).fold(crc ^ (*byte as u16) << 8, |crc, _| if crc & 0x8000 != 0 { crc << 1 ^ 0x1021 } else { crc << 1 })
        })
    })?;
    Ok(vm.int(crc as i64))
}
