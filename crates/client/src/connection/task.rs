use super::machine::{Effect, Event, Machine};
use super::socket::{Said, Socket};
use crate::browser::{self, Timer};
use protocol::{ClientMessage, Received, Request};
use std::cell::RefCell;
use std::rc::{Rc, Weak};

/// Runs the machine in the browser: feeds it what happens, and does what it asks for.
///
/// Dropping the last handle closes the socket and stops the timer.
#[derive(Clone)]
pub(crate) struct Connection {
    shared: Rc<Shared>,
}

struct Shared {
    url: String,
    machine: RefCell<Machine>,
    socket: RefCell<Option<Socket>>,
    timer: RefCell<Option<Timer>>,
    deliver: Box<dyn Fn(&Received)>,
    stepped: Box<dyn Fn(&Machine)>,
}

impl Connection {
    /// Connects. `deliver` gets each message in order, `stepped` a look after each step.
    pub(crate) fn open(
        url: String,
        machine: Machine,
        deliver: impl Fn(&Received) + 'static,
        stepped: impl Fn(&Machine) + 'static,
    ) -> Self {
        let shared = Rc::new(Shared {
            url,
            machine: RefCell::new(machine),
            socket: RefCell::default(),
            timer: RefCell::default(),
            deliver: Box::new(deliver),
            stepped: Box::new(stepped),
        });
        shared.step(Event::Start);
        Self { shared }
    }

    /// Sends a message, now or when the connection is back.
    pub(crate) fn send(&self, message: ClientMessage) {
        self.shared.step(Event::Send(message));
    }

    /// The browser has a network again, or the page is looked at again.
    pub(crate) fn hurry(&self) {
        self.shared.step(Event::Hurry);
    }

    /// The browser has lost its network.
    pub(crate) fn offline(&self) {
        self.shared.step(Event::Offline);
    }

    pub(crate) fn look<R>(&self, look: impl FnOnce(&Machine) -> R) -> R {
        look(&self.shared.machine.borrow())
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
            Effect::Open => {
                let listener = Rc::downgrade(self);
                let socket = Socket::open(&self.url, move |said| hear(&listener, said));
                self.socket.replace(socket);
            }
            Effect::Close => drop(self.socket.take()),
            Effect::Send(message) => {
                if let Some(socket) = &*self.socket.borrow() {
                    socket.send(Request::from(message).to_json());
                }
            }
            Effect::Deliver(received) => (self.deliver)(&received),
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
}

fn hear(shared: &Weak<Shared>, said: Said) {
    let Some(shared) = shared.upgrade() else {
        return;
    };
    match said {
        Said::Text(text) => shared.step(Event::Text(text)),
        Said::Closed { code } => {
            drop(shared.socket.take());
            shared.step(Event::Closed { code });
        }
    }
}
