//! How charts are controlled: gestures, keys and buttons, and the tip at the cursor. This is a lazily
//! loaded part of the page, fetched when a pointer first enters a chart, or with
//! the first command. Inputs wait for it, in their order.

mod address;
mod apply;
pub(super) mod gesture;
mod pointer;
mod tip;

use super::command::Command;
use super::group::Charts;
use crate::kit::browser::Input;
use crate::kit::later::{chunk, later_or};
use chart::Window;
use leptos::prelude::{ReadValue, WriteValue};
use std::rc::Rc;
use web_sys::Element;

/// Inputs that wait for the part at most; later ones are ignored.
const WAITING_MAX: usize = 256;

/// What the part is asked to do.
pub(super) enum Control {
    /// Handle an input to a chart.
    Input(Element, Input),
    /// Apply a command, of a key to the chart that has the focus.
    Command(Command, Option<Element>),
    /// Show the time range of the page's address.
    Address,
    /// Write the tip at the cursor, and summaries that are due.
    Tip,
}

/// The part, once it is loaded.
pub(super) type Controls = Rc<dyn Fn(Charts, Control)>;

impl Charts {
    pub(super) fn control(self, control: Control) {
        let mut group = self.group.write_value();
        if let Some(controls) = group.controls.clone() {
            drop(group);
            controls(self, control);
            return;
        }
        let is_first = group.waiting.is_empty();
        if group.waiting.len() < WAITING_MAX {
            group.waiting.push(control);
        }
        drop(group);
        if is_first {
            let give_up = move || self.group.write_value().waiting.clear();
            later_or(self.context.toasts, load(self), give_up);
        }
    }

    /// Shows a window.
    pub(crate) fn show(self, window: Window) {
        self.command(Command::Between(window), None);
    }

    /// Has the window and the cursor changed by a command.
    pub(super) fn command(self, command: Command, element: Option<&Element>) {
        self.control(Control::Command(command, element.cloned()));
    }

    /// Writes the tip, if there can be one: without the part, no input was handled yet.
    pub(super) fn write_tip(self) {
        if self.group.read_value().controls.is_some() {
            self.control(Control::Tip);
        }
    }
}

chunk! {
    idle:
    fn load(charts: Charts) -> () {
        let controls: Controls = Rc::new(|charts, control| match control {
            Control::Input(element, input) => charts.handle_pointer(&element, input),
            Control::Command(command, element) => charts.apply(command, element.as_ref()),
            Control::Address => charts.open_range(),
            Control::Tip => {
                charts.write_summaries();
                charts.place_tip();
            }
        });
        let waiting = {
            let mut group = charts.group.write_value();
            group.controls = Some(Rc::clone(&controls));
            std::mem::take(&mut group.waiting)
        };
        charts.follow_range();
        for control in waiting {
            controls(charts, control);
        }
        charts.request();
    }
}
