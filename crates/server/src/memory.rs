//! Memory that only the start needs.

/// Gives unused memory back to the system. The description of the API takes some megabytes while it is made, which the
/// allocator would otherwise keep.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[expect(unsafe_code, reason = "a function of the C library")]
pub(crate) fn release_unused() {
    // SAFETY: it takes no pointer, and any thread may call it at any time (malloc_trim(3)).
    unsafe { libc::malloc_trim(0) };
}

/// Other allocators do it by themselves, or not at all.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub(crate) fn release_unused() {}
