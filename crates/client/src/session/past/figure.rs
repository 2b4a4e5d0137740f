//! Which of the charts' lines a series is.

use super::answers::{Labels, Series};

/// One of the charts' lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Figure<'a> {
    Cpu,
    Load,
    LoadFive,
    LoadFifteen,
    Memory,
    Swap,
    Sent,
    Recv,
    /// Of one disk; the charts show the sum.
    Read,
    Written,
    Temperature(&'a str),
    /// What a program reports: its source, and its label.
    Label(&'a str, &'a str),
}

impl<'a> Figure<'a> {
    /// None if no chart draws it.
    pub(super) fn of(host: &str, name: &'a str, labels: &'a Labels) -> Option<Self> {
        if host.is_empty() {
            let source = labels.source.as_deref().unwrap_or_default();
            return Some(Self::Label(source, name));
        }
        let whole = *labels == Labels::default();
        Some(match name {
            "cpu" if whole => Self::Cpu,
            "load1" => Self::Load,
            "load5" => Self::LoadFive,
            "load15" => Self::LoadFifteen,
            "memory" => Self::Memory,
            "swap" => Self::Swap,
            "network_sent" if whole => Self::Sent,
            "network_recv" if whole => Self::Recv,
            "disk_read" => Self::Read,
            "disk_written" => Self::Written,
            "temperature" => Self::Temperature(labels.sensor.as_deref()?),
            _ => return None,
        })
    }

    pub(super) fn of_series(series: &'a Series) -> Option<Self> {
        Self::of(&series.host, &series.name, &series.labels)
    }

    pub(super) fn is_label(self) -> bool {
        matches!(self, Self::Label(..))
    }

    /// What people call it.
    pub(super) fn title(self, labels: &Labels) -> String {
        let of_disk =
            |what: &str| [what, " ", labels.mount.as_deref().unwrap_or_default()].concat();
        match self {
            Self::Cpu => "CPU".into(),
            Self::Load => "Load, 1 min".into(),
            Self::LoadFive => "Load, 5 min".into(),
            Self::LoadFifteen => "Load, 15 min".into(),
            Self::Memory => "Memory".into(),
            Self::Swap => "Swap".into(),
            Self::Sent => "Sent".into(),
            Self::Recv => "Received".into(),
            Self::Read => of_disk("Read"),
            Self::Written => of_disk("Written"),
            Self::Temperature(sensor) => sensor.into(),
            Self::Label("", label) => label.into(),
            Self::Label(source, label) => [label, " · ", source].concat(),
        }
    }

    /// Its place in a list of all.
    pub(super) fn rank(self) -> u8 {
        match self {
            Self::Cpu => 0,
            Self::Load => 1,
            Self::LoadFive => 2,
            Self::LoadFifteen => 3,
            Self::Memory => 4,
            Self::Swap => 5,
            Self::Recv => 6,
            Self::Sent => 7,
            Self::Read => 8,
            Self::Written => 9,
            Self::Temperature(_) => 10,
            Self::Label(..) => 11,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_charts_draw_is_a_figure() {
        let none = Labels::default();
        let core = Labels {
            core: Some("0".into()),
            ..Labels::default()
        };
        let shop = Labels {
            source: Some("shop".into()),
            ..Labels::default()
        };
        assert_eq!(Figure::of("local", "cpu", &none), Some(Figure::Cpu));
        assert_eq!(Figure::of("local", "cpu", &core), None);
        assert_eq!(Figure::of("local", "uptime", &none), None);
        let label = Figure::of("", "cpu", &shop);
        assert_eq!(label, Some(Figure::Label("shop", "cpu")));
    }
}
