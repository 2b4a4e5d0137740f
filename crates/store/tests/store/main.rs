//! The store through its public interface. Each test runs on SQLite and on PostgreSQL, except those about one
//! of them.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../support/mod.rs"]
mod support;

/// Makes a test for each database of each function.
macro_rules! on_both {
    ($($name:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test]
            async fn $name() {
                super::$name(&crate::support::Place::sqlite()).await;
            })+
        }

        mod postgres {
            $(#[tokio::test]
            async fn $name() {
                super::$name(&crate::support::Place::postgres().await).await;
            })+
        }
    };
}

mod accounts;
mod alerts;
mod boards;
mod chains;
mod host;
mod idempotency;
mod messages;
mod retention;
mod rooms;
mod series;
mod series_sets;
mod stops;

mod encrypted;
mod files;
mod restoring;
mod servers;
mod upgrades;
