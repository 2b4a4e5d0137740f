use super::channel::{ABNORMAL_CLOSURE, Listen, Received};
use js_sys::Function;
use protocol::ServerMessage;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Event, EventSource, MessageEvent};

/// A stream of Server-Sent Events; dropping it closes it and silences it.
///
/// Every type of message is a type of event, and one function listens to all of them.
pub(super) struct Events {
    source: EventSource,
    on_message: Closure<dyn Fn(MessageEvent)>,
    on_end: Closure<dyn Fn(Event)>,
}

impl Events {
    pub(super) fn open(url: &str, listen: Listen) -> Option<Self> {
        let on_text = listen.clone();
        let events = Self {
            source: EventSource::new(url).ok()?,
            on_message: Closure::new(move |event: MessageEvent| {
                if let Some(text) = event.data().as_string() {
                    on_text(Received::Text(text));
                }
            }),
            on_end: Closure::new(move |event: Event| {
                // A message of the protocol has that name, too.
                if event.has_type::<MessageEvent>() {
                    return;
                }
                listen(Received::Closed {
                    code: ABNORMAL_CLOSURE,
                });
            }),
        };
        events.each_listener(|name, call| {
            let _ = events.source.add_event_listener_with_callback(name, call);
        });
        Some(events)
    }

    fn each_listener(&self, act: impl Fn(&str, &Function)) {
        for name in ServerMessage::TYPES {
            act(name, self.on_message.as_ref().unchecked_ref());
        }
        act("error", self.on_end.as_ref().unchecked_ref());
    }
}

impl Drop for Events {
    fn drop(&mut self) {
        self.each_listener(|name, call| {
            let _ = self.source.remove_event_listener_with_callback(name, call);
        });
        self.source.close();
    }
}
