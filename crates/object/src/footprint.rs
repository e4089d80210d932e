//! Memory that a process holds without using it.
//!
//! A start and imports run much code once, and the system maps files in pieces of many pages, so that soon most of the
//! executable counts as memory of the process. Pages that are given back are mapped again, from the system's cache of the
//! file, when they are used.

use heap::StressMode;

/// Are pages to be given back after the collection of that number? A program that runs for long does so ever more rarely.
pub(crate) fn is_due(collections: usize, stress: StressMode) -> bool {
    collections.is_power_of_two() && stress == StressMode::Normal
}

/// Gives back what the process holds of the code and the constants of the executable.
pub(crate) fn release_executable() {
    #[cfg(target_os = "linux")]
    // SAFETY: the function has the type that is asked for, and is called before this returns.
    unsafe {
        libc::dl_iterate_phdr(Some(release_segments), std::ptr::null_mut());
    }
}

/// Gives back the segments of the first object, which is the executable, that are never written.
#[cfg(target_os = "linux")]
unsafe extern "C" fn release_segments(info: *mut libc::dl_phdr_info, _: usize, _: *mut libc::c_void) -> libc::c_int {
    // SAFETY: the loader shows an object with its table of segments; none of its segments goes while it runs. Pages of a
    // segment that is not writable hold what the file holds, so that the system can read them again.
    unsafe {
        let info = &*info;
        let page = libc::sysconf(libc::_SC_PAGESIZE).max(4096) as usize;
        for segment in std::slice::from_raw_parts(info.dlpi_phdr, info.dlpi_phnum as usize) {
            if segment.p_type == libc::PT_LOAD && segment.p_flags & libc::PF_W == 0 {
                let start = (info.dlpi_addr as usize).wrapping_add(segment.p_vaddr as usize).next_multiple_of(page);
                let end = (info.dlpi_addr as usize).wrapping_add((segment.p_vaddr + segment.p_memsz) as usize);
                let size = end.saturating_sub(start) / page * page;
                libc::madvise(start as *mut libc::c_void, size, libc::MADV_DONTNEED);
            }
        }
    }
    1
}

/// Gives back what lies free in the system allocator's memory: after a full collection that is much, and objects that are
/// still in use keep the rest from being given back by itself.
pub(crate) fn trim_allocator() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: it only looks for free memory, under the allocator's locks.
    unsafe {
        libc::malloc_trim(0);
    }
}
