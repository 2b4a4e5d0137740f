use super::address::Addresses;
use super::channel::{self, OpenChannel};
use super::event::{Channel, Effect, Event};
use super::machine::Machine;
use crate::kit::browser::{self, Timer, uri_component};
use crate::model::Missed;
use protocol::{ClientMessage, Received, Stream};
use std::cell::RefCell;
use std::rc::{Rc, Weak};

/// Runs the machine in the browser: passes events to it, and carries out its effects.
///
/// Dropping the last handle closes the channel and stops the timer.
#[derive(Clone)]
pub(crate) struct Connection {
    shared: Rc<Shared>,
}

/// What the connection delivers to the model, in order.
pub(crate) enum ConnectionEvent<'a> {
    Message(&'a Received),
    Missed(Missed),
}

struct Shared {
    addresses: Addresses,
    machine: RefCell<Machine>,
    channel: RefCell<Option<OpenChannel>>,
    timer: RefCell<Option<Timer>>,
    deliver: Box<dyn Fn(ConnectionEvent<'_>)>,
    stepped: Box<dyn Fn(&Machine)>,
    listeners: RefCell<Vec<Listener>>,
}

/// Takes the text of a message that the page itself does not read.
type Listener = Rc<dyn Fn(&str)>;

impl Connection {
    /// Connects. `deliver` gets each message in order, `stepped` the machine after each step.
    pub(crate) fn open(
        addresses: Addresses,
        machine: Machine,
        deliver: impl Fn(ConnectionEvent<'_>) + 'static,
        stepped: impl Fn(&Machine) + 'static,
    ) -> Self {
        let shared = Rc::new(Shared {
            addresses,
            machine: RefCell::new(machine),
            channel: RefCell::default(),
            timer: RefCell::default(),
            deliver: Box::new(deliver),
            stepped: Box::new(stepped),
            listeners: RefCell::default(),
        });
        shared.step(Event::Start);
        Self { shared }
    }

    /// From now on passes on what the page itself does not read, to this one, too.
    pub(crate) fn listen(&self, listener: Listener) {
        self.shared.listeners.borrow_mut().push(listener);
    }

    /// Sends a message, now or when the connection is back.
    pub(crate) fn send(&self, message: ClientMessage) {
        self.shared.step(Event::Send(message));
    }

    /// Starts or stops a stream.
    pub(crate) fn set_on(&self, stream: Stream, on: bool) {
        self.shared.step(Event::SetOn { stream, on });
    }

    /// Sets a stream's interval: at most one message in this time, each one if 0.
    pub(crate) fn set_interval(&self, stream: Stream, interval_ms: u64) {
        let event = Event::SetInterval {
            stream,
            interval_ms,
        };
        self.shared.step(event);
    }

    /// The browser is online again, or the page is visible again.
    pub(crate) fn reconnect_now(&self) {
        self.shared.step(Event::ReconnectNow);
    }

    /// The computer was suspended, and the page's clock with it.
    pub(crate) fn slept(&self, ms: f64) {
        self.shared.step(Event::Slept { ms });
    }

    /// The browser is offline.
    pub(crate) fn offline(&self) {
        self.shared.step(Event::Offline);
    }

    pub(crate) fn with_machine<R>(&self, read: impl FnOnce(&Machine) -> R) -> R {
        read(&self.shared.machine.borrow())
    }
}

impl Shared {
    fn step(self: &Rc<Self>, event: Event) {
        let effects =
            self.machine
                .borrow_mut()
                .step(event, browser::monotonic_ms(), browser::random());
        for effect in effects {
            self.run(effect);
        }
        (self.stepped)(&self.machine.borrow());
    }

    fn run(self: &Rc<Self>, effect: Effect) {
        match effect {
            Effect::Open(channel) => {
                let channel = self.open(channel);
                self.channel.replace(channel);
            }
            Effect::Close => drop(self.channel.take()),
            Effect::Send(request) => {
                if let Some(channel) = &*self.channel.borrow() {
                    channel.send(&request.to_json());
                }
            }
            Effect::Deliver(received) => (self.deliver)(ConnectionEvent::Message(&received)),
            Effect::Missed(missed) => (self.deliver)(ConnectionEvent::Missed(missed)),
            Effect::Unread(text) => {
                let listeners = self.listeners.borrow().clone();
                for listener in listeners {
                    listener(&text);
                }
            }
            Effect::WakeAt(at_ms) => {
                let sleeper = Rc::downgrade(self);
                let timer = Timer::at(at_ms, move || {
                    if let Some(shared) = sleeper.upgrade() {
                        shared.step(Event::Wake);
                    }
                });
                self.timer.replace(timer);
            }
        }
    }

    fn open(self: &Rc<Self>, channel: Channel) -> Option<OpenChannel> {
        let listener = Rc::downgrade(self);
        let listen = move |received| receive(&listener, received);
        match channel {
            Channel::WebSocket => OpenChannel::socket(&self.addresses.socket, listen),
            Channel::Sse {
                streams,
                host,
                last_event_id,
            } => {
                let mut url = [&self.addresses.events, "?streams=", &streams].concat();
                if let Some(host) = host {
                    url.push_str("&host=");
                    url.push_str(&uri_component(&host));
                }
                if let Some(id) = last_event_id {
                    url.push_str("&last_event_id=");
                    url.push_str(&uri_component(&id));
                }
                OpenChannel::events(&url, listen)
            }
        }
    }
}

fn receive(shared: &Weak<Shared>, received: channel::Received) {
    let Some(shared) = shared.upgrade() else {
        return;
    };
    match received {
        channel::Received::Text(text) => shared.step(Event::Text(text)),
        channel::Received::Closed { code } => {
            drop(shared.channel.take());
            shared.step(Event::Closed { code });
        }
    }
}
