//! Rules, and what they find: which alerts fire and resolve, and when.
//!
//! Nothing here does I/O or reads a clock. The server calls [`Engine`] with each point and each moment at which
//! something is due, and publishes the effects; [`Backtest`] calls the same code with stored samples, so it finds what
//! would have been found live.
//!
//! Start with [`Rule`], then `machine.rs`: the state of one rule for one series. `evaluator.rs` has a rule's series,
//! `engine.rs` all rules, with an index from each series to the rules that match it.

mod duration;

mod rule;

mod recurrence;
mod silence;

mod rule_file;

mod trend;
mod window;

mod machine;

mod group;

mod evaluator;

mod summary;

mod engine;

mod backtest;

pub use backtest::Backtest;
pub use duration::{InvalidDuration, format_duration, parse_duration};
pub use engine::{Engine, EngineRule, SERIES_OF_ALL_RULES_MAX};
pub use evaluator::{Evaluator, InstanceState, Refused, SERIES_PER_RULE_MAX, Seed, Transition};
pub use machine::{Change, Reason, State};
pub use recurrence::{Occurrence, Recurrence, Zones};
pub use rule::{Condition, InvalidRule, RULES_MAX, Rule};
pub use rule_file::{RuleFile, RuleFileError, parse_rules};
pub use silence::Silencer;
pub use summary::alert_info;
