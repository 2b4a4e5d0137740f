//! What pointers do to a chart. Pure, so that it is tested without a browser.

use crate::kit::browser::Pointed;

/// A press that moves by less than this is a click, in CSS pixels.
const SLACK_PX: f64 = 4.0;

/// Further fingers are ignored.
const FINGERS_MAX: usize = 2;

/// What the user means by what the pointers do.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Gesture {
    None,
    /// To read the values there.
    Point(f64),
    /// To choose the moment there: a click.
    Choose(f64),
    /// To move time by so many pixels.
    Pan(f64),
    /// To put the times below two fingers, as they were, below them as they are.
    Pinch {
        held: (f64, f64),
        now: (f64, f64),
    },
    /// To select this stretch once the button is released.
    Mark(f64, f64),
    /// To select this stretch.
    Select(f64, f64),
}

#[derive(Debug, Clone, Copy)]
struct Press {
    pointer: Pointed,
    /// Where its latest gesture began.
    from: f64,
}

/// The pointers that are pressed.
#[derive(Debug, Default)]
pub(crate) struct Gestures {
    presses: Vec<Press>,
    moved: bool,
}

impl Gestures {
    pub(crate) fn is_pressed(&self) -> bool {
        !self.presses.is_empty()
    }

    pub(crate) fn press(&mut self, pointer: Pointed) -> Gesture {
        if self.presses.len() < FINGERS_MAX {
            self.moved = false;
            for press in &mut self.presses {
                press.from = press.pointer.x;
            }
            self.presses.push(Press {
                pointer,
                from: pointer.x,
            });
        }
        Gesture::Point(pointer.x)
    }

    pub(crate) fn move_to(&mut self, pointer: Pointed) -> Gesture {
        let presses = self.presses.iter_mut();
        let Some(press) = presses.into_iter().find(|p| p.pointer.id == pointer.id) else {
            return match self.presses[..] {
                [] => Gesture::Point(pointer.x),
                _ => Gesture::None,
            };
        };
        let by = pointer.x - press.pointer.x;
        press.pointer.x = pointer.x;
        let from = press.from;
        self.moved |= (pointer.x - from).abs() >= SLACK_PX;
        match self.presses[..] {
            [one, other] => Gesture::Pinch {
                held: (one.from, other.from),
                now: (one.pointer.x, other.pointer.x),
            },
            _ if !self.moved => Gesture::None,
            [one] if one.pointer.is_finger || one.pointer.shift => Gesture::Pan(by),
            _ => Gesture::Mark(from, pointer.x),
        }
    }

    pub(crate) fn release(&mut self, id: i32) -> Gesture {
        let Some(index) = self.presses.iter().position(|press| press.pointer.id == id) else {
            return Gesture::None;
        };
        let Press { pointer, from } = self.presses.remove(index);
        for press in &mut self.presses {
            press.from = press.pointer.x;
        }
        match self.moved || !self.presses.is_empty() {
            false => Gesture::Choose(pointer.x),
            true if self.presses.is_empty() && !pointer.is_finger && !pointer.shift => {
                Gesture::Select(from, pointer.x)
            }
            true => Gesture::None,
        }
    }

    /// The browser took the pointers, for instance to scroll the page.
    pub(crate) fn cancel(&mut self) {
        self.presses.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mouse(x: f64) -> Pointed {
        Pointed {
            id: 1,
            x,
            is_finger: false,
            shift: false,
        }
    }

    fn finger(id: i32, x: f64) -> Pointed {
        Pointed {
            id,
            x,
            is_finger: true,
            shift: false,
        }
    }

    #[test]
    fn a_mouse_points_and_selects() {
        let mut gestures = Gestures::default();
        assert_eq!(gestures.move_to(mouse(5.0)), Gesture::Point(5.0));
        gestures.press(mouse(10.0));
        assert_eq!(
            gestures.move_to(mouse(12.0)),
            Gesture::None,
            "a trembling hand"
        );
        assert_eq!(gestures.move_to(mouse(30.0)), Gesture::Mark(10.0, 30.0));
        assert_eq!(gestures.move_to(mouse(11.0)), Gesture::Mark(10.0, 11.0));
        assert_eq!(gestures.release(1), Gesture::Select(10.0, 11.0));
        gestures.press(mouse(10.0));
        assert_eq!(
            gestures.release(1),
            Gesture::Choose(10.0),
            "not a selection"
        );
    }

    #[test]
    fn with_shift_it_pans() {
        let mut gestures = Gestures::default();
        let shifted = |x| Pointed {
            shift: true,
            ..mouse(x)
        };
        gestures.press(shifted(10.0));
        assert_eq!(gestures.move_to(shifted(30.0)), Gesture::Pan(20.0));
        assert_eq!(gestures.move_to(shifted(25.0)), Gesture::Pan(-5.0));
        assert_eq!(gestures.release(1), Gesture::None);
    }

    #[test]
    fn one_finger_pans_and_two_pinch() {
        let mut gestures = Gestures::default();
        gestures.press(finger(1, 10.0));
        assert_eq!(gestures.move_to(finger(1, 20.0)), Gesture::Pan(10.0));
        gestures.press(finger(2, 100.0));
        let pinched = Gesture::Pinch {
            held: (20.0, 100.0),
            now: (20.0, 140.0),
        };
        assert_eq!(gestures.move_to(finger(2, 140.0)), pinched);
        gestures.release(1);
        assert_eq!(gestures.move_to(finger(2, 145.0)), Gesture::Pan(5.0));
        gestures.cancel();
        assert!(!gestures.is_pressed());
    }
}
