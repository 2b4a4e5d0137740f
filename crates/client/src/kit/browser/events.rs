use leptos::prelude::document;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Element, Event, KeyboardEvent, PointerEvent, WheelEvent};

/// A line of text, where a wheel counts in lines, in CSS pixels.
const LINE_PX: f64 = 16.0;

/// What happens to an element that is pointed at and has the focus. `x` is in CSS pixels from its
/// left.
#[derive(Debug, Clone)]
pub(crate) enum Input {
    Down(Pointed),
    Move(Pointed),
    Up(Pointed),
    /// The browser took the pointer for itself.
    Cancel,
    /// The pointer is not above it any more.
    Leave {
        is_finger: bool,
    },
    /// In CSS pixels; `zooms` if the wheel is meant for the element, and not for the page.
    Wheel {
        x: f64,
        across: f64,
        along: f64,
        zooms: bool,
    },
    DoubleClick,
    Key {
        key: String,
        shift: bool,
    },
    Blur,
}

/// A pointer above an element.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pointed {
    pub(crate) id: i32,
    pub(crate) x: f64,
    pub(crate) is_finger: bool,
    pub(crate) shift: bool,
}

const EVENTS: [&str; 9] = [
    "pointerdown",
    "pointermove",
    "pointerup",
    "pointercancel",
    "pointerleave",
    "wheel",
    "dblclick",
    "keydown",
    "blur",
];

/// Handles an input to an element; returns whether the browser is not to act on it.
type HandleInput = Box<dyn Fn(&Element, Input) -> bool>;

/// One listener for many elements.
pub(crate) struct Inputs {
    call: Closure<dyn Fn(Event)>,
}

impl Inputs {
    pub(crate) fn new(call: HandleInput) -> Self {
        let call = Closure::<dyn Fn(Event)>::new(move |event: Event| {
            let element = event.current_target();
            let element = element.and_then(|target| target.dyn_into::<Element>().ok());
            if let Some(element) = element
                && let Some(input) = input(&element, &event)
                && call(&element, input)
            {
                event.prevent_default();
            }
        });
        Self { call }
    }

    pub(crate) fn listen(&self, element: &Element) {
        for event in EVENTS {
            // Any name of an event can be listened to.
            let call = self.call.as_ref().unchecked_ref();
            let _ = element.add_event_listener_with_callback(event, call);
        }
    }
}

fn input(element: &Element, event: &Event) -> Option<Input> {
    Some(match event.type_().as_str() {
        "pointerdown" => {
            let pointer: &PointerEvent = event.unchecked_ref();
            if pointer.button() != 0 {
                return None;
            }
            // A drag goes on outside of the element. It fails for a pointer that is gone.
            let _ = element.set_pointer_capture(pointer.pointer_id());
            Input::Down(pointed(pointer))
        }
        "pointermove" => Input::Move(pointed(event.unchecked_ref())),
        "pointerup" => Input::Up(pointed(event.unchecked_ref())),
        "pointercancel" => Input::Cancel,
        "pointerleave" => Input::Leave {
            is_finger: pointed(event.unchecked_ref()).is_finger,
        },
        "wheel" => {
            let wheel: &WheelEvent = event.unchecked_ref();
            let lines = wheel.delta_mode() == WheelEvent::DOM_DELTA_LINE;
            let unit = if lines { LINE_PX } else { 1.0 };
            let has_focus = document().active_element().as_ref() == Some(element);
            Input::Wheel {
                x: f64::from(wheel.offset_x()),
                across: wheel.delta_x() * unit,
                along: wheel.delta_y() * unit,
                zooms: wheel.ctrl_key() || has_focus,
            }
        }
        "dblclick" => Input::DoubleClick,
        "keydown" => {
            let key: &KeyboardEvent = event.unchecked_ref();
            if key.ctrl_key() || key.meta_key() || key.alt_key() {
                return None;
            }
            Input::Key {
                key: key.key(),
                shift: key.shift_key(),
            }
        }
        _ => Input::Blur,
    })
}

fn pointed(event: &PointerEvent) -> Pointed {
    Pointed {
        id: event.pointer_id(),
        x: f64::from(event.offset_x()),
        is_finger: event.pointer_type() != "mouse",
        shift: event.shift_key(),
    }
}
