use protocol::Process;
use std::cmp::Ordering;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Column {
    Name,
    Pid,
    User,
    Cpu,
    Memory,
}

impl Column {
    pub(crate) const ALL: [Self; 5] = [Self::Name, Self::Pid, Self::User, Self::Cpu, Self::Memory];

    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Name => "Name",
            Self::Pid => "PID",
            Self::User => "User",
            Self::Cpu => "CPU",
            Self::Memory => "Memory",
        }
    }

    pub(crate) fn test_id(self) -> &'static str {
        match self {
            Self::Name => "sort-name",
            Self::Pid => "sort-pid",
            Self::User => "sort-user",
            Self::Cpu => "sort-cpu",
            Self::Memory => "sort-memory",
        }
    }

    pub(crate) fn class(self) -> &'static str {
        match self {
            Self::Name | Self::User => "",
            Self::Pid | Self::Cpu | Self::Memory => "number",
        }
    }

    fn compare(self, one: &Process, other: &Process) -> Ordering {
        match self {
            Self::Name => one.name.cmp(&other.name),
            Self::Pid => one.pid.cmp(&other.pid),
            Self::User => one.user.cmp(&other.user),
            Self::Cpu => one.cpu.total_cmp(&other.cpu),
            Self::Memory => one.memory_bytes.cmp(&other.memory_bytes),
        }
    }
}

/// By which column a table of processes is sorted, and which way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Order {
    column: Column,
    descending: bool,
}

impl Default for Order {
    fn default() -> Self {
        Self {
            column: Column::Cpu,
            descending: true,
        }
    }
}

impl Order {
    /// Sorts by this column, or reverses its order; numbers begin with the largest.
    pub(crate) fn by(&mut self, column: Column) {
        self.descending = match self.column == column {
            true => !self.descending,
            false => matches!(column, Column::Cpu | Column::Memory),
        };
        self.column = column;
    }

    /// One by one into its place: they are some dozens, and the library's sort is six kilobytes.
    pub(crate) fn sort(self, processes: Vec<Process>) -> Vec<Process> {
        let mut sorted: Vec<Process> = Vec::with_capacity(processes.len());
        for process in processes {
            let place = sorted.partition_point(|other| self.compare(other, &process).is_lt());
            sorted.insert(place, process);
        }
        sorted
    }

    fn compare(self, one: &Process, other: &Process) -> Ordering {
        let ordering = self.column.compare(one, other);
        let ordering = match self.descending {
            true => ordering.reverse(),
            false => ordering,
        };
        // Equals keep their places from one look to the next.
        ordering.then(one.pid.cmp(&other.pid))
    }

    /// The value of `aria-sort`.
    pub(crate) fn aria_sort(self, column: Column) -> &'static str {
        match (self.column == column, self.descending) {
            (false, _) => "none",
            (true, true) => "descending",
            (true, false) => "ascending",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn process(pid: u32, name: &str, cpu: f64) -> Process {
        Process {
            pid,
            name: name.into(),
            cpu,
            memory_bytes: 0,
            user: None,
        }
    }

    #[test]
    fn the_second_choice_of_a_column_turns_it_round() {
        let processes = [
            process(3, "b", 1.0),
            process(1, "c", -1e300),
            process(2, "a", 1.0),
        ];
        let pids = |order: Order| {
            let sorted = order.sort(processes.to_vec()).into_iter();
            sorted.map(|process| process.pid).collect::<Vec<_>>()
        };
        let mut order = Order::default();
        assert_eq!(pids(order), [2, 3, 1]);
        order.by(Column::Cpu);
        assert_eq!(pids(order), [1, 2, 3]);
        assert_eq!(order.aria_sort(Column::Cpu), "ascending");
        order.by(Column::Name);
        assert_eq!(pids(order), [2, 3, 1]);
        assert_eq!(order.aria_sort(Column::Cpu), "none");
    }
}
