//! What of the page can be had as a file.

use super::chart::{Charts, Plan};
use super::filter::Filter;
use super::list::{self, List};
use super::processes;
use crate::browser::download_text;
use crate::later::{chunk, later};
use crate::state::State;
use crate::store::View;
use leptos::prelude::untrack;
use protocol::Process;

/// A file to be had.
pub(super) enum File {
    /// All values that are seen in a chart, as comma-separated values.
    ChartValues(Charts, Plan),
    /// What is seen of a chart, as a picture with its title and legend.
    ChartPicture(Charts, Plan),
    /// What is listed, as comma-separated values.
    ListCsv(List, State<Filter>),
    /// The same as a list of objects.
    ListJson(List, State<Filter>),
    /// These processes, in this order, as comma-separated values.
    Processes(Vec<Process>),
}

/// Gives the user a file of what is there now, or as soon as the code for it is.
pub(super) fn save(view: View, file: File) {
    later(view, write(view, file));
}

chunk! {
    files:
    fn write(view: View, file: File) -> () {
        match file {
            File::ChartValues(charts, plan) => charts.save_csv(&plan),
            File::ChartPicture(charts, plan) => charts.save_png(&plan),
            File::ListCsv(list, filter) => {
                let text = untrack(|| list::csv(view, &list.entries(view, filter)));
                download_text(&name(list, "csv"), "text/csv", &text);
            }
            File::ListJson(list, filter) => {
                let text = untrack(|| list::json(view, &list.entries(view, filter)));
                download_text(&name(list, "json"), "application/json", &text);
            }
            File::Processes(processes) => {
                let text = processes::csv(&processes);
                download_text("watchroom-processes.csv", "text/csv", &text);
            }
        }
    }
}

fn name(list: List, extension: &str) -> String {
    ["watchroom-", list.name, ".", extension].concat()
}
