use crate::viewers::Sink;
use journal::Encoding;
use std::cell::{Cell, RefCell};
use std::io::{self, IoSlice};
use websocket::{Decoder, Message};

/// A socket that takes a set number of bytes and is then full.
#[derive(Default)]
pub(super) struct Socket {
    taken: RefCell<Vec<u8>>,
    /// `None` for any number.
    room: Cell<Option<usize>>,
    broken: Cell<bool>,
}

impl Socket {
    pub(super) fn take_only(&self, bytes: usize) {
        self.room.set(Some(bytes));
    }

    pub(super) fn take_everything(&self) {
        self.room.set(None);
    }

    pub(super) fn break_down(&self) {
        self.broken.set(true);
    }

    /// The messages that a client decodes. Panics at a torn frame; an incomplete one is left out.
    pub(super) fn received(&self, encoding: Encoding) -> Vec<Message> {
        let taken = self.taken.borrow();
        let mut input = taken.as_slice();
        let mut decoder = Decoder::client().with_deflate(encoding == Encoding::Deflated);
        std::iter::from_fn(|| decoder.next_message(&mut input).unwrap()).collect()
    }
}

/// Takes everything and sends it later, as a session of TLS does.
#[derive(Default)]
pub(super) struct Session {
    pub(super) socket: Socket,
    unsent: RefCell<Vec<u8>>,
}

impl Sink for Session {
    fn try_write(&self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        self.flush()?;
        if self.has_unsent() {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let mut unsent = self.unsent.borrow_mut();
        slices
            .iter()
            .for_each(|slice| unsent.extend_from_slice(slice));
        let taken = unsent.len();
        drop(unsent);
        self.flush()?;
        Ok(taken)
    }

    fn flush(&self) -> io::Result<bool> {
        let mut unsent = self.unsent.borrow_mut();
        match self.socket.try_write(&[IoSlice::new(&unsent)]) {
            Ok(sent) => {
                unsent.drain(..sent);
                Ok(true)
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn has_unsent(&self) -> bool {
        !self.unsent.borrow().is_empty()
    }
}

impl Sink for Socket {
    fn try_write(&self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        if self.broken.get() {
            return Err(io::ErrorKind::ConnectionReset.into());
        }
        let mut room = self.room.get().unwrap_or(usize::MAX);
        let mut taken = self.taken.borrow_mut();
        let before = taken.len();
        for slice in slices {
            let length = slice.len().min(room);
            taken.extend_from_slice(&slice[..length]);
            room -= length;
        }
        self.room.set(self.room.get().map(|_| room));
        match taken.len() - before {
            0 => Err(io::ErrorKind::WouldBlock.into()),
            length => Ok(length),
        }
    }
}
