//! The temperature sensors in `/sys/class/hwmon`, or without any the thermal zones. `sysinfo`
//! identifies a sensor by its label: it merges those with equal labels, such as of two disks of one model,
//! and drops labels that are not UTF-8.

use super::proc_file::{number, read};
use super::temperatures::{LABEL_CHARS_MAX, reading};
use crate::text;
use protocol::Temperature;
use std::collections::HashMap;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// The maximum number of sensors read.
const SENSORS_MAX: usize = 1_024;

pub(super) struct Reader {
    class: PathBuf,
    sensors: Vec<Sensor>,
}

struct Sensor {
    label: String,
    /// Its device and number, which distinguish it from others with the same label.
    device: String,
    number: u32,
    input: PathBuf,
    fault: PathBuf,
    critical: Option<f64>,
}

impl Reader {
    pub(super) fn new() -> Option<Self> {
        Some(Self::of(Path::new("/sys/class")))
    }

    fn of(class: &Path) -> Self {
        let mut reader = Self {
            class: class.to_owned(),
            sensors: Vec::new(),
        };
        reader.list();
        reader
    }

    /// Discovers sensors.
    pub(super) fn list(&mut self) {
        let chips = directories(&self.class.join("hwmon"), "hwmon");
        let mut sensors: Vec<_> = chips.iter().flat_map(|chip| of_chip(chip)).collect();
        if sensors.is_empty() {
            let zones = directories(&self.class.join("thermal"), "thermal_zone");
            sensors = zones.iter().filter_map(|zone| of_zone(zone)).collect();
        }
        sensors.truncate(SENSORS_MAX);
        // Device numbers change when one is added before them.
        name_apart(&mut sensors, |sensor| format!(" ({})", sensor.device));
        name_apart(&mut sensors, |sensor| format!(" #{}", sensor.number));
        self.sensors = sensors;
    }

    pub(super) fn read(&mut self) -> Vec<Temperature> {
        self.sensors.iter().filter_map(Sensor::read).collect()
    }
}

impl Sensor {
    fn read(&self) -> Option<Temperature> {
        if number(read(&self.fault).trim_ascii()) == Some(1) {
            return None;
        }
        let celsius = celsius(&self.input)?;
        reading(self.label.clone(), celsius, self.critical)
    }
}

/// Makes equal labels distinct by appending device and number.
fn name_apart(sensors: &mut [Sensor], suffix: impl Fn(&Sensor) -> String) {
    let mut uses = HashMap::new();
    for sensor in sensors.iter() {
        *uses.entry(sensor.label.clone()).or_insert(0_u32) += 1;
    }
    for sensor in sensors {
        if uses[&sensor.label] > 1 {
            let suffix = suffix(sensor);
            sensor.label.push_str(&suffix);
        }
    }
}

/// In the order of their numbers.
fn directories(parent: &Path, prefix: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(parent).into_iter().flatten().flatten();
    let mut numbered: Vec<(u32, PathBuf)> = entries
        .filter_map(|entry| {
            let name = entry.file_name();
            let number = name.to_str()?.strip_prefix(prefix)?.parse().ok()?;
            Some((number, entry.path()))
        })
        .collect();
    numbered.sort();
    numbered.into_iter().map(|(_, path)| path).collect()
}

/// The kernel's names: a chip has `name`, a sensor `temp1_input` and perhaps `temp1_label`, a disk
/// `device/model` (sysfs-class-hwmon).
fn of_chip(chip: &Path) -> Vec<Sensor> {
    let entries = fs::read_dir(chip).into_iter().flatten().flatten();
    let mut numbers: Vec<u32> = entries
        .filter_map(|entry| {
            let name = entry.file_name();
            let number = name
                .to_str()?
                .strip_prefix("temp")?
                .strip_suffix("_input")?;
            number.parse().ok()
        })
        .collect();
    numbers.sort_unstable();

    let name = line(&chip.join("name"));
    let model = line(&chip.join("device/model"));
    let device = fs::read_link(chip.join("device")).ok();
    let device = device.as_deref().unwrap_or(chip).file_name();
    let device = device.map_or(String::new(), |name| shown(name.as_bytes()));
    let sensor = |number| {
        let file = |item: &str| chip.join(format!("temp{number}_{item}"));
        let own = line(&file("label"));
        let mut parts = vec![name.clone()];
        if !own.is_empty() {
            parts.push(own);
        } else if model.is_empty() {
            parts.push(format!("temp{number}").into_bytes());
        }
        parts.push(model.clone());
        parts.retain(|part| !part.is_empty());
        Sensor {
            label: shown(&parts.join(&b' ')),
            device: device.clone(),
            number,
            input: file("input"),
            fault: file("fault"),
            critical: celsius(&file("crit")),
        }
    };
    numbers.into_iter().map(sensor).collect()
}

fn of_zone(zone: &Path) -> Option<Sensor> {
    let input = zone.join("temp");
    input.exists().then(|| Sensor {
        label: shown(&line(&zone.join("type"))),
        device: zone
            .file_name()
            .map_or(String::new(), |name| shown(name.as_bytes())),
        number: 0,
        input,
        fault: zone.join("temp_fault"),
        critical: None,
    })
}

fn shown(name: &[u8]) -> String {
    text::display_name(name, LABEL_CHARS_MAX)
}

fn line(path: &Path) -> Vec<u8> {
    read(path).trim_ascii().to_owned()
}

/// Files have thousandths of a degree.
fn celsius(path: &Path) -> Option<f64> {
    let text = read(path);
    let thousandths: i64 = str::from_utf8(text.trim_ascii()).ok()?.parse().ok()?;
    Some(thousandths as f64 / 1e3)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;
    use tempfile::TempDir;

    /// A chip on a device, with these files.
    fn add(class: &TempDir, chip: &str, device: &str, files: &[(&str, &[u8])]) {
        let directory = class.path().join("hwmon").join(chip);
        let device_directory = class.path().join("devices").join(device);
        fs::create_dir_all(&directory).unwrap();
        fs::create_dir_all(&device_directory).unwrap();
        let link = Path::new("../../devices").join(device);
        symlink(link, directory.join("device")).unwrap();
        for (file, content) in files {
            fs::write(directory.join(file), content).unwrap();
        }
    }

    #[track_caller]
    fn check(class: &TempDir, expected: &[(&str, f64)]) {
        let temperatures = Reader::of(class.path()).read();
        let seen: Vec<_> = temperatures
            .iter()
            .map(|sensor| (sensor.label.as_str(), sensor.celsius))
            .collect();
        assert_eq!(seen, expected);
    }

    #[test]
    fn two_disks_of_one_model_are_two_sensors() {
        let class = tempfile::tempdir().unwrap();
        for (chip, device, input) in [
            ("hwmon1", "nvme0", b"35850\n"),
            ("hwmon10", "nvme1", b"51850\n"),
        ] {
            let files: &[(&str, &[u8])] = &[
                ("name", b"nvme\n"),
                ("device/model", b"ACME SSD 980 1TB     \n"),
                ("temp1_label", b"Composite\n"),
                ("temp1_input", input),
            ];
            add(&class, chip, device, files);
        }
        let cpu: &[(&str, &[u8])] = &[("name", b"k10temp\n"), ("temp1_input", b"60000\n")];
        add(&class, "hwmon2", "0000:00:18.3", cpu);
        check(
            &class,
            &[
                ("nvme Composite ACME SSD 980 1TB (nvme0)", 35.9),
                ("k10temp temp1", 60.0),
                ("nvme Composite ACME SSD 980 1TB (nvme1)", 51.9),
            ],
        );
    }

    #[test]
    fn equal_labels_of_one_device_get_their_numbers() {
        let class = tempfile::tempdir().unwrap();
        let board: &[(&str, &[u8])] = &[
            ("name", b"board\n"),
            ("temp1_label", b"VRM\n"),
            ("temp1_input", b"40000\n"),
            ("temp3_label", b"VRM\n"),
            ("temp3_input", b"41000\n"),
        ];
        add(&class, "hwmon0", "board.656", board);
        check(
            &class,
            &[
                ("board VRM (board.656) #1", 40.0),
                ("board VRM (board.656) #3", 41.0),
            ],
        );
    }

    #[test]
    fn a_label_that_is_not_utf8_costs_nothing_but_its_characters() {
        let class = tempfile::tempdir().unwrap();
        let board: &[(&str, &[u8])] = &[
            ("name", b"board\n"),
            ("temp1_label", b"caf\xe9\n"),
            ("temp1_input", b"40000\n"),
            ("temp2_input", b"41000\n"),
        ];
        add(&class, "hwmon0", "board.656", board);
        check(
            &class,
            &[("board caf\u{fffd}", 40.0), ("board temp2", 41.0)],
        );
    }

    #[test]
    fn faulty_and_implausible_readings_are_absent() {
        let class = tempfile::tempdir().unwrap();
        let board: &[(&str, &[u8])] = &[
            ("name", b"board\n"),
            ("temp1_input", b"-273150\n"),
            ("temp2_input", b"65535000\n"),
            ("temp3_input", b"40000\n"),
            ("temp3_fault", b"1\n"),
            ("temp4_input", b"41000\n"),
            ("temp4_fault", b"0\n"),
            ("temp4_crit", b"65261850\n"),
            ("temp5_input", b"\n"),
            ("temp6_label", b"without an input\n"),
        ];
        add(&class, "hwmon0", "board.656", board);
        check(&class, &[("board temp4", 41.0)]);
        assert_eq!(Reader::of(class.path()).read()[0].critical, None);
    }

    #[test]
    fn without_chips_thermal_zones_are_used() {
        let class = tempfile::tempdir().unwrap();
        check(&class, &[]);
        for (zone, kind) in [
            ("thermal_zone0", "cpu-thermal\n"),
            ("thermal_zone1", "gpu-thermal\n"),
            ("cooling_device0", "fan\n"),
        ] {
            let directory = class.path().join("thermal").join(zone);
            fs::create_dir_all(&directory).unwrap();
            fs::write(directory.join("type"), kind).unwrap();
            fs::write(directory.join("temp"), "48500\n").unwrap();
        }
        check(&class, &[("cpu-thermal", 48.5), ("gpu-thermal", 48.5)]);
    }
}
