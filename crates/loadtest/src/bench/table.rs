//! Columns for a terminal.

/// Aligns each column to its widest cell; lines carry no trailing spaces.
pub(super) fn table<const COLUMNS: usize>(rows: &[[String; COLUMNS]]) -> String {
    let mut widths = [0; COLUMNS];
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let lines: Vec<String> = rows
        .iter()
        .map(|row| {
            let cells: Vec<String> = row
                .iter()
                .zip(widths)
                .map(|(cell, width)| format!("{cell:width$}"))
                .collect();
            cells.join("  ").trim_end().to_owned()
        })
        .collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::table;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = [["fmt", "passed", "1 s"], ["clippy-wasm", "not run", ""]]
            .map(|row| row.map(str::to_owned));
        assert_eq!(
            table(&rows),
            "fmt          passed   1 s\nclippy-wasm  not run"
        );
    }
}
