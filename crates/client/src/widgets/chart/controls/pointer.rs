//! How pointers and the wheel change the window and the cursor.

use super::gesture::Gesture;
use crate::kit::browser::Input;
use crate::widgets::chart::command::Command;
use crate::widgets::chart::group::{ChartGroup, Charts};
use leptos::prelude::WriteValue;
use web_sys::Element;

/// A pixel of the wheel changes the window by this share of its length.
const WHEEL_STEP: f64 = 0.002;

/// The largest such change.
const WHEEL_MAX: f64 = 0.5;

impl Charts {
    pub(super) fn handle_pointer(self, element: &Element, input: Input) {
        let mut group = self.group.write_value();
        match input {
            Input::Down(pointer) => {
                group.rests = !pointer.is_finger;
                let gesture = group.gestures.press(pointer);
                self.perform(&mut group, element, gesture);
            }
            Input::Move(pointer) => {
                group.rests = !pointer.is_finger;
                let gesture = group.gestures.move_to(pointer);
                self.perform(&mut group, element, gesture);
            }
            Input::Up(pointer) => {
                group.held_ms = None;
                group.described_at_ms = f64::NEG_INFINITY;
                let gesture = group.gestures.release(pointer.id);
                self.perform(&mut group, element, gesture);
            }
            Input::Cancel => {
                group.gestures.cancel();
                self.perform(&mut group, element, Gesture::None);
            }
            Input::Wheel {
                x, across, along, ..
            } => self.turn_wheel(&mut group, element, x, (across, along)),
            Input::DoubleClick => {
                drop(group);
                self.command(Command::Reset, None);
                return;
            }
            Input::Leave { .. } | Input::Blur | Input::Key { .. } => {}
        }
        drop(group);
        self.request();
    }

    fn turn_wheel(self, group: &mut ChartGroup, element: &Element, x: f64, by: (f64, f64)) {
        let bounds = self.bounds(group);
        let share_at = |x| group.canvas_of(element)?.share(x);
        let Some((share, origin)) = share_at(x).zip(share_at(0.0)) else {
            return;
        };
        let mut viewport = group.viewport;
        let (across, along) = by;
        if across.abs() > along.abs() {
            viewport.pan(bounds, share_at(across).unwrap_or(origin) - origin);
        } else {
            let factor = 1.0 + (along * WHEEL_STEP).clamp(-WHEEL_MAX, WHEEL_MAX);
            viewport.zoom(bounds, share, factor);
        }
        group.set_viewport(viewport);
    }

    fn perform(self, group: &mut ChartGroup, element: &Element, gesture: Gesture) {
        let bounds = self.bounds(group);
        let mut viewport = group.viewport;
        let Some(canvas) = group.canvas_of(element) else {
            return;
        };
        let at_ms = |x| canvas.at_ms(x, bounds.now_ms);
        let share = |x| canvas.share(x);
        match gesture {
            Gesture::None => canvas.show_selection(None),
            Gesture::Point(x) => self.hover(group, element, x),
            Gesture::Choose(x) => {
                canvas.show_selection(None);
                // While the page is live a press chooses nothing.
                if let Some(at_ms) = at_ms(x).filter(|_| self.context.playback_state.is_shown()) {
                    self.context.playback.go(at_ms);
                }
            }
            Gesture::Pan(by) => {
                if let Some((from, to)) = share(0.0).zip(share(by)) {
                    viewport.pan(bounds, from - to);
                }
            }
            Gesture::Mark(from, to) => canvas.show_selection(at_ms(from).zip(at_ms(to))),
            Gesture::Select(from, to) => {
                canvas.show_selection(None);
                if let Some((from_ms, to_ms)) = at_ms(from).zip(at_ms(to)) {
                    viewport.select(bounds, from_ms, to_ms);
                }
            }
            Gesture::Pinch { held, now } => {
                let held_ms = group.held_ms.or_else(|| at_ms(held.0).zip(at_ms(held.1)));
                if let (Some(held_ms), Some(shares)) = (held_ms, share(now.0).zip(share(now.1))) {
                    viewport.pinch(bounds, held_ms, shares);
                }
                group.held_ms = held_ms;
            }
        }
        group.set_viewport(viewport);
    }
}
