//! Inputs to charts. Pointing is handled at once, everything else by the [`controls`](super::controls).

use super::command::{Command, command};
use super::controls::Control;
use super::group::{ChartGroup, Charts};
use crate::kit::browser::Input;
use leptos::prelude::{ReadValue, WriteValue};
use web_sys::Element;

impl Charts {
    /// Handles an input to a chart. Returns whether the browser is not to act on it itself.
    pub(super) fn handle_input(self, element: &Element, input: Input) -> bool {
        let is_pressed = self.track_press(&input);
        match input {
            Input::Move(pointer) if !is_pressed => {
                let mut group = self.group.write_value();
                group.rests = !pointer.is_finger;
                let enters = group.pointed.is_none();
                self.hover(&mut group, element, pointer.x);
                drop(group);
                if enters {
                    self.control(Control::Tip);
                }
            }
            // A finger that was lifted leaves the values to be read.
            Input::Leave { is_finger } => {
                if !is_finger && !is_pressed {
                    self.command(Command::Leave, None);
                }
            }
            Input::Blur => {
                let group = self.group.read_value();
                let was_chosen = matches!(&group.pointed, Some((of, None)) if of == element);
                drop(group);
                if was_chosen {
                    self.command(Command::Leave, None);
                }
            }
            Input::Key { key, shift } => {
                let Some(command) = command(&key, shift) else {
                    return false;
                };
                // Without a cursor there is nothing to hide: the page may close something else.
                if command == Command::Leave && self.group.read_value().cursor.is_none() {
                    return false;
                }
                self.command(command, Some(element));
                return true;
            }
            // Without Ctrl or the focus, turning the wheel scrolls the page.
            Input::Wheel {
                across,
                along,
                zooms,
                ..
            } if across.abs() <= along.abs() && !zooms => return false,
            input => {
                let prevents = matches!(input, Input::Wheel { .. });
                self.control(Control::Input(element.clone(), input));
                return prevents;
            }
        }
        false
    }

    /// Returns whether a pointer is pressed after an input: by the gestures, or on its way to them.
    fn track_press(self, input: &Input) -> bool {
        let mut group = self.group.write_value();
        match input {
            Input::Down(_) => group.pressed = true,
            Input::Up(_) | Input::Cancel => group.pressed = false,
            _ => {}
        }
        group.pressed || group.gestures.is_pressed()
    }

    /// Puts the cursor where the pointer is on a chart.
    pub(super) fn hover(self, group: &mut ChartGroup, element: &Element, x: f64) {
        let Some(canvas) = group.canvas_of(element) else {
            return;
        };
        let cursor = self.cursor_at(group, canvas, x);
        group.pointed = Some((element.clone(), group.rests.then_some(x)));
        self.point(group, cursor);
    }
}
