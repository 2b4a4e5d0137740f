//! Values that widgets subscribe to.

use leptos::prelude::*;
use std::any::Any;
use std::marker::PhantomData;

type Value = Box<dyn Any + Send + Sync>;

/// A signal. Leptos's own are compiled for each type of value, three kilobytes at a time; of this one only the
/// code that touches the value is.
pub(crate) struct State<T> {
    signal: RwSignal<Value>,
    of: PhantomData<fn() -> T>,
}

impl<T> Clone for State<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for State<T> {}

impl<T: Send + Sync + 'static> State<T> {
    pub(crate) fn new(value: T) -> Self {
        Self {
            signal: new(Box::new(value)),
            of: PhantomData,
        }
    }

    /// Reads the value, and subscribes to it.
    pub(crate) fn with<R>(&self, look: impl FnOnce(&T) -> R) -> R {
        self.track();
        self.with_untracked(look)
    }

    pub(crate) fn with_untracked<R>(&self, look: impl FnOnce(&T) -> R) -> R {
        let value = peek(self.signal);
        match (**value).downcast_ref() {
            Some(value) => look(value),
            None => unreachable!("only this type's functions know the signal"),
        }
    }

    pub(crate) fn set(&self, value: T) {
        set(self.signal, Box::new(value));
    }

    /// A signal fires even if its new value is the old one, and each firing costs a rendering.
    pub(crate) fn set_if_changed(&self, value: T)
    where
        T: PartialEq,
    {
        if self.with_untracked(|old| *old != value) {
            self.set(value);
        }
    }

    pub(crate) fn update(&self, change: impl FnOnce(&mut T)) {
        let mut value = self.signal.write();
        if let Some(value) = (**value).downcast_mut() {
            change(value);
        }
    }

    /// Runs again when the value changes.
    pub(crate) fn track(&self) {
        self.signal.track();
    }

    /// Notifies all subscribers.
    pub(crate) fn notify(&self) {
        self.signal.notify();
    }
}

impl<T: Clone + Send + Sync + 'static> State<T> {
    pub(crate) fn get(&self) -> T {
        self.with(T::clone)
    }

    pub(crate) fn get_untracked(&self) -> T {
        self.with_untracked(T::clone)
    }
}

fn new(value: Value) -> RwSignal<Value> {
    RwSignal::new(value)
}

#[inline(never)]
fn peek(signal: RwSignal<Value>) -> <RwSignal<Value> as ReadUntracked>::Value {
    signal.read_untracked()
}

#[inline(never)]
fn set(signal: RwSignal<Value>, value: Value) {
    signal.set(value);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_what_it_is_given() {
        Owner::new().with(|| {
            let words = State::new(vec!["one"]);
            words.update(|words| words.push("two"));
            assert_eq!(words.get_untracked(), ["one", "two"]);
            words.set(Vec::new());
            assert!(words.with_untracked(Vec::is_empty));
        });
    }
}
