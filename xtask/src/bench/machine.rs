use std::{fs, thread};

/// One line that describes the machine of a measurement.
pub(super) fn description() -> String {
    let read = |path| fs::read_to_string(path).unwrap_or_default();
    let cpu = field(&read("/proc/cpuinfo"), "model name");
    let memory_kib: Option<u64> = field(&read("/proc/meminfo"), "MemTotal")
        .and_then(|memory| memory.split(' ').next()?.parse().ok());
    let kernel = read("/proc/sys/kernel/osrelease");
    let cores = thread::available_parallelism().map_or(0, usize::from);
    format!(
        "{}, {cores} cores, {} GiB, kernel {}",
        cpu.unwrap_or_else(|| "unknown processor".to_owned()),
        memory_kib.map_or("?".to_owned(), |kib| (kib >> 20).to_string()),
        kernel.trim()
    )
}

/// The value of a `name: value` line.
fn field(text: &str, name: &str) -> Option<String> {
    let line = text.lines().find(|line| line.starts_with(name))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::field;

    #[test]
    fn fields_are_found_by_name() {
        let text = "processor\t: 0\nmodel name\t: A B-C\nmodel name\t: other\n";
        assert_eq!(field(text, "model name").as_deref(), Some("A B-C"));
        assert_eq!(field(text, "MemTotal"), None);
    }
}
