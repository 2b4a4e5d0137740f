//! Ingestion, sealing and queries of time series, on tables in memory.

mod memory;
mod naive;
mod support;

mod backfill;
mod folds;
mod ingestion;
mod limits;
mod model;
mod queries;
