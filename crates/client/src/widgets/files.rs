//! Downloads of what the page shows, as files.

use super::chart::{Charts, SharedPlan};
use super::list::{self, Handles, List};
use crate::kit::browser::download_text;
use crate::kit::export;
use crate::kit::format;
use crate::kit::later::{chunk, later};
use crate::kit::state::State;
use crate::kit::toasts::Toasts;
use crate::model::Filter;
use leptos::prelude::untrack;
use protocol::Process;

/// A file to download.
pub(super) enum File {
    /// All values that are seen in a chart, as comma-separated values.
    ChartValues(Charts, SharedPlan),
    /// What is seen of a chart, as a picture with its title and legend.
    ChartPicture(Charts, SharedPlan),
    /// What is listed, as comma-separated values.
    ListCsv(Handles, List, State<Filter>),
    /// The same as a list of objects.
    ListJson(Handles, List, State<Filter>),
    /// A host's processes, in this order, as comma-separated values.
    Processes(String, Vec<Process>),
    /// A table of a host's board, with its title and its cells, as comma-separated values.
    Rows(String, String, Vec<Vec<String>>),
}

/// Gives the user a file of what is there now, or as soon as the code for it is.
pub(super) fn save(toasts: Toasts, file: File) {
    later(toasts, write(file));
}

chunk! {
    on_demand:
    fn write(file: File) -> () {
        match file {
            File::ChartValues(charts, plan) => charts.save_csv(&plan),
            File::ChartPicture(charts, plan) => charts.save_png(&plan),
            File::ListCsv(of, list, filter) => {
                let text = untrack(|| list::csv(of, &list.entries(of, filter)));
                download_text(&name(of, list, "csv"), "text/csv", &text);
            }
            File::ListJson(of, list, filter) => {
                let text = untrack(|| list::json(of, &list.entries(of, filter)));
                download_text(&name(of, list, "json"), "application/json", &text);
            }
            File::Processes(host, processes) => {
                let text = processes_csv(&processes);
                let name = export::file_name(&host, "processes", None, "csv");
                download_text(&name, "text/csv", &text);
            }
            File::Rows(host, title, rows) => {
                let name = export::file_name(&host, &title, None, "csv");
                download_text(&name, "text/csv", &rows_csv(&rows));
            }
        }
    }
}

fn name(of: Handles, list: List, extension: &str) -> String {
    let host = of.host.get_untracked();
    export::file_name(&host, list.name, None, extension)
}

fn rows_csv(rows: &[Vec<String>]) -> String {
    let mut csv = String::new();
    for row in rows {
        let mut cells = Vec::with_capacity(row.len());
        for cell in row {
            cells.push(cell.as_str());
        }
        export::csv_record(&mut csv, &cells);
    }
    csv
}

/// A line for each.
fn processes_csv(processes: &[Process]) -> String {
    let mut csv = String::new();
    export::csv_record(
        &mut csv,
        &["name", "pid", "user", "cpu_percent", "memory_bytes"],
    );
    for process in processes {
        let cells = [
            process.name.as_str(),
            &process.pid.to_string(),
            process.user.as_deref().unwrap_or_default(),
            &format::plain(process.cpu, 1),
            &process.memory_bytes.to_string(),
        ];
        export::csv_record(&mut csv, &cells);
    }
    csv
}
