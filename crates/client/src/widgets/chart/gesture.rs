//! What pointers do to a chart. Pure, so that it is tested without a browser.

/// A press that moves less than this is none but a press, in CSS pixels.
const SLACK_PX: f64 = 4.0;

/// More fingers than two say nothing more.
const FINGERS_MAX: usize = 2;

/// A pointer on a chart; `x` in CSS pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Pointer {
    pub(super) id: i32,
    pub(super) x: f64,
    /// A finger pans, where a mouse selects.
    pub(super) is_finger: bool,
    /// With Shift a mouse pans, too.
    pub(super) shift: bool,
}

/// What the user means by it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Act {
    Nothing,
    /// To be shown the values there.
    Point(f64),
    /// To choose the moment there: a press without a movement.
    Choose(f64),
    /// To move time by so many pixels.
    Pan(f64),
    /// To put the times below two fingers, as they were, below them as they are.
    Pinch {
        held: (f64, f64),
        now: (f64, f64),
    },
    /// To see this stretch alone, once the button is released.
    Mark(f64, f64),
    /// To see this stretch alone.
    Select(f64, f64),
}

#[derive(Debug, Clone, Copy)]
struct Press {
    pointer: Pointer,
    /// Where it was when it last began something.
    from: f64,
}

/// The pointers that are pressed.
#[derive(Debug, Default)]
pub(super) struct Gestures {
    presses: Vec<Press>,
    moved: bool,
}

impl Gestures {
    pub(super) fn is_pressed(&self) -> bool {
        !self.presses.is_empty()
    }

    pub(super) fn press(&mut self, pointer: Pointer) -> Act {
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
        Act::Point(pointer.x)
    }

    pub(super) fn go(&mut self, pointer: Pointer) -> Act {
        let presses = self.presses.iter_mut();
        let Some(press) = presses.into_iter().find(|p| p.pointer.id == pointer.id) else {
            return match self.presses[..] {
                [] => Act::Point(pointer.x),
                _ => Act::Nothing,
            };
        };
        let by = pointer.x - press.pointer.x;
        press.pointer.x = pointer.x;
        let from = press.from;
        self.moved |= (pointer.x - from).abs() >= SLACK_PX;
        match self.presses[..] {
            [one, other] => Act::Pinch {
                held: (one.from, other.from),
                now: (one.pointer.x, other.pointer.x),
            },
            _ if !self.moved => Act::Nothing,
            [one] if one.pointer.is_finger || one.pointer.shift => Act::Pan(by),
            _ => Act::Mark(from, pointer.x),
        }
    }

    pub(super) fn release(&mut self, id: i32) -> Act {
        let Some(index) = self.presses.iter().position(|press| press.pointer.id == id) else {
            return Act::Nothing;
        };
        let Press { pointer, from } = self.presses.remove(index);
        for press in &mut self.presses {
            press.from = press.pointer.x;
        }
        match self.moved || !self.presses.is_empty() {
            false => Act::Choose(pointer.x),
            true if self.presses.is_empty() && !pointer.is_finger && !pointer.shift => {
                Act::Select(from, pointer.x)
            }
            true => Act::Nothing,
        }
    }

    /// The browser has other plans with the pointers, as to scroll the page.
    pub(super) fn cancel(&mut self) {
        self.presses.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mouse(x: f64) -> Pointer {
        Pointer {
            id: 1,
            x,
            is_finger: false,
            shift: false,
        }
    }

    fn finger(id: i32, x: f64) -> Pointer {
        Pointer {
            id,
            x,
            is_finger: true,
            shift: false,
        }
    }

    #[test]
    fn a_mouse_points_and_selects() {
        let mut gestures = Gestures::default();
        assert_eq!(gestures.go(mouse(5.0)), Act::Point(5.0));
        gestures.press(mouse(10.0));
        assert_eq!(gestures.go(mouse(12.0)), Act::Nothing, "a trembling hand");
        assert_eq!(gestures.go(mouse(30.0)), Act::Mark(10.0, 30.0));
        assert_eq!(gestures.go(mouse(11.0)), Act::Mark(10.0, 11.0));
        assert_eq!(gestures.release(1), Act::Select(10.0, 11.0));
        gestures.press(mouse(10.0));
        assert_eq!(gestures.release(1), Act::Choose(10.0), "not a selection");
    }

    #[test]
    fn with_shift_it_pans() {
        let mut gestures = Gestures::default();
        let shifted = |x| Pointer {
            shift: true,
            ..mouse(x)
        };
        gestures.press(shifted(10.0));
        assert_eq!(gestures.go(shifted(30.0)), Act::Pan(20.0));
        assert_eq!(gestures.go(shifted(25.0)), Act::Pan(-5.0));
        assert_eq!(gestures.release(1), Act::Nothing);
    }

    #[test]
    fn one_finger_pans_and_two_pinch() {
        let mut gestures = Gestures::default();
        gestures.press(finger(1, 10.0));
        assert_eq!(gestures.go(finger(1, 20.0)), Act::Pan(10.0));
        gestures.press(finger(2, 100.0));
        let pinched = Act::Pinch {
            held: (20.0, 100.0),
            now: (20.0, 140.0),
        };
        assert_eq!(gestures.go(finger(2, 140.0)), pinched);
        gestures.release(1);
        assert_eq!(gestures.go(finger(2, 145.0)), Act::Pan(5.0));
        gestures.cancel();
        assert!(!gestures.is_pressed());
    }
}
