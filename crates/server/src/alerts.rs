//! Alerts: rules are evaluated with every value that is published, and what fires and resolves is published in turn.
//!
//! What is evaluated, and when, is the crate `alerts`. Here are where rules come from (`rule_book.rs`), how the state is
//! found again at a start (`restore.rs`), the task that evaluates (`task.rs`), and what people do: change rules,
//! acknowledge, silence (`changes.rs`). `notify/` tells others.
//!
//! Invariants: an alert that the log has as firing does not fire again, and is never forgotten; what somebody did is
//! committed before it is in effect; without a store there are no alerts.

mod documents;

mod zones;

mod rule_book;

mod open_alerts;

mod service;

mod restore;
mod task;

mod changes;
mod listing;

mod backtest;

mod notify;

pub(crate) mod dead_mans_switch;

pub(crate) use backtest::BacktestError;
pub(crate) use changes::Author;
pub(crate) use notify::{NotifierSettings, Notifiers};
pub(crate) use service::{AlertPoints, Alerts, ReceivedPoints, alert_points};
