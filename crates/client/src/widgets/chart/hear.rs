use super::desk::{Charts, Desk};
use super::gesture::{Act, Pointer};
use super::keys::{Command, command};
use crate::kit::browser::{Input, Pointed};
use crate::session::past;
use leptos::prelude::{ReadValue, WriteValue};
use web_sys::Element;

/// By so much of its length a pixel of the wheel changes the window.
const WHEEL_STEP: f64 = 0.002;

/// One turn of a wheel does no more than this.
const WHEEL_MAX: f64 = 0.5;

impl Charts {
    /// Does what the user means by an input to a chart; tells whether that was anything.
    pub(super) fn hear(self, element: &Element, input: Input) -> bool {
        match input {
            Input::Down(pointed) => self.act(element, |desk| {
                desk.rests = !pointed.is_finger;
                desk.gestures.press(pointer(pointed))
            }),
            Input::Move(pointed) => self.act(element, |desk| {
                desk.rests = !pointed.is_finger;
                desk.gestures.go(pointer(pointed))
            }),
            Input::Up(pointed) => self.act(element, |desk| {
                desk.held_ms = None;
                desk.told_ms = f64::NEG_INFINITY;
                desk.gestures.release(pointed.id)
            }),
            Input::Cancel => self.act(element, |desk| {
                desk.gestures.cancel();
                Act::Nothing
            }),
            // A finger that was lifted leaves the values to be read.
            Input::Leave { is_finger } => {
                if !is_finger && !self.desk.read_value().gestures.is_pressed() {
                    self.obey(Command::Leave, None);
                }
            }
            Input::Blur => {
                let desk = self.desk.read_value();
                let chosen = matches!(&desk.pointed, Some((of, None)) if of == element);
                drop(desk);
                if chosen {
                    self.obey(Command::Leave, None);
                }
            }
            Input::DoubleClick => self.obey(Command::Reset, None),
            Input::Key { key, shift } => {
                let Some(command) = command(&key, shift) else {
                    return false;
                };
                self.obey(command, Some(element));
                return true;
            }
            Input::Wheel {
                x,
                across,
                along,
                zooms,
            } => return self.wheel(element, x, (across, along), zooms),
        }
        false
    }

    fn wheel(self, element: &Element, x: f64, by: (f64, f64), zooms: bool) -> bool {
        let mut desk = self.desk.write_value();
        let bounds = self.bounds(&desk);
        let share = |x| sheet_share(&desk, element, x);
        let Some((share, origin)) = share(x).zip(share(0.0)) else {
            return false;
        };
        let mut viewport = desk.viewport;
        let (across, along) = by;
        if across.abs() > along.abs() {
            let moved = sheet_share(&desk, element, across).unwrap_or(origin) - origin;
            viewport.pan(bounds, moved);
        } else if zooms {
            let factor = 1.0 + (along * WHEEL_STEP).clamp(-WHEEL_MAX, WHEEL_MAX);
            viewport.zoom(bounds, share, factor);
        } else {
            return false;
        }
        Self::look_at(&mut desk, viewport);
        true
    }

    fn act(self, element: &Element, gesture: impl FnOnce(&mut Desk) -> Act) {
        let mut desk = self.desk.write_value();
        let act = gesture(&mut desk);
        self.perform(&mut desk, element, act);
    }

    fn perform(self, desk: &mut Desk, element: &Element, act: Act) {
        let bounds = self.bounds(desk);
        let mut viewport = desk.viewport;
        let index = desk
            .sheets
            .iter()
            .position(|sheet| sheet.element == *element);
        let Some(index) = index else {
            return;
        };
        let sheet = &desk.sheets[index];
        let at_ms = |x| sheet.at_ms(x, bounds.now_ms);
        let share = |x| sheet.share(x);
        match act {
            Act::Nothing => sheet.mark(None),
            Act::Point(x) => {
                let cursor = self.cursor_at(desk, sheet, x);
                self.point(desk, cursor);
                desk.pointed = Some((element.clone(), desk.rests.then_some(x)));
            }
            Act::Choose(x) => {
                sheet.mark(None);
                // While the page is live a press says nothing.
                if let Some(at_ms) = at_ms(x).filter(|_| self.view.past.is_shown()) {
                    past::go(self.view, at_ms);
                }
            }
            Act::Pan(by) => {
                if let Some((from, to)) = share(0.0).zip(share(by)) {
                    viewport.pan(bounds, from - to);
                }
            }
            Act::Mark(from, to) => sheet.mark(at_ms(from).zip(at_ms(to))),
            Act::Select(from, to) => {
                sheet.mark(None);
                if let Some((from_ms, to_ms)) = at_ms(from).zip(at_ms(to)) {
                    viewport.select(bounds, from_ms, to_ms);
                }
            }
            Act::Pinch { held, now } => {
                let held_ms = desk.held_ms.or_else(|| at_ms(held.0).zip(at_ms(held.1)));
                if let (Some(held_ms), Some(shares)) = (held_ms, share(now.0).zip(share(now.1))) {
                    viewport.pinch(bounds, held_ms, shares);
                }
                desk.held_ms = held_ms;
            }
        }
        Self::look_at(desk, viewport);
    }
}

fn sheet_share(desk: &Desk, element: &Element, x: f64) -> Option<f64> {
    let mut sheets = desk.sheets.iter();
    sheets.find(|sheet| sheet.element == *element)?.share(x)
}

fn pointer(pointed: Pointed) -> Pointer {
    Pointer {
        id: pointed.id,
        x: pointed.x,
        is_finger: pointed.is_finger,
        shift: pointed.shift,
    }
}
