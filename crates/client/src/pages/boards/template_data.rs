//! Boards to begin with, as data.

/// A widget of a template.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    pub(super) kind: &'static str,
    pub(super) title: &'static str,
    pub(super) series: &'static [&'static str],
    pub(super) names: &'static [&'static str],
    pub(super) label: &'static str,
    pub(super) unit: &'static str,
    pub(super) min: Option<f64>,
    pub(super) max: Option<f64>,
    pub(super) decimals: Option<u32>,
    pub(super) thresholds: &'static [f64],
    pub(super) stacked: bool,
    pub(super) text: &'static str,
    /// Columns and rows; those of its kind if there are none.
    pub(super) size: (u16, u16),
}

/// A board to begin with.
#[derive(Debug, Clone, Copy)]
pub(super) struct Template {
    pub(super) name: &'static str,
    pub(super) about: &'static str,
    /// Each with its heading, which may be empty.
    pub(super) sections: &'static [(&'static str, &'static [Entry])],
}

const NONE: Entry = Entry {
    kind: "",
    title: "",
    series: &[],
    names: &[],
    label: "",
    unit: "",
    min: None,
    max: None,
    decimals: None,
    thresholds: &[],
    stacked: false,
    text: "",
    size: (0, 0),
};

const fn entry(
    kind: &'static str,
    title: &'static str,
    series: &'static [&'static str],
    size: (u16, u16),
) -> Entry {
    Entry {
        kind,
        title,
        series,
        size,
        ..NONE
    }
}

const CPU: &str = r#"cpu{core="",host="$host"}"#;
const CORES: &str = r#"cpu{core!="",host="$host"}"#;
const MEMORY: &str = r#"memory{host="$host"}"#;
const MEMORY_USED: &str = r#"memory_used{host="$host"}"#;
const MEMORY_TOTAL: &str = r#"memory_total{host="$host"}"#;
const SWAP: &str = r#"swap{host="$host"}"#;
const DISK: &str = r#"disk{host="$host",mount=""}"#;
const DISKS: &str = r#"disk{host="$host",mount!=""}"#;
const DISKS_USED: &str = r#"disk_used{host="$host",mount!=""}"#;
const DISKS_TOTAL: &str = r#"disk_total{host="$host",mount!=""}"#;
const RECEIVED: &str = r#"network_recv{host="$host",interface=""}"#;
const RECEIVED_TOTAL: &str = r#"network_recv_total{host="$host",interface=""}"#;
const SENT: &str = r#"network_sent{host="$host",interface=""}"#;
const SENT_TOTAL: &str = r#"network_sent_total{host="$host",interface=""}"#;
const READ: &str = r#"sum(disk_read{host="$host"})"#;
const WRITTEN: &str = r#"sum(disk_written{host="$host"})"#;
const LOAD: &[&str] = &[
    r#"load1{host="$host"}"#,
    r#"load5{host="$host"}"#,
    r#"load15{host="$host"}"#,
];

const CPU_LIMITS: &[f64] = &[75.0, 90.0];
const MEMORY_LIMITS: &[f64] = &[80.0, 95.0];
const DISK_LIMITS: &[f64] = &[80.0, 90.0];

const CPU_CHART: Entry = Entry {
    names: &["CPU"],
    unit: "%",
    min: Some(0.0),
    max: Some(100.0),
    thresholds: CPU_LIMITS,
    ..entry("chart", "CPU usage", &[CPU], (6, 6))
};

const MEMORY_CHART: Entry = Entry {
    names: &["Memory", "Swap"],
    unit: "%",
    min: Some(0.0),
    max: Some(100.0),
    thresholds: MEMORY_LIMITS,
    ..entry("chart", "Memory usage", &[MEMORY, SWAP], (6, 6))
};

const NETWORK_CHART: Entry = Entry {
    names: &["Received", "Sent"],
    unit: "B/s",
    min: Some(0.0),
    ..entry("chart", "Network traffic", &[RECEIVED, SENT], (6, 6))
};

const DISK_CHART: Entry = Entry {
    names: &["Read", "Write"],
    unit: "B/s",
    min: Some(0.0),
    stacked: true,
    ..entry("chart", "Disk I/O", &[READ, WRITTEN], (6, 6))
};

const LOAD_CHART: Entry = Entry {
    names: &["1 min", "5 min", "15 min"],
    min: Some(0.0),
    decimals: Some(2),
    ..entry("chart", "Load", LOAD, (12, 5))
};

const TILES: &[Entry] = &[
    Entry {
        thresholds: CPU_LIMITS,
        ..entry("cores", "CPU", &[CPU, CORES], (3, 3))
    },
    Entry {
        thresholds: MEMORY_LIMITS,
        names: &["Memory"],
        ..entry(
            "stat",
            "Memory",
            &[MEMORY, MEMORY_USED, MEMORY_TOTAL],
            (3, 3),
        )
    },
    Entry {
        thresholds: DISK_LIMITS,
        label: "mount",
        ..entry(
            "fullest",
            "Disk",
            &[DISK, DISKS, DISKS_USED, DISKS_TOTAL],
            (3, 3),
        )
    },
    entry(
        "pair",
        "Network",
        &[RECEIVED, RECEIVED_TOTAL, SENT, SENT_TOTAL],
        (3, 3),
    ),
];

pub(super) const TEMPLATES: &[Template] = &[
    Template {
        name: "Host",
        about: "CPU, memory, disks and network of a host, with its processes and events.",
        sections: &[
            ("", TILES),
            (
                "Charts",
                &[
                    CPU_CHART,
                    MEMORY_CHART,
                    NETWORK_CHART,
                    DISK_CHART,
                    LOAD_CHART,
                ],
            ),
            (
                "Details",
                &[
                    entry("processes", "Processes", &[], (6, 9)),
                    entry("feed", "Activity", &[], (6, 9)),
                ],
            ),
        ],
    },
    Template {
        name: "Wall",
        about: "Large values and few charts, to be read from across the room.",
        sections: &[(
            "",
            &[
                Entry {
                    names: &["CPU"],
                    unit: "%",
                    thresholds: CPU_LIMITS,
                    ..entry("value", "CPU", &[CPU], (3, 5))
                },
                Entry {
                    names: &["Memory"],
                    unit: "%",
                    thresholds: MEMORY_LIMITS,
                    ..entry("value", "Memory", &[MEMORY], (3, 5))
                },
                Entry {
                    names: &["Disk"],
                    unit: "%",
                    thresholds: DISK_LIMITS,
                    ..entry("value", "Fullest disk", &[DISK], (3, 5))
                },
                entry("clock", "", &[], (3, 5)),
                Entry {
                    size: (6, 8),
                    ..CPU_CHART
                },
                Entry {
                    size: (6, 8),
                    ..NETWORK_CHART
                },
                entry("alerts", "Alerts", &[], (12, 5)),
            ],
        )],
    },
    Template {
        name: "Application",
        about: "Metrics of your own programs: charts of the series whose names you enter.",
        sections: &[
            (
                "",
                &[Entry {
                    text: "Select a widget and press **Configure** to choose its series.",
                    ..entry("text", "", &[], (12, 2))
                }],
            ),
            ("", &[entry("reported", "All custom metrics", &[], (12, 6))]),
        ],
    },
    Template {
        name: "Checks",
        about: "What is up and down, and how soon it answers.",
        sections: &[(
            "",
            &[
                Entry {
                    names: &["$check"],
                    ..entry("value", "Up", &["check_up"], (6, 5))
                },
                Entry {
                    names: &["$check"],
                    unit: "s",
                    ..entry("value", "Response time", &["check_seconds"], (6, 5))
                },
                Entry {
                    names: &["$check"],
                    unit: "s",
                    min: Some(0.0),
                    ..entry("chart", "Response time", &["check_seconds"], (12, 7))
                },
                entry("alerts", "Alerts", &[], (12, 5)),
            ],
        )],
    },
    Template {
        name: "Empty",
        about: "A board without widgets.",
        sections: &[("", &[])],
    },
];

/// What a widget of a kind begins with, where it takes series.
pub(super) const EXAMPLES: &[Entry] = &[
    Entry {
        size: (0, 0),
        ..CPU_CHART
    },
    Entry {
        names: &["CPU"],
        unit: "%",
        thresholds: CPU_LIMITS,
        ..entry("value", "CPU", &[CPU], (0, 0))
    },
    Entry {
        unit: "%",
        min: Some(0.0),
        max: Some(100.0),
        thresholds: CPU_LIMITS,
        ..entry("gauge", "CPU", &[CPU], (0, 0))
    },
    Entry {
        names: &["$mount"],
        unit: "%",
        max: Some(100.0),
        thresholds: DISK_LIMITS,
        ..entry("bars", "Disks", &[DISKS], (0, 0))
    },
    Entry {
        names: &["Usage", "Used", "Size"],
        label: "mount",
        ..entry("table", "Disks", &[DISKS, DISKS_USED, DISKS_TOTAL], (0, 0))
    },
    Entry {
        names: &["$core"],
        unit: "%",
        min: Some(0.0),
        max: Some(100.0),
        ..entry("heatmap", "CPU cores", &[CORES], (0, 0))
    },
    Entry {
        thresholds: MEMORY_LIMITS,
        names: &["Memory"],
        ..entry(
            "stat",
            "Memory",
            &[MEMORY, MEMORY_USED, MEMORY_TOTAL],
            (0, 0),
        )
    },
    Entry {
        thresholds: CPU_LIMITS,
        ..entry("cores", "CPU", &[CPU, CORES], (0, 0))
    },
    Entry {
        thresholds: DISK_LIMITS,
        label: "mount",
        ..entry(
            "fullest",
            "Disk",
            &[DISK, DISKS, DISKS_USED, DISKS_TOTAL],
            (0, 0),
        )
    },
    entry(
        "pair",
        "Network",
        &[RECEIVED, RECEIVED_TOTAL, SENT, SENT_TOTAL],
        (0, 0),
    ),
    Entry {
        names: &["1 min", "5 min", "15 min"],
        ..entry("trio", "Load average", LOAD, (0, 0))
    },
    Entry {
        thresholds: DISK_LIMITS,
        ..entry(
            "disks",
            "Disks",
            &[
                DISKS,
                DISKS_USED,
                DISKS_TOTAL,
                r#"disk_read{host="$host",mount!=""}"#,
                r#"disk_written{host="$host",mount!=""}"#,
            ],
            (0, 0),
        )
    },
    entry(
        "interfaces",
        "Interfaces",
        &[
            r#"network_recv{host="$host",interface!=""}"#,
            r#"network_sent{host="$host",interface!=""}"#,
            r#"network_recv_total{host="$host",interface!=""}"#,
            r#"network_sent_total{host="$host",interface!=""}"#,
        ],
        (0, 0),
    ),
    entry(
        "temperatures",
        "Temperatures",
        &[
            r#"temperature{host="$host",sensor!=""}"#,
            r#"temperature_critical{host="$host",sensor!=""}"#,
        ],
        (0, 0),
    ),
    Entry {
        text: "# Notes\n\nWhat others should know about this board.",
        ..entry("text", "", &[], (0, 0))
    },
];
