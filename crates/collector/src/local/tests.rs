use super::*;

#[test]
fn this_host_is_within_sane_bounds() {}
