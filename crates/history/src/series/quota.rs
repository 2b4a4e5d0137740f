use super::family::Family;
use super::limits::{DATA_RESERVE, FAMILY_SERIES_LARGE, Limits, SMALL_FAMILIES_RESERVE};
use std::collections::HashMap;
use std::sync::Arc;

/// Counts the series of each family, and decides whether one more is allowed.
///
/// A short-lived series cannot be recognised, but short-lived ones come in large families: a large family
/// leaves a reserve, in which the series of a new disk are allowed.
#[derive(Debug, Default)]
pub(super) struct Quotas {
    limits: Limits,
    families: HashMap<Arc<Family>, usize>,
    /// Of all families.
    all: usize,
    /// Of all sources.
    data: usize,
}

/// The family of a new series that was rejected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// As part of a sentence: ``the label `interface` ``.
    pub family: String,
    /// The family with the most series.
    pub largest_family: String,
    /// How many it has.
    pub largest_series: usize,
}

impl Quotas {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            limits,
            ..Self::default()
        }
    }

    pub(super) fn has_room(&self, family: &Family) -> bool {
        let size = self.families.get(family).copied().unwrap_or(0);
        let is_large = size >= FAMILY_SERIES_LARGE;
        let reserve = |reserve: usize| if is_large { reserve } else { 0 };
        let free = self.limits.series_max.saturating_sub(self.all);
        let data_max = self.limits.program_series_max();
        let data_free = data_max.saturating_sub(self.data);
        free > reserve(SMALL_FAMILIES_RESERVE)
            && (!family.is_data() || data_free > reserve(DATA_RESERVE))
    }

    /// Adds a series. Returns its family, which all its series share.
    pub(super) fn add(&mut self, family: Family) -> Arc<Family> {
        self.all += 1;
        self.data += usize::from(family.is_data());
        let known = self.families.get_key_value(&family);
        let family = known.map_or_else(|| Arc::new(family), |(family, _)| Arc::clone(family));
        *self.families.entry(Arc::clone(&family)).or_default() += 1;
        family
    }

    pub(super) fn remove(&mut self, family: &Family) {
        let Some(size) = self.families.get_mut(family) else {
            return;
        };
        *size -= 1;
        if *size == 0 {
            self.families.remove(family);
        }
        self.all -= 1;
        self.data -= usize::from(family.is_data());
    }

    pub(super) fn refused(&self, family: &Family) -> Refused {
        let largest = self.families.iter().max_by_key(|(_, size)| **size);
        let (largest_family, largest_series) = largest
            .map(|(family, size)| (family.to_string(), *size))
            .unwrap_or_default();
        Refused {
            family: family.to_string(),
            largest_family,
            largest_series,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::limits::{HOST_SERIES_RESERVE, SERIES_MAX_LEAST};
    use super::*;

    const SERIES_MAX: usize = SERIES_MAX_LEAST;
    const DATA_SERIES_MAX: usize = SERIES_MAX - HOST_SERIES_RESERVE;

    fn quotas() -> Quotas {
        Quotas::new(Limits {
            series_max: SERIES_MAX,
            ..Limits::default()
        })
    }

    fn host(labels: &str) -> Family {
        Family::Host {
            host: "local".to_owned(),
            labels: labels.to_owned(),
        }
    }

    fn data(source: &str) -> Family {
        Family::Data {
            source: source.to_owned(),
        }
    }

    /// How many of so many are allowed.
    fn add(quotas: &mut Quotas, family: &Family, count: usize) -> usize {
        let mut added = 0;
        for _ in 0..count {
            if quotas.has_room(family) {
                quotas.add(family.clone());
                added += 1;
            }
        }
        added
    }

    #[test]
    fn a_large_family_leaves_a_reserve_for_small_ones() {
        let mut quotas = quotas();
        assert_eq!(add(&mut quotas, &host(""), 30), 30);
        let room = SERIES_MAX - SMALL_FAMILIES_RESERVE - 30;
        assert_eq!(add(&mut quotas, &host("interface"), 5_000), room);
        assert_eq!(add(&mut quotas, &host("mount"), 5), 5, "a new disk");
        assert_eq!(add(&mut quotas, &data("shop"), 20), 20, "a new program");
        assert_eq!(add(&mut quotas, &host("interface"), 1), 0);
        let refused = quotas.refused(&host("interface"));
        assert_eq!(refused.family, "the label `interface`");
        assert_eq!(refused.largest_series, room);
        for _ in 0..500 {
            quotas.remove(&host("interface"));
        }
        assert_eq!(add(&mut quotas, &host("interface"), 5_000), 475);
    }

    #[test]
    fn all_series_of_a_large_host_are_allowed() {
        let mut quotas = quotas();
        for (labels, count) in [("", 30), ("core", 512), ("mount", 200), ("interface", 80)] {
            assert_eq!(add(&mut quotas, &host(labels), count), count, "{labels}");
        }
    }

    #[test]
    fn sources_leave_a_reserve_for_the_host_whatever_their_names() {
        let mut quotas = quotas();
        let sources = (0..5_000).map(|number| data(&number.to_string()));
        let added: usize = sources.map(|source| add(&mut quotas, &source, 1)).sum();
        assert_eq!(added, DATA_SERIES_MAX);
        let left = SERIES_MAX - DATA_SERIES_MAX;
        assert_eq!(add(&mut quotas, &host(""), 30), 30);
        let for_small = SMALL_FAMILIES_RESERVE;
        assert_eq!(
            add(&mut quotas, &host("mount"), 5_000),
            left - 30 - for_small
        );
        assert_eq!(add(&mut quotas, &host("core"), 5_000), for_small);
        assert_eq!(add(&mut quotas, &host("sensor"), 1), 0, "all are used up");
    }

    #[test]
    fn one_source_leaves_a_reserve_for_another() {
        let mut quotas = quotas();
        add(&mut quotas, &data("one"), 5_000);
        assert_eq!(add(&mut quotas, &data("another"), 50), 50);
    }
}
