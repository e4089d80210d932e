//! What conservative scanning of native stacks needs from the machine.

use std::hint::black_box;

/// Calls `f` with the stack pointer, when all registers that callers may keep values in have been stored above it.
///
/// Everything that the callers of this function hold is then found in memory from there up to the start of the stack.
#[inline(never)]
pub fn with_spilled_registers<R>(f: impl FnOnce(*const usize) -> R) -> R {
    let mut registers = [0usize; 12];
    let stack_pointer: usize;
    // SAFETY: writes the registers that a callee has to preserve into the array, which has room for them.
    #[cfg(target_arch = "x86_64")]
    unsafe {
        std::arch::asm!(
            "mov [{to}], rbx",
            "mov [{to} + 8], rbp",
            "mov [{to} + 16], r12",
            "mov [{to} + 24], r13",
            "mov [{to} + 32], r14",
            "mov [{to} + 40], r15",
            "mov {sp}, rsp",
            to = in(reg) registers.as_mut_ptr(),
            sp = lateout(reg) stack_pointer,
            options(nostack, preserves_flags),
        );
    }
    // SAFETY: as above.
    #[cfg(target_arch = "aarch64")]
    unsafe {
        std::arch::asm!(
            "stp x19, x20, [{to}]",
            "stp x21, x22, [{to}, 16]",
            "stp x23, x24, [{to}, 32]",
            "stp x25, x26, [{to}, 48]",
            "stp x27, x28, [{to}, 64]",
            "str x29, [{to}, 80]",
            "mov {sp}, sp",
            to = in(reg) registers.as_mut_ptr(),
            sp = lateout(reg) stack_pointer,
            options(nostack, preserves_flags),
        );
    }
    let result = f(stack_pointer as *const usize);
    // The array has to outlive the call, which must not become a tail call.
    black_box(&mut registers);
    result
}

/// The stack pointer of the function that this is inlined into; None on machines where nobody has looked.
#[inline(always)]
pub fn stack_pointer() -> Option<usize> {
    // SAFETY: reads a register.
    #[cfg(target_arch = "x86_64")]
    unsafe {
        let pointer: usize;
        std::arch::asm!("mov {}, rsp", out(reg) pointer, options(nomem, nostack, preserves_flags));
        Some(pointer)
    }
    // SAFETY: as above.
    #[cfg(target_arch = "aarch64")]
    unsafe {
        let pointer: usize;
        std::arch::asm!("mov {}, sp", out(reg) pointer, options(nomem, nostack, preserves_flags));
        Some(pointer)
    }
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    None
}

/// Bytes below a caller's stack pointer in which a function stores the return address and the registers that it has to
/// preserve, at most.
pub const SAVED_BYTES: usize = if cfg!(target_arch = "x86_64") { 64 } else { 256 };

/// Overwrites some `bytes` of the stack below the frame of the caller, where finished calls left words that
/// conservative scanning would take for pointers.
pub fn scrub_stack(bytes: usize) {
    scrub_piece(bytes);
}

const PIECE_WORDS: usize = 256;

#[inline(never)]
fn scrub_piece(bytes: usize) {
    let mut words = [0usize; PIECE_WORDS];
    black_box(&mut words);
    if let Some(rest) = bytes.checked_sub(PIECE_WORDS * 8) {
        scrub_piece(rest);
    }
    // Keeps the frame until here.
    black_box(&mut words);
}
